/*
 * Covers cli/schedule.c: the grid of --every, days that begin with --at, clocks that are put forward and back, jitter,
 * backing off.  Zones are written as rules (tzset(3)), so that no data of zones are needed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "context_fixture.h"
#include "../../src/cli/schedule.h"
#include "matswap/memory.h"
#include "matswap/text.h"

static const int64_t second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;

static const char *const berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
static const char *const sao_paulo = "<-03>3<-02>,M11.1.0/0,M2.3.0/0"; /* at midnight, as until 2018 */
static const char *const lord_howe = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"; /* by half an hour */

static void use_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

/* "2026-03-28 23:00:00", UTC */
static int64_t utc(const char *text)
{
    struct tm parts = {0};
    const char *rest = strptime(text, "%Y-%m-%d %H:%M:%S", &parts);
    assert_non_null(rest);
    assert_int_equal(*rest, '\0');
    return (int64_t) timegm(&parts) * 1000;
}

/* The first `count` starts after `after`, a line each, as a clock on the wall shows them. */
static const char *starts(const Schedule *schedule, int64_t after, int count)
{
    Text *text = text_new(context);
    for (int i = 0; i < count; i++)
    {
        after = schedule_next(schedule, after);
        time_t when = (time_t) (after / 1000);
        struct tm local;
        localtime_r(&when, &local);
        char line[64];
        strftime(line, sizeof line, "%m-%d %H:%M:%S %Z\n", &local);
        text_add(text, line);
    }
    return text->data;
}

static Schedule begun(int64_t every_ms, int at_minute, const char *now)
{
    Schedule schedule = {.every_ms = every_ms, .has_at = at_minute >= 0, .at_minute = at_minute};
    schedule_begin(&schedule, utc(now));
    return schedule;
}

static void without_at_the_first_start_is_the_origin_of_the_grid(void **state)
{
    use_zone(berlin);
    Schedule schedule = begun(15 * minute, -1, "2026-06-01 10:07:30");
    assert_int_equal(schedule_next(&schedule, utc("2026-06-01 10:07:30") - 1), utc("2026-06-01 10:07:30"));
    assert_int_equal(schedule_next(&schedule, utc("2026-06-01 10:07:30")), utc("2026-06-01 10:22:30"));
    assert_int_equal(schedule_next(&schedule, utc("2026-06-01 10:22:29")), utc("2026-06-01 10:22:30"));
    /* a thousand starts later nothing has shifted */
    assert_int_equal(schedule_next(&schedule, utc("2026-06-11 20:10:00")), utc("2026-06-11 20:22:30"));
    /* a clock that was set back to before the first start */
    assert_int_equal(schedule_next(&schedule, utc("2026-06-01 09:00:00")), utc("2026-06-01 09:07:30"));
    assert_int_equal(schedule_next(&schedule, utc("1969-12-31 23:00:00")), utc("1969-12-31 23:07:30"));
}

static void without_at_summer_time_is_no_matter(void **state)
{
    use_zone(berlin);
    Schedule schedule = begun(hour, -1, "2026-03-28 23:30:00");
    assert_string_equal(starts(&schedule, utc("2026-03-28 23:30:00"), 3), "03-29 01:30:00 CET\n"
                                                                          "03-29 03:30:00 CEST\n"
                                                                          "03-29 04:30:00 CEST\n");
}

static void a_time_of_the_day_is_kept_through_the_year(void **state)
{
    use_zone(berlin);
    Schedule schedule = begun(day, 2 * 60, "2028-02-27 12:00:00");
    assert_string_equal(starts(&schedule, utc("2028-02-27 12:00:00"), 3), "02-28 02:00:00 CET\n"
                                                                          "02-29 02:00:00 CET\n"
                                                                          "03-01 02:00:00 CET\n");
    assert_string_equal(starts(&schedule, utc("2026-12-31 00:59:59"), 2), "12-31 02:00:00 CET\n"
                                                                          "01-01 02:00:00 CET\n");
    assert_string_equal(starts(&schedule, utc("2026-12-31 01:00:00"), 1), "01-01 02:00:00 CET\n");
}

