/* Covers report/: numbers, lines of progress, errors, the validation table, the table of changes, status as text and JSON. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "context_fixture.h"
#include "matswap/memory.h"
#include "matswap/report.h"
#include "matswap/text.h"

/* What is written to the standard error between these two. */
static FILE *captured;
static int saved_stderr;

static void capture_begin(void)
{
    captured = tmpfile();
    assert_non_null(captured);
    saved_stderr = dup(STDERR_FILENO);
    assert_true(saved_stderr >= 0);
    assert_true(dup2(fileno(captured), STDERR_FILENO) >= 0);
}

static char *capture_end(void)
{
    assert_true(dup2(saved_stderr, STDERR_FILENO) >= 0);
    close(saved_stderr);
    return read_all(captured);
}

/* Replaces the clock at the start of each line: 08:30:02 becomes ##:##:##. */
static char *without_clock(char *text)
{
    char *line = text;
    while (line != NULL && *line != '\0')
    {
        int hour, minute, second;
        if (sscanf(line, "%2d:%2d:%2d  ", &hour, &minute, &second) == 3)
            memcpy(line, "##:##:##", 8);
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return text;
}

static void counts_have_separators(void **state)
{
    assert_string_equal(report_count(context, 0), "0");
    assert_string_equal(report_count(context, 999), "999");
    assert_string_equal(report_count(context, 1000), "1,000");
    assert_string_equal(report_count(context, -999), "-999");
    assert_string_equal(report_count(context, -100000), "-100,000");
    assert_string_equal(report_count(context, INT64_MIN), "-9,223,372,036,854,775,808");
    assert_string_equal(report_count(context, INT64_MAX), "9,223,372,036,854,775,807");
}

static void sizes_never_show_1024_of_a_unit(void **state)
{
    assert_string_equal(report_bytes(context, 0), "0 bytes");
    assert_string_equal(report_bytes(context, 1023), "1023 bytes");
    assert_string_equal(report_bytes(context, 1024), "1.0 kB");
    assert_string_equal(report_bytes(context, 10188), "9.9 kB");
    assert_string_equal(report_bytes(context, 10189), "10 kB"); /* 9.950 */
    assert_string_equal(report_bytes(context, 1048063), "1023 kB");
    assert_string_equal(report_bytes(context, 1048064), "1.0 MB"); /* 1023.5 kB */
    assert_string_equal(report_bytes(context, 42991616), "41 MB");
    assert_string_equal(report_bytes(context, INT64_MAX), "8.0 EB");
}

static void durations_change_their_unit_without_a_gap(void **state)
{
    assert_string_equal(report_duration(context, 0), "0.0 ms");
    assert_string_equal(report_duration(context, 9.94), "9.9 ms");
    assert_string_equal(report_duration(context, 9.96), "10 ms");
    assert_string_equal(report_duration(context, 999.4), "999 ms");
    assert_string_equal(report_duration(context, 999.6), "1.0 s");
    assert_string_equal(report_duration(context, 1234), "1.2 s");
    assert_string_equal(report_duration(context, 59940), "59.9 s");
    assert_string_equal(report_duration(context, 59960), "1 min 00 s");
    assert_string_equal(report_duration(context, 3599000), "59 min 59 s");
    assert_string_equal(report_duration(context, 3599600), "1 h 00 min");
    assert_string_equal(report_duration(context, 93784000), "26 h 03 min");
}

static void progress_is_one_aligned_line_per_event(void **state)
{
    Report *report = report_new(context, false, false);
    capture_begin();
    report_line(report, "snapshot", "%s at %d", "00000003-1", 7);
    report_detail(report, "detail", "only under --verbose");
    report_view(report, "built", (Name){"public", "donations"}, 230112, 42991616, 1234, NULL);
    report_view(report, "built", (Name){"public", "Größe"}, -1, -1, 12, "ordinary view");
    report_view(report, "planned", (Name){NULL, "x"}, -1, -1, -1, NULL);
    assert_string_equal(without_clock(capture_end()),
                        "##:##:##  snapshot  00000003-1 at 7\n"
                        "##:##:##  built     public.donations                    230,112 rows     41 MB       1.2 s\n"
                        "##:##:##  built     public.\"Größe\"                                                   12 ms"
                        "  ordinary view\n"
                        "##:##:##  planned   x\n");
}

static void a_long_name_moves_the_columns_of_all_lines(void **state)
{
    Report *report = report_new(context, false, false);
    report_align(report, (Name){"public", "allov2_distribution_events_for_leaderboard"});
    report_align(report, (Name){"public", "rounds"});
    capture_begin();
    report_view(report, "built", (Name){"public", "allov2_distribution_events_for_leaderboard"}, 7841, -1, 38, NULL);
    report_view(report, "built", (Name){"public", "rounds"}, 80, -1, 13, NULL);
    assert_string_equal(without_clock(capture_end()),
                        "##:##:##  built     public.allov2_distribution_events_for_leaderboard      7,841 rows"
                        "                 38 ms\n"
                        "##:##:##  built     public.rounds                                             80 rows"
                        "                 13 ms\n");
}

static void quiet_leaves_warnings(void **state)
{
    Report *report = report_new(context, true, true);
    capture_begin();
    report_line(report, "snapshot", "x");
    report_detail(report, "detail", "x");
    report_view(report, "built", (Name){"public", "x"}, 1, 1, 1, NULL);
    report_warning(report, "the disk is %d%% full", 91);
    assert_true(report_is_quiet(report));
    assert_string_equal(without_clock(capture_end()), "matswap: warning: the disk is 91% full\n");
}

static void verbose_shows_details(void **state)
{
    Report *report = report_new(context, false, true);
    capture_begin();
    report_detail(report, "lock", "try %d", 3);
    assert_string_equal(without_clock(capture_end()), "##:##:##  lock      try 3\n");
}

static void errors_have_the_contracts_form(void **state)
{
    Errors *errors = errors_new(context);
    Error *error = errors_add(errors, ERROR_SOURCE, "syntax error");
    error_remedy(error_at(error, "q/x.sql", 3, 7), "mend it");
    error = errors_add(errors, ERROR_SERVER, "cannot create public.x");
    error->server_message = "permission denied";
    error->sqlstate = "42501";
    capture_begin();
    report_errors(errors);
    assert_string_equal(capture_end(), "matswap: q/x.sql:3:7: syntax error; mend it\n"
                                       "matswap: cannot create public.x\n"
                                       "    server: permission denied (SQLSTATE 42501)\n");
}

static void a_name_cannot_command_the_terminal(void **state)
{
    Report *report = report_new(context, false, false);
    capture_begin();
    report_warning(report, "dropped \033[2Jx\rfoo\x7F");
    assert_string_equal(capture_end(), "matswap: warning: dropped ?[2Jx?foo?\n");
}

static void a_line_is_written_at_once(void **state)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_DIRECT | O_NONBLOCK), 0); /* pipe(2): one read returns what one write wrote */
    int saved = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    report_warning(report_new(context, false, false), "a %s b", "middle");
    dup2(saved, STDERR_FILENO);
    close(saved);
    char packet[256];
    ssize_t got = read(ends[0], packet, sizeof packet);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(got, strlen("matswap: warning: a middle b\n"));
}

