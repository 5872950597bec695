/* accept.h: --accept and --reason, private to src/cli/. */
#ifndef MATSWAP_CLI_ACCEPT_H
#define MATSWAP_CLI_ACCEPT_H

#include "matswap/cli.h"

/* One value of --accept, and of --reason. */
void accept_read(CliOptions *options, const char *value, Errors *errors);
void accept_read_reason(CliOptions *options, const char *value, Errors *errors);

/* When all are read: which reason is whose. */
void accept_pair(CliOptions *options, Errors *errors);

/* When the set is known: which view each is about, and whether that has such a rule. */
Status accept_resolve(const CliOptions *options, const Plan *plan, Errors *errors) MUST_CHECK;

#endif
