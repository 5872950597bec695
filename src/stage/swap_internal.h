/*
 * swap_internal.h: what the files of the swap share.
 *
 *     swap.c             the swap transaction
 *     swap_locks.c       one try to have all its locks
 *     swap_contention.c  who is in the way, and what to do about it
 *     swap_prepare.c     what is done before the first lock
 *     swap_order.c       the order of locking, and how long a try may last; pure
 *     swap_statements.c  what a swap does, as data
 */
#ifndef MATSWAP_SWAP_INTERNAL_H
#define MATSWAP_SWAP_INTERNAL_H

#include "stage_internal.h"

/* ---- order (swap_order.c) --------------------------------------------------------------------------------- */

/* Who else has a lock at the moment. */
typedef enum Traffic
{
    TRAFFIC_NONE,
    TRAFFIC_BRISK, /* somebody whose transaction is young */
    TRAFFIC_SLOW
} Traffic;

/* The locks of a SwapPlan in the order in which they are taken.  A place counts in this order, a lock in the plan's. */
typedef struct LockOrder
{
    size_t *locks;  /* [count]: the lock at each place */
    size_t *places; /* [count]: the place of each lock */
    bool *marked;   /* [count]: each lock before which there is a savepoint; the first always is one */
    size_t marks;
    int *heat; /* [count]: how lately each lock had to be waited for */
    size_t count;
} LockOrder;

void lock_order_init(const void *context, size_t count, LockOrder *ret_order);

/* For a new try; `traffic` by lock. */
void lock_order_begin(LockOrder *order, const Traffic *traffic);

/* Moves a lock forward to a place, and gives it a savepoint of its own. */
void lock_order_advance(LockOrder *order, size_t lock, size_t place);

/* The last place up to this one that has a savepoint before it. */
size_t lock_order_mark_before(const LockOrder *order, size_t place);

/* How long the next try may last, after `tries` that failed; 0: after none, because it would have been too short. */
double lock_patience_next(double patience_ms, int64_t tries, double longest_ms);

/* ---- who is in the way (swap_contention.c) ---------------------------------------------------------------- */

typedef struct LookSession
{
    const char *id; /* its virtual transaction */
    int pid;        /* 0: a prepared transaction */
    double age_ms;  /* of its transaction; -1: not for our role to see */
    bool idle;
    bool autovacuum;
    bool wraparound; /* an autovacuum worker that does not yield */
} LookSession;

typedef struct LookLock
{
    size_t session;
    size_t lock; /* of the plan */
    bool granted;
} LookLock;

/* What pg_locks showed at one moment of the plan's relations; a talloc object. */
typedef struct Look
{
    LookSession *sessions;
    size_t session_count;
    LookLock *locks;
    size_t lock_count;
} Look;

/* Somebody who has been in the way at each look since the first. */
typedef struct Blocker
{
    LookSession session;
    double first_seen_ms;
    bool handled; /* on_blocked has been applied to it */
} Blocker;

typedef struct Contention
{
    char *oids;       /* of the plan's relations, as an array literal */
    uint32_t *sorted; /* the same, sorted, for the index of each */
    size_t *lock_of;
    Blocker *blockers;
    size_t blocker_count;
    double since_ms;    /* since when the way has not been free; 0: it is */
    double reported_ms; /* the last line about it */
    bool refused;       /* we may not end somebody, and have said so */
    bool failed;        /* on_blocked = fail has ended it */
    Traffic *traffic;   /* by lock, as the last look that was judged showed it */
} Contention;

/* What bounds the tries. */
typedef struct SwapLimits
{
    double longest_ms;          /* of a try: the end of lock_timeout, or what deadlock_timeout leaves */
    bool clamped;               /* it is the latter */
    double deadlock_timeout_ms; /* the shortest that any reader is known to have */
    bool superuser;
    bool may_signal; /* other roles' sessions */
    int64_t standbys;
} SwapLimits;

typedef struct Swap
{
    Run *run;
    const SwapPlan *plan;
    SwapLimits limits;
    PgConnection *observer; /* looks while the control connection waits; NULL: there is none */
    const char *look_sql;   /* for it */
    const char **lock_sql;  /* by lock */
    const char **statements; /* moves, generation row, NOTIFY */
    PgOrigin *origins;
    size_t statement_count;
    const char *audit_sql; /* inserts the rows of the audit table; NULL: there are none */
    bool audited;          /* the open transaction has */
    const char *verify_sql; /* swap_compare.sql */
    bool prepared;          /* the control connection has its statement */
    double started_ms;
    double until_ms;
    double begun_ms; /* when the open transaction began; 0: none is open */
    LockOrder order;
    Contention contention;
    double patience_ms; /* of the next try, first lock to last */
    double tried_ms;    /* when the last try ended */
    double locking_ms;  /* when the try under way asked for its first lock */
    bool cancelled;     /* the observer has ended the wait for a lock */
    uint64_t random;
} Swap;

void contention_init(Swap *swap);

/* The observer, or, when there is none any more, the control connection: where nothing waits and no statement has failed. */
PgConnection *contention_connection(Swap *swap);

/* On one of the two. */
Status contention_look(Swap *swap, PgConnection *connection, const void *context, Look **ret_look,
                       Errors *errors) MUST_CHECK;

typedef enum Way
{
    WAY_OPEN,    /* try */
    WAY_SLOW,    /* whoever is in the way is likely to outlast a try of this length, but not a longer one */
    WAY_BLOCKED, /* nor any try */
} Way;

/*
 * Is a try worth what it costs the readers?  Also does to those in the way what on_blocked says, and tells the operator.
 * ERROR_LOCKED when on_blocked says to fail.
 */
Status contention_judge(Swap *swap, const Look *look, Way *ret_way, Errors *errors) MUST_CHECK;

/* Who is in the way now, for the error that ends the tries. */
void contention_name(Swap *swap, Error *error);

/*
 * Of `held` locks, the first in the order, how many can stay when those who have the lock `wanted` (the number of locks:
 * any that we have not), and wait for one that we have, are to get theirs; pure.
 */
size_t look_keep(const Look *look, const LockOrder *order, size_t held, size_t wanted);

/* ---- locks (swap_locks.c) --------------------------------------------------------------------------------- */

/*
 * One try, within the open transaction: all locks, and under them *ret_fingerprint, swap_surroundings.sql's value now.
 * ERROR_LOCKED when they could not be had in time; then none is held, and the transaction is still open.
 */
Status swap_try_locks(Swap *swap, const char **ret_fingerprint, Errors *errors) MUST_CHECK;

/* ---- readiness (swap_prepare.c) --------------------------------------------------------------------------- */

/* Everything that can be done before the first lock: statements, caches, the observer. */
Status swap_prepare(Swap *swap, Errors *errors) MUST_CHECK;
void swap_unprepare(Swap *swap);

/*
 * Of what swap_compare.sql says now: is it what the run has read?  It proves that the names still mean the OIDs, too, since
 * the fingerprint holds both.
 */
Status swap_check_fingerprint(const Swap *swap, const char *now, Errors *errors) MUST_CHECK;

/* Also for `check`, which has no swap. */
Status swap_limits(const void *context, Run *run, SwapLimits *ret_limits, Errors *errors) MUST_CHECK;

/* Goes on without. */
void swap_lose_observer(Swap *swap);

#endif
