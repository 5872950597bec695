/* pool.c: many workers, one poll(). */
#include "matswap/memory.h"
#include "pool_internal.h"

#define TICK_MS 1000

enum
{
    WORKER_DESCRIPTORS = 3 /* its connection, and two of the feed that it reads */
};

/* A connection that is nobody's worker but must not break; see pg_pool_watch. */
typedef struct Watched
{
    PgConnection *connection; /* NULL: not any more */
    const char *what;
    int pid; /* libpq forgets it when the connection breaks */
    bool reported;
} Watched;

struct PgPool
{
    Worker *workers;
    int size;
    int *pids;
    Watched *watched;
    size_t watched_count;
    bool stopping; /* nothing new is started */

    /* of the run under way */
    struct pollfd *descriptors; /* for each worker WORKER_DESCRIPTORS, one for signals, one for each watched connection */
    int64_t next_tick;
};

Status pg_pool_open(const void *context, PgOptions options, int size, const char *prelude, PgPool **ret_pool,
                    Errors *errors)
{
    PgPool *pool = mem_new(context, PgPool);
    size_t count = (size_t) size;
    const char **labels = mem_array(pool, const char *, count);
    PgConnection **connections = mem_array(pool, PgConnection *, count);
    for (size_t i = 0; i < count; i++)
        labels[i] = mem_printf(pool, "worker %zu", i);
    Status status = connection_open_all(pool, options, labels, count, connections, errors);
    for (size_t i = 0; i < count && status == STATUS_OK && prelude != NULL; i++)
        status = pg_run(connections[i], errors, prelude);
    if (status != STATUS_OK)
    {
        talloc_free(pool);
        return STATUS_FAILED;
    }
    pool->size = size;
    pool->workers = mem_array(pool, Worker, count);
    pool->pids = mem_array(pool, int, count);
    pool->descriptors = mem_array(pool, struct pollfd, count * WORKER_DESCRIPTORS + 1);
    for (size_t i = 0; i < count; i++)
    {
        pool->workers[i].connection = connections[i];
        pool->pids[i] = pg_backend_pid(connections[i]);
    }
    *ret_pool = pool;
    return STATUS_OK;
}

static size_t signals_index(const PgPool *pool)
{
    return (size_t) pool->size * WORKER_DESCRIPTORS;
}

void pg_pool_watch(PgPool *pool, PgConnection *connection, const char *what)
{
    Watched watched = {.connection = connection, .what = what, .pid = pg_backend_pid(connection)};
    MEM_PUSH(pool, pool->watched, pool->watched_count, watched);
    talloc_free(pool->descriptors);
    pool->descriptors = mem_array(pool, struct pollfd, signals_index(pool) + 1 + pool->watched_count);
}

void pg_pool_unwatch(PgPool *pool, const PgConnection *connection)
{
    for (size_t i = 0; i < pool->watched_count; i++)
        if (pool->watched[i].connection == connection)
            pool->watched[i].connection = NULL;
}

int pg_pool_size(const PgPool *pool)
{
    return pool->size;
}

const int *pg_pool_pids(const PgPool *pool)
{
    return pool->pids;
}

/* The cancelling is the loop's: a callback may call this while its own worker is between two steps. */
void pg_pool_stop(PgPool *pool)
{
    pool->stopping = true;
    for (int i = 0; i < pool->size; i++)
        pool->workers[i].stopping = true;
}

void pg_pool_cancel(PgPool *pool, bool (*is_void)(const PgTask *task, void *closure), void *closure)
{
    for (int i = 0; i < pool->size; i++)
        if (pool->workers[i].task != NULL && is_void(pool->workers[i].task, closure))
            pool->workers[i].stopping = true;
}

static bool any_busy(const PgPool *pool)
{
    for (int i = 0; i < pool->size; i++)
        if (pool->workers[i].phase != WORKER_IDLE)
            return true;
    return false;
}

static void start_tasks(PgPool *pool, PgTask *(*next)(void *closure), void *closure)
{
    for (int i = 0; i < pool->size; i++)
    {
        PgTask *task;
        /* a task may be over as soon as it is started (a broken connection): the worker is asked for again */
        while (!pool->stopping && pool->workers[i].phase == WORKER_IDLE && pg_alive(pool->workers[i].connection) &&
               (task = next(closure)) != NULL)
        {
            task->worker = i;
            worker_start(&pool->workers[i], task);
        }
    }
}

/* Is there one to be asked again? */
static bool cancel_workers(PgPool *pool)
{
    bool any = false;
    for (int i = 0; i < pool->size; i++)
        if (pool->workers[i].stopping && pool->workers[i].phase != WORKER_IDLE)
        {
            worker_cancel(&pool->workers[i], pool->stopping);
            any = true;
        }
    return any;
}

