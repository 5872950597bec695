/*
 * Covers src/pg/pool.c and pool_worker.c on a real server: which task runs when and where, what one failure leaves
 * of the others, and how a pool ends early.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cluster.h"
#include "matswap/memory.h"
#include "matswap/pg.h"
#include "timed_signal.h"

enum
{
    MAX_TASKS = 20,
    MAX_STEPS = 4
};

typedef struct Fixture Fixture;

typedef struct Job
{
    Fixture *fixture;
    PgTask task;
    PgStep steps[MAX_STEPS];
    int needs; /* the job that must be done before, or -1 */
    bool started, done;
    size_t steps_done;
    char *value; /* column v of the last row seen */
    int done_calls;
    ErrorKind kind; /* of its first error; ERROR_KIND_COUNT: none */
    size_t error_count;
    double step_ms, task_ms;
} Job;

struct Fixture
{
    Config *config;
    Errors *errors;
    PgPool *pool;
    Job jobs[MAX_TASKS];
    int count;
    int running, most_running, ticks;
    bool stop_on_failure;
    Job *cancel_on_failure; /* the job that a failure makes void, or NULL */
    bool stop_on_step;
    bool order_broken;
};

static int setup(void **state)
{
    Fixture *fixture = mem_new(NULL, Fixture);
    fixture->config = cluster_config(fixture);
    fixture->errors = errors_new(fixture);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    talloc_free(*state);
    return 0;
}

static void open_pool(Fixture *fixture, int size, const char *prelude)
{
    PgOptions options = {.config = fixture->config, .session_settings = true};
    if (pg_pool_open(fixture, options, size, prelude, &fixture->pool, fixture->errors) != STATUS_OK)
        fail_msg("%s", error_format(fixture, fixture->errors->items[0]));
}

static void on_step(PgTask *task, const PgStep *step, const PgRows *rows, double milliseconds)
{
    Job *job = task->owner;
    assert_ptr_equal(step, &job->steps[job->steps_done]);
    assert_int_equal(step->tag, job->steps_done);
    job->steps_done++;
    job->step_ms = milliseconds;
    if (rows != NULL && pg_row_count(rows) > 0)
        job->value = mem_strdup(job->fixture, pg_text(rows, 0, "v"));
    if (job->fixture->stop_on_step)
        pg_pool_stop(job->fixture->pool);
}

static bool is_job(const PgTask *task, void *closure)
{
    return task->owner == closure;
}

static void on_done(PgTask *task, Errors *errors, double milliseconds)
{
    Job *job = task->owner;
    job->done = true;
    job->done_calls++;
    job->task_ms = milliseconds;
    job->kind = errors == NULL ? ERROR_KIND_COUNT : errors->items[0]->kind;
    job->error_count = errors == NULL ? 0 : errors->count;
    job->fixture->running--;
    if (errors != NULL && job->fixture->stop_on_failure)
        pg_pool_stop(job->fixture->pool);
    if (errors != NULL && job->fixture->cancel_on_failure != NULL)
        pg_pool_cancel(job->fixture->pool, is_job, job->fixture->cancel_on_failure);
}

/* A job of up to MAX_STEPS statements, NULL-terminated. */
static Job *add_job(Fixture *fixture, int needs, ...)
{
    Job *job = &fixture->jobs[fixture->count++];
    job->fixture = fixture;
    job->needs = needs;
    job->task = (PgTask){.label = mem_printf(fixture, "public.v%d", fixture->count - 1),
                         .steps = job->steps,
                         .owner = job,
                         .on_step = on_step,
                         .on_done = on_done};
    va_list statements;
    va_start(statements, needs);
    const char *sql;
    while ((sql = va_arg(statements, const char *)) != NULL)
    {
        job->steps[job->task.step_count] =
            (PgStep){.sql = sql, .origin = {.object = job->task.label}, .tag = (int) job->task.step_count};
        job->task.step_count++;
    }
    va_end(statements);
    return job;
}

