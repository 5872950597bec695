/* Covers util/error.c, util/text.c, util/memory.c, docs/exit-codes.md: what a user reads, and which exit code a
 * list gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "matswap/memory.h"
#include "matswap/text.h"

static void formats_place_message_remedy_and_server_lines(void **state)
{
    Errors *errors = errors_new(NULL);
    Error *error = errors_add(errors, ERROR_SERVER, "cannot create %s", "public.x");
    error_remedy(error_at(error, "queries/x.sql", 3, 7), "grant SELECT on %s", "public.t");
    error->sqlstate = "42501";
    error->server_message = "permission denied for table t";
    error->server_hint = "ask\nsomebody";
    char *text = error_format(errors, error);
    assert_string_equal(text, "queries/x.sql:3:7: cannot create public.x; grant SELECT on public.t\n"
                              "    server: permission denied for table t (SQLSTATE 42501)\n"
                              "    hint: ask\n        somebody");
    assert_string_equal(error_line(errors, error),
                        "queries/x.sql:3:7: cannot create public.x: permission denied for table t");
    error->server_message = "two\nlines";
    assert_string_equal(error_line(errors, error), "queries/x.sql:3:7: cannot create public.x: two lines");
    talloc_free(errors);
}

static void in_doubt_wins_over_the_first_error(void **state)
{
    Errors *errors = errors_new(NULL);
    assert_int_equal(errors_exit_code(errors), 0);
    errors_add(errors, ERROR_REJECTED, "a");
    assert_int_equal(errors_exit_code(errors), 5);
    errors_add(errors, ERROR_IN_DOUBT, "b");
    assert_int_equal(errors_exit_code(errors), 6);
    errors_truncate(errors, 1);
    assert_int_equal(errors_exit_code(errors), 5);
    talloc_free(errors);
}

static void moving_errors_keeps_them_alive(void **state)
{
    Errors *to = errors_new(NULL);
    Errors *from = errors_new(NULL);
    errors_add(from, ERROR_BUSY, "held by %d", 7);
    errors_move(to, from);
    assert_true(errors_empty(from));
    talloc_free(from);
    assert_string_equal(to->items[0]->message, "held by 7");
    assert_true(errors_have(to, ERROR_BUSY));
    talloc_free(to);
}

static void json_strings_are_valid_whatever_the_bytes(void **state)
{
    Text *text = text_new(NULL);
    text_add_json(text, "a\"b\\c\nd\x01 \xC3\xA9 \xFF \xED\xA0\x80");
    assert_string_equal(text->data, "\"a\\\"b\\\\c\\nd\\u0001 \xC3\xA9 \\ufffd \\ufffd\\ufffd\\ufffd\"");
    talloc_free(text);
}

static void nearest_suggests_slips_and_nothing_far_off(void **state)
{
    const char *const words[] = {"lock_timeout", "swap_timeout", "keep_old", NULL};
    assert_string_equal(text_nearest("lock_timout", words), "lock_timeout");
    assert_string_equal(text_nearest("keepold", words), "keep_old");
    assert_null(text_nearest("password", words));
}

static void text_grows_past_any_block(void **state)
{
    Text *text = text_new(NULL);
    for (int i = 0; i < 10000; i++)
        text_addf(text, "%d,", i);
    assert_int_equal(strlen(text->data), text->length);
    assert_int_equal(text->length, 48890);
    talloc_free(text);
}

static void pushed_elements_stay(void **state)
{
    void *context = talloc_new(NULL);
    int *numbers = NULL;
    size_t count = 0;
    for (int i = 0; i < 1000; i++)
        MEM_PUSH(context, numbers, count, i);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i);
    talloc_free(context);
}

static void documented_exit_codes_are_the_table_in_the_header(void **state)
{
    void *context = talloc_new(NULL);
    Errors *errors = errors_new(context);
    char *page = NULL;
    assert_int_equal(text_read_file(context, "docs/exit-codes.md", &page, NULL, errors), STATUS_OK);
    Text *table = text_new(context);
    text_add(table, "| kind | exit code | repeating may help | meaning |\n| --- | --- | --- | --- |\n");
    for (ErrorKind kind = 0; kind < ERROR_KIND_COUNT; kind++)
        text_addf(table, "| %s | %d | %s | %s |\n", error_kind_word(kind), error_kind_exit_code(kind),
                  error_kind_retry(kind) ? "yes" : "no", error_kind_meaning(kind));
    const char *documented = strstr(page, "| kind |");
    assert_non_null(documented);
    assert_string_equal(documented, table->data); /* to the end of the page */
    talloc_free(context);
}

static void every_exit_code_of_a_kind_is_explained(void **state)
{
    void *context = talloc_new(NULL);
    Errors *errors = errors_new(context);
    char *page = NULL;
    assert_int_equal(text_read_file(context, "docs/exit-codes.md", &page, NULL, errors), STATUS_OK);
    for (ErrorKind kind = 0; kind < ERROR_KIND_COUNT; kind++)
        assert_non_null(strstr(page, mem_printf(context, "\n| %d | ", error_kind_exit_code(kind))));
    talloc_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_place_message_remedy_and_server_lines),
        cmocka_unit_test(in_doubt_wins_over_the_first_error),
        cmocka_unit_test(moving_errors_keeps_them_alive),
        cmocka_unit_test(json_strings_are_valid_whatever_the_bytes),
        cmocka_unit_test(nearest_suggests_slips_and_nothing_far_off),
        cmocka_unit_test(text_grows_past_any_block),
        cmocka_unit_test(pushed_elements_stay),
        cmocka_unit_test(documented_exit_codes_are_the_table_in_the_header),
        cmocka_unit_test(every_exit_code_of_a_kind_is_explained),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
