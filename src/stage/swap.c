/*
 * Step 4: the cutover, one transaction.
 *
 *     1. BEGIN, the set's lock is still ours and no worker at work, and the transaction's xid8 goes to the journal
 *                                                                     (durable before any lock is asked for)
 *     2. every live view and every view to be rebound is locked       (one round trip, lock_timeout per try)
 *     3. under the locks: nothing has changed since it was read
 *     4. moves out, moves in, rebinds, the generation row, NOTIFY     (one round trip, pipeline mode);
 *        the journal that knows of it is still the file at its path
 *     5. COMMIT
 *
 * Holding AccessExclusiveLock on *all* old views at once proves that no open transaction has read any of them:
 * no reader sees two generations.  A try that cannot have all locks within its lock_timeout gives back those it
 * has: tries are short first (a waiting lock makes new readers queue) and grow slowly, and stay below
 * deadlock_timeout, so that a reader is never the victim of a deadlock with us.
 *
 * A crash before 5 leaves a transaction that the server rolls back; a crash in 5 is settled by the xid (settle.c).
 */
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/name.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "stage_internal.h"

typedef struct Swap
{
    Run *run;
    const SwapPlan *plan;
    double until_ms;
    double timeout_ms; /* lock_timeout of the next try */
    double locked_at_ms;
} Swap;

Status swap_surroundings(Run *run, const uint32_t *oids, size_t count, const char **ret_fingerprint, Errors *errors)
{
    PgRows *rows;
    char *array = array_of_oids(run, oids, count);
    if (pg_query(run, run->control, &rows, errors, SQL_SWAP_SURROUNDINGS, 1, (const char *const *) &array) != STATUS_OK)
        return STATUS_FAILED;
    *ret_fingerprint = mem_strdup(run, pg_text(rows, 0, "fingerprint"));
    talloc_free(rows);
    talloc_free(array);
    return STATUS_OK;
}

/* The live relations, the views to rebind, and, for a rollback, those that readers may have found in the outgoing schema. */
static char *touched_oids(const void *context, const SwapPlan *plan)
{
    uint32_t *oids = mem_array(context, uint32_t, plan->lock_count + plan->new_count);
    for (size_t i = 0; i < plan->lock_count; i++)
        oids[i] = plan->locks[i].oid;
    for (size_t i = 0; i < plan->new_count; i++)
        oids[plan->lock_count + i] = plan->new_oids[i];
    return array_of_oids(context, oids, plan->lock_count + plan->new_count);
}

static Status warm_caches(Swap *swap, Errors *errors)
{
    PgRows *rows;
    void *scratch = mem_context(swap);
    char *oids = touched_oids(scratch, swap->plan);
    Status status =
        pg_query(scratch, swap->run->control, &rows, errors, SQL_SWAP_WARM, 1, (const char *const *) &oids);
    talloc_free(scratch);
    return status;
}

/* 1 */
static Status begin(Swap *swap, Errors *errors)
{
    Run *run = swap->run;
    PgRows *rows;
    if (pg_run(run->control, errors, SQL_TRANSACTION_BEGIN) != STATUS_OK ||
        lock_close_fence(run, errors) != STATUS_OK ||
        pg_query(swap, run->control, &rows, errors, SQL_SWAP_TRANSACTION_ID, 0, NULL) != STATUS_OK)
        return STATUS_FAILED;
    return journal_run_swapping(run->journal, run->record, pg_text(rows, 0, "xid"), errors);
}

/* 2 */
static Status take_locks(Swap *swap, Errors *errors)
{
    Text *sql = text_new(swap);
    char *timeout = mem_printf(sql, "%dms", (int) swap->timeout_ms);
    text_addf(sql, "%s;\n", PG_SQL(sql, SQL_TRANSACTION_LOCK_TIMEOUT, {"milliseconds", timeout}));
    for (size_t i = 0; i < swap->plan->lock_count; i++)
        text_addf(sql, "%s;\n", relation_lock_sql(sql, &swap->plan->locks[i]));
    Status status = pg_run(swap->run->control, errors, sql->data);
    swap->locked_at_ms = stage_clock_ms();
    talloc_free(sql);
    return status;
}