static PgTask *next(void *closure)
{
    Fixture *fixture = closure;
    for (int i = 0; i < fixture->count; i++)
    {
        Job *job = &fixture->jobs[i];
        if (job->started || (job->needs >= 0 && !fixture->jobs[job->needs].done))
            continue;
        job->started = true;
        if (++fixture->running > fixture->most_running)
            fixture->most_running = fixture->running;
        return &job->task;
    }
    return NULL;
}

static void tick(void *closure)
{
    Fixture *fixture = closure;
    fixture->ticks++;
}

static Status run(Fixture *fixture)
{
    return pg_pool_run(fixture->pool, next, tick, fixture, fixture->errors);
}

static void kill_later(Fixture *fixture, const char *command)
{
    assert_int_equal(system(mem_printf(fixture, "(sleep 0.2; %s) > /dev/null 2>&1 &", command)), 0);
}

/* The value of one query on a pool of one worker's kind: no worker may be left in a transaction. */
static void assert_workers_idle(Fixture *fixture)
{
    PgConnection *control = NULL;
    PgRows *rows = NULL;
    assert_int_equal(pg_connect(fixture, (PgOptions){.config = fixture->config}, "control", &control, fixture->errors),
                     STATUS_OK);
    assert_int_equal(pg_query(fixture, control, &rows, fixture->errors,
                              "SELECT count(*) AS n FROM pg_catalog.pg_stat_activity"
                              " WHERE application_name LIKE 'matswap/test/%' AND state <> 'idle'"
                              " AND pid <> pg_catalog.pg_backend_pid()",
                              0, NULL),
                     STATUS_OK);
    assert_int_equal(pg_integer(rows, 0, "n"), 0);
    talloc_free(control);
}

/* ---- the normal course ------------------------------------------------------------------------------------- */

static void twenty_tasks_on_three_workers_respect_their_order(void **state)
{
    Fixture *fixture = *state;
    open_pool(fixture, 3, NULL);
    assert_int_equal(pg_pool_size(fixture->pool), 3);
    assert_int_not_equal(pg_pool_pids(fixture->pool)[0], pg_pool_pids(fixture->pool)[1]);
    add_job(fixture, -1, "CREATE TABLE public.log (n int, at timestamptz DEFAULT clock_timestamp())", NULL);
    for (int i = 1; i < MAX_TASKS; i++)
        add_job(fixture, (i - 1) / 3, "BEGIN", mem_printf(fixture, "INSERT INTO public.log VALUES (%d)", i),
                mem_printf(fixture,
                           "SELECT pg_catalog.pg_sleep(0.02) AS v; SELECT count(*) AS v FROM public.log WHERE n = %d",
                           (i - 1) / 3),
                "COMMIT", NULL);
    assert_int_equal(run(fixture), STATUS_OK);
    int used[3] = {0};
    for (int i = 1; i < MAX_TASKS; i++)
    {
        const Job *job = &fixture->jobs[i];
        assert_int_equal(job->done_calls, 1);
        assert_int_equal(job->kind, ERROR_KIND_COUNT);
        assert_int_equal(job->steps_done, 4);
        /* what it depends on was committed when it ran */
        assert_string_equal(job->value, job->needs == 0 ? "0" : "1");
        assert_true(job->task_ms >= 19);
        used[job->task.worker]++;
    }
    assert_int_equal(fixture->most_running, 3);
    assert_true(used[0] > 0 && used[1] > 0 && used[2] > 0);
    assert_workers_idle(fixture);
}

static void each_task_has_its_application_name(void **state)
{
    Fixture *fixture = *state;
    open_pool(fixture, 1, NULL);
    add_job(fixture, -1, "SELECT current_setting('application_name') AS v", NULL);
    add_job(fixture, -1, "SELECT current_setting('application_name') AS v", NULL);
    assert_int_equal(run(fixture), STATUS_OK);
    assert_string_equal(fixture->jobs[0].value, "matswap/test/public.v0");
    assert_string_equal(fixture->jobs[1].value, "matswap/test/public.v1");
}

