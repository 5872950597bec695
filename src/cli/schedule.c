#include "schedule.h"

#include <time.h>

enum
{
    MINUTE_MS = 60 * 1000,
    FIRST_BACK_OFF_MS = MINUTE_MS / 2,
    LONGEST_BACK_OFF_MS = 15 * MINUTE_MS
};
static const time_t day_s = SCHEDULE_DAY_MS / 1000;

static int64_t floor_divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

/* How far local time is ahead of UTC then. */
static int64_t offset_at(time_t when)
{
    struct tm local;
    localtime_r(&when, &local);
    return local.tm_gmtoff;
}

/* The local day, counted from 1970-01-01. */
static int64_t local_day(int64_t when_ms)
{
    time_t when = (time_t) floor_divide(when_ms, 1000);
    return floor_divide(when + offset_at(when), day_s);
}

/*
 * When the clocks show that minute of that day.  One that they show twice is the first of the two; one that they leave
 * out is taken by the clock from before the change, as iCalendar does (RFC 5545, 3.3.5): 02:30 becomes 03:30.
 */
static int64_t moment_of(int64_t day, int minute)
{
    time_t shown = (time_t) (day * day_s + minute * 60);
    time_t before = shown - offset_at(shown - day_s), after = shown - offset_at(shown + day_s);
    bool only_after = before + offset_at(before) != shown && after + offset_at(after) == shown;
    return (int64_t) (only_after ? after : before) * 1000;
}

/* On some days only, counted from the day of the first start. */
static int64_t next_day(const Schedule *schedule, int64_t after_ms)
{
    int64_t step = schedule->every_ms / SCHEDULE_DAY_MS;
    int64_t origin = local_day(schedule->origin_ms), day = local_day(after_ms) - 1;
    day = origin - floor_divide(origin - day, step) * step; /* the first from there on that is one of them */
    while (moment_of(day, schedule->at_minute) <= after_ms)
        day += step;
    return moment_of(day, schedule->at_minute);
}

/* Several on a day: they begin anew at each --at, so that it does not matter when the program was started. */
static int64_t next_within_day(const Schedule *schedule, int64_t after_ms)
{
    int64_t day = local_day(after_ms) + 1;
    while (moment_of(day, schedule->at_minute) > after_ms)
        day--;
    int64_t anchor = moment_of(day, schedule->at_minute);
    int64_t next = anchor + ((after_ms - anchor) / schedule->every_ms + 1) * schedule->every_ms;
    int64_t next_anchor = moment_of(day + 1, schedule->at_minute);
    return next < next_anchor ? next : next_anchor;
}

void schedule_begin(Schedule *schedule, int64_t now_ms)
{
    schedule->origin_ms = now_ms;
    if (!schedule->has_at)
        return;
    Schedule daily = *schedule;
    if (daily.every_ms > SCHEDULE_DAY_MS)
        daily.every_ms = SCHEDULE_DAY_MS;
    schedule->origin_ms = schedule_next(&daily, now_ms);
}

int64_t schedule_next(const Schedule *schedule, int64_t after_ms)
{
    tzset();
    if (!schedule->has_at)
        return schedule->origin_ms +
               (floor_divide(after_ms - schedule->origin_ms, schedule->every_ms) + 1) * schedule->every_ms;
    return schedule->every_ms < SCHEDULE_DAY_MS ? next_within_day(schedule, after_ms) : next_day(schedule, after_ms);
}

int64_t schedule_delay(const Schedule *schedule, uint64_t random)
{
    return (int64_t) (random % ((uint64_t) schedule->jitter_ms + 1));
}

int64_t schedule_back_off(const Schedule *schedule, int64_t failures, int64_t duration_ms)
{
    int64_t delay = schedule->every_ms < FIRST_BACK_OFF_MS ? schedule->every_ms : FIRST_BACK_OFF_MS;
    for (int64_t i = 1; i < failures && delay < LONGEST_BACK_OFF_MS; i++)
        delay *= 2;
    if (delay > LONGEST_BACK_OFF_MS)
        delay = LONGEST_BACK_OFF_MS;
    return delay > duration_ms ? delay : duration_ms;
}
