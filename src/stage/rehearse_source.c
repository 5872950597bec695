/*
 * rehearse_source.c: source_total of [view …], while the new generation is empty: is it a query that the server understands,
 * that the view's owner may ask, and that gives what can be compared with the view?
 */
#include <string.h>

#include "array.h"
#include "carry_internal.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "rehearse_internal.h"
#include "stage_internal.h"

typedef struct Subject
{
    Rehearsal *rehearsal;
    const CarryPair *pair;
    ViewRules rules;
    const char *label;
} Subject;

static Error *refuse(const Subject *subject, const char *what)
{
    Error *error = errors_add(subject->rehearsal->errors, ERROR_CONFIG, "source_total of %s %s", subject->label, what);
    return error_at(error_object(error, subject->label), subject->rehearsal->run->config->path,
                    subject->rules.source_total.line, 0);
}

/* As the server says it. */
static void refuse_failure(const Subject *subject, const Errors *failure)
{
    const Error *reason = failure->items[0];
    Error *error = refuse(subject, "cannot be asked");
    error->sqlstate = mem_strdup(error, reason->sqlstate);
    error->server_message = mem_strdup(error, reason->server_message);
    error->server_hint = mem_strdup(error, reason->server_hint);
    if (text_equal(reason->sqlstate, "42501"))
        error_remedy(error, "grant it to the view's owner, as whom it is asked");
}

/* ---- what it gives ------------------------------------------------------------------------------------------- */

/* The pairs of build_source.sql. */
typedef struct Pairs
{
    Text *sums, *rows, *floats;
} Pairs;

static void add_pair(Text *pairs, const char *key, const char *value)
{
    text_addf(pairs, "%s%s, %s", pairs->length > 0 ? ", " : "", name_literal(pairs, key), value);
}

static bool is_summed(const ViewRules *rules, const char *name)
{
    for (size_t i = 0; i < rules->sums.count; i++)
        if (strcmp(rules->sums.names[i], name) == 0)
            return true;
    return false;
}

static bool means_rows(const Subject *subject, const char *name)
{
    return (strcmp(name, "rows") == 0 || strcmp(name, "count") == 0) && !is_summed(&subject->rules, name);
}

/* The view's column whose sum a column of the source's is compared with; NULL after an error. */
static const RecipeColumn *counterpart(const Subject *subject, const char *name, size_t count)
{
    const Recipe *recipe = subject->pair->recipe;
    const RecipeColumn *column = recipe_column(recipe, name);
    if (column == NULL && count == 1 && subject->rules.sums.count == 1)
        column = recipe_column(recipe, subject->rules.sums.names[0]);
    if (column != NULL && column->summable)
        return column;
    const char **names = mem_array(subject->rehearsal->scratch, const char *, recipe->column_count + 2);
    size_t known = 0;
    names[known++] = "rows";
    for (size_t i = 0; i < recipe->column_count; i++)
        if (recipe->columns[i].summable)
            names[known++] = recipe->columns[i].name;
    const char *nearest = text_nearest(name, names);
    Error *error = refuse(subject, mem_printf(subject->rehearsal->scratch, "gives %s, which is no column of the view that "
                                              "has a sum", name));
    if (nearest != NULL)
        error_remedy(error, "did you mean %s?", nearest);
    else
        error_remedy(error, "name it as the column whose sum it is compared with, or rows");
    return NULL;
}

static void take_column(const Subject *subject, const PgRows *rows, size_t row, const Pairs *pairs)
{
    SourceTotal *source = &subject->pair->recipe->source_total;
    void *memory = subject->rehearsal->run->recipes;
    const char *name = pg_text(rows, row, "name");
    char *value = mem_printf(pairs->sums, "q.%s::pg_catalog.text", name_quote(pairs->sums, name));
    if (!pg_boolean(rows, row, "number"))
    {
        char *what = mem_printf(pairs->sums, "gives %s, which is no number", name);
        error_remedy(refuse(subject, what), "cast it, or take it out");
        return;
    }
    if (means_rows(subject, name))
    {
        add_pair(pairs->rows, name, value);
        return;
    }
    const RecipeColumn *column = counterpart(subject, name, pg_row_count(rows));
    if (column == NULL)
        return;
    add_pair(pairs->sums, column->name, value);
    if (column->is_float || pg_boolean(rows, row, "is_float"))
        add_pair(pairs->floats, column->name, "'t'");
    if (!is_summed(&subject->rules, column->name))
        MEM_PUSH(memory, source->sums.names, source->sums.count, column->name);
}

static void take_columns(const Subject *subject, const PgRows *rows)
{
    Rehearsal *rehearsal = subject->rehearsal;
    SourceTotal *source = &subject->pair->recipe->source_total;
    const SqlQuery *query = &subject->pair->view->source_total;
    Pairs pairs = {text_new(rehearsal->scratch), text_new(rehearsal->scratch), text_new(rehearsal->scratch)};
    for (size_t row = 0; row < pg_row_count(rows); row++)
        take_column(subject, rows, row, &pairs);
    source->sql = PG_SQL(rehearsal->run->recipes, SQL_BUILD_SOURCE, {"sums", pairs.sums->data},
                         {"rows", pairs.rows->data}, {"floats", pairs.floats->data}, {"query", query->text});
    source->origin = origin_within(source->sql, query, rehearsal->run->config->path);
}

/* ---- what it reads ------------------------------------------------------------------------------------------- */

