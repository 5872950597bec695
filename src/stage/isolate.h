/*
 * isolate.h: views that stay out of the swap because one of their group has failed; see isolate.c.
 */
#ifndef MATSWAP_STAGE_ISOLATE_H
#define MATSWAP_STAGE_ISOLATE_H

#include "stage_internal.h"

/* Is it the failure of a view, so that others may be published without it?  Else it ends the run. */
bool isolate_is_own(const Errors *errors);

/* Is a view that the server rejects while it is rehearsed a failure as any other?  To `check` it is a refusal. */
bool isolate_rehearses(const Run *run);

/* STATUS_FAILED when every group has a view in run->unbuildable: then these are why the run fails. */
Status isolate_judge_rehearsal(Run *run, Errors *errors) MUST_CHECK;

/* The run fails, and these errors are told with the others. */
void isolate_take_back(Run *run, Errors *errors);

/*
 * Fills run->groups, for the record's views (before there is a record: for those that it will have): as plan_groups does,
 * or, with on_failure = abort, all as one.
 */
Status isolate_groups(Run *run, Errors *errors) MUST_CHECK;

/*
 * Notes in the record, not yet in the journal, that the view has failed; its errors go to run->failures.  Says what
 * becomes of its group, when nothing of it has failed before.
 */
void isolate_fail(Run *run, size_t position, Errors *errors);

/* What has failed is why the whole run does. */
void isolate_give_up(Run *run, Errors *errors);

/* Has every group of the plan's views one that is kept?  Then nothing is left to be swapped. */
bool isolate_leaves_nothing(const Run *run);

/* Keeps, with the views that have failed, the rest of their groups, and drops what was built of them. */
Status isolate_keep(Run *run, Errors *errors) MUST_CHECK;

/* The second half, where a process has died in between. */
Status isolate_drop(Run *run, Errors *errors) MUST_CHECK;

/* Does any view stay out of the swap? */
bool isolate_any(const JournalRun *record);

/* Which of the objects to be rebound are idle, as nothing that they depend on is swapped (isolate_dependents.c). */
Status isolate_dependents(Run *run, Errors *errors) MUST_CHECK;

/* Are all objects idle that the relation is, or that are on it? */
bool isolate_is_idle(const Preflight *preflight, const Relation *relation);

#endif
