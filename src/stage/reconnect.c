/*
 * After a lost connection: the control connection and its locks once more, for as long as reconnect_timeout allows.
 */
#include "matswap/memory.h"
#include "stage_internal.h"

enum
{
    FIRST_PAUSE_MS = 100,
    LONGEST_PAUSE_MS = 2000
};

/*
 * The set's lock was free while the connection was lost.  Another command with this journal may have had it, and
 * reverted, resumed or settled our run: then nothing of it is ours to touch any more.  (One with a journal of its own
 * refuses schemas with a foreign marker; where somebody removed or replaced them, the revert finds no marker of this
 * run in them and leaves them be.)
 */
static Status check_still_ours(Run *run, Errors *errors)
{
    JournalRun *now;
    JournalRun *record = run->record;
    if (record == NULL)
        return STATUS_OK;
    if (journal_run_again(record, run->journal, record, &now, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (now != NULL && now->state == record->state)
    {
        talloc_free(now);
        return STATUS_OK;
    }
    if (now == NULL)
    {
        errors_add(errors, ERROR_JOURNAL, "run %s is not in the journal %s any more", record->run,
                   journal_path(run->journal));
        return STATUS_FAILED;
    }
    *record = *now; /* its strings stay with `now`, a child of the record */
    Error *error = errors_add(errors, ERROR_CHANGED,
                              "while the connection was lost, another command has dealt with run %s: it is %s%s%s now",
                              record->run, run_state_word(record->state), record->outcome == OUTCOME_NONE ? "" : ", ",
                              run_outcome_word(record->outcome));
    if (run_state_is_end(record->state))
        error_remedy(error, "nothing of it is left to be done; `matswap status` shows what serves");
    else
        error_remedy(error, "`matswap resume` goes on from there, `matswap rollback` undoes it");
    return STATUS_FAILED;
}

static Status attempt_once(Run *run, int64_t left_ms, Errors *errors)
{
    PgOptions options = {
        .config = run->config, .timeout_ms = left_ms, .lock_timeout_ms = run->config->swap_timeout_ms};
    double until_ms = stage_clock_ms() + (double) left_ms;
    if (pg_connect(run, options, lock_control_label(run, run->config->set), &run->control, errors) != STATUS_OK)
        return STATUS_FAILED;
    /* our own backend may need a moment to notice that we are gone from there */
    double patience_ms = until_ms - stage_clock_ms();
    LockPatience patience = {patience_ms, patience_ms};
    if (lock_set(run, patience, errors) != STATUS_OK)
        return STATUS_FAILED;
    return run->plan == NULL ? STATUS_OK : lock_schemas(run, patience, errors);
}

static Status reconnect(Run *run, Errors *errors)
{
    double until_ms = stage_clock_ms() + (double) run->config->reconnect_timeout_ms;
    int pause_ms = FIRST_PAUSE_MS;
    for (;;)
    {
        Errors *attempt = errors_new(run);
        double left_ms = until_ms - stage_clock_ms();
        TALLOC_FREE(run->control);
        Status status = attempt_once(run, left_ms > 1 ? (int64_t) left_ms : 1, attempt);
        bool connected = status == STATUS_OK;
        if (connected)
            status = check_still_ours(run, attempt);
        bool last = connected || stage_clock_ms() >= until_ms || errors_have(attempt, ERROR_CANCELLED);
        if (last)
            errors_move(errors, attempt);
        talloc_free(attempt);
        if (last)
            return status;
        left_ms = until_ms - stage_clock_ms();
        pg_sleep(left_ms < pause_ms ? (int) left_ms : pause_ms);
        pause_ms = pause_ms < LONGEST_PAUSE_MS / 2 ? pause_ms * 2 : LONGEST_PAUSE_MS;
    }
}

/* A connection that lives but has lost the set's lock is as good as none. */
Status run_reconnect(Run *run, Errors *errors)
{
    Errors *doubts = errors_new(run);
    pg_signals_hold(); /* a signal is no sign of a lost lock */
    bool usable = run->control != NULL && pg_alive(run->control) && lock_check(run, doubts) == STATUS_OK;
    pg_signals_release();
    talloc_free(doubts);
    return usable ? STATUS_OK : reconnect(run, errors);
}
