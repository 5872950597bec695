/* Covers report/live*.c, estimate.c and cells.c: the table of what is being done now, as lines, without a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/report/cells.h"
#include "../../src/report/live.h"
#include "matswap/memory.h"

static void *context;
static LiveModel *model;

/* a is read by c; b stands alone.  Each takes a second to fill, and 100 ms for its index and its VACUUM. */
static ReportView views[3];
static const size_t reader_of_a[] = {2};
static ReportBuild build;

static int set_up(void **state)
{
    static const char *const names[] = {"a", "b", "c"};
    context = mem_context(NULL);
    model = live_new(context, "shop", 0);
    for (size_t i = 0; i < 3; i++)
        views[i] = (ReportView){.name = {"public", names[i]},
                                .fill_ms = 10000,
                                .index_ms = 1000,
                                .vacuum_ms = 1000,
                                .index_count = 1,
                                .fills = true,
                                .vacuums = true};
    views[0].readers = reader_of_a;
    views[0].reader_count = 1;
    build = (ReportBuild){.views = views, .view_count = 3, .workers = 2};
    return 0;
}

static int tear_down(void **state)
{
    talloc_free(context);
    return 0;
}

static ReportTask task(RunPhase phase, size_t view, int worker)
{
    return (ReportTask){.phase = phase, .view = views[view].name, .worker = worker};
}

static void start(RunPhase phase, size_t view, int worker, double now_ms)
{
    ReportTask started = task(phase, view, worker);
    live_started(model, &started, now_ms);
}

static void end(RunPhase phase, size_t view, int worker, double milliseconds, double now_ms)
{
    ReportTask ended = task(phase, view, worker);
    live_ended(model, &ended, &(ReportEnd){.milliseconds = milliseconds, .rows = -1, .bytes = -1}, now_ms);
}

static LiveStyle plain(size_t columns, size_t rows)
{
    return (LiveStyle){.columns = columns, .rows = rows, .unicode = true};
}

/* The table as one text. */
static char *table(double now_ms, LiveStyle style)
{
    const char **lines;
    size_t count;
    Text *text = text_new(context);
    live_lines(context, model, now_ms, style, &lines, &count);
    for (size_t i = 0; i < count; i++)
        text_addf(text, "%s\n", lines[i]);
    return text->data;
}

static void each_worker_has_a_line_with_what_it_does(void **state)
{
    live_build(model, &build);
    start(PHASE_FILL, 0, 1, 0);
    start(PHASE_FILL, 1, 2, 0);
    assert_string_equal(table(5000, plain(80, 24)),
                        "matswap shop  ████▏░░░░░░░░░░░░░░░ 20 %  0 of 3 views  0:05, about 0:19 left\n"
                        "  1 public.a  filling    ████████████░░░░░░░░░░░░ 50 %  0:05 of ~0:10\n"
                        "  2 public.b  filling    ████████████░░░░░░░░░░░░ 50 %  0:05 of ~0:10\n"
                        "    1 waits: public.c\n");
    end(PHASE_FILL, 0, 1, 10000, 10000);
    start(PHASE_INDEX, 0, 1, 10000);
    live_progress(model, &(ReportProgress){.worker = 1, .fraction = 0.25, .rows = -1, .bytes = 4096, .step = "sorting"});
    assert_non_null(strstr(table(10200, plain(100, 24)), "  1 public.a  indexing   ██████░"));
    assert_non_null(strstr(table(10200, plain(100, 24)), "  4.0 kB  sorting\n"));
    end(PHASE_INDEX, 0, 1, 1000, 11000);
    assert_non_null(strstr(table(11000, plain(80, 24)), "\n  1 idle\n"));
}

