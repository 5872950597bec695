/*
 * Covers report/'s look back: points in time, what stands out from the builds before it, sparklines, and `history` of a set
 * and of a view as text and as JSON.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "context_fixture.h"
#include "matswap/history.h"
#include "matswap/journal_history.h"
#include "matswap/memory.h"
#include "matswap/moment.h"
#include "matswap/text.h"

/* ---- points in time ------------------------------------------------------------------------------------------ */

static void assert_moment(const char *text, const char *zone, double expected)
{
    double milliseconds = NAN;
    assert_true(moment_read(text, zone, &milliseconds));
    if (milliseconds < expected - 0.01 || milliseconds > expected + 0.01)
        fail_msg("%s is %f, not %f", text, milliseconds, expected);
}

static void moments_are_read_in_their_zone(void **state)
{
    assert_moment("1970-01-01T00:00:00Z", NULL, 0);
    assert_moment("2026-11-21T08:30:00.123Z", NULL, 1795249800123.0);
    assert_moment("2026-11-21T08:30:00.5+00:00", NULL, 1795249800500.0);
    assert_moment("2026-11-21T10:30:00+02", NULL, 1795249800000.0);
    assert_moment("2026-11-21T03:00:00-05:30", NULL, 1795249800000.0);
    assert_moment("2026-11-21 08:30", NULL, 1795249800000.0);
    assert_moment("2026-11-21", NULL, 1795219200000.0);
    assert_moment("2026-11-21T08:30:00-0800", NULL, 1795278600000.0);
    assert_moment("1850-01-01T00:00:00-00:44:30", NULL, -3786822930000.0);
    assert_moment("2024-02-29", NULL, 1709164800000.0);
    assert_moment("12026-11-21T00:00:00Z", NULL, 317364739200000.0);
}

static void a_time_without_a_zone_is_of_the_sessions(void **state)
{
    setenv("TZ", "America/New_York", 1);
    assert_moment("2026-11-21T09:30:00", "Europe/Berlin", 1795249800000.0); /* winter: one hour */
    assert_moment("2026-07-01T10:00:00", "Europe/Berlin", 1782892800000.0); /* summer: two */
    assert_moment("2026-11-21T08:30:00", NULL, 1795249800000.0);
    assert_moment("2026-11-21T08:30:00Z", "Europe/Berlin", 1795249800000.0);
    assert_string_equal(getenv("TZ"), "America/New_York");
    unsetenv("TZ");
}

static void what_is_no_moment_is_none(void **state)
{
    const char *const wrong[] = {"infinity", "-infinity", "", "2026", "2026-1-1", "2026-13-01", "2026-11-21T", "2026-11-21T08",
                                 "2026-11-21T08:30:00+", "2026-11-21T08:30:00 BC", "0044-03-15T00:00:00 BC", "2026-02-29", "2026-02-30T00:00:00", "2026-11-21T25:00:00",
                                 "2026-11-21T08:30:00.Z", "2026-11-21T08:30:00X", "2026-11-21T08:30:00+5", "2026-11-21T08:30:00Z ", "17"};
    double milliseconds;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (moment_read(wrong[i], NULL, &milliseconds))
            fail_msg("%s was read", wrong[i]);
    assert_false(moment_read(NULL, NULL, &milliseconds));
}

/* ---- what stands out ----------------------------------------------------------------------------------------- */

typedef struct Sample
{
    double duration_ms;
    int64_t rows;
} Sample;

