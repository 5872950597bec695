/*
 * Step 1: the run is entered in the journal, the incoming schemas are made and marked, and a transaction that
 * stays open exports the snapshot from which every view of the generation is computed.
 */
#include "matswap/memory.h"
#include "pg_sql.h"
#include "records.h"

static void record_schemas(const Run *run, JournalRun *record)
{
    record->schema_count = run->plan->schema_count;
    record->schemas = mem_array(record, JournalSchema, record->schema_count);
    for (size_t i = 0; i < record->schema_count; i++)
        record->schemas[i] = (JournalSchema){
            .live = mem_strdup(record, run->plan->schemas[i].live),
            .incoming = mem_strdup(record, run->plan->schemas[i].incoming),
            .outgoing = mem_strdup(record, run->plan->schemas[i].outgoing),
        };
}

JournalView run_record_view(const Run *run, const JournalRun *record, size_t position)
{
    const PlanView *view = run->plan->views[position];
    const LiveView *live = &run->preflight->live[position];
    return (JournalView){
        .name = {mem_strdup(record, view->name.schema), mem_strdup(record, view->name.name)},
        .kind = view->kind,
        .position = (int) position,
        .level = view->level,
        .status = VIEW_PLANNED,
        .old_oid = live->oid,
        .old_kind = live->kind,
        .rows = -1,
        .bytes = -1,
        .duration_ms = -1,
        .fingerprint = mem_strdup(record, view->fingerprint),
        .old_bytes = live->oid == 0 ? -1 : live->bytes,
        .reads = account_reads(record, view),
        .changes = run->changes == NULL ? NULL : account_changes(record, &run->changes[position]),
    };
}

static void record_views(const Run *run, JournalRun *record)
{
    record->view_count = run->plan->view_count;
    record->views = mem_array(record, JournalView, record->view_count);
    for (size_t i = 0; i < record->view_count; i++)
        record->views[i] = run_record_view(run, record, i);
    former_record(run, record, &record->views, &record->view_count);
}

static Status begin_record(Run *run, Errors *errors)
{
    JournalRun *record = run_record_new(run, RUN_STARTED);
    record->fingerprint = mem_strdup(record, run->plan->fingerprint);
    record->keep_old = run->options.keep_old || run->config->keep_old;
    record->partial = run->plan->kept_count > 0;
    record->outcome = run->options.dry_run ? OUTCOME_DRY_RUN : OUTCOME_NONE; /* `resume` must not publish it */
    record_schemas(run, record);
    record_views(run, record);
    if (journal_run_begin(run->journal, record, errors) != STATUS_OK)
        return STATUS_FAILED;
    run->record = record;
    if (run->before_run != NULL)
        journal_task_done(record, run->before_run);
    account_phase(run, PHASE_PREPARE, stage_clock_ms() - run->prepare_ms);
    return STATUS_OK;
}

static Status take_coordinate(Run *run, Errors *errors)
{
    PgRows *rows;
    if (pg_query(run, run->holder, &rows, errors, SQL_SNAPSHOT_EXPORT, 0, NULL) != STATUS_OK)
        return STATUS_FAILED;
    run->snapshot_name = mem_strdup(run, pg_text(rows, 0, "name"));
    run->record->snapshot = mem_strdup(run->record, pg_text(rows, 0, "snapshot"));
    run->record->wal_lsn = mem_strdup(run->record, pg_text(rows, 0, "wal_lsn"));
    run->record->snapshot_at = mem_strdup(run->record, pg_text(rows, 0, "taken_at"));
    talloc_free(rows);
    return journal_run_snapshot(run->journal, run->record, errors);
}

/* The holder takes the fence too: a dead run's snapshot must not hold back VACUUM while a new run works. */
static Status open_holder(Run *run, Errors *errors)
{
    PgOptions options = {.config = run->config, .session_settings = false};
    char *fence = lock_fence_sql(run, run->config->set);
    Status status = pg_connect(run, options, "snapshot", &run->holder, errors);
    if (status == STATUS_OK)
        status = pg_run(run->holder, errors, fence);
    if (status == STATUS_OK)
        status = lock_check(run, errors);
    if (status == STATUS_OK)
        status = pg_run(run->holder, errors, SQL_SNAPSHOT_BEGIN);
    talloc_free(fence);
    return status;
}

Status snapshot_take(Run *run, Errors *errors)
{
    if (open_holder(run, errors) != STATUS_OK || seam_begin(run, errors) != STATUS_OK ||
        take_coordinate(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    report_line(run->report, "snapshot", "%s at WAL %s, run %s", run->record->snapshot, run->record->wal_lsn,
                run->record->run);
    return STATUS_OK;
}

Status stage_snapshot(Run *run, Errors *errors)
{
    double started_ms = stage_clock_ms();
    if (begin_record(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    account_begin(run, PHASE_SNAPSHOT);
    if (records_make(run, errors) != STATUS_OK || schema_make_incoming(run, errors) != STATUS_OK ||
        snapshot_take(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    account_phase(run, PHASE_SNAPSHOT, started_ms);
    return journal_run_advance(run->journal, run->record, RUN_BUILDING, errors);
}