/* What the worker waits for; gives the time until it wants to be asked in any case, if that is less than `patience`. */
static int64_t watch_worker(const Worker *worker, struct pollfd *descriptors, int64_t patience)
{
    for (int i = 0; i < WORKER_DESCRIPTORS; i++)
        descriptors[i] = (struct pollfd){.fd = -1};
    if (worker->phase == WORKER_IDLE)
        return patience;
    descriptors[0].fd = PQsocket(worker->connection->handle);
    descriptors[0].events = execute_events(worker->connection);
    if (!worker_waits_for_feed(worker))
        return patience;
    for (int i = 1; i < WORKER_DESCRIPTORS; i++)
        descriptors[i] = (struct pollfd){.fd = worker->feed->descriptors[i - 1], .events = POLLIN};
    return worker->feed->patience_ms < patience ? worker->feed->patience_ms : patience;
}

static void wait_for_workers(PgPool *pool, bool watch_signals, bool cancelling)
{
    int64_t left = pool->next_tick - clock_milliseconds();
    for (int i = 0; i < pool->size; i++)
        left = watch_worker(&pool->workers[i], &pool->descriptors[i * WORKER_DESCRIPTORS], left);
    size_t signals = signals_index(pool);
    pool->descriptors[signals] = (struct pollfd){.fd = watch_signals ? signals_descriptor() : -1, .events = POLLIN};
    for (size_t i = 0; i < pool->watched_count; i++)
    {
        const Watched *watched = &pool->watched[i];
        bool open = watched->connection != NULL && !watched->reported;
        /* what comes is read by find_broken: a notice, a parameter's new value, or the end */
        pool->descriptors[signals + 1 + i] =
            (struct pollfd){.fd = open ? PQsocket(watched->connection->handle) : -1, .events = POLLIN};
    }
    if (cancelling && left > execute_cancel_interval())
        left = execute_cancel_interval();
    waiting_poll(pool->descriptors, (nfds_t) (signals + 1 + pool->watched_count), left < 0 ? 0 : (int) left);
}

static void advance_workers(PgPool *pool)
{
    for (int i = 0; i < pool->size; i++)
    {
        const struct pollfd *descriptors = &pool->descriptors[i * WORKER_DESCRIPTORS];
        bool ready = worker_waits_for_feed(&pool->workers[i]); /* or its time has come: to ask costs little */
        for (int k = 0; k < WORKER_DESCRIPTORS && !ready; k++)
            ready = descriptors[k].revents != 0;
        if (ready)
            worker_advance(&pool->workers[i]);
    }
}

static void add_broken(PgPool *pool, const char *what, int pid, Errors *errors)
{
    pg_pool_stop(pool);
    Error *error = errors_add(errors, ERROR_CONNECTION, "%s (server process %d) broke", what, pid);
    error_remedy(error, "see the server's log, then repeat the command");
}

/* Each connection that broke is named once, and the pool ends. */
static void find_broken(PgPool *pool, bool *reported, Errors *errors)
{
    for (size_t i = 0; i < pool->watched_count; i++)
    {
        Watched *watched = &pool->watched[i];
        if (watched->connection == NULL || watched->reported || pg_alive(watched->connection))
            continue;
        watched->reported = true;
        add_broken(pool, watched->what, watched->pid, errors);
    }
    for (int i = 0; i < pool->size; i++)
    {
        if (reported[i] || pg_alive(pool->workers[i].connection))
            continue;
        reported[i] = true;
        char *what = mem_printf(errors, "the connection of worker %d", i);
        add_broken(pool, what, pool->pids[i], errors);
        talloc_free(what);
    }
}

static void call_tick(PgPool *pool, void (*tick)(void *closure), void *closure)
{
    int64_t now = clock_milliseconds();
    if (now < pool->next_tick)
        return;
    pool->next_tick = now + TICK_MS;
    if (tick != NULL)
        tick(closure);
}

static void begin_run(PgPool *pool)
{
    pool->stopping = false;
    pool->next_tick = clock_milliseconds() + TICK_MS;
    for (int i = 0; i < pool->size; i++)
        pool->workers[i].stopping = false;
    for (size_t i = 0; i < pool->watched_count; i++)
        pool->watched[i].reported = false;
}

Status pg_pool_run(PgPool *pool, PgTask *(*next)(void *closure), void (*tick)(void *closure), void *closure,
                   Errors *errors)
{
    size_t before = errors->count;
    bool interrupted = false;
    bool *reported = mem_array(pool, bool, (size_t) pool->size);
    begin_run(pool);
    for (;;)
    {
        if (!interrupted && signals_consume())
        {
            interrupted = true;
            pg_pool_stop(pool);
            errors_add(errors, ERROR_CANCELLED, "interrupted by a signal");
        }
        find_broken(pool, reported, errors);
        start_tasks(pool, next, closure);
        find_broken(pool, reported, errors); /* a dead connection may show only when it is used */
        bool cancelling = cancel_workers(pool);
        if (!any_busy(pool))
            break;
        wait_for_workers(pool, !interrupted, cancelling);
        advance_workers(pool);
        call_tick(pool, tick, closure);
    }
    talloc_free(reported);
    return errors_since(errors, before);
}
