/*
 * build.h: the build's bookkeeping, shared by build.c (which task next, what its end means) and build_tasks.c
 * (the steps of each task).
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

#endif
