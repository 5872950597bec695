/*
 * event.h: what a Report is told, and the ways that it takes from there.
 *
 *     report_…() ──► Event ──► event_emit ──► stderr: a line of text, under systemd with its priority, or JSON
 *                                       ├───► the table, when stderr is a terminal
 *                                       └───► the log file
 */
#ifndef MATSWAP_REPORT_EVENT_H
#define MATSWAP_REPORT_EVENT_H

#include "live.h"
#include "terminal.h"

/* The priorities of syslog(3), which are systemd's too (sd-daemon(3)). */
typedef enum EventLevel
{
    LEVEL_ERROR = 3,
    LEVEL_WARNING = 4,
    LEVEL_NOTICE = 5, /* what readers of the views may notice */
    LEVEL_INFO = 6,
    LEVEL_DEBUG = 7
} EventLevel;

typedef struct Event
{
    EventLevel level;
    const char *event;  /* one word: started, finished, failed, warning, error; else the word of the line */
    const char *phase;  /* NULL: what the run is at */
    const char *outcome; /* of the run that has ended; else NULL */
    Name view;          /* .schema NULL: none */
    const char *subject;
    int worker;         /* -1: none */
    int64_t rows, bytes; /* -1: none */
    double milliseconds; /* -1: none */
    const Error *error;  /* NULL: none */
    const char *message; /* without what has a key of its own, or NULL */
    const char *text;    /* the line for people, without its time; NULL: people are not told */
    bool timed;          /* it begins with the time */
} Event;

/* All that an event may leave out. */
#define EVENT_NOTHING .worker = -1, .rows = -1, .bytes = -1, .milliseconds = -1

typedef struct Log Log;

struct Report
{
    ReportOptions options;
    size_t name_width;
    const char *run;     /* NULL: not known yet */
    const char *phase;   /* that the run is in; NULL: none yet */
    bool json_on_stderr;
    bool under_journald; /* stderr goes to systemd's journal */
    Log *log;            /* NULL: none */
    Terminal *terminal;  /* NULL: no table */
    LiveModel *live;     /* NULL likewise */
    double opened_ms, drawn_ms;
};

/* Milliseconds of CLOCK_MONOTONIC. */
double event_clock_ms(void);

void event_emit(Report *report, const Event *event);

/* Draws the table, if there is one: at once, or when it is time. */
void event_draw(Report *report, bool at_once);

/* ---- log.c -------------------------------------------------------------------------------------------------- */

/* Is appended to; made for its owner alone when it is missing.  Fails with ERROR_CONFIG. */
Status log_open(const void *context, const char *path, Log **ret_log, Errors *errors) MUST_CHECK;

/* One line, in the file that now has this name.  False when that failed, which is worth one warning. */
bool log_write(Log *log, const char *line, size_t length);
const char *log_failure(const Log *log); /* why */

/* An event as JSON and as text, with the end of the line; talloc children of `context`. */
Text *log_json(const void *context, const Report *report, const Event *event);
Text *log_text(const void *context, const Event *event);

#endif
