#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/pg.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "preflight_internal.h"
#include "stage_internal.h"

/* ---- who depends on the live views ------------------------------------------------------------------------ */

/* What to say of an object that cannot follow a view to its next generation, by the catalog that holds it. */
typedef struct Verdict
{
    const char *class;
    const char *reason; /* after "OBJECT ", before " MEMBERS" */
    const char *remedy;
} Verdict;

static const Verdict verdicts[] = {
    {"pg_proc", "is bound to the row type of",
     "drop it before the run and create it again afterwards, or declare columns (RETURNS TABLE) or a type of its own "
     "instead of the row type"},
    {"pg_class", "has the row type of", "give it a composite type of its own, or single columns"},
    {"pg_type", "is made from the row type of", "make it from a composite type of its own"},
    {"pg_rewrite", "is a rule that reads", "drop the rule before the run, or call a function with a text body from it"},
    {"pg_trigger", "is bound to", "drop the trigger before the run and create it again afterwards"},
    {"pg_policy", "reads", "have the policy call a function with a text body, which is resolved anew at each call"},
    {"pg_constraint", "refers to", "drop the constraint, or have it call a function with a text body"},
    {"pg_attrdef", "refers to", "drop the default, or have it call a function with a text body"},
    {"pg_cast", "converts the row type of", "drop the cast before the run and create it again afterwards"},
    {"pg_operator", "works on the row type of", "drop the operator before the run and create it again afterwards"},
    {NULL, "depends on", "drop it before the run and create it again afterwards"},
};

static const Verdict function_body = {
    "pg_proc", "has a body (BEGIN ATOMIC) or a default that is bound to",
    "write the body as a string (AS $$ … $$), which is resolved anew at each call"};
static const Verdict view_column = {
    "pg_class", "has the row type of", "select single columns: CREATE OR REPLACE VIEW can't change a column's type"};

static const Verdict *verdict_of(const PgRows *rows, size_t row)
{
    const char *class = pg_text(rows, row, "class");
    if (strcmp(class, "pg_proc") == 0 && !pg_boolean(rows, row, "uses_type"))
        return &function_body;
    if (strcmp(class, "pg_class") == 0 && pg_text(rows, row, "relkind")[0] == 'v')
        return &view_column;
    const Verdict *verdict = verdicts;
    while (verdict->class != NULL && strcmp(verdict->class, class) != 0)
        verdict++;
    if (strcmp(class, "pg_class") == 0 && !pg_boolean(rows, row, "uses_type"))
        while (verdict->class != NULL)
            verdict++; /* an index on another table, say */
    return verdict;
}

static void refuse_dependent(const PgRows *rows, size_t row, Errors *errors)
{
    const Verdict *verdict = verdict_of(rows, row);
    const char *description = pg_text(rows, row, "description");
    error_remedy(preflight_refuse(errors, description, "%s %s %s, and can't follow it to a new generation", description,
                                  verdict->reason, pg_text(rows, row, "members")),
                 "%s", verdict->remedy);
}

static void refuse_materialized(const Run *run, const PgRows *rows, size_t row, Errors *errors)
{
    const char *relation = pg_text(rows, row, "rule_relation");
    if (former_find_oid(run, pg_oid(rows, row, "rule_on")) != NULL)
    {
        error_remedy(preflight_refuse(errors, relation, "%s reads %s and is in the SQL files no more", relation,
                                      pg_text(rows, row, "members")),
                     "`matswap run --drop-removed` removes it with the old generation; or put its file back, or drop it");
        return;
    }
    error_remedy(preflight_refuse(errors, relation, "%s reads %s and is not part of the set", relation,
                                  pg_text(rows, row, "members")),
                 "it belongs in the set: add a file with SELECT pg_get_viewdef(%u) (under --only, name it too), or drop "
                 "it", pg_oid(rows, row, "rule_on"));
}

/* A view's own query is its rule _RETURN; any other rule stays bound to the old generation. */
static bool is_query_of(const PgRows *rows, size_t row, char relkind)
{
    return strcmp(pg_text(rows, row, "rule"), "_RETURN") == 0 && pg_text(rows, row, "rule_relkind")[0] == relkind;
}

