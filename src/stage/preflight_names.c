#include "array.h"
#include "isolate.h"
#include "matswap/memory.h"
#include "matswap/pg.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "preflight_internal.h"
#include "stage_internal.h"

/* ---- names that the new generation needs ------------------------------------------------------------------ */

static void refuse_type(const PlanView *view, const PgRows *rows, size_t row, Errors *errors)
{
    void *scratch = mem_context(NULL);
    char *name = name_qualified(scratch, view->name);
    const char *object = pg_text(rows, row, "object");
    Error *error = pg_boolean(rows, row, "is_array")
        ? preflight_refuse(errors, name, "%s has the name that the array type of %s needs", object, name)
        : preflight_refuse(errors, name, "%s has the name that the row type of %s needs", object, name);
    error_at(error, view->create->file->path, view->create->line, view->create->column);
    error_remedy(error, "rename it, or give the view another name");
    talloc_free(scratch);
}

static Status check_types(Run *run, const void *memory, const char *live, Errors *errors)
{
    const Plan *plan = run->plan;
    const char **schemas = mem_array(memory, const char *, plan->view_count);
    const char **names = mem_array(memory, const char *, plan->view_count);
    for (size_t i = 0; i < plan->view_count; i++)
    {
        schemas[i] = plan->views[i]->name.schema;
        names[i] = plan->views[i]->name.name;
    }
    const char *parameters[] = {array_of_texts(memory, schemas, plan->view_count),
                                array_of_texts(memory, names, plan->view_count), live};
    PgRows *rows = NULL;
    if (pg_query(memory, run->control, &rows, errors, SQL_PREFLIGHT_CLASHES, 3, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
        refuse_type(plan->views[pg_integer(rows, row, "position") - 1], rows, row, errors);
    return STATUS_OK;
}

typedef struct NamedObjects
{
    const char **schemas, **names, **are_indexes;
    const SqlStatement **statements;
    size_t schema_count, name_count, index_count, statement_count; /* all the same: the arrays are parallel */
} NamedObjects;

static bool makes_statistics(const SqlStatement *statement)
{
    return text_equal(statement->tag, "CREATE STATISTICS");
}

/* The indexes and statistics objects that the files make under a name of their own. */
static void collect_named(const Plan *plan, const void *memory, NamedObjects *ret_objects)
{
    for (size_t i = 0; i < plan->view_count; i++)
        for (size_t s = 0; s < plan->views[i]->statement_count; s++)
        {
            const SqlStatement *source = plan->views[i]->statements[s].source;
            if (source->object == NULL || (source->phase != SQL_INDEX && !makes_statistics(source)))
                continue;
            MEM_PUSH(memory, ret_objects->schemas, ret_objects->schema_count, plan->views[i]->name.schema);
            MEM_PUSH(memory, ret_objects->names, ret_objects->name_count, source->object);
            MEM_PUSH(memory, ret_objects->are_indexes, ret_objects->index_count, makes_statistics(source) ? "f" : "t");
            MEM_PUSH(memory, ret_objects->statements, ret_objects->statement_count, source);
        }
}

static Status check_named(Run *run, const void *memory, const char *live, Errors *errors)
{
    NamedObjects named = {0};
    collect_named(run->plan, memory, &named);
    if (named.name_count == 0)
        return STATUS_OK;
    const char *parameters[] = {array_of_texts(memory, named.schemas, named.name_count),
                                array_of_texts(memory, named.names, named.name_count), live,
                                array_of_texts(memory, named.are_indexes, named.name_count)};
    PgRows *rows = NULL;
    if (pg_query(memory, run->control, &rows, errors, SQL_PREFLIGHT_NAMED, 4, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        size_t index = (size_t) pg_integer(rows, row, "position") - 1;
        const SqlStatement *statement = named.statements[index];
        char *name = name_qualified(memory, (Name) {named.schemas[index], named.names[index]});
        Error *error = preflight_refuse(errors, name, "the name %s is taken by %s, which is not part of the set", name,
                                        pg_text(rows, row, "object"));
        error_at(error, statement->file->path, statement->line, statement->column);
        error_remedy(error, "rename one of the two");
    }
    return STATUS_OK;
}

Status preflight_clashes(Run *run, Errors *errors)
{
    void *scratch = mem_context(NULL);
    size_t count = 0;
    uint32_t *oids = preflight_outgoing_oids(scratch, run, &count);
    char *live = array_of_oids(scratch, oids, count);
    Status status = check_types(run, scratch, live, errors);
    if (status == STATUS_OK)
        status = check_named(run, scratch, live, errors);
    talloc_free(scratch);
    return status;
}

/* ---- names that the files take for granted ---------------------------------------------------------------- */

static Status set_path(Run *run, const void *memory, const char *path, Errors *errors)
{
    PgRows *rows = NULL;
    return pg_query(memory, run->control, &rows, errors, SQL_PREFLIGHT_PATH, 1, &path);
}

Status preflight_look_up(Run *run, const void *memory, const PlanExternal *externals, size_t count, PgRows **ret_rows,
                         Errors *errors)
{
    const char **schemas = mem_array(memory, const char *, count);
    const char **names = mem_array(memory, const char *, count);
    const char **relations = mem_array(memory, const char *, count);
    const char **types = mem_array(memory, const char *, count);
    for (size_t i = 0; i < count; i++)
    {
        ReferenceKind kind = externals[i].reference->kind;
        schemas[i] = externals[i].name.schema;
        names[i] = externals[i].name.name;
        relations[i] = kind != REFERENCE_TYPE ? "t" : "f";
        types[i] = kind == REFERENCE_TYPE || kind == REFERENCE_CONSTANT ? "t" : "f";
    }
    const char *parameters[] = {array_of_texts(memory, schemas, count), array_of_texts(memory, names, count),
                                array_of_texts(memory, relations, count), array_of_texts(memory, types, count)};
    PgRows *rows = NULL;
    if (set_path(run, memory, run->plan->live_search_path, errors) != STATUS_OK
        || pg_query(memory, run->control, &rows, errors, SQL_PREFLIGHT_EXTERNALS, 4, parameters) != STATUS_OK
        || set_path(run, memory, "pg_catalog", errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_rows = rows;
    return STATUS_OK;
}

static const char *nearest_view(const Plan *plan, const void *memory, Name name)
{
    const char **candidates = NULL;
    size_t count = 0;
    for (size_t i = 0; i < plan->view_count + plan->kept_count; i++)
    {
        Name view = (i < plan->view_count ? plan->views[i] : plan->kept[i - plan->view_count])->name;
        MEM_PUSH(memory, candidates, count, name.schema == NULL ? view.name : name_qualified(memory, view));
    }
    MEM_PUSH(memory, candidates, count, NULL);
    return text_nearest(name_qualified(memory, name), candidates);
}

static void refuse_unknown(const Plan *plan, const void *memory, const PlanExternal *external, Errors *errors)
{
    char *name = name_qualified(memory, external->name);
    Error *error = preflight_refuse(errors, name, "%s %s: neither the set nor the database has it",
                                    external->reference->kind == REFERENCE_TYPE ? "type" : "relation", name);
    error_at(error, external->statement->file->path, external->reference->line, external->reference->column);
    const char *nearest = nearest_view(plan, memory, external->name);
    if (nearest != NULL)
        error_remedy(error, "did you mean %s?", nearest);
    else
        error_remedy(error, "create it, add a file for it, or correct the name");
}

/* It stands in the way of its own removal. */
static void refuse_leaving(const void *memory, const PlanExternal *external, const PlanView *successor, Errors *errors)
{
    char *name = name_qualified(memory, external->name);
    Error *error = preflight_refuse(errors, name, "%s is to be %s, and a view of the set reads it", name,
                                    successor == NULL ? "removed" : "renamed");
    error_at(error, external->statement->file->path, external->reference->line, external->reference->column);
    if (successor == NULL)
        error_remedy(error, "put its file back, or have the view read something else");
    else
        error_remedy(error, "write its new name: %s", name_qualified(memory, successor->name));
}

/* A view in the database that stands between views of the set would serve the old generation to the new one. */
static Status check_between(Run *run, const PreflightScratch *scratch, const uint32_t *oids, size_t count,
                            Errors *errors)
{
    size_t live_count = 0;
    uint32_t *live = preflight_outgoing_oids(scratch, run, &live_count);
    const char *parameters[] = {array_of_oids(scratch, oids, count), array_of_oids(scratch, live, live_count)};
    PgRows *rows = NULL;
    if (pg_query(scratch, run->control, &rows, errors, SQL_PREFLIGHT_BETWEEN, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        const char *object = pg_text(rows, row, "object");
        error_remedy(preflight_refuse(errors, object, "%s stands between views of the set: it reads %s and is read by "
                                      "the set, but is not rebuilt with it", object, pg_text(rows, row, "member")),
                     "put it in the set: add a file with its query (under --only, name it too)");
    }
    return STATUS_OK;
}

Status preflight_externals(Run *run, const PreflightScratch *scratch, Errors *errors)
{
    PlanExternal *externals = NULL;
    size_t count = 0;
    plan_externals(scratch, run->plan, &externals, &count);
    PgRows *rows = NULL;
    if (preflight_look_up(run, scratch, externals, count, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    uint32_t *relations = mem_array(scratch, uint32_t, count + scratch->kept_count);
    size_t relation_count = 0;
    for (size_t i = 0; i < count; i++)
    {
        uint32_t relation = pg_oid(rows, i, "relation");
        if (former_leaves(run, relation))
            refuse_leaving(scratch, &externals[i], former_find_oid(run, relation)->successor, errors);
        else if (relation != 0)
            relations[relation_count++] = relation;
        else if (pg_oid(rows, i, "type") == 0 && externals[i].reference->kind != REFERENCE_COLUMN &&
                 !isolate_rehearses(run)) /* else the rehearsal finds it, of one view */
            refuse_unknown(run->plan, scratch, &externals[i], errors);
    }
    for (size_t i = 0; i < scratch->kept_count; i++)
        if (scratch->kept_oids[i] != 0)
            relations[relation_count++] = scratch->kept_oids[i];
    return check_between(run, scratch, relations, relation_count, errors);
}
