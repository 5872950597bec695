/*
 * One connection of reader_hammer: transactions of every kind, and what they see.
 *
 *     several statements, one a view, in READ COMMITTED, REPEATABLE READ or SERIALIZABLE;
 *         plain, prepared, or by cursors that are all open at the same time
 *     one statement that joins the views; alone, or for the other two levels and for a cursor in a transaction
 */
#include "hammer.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "matswap/memory.h"

#define VIEWS_MOST 3

typedef enum Access
{
    ACCESS_PLAIN,
    ACCESS_PREPARED,
    ACCESS_CURSOR,
    ACCESS_COUNT
} Access;

typedef struct Reader
{
    const HammerOptions *options;
    HammerReader *shared;
    Tally *tally; /* of this turn */
    PGconn *connection;
    uint64_t random;
    int64_t last_seen;         /* the newest generation of the last transaction */
    bool *prepared;            /* [view * (VIEWS_MOST + 1) + views in the statement] on this connection */
    void *scratch;             /* of one transaction */
    size_t views[VIEWS_MOST];  /* of one transaction */
    size_t count;
    bool failed;               /* the transaction, by an error that has been counted */
    int64_t oldest, newest;    /* seen in the transaction; 0: nothing yet */
    bool empty;
} Reader;

static uint64_t now_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t) time.tv_sec * 1000000u + (uint64_t) time.tv_nsec / 1000u;
}

static void pause_ms(int milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    nanosleep(&time, NULL);
}

/* xorshift64* */
static size_t random_below(Reader *reader, size_t limit)
{
    reader->random ^= reader->random >> 12;
    reader->random ^= reader->random << 25;
    reader->random ^= reader->random >> 27;
    return (size_t) ((reader->random * UINT64_C(2685821657736338717)) >> 33) % limit;
}

static bool one_in_hundred(Reader *reader, int percent)
{
    return random_below(reader, 100) < (size_t) percent;
}

/* ---- statements ------------------------------------------------------------------------------------------------ */

static void fail(Reader *reader, const char *what, const PGresult *result)
{
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    tally_error(reader->tally, PQresultErrorField(result, PG_DIAG_SQLSTATE), what,
                message != NULL ? message : PQerrorMessage(reader->connection));
    reader->failed = true;
}

static bool good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/* BEGIN, COMMIT, DECLARE: what returns nothing. */
static void command(Reader *reader, const char *sql)
{
    if (reader->failed)
        return;
    PGresult *result = PQexec(reader->connection, sql);
    if (!good(result))
        fail(reader, sql, result);
    PQclear(result);
}

static void saw(Reader *reader, int64_t generation)
{
    if (reader->newest == 0 || generation < reader->oldest)
        reader->oldest = generation;
    if (generation > reader->newest)
        reader->newest = generation;
}

static void saw_empty(Reader *reader, const char *sql)
{
    reader->empty = true;
    tally_find(reader->tally, "no row from %s", sql);
}

/* A statement that reads: its rows have the generation in each column. */
static size_t look_at(Reader *reader, const char *sql, const char *prepared)
{
    if (reader->failed)
        return 0;
    uint64_t started = now_us();
    PGresult *result = prepared != NULL ? PQexecPrepared(reader->connection, prepared, 0, NULL, NULL, NULL, 0)
                                        : PQexec(reader->connection, sql);
    histogram_add(&reader->tally->statement, now_us() - started);
    size_t rows = 0;
    if (!good(result))
        fail(reader, sql, result);
    else
        rows = (size_t) PQntuples(result);
    for (size_t row = 0; row < rows; row++)
        for (int column = 0; column < PQnfields(result); column++)
            if (PQgetisnull(result, (int) row, column))
                saw_empty(reader, sql); /* min() of nothing */
            else
                saw(reader, atoll(PQgetvalue(result, (int) row, column)));
    PQclear(result);
    return rows;
}

/* ---- what is read ---------------------------------------------------------------------------------------------- */

static const char *view_name(const Reader *reader, size_t position)
{
    return reader->options->views[reader->views[position]];
}

