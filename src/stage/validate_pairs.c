/*
 * validate_pairs.c: a live view beside its successor, for rules that compare their rows by key.
 *
 * Operators are named with their schema, as the catalog has them: a search path with schemas of users in it would let
 * these decide what a comparison means.
 */
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/name.h"
#include "pg_sql.h"
#include "validate_internal.h"

static bool compares_rows(const ViewRules *rules)
{
    return view_rules_have(rules, KEY_COMPARE_KEYS) || view_rules_have(rules, KEY_SAMPLE) ||
           view_rules_have(rules, KEY_LATE_DATA) || view_rules_have(rules, KEY_ALLOWED_LATENESS);
}

static void take_column(Validation *validation, ViewPair *pair, const PgRows *rows, size_t row)
{
    PairColumn column = {mem_strdup(validation->scratch, pg_text(rows, row, "name")),
                         mem_strdup(validation->scratch, pg_text(rows, row, "equals")),
                         pg_boolean(rows, row, "by_value")};
    MEM_PUSH(validation->scratch, pair->columns, pair->column_count, column);
}

static Status read_columns(Validation *validation, Errors *errors)
{
    const Run *run = validation->run;
    uint32_t *live = mem_array(validation->scratch, uint32_t, validation->pair_count);
    uint32_t *new = mem_array(validation->scratch, uint32_t, validation->pair_count);
    for (size_t i = 0; i < validation->pair_count; i++)
    {
        size_t position = validation->pairs[i].position;
        live[i] = former_predecessor(run, run->plan->views[position]).live->oid;
        new[i] = run->record->views[position].new_oid;
    }
    const char *parameters[] = {array_of_oids(validation->scratch, live, validation->pair_count),
                                array_of_oids(validation->scratch, new, validation->pair_count)};
    PgRows *rows;
    if (pg_query(validation->scratch, run->control, &rows, errors, SQL_VALIDATE_SHARED, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
        take_column(validation, &validation->pairs[pg_integer(rows, row, "n") - 1], rows, row);
    talloc_free(rows);
    return STATUS_OK;
}

Status validation_find_pairs(Validation *validation, Errors *errors)
{
    const Run *run = validation->run;
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        const PlanView *view = run->plan->views[i];
        ViewPair pair = {.position = i, .new = {view->schema->incoming, view->name.name}};
        pair.rules = config_rules_for(validation->scratch, run->config, view->name);
        if (!view_kind_is_stored(view->kind) || !validation_judges(run, i) || !compares_rows(&pair.rules))
            continue;
        pair.live = former_predecessor(run, view).name;
        pair.comparable = validation_comparable(run, i);
        MEM_PUSH(validation->scratch, validation->pairs, validation->pair_count, pair);
    }
    return validation->pair_count == 0 ? STATUS_OK : read_columns(validation, errors);
}

const PairColumn *pair_column(const ViewPair *pair, const char *name)
{
    for (size_t i = 0; i < pair->column_count; i++)
        if (strcmp(pair->columns[i].name, name) == 0)
            return &pair->columns[i];
    return NULL;
}

/*
 * The live view's owner, who as a rule has built the new one as well: a value is shown by a cast to text, for which the
 * owner of its type may have made a function, and a superuser should execute nobody's.
 */
const char *pair_role(const Run *run, const ViewPair *pair)
{
    const LiveView *live = former_predecessor(run, run->plan->views[pair->position]).live;
    return live->owner == NULL || strcmp(live->owner, run->preflight->role) == 0 ? NULL : live->owner;
}

const char *pair_obstacle(const void *context, const ViewPair *pair, ColumnNames columns)
{
    if (!pair->comparable)
        return "there is no live view";
    for (size_t i = 0; i < columns.count; i++)
        if (pair_column(pair, columns.names[i]) == NULL)
            return mem_printf(context, "the live view has no column %s", name_quote(context, columns.names[i]));
    return NULL;
}

/* That types have no equality, or none with each other, is no failure of the new view. */
const char *pair_refusal(const Run *run, const Errors *errors)
{
    const char *sqlstate = errors_empty(errors) ? NULL : errors->items[0]->sqlstate;
    if (sqlstate == NULL || (strncmp(sqlstate, "42", 2) != 0 && strcmp(sqlstate, "0A000") != 0))
        return NULL;
    return mem_printf(run, "the live view cannot be compared with the new one: %s", detail_refusal(run, errors));
}

bool pair_on_refusal(RuleQuery *query, const Errors *errors)
{
    const Run *run = query->validation->run;
    const char *why = pair_refusal(run, errors);
    if (why != NULL)
        run->results[query->result].detail = why;
    return why != NULL;
}

char *pair_list(const void *context, size_t count, const char *pattern, const char *separator)
{
    Text *text = text_new(context);
    for (size_t i = 1; i <= count; i++)
    {
        text_add(text, i > 1 ? separator : "");
        for (const char *at = pattern; *at != '\0'; at++)
            if (*at == '#')
                text_addf(text, "%zu", i);
            else
                text_add_bytes(text, at, 1);
    }
    return text->data;
}

char *pair_names(const void *context, ColumnNames columns, const char *letter)
{
    Text *text = text_new(context);
    for (size_t i = 0; i < columns.count; i++)
        text_addf(text, "%s%s AS %s%zu", i > 0 ? ", " : "", name_quote(text, columns.names[i]), letter, i + 1);
    return text->data;
}

char *pair_equal(const void *context, const ViewPair *pair, ColumnNames key, const char *left, const char *right)
{
    Text *text = text_new(context);
    for (size_t i = 0; i < key.count; i++)
        text_addf(text, "%s%s.k%zu %s %s.k%zu", i > 0 ? " AND " : "", left, i + 1,
                  pair_column(pair, key.names[i])->equals, right, i + 1);
    return text->data;
}

void pair_add_keys(const Run *run, Text *detail, ColumnNames key, const PgRows *rows, const size_t *chosen,
                   size_t count)
{
    void *scratch = mem_context(run);
    const char **titles = mem_array(scratch, const char *, key.count);
    const char **cells = NULL;
    size_t cell_count = 0;
    for (size_t i = 0; i < key.count; i++)
        titles[i] = detail_value(scratch, key.names[i]);
    for (size_t row = 0; row < count; row++)
        for (size_t i = 0; i < key.count; i++)
            MEM_PUSH(scratch, cells, cell_count,
                     detail_value(scratch, pg_value(rows, chosen[row], mem_printf(scratch, "k%zu", i + 1))));
    if (count > 0)
        text_add(detail, report_rows(scratch, titles, key.count, cells, count));
    talloc_free(scratch);
}
