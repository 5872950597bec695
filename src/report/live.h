/*
 * live.h: the table of what is being done now.
 *
 *     events ──► LiveModel (live.c) ──► what is left (estimate.c) ──► lines (live_lines.c) ──► a frame (terminal.c)
 *
 * The first three know no terminal and no clock: the time is given to them, in milliseconds of any clock.
 */
#ifndef MATSWAP_REPORT_LIVE_H
#define MATSWAP_REPORT_LIVE_H

#include "matswap/report.h"

typedef struct LiveView
{
    ReportView expected; /* with its name and readers copied */
    const char *label;   /* the name, inert */
    bool filled, vacuumed;
    bool begun; /* a task of it has been started */
    bool left;  /* it takes no more part */
    size_t indexes_done;
} LiveView;

/* What a worker does now. */
typedef struct LiveTask
{
    bool busy;
    RunPhase phase;
    size_t view;         /* position; LIVE_NO_VIEW: none */
    const char *subject; /* inert; NULL: none */
    double started_ms;
    ReportProgress progress;
    char *step; /* inert; NULL: not known */
} LiveTask;

#define LIVE_NO_VIEW SIZE_MAX

typedef struct LiveModel
{
    const char *set; /* inert */
    bool active;     /* something is being done */
    RunPhase phase;  /* the run's */
    bool building;   /* … is to fill views */
    double began_ms, phase_began_ms;
    LiveView *views;
    size_t view_count;
    LiveTask *workers;
    size_t worker_count;
    bool guessed; /* nothing is known of how long anything takes */
    double after_ms;
    double taken_ms, expected_ms; /* of the tasks that are over: how good the expectations are */

    /* what was shown last, so that it does not jump */
    double fraction;
    double end_ms; /* 0: none yet */
} LiveModel;

/* A talloc object. */
LiveModel *live_new(const void *context, const char *set, double now_ms);
void live_build(LiveModel *model, const ReportBuild *build);
void live_started(LiveModel *model, const ReportTask *task, double now_ms);
void live_ended(LiveModel *model, const ReportTask *task, const ReportEnd *end, double now_ms);
void live_left(LiveModel *model, Name view);
void live_progress(LiveModel *model, const ReportProgress *progress);

/* ---- estimate.c --------------------------------------------------------------------------------------------- */

/* Is all done that belongs to it? */
bool live_view_is_over(const LiveView *view);

/* What a task is expected to take in all, in milliseconds; -1: not known. */
double estimate_task(const LiveModel *model, const LiveTask *task, double now_ms);

/* How much of it is done, 0 to 1; -1: not known.  Never 1: it is still under way. */
double estimate_task_fraction(const LiveModel *model, const LiveTask *task, double now_ms);

/* Of the whole run: how much is done, and the milliseconds that are left (-1: not known).  Remembers what it has said. */
void estimate_run(LiveModel *model, double now_ms, double *ret_fraction, double *ret_left_ms);

/* ---- live_lines.c ------------------------------------------------------------------------------------------- */

typedef struct LiveStyle
{
    size_t columns, rows; /* no line takes more cells, and there are never more lines */
    bool colour, unicode;
} LiveStyle;

/* The lines, without their ends; children of `context`. */
void live_lines(const void *context, LiveModel *model, double now_ms, LiveStyle style, const char ***ret_lines,
                size_t *ret_count);

#endif
