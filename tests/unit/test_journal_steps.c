/*
 * Covers journal/write.c and the constraints of journal/sql/schema.sql: no step but those of the page of states gets into
 * the file, and the invariants hold against everybody.
 */
#include "journal_same.h"

/* Brings a run of its own set into `state` on the shortest way. */
static JournalRun *run_in_state(Fixture *fixture, RunState wanted)
{
    static int number = 0;
    JournalRun *run = begun_run(fixture, mem_printf(fixture, "set %d", number++));
    bool reverts = wanted == RUN_REVERTING || wanted == RUN_REVERTED;
    advance_to(fixture, run, reverts ? RUN_STARTED : wanted);
    if (reverts)
        succeeds(fixture, journal_run_advance(fixture->journal, run, RUN_REVERTING, fixture->errors));
    if (wanted == RUN_REVERTED)
        succeeds(fixture, journal_run_finish(fixture->journal, run, wanted, OUTCOME_FAILED, NULL, fixture->errors));
    return run;
}

static Status try_step(Fixture *fixture, JournalRun *run, RunState to)
{
    if (to == RUN_SWAPPING)
        return journal_run_swapping(fixture->journal, run, "4712", fixture->errors);
    if (run_state_is_end(to))
        return journal_run_finish(fixture->journal, run, to, to == RUN_DONE ? OUTCOME_SWAPPED : OUTCOME_FAILED, NULL,
                                  fixture->errors);
    if (to == RUN_VALIDATED && run->state == RUN_SWAPPING)
        return journal_run_swap_aborted(fixture->journal, run, fixture->errors);
    return journal_run_advance(fixture->journal, run, to, fixture->errors);
}

/* All pairs of states, through the functions of the interface; a refused one changes neither run nor file. */
static void only_the_drawn_steps_get_into_the_file(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    for (RunState from = 0; from < RUN_STATE_COUNT; from++)
        for (RunState to = 0; to < RUN_STATE_COUNT; to++)
        {
            JournalRun *run = run_in_state(fixture, from);
            JournalRun before = *run;
            bool again = from == RUN_SWAPPING && to == RUN_SWAPPING; /* a second try, not a transition */
            if (run_state_may_follow(from, to) || again)
                succeeds(fixture, try_step(fixture, run, to));
            else
            {
                fails(fixture, try_step(fixture, run, to), ERROR_INTERNAL, run->run);
                assert_memory_equal(&before, run, sizeof before);
            }
            same_run(run, last_run(fixture, run->set));
        }
}

/* A generation of one view more and one less, whose first view keeps what was built. */
static JournalRun replanned(const JournalRun *run)
{
    JournalRun next = *run;
    next.state = RUN_BUILDING;
    next.fingerprint = "f01";
    next.surroundings = "other";
    next.host = "elsewhere";
    next.pid = 4711;
    next.version = "9.9";
    next.config = "other.ini";
    next.view_count = 2;
    next.views = mem_array(run, JournalView, 2);
    next.views[0] = run->views[1];
    next.views[0].position = 0;
    next.views[0].snapshot = "7:8:";
    next.views[0].wal_lsn = "0/7";
    next.views[0].snapshot_at = "2026-11-21T08:30:00.123Z";
    next.views[1] = (JournalView){.name = {"public", "c"}, .position = 1, .rows = -1, .bytes = -1};
    return next;
}

static void a_resumed_run_gets_its_new_list_of_views_at_once(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *other = begun_run(fixture, "other");
    for (RunState from = RUN_BUILDING; from <= RUN_VALIDATED; from++)
    {
        JournalRun *run = run_in_state(fixture, from);
        JournalRun next = replanned(run);
        succeeds(fixture, journal_run_replan(fixture->journal, run, &next, fixture->errors));
        assert_int_equal(run->state, RUN_BUILDING);
        assert_string_equal(run->views[1].name.name, "c");
        same_run(run, last_run(fixture, run->set));
    }
    same_run(other, last_run(fixture, "other"));
}

static void only_a_run_that_may_build_gets_another_list_of_views(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = run_in_state(fixture, RUN_SWAPPED);
    JournalRun next = replanned(run);
    fails(fixture, journal_run_replan(fixture->journal, run, &next, fixture->errors), ERROR_INTERNAL, "from swapped");
    next.state = RUN_SWAPPED;
    fails(fixture, journal_run_replan(fixture->journal, run, &next, fixture->errors), ERROR_INTERNAL, "list of views");
    run = run_in_state(fixture, RUN_BUILT);
    next = replanned(run);
    next.views[1].name.name = next.views[0].name.name;
    fails(fixture, journal_run_replan(fixture->journal, run, &next, fixture->errors), ERROR_JOURNAL, "UNIQUE");
    assert_int_equal(run->state, RUN_BUILT);
    same_run(run, last_run(fixture, run->set));
}

