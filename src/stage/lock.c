/*
 * Advisory locks: who works on a set, and which workers of a dead run are still at it.
 * https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 *
 * The control connection holds the set's lock, every worker and the snapshot holder share the fence.  A run that has
 * just taken the set's lock ends every session that has the fence or waits for it, until it can have the fence itself
 * for a moment (fence.c).  Nothing of an earlier run executes a statement after that:
 *
 *  - A worker that had the fence by then is gone.
 *  - A worker that comes later (it was still connecting) can have the fence, but its client, if it died, has nothing
 *    more to say: taking the fence is a message of its own, and the end of the stream is all that follows.
 *  - A client that lives, and has only lost its control connection and the set's lock with it, asks that connection
 *    once all workers have the fence (lock_check), before the first of them creates anything.  Either it does not
 *    answer; or the set's lock was still held *after* the workers had the fence, and then whoever takes the set's lock
 *    later finds them holding it.
 *  - The swap's transaction takes the fence for itself (swap.c).
 *
 * So one question for each pool suffices, on the control connection, and no statement of a worker has to carry one.
 */
#include <inttypes.h>
#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "stage_internal.h"

/*
 * A closed connection's backend needs a moment to notice, and a command typed right after a ^C should not fail; that of
 * a killed run may be in the middle of a statement (client_connection_check_interval is 1 s).  The lock alone decides
 * who works: a pid that has been given to another process only makes the wait a short one.
 */
const LockPatience lock_usual_patience = {.live_ms = 2000, .gone_ms = 30000};
static const int pause_ms = 50;

static uint64_t fnv1a(uint64_t hash, const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        hash = (hash ^ (unsigned char) *c) * UINT64_C(1099511628211);
    return (hash ^ 0xFF) * UINT64_C(1099511628211); /* a separator that no UTF-8 text contains */
}

char *lock_key(const void *context, const char *word, const char *name)
{
    uint64_t hash = fnv1a(fnv1a(fnv1a(UINT64_C(14695981039346656037), "matswap"), word), name);
    int64_t key;
    memcpy(&key, &hash, sizeof key);
    return mem_printf(context, "%" PRId64, key);
}

Status lock_try(Run *run, const char *key, bool *ret_locked, Errors *errors)
{
    PgRows *rows;
    if (pg_query(run, run->control, &rows, errors, SQL_LOCK_TRY_EXCLUSIVE, 1, &key) != STATUS_OK)
        return STATUS_FAILED;
    *ret_locked = pg_boolean(rows, 0, "locked");
    talloc_free(rows);
    return STATUS_OK;
}

/* Adds ERROR_BUSY for `what`, naming the sessions that hold it. */
static Status report_busy(const Run *run, const PgRows *rows, const char *what, Errors *errors)
{
    const char *who = lock_holders_text(errors, rows, run->config->set);
    Error *error = errors_add(errors, ERROR_BUSY, "%s is held by another run: %s", what,
                              who[0] != '\0' ? who : "it went away just now");
    if (lock_holders_gone(rows) && pg_row_count(rows) > 0)
        error_remedy(error, "wait for the server to end what that process left, or use pg_terminate_backend(%s)",
                     pg_text(rows, 0, "pid"));
    else
        error_remedy(error, "wait for it to end, or look at `matswap status`");
    return STATUS_FAILED;
}

static Status lock_or_busy(Run *run, const char *key, const char *what, LockPatience patience, Errors *errors)
{
    double started_ms = stage_clock_ms();
    for (;;)
    {
        bool locked;
        PgRows *rows;
        if (lock_try(run, key, &locked, errors) != STATUS_OK)
            return STATUS_FAILED;
        if (locked)
            return STATUS_OK;
        double waited_ms = stage_clock_ms() - started_ms;
        if (waited_ms >= patience.live_ms || pg_interrupted())
        {
            if (lock_holders(run, run->control, key, &rows, errors) != STATUS_OK)
                return STATUS_FAILED;
            if (waited_ms >= patience.gone_ms || !lock_holders_gone(rows) || pg_interrupted())
                return report_busy(run, rows, what, errors);
            talloc_free(rows);
        }
        pg_sleep(pause_ms);
    }
}

Status lock_set(Run *run, LockPatience patience, Errors *errors)
{
    char *key = lock_key(run, "set", run->config->set);
    char *what = mem_printf(key, "the set %s", run->config->set);
    Status status = lock_or_busy(run, key, what, patience, errors);
    talloc_free(key);
    if (status == STATUS_OK)
        status = lock_check(run, errors);
    return status == STATUS_OK && !run->options.look_only ? lock_raise_fence(run, errors) : status;
}

Status lock_check(Run *run, Errors *errors)
{
    PgRows *rows;
    char *key = lock_key(run, "set", run->config->set);
    Status status = pg_query(key, run->control, &rows, errors, SQL_LOCK_HELD, 1, (const char *const *) &key);
    if (status == STATUS_OK && !pg_boolean(rows, 0, "held"))
    {
        Error *error = errors_add(errors, ERROR_CONNECTION, "the lock of the set %s is lost: server process %s does not "
                                  "hold it", run->config->set, pg_text(rows, 0, "pid"));
        error_remedy(error, "connect to the server itself, or through a pooler in session mode: locks and snapshots "
                            "belong to a session");
        status = STATUS_FAILED;
    }
    talloc_free(key);
    return status;
}

Status lock_schema(Run *run, const char *schema, LockPatience patience, Errors *errors)
{
    char *key = lock_key(run, "schema", schema);
    char *what = mem_printf(key, "the schema %s", schema);
    Status status = lock_or_busy(run, key, what, patience, errors);
    talloc_free(key);
    return status;
}

Status lock_schemas(Run *run, LockPatience patience, Errors *errors)
{
    for (size_t i = 0; i < run->plan->schema_count; i++)
        if (lock_schema(run, run->plan->schemas[i].incoming, patience, errors) != STATUS_OK ||
            lock_schema(run, run->plan->schemas[i].outgoing, patience, errors) != STATUS_OK)
            return STATUS_FAILED;
    return STATUS_OK;
}
