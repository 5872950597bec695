/*
 * Step 4: the cutover, one transaction.
 *
 *     1. BEGIN, the set's lock is still ours and no worker at work, and the transaction's xid8 goes to the journal
 *                                                                     (durable before any lock is asked for)
 *        and, before the first try, the rows of the audit table, for which there may be a wait
 *     2. every live view and every view to be rebound is locked       (swap_locks.c), and in the same round trip,
 *        under the locks: nothing has changed since it was read
 *     3. moves out, moves in, rebinds, the generation row, NOTIFY     (one round trip, pipeline mode);
 *        the journal that knows of it is still the file at its path
 *     4. COMMIT
 *
 * Holding AccessExclusiveLock on *all* old views at once proves that no open transaction has read any of them:
 * no reader sees two generations.  A try that cannot have all locks in its time gives back those it has; another is made
 * where the way looks open (swap_contention.c), by the same transaction for as long as it is young: then by the next, so
 * that nobody's vacuum waits for it, and a lost journal or set is noticed.
 *
 * Nothing is computed while locks are held: all statements are made before.  COMMIT is not sent with the moves, since
 * the journal's file is looked at between them.
 *
 * A crash before 4 leaves a transaction that the server rolls back; a crash in 4 is settled by the xid (settle.c).
 */
#include "array.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "records.h"
#include "swap_internal.h"

/* The oldest that the transaction may get while it waits. */
static const double oldest_transaction_ms = 1000;
/* Between two looks at a way that is blocked. */
static const double longest_pause_ms = 100;

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

/* 1 */
static Status begin(Swap *swap, Errors *errors)
{
    Run *run = swap->run;
    PgRows *rows;
    char *deadlock = PG_SQL(swap, SQL_SWAP_DEADLOCK_TIMEOUT, {"milliseconds", "20ms"});
    if (pg_run(run->control, errors, SQL_TRANSACTION_BEGIN) != STATUS_OK ||
        (swap->limits.superuser && pg_run(run->control, errors, deadlock) != STATUS_OK) ||
        lock_close_fence(run, errors) != STATUS_OK ||
        pg_query(swap, run->control, &rows, errors, SQL_SWAP_TRANSACTION_ID, 0, NULL) != STATUS_OK)
        return STATUS_FAILED;
    swap->begun_ms = stage_clock_ms();
    swap->audited = false;
    return journal_run_swapping(run->journal, run->record, pg_text(rows, 0, "xid"), errors);
}

static void roll_back(Swap *swap)
{
    swap->begun_ms = 0;
    pg_rollback(swap->run->control);
}

/* What the try that ends now has cost those who read. */
static void count_cost(Swap *swap)
{
    JournalRun *record = swap->run->record;
    swap->tried_ms = stage_clock_ms();
    double cost_ms = swap->tried_ms - swap->locking_ms;
    record->lock_wait_total_ms += cost_ms;
    if (cost_ms > record->lock_wait_longest_ms)
        record->lock_wait_longest_ms = cost_ms;
}

/* 2 and 3.  When it fails, no lock is held. */
static Status try_once(Swap *swap, Errors *errors)
{
    Run *run = swap->run;
    const char *fingerprint = NULL;
    run->record->lock_tries++;
    lock_order_begin(&swap->order, swap->contention.traffic);
    Status status = swap_try_locks(swap, &fingerprint, errors);
    bool locked = status == STATUS_OK;
    if (locked)
        status = swap_check_fingerprint(swap, fingerprint, errors);
    if (status == STATUS_OK)
        status = pg_pipeline(run->control, errors, swap->statements, swap->statement_count, swap->origins);
    if (status == STATUS_OK)
        status = journal_check_file(run->journal, errors);
    if (status == STATUS_OK)
        return STATUS_OK;
    if (locked || errors->items[errors->count - 1]->kind != ERROR_LOCKED)
        roll_back(swap);
    count_cost(swap);
    return STATUS_FAILED;
}

/* 4: from here on the outcome is the server's; a signal must not come between */
static Status commit(Swap *swap, Errors *errors)
{
    Run *run = swap->run;
    pg_signals_hold();
    swap_lose_observer(swap); /* were we to stop here for ever, it would look like a run at work */
    Status status = pg_run(run->control, errors, SQL_TRANSACTION_COMMIT);
    count_cost(swap);
    run->record->lock_ms = swap->tried_ms - swap->locking_ms;
    pg_signals_release();
    return status;
}

