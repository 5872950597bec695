/* [view NAME] sections: what a new generation has to fulfil. */
#include <string.h>

#include "config_internal.h"
#include "matswap/memory.h"
#include "matswap/text.h"

static void read_sums(Loader *loader, const IniValue *value, void *ret_target)
{
    ViewRules *rules = ret_target;
    const char *reason = NULL;
    size_t count = 0;
    const char **names = identifiers_split(loader->config, value->text, ',', &count, &reason);
    if (names == NULL)
    {
        error_remedy(value_complain(loader, value, "sums = %s is not a list of columns", value->text), "%s", reason);
        return;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(names[i], names[j]) == 0)
            {
                error_remedy(value_complain(loader, value, "sums names %s twice", names[i]), "name it once");
                return;
            }
    rules->sums = names;
    rules->sum_count = count;
}

static void read_min_rows(Loader *loader, const IniValue *value, void *ret_target)
{
    ViewRules *rules = ret_target;
    rules->has_min_rows = true;
    value_read_count(loader, value, &rules->min_rows);
}

/* "name" or "schema.name", of which rules_resolve fills in the schema */
static void read_renamed_from(Loader *loader, const IniValue *value, void *ret_target)
{
    ViewRules *rules = ret_target;
    const char *reason = "write what the view was called, or schema.name";
    size_t count = 0;
    const char **parts = identifiers_split(loader->config, value->text, '.', &count, &reason);
    if (parts == NULL || count > 2)
        error_remedy(value_complain(loader, value, "renamed_from = %s does not name a view", value->text), "%s",
                     reason);
    else
        rules->renamed_from = (Name){count == 2 ? parts[0] : NULL, parts[count - 1]};
}

static const Key rule_keys[] = {
    {"sums", read_sums, 0},
    {"tolerance", value_read_percent, offsetof(ViewRules, tolerance)},
    {"min_rows", read_min_rows, 0},
    {"max_shrink", value_read_shrink, offsetof(ViewRules, max_shrink)},
    {"max_growth", value_read_percent, offsetof(ViewRules, max_growth)},
    {"renamed_from", read_renamed_from, 0},
};

/* [view *] */
static bool is_default(const ViewRules *rules)
{
    return strcmp(rules->view, "*") == 0;
}

void rules_read(Loader *loader, const IniSection *section, const char *written)
{
    ViewRules rules = {.view = written, .line = section->line};
    section_read(loader, section, rule_keys, sizeof rule_keys / sizeof rule_keys[0], &rules);
    MEM_PUSH(loader->config, loader->config->rules, loader->config->rules_count, rules);
}

static Error *complain(Loader *loader, const ViewRules *rules, const char *message)
{
    Error *error = errors_add(loader->errors, ERROR_CONFIG, "[view %s] %s", rules->view, message);
    return error_at(error, loader->path, rules->line, 0);
}

static void resolve_renamed_from(Loader *loader, ViewRules *rules)
{
    if (rules->renamed_from.name == NULL)
        return;
    if (rules->renamed_from.schema == NULL)
        rules->renamed_from.schema = loader->config->schema;
    if (is_default(rules))
        error_remedy(complain(loader, rules, "has renamed_from"), "say it of each view that was renamed");
    else if (name_equal(rules->renamed_from, rules->name))
        error_remedy(complain(loader, rules, "says that it was renamed from its own name"),
                     "write what the view was called before, or leave renamed_from out");
}

static void check_taken_twice(Loader *loader, const ViewRules *first, const ViewRules *second)
{
    if (second->renamed_from.name == NULL || !name_equal(first->renamed_from, second->renamed_from))
        return;
    void *scratch = mem_context(NULL);
    char *message = mem_printf(scratch, "is renamed from %s, and so is [view %s] on line %d",
                               name_qualified(scratch, second->renamed_from), first->view, first->line);
    error_remedy(complain(loader, second, message), "only one view can take its place");
    talloc_free(scratch);
}

