/*
 * rehearse_facts.c: what is read from the catalog and the planner once the whole generation exists, empty.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "foreign.h"
#include "matswap/memory.h"
#include "matswap/name.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "preflight_internal.h"
#include "rehearse_internal.h"
#include "stage_internal.h"

Status rehearse_find_expressions(Rehearsal *rehearsal)
{
    CarryArrays arrays = carry_arrays(rehearsal->scratch, rehearsal->pairs, rehearsal->pair_count);
    PgRows *rows;
    if (pg_query(rehearsal->scratch, rehearsal->run->control, &rows, rehearsal->errors, SQL_REHEARSE_EXPRESSIONS, 1,
                 arrays.values) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
        rehearsal->pairs[pg_integer(rows, i, "n") - 1].recipe->analyze_again = true;
    return STATUS_OK;
}

Status rehearse_find_clashes(Rehearsal *rehearsal)
{
    CarryArrays arrays = carry_arrays(rehearsal->scratch, rehearsal->pairs, rehearsal->pair_count);
    size_t leaving_count;
    const uint32_t *leaving = former_leaving_oids(rehearsal->scratch, rehearsal->run, &leaving_count);
    const char *parameters[] = {arrays.values[0], arrays.values[1], arrays.values[2],
                                array_of_oids(rehearsal->scratch, leaving, leaving_count)};
    PgRows *rows;
    if (pg_query(rehearsal->scratch, rehearsal->run->control, &rows, rehearsal->errors, SQL_REHEARSE_CLASHES, 4,
                 parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
    {
        const CarryPair *pair = &rehearsal->pairs[pg_integer(rows, i, "n") - 1];
        const char *taken_by = pg_text(rows, i, "taken_by");
        Error *error = errors_add(rehearsal->errors, ERROR_REFUSED, "the name of the new %s is taken by %s",
                                  pg_text(rows, i, "what"), taken_by);
        char *label = view_label(error, pair->view);
        error_object(error, label);
        error_at(error, pair->view->create->file->path, pair->view->create->line, 0);
        error_remedy(error, "rename or drop %s, or give the object of %s another name", taken_by, label);
    }
    return pg_row_count(rows) == 0 ? STATUS_OK : STATUS_FAILED;
}

/* ---- sources ---------------------------------------------------------------------------------------------- */

