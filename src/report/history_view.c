/* `history VIEW`: one view over the runs. */
#include <math.h>

#include "matswap/history.h"
#include "matswap/json.h"
#include "matswap/memory.h"
#include "report_internal.h"
#include "table.h"

enum
{
    SPARKLINE_WIDTH = 40
};

static const char *const keys[TREND_MEASURE_COUNT] = {
#define X(name, key, title) key,
    TREND_MEASURES(X)
#undef X
};

static const char *const titles[TREND_MEASURE_COUNT] = {
#define X(name, key, title) title,
    TREND_MEASURES(X)
#undef X
};

static bool is_time(TrendMeasure measure)
{
    return measure == TREND_DURATION || measure == TREND_LAG;
}

/* NULL for what was not measured. */
static char *value_text(const void *context, TrendMeasure measure, double value)
{
    if (isnan(value))
        return NULL;
    if (measure == TREND_ROWS)
        return report_count(context, (int64_t) (value + 0.5));
    if (measure == TREND_BYTES)
        return report_bytes(context, (int64_t) (value + 0.5));
    char *length = report_duration(context, value < 0 ? -value : value);
    return value < 0 ? mem_printf(context, "-%s", length) : length; /* an event that is yet to come */
}

/* "3.2× the median", or both where one is not a multiple of the other. */
static char *difference_text(const void *context, TrendMeasure measure, double value, double median, bool utf8)
{
    if (value <= 0 || median <= 0)
        return mem_printf(context, "%s, not %s", value_text(context, measure, value),
                          value_text(context, measure, median));
    double ratio = value / median;
    const char *times = utf8 ? "×" : "x";
    if (ratio < 0.95)
        return mem_printf(context, "%.2g%s the median", ratio, times);
    return mem_printf(context, "%.*f%s the median", ratio < 9.95 ? 1 : 0, ratio, times);
}

/* ---- for people ---------------------------------------------------------------------------------------------- */

static void print_summary(FILE *out, const Trend *trend, bool utf8)
{
    static const TableColumn columns[] = {
        {"", false}, {"last", true}, {"median", true}, {"least", true}, {"most", true}, {"from old to new", false},
    };
    enum
    {
        COLUMNS = sizeof columns / sizeof columns[0]
    };
    void *context = mem_context(NULL);
    const char *cells[TREND_MEASURE_COUNT * COLUMNS];
    size_t rows = 0;
    double *oldest_first = mem_array(context, double, trend->count);
    for (int kind = 0; kind < TREND_MEASURE_COUNT; kind++)
    {
        TrendMeasure measure = (TrendMeasure) kind;
        const TrendSeries *series = &trend->series[kind];
        if (series->known == 0)
            continue;
        for (size_t i = 0; i < trend->count; i++)
            oldest_first[trend->count - 1 - i] = series->values[i];
        const char **row = &cells[rows++ * COLUMNS];
        row[0] = titles[kind];
        row[1] = value_text(context, measure, series->last);
        row[2] = value_text(context, measure, series->median);
        row[3] = value_text(context, measure, series->least);
        row[4] = value_text(context, measure, series->most);
        row[5] = report_sparkline(context, oldest_first, trend->count, SPARKLINE_WIDTH, utf8);
    }
    if (rows > 0)
        table_print(out, columns, COLUMNS, cells, rows);
    talloc_free(context);
}

/* What stands out in run `i`, NULL: nothing. */
static char *remarks(const void *context, const Trend *trend, size_t i, bool utf8)
{
    Text *text = text_new(context);
    for (int kind = 0; kind < TREND_MEASURE_COUNT; kind++)
    {
        const TrendSeries *series = &trend->series[kind];
        if (series->outliers[i])
            text_addf(text, "%s%s: %s", text->length > 0 ? "; " : "", titles[kind],
                      difference_text(text, (TrendMeasure) kind, series->values[i], series->baseline[i], utf8));
    }
    return text->length > 0 ? text->data : NULL;
}

static bool stands_out(const Trend *trend)
{
    bool found = false;
    for (int kind = 0; kind < TREND_MEASURE_COUNT; kind++)
        for (size_t i = 0; i < trend->count; i++)
            found = found || trend->series[kind].outliers[i];
    return found;
}

static const char *view_outcome(const JournalRun *run)
{
    const JournalView *view = &run->views[0];
    if (journal_view_is_kept(view) || !view_is_measured(view))
        return journal_view_leaves(view) ? "left the set" : view_status_word(view->status);
    return "built";
}

