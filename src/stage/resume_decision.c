/*
 * resume_decision.c: what of an interrupted run's generation stays, and what is built again.
 *
 * A view stays when it was built completely, is still there, would be built the same way now, and everything that it
 * reads stays too, as does everything that one transaction builds with it (foreign_snapshot = together).  Nothing stays
 * when what surrounds the live views has changed: what was carried over from them is out of date.
 */
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "resume.h"

const char resume_not_built[] = "it was not built completely";
const char resume_stays_out[] = "it keeps its old generation";

/* ---- looking ---------------------------------------------------------------------------------------------- */

bool resume_same_schemas(const Run *run)
{
    const JournalRun *record = run->record;
    if (record->schema_count != run->plan->schema_count)
        return false;
    for (size_t i = 0; i < record->schema_count; i++)
        if (strcmp(record->schemas[i].live, run->plan->schemas[i].live) != 0 ||
            strcmp(record->schemas[i].incoming, run->plan->schemas[i].incoming) != 0 ||
            strcmp(record->schemas[i].outgoing, run->plan->schemas[i].outgoing) != 0)
            return false;
    return true;
}

/* Somebody may have dropped one, or marked it for something else. */
static bool schemas_marked(const Run *run)
{
    for (size_t i = 0; i < run->plan->schema_count; i++)
        if (run->preflight->incoming[i].oid == 0 ||
            !schema_marker_matches(run->preflight->incoming[i].comment, run->config->set, run->record->run))
            return false;
    return true;
}

static const JournalView *find_recorded(const JournalRun *record, Name name)
{
    for (size_t i = 0; i < record->view_count; i++)
        if (name_equal(record->views[i].name, name))
            return &record->views[i];
    return NULL;
}

static void begin_decision(Resume *resume)
{
    Run *run = resume->run;
    run->resumed = mem_array(resume->scratch, ResumedView, run->plan->view_count);
    resume->oids = mem_array(resume->scratch, uint32_t, run->plan->view_count);
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        const JournalView *recorded = find_recorded(run->record, run->plan->views[i]->name);
        run->resumed[i] = (ResumedView){.recorded = recorded, .because = resume_not_built};
        resume->oids[i] = recorded == NULL ? 0 : recorded->new_oid;
    }
}

/* Are the live views, and what was carried over from them, as the run found them? */
static Status live_changed(Resume *resume, bool *ret_changed)
{
    const Run *run = resume->run;
    const JournalRun *record = run->record;
    uint32_t *oids = mem_array(resume->scratch, uint32_t, record->view_count);
    size_t count = 0;
    const char *now;
    for (size_t i = 0; i < record->view_count; i++)
        if (record->views[i].old_oid != 0)
            oids[count++] = record->views[i].old_oid;
    if (swap_surroundings(resume->run, oids, count, &now, resume->errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_changed = !text_equal(now, record->surroundings);
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        const JournalView *recorded = run->resumed[i].recorded;
        *ret_changed = *ret_changed || (recorded != NULL && recorded->old_oid != run->preflight->live[i].oid);
    }
    return STATUS_OK;
}

static const char *judge_view(const Resume *resume, size_t position, const PgRows *built, const size_t *row_of)
{
    const PlanView *view = resume->run->plan->views[position];
    const JournalView *recorded = resume->run->resumed[position].recorded;
    size_t row = row_of[position];
    if (resume->unchanged && recorded != NULL && journal_view_is_kept(recorded))
        return resume_stays_out;
    if (recorded == NULL || !view_status_is_usable(recorded->status) || journal_view_leaves(recorded))
        return resume_not_built;
    if (!text_equal(recorded->fingerprint, view->fingerprint))
        return "its SQL, or a setting that it is built with, has changed";
    if (row == 0 || strcmp(pg_text(built, row - 1, "schema"), view->schema->incoming) != 0 ||
        strcmp(pg_text(built, row - 1, "name"), view->name.name) != 0 ||
        relation_kind(pg_text(built, row - 1, "relkind")) != view->kind ||
        !pg_boolean(built, row - 1, "populated"))
        return "what was built is not there any more";
    return NULL;
}

static Status judge_views(Resume *resume)
{
    Run *run = resume->run;
    PgRows *built;
    const char *oids = array_of_oids(resume->scratch, resume->oids, run->plan->view_count);
    if (pg_query(resume->scratch, run->control, &built, resume->errors, SQL_RESUME_BUILT, 1, &oids) != STATUS_OK)
        return STATUS_FAILED;
    size_t *row_of = mem_array(resume->scratch, size_t, run->plan->view_count); /* from 1 */
    for (size_t row = 0; row < pg_row_count(built); row++)
        row_of[pg_integer(built, row, "position") - 1] = row + 1;
    for (size_t i = 0; i < run->plan->view_count; i++)
        run->resumed[i].because = judge_view(resume, i, built, row_of);
    return STATUS_OK;
}

/* What reads a view that is built again is built again. */
static bool spread_to_readers(const Resume *resume)
{
    const Run *run = resume->run;
    bool spread = false;
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        const PlanView *view = run->plan->views[i];
        ResumedView *resumed = &run->resumed[i];
        for (size_t j = 0; j < view->read_count && resumed->because == NULL; j++)
        {
            const PlanView *read = view->reads[j].view;
            if (!read->rebuilt || run->resumed[read->index].because == NULL)
                continue;
            resumed->because = mem_printf(resume->scratch, "it reads %s", name_qualified(resume->scratch, read->name));
            spread = true;
        }
    }
    return spread;
}

