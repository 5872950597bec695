/*
 * `rollback` after a swap: the kept old generation becomes the live one again, and what was live is kept.
 *
 * It is a swap like any other, only that its "new" generation was not built now but waits in the outgoing
 * schemas.  No SQL file is read: what swaps is what the last swap's journal entry says, checked against the catalog.
 */
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "preflight_internal.h"
#include "stage_internal.h"

static Status refuse(Run *run, const char *why, Errors *errors)
{
    Error *error = errors_add(errors, ERROR_REFUSED, "there is no old generation of set %s to go back to: %s",
                              run->config->set, why);
    error_remedy(error, "run with --keep-old (or keep_old = yes) to have one after the next run");
    return STATUS_FAILED;
}

/* The kept generation is only what the last swap moved out, and all of it. */
static Status check_kept(Run *run, const JournalRun *last, Errors *errors)
{
    Relation *relations;
    size_t count;
    for (size_t i = 0; i < last->schema_count; i++)
    {
        SchemaState state;
        const char *name = last->schemas[i].outgoing;
        if (schema_state(run, run->control, name, &state, errors) != STATUS_OK)
            return STATUS_FAILED;
        if (state.oid == 0 || !schema_marker_matches(state.comment, run->config->set, last->run))
            return refuse(run, mem_printf(run, "schema %s does not hold what run %s replaced", name, last->run), errors);
        if (relations_in_schemas(run, run->control, &name, 1, &relations, &count, errors) != STATUS_OK)
            return STATUS_FAILED;
        for (size_t j = 0; j < last->view_count; j++)
        {
            const JournalView *view = &last->views[j];
            bool found = view->old_oid == 0 || strcmp(view->name.schema, last->schemas[i].live) != 0;
            for (size_t k = 0; k < count && !found; k++)
                found = relations[k].oid == view->old_oid;
            if (!found)
                return refuse(run, mem_printf(run, "%s of that generation is gone", name_qualified(run, view->name)),
                              errors);
        }
    }
    return STATUS_OK;
}

/* Old and new change places. */
static void turn_views(JournalRun *record, const JournalRun *last)
{
    record->view_count = last->view_count;
    record->views = mem_array(record, JournalView, last->view_count);
    for (size_t i = 0; i < last->view_count; i++)
    {
        const JournalView *from = &last->views[i];
        record->views[i] = *from;
        record->views[i].old_oid = from->new_oid;
        record->views[i].old_kind = from->kind;
        record->views[i].new_oid = from->old_oid;
        record->views[i].kind = from->old_kind;
        record->views[i].status = VIEW_COMPLETE;
        record->views[i].started_at = NULL;
        record->views[i].rows = -1;
        record->views[i].bytes = -1;
        record->views[i].totals = NULL;
        record->views[i].measures = NULL;
        record->views[i].watermark = NULL;
        record->views[i].duration_ms = -1;
        record->views[i].snapshot = NULL;
        record->views[i].wal_lsn = NULL;
        record->views[i].snapshot_at = NULL;
    }
}

/* The newest coordinate among the views becomes the run's; only those of another one keep theirs. */
static void settle_coordinates(JournalRun *record)
{
    for (size_t i = 0; i < record->view_count; i++)
    {
        const JournalView *view = &record->views[i];
        /* both as the journal writes times, so that text compares as they do */
        if (view->snapshot_at != NULL &&
            (record->snapshot_at == NULL || strcmp(view->snapshot_at, record->snapshot_at) > 0))
        {
            record->snapshot = view->snapshot;
            record->wal_lsn = view->wal_lsn;
            record->snapshot_at = view->snapshot_at;
        }
    }
    for (size_t i = 0; i < record->view_count; i++)
    {
        JournalView *view = &record->views[i];
        if (text_equal(view->snapshot_at, record->snapshot_at) && text_equal(view->snapshot, record->snapshot))
        {
            view->snapshot = NULL;
            view->wal_lsn = NULL;
            view->snapshot_at = NULL;
        }
    }
}

