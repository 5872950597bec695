/*
 * The order in which the swap takes its locks, and how long a try may last.
 *
 * A reader that has A and wants B is in a deadlock with us when we have B and want A; with A first there is none.  So
 * what is busy, or had to be waited for lately, comes first, before anything is held that its reader could want.  Not so
 * what somebody has had for a while: to wait for that while nothing else is held only lets others begin the like
 * meanwhile, so it comes last.
 */
#include <string.h>

#include "matswap/memory.h"
#include "swap_internal.h"

enum
{
    MOST_MARKS = 32, /* each savepoint is a level of subtransactions, which the server walks through */
    HOTTEST = 8,
    SHORT_TRIES = 10
};

void lock_order_init(const void *context, size_t count, LockOrder *ret_order)
{
    *ret_order = (LockOrder){.locks = mem_array(context, size_t, count),
                             .places = mem_array(context, size_t, count),
                             .marked = mem_array(context, bool, count),
                             .heat = mem_array(context, int, count),
                             .count = count};
    for (size_t i = 0; i < count; i++)
    {
        ret_order->locks[i] = i;
        ret_order->places[i] = i;
    }
}

/* Moves what is at a place to an earlier one; what stood between moves back by one. */
static void move_forward(LockOrder *order, size_t from, size_t to)
{
    size_t lock = order->locks[from];
    memmove(&order->locks[to + 1], &order->locks[to], (from - to) * sizeof *order->locks);
    order->locks[to] = lock;
    for (size_t place = to; place <= from; place++)
        order->places[order->locks[place]] = place;
}

static void mark(LockOrder *order, size_t place)
{
    if (place >= order->count || order->marked[order->locks[place]] || (order->marks >= MOST_MARKS && place > 0))
        return;
    order->marked[order->locks[place]] = true;
    order->marks++;
}

size_t lock_order_mark_before(const LockOrder *order, size_t place)
{
    while (place > 0 && !order->marked[order->locks[place]])
        place--;
    return place;
}

void lock_order_advance(LockOrder *order, size_t lock, size_t place)
{
    if (order->places[lock] > place)
        move_forward(order, order->places[lock], place);
    mark(order, order->places[lock]);
    mark(order, order->places[lock] + 1);
    order->heat[lock] = HOTTEST;
}

typedef enum Section
{
    SECTION_BUSY,
    SECTION_HOT,
    SECTION_QUIET,
    SECTION_SLOW,
    SECTION_COUNT
} Section;

static Section section_of(const LockOrder *order, size_t lock, const Traffic *traffic)
{
    if (traffic[lock] != TRAFFIC_NONE)
        return traffic[lock] == TRAFFIC_SLOW ? SECTION_SLOW : SECTION_BUSY;
    return order->heat[lock] > 0 ? SECTION_HOT : SECTION_QUIET;
}

void lock_order_begin(LockOrder *order, const Traffic *traffic)
{
    size_t front = 0;
    order->marks = 0;
    memset(order->marked, 0, order->count * sizeof *order->marked);
    for (Section section = SECTION_BUSY; section < SECTION_COUNT; section++)
    {
        size_t first = front;
        for (size_t place = first; place < order->count; place++)
            if (section_of(order, order->locks[place], traffic) == section)
                move_forward(order, place, front++);
        for (size_t place = first; place < front && (section != SECTION_QUIET || place == first); place++)
            mark(order, place);
    }
    for (size_t lock = 0; lock < order->count; lock++)
        order->heat[lock] -= order->heat[lock] > 0 ? 1 : 0;
}

double lock_patience_next(double patience_ms, int64_t tries, double longest_ms)
{
    double next = tries > 0 && tries < SHORT_TRIES ? patience_ms : patience_ms * 1.2 + 1;
    return next < longest_ms ? next : longest_ms;
}
