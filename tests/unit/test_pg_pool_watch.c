/*
 * Covers pg_pool_watch in src/pg/pool.c on a real server: a connection beside the workers that breaks ends the pool's
 * run at once; what else comes on it does not.
 */
#include <signal.h>

#include "connection_fixture.h"
#include "timed_signal.h"

typedef struct Sleeper
{
    PgTask task;
    PgStep step;
    bool started;
    ErrorKind kind; /* of its first error; ERROR_KIND_COUNT: none */
    PgPool *pool;
    PgConnection *unwatch; /* freed when the task is done, not NULL */
} Sleeper;

static void on_done(PgTask *task, Errors *errors, double milliseconds)
{
    Sleeper *sleeper = task->owner;
    sleeper->kind = errors == NULL ? ERROR_KIND_COUNT : errors->items[0]->kind;
    if (sleeper->unwatch == NULL)
        return;
    pg_pool_unwatch(sleeper->pool, sleeper->unwatch);
    talloc_free(sleeper->unwatch);
}

static PgTask *next(void *closure)
{
    Sleeper *sleepers = closure;
    for (Sleeper *sleeper = sleepers; sleeper->task.label != NULL; sleeper++)
        if (!sleeper->started)
        {
            sleeper->started = true;
            return &sleeper->task;
        }
    return NULL;
}

/* `count` tasks, each one statement, and one more without a label. */
static Sleeper *sleepers_new(Fixture *fixture, PgPool *pool, size_t count, const char *sql)
{
    Sleeper *sleepers = mem_array(fixture, Sleeper, count + 1);
    for (size_t i = 0; i < count; i++)
    {
        sleepers[i].step = (PgStep){.sql = sql};
        sleepers[i].task =
            (PgTask){.label = "sleeper", .steps = &sleepers[i].step, .step_count = 1, .owner = &sleepers[i], .on_done = on_done};
        sleepers[i].pool = pool;
    }
    return sleepers;
}

static PgPool *open_pool(Fixture *fixture, int size)
{
    PgPool *pool = NULL;
    PgOptions options = {.config = fixture->config};
    assert_int_equal(pg_pool_open(fixture, options, size, NULL, &pool, fixture->errors), STATUS_OK);
    return pool;
}

/* Once a worker sleeps. */
static void later(Fixture *fixture, const char *sql)
{
    static const char shell[] =
        "(until [ \"$(psql -XAtq '%s' -c \"SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'\")\" = t ]"
        "; do sleep 0.02; done; psql -Xq '%s' -c \"%s\") > /dev/null 2>&1 &";
    const char *conninfo = cluster_conninfo();
    assert_int_equal(system(mem_printf(fixture, shell, conninfo, conninfo, sql)), 0);
}

static char *terminate(Fixture *fixture, const PgConnection *victim)
{
    return mem_printf(fixture, "SELECT pg_catalog.pg_terminate_backend(%d)", pg_backend_pid(victim));
}

static void a_watched_connection_that_breaks_ends_the_pool(void **state)
{
    Fixture *fixture = *state;
    PgPool *pool = open_pool(fixture, 2);
    PgConnection *other = open_connection(fixture, "other");
    Sleeper *sleepers = sleepers_new(fixture, pool, 3, "SELECT pg_catalog.pg_sleep(60)");
    int pid = pg_backend_pid(fixture->connection);
    pg_pool_watch(pool, other, "the other connection");
    pg_pool_watch(pool, fixture->connection, "the coordinating connection");
    later(fixture, terminate(fixture, fixture->connection));
    double start = now_ms();
    assert_int_equal(pg_pool_run(pool, next, NULL, sleepers, fixture->errors), STATUS_FAILED);
    assert_true(now_ms() - start < 30000);
    Error *error = only_error(fixture);
    assert_int_equal(error->kind, ERROR_CONNECTION);
    assert_string_equal(error->message, mem_printf(fixture, "the coordinating connection (server process %d) broke", pid));
    assert_int_equal(sleepers[0].kind, ERROR_CANCELLED);
    assert_int_equal(sleepers[1].kind, ERROR_CANCELLED);
    assert_false(sleepers[2].started);

    /* it is as broken for the next run, until it is not watched any more */
    errors_truncate(fixture->errors, 0);
    assert_int_equal(pg_pool_run(pool, next, NULL, sleepers, fixture->errors), STATUS_FAILED);
    assert_false(sleepers[2].started);
    errors_truncate(fixture->errors, 0);
    pg_pool_unwatch(pool, fixture->connection);
    sleepers[2].step.sql = "SELECT 1";
    assert_int_equal(pg_pool_run(pool, next, NULL, sleepers, fixture->errors), STATUS_OK);
    assert_int_equal(sleepers[2].kind, ERROR_KIND_COUNT);
}

static void what_else_comes_on_a_watched_connection_is_no_matter(void **state)
{
    Fixture *fixture = *state;
    PgPool *pool = open_pool(fixture, 1);
    Sleeper *sleepers = sleepers_new(fixture, pool, 1, "SELECT pg_catalog.pg_sleep(1)");
    pg_pool_watch(pool, fixture->connection, "the coordinating connection");
    assert_int_equal(pg_run(fixture->connection, fixture->errors, "LISTEN here"), STATUS_OK);
    later(fixture, "NOTIFY here, 'a notification'");
    assert_int_equal(pg_pool_run(pool, next, NULL, sleepers, fixture->errors), STATUS_OK);
    assert_int_equal(sleepers[0].kind, ERROR_KIND_COUNT);
    assert_string_equal(query_text(fixture, fixture->connection, "SELECT 'there' AS v"), "there");
}

static void a_connection_is_freed_in_the_middle_once_it_is_not_watched(void **state)
{
    Fixture *fixture = *state;
    PgPool *pool = open_pool(fixture, 1);
    PgConnection *other = open_connection(fixture, "other");
    Sleeper *sleepers = sleepers_new(fixture, pool, 2, "SELECT 1");
    sleepers[0].unwatch = other;
    pg_pool_watch(pool, other, "the other connection");
    assert_int_equal(pg_pool_run(pool, next, NULL, sleepers, fixture->errors), STATUS_OK);
    assert_true(sleepers[1].started);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    Errors *errors = errors_new(NULL);
    if (pg_signals_install(errors) != STATUS_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(a_watched_connection_that_breaks_ends_the_pool),
        TEST(what_else_comes_on_a_watched_connection_is_no_matter),
        TEST(a_connection_is_freed_in_the_middle_once_it_is_not_watched),
    };
    int failed = cmocka_run_group_tests_name("pg_pool_watch", tests, cluster_setup, cluster_teardown);
    talloc_free(errors);
    return failed;
}
