/*
 * What the roles lack that build the views as their owners.
 *
 * A view is created and filled by its owner, as by REFRESH: the role that connects has to be able to become it, and it
 * needs what its query reads.  The moves of the swap ask for nothing of the owners: SET SCHEMA wants CREATE on the new
 * schema of the role that executes it, and that it may act for the owner (AlterTableNamespace and
 * RangeVarCallbackForAlterRelation in src/backend/commands/tablecmds.c, AlterObjectNamespace_internal in alter.c).
 */
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/pg.h"
#include "pg_sql.h"
#include "preflight_internal.h"
#include "stage_internal.h"

const char *preflight_builder(const Run *run, const PlanView *view)
{
    const LiveView *live = former_predecessor(run, view).live;
    const char *role = live->oid == 0 ? run->preflight->role : live->owner;
    for (size_t i = 0; i < view->statement_count; i++)
        if (view->statements[i].source->owner != NULL)
            role = view->statements[i].source->owner;
    return role;
}

static Error *refuse_view(Errors *errors, const PlanView *view, const char *message)
{
    char *name = name_qualified(errors, view->name);
    Error *error = preflight_refuse(errors, name, "%s %s", name, message);
    talloc_free(name);
    return error_at(error, view->create->file->path, view->create->line, view->create->column);
}

/* ---- may we become it? -------------------------------------------------------------------------------------- */

static void refuse_builder(const Run *run, const void *scratch, const PlanView *view, const char *builder, bool exists,
                           Errors *errors)
{
    char *role = name_quote(scratch, builder);
    if (exists)
    {
        char *own = name_quote(scratch, run->preflight->role);
        preflight_advise_membership(refuse_view(errors, view, mem_printf(scratch, "is to be owned by %s, and role %s may "
                                                                         "not act for it", role, own)),
                                    run, builder);
        return;
    }
    Error *error = refuse_view(errors, view, mem_printf(scratch, "is to be owned by role %s, which does not exist", role));
    error_statement(error, "CREATE ROLE %s", role);
    if (!run->preflight->superuser)
        preflight_advise_membership(error, run, builder);
    error_remedy(error, "CREATE ROLE %s", role);
}

