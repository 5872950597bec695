/* markup.h: text becomes HTML, and nothing else; and the page of a run that has next to nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/page/markup.h"
#include "matswap/memory.h"
#include "matswap/page.h"

static void expect_text(const char *text, const char *expected)
{
    Text *html = text_new(NULL);
    markup_text(html, text);
    assert_string_equal(html->data, expected);
    talloc_free(html);
}

static void test_markup(void **state)
{
    expect_text("<script>alert('&\"')</script>", "&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;");
    expect_text("]]> -->", "]]&gt; --&gt;");
    expect_text("a\tb\nc", "a\tb\nc");
    expect_text("", "");
}

static void test_unseen(void **state)
{
    expect_text("\x01\x1b[31m\x7f\r", "\\x01\\x1b[31m\\x7f\\x0d");
    expect_text("\xc2\x85\xc2\x9f\xc2\xa0", "\\x85\\x9f\xc2\xa0");
    expect_text("a\xe2\x80\xae"
                "b\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c",
                "a\\u202eb\\u2066\\u200f\\u061c");
    expect_text("\xe2\x80\xa8\xef\xbb\xbf\xef\xbf\xbe\xef\xbf\xbf", "\\u2028\\ufeff\\ufffe\\uffff");
    expect_text("\xef\xbf\xbd\xef\xbf\xbc", "\xef\xbf\xbd\xef\xbf\xbc");
}

static void test_no_utf8(void **state)
{
    expect_text("a\xff\xc3", "a\\xff\\xc3");
    expect_text("\xc0\xbc"
                "x",
                "\\xc0\\xbcx"); /* an overlong < */
    expect_text("\xed\xa0\x80", "\\xed\\xa0\\x80");
    expect_text("\xd7\x9e\xd7\x9b \xf0\x9f\x8e\x88", "\xd7\x9e\xd7\x9b \xf0\x9f\x8e\x88");
}

static void test_elements(void **state)
{
    Text *html = text_new(NULL);
    markup_attribute(html, "title", "\" onload=\"x");
    markup_foreign(html, "<");
    markup_foreign(html, NULL);
    markup_code(html, "a");
    markup_name(html, (Name){"public", "A\"<"});
    assert_string_equal(html->data, " title=\"&quot; onload=&quot;x\"<bdi>&lt;</bdi>–<code><bdi>a</bdi></code>"
                                    "<bdi>public.&quot;A&quot;&quot;&lt;&quot;</bdi>");
    talloc_free(html);
}

static void test_time(void **state)
{
    Text *html = text_new(NULL);
    markup_time(html, "2026-11-21T08:30:00.123Z");
    assert_string_equal(html->data, "<time datetime=\"2026-11-21T08:30:00.123Z\">2026-11-21 08:30:00</time>");
    html->length = 0;
    markup_time(html, "<never>");
    assert_string_equal(html->data, "<bdi>&lt;never&gt;</bdi>");
    talloc_free(html);
}

static void expect_shortened(const char *text, size_t width, const char *expected)
{
    char *shortened = markup_shortened(NULL, text, width);
    assert_string_equal(shortened, expected);
    talloc_free(shortened);
}

static void test_shortened(void **state)
{
    expect_shortened("abcdefghij", 10, "abcdefghij");
    expect_shortened("abcdefghijk", 10, "abcd…ghijk");
    expect_shortened("äöüäöüäöüäöü", 5, "äö…öü");
    expect_shortened("\xff\xff\xff\xff\xff\xff", 3, "\xff…\xff");
}

/* Each field that may be NULL is. */
static void test_bare_run(void **state)
{
    const RunState states[] = {RUN_STARTED, RUN_SWAPPING, RUN_SWAPPED, RUN_DONE, RUN_REVERTING, RUN_REVERTED};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        for (int outcome = 0; outcome < RUN_OUTCOME_COUNT; outcome++)
        {
            JournalView view = {.name = {"s", "v"}, .rows = -1, .bytes = -1, .old_bytes = -1, .duration_ms = -1};
            JournalRun run = {.run = "r",
                              .set = "s",
                              .state = states[i],
                              .outcome = (RunOutcome) outcome,
                              .lock_ms = -1,
                              .lock_wait_total_ms = -1,
                              .lock_wait_longest_ms = -1,
                              .views = &view,
                              .view_count = 1};
            JournalTask task = {.phase = PHASE_FILL, .view = {"s", "gone"}, .started_at = "x", .duration_ms = 1};
            JournalRun before = run;
            JournalRun *earlier[] = {&before};
            PageInput input = {.run = &run, .tasks = &task, .task_count = 1, .earlier = earlier, .earlier_count = 1};
            Text *page = page_of_run(NULL, &input);
            assert_non_null(strstr(page->data, "</html>"));
            assert_null(strstr(page->data, "(null)"));
            assert_null(strstr(page->data, "nan"));
            talloc_free(page);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_markup),   cmocka_unit_test(test_unseen), cmocka_unit_test(test_no_utf8),
        cmocka_unit_test(test_elements), cmocka_unit_test(test_time),   cmocka_unit_test(test_shortened),
        cmocka_unit_test(test_bare_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
