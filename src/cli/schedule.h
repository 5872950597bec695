/*
 * schedule.h: when `run --every` starts a run.  Pure arithmetic on times: milliseconds since 1970-01-01T00:00Z, as
 * the system clock has them.  docs/scheduling.md tells the rules.
 */
#ifndef MATSWAP_CLI_SCHEDULE_H
#define MATSWAP_CLI_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Schedule
{
    int64_t every_ms; /* with has_at: up to a day, or whole days */
    bool has_at;
    int at_minute;     /* of the local day, 0 to 1439 */
    int64_t jitter_ms; /* 0: none */
    int64_t origin_ms; /* of the grid: the first start */
} Schedule;

enum
{
    SCHEDULE_DAY_MS = 24 * 60 * 60 * 1000
};

/* Sets origin_ms to the first start of a program that begins now: now, or the next one that --at gives. */
void schedule_begin(Schedule *schedule, int64_t now_ms);

/* The first start later than `after_ms`, without jitter.  Asks the time zone of the system anew. */
int64_t schedule_next(const Schedule *schedule, int64_t after_ms);

/* What `random` makes of the jitter: 0 to jitter_ms. */
int64_t schedule_delay(const Schedule *schedule, uint64_t random);

/*
 * How long to leave the server in peace after the last of `failures` (from 1) failed runs in a row, which took
 * `duration_ms`.
 */
int64_t schedule_back_off(const Schedule *schedule, int64_t failures, int64_t duration_ms);

#endif
