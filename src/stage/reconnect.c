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

static Status attempt_once(Run *run, int64_t left_ms, Errors *errors)
{
    PgOptions options = {.config = run->config, .session_settings = false, .timeout_ms = left_ms};
    double until_ms = stage_clock_ms() + (double) left_ms;
    if (pg_connect(run, options, "control", &run->control, errors) != STATUS_OK)
        return STATUS_FAILED;
    /* our own backend may need a moment to notice that we are gone from there */
    double patience_ms = until_ms - stage_clock_ms();
    if (lock_set(run, patience_ms > 0 ? (int) patience_ms : 0, errors) != STATUS_OK)
        return STATUS_FAILED;
    return run->plan == NULL ? STATUS_OK : lock_schemas(run, errors);
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
        bool last = status == STATUS_OK || stage_clock_ms() >= until_ms || errors_have(attempt, ERROR_CANCELLED);
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

Status run_reconnect(Run *run, Errors *errors)
{
    return run->control != NULL && pg_alive(run->control) ? STATUS_OK : reconnect(run, errors);
}
