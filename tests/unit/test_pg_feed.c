/*
 * Covers a pool's steps with a feed, on a real server: data reaches its table while other workers go on, nothing piles up
 * when the server is slow, and what becomes of a copy whose feed fails, whose row is refused, or whose pool stops.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cluster.h"
#include "matswap/memory.h"
#include "matswap/pg.h"
#include "matswap/text.h"

enum
{
    PIECE = 65536,
    MOST_STEPS = 8
};

typedef struct Fixture Fixture;

/* Rows "1\n", one piece after another. */
typedef struct Rows
{
    PgFeed feed;
    Fixture *fixture;
    int pipe[2]; /* never readable: what a feed that waits, waits for */
    int open_after, closes_after; /* how often it wants to be asked before */
    size_t pieces, given;
    const char *last;  /* instead of the last piece */
    bool fails, hangs; /* after all pieces */
    bool closed;
} Rows;

struct Fixture
{
    Config *config;
    Errors *errors;
    PgPool *pool;
    Rows rows;
    char piece[PIECE];
    PgTask tasks[2];
    PgStep steps[2][MOST_STEPS];
    size_t task_count, started;
    const char *count; /* column v of the last step that gave rows */
    char *failures[2];
    bool waits_for_other; /* half of the data is given when the second task is done */
    bool stop_when_hanging;
};

static PgFeedState open_rows(PgFeed *feed, const char **ret_sql, Errors *errors)
{
    Rows *rows = (Rows *) feed;
    if (rows->open_after == 1 && rows->hangs)
    {
        pg_pool_stop(rows->fixture->pool);
        return PG_FEED_WAITING;
    }
    if (rows->open_after > 0)
    {
        rows->open_after--;
        return PG_FEED_WAITING;
    }
    *ret_sql = "COPY t (n) FROM STDIN WITH (FREEZE)";
    return PG_FEED_READY;
}

static PgFeedState read_rows(PgFeed *feed, const char **ret_bytes, size_t *ret_length, Errors *errors)
{
    Rows *rows = (Rows *) feed;
    rows->feed.patience_ms = 5;
    if (rows->fixture->waits_for_other && rows->given == rows->pieces / 2 && rows->fixture->failures[1] == NULL)
        return PG_FEED_WAITING;
    if (rows->given < rows->pieces)
    {
        rows->given++;
        bool last = rows->given == rows->pieces && rows->last != NULL;
        *ret_bytes = last ? rows->last : rows->fixture->piece;
        *ret_length = last ? strlen(rows->last) : PIECE;
        rows->feed.patience_ms = 0;
        return PG_FEED_READY;
    }
    if (rows->fails)
    {
        errors_add(errors, ERROR_IMPORT, "no more");
        return PG_FEED_FAILED;
    }
    if (rows->hangs && rows->fixture->stop_when_hanging)
        pg_pool_stop(rows->fixture->pool);
    return rows->hangs ? PG_FEED_WAITING : PG_FEED_END;
}

static bool close_rows(PgFeed *feed)
{
    Rows *rows = (Rows *) feed;
    assert_false(rows->closed);
    rows->feed.patience_ms = 5;
    rows->closed = rows->closes_after-- <= 0;
    return rows->closed;
}

static int setup(void **state)
{
    Fixture *fixture = mem_new(NULL, Fixture);
    fixture->config = cluster_config(fixture);
    fixture->errors = errors_new(fixture);
    for (size_t i = 0; i < PIECE; i++)
        fixture->piece[i] = i % 2 == 0 ? '1' : '\n';
    assert_int_equal(pipe(fixture->rows.pipe), 0);
    fixture->rows.fixture = fixture;
    fixture->rows.feed = (PgFeed){.open = open_rows, .read = read_rows, .close = close_rows,
                                  .descriptors = {fixture->rows.pipe[0], -1}, .patience_ms = 5};
    PgOptions options = {.config = fixture->config};
    assert_int_equal(pg_pool_open(fixture, options, 2, "SET client_min_messages = error; SET search_path = public; DROP TABLE IF EXISTS t",
                                  &fixture->pool, fixture->errors), STATUS_OK);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    Fixture *fixture = *state;
    close(fixture->rows.pipe[0]);
    close(fixture->rows.pipe[1]);
    talloc_free(fixture);
    return 0;
}