/* The generations that one view, or the join of all, shows: the lowest and the highest, or those of all rows. */
static char *query(const Reader *reader, size_t first, size_t count, bool all_rows)
{
    static const char *const lowest[] = {"", "a.generation", "least(a.generation, b.generation)",
                                         "least(a.generation, b.generation, c.generation)"};
    static const char *const highest[] = {"", "a.generation", "greatest(a.generation, b.generation)",
                                          "greatest(a.generation, b.generation, c.generation)"};
    char *sql = all_rows ? mem_printf(reader->scratch, "SELECT %s, %s FROM %s AS a", lowest[count], highest[count],
                                      view_name(reader, first))
                         : mem_printf(reader->scratch, "SELECT min(%s), max(%s) FROM %s AS a", lowest[count],
                                      highest[count], view_name(reader, first));
    for (size_t i = 1; i < count; i++)
        sql = mem_printf(reader->scratch, "%s JOIN %s AS %c USING (id)", sql, view_name(reader, first + i),
                         (char) ('a' + i));
    return sql;
}

/* Prepared once for each connection. */
static void look_prepared(Reader *reader, const char *sql, size_t first, size_t count)
{
    bool *prepared = &reader->prepared[reader->views[first] * (VIEWS_MOST + 1) + count];
    char *name = mem_printf(reader->scratch, "read_%zu_%zu", reader->views[first], count);
    if (!*prepared)
    {
        PGresult *result = PQprepare(reader->connection, name, sql, 0, NULL);
        *prepared = good(result);
        if (!*prepared)
            fail(reader, sql, result);
        PQclear(result);
    }
    look_at(reader, sql, name);
}

/* Declares one cursor for each of `statements`, reads the first row of each, then the rest. */
static void look_by_cursors(Reader *reader, char *const *statements, size_t count, int hold_ms)
{
    for (size_t i = 0; i < count; i++)
        command(reader, mem_printf(reader->scratch, "DECLARE reads_%zu CURSOR FOR %s", i, statements[i]));
    for (size_t i = 0; i < count; i++)
        if (look_at(reader, mem_printf(reader->scratch, "FETCH 1 FROM reads_%zu", i), NULL) == 0 && !reader->failed)
            saw_empty(reader, statements[i]);
    if (hold_ms > 0 && !reader->failed)
        pause_ms(hold_ms);
    for (size_t i = 0; i < count; i++)
        look_at(reader, mem_printf(reader->scratch, "FETCH ALL FROM reads_%zu", i), NULL);
}

static void look_one_by_one(Reader *reader, Access access, int hold_ms)
{
    char *statements[VIEWS_MOST];
    for (size_t i = 0; i < reader->count; i++)
        statements[i] = query(reader, i, 1, access == ACCESS_CURSOR);
    if (access == ACCESS_CURSOR)
    {
        look_by_cursors(reader, statements, reader->count, hold_ms);
        return;
    }
    for (size_t i = 0; i < reader->count && !reader->failed; i++)
        if (access == ACCESS_PREPARED)
            look_prepared(reader, statements[i], i, 1);
        else
            look_at(reader, statements[i], NULL);
    if (hold_ms > 0 && !reader->failed)
        pause_ms(hold_ms);
}

static void look_joined(Reader *reader, Access access)
{
    /* of neighbours, so that a connection does not collect thousands of prepared joins */
    for (size_t i = 1; access == ACCESS_PREPARED && i < reader->count; i++)
        reader->views[i] = (reader->views[0] + i) % reader->options->view_count;
    char *sql = query(reader, 0, reader->count, access == ACCESS_CURSOR);
    if (access == ACCESS_CURSOR)
        look_by_cursors(reader, &sql, 1, 0);
    else if (access == ACCESS_PREPARED)
        look_prepared(reader, sql, 0, reader->count);
    else
        look_at(reader, sql, NULL);
}

static void choose_views(Reader *reader)
{
    reader->count = 2 + random_below(reader, (size_t) reader->options->views_at_most - 1);
    for (size_t i = 0; i < reader->count; i++)
    {
        reader->views[i] = random_below(reader, reader->options->view_count);
        for (size_t j = 0; j < i; j++)
            if (reader->views[j] == reader->views[i])
            {
                i--;
                break;
            }
    }
}

/* ---- transactions ---------------------------------------------------------------------------------------------- */

