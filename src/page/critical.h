/*
 * critical.h: which tasks of a run had to become shorter for it to end sooner.  Private to src/page/.
 *
 * The chain of tasks that ends last, found backwards: before each task stands the one that it had to wait for, and of
 * those the one that ended last.
 *   - A view is filled when all that it reads is filled and has its indexes, and a worker is idle.
 *   - Its indexes, their attributes and VACUUM follow on each other, each when a worker is idle.
 *   - What the coordinating connection does between the builds (validate, swap, retire) waits for all before it.
 * VACUUM of a view keeps nobody but the validation waiting.
 */
#ifndef MATSWAP_PAGE_CRITICAL_H
#define MATSWAP_PAGE_CRITICAL_H

#include <stddef.h>

#include "matswap/journal.h"

#define NO_VIEW SIZE_MAX

typedef struct CriticalTask
{
    RunPhase phase;
    size_t view; /* NO_VIEW: the run */
    int worker;  /* 0: the coordinating connection */
    double start_ms, end_ms;
} CriticalTask;

/* The views that a view reads. */
typedef struct CriticalReads
{
    const size_t *views;
    size_t count;
} CriticalReads;

/* Why a task could not begin earlier. */
typedef enum CriticalWait
{
    WAIT_NOTHING, /* it is the first */
    WAIT_STEP,    /* for the step before it, of the run or of its view */
    WAIT_INPUT,   /* for a view that it reads */
    WAIT_WORKER   /* for a worker that was busy */
} CriticalWait;

typedef struct CriticalStep
{
    size_t task;
    CriticalWait wait;
    double idle_ms; /* between the end of the one before and its start; 0 where they overlap */
} CriticalStep;

/*
 * From the first to the last; a talloc child of `context`.  `reads` has an entry for each view, or is NULL where it is
 * not known what reads what.
 */
CriticalStep *critical_path(const void *context, const CriticalTask *tasks, size_t count, const CriticalReads *reads,
                            size_t *ret_count);

#endif