static void a_time_that_the_clocks_leave_out_is_taken_by_the_clock_before(void **state)
{
    use_zone(berlin);
    Schedule schedule = begun(day, 2 * 60 + 30, "2026-03-27 12:00:00");
    assert_string_equal(starts(&schedule, utc("2026-03-27 12:00:00"), 3), "03-28 02:30:00 CET\n"
                                                                          "03-29 03:30:00 CEST\n"
                                                                          "03-30 02:30:00 CEST\n");
    use_zone(sao_paulo);
    schedule = begun(day, 30, "2026-10-31 12:00:00");
    assert_string_equal(starts(&schedule, utc("2026-10-30 12:00:00"), 3), "10-31 00:30:00 -03\n"
                                                                          "11-01 01:30:00 -02\n"
                                                                          "11-02 00:30:00 -02\n");
}

static void of_a_time_that_comes_twice_the_first_is_meant(void **state)
{
    use_zone(berlin);
    Schedule schedule = begun(day, 2 * 60 + 30, "2026-10-23 12:00:00");
    assert_string_equal(starts(&schedule, utc("2026-10-23 12:00:00"), 3), "10-24 02:30:00 CEST\n"
                                                                          "10-25 02:30:00 CEST\n"
                                                                          "10-26 02:30:00 CET\n");
    /* between the two the next one is tomorrow's */
    assert_string_equal(starts(&schedule, utc("2026-10-25 00:45:00"), 1), "10-26 02:30:00 CET\n");
    /* the hours after the change are counted by the new clock */
    schedule = begun(day, 3 * 60, "2026-10-23 12:00:00");
    assert_string_equal(starts(&schedule, utc("2026-10-24 12:00:00"), 2), "10-25 03:00:00 CET\n"
                                                                          "10-26 03:00:00 CET\n");
    use_zone(lord_howe);
    schedule = begun(day, 60 + 45, "2026-04-03 12:00:00");
    assert_string_equal(starts(&schedule, utc("2026-04-03 12:00:00"), 3), "04-04 01:45:00 +11\n"
                                                                          "04-05 01:45:00 +11\n"
                                                                          "04-06 01:45:00 +1030\n");
}

static void several_starts_of_a_day_are_counted_from_its_at(void **state)
{
    use_zone(berlin);
    Schedule schedule = begun(7 * hour, 2 * 60, "2026-06-01 10:00:00"); /* 12:00 CEST */
    assert_string_equal(starts(&schedule, schedule.origin_ms - 1, 5), "06-01 16:00:00 CEST\n"
                                                                      "06-01 23:00:00 CEST\n"
                                                                      "06-02 02:00:00 CEST\n"
                                                                      "06-02 09:00:00 CEST\n"
                                                                      "06-02 16:00:00 CEST\n");
    /* before that time the day before still counts */
    assert_string_equal(starts(&schedule, utc("2026-06-01 23:30:00"), 1), "06-02 02:00:00 CEST\n");
    /* whenever it was started, the starts are the same */
    Schedule later = begun(7 * hour, 2 * 60, "2026-06-01 22:22:22");
    assert_int_equal(schedule_next(&later, utc("2026-06-02 09:00:00")), schedule_next(&schedule, utc("2026-06-02 09:00:00")));
}

static void quarters_of_an_hour_go_on_through_both_changes(void **state)
{
    use_zone(berlin);
    Schedule schedule = begun(30 * minute, 2 * 60, "2026-03-01 12:00:00");
    assert_string_equal(starts(&schedule, utc("2026-03-29 00:00:00"), 4), "03-29 01:30:00 CET\n"
                                                                          "03-29 03:00:00 CEST\n"
                                                                          "03-29 03:30:00 CEST\n"
                                                                          "03-29 04:00:00 CEST\n");
    assert_string_equal(starts(&schedule, utc("2026-10-25 00:00:00"), 4), "10-25 02:30:00 CEST\n"
                                                                          "10-25 02:00:00 CET\n"
                                                                          "10-25 02:30:00 CET\n"
                                                                          "10-25 03:00:00 CET\n");
}