static void a_first_step_may_be_vacuum(void **state)
{
    Fixture *fixture = *state;
    open_pool(fixture, 1, NULL);
    add_job(fixture, -1, "VACUUM pg_catalog.pg_namespace", NULL);
    assert_int_equal(run(fixture), STATUS_OK);
    assert_int_equal(fixture->jobs[0].kind, ERROR_KIND_COUNT);
}

static void prelude_and_session_settings_reach_every_worker(void **state)
{
    Fixture *fixture = *state;
    Setting settings[] = {{"work_mem", "7MB", 21}};
    fixture->config->session = settings;
    fixture->config->session_count = 1;
    open_pool(fixture, 2, "SET matswap.greeting = 'hello'");
    for (int i = 0; i < 2; i++)
        add_job(fixture, -1, "SELECT pg_catalog.pg_sleep(0.1) AS v",
                "SELECT current_setting('matswap.greeting') || current_setting('work_mem') AS v", NULL);
    assert_int_equal(run(fixture), STATUS_OK);
    assert_int_not_equal(fixture->jobs[0].task.worker, fixture->jobs[1].task.worker);
    assert_string_equal(fixture->jobs[0].value, "hello7MB");
    assert_string_equal(fixture->jobs[1].value, "hello7MB");
}

static void ticks_come_about_once_a_second_and_steps_are_timed(void **state)
{
    Fixture *fixture = *state;
    open_pool(fixture, 1, NULL);
    Job *job = add_job(fixture, -1, "SELECT pg_catalog.pg_sleep(2.3) AS v", NULL);
    assert_int_equal(run(fixture), STATUS_OK);
    assert_int_equal(fixture->ticks, 2);
    assert_true(job->step_ms >= 2299 && job->step_ms < 3000);
}

static void a_refused_session_setting_opens_no_pool(void **state)
{
    Fixture *fixture = *state;
    Setting settings[] = {{"work_men", "7MB", 21}};
    fixture->config->session = settings;
    fixture->config->session_count = 1;
    PgOptions options = {.config = fixture->config, .session_settings = true};
    assert_int_equal(pg_pool_open(fixture, options, 2, NULL, &fixture->pool, fixture->errors), STATUS_FAILED);
    assert_null(fixture->pool);
    assert_int_equal(fixture->errors->count, 1);
    assert_int_equal(fixture->errors->items[0]->line, 21);
}

/* ---- failures ---------------------------------------------------------------------------------------------- */

static void a_failing_task_is_rolled_back_and_disturbs_no_other(void **state)
{
    Fixture *fixture = *state;
    open_pool(fixture, 2, NULL);
    Job *failing = add_job(fixture, -1, "BEGIN; CREATE TABLE public.halfway ()", "SELECT 1/0", "COMMIT", NULL);
    Job *beside = add_job(fixture, -1, "SELECT pg_catalog.pg_sleep(0.2) AS v", "SELECT 'fine' AS v", NULL);
    Job *after = add_job(fixture, 0, "SELECT pg_catalog.to_regclass('public.halfway') IS NULL AS v", NULL);
    assert_int_equal(run(fixture), STATUS_OK);
    assert_true(errors_empty(fixture->errors));
    assert_int_equal(failing->kind, ERROR_SERVER);
    assert_int_equal(failing->error_count, 1);
    assert_int_equal(failing->steps_done, 1);
    assert_string_equal(beside->value, "fine");
    assert_string_equal(after->value, "t");
    assert_workers_idle(fixture);
}

