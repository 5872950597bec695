/*
 * Who is in the way of the swap's locks: looked at in pg_locks, judged, named, and, where the configuration says so,
 * ended.
 *
 * A look costs nobody anything, a try that waits costs every reader of what it has, or waits for, as long.  So a try is
 * only made where it is likely to succeed.  What is known of somebody who has a lock is for how long his transaction has
 * been open; it is as likely to last as long again.  So nobody is waited for in vain for more than a moment, and a
 * session that sits in a transaction is waited for by looking alone: no other reader notices.
 */
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "swap_internal.h"

enum
{
    FIRST_REPORT_MS = 1000,
    REPORT_INTERVAL_MS = 5000,
    STANDBY_INTERVAL_MS = 5000, /* a try that is likely to wait, where each costs the standbys' readers, too */
    MOST_NAMED = 5,
    BRISK_MS = 5
};

static int compare_oids(const void *a, const void *b)
{
    const uint32_t *left = a;
    const uint32_t *right = b;
    return *left < *right ? -1 : *left > *right;
}

void contention_init(Swap *swap)
{
    Contention *contention = &swap->contention;
    const SwapPlan *plan = swap->plan;
    contention->traffic = mem_array(swap, Traffic, plan->lock_count);
    contention->sorted = mem_array(swap, uint32_t, plan->lock_count);
    contention->lock_of = mem_array(swap, size_t, plan->lock_count);
    for (size_t i = 0; i < plan->lock_count; i++)
        contention->sorted[i] = plan->locks[i].oid;
    contention->oids = array_of_oids(swap, contention->sorted, plan->lock_count);
    qsort(contention->sorted, plan->lock_count, sizeof *contention->sorted, compare_oids);
    for (size_t i = 0; i < plan->lock_count; i++)
    {
        const uint32_t *found = bsearch(&plan->locks[i].oid, contention->sorted, plan->lock_count,
                                        sizeof *contention->sorted, compare_oids);
        contention->lock_of[found - contention->sorted] = i;
    }
}

static size_t lock_of(const Swap *swap, uint32_t oid)
{
    const Contention *contention = &swap->contention;
    const uint32_t *found = bsearch(&oid, contention->sorted, swap->plan->lock_count, sizeof oid, compare_oids);
    return contention->lock_of[found - contention->sorted]; /* the query asked for these only */
}

/* ---- looking ---------------------------------------------------------------------------------------------- */

static size_t session_of(Look *look, const PgRows *rows, size_t row)
{
    int pid = (int) pg_integer(rows, row, "pid");
    const char *id = pg_text(rows, row, "session");
    for (size_t i = 0; i < look->session_count; i++)
        if (look->sessions[i].pid == pid && strcmp(look->sessions[i].id, id) == 0)
            return i;
    const char *autovacuum = pg_text(rows, row, "autovacuum");
    const char *age = pg_value(rows, row, "age_ms");
    LookSession session = {.id = mem_strdup(look, id),
                           .pid = pid,
                           .age_ms = age == NULL ? -1 : strtod(age, NULL),
                           .idle = pg_boolean(rows, row, "idle"),
                           .autovacuum = autovacuum[0] != '\0',
                           .wraparound = strcmp(autovacuum, "wraparound") == 0};
    MEM_PUSH(look, look->sessions, look->session_count, session);
    return look->session_count - 1;
}

PgConnection *contention_connection(Swap *swap)
{
    if (swap->observer != NULL && !pg_alive(swap->observer))
        swap_lose_observer(swap);
    return swap->observer != NULL ? swap->observer : swap->run->control;
}

static Status ask(const Swap *swap, PgConnection *connection, const void *context, PgRows **ret_rows, Errors *errors)
{
    if (connection == swap->observer)
        return pg_run_rows(context, connection, ret_rows, errors, swap->look_sql, (PgOrigin){0});
    const char *parameters[] = {swap->contention.oids, mem_printf(context, "%d", pg_backend_pid(swap->run->control))};
    return pg_query(context, connection, ret_rows, errors, SQL_SWAP_LOOK, 2, parameters);
}

