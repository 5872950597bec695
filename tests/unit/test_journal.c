/*
 * Covers journal/write.c, journal/read.c, journal/word.c: what a run writes comes back as it was, and is found again.
 */
#include "journal_same.h"
#include "matswap/journal_history.h"

static void a_run_with_nothing_optional_comes_back_as_it_was(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = begun_run(fixture, "gitcoin");
    same_run(run, last_run(fixture, "gitcoin"));
}

/* Every field set, with the names that somebody's quoting would trip over, at the ends of their ranges. */
static void every_field_comes_back_whatever_the_name(void **state)
{
    Fixture *fixture = *state;
    const char *hostile = "x'; DROP TABLE run; --\"\\%s\n\xC3\xA9\xE2\x98\x83\xF0\x9F\x90\x98";
    fixture_open(fixture);
    JournalRun *run = begun_run(fixture, hostile);
    advance_to(fixture, run, RUN_BUILT);
    run->snapshot = "100:105:101,103";
    run->wal_lsn = "16/B374D848";
    run->snapshot_at = "2026-11-21T08:30:00.123Z";
    succeeds(fixture, journal_run_snapshot(fixture->journal, run, fixture->errors));
    run->lock_ms = 6.25;
    run->lock_tries = INT64_MAX;
    run->lock_wait_total_ms = 812.5;
    run->lock_wait_longest_ms = 0.0625;
    succeeds(fixture, journal_run_locks(fixture->journal, run, fixture->errors));
    run->seam = hostile;
    run->settings = "{\"jobs\":2}";
    succeeds(fixture, journal_run_seam(fixture->journal, run, fixture->errors));
    run->schemas[0] = (JournalSchema){hostile, "\xC3\xA9_new", "a b_old", true, true, {"", "{a=UC/a}"}, {"it's \"mine\"", NULL}};
    succeeds(fixture, journal_schema_put(fixture->journal, run, 0, fixture->errors));
    run->views[1] = (JournalView){{hostile, "\xE2\x98\x83 view"}, VIEW_ORDINARY, 1, 7, VIEW_FAILED, UINT32_MAX,
                                  VIEW_ORDINARY, UINT32_MAX - 1, "2026-11-21T08:30:01.000Z", "2026-11-21T08:31:01.000Z", 1234.5678, INT64_MAX,
                                  INT64_MAX - 1, "{\"a\": \"1.50\"}", "{\"nulls\": {}}", hostile, "sha256:00", "7:8:",
                                  "0/7", hostile, hostile, INT64_MAX - 2, "[{\"schema\":\"a\"}]", "[]"};
    succeeds(fixture, journal_view_put(fixture->journal, run, 1, fixture->errors));
    succeeds(fixture, journal_run_outcome(fixture->journal, run, OUTCOME_CANCELLED, hostile, fixture->errors));
    same_run(run, last_run(fixture, hostile));
}

static void what_is_set_at_the_beginning_comes_back(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = sample_run(fixture, "s");
    run->state = RUN_VALIDATED;
    run->is_rollback = run->keep_old = true;
    run->host = "db1.example.org";
    run->pid = INT64_MAX;
    run->version = "0.1.0";
    run->config = "conf/it's.ini";
    run->fingerprint = "f00";
    run->partial = true;
    run->schema_count = 0;
    run->view_count = 0;
    succeeds(fixture, journal_run_begin(fixture->journal, run, fixture->errors));
    same_run(run, last_run(fixture, "s"));
}

static void views_come_back_in_build_order(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = sample_run(fixture, "s");
    JournalView first = run->views[0];
    run->views[0] = run->views[1];
    run->views[1] = first;
    succeeds(fixture, journal_run_begin(fixture->journal, run, fixture->errors));
    JournalRun *found = last_run(fixture, "s");
    assert_string_equal(found->views[0].name.name, "a");
    assert_string_equal(found->views[1].name.name, "b");
}

