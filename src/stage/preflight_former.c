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
                                         (OidList){members, member_count}, (OidList){schemas, schema_count}, &rows,
                                         errors);
    for (size_t row = 0; status == STATUS_OK && row < pg_row_count(rows); row++)
    {
        if (is_part_of(rows, row, members, member_count))
            continue;
        const char *object = pg_text(rows, row, "description");
        const char *of = pg_text(rows, row, "members");
        error_remedy(preflight_refuse(errors, object, "%s depends on %s, %s", object, of, why), "%s", remedy);
    }
    talloc_free(scratch);
    return status;
}

static void check_live(const Run *run, const PreflightScratch *scratch, FormerView *former, const PgRows *rows,
                       size_t row, Errors *errors)
{
    char *name = name_qualified(scratch, former->name);
    if (pg_oid(rows, row, "oid") != former->live.oid)
    {
        error_remedy(preflight_refuse(errors, name, "somebody has just replaced %s, which this run is to move "
                                      "away", name),
                     "run the command again");
        return;
    }
    if (former->live.kind == VIEW_IMPORT &&
        !preflight_may_replace(run, scratch, former->successor, name, former->live.oid, errors))
        return;
    preflight_check_live(run, former->successor, name, rows, row, &former->live, errors);
    if (former->successor != NULL)
        scratch->index_counts[former->successor->index] = pg_integer(rows, row, "index_count");
}

static Status check_all_live(Run *run, PreflightScratch *scratch, Errors *errors)
{
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
    if (pg_query(scratch, run->control, &rows, errors, SQL_PREFLIGHT_LIVE, 3, parameters) != STATUS_OK)
        return STATUS_FAILED;
    if (preflight_find_published(run, scratch, rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        FormerView *former = &run->former[pg_integer(rows, row, "position") - 1];
        if (former->leaves)
            check_live(run, scratch, former, rows, row, errors);
    }
    return STATUS_OK;
}

/* Of those that leave, the ones that were renamed, or the others. */
static uint32_t *choose(const Run *run, const PreflightScratch *scratch, bool renamed, size_t *ret_count)
{
    uint32_t *oids = mem_array(scratch, uint32_t, run->former_count);
    *ret_count = 0;
    for (size_t i = 0; i < run->former_count; i++)
        if (run->former[i].leaves && (run->former[i].successor != NULL) == renamed)
            oids[(*ret_count)++] = run->former[i].live.oid;
    return oids;
}

Status preflight_former(Run *run, PreflightScratch *scratch, Errors *errors)
{
    size_t removed_count;
    size_t renamed_count;
    size_t member_count;
    const uint32_t *removed = choose(run, scratch, false, &removed_count);
    const uint32_t *renamed = choose(run, scratch, true, &renamed_count);
    const uint32_t *members = preflight_outgoing_oids(scratch, run, &member_count);
    if (removed_count + renamed_count == 0)
        return STATUS_OK;
    if (check_all_live(run, scratch, errors) != STATUS_OK ||
        preflight_refuse_readers(run, removed, removed_count, members, member_count,
                                 "which is to be removed with the old generation",
                                 "drop it, have it read something else, or put the view's file back; without "
                                 "--drop-removed the view is left alone", errors) != STATUS_OK)
        return STATUS_FAILED;
    return preflight_refuse_readers(run, renamed, renamed_count, members, member_count, "which gets another name",
                                    "drop it before the run, and create it again on the new name afterwards", errors);
}
