/*
 * Covers report/metrics.c, report/metrics_file.c, util/time.c and the strict reader that judges the metrics in all tests: the
 * text is one that Prometheus reads, whatever a name holds; the file is replaced at once.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "context_fixture.h"
#include "matswap/memory.h"
#include "matswap/metrics.h"
#include "matswap/text.h"
#include "prometheus_text.h"

static void assert_right(const char *text)
{
    const char *wrong = prometheus_check(context, text, strlen(text));
    if (wrong != NULL)
        fail_msg("%s in\n%s", wrong, text);
}

static double value_of(const char *text, const char *series)
{
    double value = NAN;
    if (!prometheus_value(context, text, series, &value))
        fail_msg("no %s in\n%s", series, text);
    return value;
}

static Metrics some_metrics(void)
{
    static MetricsView views[] = {
        {{"public", "donations"}, 302500, 41000000, 1.25, 1000, 400},
        {{"public", "plain"}, -1, -1, 0.5, 1000, NAN},
    };
    return (Metrics){.set = "gitcoin", .version = "0.1.0", .ended_at = 1795249800.25, .duration_s = 61.5, .swapped = true,
                     .exit_code = 4, .views = 3, .refreshed = 2, .failed = 1, .kept = 1, .starts_skipped = 5, .rules_failed = {1, 2},
                     .rules_accepted = 3, .has_journal = true, .runs = {[OUTCOME_SWAPPED] = 40, [OUTCOME_CRASHED] = 1},
                     .journal_bytes = 4096, .succeeded_at = 1795249800, .snapshot_at = 1000, .lock_s = 0.0031,
                     .wait_s = 0.01, .longest_wait_s = 0.008, .tries = 2, .live = views, .live_count = 2};
}

static void every_figure_has_its_series(void **state)
{
    Metrics metrics = some_metrics();
    char *text = metrics_text(context, &metrics);
    assert_right(text);
    static const struct
    {
        const char *series;
        double value;
    } expected[] = {
        {"matswap_build_info{set=\"gitcoin\",version=\"0.1.0\"}", 1},
        {"matswap_last_run_timestamp_seconds{set=\"gitcoin\"}", 1795249800.25},
        {"matswap_last_success_timestamp_seconds{set=\"gitcoin\"}", 1795249800},
        {"matswap_run_success{set=\"gitcoin\"}", 1},
        {"matswap_run_exit_code{set=\"gitcoin\"}", 4},
        {"matswap_run_duration_seconds{set=\"gitcoin\"}", 61.5},
        {"matswap_views{set=\"gitcoin\"}", 3},
        {"matswap_views_refreshed{set=\"gitcoin\"}", 2},
        {"matswap_views_failed{set=\"gitcoin\"}", 1},
        {"matswap_views_kept{set=\"gitcoin\"}", 1},
        {"matswap_rules_failed{set=\"gitcoin\",severity=\"error\"}", 1},
        {"matswap_rules_failed{set=\"gitcoin\",severity=\"warn\"}", 2},
        {"matswap_starts_skipped{set=\"gitcoin\"}", 5},
        {"matswap_rules_accepted{set=\"gitcoin\"}", 3},
        {"matswap_journal_runs{set=\"gitcoin\",outcome=\"swapped\"}", 40},
        {"matswap_journal_runs{set=\"gitcoin\",outcome=\"crashed\"}", 1},
        {"matswap_journal_runs{set=\"gitcoin\",outcome=\"rejected\"}", 0},
        {"matswap_journal_bytes{set=\"gitcoin\"}", 4096},
        {"matswap_generation_snapshot_timestamp_seconds{set=\"gitcoin\"}", 1000},
        {"matswap_swap_lock_seconds{set=\"gitcoin\"}", 0.0031},
        {"matswap_swap_wait_seconds{set=\"gitcoin\"}", 0.01},
        {"matswap_swap_longest_wait_seconds{set=\"gitcoin\"}", 0.008},
        {"matswap_swap_tries{set=\"gitcoin\"}", 2},
        {"matswap_view_rows{set=\"gitcoin\",schema=\"public\",view=\"donations\"}", 302500},
        {"matswap_view_bytes{set=\"gitcoin\",schema=\"public\",view=\"donations\"}", 41000000},
        {"matswap_view_duration_seconds{set=\"gitcoin\",schema=\"public\",view=\"plain\"}", 0.5},
        {"matswap_view_snapshot_timestamp_seconds{set=\"gitcoin\",schema=\"public\",view=\"plain\"}", 1000},
        {"matswap_watermark_timestamp_seconds{set=\"gitcoin\",schema=\"public\",view=\"donations\"}", 400},
        {"matswap_watermark_lag_seconds{set=\"gitcoin\",schema=\"public\",view=\"donations\"}", 600},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_float_equal(value_of(text, expected[i].series), expected[i].value, 1e-6);
}

static void what_is_not_known_has_no_series(void **state)
{
    double value;
    Metrics metrics = some_metrics();
    char *text = metrics_text(context, &metrics);
    assert_false(prometheus_value(context, text, "matswap_view_rows{set=\"gitcoin\",schema=\"public\",view=\"plain\"}", &value));
    assert_null(strstr(text, "nan"));
    metrics = (Metrics){.set = "s", .version = "1", .exit_code = 2, .succeeded_at = NAN, .snapshot_at = NAN};
    text = metrics_text(context, &metrics);
    assert_right(text);
    assert_null(strstr(text, "last_success"));
    assert_null(strstr(text, "journal"));
    assert_null(strstr(text, "watermark"));
    assert_float_equal(value_of(text, "matswap_run_success{set=\"s\"}"), 0, 0);
}

static void hostile_names_stay_names(void **state)
{
    static const char *const names[] = {"quo\"te", "back\\slash", "line\nend", "a\",evil=\"1", "\\n", "\"} 1\nmatswap_x 1",
                                        "\x01\x7f\t\r", "ключ 表 🎉", "{}", "# HELP x y", ""};
    static const char *const broken[] = {"\xff", "a\xc3", "\xed\xa0\x80"};
    MetricsView views[20];
    size_t count = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        views[count++] = (MetricsView){{names[i], names[i]}, (int64_t) i, 1, 1, NAN, NAN};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        views[count++] = (MetricsView){{broken[i], mem_printf(context, "%zu", i)}, 1, 1, 1, NAN, NAN};
    Metrics metrics = {.set = "s", .version = "1", .succeeded_at = NAN, .live = views, .live_count = count};
    char *text = metrics_text(context, &metrics);
    assert_right(text);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    {
        char *series = mem_printf(context, "matswap_view_rows{set=\"s\",schema=\"%s\",view=\"%s\"}", names[i], names[i]);
        assert_float_equal(value_of(text, series), (double) i, 0);
    }
    value_of(text, "matswap_view_rows{set=\"s\",schema=\"a\xEF\xBF\xBD\",view=\"1\"}");
}

/* A reader that takes everything would prove nothing. */
static void the_reader_is_strict(void **state)
{
    static const char head[] = "# HELP matswap_a b.\n# TYPE matswap_a gauge\n";
    static const char *const bad[] = {
        "matswap_a 1",                       /* no line end */
        "matswap_a{x=\"1\"} 1\nmatswap_a{x=\"1\"} 2\n", /* twice */
        "matswap_a{x=\"1\",x=\"2\"} 1\n",
        "matswap_a{x=\"\\t\"} 1\n", /* no escape */
        "matswap_a{x=\"\xff\"} 1\n",
        "matswap_a{x=\"a\nb\"} 1\n",
        "matswap_a{x=\"a\"b\"} 1\n",
        "matswap_a{1x=\"a\"} 1\n",
        "matswap_a{x=\"a\" 1\n",
        "matswap_a{x=a} 1\n",
        "matswap_a 1 1795249800000\n", /* a timestamp */
        "matswap_a one\n",
        "matswap_a \n",
        "matswap_a 0x10\n",
        "matswap_b 1\n", /* without help */
        "matswap_a 1\n\n",
        "matswap_a 1\n# a comment\n",
        "matswap_a 1\n# TYPE matswap_a gauge\n",
        "matswap_a 1\n# HELP matswap_b_total x.\n# TYPE matswap_b_total gauge\nmatswap_b_total 1\n",
        "matswap_a 1\n# HELP matswap_c x.\n# TYPE matswap_c gauge\nmatswap_c 1\nmatswap_a{x=\"1\"} 1\n", /* in two pieces */
        "",
    };
    assert_right(mem_printf(context, "%smatswap_a{x=\"\\\\ \\\" \\n\"} 1.5e+09\nmatswap_a NaN\n", head));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
    {
        char *text = mem_printf(context, "%s%s", head, bad[i]);
        if (prometheus_check(context, text, strlen(text)) == NULL)
            fail_msg("taken: %s", text);
    }
    assert_non_null(prometheus_check(context, "", 0));
}