/* What was built together is of a snapshot of a foreign server that is gone: all of it is built again, or nothing. */
static bool spread_in_transactions(const Resume *resume)
{
    const Run *run = resume->run;
    bool spread = false;
    for (size_t i = 0; i < run->transaction_count; i++)
    {
        const PlanTransaction *transaction = &run->transactions[i];
        const PlanView *again = NULL;
        for (size_t k = 0; k < transaction->view_count && again == NULL; k++)
            again = run->resumed[transaction->views[k]->index].because != NULL ? transaction->views[k] : NULL;
        for (size_t k = 0; k < transaction->view_count && again != NULL; k++)
        {
            ResumedView *resumed = &run->resumed[transaction->views[k]->index];
            if (resumed->because != NULL)
                continue;
            resumed->because =
                mem_printf(resume->scratch, "it is built together with %s", name_qualified(resume->scratch, again->name));
            spread = true;
        }
    }
    return spread;
}

static void spread_and_count(Resume *resume)
{
    const Run *run = resume->run;
    bool spread = true;
    while (spread)
    {
        spread = spread_to_readers(resume);
        spread = spread_in_transactions(resume) || spread;
    }
    size_t out = 0;
    resume->kept = 0;
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        resume->kept += run->resumed[i].because == NULL ? 1 : 0;
        out += run->resumed[i].because == resume_stays_out ? 1 : 0;
    }
    resume->to_fill = run->plan->view_count - resume->kept - out;
    if (resume->kept == 0)
        resume->anew = "none of its views is complete and as it would be built now";
}

static Status prove_kept(Resume *resume)
{
    Run *run = resume->run;
    uint32_t *kept = mem_array(resume->scratch, uint32_t, resume->kept);
    size_t kept_count = 0;
    size_t live_count;
    uint32_t *live = former_leaving_oids(resume->scratch, run, &live_count);
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        if (run->resumed[i].because == NULL)
            kept[kept_count++] = resume->oids[i];
        if (run->preflight->live[i].oid != 0)
            MEM_PUSH(resume->scratch, live, live_count, run->preflight->live[i].oid);
    }
    Errors *found = errors_new(resume->scratch);
    if (catalog_proof(run, kept, kept_count, live, live_count, found) == STATUS_OK)
        return STATUS_OK;
    if (!errors_have(found, ERROR_REFUSED))
    {
        errors_move(resume->errors, found);
        return STATUS_FAILED;
    }
    resume->anew = "what it built reads the live generation";
    return STATUS_OK;
}

/* ---- coordinates ------------------------------------------------------------------------------------------ */