/* The coordinates and the totals of the generation that comes back are those it was built with. */
static Status recall_generation(Run *run, JournalRun *record, Errors *errors)
{
    uint32_t *oids = mem_array(record, uint32_t, record->view_count);
    for (size_t i = 0; i < record->view_count; i++)
        oids[i] = record->views[i].new_oid;
    char *array = array_of_oids(record, oids, record->view_count);
    PgRows *rows;
    if (pg_query(record, run->control, &rows, errors, SQL_ROLLBACK_GENERATION, 1, (const char *const *) &array) !=
        STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
        for (size_t i = 0; i < record->view_count; i++)
            if (record->views[i].new_oid == pg_oid(rows, row, "oid"))
            {
                record->views[i].snapshot = pg_value(rows, row, "snapshot");
                record->views[i].wal_lsn = pg_value(rows, row, "wal_lsn");
                record->views[i].snapshot_at = pg_value(rows, row, "snapshot_at");
                record->views[i].rows =
                    pg_value(rows, row, "row_count") == NULL ? -1 : pg_integer(rows, row, "row_count");
                record->views[i].totals = pg_value(rows, row, "totals");
                record->views[i].measures = pg_value(rows, row, "measures");
                record->views[i].watermark = pg_value(rows, row, "watermark");
            }
    settle_coordinates(record);
    return STATUS_OK;
}

static Status begin_record(Run *run, const JournalRun *last, Errors *errors)
{
    JournalRun *record = run_record_new(run, RUN_VALIDATED);
    record->fingerprint = last->fingerprint;
    record->keep_old = true;
    record->is_rollback = true;
    record->schema_count = last->schema_count;
    record->schemas = mem_array(record, JournalSchema, last->schema_count);
    for (size_t i = 0; i < last->schema_count; i++)
    {
        record->schemas[i] = last->schemas[i];
        record->schemas[i].made_incoming = false;
        record->schemas[i].incoming_before = (SchemaBefore){0};
    }
    turn_views(record, last);
    if (recall_generation(run, record, errors) != STATUS_OK ||
        journal_run_begin(run->journal, record, errors) != STATUS_OK)
        return STATUS_FAILED;
    run->record = record;
    return STATUS_OK;
}

/* A plan that holds the names and nothing to execute: what dependents_find wants to know. */
static Plan *plan_of_names(Run *run, const JournalRun *last)
{
    Plan *plan = mem_new(run, Plan);
    plan->config = run->config;
    plan->schema_count = last->schema_count;
    plan->schemas = mem_array(plan, PlanSchema, last->schema_count);
    for (size_t i = 0; i < last->schema_count; i++)
        plan->schemas[i] =
            (PlanSchema){last->schemas[i].live, last->schemas[i].incoming, last->schemas[i].outgoing};
    plan->view_count = last->view_count;
    plan->views = mem_array(plan, PlanView *, last->view_count);
    for (size_t i = 0; i < last->view_count; i++)
    {
        PlanView *view = mem_new(plan, PlanView);
        view->name = last->views[i].name;
        view->kind = last->views[i].kind;
        view->index = i;
        view->rebuilt = true;
        for (size_t j = 0; j < plan->schema_count; j++)
            if (strcmp(plan->schemas[j].live, view->name.schema) == 0)
                view->schema = &plan->schemas[j];
        plan->views[i] = view;
    }
    return plan;
}

/* What was new in the generation that goes has no successor in the one that comes back. */
static Status refuse_readers(Run *run, const JournalRun *last, const uint32_t *live, size_t live_count, Errors *errors)
{
    size_t count = 0;
    uint32_t *leaving = mem_array(run, uint32_t, last->view_count);
    for (size_t i = 0; i < last->view_count; i++)
        if (last->views[i].old_oid == 0 && last->views[i].new_oid != 0)
            leaving[count++] = last->views[i].new_oid;
    return preflight_refuse_readers(run, leaving, count, live, live_count, "which the old generation has not",
                                    "drop it, then run the command again", errors);
}

/* In one picture of the catalog, as the preflight does. */
static Status find_dependents(Run *run, const JournalRun *last, const uint32_t *live, size_t live_count, Errors *errors)
{
    size_t before = errors->count;
    if (pg_run(run->control, errors, SQL_PREFLIGHT_BEGIN) != STATUS_OK)
        return STATUS_FAILED;
    Status status = dependents_find(run, run->preflight, errors);
    if (status == STATUS_OK)
        status = refuse_readers(run, last, live, live_count, errors);
    pg_rollback(run->control);
    return status == STATUS_OK ? errors_since(errors, before) : status; /* what cannot follow is a refusal here, too */
}

/* What a rollback has to know of the catalog: the live relations and who depends on them. */
static Status look_around(Run *run, const JournalRun *last, Errors *errors)
{
    PgRows *rows;
    uint32_t *oids = mem_array(run, uint32_t, last->view_count);
    size_t oid_count = 0;
    Preflight *preflight = mem_new(run, Preflight);
    preflight->live = mem_array(preflight, LiveView, last->view_count);
    preflight->incoming = mem_array(preflight, ShadowSchema, last->schema_count);
    preflight->outgoing = mem_array(preflight, ShadowSchema, last->schema_count);
    for (size_t i = 0; i < last->schema_count; i++)
    {
        SchemaState state;
        if (schema_state(preflight, run->control, last->schemas[i].outgoing, &state, errors) != STATUS_OK)
            return STATUS_FAILED;
        preflight->outgoing[i] = (ShadowSchema){last->schemas[i].outgoing, state.oid, state.comment};
    }
    for (size_t i = 0; i < last->view_count; i++)
    {
        preflight->live[i] = (LiveView){.oid = last->views[i].new_oid, .kind = last->views[i].kind};
        if (last->views[i].new_oid != 0)
            oids[oid_count++] = last->views[i].new_oid;
    }
    if (swap_surroundings(run, oids, oid_count, &run->surroundings, errors) != STATUS_OK ||
        pg_query(preflight, run->control, &rows, errors, SQL_RECOVER_PLACE, 0, NULL) != STATUS_OK)
        return STATUS_FAILED;
    if (run_system_identifier(preflight, run->control, pg_boolean(rows, 0, "may_read_control"),
                              &preflight->system_identifier, errors) != STATUS_OK)
        return STATUS_FAILED;
    preflight->database = pg_text(rows, 0, "database");
    preflight->role = pg_text(rows, 0, "role");
    preflight->superuser = pg_boolean(rows, 0, "superuser");
    preflight->inherits = true; /* as far as is known here */
    run->preflight = preflight;
    return find_dependents(run, last, oids, oid_count, errors);
}

static Status swap_back(Run *run, Errors *errors)
{
    SwapPlan *plan;
    if (schema_make_incoming(run, errors) != STATUS_OK || swap_plan(run, run, &plan, errors) != STATUS_OK ||
        swap_execute(run, plan, errors) != STATUS_OK)
        return STATUS_FAILED;
    report_line(run->report, "swapped", "%zu views back in one transaction, %s", plan->new_count,
                swap_cost_text(run, run->record));
    return stage_retire(run, errors);
}

/* What stayed out of the last swap is not part of what it replaced. */
static void forget_isolated(JournalRun *last)
{
    size_t count = 0;
    for (size_t i = 0; i < last->view_count; i++)
        if (!journal_view_is_kept(&last->views[i]))
            last->views[count++] = last->views[i];
    last->view_count = count;
}

Status stage_rollback(Run *run, Errors *errors)
{
    JournalRun *last;
    if (journal_last_swapped(run, run->journal, run->config->set, &last, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (last == NULL)
        return refuse(run, "the journal has no run that swapped", errors);
    if (!last->keep_old)
        return refuse(run, mem_printf(run, "run %s did not keep it", last->run), errors);
    forget_isolated(last);
    run->plan = plan_of_names(run, last);
    if (lock_schemas(run, lock_usual_patience, errors) != STATUS_OK || check_kept(run, last, errors) != STATUS_OK ||
        look_around(run, last, errors) != STATUS_OK || begin_record(run, last, errors) != STATUS_OK)
        return STATUS_FAILED;
    report_line(run->report, "rollback", "run %s: back to what run %s replaced", run->record->run, last->run);
    return swap_back(run, errors) == STATUS_OK ? STATUS_OK : stage_give_up(run, errors);
}
