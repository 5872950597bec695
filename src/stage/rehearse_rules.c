/*
 * rehearse_rules.c: do the new views have the columns that the rules of [view …] name?
 *
 * A column that is not there would be found out only after hours of building.
 */
#include "carry_internal.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "rehearse_internal.h"
#include "stage_internal.h"

/* One view, and what its sections say. */
typedef struct Subject
{
    Rehearsal *rehearsal;
    const CarryPair *pair;
    const char *label;
    ViewRules rules;
} Subject;

static void refuse_absent(const Subject *subject, ViewKey key, const char *name)
{
    const Recipe *recipe = subject->pair->recipe;
    const char **names = mem_array(subject->rehearsal->scratch, const char *, recipe->column_count + 1);
    for (size_t i = 0; i < recipe->column_count; i++)
        names[i] = recipe->columns[i].name;
    const char *nearest = text_nearest(name, names);
    Error *error = errors_add(subject->rehearsal->errors, ERROR_CONFIG, "%s names column %s, which %s has not",
                              view_key_word(key), name, subject->label);
    error_at(error_object(error, subject->label), subject->rehearsal->run->config->path, subject->rules.line, 0);
    if (nearest != NULL)
        error_remedy(error, "did you mean %s?", nearest);
    else
        error_remedy(error, "take it out, or add it to the view");
}

/* NULL, with an error, when the new view has none of that name. */
static const RecipeColumn *require(const Subject *subject, ViewKey key, const char *name)
{
    const RecipeColumn *column = recipe_column(subject->pair->recipe, name);
    if (column == NULL)
        refuse_absent(subject, key, name);
    return column;
}

static void require_all(const Subject *subject, ViewKey key, ColumnNames columns)
{
    for (size_t i = 0; i < columns.count; i++)
        require(subject, key, columns.names[i]);
}

static void check_sum(const Subject *subject, const char *name)
{
    const RecipeColumn *column = require(subject, KEY_SUMS, name);
    if (column == NULL || column->summable)
        return;
    Error *error = errors_add(subject->rehearsal->errors, ERROR_CONFIG, "sums names column %s of %s, whose type %s has no "
                              "sum that is a number", name, subject->label, column->type);
    error_at(error_object(error, subject->label), subject->rehearsal->run->config->path, subject->rules.line, 0);
    error_remedy(error, "take it out, or have the view cast it");
}

static void check_event_time(const Subject *subject, const char *name)
{
    const RecipeColumn *column = name == NULL ? NULL : require(subject, KEY_EVENT_TIME, name);
    if (column == NULL || column->temporal)
        return;
    Error *error = errors_add(subject->rehearsal->errors, ERROR_CONFIG, "event_time names column %s of %s, whose type %s "
                              "is no point in time", name, subject->label, column->type);
    error_at(error_object(error, subject->label), subject->rehearsal->run->config->path, subject->rules.line, 0);
    error_remedy(error, "name a column of type timestamptz, timestamp or date, or have the view cast it");
}

/* "a, b" */
static char *list(const void *context, ColumnNames columns)
{
    Text *text = text_new(context);
    for (size_t i = 0; i < columns.count; i++)
        text_addf(text, "%s%s", i > 0 ? ", " : "", columns.names[i]);
    return text->data;
}

/* Can its columns be compared?  Those of json or xml cannot. */
static void check_key(const Subject *subject, ColumnNames key)
{
    Rehearsal *rehearsal = subject->rehearsal;
    const PlanView *view = subject->pair->view;
    size_t before = rehearsal->errors->count;
    require_all(subject, KEY_UNIQUE, key);
    if (rehearsal->errors->count > before)
        return;
    PgRows *rows = NULL;
    Errors *failure = errors_new(rehearsal->scratch);
    char *sql = unique_sql(rehearsal->scratch, (Name){view->schema->incoming, view->name.name}, key);
    if (rehearse_explain(rehearsal, subject->pair, "pg_catalog", sql, &rows, failure) != STATUS_OK &&
        !errors_empty(failure) && text_equal(failure->items[0]->sqlstate, "42883")) /* undefined_function: no = for a type */
    {
        Error *error = errors_add(rehearsal->errors, ERROR_CONFIG, "unique = %s of %s cannot be checked",
                                  list(failure, key), subject->label);
        error_at(error_object(error, subject->label), rehearsal->run->config->path, subject->rules.line, 0);
        error_remedy(error, "take it out, or have the view cast what cannot be compared");
        error->sqlstate = mem_strdup(error, failure->items[0]->sqlstate);
        error->server_message = mem_strdup(error, failure->items[0]->server_message);
    }
    talloc_free(rows);
    talloc_free(failure);
}

static void check_view(const Subject *subject)
{
    const ViewRules *rules = &subject->rules;
    for (size_t i = 0; i < rules->sums.count; i++)
        check_sum(subject, rules->sums.names[i]);
    check_event_time(subject, rules->event_time);
    require_all(subject, KEY_NOT_NULL, rules->not_null);
    for (size_t i = 0; i < rules->unique.count && !subject->rehearsal->hopeless; i++)
        check_key(subject, rules->unique.keys[i]);
}

Status rehearse_check_rules(Rehearsal *rehearsal)
{
    size_t before = rehearsal->errors->count;
    for (size_t i = 0; i < rehearsal->pair_count && !rehearsal->hopeless; i++)
    {
        Subject subject = {.rehearsal = rehearsal, .pair = &rehearsal->pairs[i]};
        if (!view_kind_is_stored(subject.pair->view->kind))
            continue;
        subject.label = view_label(rehearsal->scratch, subject.pair->view);
        subject.rules = config_rules_for(rehearsal->scratch, rehearsal->run->config, subject.pair->view->name);
        check_view(&subject);
    }
    return errors_since(rehearsal->errors, before);
}
