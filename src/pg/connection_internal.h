/*
 * connection_internal.h: what the files of src/pg/ share: a connection with the statement under way on it.
 *
 * A statement's life, the same for a single connection and for a pool's worker:
 *
 *     execute_begin ──► execute_advance, again after each poll() ──► true: execute_end
 *                            ▲   execute_cancel (any number of times, in between)
 *
 * execute_begin is the choke point: nothing else hands SQL to libpq.  connection_execute is the loop around the
 * three for one connection; pool.c has the loop for many.
 */
#ifndef MATSWAP_PG_CONNECTION_INTERNAL_H
#define MATSWAP_PG_CONNECTION_INTERNAL_H

#include <libpq-fe.h>
#include <poll.h>

#include "matswap/pg.h"

/* What is sent in one go. */
typedef struct PgRequest
{
    const char *const *statements; /* one, unless `pipeline` */
    size_t count;
    const PgOrigin *origins; /* `count` of them, or NULL */
    bool pipeline;
    bool extended; /* extended protocol (parameters, one statement) instead of the simple one; pipelines imply it */
    size_t parameter_count;
    const char *const *parameters;
    const PgWatch *watch; /* NULL: nobody looks on */
    bool untraced; /* it is asked over and over, and would be most of the log */
    bool feeds; /* it is a COPY … FROM STDIN that has data */
} PgRequest;

struct PgConnection
{
    PGconn *handle;
    char *application; /* "matswap/SET", the part of application_name before the label */
    bool broken;       /* the socket broke while a statement was under way */

    /* the statement under way */
    PgRequest request;
    const char *asked; /* by pg_ask */
    bool busy;
    bool flush_pending;      /* libpq still has bytes to send */
    bool copying;            /* the server wants data: copy_put, then copy_end */
    size_t completed;        /* simple protocol: statements that succeeded; pipeline: results read */
    PGresult *rows;          /* of the last statement that returned any */
    PGresult *failure;       /* the first error */
    size_t failure_index;    /* the statement it belongs to */
    bool cancelled;          /* we asked the server to cancel it */
    int64_t cancel_first_at; /* clock_milliseconds */
    int64_t cancel_last_at;
};

/* ---- execute.c -------------------------------------------------------------------------------------------- */

/* Traces and sends.  The request's strings must live until execute_end. */
Status execute_begin(PgConnection *connection, const PgRequest *request, Errors *errors) MUST_CHECK;

/* The poll() events that let the statement go on. */
short execute_events(const PgConnection *connection);

/* Reads and sends what is possible without waiting; true when the statement is over (or the socket broke). */
bool execute_advance(PgConnection *connection);

/* Asks the server to cancel, unless it was asked a moment ago; when it has not heeded that for long, ends the connection. */
void execute_cancel(PgConnection *connection);

/* The same, and never ends the connection. */
void execute_ask_cancel(PgConnection *connection);

/* Time until execute_cancel would ask again, for the poll() of a loop that is cancelling. */
int execute_cancel_interval(void);

/* The outcome: rows (NULL if there were none or `ret_rows` is NULL), or the error. */
Status execute_end(const void *context, PgConnection *connection, PgRows **ret_rows, Errors *errors) MUST_CHECK;

/* All of it for one connection; a signal cancels. */
Status connection_execute(const void *context, PgConnection *connection, const PgRequest *request, PgRows **ret_rows,
                          Errors *errors) MUST_CHECK;

/*
 * Gives the server some of the data that it wants, or ends it; with a reason, the COPY fails.  What libpq could not send
 * at once is pending then: no more is given to it before it is flushed, or all of the data would end up in its buffer.
 */
void copy_put(PgConnection *connection, const char *bytes, size_t length);
void copy_end(PgConnection *connection, const char *reason);

/* ---- connect.c -------------------------------------------------------------------------------------------- */

/* Opens `count` connections at once; labels[i] ends application_name.  All or none. */
Status connection_open_all(const void *context, PgOptions options, const char *const *labels, size_t count,
                           PgConnection **connections, Errors *errors) MUST_CHECK;

/* ---- rows.c ----------------------------------------------------------------------------------------------- */

/* Takes `result` over. */
PgRows *rows_new(const void *context, PGresult *result);

/* ---- server_error.c --------------------------------------------------------------------------------------- */

/* Appends the error of the statement under way from connection->failure. */
void server_error_add(const PgConnection *connection, Errors *errors);

/* Appends the error of a statement that never ran because a signal came first. */
void server_error_add_cancelled(Errors *errors, const char *sql, const PgOrigin *origin);

/* ---- lexeme.c --------------------------------------------------------------------------------------------- */

/*
 * The end of what begins at `text`: a whole string, quoted identifier, dollar quote, comment, run of white space
 * or word; else one character.  A comment or string that is not closed ends with the text.
 */
const char *lexeme_end(const char *text);

/* Does white space or a comment begin here? */
bool lexeme_is_blank(const char *text);

/* ---- signals.c -------------------------------------------------------------------------------------------- */

/* For poll(): readable when a signal has come; -1 (which poll ignores) while signals are held. */
int signals_descriptor(void);

/* Has a signal come that may end statements now?  Asking does not consume it. */
bool signals_pending(void);

/* Takes the signal, if one is pending: the caller is about to report ERROR_CANCELLED. */
bool signals_consume(void);

/* heartbeat_poll, after which whoever has set pg_waiting has his turn; it returns early for him. */
void waiting_poll(struct pollfd *descriptors, nfds_t count, int milliseconds);

/* CLOCK_MONOTONIC */
int64_t clock_milliseconds(void);
double clock_milliseconds_exact(void);

/* ---- defects ---------------------------------------------------------------------------------------------- */

/* matswap contradicts itself: one line on stderr, then abort(), for a core file that shows where. */
void pg_defect(const char *format, ...) PRINTF_LIKE(1, 2) __attribute__((noreturn));

#endif
