/*
 * write.c: beginning a run, and every step of it.
 *
 * A step is a changed copy of the run: run_step proves the transition against the page in journal_state.h and
 * against the row, writes everything of a run that can change, and only then gives the caller the copy.
 */
#include "journal_internal.h"

#include "journal_sql.h"
#include "journal_word.h"
#include "matswap/memory.h"
#include "matswap/text.h"

/* ---- invariants ------------------------------------------------------------------------------------------- */

static Status read_violation(Row *row, void *data, Errors *errors)
{
    int number = (int) row_integer(row);
    char *subject = row_text(row, errors);
    char *finding = row_text(row, errors);
    errors_add(errors, ERROR_INTERNAL, "invariant %d of the journal %s does not hold: %s %s", number,
               row->journal->path, subject, finding);
    talloc_free(subject);
    talloc_free(finding);
    return STATUS_OK; /* the rest of them, too */
}

Status journal_check_invariants(Journal *journal, Errors *errors)
{
    size_t before = errors->count;
    if (journal_execute(journal, JOURNAL_SQL_INVARIANTS, NO_BINDS, read_violation, NULL, errors) != STATUS_OK)
        return STATUS_FAILED;
    return errors_since(errors, before);
}

/* Inside the step's transaction, so that a step that breaks one does not become durable. */
static Status check_step(Journal *journal, Errors *errors)
{
#ifdef NDEBUG
    return STATUS_OK;
#else
    return journal_check_invariants(journal, errors);
#endif
}

/* ---- schemas, views, events ------------------------------------------------------------------------------- */

Status journal_schema_put(Journal *journal, const JournalRun *run, size_t index, Errors *errors)
{
    const JournalSchema *schema = &run->schemas[index];
    Binds binds = BINDS(bind_integer(":run_id", run->id), bind_integer(":position", (int64_t) index),
                        bind_text(":live", schema->live), bind_text(":incoming", schema->incoming),
                        bind_text(":outgoing", schema->outgoing), bind_integer(":made_incoming", schema->made_incoming),
                        bind_integer(":made_outgoing", schema->made_outgoing),
                        bind_text(":previous_incoming_comment", schema->incoming_before.comment),
                        bind_text(":previous_incoming_acl", schema->incoming_before.acl),
                        bind_text(":previous_outgoing_comment", schema->outgoing_before.comment),
                        bind_text(":previous_outgoing_acl", schema->outgoing_before.acl));
    return journal_execute(journal, JOURNAL_SQL_NAMESPACE_PUT, binds, NULL, NULL, errors);
}

static Status put_view(Journal *journal, const JournalRun *run, size_t index, Errors *errors)
{
    const JournalView *view = &run->views[index];
    Binds binds = BINDS(bind_integer(":run_id", run->id), bind_integer(":position", view->position),
                        bind_text(":schema", view->name.schema), bind_text(":name", view->name.name),
                        bind_text(":kind", journal_kind_word(view->kind)), bind_integer(":level", view->level),
                        bind_text(":status", view_status_word(view->status)), bind_integer(":old_oid", view->old_oid),
                        bind_text(":old_kind", journal_kind_word(view->old_kind)),
                        bind_integer(":new_oid", view->new_oid), bind_text(":started_at", view->started_at),
                        bind_text(":completed_at", view->completed_at), bind_real(":duration_ms", view->duration_ms), bind_integer(":rows", view->rows),
                        bind_integer(":bytes", view->bytes), bind_text(":totals", view->totals),
                        bind_text(":measures", view->measures), bind_text(":watermark", view->watermark),
                        bind_text(":fingerprint", view->fingerprint), bind_text(":snapshot", view->snapshot),
                        bind_text(":wal_lsn", view->wal_lsn), bind_text(":snapshot_at", view->snapshot_at),
                        bind_text(":error", view->error), bind_integer(":old_bytes", view->old_bytes),
                        bind_text(":reads", view->reads), bind_text(":changes", view->changes));
    return journal_execute(journal, JOURNAL_SQL_VIEW_PUT, binds, NULL, NULL, errors);
}

typedef struct ViewWrite
{
    const JournalRun *run;
    size_t index;
} ViewWrite;

static Status write_view(Journal *journal, void *data, Errors *errors)
{
    const ViewWrite *write = data;
    return put_view(journal, write->run, write->index, errors) == STATUS_OK
               ? journal_put_tasks(journal, write->run, errors)
               : STATUS_FAILED;
}