Status contention_look(Swap *swap, PgConnection *connection, const void *context, Look **ret_look, Errors *errors)
{
    PgRows *rows;
    Look *look = mem_new(context, Look);
    if (ask(swap, connection, look, &rows, errors) != STATUS_OK)
    {
        talloc_free(look);
        return STATUS_FAILED;
    }
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        LookLock lock = {.session = session_of(look, rows, row),
                         .lock = lock_of(swap, pg_oid(rows, row, "relation")),
                         .granted = pg_boolean(rows, row, "granted")};
        MEM_PUSH(look, look->locks, look->lock_count, lock);
    }
    *ret_look = look;
    return STATUS_OK;
}

static bool holds(const Look *look, size_t session, const LockOrder *order, size_t held, size_t wanted)
{
    for (size_t i = 0; i < look->lock_count; i++)
    {
        const LookLock *lock = &look->locks[i];
        if (lock->session == session && lock->granted &&
            (wanted < order->count ? lock->lock == wanted : order->places[lock->lock] >= held))
            return true;
    }
    return false;
}

size_t look_keep(const Look *look, const LockOrder *order, size_t held, size_t wanted)
{
    size_t keep = held;
    for (size_t i = 0; i < look->lock_count; i++)
    {
        const LookLock *lock = &look->locks[i];
        if (!lock->granted && order->places[lock->lock] < keep && holds(look, lock->session, order, held, wanted))
            keep = order->places[lock->lock];
    }
    return keep;
}

/* ---- naming ----------------------------------------------------------------------------------------------- */

static char *holders_text(const void *context, Swap *swap, Errors *errors)
{
    PgRows *rows;
    Text *text = text_new(context);
    if (relations_holders(text, contention_connection(swap), swap->contention.oids, &rows, errors) != STATUS_OK)
        return NULL;
    for (size_t row = 0; row < pg_row_count(rows) && row < MOST_NAMED; row++)
        text_addf(text, "%s%s", row > 0 ? "; " : "", relations_holder_text(text, rows, row));
    if (pg_row_count(rows) > MOST_NAMED)
        text_addf(text, "; and %zu more", pg_row_count(rows) - MOST_NAMED);
    return text->length > 0 ? text->data : NULL;
}

void contention_name(Swap *swap, Error *error)
{
    void *scratch = mem_context(swap);
    Errors *ignored = errors_new(scratch); /* that the locks could not be had is the news */
    char *holders = holders_text(scratch, swap, ignored);
    if (holders != NULL)
        error_remedy(error, "%s; or raise swap_timeout", holders);
    else
        error_remedy(error, "no single session was in the way just now: raise lock_timeout or swap_timeout");
    talloc_free(scratch);
}

/* At most a line every few seconds. */
static Status report(Swap *swap, double now_ms, Errors *errors)
{
    Contention *contention = &swap->contention;
    if (now_ms - contention->since_ms < FIRST_REPORT_MS || now_ms - contention->reported_ms < REPORT_INTERVAL_MS)
        return STATUS_OK;
    void *scratch = mem_context(swap);
    size_t before = errors->count;
    char *holders = holders_text(scratch, swap, errors);
    if (holders != NULL)
        report_line(swap->run->report, "waiting", "for the swap's locks since %s: %s",
                    report_duration(scratch, now_ms - contention->since_ms), holders);
    contention->reported_ms = now_ms;
    talloc_free(scratch);
    return errors_since(errors, before);
}

/* ---- on_blocked ------------------------------------------------------------------------------------------- */