/* The oldest first; a duration below 0: its build failed. */
static JournalRun **runs_of(const Sample *samples, size_t count)
{
    JournalRun **runs = mem_array(context, JournalRun *, count);
    for (size_t i = 0; i < count; i++)
    {
        JournalRun *run = mem_new(context, JournalRun);
        size_t number = i + 1;
        *run = (JournalRun){.run = mem_printf(run, "run-%02zu", number), .set = "s", .state = RUN_DONE,
                            .outcome = OUTCOME_SWAPPED, .started_at = "2026-11-21T08:30:00.000Z",
                            .finished_at = "2026-11-21T08:31:00.000Z", .snapshot_at = "2026-11-21T08:30:01.000Z",
                            .lock_ms = 6.5, .lock_tries = 2, .lock_wait_total_ms = -1, .lock_wait_longest_ms = -1,
                            .view_count = 1};
        run->views = mem_array(run, JournalView, 1);
        run->views[0] = (JournalView){.name = {"public", "a"}, .new_oid = 7,
                                      .status = samples[i].duration_ms < 0 ? VIEW_FAILED : VIEW_COMPLETE,
                                      .duration_ms = samples[i].duration_ms, .rows = samples[i].rows,
                                      .bytes = 8192, .watermark = "2026-11-21T08:20:01+00:00"};
        runs[count - 1 - i] = run;
    }
    return runs;
}

static Trend *trend_of(const Sample *samples, size_t count, size_t shown)
{
    return trend_make(context, "s", (Name){"public", "a"}, runs_of(samples, count), count, shown, NULL);
}

/* All alike but for some jitter, then the last one. */
static Trend *trend_ending_in(size_t before, Sample last)
{
    Sample samples[64];
    for (size_t i = 0; i < before; i++)
        samples[i] = (Sample){1000 + 10.0 * (double) (i % 5), 100000 + (int64_t) (i % 3)};
    samples[before] = last;
    return trend_of(samples, before + 1, before + 1);
}

static bool stands_out(const Trend *trend, TrendMeasure measure)
{
    return trend->series[measure].outliers[0];
}

static void what_is_far_from_the_builds_before_stands_out(void **state)
{
    Trend *trend = trend_ending_in(TREND_WINDOW, (Sample){3264, 50000});
    assert_true(stands_out(trend, TREND_DURATION));
    assert_true(trend->series[TREND_DURATION].baseline[0] == 1020);
    assert_true(stands_out(trend, TREND_ROWS));
    assert_false(stands_out(trend, TREND_BYTES));
    assert_false(stands_out(trend, TREND_LAG));
    for (size_t i = 1; i < trend->count; i++)
        assert_false(trend->series[TREND_DURATION].outliers[i]);
    assert_true(stands_out(trend_ending_in(TREND_WINDOW, (Sample){400, 100000}), TREND_DURATION)); /* suspiciously quick */
}

/* Half more in time, a tenth in rows: less than that is no news, however steady it was before. */
static void a_small_difference_does_not(void **state)
{
    Trend *trend = trend_ending_in(TREND_WINDOW, (Sample){1520, 109000});
    assert_false(stands_out(trend, TREND_DURATION));
    assert_false(stands_out(trend, TREND_ROWS));
    trend = trend_ending_in(TREND_WINDOW, (Sample){1540, 111000});
    assert_true(stands_out(trend, TREND_DURATION));
    assert_true(stands_out(trend, TREND_ROWS));
}

static void milliseconds_do_not(void **state)
{
    Sample samples[TREND_WINDOW + 1];
    for (size_t i = 0; i < TREND_WINDOW; i++)
        samples[i] = (Sample){2, 5};
    samples[TREND_WINDOW] = (Sample){90, 5};
    assert_false(stands_out(trend_of(samples, TREND_WINDOW + 1, 1), TREND_DURATION));
    samples[TREND_WINDOW].duration_ms = 103;
    assert_true(stands_out(trend_of(samples, TREND_WINDOW + 1, 1), TREND_DURATION));
}

static void what_varies_widely_does_not(void **state)
{
    Sample samples[TREND_WINDOW + 1];
    for (size_t i = 0; i < TREND_WINDOW; i++)
        samples[i] = (Sample){i % 2 == 0 ? 1000 : 3000, 5};
    samples[TREND_WINDOW] = (Sample){5000, 5};
    assert_false(stands_out(trend_of(samples, TREND_WINDOW + 1, 1), TREND_DURATION));
}

