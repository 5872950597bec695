/*
 * Step 5: the old generation goes, when its readers have drained, or stays for an instant revert.
 */
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "pg_sql.h"
#include "records.h"

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
        if (array_has_oid(oids, oid_count, relations[i].oid))
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
        if (journal_view_moves_out(&record->views[i]))
            oids[oid_count++] = record->views[i].old_oid;
    Status status = drop_listed(run, schemas, record->schema_count, oids, oid_count, errors);
    talloc_free(scratch);
    return status;
}

static bool has_old_generation(const JournalRun *record)
{
    for (size_t i = 0; i < record->view_count; i++)
        if (journal_view_moves_out(&record->views[i]))
            return true;
    return false;
}

void run_miss_journal(Run *run)
{
    if (run->journal_missed || !journal_forsake(run->journal))
        return;
    run->journal_missed = true;
    report_warning(run->report, "the journal %s was deleted, moved or replaced while it was in use: the swap of run %s "
                   "will not be in it", journal_path(run->journal), run->record->run);
}

/* Of SWAPPED: what is to go goes. */
static Status remove_rest(Run *run, Errors *errors)
{
    const JournalRun *record = run->record;
    bool keep = record->keep_old && has_old_generation(record);
    double started_ms = stage_clock_ms();
    if (replaced_drop(run, record->run, errors) != STATUS_OK ||
        (!keep && (drop_outgoing(run, errors) != STATUS_OK || schema_drop_outgoing(run, errors) != STATUS_OK)) ||
        schema_drop_incoming(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (keep)
        report_line(run->report, "kept", "the old generation stays readable; `matswap rollback` brings it back");
    else if (has_old_generation(record))
        report_line(run->report, "retired", "the old generation, in %s",
                    report_duration(run, stage_clock_ms() - started_ms));
    return STATUS_OK;
}

/* SWAPPED → DONE.  On failure *ret_what is what could not be done. */
static Status retire(Run *run, const char **ret_what, Errors *errors)
{
    double started_ms = stage_clock_ms();
    account_begin(run, PHASE_RETIRE);
    *ret_what = "the old generation could not be dropped yet";
    if (remove_rest(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    failures_record_isolated(run);
    run_miss_journal(run);
    account_phase(run, PHASE_RETIRE, started_ms);
    *ret_what = "the journal could not be told that it is done";
    return journal_run_finish(run->journal, run->record, RUN_DONE, OUTCOME_SWAPPED, NULL, errors);
}

/* For the history; that it could not be noted is a warning. */
static void note_failure(Run *run, const char *message)
{
    Errors *noting = errors_new(run);
    if (journal_event(run->journal, run->record, "retire", NULL, message, noting) != STATUS_OK)
        report_warning(run->report, "this could not be noted: %s", error_format(noting, noting->items[0]));
    talloc_free(noting);
}

/*
 * The swap is committed and the new generation serves: whatever keeps the old one from going (a reader that sits on
 * it, a signal, a broken connection, a journal on a full disk) is a warning, and the next command tries again.
 */
Status stage_retire(Run *run, Errors *errors)
{
    const char *what;
    size_t before = errors->count;
    if (run->record->state == RUN_DONE)
        return STATUS_OK; /* another command has done it, see swap_settle */
    hook_after_swap(run);
    if (retire(run, &what, errors) == STATUS_OK)
    {
        report_run_ended(run->report, run->record->run, OUTCOME_SWAPPED);
        return STATUS_OK;
    }
    run_miss_journal(run);
    const char *message = error_format(run, errors->items[before]);
    errors_truncate(errors, before);
    report_warning(run->report, "the new generation serves; %s, %s: %s", what,
                   run->journal_missed ? "`matswap rollback --orphans` will" : "the next command will", message);
    note_failure(run, message);
    report_run_ended(run->report, run->record->run, OUTCOME_SWAPPED);
    return STATUS_OK;
}

Status retire_again(Run *run, Errors *errors)
{
    const char *what;
    size_t before = errors->count;
    hook_after_swap(run);
    if (retire(run, &what, errors) == STATUS_OK)
    {
        report_run_ended(run->report, run->record->run, OUTCOME_SWAPPED);
        return STATUS_OK;
    }
    Error *error = errors->items[before];
    error->message = mem_printf(error, "run %s has swapped, and %s: %s", run->record->run, what, error->message);
    if (error->kind == ERROR_LOCKED)
        error_remedy(error, "%s, then run the command again",
                     error->remedy != NULL ? error->remedy : "its readers went away just now: wait a moment");
    note_failure(run, error_format(run, error));
    return STATUS_FAILED;
}

/* ---- a generation that an earlier run kept ---------------------------------------------------------------- */

typedef struct Kept
{
    const char **schemas;
    const char **runs; /* parallel: whose marker the schema bears */
    size_t count;
    uint32_t *oids; /* what these runs moved out */
    size_t oid_count;
} Kept;

/* What the run named in the marker moved out: the generation row of its swap says so, journal or not. */
static Status add_outgoing_oids(Run *run, const void *scratch, Kept *kept, const char *owning_run, Errors *errors)
{
    PgRows *rows;
    if (pg_query(scratch, run->control, &rows, errors, SQL_GENERATION_OUTGOING_OIDS, 1, &owning_run) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
        MEM_PUSH(scratch, kept->oids, kept->oid_count, pg_oid(rows, i, "oid"));
    return STATUS_OK;
}

/* What the outgoing schema was before that run, as far as the journal still knows. */
static Status schema_before(Run *run, const char *owning_run, const char *schema, SchemaBefore *ret_before,
                            Errors *errors)
{
    JournalRun *last;
    *ret_before = (SchemaBefore){0};
    if (journal_last_swapped(run, run->journal, run->config->set, &last, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (last != NULL && strcmp(last->run, owning_run) == 0)
        for (size_t i = 0; i < last->schema_count; i++)
            if (strcmp(last->schemas[i].outgoing, schema) == 0)
                *ret_before = last->schemas[i].outgoing_before;
    return STATUS_OK;
}

/*
 * All that the set has kept, by the markers, also where it has no views any more or this run has none: one old generation
 * is kept, and the parts of it may read each other.
 */
static Status find_kept(Run *run, const void *scratch, Kept *kept, Errors *errors)
{
    PgRows *rows;
    const char *start = mem_printf(scratch, "matswap set=%s run=", run->config->set);
    if (pg_query(scratch, run->control, &rows, errors, SQL_ORPHANS_SCHEMAS, 1, &start) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
    {
        const char *comment = pg_text(rows, i, "comment");
        const char *owning_run = schema_marker_run(scratch, comment);
        if (!schema_marker_is_outgoing(comment) || strcmp(owning_run, run->record->run) == 0)
            continue;
        size_t same = kept->count;
        MEM_PUSH(scratch, kept->schemas, same, pg_text(rows, i, "schema"));
        MEM_PUSH(scratch, kept->runs, kept->count, owning_run);
        if (pg_boolean(rows, i, "generation_table") &&
            add_outgoing_oids(run, scratch, kept, owning_run, errors) != STATUS_OK)
            return STATUS_FAILED;
    }
    return STATUS_OK;
}

static Status drop_kept_schema(Run *run, const char *schema, const char *owning_run, Errors *errors)
{
    SchemaBefore before;
    if (schema_before(run, owning_run, schema, &before, errors) != STATUS_OK ||
        schema_drop_kept(run, schema, owning_run, before, errors) != STATUS_OK)
        return STATUS_FAILED;
    report_line(run->report, "retired", "the generation that run %s kept in %s", owning_run, schema);
    return STATUS_OK;
}

/*
 * Half a generation brings nobody back: none of it is dropped while somebody reads a part, since this run may give up
 * over that, and `rollback` still be wanted.
 */
static Status wait_for_readers(Run *run, const void *scratch, const Kept *kept, Errors *errors)
{
    double until_ms = stage_clock_ms() + (double) run->config->swap_timeout_ms;
    const char *oids = array_of_oids(scratch, kept->oids, kept->oid_count);
    for (;;)
    {
        PgRows *rows;
        if (relations_holders(scratch, run->control, oids, &rows, errors) != STATUS_OK)
            return STATUS_FAILED;
        bool in_use = pg_row_count(rows) > 0;
        talloc_free(rows);
        if (!in_use)
            return STATUS_OK;
        bool given_up = stage_clock_ms() >= until_ms || pg_interrupted();
        const char *who = given_up ? relations_blockers(scratch, run->control, oids) : NULL;
        if (who != NULL)
        {
            error_remedy(errors_add(errors, ERROR_LOCKED, "the kept old generation, whose place this run needs, is in use"),
                         "%s, then run the command again", who);
            return STATUS_FAILED;
        }
        pg_sleep(50);
    }
}

/* All views first: those of one schema may read those of another. */
Status retire_kept(Run *run, Errors *errors)
{
    void *scratch = mem_context(run);
    Kept kept = {0};
    Status status = find_kept(run, scratch, &kept, errors);
    if (status == STATUS_OK && kept.oid_count > 0)
        status = wait_for_readers(run, scratch, &kept, errors);
    if (status == STATUS_OK)
        status = drop_listed(run, kept.schemas, kept.count, kept.oids, kept.oid_count, errors);
    for (size_t i = 0; status == STATUS_OK && i < kept.count; i++)
        status = drop_kept_schema(run, kept.schemas[i], kept.runs[i], errors);
    talloc_free(scratch);
    return status;
}
