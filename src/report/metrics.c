/* metrics.c: the text of the metrics.  docs/metrics.md lists them. */
#include <inttypes.h>
#include <math.h>

#include "matswap/journal_history.h"
#include "matswap/memory.h"
#include "matswap/metrics.h"
#include "matswap/text.h"

/* Backslash, quote and line end are all that the format knows to escape; and it wants UTF-8. */
static void add_label_value(Text *text, const char *value)
{
    while (*value != '\0')
    {
        size_t length = text_utf8_length(value);
        if (length == 0)
            text_add(text, "\xEF\xBF\xBD");
        else if (*value == '\n')
            text_add(text, "\\n");
        else if (*value == '\\' || *value == '"')
            text_addf(text, "\\%c", *value);
        else
            text_add_bytes(text, value, length);
        value += length == 0 ? 1 : length;
    }
}

static void add_label(Text *text, const char *name, const char *value)
{
    text_addf(text, ",%s=\"", name);
    add_label_value(text, value);
    text_add(text, "\"");
}

/* Everything about one set: the first label of each series. */
typedef struct Writer
{
    const Metrics *metrics;
    Text *text;
    const char *name; /* of the family under way */
} Writer;

static void begin(Writer *writer, const char *name, const char *help)
{
    writer->name = name;
    text_addf(writer->text, "# HELP matswap_%s %s\n# TYPE matswap_%s gauge\n", name, help, name);
}

static void begin_series(const Writer *writer)
{
    text_addf(writer->text, "matswap_%s{set=\"", writer->name);
    add_label_value(writer->text, writer->metrics->set);
    text_add(writer->text, "\"");
}

static void end_count(const Writer *writer, int64_t value)
{
    text_addf(writer->text, "} %" PRId64 "\n", value);
}

static void end_seconds(const Writer *writer, double value)
{
    text_addf(writer->text, "} %.6f\n", value);
}

static void add_count(Writer *writer, const char *name, const char *help, int64_t value)
{
    begin(writer, name, help);
    begin_series(writer);
    end_count(writer, value);
}

static void add_seconds(Writer *writer, const char *name, const char *help, double value)
{
    if (isnan(value))
        return;
    begin(writer, name, help);
    begin_series(writer);
    end_seconds(writer, value);
}

/* ---- the last run ------------------------------------------------------------------------------------------ */

static void add_rules(Writer *writer)
{
    begin(writer, "rules_failed", "Rules that the last run's generation broke, but for those accepted.");
    for (Severity severity = SEVERITY_ERROR; severity <= SEVERITY_WARN; severity++)
    {
        begin_series(writer);
        add_label(writer->text, "severity", severity_word(severity));
        end_count(writer, writer->metrics->rules_failed[severity]);
    }
    add_count(writer, "rules_accepted", "Rules that the last run's generation broke, and that were accepted by --accept.",
              writer->metrics->rules_accepted);
}

static void add_run(Writer *writer)
{
    const Metrics *metrics = writer->metrics;
    begin(writer, "build_info", "The version of matswap that has written this; always 1.");
    begin_series(writer);
    add_label(writer->text, "version", metrics->version);
    end_count(writer, 1);
    add_seconds(writer, "last_run_timestamp_seconds", "When the last run ended, whatever came of it.", metrics->ended_at);
    add_seconds(writer, "last_success_timestamp_seconds",
                "When the last run of the whole set ended that swapped a new generation in.", metrics->succeeded_at);
    add_count(writer, "run_success", "Whether the last run swapped (1) or not (0).", metrics->swapped ? 1 : 0);
    add_count(writer, "run_exit_code", "The exit code of the last run.", metrics->exit_code);
    add_seconds(writer, "run_duration_seconds", "How long the last run took.", metrics->duration_s);
    add_count(writer, "views", "Views that the last run was about.", metrics->views);
    add_count(writer, "views_refreshed", "Views that the last run published.", metrics->refreshed);
    add_count(writer, "views_failed", "Views that failed in the last run, by their build or by a rule.", metrics->failed);
    add_count(writer, "views_kept", "Views of the last run that keep their old generation.", metrics->kept);
    add_count(writer, "starts_skipped", "Starts that run --every skipped since the run before the last one.",
              metrics->starts_skipped);
    add_rules(writer);
}

