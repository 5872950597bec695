/*
 * Covers what the journal forgets: runs that have been over for long, whole; but none that anything may still need.
 */
#include "journal_same.h"
#include "matswap/journal_history.h"

enum
{
    NEWEST = 20, /* that are kept in any case */
    DAY_MS = 24 * 60 * 60 * 1000
};

static JournalRun *ended_run(Fixture *fixture, const char *set, RunState end)
{
    JournalRun *run = begun_run(fixture, set);
    if (end == RUN_DONE)
        advance_to(fixture, run, RUN_DONE);
    else
    {
        succeeds(fixture, journal_run_advance(fixture->journal, run, RUN_REVERTING, fixture->errors));
        succeeds(fixture, journal_run_finish(fixture->journal, run, RUN_REVERTED, OUTCOME_FAILED, "x", fixture->errors));
    }
    return run;
}

/* Behind the journal's back: time does not pass so fast. */
static void make_old(const Fixture *fixture, const JournalRun *run, int days)
{
    sqlite_run(fixture, mem_printf(fixture, "UPDATE run SET finished_at = '%s' WHERE id = %lld",
                                   journal_ago(fixture, (double) days * DAY_MS), (long long) run->id));
}

/* That swapped, in one go: each step by itself would have to wait for the disk. */
static void runs(Fixture *fixture, const char *set, int count, int days)
{
    const char *at = journal_ago(fixture, (double) days * DAY_MS);
    sqlite_run(fixture, mem_printf(fixture,
               "INSERT INTO run (name, set_name, state, outcome, started_at, finished_at, pid, system_identifier, database,"
               " keep_old, is_rollback, partial, lock_ms, lock_tries, lock_wait_total_ms, lock_wait_longest_ms)"
               " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
               " SELECT lower(hex(randomblob(8))), '%s', 'done', 'swapped', '%s', '%s', 1, '1', 'd', 0, 0, 0, -1, 0, -1, -1"
               " FROM n", count, set, at, at));
}

static int64_t pruned(Fixture *fixture, const char *set, int64_t keep_ms)
{
    int64_t forgotten = -1;
    succeeds(fixture, journal_prune(fixture->journal, set, keep_ms, &forgotten, fixture->errors));
    return forgotten;
}

static bool is_known(Fixture *fixture, const JournalRun *run)
{
    JournalRun *found = NULL;
    succeeds(fixture, journal_run_named(fixture, fixture->journal, run->run, &found, fixture->errors));
    return found != NULL;
}

static void what_is_older_goes_and_what_is_younger_stays(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    const JournalRun *old = ended_run(fixture, "s", RUN_DONE);
    const JournalRun *failed = ended_run(fixture, "s", RUN_REVERTED);
    const JournalRun *young = ended_run(fixture, "s", RUN_DONE);
    make_old(fixture, old, 91);
    make_old(fixture, failed, 91);
    make_old(fixture, young, 89);
    runs(fixture, "s", NEWEST, 0);
    assert_int_equal(pruned(fixture, "s", (int64_t) 90 * DAY_MS), 2);
    assert_false(is_known(fixture, old));
    assert_false(is_known(fixture, failed));
    assert_true(is_known(fixture, young));
    assert_int_equal(pruned(fixture, "s", (int64_t) 90 * DAY_MS), 0);
}

static void a_run_goes_with_all_that_belongs_to_it(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = begun_run(fixture, "s");
    RuleResult result = {.view = run->views[0].name, .rule = KEY_MIN_ROWS, .outcome = RULE_PASSED};
    journal_task_done(run, &(JournalTask){.phase = PHASE_FILL, .view = run->views[0].name, .started_at = "x"});
    succeeds(fixture, journal_event(fixture->journal, run, "retire", NULL, "x", fixture->errors));
    succeeds(fixture, journal_verdicts_put(fixture->journal, run, &result, 1, fixture->errors));
    advance_to(fixture, run, RUN_DONE);
    make_old(fixture, run, 100);
    const JournalRun *other = begun_run(fixture, "another");
    runs(fixture, "s", NEWEST, 0);
    assert_int_equal(pruned(fixture, "s", 0), 1);
    const char *const tables[] = {"task", "event", "verdict", "namespace", "view"};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        assert_string_equal(sqlite_value(fixture, mem_printf(fixture, "SELECT count(*) FROM %s WHERE run_id = %lld",
                                                             tables[i], (long long) run->id)), "0");
    assert_string_equal(sqlite_value(fixture, mem_printf(fixture, "SELECT count(*) FROM view WHERE run_id = %lld",
                                                         (long long) other->id)), "2");
}

static void the_newest_stay_however_old_they_are(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    runs(fixture, "s", NEWEST, 1000);
    assert_int_equal(pruned(fixture, "s", 0), 0);
    runs(fixture, "s", 1, 1000);
    assert_int_equal(pruned(fixture, "s", 0), 1);
    assert_string_equal(sqlite_value(fixture, "SELECT count(*) FROM run"), "20");
}

static void the_last_swap_stays_behind_any_number_of_failures(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    const JournalRun *swap = ended_run(fixture, "s", RUN_DONE);
    make_old(fixture, swap, 1000);
    runs(fixture, "s", NEWEST + 5, 900);
    sqlite_run(fixture, mem_printf(fixture, "UPDATE run SET state = 'reverted', outcome = 'failed' WHERE id > %lld",
                                   (long long) swap->id));
    assert_int_equal(pruned(fixture, "s", 0), 5);
    assert_true(is_known(fixture, swap));
}

static void what_is_unfinished_stays(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    runs(fixture, "s", NEWEST, 1000);
    const JournalRun *run = begun_run(fixture, "s");
    assert_int_equal(pruned(fixture, "s", 0), 1);
    assert_true(is_known(fixture, run));
}

static void another_set_is_left_alone(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    runs(fixture, "another", NEWEST + 3, 1000);
    runs(fixture, "s", 2, 1000);
    assert_int_equal(pruned(fixture, "s", 0), 0);
    assert_string_equal(sqlite_value(fixture, "SELECT count(*) FROM run"), "25");
}

static void with_nothing_to_forget_nothing_is_written(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    runs(fixture, "s", NEWEST + 1, 10);
    sqlite3 *writer = NULL; /* holds the write lock: a write would wait for it in vain */
    assert_int_equal(sqlite3_open(fixture->path, &writer), SQLITE_OK);
    assert_int_equal(sqlite3_exec(writer, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(pruned(fixture, "s", (int64_t) 11 * DAY_MS), 0);
    sqlite3_close(writer);
}

/* The next call goes on: what a call does is bounded by time, so a journal that is far behind needs several. */
static void a_long_history_goes_within_a_few_calls(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    runs(fixture, "s", 3000, 1000);
    int calls = 0;
    while (pruned(fixture, "s", 0) > 0)
        calls++;
    assert_in_range(calls, 1, 3000);
    assert_string_equal(sqlite_value(fixture, "SELECT count(*) FROM run"), "20");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(what_is_older_goes_and_what_is_younger_stays),
        JOURNAL_TEST(a_run_goes_with_all_that_belongs_to_it),
        JOURNAL_TEST(the_newest_stay_however_old_they_are),
        JOURNAL_TEST(the_last_swap_stays_behind_any_number_of_failures),
        JOURNAL_TEST(what_is_unfinished_stays),
        JOURNAL_TEST(another_set_is_left_alone),
        JOURNAL_TEST(with_nothing_to_forget_nothing_is_written),
        JOURNAL_TEST(a_long_history_goes_within_a_few_calls),
    };
    return cmocka_run_group_tests_name("journal_prune", tests, NULL, NULL);
}
