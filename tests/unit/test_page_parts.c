/* The parts of the page: times, the run before, and the JSON that the journal keeps, damaged JSON too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/page/page_internal.h"
#include "matswap/memory.h"

static void expect_ms(double found, double expected)
{
    if (found < expected - 0.001 || found > expected + 0.001)
        fail_msg("%f, not %f", found, expected);
}

static void test_moments(void **state)
{
    expect_ms(page_moment("1970-01-02T00:00:01.250Z"), 86401250);
    expect_ms(page_moment("1970-01-01T00:00:00Z"), 0);
    expect_ms(page_moment(NULL), -1);
    expect_ms(page_moment("infinity"), -1);
}

static JournalRun run_of(JournalView *views, size_t count)
{
    return (JournalRun){.id = 7,
                        .run = "r7",
                        .set = "s",
                        .state = RUN_DONE,
                        .outcome = OUTCOME_SWAPPED,
                        .started_at = "2026-11-21T08:00:00.000Z",
                        .finished_at = "2026-11-21T08:00:02.500Z",
                        .lock_ms = -1,
                        .lock_wait_total_ms = -1,
                        .lock_wait_longest_ms = -1,
                        .views = views,
                        .view_count = count};
}

static JournalView built(const char *name, double duration_ms)
{
    return (JournalView){.name = {"public", name},
                         .status = VIEW_COMPLETE,
                         .old_oid = 1,
                         .new_oid = 2,
                         .rows = 10,
                         .bytes = 8192,
                         .old_bytes = -1,
                         .duration_ms = duration_ms};
}

/* Of each view the latest run that built it; a rollback has built nothing, a failed run has not swapped. */
static void test_the_run_before(void **state)
{
    JournalView now[] = {built("a", 20), built("b", 20)};
    JournalView brought_back[] = {built("a", 1)};
    JournalView failing[] = {built("a", 5), built("b", 5)};
    JournalView older[] = {built("b", 10), built("a", 10)};
    failing[1].status = VIEW_FAILED;
    JournalRun run = run_of(now, 2);
    JournalRun rollback = run_of(brought_back, 1);
    JournalRun failed = run_of(failing, 2);
    JournalRun swapped = run_of(older, 2);
    rollback.is_rollback = true;
    failed.state = RUN_REVERTED;
    failed.outcome = OUTCOME_FAILED;
    JournalRun *earlier[] = {&rollback, &failed, &swapped};
    PageInput input = {.run = &run, .earlier = earlier, .earlier_count = 3};
    Page *page = page_new(NULL, &input);
    assert_ptr_equal(page->views[0].before, &failing[0]);
    assert_ptr_equal(page->views[1].before, &older[0]);
    assert_ptr_equal(page->previous, &swapped);
    expect_ms(page_run_duration(&run), 2500);
    talloc_free(page);
}

/* What is read: views of the run, each once per mention, never itself. */
static void test_reads(void **state)
{
    JournalView views[] = {built("a", 1), built("b", 1), built("c", 1)};
    views[1].reads = "[{\"schema\":\"public\",\"name\":\"a\"},{\"schema\":\"public\",\"name\":\"b\"},"
                     "{\"schema\":\"other\",\"name\":\"a\"},{\"schema\":null,\"name\":17},3]";
    views[2].reads = "[{\"schema\":";
    JournalRun run = run_of(views, 3);
    PageInput input = {.run = &run};
    Page *page = page_new(NULL, &input);
    assert_true(page->reads_known);
    assert_int_equal(page->views[1].reads.count, 1);
    assert_int_equal(page->views[1].reads.views[0], 0);
    assert_int_equal(page->views[0].read_by, 1);
    assert_int_equal(page->views[2].reads.count, 0);
    talloc_free(page);
}

/* ---- parts as they are written ------------------------------------------------------------------------------ */

typedef void (*AddPart)(Text *html, const Page *page);

static void expect_part(const JournalRun *run, AddPart add, bool there, const char *part)
{
    PageInput input = {.run = run};
    Text *html = text_new(NULL);
    Page *page = page_new(html, &input);
    add(html, page);
    if ((strstr(html->data, part) != NULL) != there)
        fail_msg("%s %s", html->data, there ? "lacks" : "has");
    talloc_free(html);
}

