/* report_internal.h: words that several printed results share. */
#ifndef MATSWAP_REPORT_INTERNAL_H
#define MATSWAP_REPORT_INTERNAL_H

#include "matswap/report.h"

/* Has the view been filled, so that its rows, size and time mean something? */
bool view_is_measured(const JournalView *view);

/* What the commands would do with what is there, in a line; NULL when there is nothing.  talloc child of `context` */
char *status_next(const void *context, const JournalRun *run, const ServerStatus *server);

/* "incoming", "outgoing", or "outgoing, kept" for one that holds an old generation */
const char *leftover_side(const Leftover *leftover);

#endif