static void too_few_builds_say_nothing(void **state)
{
    assert_false(stands_out(trend_ending_in(TREND_LEAST - 1, (Sample){9000, 1}), TREND_DURATION));
    assert_true(stands_out(trend_ending_in(TREND_LEAST, (Sample){9000, 1}), TREND_DURATION));
    assert_true(isnan(trend_ending_in(TREND_LEAST - 1, (Sample){9000, 1})->series[TREND_DURATION].baseline[0]));
}

/* A level that lasts becomes the usual one: of twenty builds at ten times the rows only the first ones stand out. */
static void what_has_become_usual_does_not(void **state)
{
    Sample samples[40];
    for (size_t i = 0; i < 40; i++)
        samples[i] = (Sample){1000, i < 20 ? 1000 : 10000};
    const Trend *trend = trend_of(samples, 40, 40);
    assert_true(trend->series[TREND_ROWS].outliers[19]); /* the 21st build */
    assert_false(trend->series[TREND_ROWS].outliers[0]);
}

static void steady_growth_does_not(void **state)
{
    Sample samples[60];
    int64_t rows = 100000;
    for (size_t i = 0; i < 60; i++, rows += rows / 50)
        samples[i] = (Sample){1000, rows};
    const Trend *trend = trend_of(samples, 60, 60);
    for (size_t i = 0; i < 60; i++)
        assert_false(trend->series[TREND_ROWS].outliers[i]);
}

/* What was said of a run does not depend on how many are shown, nor on what came after it. */
static void a_verdict_stays(void **state)
{
    Sample samples[50];
    for (size_t i = 0; i < 50; i++)
        samples[i] = (Sample){i == 30 ? 8000 : 1000, 5};
    const Trend *all = trend_of(samples, 50, 50);
    const Trend *then = trend_of(samples, 31, 1);
    assert_true(all->series[TREND_DURATION].outliers[19]);
    assert_true(then->series[TREND_DURATION].outliers[0]);
    assert_true(all->series[TREND_DURATION].baseline[19] == then->series[TREND_DURATION].baseline[0]);
    assert_int_equal(then->count, 1);
    assert_true(then->series[TREND_DURATION].median == 8000); /* of what is shown */
}

static void a_build_that_failed_is_not_measured(void **state)
{
    const Sample samples[] = {{1000, 5}, {-1, 9}, {3000, 7}};
    const Trend *trend = trend_of(samples, 3, 3);
    assert_true(isnan(trend->series[TREND_DURATION].values[1]));
    assert_true(isnan(trend->series[TREND_ROWS].values[1]));
    assert_int_equal(trend->series[TREND_ROWS].known, 2);
    assert_true(trend->series[TREND_ROWS].median == 6);
    assert_true(trend->series[TREND_ROWS].least == 5);
    assert_true(trend->series[TREND_ROWS].most == 7);
    assert_true(trend->series[TREND_ROWS].last == 7);
    assert_true(trend->series[TREND_LAG].last == 600000);
}

static void a_rollback_measures_nothing(void **state)
{
    const Sample samples[] = {{1000, 5}};
    JournalRun **runs = runs_of(samples, 1);
    runs[0]->is_rollback = true;
    const Trend *trend = trend_make(context, "s", (Name){"public", "a"}, runs, 1, 1, NULL);
    for (int i = 0; i < TREND_MEASURE_COUNT; i++)
        assert_int_equal(trend->series[i].known, 0);
}

/* ---- sparklines ---------------------------------------------------------------------------------------------- */

static void a_sparkline_goes_from_the_least_to_the_most(void **state)
{
    const double values[] = {0, 1, 2, 3, 4, 5, 6, 7};
    assert_string_equal(report_sparkline(context, values, 8, 40, true), "▁▂▃▄▅▆▇█");
    assert_string_equal(report_sparkline(context, values, 8, 40, false), "_.:-=+*#");
}

static void a_sparkline_of_one_level_is_in_the_middle(void **state)
{
    const double values[] = {5, NAN, 5};
    assert_string_equal(report_sparkline(context, values, 3, 40, false), "= =");
    assert_string_equal(report_sparkline(context, values + 1, 1, 40, false), " ");
    assert_string_equal(report_sparkline(context, values, 0, 40, false), "");
}