/* The views to rebind; everything else is refused. */
static uint32_t *sort_dependents(const Run *run, const void *memory, const PgRows *rows, size_t *ret_count,
                                 Errors *errors)
{
    uint32_t *views = NULL;
    size_t count = 0;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        if (former_leaves(run, pg_oid(rows, row, "rule_on")))
            continue; /* with the old generation, which it goes on to read */
        if (is_query_of(rows, row, 'v'))
            MEM_PUSH(memory, views, count, pg_oid(rows, row, "rule_on"));
        else if (is_query_of(rows, row, 'm'))
            refuse_materialized(run, rows, row, errors);
        else if (pg_text(rows, row, "relkind")[0] != 'm') /* a column of a materialized view: its query says it all */
            refuse_dependent(rows, row, errors);
    }
    *ret_count = count;
    return views;
}

/* ---- the ordinary views among them ------------------------------------------------------------------------ */

static bool may_rebind(const Run *run, const char *name, const PgRows *rows, size_t row, Errors *errors)
{
    const void *memory = rows;
    char *role = name_quote(memory, run->preflight->role);
    char *owner = name_quote(memory, pg_text(rows, row, "owner"));
    const char *extension = pg_value(rows, row, "extension");
    size_t before = errors->count;
    if (pg_boolean(rows, row, "temporary"))
        error_remedy(preflight_refuse(errors, name, "temporary view %s of another session reads the set", name),
                     "end that session (of role %s), or have it drop the view", owner);
    else if (extension != NULL)
        error_remedy(preflight_refuse(errors, name, "view %s reads the set and belongs to extension %s", name, extension),
                     "ALTER EXTENSION %s DROP VIEW %s", name_quote(memory, extension), name);
    else if (!pg_boolean(rows, row, "ours"))
        preflight_advise_membership(preflight_refuse(errors, name, "view %s reads the set and is owned by %s, and role %s "
                                                     "may not act for it", name, owner, role),
                                    run, pg_text(rows, row, "owner"));
    else if (!pg_boolean(rows, row, "may_create"))
        error_grant(preflight_refuse(errors, name, "view %s reads the set, and role %s may not replace it: it lacks "
                                     "CREATE or USAGE on its schema", name, role),
                    "GRANT USAGE, CREATE ON SCHEMA %s TO %s", name_quote(memory, pg_text(rows, row, "schema")), role);
    return errors->count == before;
}

static Rebind rebind_from(const void *memory, const PgRows *rows, size_t row)
{
    return (Rebind) {
        .view = {mem_strdup(memory, pg_text(rows, row, "schema")), mem_strdup(memory, pg_text(rows, row, "name"))},
        .oid = pg_oid(rows, row, "oid"),
        .owner = mem_strdup(memory, pg_text(rows, row, "owner")),
        .sql = mem_strdup(memory, pg_text(rows, row, "sql"))};
}

static Status read_views(const Run *run, Preflight *preflight, const uint32_t *views, size_t count, Errors *errors)
{
    void *scratch = mem_context(NULL);
    const char *parameters[] = {array_of_oids(scratch, views, count), preflight_set_role_privilege(run)};
    PgRows *rows = NULL;
    Status status = pg_query(scratch, run->control, &rows, errors, SQL_DEPENDENTS_VIEWS, 2, parameters);
    for (size_t row = 0; status == STATUS_OK && row < pg_row_count(rows); row++)
    {
        Name name = {pg_text(rows, row, "schema"), pg_text(rows, row, "name")};
        if (!may_rebind(run, name_qualified(scratch, name), rows, row, errors))
            continue;
        Rebind rebind = rebind_from(preflight, rows, row);
        MEM_PUSH(preflight, preflight->rebinds, preflight->rebind_count, rebind);
    }
    talloc_free(scratch);
    return status;
}

/* Schemas with a kept old generation of this set: what is in there goes before the next swap. */
static uint32_t *kept_schemas(const Run *run, const Preflight *preflight, const void *memory, size_t *ret_count)
{
    uint32_t *oids = mem_array(memory, uint32_t, run->plan->schema_count);
    size_t count = 0;
    for (size_t i = 0; i < run->plan->schema_count; i++)
        if (text_equal(schema_marker_set(memory, preflight->outgoing[i].comment), run->config->set))
            oids[count++] = preflight->outgoing[i].oid;
    *ret_count = count;
    return oids;
}