static void test_missing(void **state)
{
    JournalView view = built("a", 1);
    JournalRun run = run_of(&view, 1);
    expect_part(&run, page_add_missing, true, "is not recorded for this run");
    run.seam = "{\"tables\":[{\"table\":\"public.t\",\"readers\":[\"public.a\"],\"parts\":{}}]}";
    expect_part(&run, page_add_missing, true, "the run did not come so far");
    run.seam = "{\"tables\":[{\"table\":\"public.t\",\"readers\":[\"public.a\"],\"written\":0,\"rewritten\":false}],"
               "\"foreign\":[]}";
    expect_part(&run, page_add_missing, true, "Nothing was written to the sources");
    run.seam =
        "{\"tables\":[{\"table\":\"public.<t>\",\"readers\":[\"public.a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\"],"
        "\"written\":1234,\"rewritten\":true},{\"table\":\"quiet\",\"written\":0,\"rewritten\":false}],"
        "\"foreign\":[\"far.away\"]}";
    expect_part(&run, page_add_missing, true,
                "<bdi>public.&lt;t&gt;</bdi></th><td><bdi>about 1,234 rows, and truncated or "
                "rewritten</bdi></td><td><bdi>public.a</bdi>, ");
    expect_part(&run, page_add_missing, true, " and 2 more</td>");
    expect_part(&run, page_add_missing, true, "outside the snapshot: <bdi>far.away</bdi>.");
    expect_part(&run, page_add_missing, false, "quiet");
    run.seam = "{\"tables\":[{\"table\":\"t\",\"readers\":[],\"written\":null,\"rewritten\":false}]}";
    expect_part(&run, page_add_missing, true, "not known: the counters are lost");
    run.seam = "[";
    expect_part(&run, page_add_missing, true, "is not recorded for this run");
    view.status = VIEW_ISOLATED;
    view.error = "kept with <b>";
    expect_part(&run, page_add_missing, true, ">isolated</span></td><td><bdi>kept with &lt;b&gt;</bdi></td>");
    run.partial = true;
    expect_part(&run, page_add_missing, true, "begun with <code>--only</code>");
}

static void expect_lag(const char *watermark, const char *lag)
{
    JournalView view = built("a", 1);
    JournalRun run = run_of(&view, 1);
    char *cell = mem_printf(NULL, "<td class=\"n\">%s</td>", lag);
    view.watermark = watermark;
    run.snapshot_at = "2026-11-21T08:00:00.000Z";
    expect_part(&run, page_add_times, true, cell);
    talloc_free(cell);
}

/* Behind the snapshot; of a watermark without zone nobody knows which one was meant. */
static void test_lag(void **state)
{
    expect_lag("2026-11-21T07:59:58.5+00:00", "1.5 s");
    expect_lag("2026-11-21T13:20:00+05:30", "10 min 00 s");
    expect_lag("2026-11-21T08:00:01+00:00", "ahead");
    expect_lag("2026-11-21T07:59:58", "–");
    expect_lag("2026-11-21", "–");
    expect_lag("17", "–");
}

static void test_settings(void **state)
{
    JournalView view = built("a", 1);
    JournalRun run = run_of(&view, 1);
    expect_part(&run, page_add_settings, true, "is not recorded");
    run.settings =
        "{\"server\":\"15.8\",\"role\":\"etl\",\"options\":{\"jobs\":4,\"keep_old\":true,\"accept\":[{\"rule\":"
        "\"tolerance@a\",\"reason\":\"\\u003cb\\u003e\"}]},\"config\":[{\"section\":\"matswap\",\"keys\":[{\"key\":"
        "\"after_swap\",\"value\":null,\"line\":3},{\"key\":\"jobs\",\"value\":\"4\",\"line\":4}]}]}";
    expect_part(&run, page_add_settings, true,
                "after_swap</bdi></td><td><em>set, not shown</em></td><td class=\"n\">3</td>");
    expect_part(&run, page_add_settings, true,
                "jobs</bdi></td><td><code><bdi>4</bdi></code></td><td class=\"n\">4</td>");
    expect_part(&run, page_add_settings, true, "<bdi>tolerance@a</bdi></code>: <bdi>&lt;b&gt;</bdi>");
    expect_part(&run, page_add_settings, true, "<dt>keep_old</dt><dd><bdi>true</bdi>");
    expect_part(&run, page_add_facts, true, "<dt>PostgreSQL</dt><dd><bdi>15.8</bdi>");
}