/* 3: also proves that the names still mean the OIDs, since the fingerprint holds both */
static Status verify(Swap *swap, Errors *errors)
{
    Run *run = swap->run;
    const char *now;
    bool unchanged;
    if (swap_surroundings(run, swap->plan->live_oids, swap->plan->live_count, &now, errors) != STATUS_OK ||
        dependents_unchanged(run, &unchanged, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (unchanged && (run->surroundings == NULL || strcmp(now, run->surroundings) == 0))
        return STATUS_OK;
    Error *error = errors_add(errors, ERROR_CHANGED,
                              "somebody changed the live views, their privileges, comments or indexes, or an object "
                              "that depends on them, while the new generation was built");
    error_remedy(error, "nothing was swapped; run `matswap run` again, and it takes the change along");
    return STATUS_FAILED;
}

static void append(Swap *swap, const char ***statements, PgOrigin **origins, size_t *count, const char *sql,
                   const char *object)
{
    PgOrigin origin = {.object = object};
    size_t same = *count;
    MEM_PUSH(swap, *statements, same, sql);
    MEM_PUSH(swap, *origins, *count, origin);
}

static const char *literal_or_null(const void *context, const char *value)
{
    return value == NULL ? "NULL" : name_literal(context, value);
}

/* 4 */
static Status move(Swap *swap, Errors *errors)
{
    Run *run = swap->run;
    const JournalRun *record = run->record;
    const char **statements = NULL;
    PgOrigin *origins = NULL;
    size_t count = 0;
    for (size_t i = 0; i < swap->plan->statement_count; i++)
        append(swap, &statements, &origins, &count, mem_strdup(swap, swap->plan->statements[i]),
               swap->plan->origins[i].object);
    append(swap, &statements, &origins, &count,
           PG_SQL(swap, SQL_GENERATION_INSERT, {"run", record->run}, {"set", record->set},
                  {"snapshot", literal_or_null(swap, record->snapshot)},
                  {"wal_lsn", literal_or_null(swap, record->wal_lsn)},
                  {"snapshot_at", literal_or_null(swap, record->snapshot_at)},
                  {"views", generation_views_json(swap, record)}),
           "matswap.generation");
    if (run->config->notify != NULL)
    {
        Text *payload = text_new(swap);
        text_add(payload, "{\"set\": ");
        text_add_json(payload, record->set);
        text_add(payload, ", \"run\": ");
        text_add_json(payload, record->run);
        text_add(payload, "}");
        append(swap, &statements, &origins, &count,
               PG_SQL(swap, SQL_SWAP_NOTIFY, {"channel", run->config->notify}, {"payload", payload->data}), NULL);
    }
    return pg_pipeline(run->control, errors, statements, count, origins);
}

/* 5: from here on the outcome is the server's; a signal must not come between */
static Status commit(Swap *swap, Errors *errors)
{
    Run *run = swap->run;
    pg_signals_hold();
    Status status = pg_run(run->control, errors, SQL_TRANSACTION_COMMIT);
    run->record->lock_ms = stage_clock_ms() - swap->locked_at_ms;
    pg_signals_release();
    return status;
}

static void name_blockers(Swap *swap, Error *error)
{
    void *scratch = mem_context(swap);
    char *blockers = relations_blockers(scratch, swap->run->control, touched_oids(scratch, swap->plan));
    if (blockers == NULL && error->remedy == NULL)
        error_remedy(error, "no single session was in the way just now: raise lock_timeout or swap_timeout");
    else if (blockers != NULL)
        error_remedy(error, "%s, or raise swap_timeout", blockers);
    talloc_free(scratch);
}

/*
 * After a try that could not have its locks.  The first tries stay short: many short ones cost readers less than
 * one long one; then each is a little longer, up to the configured end.
 */
static void grow_and_pause(Swap *swap)
{
    const Config *config = swap->run->config;
    report_detail(swap->run->report, "locked", "try %lld: not all locks within %.0f ms each",
                  (long long) swap->run->record->lock_tries, swap->timeout_ms);
    if (swap->run->record->lock_tries >= 10)
        swap->timeout_ms = swap->timeout_ms * 1.2 + 1;
    if (swap->timeout_ms > config->lock_timeout_to_ms)
        swap->timeout_ms = config->lock_timeout_to_ms;
    /* readers that queued behind us run now; jitter, so that we do not stay in step with a periodic one */
    pg_sleep((int) (2 * swap->timeout_ms) + 5 + (int) (random() % 20));
}

/* One try, 1 to 4; on failure the transaction is rolled back. */
static Status prepare_try(Swap *swap, Errors *errors)
{
    swap->run->record->lock_tries++;
    Status status = begin(swap, errors);
    if (status == STATUS_OK)
        status = take_locks(swap, errors);
    if (status == STATUS_OK)
        status = verify(swap, errors);
    if (status == STATUS_OK)
        status = move(swap, errors);
    if (status == STATUS_OK)
        status = journal_check_file(swap->run->journal, errors);
    if (status != STATUS_OK)
        pg_rollback(swap->run->control);
    return status;
}

static Status try_until_locked(Swap *swap, Errors *errors)
{
    for (;;)
    {
        size_t before = errors->count;
        if (prepare_try(swap, errors) == STATUS_OK)
            return STATUS_OK;
        Error *error = errors->items[before];
        if (error->kind != ERROR_LOCKED)
            return STATUS_FAILED;
        if (stage_clock_ms() >= swap->until_ms)
        {
            name_blockers(swap, error);
            return STATUS_FAILED;
        }
        errors_truncate(errors, before);
        grow_and_pause(swap);
        if (pg_interrupted())
        {
            errors_add(errors, ERROR_CANCELLED, "interrupted while waiting for the swap's locks");
            return STATUS_FAILED;
        }
    }
}

/* The transaction is rolled back with certainty; whatever the journal says to that, the swap has failed. */
static Status swap_aborted(Run *run, Errors *errors)
{
    journal_forsake(run->journal);
    Status noted = journal_run_swap_aborted(run->journal, run->record, errors);
    (void) noted;
    return STATUS_FAILED;
}

/* COMMIT failed.  If the server said so, the transaction is gone; if the connection broke, ask. */
static Status after_failed_commit(Swap *swap, size_t before, Errors *errors)
{
    Run *run = swap->run;
    if (!pg_broken(run->control))
    {
        pg_rollback(run->control);
        return swap_aborted(run, errors);
    }
    errors_truncate(errors, before);
    if (swap_settle(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (run->record->state == RUN_SWAPPED || run->record->state == RUN_DONE)
        return STATUS_OK;
    errors_add(errors, ERROR_CONNECTION, "the connection broke during the COMMIT of the swap, which did not happen");
    return STATUS_FAILED;
}

static Status execute(Swap *swap, Errors *errors)
{
    Run *run = swap->run;
    if (warm_caches(swap, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (try_until_locked(swap, errors) != STATUS_OK)
    {
        if (run->record->state == RUN_SWAPPING && !pg_broken(run->control))
            return swap_aborted(run, errors);
        return STATUS_FAILED;
    }
    size_t before = errors->count;
    if (commit(swap, errors) != STATUS_OK)
        return after_failed_commit(swap, before, errors);
    run_miss_journal(run);
    if (journal_run_locks(run->journal, run->record, errors) == STATUS_OK &&
        journal_run_advance(run->journal, run->record, RUN_SWAPPED, errors) == STATUS_OK)
        return STATUS_OK;
    /* not a failure: the new generation serves, and the journal will find out when it can be written again */
    Error *error = errors_add(errors, ERROR_IN_DOUBT, "the swap of run %s was committed, but the journal %s does not "
                              "know it yet", run->record->run, journal_path(run->journal));
    error_remedy(error, "make the journal writable again, then run `matswap resume`");
    return STATUS_FAILED;
}

Status swap_execute(Run *run, const SwapPlan *plan, Errors *errors)
{
    Swap *swap = mem_new(run, Swap);
    swap->run = run;
    swap->plan = plan;
    swap->until_ms = stage_clock_ms() + (double) run->config->swap_timeout_ms;
    swap->timeout_ms = run->config->lock_timeout_from_ms;
    run->record->lock_tries = 0;
    Status status = execute(swap, errors);
    talloc_free(swap);
    return status;
}

Status stage_swap(Run *run, Errors *errors)
{
    SwapPlan *plan;
    if (retire_kept(run, errors) != STATUS_OK || schema_make_outgoing(run, errors) != STATUS_OK ||
        swap_plan(run, run, &plan, errors) != STATUS_OK)
        return STATUS_FAILED;
    Status status = swap_execute(run, plan, errors);
    if (status == STATUS_OK)
    {
        if (plan->live_count == 0)
            report_line(run->report, "swapped", "%zu views published; there was no live generation before",
                        plan->new_count);
        else
            report_line(run->report, "swapped", "%zu views in one transaction, locks held %.1f ms, %lld %s",
                        plan->new_count, run->record->lock_ms, (long long) run->record->lock_tries,
                        run->record->lock_tries == 1 ? "try" : "tries");
    }
    talloc_free(plan);
    return status;
}

Status stage_swap_text(Run *run, char **ret_text, Errors *errors)
{
    SwapPlan *plan;
    if (swap_plan(run, run, &plan, errors) != STATUS_OK)
        return STATUS_FAILED;
    Text *text = text_new(run);
    text_addf(text, "-- %zu locks, all at once:\nBEGIN;\n", plan->lock_count);
    for (size_t i = 0; i < plan->lock_count; i++)
        text_addf(text, "%s;\n", relation_lock_sql(plan, &plan->locks[i]));
    text_add(text, "-- moves out, moves in, what depends on the set:\n");
    for (size_t i = 0; i < plan->statement_count; i++)
        text_addf(text, "%s;\n", plan->statements[i]);
    text_add(text, "COMMIT;\n");
    *ret_text = text->data;
    talloc_free(plan);
    return STATUS_OK;
}
