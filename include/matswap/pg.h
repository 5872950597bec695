/*
 * pg.h: the server: connections, the one choke point for statements, rows, SQL templates, the worker pool.
 *
 * Nothing outside src/pg/ calls PQexec* or PQsend*.  Everything is non-blocking underneath and waits in one
 * poll() that also watches for SIGINT and SIGTERM; there are no threads.
 *
 * Every connection pins its settings when it opens: search_path = pg_catalog, client_encoding = UTF8,
 * DateStyle = ISO, IntervalStyle = postgres, jit = off, TimeZone kept, lock_timeout, statement_timeout and
 * idle_in_transaction_session_timeout 0, client_connection_check_interval = 1s where the server has it (14+),
 * so that a dead client's statements end.
 *
 * Ownership: a PgConnection is a talloc object (freeing it closes the socket); PgRows is one too (freeing it
 * clears the libpq result), child of the context it was asked for with; values point into it.
 */
#ifndef MATSWAP_PG_H
#define MATSWAP_PG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matswap/config.h"
#include "matswap/error.h"

typedef struct PgConnection PgConnection;
typedef struct PgRows PgRows;

/* ---- signals ---------------------------------------------------------------------------------------------- */

/* Installs handlers for SIGINT and SIGTERM (a second signal within the same run changes nothing) and ignores
 * SIGPIPE.  Call once, before the first connection. */
Status pg_signals_install(Errors *errors) MUST_CHECK;

/*
 * The time that is left for cleaning up after SIGINT or SIGTERM, in whole seconds, rounded up: when it is over the process
 * writes `message` (a line, which must live as long as the process) to stderr, and ends with the exit code of `kind`, as
 * abruptly as by a kill -9.
 */
Status pg_signals_limit(int64_t milliseconds, const char *message, ErrorKind kind, Errors *errors) MUST_CHECK;

/* What is left of that time, in milliseconds; -1: no signal has come, or there is no limit. */
int64_t pg_signals_left(void);

/* Would a signal end the next statement: has one arrived that nobody has consumed, and are they not held?  Reporting
 * ERROR_CANCELLED consumes it: statements work again afterwards, until the next signal. */
bool pg_interrupted(void);

/*
 * While held (calls nest), signals are noted but do not end statements: for clean-up, and from the COMMIT of
 * the swap on.  A signal that arrived while held takes effect at the next wait after the release.
 */
void pg_signals_hold(void);
void pg_signals_release(void);

/* Sleeps up to `milliseconds`, less if a signal arrives. */
void pg_sleep(int milliseconds);

/* ---- SQL text --------------------------------------------------------------------------------------------- */

/*
 * SQL lives in src/pg/sql/NAME.sql, one statement each, and is embedded as `SQL_NAME` (declared in the generated
 * header pg_sql.h).  Templates use psql's own notation, so that a file can be run in psql with -v:
 *     :"name"   an identifier, quoted when needed      :'name'   a string literal
 *     :name     SQL that is itself the output of a quoting function, or a keyword from our own code
 * A value for psql's :"name" is one identifier; qualified names are written :"schema".:"name".
 */
typedef struct SqlVariable
{
    const char *name;
    const char *value;
} SqlVariable;

/* Fills in a template; a variable that is missing ends the process (a defect).  talloc child of `context`.
 * `variables` ends with {NULL, NULL}.  `::` casts, strings and comments are left alone. */
char *pg_sql(const void *context, const char *template_text, const SqlVariable *variables);
#define PG_SQL(context, template_text, ...)                                                                         \
    pg_sql((context), (template_text), (const SqlVariable[]){__VA_ARGS__, {NULL, NULL}})

/* ---- connections ------------------------------------------------------------------------------------------ */

/* Opens a connection.  application_name becomes "matswap/SET/label" (the server cuts it at 63 bytes);
 * `session` settings are applied after the pinned ones, each refusal naming file and line. */
typedef struct PgOptions
{
    const Config *config;
    bool session_settings; /* apply [session] (workers), or not (control) */
    int64_t timeout_ms;    /* to connect in; 0: only connect_timeout (10 s unless it is given) counts */
    int64_t lock_timeout_ms; /* of the session; 0: none */
} PgOptions;
Status pg_connect(const void *context, PgOptions options, const char *label, PgConnection **ret_connection,
                  Errors *errors) MUST_CHECK;

int pg_server_version(const PgConnection *connection); /* as server_version_num: 150018 */
int pg_backend_pid(const PgConnection *connection);

/* False once the socket is known to be broken: every later statement fails with ERROR_CONNECTION. */
bool pg_alive(const PgConnection *connection);

