/* [view NAME] sections: what a new generation has to fulfil. */
#include <string.h>

#include "config_internal.h"
#include "matswap/memory.h"
#include "matswap/text.h"

/* Each key's reader, the field of ViewRules that it fills, and its default. */
typedef struct RuleField
{
    ValueReader *read;
    size_t offset, size;
    const char *usual; /* NULL: none */
} RuleField;

#define FIELD(reader, field) USUAL(reader, field, NULL)
#define USUAL(reader, field, usual) {reader, offsetof(ViewRules, field), sizeof((ViewRules){0}.field), usual}
static const RuleField fields[VIEW_KEY_COUNT] = {
    [KEY_SUMS] = FIELD(rule_read_columns, sums),
    [KEY_TOLERANCE] = FIELD(value_read_percent, tolerance),
    [KEY_MIN_ROWS] = FIELD(value_read_count, min_rows),
    [KEY_MAX_ROWS] = FIELD(value_read_count, max_rows),
    [KEY_MAX_SHRINK] = FIELD(value_read_shrink, max_shrink),
    [KEY_MAX_GROWTH] = FIELD(value_read_percent, max_growth),
    [KEY_UNIQUE] = FIELD(rule_read_unique, unique),
    [KEY_NOT_NULL] = FIELD(rule_read_columns, not_null),
    [KEY_CHECK] = FIELD(rule_read_check, check),
    [KEY_COMPARE_KEYS] = FIELD(rule_read_compare_keys, compare_keys),
    [KEY_SAMPLE] = FIELD(rule_read_sample, sample),
    [KEY_SOURCE_TOTAL] = FIELD(rule_read_source_total, source_total),
    [KEY_SOURCE_TOLERANCE] = FIELD(value_read_percent, source_tolerance),
    [KEY_EVENT_TIME] = FIELD(value_read_identifier, event_time),
    [KEY_MAX_LAG] = FIELD(value_read_long_duration, max_lag_ms),
    [KEY_MAX_FUTURE] = USUAL(value_read_long_duration, max_future_ms, "5min") /* clocks of servers differ by less */,
    [KEY_ALLOWED_LATENESS] = USUAL(value_read_long_duration, allowed_lateness_ms, "0s"),
    [KEY_LATE_DATA] = USUAL(rule_read_late_data, late_data, "reissue"),
    [KEY_BUCKET] = USUAL(rule_read_bucket, bucket_ms, "1d"),
    [KEY_RENAMED_FROM] = FIELD(value_read_relation, renamed_from),
    [KEY_ADOPT] = USUAL(value_read_bool, adopt, "no"),
};
#undef FIELD
#undef USUAL

static const struct
{
    const char *word;
    const char *severity; /* the key that sets its severity; NULL: it is no rule */
    bool measured;
} spelled[VIEW_KEY_COUNT] = {
#define SEVERITY_true(word) "severity." word
#define SEVERITY_false(word) NULL
#define X(name, word, is_rule, measured) [KEY_##name] = {word, SEVERITY_##is_rule(word), measured},
    VIEW_KEYS(X)
#undef X
};

const char *view_key_word(ViewKey key)
{
    return spelled[key].word;
}

bool view_key_is_rule(ViewKey key)
{
    return spelled[key].severity != NULL;
}

bool view_key_is_measured(ViewKey key)
{
    return spelled[key].measured;
}

/* [view *] */
static bool is_default(const ViewRules *rules)
{
    return strcmp(rules->view, "*") == 0;
}

static void read_severity(Loader *loader, const IniValue *value, void *ret_target)
{
    if (strcmp(value->text, "error") == 0 || strcmp(value->text, "warn") == 0)
        *(const char **) ret_target = mem_strdup(loader->config, value->text);
    else
        error_remedy(value_complain(loader, value, "%s = %s is not a severity", value->key, value->text),
                     "write error (the generation is rejected) or warn");
}

Severity view_rules_severity(const ViewRules *rules, ViewKey rule)
{
    const char *word = rules->severities[rule] != NULL ? rules->severities[rule] : rules->severity;
    return word != NULL && strcmp(word, "warn") == 0 ? SEVERITY_WARN : SEVERITY_ERROR;
}

/* What view_rules_severity makes of a rule without one. */
static const char usual_severity[] = "error";

/* The keys of the section, and the severities of those that are rules. */
Key *rule_keys(const void *context, size_t *ret_count)
{
    Key *keys = NULL;
    *ret_count = 0;
    for (ViewKey key = 0; key < VIEW_KEY_COUNT; key++)
        MEM_PUSH(context, keys, *ret_count, ((Key){spelled[key].word, fields[key].read, fields[key].offset, fields[key].usual}));
    for (ViewKey key = 0; key < VIEW_KEY_COUNT; key++)
        if (spelled[key].severity != NULL)
            MEM_PUSH(context, keys, *ret_count,
                     ((Key){spelled[key].severity, read_severity, offsetof(ViewRules, severities) + key * sizeof(char *), NULL}));
    MEM_PUSH(context, keys, *ret_count, ((Key){"severity", read_severity, offsetof(ViewRules, severity), usual_severity}));
    return keys;
}

static void note_given(const Loader *loader, const IniSection *section, ViewRules *rules)
{
    for (size_t i = 0; i < section->value_count; i++)
        for (ViewKey key = 0; key < VIEW_KEY_COUNT; key++)
            if (strcmp(section->values[i].key, spelled[key].word) == 0)
                rules->given[key] = mem_strdup(loader->config, section->values[i].text);
}