/* ---- the journal ------------------------------------------------------------------------------------------- */

static void add_journal(Writer *writer)
{
    const Metrics *metrics = writer->metrics;
    begin(writer, "journal_runs",
          "Runs that the journal knows, by what became of them; it forgets those older than keep_history.");
    for (RunOutcome outcome = OUTCOME_SWAPPED; outcome < RUN_OUTCOME_COUNT; outcome++)
    {
        begin_series(writer);
        add_label(writer->text, "outcome", run_outcome_word(outcome));
        end_count(writer, metrics->runs[outcome]);
    }
    add_count(writer, "journal_bytes", "Size of the journal.", metrics->journal_bytes);
}

static void add_swap(Writer *writer)
{
    const Metrics *metrics = writer->metrics;
    add_seconds(writer, "generation_snapshot_timestamp_seconds", "The moment whose data the live generation has.",
                metrics->snapshot_at);
    add_seconds(writer, "swap_lock_seconds", "How long the last swap held its locks.", metrics->lock_s);
    add_seconds(writer, "swap_wait_seconds", "How long all tries of the last swap held locks or waited for one.",
                metrics->wait_s);
    add_seconds(writer, "swap_longest_wait_seconds", "The longest of these tries.", metrics->longest_wait_s);
    if (metrics->tries > 0)
        add_count(writer, "swap_tries", "How many tries the last swap took.", metrics->tries);
}

/* ---- views ------------------------------------------------------------------------------------------------- */

static double rows_of(const MetricsView *view)
{
    return view->rows < 0 ? NAN : (double) view->rows;
}

static double bytes_of(const MetricsView *view)
{
    return view->bytes < 0 ? NAN : (double) view->bytes;
}

static double duration_of(const MetricsView *view)
{
    return view->duration_s;
}

static double snapshot_of(const MetricsView *view)
{
    return view->snapshot_at;
}

static double watermark_of(const MetricsView *view)
{
    return view->watermark_at;
}

static double lag_of(const MetricsView *view)
{
    return view->snapshot_at - view->watermark_at; /* NAN when one of them is */
}

static const struct ViewFamily
{
    const char *name, *help;
    double (*value)(const MetricsView *view);
    bool is_count;
} view_families[] = {
    {"view_rows", "Rows of the live view.", rows_of, true},
    {"view_bytes", "Size of the live view when it was built, with indexes and TOAST.", bytes_of, true},
    {"view_duration_seconds", "How long it took to fill the live view.", duration_of, false},
    {"view_snapshot_timestamp_seconds", "The moment whose data the live view has.", snapshot_of, false},
    {"watermark_timestamp_seconds", "The latest event_time in the live view.", watermark_of, false},
    {"watermark_lag_seconds", "How far that was behind the snapshot when the live view was built.", lag_of, false},
};

static void add_view_family(Writer *writer, const struct ViewFamily *family)
{
    bool begun = false;
    for (size_t i = 0; i < writer->metrics->live_count; i++)
    {
        const MetricsView *view = &writer->metrics->live[i];
        double value = family->value(view);
        if (isnan(value))
            continue;
        if (!begun)
            begin(writer, family->name, family->help);
        begun = true;
        begin_series(writer);
        add_label(writer->text, "schema", view->name.schema);
        add_label(writer->text, "view", view->name.name);
        if (family->is_count)
            end_count(writer, (int64_t) value);
        else
            end_seconds(writer, value);
    }
}

char *metrics_text(const void *context, const Metrics *metrics)
{
    Writer writer = {.metrics = metrics, .text = text_new(context)};
    add_run(&writer);
    if (metrics->has_journal)
    {
        add_journal(&writer);
        add_swap(&writer);
    }
    for (size_t i = 0; i < sizeof view_families / sizeof view_families[0]; i++)
        add_view_family(&writer, &view_families[i]);
    return writer.text->data;
}
