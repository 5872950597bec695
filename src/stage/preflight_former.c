/*
 * Views that leave the set with this run: the swap moves them out, and nothing comes in their place.  So whatever reads
 * them has to be known before, by name: it would read a generation that is dropped.
 */
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/pg.h"
#include "pg_sql.h"
#include "preflight_internal.h"
#include "stage_internal.h"

/* Objects of the outgoing schemas belong to a kept old generation, which goes before. */
static uint32_t *outgoing_schemas(const void *memory, const Run *run, size_t *ret_count)
{
    uint32_t *oids = mem_array(memory, uint32_t, run->plan->schema_count);
    size_t count = 0;
    for (size_t i = 0; i < run->plan->schema_count; i++)
        if (run->preflight->outgoing[i].oid != 0)
            oids[count++] = run->preflight->outgoing[i].oid;
    *ret_count = count;
    return oids;
}

/* What a rule, or a column, is a part of goes where that relation goes. */
static bool is_part_of(const PgRows *rows, size_t row, const uint32_t *members, size_t count)
{
    return array_has_oid(members, count, pg_oid(rows, row, "relation"));
}

Status preflight_refuse_readers(Run *run, const uint32_t *leaving, size_t count, const uint32_t *members,
                                size_t member_count, const char *why, const char *remedy, Errors *errors)
{
    if (count == 0)
        return STATUS_OK;
    void *scratch = mem_context(run);
    size_t schema_count;
    const uint32_t *schemas = outgoing_schemas(scratch, run, &schema_count);
    PgRows *rows = NULL;
    Status status = relations_dependents(scratch, run->control, (OidList){leaving, count},
                                         (OidList){members, member_count}, (OidList){schemas, schema_count}, &rows, errors);
    for (size_t row = 0; status == STATUS_OK && row < pg_row_count(rows); row++)
    {
        if (is_part_of(rows, row, members, member_count))
            continue;
        const char *object = pg_text(rows, row, "description");
        error_remedy(preflight_refuse(errors, object, "%s depends on %s, %s", object, pg_text(rows, row, "members"), why),
                     "%s", remedy);
    }
    talloc_free(scratch);
    return status;
}

static void check_live(Run *run, FormerView *former, const PgRows *rows, size_t row, Errors *errors)
{
    char *name = name_qualified(errors, former->name);
    if (pg_oid(rows, row, "oid") == former->live.oid)
        preflight_check_owner(run, NULL, former->live.kind, name, rows, row, errors);
    else
        error_remedy(preflight_refuse(errors, name, "somebody has just replaced %s, which is to be removed", name),
                     "run the command again");
    talloc_free(name);
}

static Status check_ownership(Run *run, Errors *errors)
{
    void *scratch = mem_context(run);
    const char **schemas = mem_array(scratch, const char *, run->former_count);
    const char **names = mem_array(scratch, const char *, run->former_count);
    for (size_t i = 0; i < run->former_count; i++)
    {
        schemas[i] = run->former[i].name.schema;
        names[i] = run->former[i].name.name;
    }
    const char *parameters[] = {array_of_texts(scratch, schemas, run->former_count),
                                array_of_texts(scratch, names, run->former_count), preflight_set_role_privilege(run)};
    PgRows *rows = NULL;
    Status status = pg_query(scratch, run->control, &rows, errors, SQL_PREFLIGHT_LIVE, 3, parameters);
    for (size_t row = 0; status == STATUS_OK && row < pg_row_count(rows); row++)
    {
        FormerView *former = &run->former[pg_integer(rows, row, "position") - 1];
        if (former->leaves)
            check_live(run, former, rows, row, errors);
    }
    talloc_free(scratch);
    return status;
}

Status preflight_former(Run *run, Errors *errors)
{
    void *scratch = mem_context(run);
    size_t count;
    size_t going_count;
    const uint32_t *leaving = former_leaving_oids(scratch, run, &count);
    const uint32_t *going = preflight_outgoing_oids(scratch, run, &going_count);
    Status status = count == 0 ? STATUS_OK : check_ownership(run, errors);
    if (status == STATUS_OK)
        status = preflight_refuse_readers(run, leaving, count, going, going_count,
                                          "which is to be removed with the old generation",
                                          "drop it, have it read something else, or put the view's file back; without "
                                          "--drop-removed the view is left alone", errors);
    talloc_free(scratch);
    return status;
}
