/*
 * The old generation that an earlier run kept: this run drops it right before the swap, by OID and without CASCADE.
 * Whatever would stop that has to be known before the build, or half of what was kept would be gone for nothing.
 */
#include "array.h"
#include "matswap/memory.h"
#include "matswap/pg.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "preflight_internal.h"
#include "stage_internal.h"

/* By the markers; the generation row of the run in the marker says which relations it moved there. */
Status preflight_find_retired(Run *run, PreflightScratch *scratch, Errors *errors)
{
    KeptGeneration *kept = &scratch->retired;
    if (!scratch->may_read_generations)
        return STATUS_OK; /* there is none yet, or the role may not know: preflight_records says so */
    PgRows *schemas;
    const char *start = mem_printf(scratch, "matswap set=%s run=", run->config->set);
    if (pg_query(scratch, run->control, &schemas, errors, SQL_ORPHANS_SCHEMAS, 1, &start) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(schemas); i++)
    {
        const char *comment = pg_text(schemas, i, "comment");
        if (!schema_marker_is_outgoing(comment))
            continue;
        MEM_PUSH(scratch, kept->schemas, kept->schema_count, pg_oid(schemas, i, "oid"));
        const char *owning_run = schema_marker_run(scratch, comment);
        PgRows *rows;
        if (pg_query(scratch, run->control, &rows, errors, SQL_GENERATION_OUTGOING_OIDS, 1, &owning_run) != STATUS_OK)
            return STATUS_FAILED;
        for (size_t row = 0; row < pg_row_count(rows); row++)
            MEM_PUSH(scratch, kept->relations, kept->relation_count, pg_oid(rows, row, "oid"));
    }
    return STATUS_OK;
}

static Status refuse_strangers(Run *run, const void *scratch, const char *const *parameters, Errors *errors)
{
    PgRows *rows;
    if (pg_query(scratch, run->control, &rows, errors, SQL_PREFLIGHT_KEPT, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        const char *schema = name_quote(scratch, pg_text(rows, row, "schema"));
        error_remedy(preflight_refuse(errors, schema,
                                      "schema %s, whose kept old generation this run retires, holds %s, "
                                      "which matswap did not build",
                                      schema, pg_text(rows, row, "description")),
                     "move it to another schema, or drop it");
    }
    return STATUS_OK;
}

static Status refuse_readers(Run *run, const void *scratch, const KeptGeneration *kept, Errors *errors)
{
    OidList relations = {kept->relations, kept->relation_count};
    PgRows *rows;
    if (relations_dependents(scratch, run->control, relations, relations,
                             (OidList){kept->schemas, kept->schema_count}, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        if (pg_boolean(rows, row, "on_member"))
            continue;
        const char *object = pg_text(rows, row, "description");
        error_remedy(preflight_refuse(errors, object,
                                      "%s depends on %s of the kept old generation, which this run "
                                      "retires",
                                      object, pg_text(rows, row, "members")),
                     "drop it, or have it read the live views");
    }
    return STATUS_OK;
}

Status preflight_kept(Run *run, const PreflightScratch *known, Errors *errors)
{
    const KeptGeneration *kept = &known->retired;
    if (kept->schema_count == 0)
        return STATUS_OK;
    void *scratch = mem_context(run);
    const char *parameters[] = {array_of_oids(scratch, kept->schemas, kept->schema_count),
                                array_of_oids(scratch, kept->relations, kept->relation_count)};
    Status status = refuse_strangers(run, scratch, parameters, errors);
    if (status == STATUS_OK)
        status = refuse_readers(run, scratch, kept, errors);
    talloc_free(scratch);
    return status;
}