static void a_view_is_ready_when_all_of_it_is(void **state)
{
    live_build(model, &build);
    start(PHASE_FILL, 1, 1, 0);
    end(PHASE_FILL, 1, 1, 10000, 10000);
    end(PHASE_INDEX, 1, 1, 1000, 11000);
    assert_non_null(strstr(table(11000, plain(80, 24)), "0 of 3 views"));
    end(PHASE_VACUUM, 1, 1, 1000, 12000);
    assert_non_null(strstr(table(12000, plain(80, 24)), "1 of 3 views"));
    live_left(model, views[2].name);
    assert_null(strstr(table(12000, plain(80, 24)), "public.c"));
}

static void no_line_is_wider_and_no_table_higher_than_the_terminal(void **state)
{
    views[0].name.name = "日本語の名前がとても長いビュー";
    views[1].name.name = "a_name_of_sixty_three_bytes_that_goes_on_and_on_until_it_is_full";
    views[2].name.name = "e\xcc\x81\xcc\x81 combining";
    build.workers = 6;
    live_build(model, &build);
    start(PHASE_FILL, 0, 1, 0);
    start(PHASE_INDEX, 1, 2, 0);
    start(PHASE_VACUUM, 2, 3, 0);
    live_progress(model, &(ReportProgress){.worker = 2, .fraction = 0.5, .rows = 123456789, .bytes = 1 << 30, .step = "a long step of the server"});
    for (size_t columns = 1; columns < 200; columns++)
        for (size_t rows = 1; rows < 12; rows++)
        {
            const char **lines;
            size_t count;
            live_lines(context, model, 4000, plain(columns, rows), &lines, &count);
            assert_in_range(count, 1, rows);
            for (size_t i = 0; i < count; i++)
                assert_in_range(cells_width(lines[i]), 0, columns);
        }
    assert_non_null(strstr(table(4000, plain(80, 4)), "and 4 more workers"));
    assert_non_null(strstr(table(4000, plain(60, 24)), "…"));
}

static void names_are_inert(void **state)
{
    views[0].name.name = "\033[2J\033]0;title\a\r\nnext\tline\xc2\x9b" "31m";
    views[1].name.name = "abc\xe2\x80\xae" "desrever\xe2\x81\xa6";
    views[2].name.name = "broken\xff\xc3";
    live_build(model, &build);
    start(PHASE_FILL, 0, 1, 0);
    start(PHASE_FILL, 1, 2, 0);
    const char **lines;
    size_t count;
    live_lines(context, model, 1000, plain(150, 24), &lines, &count);
    assert_int_equal(count, 4);
    assert_non_null(strstr(lines[1], "  1 public.\"?[2J?]0;title???next?line?31m\""));
    assert_non_null(strstr(lines[2], "  2 public.\"abc?desrever?\""));
    assert_string_equal(lines[3], "    1 waits: public.\"broken??\"");
}

static void colours_and_blocks_only_where_they_are_wanted(void **state)
{
    live_build(model, &build);
    start(PHASE_FILL, 0, 1, 0);
    assert_null(strchr(table(3000, plain(80, 24)), '\033'));
    LiveStyle style = plain(80, 24);
    style.colour = true;
    assert_non_null(strstr(table(3000, style), "\033[32m"));
    style = (LiveStyle){.columns = 80, .rows = 24};
    for (const char *c = table(3000, style); *c != '\0'; c++)
        assert_in_range((unsigned char) *c, 1, 0x7E);
    assert_non_null(strstr(table(3000, style), "#######-----------------"));
}

/* c can only begin when a is ready: that chain is longer than the work that two workers share. */
static void the_longest_chain_decides_what_is_left(void **state)
{
    double fraction;
    double left;
    live_build(model, &build);
    estimate_run(model, 0, &fraction, &left);
    assert_float_equal(left, 24000, 1);
    build.workers = 1;
    LiveModel *alone = live_new(context, "shop", 0);
    live_build(alone, &build);
    estimate_run(alone, 0, &fraction, &left);
    assert_float_equal(left, 36000, 1);
}