static void check_twice(Loader *loader, const ViewRules *first, const ViewRules *second)
{
    if (second->name.name == NULL || !name_equal(first->name, second->name))
        return;
    Error *error = errors_add(loader->errors, ERROR_CONFIG, "[view %s] names the same view as [view %s] on line %d",
                              second->view, first->view, first->line);
    error_remedy(error_at(error, loader->path, second->line, 0), "write all its rules in one place");
}

void rules_resolve(Loader *loader)
{
    Config *config = loader->config;
    for (size_t i = 0; i < config->rules_count; i++)
    {
        if (!is_default(&config->rules[i]))
            section_resolve_name(loader, "view", config->rules[i].view, config->rules[i].line, &config->rules[i].name);
        resolve_renamed_from(loader, &config->rules[i]);
        for (size_t j = 0; j < i; j++)
        {
            check_twice(loader, &config->rules[j], &config->rules[i]);
            check_taken_twice(loader, &config->rules[j], &config->rules[i]);
        }
    }
}

static void put_over(ViewRules *rules, const ViewRules *over)
{
    rules->line = over->line;
    if (over->sums != NULL)
    {
        rules->sums = over->sums;
        rules->sum_count = over->sum_count;
    }
    if (over->tolerance.set)
        rules->tolerance = over->tolerance;
    if (over->max_shrink.set)
        rules->max_shrink = over->max_shrink;
    if (over->max_growth.set)
        rules->max_growth = over->max_growth;
    if (over->has_min_rows)
    {
        rules->has_min_rows = true;
        rules->min_rows = over->min_rows;
    }
    if (over->renamed_from.name != NULL)
        rules->renamed_from = over->renamed_from;
}

bool config_has_limits(const ViewRules *rules)
{
    return rules->sums != NULL || rules->tolerance.set || rules->max_shrink.set || rules->max_growth.set ||
           rules->has_min_rows;
}

ViewRules config_rules_for(const void *context, const Config *config, Name view)
{
    if (view.schema == NULL)
        view.schema = config->schema;
    ViewRules rules = {.view = name_qualified(context, view), .name = view};
    for (size_t i = 0; i < config->rules_count; i++)
        if (is_default(&config->rules[i]))
            put_over(&rules, &config->rules[i]);
    for (size_t i = 0; i < config->rules_count; i++)
        if (name_equal(config->rules[i].name, view))
            put_over(&rules, &config->rules[i]);
    return rules;
}

const char **names_spellings(const void *context, const Config *config, const Name *views, size_t view_count)
{
    const char **words = NULL;
    size_t count = 0;
    for (size_t i = 0; i < view_count; i++)
    {
        if (text_equal(views[i].schema, config->schema))
            MEM_PUSH(context, words, count, name_quote(context, views[i].name));
        MEM_PUSH(context, words, count, name_qualified(context, views[i]));
    }
    MEM_PUSH(context, words, count, NULL);
    return words;
}

bool names_have(Name name, const Name *views, size_t view_count)
{
    for (size_t i = 0; i < view_count; i++)
        if (name_equal(views[i], name))
            return true;
    return false;
}

Status config_check_views(const Config *config, const Name *views, size_t view_count, Errors *errors)
{
    size_t before = errors->count;
    void *scratch = mem_context(NULL);
    const char **words = names_spellings(scratch, config, views, view_count);
    for (size_t i = 0; i < config->rules_count; i++)
    {
        const ViewRules *rules = &config->rules[i];
        if (is_default(rules) || names_have(rules->name, views, view_count))
            continue;
        const char *nearest = text_nearest(rules->view, words);
        Error *error = errors_add(errors, ERROR_CONFIG, "[view %s] names no view of the set", rules->view);
        error_at(error, config->path, rules->line, 0);
        if (nearest != NULL)
            error_remedy(error, "did you mean [view %s]?", nearest);
        else
            error_remedy(error, "rules are for views that a file in %s creates", config->queries);
    }
    talloc_free(scratch);
    return errors_since(errors, before);
}