void rules_read(Loader *loader, const IniSection *section, const char *written)
{
    ViewRules rules = {.view = written, .line = section->line};
    size_t count;
    Key *keys = rule_keys(loader->config, &count);
    section_read(loader, section, keys, count, &rules);
    talloc_free(keys);
    note_given(loader, section, &rules);
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

/* Whose table it is, is a question about one table. */
static void check_adopt(Loader *loader, const ViewRules *rules)
{
    if (is_default(rules) && rules->given[KEY_ADOPT] != NULL)
        error_remedy(complain(loader, rules, "has adopt"), "say it of each view that is to replace a table");
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

/* What means nothing without another key of the same view. */
static const struct
{
    ViewKey key, needs;
} needs[] = {
    {KEY_COMPARE_KEYS, KEY_UNIQUE},       {KEY_SAMPLE, KEY_UNIQUE},          {KEY_SOURCE_TOLERANCE, KEY_SOURCE_TOTAL},
    {KEY_MAX_LAG, KEY_EVENT_TIME},        {KEY_MAX_FUTURE, KEY_EVENT_TIME},  {KEY_ALLOWED_LATENESS, KEY_EVENT_TIME},
    {KEY_LATE_DATA, KEY_EVENT_TIME},      {KEY_BUCKET, KEY_EVENT_TIME},
};

/* In [view *] they may wait for a view that has the other. */
static void check_needs(Loader *loader, const ViewRules *section)
{
    void *scratch = mem_context(NULL);
    ViewRules rules = config_rules_for(scratch, loader->config, section->name);
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
        if (section->given[needs[i].key] != NULL && rules.given[needs[i].needs] == NULL)
        {
            char *message = mem_printf(scratch, "has %s, but no %s", view_key_word(needs[i].key),
                                       view_key_word(needs[i].needs));
            error_remedy(complain(loader, section, message), "add %s to it",
                         view_key_word(needs[i].needs));
        }
    talloc_free(scratch);
}

void rules_resolve(Loader *loader)
{
    Config *config = loader->config;
    for (size_t i = 0; i < config->rules_count; i++)
    {
        if (!is_default(&config->rules[i]))
            section_resolve_name(loader, "view", config->rules[i].view, config->rules[i].line, &config->rules[i].name);
        resolve_renamed_from(loader, &config->rules[i]);
        check_adopt(loader, &config->rules[i]);
        for (size_t j = 0; j < i; j++)
        {
            check_twice(loader, &config->rules[j], &config->rules[i]);
            check_taken_twice(loader, &config->rules[j], &config->rules[i]);
        }
    }
    for (size_t i = 0; i < config->rules_count; i++)
        if (config->rules[i].name.name != NULL)
            check_needs(loader, &config->rules[i]);
}

/* A section's severity for all its rules is nearer than [view *]'s for one. */
static void put_severities_over(ViewRules *rules, const ViewRules *over)
{
    if (over->severity != NULL)
    {
        rules->severity = over->severity;
        memset(rules->severities, 0, sizeof rules->severities);
    }
    for (ViewKey key = 0; key < VIEW_KEY_COUNT; key++)
        if (over->severities[key] != NULL)
            rules->severities[key] = over->severities[key];
}

static void put_over(ViewRules *rules, const ViewRules *over)
{
    rules->line = over->line;
    for (ViewKey key = 0; key < VIEW_KEY_COUNT; key++)
    {
        if (over->given[key] == NULL)
            continue;
        rules->given[key] = over->given[key];
        memcpy((char *) rules + fields[key].offset, (const char *) over + fields[key].offset, fields[key].size);
    }
    put_severities_over(rules, over);
}

bool config_has_limits(const ViewRules *rules)
{
    for (ViewKey key = 0; key < VIEW_KEY_COUNT; key++)
        if (key != KEY_RENAMED_FROM && key != KEY_ADOPT && rules->given[key] != NULL)
            return true;
    return false;
}

static void fill_usual(ViewRules *rules)
{
    Config *scratch = mem_new(NULL, Config);
    Loader loader = {NULL, scratch, errors_new(scratch)};
    for (ViewKey key = 0; key < VIEW_KEY_COUNT; key++)
        section_fill_usual(&(Key){spelled[key].word, fields[key].read, fields[key].offset, fields[key].usual}, 1, &loader,
                           rules);
    talloc_free(scratch);
}

ViewRules config_rules_for(const void *context, const Config *config, Name view)
{
    if (view.schema == NULL)
        view.schema = config->schema;
    ViewRules rules = {.view = name_qualified(context, view), .name = view};
    fill_usual(&rules);
    for (size_t i = 0; i < config->rules_count; i++)
        if (is_default(&config->rules[i]))
            put_over(&rules, &config->rules[i]);
    for (size_t i = 0; i < config->rules_count; i++)
        if (name_equal(config->rules[i].name, view))
            put_over(&rules, &config->rules[i]);
    return rules;
}

const char **names_spellings(const void *context, const Config *config, const Name *names, size_t count)
{
    const char **words = NULL;
    size_t word_count = 0;
    for (size_t i = 0; i < count; i++)
    {
        if (text_equal(names[i].schema, config->schema))
            MEM_PUSH(context, words, word_count, name_quote(context, names[i].name));
        MEM_PUSH(context, words, word_count, name_qualified(context, names[i]));
    }
    MEM_PUSH(context, words, word_count, NULL);
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