static Status fail_blocked(Swap *swap, Errors *errors)
{
    void *scratch = mem_context(swap);
    Errors *ignored = errors_new(scratch);
    char *holders = holders_text(scratch, swap, ignored);
    swap->contention.failed = true;
    Error *error = errors_add(errors, ERROR_LOCKED, "the swap's locks have been kept from it for longer than "
                              "blocked_patience (%s), and on_blocked = fail",
                              report_duration(scratch, (double) swap->run->config->blocked_patience_ms));
    if (holders != NULL)
        error_remedy(error, "%s", holders);
    talloc_free(scratch);
    return STATUS_FAILED;
}

static void note(Swap *swap, const char *message)
{
    Errors *noting = errors_new(swap);
    if (journal_event(swap->run->journal, swap->run->record, "blocked", NULL, message, noting) != STATUS_OK)
        report_warning(swap->run->report, "this could not be noted: %s", error_format(noting, noting->items[0]));
    talloc_free(noting);
}

/* Once: the next one would be refused as well. */
static void say_refused(Swap *swap, const Blocker *blocker, const Error *error)
{
    if (!swap->contention.refused)
        report_warning(swap->run->report, "backend %d is in the way of the swap, and this role may not end it: %s",
                       blocker->session.pid, error->server_message != NULL ? error->server_message : error->message);
    swap->contention.refused = true;
}

/* Cancels or ends a session that is still in the transaction in which it was seen. */
static void end_blocker(Swap *swap, Blocker *blocker, bool terminate, const char *why)
{
    void *scratch = mem_context(swap);
    Errors *refusal = errors_new(scratch);
    PgRows *rows;
    const char *parameters[] = {mem_printf(scratch, "%d", blocker->session.pid), blocker->session.id,
                                terminate ? "true" : "false"};
    blocker->handled = true;
    char *holders = holders_text(scratch, swap, refusal);
    errors_truncate(refusal, 0);
    if (pg_query(scratch, contention_connection(swap), &rows, refusal, SQL_SWAP_END_SESSION, 3, parameters) != STATUS_OK)
        say_refused(swap, blocker, refusal->items[0]);
    else if (pg_row_count(rows) > 0 && pg_boolean(rows, 0, "ended"))
    {
        char *message = mem_printf(scratch, "%s backend %d, %s (%s)", terminate ? "terminated" : "cancelled",
                                   blocker->session.pid, why, holders == NULL ? "it is gone" : holders);
        report_line(swap->run->report, "blocked", "%s", message);
        note(swap, message);
    }
    talloc_free(scratch);
}

/* What on_blocked says about one who has had our patience. */
static Status handle(Swap *swap, Blocker *blocker, Errors *errors)
{
    OnBlocked policy = swap->run->config->on_blocked;
    const char *why = "in the way of the swap for longer than blocked_patience";
    if (policy == ON_BLOCKED_FAIL)
        return fail_blocked(swap, errors);
    if (blocker->handled || policy == ON_BLOCKED_WAIT || blocker->session.pid == 0 || blocker->session.wraparound)
        return STATUS_OK;
    if (policy == ON_BLOCKED_CANCEL && blocker->session.idle)
    {
        blocker->handled = true;
        report_line(swap->run->report, "blocked", "backend %d is idle in its transaction: there is nothing that "
                    "on_blocked = cancel could cancel, only `terminate` ends it; the swap waits", blocker->session.pid);
        return STATUS_OK;
    }
    end_blocker(swap, blocker, policy == ON_BLOCKED_TERMINATE, why);
    return STATUS_OK;
}

/*
 * Autovacuum gives way to whoever waits for longer than deadlock_timeout (ProcSleep in src/backend/storage/lmgr/proc.c);
 * our tries are shorter, so we ask it to ourselves, as late, where we may.
 */
static void ask_autovacuum(Swap *swap, Blocker *blocker, double waited_ms)
{
    if (blocker->session.autovacuum && !blocker->session.wraparound && !blocker->handled &&
        waited_ms >= swap->limits.deadlock_timeout_ms)
        end_blocker(swap, blocker, false, "an autovacuum worker, which will come back");
}

/* ---- judging ---------------------------------------------------------------------------------------------- */