static void who_works_on_a_run_can_change_in_any_state(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = run_in_state(fixture, RUN_VALIDATED);
    run->pid++;
    run->host = "elsewhere";
    run->config = "other.ini";
    succeeds(fixture, journal_run_taken_over(fixture->journal, run, fixture->errors));
    same_run(run, last_run(fixture, run->set));
}

static void a_run_begins_only_where_it_may(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    for (RunState first = 0; first < RUN_STATE_COUNT; first++)
        for (int rollback = 0; rollback <= 1; rollback++)
        {
            JournalRun *run = sample_run(fixture, "s");
            run->state = first;
            run->is_rollback = rollback;
            if (first != (rollback ? RUN_VALIDATED : RUN_STARTED))
                fails(fixture, journal_run_begin(fixture->journal, run, fixture->errors), ERROR_INTERNAL, "begins as");
        }
    assert_null(last_run(fixture, "s"));
}

static void swapping_and_the_ends_have_functions_of_their_own(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = begun_run(fixture, "s");
    advance_to(fixture, run, RUN_VALIDATED);
    fails(fixture, journal_run_advance(fixture->journal, run, RUN_SWAPPING, fixture->errors), ERROR_INTERNAL,
          "swapping");
    advance_to(fixture, run, RUN_SWAPPED);
    fails(fixture, journal_run_advance(fixture->journal, run, RUN_DONE, fixture->errors), ERROR_INTERNAL, "done");
    fails(fixture, journal_run_finish(fixture->journal, run, RUN_DONE, OUTCOME_FAILED, NULL, fixture->errors),
          ERROR_INTERNAL, "outcome 'failed'");
    fails(fixture, journal_run_finish(fixture->journal, run, RUN_DONE, OUTCOME_NONE, NULL, fixture->errors),
          ERROR_INTERNAL, "outcome ''");
    fails(fixture, journal_run_finish(fixture->journal, run, RUN_BUILT, OUTCOME_SWAPPED, NULL, fixture->errors),
          ERROR_INTERNAL, "built");
}

static void a_second_unfinished_run_of_a_set_is_refused_by_name(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *first = begun_run(fixture, "s");
    JournalRun *second = sample_run(fixture, "s");
    fails(fixture, journal_run_begin(fixture->journal, second, fixture->errors), ERROR_JOURNAL, first->run);
    assert_int_equal(second->id, 0);
    assert_string_equal(last_run(fixture, "s")->run, first->run);
    (void) begun_run(fixture, "another set");
}

/* Nothing of a run that cannot be written whole: here its second view has the name of the first. */
static void a_run_begins_whole_or_not_at_all(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = sample_run(fixture, "s");
    run->views[1].name = run->views[0].name;
    fails(fixture, journal_run_begin(fixture->journal, run, fixture->errors), ERROR_JOURNAL, "UNIQUE");
    assert_null(last_run(fixture, "s"));
    run->views[1].name.name = "b";
    succeeds(fixture, journal_run_begin(fixture->journal, run, fixture->errors));
}

static void each_try_of_the_swap_leaves_its_transaction_id_first(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = begun_run(fixture, "s");
    advance_to(fixture, run, RUN_SWAPPING);
    assert_string_equal(last_run(fixture, "s")->swap_xid, "4711");
    succeeds(fixture, journal_run_swap_aborted(fixture->journal, run, fixture->errors));
    assert_null(last_run(fixture, "s")->swap_xid);
    fails(fixture, journal_run_swapping(fixture->journal, run, NULL, fixture->errors), ERROR_JOURNAL, "invariant_4");
    assert_int_equal(run->state, RUN_VALIDATED);
    succeeds(fixture, journal_run_swapping(fixture->journal, run, "18446744073709551615", fixture->errors));
    assert_string_equal(last_run(fixture, "s")->swap_xid, "18446744073709551615");
}

static void the_recorded_outcome_is_that_of_the_end(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = begun_run(fixture, "s");
    succeeds(fixture, journal_run_outcome(fixture->journal, run, OUTCOME_REJECTED, "too few rows", fixture->errors));
    succeeds(fixture, journal_run_advance(fixture->journal, run, RUN_REVERTING, fixture->errors));
    JournalRun *found = last_run(fixture, "s");
    succeeds(fixture, journal_run_finish(fixture->journal, found, RUN_REVERTED, OUTCOME_NONE, NULL, fixture->errors));
    found = last_run(fixture, "s");
    assert_int_equal(found->outcome, OUTCOME_REJECTED);
    assert_string_equal(found->error, "too few rows");
    assert_non_null(found->finished_at);
    fails(fixture, journal_run_outcome(fixture->journal, found, OUTCOME_FAILED, NULL, fixture->errors), ERROR_INTERNAL,
          "at an end");
}

