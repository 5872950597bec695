/*
 * terminal.h: lines that stay at the bottom of the terminal on stderr, while others scroll above them.
 *
 * The cursor always waits, visible, in the line below them: whatever ends the process, even SIGKILL, leaves nothing to be
 * put right.  A frame is one write(2), and overwrites the last one without erasing it first.
 */
#ifndef MATSWAP_REPORT_TERMINAL_H
#define MATSWAP_REPORT_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "live.h"

typedef struct Terminal Terminal;

/*
 * NULL when stderr is no terminal that can move its cursor, or what reads it is rather a log: TERM is empty or "dumb", CI is
 * set.  A talloc object; freeing it takes the lines away.
 */
Terminal *terminal_open(const void *context);

/* Colours unless NO_COLOR is set (no-color.org), as large as the terminal is now. */
LiveStyle terminal_style(const Terminal *terminal);

/* Has its size changed, or has the process been continued, since the last frame?  Then that is not what it looks like. */
bool terminal_is_disturbed(const Terminal *terminal);

/*
 * Writes `above`, which ends with a newline or is empty, and the lines below it in place of those of the last frame.  Text
 * is always written; lines are left out while somebody else has the terminal, or has stopped it.
 */
void terminal_frame(Terminal *terminal, const char *above, const char *const *lines, size_t count);

#endif
