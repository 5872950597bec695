/* critical.h: the chain of tasks that ends last; and scale.h: where a moment stands on the axis. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../src/page/critical.h"
#include "../../src/page/scale.h"
#include "matswap/memory.h"

#define PATH(tasks, reads, ...)                                                                                        \
    expect_path(tasks, sizeof(tasks) / sizeof((tasks)[0]), reads, (const CriticalStep[]){__VA_ARGS__},                 \
                sizeof((const CriticalStep[]){__VA_ARGS__}) / sizeof(CriticalStep))

static void expect_path(const CriticalTask *tasks, size_t count, const CriticalReads *reads,
                        const CriticalStep *expected, size_t expected_count)
{
    size_t found = 0;
    CriticalStep *steps = critical_path(NULL, tasks, count, reads, &found);
    assert_int_equal(found, expected_count);
    for (size_t i = 0; i < found; i++)
    {
        assert_int_equal(steps[i].task, expected[i].task);
        assert_int_equal(steps[i].wait, expected[i].wait);
        assert_true(steps[i].idle_ms >= expected[i].idle_ms - 0.001 && steps[i].idle_ms <= expected[i].idle_ms + 0.001);
    }
    talloc_free(steps);
}

static void test_nothing(void **state)
{
    size_t count = 7;
    assert_null(critical_path(NULL, NULL, 0, NULL, &count));
    assert_int_equal(count, 0);
}

/* b waits for a, which it reads, although its worker was idle before; c is long, but not long enough. */
static void test_waits_for_an_input(void **state)
{
    const CriticalTask tasks[] = {
        {PHASE_SNAPSHOT, NO_VIEW, 0, 0, 10},
        {PHASE_FILL, 0, 1, 10, 100},
        {PHASE_FILL, 2, 2, 10, 60},
        {PHASE_FILL, 1, 2, 102, 200},
        {PHASE_VALIDATE, NO_VIEW, 0, 201, 210},
    };
    const size_t a = 0;
    const CriticalReads reads[] = {{0}, {&a, 1}, {0}};
    PATH(tasks, reads, {0, WAIT_NOTHING, 0}, {1, WAIT_STEP, 0}, {3, WAIT_INPUT, 2}, {4, WAIT_STEP, 1});
}

/* The input ended earlier than what the worker did before. */
static void test_waits_for_a_worker(void **state)
{
    const CriticalTask tasks[] = {
        {PHASE_FILL, 0, 1, 0, 50},
        {PHASE_FILL, 2, 2, 0, 80},
        {PHASE_VACUUM, 0, 1, 50, 130},
        {PHASE_FILL, 1, 2, 80, 140},
    };
    const size_t a = 0;
    const CriticalReads reads[] = {{0}, {&a, 1}, {0}};
    PATH(tasks, reads, {1, WAIT_NOTHING, 0}, {3, WAIT_WORKER, 0});
}

/* Readers need the indexes of what they read, not its VACUUM; of two that end together an input is the reason. */
static void test_what_an_input_is(void **state)
{
    const CriticalTask tasks[] = {
        {PHASE_FILL, 0, 1, 0, 50},    {PHASE_INDEX, 0, 1, 50, 70}, {PHASE_FILL, 2, 2, 0, 70},
        {PHASE_VACUUM, 0, 3, 70, 72}, {PHASE_FILL, 1, 2, 73, 90},
    };
    const size_t a = 0;
    const CriticalReads reads[] = {{0}, {&a, 1}, {0}};
    PATH(tasks, reads, {0, WAIT_NOTHING, 0}, {1, WAIT_STEP, 0}, {4, WAIT_INPUT, 3});
}

/* Where nobody knows what reads what, workers and steps are left. */
static void test_without_reads(void **state)
{
    const CriticalTask tasks[] = {
        {PHASE_FILL, 0, 1, 0, 50}, {PHASE_FILL, 1, 2, 50, 90}, {PHASE_SWAP, NO_VIEW, 0, 91, 95}};
    PATH(tasks, NULL, {1, WAIT_NOTHING, 0}, {2, WAIT_STEP, 1});
}

/* Ends and starts overlap by what the two clocks differ: starts decide, and nothing goes in circles. */
static void test_overlap(void **state)
{
    const CriticalTask tasks[] = {{PHASE_FILL, 0, 1, 0, 51}, {PHASE_FILL, 1, 1, 50, 90}, {PHASE_FILL, 2, 1, 50, 90}};
    PATH(tasks, NULL, {0, WAIT_NOTHING, 0}, {1, WAIT_WORKER, 0}, {2, WAIT_WORKER, 0});
}

/* ---- the axis ----------------------------------------------------------------------------------------------- */

static void expect_at(const Scale *scale, double moment_ms, double at)
{
    double found = scale_at(scale, moment_ms);
    if (found < at - 0.001 || found > at + 0.001)
        fail_msg("%f stands at %f, not %f", moment_ms, found, at);
}

static void test_scale(void **state)
{
    const Span spans[] = {{1500, 2000}, {1000, 1600}};
    Scale *scale = scale_new(NULL, spans, 2);
    assert_int_equal(scale->count, 1);
    expect_at(scale, 1000, 0);
    expect_at(scale, 1250, 25);
    expect_at(scale, 2000, 100);
    expect_at(scale, 900, 0);
    expect_at(scale, 9000, 100);
    talloc_free(scale);
}

/* A day in which nothing was done takes 4 of 100, and what was done the rest. */
static void test_gap(void **state)
{
    const Span spans[] = {{0, 1000}, {1100, 2000}, {86400000, 86402000}};
    Scale *scale = scale_new(NULL, spans, 3);
    assert_int_equal(scale->count, 3);
    assert_true(scale->stretches[1].is_gap);
    assert_true(scale->work_ms > 3999 && scale->work_ms < 4001);
    expect_at(scale, 1000, 24);
    expect_at(scale, 2000, 48);
    expect_at(scale, 43201000, 50);
    expect_at(scale, 86400000, 52);
    expect_at(scale, 86402000, 100);
    talloc_free(scale);
}

static void test_many_gaps(void **state)
{
    Span spans[40];
    for (int i = 0; i < 40; i++)
        spans[i] = (Span){i * 1000000.0, i * 1000000.0 + 1};
    Scale *scale = scale_new(NULL, spans, 40);
    expect_at(scale, spans[39].to_ms, 100);
    talloc_free(scale);
    scale = scale_new(NULL, NULL, 0);
    expect_at(scale, 5, 0);
    talloc_free(scale);
}

static void test_step(void **state)
{
    assert_true(scale_step(7.9) >= 1 && scale_step(7.9) <= 1);
    assert_true(scale_step(521) >= 100 && scale_step(521) <= 100);
    assert_true(scale_step(7200000) >= 900000 && scale_step(7200000) <= 900000);
    for (double length = 1; length < 1e10; length *= 3)
        assert_true(length / scale_step(length) <= 8.001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_waits_for_an_input),
        cmocka_unit_test(test_waits_for_a_worker),
        cmocka_unit_test(test_what_an_input_is),
        cmocka_unit_test(test_without_reads),
        cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_scale),
        cmocka_unit_test(test_gap),
        cmocka_unit_test(test_many_gaps),
        cmocka_unit_test(test_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
