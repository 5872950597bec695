/*
 * test_validate_detail.c: how values are shown in the detail of a result, which refusals of the server are a verdict, and the
 * lists that rules about keys fill their templates with.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/stage/validate_internal.h"
#include "matswap/memory.h"

static void values(void **state)
{
    void *context = mem_context(NULL);
    char *long_text = mem_array(context, char, 200);
    (void) state;
    assert_string_equal(detail_value(context, NULL), "NULL");
    assert_string_equal(detail_value(context, ""), "");
    assert_string_equal(detail_value(context, "a\tb\nc\x1b[0m"), "a\\x09b\\x0ac\\x1b[0m");
    for (size_t i = 0; i < 63; i++)
        memcpy(long_text + 2 * i, "\xC3\xA4", 2);
    assert_string_equal(detail_value(context, long_text), long_text);
    char *longer = mem_printf(context, "%sx", long_text);
    assert_string_equal(detail_value(context, longer), mem_printf(context, "%s…", long_text));
    talloc_free(context);
}

static bool is_verdict(const char *sqlstate)
{
    Errors *errors = errors_new(NULL);
    errors_add(errors, ERROR_SERVER, "failed")->sqlstate = sqlstate;
    bool verdict = detail_is_verdict(errors);
    talloc_free(errors);
    return verdict;
}

static void verdicts(void **state)
{
    (void) state;
    assert_true(is_verdict("22012"));  /* division_by_zero */
    assert_true(is_verdict("25006"));  /* read_only_sql_transaction */
    assert_true(is_verdict("P0001"));  /* raise_exception */
    assert_true(is_verdict("42P01"));  /* undefined_table */
    assert_false(is_verdict("57014")); /* query_canceled */
    assert_false(is_verdict("53200")); /* out_of_memory */
    assert_false(is_verdict("40P01")); /* deadlock_detected */
    assert_false(is_verdict("58030")); /* io_error */
    assert_false(is_verdict("XX000")); /* internal_error */
    assert_false(is_verdict(NULL));
}

static void lists(void **state)
{
    void *context = mem_context(NULL);
    const char *names[] = {"id", "Odd \"name\""};
    PairColumn columns[] = {{"x", "OPERATOR(a.=)", true}, {"Odd \"name\"", "OPERATOR(b.==)", true}, {"id", "OPERATOR(c.=)", true}};
    ViewPair pair = {.comparable = true, .columns = columns, .column_count = 3};
    ColumnNames key = {names, 2};
    (void) state;
    assert_string_equal(pair_list(context, 0, "k#", ", "), "");
    assert_string_equal(pair_list(context, 12, "#", ""), "123456789101112");
    assert_string_equal(pair_list(context, 2, "l.k# OR n.k#", "; "), "l.k1 OR n.k1; l.k2 OR n.k2");
    assert_string_equal(pair_names(context, key, "k"), "id AS k1, \"Odd \"\"name\"\"\" AS k2");
    assert_string_equal(pair_equal(context, &pair, key, "l", "n"), "l.k1 OPERATOR(c.=) n.k1 AND l.k2 OPERATOR(b.==) n.k2");
    assert_ptr_equal(pair_column(&pair, "id"), &columns[2]);
    assert_null(pair_column(&pair, "ID"));
    assert_null(pair_obstacle(context, &pair, key));
    pair.column_count = 2;
    assert_string_equal(pair_obstacle(context, &pair, key), "the live view has no column id");
    pair.comparable = false;
    assert_string_equal(pair_obstacle(context, &pair, key), "there is no live view");
    talloc_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values), cmocka_unit_test(verdicts), cmocka_unit_test(lists)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
