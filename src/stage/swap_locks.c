/*
 * One try to have all the swap's locks at once.
 *
 * All of them are asked for in one round trip, those in contention each under a savepoint of its own, the rest under one
 * savepoint.  A lock that cannot be had at once is waited for: meanwhile new readers queue behind us, so that
 * it will be had when those who have it now are done.  Only one thing does not end by itself: a reader that has what we
 * wait for, and waits for what we have.  The observer sees it in pg_locks, and cancels our wait; we go back to the
 * savepoint before what that reader wants (which gives it that lock at once, and those after it), and ask for the rest in
 * another order: what it has first.  So readers give way to each other, and no deadlock lasts for longer than a look
 * takes.
 *
 * The whole try ends after its patience, far below deadlock_timeout: no reader waits for us for so long that it looks for
 * deadlocks, and kills itself (CheckDeadLock in src/backend/storage/lmgr/proc.c).
 *
 * A failed statement aborts only the subtransaction it is in.  What was locked before stays locked: the server releases
 * locks when ROLLBACK TO SAVEPOINT ends the subtransaction that took them
 * (https://www.postgresql.org/docs/current/explicit-locking.html).  The statement that locks writes nothing, so the
 * subtransactions have no number and leave no trace.
 */
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "swap_internal.h"

static const int look_interval_ms = 2;
/* A try that is over sooner than a look or two have been made is left to lock_timeout. */
static const double worth_watching_ms = 5;

static const size_t no_place = SIZE_MAX;

/* The text of a round trip, and which lock each of its statements takes. */
typedef struct Message
{
    Text *sql;
    size_t *places; /* no_place: none */
    size_t count;
} Message;

static void message_add(Message *message, const char *sql, size_t place)
{
    text_addf(message->sql, "%s;\n", sql);
    MEM_PUSH(message->sql, message->places, message->count, place);
}

static char *savepoint_name(const void *context, size_t place)
{
    return mem_printf(context, "matswap_%zu", place);
}

static void add_timeouts(Message *message, const Swap *swap, double left_ms)
{
    int milliseconds = left_ms < 1 ? 1 : (int) left_ms;
    char *timeout = mem_printf(message->sql, "%dms", milliseconds);
    message_add(message, PG_SQL(message->sql, SQL_TRANSACTION_LOCK_TIMEOUT, {"milliseconds", timeout}), no_place);
}

/* From place `held` on; `again`: the savepoint of that place is there, and everything since it is given back. */
static Message *message_new(Swap *swap, size_t held, bool again, double left_ms)
{
    Message *message = mem_new(swap, Message);
    message->sql = text_new(message);
    if (again)
    {
        char *name = savepoint_name(message->sql, held);
        message_add(message, PG_SQL(message->sql, SQL_SWAP_GIVE_BACK, {"name", name}), no_place);
        message_add(message, PG_SQL(message->sql, SQL_SWAP_RELEASE, {"name", name}), no_place);
    }
    add_timeouts(message, swap, left_ms);
    for (size_t place = held; place < swap->order.count; place++)
    {
        size_t lock = swap->order.locks[place];
        if (place == 0 || swap->order.marked[lock])
            message_add(message, PG_SQL(message->sql, SQL_SWAP_SAVEPOINT,
                                        {"name", savepoint_name(message->sql, place)}), no_place);
        message_add(message, swap->lock_sql[lock], place);
    }
    message_add(message, swap->verify_sql, no_place);
    /* the moves are the transaction's own work, not a subtransaction's */
    if (swap->order.count > 0)
        message_add(message, PG_SQL(message->sql, SQL_SWAP_RELEASE, {"name", savepoint_name(message->sql, 0)}), no_place);
    return message;
}

/* Is the wait that the look shows in vain: is the try over, or does whoever has that lock wait for one that we have? */
static bool is_vain(const Swap *swap, const Look *look)
{
    int own = pg_backend_pid(swap->run->control);
    bool over = stage_clock_ms() - swap->locking_ms >= swap->patience_ms;
    for (size_t i = 0; i < look->lock_count; i++)
        if (!look->locks[i].granted && look->sessions[look->locks[i].session].pid == own)
        {
            size_t place = swap->order.places[look->locks[i].lock];
            return over || look_keep(look, &swap->order, place, look->locks[i].lock) < place;
        }
    return false;
}

