/*
 * metrics.h: what Prometheus is told of a set, as a text file for node_exporter's textfile collector.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 *
 * Part of the room report/.  Names follow https://prometheus.io/docs/practices/naming/: seconds, bytes, no counter that could
 * go back (the journal forgets runs: what it counts is a gauge).  A figure that is not known has no series.
 */
#ifndef MATSWAP_METRICS_H
#define MATSWAP_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matswap/journal.h"

/* A view as it is live.  Times are seconds since 1970; NAN or a count below 0: not known. */
typedef struct MetricsView
{
    Name name;
    int64_t rows, bytes;
    double duration_s;
    double snapshot_at;
    double watermark_at;
} MetricsView;

typedef struct Metrics
{
    const char *set, *version;

    /* the last run: of the command that ends now */
    double ended_at;
    double duration_s;
    int exit_code;
    bool swapped;
    int64_t views, refreshed, failed, kept;
    int64_t starts_skipped; /* by `run --every`, since the run before */
    int64_t rules_failed[SEVERITY_WARN + 1]; /* by severity; not those accepted */
    int64_t rules_accepted;

    /* of the journal: all that it still knows; nothing of it is known when it could not be read */
    bool has_journal;
    int64_t runs[RUN_OUTCOME_COUNT];
    int64_t journal_bytes;
    double succeeded_at;

    /* the last swap, also one that brought an old generation back */
    double snapshot_at;
    double lock_s, wait_s, longest_wait_s;
    int64_t tries;

    MetricsView *live;
    size_t live_count;
} Metrics;

/* The file's text; child of `context`. */
char *metrics_text(const void *context, const Metrics *metrics);

/*
 * Replaces the file at once, so that nobody reads a half of it; everybody may read it.  Its folder has to be there.
 * ERROR_SYSTEM
 */
Status metrics_write(const char *path, const char *text, Errors *errors) MUST_CHECK;

#endif
