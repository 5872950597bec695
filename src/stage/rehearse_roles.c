/*
 * rehearse_roles.c: the schemas that a rehearsal creates in, the roles that it creates as, and what these need there.
 */
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/name.h"
#include "pg_sql.h"
#include "preflight_internal.h"
#include "rehearse_internal.h"
#include "stage_internal.h"

Status rehearse_make_schemas(Rehearsal *rehearsal)
{
    Run *run = rehearsal->run;
    for (size_t i = 0; i < run->plan->schema_count; i++)
    {
        if (run->preflight->incoming[i].oid != 0)
            continue;
        char *sql = PG_SQL(rehearsal->scratch, SQL_REHEARSE_SCHEMA, {"schema", run->plan->schemas[i].incoming});
        if (pg_run(run->control, rehearsal->errors, sql) != STATUS_OK)
            return STATUS_FAILED;
    }
    return STATUS_OK;
}

const char *rehearse_find_role(const Run *run, const PlanView *view)
{
    const char *role = preflight_builder(run, view);
    return strcmp(role, run->preflight->role) == 0 ? NULL : mem_strdup(run->recipes, role);
}

/* Roles and the incoming schemas they have to reach: parallel. */
typedef struct Needs
{
    const char **schemas;
    size_t schema_count;
    const char **roles;
    size_t role_count;
} Needs;

static void need(Rehearsal *rehearsal, Needs *needs, const PlanView *view, const char *role)
{
    MEM_PUSH(rehearsal->scratch, needs->schemas, needs->schema_count, view->schema->incoming);
    MEM_PUSH(rehearsal->scratch, needs->roles, needs->role_count, role);
}

/* Executes the grants that are missing, and keeps them for the build. */
static Status grant_schemas(Rehearsal *rehearsal, const Needs *needs, bool create)
{
    Run *run = rehearsal->run;
    const char *parameters[] = {array_of_texts(rehearsal->scratch, needs->schemas, needs->schema_count),
                                array_of_texts(rehearsal->scratch, needs->roles, needs->role_count),
                                create ? "true" : "false"};
    PgRows *rows;
    if (pg_query(rehearsal->scratch, run->control, &rows, rehearsal->errors, SQL_REHEARSE_SCHEMA_GRANTS, 3,
                 parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
    {
        const char *sql = mem_strdup(run->recipes, pg_text(rows, i, "sql"));
        if (pg_run(run->control, rehearsal->errors, sql) != STATUS_OK)
            return STATUS_FAILED;
        MEM_PUSH(run->recipes, run->schema_grants, run->schema_grant_count, sql);
    }
    return STATUS_OK;
}

/*
 * Owners create in their schema's shadow, and name what their views read in others: without USAGE there, an
 * unqualified name would silently find the live view.
 */
Status rehearse_grant_to_owners(Rehearsal *rehearsal)
{
    Run *run = rehearsal->run;
    Needs create = {0};
    Needs usage = {0};
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        const PlanView *view = run->plan->views[i];
        if (run->recipes[i].role == NULL)
            continue;
        need(rehearsal, &create, view, run->recipes[i].role);
        for (size_t k = 0; k < view->read_count; k++)
            if (view->reads[k].view->rebuilt)
                need(rehearsal, &usage, view->reads[k].view, run->recipes[i].role);
    }
    Status status = grant_schemas(rehearsal, &create, true);
    return status == STATUS_OK ? grant_schemas(rehearsal, &usage, false) : status;
}

static Status check_grantors(Rehearsal *rehearsal, const Needs *needs)
{
    const Run *run = rehearsal->run;
    const char *parameters[] = {array_of_texts(rehearsal->scratch, needs->roles, needs->role_count),
                                preflight_set_role_privilege(run)};
    PgRows *rows;
    if (pg_query(rehearsal->scratch, run->control, &rows, rehearsal->errors, SQL_REHEARSE_GRANTORS, 2, parameters) !=
        STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
        for (size_t i = 0; i < run->plan->view_count; i++)
            for (size_t k = 0; k < run->recipes[i].grantor_count; k++)
                if (strcmp(run->recipes[i].grantors[k], pg_text(rows, row, "role")) == 0)
                {
                    preflight_refuse_grantor(run, run->plan->views[i], run->recipes[i].grantors[k], rehearsal->errors);
                    rehearsal->failed[i] = true;
                }
    return STATUS_OK;
}

/*
 * Whoever grants on a relation has to see the schema that it is in; who gets a statistics object has to be able to create
 * there (https://www.postgresql.org/docs/current/sql-alterstatistics.html).
 */
Status rehearse_grant_to_others(Rehearsal *rehearsal)
{
    Run *run = rehearsal->run;
    Needs usage = {0};
    Needs create = {0};
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        const Recipe *recipe = &run->recipes[i];
        for (size_t k = 0; k < recipe->grantor_count; k++)
            need(rehearsal, &usage, run->plan->views[i], recipe->grantors[k]);
        for (size_t k = 0; k < recipe->keeper_count; k++)
            need(rehearsal, &create, run->plan->views[i], recipe->keepers[k]);
    }
    if (check_grantors(rehearsal, &usage) != STATUS_OK || grant_schemas(rehearsal, &create, true) != STATUS_OK)
        return STATUS_FAILED;
    return grant_schemas(rehearsal, &usage, false);
}
