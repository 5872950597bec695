/*
 * build.h: the build's bookkeeping, shared by build.c (which task next), build_tasks.c (the steps of each task) and
 * build_outcome.c (what its end means).
 */
#ifndef MATSWAP_STAGE_BUILD_H
#define MATSWAP_STAGE_BUILD_H

#include "matswap/import.h"
#include "stage_internal.h"

typedef enum BuildPhase
{
    BUILD_WAITING, /* for what it reads */
    BUILD_FILLING, /* its transaction is under way */
    BUILD_INDEXING,
    BUILD_INDEX_ATTRIBUTES,
    BUILD_COMPLETE, /* dependents may start; VACUUM may still be to do */
    BUILD_GIVEN_UP  /* a task of it failed, or was cancelled */
} BuildPhase;

/* The views that one transaction fills: one, or a group of foreign_snapshot = together. */
typedef struct BuildFill
{
    struct BuildView **views; /* in build order */
    size_t count;
} BuildFill;

typedef struct BuildView
{
    struct Build *build;
    const PlanView *view;
    const char *label; /* its name, qualified */
    const Recipe *recipe;
    JournalView *record;
    const BuildFill *fill;
    bool indexed_in_fill; /* a view of the same transaction reads it, whose plan may need the indexes */
    size_t position; /* in plan->views and run->record->views */
    BuildPhase phase;
    size_t inputs_missing;  /* views it reads that are not complete, but for those of its own fill */
    size_t indexes_started, indexes_done;
    bool attributes_started;
    bool vacuum_due, vacuum_started;
    bool finished;
    PlanPriority priority; /* ms or cost */
    double fill_ms;
    double index_ms;
    ImportFeed *feed;      /* of an import, while it is filled */
    const char *rewritten; /* sources that are not what they were at the snapshot; NULL: none */
} BuildView;

typedef struct Build
{
    Run *run;
    PgPool *pool;
    BuildView *views;
    size_t view_count;
    bool *group_failed; /* by the first view of the group, as run->groups has it */
    size_t groups_left; /* groups of the plan's views that have not failed */
    Errors *errors;     /* why the whole build has failed: of the journal, or of a task, when it is not its view's own */
    bool failed;
    const PgTask **at_work; /* of each worker; NULL: it is idle */
    struct BuildOnlooker *onlooker; /* NULL: nobody looks on, or nothing can be seen */
} Build;

typedef enum BuildTag
{
    STEP_OTHER,
    STEP_REWRITTEN,
    STEP_TOTALS,
    STEP_SOURCE,
    STEP_IDENTITY,
} BuildTag;

/* Each gives a task whose owner, and its steps', is `view`; on_step and on_done are the caller's to set. */
PgTask *build_fill_task(const BuildFill *fill); /* owner: the first view; a step's: the one that it is about */
PgTask *build_index_task(BuildView *view, size_t index);
PgTask *build_index_attributes_task(BuildView *view);
PgTask *build_vacuum_task(BuildView *view);

/* How many connections build. */
int build_jobs(const Run *run);

/* ---- what is told meanwhile (build_progress.c) ---------------------------------------------------------------- */

typedef struct BuildOnlooker BuildOnlooker;

/* What is ahead: `weight` of each view in milliseconds, or, `guessed`, of no meaning. */
Status build_tell_expectations(Build *build, const double *weight, bool guessed, Errors *errors) MUST_CHECK;

/* A task's on_start; a view of a task that fills several; the end of what has been done for a view. */
void build_task_started(PgTask *task);
void build_view_started(const PgTask *task, const BuildView *view);
void build_view_ended(const PgTask *task, const BuildView *view, double milliseconds, const Errors *errors);

/* When somebody looks on, asks the server now and then how far it is.  build_tick is the pool's. */
void build_look_on(Build *build);
void build_tick(void *closure);

/* ---- the end of a task (build_outcome.c) -------------------------------------------------------------------- */

/* The build ends: what is under way is cancelled. */
void build_fail(Build *build);

/* Into the journal; when it refuses, the build fails. */
void build_save(BuildView *view, ViewStatus status);

/* Has the view's group failed?  Nothing of it is started any more. */
bool build_is_void(const BuildView *view);

/* Whose errors these are decides what they end: the view's group, or the build. */
void build_fail_view(BuildView *view, Errors *errors);

/* Callbacks of the tasks. */
void build_on_step(PgTask *task, const PgStep *step, const PgRows *rows, double milliseconds);
void build_filled(PgTask *task, Errors *errors, double milliseconds);
void build_indexed(PgTask *task, Errors *errors, double milliseconds);
void build_index_attributes_done(PgTask *task, Errors *errors, double milliseconds);
void build_vacuumed(PgTask *task, Errors *errors, double milliseconds);

#endif