/* The owners that only the files name; those of the live views have been looked at. */
static Status check_builders(const Run *run, const void *scratch, Errors *errors)
{
    const char **roles = NULL;
    size_t role_count = 0;
    const PlanView **views = NULL;
    size_t view_count = 0;
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        const char *builder = preflight_builder(run, run->plan->views[i]);
        const LiveView *live = former_predecessor(run, run->plan->views[i]).live;
        if (strcmp(builder, live->oid == 0 ? run->preflight->role : live->owner) == 0)
            continue;
        MEM_PUSH(scratch, roles, role_count, builder);
        MEM_PUSH(scratch, views, view_count, run->plan->views[i]);
    }
    if (views == NULL)
        return STATUS_OK;
    const char *parameters[] = {array_of_texts(scratch, roles, role_count), preflight_set_role_privilege(run)};
    PgRows *rows;
    if (pg_query(scratch, run->control, &rows, errors, SQL_PREFLIGHT_BUILDERS, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
        if (!pg_boolean(rows, row, "ours"))
            refuse_builder(run, scratch, views[row], roles[row], pg_oid(rows, row, "oid") != 0, errors);
    return STATUS_OK;
}

/* ---- what its query reads ----------------------------------------------------------------------------------- */

/* Who names what, a relation, a type or a schema: parallel arrays. */
typedef struct Uses
{
    const PlanView **views;
    size_t view_count;
    const char **roles;
    size_t role_count;
    uint32_t *relations;
    size_t relation_count;
    uint32_t *types;
    size_t type_count;
    const char **schemas;
    size_t schema_count;
    const char **itself; /* "t": not a query */
    size_t itself_count;
} Uses;

static void add_use(const Run *run, const void *scratch, Uses *uses, const PlanView *view, uint32_t relation,
                    uint32_t type, const char *schema)
{
    MEM_PUSH(scratch, uses->views, uses->view_count, view);
    MEM_PUSH(scratch, uses->roles, uses->role_count, preflight_builder(run, view));
    MEM_PUSH(scratch, uses->relations, uses->relation_count, relation);
    MEM_PUSH(scratch, uses->types, uses->type_count, type);
    MEM_PUSH(scratch, uses->schemas, uses->schema_count, schema);
    MEM_PUSH(scratch, uses->itself, uses->itself_count, "t");
}

/* What the files of every view name outside the set. */
static Status find_externals(Run *run, const void *scratch, Uses *uses, Errors *errors)
{
    const PlanView **views = NULL;
    size_t view_count = 0;
    PlanExternal *all = NULL;
    size_t all_count = 0;
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        PlanExternal *externals;
        size_t count;
        plan_view_externals(scratch, run->plan, run->plan->views[i], &externals, &count);
        for (size_t k = 0; k < count; k++)
        {
            MEM_PUSH(scratch, views, view_count, run->plan->views[i]);
            MEM_PUSH(scratch, all, all_count, externals[k]);
        }
    }
    if (all == NULL)
        return STATUS_OK;
    PgRows *rows;
    if (preflight_look_up(run, scratch, all, all_count, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
        if (all[row].reference->kind != REFERENCE_COLUMN)
            add_use(run, scratch, uses, views[row], pg_oid(rows, row, "relation"), pg_oid(rows, row, "type"),
                    NULL);
    return STATUS_OK;
}

/* The live generation is measured by its owner, but where a superuser can (check_readable in preflight.c). */
static void add_live_schemas(const Run *run, const void *scratch, Uses *uses)
{
    for (size_t i = 0; i < run->plan->view_count && !run->preflight->superuser; i++)
        if (view_kind_is_stored(run->plan->views[i]->kind))
            add_use(run, scratch, uses, run->plan->views[i], 0, 0, run->plan->views[i]->name.schema);
}

static Status check_usage(Run *run, const void *scratch, const Uses *uses, Errors *errors)
{
    if (uses->views == NULL)
        return STATUS_OK;
    const char *parameters[] = {array_of_texts(scratch, uses->roles, uses->role_count),
                                array_of_oids(scratch, uses->relations, uses->relation_count),
                                array_of_oids(scratch, uses->types, uses->type_count),
                                array_of_texts(scratch, uses->schemas, uses->schema_count)};
    PgRows *rows;
    if (pg_query(scratch, run->control, &rows, errors, SQL_PREFLIGHT_USAGE, 4, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        size_t index = (size_t) pg_integer(rows, row, "position") - 1;
        char *role = name_quote(scratch, uses->roles[index]);
        char *schema = name_quote(scratch, pg_text(rows, row, "schema"));
        error_grant(refuse_view(errors, uses->views[index], mem_printf(scratch, "is built and measured by %s, its owner, "
                                                                       "who may not look into schema %s", role, schema)),
                    "GRANT USAGE ON SCHEMA %s TO %s", schema, role);
    }
    return STATUS_OK;
}

static bool states_privileges(const PlanView *view)
{
    for (size_t i = 0; i < view->statement_count; i++)
        if (strcmp(view->statements[i].source->tag, "GRANT") == 0)
            return true;
    return false;
}

/* Views of the set keep the privileges that they have, unless their files state others. */
static void add_members(const Run *run, const void *scratch, Uses *uses, const PlanView *view)
{
    for (size_t i = 0; i < view->read_count; i++)
    {
        const PlanView *read = view->reads[i].view;
        if (read->rebuilt && run->preflight->live[read->index].oid != 0 && !states_privileges(read))
            add_use(run, scratch, uses, view, run->preflight->live[read->index].oid, 0, NULL);
    }
}

Status privileges_missing(const Run *run, const void *memory, const PrivilegeNeeds *needs, PgRows **ret_rows,
                          Errors *errors)
{
    const Plan *plan = run->plan;
    const char **incoming = mem_array(memory, const char *, plan->schema_count);
    const char **live = mem_array(memory, const char *, plan->schema_count);
    for (size_t i = 0; i < plan->schema_count; i++)
    {
        incoming[i] = plan->schemas[i].incoming;
        live[i] = plan->schemas[i].live;
    }
    size_t live_count;
    uint32_t *live_oids = preflight_live_oids(memory, run, &live_count);
    const char *parameters[] = {array_of_texts(memory, needs->roles, needs->count),
                                array_of_oids(memory, needs->relations, needs->count),
                                array_of_texts(memory, needs->itself, needs->count),
                                array_of_oids(memory, live_oids, live_count),
                                array_of_texts(memory, incoming, plan->schema_count),
                                array_of_texts(memory, live, plan->schema_count)};
    return pg_query(memory, run->control, ret_rows, errors, SQL_PRIVILEGES_MISSING, 6, parameters);
}

Error *privileges_refuse(const PgRows *rows, size_t row, const PlanView *view, const char *builder, Errors *errors)
{
    void *scratch = mem_context(NULL);
    const char *lacking = pg_text(rows, row, "role");
    const char *who = strcmp(lacking, builder) == 0 ? "who" : mem_printf(scratch, "since %s", name_quote(scratch, lacking));
    const char *what = pg_oid(rows, row, "relation") == 0 ? "execute" : "read";
    Error *error = refuse_view(errors, view, mem_printf(scratch, "cannot be filled by %s, its owner, %s may not %s %s",
                                                        name_quote(scratch, builder), who, what,
                                                        pg_text(rows, row, "object")));
    talloc_free(scratch);
    return error_grant(error, "%s", pg_text(rows, row, "statement"));
}

static Status check_reads(Run *run, const void *scratch, Uses *uses, Errors *errors)
{
    for (size_t i = 0; i < run->plan->view_count; i++)
        add_members(run, scratch, uses, run->plan->views[i]);
    if (uses->views == NULL)
        return STATUS_OK;
    PrivilegeNeeds needs = {uses->roles, uses->relations, uses->itself, uses->role_count};
    PgRows *rows;
    if (privileges_missing(run, scratch, &needs, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        size_t index = (size_t) pg_integer(rows, row, "position") - 1;
        if (uses->views[index]->kind == VIEW_MATERIALIZED)
            privileges_refuse(rows, row, uses->views[index], uses->roles[index], errors);
    }
    return STATUS_OK;
}

/* ---- who granted privileges on the live views ---------------------------------------------------------------- */

void preflight_refuse_grantor(const Run *run, const PlanView *view, const char *grantor, Errors *errors)
{
    void *scratch = mem_context(NULL);
    char *name = name_qualified(scratch, view->name);
    Error *error = preflight_refuse(errors, name, "role %s has granted privileges on %s, and role %s may not act for it",
                                    name_quote(scratch, grantor), name, name_quote(scratch, run->preflight->role));
    preflight_advise_membership(error, run, grantor);
    error_remedy(error, "%s, or have the owner of %s grant them", error->remedy, name);
    talloc_free(scratch);
}

static Status check_grantors(Run *run, const void *scratch, Errors *errors)
{
    size_t count = run->plan->view_count;
    uint32_t *oids = mem_array(scratch, uint32_t, count);
    for (size_t i = 0; i < count; i++)
        oids[i] = run->preflight->live[i].oid;
    const char *parameters[] = {array_of_oids(scratch, oids, count), preflight_set_role_privilege(run)};
    PgRows *rows;
    if (pg_query(scratch, run->control, &rows, errors, SQL_PREFLIGHT_GRANTORS, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
        preflight_refuse_grantor(run, run->plan->views[pg_integer(rows, row, "position") - 1],
                                 pg_text(rows, row, "grantor"), errors);
    return STATUS_OK;
}

Status preflight_privileges(Run *run, bool rehearsed, Errors *errors)
{
    void *scratch = mem_context(run);
    Uses uses = {0};
    size_t before = errors->count;
    Status status = check_builders(run, scratch, errors);
    if (status == STATUS_OK)
        status = find_externals(run, scratch, &uses, errors);
    add_live_schemas(run, scratch, &uses);
    if (status == STATUS_OK)
        status = check_usage(run, scratch, &uses, errors);
    if (rehearsed && errors_since(errors, before) == STATUS_OK)
    {
        talloc_free(scratch);
        return status;
    }
    if (status == STATUS_OK)
        status = check_reads(run, scratch, &uses, errors);
    if (status == STATUS_OK)
        status = check_grantors(run, scratch, errors);
    talloc_free(scratch);
    return status;
}