static void on_step(PgTask *task, const PgStep *step, const PgRows *rows, double milliseconds)
{
    Fixture *fixture = task->owner;
    if (rows != NULL && pg_row_count(rows) > 0)
        fixture->count = mem_strdup(fixture, pg_text(rows, 0, "v"));
}

static void on_done(PgTask *task, Errors *errors, double milliseconds)
{
    Fixture *fixture = task->owner;
    size_t which = (size_t) (task - fixture->tasks);
    Text *text = text_new(fixture);
    for (size_t i = 0; errors != NULL && i < errors->count; i++)
        text_addf(text, "%s%s: %s", i > 0 ? "\n" : "", error_kind_word(errors->items[i]->kind),
                  errors->items[i]->server_message != NULL ? errors->items[i]->server_message
                                                           : errors->items[i]->message);
    fixture->failures[which] = text->data;
}

static PgTask *next(void *closure)
{
    Fixture *fixture = closure;
    return fixture->started < fixture->task_count ? &fixture->tasks[fixture->started++] : NULL;
}

static void add_step(Fixture *fixture, size_t task, PgStep step)
{
    PgTask *to = &fixture->tasks[task];
    *to = (PgTask){.label = "label", .steps = fixture->steps[task], .step_count = to->step_count + 1, .owner = fixture,
                   .on_step = on_step, .on_done = on_done};
    fixture->steps[task][to->step_count - 1] = step;
    if (fixture->task_count <= task)
        fixture->task_count = task + 1;
}

static void add_copy(Fixture *fixture)
{
    PgFeed *feed = &fixture->rows.feed;
    add_step(fixture, 0, (PgStep){.feed = feed, .opens = true});
    add_step(fixture, 0, (PgStep){.sql = "BEGIN; CREATE TABLE t (n int CHECK (n > 0))"});
    add_step(fixture, 0, (PgStep){.feed = feed});
    add_step(fixture, 0, (PgStep){.sql = "SELECT pg_catalog.count(*) AS v FROM t"});
    add_step(fixture, 0, (PgStep){.sql = "COMMIT"});
}

static Status run(Fixture *fixture)
{
    return pg_pool_run(fixture->pool, next, NULL, fixture, fixture->errors);
}

/* The task failed, its transaction is rolled back, its worker works on. */
static void assert_gone(Fixture *fixture)
{
    assert_true(fixture->rows.closed);
    fixture->started = 0;
    fixture->task_count = 0;
    fixture->tasks[0].step_count = 0;
    fixture->tasks[1].step_count = 0;
    add_step(fixture, 0, (PgStep){.sql = "SELECT COALESCE(pg_catalog.to_regclass('public.t')::text, '') AS v"});
    assert_int_equal(run(fixture), STATUS_OK);
    assert_string_equal(fixture->failures[0], "");
    assert_string_equal(fixture->count, "");
}

static void data_reaches_its_table_while_others_work(void **state)
{
    Fixture *fixture = *state;
    fixture->rows.pieces = 200; /* 13 MB: more than any buffer on the way */
    fixture->rows.open_after = 3;
    fixture->rows.closes_after = 2;
    add_copy(fixture);
    add_step(fixture, 1, (PgStep){.sql = "SELECT 1 AS v"});
    fixture->waits_for_other = true;
    assert_int_equal(run(fixture), STATUS_OK);
    assert_string_equal(fixture->failures[0], "");
    assert_string_equal(fixture->failures[1], "");
    assert_string_equal(fixture->count, "6553600");
    assert_true(fixture->rows.closed);
}

static void stop(PgTask *task, const PgStep *step, const PgRows *rows, double milliseconds)
{
    Fixture *fixture = task->owner;
    pg_pool_stop(fixture->pool);
}

/* A row takes the server a millisecond.  And to end such a copy it need not take what is on its way. */
static void nothing_piles_up_before_a_slow_server(void **state)
{
    Fixture *fixture = *state;
    fixture->rows.pieces = 4000; /* 262 MB */
    add_copy(fixture);
    fixture->steps[0][1].sql = "BEGIN; "
                               "CREATE TABLE t (n int CHECK (pg_catalog.pg_sleep(0.001) IS NOT NULL))";
    add_step(fixture, 1, (PgStep){.sql = "SELECT pg_catalog.pg_sleep(0.5)::text AS v"});
    fixture->tasks[1].on_step = stop;
    assert_int_equal(run(fixture), STATUS_OK);
    assert_string_equal(fixture->failures[0], "cancelled: cancelled `COPY FROM STDIN`");
    assert_in_range(fixture->rows.given, 1, 400); /* what the socket's and libpq's buffers hold */
    assert_gone(fixture);
}

