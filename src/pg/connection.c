/* connection.c: the public face of a connection: statements of each kind, and what is known about it. */
#include "connection_internal.h"
#include "matswap/heartbeat.h"
#include "matswap/memory.h"
#include "pg_sql.h"

int pg_server_version(const PgConnection *connection)
{
    return PQserverVersion(connection->handle);
}

int pg_backend_pid(const PgConnection *connection)
{
    return PQbackendPID(connection->handle);
}

/* An idle connection that the server has ended looks well to libpq until somebody reads from its socket. */
static void read_what_came(PGconn *handle)
{
    struct pollfd socket = {.fd = PQsocket(handle), .events = POLLIN};
    while (PQstatus(handle) == CONNECTION_OK && poll(&socket, 1, 0) > 0)
        if (PQconsumeInput(handle) != 1)
            return;
}

bool pg_alive(const PgConnection *connection)
{
    if (!connection->broken && !connection->busy) /* else what came is what the statement's loop waits for */
        read_what_came(connection->handle);
    return !connection->broken && PQstatus(connection->handle) == CONNECTION_OK;
}

bool pg_broken(const PgConnection *connection)
{
    return connection->broken;
}

Status pg_query(const void *context, PgConnection *connection, PgRows **ret_rows, Errors *errors, const char *sql,
                size_t parameter_count, const char *const *parameters)
{
    PgRequest request = {
        .statements = &sql, .count = 1, .extended = true, .parameter_count = parameter_count, .parameters = parameters};
    return connection_execute(context, connection, &request, ret_rows, errors);
}

Status pg_run_rows(const void *context, PgConnection *connection, PgRows **ret_rows, Errors *errors, const char *sql,
                   PgOrigin origin)
{
    PgRequest request = {.statements = &sql, .count = 1, .origins = &origin};
    return connection_execute(context, connection, &request, ret_rows, errors);
}

/*
 * A late cancellation: pg_cancel_backend() has sent its signal when it returns, and a backend that is waiting for the next
 * command by then forgets it (DoingCommandRead in src/backend/tcop/postgres.c).
 */
Status pg_run_watched(const void *context, PgConnection *connection, PgRows **ret_rows, Errors *errors,
                      const char *sql, PgOrigin origin, const PgWatch *watch)
{
    PgRequest request = {.statements = &sql, .count = 1, .origins = &origin, .watch = watch};
    return connection_execute(context, connection, &request, ret_rows, errors);
}

Status pg_ask(PgConnection *connection, Errors *errors, const char *sql, size_t parameter_count,
              const char *const *parameters)
{
    connection->asked = sql; /* the request keeps its address */
    PgRequest request = {.statements = &connection->asked,
                         .count = 1,
                         .extended = true,
                         .parameter_count = parameter_count,
                         .parameters = parameters,
                         .untraced = true};
    return execute_begin(connection, &request, errors);
}

bool pg_is_answered(PgConnection *connection)
{
    return execute_advance(connection);
}

Status pg_answer(const void *context, PgConnection *connection, PgRows **ret_rows, Errors *errors)
{
    return execute_end(context, connection, ret_rows, errors);
}

size_t pg_completed(const PgConnection *connection)
{
    return connection->completed;
}

Status pg_run_from(PgConnection *connection, Errors *errors, const char *sql, PgOrigin origin)
{
    return pg_run_rows(NULL, connection, NULL, errors, sql, origin);
}

Status pg_run(PgConnection *connection, Errors *errors, const char *sql)
{
    return pg_run_from(connection, errors, sql, (PgOrigin){0});
}

Status pg_pipeline(PgConnection *connection, Errors *errors, const char *const *statements, size_t count,
                   const PgOrigin *origins)
{
    if (count == 0)
        return STATUS_OK;
    PgRequest request = {.statements = statements, .count = count, .origins = origins, .pipeline = true};
    return connection_execute(NULL, connection, &request, NULL, errors);
}

void pg_cancel(PgConnection *connection)
{
    if (!connection->busy)
        return;
    while (!execute_advance(connection))
    {
        execute_cancel(connection);
        struct pollfd socket = {.fd = PQsocket(connection->handle), .events = execute_events(connection)};
        heartbeat_poll(&socket, 1, execute_cancel_interval());
    }
    Errors *ignored = errors_new(NULL);
    if (execute_end(NULL, connection, NULL, ignored) != STATUS_OK)
        errors_truncate(ignored, 0);
    talloc_free(ignored);
}

void pg_rollback(PgConnection *connection)
{
    PGTransactionStatusType status = PQtransactionStatus(connection->handle);
    if (status != PQTRANS_INTRANS && status != PQTRANS_INERROR)
        return;
    Errors *ignored = errors_new(NULL);
    pg_signals_hold();
    if (pg_run(connection, ignored, SQL_ROLLBACK) != STATUS_OK)
        errors_truncate(ignored, 0);
    pg_signals_release();
    talloc_free(ignored);
}