static void a_stop_cancels_what_is_under_way(void **state)
{
    Fixture *fixture = *state;
    fixture->stop_on_failure = true;
    open_pool(fixture, 2, NULL);
    Job *failing = add_job(fixture, -1, "SELECT pg_catalog.pg_sleep(0.1) AS v", "SELECT 1/0", NULL);
    Job *beside = add_job(fixture, -1, "BEGIN", "SELECT pg_catalog.pg_sleep(20) AS v", "COMMIT", NULL);
    Job *never = add_job(fixture, 0, "SELECT 1 AS v", NULL);
    double start = now_ms();
    assert_int_equal(run(fixture), STATUS_OK);
    assert_true(now_ms() - start < 3000);
    assert_int_equal(failing->kind, ERROR_SERVER);
    assert_int_equal(beside->kind, ERROR_CANCELLED);
    assert_int_equal(beside->done_calls, 1);
    assert_false(never->started);
    assert_workers_idle(fixture);

    /* the same pool runs again */
    fixture->stop_on_failure = false;
    assert_int_equal(run(fixture), STATUS_OK);
    assert_true(never->done);
}

static void one_task_is_cancelled_and_the_others_go_on(void **state)
{
    Fixture *fixture = *state;
    open_pool(fixture, 3, NULL);
    Job *failing = add_job(fixture, -1, "SELECT 1/0", NULL);
    Job *void_job = add_job(fixture, -1, "BEGIN", "SELECT pg_catalog.pg_sleep(600) AS v", "COMMIT", NULL);
    Job *beside = add_job(fixture, -1, "BEGIN", "SELECT pg_catalog.pg_sleep(0.5) AS v", "COMMIT", NULL);
    Job *after = add_job(fixture, 1, "BEGIN", "SELECT 2 AS v", "COMMIT", NULL); /* on the connection that was cancelled */
    fixture->cancel_on_failure = void_job;
    assert_int_equal(run(fixture), STATUS_OK);
    assert_int_equal(failing->kind, ERROR_SERVER);
    assert_int_equal(void_job->kind, ERROR_CANCELLED);
    assert_int_equal(void_job->done_calls, 1);
    assert_int_equal(beside->kind, ERROR_KIND_COUNT);
    assert_int_equal(beside->steps_done, 3);
    assert_int_equal(after->kind, ERROR_KIND_COUNT);
    assert_string_equal(after->value, "2");
    assert_workers_idle(fixture);
}

static void a_stop_from_on_step_keeps_the_next_step_from_being_sent(void **state)
{
    Fixture *fixture = *state;
    fixture->stop_on_step = true;
    open_pool(fixture, 1, NULL);
    Job *job = add_job(fixture, -1, "BEGIN", "COMMIT", NULL);
    assert_int_equal(run(fixture), STATUS_OK);
    assert_int_equal(job->steps_done, 1);
    assert_int_equal(job->kind, ERROR_CANCELLED);
    assert_workers_idle(fixture);
}

static void a_signal_ends_the_pool_and_every_task_hears_of_it(void **state)
{
    Fixture *fixture = *state;
    open_pool(fixture, 3, NULL);
    for (int i = 0; i < 5; i++)
        add_job(fixture, -1, "BEGIN", "SELECT pg_catalog.pg_sleep(20) AS v", "COMMIT", NULL);
    double start = now_ms();
    signal_after(SIGTERM, 200);
    assert_int_equal(run(fixture), STATUS_FAILED);
    assert_true(now_ms() - start < 3000);
    assert_int_equal(fixture->errors->count, 1);
    assert_int_equal(fixture->errors->items[0]->kind, ERROR_CANCELLED);
    assert_false(pg_interrupted());
    for (int i = 0; i < 3; i++)
    {
        assert_int_equal(fixture->jobs[i].done_calls, 1);
        assert_int_equal(fixture->jobs[i].kind, ERROR_CANCELLED);
        assert_int_equal(fixture->jobs[i].steps_done, 1);
    }
    assert_false(fixture->jobs[3].started);
    assert_workers_idle(fixture);
}

static void a_held_signal_does_not_end_the_pool(void **state)
{
    Fixture *fixture = *state;
    open_pool(fixture, 1, NULL);
    add_job(fixture, -1, "SELECT pg_catalog.pg_sleep(0.3) AS v", NULL);
    pg_signals_hold();
    signal_after(SIGTERM, 100);
    assert_int_equal(run(fixture), STATUS_OK);
    pg_signals_release();
    assert_true(pg_interrupted());
    add_job(fixture, -1, "SELECT 1 AS v", NULL);
    assert_int_equal(run(fixture), STATUS_FAILED);
    assert_false(fixture->jobs[1].started);
}