/* ---- the file ---------------------------------------------------------------------------------------------- */

static void the_file_is_replaced_and_readable_by_all(void **state)
{
    char folder[] = "/tmp/matswap-metrics.XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *path = mem_printf(context, "%s/a.prom", folder);
    Errors *errors = errors_new(context);
    struct stat first, second;
    char *text;
    mode_t mask = umask(077);
    assert_int_equal(metrics_write(path, "one\n", errors), STATUS_OK);
    umask(mask);
    assert_int_equal(stat(path, &first), 0);
    FILE *reading = fopen(path, "r"); /* who has it open reads on what it was */
    assert_int_equal(metrics_write(path, "two\n", errors), STATUS_OK);
    assert_int_equal(stat(path, &second), 0);
    assert_int_equal(second.st_mode & 0777, 0644);
    assert_int_not_equal(first.st_ino, second.st_ino);
    char line[10];
    assert_string_equal(fgets(line, sizeof line, reading), "one\n");
    fclose(reading);
    assert_int_equal(text_read_file(context, path, &text, NULL, errors), STATUS_OK);
    assert_string_equal(text, "two\n");
    unlink(path);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left in it */
}

static void what_cannot_be_written_is_told_and_leaves_nothing(void **state)
{
    char folder[] = "/tmp/matswap-metrics.XXXXXX";
    assert_non_null(mkdtemp(folder));
    Errors *errors = errors_new(context);
    char *path = mem_printf(context, "%s/none/a.prom", folder);
    assert_int_equal(metrics_write(path, "one\n", errors), STATUS_FAILED);
    assert_string_equal(error_format(context, errors->items[0]),
                        mem_printf(context, "%s: the metrics cannot be written: No such file or directory; let the user that "
                                            "runs matswap make files in its folder", path));
    path = mem_printf(context, "%s/folder", folder);
    assert_int_equal(mkdir(path, 0755), 0);
    assert_int_equal(metrics_write(path, "one\n", errors), STATUS_FAILED);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_figure_has_its_series),
        TEST(what_is_not_known_has_no_series),
        TEST(hostile_names_stay_names),
        TEST(the_reader_is_strict),
        TEST(the_file_is_replaced_and_readable_by_all),
        TEST(what_cannot_be_written_is_told_and_leaves_nothing),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
