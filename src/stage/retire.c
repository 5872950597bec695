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

/* A schema with a generation that an earlier run of this set kept. */
typedef struct KeptSchema
{
    const char *name;
    const char *run;     /* whose swap filled it */
    const char *comment; /* to be put back: the schema was made beforehand */
} KeptSchema;

typedef struct KeptGenerations
{
    KeptSchema *schemas;
    size_t schema_count;
    const char **names; /* of the schemas */
    size_t name_count;
    uint32_t *oids;
    size_t oid_count;
} KeptGenerations;

static Status look_for_kept(Run *run, const char *schema, KeptGenerations *kept, Errors *errors)
{
    SchemaState state;
    if (schema_state(run, run->control, schema, &state, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (state.oid == 0 || !schema_marker_matches(state.comment, run->config->set, NULL) ||
        schema_marker_matches(state.comment, run->config->set, run->record->run))
        return STATUS_OK;
    KeptSchema found = {.name = schema, .run = schema_marker_run(kept, state.comment)};
    uint32_t *oids;
    size_t count;
    if (outgoing_oids(run, found.run, &oids, &count, errors) != STATUS_OK ||
        previous_comment(run, found.run, schema, &found.comment, errors) != STATUS_OK)
        return STATUS_FAILED;
    MEM_PUSH(kept, kept->schemas, kept->schema_count, found);
    MEM_PUSH(kept, kept->names, kept->name_count, schema);
    for (size_t i = 0; i < count; i++)
        MEM_PUSH(kept, kept->oids, kept->oid_count, oids[i]);
    talloc_free(oids);
    return STATUS_OK;
}

/* All schemas at once: the views of one may read those of another. */
static Status drop_kept(Run *run, const KeptGenerations *kept, Errors *errors)
{
    if (kept->schema_count == 0)
        return STATUS_OK;
    Status status = drop_listed(run, kept->names, kept->name_count, kept->oids, kept->oid_count, errors);
    for (size_t i = 0; status == STATUS_OK && i < kept->schema_count; i++)
    {
        const KeptSchema *schema = &kept->schemas[i];
        status = schema_drop_kept(run, schema->name, schema->run, schema->comment, errors);
        if (status == STATUS_OK)
            report_line(run->report, "retired", "the generation that run %s kept in %s", schema->run, schema->name);
    }
    return status;
}

Status retire_kept(Run *run, Errors *errors)
{
    KeptGenerations *kept = mem_new(run, KeptGenerations);
    Status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < run->record->schema_count; i++)
        status = look_for_kept(run, run->record->schemas[i].outgoing, kept, errors);
    if (status == STATUS_OK)
        status = drop_kept(run, kept, errors);
    talloc_free(kept);
    return status;
}
