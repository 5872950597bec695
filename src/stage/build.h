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
    BUILD_COMPLETE /* dependents may start; VACUUM may still be to do */
} BuildPhase;

typedef struct BuildView
{
    struct Build *build;
    const PlanView *view;
    const Recipe *recipe;
    JournalView *record;
    size_t position; /* in plan->views and run->record->views */
    BuildPhase phase;
    size_t inputs_missing;  /* views it reads that are not complete */
    size_t indexes_started, indexes_done;
    bool attributes_started;
    bool vacuum_due, vacuum_started;
    double priority;      /* longest remaining path from its start, ms or cost */
    double path_after;    /* the same from its completion */
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
    size_t filled; /* views whose transaction has committed: the snapshot is needed until all are */
    size_t finished;
    Errors *errors; /* of the first task that failed, and of the journal */
    bool failed;
} Build;

typedef enum BuildTag
{
    STEP_OTHER,
    STEP_REWRITTEN,
    STEP_TOTALS,
    STEP_IDENTITY,
} BuildTag;

/* Each gives a task whose owner is `view`; on_step and on_done are the caller's to set. */
PgTask *build_fill_task(BuildView *view);
PgTask *build_index_task(BuildView *view, size_t index);
PgTask *build_index_attributes_task(BuildView *view);
PgTask *build_vacuum_task(BuildView *view);

#endif