typedef struct Coordinate
{
    const char *snapshot, *wal_lsn, *at;
} Coordinate;

static Coordinate coordinate_of_run(const JournalRun *record)
{
    return (Coordinate){record->snapshot, record->wal_lsn, record->snapshot_at};
}

static Coordinate coordinate_of(const JournalRun *record, const JournalView *view)
{
    return view->snapshot == NULL ? coordinate_of_run(record)
                                  : (Coordinate){view->snapshot, view->wal_lsn, view->snapshot_at};
}

static bool same_coordinate(Coordinate a, Coordinate b)
{
    return text_equal(a.snapshot, b.snapshot) && text_equal(a.wal_lsn, b.wal_lsn) && text_equal(a.at, b.at);
}

bool resume_one_coordinate(const Resume *resume)
{
    const Run *run = resume->run;
    for (size_t i = 0; i < run->plan->view_count; i++)
        if (run->resumed[i].because == NULL &&
            !same_coordinate(coordinate_of(run->record, run->resumed[i].recorded), coordinate_of_run(run->record)))
            return false;
    return true;
}

void stage_report_coordinates(const Run *run)
{
    const JournalRun *record = run->record;
    bool *told = mem_array(NULL, bool, record->view_count);
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        Coordinate coordinate = coordinate_of(record, &record->views[i]);
        size_t count = 0;
        told[i] = told[i] || journal_view_is_kept(&record->views[i]);
        for (size_t j = i; j < run->plan->view_count && !told[i]; j++)
            if (!journal_view_is_kept(&record->views[j]) && same_coordinate(coordinate_of(record, &record->views[j]), coordinate))
            {
                told[j] = j > i;
                count++;
            }
        if (!told[i] && count < run->plan->view_count)
            report_line(run->report, "snapshots", "%zu of %zu views: snapshot %s at WAL %s of %s", count,
                        run->plan->view_count, coordinate.snapshot, coordinate.wal_lsn, coordinate.at);
    }
    talloc_free(told);
}

/* ---- deciding --------------------------------------------------------------------------------------------- */

static void check_strict(Resume *resume)
{
    if (resume->strict && resume->anew == NULL && resume->to_fill > 0)
        resume->anew = mem_printf(resume->scratch, "%zu of its %zu views would be built under a second snapshot, and "
                                  "--strict wants one", resume->to_fill, resume->run->plan->view_count);
    else if (resume->strict && resume->anew == NULL && !resume_one_coordinate(resume))
        resume->anew = "its views are of more than one snapshot, and --strict wants one";
}

Status resume_decide(Resume *resume)
{
    Run *run = resume->run;
    bool changed;
    resume->unchanged =
        run->record->state != RUN_BUILDING && text_equal(run->record->fingerprint, run->plan->fingerprint);
    begin_decision(resume);
    if (live_changed(resume, &changed) != STATUS_OK || judge_views(resume) != STATUS_OK)
        return STATUS_FAILED;
    spread_and_count(resume);
    if (!schemas_marked(run))
        resume->anew = "a schema of its new generation is gone, or marked as something else's";
    else if (changed)
        resume->anew = "the live views, their privileges, comments or indexes have changed since";
    else if (!run->preflight->room_to_resume && resume->to_fill > 0)
        resume->anew = "the server's lock table has no room for a rehearsal beside what is built "
                       "(max_locks_per_transaction)";
    check_strict(resume);
    return resume->anew == NULL ? prove_kept(resume) : STATUS_OK;
}

bool resume_is_ready(const Resume *resume)
{
    const Run *run = resume->run;
    if (!resume->unchanged)
        return false;
    if (run->record->state == RUN_VALIDATED && run->options.accept_count > 0)
        return false; /* who accepts a failure wants it judged */
    for (size_t i = 0; i < run->plan->view_count; i++)
        if (run->resumed[i].because != resume_stays_out &&
            (run->resumed[i].because != NULL || run->resumed[i].recorded->status != VIEW_COMPLETE))
            return false;
    return true;
}

void resume_count(Resume *resume)
{
    spread_and_count(resume);
    check_strict(resume);
}