static void a_terminated_worker_ends_the_pool_and_the_others_roll_back(void **state)
{
    Fixture *fixture = *state;
    open_pool(fixture, 2, NULL);
    Job *victim = add_job(fixture, -1, "BEGIN", "SELECT pg_catalog.pg_sleep(20) AS v", NULL);
    Job *beside = add_job(fixture, -1, "BEGIN", "SELECT pg_catalog.pg_sleep(20) AS v", NULL);
    Job *never = add_job(fixture, 0, "SELECT 1 AS v", NULL);
    kill_later(fixture, mem_printf(fixture, "kill -TERM %d", pg_pool_pids(fixture->pool)[0]));
    double start = now_ms();
    assert_int_equal(run(fixture), STATUS_FAILED);
    assert_true(now_ms() - start < 3000);
    assert_int_equal(fixture->errors->count, 1);
    assert_int_equal(fixture->errors->items[0]->kind, ERROR_CONNECTION);
    assert_int_equal(victim->task.worker, 0);
    assert_int_equal(victim->kind, ERROR_CONNECTION);
    assert_int_equal(beside->kind, ERROR_CANCELLED);
    assert_false(never->started);
    assert_workers_idle(fixture);

    /* such a pool is of no more use, and says so */
    errors_truncate(fixture->errors, 0);
    assert_int_equal(run(fixture), STATUS_FAILED);
    assert_int_equal(fixture->errors->items[0]->kind, ERROR_CONNECTION);
    assert_false(never->started);
}

static void a_killed_backend_breaks_every_worker(void **state)
{
    Fixture *fixture = *state;
    open_pool(fixture, 2, NULL);
    for (int i = 0; i < 2; i++)
        add_job(fixture, -1, "BEGIN", "SELECT pg_catalog.pg_sleep(20) AS v", NULL);
    kill_later(fixture, mem_printf(fixture, "kill -KILL %d", pg_pool_pids(fixture->pool)[1]));
    double start = now_ms();
    assert_int_equal(run(fixture), STATUS_FAILED);
    assert_true(now_ms() - start < 8000);
    assert_int_equal(fixture->errors->items[0]->kind, ERROR_CONNECTION);
    assert_int_equal(fixture->jobs[1].kind, ERROR_CONNECTION);
    assert_int_equal(fixture->jobs[0].done_calls, 1);
    assert_int_equal(fixture->jobs[1].done_calls, 1);
    assert_int_equal(system("sleep 1"), 0); /* the server restarts */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    Errors *errors = errors_new(NULL);
    if (pg_signals_install(errors) != STATUS_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(twenty_tasks_on_three_workers_respect_their_order),
        TEST(each_task_has_its_application_name),
        TEST(a_first_step_may_be_vacuum),
        TEST(prelude_and_session_settings_reach_every_worker),
        TEST(ticks_come_about_once_a_second_and_steps_are_timed),
        TEST(a_refused_session_setting_opens_no_pool),
        TEST(a_failing_task_is_rolled_back_and_disturbs_no_other),
        TEST(a_stop_cancels_what_is_under_way),
        TEST(one_task_is_cancelled_and_the_others_go_on),
        TEST(a_stop_from_on_step_keeps_the_next_step_from_being_sent),
        TEST(a_signal_ends_the_pool_and_every_task_hears_of_it),
        TEST(a_held_signal_does_not_end_the_pool),
        TEST(a_terminated_worker_ends_the_pool_and_the_others_roll_back),
        TEST(a_killed_backend_breaks_every_worker),
    };
    int failed = cmocka_run_group_tests_name("pg_pool", tests, cluster_setup, cluster_teardown);
    talloc_free(errors);
    return failed;
}
