/*
 * every_internal.h: the parts of `run --every`.
 *
 *     every.c         the loop: starts a run when it is due, waits, obeys signals
 *     every_end.c     what the end of a run means for the next one
 *     every_config.c  the configuration, read at the start and at SIGHUP
 *     every_words.c   what is said of all this: to people, and to systemd
 *     schedule.c      when (pure arithmetic)        child.c  the process of a run
 */
#ifndef MATSWAP_CLI_EVERY_INTERNAL_H
#define MATSWAP_CLI_EVERY_INTERNAL_H

#include "child.h"
#include "every.h"
#include "matswap/notify.h"
#include "matswap/report.h"
#include "schedule.h"

typedef struct Every
{
    CliOptions options; /* of each run; .loaded: the configuration in force */
    Report *report;
    Notify *notify;
    Schedule schedule;
    Child child;

    int64_t due_ms;   /* of the next start, by the system clock, jitter included */
    bool backing_off; /* it has been put off, or brought forward, because of a failure */
    bool in_doubt;    /* the next run is a `resume` */
    int64_t failures; /* in a row */
    int64_t runs, skipped;
    int64_t skipped_now; /* during the run at work */

    int64_t feed_at_ms; /* the watchdog; by heartbeat_clock, like the rest */
    bool silence_told;  /* of the run at work */
    bool stopping;
    bool interrupted;   /* a run was at work then */
    int64_t told_at_ms; /* by the first signal */
    int64_t stop_by_ms; /* when a run that has not ended is killed */
    bool abandoned;     /* it was */
    ChildEnd last;      /* how the last run ended */
    bool terminal;      /* standard error was one when we began */
} Every;

/* The system clock: milliseconds since 1970. */
int64_t every_now(void);

/* Plans the next start: the first one of the schedule that is later than that; or then.  Jitter comes on top. */
void every_plan(Every *every, int64_t after_ms);
void every_plan_at(Every *every, int64_t when_ms);

/* ---- every_end.c --------------------------------------------------------------------------------------------- */

/* Counts the run that has ended, says how it did where its own words do not, and plans the next one. */
void every_judge(Every *every, const ChildEnd *end);

/* After the last one: is anything left that somebody has to know of? */
Status every_conclude(const Every *every, Errors *errors) MUST_CHECK;

/* ---- every_config.c ------------------------------------------------------------------------------------------ */

/*
 * Reads the configuration, and whether the SQL files can be a plan, without a server.  On failure what was in force
 * stays in force.
 */
Status every_load(Every *every, Errors *errors) MUST_CHECK;

/* At SIGHUP: the same, told to those who wait for it.  What has failed is tried again. */
void every_reload(Every *every);

/* ---- every_words.c ------------------------------------------------------------------------------------------- */

/* "02:15:00", with the date when it is not today's; talloc child of `context` */
char *every_when(const void *context, int64_t when_ms);

/* "1 start was", "3 starts were"; talloc child of `context` */
char *every_starts(const void *context, int64_t count);

void every_say_begin(const Every *every);
void every_say_skipped(const Every *every);
void every_say_stopping(const Every *every);

/* STATUS= for systemd: what goes on now. */
void every_tell_status(const Every *every);

#endif
