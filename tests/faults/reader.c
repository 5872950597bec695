/*
 * The reader: a process that reads two or three views per transaction all the time, as a role that may do nothing
 * else, and compares what generation they show.
 *
 * What it finds is in memory that it shares with the driver.  A connection may break only while the driver has
 * announced that the server may go away.
 */
#include "driver.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "views.h"

typedef struct Shared
{
    atomic_llong transactions;
    atomic_int stops;      /* server stops announced so far */
    atomic_bool stopping;  /* one is under way */
    atomic_bool violated;  /* `violation` is written before this is set */
    char violation[2000];
} Shared;

struct Reader
{
    pid_t pid;
    Shared *shared;
};

/* ---- in the reader's process ---------------------------------------------------------------------------------- */

typedef struct Session
{
    PGconn *connection;
    Shared *shared;
    const char *conninfo;
    int stops_seen; /* when it connected */
    unsigned int seed;
} Session;

static void violate(Session *session, const char *format, ...) PRINTF_LIKE(2, 3) __attribute__((noreturn));

static void violate(Session *session, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(session->shared->violation, sizeof session->shared->violation, format, arguments);
    va_end(arguments);
    atomic_store(&session->shared->violated, true);
    _exit(1);
}

static void pause_ms(int milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

/* A stop that is under way may still break a connection made now. */
static int stops_behind(const Shared *shared)
{
    bool stopping = atomic_load(&shared->stopping);
    return atomic_load(&shared->stops) - (stopping ? 1 : 0);
}

static void connect_reader(Session *session)
{
    for (int tries = 0;; tries++)
    {
        session->stops_seen = stops_behind(session->shared);
        PQfinish(session->connection);
        session->connection = PQconnectdb(session->conninfo);
        if (PQstatus(session->connection) == CONNECTION_OK)
            return;
        if (tries > 1200 || (session->stops_seen == atomic_load(&session->shared->stops) && tries > 100))
            violate(session, "cannot connect: %s", PQerrorMessage(session->connection));
        pause_ms(50);
    }
}

typedef struct Sight
{
    char view[64];
    long long from, to, rows;
} Sight;

/* False: the connection broke, as announced. */
static bool succeeded(Session *session, const PGresult *result, const char *what)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return true;
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    /* no SQLSTATE: it is libpq that speaks, of the connection */
    bool gone = state == NULL || strncmp(state, "57P", 3) == 0;
    if (!gone || session->stops_seen == atomic_load(&session->shared->stops))
        violate(session, "%s (server stops: %d seen, %d announced): %s", what, session->stops_seen,
                atomic_load(&session->shared->stops), PQerrorMessage(session->connection));
    return false;
}

static bool execute(Session *session, const char *sql)
{
    PGresult *result = PQexec(session->connection, sql);
    bool good = succeeded(session, result, sql);
    PQclear(result);
    return good;
}

static bool look(Session *session, Sight *sight)
{
    char sql[400];
    snprintf(sql, sizeof sql, "SELECT coalesce(min(generation), 0), coalesce(max(generation), 0), count(*) FROM %s",
             sight->view);
    PGresult *result = PQexec(session->connection, sql);
    bool good = succeeded(session, result, sql);
    if (good)
    {
        sight->from = atoll(PQgetvalue(result, 0, 0));
        sight->to = atoll(PQgetvalue(result, 0, 1));
        sight->rows = atoll(PQgetvalue(result, 0, 2));
    }
    PQclear(result);
    return good;
}

/* Any of the set, or what is none of it and reads it. */
static void any_view(Session *session, Sight *sight)
{
    static const char *const outside[] = {"app.overview", "app.shortages()", "app.missing"};
    size_t index = (size_t) rand_r(&session->seed) % (set_view_count + sizeof outside / sizeof *outside);
    if (index >= set_view_count)
        snprintf(sight->view, sizeof sight->view, "%s", outside[index - set_view_count]);
    else
        snprintf(sight->view, sizeof sight->view, "%s.%s", set_views[index].schema, set_views[index].name);
}

static void compare(Session *session, const Sight *sights, size_t count, const char *begin)
{
    for (size_t i = 0; i < count; i++)
        if (sights[i].rows == 0 || sights[i].from != sights[i].to || sights[i].from != sights[0].from)
            violate(session, "after %s: %s shows generation %lld to %lld in %lld rows, %s shows %lld to %lld in %lld",
                    begin, sights[0].view, sights[0].from, sights[0].to, sights[0].rows, sights[i].view,
                    sights[i].from, sights[i].to, sights[i].rows);
}

static bool read_once(Session *session)
{
    static const char *const begins[] = {"BEGIN ISOLATION LEVEL READ COMMITTED",
                                         "BEGIN ISOLATION LEVEL REPEATABLE READ"};
    Sight sights[3];
    size_t count = 2 + (size_t) rand_r(&session->seed) % 2;
    const char *begin = begins[rand_r(&session->seed) % 2];
    if (!execute(session, begin))
        return false;
    for (size_t i = 0; i < count; i++)
    {
        any_view(session, &sights[i]);
        if (!look(session, &sights[i]))
            return false;
    }
    if (!execute(session, "COMMIT"))
        return false;
    compare(session, sights, count, begin);
    return true;
}

static void read_for_ever(Shared *shared, const char *conninfo, uint64_t seed) __attribute__((noreturn));

static void read_for_ever(Shared *shared, const char *conninfo, uint64_t seed)
{
    Session session = {.shared = shared, .conninfo = conninfo, .seed = (unsigned int) seed};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    connect_reader(&session);
    for (;;)
    {
        if (read_once(&session))
            atomic_fetch_add(&shared->transactions, 1);
        else
            connect_reader(&session);
        pause_ms(2);
    }
}

/* ---- in the driver's ------------------------------------------------------------------------------------------ */

static int stop_when_freed(Reader *reader)
{
    kill(reader->pid, SIGKILL);
    waitpid(reader->pid, NULL, 0);
    munmap(reader->shared, sizeof *reader->shared);
    return 0;
}

Reader *reader_start(const void *context, const char *database, uint64_t seed)
{
    Reader *reader = mem_new(context, Reader);
    reader->shared = mmap(NULL, sizeof *reader->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (reader->shared == MAP_FAILED)
        bail_out("no shared memory: %s", strerror(errno));
    char *conninfo = mem_printf(reader, "dbname=%s user=faults_reader application_name=reader", database);
    reader->pid = fork();
    if (reader->pid < 0)
        bail_out("cannot fork: %s", strerror(errno));
    if (reader->pid == 0)
        read_for_ever(reader->shared, conninfo, seed);
    talloc_set_destructor(reader, stop_when_freed);
    return reader;
}

void reader_stop(Reader *reader)
{
    talloc_free(reader);
}

int64_t reader_transactions(const Reader *reader)
{
    return atomic_load(&reader->shared->transactions);
}

const char *reader_violation(const Reader *reader)
{
    if (atomic_load(&reader->shared->violated))
        return reader->shared->violation;
    int status;
    if (waitpid(reader->pid, &status, WNOHANG) != 0 && !atomic_load(&reader->shared->violated))
        return "the reader has died";
    return NULL;
}

void reader_expect_stop(Reader *reader)
{
    atomic_store(&reader->shared->stopping, true);
    atomic_fetch_add(&reader->shared->stops, 1);
}

void reader_expect_no_stop(Reader *reader)
{
    atomic_store(&reader->shared->stopping, false);
}
