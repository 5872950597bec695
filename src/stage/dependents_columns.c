#include <string.h>

#include "array.h"
#include "dependents_internal.h"
#include "matswap/memory.h"
#include "pg_sql.h"
#include "preflight_internal.h"

static Name live_name(const Run *run, uint32_t oid)
{
    size_t i = 0;
    while (run->preflight->live[i].oid != oid)
        i++;
    return run->plan->views[i]->name;
}

static void refuse_column(const Run *run, const PgRows *rows, size_t row, const Errors *objections, Errors *errors)
{
    void *scratch = mem_context(NULL);
    const char *dependent = run->preflight->rebinds[pg_integer(rows, row, "n") - 1].label;
    char *view = name_qualified(scratch, live_name(run, pg_oid(rows, row, "live")));
    char *column = name_quote(scratch, pg_text(rows, row, "column"));
    const char *old_type = pg_value(rows, row, "old_type");
    const char *new_type = pg_value(rows, row, "new_type");
    const char *whole = pg_boolean(rows, row, "whole_row") ? ", whose whole rows " : ", which ";
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
    error_remedy(error, "drop or change it first, or keep the column as it is; a view can be put in the set");
    if (objections->count > 0 && objections->items[0]->server_message != NULL)
    {
        error->sqlstate = mem_strdup(error, objections->items[0]->sqlstate);
        error->server_message = mem_strdup(error, objections->items[0]->server_message);
    }
    talloc_free(scratch);
}

static DependentMembers members_of(const Run *run, const void *memory)
{
    size_t count = run->plan->view_count;
    uint32_t *live = mem_array(memory, uint32_t, count);
    const char **schemas = mem_array(memory, const char *, count);
    const char **names = mem_array(memory, const char *, count);
    for (size_t i = 0; i < count; i++)
    {
        live[i] = run->preflight->live[i].oid;
        schemas[i] = run->plan->views[i]->schema->incoming;
        names[i] = run->plan->views[i]->name.name;
    }
    return (DependentMembers){array_of_oids(memory, live, count), array_of_texts(memory, schemas, count),
                              array_of_texts(memory, names, count)};
}

/* Compared in the catalog, where the new relations stand now: types are the same by OID, not by how they print. */
static Status query_columns(const Run *run, const void *memory, const DependentMembers *members, PgRows **ret_rows,
                            Errors *errors)
{
    const Preflight *preflight = run->preflight;
    uint32_t *classes = mem_array(memory, uint32_t, preflight->rebind_count);
    uint32_t *oids = mem_array(memory, uint32_t, preflight->rebind_count);
    for (size_t i = 0; i < preflight->rebind_count; i++)
    {
        classes[i] = preflight->rebinds[i].class;
        oids[i] = preflight->rebinds[i].oid;
    }
    const char *parameters[] = {array_of_oids(memory, classes, preflight->rebind_count),
                                array_of_oids(memory, oids, preflight->rebind_count), members->live, members->schemas,
                                members->names};
    return pg_query(memory, run->control, ret_rows, errors, SQL_DEPENDENTS_COLUMNS, 5, parameters);
}

/*
 * The rows from `row` on that are about one dependent: it uses something that changes, which need not mean that it
 * can't follow.  A view is tried, unless it counts columns: there, nothing but its meaning may change, which no server
 * notices.  Of the others, that is the word.
 */
static Status judge(const Run *run, const DependentMembers *members, const PgRows *rows, size_t row, size_t end,
                    Errors *errors)
{
    const Rebind *rebind = &run->preflight->rebinds[pg_integer(rows, row, "n") - 1];
    Errors *objections = errors_new(NULL);
    bool fits = false;
    bool may_try = rebind->oid == rebind->relation;
    Status status = STATUS_OK;
    for (size_t i = row; i < end; i++)
        may_try = may_try && !pg_boolean(rows, i, "by_position");
    if (may_try)
        status = dependents_probe(run, rebind, members, &fits, objections, errors);
    for (; status == STATUS_OK && !fits && row < end; row++)
        refuse_column(run, rows, row, objections, errors);
    talloc_free(objections);
    return status;
}

Status dependents_check_columns(Run *run, Errors *errors)
{
    if (run->preflight->rebind_count == 0)
        return STATUS_OK;
    size_t before = errors->count;
    void *scratch = mem_context(NULL);
    DependentMembers members = members_of(run, scratch);
    PgRows *rows = NULL;
    size_t end = 0;
    Status status = query_columns(run, scratch, &members, &rows, errors);
    for (size_t row = 0; status == STATUS_OK && row < pg_row_count(rows); row = end)
    {
        for (end = row + 1; end < pg_row_count(rows); end++)
            if (pg_integer(rows, end, "n") != pg_integer(rows, row, "n"))
                break;
        status = judge(run, &members, rows, row, end, errors);
    }
    talloc_free(scratch);
    return status == STATUS_OK ? errors_since(errors, before) : status;
}