static void days_are_counted_from_the_first_start(void **state)
{
    use_zone(berlin);
    Schedule schedule = begun(7 * day, 2 * 60, "2026-03-16 12:00:00"); /* a Monday */
    assert_string_equal(starts(&schedule, schedule.origin_ms - 1, 3), "03-17 02:00:00 CET\n"
                                                                      "03-24 02:00:00 CET\n"
                                                                      "03-31 02:00:00 CEST\n");
    assert_string_equal(starts(&schedule, utc("2026-03-25 12:00:00"), 1), "03-31 02:00:00 CEST\n");
    assert_string_equal(starts(&schedule, utc("2026-03-01 12:00:00"), 1), "03-03 02:00:00 CET\n");
}

/* Whatever the schedule, starts come one after the other, and never further apart than a day's change of the clocks allows. */
static void starts_are_in_order_and_never_far_apart(void **state)
{
    static const int64_t intervals[] = {100, 90 * minute, 7 * hour, 24 * hour - 1, 24 * hour, 48 * hour};
    const char *const zones[] = {berlin, sao_paulo, lord_howe};
    for (size_t z = 0; z < sizeof zones / sizeof zones[0]; z++)
        for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++)
            for (int at = -1; at < 24 * 60; at += 121)
            {
                use_zone(zones[z]);
                Schedule schedule = begun(intervals[i], at, "2026-01-01 12:00:00");
                for (int64_t now = utc("2026-01-02 12:00:00"); now < utc("2027-01-03 00:00:00"); now += 397 * minute)
                {
                    int64_t next = schedule_next(&schedule, now);
                    assert_true(next > now);
                    assert_true(next <= now + intervals[i] + hour);
                    assert_int_equal(schedule_next(&schedule, next - 1), next);
                }
            }
}

static void jitter_keeps_its_bounds(void **state)
{
    Schedule schedule = {.every_ms = hour, .jitter_ms = 30 * second};
    assert_int_equal(schedule_delay(&schedule, 0), 0);
    assert_int_equal(schedule_delay(&schedule, 30000), 30000);
    assert_int_equal(schedule_delay(&schedule, 30001), 0);
    int64_t most = 0;
    for (uint64_t random = UINT64_MAX; random > UINT64_MAX - 100000; random--)
    {
        int64_t delay = schedule_delay(&schedule, random);
        assert_in_range(delay, 0, 30000);
        most = delay > most ? delay : most;
    }
    assert_int_equal(most, 30000);
    schedule.jitter_ms = 0;
    assert_int_equal(schedule_delay(&schedule, UINT64_MAX), 0);
}

static void failures_in_a_row_put_the_next_try_off(void **state)
{
    Schedule schedule = {.every_ms = hour};
    assert_int_equal(schedule_back_off(&schedule, 1, 0), 30 * second);
    assert_int_equal(schedule_back_off(&schedule, 2, 0), minute);
    assert_int_equal(schedule_back_off(&schedule, 5, 0), 8 * minute);
    assert_int_equal(schedule_back_off(&schedule, 6, 0), 15 * minute);
    assert_int_equal(schedule_back_off(&schedule, INT64_MAX, 0), 15 * minute);
    /* nobody spends more than half of the time on failing */
    assert_int_equal(schedule_back_off(&schedule, 1, 40 * minute), 40 * minute);
    /* nor does a short interval wait for longer than itself at first */
    schedule.every_ms = 10 * second;
    assert_int_equal(schedule_back_off(&schedule, 1, 0), 10 * second);
    assert_int_equal(schedule_back_off(&schedule, 3, 0), 40 * second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_at_the_first_start_is_the_origin_of_the_grid),
        cmocka_unit_test(without_at_summer_time_is_no_matter),
        cmocka_unit_test(a_time_of_the_day_is_kept_through_the_year),
        cmocka_unit_test(a_time_that_the_clocks_leave_out_is_taken_by_the_clock_before),
        cmocka_unit_test(of_a_time_that_comes_twice_the_first_is_meant),
        cmocka_unit_test(several_starts_of_a_day_are_counted_from_its_at),
        cmocka_unit_test(quarters_of_an_hour_go_on_through_both_changes),
        cmocka_unit_test(days_are_counted_from_the_first_start),
        cmocka_unit_test(starts_are_in_order_and_never_far_apart),
        cmocka_unit_test(jitter_keeps_its_bounds),
        cmocka_unit_test(failures_in_a_row_put_the_next_try_off),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