/* xorshift64, https://www.jstatsoft.org/article/view/v008i14 */
static double jitter(Swap *swap)
{
    swap->random ^= swap->random << 13;
    swap->random ^= swap->random >> 7;
    swap->random ^= swap->random << 17;
    return (double) (swap->random % 1000) / 1000;
}

/*
 * Readers that queued behind us run now.  After a try the pause is longer than the try was, so that they are
 * held up for a part of the time only; jitter, so that we do not stay in step with a periodic one.
 */
static void pause_between(Swap *swap, Way way, bool tried)
{
    double pause_ms = tried ? 2 * swap->patience_ms + 10 : 10;
    double blocked_ms = way == WAY_BLOCKED ? (stage_clock_ms() - swap->contention.since_ms) / 10 : 0;
    pause_ms += blocked_ms > longest_pause_ms ? longest_pause_ms : blocked_ms;
    pg_sleep((int) (pause_ms * (0.5 + jitter(swap))));
}

/* Ends the tries with an error that says who is in the way; `last` is what the last turn ended with. */
static Status give_up(Swap *swap, size_t last, Errors *errors)
{
    int64_t tries = swap->run->record->lock_tries;
    const char *remedy = mem_strdup(swap, errors->items[last]->remedy); /* of the fence: it is nobody's view */
    errors_truncate(errors, last);
    Error *error = errors_add(errors, ERROR_LOCKED, "the locks of the swap could not be had within swap_timeout, in "
                              "%lld %s", (long long) tries, tries == 1 ? "try" : "tries");
    if (remedy != NULL)
        error_remedy(error, "%s", remedy);
    else
        contention_name(swap, error);
    roll_back(swap);
    return STATUS_FAILED;
}

/* A transaction that is young enough, and what may be done in it. */
static Status approach(Swap *swap, Way *ret_way, Errors *errors)
{
    Look *look;
    if (swap->begun_ms > 0 && stage_clock_ms() - swap->begun_ms > oldest_transaction_ms)
        roll_back(swap);
    if (swap->begun_ms == 0 && begin(swap, errors) != STATUS_OK)
    {
        roll_back(swap);
        return STATUS_FAILED;
    }
    if (contention_look(swap, contention_connection(swap), swap, &look, errors) != STATUS_OK)
        return STATUS_FAILED;
    Status status = contention_judge(swap, look, ret_way, errors);
    talloc_free(look);
    return status;
}

/* Once in a transaction that comes to a try: what waits for the way to open writes nothing. */
static Status audit(Swap *swap, Errors *errors)
{
    Run *run = swap->run;
    if (swap->audit_sql == NULL || swap->audited)
        return STATUS_OK;
    char *table = name_qualified(swap, run->config->audit_table);
    char *timeout = PG_SQL(swap, SQL_TRANSACTION_LOCK_TIMEOUT, {"milliseconds", audit_lock_timeout});
    size_t before = errors->count;
    Status status = pg_run(run->control, errors, timeout);
    if (status == STATUS_OK)
        status = pg_run_from(run->control, errors, swap->audit_sql, (PgOrigin){.object = table});
    swap->audited = status == STATUS_OK;
    if (status == STATUS_OK)
        return STATUS_OK;
    if (errors->items[before]->kind == ERROR_LOCKED)
        error_remedy(errors->items[before], "somebody has a lock on %s, the audit_table: pg_locks says who", table);
    roll_back(swap);
    return STATUS_FAILED;
}

