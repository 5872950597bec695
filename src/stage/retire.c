/*
 * Step 5: the old generation goes, when its readers have drained, or stays for an instant revert.
 */
#include <string.h>

#include "matswap/memory.h"
#include "pg_sql.h"
#include "stage_internal.h"

static bool has_oid(const uint32_t *oids, size_t count, uint32_t oid)
{
    for (size_t i = 0; i < count; i++)
        if (oids[i] == oid)
            return true;
    return false;
}

/* Of the views in `schemas`, drops those whose OID is in the list; whatever else is there stays. */
static Status drop_listed(Run *run, const char *const *schemas, size_t schema_count, const uint32_t *oids,
                          size_t oid_count, Errors *errors)
{
    Relation *relations;
    size_t count;
    if (relations_in_schemas(run, run->control, schemas, schema_count, &relations, &count, errors) != STATUS_OK)
        return STATUS_FAILED;
    size_t listed = 0;
    for (size_t i = 0; i < count; i++)
        if (has_oid(oids, oid_count, relations[i].oid))
            relations[listed++] = relations[i];
    Status status = relations_drop(run, relations, listed, run->config->swap_timeout_ms, errors);
    talloc_free(relations);
    return status;
}

static Status drop_outgoing(Run *run, Errors *errors)
{
    const JournalRun *record = run->record;
    void *scratch = mem_context(run);
    const char **schemas = mem_array(scratch, const char *, record->schema_count);
    uint32_t *oids = mem_array(scratch, uint32_t, record->view_count);
    size_t oid_count = 0;
    for (size_t i = 0; i < record->schema_count; i++)
        schemas[i] = record->schemas[i].outgoing;
    for (size_t i = 0; i < record->view_count; i++)
        if (record->views[i].old_oid != 0)
            oids[oid_count++] = record->views[i].old_oid;
    Status status = drop_listed(run, schemas, record->schema_count, oids, oid_count, errors);
    talloc_free(scratch);
    return status;
}

static bool has_old_generation(const JournalRun *record)
{
    for (size_t i = 0; i < record->view_count; i++)
        if (record->views[i].old_oid != 0)
            return true;
    return false;
}

/*
 * The swap is committed and the new generation serves: whatever keeps the old one from going (a reader that sits on
 * it, a signal, a broken connection) is a warning, and the next command tries again.
 */
static Status leave_for_later(Run *run, size_t before, Errors *errors)
{
    const Error *error = errors->items[before];
    char *message = error_format(run, error);
    report_warning(run->report, "the old generation could not be dropped yet, the next command will: %s", message);
    errors_truncate(errors, before);
    return journal_event(run->journal, run->record, "retire", NULL, message, errors);
}

Status stage_retire(Run *run, Errors *errors)
{
    JournalRun *record = run->record;
    size_t before = errors->count;
    bool keep = record->keep_old && has_old_generation(record);
    double started_ms = stage_clock_ms();
    if ((!keep && (drop_outgoing(run, errors) != STATUS_OK || schema_drop_outgoing(run, errors) != STATUS_OK)) ||
        schema_drop_incoming(run, errors) != STATUS_OK)
        return leave_for_later(run, before, errors);
    if (keep)
        report_line(run->report, "kept", "the old generation stays readable; `matswap rollback` brings it back");
    else if (has_old_generation(record))
        report_line(run->report, "retired", "the old generation, in %s",
                    report_duration(run, stage_clock_ms() - started_ms));
    return journal_run_finish(run->journal, record, RUN_DONE, OUTCOME_SWAPPED, NULL, errors);
}

/* ---- a generation that an earlier run kept ---------------------------------------------------------------- */

/* What the run named in the marker moved out: the generation row of its swap says so, journal or not. */
static Status outgoing_oids(Run *run, const char *owning_run, uint32_t **ret_oids, size_t *ret_count, Errors *errors)
{
    PgRows *rows;
    if (pg_query(run, run->control, &rows, errors, SQL_GENERATION_OUTGOING_OIDS, 1, &owning_run) != STATUS_OK)
        return STATUS_FAILED;
    *ret_count = pg_row_count(rows);
    *ret_oids = mem_array(run, uint32_t, *ret_count);
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_oids)[i] = pg_oid(rows, i, "oid");
    talloc_free(rows);
    return STATUS_OK;
}

static Status previous_comment(Run *run, const char *owning_run, const char *schema, const char **ret_comment,
                               Errors *errors)
{
    JournalRun *last;
    *ret_comment = NULL;
    if (journal_last_swapped(run, run->journal, run->config->set, &last, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (last != NULL && strcmp(last->run, owning_run) == 0)
        for (size_t i = 0; i < last->schema_count; i++)
            if (strcmp(last->schemas[i].outgoing, schema) == 0)
                *ret_comment = last->schemas[i].previous_outgoing_comment;
    return STATUS_OK;
}

/* An outgoing schema that an earlier run of the set still holds. */
typedef struct KeptSchema
{
    const char *schema;
    const char *owning_run;
} KeptSchema;

static Status find_kept(Run *run, void *context, KeptSchema *kept, size_t *ret_count, Errors *errors)
{
    size_t count = 0;
    for (size_t i = 0; i < run->record->schema_count; i++)
    {
        SchemaState state;
        const char *schema = run->record->schemas[i].outgoing;
        if (schema_state(context, run->control, schema, &state, errors) != STATUS_OK)
            return STATUS_FAILED;
        if (state.oid != 0 && schema_marker_matches(state.comment, run->config->set, NULL) &&
            !schema_marker_matches(state.comment, run->config->set, run->record->run))
            kept[count++] = (KeptSchema){schema, schema_marker_run(context, state.comment)};
    }
    *ret_count = count;
    return STATUS_OK;
}

/* From all schemas at once: views of one read those of another, and readers go first. */
static Status drop_kept_views(Run *run, void *scratch, const KeptSchema *kept, size_t count, Errors *errors)
{
    const char **schemas = mem_array(scratch, const char *, count);
    uint32_t *all = NULL;
    size_t all_count = 0;
    for (size_t i = 0; i < count; i++)
    {
        uint32_t *oids;
        size_t oid_count;
        schemas[i] = kept[i].schema;
        if (outgoing_oids(run, kept[i].owning_run, &oids, &oid_count, errors) != STATUS_OK)
            return STATUS_FAILED;
        for (size_t j = 0; j < oid_count; j++)
            MEM_PUSH(scratch, all, all_count, oids[j]);
        talloc_free(oids);
    }
    return drop_listed(run, schemas, count, all, all_count, errors);
}

static Status drop_kept_schema(Run *run, const KeptSchema *kept, Errors *errors)
{
    const char *comment;
    if (previous_comment(run, kept->owning_run, kept->schema, &comment, errors) != STATUS_OK ||
        schema_drop_kept(run, kept->schema, kept->owning_run, comment, errors) != STATUS_OK)
        return STATUS_FAILED;
    report_line(run->report, "retired", "the generation that run %s kept in %s", kept->owning_run, kept->schema);
    return STATUS_OK;
}

Status retire_kept(Run *run, Errors *errors)
{
    void *scratch = mem_context(run);
    KeptSchema *kept = mem_array(scratch, KeptSchema, run->record->schema_count);
    size_t count = 0;
    Status status = find_kept(run, scratch, kept, &count, errors);
    if (status == STATUS_OK && count > 0)
        status = drop_kept_views(run, scratch, kept, count, errors);
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        status = drop_kept_schema(run, &kept[i], errors);
    talloc_free(scratch);
    return status;
}
