/*
 * resume.c: what of an interrupted run's generation stays, and what is built again.
 *
 * A view stays when it was built completely, is still there, would be built the same way now, and everything that it
 * reads stays too, as does everything that one transaction builds with it (foreign_snapshot = together).  The first
 * snapshot is gone with the connection that held it, so the others are built under a new one, and the generation has two
 * coordinates.  Nothing stays when what surrounds the live views has changed: what was carried over from them is out of
 * date.
 *
 * In this order, so that a crash anywhere leaves a run that can be resumed or reverted:
 *     1. looking only: preflight, the catalog, the rehearsal
 *     2. BUILDING in the journal, whose list of views is still the one that the catalog was built from
 *     3. what does not stay is dropped
 *     4. the new list, in one transaction of the journal: what stays with the coordinate it has, the rest as planned
 *     5. the new snapshot, and its coordinate as the run's
 */
#include <string.h>

#include "array.h"
#include "isolate.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"

typedef struct Resume
{
    Run *run;
    bool strict;
    void *scratch;
    uint32_t *oids;     /* [plan->view_count] of what was built; 0: nothing */
    bool unchanged;     /* it was built, and by the same files */
    size_t kept;        /* views that stay */
    size_t to_fill;     /* views that are built */
    const char *anew;   /* why nothing stays; NULL: something does */
    Errors *errors;
} Resume;

static const char not_built[] = "it was not built completely";
/* Only where nothing is built at all: else what has failed is tried again. */
static const char stays_out[] = "it keeps its old generation";

/* ---- looking ---------------------------------------------------------------------------------------------- */

static bool same_schemas(const Run *run)
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
        run->resumed[i] = (ResumedView){.recorded = recorded, .because = not_built};
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
        return stays_out;
    if (recorded == NULL || !view_status_is_usable(recorded->status) || journal_view_leaves(recorded))
        return not_built;
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
                mem_printf(resume->scratch, "it is built together with %s",
                           name_qualified(resume->scratch, again->name));
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
        out += run->resumed[i].because == stays_out ? 1 : 0;
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

/* ---- deciding --------------------------------------------------------------------------------------------- */

static void check_strict(Resume *resume)
{
    if (resume->strict && resume->anew == NULL && resume->to_fill > 0)
        resume->anew = mem_printf(resume->scratch, "%zu of its %zu views would be built under a second snapshot, and "
                                  "--strict wants one", resume->to_fill, resume->run->plan->view_count);
    else if (resume->strict && resume->anew == NULL && !resume_has_one_coordinate(resume->run))
        resume->anew = "its views are of more than one snapshot, and --strict wants one";
}

/* By the catalog and the journal alone. */
static Status decide(Resume *resume)
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

/* Is there nothing to do before the next stage? */
static bool is_ready(const Resume *resume)
{
    const Run *run = resume->run;
    if (!resume->unchanged)
        return false;
    if (run->record->state == RUN_VALIDATED && run->options.accept_count > 0)
        return false; /* who accepts a failure wants it judged */
    for (size_t i = 0; i < run->plan->view_count; i++)
        if (run->resumed[i].because != stays_out &&
            (run->resumed[i].because != NULL || run->resumed[i].recorded->status != VIEW_COMPLETE))
            return false;
    return true;
}

/* ---- acting ----------------------------------------------------------------------------------------------- */

static Status start_over(Resume *resume)
{
    Run *run = resume->run;
    report_line(run->report, "resume", "run %s starts over: %s", run->record->run, resume->anew);
    run->resumed = NULL;
    return stage_abandon(run, resume->errors);
}

static void say_what_stays(const Resume *resume)
{
    const Run *run = resume->run;
    const JournalRun *record = run->record;
    if (resume->to_fill == 0)
        report_line(run->report, "resume", "run %s goes on: all %zu views are reused, and validated again", record->run,
                    resume->kept);
    else if (resume_has_one_coordinate(resume->run))
        report_line(run->report, "resume", "run %s goes on: %zu of %zu views are reused (snapshot %s of %s), %zu to be "
                    "built under a new snapshot; --strict starts over", record->run, resume->kept,
                    run->plan->view_count, record->snapshot, record->snapshot_at, resume->to_fill);
    else
        report_line(run->report, "resume", "run %s goes on: %zu of %zu views are reused (of several snapshots), %zu to "
                    "be built under a new one; --strict starts over", record->run, resume->kept, run->plan->view_count,
                    resume->to_fill);
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        const ResumedView *resumed = &run->resumed[i];
        if (resumed->because == NULL)
            report_view(run->report, "reused", run->plan->views[i]->name, resumed->recorded->rows,
                        resumed->recorded->bytes, -1, NULL);
        else if (resumed->because != not_built)
            report_line(run->report, "rebuild", "%s: %s",
                        name_qualified(resume->scratch, run->plan->views[i]->name), resumed->because);
    }
}

