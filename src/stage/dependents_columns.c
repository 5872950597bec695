#include <string.h>

#include "array.h"
#include "dependents_internal.h"
#include "matswap/memory.h"
#include "pg_sql.h"
#include "preflight_internal.h"

/* ---- do they still fit? ----------------------------------------------------------------------------------- */

static Name live_name(const Run *run, uint32_t oid)
{
    size_t i = 0;
    while (run->preflight->live[i].oid != oid)
        i++;
    return run->plan->views[i]->name;
}

static void refuse_column(const Run *run, const PgRows *rows, size_t row, Errors *errors)
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
    talloc_free(scratch);
}

/* Compared in the catalog, where the new relations stand now: types are the same by OID, not by how they print. */
static Status query_columns(const Run *run, const void *memory, PgRows **ret_rows, Errors *errors)
{
    const Preflight *preflight = run->preflight;
    size_t view_count = run->plan->view_count;
    uint32_t *classes = mem_array(memory, uint32_t, preflight->rebind_count);
    uint32_t *oids = mem_array(memory, uint32_t, preflight->rebind_count);
    uint32_t *live = mem_array(memory, uint32_t, view_count);
    const char **schemas = mem_array(memory, const char *, view_count);
    const char **names = mem_array(memory, const char *, view_count);
    for (size_t i = 0; i < preflight->rebind_count; i++)
    {
        classes[i] = preflight->rebinds[i].class;
        oids[i] = preflight->rebinds[i].oid;
    }
    for (size_t i = 0; i < view_count; i++)
    {
        live[i] = preflight->live[i].oid;
        schemas[i] = run->plan->views[i]->schema->incoming;
        names[i] = run->plan->views[i]->name.name;
    }
    const char *parameters[] = {array_of_oids(memory, classes, preflight->rebind_count),
                                array_of_oids(memory, oids, preflight->rebind_count),
                                array_of_oids(memory, live, view_count), array_of_texts(memory, schemas, view_count),
                                array_of_texts(memory, names, view_count)};
    return pg_query(memory, run->control, ret_rows, errors, SQL_DEPENDENTS_COLUMNS, 5, parameters);
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
