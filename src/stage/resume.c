/*
 * resume.c: an interrupted run's generation is completed.
 *
 * What of it stays is decided in resume_decision.c.  The first snapshot is gone with the connection that held it, so the
 * other views are built under a new one, and the generation has two coordinates.
 *
 * In this order, so that a crash anywhere leaves a run that can be resumed or reverted:
 *     1. looking only: preflight, the catalog, the rehearsal
 *     2. BUILDING in the journal, whose list of views is still the one that the catalog was built from
 *     3. what does not stay is dropped
 *     4. the new list, in one transaction of the journal: what stays with the coordinate it has, the rest as planned
 *     5. the new snapshot, and its coordinate as the run's
 */
#include "isolate.h"
#include "matswap/memory.h"
#include "resume.h"

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
    else if (resume_one_coordinate(resume))
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
        else if (resumed->because != resume_not_built)
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
    run->resumed = NULL; /* it is decided: the record's views are the plan's */
    if (journal_run_taken_over(run->journal, run->record, resume->errors) != STATUS_OK ||
        isolate_groups(run, resume->errors) != STATUS_OK)
        return STATUS_FAILED;
    return isolate_drop(run, resume->errors);
}

/* Something is built anyway. */
static void try_all_again(Resume *resume)
{
    for (size_t i = 0; i < resume->run->plan->view_count; i++)
        if (resume->run->resumed[i].because == resume_stays_out)
            resume->run->resumed[i].because = resume_not_built;
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
    if (!resume_same_schemas(run))
    {
        resume->anew = "the schemas of the set, or their suffixes, are others now";
        return start_over(resume);
    }
    if (stage_prepare(run, resume->errors) != STATUS_OK || resume_decide(resume) != STATUS_OK)
        return STATUS_FAILED;
    if (resume->anew == NULL && resume_is_ready(resume))
        return dependents_check_built(run, resume->errors) == STATUS_OK ? take_over(resume) : STATUS_FAILED;
    if (resume->anew == NULL)
    {
        try_all_again(resume);
        prepare_warn(run);
        if (stage_rehearse(run, resume->errors) != STATUS_OK)
            return STATUS_FAILED;
        resume_count(resume); /* the rehearsal may have found more reasons */
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