/* Called while the control connection waits. */
static void watch(void *closure)
{
    Swap *swap = closure;
    void *scratch = mem_context(swap);
    Errors *ignored = errors_new(scratch); /* lock_timeout ends the wait as well, only later */
    Look *look;
    PgRows *rows;
    pg_signals_hold(); /* a signal is for the statement that waits */
    if (contention_look(swap, swap->observer, scratch, &look, ignored) == STATUS_OK && is_vain(swap, look))
    {
        const char *pid = mem_printf(scratch, "%d", pg_backend_pid(swap->run->control));
        swap->cancelled |= pg_query(scratch, swap->observer, &rows, ignored, SQL_SWAP_CANCEL, 1, &pid) == STATUS_OK;
    }
    pg_signals_release();
    talloc_free(scratch);
}

/* One round trip; *ret_place is the place of the lock that could not be had. */
static Status ask(Swap *swap, size_t held, bool again, const char **ret_fingerprint, size_t *ret_place, Errors *errors)
{
    PgConnection *control = swap->run->control;
    double left_ms = swap->locking_ms + swap->patience_ms - stage_clock_ms();
    Message *message = message_new(swap, held, again, left_ms);
    PgWatch watching = {.interval_ms = look_interval_ms, .look = watch, .closure = swap};
    PgRows *rows = NULL;
    swap->cancelled = false;
    Status status = pg_run_watched(message, control, &rows, errors, message->sql->data, (PgOrigin){0},
                                   swap->observer == NULL || left_ms < worth_watching_ms ? NULL : &watching);
    if (status == STATUS_OK && rows != NULL)
        *ret_fingerprint = mem_strdup(swap, pg_text(rows, 0, "fingerprint"));
    else if (status != STATUS_OK)
        *ret_place = pg_completed(control) < message->count ? message->places[pg_completed(control)] : no_place;
    talloc_free(message);
    return status;
}

/* Is the error that of a lock that could not be had, or of a wait that the observer has ended? */
static bool is_locked(const Swap *swap, Error *error)
{
    if (swap->cancelled && text_equal(error->sqlstate, "57014"))
    {
        error->kind = ERROR_LOCKED;
        error->remedy = NULL;
    }
    return error->kind == ERROR_LOCKED;
}

/* Decides what to keep, and moves what could not be had behind that. */
static Status step_back(Swap *swap, size_t place, size_t *ret_held, Errors *errors)
{
    Look *look;
    LockOrder *order = &swap->order;
    pg_signals_hold(); /* whoever waits for the locks next finds it */
    Status status = contention_look(swap, swap->observer, swap, &look, errors);
    pg_signals_release();
    if (status != STATUS_OK)
        return STATUS_FAILED;
    size_t held = lock_order_mark_before(order, place); /* all that the failed statement's subtransaction took is gone */
    size_t keep = lock_order_mark_before(order, look_keep(look, order, held, order->count));
    lock_order_advance(order, order->locks[place], keep);
    *ret_held = keep;
    talloc_free(look);
    return STATUS_OK;
}

/* The transaction stays open, for the next try. */
static void give_all_back(Swap *swap)
{
    Errors *ignored = errors_new(swap);
    char *first = savepoint_name(ignored, 0);
    char *sql = mem_printf(ignored, "%s;\n%s", PG_SQL(ignored, SQL_SWAP_GIVE_BACK, {"name", first}),
                           PG_SQL(ignored, SQL_SWAP_RELEASE, {"name", first}));
    pg_signals_hold();
    if (pg_run(swap->run->control, ignored, sql) != STATUS_OK)
    {
        pg_rollback(swap->run->control);
        swap->begun_ms = 0;
    }
    pg_signals_release();
    talloc_free(ignored);
}

/* May the try that has just failed to get a lock go on? */
static bool goes_on(const Swap *swap, size_t place)
{
    return place != no_place && swap->observer != NULL && !pg_interrupted() &&
           stage_clock_ms() < swap->locking_ms + swap->patience_ms;
}

Status swap_try_locks(Swap *swap, const char **ret_fingerprint, Errors *errors)
{
    size_t before = errors->count;
    size_t held = 0;
    size_t place = no_place;
    Errors *unseen = errors_new(swap); /* without a look, the try is over: the observer is lost */
    swap->locking_ms = stage_clock_ms();
    Status status = ask(swap, held, false, ret_fingerprint, &place, errors);
    while (status != STATUS_OK && is_locked(swap, errors->items[before]) && goes_on(swap, place) &&
           step_back(swap, place, &held, unseen) == STATUS_OK)
    {
        errors_truncate(errors, before);
        status = ask(swap, held, true, ret_fingerprint, &place, errors);
    }
    if (status != STATUS_OK && is_locked(swap, errors->items[before]))
        give_all_back(swap);
    talloc_free(unseen);
    return status;
}
