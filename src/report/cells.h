/*
 * cells.h: text by the cells that it takes on a terminal, and lines that never take more than they may.
 *
 * Widths are those of wcwidth(3): East Asian characters take two cells, combining ones none.
 */
#ifndef MATSWAP_REPORT_CELLS_H
#define MATSWAP_REPORT_CELLS_H

#include <stdbool.h>
#include <stddef.h>

#include "matswap/text.h"

/* `string` on one line, inert: what steers a terminal or turns the direction of the text becomes "?".  talloc child. */
char *cells_inert(const void *context, const char *string);

/* Cells of a string that is inert. */
size_t cells_width(const char *string);

/* A line of at most `limit` cells. */
typedef struct CellLine
{
    Text *text;
    size_t used, limit;
    bool colour;
    bool unicode; /* may more than ASCII be used, beside what names hold? */
} CellLine;

typedef enum CellStyle
{
    STYLE_PLAIN,
    STYLE_BOLD,
    STYLE_DIM,
    STYLE_DONE,
    STYLE_DOING
} CellStyle;

/*
 * Appends an inert string, with spaces behind it, or before, up to `width`.  What does not fit in there (0: in the line) is
 * cut, and ends with "…", or "~".
 */
void cells_add(CellLine *line, CellStyle style, const char *string, size_t width);
void cells_add_right(CellLine *line, CellStyle style, const char *string, size_t width);

#endif