/* One turn: looks, and tries if that is worth it.  ERROR_LOCKED: another may succeed. */
static Status take_turn(Swap *swap, Way *ret_way, bool *ret_tried, Errors *errors)
{
    if (approach(swap, ret_way, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (*ret_way == WAY_OPEN && audit(swap, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_tried = *ret_way == WAY_OPEN;
    if (*ret_tried)
        return try_once(swap, errors);
    errors_add(errors, ERROR_LOCKED, "somebody is in the way of the swap's locks");
    return STATUS_FAILED;
}

static Status try_until_moved(Swap *swap, Errors *errors)
{
    for (;;)
    {
        size_t before = errors->count;
        Way way = WAY_OPEN;
        bool tried = false;
        if (take_turn(swap, &way, &tried, errors) == STATUS_OK)
            return STATUS_OK;
        bool over = swap->contention.failed || errors->items[before]->kind != ERROR_LOCKED;
        if (!over && stage_clock_ms() >= swap->until_ms)
            return give_up(swap, before, errors);
        if (!over)
        {
            errors_truncate(errors, before);
            if (way != WAY_BLOCKED)
                swap->patience_ms = lock_patience_next(swap->patience_ms, tried ? swap->run->record->lock_tries : 0,
                                                       swap->limits.longest_ms);
            pause_between(swap, way, tried);
        }
        if (!over && pg_interrupted())
            errors_add(errors, ERROR_CANCELLED, "interrupted while waiting for the swap's locks");
        if (errors->count > before)
        {
            roll_back(swap);
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
    if (swap_prepare(swap, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (try_until_moved(swap, errors) != STATUS_OK)
    {
        if (run->record->state == RUN_SWAPPING && !pg_broken(run->control))
            return swap_aborted(run, errors);
        return STATUS_FAILED;
    }
    size_t before = errors->count;
    if (commit(swap, errors) != STATUS_OK)
        return after_failed_commit(swap, before, errors);
    run_miss_journal(run);
    account_phase(run, PHASE_SWAP, swap->started_ms);
    if (journal_run_locks(run->journal, run->record, errors) == STATUS_OK &&
        journal_run_advance(run->journal, run->record, RUN_SWAPPED, errors) == STATUS_OK)
        return STATUS_OK;
    /* not a failure: the new generation serves, and the journal will find out when it can be written again */
    Error *error = errors_add(errors, ERROR_IN_DOUBT, "the swap of run %s was committed, but the journal %s does not "
                              "know it yet", run->record->run, journal_path(run->journal));
    error_remedy(error, "make the journal writable again, then run `matswap resume`");
    return STATUS_FAILED;
}

/* What getting the locks has cost, where that was more than one try. */
static void report_tries(const Swap *swap)
{
    const JournalRun *record = swap->run->record;
    void *scratch = mem_context(NULL);
    if (record->lock_tries > 1)
        report_line(swap->run->report, "locked", "at try %lld, after %s; the tries held or waited for locks for %s in all, "
                    "%s at most", (long long) record->lock_tries,
                    report_duration(scratch, swap->locking_ms - swap->started_ms),
                    report_duration(scratch, record->lock_wait_total_ms),
                    report_duration(scratch, record->lock_wait_longest_ms));
    talloc_free(scratch);
}

Status swap_execute(Run *run, const SwapPlan *plan, Errors *errors)
{
    Swap *swap = mem_new(run, Swap);
    swap->run = run;
    swap->plan = plan;
    swap->started_ms = stage_clock_ms();
    account_begin(run, PHASE_SWAP);
    swap->until_ms = swap->started_ms + (double) run->config->swap_timeout_ms;
    run->record->lock_tries = 0;
    run->record->lock_wait_total_ms = 0;
    run->record->lock_wait_longest_ms = 0;
    Status status = execute(swap, errors);
    swap_unprepare(swap);
    if (status == STATUS_OK)
        report_tries(swap);
    talloc_free(swap);
    return status;
}

char *swap_cost_text(const void *context, const JournalRun *record)
{
    return mem_printf(context, "locks held %.1f ms, %lld %s", record->lock_ms, (long long) record->lock_tries,
                      record->lock_tries == 1 ? "try" : "tries");
}

Status stage_swap(Run *run, Errors *errors)
{
    SwapPlan *plan;
    if (retire_kept(run, errors) != STATUS_OK || schema_make_outgoing(run, errors) != STATUS_OK ||
        seam_measure(run, errors) != STATUS_OK || swap_plan(run, run, &plan, errors) != STATUS_OK)
        return STATUS_FAILED;
    Status status = swap_execute(run, plan, errors);
    if (status == STATUS_OK)
    {
        if (plan->live_count == 0)
            report_line(run->report, "swapped", "%zu views published; there was no live generation before",
                        plan->new_count);
        else
            report_line(run->report, "swapped", "%zu views in one transaction, %s", plan->new_count,
                        swap_cost_text(run, run->record));
    }
    talloc_free(plan);
    return status;
}

Status stage_swap_text(Run *run, char **ret_text, Errors *errors)
{
    SwapPlan *plan;
    if (seam_measure(run, errors) != STATUS_OK || swap_plan(run, run, &plan, errors) != STATUS_OK)
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
