/*
 * execute.c: the choke point: every statement is sent, waited for, cancelled and read here.
 *
 * libpq's rules for non-blocking use: https://www.postgresql.org/docs/current/libpq-async.html
 * and for pipelines: https://www.postgresql.org/docs/current/libpq-pipeline-mode.html
 */
#include <string.h>
#include <sys/socket.h>

#include "connection_internal.h"
#include "matswap/memory.h"

/* A cancel request that arrives before the server has begun the statement is lost: so it is repeated. */
#define CANCEL_REPEAT_MS 500
/* Whoever has not answered by then will not: the host is gone, or the backend hangs in the kernel. */
#define CANCEL_PATIENCE_MS 30000

void (*pg_trace)(int backend_pid, const char *sql);
void (*pg_waiting)(void);

static bool send_one(PgConnection *connection, size_t index)
{
    const PgRequest *request = &connection->request;
    const char *sql = request->statements[index];
    if (pg_trace != NULL && !request->untraced)
        pg_trace(PQbackendPID(connection->handle), sql);
    if (!request->pipeline && !request->extended)
        return PQsendQuery(connection->handle, sql) == 1;
    return PQsendQueryParams(connection->handle, sql, (int) request->parameter_count, NULL, request->parameters, NULL,
                             NULL, 0) == 1;
}

static bool send_all(PgConnection *connection)
{
    PGconn *handle = connection->handle;
    if (PQsetnonblocking(handle, 1) != 0)
        return false;
    if (connection->request.pipeline && PQenterPipelineMode(handle) != 1)
        return false;
    for (size_t i = 0; i < connection->request.count; i++)
        if (!send_one(connection, i))
            return false;
    if (connection->request.pipeline && PQpipelineSync(handle) != 1)
        return false;
    int flushed = PQflush(handle);
    connection->flush_pending = flushed == 1;
    return flushed >= 0;
}

static void forget_results(PgConnection *connection)
{
    PQclear(connection->rows);
    PQclear(connection->failure);
    connection->rows = NULL;
    connection->failure = NULL;
}

Status execute_begin(PgConnection *connection, const PgRequest *request, Errors *errors)
{
    if (connection->busy)
        pg_defect("a second statement on a busy connection: %s", request->statements[0]);
    connection->request = *request;
    connection->busy = true;
    connection->cancelled = false;
    connection->copying = false;
    connection->completed = 0;
    connection->failure_index = 0;
    if (send_all(connection))
        return STATUS_OK;
    if (PQstatus(connection->handle) != CONNECTION_BAD)
        pg_defect("libpq does not send \"%s\": %s", request->statements[0], PQerrorMessage(connection->handle));
    return execute_end(NULL, connection, NULL, errors);
}

short execute_events(const PgConnection *connection)
{
    return (short) (POLLIN | (connection->flush_pending ? POLLOUT : 0));
}

/* Only a step with a feed copies; a user's function cannot.  Should another COPY come, it must not hang us. */
static void refuse_copy(PGconn *handle, ExecStatusType status)
{
    if (status != PGRES_COPY_OUT)
        PQputCopyEnd(handle, "matswap has no data for COPY FROM STDIN");
    char *row;
    if (status != PGRES_COPY_IN)
        while (PQgetCopyData(handle, &row, 0) > 0)
            PQfreemem(row);
}

static void take_result(PgConnection *connection, PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    /* pg_query always gives rows: none for a statement that returns none */
    if (status == PGRES_TUPLES_OK || (status == PGRES_COMMAND_OK && connection->request.extended))
    {
        PQclear(connection->rows);
        connection->rows = result;
        connection->completed++;
        return;
    }
    if ((status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) && connection->failure == NULL)
    {
        connection->failure = result;
        connection->failure_index = connection->completed;
        return;
    }
    if (status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY)
        connection->completed++;
    if (status == PGRES_COPY_IN && connection->request.feeds)
        connection->copying = true;
    else if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
        refuse_copy(connection->handle, status);
    PQclear(result); /* PGRES_PIPELINE_ABORTED among others: skipped because of the failure that we have */
}

bool execute_advance(PgConnection *connection)
{
    PGconn *handle = connection->handle;
    if (PQconsumeInput(handle) != 1 && PQstatus(handle) != CONNECTION_BAD)
        memory_exhausted(); /* the only other reason */
    if (connection->flush_pending)
        connection->flush_pending = PQflush(handle) == 1;
    /* what the server has to say of the data, libpq reads when it is all there (pqParseInput3 in fe-protocol3.c) */
    while (!connection->copying || PQstatus(handle) == CONNECTION_BAD)
    {
        connection->copying = false;
        /* on a broken connection PQisBusy may say yes for ever, while PQgetResult gives the reason at once */
        bool broken = PQstatus(handle) == CONNECTION_BAD;
        if (broken ? connection->failure != NULL : PQisBusy(handle))
            return broken;
        PGresult *result = PQgetResult(handle);
        bool synced = result != NULL && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        if (result == NULL && (broken || !connection->request.pipeline))
            return true;
        if (result != NULL)
            take_result(connection, result);
        if (synced)
            return true;
    }
    return false;
}

static void flush_copy(PgConnection *connection)
{
    connection->flush_pending = PQflush(connection->handle) == 1; /* a failure is found by the next read */
}

