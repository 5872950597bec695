/* What a view's builds were like over the runs, and which of them stand out; no server, no journal. */
#include <math.h>
#include <stdlib.h>

#include "matswap/history.h"
#include "matswap/memory.h"
#include "matswap/moment.h"
#include "report_internal.h"

static const double most_deviations = 3.5; /* Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993) */
static const double deviation_of_mad = 1.4826;
static const double least_time_ms = 100;

/* ---- the middle ---------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const double *left = a;
    const double *right = b;
    return (*left > *right) - (*left < *right);
}

static double middle(const double *sorted, size_t count)
{
    return count == 0 ? NAN : (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

Spread spread_of(const double *values, size_t count)
{
    double *known = mem_array(NULL, double, count);
    Spread spread = {.least = NAN, .most = NAN};
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            known[spread.known++] = values[i];
    qsort(known, spread.known, sizeof *known, compare);
    spread.median = middle(known, spread.known);
    if (spread.known > 0)
    {
        spread.least = known[0];
        spread.most = known[spread.known - 1];
    }
    for (size_t i = 0; i < spread.known; i++)
        known[i] = fabs(known[i] - spread.median);
    qsort(known, spread.known, sizeof *known, compare);
    spread.deviation = deviation_of_mad * middle(known, spread.known);
    talloc_free(known);
    return spread;
}

/* ---- what was measured --------------------------------------------------------------------------------------- */

static double lag_ms(const JournalRun *run, const JournalView *view, const char *zone)
{
    double snapshot_ms, watermark_ms;
    const char *snapshot_at = view->snapshot_at != NULL ? view->snapshot_at : run->snapshot_at;
    if (!moment_read(snapshot_at, NULL, &snapshot_ms) || !moment_read(view->watermark, zone, &watermark_ms))
        return NAN;
    return snapshot_ms - watermark_ms;
}

/* A rollback brings back what was built, and measured, before. */
static double value_of(const JournalRun *run, TrendMeasure measure, const char *zone)
{
    const JournalView *view = &run->views[0];
    if (!view_is_measured(view) || run->is_rollback)
        return NAN;
    switch (measure)
    {
    case TREND_DURATION:
        return view->duration_ms < 0 ? NAN : view->duration_ms;
    case TREND_ROWS:
        return view->rows < 0 ? NAN : (double) view->rows;
    case TREND_BYTES:
        return view->bytes < 0 || view->rows < 0 ? NAN : (double) view->bytes; /* an ordinary view has no size */
    case TREND_LAG:
        return lag_ms(run, view, zone);
    case TREND_MEASURE_COUNT:
    default:
        return NAN;
    }
}

/* ---- what stands out ----------------------------------------------------------------------------------------- */

/* By how much a value has to differ for anybody to care. */
static double least_difference(TrendMeasure measure, double median)
{
    bool is_time = measure == TREND_DURATION || measure == TREND_LAG;
    double relative = fabs(median) * (is_time ? 0.5 : 0.1);
    return is_time && relative < least_time_ms ? least_time_ms : relative;
}

/* The builds before run `i`, which stand behind it. */
static size_t collect_before(const TrendSeries *series, size_t i, size_t run_count, double *window)
{
    size_t count = 0;
    for (size_t k = i + 1; k < run_count && count < TREND_WINDOW; k++)
        if (!isnan(series->values[k]))
            window[count++] = series->values[k];
    return count;
}

static void judge(TrendSeries *series, TrendMeasure measure, size_t i, size_t run_count)
{
    double window[TREND_WINDOW];
    size_t count = collect_before(series, i, run_count, window);
    series->baseline[i] = NAN;
    if (count < TREND_LEAST)
        return;
    Spread before = spread_of(window, count);
    double difference = fabs(series->values[i] - before.median);
    series->baseline[i] = before.median;
    series->outliers[i] = !isnan(difference) && difference > 0 && difference > most_deviations * before.deviation &&
                          difference >= least_difference(measure, before.median);
}

static void fill(Trend *trend, TrendMeasure kind, size_t run_count, const char *zone)
{
    TrendSeries *series = &trend->series[kind];
    series->values = mem_array(trend, double, run_count);
    series->baseline = mem_array(trend, double, run_count);
    series->outliers = mem_array(trend, bool, run_count);
    for (size_t i = 0; i < run_count; i++)
        series->values[i] = value_of(trend->runs[i], kind, zone);
    for (size_t i = 0; i < trend->count; i++)
        judge(series, kind, i, run_count);
    Spread spread = spread_of(series->values, trend->count);
    series->known = spread.known;
    series->median = spread.median;
    series->least = spread.least;
    series->most = spread.most;
    series->last = NAN;
    for (size_t i = trend->count; i-- > 0;)
        if (!isnan(series->values[i]))
            series->last = series->values[i];
}

Trend *trend_make(const void *context, const char *set, Name view, JournalRun *const *runs, size_t run_count,
                  size_t shown, const char *zone)
{
    Trend *trend = mem_new(context, Trend);
    trend->set = set;
    trend->view = view;
    trend->runs = runs;
    trend->count = shown < run_count ? shown : run_count;
    for (int kind = 0; kind < TREND_MEASURE_COUNT; kind++)
        fill(trend, (TrendMeasure) kind, run_count, zone);
    return trend;
}
