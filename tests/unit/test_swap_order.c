/*
 * Covers src/stage/swap_order.c and look_keep: the order in which the swap takes its locks and what it learns of those
 * that it had to wait for, how far it goes back for a reader, how long a try may last.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matswap/memory.h"
#include "matswap/text.h"
#include "../../src/stage/swap_internal.h"

static LockOrder order_of(const void *context, size_t count)
{
    LockOrder order;
    lock_order_init(context, count, &order);
    return order;
}

/* "|3 |0 |1 2": a savepoint before each of 3, 0 and 1 */
static const char *text_of(const void *context, const LockOrder *order)
{
    Text *text = text_new(context);
    for (size_t place = 0; place < order->count; place++)
    {
        size_t lock = order->locks[place];
        assert_int_equal(order->places[lock], place);
        text_addf(text, "%s%s%zu", place > 0 ? " " : "", order->marked[lock] ? "|" : "", lock);
    }
    return text->data;
}

static const Traffic none[100] = {TRAFFIC_NONE};

static void quiet_locks_keep_their_order_under_one_savepoint(void **state)
{
    void *context = mem_context(NULL);
    LockOrder order = order_of(context, 5);
    lock_order_begin(&order, none);
    assert_string_equal(text_of(context, &order), "|0 1 2 3 4");
    assert_int_equal(lock_order_mark_before(&order, 3), 0);
    talloc_free(context);
}

static void busy_locks_come_first_and_slow_ones_last(void **state)
{
    void *context = mem_context(NULL);
    LockOrder order = order_of(context, 6);
    const Traffic some[6] = {[0] = TRAFFIC_SLOW, [2] = TRAFFIC_BRISK, [3] = TRAFFIC_SLOW, [4] = TRAFFIC_BRISK};
    lock_order_begin(&order, some);
    assert_string_equal(text_of(context, &order), "|2 |4 |1 5 |0 |3");
    assert_int_equal(lock_order_mark_before(&order, 3), 2);
    assert_int_equal(lock_order_mark_before(&order, 4), 4);
    talloc_free(context);
}

static void a_lock_that_was_waited_for_stays_in_front_for_a_while(void **state)
{
    void *context = mem_context(NULL);
    LockOrder order = order_of(context, 4);
    const Traffic one[4] = {[1] = TRAFFIC_BRISK};
    lock_order_begin(&order, none);
    lock_order_advance(&order, 3, 0);
    assert_string_equal(text_of(context, &order), "|3 |0 1 2");
    lock_order_begin(&order, one);
    assert_string_equal(text_of(context, &order), "|1 |3 |0 2");
    for (int i = 0; i < 20; i++)
        lock_order_begin(&order, none);
    assert_int_equal(order.marks, 1);
    talloc_free(context);
}

static void what_could_not_be_had_is_taken_before_what_was_given_back(void **state)
{
    void *context = mem_context(NULL);
    LockOrder order = order_of(context, 6);
    const Traffic busy[6] = {TRAFFIC_BRISK, TRAFFIC_BRISK, TRAFFIC_BRISK, TRAFFIC_BRISK};
    lock_order_begin(&order, busy);
    lock_order_advance(&order, 2, 1);
    assert_string_equal(text_of(context, &order), "|0 |2 |1 |3 |4 5");
    lock_order_advance(&order, 5, 1);
    assert_string_equal(text_of(context, &order), "|0 |5 |2 |1 |3 |4");
    lock_order_advance(&order, 4, 5); /* where it is */
    assert_string_equal(text_of(context, &order), "|0 |5 |2 |1 |3 |4");
    talloc_free(context);
}

