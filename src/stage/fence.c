/*
 * The fence: what a dead run's workers still execute is ended, and gone, before anything is touched.  Why nobody slips
 * through behind it: the top of lock.c.
 */
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "stage_internal.h"

/* A terminated backend ends its statement at the next interrupt check; foreign reads may take their time. */
static const double patience_ms = 30000;
static const int pause_ms = 50;

typedef struct Fence
{
    Run *run;
    char *key;
    int64_t *ended; /* server processes that were told to go, each reported once */
    size_t ended_count;
} Fence;

char *lock_fence_sql(const void *context, const char *set)
{
    char *key = lock_key(context, "fence", set);
    return PG_SQL(context, SQL_LOCK_FENCE_SHARED, {"key", key});
}

static bool is_reported(const Fence *fence, int64_t pid)
{
    for (size_t i = 0; i < fence->ended_count; i++)
        if (fence->ended[i] == pid)
            return true;
    return false;
}

/* The server has refused to end one of them; the others of the statement may be gone. */
static Status explain_refusal(Fence *fence, Errors *errors)
{
    PgRows *rows;
    if (lock_holders(fence, fence->run->control, fence->key, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    Error *error = errors_add(errors, ERROR_SERVER,
                              "workers of a run that died still hold the fence of the set %s, and this role may not end "
                              "them: %s", fence->run->config->set, lock_holders_text(rows, rows, fence->run->config->set));
    error_remedy(error, "run as the role that began it, have somebody call pg_terminate_backend for each, or grant "
                        "pg_signal_backend to this role");
    return STATUS_FAILED;
}

/* Ends exactly the backends at the set's fence: we hold the set's lock, so no living run owns them. */
static Status end_holders(Fence *fence, Errors *errors)
{
    Run *run = fence->run;
    PgRows *rows;
    size_t before = errors->count;
    if (pg_query(fence, run->control, &rows, errors, SQL_LOCK_END_HOLDERS, 1, (const char *const *) &fence->key) !=
        STATUS_OK)
    {
        if (!text_equal(errors->items[before]->sqlstate, "42501"))
            return STATUS_FAILED;
        errors_truncate(errors, before);
        return explain_refusal(fence, errors);
    }
    for (size_t i = 0; i < pg_row_count(rows); i++)
    {
        int64_t pid = pg_integer(rows, i, "pid");
        if (is_reported(fence, pid))
            continue;
        MEM_PUSH(fence, fence->ended, fence->ended_count, pid);
        report_line(run->report, "fence", "ended server process %lld (%s, role %s), left by a run that is over",
                    (long long) pid, pg_text(rows, i, "application"), pg_text(rows, i, "role"));
    }
    talloc_free(rows);
    return STATUS_OK;
}

/* They were told to go and do not. */
static Status report_stuck(Fence *fence, Errors *errors)
{
    PgRows *rows;
    if (lock_holders(fence, fence->run->control, fence->key, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    const char *executes = pg_row_count(rows) > 0 ? pg_value(rows, 0, "executes") : NULL;
    Error *error = errors_add(errors, ERROR_BUSY, "the fence of the set %s is still held by what a run left, which was told "
                              "to end %.0f s ago: %s%s%s", fence->run->config->set, patience_ms / 1000,
                              lock_holders_text(rows, rows, fence->run->config->set), executes != NULL ? ", executing " : "",
                              executes != NULL ? executes : "");
    error_remedy(error, "it goes when its statement comes to a point where it can be ended (a foreign server may keep it): "
                        "repeat the command then");
    return STATUS_FAILED;
}

static Status raise(Fence *fence, Errors *errors)
{
    double until_ms = stage_clock_ms() + patience_ms;
    for (;;)
    {
        bool locked;
        if (lock_try(fence->run, fence->key, &locked, errors) != STATUS_OK)
            return STATUS_FAILED;
        if (locked)
            return STATUS_OK;
        if (stage_clock_ms() >= until_ms)
            return report_stuck(fence, errors);
        if (pg_interrupted())
        {
            errors_add(errors, ERROR_CANCELLED, "interrupted while what an earlier run left was ended");
            return STATUS_FAILED;
        }
        if (end_holders(fence, errors) != STATUS_OK)
            return STATUS_FAILED;
        pg_sleep(pause_ms);
    }
}

Status lock_raise_fence(Run *run, Errors *errors)
{
    Fence *fence = mem_new(run, Fence);
    PgRows *rows;
    fence->run = run;
    fence->key = lock_key(fence, "fence", run->config->set);
    Status status = raise(fence, errors);
    if (status == STATUS_OK)
        status = pg_query(fence, run->control, &rows, errors, SQL_LOCK_UNLOCK, 1, (const char *const *) &fence->key);
    talloc_free(fence);
    return status;
}

/*
 * A transaction's lock, not the session's: it is there until COMMIT whatever a trigger does to the session's, and gone
 * with it.
 */
Status lock_close_fence(Run *run, Errors *errors)
{
    PgRows *rows;
    char *key = lock_key(run, "fence", run->config->set);
    Status status = lock_check(run, errors);
    if (status == STATUS_OK)
        status = pg_query(key, run->control, &rows, errors, SQL_LOCK_FENCE_FREE, 1, (const char *const *) &key);
    if (status == STATUS_OK && !pg_boolean(rows, 0, "free"))
    {
        Error *error = errors_add(errors, ERROR_LOCKED, "a worker of the set %s still has its fence", run->config->set);
        if (lock_holders(key, run->control, key, &rows, errors) == STATUS_OK)
            error_remedy(error, "wait for it to end, or end it: %s", lock_holders_text(key, rows, run->config->set));
        status = STATUS_FAILED;
    }
    talloc_free(key);
    return status;
}
