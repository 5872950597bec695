/* Covers tests/bench/histogram.c: what the reader hammer says of latencies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../bench/histogram.h"

static void small_latencies_are_exact(void **state)
{
    Histogram histogram = {0};
    assert_int_equal(histogram_percentile_us(&histogram, 0.5), 0);
    for (uint64_t i = 1; i <= 100; i++)
        histogram_add(&histogram, i);
    assert_int_equal(histogram_percentile_us(&histogram, 0.5), 50);
    assert_int_equal(histogram_percentile_us(&histogram, 0.99), 99);
    assert_int_equal(histogram_percentile_us(&histogram, 0.999), 100);
    assert_int_equal(histogram_percentile_us(&histogram, 1), 100);
    assert_int_equal(histogram_percentile_us(&histogram, 0), 1);
}

/* One slow among a thousand quick ones: by its own size, not by its bucket's. */
static void a_percentile_is_at_most_a_64th_too_high(void **state)
{
    for (uint64_t value = 1; value < UINT64_C(1) << 35; value += value / 3 + 1)
    {
        Histogram histogram = {0};
        histogram_add(&histogram, value);
        histogram_add(&histogram, UINT64_C(1) << 36);
        uint64_t half = histogram_percentile_us(&histogram, 0.5);
        assert_in_range(half, value, value + value / 64);
        assert_int_equal(histogram_percentile_us(&histogram, 1), UINT64_C(1) << 36);
    }
}

static void merging_counts_all(void **state)
{
    Histogram one = {0};
    Histogram two = {0};
    for (uint64_t i = 0; i < 1000; i++)
        histogram_add(i % 2 == 0 ? &one : &two, i * 10);
    histogram_merge(&one, &two);
    assert_int_equal(one.count, 1000);
    assert_int_equal(one.max_us, 9990);
    assert_in_range(histogram_percentile_us(&one, 0.5), 4990, 4990 + 4990 / 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_latencies_are_exact),
        cmocka_unit_test(a_percentile_is_at_most_a_64th_too_high),
        cmocka_unit_test(merging_counts_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