static void validation_marks_what_was_rejected(void **state)
{
    const RuleResult results[] = {
        {.view = {"public", "donations"}, .rule = KEY_MAX_SHRINK, .subject = "rows", .before = "230,112", .after = "100",
         .difference = "-99.9%", .limit = "10%", .outcome = RULE_FAILED},
        {.view = {"public", "x"}, .rule = KEY_MIN_ROWS, .subject = "rows", .after = "7", .limit = "1",
         .outcome = RULE_PASSED},
        {.view = {"public", "x"}, .rule = KEY_SUMS, .subject = "sum(amount)", .before = "1.50", .after = "1.50",
         .difference = "0%", .outcome = RULE_RECORDED},
        {.view = {"public", "x"}, .rule = KEY_CHECK, .subject = "no_gaps", .after = "2", .outcome = RULE_FAILED,
         .severity = SEVERITY_WARN, .detail = "day | rows\n1 | 0"},
        {.view = {"public", "y"}, .rule = KEY_UNIQUE, .subject = "id", .after = "1", .outcome = RULE_FAILED,
         .accepted = "known"},
        {.view = {"public", "y"}, .rule = KEY_SAMPLE, .subject = "values", .outcome = RULE_NOT_JUDGED,
         .detail = "there is no live view"},
    };
    FILE *out = tmpfile();
    report_validation(out, results, 6);
    assert_string_equal(read_all(out),
                        "view              rule                  old   new  difference  limit  judgement\n"
                        "public.donations  rows: max_shrink  230,112   100      -99.9%    10%  REJECTED\n"
                        "public.x          rows: min_rows          -     7           -      1  ok\n"
                        "public.x          sum(amount)          1.50  1.50          0%      -  recorded\n"
                        "public.x          no_gaps: check          -     2           -      -  warning\n"
                        "public.y          id: unique              -     1           -      -  accepted\n"
                        "public.y          values: sample          -     -           -      -  not judged: there is no live view\n"
                        "public.x, no_gaps: check:\n"
                        "    day | rows\n"
                        "    1 | 0\n"
                        "public.y, id: unique: accepted: known\n");
    out = tmpfile();
    report_validation(out, NULL, 0);
    assert_string_equal(read_all(out), "");
}