/* Many values in few characters: what is far from the middle is still seen. */
static void a_short_sparkline_keeps_the_extremes(void **state)
{
    double values[100];
    for (size_t i = 0; i < 100; i++)
        values[i] = i == 55 ? 100 : i == 15 ? 0 : 50;
    assert_string_equal(report_sparkline(context, values, 100, 10, false), "=_===#====");
}

/* ---- what is printed ----------------------------------------------------------------------------------------- */

static char *history_text(const History *history)
{
    FILE *out = tmpfile();
    report_history_text(out, history);
    return read_all(out);
}

static void runs_are_a_table(void **state)
{
    const RunDigest digests[] = {
        {.run = "20261121T083000Z-000002", .state = RUN_REVERTED, .outcome = OUTCOME_FAILED,
         .started_at = "2026-11-21T08:30:00.123Z", .finished_at = "2026-11-21T08:32:05.000Z", .lock_ms = -1, .views = 3,
         .built = 1, .failed = 1, .kept = 1, .rows = 1234567, .bytes = 42991616,
         .error = "view public.a:\ncolumn \"x\" does not exist, and so on and so forth"},
        {.run = "20261121T080000Z-000001", .state = RUN_DONE, .outcome = OUTCOME_SWAPPED,
         .started_at = "2026-11-21T08:00:00Z", .finished_at = "2026-11-21T08:00:00.500Z", .lock_ms = 6.5,
         .lock_tries = 2, .views = 3, .built = 3, .rows = 7, .bytes = 8192},
    };
    const History history = {.set = "s", .journal = "j.db", .has_journal = true, .digests = digests, .count = 2,
                             .known = 1402};
    assert_string_equal(history_text(&history),
        "run                      started                     took  outcome  views  rebuilt  kept  failed       rows    size"
        "  locks held  tries  error\n"
        "20261121T083000Z-000002  2026-11-21T08:30:00Z  2 min 05 s  failed       3        1     1       1  1,234,567   41 MB"
        "           -      -  view public.a:\\x0acolumn \"x\" does not exist, and so on an...\n"
        "20261121T080000Z-000001  2026-11-21T08:00:00Z      500 ms  swapped      3        3     -       -          7  8.0 kB"
        "      6.5 ms      2  -\n"
        "\nthe newest 2 of 1,402 runs; --limit=all shows all\n");
}

static void columns_without_anything_are_left_out(void **state)
{
    const RunDigest digest = {.run = "r", .state = RUN_BUILDING, .started_at = "2026-11-21T08:30:00.123Z", .lock_ms = -1,
                              .views = 2, .rows = -1, .bytes = -1};
    const History history = {.set = "s", .has_journal = true, .digests = &digest, .count = 1, .known = 1};
    assert_string_equal(history_text(&history), "run  started               took  outcome   views  rebuilt\n"
                                                "r    2026-11-21T08:30:00Z     -  building      2        0\n");
}

static void no_run_is_said_so(void **state)
{
    assert_string_equal(history_text(&(History){.set = "s", .journal = "j.db"}), "no run yet: there is no journal j.db\n");
    assert_string_equal(history_text(&(History){.set = "s", .journal = "j.db", .has_journal = true}),
                        "no run of the set s yet in the journal j.db\n");
}

static char *trend_text(const Trend *trend, bool utf8)
{
    FILE *out = tmpfile();
    report_trend_text(out, trend, utf8);
    return read_all(out);
}

static Trend *short_trend(void)
{
    Sample samples[10];
    for (size_t i = 0; i < 10; i++)
        samples[i] = (Sample){i == 9 ? 3200 : 1000, i == 9 ? 2 : 1000};
    samples[8].duration_ms = -1;
    return trend_of(samples, 10, 3);
}