Status rehearse_read_sources(Rehearsal *rehearsal)
{
    CarryArrays arrays = carry_arrays(rehearsal->scratch, rehearsal->pairs, rehearsal->pair_count);
    PgRows *rows;
    if (pg_query(rehearsal->scratch, rehearsal->run->control, &rows, rehearsal->errors, SQL_REHEARSE_SOURCES, 1,
                 arrays.values) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
        rehearsal->pairs[pg_integer(rows, i, "position") - 1].recipe->sources =
            mem_strdup(rehearsal->run->recipes, pg_text(rows, i, "sources"));
    return STATUS_OK;
}

/* ---- foreign servers --------------------------------------------------------------------------------------- */

Status rehearse_open_foreign(Rehearsal *rehearsal)
{
    Run *run = rehearsal->run;
    OidList filled = {0};
    OidList own = {0};
    uint32_t *filled_oids = mem_array(rehearsal->scratch, uint32_t, rehearsal->pair_count);
    uint32_t *own_oids = mem_array(rehearsal->scratch, uint32_t, rehearsal->pair_count);
    size_t *position_of = mem_array(rehearsal->scratch, size_t, rehearsal->pair_count);
    ForeignReads reads;
    for (size_t i = 0; i < rehearsal->pair_count; i++)
    {
        const CarryPair *pair = &rehearsal->pairs[i];
        own_oids[own.count++] = pair->new_oid;
        if (pair->view->kind != VIEW_MATERIALIZED)
            continue;
        position_of[filled.count] = pair->view->index;
        filled_oids[filled.count++] = pair->new_oid;
    }
    filled.oids = filled_oids;
    own.oids = own_oids;
    if (foreign_find(run, rehearsal->scratch, filled, own, &reads, rehearsal->errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < reads.count; i++)
        reads.items[i].position = position_of[reads.items[i].position];
    foreign_join_views(run, &reads);
    return foreign_probe(run, &reads, rehearsal->errors);
}

/* ---- cost ------------------------------------------------------------------------------------------------- */

/*
 * The total cost of the top node: it precedes the plans below it, and a quote within a name comes as \" in JSON,
 * so the key cannot be a part of one (src/backend/commands/explain.c).
 */
static double read_total_cost(const char *json)
{
    static const char key[] = "\"Total Cost\":";
    const char *found = strstr(json, key);
    return found == NULL ? 0 : strtod(found + sizeof key - 1, NULL);
}

Status rehearse_explain(Rehearsal *rehearsal, const CarryPair *pair, const char *path, const char *query,
                        PgRows **ret_rows, Errors *failure)
{
    Run *run = rehearsal->run;
    void *scratch = mem_context(rehearsal->scratch);
    char *sql = mem_printf(scratch, "%s;\n%s;\n%s;\n%s", SQL_REHEARSE_SAVEPOINT,
                           recipe_role_sql(scratch, pair->recipe->role),
                           PG_SQL(scratch, SQL_REHEARSE_SEARCH_PATH, {"path", path}),
                           PG_SQL(scratch, SQL_REHEARSE_EXPLAIN, {"query", query}));
    Status status = pg_run_rows(rehearsal->scratch, run->control, ret_rows, failure, sql, (PgOrigin){NULL, 0, NULL});
    rehearsal->hopeless = errors_have(failure, ERROR_CANCELLED) || errors_have(failure, ERROR_CONNECTION) ||
                          pg_run(run->control, failure, SQL_REHEARSE_UNDO) != STATUS_OK;
    if (rehearsal->hopeless)
        errors_move(rehearsal->errors, failure);
    talloc_free(scratch);
    return rehearsal->hopeless ? STATUS_FAILED : status;
}

/* The planner's cost of `query`, or 0 if it cannot be planned: then `failure` has why. */
static double explain(Rehearsal *rehearsal, const CarryPair *pair, const char *path, const char *query, Errors *failure)
{
    PgRows *rows = NULL;
    double cost = 0;
    if (rehearse_explain(rehearsal, pair, path, query, &rows, failure) == STATUS_OK && rows != NULL &&
        pg_row_count(rows) > 0)
        cost = read_total_cost(pg_text(rows, 0, "QUERY PLAN"));
    talloc_free(rows);
    return cost;
}

static bool is_new(const Rehearsal *rehearsal, uint32_t oid)
{
    for (size_t i = 0; i < rehearsal->pair_count; i++)
        if (rehearsal->pairs[i].new_oid == oid)
            return rehearsal->pairs[i].live_oid == 0;
    return false;
}

/* By the catalog: which privileges the builder lacks, and the statements that grant them. */
static Status refuse_by_catalog(Rehearsal *rehearsal, const CarryPair *pair, const char *role)
{
    PgRows *rows;
    const char *itself = "f";
    uint32_t relation = pair->new_oid;
    PrivilegeNeeds needs = {&role, &relation, &itself, 1};
    if (privileges_missing(rehearsal->run, rehearsal->scratch, &needs, &rows, rehearsal->errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        Error *error = privileges_refuse(rows, row, pair->view, role, rehearsal->errors);
        if (!is_new(rehearsal, pg_oid(rows, row, "relation")))
            continue;
        error_remedy(error, "state %s in the file that creates it", pg_text(rows, row, "statement"));
        error->statement_count = 0; /* there is nothing yet to grant it on */
    }
    return STATUS_OK;
}

/* CREATE … WITH NO DATA asks for no privilege on what the query reads, the executor's start does. */
static void refuse_unreadable(Rehearsal *rehearsal, const CarryPair *pair, const Errors *failure)
{
    const Run *run = rehearsal->run;
    const Error *reason = errors_empty(failure) ? NULL : failure->items[0];
    if (reason == NULL || reason->sqlstate == NULL || strcmp(reason->sqlstate, "42501") != 0)
        return;
    const char *builder = pair->recipe->role != NULL ? pair->recipe->role : run->preflight->role;
    size_t before = rehearsal->errors->count;
    if (refuse_by_catalog(rehearsal, pair, builder) != STATUS_OK)
        rehearsal->hopeless = true;
    if (rehearsal->errors->count > before)
        return;
    char *role = name_quote(rehearsal->scratch, builder);
    char *label = view_label(rehearsal->scratch, pair->view);
    Error *error = errors_add(rehearsal->errors, ERROR_REFUSED, "%s cannot be filled by %s, its owner", label, role);
    error_at(error_object(error, label), pair->view->create->file->path, pair->view->create->line, 0);
    error_remedy(error, "grant %s what it lacks", role);
    error->sqlstate = mem_strdup(error, reason->sqlstate);
    error->server_message = mem_strdup(error, reason->server_message);
}

/* Of its definition in the empty new generation, which is what will be executed. */
static double read_new_cost(Rehearsal *rehearsal, const CarryPair *pair, Errors *failure)
{
    void *scratch = mem_context(rehearsal->scratch);
    const char *parameters[] = {mem_printf(scratch, "%" PRIu32, pair->new_oid)};
    PgRows *rows;
    double cost = 0;
    if (pg_query(scratch, rehearsal->run->control, &rows, rehearsal->errors, SQL_REHEARSE_DEFINITION, 1, parameters) !=
        STATUS_OK)
        rehearsal->hopeless = true;
    else
        cost = explain(rehearsal, pair, "pg_catalog", pg_text(rows, 0, "query"), failure);
    talloc_free(scratch);
    return cost;
}

/* Of its text against the live generation, which has statistics. */
static double read_live_cost(Rehearsal *rehearsal, const CarryPair *pair)
{
    const SqlStatement *create = pair->view->create;
    void *scratch = mem_context(rehearsal->scratch);
    const char *text = mem_strndup(scratch, create->file->text + create->query_offset, create->query_length);
    double cost = explain(rehearsal, pair, rehearsal->run->plan->live_search_path, text, errors_new(scratch));
    talloc_free(scratch);
    return cost;
}

static Status read_cost(Rehearsal *rehearsal, const CarryPair *pair)
{
    Errors *failure = errors_new(rehearsal->scratch);
    double cost = read_new_cost(rehearsal, pair, failure);
    if (!rehearsal->hopeless)
        refuse_unreadable(rehearsal, pair, failure);
    if (!rehearsal->hopeless && pair->live_oid != 0)
    {
        double live_cost = read_live_cost(rehearsal, pair);
        cost = live_cost > 0 ? live_cost : cost;
    }
    pair->recipe->cost = cost;
    talloc_free(failure);
    return rehearsal->hopeless ? STATUS_FAILED : STATUS_OK;
}

Status rehearse_read_costs(Rehearsal *rehearsal)
{
    size_t before = rehearsal->errors->count;
    for (size_t i = 0; i < rehearsal->pair_count; i++)
        if (rehearsal->pairs[i].view->kind == VIEW_MATERIALIZED &&
            rehearsal->run->unbuildable[rehearsal->pairs[i].view->index] == NULL &&
            read_cost(rehearsal, &rehearsal->pairs[i]) != STATUS_OK)
            return STATUS_FAILED;
    return errors_since(rehearsal->errors, before);
}