static bool is_built_before(const PlanView *view, const PlanView *other)
{
    if (view == other)
        return true;
    for (size_t i = 0; i < view->read_count; i++)
        if (view->reads[i].view->rebuilt && is_built_before(view->reads[i].view, other))
            return true;
    return false;
}

/* It is asked when the view has just been filled: then of the new generation there is what the view reads. */
static Status check_new(const Subject *subject, const char *probe)
{
    Rehearsal *rehearsal = subject->rehearsal;
    uint32_t *oids = mem_array(rehearsal->scratch, uint32_t, rehearsal->pair_count);
    for (size_t i = 0; i < rehearsal->pair_count; i++)
        oids[i] = rehearsal->pairs[i].new_oid;
    const char *parameters[] = {probe, array_of_oids(rehearsal->scratch, oids, rehearsal->pair_count)};
    PgRows *rows;
    if (pg_query(rehearsal->scratch, rehearsal->run->control, &rows, rehearsal->errors, SQL_REHEARSE_SOURCE_READS, 2,
                 parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
        for (size_t i = 0; i < rehearsal->pair_count; i++)
            if (oids[i] == pg_oid(rows, row, "relation") &&
                !is_built_before(subject->pair->view, rehearsal->pairs[i].view))
            {
                char *read = view_label(rehearsal->scratch, rehearsal->pairs[i].view);
                error_remedy(refuse(subject, mem_printf(rehearsal->scratch, "reads %s, which the view does not", read)),
                             "compare with what %s is made from", read);
            }
    return STATUS_OK;
}

static Status check_live(const Subject *subject, uint32_t probe)
{
    Rehearsal *rehearsal = subject->rehearsal;
    size_t live_count;
    uint32_t *live = rehearse_live_oids(rehearsal, &live_count);
    Errors *found = errors_new(rehearsal->scratch);
    if (catalog_proof(rehearsal->run, &probe, 1, live, live_count, found) == STATUS_OK)
        return STATUS_OK;
    if (!errors_have(found, ERROR_REFUSED))
    {
        errors_move(rehearsal->errors, found);
        return STATUS_FAILED;
    }
    error_remedy(refuse(subject, "reads the live generation through something outside the set"),
                 "write out what that is made from");
    return STATUS_OK;
}

/* ---- one view ------------------------------------------------------------------------------------------------ */

/* As a view of its own, under a savepoint that is rolled back. */
static Status probe(const Subject *subject, Errors *failure)
{
    Rehearsal *rehearsal = subject->rehearsal;
    Run *run = rehearsal->run;
    const PlanView *view = subject->pair->view;
    void *scratch = rehearsal->scratch;
    char *sql = mem_printf(scratch, "%s;\n%s;\n%s;\n%s;\n%s;\n%s", SQL_REHEARSE_SAVEPOINT,
                           recipe_role_sql(scratch, subject->pair->recipe->role),
                           PG_SQL(scratch, SQL_REHEARSE_SEARCH_PATH, {"path", run->plan->build_search_path}),
                           PG_SQL(scratch, SQL_REHEARSE_SOURCE_VIEW, {"schema", view->schema->incoming},
                                  {"query", view->source_total.text}),
                           SQL_REHEARSE_RESET_ROLE,
                           PG_SQL(scratch, SQL_REHEARSE_SEARCH_PATH, {"path", "pg_catalog"}));
    PgRows *rows;
    if (pg_run(run->control, failure, sql) != STATUS_OK)
        return STATUS_FAILED;
    if (pg_query(scratch, run->control, &rows, rehearsal->errors, SQL_REHEARSE_SOURCE_COLUMNS, 1,
                 &view->schema->incoming) != STATUS_OK)
        return STATUS_FAILED;
    if (pg_row_count(rows) == 0)
    {
        error_remedy(refuse(subject, "gives no column"), "name what is compared, as in SELECT sum(amount) AS amount");
        return STATUS_OK;
    }
    take_columns(subject, rows);
    if (check_new(subject, pg_text(rows, 0, "oid")) != STATUS_OK)
        return STATUS_FAILED;
    return check_live(subject, pg_oid(rows, 0, "oid"));
}

static void check(const Subject *subject)
{
    Rehearsal *rehearsal = subject->rehearsal;
    Errors *failure = errors_new(rehearsal->scratch);
    PgRows *rows = NULL;
    if (rehearse_explain(rehearsal, subject->pair, rehearsal->run->plan->build_search_path,
                         subject->pair->view->source_total.text, &rows, failure) == STATUS_OK)
    {
        rehearsal->hopeless = probe(subject, failure) != STATUS_OK && errors_empty(failure);
        if (!rehearsal->hopeless)
            rehearsal->hopeless = pg_run(rehearsal->run->control, rehearsal->errors, SQL_REHEARSE_UNDO) != STATUS_OK;
    }
    if (!rehearsal->hopeless && !errors_empty(failure))
        refuse_failure(subject, failure);
    talloc_free(rows);
    talloc_free(failure);
}

Status rehearse_source_totals(Rehearsal *rehearsal)
{
    size_t before = rehearsal->errors->count;
    for (size_t i = 0; i < rehearsal->pair_count && !rehearsal->hopeless; i++)
    {
        const CarryPair *pair = &rehearsal->pairs[i];
        if (pair->view->source_total.text == NULL)
            continue;
        Subject subject = {rehearsal, pair,
                           config_rules_for(rehearsal->scratch, rehearsal->run->config, pair->view->name),
                           view_label(rehearsal->scratch, pair->view)};
        check(&subject);
    }
    return errors_since(rehearsal->errors, before);
}