void copy_put(PgConnection *connection, const char *bytes, size_t length)
{
    if (PQputCopyData(connection->handle, bytes, (int) length) < 0 && PQstatus(connection->handle) != CONNECTION_BAD)
        memory_exhausted(); /* libpq's buffer grows as needed: the only other reason */
    flush_copy(connection);
}

void copy_end(PgConnection *connection, const char *reason)
{
    if (PQputCopyEnd(connection->handle, reason) < 0 && PQstatus(connection->handle) != CONNECTION_BAD)
        memory_exhausted();
    connection->copying = false;
    flush_copy(connection);
}

/* Is there a statement, and was the server not asked just now? */
static bool may_ask_cancel(const PgConnection *connection)
{
    return connection->busy &&
           (!connection->cancelled || clock_milliseconds() - connection->cancel_last_at >= CANCEL_REPEAT_MS);
}

void execute_ask_cancel(PgConnection *connection)
{
    if (!may_ask_cancel(connection))
        return;
    connection->cancel_last_at = clock_milliseconds();
    if (!connection->cancelled)
        connection->cancel_first_at = connection->cancel_last_at;
    connection->cancelled = true;
    PGcancel *cancel = PQgetCancel(connection->handle);
    char reason[256]; /* the size that PQcancel's documentation recommends */
    if (cancel != NULL)
        (void) PQcancel(cancel, reason, sizeof reason); /* refused or lost: asked again */
    PQfreeCancel(cancel);
}

void execute_cancel(PgConnection *connection)
{
    /* the next read finds the end of the stream, and all goes on as with a connection that broke by itself */
    if (may_ask_cancel(connection) && connection->cancelled &&
        clock_milliseconds() - connection->cancel_first_at > CANCEL_PATIENCE_MS)
        shutdown(PQsocket(connection->handle), SHUT_RDWR);
    else
        execute_ask_cancel(connection);
}

int execute_cancel_interval(void)
{
    return CANCEL_REPEAT_MS;
}

Status execute_end(const void *context, PgConnection *connection, PgRows **ret_rows, Errors *errors)
{
    if (PQpipelineStatus(connection->handle) != PQ_PIPELINE_OFF)
        PQexitPipelineMode(connection->handle); /* refused on a broken connection, where it does not matter */
    connection->busy = false;
    connection->flush_pending = false;
    /*
     * Also when the server said why (57P01): it may have committed before it noticed that it has to go, so the
     * caller of a COMMIT must not take that for an answer.
     */
    if (PQstatus(connection->handle) == CONNECTION_BAD)
        connection->broken = true;
    bool failed = connection->broken || connection->failure != NULL;
    if (failed)
        server_error_add(connection, errors);
    else if (ret_rows != NULL)
    {
        *ret_rows = connection->rows == NULL ? NULL : rows_new(context, connection->rows);
        connection->rows = NULL;
    }
    forget_results(connection);
    return failed ? STATUS_FAILED : STATUS_OK;
}

/* How long poll() may take: -1 is for ever. */
static int patience(const PgConnection *connection, int64_t look_at)
{
    if (connection->cancelled)
        return CANCEL_REPEAT_MS;
    if (connection->request.watch == NULL)
        return -1;
    int64_t left = look_at - clock_milliseconds();
    return left > 0 ? (int) left : 0;
}

static void wait_for(const PgConnection *connection, int64_t look_at)
{
    struct pollfd descriptors[] = {
        {.fd = PQsocket(connection->handle), .events = execute_events(connection)},
        /* the signal that made us cancel is consumed only once the statement has really failed of it */
        {.fd = connection->cancelled ? -1 : signals_descriptor(), .events = POLLIN},
    };
    waiting_poll(descriptors, 2, patience(connection, look_at));
    if ((descriptors[1].revents & POLLIN) && !signals_pending())
        signals_consume(); /* a byte without a signal */
}

Status connection_execute(const void *context, PgConnection *connection, const PgRequest *request, PgRows **ret_rows,
                          Errors *errors)
{
    if (signals_consume())
    {
        server_error_add_cancelled(errors, request->statements[0], request->origins);
        return STATUS_FAILED;
    }
    if (execute_begin(connection, request, errors) != STATUS_OK)
        return STATUS_FAILED;
    const PgWatch *watch = request->watch;
    int64_t began_at = clock_milliseconds();
    int64_t look_at = watch == NULL ? 0 : began_at + watch->interval_ms;
    while (!execute_advance(connection))
    {
        if (watch != NULL && watch->patience_ms > 0 && clock_milliseconds() - began_at >= watch->patience_ms)
            shutdown(PQsocket(connection->handle), SHUT_RDWR);
        if (signals_pending() || connection->cancelled)
            execute_cancel(connection);
        wait_for(connection, look_at);
        if (watch == NULL || connection->cancelled || clock_milliseconds() < look_at || execute_advance(connection))
            continue;
        watch->look(watch->closure);
        look_at = clock_milliseconds() + watch->interval_ms;
    }
    Status status = execute_end(context, connection, ret_rows, errors);
    /* a statement that was quicker than its cancellation stands; the next one finds the signal */
    if (status != STATUS_OK && errors->items[errors->count - 1]->kind == ERROR_CANCELLED)
        signals_consume();
    return status;
}
