/* ending.c: what a command that publishes leaves behind when it is over: what the journal forgets, who is told, and the metrics. */
#include "generation.h"

static bool has_swapped(const Run *run)
{
    return run->record != NULL && (run->record->state == RUN_SWAPPED || run->record->state == RUN_DONE);
}

/*
 * Another run that holds the set tells of itself; a mistake on the command line is in front of whoever made it; and a dry run
 * is nobody's business but his who started it.
 */
static bool is_ours_to_tell(const Run *run, const Errors *errors)
{
    return !run->options.dry_run && !errors_have(errors, ERROR_BUSY) && !errors_have(errors, ERROR_USAGE);
}

/* A run that was stopped on purpose is not over; and where there was nothing to do there was none. */
static bool is_over(const Run *run, Status status)
{
    return status != STATUS_OK || has_swapped(run);
}

static void tell(Run *run, Status status, const Errors *errors)
{
    if (status != STATUS_OK && !has_swapped(run))
        stage_after_failure(run, errors);
    if (is_over(run, status))
        stage_write_metrics(run, has_swapped(run), errors);
}

Status generation_end(Run *run, Status status, Errors *errors)
{
    if (run == NULL)
        return status;
    if (is_ours_to_tell(run, errors))
        tell(run, status, errors);
    if (run->control != NULL && !errors_have(errors, ERROR_BUSY))
        stage_forget(run);
    return status;
}
