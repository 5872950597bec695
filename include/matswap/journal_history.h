/*
 * journal_history.h: what the journal knows of runs, for those who look back: `history`, `report`, metrics, estimates.
 *
 * All of it reads, but for journal_prune.
 */
#ifndef MATSWAP_JOURNAL_HISTORY_H
#define MATSWAP_JOURNAL_HISTORY_H

#include "matswap/journal.h"

/* ---- one run ----------------------------------------------------------------------------------------------- */

/* All that are written, by their start; children of `context`.  None from a journal of format 4 or older. */
Status journal_tasks(const void *context, Journal *journal, const JournalRun *run, JournalTask **ret_tasks,
                     size_t *ret_count, Errors *errors) MUST_CHECK;

/* What a task of this kind takes on average. */
typedef struct JournalTypical
{
    RunPhase phase;
    Name view; /* .schema NULL: the run itself */
    double milliseconds;
    double count; /* of them in a run */
} JournalTypical;

/* By the set's last five runs that were built; children of `context`. */
Status journal_typical(const void *context, Journal *journal, const char *set, JournalTypical **ret_typical,
                       size_t *ret_count, Errors *errors) MUST_CHECK;

typedef struct JournalEvent
{
    const char *at, *kind;
    Name view; /* .schema NULL: the run */
    const char *message;
} JournalEvent;

/* In their order; children of `context`. */
Status journal_events(const void *context, Journal *journal, const JournalRun *run, JournalEvent **ret_events,
                      size_t *ret_count, Errors *errors) MUST_CHECK;

/* ---- the runs of a set ------------------------------------------------------------------------------------- */

/* The run of this name, of any set; NULL if there is none. */
Status journal_run_named(const void *context, Journal *journal, const char *name, JournalRun **ret_run,
                         Errors *errors) MUST_CHECK;

/* The set's runs with schemas and views, the newest first, `limit` at most (-1: all); each a child of `context`. */
Status journal_runs(const void *context, Journal *journal, const char *set, int64_t limit, JournalRun ***ret_runs,
                    size_t *ret_count, Errors *errors) MUST_CHECK;

/* The same of those before `run`, which another set's are not. */
Status journal_runs_before(const void *context, Journal *journal, const JournalRun *run, int64_t limit,
                           JournalRun ***ret_runs, size_t *ret_count, Errors *errors) MUST_CHECK;

/* The names of the set's runs that begin with `prefix`, the newest first, `limit` at most. */
Status journal_run_names(const void *context, Journal *journal, const char *set, const char *prefix, int64_t limit,
                         const char ***ret_names, size_t *ret_count, Errors *errors) MUST_CHECK;

/*
 * The same one by one: `visitor` gets each, which is gone when it returns.  No transaction is open meanwhile, so that
 * whoever reads slowly what is printed keeps no writer from checkpointing.
 */
typedef void (*RunVisitor)(const JournalRun *run, void *data);
Status journal_each_run(Journal *journal, const char *set, int64_t limit, RunVisitor visitor, void *data,
                        Errors *errors) MUST_CHECK;

Status journal_run_count(Journal *journal, const char *set, int64_t *ret_count, Errors *errors) MUST_CHECK;

/* A run in one line. */
typedef struct RunDigest
{
    const char *run;
    RunState state;
    RunOutcome outcome;
    const char *started_at, *finished_at;
    bool is_rollback;
    double lock_ms;
    int64_t lock_tries;
    int64_t views;       /* of them: */
    int64_t built;       /* filled (or, of a rollback, brought back); */
    int64_t kept;        /* isolated, together with */
    int64_t failed;      /* these */
    int64_t rows, bytes; /* of those built; -1: none measured */
    const char *error;
} RunDigest;

/* As journal_runs; strings are children of `context`. */
Status journal_digests(const void *context, Journal *journal, const char *set, int64_t limit, RunDigest **ret_digests,
                       size_t *ret_count, Errors *errors) MUST_CHECK;

/* As journal_runs, only those runs that have this view, each with this view alone (view_count is 1) and no schemas. */
Status journal_view_runs(const void *context, Journal *journal, const char *set, Name view, int64_t limit,
                         JournalRun ***ret_runs, size_t *ret_count, Errors *errors) MUST_CHECK;

/* That a view of a run reads another one of it, as positions. */
typedef struct JournalRead
{
    size_t reader, input;
} JournalRead;
Status journal_view_reads(const void *context, Journal *journal, const JournalRun *run, JournalRead **ret_reads,
                          size_t *ret_count, Errors *errors) MUST_CHECK;

/* On how many connections a run builds; 0: not known, as from a journal of format 4 or older. */
Status journal_run_jobs(Journal *journal, const JournalRun *run, int *ret_jobs, Errors *errors) MUST_CHECK;

/* Of every view that a run of the set has, ordered by name_compare. */
Status journal_view_names(const void *context, Journal *journal, const char *set, Name **ret_names, size_t *ret_count,
                          Errors *errors) MUST_CHECK;

/*
 * Forgets runs of the set that have been over for longer than `keep_ms`, the oldest first, with all that belongs to them; but
 * none of the newest 20, and not the last one that swapped.  Each transaction holds SQLite's write lock for a moment only,
 * and after half a second the rest is left to the next call.  The file does not become smaller: its room is used again.
 */
Status journal_prune(Journal *journal, const char *set, int64_t keep_ms, int64_t *ret_forgotten,
                     Errors *errors) MUST_CHECK;

/* ---- figures ------------------------------------------------------------------------------------------------ */

/*
 * The median duration (ms) of a view's last five builds in runs that reached BUILT, or -1 if it has none.
 */
Status journal_view_duration(Journal *journal, const char *set, Name view, double *ret_milliseconds,
                             Errors *errors) MUST_CHECK;

/* A view that a swap of the set has published, and that is live by what the journal knows. */
typedef struct JournalLiveView
{
    Name name;
    int64_t rows, bytes; /* -1: not known */
    double duration_ms;  /* -1: not known */
    const char *snapshot_at; /* NULL: not known, as the next */
    const char *watermark;
} JournalLiveView;

/* A set in figures. */
typedef struct JournalFigures
{
    int64_t runs[RUN_OUTCOME_COUNT]; /* that are at an end */
    const char *succeeded_at;        /* when the whole set got a new generation last; NULL: never, as far as is known */
    const char *snapshot_at;         /* of the last swap, as what follows; NULL: there was none */
    double lock_ms;                  /* -1: not known */
    int64_t lock_tries;
    double lock_wait_total_ms, lock_wait_longest_ms;
    JournalLiveView *live;
    size_t live_count;
} JournalFigures;

/* *ret_figures, a talloc object, owns its strings. */
Status journal_figures(const void *context, Journal *journal, const char *set, JournalFigures **ret_figures,
                       Errors *errors) MUST_CHECK;

#endif
