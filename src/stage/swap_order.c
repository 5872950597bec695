/*
 * The order in which the swap takes its locks, and how long a try may last.
 *
 * A reader that has A and wants B is in a deadlock with us when we have B and want A; with A first there is none.  So
 * what had to be waited for comes first in the next try, before anything is held that its reader could want.
 */
#include <string.h>

#include "matswap/memory.h"
#include "swap_internal.h"

enum
{
    MOST_SINGLES = 32, /* each savepoint is a level of subtransactions, which the server walks through */
    HOTTEST = 8,
    SHORT_TRIES = 10
};

void lock_order_init(const void *context, size_t count, LockOrder *ret_order)
{
    *ret_order = (LockOrder){.locks = mem_array(context, size_t, count),
                             .places = mem_array(context, size_t, count),
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

void lock_order_advance(LockOrder *order, size_t lock, size_t place)
{
    size_t from = order->places[lock];
    if (from > place)
        move_forward(order, from, place);
    if (from >= order->single && order->single < MOST_SINGLES)
        order->single = place < order->single ? order->single + 1 : place + 1;
    order->heat[lock] = HOTTEST;
}

void lock_order_begin(LockOrder *order, const bool *busy)
{
    size_t front = 0;
    for (size_t place = 0; place < order->count; place++)
        if (busy[order->locks[place]])
            move_forward(order, place, front++);
    size_t hot = front;
    for (size_t place = front; place < order->count; place++)
        if (order->heat[order->locks[place]] > 0)
            move_forward(order, place, hot++);
    for (size_t lock = 0; lock < order->count; lock++)
        order->heat[lock] -= order->heat[lock] > 0 ? 1 : 0;
    order->single = hot < MOST_SINGLES ? hot : MOST_SINGLES;
}

double lock_patience_next(double patience_ms, int64_t tries, double longest_ms)
{
    double next = tries > 0 && tries < SHORT_TRIES ? patience_ms : patience_ms * 1.2 + 1;
    return next < longest_ms ? next : longest_ms;
}
