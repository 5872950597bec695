/* layout_internal.h: what the steps of a layout share. */
#ifndef MATSWAP_PAGE_LAYOUT_INTERNAL_H
#define MATSWAP_PAGE_LAYOUT_INTERNAL_H

#include <stdbool.h>

#include "layout.h"

typedef struct Links
{
    size_t *items; /* slots */
    size_t count;
} Links;

/* A view, or the place where edges of a view pass a column. */
typedef struct Slot
{
    size_t column;
    bool is_bend;
    Links left, right; /* neighbours in the columns beside it */
    size_t place;      /* in its column, from 0 */
    double y;          /* of its middle */
    double wanted;     /* what it is ordered by, or would like y to be */
} Slot;

typedef struct Column
{
    size_t *slots; /* from top to bottom */
    size_t count;
} Column;

typedef struct Sketch
{
    Slot *slots; /* the views first */
    size_t count;
    Column *columns;
    size_t column_count;
    LayoutSize size;
} Sketch;

/* Sets the order in the columns so that few edges cross; how many still do. */
size_t layout_order(Sketch *sketch);

/* Sets y of each slot, from the order; the height of it all. */
double layout_place(Sketch *sketch);

#endif