static void a_run_is_read_again_as_another_process_left_it(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = begun_run(fixture, "s");
    JournalRun *other = last_run(fixture, "s");
    JournalRun *now = NULL;
    succeeds(fixture, journal_run_advance(fixture->journal, other, RUN_REVERTING, fixture->errors));
    succeeds(fixture, journal_run_finish(fixture->journal, other, RUN_REVERTED, OUTCOME_CRASHED, "cut", fixture->errors));
    begun_run(fixture, "s");
    succeeds(fixture, journal_run_again(fixture, fixture->journal, run, &now, fixture->errors));
    same_run(other, now);
    now->run = "none";
    succeeds(fixture, journal_run_again(fixture, fixture->journal, now, &run, fixture->errors));
    assert_null(run);
}

static void the_newest_run_of_each_kind_is_found(void **state)
{
    Fixture *fixture = *state;
    JournalRun *found = NULL;
    fixture_open(fixture);
    JournalRun *swapped = begun_run(fixture, "s");
    advance_to(fixture, swapped, RUN_DONE);
    JournalRun *back = sample_run(fixture, "s");
    back->state = RUN_VALIDATED;
    back->is_rollback = true;
    succeeds(fixture, journal_run_begin(fixture->journal, back, fixture->errors));
    advance_to(fixture, back, RUN_SWAPPED);
    succeeds(fixture, journal_run_outcome(fixture->journal, back, OUTCOME_SWAPPED, NULL, fixture->errors));

    succeeds(fixture, journal_last_swapped(fixture, fixture->journal, "s", &found, fixture->errors));
    assert_string_equal(found->run, swapped->run); /* the rollback is not DONE yet */
    succeeds(fixture, journal_unfinished(fixture, fixture->journal, "s", &found, fixture->errors));
    assert_string_equal(found->run, back->run);

    advance_to(fixture, back, RUN_DONE);
    JournalRun *failed = begun_run(fixture, "s");
    succeeds(fixture, journal_run_advance(fixture->journal, failed, RUN_REVERTING, fixture->errors));
    succeeds(fixture, journal_run_finish(fixture->journal, failed, RUN_REVERTED, OUTCOME_FAILED, "x", fixture->errors));
    succeeds(fixture, journal_last_swapped(fixture, fixture->journal, "s", &found, fixture->errors));
    assert_string_equal(found->run, back->run);
    assert_true(found->is_rollback);
    assert_string_equal(last_run(fixture, "s")->run, failed->run);
    succeeds(fixture, journal_unfinished(fixture, fixture->journal, "s", &found, fixture->errors));
    assert_null(found);
    assert_null(last_run(fixture, "S"));
}

/* One run whose view public.a took `duration` and came to BUILT, or failed before. */
static void build_once(Fixture *fixture, double duration, bool built)
{
    JournalRun *run = begun_run(fixture, "s");
    advance_to(fixture, run, RUN_BUILDING);
    run->views[0].status = VIEW_COMPLETE;
    run->views[0].duration_ms = duration;
    succeeds(fixture, journal_view_put(fixture->journal, run, 0, fixture->errors));
    advance_to(fixture, run, built ? RUN_BUILT : RUN_BUILDING);
    succeeds(fixture, journal_run_advance(fixture->journal, run, RUN_REVERTING, fixture->errors));
    succeeds(fixture, journal_run_finish(fixture->journal, run, RUN_REVERTED, OUTCOME_DRY_RUN, NULL, fixture->errors));
}

static double duration_of(Fixture *fixture, const char *set, Name view)
{
    double duration = 0;
    succeeds(fixture, journal_view_duration(fixture->journal, set, view, &duration, fixture->errors));
    return duration;
}

static void a_duration_is_the_median_of_the_last_five_builds(void **state)
{
    Fixture *fixture = *state;
    Name view = {"public", "a"};
    static const double durations[] = {9000, 10, 50, 20, 1000, 30};
    static const double medians[] = {9000, 4505, 50, 35, 50, 30}; /* the last without the first */
    fixture_open(fixture);
    assert_true(duration_of(fixture, "s", view) == -1);
    build_once(fixture, 77, false);
    assert_true(duration_of(fixture, "s", view) == -1);
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++)
    {
        build_once(fixture, durations[i], true);
        assert_true(duration_of(fixture, "s", view) == medians[i]);
    }
    assert_true(duration_of(fixture, "another", view) == -1);
    assert_true(duration_of(fixture, "s", (Name){"public", "b"}) == -1); /* never got beyond planned */
}