static void a_view_is_followed_for_people(void **state)
{
    assert_string_equal(trend_text(short_trend(), true),
        "public.a, in the last 3 runs that have it\n\n"
        "                 last       median        least         most  from old to new\n"
        "duration        3.2 s        2.1 s        1.0 s        3.2 s  ▁ █\n"
        "rows                2          501            2        1,000  █ ▁\n"
        "size           8.0 kB       8.0 kB       8.0 kB       8.0 kB  ▅ ▅\n"
        "lag       10 min 00 s  10 min 00 s  10 min 00 s  10 min 00 s  ▅ ▅\n"
        "\n"
        "run     started               outcome  view    duration   rows    size          lag  stands out\n"
        "run-10  2026-11-21T08:30:00Z  swapped  built      3.2 s      2  8.0 kB  10 min 00 s  duration: 3.2× the median; "
        "rows: 0.002× the median\n"
        "run-09  2026-11-21T08:30:00Z  swapped  failed         -      -       -            -  -\n"
        "run-08  2026-11-21T08:30:00Z  swapped  built      1.0 s  1,000  8.0 kB  10 min 00 s  -\n");
    for (const char *c = trend_text(short_trend(), false); *c != '\0'; c++)
        assert_true((unsigned char) *c < 0x80);
}

static void a_view_is_followed_for_programs(void **state)
{
    FILE *out = tmpfile();
    report_trend_json(out, short_trend());
    char *json = read_all(out);
    const char *const parts[] = {
        "{\"set\":\"s\",\"view\":{\"schema\":\"public\",\"name\":\"a\"},\"trend\":{\"duration_ms\":{\"builds\":2,"
        "\"last\":3200.000,\"median\":2100.000,\"least\":1000.000,\"most\":3200.000},\"rows\":{\"builds\":2,\"last\":2,"
        "\"median\":501,\"least\":2,\"most\":1000},",
        "\"runs\":[{\"run\":\"run-10\",\"set\":\"s\",\"state\":\"done\",",
        "\"views\":[{\"schema\":\"public\",\"name\":\"a\",\"status\":\"complete\",",
        ("\"lag_ms\":600000.000,\"outliers\":[{\"measure\":\"duration_ms\",\"value\":3200.000,\"median\":1000.000,"
         "\"ratio\":3.200},{\"measure\":\"rows\",\"value\":2,\"median\":1000,\"ratio\":0.002}]},{\"run\":\"run-09\""),
        "\"lag_ms\":null,\"outliers\":[]}",
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strstr(json, parts[i]) == NULL)
            fail_msg("%s is not in %s", parts[i], json);
}

static void a_view_that_no_run_has_is_said_so(void **state)
{
    const Trend *trend = trend_make(context, "s", (Name){"public", "a b\x1b"}, NULL, 0, 0, NULL);
    assert_string_equal(trend_text(trend, true), "public.\"a b\\x1b\": no run of the set s has it yet\n");
    FILE *out = tmpfile();
    report_trend_json(out, trend);
    assert_non_null(strstr(read_all(out), "\"trend\":{\"duration_ms\":{\"builds\":0,\"last\":null,\"median\":null,"));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(moments_are_read_in_their_zone),
        TEST(a_time_without_a_zone_is_of_the_sessions),
        TEST(what_is_no_moment_is_none),
        TEST(what_is_far_from_the_builds_before_stands_out),
        TEST(a_small_difference_does_not),
        TEST(milliseconds_do_not),
        TEST(what_varies_widely_does_not),
        TEST(too_few_builds_say_nothing),
        TEST(what_has_become_usual_does_not),
        TEST(steady_growth_does_not),
        TEST(a_verdict_stays),
        TEST(a_build_that_failed_is_not_measured),
        TEST(a_rollback_measures_nothing),
        TEST(a_sparkline_goes_from_the_least_to_the_most),
        TEST(a_sparkline_of_one_level_is_in_the_middle),
        TEST(a_short_sparkline_keeps_the_extremes),
        TEST(runs_are_a_table),
        TEST(columns_without_anything_are_left_out),
        TEST(no_run_is_said_so),
        TEST(a_view_is_followed_for_people),
        TEST(a_view_is_followed_for_programs),
        TEST(a_view_that_no_run_has_is_said_so),
    };
    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
