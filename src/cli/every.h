/* every.h: `run --every`: runs, one after the other, until a signal says that it is enough. */
#ifndef MATSWAP_CLI_EVERY_H
#define MATSWAP_CLI_EVERY_H

#include "matswap/cli.h"

/*
 * Executes `run` by the schedule of the options, each time in a process of its own.  Returns more than once, as fork()
 * does: in the program that was started when it has been told to end, and in each of its children, with the status and
 * the errors of one run, from which main makes the child's exit code.
 */
Status every_execute(const CliOptions *options, Status (*run)(const CliOptions *options, Errors *errors),
                     Errors *errors) MUST_CHECK;

/* For the option table. */
void every_read(CliOptions *options, const char *value, Errors *errors);
void every_read_at(CliOptions *options, const char *value, Errors *errors);
void every_read_jitter(CliOptions *options, const char *value, Errors *errors);

/* What does not go together is an ERROR_USAGE; `before`: how many errors there were when the command line was read. */
void every_check(const CliOptions *options, size_t before, Errors *errors);

#endif
