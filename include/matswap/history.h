/*
 * history.h: what a person or a program sees of many runs: `history`.  Part of the room src/report/.
 */
#ifndef MATSWAP_HISTORY_H
#define MATSWAP_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "matswap/error.h"
#include "matswap/journal_history.h"
#include "matswap/name.h"

/* The runs of a set, some of those that its journal knows. */
typedef struct History
{
    const char *set;
    const char *journal; /* its path */
    bool has_journal;
    const RunDigest *digests; /* the newest first */
    size_t count;
    int64_t known;
} History;

/* A table, or a line when there is none. */
void report_history_text(FILE *out, const History *history);

/*
 * The contract's {"runs":[…]}, the newest first, each read and written by itself, so that a long history needs no memory.
 * journal NULL: there is none.
 */
Status report_history_json(FILE *out, Journal *journal, const char *set, int64_t limit, Errors *errors) MUST_CHECK;

/* ---- one view ------------------------------------------------------------------------------------------------ */

/*        name      key            title */
#define TREND_MEASURES(X)                                                                                           \
    X(DURATION, "duration_ms", "duration")                                                                          \
    X(ROWS, "rows", "rows")                                                                                         \
    X(BYTES, "bytes", "size")                                                                                       \
    X(LAG, "lag_ms", "lag") /* from the watermark to the snapshot */

typedef enum TrendMeasure
{
#define X(name, key, title) TREND_##name,
    TREND_MEASURES(X)
#undef X
    TREND_MEASURE_COUNT
} TrendMeasure;

/* One measure over the runs. */
typedef struct TrendSeries
{
    double *values;   /* by run, the newest first; NAN: not measured */
    double *baseline; /* by run: the median of the builds before it; NAN: there are too few */
    bool *outliers;   /* by run: it stands out from them */
    size_t known;     /* values that are shown and not NAN; 0: the following are NAN */
    double last, median, least, most;
} TrendSeries;

typedef struct Trend
{
    Name view;
    const char *set;
    JournalRun *const *runs; /* the newest first, each with this view alone */
    size_t count;            /* of runs that are shown; series go on behind them, see trend_make */
    TrendSeries series[TREND_MEASURE_COUNT];
} Trend;

/*
 * How a value stands out: from the builds before it, at most TREND_WINDOW, at least TREND_LEAST.  It does when it is further
 * from their median than 3.5 times their deviation (the median absolute deviation × 1.4826, which is the standard deviation
 * where values are distributed normally), and by what anybody would call a difference: half of the median (of rows and
 * bytes a tenth), and in time 100 ms.  So no later run changes what was said of an earlier one, and what grows steadily, or
 * has become used to another level, does not stand out.
 */
enum
{
    TREND_WINDOW = 20,
    TREND_LEAST = 8
};

/*
 * Of `run_count` runs the first `shown` make the trend, the others are what the last of these is compared with.  `zone`: in
 * which event times without a time zone are read; NULL: UTC.  A talloc child of `context`, which refers to `runs`.
 */
Trend *trend_make(const void *context, const char *set, Name view, JournalRun *const *runs, size_t run_count,
                  size_t shown, const char *zone);

/* `utf8`: with a sparkline of blocks, and ×; else of ASCII characters alone. */
void report_trend_text(FILE *out, const Trend *trend, bool utf8);
void report_trend_json(FILE *out, const Trend *trend);

/*
 * A line of `count` values, the oldest first, in at most `width` characters: where one stands for several, it is the one
 * that is furthest from the median.  NAN is a blank.  talloc child of `context`
 */
char *report_sparkline(const void *context, const double *values, size_t count, size_t width, bool utf8);

#endif
