/*
 * layout.h: where the views of a set stand when they are drawn.  Private to src/page/.
 *
 * In columns by level (Sugiyama, Tagawa, Toda 1981): an edge that passes a column gets a place in it; the order in
 * each column comes from the mean place of the neighbours, to and fro while fewer edges cross; then each stands as
 * near to its neighbours as that order allows.  Edges of one view that pass the same column pass it together.
 */
#ifndef MATSWAP_PAGE_LAYOUT_H
#define MATSWAP_PAGE_LAYOUT_H

#include <stddef.h>

typedef struct LayoutEdge
{
    size_t from, to; /* `from` stands left of `to`: an edge that does not lead to a higher level is not drawn */
} LayoutEdge;

/* In pixels. */
typedef struct LayoutSize
{
    double width, height; /* of a view */
    double column_gap, row_gap;
    double bend; /* the height of what an edge takes where it passes a column */
} LayoutSize;

typedef struct LayoutPoint
{
    double x, y;
} LayoutPoint;

/* The way of an edge: its points lie at the right and the left side of each column that it passes. */
typedef struct LayoutRoute
{
    LayoutPoint *points; /* from the right side of `from` to the left side of `to`: an even number; none: not drawn */
    size_t point_count;
} LayoutRoute;

typedef struct Layout
{
    LayoutPoint *nodes;  /* top left corners */
    LayoutRoute *routes; /* of each edge */
    double width, height;
    size_t crossings;
} Layout;

/* A talloc child of `context`. */
Layout *layout_graph(const void *context, const int *levels, size_t count, const LayoutEdge *edges, size_t edge_count,
                     LayoutSize size);

#endif