static void test_changes(const ViewChange *changes, size_t count, const char *expected)
{
    FILE *out = tmpfile();
    report_changes(out, changes, count);
    assert_string_equal(read_all(out), expected);
}

static void changes_are_a_table_and_a_line_for_the_rest(void **state)
{
    ColumnChange columns[] = {
        {.name = "Total", .new_type = "numeric", .new_position = 1},
        {.name = "id", .old_type = "integer", .new_type = "bigint", .old_position = 3, .new_position = 2, .moved = true},
        {.name = "k", .old_type = "text", .old_position = 1},
    };
    const ViewChange changes[] = {
        {.view = {"public", "a"}, .columns = columns, .column_count = 3},
        {.view = {"public", "b"}, .kind = VIEW_MATERIALIZED, .old_kind = VIEW_MATERIALIZED},
        {.view = {"public", "c"}, .kind = VIEW_ORDINARY, .old_kind = VIEW_MATERIALIZED},
        {.view = {"public", "d"}, .fate = VIEW_NEW, .kind = VIEW_MATERIALIZED, .columns = columns, .column_count = 1},
        {.view = {"public", "e"}, .fate = VIEW_LEFT_ALONE, .old_kind = VIEW_ORDINARY},
        {.view = {"public", "f"}, .fate = VIEW_LEAVES, .old_kind = VIEW_MATERIALIZED},
    };
    test_changes(changes, 6,
                 "view      change            column   old                new\n"
                 "public.a  added             \"Total\"  -                  numeric, position 1\n"
                 "public.a  retyped           id       integer            bigint\n"
                 "public.a  moved             id       position 3         position 2\n"
                 "public.a  removed           k        text               -\n"
                 "public.c  other kind        -        materialized view  view\n"
                 "public.d  new               -        -                  materialized view, 1 column\n"
                 "public.e  not in the files  -        view               left alone; --drop-removed removes it\n"
                 "public.f  removed           -        materialized view  -\n"
                 "columns: no change in the other 1 view\n");
    test_changes(&changes[1], 1, "columns: no change in 1 view\n");
    capture_begin();
    Report *report = report_new(context, false, false);
    report_change_lines(report, changes, 6);
    report_change_lines(report, &changes[3], 2);
    char *said = capture_end();
    const char *const lines[] = {("columns   public.a: + \"Total\" numeric, id integer → bigint and moves from 3 to 2, "
                                  "- k text\n"),
                                 "columns   public.c: materialized view → view\n",
                                 "columns   public.d: new materialized view\n",
                                 "removed   public.e is in the SQL files no more: it is left alone; --drop-removed removes it\n",
                                 "removed   public.f is in the SQL files no more: it goes with the old generation\n",
                                 "columns   the first generation of 1 view\n"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_non_null(strstr(said, lines[i]));
    assert_null(strstr(said, "public.b"));
}

/* views: must outlive the run */
static JournalRun example_run(JournalView views[2])
{
    views[0] = (JournalView){.name = {"public", "a\"b"},
                             .kind = VIEW_MATERIALIZED,
                             .status = VIEW_COMPLETE,
                             .rows = 1234,
                             .bytes = 2048,
                             .duration_ms = 1500.25,
                             .totals = "{\"x\": \"1.5\"}",
                             .started_at = "2026-11-21T08:30:01.000Z"};
    views[1] = (JournalView){
        .name = {"public", "c"}, .kind = VIEW_ORDINARY, .level = 1, .status = VIEW_PLANNED, .rows = -1, .bytes = -1};
    return (JournalRun){.run = "20261121T083000Z-4f2a91",
                        .set = "gitcoin",
                        .state = RUN_BUILDING,
                        .started_at = "2026-11-21T08:30:00.000Z",
                        .host = "h",
                        .pid = 42,
                        .version = "0.1.0",
                        .snapshot = "3:3:",
                        .lock_ms = -1,
                        .lock_wait_total_ms = -1,
                        .lock_wait_longest_ms = 2.5,
                        .views = views,
                        .view_count = 2};
}

static void status_says_what_is_under_way(void **state)
{
    JournalView views[2];
    JournalRun run = example_run(views);
    FILE *out = tmpfile();
    report_status_text(out, &run, &(StatusVerdict){0}, NULL);
    assert_string_equal(read_all(out), "run         20261121T083000Z-4f2a91\n"
                                       "set         gitcoin\n"
                                       "state       building\n"
                                       "started     2026-11-21T08:30:00.000Z\n"
                                       "process     pid 42 on h\n"
                                       "snapshot    3:3:\n"
                                       "next        `matswap run` reverts, then builds anew; `matswap resume` goes on; `matswap rollback` reverts\n"
                                       "\n"
                                       "view           status     rows    size   time\n"
                                       "public.\"a\"\"b\"  complete  1,234  2.0 kB  1.5 s\n"
                                       "public.c       planned       -       -      -\n");
    views[0].snapshot = "2:2:";
    views[0].snapshot_at = "2026-11-21T07:00:00.000Z";
    views[1].status = VIEW_COMPLETE;
    views[1].duration_ms = 1500.25;
    run.snapshot_at = "2026-11-21T08:30:00.500Z";
    out = tmpfile();
    report_status_text(out, &run, &(StatusVerdict){0}, NULL);
    assert_non_null(strstr(read_all(out), "time  snapshot of\n"
                                          "public.\"a\"\"b\"  complete  1,234  2.0 kB  1.5 s  2026-11-21T07:00:00.000Z\n"
                                          "public.c       complete      -       -  1.5 s  2026-11-21T08:30:00.500Z\n"));
    views[1].old_oid = 16384;
    out = tmpfile();
    report_status_text(out, &run, &(StatusVerdict){0}, NULL);
    assert_non_null(strstr(read_all(out), "public.c       leaves the set      -       -      -  -\n"));
    out = tmpfile();
    report_status_text(out, NULL, &(StatusVerdict){0}, NULL);
    assert_string_equal(read_all(out), "nothing is running or left over\n");
}

static void status_as_json_has_the_contracts_keys(void **state)
{
    JournalView views[2];
    JournalRun run = example_run(views);
    FILE *out = tmpfile();
    report_status_json(out, &run, &(StatusVerdict){0}, NULL);
    assert_string_equal(
        read_all(out),
        "{\"runs\":[{\"run\":\"20261121T083000Z-4f2a91\",\"set\":\"gitcoin\",\"state\":\"building\",\"outcome\":null,"
        "\"started_at\":\"2026-11-21T08:30:00.000Z\",\"finished_at\":null,\"snapshot\":\"3:3:\",\"snapshot_at\":null,"
        "\"wal_lsn\":null,\"swap_xid\":null,\"lock_ms\":null,\"lock_tries\":0,\"lock_wait_total_ms\":null,"
        "\"lock_wait_longest_ms\":2.500,\"keep_old\":false,"
        "\"is_rollback\":false,\"database\":null,\"host\":\"h\",\"pid\":42,\"version\":\"0.1.0\",\"error\":null,"
        "\"views\":[{\"schema\":\"public\",\"name\":\"a\\\"b\",\"status\":\"complete\",\"leaves\":false,\"duration_ms\":1500.250,"
        "\"rows\":1234,\"bytes\":2048,\"kind\":\"materialized view\",\"level\":0,"
        "\"started_at\":\"2026-11-21T08:30:01.000Z\",\"snapshot\":null,\"wal_lsn\":null,\"snapshot_at\":null,"
        "\"totals\":{\"x\": \"1.5\"},\"completed_at\":null,\"watermark\":null,\"error\":null},"
        "{\"schema\":\"public\",\"name\":\"c\",\"status\":\"planned\",\"leaves\":false,\"duration_ms\":null,\"rows\":null,"
        "\"bytes\":null,\"kind\":\"view\",\"level\":1,\"started_at\":null,\"snapshot\":null,\"wal_lsn\":null,"
        "\"snapshot_at\":null,\"totals\":null,\"completed_at\":null,\"watermark\":null,\"error\":null}]}],"
        "\"validated_run\":null,\"validation\":[]}\n");
    out = tmpfile();
    report_status_json(out, NULL, &(StatusVerdict){0}, NULL);
    assert_string_equal(read_all(out), "{\"runs\":[],\"validated_run\":null,\"validation\":[]}\n");
}

static void status_shows_the_verdict(void **state)
{
    JournalView views[2];
    JournalRun run = example_run(views);
    RuleResult results[] = {
        {.view = {"public", "x"}, .rule = KEY_MIN_ROWS, .subject = "rows", .after = "7", .limit = "1",
         .outcome = RULE_PASSED},
        {.view = {"public", "x"}, .rule = KEY_CHECK, .subject = "no_gaps", .before = "a", .after = "2", .difference = "-1%",
         .outcome = RULE_NOT_JUDGED, .severity = SEVERITY_WARN, .detail = "d", .accepted = "known"},
    };
    FILE *out = tmpfile();
    report_status_text(out, &run, &(StatusVerdict){&run, results, 2}, NULL);
    assert_non_null(strstr(read_all(out), "\npublic.x  rows: min_rows    -    7           -      1  ok\n"));

    /* of a run that is over only what was broken is news */
    run.state = RUN_REVERTED;
    run.outcome = OUTCOME_REJECTED;
    run.finished_at = "2026-11-21T09:00:00.000Z";
    out = tmpfile();
    report_status_text(out, NULL, &(StatusVerdict){&run, results, 2}, NULL);
    assert_string_equal(read_all(out), "nothing is running or left over\n");
    results[0].outcome = RULE_FAILED;
    out = tmpfile();
    report_status_text(out, NULL, &(StatusVerdict){&run, results, 2}, NULL);
    assert_non_null(strstr(read_all(out), "nothing is running or left over\n\n"
                                          "the last run, 20261121T083000Z-4f2a91 (rejected, 2026-11-21T09:00:00.000Z), "
                                          "broke rules:\nview "));

    out = tmpfile();
    report_status_json(out, NULL, &(StatusVerdict){&run, results, 2}, NULL);
    assert_string_equal(
        read_all(out),
        "{\"runs\":[],\"validated_run\":\"20261121T083000Z-4f2a91\",\"validation\":["
        "{\"schema\":\"public\",\"name\":\"x\",\"rule\":\"min_rows\",\"subject\":\"rows\",\"severity\":\"error\","
        "\"outcome\":\"failed\",\"old\":null,\"new\":\"7\",\"difference\":null,\"limit\":\"1\",\"detail\":null,"
        "\"accepted\":null},"
        "{\"schema\":\"public\",\"name\":\"x\",\"rule\":\"check\",\"subject\":\"no_gaps\",\"severity\":\"warn\","
        "\"outcome\":\"not judged\",\"old\":\"a\",\"new\":\"2\",\"difference\":\"-1%\",\"limit\":null,\"detail\":\"d\","
        "\"accepted\":\"known\"}]}\n");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(counts_have_separators),
        TEST(sizes_never_show_1024_of_a_unit),
        TEST(durations_change_their_unit_without_a_gap),
        TEST(progress_is_one_aligned_line_per_event),
        TEST(a_long_name_moves_the_columns_of_all_lines),
        TEST(quiet_leaves_warnings),
        TEST(verbose_shows_details),
        TEST(errors_have_the_contracts_form),
        TEST(a_name_cannot_command_the_terminal),
        TEST(a_line_is_written_at_once),
        TEST(validation_marks_what_was_rejected),
        TEST(changes_are_a_table_and_a_line_for_the_rest),
        TEST(status_says_what_is_under_way),
        TEST(status_as_json_has_the_contracts_keys),
        TEST(status_shows_the_verdict),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
