/* report_internal.h: words that several printed results share. */
#ifndef MATSWAP_REPORT_INTERNAL_H
#define MATSWAP_REPORT_INTERNAL_H

#include "matswap/report.h"

/* Has the view been filled, so that its rows, size and time mean something? */
bool view_is_measured(const JournalView *view);

/* Of `count` values, those that are not NAN: how they are distributed.  With none known, all of it is NAN. */
typedef struct Spread
{
    size_t known;
    double median, least, most;
    double deviation; /* the median absolute deviation × 1.4826 */
} Spread;
Spread spread_of(const double *values, size_t count);

/* Without fractions of a second; and how long from one to the other, NULL where that is not known. */
char *moment_short(const void *context, const char *text);
char *moment_between(const void *context, const char *from, const char *to);

/* How a run ended, or the state that it is in. */
const char *outcome_shown(RunState state, RunOutcome outcome, bool is_rollback);

/* What the commands would do with what is there, in a line; NULL when there is nothing.  talloc child of `context` */
char *status_next(const void *context, const JournalRun *run, const ServerStatus *server);

/* "incoming", "outgoing", or "outgoing, kept" for one that holds an old generation */
const char *leftover_side(const Leftover *leftover);

#endif