static void events_are_kept_in_order_with_their_view(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = begun_run(fixture, "s");
    Name view = {"public", "it's"};
    succeeds(fixture, journal_event(fixture->journal, run, "build", &view, "frozen", fixture->errors));
    succeeds(fixture, journal_event(fixture->journal, run, "warning", NULL, "a 'b'", fixture->errors));
    assert_string_equal(sqlite_value(fixture, "SELECT group_concat(kind || '|' || coalesce(schema || '.' || name, '-')"
                                              " || '|' || message, ';') FROM event WHERE at LIKE '20__-%Z'"),
                        "build|public.it's|frozen;warning|-|a 'b'");
    run->id = 999;
    fails(fixture, journal_event(fixture->journal, run, "build", NULL, NULL, fixture->errors), ERROR_JOURNAL,
          "FOREIGN KEY");
}

static void same_result(const RuleResult *a, const RuleResult *b)
{
    same_text(a->view.schema, b->view.schema);
    same_text(a->view.name, b->view.name);
    assert_int_equal(a->rule, b->rule);
    same_text(a->subject, b->subject);
    same_text(a->before, b->before);
    same_text(a->after, b->after);
    same_text(a->difference, b->difference);
    same_text(a->limit, b->limit);
    assert_int_equal(a->outcome, b->outcome);
    assert_int_equal(a->severity, b->severity);
    same_text(a->detail, b->detail);
    same_text(a->accepted, b->accepted);
}

static void same_verdict(Fixture *fixture, const JournalRun *run, const RuleResult *results, size_t count)
{
    RuleResult *read = NULL;
    size_t read_count = 99;
    succeeds(fixture, journal_verdicts(fixture, fixture->journal, run, &read, &read_count, fixture->errors));
    assert_int_equal(read_count, count);
    for (size_t i = 0; i < count; i++)
        same_result(&read[i], &results[i]);
}

static void a_verdict_comes_back_and_takes_the_place_of_an_earlier_one(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = begun_run(fixture, "s");
    JournalRun *other = begun_run(fixture, "other");
    const RuleResult full = {.view = {"it's", "\xE2\x98\x83"}, .rule = KEY_LATE_DATA, .subject = "a", .before = "1",
                             .after = "2", .difference = "+100%", .limit = "3%", .outcome = RULE_NOT_JUDGED,
                             .severity = SEVERITY_WARN, .detail = "two\nlines", .accepted = "it's \"known\""};
    const RuleResult bare = {.view = {"public", "a"}, .rule = KEY_SUMS, .outcome = RULE_RECORDED};
    const RuleResult broken = {.view = {"public", "a"}, .rule = KEY_UNIQUE, .outcome = RULE_FAILED};
    same_verdict(fixture, run, NULL, 0);
    succeeds(fixture, journal_verdicts_put(fixture->journal, run, (RuleResult[]){full, bare, broken}, 3, fixture->errors));
    succeeds(fixture, journal_verdicts_put(fixture->journal, other, &bare, 1, fixture->errors));
    same_verdict(fixture, run, (RuleResult[]){full, bare, broken}, 3);
    succeeds(fixture, journal_verdicts_put(fixture->journal, run, (RuleResult[]){broken, full}, 2, fixture->errors));
    same_verdict(fixture, run, (RuleResult[]){broken, full}, 2);
    same_verdict(fixture, other, &bare, 1);

    advance_to(fixture, run, RUN_BUILT);
    JournalRun next = *run;
    next.state = RUN_BUILDING;
    succeeds(fixture, journal_run_replan(fixture->journal, run, &next, fixture->errors));
    same_verdict(fixture, run, NULL, 0);

    RuleResult *read = NULL;
    size_t count = 0;
    sqlite_run(fixture, "UPDATE verdict SET rule = 'wishes'");
    fails(fixture, journal_verdicts(fixture, fixture->journal, other, &read, &count, fixture->errors), ERROR_JOURNAL,
          "'wishes' is no rule");
}