static void savepoints_are_limited(void **state)
{
    enum
    {
        COUNT = 100
    };
    void *context = mem_context(NULL);
    LockOrder order = order_of(context, COUNT);
    Traffic all[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        all[i] = TRAFFIC_BRISK;
    lock_order_begin(&order, all);
    assert_int_equal(order.marks, 32);
    assert_int_equal(lock_order_mark_before(&order, 99), 31);
    lock_order_advance(&order, 99, 31);
    assert_int_equal(order.marks, 32);
    assert_int_equal(lock_order_mark_before(&order, 31), 30);
    lock_order_advance(&order, 50, 0); /* the first always has one, or nothing could be given back */
    assert_int_equal(lock_order_mark_before(&order, 0), 0);
    assert_true(order.marked[50]);
    talloc_free(context);
}

/* ---- giving back ------------------------------------------------------------------------------------------ */

static LookSession sessions[] = {{.id = "3/1", .pid = 11}, {.id = "4/1", .pid = 12}};

/* Six locks in the plan's order, of which we have the first `held`. */
static size_t keep(LookLock *locks, size_t count, size_t held, size_t wanted)
{
    void *context = mem_context(NULL);
    LockOrder order = order_of(context, 6);
    Look look = {.sessions = sessions, .session_count = 2, .locks = locks, .lock_count = count};
    size_t kept = look_keep(&look, &order, held, wanted);
    talloc_free(context);
    return kept;
}

static void nothing_is_given_back_to_a_reader_that_only_reads(void **state)
{
    LookLock reads[] = {{0, 4, true}, {0, 5, true}};
    assert_int_equal(keep(reads, 2, 3, 6), 3);
}

static void nothing_is_given_back_to_a_reader_that_has_nothing_we_want(void **state)
{
    LookLock waits[] = {{0, 1, false}};
    assert_int_equal(keep(waits, 1, 3, 6), 3);
    LookLock others[] = {{0, 1, false}, {1, 4, true}};
    assert_int_equal(keep(others, 2, 3, 6), 3);
}

static void a_reader_that_waits_for_us_with_what_we_want_gets_what_it_wants(void **state)
{
    LookLock deadlock[] = {{0, 4, true}, {0, 1, false}};
    assert_int_equal(keep(deadlock, 2, 3, 6), 1);
    assert_int_equal(keep(deadlock, 2, 1, 6), 1); /* which we have not */
}

static void of_several_the_first_in_the_order_counts(void **state)
{
    LookLock both[] = {{0, 4, true}, {0, 2, false}, {1, 5, true}, {1, 0, false}};
    assert_int_equal(keep(both, 4, 3, 6), 0);
    assert_int_equal(keep(both, 4, 3, 4), 2); /* only who has lock 4 */
}

/* ---- patience --------------------------------------------------------------------------------------------- */

static void the_first_tries_stay_short(void **state)
{
    double patience = 2;
    for (int64_t tries = 1; tries < 10; tries++)
        patience = lock_patience_next(patience, tries, 200);
    assert_true(patience == 2);
    assert_true(lock_patience_next(patience, 10, 200) > 2);
}

static void patience_grows_slowly_up_to_its_end(void **state)
{
    double patience = 2;
    int steps = 0;
    for (; patience < 200 && steps < 1000; steps++)
    {
        double next = lock_patience_next(patience, 10 + steps, 200);
        assert_true(next > patience && next <= patience * 1.2 + 1);
        patience = next;
    }
    assert_true(patience == 200 && steps > 10);
    assert_true(lock_patience_next(patience, 100, 200) == 200);
}

static void a_try_that_would_be_too_short_is_not_waited_for(void **state)
{
    assert_true(lock_patience_next(2, 0, 200) > 2);
    assert_true(lock_patience_next(2, 0, 2) == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quiet_locks_keep_their_order_under_one_savepoint),
        cmocka_unit_test(busy_locks_come_first_and_slow_ones_last),
        cmocka_unit_test(a_lock_that_was_waited_for_stays_in_front_for_a_while),
        cmocka_unit_test(what_could_not_be_had_is_taken_before_what_was_given_back),
        cmocka_unit_test(savepoints_are_limited),
        cmocka_unit_test(nothing_is_given_back_to_a_reader_that_only_reads),
        cmocka_unit_test(nothing_is_given_back_to_a_reader_that_has_nothing_we_want),
        cmocka_unit_test(a_reader_that_waits_for_us_with_what_we_want_gets_what_it_wants),
        cmocka_unit_test(of_several_the_first_in_the_order_counts),
        cmocka_unit_test(the_first_tries_stay_short),
        cmocka_unit_test(patience_grows_slowly_up_to_its_end),
        cmocka_unit_test(a_try_that_would_be_too_short_is_not_waited_for),
    };
    return cmocka_run_group_tests_name("swap_order", tests, NULL, NULL);
}