static void a_step_that_another_process_has_overtaken_is_refused(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = begun_run(fixture, "s");
    JournalRun *other = last_run(fixture, "s");
    succeeds(fixture, journal_run_advance(fixture->journal, other, RUN_REVERTING, fixture->errors));
    fails(fixture, journal_run_advance(fixture->journal, run, RUN_BUILDING, fixture->errors), ERROR_JOURNAL,
          "is not started any more");
    assert_int_equal(last_run(fixture, "s")->state, RUN_REVERTING);
}

/* The constraints would not let these in, so they are taken away first. */
static void each_broken_invariant_is_found_by_number(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = begun_run(fixture, "s");
    succeeds(fixture, journal_check_invariants(fixture->journal, fixture->errors));
    sqlite_run(fixture, "UPDATE run SET state = 'validated'; UPDATE view SET status = 'isolated', new_oid = 7 WHERE position = 0");
    fails(fixture, journal_check_invariants(fixture->journal, fixture->errors), ERROR_INTERNAL, "invariant 8");
    sqlite_run(fixture, "UPDATE view SET new_oid = 0 WHERE position = 0");
    succeeds(fixture, journal_check_invariants(fixture->journal, fixture->errors));
    sqlite_run(fixture, "PRAGMA ignore_check_constraints = ON; UPDATE run SET state = 'swapping'");
    fails(fixture, journal_check_invariants(fixture->journal, fixture->errors), ERROR_INTERNAL, "invariant 4");
    sqlite_run(fixture, "PRAGMA ignore_check_constraints = ON; UPDATE run SET state = 'reverted'");
    fails(fixture, journal_check_invariants(fixture->journal, fixture->errors), ERROR_INTERNAL, "invariant 7");
    sqlite_run(fixture, "PRAGMA ignore_check_constraints = ON; UPDATE run SET state = 'built', finished_at = 'x'");
    fails(fixture, journal_check_invariants(fixture->journal, fixture->errors), ERROR_INTERNAL, "invariant 7");
    sqlite_run(fixture, "UPDATE run SET state = 'started', finished_at = NULL; DROP INDEX invariant_1;"
                        "INSERT INTO run SELECT 9, 'copy', set_name, state, outcome, started_at, NULL, NULL, host, pid,"
                        " version, config, system_identifier, database, NULL, NULL, 0, 0, 0, NULL, NULL, NULL, NULL, -1, 0, -1, -1, NULL, NULL, NULL"
                        " FROM run");
    fails(fixture, journal_check_invariants(fixture->journal, fixture->errors), ERROR_INTERNAL, "invariant 1");
#ifndef NDEBUG
    fails(fixture, journal_run_advance(fixture->journal, run, RUN_BUILDING, fixture->errors), ERROR_INTERNAL,
          "invariant 1");
    assert_int_equal(run->state, RUN_STARTED);
    assert_string_equal(sqlite_value(fixture, "SELECT state FROM run WHERE id = 1"), "started");
#else
    (void) run;
#endif
}

static void the_schema_knows_the_same_ends_as_the_page(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    for (RunState each = 0; each < RUN_STATE_COUNT; each++)
    {
        JournalRun *run = run_in_state(fixture, each);
        JournalRun *unfinished = NULL;
        succeeds(fixture, journal_unfinished(fixture, fixture->journal, run->set, &unfinished, fixture->errors));
        assert_int_equal(unfinished == NULL, run_state_is_end(each));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(only_the_drawn_steps_get_into_the_file),
        JOURNAL_TEST(a_resumed_run_gets_its_new_list_of_views_at_once),
        JOURNAL_TEST(only_a_run_that_may_build_gets_another_list_of_views),
        JOURNAL_TEST(who_works_on_a_run_can_change_in_any_state),
        JOURNAL_TEST(a_run_begins_only_where_it_may),
        JOURNAL_TEST(swapping_and_the_ends_have_functions_of_their_own),
        JOURNAL_TEST(a_second_unfinished_run_of_a_set_is_refused_by_name),
        JOURNAL_TEST(a_run_begins_whole_or_not_at_all),
        JOURNAL_TEST(each_try_of_the_swap_leaves_its_transaction_id_first),
        JOURNAL_TEST(the_recorded_outcome_is_that_of_the_end),
        JOURNAL_TEST(a_step_that_another_process_has_overtaken_is_refused),
        JOURNAL_TEST(each_broken_invariant_is_found_by_number),
        JOURNAL_TEST(the_schema_knows_the_same_ends_as_the_page),
    };
    return cmocka_run_group_tests_name("journal steps", tests, NULL, NULL);
}