static void judge(Reader *reader, const char *begin, const char *shape)
{
    Tally *tally = reader->tally;
    if (reader->empty)
        tally->empties++;
    if (reader->newest == 0)
        return;
    if (reader->oldest != reader->newest)
    {
        tally->blends++;
        tally_find(tally, "generations %lld and %lld in one transaction: %s, %s, of %s, %s%s%s",
                   (long long) reader->oldest, (long long) reader->newest, begin, shape, view_name(reader, 0),
                   view_name(reader, 1), reader->count > 2 ? ", " : "", reader->count > 2 ? view_name(reader, 2) : "");
    }
    if (reader->oldest < reader->last_seen)
    {
        tally->backward++;
        tally_find(tally, "generation %lld after generation %lld on one connection", (long long) reader->oldest,
                   (long long) reader->last_seen);
    }
    reader->last_seen = reader->newest;
    if (tally->oldest == 0 || reader->oldest < tally->oldest)
        tally->oldest = reader->oldest;
    if (reader->newest > tally->newest)
        tally->newest = reader->newest;
}

static void transact(Reader *reader)
{
    static const char *const begins[] = {"BEGIN ISOLATION LEVEL READ COMMITTED", "BEGIN ISOLATION LEVEL REPEATABLE READ",
                                         "BEGIN ISOLATION LEVEL SERIALIZABLE"};
    static const char *const accesses[] = {"plain", "prepared", "cursor"};
    reader->failed = reader->empty = false;
    reader->oldest = reader->newest = 0;
    choose_views(reader);
    size_t level = random_below(reader, 3);
    Access access = (Access) random_below(reader, ACCESS_COUNT);
    bool join = one_in_hundred(reader, reader->options->join_percent);
    int hold_ms = !join && one_in_hundred(reader, reader->options->hold_percent) ? reader->options->hold_ms : 0;
    bool alone = join && level == 0 && access != ACCESS_CURSOR;

    uint64_t started = now_us();
    if (!alone)
        command(reader, begins[level]);
    if (join)
        look_joined(reader, access);
    else
        look_one_by_one(reader, access, hold_ms);
    if (!alone)
        command(reader, "COMMIT");
    uint64_t took = now_us() - started;
    histogram_add(&reader->tally->all, took);
    if (hold_ms == 0)
        histogram_add(&reader->tally->prompt, took);
    reader->tally->transactions++;
    judge(reader, alone ? "without BEGIN" : begins[level],
          mem_printf(reader->scratch, "%s %s", accesses[access], join ? "join" : "statements"));
    if (reader->failed && !alone)
        PQclear(PQexec(reader->connection, "ROLLBACK")); /* what failed has been counted */
}

static void connect_reader(Reader *reader)
{
    PQfinish(reader->connection);
    talloc_free(reader->prepared);
    size_t statements = reader->options->view_count * (VIEWS_MOST + 1);
    reader->prepared = mem_array(reader, bool, statements);
    reader->connection = PQconnectdb("fallback_application_name=reader_hammer");
    if (PQstatus(reader->connection) == CONNECTION_OK)
    {
        atomic_store(&reader->shared->connected, true);
        return;
    }
    tally_error(reader->tally, NULL, "cannot connect", PQerrorMessage(reader->connection));
    pause_ms(50);
}

void hammer_read(const HammerOptions *options, HammerShared *shared, size_t number)
{
    Reader *reader = mem_new(NULL, Reader);
    reader->options = options;
    reader->shared = &shared->readers[number];
    reader->random = (options->seed + number + 1) * UINT64_C(0x9E3779B97F4A7C15) | 1;
    while (!atomic_load(&shared->stop))
    {
        unsigned int turn = atomic_load(&shared->turn);
        atomic_store(&reader->shared->turn, turn);
        reader->tally = &reader->shared->tallies[turn % 2];
        reader->scratch = mem_context(reader);
        if (PQstatus(reader->connection) != CONNECTION_OK)
            connect_reader(reader);
        else
            transact(reader);
        talloc_free(reader->scratch);
        if (options->think_ms > 0)
            pause_ms(options->think_ms);
    }
    PQfinish(reader->connection);
    talloc_free(reader);
}