/*
 * The socket broke while a statement was under way (as opposed to an error the server reported)?  The caller of
 * a COMMIT must tell these apart.
 */
bool pg_broken(const PgConnection *connection);

/* Where a statement comes from, so that the server's error position becomes file, line and column. */
typedef struct PgOrigin
{
    const char *file; /* NULL: our own SQL */
    int line;         /* line of the text's first character */
    const char *object; /* the view it is about, or NULL */
} PgOrigin;

/* Runs a statement with parameters (text, NULL allowed; count 0 allowed), waits, and gives its rows. */
Status pg_query(const void *context, PgConnection *connection, PgRows **ret_rows, Errors *errors,
                const char *sql, size_t parameter_count, const char *const *parameters) MUST_CHECK;

/* Runs SQL without parameters (several statements allowed, simple protocol) for its effect. */
Status pg_run(PgConnection *connection, Errors *errors, const char *sql) MUST_CHECK;
Status pg_run_from(PgConnection *connection, Errors *errors, const char *sql, PgOrigin origin) MUST_CHECK;

/* As pg_run_from, but gives the rows of the last statement that returned any (NULL rows if none did). */
Status pg_run_rows(const void *context, PgConnection *connection, PgRows **ret_rows, Errors *errors,
                   const char *sql, PgOrigin origin) MUST_CHECK;

/*
 * Sends all statements in pipeline mode with one sync at the end, in one round trip, within the transaction that
 * is open.  The first failure ends it (the server skips the rest); its error names origins[i] (may be NULL).
 */
Status pg_pipeline(PgConnection *connection, Errors *errors, const char *const *statements, size_t count,
                   const PgOrigin *origins) MUST_CHECK;

/*
 * As pg_run_rows, and calls look(closure) about every `interval_ms` until the statement is over.  It may use another
 * connection, to see what this one waits for, and to cancel it there by pg_cancel_backend(): then the statement fails with
 * SQLSTATE 57014.  When pg_run_watched returns, a cancellation that came too late has missed.
 */
typedef struct PgWatch
{
    int interval_ms;
    void (*look)(void *closure);
    void *closure;
    int patience_ms; /* then the connection is given up, as if it had broken; 0: never */
} PgWatch;
Status pg_run_watched(const void *context, PgConnection *connection, PgRows **ret_rows, Errors *errors,
                      const char *sql, PgOrigin origin, const PgWatch *watch) MUST_CHECK;

/* How many statements of the last text or pipeline on this connection succeeded, before the one that failed. */
size_t pg_completed(const PgConnection *connection);

/*
 * The same without waiting, for what may be late and must hold up nobody.  pg_ask sends a statement with parameters; both it
 * and they must live until pg_is_answered says true, and pg_answer then gives the rows.  On a connection with nothing else
 * to do.  Not in the log.
 */
Status pg_ask(PgConnection *connection, Errors *errors, const char *sql, size_t parameter_count,
              const char *const *parameters) MUST_CHECK;
bool pg_is_answered(PgConnection *connection);
Status pg_answer(const void *context, PgConnection *connection, PgRows **ret_rows, Errors *errors) MUST_CHECK;

/* Cancels what the connection executes now and reads its result away. */
void pg_cancel(PgConnection *connection);

/* ROLLBACK if a transaction is open; a failure is of no interest (the server does the same when we go). */
void pg_rollback(PgConnection *connection);

/* ---- rows ------------------------------------------------------------------------------------------------- */

size_t pg_row_count(const PgRows *rows);
/* NULL for SQL NULL.  `column` is a name in the result; asking for one it lacks ends the process (a defect). */
const char *pg_value(const PgRows *rows, size_t row, const char *column);
/* "" for NULL */
const char *pg_text(const PgRows *rows, size_t row, const char *column);
int64_t pg_integer(const PgRows *rows, size_t row, const char *column); /* 0 for NULL */
bool pg_boolean(const PgRows *rows, size_t row, const char *column);    /* false for NULL */
uint32_t pg_oid(const PgRows *rows, size_t row, const char *column);    /* 0 for NULL */

/* ---- worker pool ------------------------------------------------------------------------------------------ */

/*
 * A pool executes tasks on its connections.  A task is a list of steps that run one after another on one
 * connection; when a step fails, the rest is skipped, an open transaction is rolled back, and the errors are
 * handed to on_done.  Which task starts next is the owner's decision, each time a worker is idle.
 */
typedef struct PgStep
{
    const char *sql; /* several statements allowed; NULL: the feed's */
    PgOrigin origin;
    int tag; /* for on_step; the pool does not look at it, nor at this: */
    void *owner; /* the caller's, where that of the task does not say enough */
    struct PgFeed *feed; /* gives a COPY … FROM STDIN and its data; NULL: an ordinary step */
    bool opens;          /* only waits until the feed knows its statement, so that no transaction need be open yet */
} PgStep;

