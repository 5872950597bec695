/* line.h: what the printing files of this room share: columns, and a line written at once. */
#ifndef MATSWAP_REPORT_LINE_H
#define MATSWAP_REPORT_LINE_H

#include <stdio.h>

#include "matswap/text.h"

/* Characters that `string` takes on the screen, as far as UTF-8 alone can tell. */
size_t line_width(const char *string);

/* Appends `string` and spaces up to `width`; line_add_right puts the spaces first. */
void line_add(Text *line, const char *string, size_t width);
void line_add_right(Text *line, const char *string, size_t width);

/* Cuts spaces at the end, ends the line. */
void line_end(Text *line);

/* What would steer a terminal becomes "?"; lines may end where they do. */
void line_disarm(Text *line);

/* Writes all of it with one write(2) where the system lets it: lines of several processes do not mix. */
void line_write_all(int descriptor, const char *bytes, size_t length);

#endif
