/* metrics.c: the metrics of a set when a command is over: what it has done, and what the journal says is live. */
#include <math.h>
#include <sys/stat.h>
#include <time.h>

#include "matswap/journal_history.h"
#include "matswap/memory.h"
#include "matswap/metrics.h"
#include "matswap/moment.h"
#include "matswap/text.h"
#include "stage_internal.h"

static double seconds_of(double milliseconds)
{
    return milliseconds < 0 ? NAN : milliseconds / 1000;
}

/* NULL, or nothing that is a time, is NAN. */
static double time_of(const char *text)
{
    double milliseconds;
    return moment_read(text, NULL, &milliseconds) ? milliseconds / 1000 : NAN;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

static int64_t size_of(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 ? found.st_size : 0;
}

/* With what it has not taken in of its write-ahead log. */
static int64_t journal_size(const void *scratch, const Run *run)
{
    const char *path = journal_path(run->journal);
    return size_of(path) + size_of(mem_printf(scratch, "%s-wal", path));
}

static void count_rules(const Run *run, Metrics *metrics)
{
    for (size_t i = 0; i < run->result_count; i++)
    {
        const RuleResult *result = &run->results[i];
        if (result->outcome != RULE_FAILED)
            continue;
        if (result->accepted != NULL)
            metrics->rules_accepted++;
        else
            metrics->rules_failed[result->severity]++;
    }
}

static void add_run(const Run *run, bool swapped, const Errors *errors, Metrics *metrics)
{
    RunCounts counts = account_counts(run, swapped);
    metrics->set = run->config->set;
    metrics->version = MATSWAP_VERSION;
    metrics->ended_at = now();
    metrics->duration_s = run->opened_ms > 0 ? seconds_of(stage_clock_ms() - run->opened_ms) : 0;
    metrics->exit_code = errors_exit_code(errors);
    metrics->swapped = swapped;
    metrics->views = (int64_t) counts.views;
    metrics->refreshed = (int64_t) counts.refreshed;
    metrics->failed = (int64_t) counts.failed;
    metrics->kept = (int64_t) counts.kept;
    metrics->starts_skipped = run->options.skipped_before;
    count_rules(run, metrics);
}

static void add_live(const void *scratch, const JournalFigures *figures, Metrics *metrics)
{
    metrics->live = mem_array(scratch, MetricsView, figures->live_count);
    metrics->live_count = figures->live_count;
    for (size_t i = 0; i < figures->live_count; i++)
    {
        const JournalLiveView *view = &figures->live[i];
        metrics->live[i] = (MetricsView){.name = view->name,
                                         .rows = view->rows,
                                         .bytes = view->bytes,
                                         .duration_s = seconds_of(view->duration_ms),
                                         .snapshot_at = time_of(view->snapshot_at),
                                         .watermark_at = time_of(view->watermark)};
    }
}

static Status add_journal(const void *scratch, const Run *run, Metrics *metrics, Errors *errors)
{
    JournalFigures *figures;
    if (run->journal == NULL)
        return STATUS_OK; /* it could not be opened, and the command has failed for that */
    if (journal_figures(scratch, run->journal, run->config->set, &figures, errors) != STATUS_OK)
        return STATUS_FAILED;
    metrics->has_journal = true;
    for (RunOutcome outcome = OUTCOME_NONE; outcome < RUN_OUTCOME_COUNT; outcome++)
        metrics->runs[outcome] = figures->runs[outcome];
    metrics->journal_bytes = journal_size(scratch, run);
    metrics->succeeded_at = time_of(figures->succeeded_at);
    metrics->snapshot_at = time_of(figures->snapshot_at);
    metrics->lock_s = seconds_of(figures->lock_ms);
    metrics->wait_s = seconds_of(figures->lock_wait_total_ms);
    metrics->longest_wait_s = seconds_of(figures->lock_wait_longest_ms);
    metrics->tries = figures->lock_tries;
    add_live(scratch, figures, metrics);
    return STATUS_OK;
}

void stage_write_metrics(const Run *run, bool swapped, const Errors *errors)
{
    const char *path = run->config->metrics;
    if (path == NULL)
        return;
    void *scratch = mem_context(NULL);
    Errors *writing = errors_new(scratch);
    Metrics metrics = {.succeeded_at = NAN};
    add_run(run, swapped, errors, &metrics);
    Status status = add_journal(scratch, run, &metrics, writing);
    if (metrics_write(path, metrics_text(scratch, &metrics), writing) != STATUS_OK || status != STATUS_OK)
        report_warning(run->report, "%s", error_format(scratch, writing->items[0]));
    talloc_free(scratch);
}