static void a_refused_row_fails_the_task(void **state)
{
    Fixture *fixture = *state;
    fixture->rows.pieces = 3;
    fixture->rows.last = "1\n0\n1\n";
    add_copy(fixture);
    assert_int_equal(run(fixture), STATUS_OK);
    assert_string_equal(fixture->failures[0],
                        "server: new row for relation \"t\" violates check constraint \"t_n_check\"");
    assert_gone(fixture);
}

/* The server's answer is there, and read, before the data ends. */
static void a_row_refused_long_before_the_end_fails_the_task(void **state)
{
    Fixture *fixture = *state;
    fixture->rows.pieces = 2;
    fixture->piece[0] = '0';
    fixture->waits_for_other = true;
    add_copy(fixture);
    add_step(fixture, 1, (PgStep){.sql = "SELECT pg_catalog.pg_sleep(0.3)::text AS v"});
    assert_int_equal(run(fixture), STATUS_OK);
    assert_string_equal(fixture->failures[0],
                        "server: new row for relation \"t\" violates check constraint \"t_n_check\"");
    assert_gone(fixture);
}

static void a_feed_that_fails_fails_the_task(void **state)
{
    Fixture *fixture = *state;
    fixture->rows.pieces = 3;
    fixture->rows.fails = true;
    fixture->rows.closes_after = 3;
    add_copy(fixture);
    assert_int_equal(run(fixture), STATUS_OK);
    assert_string_equal(fixture->failures[0], "import: no more");
    assert_gone(fixture);
}

static void a_pool_that_stops_ends_a_copy_without_data(void **state)
{
    Fixture *fixture = *state;
    fixture->rows.pieces = 1;
    fixture->rows.hangs = true;
    fixture->stop_when_hanging = true;
    add_copy(fixture);
    assert_int_equal(run(fixture), STATUS_OK);
    assert_string_equal(fixture->failures[0], "cancelled: cancelled `COPY FROM STDIN`");
    assert_gone(fixture);
}

static void a_pool_that_stops_does_not_wait_for_a_feed_to_open(void **state)
{
    Fixture *fixture = *state;
    fixture->rows.open_after = 3;
    fixture->rows.hangs = true;
    add_copy(fixture);
    assert_int_equal(run(fixture), STATUS_OK);
    assert_string_equal(fixture->failures[0], "cancelled: cancelled `COPY FROM STDIN`");
    assert_gone(fixture);
}

static void a_connection_that_breaks_ends_the_run(void **state)
{
    Fixture *fixture = *state;
    fixture->rows.pieces = 1;
    fixture->rows.hangs = true;
    add_copy(fixture);
    add_step(fixture, 1, (PgStep){.sql = "SELECT pg_catalog.pg_sleep(0.1)::text AS v"});
    add_step(fixture, 1, (PgStep){.sql = "SELECT pg_catalog.pg_terminate_backend(a.pid)::text AS v FROM "
                                         "pg_catalog.pg_stat_activity AS a WHERE a.query LIKE 'COPY t%'"});
    assert_int_equal(run(fixture), STATUS_FAILED);
    assert_true(errors_have(fixture->errors, ERROR_CONNECTION));
    assert_true(fixture->rows.closed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(data_reaches_its_table_while_others_work, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_piles_up_before_a_slow_server, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_row_fails_the_task, setup, teardown),
        cmocka_unit_test_setup_teardown(a_row_refused_long_before_the_end_fails_the_task, setup, teardown),
        cmocka_unit_test_setup_teardown(a_feed_that_fails_fails_the_task, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pool_that_stops_ends_a_copy_without_data, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pool_that_stops_does_not_wait_for_a_feed_to_open, setup, teardown),
        cmocka_unit_test_setup_teardown(a_connection_that_breaks_ends_the_run, setup, teardown),
    };
    return cmocka_run_group_tests(tests, cluster_setup, cluster_teardown);
}