static void a_word_that_this_version_does_not_know_is_damage(void **state)
{
    Fixture *fixture = *state;
    JournalRun *run = NULL;
    fixture_open(fixture);
    (void) begun_run(fixture, "s");
    sqlite_run(fixture, "UPDATE run SET state = 'teleporting'");
    fails(fixture, journal_unfinished(fixture, fixture->journal, "s", &run, fixture->errors), ERROR_JOURNAL,
          "'teleporting' is no state of a run");
    sqlite_run(fixture, "UPDATE run SET state = 'started'; UPDATE view SET status = 'half' WHERE name = 'b'");
    fails(fixture, journal_unfinished(fixture, fixture->journal, "s", &run, fixture->errors), ERROR_JOURNAL,
          "'half' is no status of a view");
    assert_null(run);
}

/* A group is recorded as kept in one transaction, and none of its views is moved by the swap. */
static void views_are_kept_together(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = begun_run(fixture, "s");
    assert_true(run->view_count >= 2);
    run->views[0].old_oid = 16384;
    run->views[0].new_oid = 16390;
    run->views[0].status = VIEW_FAILED;
    run->views[0].error = "division by zero";
    run->views[1].old_oid = 16385;
    run->views[1].new_oid = 16391;
    run->views[1].status = VIEW_ISOLATED;
    succeeds(fixture, journal_views_put(fixture->journal, run, fixture->errors));
    assert_string_equal(sqlite_value(fixture, "SELECT group_concat(status) FROM view WHERE position < 2"), "failed,isolated");
    JournalRun *again = NULL;
    succeeds(fixture, journal_unfinished(fixture, fixture->journal, "s", &again, fixture->errors));
    for (size_t i = 0; i < 2; i++)
    {
        assert_int_equal(again->views[i].status, run->views[i].status);
        assert_true(journal_view_is_kept(&again->views[i]));
        assert_false(journal_view_moves_out(&again->views[i]));
        assert_false(journal_view_moves_in(&again->views[i]));
        assert_false(journal_view_leaves(&again->views[i]));
        again->views[i].status = VIEW_COMPLETE;
        assert_true(journal_view_moves_out(&again->views[i]));
        assert_true(journal_view_moves_in(&again->views[i]));
    }
    assert_string_equal(again->views[0].error, "division by zero");
}

static void times_and_names_of_runs_have_their_form(void **state)
{
    Fixture *fixture = *state;
    char *now = journal_now(fixture);
    char *name = journal_run_name(fixture);
    int year, month, day, hour, minute, second, end = 0;
    assert_int_equal(sscanf(now, "%4d-%2d-%2dT%2d:%2d:%2d.%*3dZ%n", &year, &month, &day, &hour, &minute, &second, &end),
                     6);
    assert_int_equal(end, 24);
    assert_int_equal(strlen(now), 24);
    assert_true(year >= 2024 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60);
    assert_int_equal(strlen(name), 23);
    assert_true(name[8] == 'T' && name[15] == 'Z' && name[16] == '-');
    assert_int_equal(strspn(name + 17, "0123456789abcdef"), 6);
    assert_string_not_equal(name, journal_run_name(fixture));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(a_run_with_nothing_optional_comes_back_as_it_was),
        JOURNAL_TEST(every_field_comes_back_whatever_the_name),
        JOURNAL_TEST(what_is_set_at_the_beginning_comes_back),
        JOURNAL_TEST(views_come_back_in_build_order),
        JOURNAL_TEST(a_run_is_read_again_as_another_process_left_it),
        JOURNAL_TEST(the_newest_run_of_each_kind_is_found),
        JOURNAL_TEST(a_duration_is_the_median_of_the_last_five_builds),
        JOURNAL_TEST(events_are_kept_in_order_with_their_view),
        JOURNAL_TEST(a_verdict_comes_back_and_takes_the_place_of_an_earlier_one),
        JOURNAL_TEST(a_word_that_this_version_does_not_know_is_damage),
        JOURNAL_TEST(views_are_kept_together),
        JOURNAL_TEST(times_and_names_of_runs_have_their_form),
    };
    return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