Status journal_view_put(Journal *journal, const JournalRun *run, size_t index, Errors *errors)
{
    ViewWrite write = {run, index};
    if (!journal_has_unwritten_tasks(run))
        return put_view(journal, run, index, errors);
    Status status = journal_transaction(journal, JOURNAL_SQL_BEGIN_WRITE, write_view, &write, errors);
    if (status == STATUS_OK)
        journal_tasks_written(run);
    return status;
}

typedef struct EventWrite
{
    const JournalRun *run;
    Binds binds;
} EventWrite;

static Status write_event(Journal *journal, void *data, Errors *errors)
{
    const EventWrite *write = data;
    return journal_execute(journal, JOURNAL_SQL_EVENT_INSERT, write->binds, NULL, NULL, errors) == STATUS_OK
               ? journal_put_tasks(journal, write->run, errors)
               : STATUS_FAILED;
}

Status journal_event(Journal *journal, const JournalRun *run, const char *kind, const Name *view, const char *message,
                     Errors *errors)
{
    char *now = journal_now(journal);
    EventWrite write = {run, BINDS(bind_integer(":run_id", run->id), bind_text(":at", now), bind_text(":kind", kind),
                                   bind_text(":schema", view == NULL ? NULL : view->schema),
                                   bind_text(":name", view == NULL ? NULL : view->name),
                                   bind_text(":message", message))};
    Status status = journal_has_unwritten_tasks(run)
                        ? journal_transaction(journal, JOURNAL_SQL_BEGIN_WRITE, write_event, &write, errors)
                        : journal_execute(journal, JOURNAL_SQL_EVENT_INSERT, write.binds, NULL, NULL, errors);
    if (status == STATUS_OK)
        journal_tasks_written(run);
    talloc_free(now);
    return status;
}

/* ---- beginning -------------------------------------------------------------------------------------------- */

static Status insert_run(Journal *journal, const JournalRun *run, Errors *errors)
{
    Binds binds = BINDS(bind_text(":name", run->run), bind_text(":set", run->set),
                        bind_text(":state", run_state_word(run->state)),
                        bind_text(":outcome", run_outcome_word(run->outcome)),
                        bind_text(":started_at", run->started_at),
                        bind_text(":host", run->host), bind_integer(":pid", run->pid),
                        bind_text(":version", run->version), bind_text(":config", run->config),
                        bind_text(":system_identifier", run->system_identifier), bind_text(":database", run->database),
                        bind_text(":fingerprint", run->fingerprint), bind_text(":surroundings", run->surroundings),
                        bind_integer(":keep_old", run->keep_old),
                        bind_integer(":is_rollback", run->is_rollback), bind_integer(":partial", run->partial),
                        bind_text(":snapshot", run->snapshot),
                        bind_text(":wal_lsn", run->wal_lsn), bind_text(":snapshot_at", run->snapshot_at),
                        bind_real(":lock_ms", run->lock_ms), bind_integer(":lock_tries", run->lock_tries),
                        bind_real(":lock_wait_total_ms", run->lock_wait_total_ms),
                        bind_real(":lock_wait_longest_ms", run->lock_wait_longest_ms),
                        bind_text(":settings", run->settings), bind_text(":error", run->error));
    return journal_execute(journal, JOURNAL_SQL_RUN_INSERT, binds, NULL, NULL, errors);
}