static Blocker *find_blocker(Contention *contention, const LookSession *session)
{
    for (size_t i = 0; i < contention->blocker_count; i++)
        if (contention->blockers[i].session.pid == session->pid &&
            strcmp(contention->blockers[i].session.id, session->id) == 0)
            return &contention->blockers[i];
    return NULL;
}

static bool holds_any(const Look *look, size_t session)
{
    for (size_t i = 0; i < look->lock_count; i++)
        if (look->locks[i].session == session && look->locks[i].granted)
            return true;
    return false;
}

/* Those of the look who were there before keep the time at which they were first seen. */
static void remember(Swap *swap, const Look *look, double now_ms)
{
    Contention *contention = &swap->contention;
    Blocker *blockers = mem_array(swap, Blocker, look->session_count);
    size_t count = 0;
    for (size_t i = 0; i < look->session_count; i++)
    {
        if (!holds_any(look, i))
            continue;
        const Blocker *known = find_blocker(contention, &look->sessions[i]);
        blockers[count] = (Blocker){.session = look->sessions[i],
                                    .first_seen_ms = known == NULL ? now_ms : known->first_seen_ms,
                                    .handled = known != NULL && known->handled};
        blockers[count].session.id = mem_strdup(blockers, look->sessions[i].id);
        count++;
    }
    talloc_free(contention->blockers);
    contention->blockers = blockers;
    contention->blocker_count = count;
    if (count == 0)
        contention->since_ms = 0;
    else if (contention->since_ms == 0)
        contention->since_ms = now_ms;
}

static double age_of(const Blocker *blocker, double now_ms)
{
    double seen_ms = now_ms - blocker->first_seen_ms;
    return seen_ms > blocker->session.age_ms ? seen_ms : blocker->session.age_ms;
}

static void note_traffic(Swap *swap, const Look *look, double now_ms)
{
    Contention *contention = &swap->contention;
    for (size_t i = 0; i < swap->order.count; i++)
        contention->traffic[i] = TRAFFIC_NONE;
    for (size_t i = 0; i < look->lock_count; i++)
    {
        Traffic *traffic = &contention->traffic[look->locks[i].lock];
        const Blocker *blocker = find_blocker(contention, &look->sessions[look->locks[i].session]);
        if (look->locks[i].granted && *traffic != TRAFFIC_SLOW)
            *traffic = age_of(blocker, now_ms) > BRISK_MS ? TRAFFIC_SLOW : TRAFFIC_BRISK;
    }
}

static Way way_past(const Swap *swap, const Blocker *blocker, double now_ms)
{
    double age_ms = age_of(blocker, now_ms);
    if (blocker->session.pid == 0 || blocker->session.autovacuum || age_ms > swap->limits.longest_ms)
        return WAY_BLOCKED;
    return age_ms > swap->patience_ms ? WAY_SLOW : WAY_OPEN;
}

Status contention_judge(Swap *swap, const Look *look, Way *ret_way, Errors *errors)
{
    Contention *contention = &swap->contention;
    double now_ms = stage_clock_ms();
    Way way = WAY_OPEN;
    remember(swap, look, now_ms);
    note_traffic(swap, look, now_ms);
    for (size_t i = 0; i < contention->blocker_count; i++)
    {
        Blocker *blocker = &contention->blockers[i];
        double waited_ms = now_ms - blocker->first_seen_ms;
        Way past = way_past(swap, blocker, now_ms);
        way = past > way ? past : way;
        ask_autovacuum(swap, blocker, waited_ms);
        if (waited_ms >= (double) swap->run->config->blocked_patience_ms && handle(swap, blocker, errors) != STATUS_OK)
            return STATUS_FAILED;
    }
    if (swap->limits.standbys > 0 && contention->blocker_count > 0 && now_ms - swap->tried_ms < STANDBY_INTERVAL_MS)
        way = WAY_BLOCKED;
    *ret_way = way;
    return contention->blocker_count > 0 ? report(swap, now_ms, errors) : STATUS_OK;
}
