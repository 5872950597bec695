/* pool_worker.c: one worker's way through its task; see the picture in pool_internal.h. */
#include "matswap/memory.h"
#include "pg_sql.h"
#include "pool_internal.h"

/* The task is over, with or without errors. */
static void finish(Worker *worker)
{
    worker->phase = WORKER_CLOSING;
    if (worker->feed != NULL && !worker->feed->close(worker->feed))
        return;
    worker->feed = NULL;
    PgTask *task = worker->task;
    Errors *errors = worker->errors;
    double milliseconds = clock_milliseconds_exact() - worker->task_started;
    worker->phase = WORKER_IDLE;
    worker->task = NULL;
    worker->errors = NULL;
    if (task->on_done != NULL)
        task->on_done(task, errors_empty(errors) ? NULL : errors, milliseconds);
    talloc_free(errors);
}

static Status send(Worker *worker, WorkerPhase phase, const char *sql, PgOrigin origin)
{
    worker->phase = phase;
    worker->sql = sql;
    worker->origin = origin;
    PgRequest request = {.statements = &worker->sql, .count = 1, .origins = &worker->origin};
    request.feeds = phase == WORKER_STEP && worker->task->steps[worker->step].feed != NULL;
    if (phase == WORKER_NAMING)
    {
        request.extended = true;
        request.parameter_count = 2;
        request.parameters = worker->parameters;
    }
    return execute_begin(worker->connection, &request, worker->errors);
}

static void fail(Worker *worker)
{
    PGTransactionStatusType status = PQtransactionStatus(worker->connection->handle);
    bool open = status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
    if (!open || send(worker, WORKER_ROLLBACK, SQL_ROLLBACK, (PgOrigin){0}) != STATUS_OK)
        finish(worker);
}

static void end_step(Worker *worker, const PgRows *rows);

/* For messages; what a feed copies is not known before it is open. */
static const char *text_of(const PgStep *step)
{
    return step->feed != NULL ? "COPY FROM STDIN" : step->sql;
}

static void open_feed(Worker *worker)
{
    const PgStep *step = &worker->task->steps[worker->step];
    const char *sql = NULL;
    worker->phase = WORKER_OPENING;
    worker->feed = step->feed;
    PgFeedState state = step->feed->open(step->feed, &sql, worker->errors);
    if (state == PG_FEED_FAILED)
        fail(worker);
    else if (state == PG_FEED_READY && step->opens)
        end_step(worker, NULL);
    else if (state == PG_FEED_READY && send(worker, WORKER_STEP, sql, step->origin) != STATUS_OK)
        finish(worker);
}

/* The server waits for data.  One piece at a time: the other workers have their turn. */
static void give_data(Worker *worker)
{
    const char *bytes = NULL;
    size_t length = 0;
    PgConnection *connection = worker->connection;
    if (connection->flush_pending)
        return;
    switch (worker->feed->read(worker->feed, &bytes, &length, worker->errors))
    {
    case PG_FEED_READY:
        copy_put(connection, bytes, length);
        break;
    case PG_FEED_END:
        copy_end(connection, NULL);
        break;
    case PG_FEED_FAILED:
        copy_end(connection, "the data is not whole");
        break;
    case PG_FEED_WAITING:
        break;
    }
}

static void send_step(Worker *worker)
{
    const PgTask *task = worker->task;
    if (worker->step == task->step_count)
    {
        finish(worker);
        return;
    }
    const PgStep *step = &task->steps[worker->step];
    if (worker->stopping)
    {
        server_error_add_cancelled(worker->errors, text_of(step), &step->origin);
        fail(worker);
        return;
    }
    worker->step_started = clock_milliseconds_exact();
    if (step->feed != NULL)
        open_feed(worker);
    else if (send(worker, WORKER_STEP, step->sql, step->origin) != STATUS_OK)
        finish(worker);
}

void worker_start(Worker *worker, PgTask *task)
{
    worker->task = task;
    worker->stopping = false;
    worker->step = 0;
    worker->errors = errors_new(NULL);
    worker->task_started = clock_milliseconds_exact();
    worker->parameters[0] = "application_name";
    worker->parameters[1] = mem_printf(worker->errors, "%s/%s", worker->connection->application, task->label);
    if (task->on_start != NULL)
        task->on_start(task);
    if (send(worker, WORKER_NAMING, SQL_SET_SETTING, (PgOrigin){.object = task->label}) != STATUS_OK)
        finish(worker);
}

static void end_step(Worker *worker, const PgRows *rows)
{
    PgTask *task = worker->task;
    if (task->on_step != NULL)
        task->on_step(task, &task->steps[worker->step], rows, clock_milliseconds_exact() - worker->step_started);
    worker->step++;
    send_step(worker);
}

/* The step's statement is over. */
static void end_statement(Worker *worker)
{
    PgRows *rows = NULL;
    size_t before = worker->errors->count;
    if (execute_end(worker->errors, worker->connection, &rows, worker->errors) != STATUS_OK)
    {
        if (before > 0)
            errors_truncate(worker->errors, before); /* what the feed has said is why the server's COPY failed */
        fail(worker);
        return;
    }
    end_step(worker, rows); /* which may end the task, and then the rows with its errors */
}

static void end_other(Worker *worker)
{
    bool naming = worker->phase == WORKER_NAMING;
    size_t before = worker->errors->count;
    Status status = execute_end(NULL, worker->connection, NULL, worker->errors);
    if (naming && status == STATUS_OK)
        send_step(worker);
    else if (naming)
        fail(worker);
    else
    {
        /* a connection that broke during the ROLLBACK is found by the pool; the task keeps its first error */
        errors_truncate(worker->errors, before);
        finish(worker);
    }
}

void worker_advance(Worker *worker)
{
    if (worker->phase == WORKER_OPENING)
        open_feed(worker);
    else if (worker->phase == WORKER_CLOSING)
        finish(worker);
    if (worker->phase == WORKER_IDLE || worker->phase == WORKER_OPENING || worker->phase == WORKER_CLOSING)
        return;
    bool over = execute_advance(worker->connection);
    if (!over && worker->connection->copying)
    {
        give_data(worker);
        /* a row that the server has refused long ago: its answer has been read, and poll() would not tell of it */
        over = !worker->connection->copying && execute_advance(worker->connection);
    }
    if (!over)
        return;
    if (worker->phase == WORKER_STEP)
        end_statement(worker);
    else
        end_other(worker);
}

bool worker_waits_for_feed(const Worker *worker)
{
    return worker->phase == WORKER_OPENING || worker->phase == WORKER_CLOSING ||
           (worker->phase == WORKER_STEP && worker->connection->copying && !worker->connection->flush_pending);
}

/* While it waits for data, a backend does not look whether it is to cancel (CopyGetData in commands/copyfromparse.c). */
static void cancel_feed(Worker *worker)
{
    const PgStep *step = &worker->task->steps[worker->step];
    server_error_add_cancelled(worker->errors, text_of(step), &step->origin);
    if (worker->phase == WORKER_OPENING)
        fail(worker);
    else
    {
        copy_end(worker->connection, "cancelled");
        worker_advance(worker); /* for the same reason as there */
    }
}

void worker_cancel(Worker *worker, bool insist)
{
    if (worker->phase == WORKER_OPENING || (worker->phase == WORKER_STEP && worker->connection->copying))
    {
        cancel_feed(worker);
        return;
    }
    if (worker->phase != WORKER_NAMING && worker->phase != WORKER_STEP)
        return;
    if (insist)
        execute_cancel(worker->connection);
    else
        execute_ask_cancel(worker->connection);
}
