/*
 * generation.h: what `run` and `resume` share: a session on a set, and the way of a generation from its build to
 * its end.
 */
#ifndef MATSWAP_CLI_GENERATION_H
#define MATSWAP_CLI_GENERATION_H

#include <stdio.h>

#include "matswap/cli.h"

/*
 * Configuration, (with_plan) SQL files and plan, signals, journal, connection, locks.  The Run is a child of
 * options->context.  On failure *ret_run is as far as it came: NULL when there is no configuration.
 */
Status generation_open(const CliOptions *options, bool with_plan, Run **ret_run, Errors *errors) MUST_CHECK;

/* snapshot and build; on failure the new generation is removed. */
Status generation_build(Run *run, Errors *errors) MUST_CHECK;

/*
 * From the state of run->record (BUILT or VALIDATED) to the end that the options ask for: validation, its table
 * on standard output, --until, --dry-run, swap, retire.  On failure before the swap the new generation is removed.
 */
Status generation_publish(Run *run, Errors *errors) MUST_CHECK;

/*
 * The last of a command that publishes, whatever came of it: after_failure is called, the metrics are written.  Passes
 * `status` through.  run may be NULL.
 */
Status generation_end(Run *run, Status status, Errors *errors) MUST_CHECK;

/* What the run changes about its views, as far as it is known: lines of progress, or a table. */
void generation_say_changes(const Run *run);
void generation_show_changes(const Run *run, FILE *out);

/* ---- rollback --orphans (orphans.c) ------------------------------------------------------------------------ */

Status cli_orphans_execute(const CliOptions *options, Errors *errors) MUST_CHECK;

/* The views of the SQL files, for orphans_find; none where these cannot be read: a clean-up must not need them. */
Name *cli_known_views(const CliOptions *options, size_t *ret_count);

#endif