Status dependents_find(Run *run, Preflight *preflight, Errors *errors)
{
    void *scratch = mem_context(NULL);
    size_t live_count = 0;
    size_t kept_count = 0;
    size_t view_count = 0;
    uint32_t *live = preflight_live_oids(scratch, run, &live_count);
    uint32_t *kept = kept_schemas(run, preflight, scratch, &kept_count);
    const char *parameters[] = {array_of_oids(scratch, live, live_count), array_of_oids(scratch, kept, kept_count)};
    PgRows *rows = NULL;
    Status status = pg_query(scratch, run->control, &rows, errors, SQL_DEPENDENTS_OBJECTS, 2, parameters);
    if (status == STATUS_OK)
    {
        uint32_t *views = sort_dependents(run, scratch, rows, &view_count, errors);
        status = read_views(run, preflight, views, view_count, errors);
    }
    talloc_free(scratch);
    return status;
}

/* ---- do they still fit? ----------------------------------------------------------------------------------- */

static Name live_name(const Run *run, uint32_t oid)
{
    size_t i = 0;
    while (run->preflight->live[i].oid != oid)
        i++;
    return run->plan->views[i]->name;
}

static Name rebind_name(const Run *run, uint32_t oid)
{
    size_t i = 0;
    while (run->preflight->rebinds[i].oid != oid)
        i++;
    return run->preflight->rebinds[i].view;
}

static void refuse_column(const Run *run, const PgRows *rows, size_t row, Errors *errors)
{
    void *scratch = mem_context(NULL);
    char *dependent = name_qualified(scratch, rebind_name(run, pg_oid(rows, row, "view")));
    char *view = name_qualified(scratch, live_name(run, pg_oid(rows, row, "live")));
    char *column = name_quote(scratch, pg_text(rows, row, "column"));
    const char *old_type = pg_value(rows, row, "old_type");
    const char *new_type = pg_value(rows, row, "new_type");
    const char *whole = pg_boolean(rows, row, "whole_row") ? ", whose whole rows view " : ", which view ";
    Error *error = NULL;
    if (new_type == NULL)
        error = preflight_refuse(errors, dependent, "column %s (%s) of %s%s%s uses, is gone in the new generation",
                                 column, old_type, view, whole, dependent);
    else if (old_type == NULL)
        error = preflight_refuse(errors, dependent, "column %s (%s) of %s%s%s uses, is new in the new generation",
                                 column, new_type, view, whole, dependent);
    else if (strcmp(old_type, new_type) != 0)
        error = preflight_refuse(errors, dependent, "column %s of %s%s%s uses, changes its type from %s to %s", column,
                                 view, whole, dependent, old_type, new_type);
    else
        error = preflight_refuse(errors, dependent, "column %s (%s) of %s%s%s uses by position, moves from position %s "
                                 "to %s", column, old_type, view, whole, dependent, pg_text(rows, row, "old_position"),
                                 pg_text(rows, row, "new_position"));
    error_remedy(error, "drop or change the view first, put it in the set, or keep the column as it is");
    talloc_free(scratch);
}

/* Compared in the catalog, where the new relations stand now: types are the same by OID, not by how they print. */
static Status query_columns(const Run *run, const void *memory, PgRows **ret_rows, Errors *errors)
{
    const Preflight *preflight = run->preflight;
    size_t view_count = run->plan->view_count;
    uint32_t *rebinds = mem_array(memory, uint32_t, preflight->rebind_count);
    uint32_t *live = mem_array(memory, uint32_t, view_count);
    const char **schemas = mem_array(memory, const char *, view_count);
    const char **names = mem_array(memory, const char *, view_count);
    for (size_t i = 0; i < preflight->rebind_count; i++)
        rebinds[i] = preflight->rebinds[i].oid;
    for (size_t i = 0; i < view_count; i++)
    {
        live[i] = preflight->live[i].oid;
        schemas[i] = run->plan->views[i]->schema->incoming;
        names[i] = run->plan->views[i]->name.name;
    }
    const char *parameters[] = {array_of_oids(memory, rebinds, preflight->rebind_count),
                                array_of_oids(memory, live, view_count), array_of_texts(memory, schemas, view_count),
                                array_of_texts(memory, names, view_count)};
    return pg_query(memory, run->control, ret_rows, errors, SQL_DEPENDENTS_COLUMNS, 4, parameters);
}

Status dependents_check_columns(Run *run, Errors *errors)
{
    if (run->preflight->rebind_count == 0)
        return STATUS_OK;
    size_t before = errors->count;
    void *scratch = mem_context(NULL);
    PgRows *rows = NULL;
    Status status = query_columns(run, scratch, &rows, errors);
    for (size_t row = 0; status == STATUS_OK && row < pg_row_count(rows); row++)
        refuse_column(run, rows, row, errors);
    talloc_free(scratch);
    return status == STATUS_OK ? errors_since(errors, before) : status;
}
