/*
 * The height at which each slot stands: the middle of its neighbours, or as near to that as the order in its column and
 * the room that each takes allow.  With those distances taken off, that is a regression to a rising sequence, which
 * pooling adjacent violators solves exactly (Ayer and others 1955).
 */
#include "layout_internal.h"
#include "matswap/memory.h"

enum
{
    PASSES = 8
};

static double room_of(const Sketch *sketch, const Slot *slot)
{
    return slot->is_bend ? sketch->size.bend : sketch->size.height + sketch->size.row_gap;
}

static double mean_y(const Sketch *sketch, const Links *left, const Links *right, double otherwise)
{
    double sum = 0;
    for (size_t i = 0; i < left->count; i++)
        sum += sketch->slots[left->items[i]].y;
    for (size_t i = 0; i < right->count; i++)
        sum += sketch->slots[right->items[i]].y;
    size_t count = left->count + right->count;
    return count > 0 ? sum / (double) count : otherwise;
}

typedef struct Block
{
    double sum;
    size_t count;
} Block;

static double block_mean(const Block *block)
{
    return block->sum / (double) block->count;
}

/* Moves the column's slots as near to `wanted` as their order allows. */
static void settle(Sketch *sketch, const Column *column)
{
    double *offsets = mem_array(NULL, double, column->count);
    Block *blocks = mem_array(offsets, Block, column->count);
    size_t block_count = 0;
    for (size_t i = 0; i < column->count; i++)
    {
        const Slot *slot = &sketch->slots[column->slots[i]];
        if (i > 0)
            offsets[i] =
                offsets[i - 1] + (room_of(sketch, slot) + room_of(sketch, &sketch->slots[column->slots[i - 1]])) / 2;
        blocks[block_count++] = (Block){slot->wanted - offsets[i], 1};
        while (block_count > 1 && block_mean(&blocks[block_count - 2]) > block_mean(&blocks[block_count - 1]))
        {
            blocks[block_count - 2].sum += blocks[block_count - 1].sum;
            blocks[block_count - 2].count += blocks[block_count - 1].count;
            block_count--;
        }
    }
    size_t i = 0;
    for (size_t b = 0; b < block_count; b++)
        for (size_t k = 0; k < blocks[b].count; k++, i++)
            sketch->slots[column->slots[i]].y = block_mean(&blocks[b]) + offsets[i];
    talloc_free(offsets);
}

static void settle_by(Sketch *sketch, size_t index, bool by_left, bool by_right)
{
    static const Links none = {0};
    const Column *column = &sketch->columns[index];
    for (size_t i = 0; i < column->count; i++)
    {
        Slot *slot = &sketch->slots[column->slots[i]];
        slot->wanted = mean_y(sketch, by_left ? &slot->left : &none, by_right ? &slot->right : &none, slot->y);
    }
    settle(sketch, column);
}

double layout_place(Sketch *sketch)
{
    for (size_t i = 0; i < sketch->column_count; i++)
        settle(sketch, &sketch->columns[i]); /* all want 0: one below the other, around it */
    for (int pass = 0; pass < PASSES; pass++)
    {
        bool last = pass + 1 == PASSES;
        for (size_t i = 0; i < sketch->column_count; i++)
            settle_by(sketch, i, true, last);
        for (size_t i = sketch->column_count; i-- > 0;)
            settle_by(sketch, i, last, true);
    }
    double top = 0;
    double bottom = 0;
    for (size_t i = 0; i < sketch->count; i++)
    {
        double half = room_of(sketch, &sketch->slots[i]) / 2;
        double y = sketch->slots[i].y;
        top = i == 0 || y - half < top ? y - half : top;
        bottom = i == 0 || y + half > bottom ? y + half : bottom;
    }
    for (size_t i = 0; i < sketch->count; i++)
        sketch->slots[i].y -= top;
    return bottom - top;
}