/*
 * Data that comes from outside: a file, a program's pipes.  The pool asks for it as fast as the server takes it, and
 * waits in its poll() for what the feed waits for.  None of the functions may block.
 */
typedef enum PgFeedState
{
    PG_FEED_WAITING, /* ask again when a descriptor is readable, and not later than in `patience_ms` */
    PG_FEED_READY,   /* open: here is the statement; read: here are bytes */
    PG_FEED_END,     /* read: that was all of it, and nothing is missing */
    PG_FEED_FAILED   /* the errors say why: the COPY is not completed, and the task fails with them */
} PgFeedState;

typedef struct PgFeed PgFeed;
struct PgFeed
{
    PgFeedState (*open)(PgFeed *feed, const char **ret_sql, Errors *errors); /* asked again, it gives the same */
    PgFeedState (*read)(PgFeed *feed, const char **ret_bytes, size_t *ret_length, Errors *errors);
    bool (*close)(PgFeed *feed); /* at the end of the task, whole or not: nothing is left; false: ask again, as above */
    int descriptors[2];          /* -1: none */
    int patience_ms;
};

typedef struct PgTask PgTask;
struct PgTask
{
    const char *label; /* for application_name and the log: the view */
    PgStep *steps;
    size_t step_count;
    void *owner;       /* the caller's, with these two: */
    int tag;
    const char *note;
    /* when a worker has it, before its first step; may be NULL */
    void (*on_start)(PgTask *task);
    /* after each step that succeeded: `rows` is NULL or lives until the callback returns */
    void (*on_step)(PgTask *task, const PgStep *step, const PgRows *rows, double milliseconds);
    /* once, at the end: errors is NULL when every step succeeded; the callback may move entries out of it */
    void (*on_done)(PgTask *task, Errors *errors, double milliseconds);
    int worker; /* set by the pool: 0 … size - 1 */
};

typedef struct PgPool PgPool;

/* Opens `size` connections, all at once (non-blocking).  Each first runs `prelude` if not NULL. */
Status pg_pool_open(const void *context, PgOptions options, int size, const char *prelude, PgPool **ret_pool,
                    Errors *errors) MUST_CHECK;

/*
 * Runs until `next` has nothing to give and no task is under way.
 *   next(closure): the task to start on an idle worker, or NULL if none is ready now; asked again after every
 *                  on_done.
 *   tick(closure): about once a second, for progress; may be NULL.
 * Fails with ERROR_CANCELLED on a signal and with ERROR_CONNECTION when a connection breaks (that task's
 * on_done gets the error too); on the way out of a failure every statement under way is cancelled, its
 * transaction rolled back, and its task's on_done called.  A task's own error does not stop the pool: `next`
 * decides, by giving nothing more.
 */
Status pg_pool_run(PgPool *pool, PgTask *(*next)(void *closure), void (*tick)(void *closure), void *closure,
                   Errors *errors) MUST_CHECK;

/*
 * Cancels what is under way (see pg_pool_run); for a callback that wants a quick end after a failed task.  The
 * tasks cancelled get ERROR_CANCELLED; pg_pool_run itself then succeeds, and the pool can run again.
 */
void pg_pool_stop(PgPool *pool);

/*
 * Cancels the tasks that `is_void` picks, while the others go on; they get ERROR_CANCELLED, unless they are over first.
 * One whose statement does not heed the request is waited for.
 */
void pg_pool_cancel(PgPool *pool, bool (*is_void)(const PgTask *task, void *closure), void *closure);

/*
 * Another connection without which the pool's work is void: when it breaks during a run, that ends as if a worker's
 * connection had broken, with an error that names it: `what` is "the … connection", and must live as long as the pool.
 * Nothing may be executed on it during pg_pool_run.  It is no longer watched before it is freed.
 */
void pg_pool_watch(PgPool *pool, PgConnection *connection, const char *what);
void pg_pool_unwatch(PgPool *pool, const PgConnection *connection);

int pg_pool_size(const PgPool *pool);

/* Backend pids of the workers, `pg_pool_size` of them. */
const int *pg_pool_pids(const PgPool *pool);

/* ---- waiting ---------------------------------------------------------------------------------------------- */

/* Called a few times a second, when set, while anything here waits for the server.  It must not wait itself. */
extern void (*pg_waiting)(void);

/* ---- log -------------------------------------------------------------------------------------------------- */

/* Called for every statement sent (before) when set: pid, SQL.  Parameters and passwords are not shown. */
extern void (*pg_trace)(int backend_pid, const char *sql);

#endif
