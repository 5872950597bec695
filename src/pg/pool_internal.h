/*
 * pool_internal.h: a pool's worker: a connection and the task it is at.
 *
 *     IDLE ─► NAMING ─► STEP ─► OPENING ─► STEP … ─► CLOSING ─► on_done, IDLE
 *                │        │        │                    ▲
 *                └────────┴────────┴─► ROLLBACK ────────┘      a step failed, or the pool stops
 *
 * OPENING waits for a feed's statement, and CLOSING until nothing of the feed is left; a STEP that copies gives the
 * server the feed's data.  Tasks without a feed know neither.
 *
 * NAMING sets application_name to the task's label.  It is a statement of its own: put before the first step in
 * one message, it would make both one implicit transaction, in which VACUUM is refused.  ROLLBACK is skipped where
 * no transaction is open.
 */
#ifndef MATSWAP_PG_POOL_INTERNAL_H
#define MATSWAP_PG_POOL_INTERNAL_H

#include "connection_internal.h"

typedef enum WorkerPhase
{
    WORKER_IDLE,
    WORKER_NAMING,
    WORKER_OPENING,
    WORKER_STEP,
    WORKER_ROLLBACK,
    WORKER_CLOSING
} WorkerPhase;

typedef struct Worker
{
    PgConnection *connection;
    WorkerPhase phase;
    bool stopping; /* no further step */
    PgTask *task;
    PgFeed *feed; /* opened by the task, and not closed; NULL: none */
    size_t step;
    Errors *errors; /* the task's */
    double task_started;
    double step_started;

    /* what the statement under way points to */
    const char *sql;
    PgOrigin origin;
    const char *parameters[2];
} Worker;

/* Is it the feed that the worker waits for, and not, or not only, the server? */
bool worker_waits_for_feed(const Worker *worker);

/* Starts a task on an idle worker. */
void worker_start(Worker *worker, PgTask *task);

/* Goes on as far as possible without waiting, after poll() found the socket ready.  May call the task's callbacks. */
void worker_advance(Worker *worker);

/*
 * Cancels the statement under way, but lets a ROLLBACK be.  May be called again and again.  `insist`: a server that does not
 * heed it for long is left.
 */
void worker_cancel(Worker *worker, bool insist);

#endif