static void test_columns(void **state)
{
    JournalView views[] = {built("a", 1), built("b", 1)};
    JournalRun run = run_of(views, 2);
    expect_part(&run, page_add_changes, true, "Not recorded");
    views[0].changes = views[1].changes = "[]";
    expect_part(&run, page_add_changes, true, "the columns that they had");
    views[0].changes =
        "[{\"name\":\"k\",\"old_type\":\"integer\",\"new_type\":\"bigint\",\"old_position\":1,\"new_position\":3,"
        "\"moved\":true},{\"name\":\"gone\",\"old_type\":\"text\",\"new_type\":null,\"old_position\":2,"
        "\"new_position\":null,\"moved\":false}]";
    expect_part(&run, page_add_changes, true,
                "<td>other type</td><td><bdi>k</bdi></td><td><bdi>integer</bdi></td><td><bdi>bigint");
    expect_part(&run, page_add_changes, true,
                "<td>moved</td><td><bdi>k</bdi></td><td><bdi>position 1</bdi></td><td><bdi>position 3");
    expect_part(&run, page_add_changes, true,
                "<td>removed</td><td><bdi>gone</bdi></td><td><bdi>text</bdi></td><td>–</td>");
    views[1].new_oid = 0;
    expect_part(&run, page_add_changes, true, "<td>leaves the set</td>");
    views[0].old_oid = 0;
    expect_part(&run, page_add_changes, true, "<td>new</td>");
}

static void test_locks(void **state)
{
    JournalView view = built("a", 1);
    JournalRun run = run_of(&view, 1);
    expect_part(&run, page_add_locks, true, "asked for no lock");
    run.lock_tries = 12;
    expect_part(&run, page_add_locks, true, "<dt>Locks held</dt><dd>not recorded</dd>");
    run.lock_ms = 6.3;
    run.lock_wait_total_ms = 1500;
    run.lock_wait_longest_ms = 200;
    expect_part(&run, page_add_locks, true,
                "<dt>Locks held</dt><dd>6.3 ms</dd></div>\n<div><dt>Tries</dt><dd>12</dd></div>\n"
                "<div><dt>Waited, all tries</dt><dd>1.5 s</dd></div>\n"
                "<div><dt>Waited, longest try</dt><dd>200 ms</dd>");
}

/* ---- the verdict of every end ------------------------------------------------------------------------------- */

static void expect_verdict(JournalRun run, RunState at, RunOutcome outcome, const char *title, const char *says)
{
    run.state = at;
    run.outcome = outcome;
    char *heading = mem_printf(NULL, "<h1>%s</h1>", title);
    expect_part(&run, page_add_verdict, true, heading);
    expect_part(&run, page_add_verdict, true, says);
    talloc_free(heading);
}

static void test_verdicts(void **state)
{
    JournalView views[] = {built("a", 1), built("b", 1)};
    JournalRun run = run_of(views, 2);
    expect_verdict(run, RUN_DONE, OUTCOME_SWAPPED, "Swapped", "All 2 views changed generation in one transaction by ");
    expect_verdict(run, RUN_SWAPPED, OUTCOME_NONE, "Swapped", "is not dropped yet");
    expect_verdict(run, RUN_REVERTED, OUTCOME_FAILED, "Failed", "The old generation served all along.");
    expect_verdict(run, RUN_REVERTED, OUTCOME_CANCELLED, "Cancelled", "1: stopped by SIGINT or SIGTERM");
    expect_verdict(run, RUN_REVERTED, OUTCOME_CRASHED, "Died, and was undone", "none: it died");
    expect_verdict(run, RUN_REVERTED, OUTCOME_ROLLED_BACK, "Undone before the swap", "removed what the run had built");
    expect_verdict(run, RUN_REVERTED, OUTCOME_DRY_RUN, "Dry run", "2 views were built for real");
    expect_verdict(run, RUN_SWAPPING, OUTCOME_NONE, "Not over: swapping", "only the server knows");
    expect_verdict(run, RUN_REVERTING, OUTCOME_FAILED, "Not over: being undone", "Nothing has been published.");
    run.error = "queries/a.sql:1: it broke; mend it";
    expect_verdict(run, RUN_REVERTED, OUTCOME_FAILED, "Failed",
                   "<p class=\"error\"><bdi>queries/a.sql:1: it broke; mend it</bdi></p>");
    views[1].status = VIEW_FAILED;
    views[1].error = "queries/a.sql:1: it broke";
    expect_verdict(run, RUN_DONE, OUTCOME_SWAPPED, "Swapped, in part",
                   "1 view changed generation in one transaction by ");
    run.state = RUN_DONE;
    expect_part(&run, page_add_verdict, false, "<li>"); /* the run's error says it */
    run.error = NULL;
    expect_part(&run, page_add_verdict, true,
                "<li><a href=\"#v1\"><bdi>b</bdi></a>: <bdi>queries/a.sql:1: it broke</bdi></li>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moments),  cmocka_unit_test(test_the_run_before),
        cmocka_unit_test(test_reads),    cmocka_unit_test(test_missing),
        cmocka_unit_test(test_settings), cmocka_unit_test(test_columns),
        cmocka_unit_test(test_locks),    cmocka_unit_test(test_lag),
        cmocka_unit_test(test_verdicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