static void print_runs(FILE *out, const Trend *trend, bool utf8)
{
    static const TableColumn columns[] = {
        {"run", false}, {"started", false}, {"outcome", false}, {"view", false},      {"duration", true},
        {"rows", true}, {"size", true},     {"lag", true},      {"stands out", false},
    };
    enum
    {
        FIRST_MEASURE = 4,
        COLUMNS = sizeof columns / sizeof columns[0]
    };
    void *context = mem_context(NULL);
    size_t column_count = stands_out(trend) ? COLUMNS : COLUMNS - 1;
    size_t cell_count = trend->count * column_count;
    const char **cells = mem_array(context, const char *, cell_count);
    for (size_t i = 0; i < trend->count; i++)
    {
        const JournalRun *run = trend->runs[i];
        const char **row = &cells[i * column_count];
        row[0] = run->run;
        row[1] = moment_short(context, run->started_at);
        row[2] = outcome_shown(run->state, run->outcome, run->is_rollback);
        row[3] = run->is_rollback ? "brought back" : view_outcome(run);
        for (int kind = 0; kind < TREND_MEASURE_COUNT; kind++)
            row[FIRST_MEASURE + kind] = value_text(context, (TrendMeasure) kind, trend->series[kind].values[i]);
        if (column_count == COLUMNS)
            row[COLUMNS - 1] = remarks(context, trend, i, utf8);
    }
    fputc('\n', out);
    table_print(out, columns, column_count, cells, trend->count);
    talloc_free(context);
}

void report_trend_text(FILE *out, const Trend *trend, bool utf8)
{
    Text *name = text_new(NULL);
    text_add_visible(name, name_qualified(name, trend->view));
    if (trend->count == 0)
        fprintf(out, "%s: no run of the set %s has it yet\n", name->data, trend->set);
    else
        fprintf(out, "%s, in the last %zu run%s that ha%s it\n\n", name->data, trend->count, trend->count == 1 ? "" : "s",
                trend->count == 1 ? "s" : "ve");
    talloc_free(name);
    if (trend->count == 0)
        return;
    print_summary(out, trend, utf8);
    print_runs(out, trend, utf8);
}

/* ---- for programs -------------------------------------------------------------------------------------------- */

/* Milliseconds with their fraction, counts without one; NAN is null. */
static void add_value(Text *json, const char *key, TrendMeasure measure, double value)
{
    json_key(json, key);
    if (isnan(value))
        text_add(json, "null,");
    else
        text_addf(json, is_time(measure) ? "%.3f," : "%.0f,", value);
}

static void add_ratio(Text *json, double value, double baseline)
{
    json_key(json, "ratio");
    if (baseline > 0)
        text_addf(json, "%.3f,", value / baseline);
    else
        text_add(json, "null,");
}

static void add_outliers(Text *json, const Trend *trend, size_t i)
{
    json_key(json, "outliers");
    text_add(json, "[");
    for (int kind = 0; kind < TREND_MEASURE_COUNT; kind++)
    {
        const TrendSeries *series = &trend->series[kind];
        if (!series->outliers[i])
            continue;
        text_add(json, "{");
        json_string(json, "measure", keys[kind]);
        add_value(json, "value", (TrendMeasure) kind, series->values[i]);
        add_value(json, "median", (TrendMeasure) kind, series->baseline[i]);
        add_ratio(json, series->values[i], series->baseline[i]);
        json_end_object(json);
        text_add(json, ",");
    }
    json_end_array(json);
    text_add(json, ",");
}

/* The run's object, with two keys more. */
static void add_run(Text *json, const Trend *trend, size_t i)
{
    text_add(json, i > 0 ? "," : "");
    json_run(json, trend->runs[i]);
    json->data[--json->length] = '\0'; /* its } */
    text_add(json, ",");
    add_value(json, "lag_ms", TREND_LAG, trend->series[TREND_LAG].values[i]);
    add_outliers(json, trend, i);
    json_end_object(json);
}

static void add_series(Text *json, const Trend *trend, TrendMeasure measure)
{
    const TrendSeries *series = &trend->series[measure];
    json_key(json, keys[measure]);
    text_add(json, "{");
    json_count(json, "builds", (int64_t) series->known);
    add_value(json, "last", measure, series->last);
    add_value(json, "median", measure, series->median);
    add_value(json, "least", measure, series->least);
    add_value(json, "most", measure, series->most);
    json_end_object(json);
    text_add(json, ",");
}

void report_trend_json(FILE *out, const Trend *trend)
{
    Text *json = text_new(NULL);
    text_add(json, "{");
    json_string(json, "set", trend->set);
    json_key(json, "view");
    text_add(json, "{");
    json_string(json, "schema", trend->view.schema);
    json_string(json, "name", trend->view.name);
    json_end_object(json);
    text_add(json, ",\"trend\":{");
    for (int kind = 0; kind < TREND_MEASURE_COUNT; kind++)
        add_series(json, trend, (TrendMeasure) kind);
    json_end_object(json);
    text_add(json, ",\"runs\":[");
    for (size_t i = 0; i < trend->count; i++)
        add_run(json, trend, i);
    text_add(json, "]}\n");
    fputs(json->data, out);
    talloc_free(json);
}