static bool stays(const Resume *resume, const Relation *relation)
{
    for (size_t i = 0; i < resume->run->plan->view_count; i++)
        if (resume->run->resumed[i].because == NULL && resume->oids[i] == relation->oid)
            return true;
    return false;
}

static Status drop_the_rest(Resume *resume)
{
    Run *run = resume->run;
    Relation *relations;
    size_t count;
    size_t dropped = 0;
    if (relations_made(run, &relations, &count, resume->errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < count; i++)
        if (!stays(resume, &relations[i]))
            relations[dropped++] = relations[i];
    if (dropped == 0)
        return STATUS_OK;
    if (run->record->state != RUN_BUILDING &&
        journal_run_advance(run->journal, run->record, RUN_BUILDING, resume->errors) != STATUS_OK)
        return STATUS_FAILED;
    return relations_drop(run, relations, dropped, run->config->swap_timeout_ms, resume->errors);
}

/* The entry of a view that stays, which keeps its coordinate when the run is about to get another one. */
static JournalView kept_entry(const Resume *resume, size_t position)
{
    const JournalRun *record = resume->run->record;
    JournalView view = *resume->run->resumed[position].recorded;
    view.position = (int) position;
    view.level = resume->run->plan->views[position]->level;
    if (resume->to_fill > 0 && view.snapshot == NULL)
    {
        view.snapshot = record->snapshot;
        view.wal_lsn = record->wal_lsn;
        view.snapshot_at = record->snapshot_at;
    }
    return view;
}

static Status replan(Resume *resume)
{
    Run *run = resume->run;
    JournalRun next = *run->record;
    next.state = RUN_BUILDING;
    next.fingerprint = mem_strdup(run->record, run->plan->fingerprint);
    next.surroundings = run->surroundings;
    run_record_process(run, &next);
    next.view_count = run->plan->view_count;
    next.views = mem_array(run->record, JournalView, next.view_count);
    for (size_t i = 0; i < next.view_count; i++)
        next.views[i] =
            run->resumed[i].because == NULL ? kept_entry(resume, i) : run_record_view(run, run->record, i);
    former_record(run, run->record, &next.views, &next.view_count);
    return journal_run_replan(run->journal, run->record, &next, resume->errors);
}

static Status take_over(Resume *resume)
{
    Run *run = resume->run;
    report_line(run->report, "resume", "run %s goes on from %s", run->record->run, run_state_word(run->record->state));
    run_record_process(run, run->record);
    if (journal_run_taken_over(run->journal, run->record, resume->errors) != STATUS_OK ||
        isolate_groups(run, resume->errors) != STATUS_OK)
        return STATUS_FAILED;
    return isolate_drop(run, resume->errors);
}

/* Something is built anyway. */
static void try_all_again(Resume *resume)
{
    for (size_t i = 0; i < resume->run->plan->view_count; i++)
        if (resume->run->resumed[i].because == stays_out)
            resume->run->resumed[i].because = not_built;
}

static Status go_on_building(Resume *resume)
{
    Run *run = resume->run;
    say_what_stays(resume);
    if (drop_the_rest(resume) != STATUS_OK || replan(resume) != STATUS_OK)
        return STATUS_FAILED;
    if (resume->to_fill == 0)
        return STATUS_OK;
    return schema_grant_to_builders(run, resume->errors) == STATUS_OK ? snapshot_take(run, resume->errors)
                                                                       : STATUS_FAILED;
}

static Status resume_run(Resume *resume)
{
    Run *run = resume->run;
    if (former_find(run, resume->errors) != STATUS_OK)
        return STATUS_FAILED;
    if (!same_schemas(run))
    {
        resume->anew = "the schemas of the set, or their suffixes, are others now";
        return start_over(resume);
    }
    if (stage_prepare(run, resume->errors) != STATUS_OK || decide(resume) != STATUS_OK)
        return STATUS_FAILED;
    if (resume->anew == NULL && is_ready(resume))
        return dependents_check_built(run, resume->errors) == STATUS_OK ? take_over(resume) : STATUS_FAILED;
    if (resume->anew == NULL)
    {
        try_all_again(resume);
        prepare_warn(run);
        if (stage_rehearse(run, resume->errors) != STATUS_OK)
            return STATUS_FAILED;
        spread_and_count(resume); /* the rehearsal may have found more reasons */
        check_strict(resume);
    }
    return resume->anew == NULL ? go_on_building(resume) : start_over(resume);
}

Status stage_resume(Run *run, bool strict, Errors *errors)
{
    Resume resume = {.run = run, .strict = strict, .scratch = mem_context(run), .errors = errors};
    Status status = resume_run(&resume);
    run->resumed = NULL;
    talloc_free(resume.scratch);
    return status;
}