static void what_was_taken_corrects_what_was_expected(void **state)
{
    double fraction;
    double before;
    double after;
    live_build(model, &build);
    start(PHASE_FILL, 1, 2, 0);
    estimate_run(model, 0, &fraction, &before);
    end(PHASE_FILL, 1, 2, 20000, 20000); /* twice as long */
    for (int i = 0; i < 100; i++)
        estimate_run(model, 20000, &fraction, &after);
    assert_in_range((uintmax_t) after, 36000, 48000); /* 24 s, doubled, but for what a single view does not tell */
}

static void the_estimate_neither_jumps_nor_goes_back(void **state)
{
    double fraction = 0;
    double left = 0;
    double last_fraction = 0;
    double last_left = 1e9;
    live_build(model, &build);
    start(PHASE_FILL, 0, 1, 0);
    for (int now = 0; now <= 9000; now += 200)
    {
        estimate_run(model, now, &fraction, &left);
        assert_true(fraction >= last_fraction && left <= last_left);
        last_fraction = fraction;
        last_left = left;
    }
    for (int now = 9000; now <= 60000; now += 200) /* it is late, and later */
    {
        estimate_run(model, now, &fraction, &left);
        assert_true(fraction >= last_fraction && fraction < 1 && left > 0);
        last_fraction = fraction;
    }
    assert_in_range((uintmax_t) (estimate_task_fraction(model, &model->workers[0], 60000) * 100), 80, 99);
}

static void of_a_first_run_no_time_is_said(void **state)
{
    build.guessed = true;
    views[2].fill_ms = 1e12; /* the planner's */
    live_build(model, &build);
    start(PHASE_FILL, 0, 1, 0);
    char *shown = table(8000, plain(80, 24));
    assert_null(strstr(shown, "left"));
    assert_null(strstr(shown, "~"));
    end(PHASE_FILL, 0, 1, 9000, 9000);
    end(PHASE_INDEX, 0, 1, 500, 9500);
    end(PHASE_VACUUM, 0, 1, 500, 10000);
    assert_non_null(strstr(table(10000, plain(80, 24)), "33 %  1 of 3 views  0:10\n"));
}

/* The server counts anew in each of its phases. */
static void a_task_does_not_go_back(void **state)
{
    live_build(model, &build);
    start(PHASE_INDEX, 0, 1, 0);
    live_progress(model, &(ReportProgress){.worker = 1, .fraction = 0.5, .rows = -1, .bytes = -1});
    live_progress(model, &(ReportProgress){.worker = 1, .fraction = -1, .rows = -1, .bytes = -1});
    assert_float_equal(estimate_task_fraction(model, &model->workers[0], 1000), 0.5, 0.001);
    start(PHASE_VACUUM, 0, 1, 2000);
    assert_true(estimate_task_fraction(model, &model->workers[0], 2000) < 0.01);
}

static void phases_without_views_have_one_line(void **state)
{
    ReportTask prepare = {.phase = PHASE_PREPARE};
    live_started(model, &prepare, 0);
    assert_string_equal(table(62000, plain(80, 24)), "matswap shop  preparing  1:02\n");
    live_build(model, &build);
    ReportTask validate = {.phase = PHASE_VALIDATE};
    live_started(model, &validate, 70000);
    char *shown = table(3700000, plain(80, 24));
    assert_non_null(strstr(shown, "validating  1:01:40"));
    assert_ptr_equal(strchr(shown, '\n') + 1, shown + strlen(shown));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_worker_has_a_line_with_what_it_does),
        TEST(a_view_is_ready_when_all_of_it_is),
        TEST(no_line_is_wider_and_no_table_higher_than_the_terminal),
        TEST(names_are_inert),
        TEST(colours_and_blocks_only_where_they_are_wanted),
        TEST(the_longest_chain_decides_what_is_left),
        TEST(what_was_taken_corrects_what_was_expected),
        TEST(the_estimate_neither_jumps_nor_goes_back),
        TEST(of_a_first_run_no_time_is_said),
        TEST(a_task_does_not_go_back),
        TEST(phases_without_views_have_one_line),
    };
    return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
