/*
 * page.h: a run as one HTML page, for people.
 *
 * The page is text in UTF-8 that needs nothing from outside itself: no script, no font, no picture, and a
 * Content-Security-Policy that forbids them.  It is well-formed as XML, too.  Whatever comes from the database, from
 * files or from people is escaped in one place (src/page/markup.c), and is in no style sheet, identifier or address.
 */
#ifndef MATSWAP_PAGE_H
#define MATSWAP_PAGE_H

#include <stddef.h>

#include "matswap/journal_history.h"
#include "matswap/text.h"

/* What the journal has of a run. */
typedef struct PageInput
{
    const JournalRun *run;
    const JournalTask *tasks; /* by their start; none: the page says that they are not recorded */
    size_t task_count;
    const JournalEvent *events;
    size_t event_count;
    const RuleResult *results;
    size_t result_count;
    JournalRun *const *earlier; /* runs of the set before this one, the newest first, to compare with */
    size_t earlier_count;
} PageInput;

/* The whole page; talloc child of `context`. */
Text *page_of_run(const void *context, const PageInput *input);

#endif