static Status refuse_unfinished(Journal *journal, const JournalRun *run, Errors *errors)
{
    JournalRun *unfinished = NULL;
    if (journal_unfinished(errors, journal, run->set, &unfinished, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (unfinished == NULL)
        return STATUS_OK;
    Error *error = errors_add(errors, ERROR_JOURNAL, "run %s of the set %s is still %s in the journal %s",
                              unfinished->run, run->set, run_state_word(unfinished->state), journal->path);
    error_remedy(error, "end it first with `matswap resume` or `matswap rollback`");
    talloc_free(unfinished);
    return STATUS_FAILED;
}

static Status put_views(Journal *journal, const JournalRun *run, Errors *errors)
{
    Status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < run->view_count; i++)
        status = put_view(journal, run, i, errors);
    return status;
}

static Status write_views(Journal *journal, void *data, Errors *errors)
{
    return put_views(journal, data, errors);
}

Status journal_views_put(Journal *journal, const JournalRun *run, Errors *errors)
{
    JournalRun same = *run;
    return journal_transaction(journal, JOURNAL_SQL_BEGIN_WRITE, write_views, &same, errors);
}

static Status begin_run(Journal *journal, void *data, Errors *errors)
{
    JournalRun *next = data;
    if (refuse_unfinished(journal, next, errors) != STATUS_OK || insert_run(journal, next, errors) != STATUS_OK)
        return STATUS_FAILED;
    next->id = sqlite3_last_insert_rowid(journal->database);
    for (size_t i = 0; i < next->schema_count; i++)
        if (journal_schema_put(journal, next, i, errors) != STATUS_OK)
            return STATUS_FAILED;
    return put_views(journal, next, errors) == STATUS_OK ? check_step(journal, errors) : STATUS_FAILED;
}

Status journal_run_begin(Journal *journal, JournalRun *run, Errors *errors)
{
    RunState first = run->is_rollback ? RUN_VALIDATED : RUN_STARTED;
    if (run->state != first)
    {
        errors_add(errors, ERROR_INTERNAL, "run %s begins as %s, not as %s", run->run, run_state_word(run->state),
                   run_state_word(first));
        return STATUS_FAILED;
    }
    JournalRun next = *run;
    Status status = journal_transaction(journal, JOURNAL_SQL_BEGIN_WRITE, begin_run, &next, errors);
    if (status == STATUS_OK)
        run->id = next.id;
    return status;
}

/* ---- steps ------------------------------------------------------------------------------------------------ */

typedef struct Step
{
    const JournalRun *next;
    RunState from;
} Step;

static Status update_run(Journal *journal, const Step *step, Errors *errors)
{
    const JournalRun *next = step->next;
    char *now = journal_now(journal);
    Binds binds = BINDS(bind_integer(":id", next->id), bind_text(":from_state", run_state_word(step->from)),
                        bind_text(":now", now), bind_text(":state", run_state_word(next->state)),
                        bind_text(":outcome", run_outcome_word(next->outcome)),
                        bind_text(":finished_at", next->finished_at), bind_text(":host", next->host),
                        bind_integer(":pid", next->pid), bind_text(":version", next->version),
                        bind_text(":config", next->config), bind_text(":fingerprint", next->fingerprint),
                        bind_text(":surroundings", next->surroundings), bind_text(":snapshot", next->snapshot),
                        bind_text(":wal_lsn", next->wal_lsn), bind_text(":snapshot_at", next->snapshot_at),
                        bind_text(":swap_xid", next->swap_xid), bind_real(":lock_ms", next->lock_ms),
                        bind_integer(":lock_tries", next->lock_tries),
                        bind_real(":lock_wait_total_ms", next->lock_wait_total_ms),
                        bind_real(":lock_wait_longest_ms", next->lock_wait_longest_ms),
                        bind_text(":seam", next->seam), bind_text(":settings", next->settings),
                        bind_text(":error", next->error));
    Status status = journal_execute(journal, JOURNAL_SQL_RUN_UPDATE, binds, NULL, NULL, errors);
    talloc_free(now);
    return status;
}

static Status write_step(Journal *journal, void *data, Errors *errors)
{
    const Step *step = data;
    if (update_run(journal, step, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (sqlite3_changes(journal->database) == 1)
        return journal_put_tasks(journal, step->next, errors) == STATUS_OK ? check_step(journal, errors) : STATUS_FAILED;
    Error *error = errors_add(errors, ERROR_JOURNAL, "run %s is not %s any more in the journal %s", step->next->run,
                              run_state_word(step->from), journal->path);
    error_remedy(error, "another process has gone on with it: see `matswap status`");
    return STATUS_FAILED;
}

static Status check_arrow(const JournalRun *run, const JournalRun *next, Errors *errors)
{
    if (next->state != run->state && !run_state_may_follow(run->state, next->state))
    {
        errors_add(errors, ERROR_INTERNAL, "run %s cannot go from %s to %s", run->run, run_state_word(run->state),
                   run_state_word(next->state));
        return STATUS_FAILED;
    }
    return STATUS_OK;
}

/* Makes `next`, a changed copy of `run`, durable. */
static Status run_step(Journal *journal, const JournalRun *run, const JournalRun *next, Errors *errors)
{
    Step step = {.next = next, .from = run->state};
    if (check_arrow(run, next, errors) != STATUS_OK)
        return STATUS_FAILED;
    Status status = journal_transaction(journal, JOURNAL_SQL_BEGIN_WRITE, write_step, &step, errors);
    if (status == STATUS_OK)
        journal_tasks_written(next);
    return status;
}

static Status refuse_step(const JournalRun *run, const char *what, Errors *errors)
{
    errors_add(errors, ERROR_INTERNAL, "run %s (%s): %s", run->run, run_state_word(run->state), what);
    return STATUS_FAILED;
}

Status journal_run_advance(Journal *journal, JournalRun *run, RunState state, Errors *errors)
{
    if (state == run->state || state == RUN_SWAPPING || run_state_is_end(state) ||
        (run->state == RUN_SWAPPING && state == RUN_VALIDATED))
        return refuse_step(run, mem_printf(errors, "%s is not a state to advance to", run_state_word(state)), errors);
    JournalRun next = *run;
    next.state = state;
    Status status = run_step(journal, run, &next, errors);
    if (status == STATUS_OK)
        run->state = state;
    return status;
}

Status journal_run_finish(Journal *journal, JournalRun *run, RunState end, RunOutcome outcome, const char *error,
                          Errors *errors)
{
    JournalRun next = *run;
    next.outcome = outcome == OUTCOME_NONE ? run->outcome : outcome;
    if (run_state_is_end(run->state) || !run_state_is_end(end) || next.outcome == OUTCOME_NONE ||
        (end == RUN_DONE) != (next.outcome == OUTCOME_SWAPPED))
        return refuse_step(run, mem_printf(errors, "cannot finish as %s with the outcome '%s'", run_state_word(end),
                                           run_outcome_word(next.outcome)), errors);
    next.state = end;
    next.finished_at = journal_now(run);
    if (error != NULL)
        next.error = mem_strdup(run, error);
    Status status = run_step(journal, run, &next, errors);
    if (status == STATUS_OK)
        *run = next;
    return status;
}

Status journal_run_outcome(Journal *journal, JournalRun *run, RunOutcome outcome, const char *error, Errors *errors)
{
    if (run_state_is_end(run->state))
        return refuse_step(run, "it is at an end, its outcome stands", errors);
    JournalRun next = *run;
    next.outcome = outcome;
    if (error != NULL)
        next.error = mem_strdup(run, error);
    Status status = run_step(journal, run, &next, errors);
    if (status == STATUS_OK)
        *run = next;
    return status;
}

static Status write_replanned(Journal *journal, void *data, Errors *errors)
{
    const Step *step = data;
    Binds run_id = BINDS(bind_integer(":run_id", step->next->id));
    if (journal_execute(journal, JOURNAL_SQL_VIEW_DELETE, run_id, NULL, NULL, errors) != STATUS_OK ||
        put_views(journal, step->next, errors) != STATUS_OK ||
        journal_verdicts_delete(journal, step->next, errors) != STATUS_OK)
        return STATUS_FAILED;
    return write_step(journal, data, errors);
}

Status journal_run_replan(Journal *journal, JournalRun *run, const JournalRun *next, Errors *errors)
{
    if (next->state != RUN_BUILDING)
        return refuse_step(run, "only a run that builds takes another list of views", errors);
    Step step = {.next = next, .from = run->state};
    if (check_arrow(run, next, errors) != STATUS_OK ||
        journal_transaction(journal, JOURNAL_SQL_BEGIN_WRITE, write_replanned, &step, errors) != STATUS_OK)
        return STATUS_FAILED;
    journal_tasks_written(next);
    *run = *next;
    return STATUS_OK;
}

Status journal_run_taken_over(Journal *journal, const JournalRun *run, Errors *errors)
{
    return run_step(journal, run, run, errors);
}

Status journal_run_snapshot(Journal *journal, const JournalRun *run, Errors *errors)
{
    return run_step(journal, run, run, errors);
}

Status journal_run_locks(Journal *journal, const JournalRun *run, Errors *errors)
{
    return run_step(journal, run, run, errors);
}

Status journal_run_seam(Journal *journal, const JournalRun *run, Errors *errors)
{
    return run_step(journal, run, run, errors);
}

Status journal_run_swapping(Journal *journal, JournalRun *run, const char *swap_xid, Errors *errors)
{
    JournalRun next = *run;
    next.state = RUN_SWAPPING;
    next.swap_xid = mem_strdup(run, swap_xid);
    Status status = run_step(journal, run, &next, errors);
    if (status == STATUS_OK)
        *run = next;
    return status;
}

Status journal_run_swap_aborted(Journal *journal, JournalRun *run, Errors *errors)
{
    if (run->state != RUN_SWAPPING)
        return refuse_step(run, "no try of the swap is under way", errors);
    JournalRun next = *run;
    next.state = RUN_VALIDATED;
    next.swap_xid = NULL;
    Status status = run_step(journal, run, &next, errors);
    if (status == STATUS_OK)
        *run = next;
    return status;
}
