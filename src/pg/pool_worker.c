/* pool_worker.c: one worker's way through its task; see the picture in pool_internal.h. */
#include "matswap/memory.h"
#include "pg_sql.h"
#include "pool_internal.h"

/* The task is over, with or without errors. */
static void finish(Worker *worker)
{
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
        server_error_add_cancelled(worker->errors, step->sql, &step->origin);
        fail(worker);
        return;
    }
    worker->step_started = clock_milliseconds_exact();
    if (send(worker, WORKER_STEP, step->sql, step->origin) != STATUS_OK)
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
    if (send(worker, WORKER_NAMING, SQL_SET_SETTING, (PgOrigin){.object = task->label}) != STATUS_OK)
        finish(worker);
}

/* The step's statement is over. */
static void end_step(Worker *worker)
{
    PgTask *task = worker->task;
    const PgStep *step = &task->steps[worker->step];
    PgRows *rows = NULL;
    if (execute_end(worker->errors, worker->connection, &rows, worker->errors) != STATUS_OK)
    {
        fail(worker);
        return;
    }
    if (task->on_step != NULL)
        task->on_step(task, step, rows, clock_milliseconds_exact() - worker->step_started);
    talloc_free(rows);
    worker->step++;
    send_step(worker);
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
    if (worker->phase == WORKER_IDLE || !execute_advance(worker->connection))
        return;
    if (worker->phase == WORKER_STEP)
        end_step(worker);
    else
        end_other(worker);
}

void worker_cancel(Worker *worker, bool insist)
{
    if (worker->phase != WORKER_NAMING && worker->phase != WORKER_STEP)
        return;
    if (insist)
        execute_cancel(worker->connection);
    else
        execute_ask_cancel(worker->connection);
}
