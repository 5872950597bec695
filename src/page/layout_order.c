/* The order in each column: by the mean place of the neighbours, as long as fewer edges cross. */
#include <stdlib.h>
#include <string.h>

#include "layout_internal.h"
#include "matswap/memory.h"

enum
{
    ROUNDS = 24, /* most graphs are done after five */
    PATIENCE = 4 /* rounds without a gain */
};

/* ---- crossings --------------------------------------------------------------------------------------------- */

static int compare_places(const void *a, const void *b)
{
    size_t left = *(const size_t *) a;
    size_t right = *(const size_t *) b;
    return (left > right) - (left < right);
}

/* A tree of sums over places, as Fenwick drew it. */
static void tree_add(size_t *tree, size_t size, size_t place)
{
    for (size_t i = place + 1; i <= size; i += i & (~i + 1))
        tree[i]++;
}

/* How many were added at places up to this one. */
static size_t tree_sum(const size_t *tree, size_t place)
{
    size_t sum = 0;
    for (size_t i = place + 1; i > 0; i -= i & (~i + 1))
        sum += tree[i];
    return sum;
}

/* Two edges cross when one starts above the other and ends below it (Barth, Jünger, Mutzel 2002). */
static size_t crossings_behind(const Sketch *sketch, size_t index)
{
    const Column *column = &sketch->columns[index];
    size_t size = sketch->columns[index + 1].count;
    size_t *tree = mem_array(NULL, size_t, size + 1);
    size_t crossings = 0;
    size_t added = 0;
    for (size_t i = 0; i < column->count; i++)
    {
        const Links *links = &sketch->slots[column->slots[i]].right;
        size_t *places = mem_array(tree, size_t, links->count);
        for (size_t k = 0; k < links->count; k++)
            places[k] = sketch->slots[links->items[k]].place;
        qsort(places, links->count, sizeof *places, compare_places);
        for (size_t k = 0; k < links->count; k++) /* those of one slot don't cross each other */
            crossings += added - tree_sum(tree, places[k]);
        for (size_t k = 0; k < links->count; k++)
            tree_add(tree, size, places[k]);
        added += links->count;
        talloc_free(places);
    }
    talloc_free(tree);
    return crossings;
}

static size_t crossings_of(const Sketch *sketch)
{
    size_t crossings = 0;
    for (size_t i = 0; i + 1 < sketch->column_count; i++)
        crossings += crossings_behind(sketch, i);
    return crossings;
}

/* ---- sweeps ------------------------------------------------------------------------------------------------- */

typedef struct Wish
{
    double wanted;
    size_t place, slot;
} Wish;

static int compare_wishes(const void *a, const void *b)
{
    const Wish *left = a;
    const Wish *right = b;
    if (left->wanted < right->wanted || left->wanted > right->wanted)
        return left->wanted < right->wanted ? -1 : 1;
    return (left->place > right->place) - (left->place < right->place);
}

/* In thousandths of the column, since columns differ in length; one without neighbours there stays where it is. */
static double mean_place(const Sketch *sketch, const Slot *slot, bool by_left)
{
    const Links *links = by_left ? &slot->left : &slot->right;
    double sum = 0;
    for (size_t i = 0; i < links->count; i++)
    {
        const Slot *other = &sketch->slots[links->items[i]];
        sum += ((double) other->place + 0.5) / (double) sketch->columns[other->column].count;
    }
    return links->count > 0 ? sum / (double) links->count
                            : ((double) slot->place + 0.5) / (double) sketch->columns[slot->column].count;
}

static void number(Sketch *sketch, const Column *column)
{
    for (size_t i = 0; i < column->count; i++)
        sketch->slots[column->slots[i]].place = i;
}

static void order_column(Sketch *sketch, size_t index, bool by_left)
{
    Column *column = &sketch->columns[index];
    Wish *wishes = mem_array(NULL, Wish, column->count);
    for (size_t i = 0; i < column->count; i++)
    {
        const Slot *slot = &sketch->slots[column->slots[i]];
        wishes[i] = (Wish){mean_place(sketch, slot, by_left), i, column->slots[i]};
    }
    qsort(wishes, column->count, sizeof *wishes, compare_wishes);
    for (size_t i = 0; i < column->count; i++)
        column->slots[i] = wishes[i].slot;
    number(sketch, column);
    talloc_free(wishes);
}

static void sweep(Sketch *sketch)
{
    for (size_t i = 1; i < sketch->column_count; i++)
        order_column(sketch, i, true);
    for (size_t i = sketch->column_count - 1; i-- > 0;)
        order_column(sketch, i, false);
}

static void copy_order(const Sketch *sketch, size_t *order, bool back)
{
    for (size_t i = 0; i < sketch->column_count; i++)
    {
        const Column *column = &sketch->columns[i];
        size_t *to = back ? column->slots : order;
        const size_t *from = back ? order : column->slots;
        if (column->count > 0) /* an empty one has no slots to point at */
            memcpy(to, from, column->count * sizeof *to);
        order += column->count;
    }
}

size_t layout_order(Sketch *sketch)
{
    for (size_t i = 0; i < sketch->column_count; i++)
        number(sketch, &sketch->columns[i]);
    size_t best = crossings_of(sketch);
    size_t *order = mem_array(NULL, size_t, sketch->count);
    copy_order(sketch, order, false);
    for (int round = 0, idle = 0; round < ROUNDS && idle < PATIENCE && best > 0; round++, idle++)
    {
        sweep(sketch);
        size_t now = crossings_of(sketch);
        if (now >= best)
            continue;
        best = now;
        idle = -1;
        copy_order(sketch, order, false);
    }
    copy_order(sketch, order, true);
    for (size_t i = 0; i < sketch->column_count; i++)
        number(sketch, &sketch->columns[i]);
    talloc_free(order);
    return best;
}
