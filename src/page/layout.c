#include "layout.h"

#include "layout_internal.h"
#include "matswap/memory.h"

/* The bend of one view's edges in one column, made when an edge first passes there. */
static size_t bend_in(Sketch *sketch, size_t *bends, size_t from, size_t column)
{
    size_t *bend = &bends[column];
    if (*bend != 0)
        return *bend;
    Slot slot = {.column = column, .is_bend = true};
    MEM_PUSH(sketch, sketch->slots, sketch->count, slot);
    *bend = sketch->count - 1;
    MEM_PUSH(sketch, sketch->columns[column].slots, sketch->columns[column].count, *bend);
    return *bend;
}

static void link(Sketch *sketch, size_t left, size_t right)
{
    Slot *a = &sketch->slots[left];
    Slot *b = &sketch->slots[right];
    for (size_t i = 0; i < a->right.count; i++)
        if (a->right.items[i] == right)
            return; /* what they share */
    MEM_PUSH(sketch, a->right.items, a->right.count, right);
    MEM_PUSH(sketch, b->left.items, b->left.count, left);
}

static int compare_levels(int from, int to)
{
    return (from > to) - (from < to);
}

static Sketch *sketch_nodes(const void *context, const int *levels, size_t count, LayoutSize size)
{
    Sketch *sketch = mem_new(context, Sketch);
    sketch->size = size;
    int highest = 0;
    for (size_t i = 0; i < count; i++)
        highest = levels[i] > highest ? levels[i] : highest;
    sketch->column_count = (size_t) highest + 1;
    sketch->columns = mem_array(sketch, Column, sketch->column_count);
    for (size_t i = 0; i < count; i++)
    {
        Slot slot = {.column = (size_t) levels[i]};
        MEM_PUSH(sketch, sketch->slots, sketch->count, slot);
        MEM_PUSH(sketch, sketch->columns[slot.column].slots, sketch->columns[slot.column].count, i);
    }
    return sketch;
}

/* The slots on the way of an edge between its ends, into `way`. */
typedef struct Ways
{
    size_t **slots;
    size_t *counts;
} Ways;

/* An edge's bends are those of its source: `bends` has a row of columns for each. */
static void sketch_edges(Sketch *sketch, const int *levels, size_t count, const LayoutEdge *edges, size_t edge_count,
                         Ways *ways)
{
    size_t **bends = mem_array(sketch, size_t *, count);
    for (size_t i = 0; i < edge_count; i++)
    {
        size_t from = edges[i].from;
        if (compare_levels(levels[from], levels[edges[i].to]) >= 0)
            continue;
        if (bends[from] == NULL)
            bends[from] = mem_array(bends, size_t, sketch->column_count);
        size_t at = from;
        MEM_PUSH(sketch, ways->slots[i], ways->counts[i], at);
        for (size_t column = (size_t) levels[from] + 1; column < (size_t) levels[edges[i].to]; column++)
        {
            size_t next = bend_in(sketch, bends[from], from, column);
            link(sketch, at, next);
            at = next;
            MEM_PUSH(sketch, ways->slots[i], ways->counts[i], at);
        }
        link(sketch, at, edges[i].to);
        MEM_PUSH(sketch, ways->slots[i], ways->counts[i], edges[i].to);
    }
}

static double left_of(const Sketch *sketch, size_t column)
{
    return (double) column * (sketch->size.width + sketch->size.column_gap);
}

static LayoutRoute route_of(const void *context, const Sketch *sketch, const size_t *way, size_t count)
{
    LayoutRoute route = {0};
    for (size_t i = 0; i < count; i++)
    {
        const Slot *slot = &sketch->slots[way[i]];
        double left = left_of(sketch, slot->column);
        LayoutPoint points[] = {{left, slot->y}, {left + sketch->size.width, slot->y}};
        if (i > 0)
            MEM_PUSH(context, route.points, route.point_count, points[0]);
        if (i + 1 < count)
            MEM_PUSH(context, route.points, route.point_count, points[1]);
    }
    return route;
}

Layout *layout_graph(const void *context, const int *levels, size_t count, const LayoutEdge *edges, size_t edge_count,
                     LayoutSize size)
{
    Layout *layout = mem_new(context, Layout);
    Sketch *sketch = sketch_nodes(layout, levels, count, size);
    Ways ways = {mem_array(sketch, size_t *, edge_count), mem_array(sketch, size_t, edge_count)};
    sketch_edges(sketch, levels, count, edges, edge_count, &ways);
    layout->crossings = layout_order(sketch);
    layout->height = layout_place(sketch);
    layout->width = left_of(sketch, sketch->column_count - 1) + size.width;
    layout->nodes = mem_array(layout, LayoutPoint, count);
    for (size_t i = 0; i < count; i++)
        layout->nodes[i] =
            (LayoutPoint){left_of(sketch, sketch->slots[i].column), sketch->slots[i].y - size.height / 2};
    layout->routes = mem_array(layout, LayoutRoute, edge_count);
    for (size_t i = 0; i < edge_count; i++)
        layout->routes[i] = route_of(layout, sketch, ways.slots[i], ways.counts[i]);
    talloc_free(sketch);
    return layout;
}
