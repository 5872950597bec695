/*
 * Covers what the journal keeps for those who look at a run later: tasks, which become durable with the run's next step,
 * events, and the list of runs.
 */
#include "journal_same.h"

static JournalTask *read_tasks(Fixture *fixture, const JournalRun *run, size_t expected)
{
    JournalTask *tasks = NULL;
    size_t count = 0;
    succeeds(fixture, journal_tasks(fixture, fixture->journal, run, &tasks, &count, fixture->errors));
    assert_int_equal(count, expected);
    return tasks;
}

static void add_task(JournalRun *run, RunPhase phase, Name view, const char *started_at)
{
    JournalTask task = {phase, view, "an index", 2, started_at, 12.5, INT64_MAX, 7};
    journal_task_done(run, &task);
}

static void tasks_are_written_with_the_next_step(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = begun_run(fixture, "s");
    add_task(run, PHASE_FILL, run->views[0].name, "2026-11-21T08:30:02.000Z");
    add_task(run, PHASE_SNAPSHOT, (Name){0}, "2026-11-21T08:30:01.000Z");
    read_tasks(fixture, run, 0);
    succeeds(fixture, journal_run_advance(fixture->journal, run, RUN_BUILDING, fixture->errors));
    const JournalTask *tasks = read_tasks(fixture, run, 2);
    assert_int_equal(tasks[0].phase, PHASE_SNAPSHOT); /* by their start */
    assert_null(tasks[0].view.schema);
    assert_int_equal(tasks[1].phase, PHASE_FILL);
    assert_string_equal(tasks[1].view.name, "a");
    assert_string_equal(tasks[1].subject, "an index");
    assert_int_equal(tasks[1].worker, 2);
    assert_string_equal(tasks[1].started_at, "2026-11-21T08:30:02.000Z");
    assert_true(tasks[1].duration_ms == 12.5);
    assert_true(tasks[1].rows == INT64_MAX);
    assert_int_equal(tasks[1].bytes, 7);
}

static void tasks_are_written_once_and_with_a_view_too(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = begun_run(fixture, "s");
    add_task(run, PHASE_FILL, run->views[0].name, "2026-11-21T08:30:02.000Z");
    succeeds(fixture, journal_view_put(fixture->journal, run, 0, fixture->errors));
    read_tasks(fixture, run, 1);
    succeeds(fixture, journal_run_advance(fixture->journal, run, RUN_BUILDING, fixture->errors));
    add_task(run, PHASE_VACUUM, run->views[0].name, "2026-11-21T08:30:03.000Z");
    succeeds(fixture, journal_view_put(fixture->journal, run, 1, fixture->errors));
    succeeds(fixture, journal_view_put(fixture->journal, run, 1, fixture->errors));
    read_tasks(fixture, run, 2);
}

/* A step that is refused keeps them for the next one. */
static void a_refused_step_loses_no_task(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = begun_run(fixture, "s");
    JournalRun *overtaken = mem_new(fixture, JournalRun);
    *overtaken = *run;
    succeeds(fixture, journal_run_advance(fixture->journal, run, RUN_BUILDING, fixture->errors));
    add_task(overtaken, PHASE_FILL, run->views[0].name, "2026-11-21T08:30:02.000Z");
    fails(fixture, journal_run_advance(fixture->journal, overtaken, RUN_REVERTING, fixture->errors), ERROR_JOURNAL,
          "is not started any more");
    read_tasks(fixture, run, 0);
    overtaken->state = RUN_BUILDING;
    succeeds(fixture, journal_run_advance(fixture->journal, overtaken, RUN_REVERTING, fixture->errors));
    read_tasks(fixture, run, 1);
}

static void events_come_back_in_order(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    JournalRun *run = begun_run(fixture, "s");
    JournalEvent *events;
    size_t count;
    succeeds(fixture, journal_event(fixture->journal, run, "blocked", NULL, "by x", fixture->errors));
    succeeds(fixture, journal_event(fixture->journal, run, "retire", &run->views[1].name, NULL, fixture->errors));
    succeeds(fixture, journal_events(fixture, fixture->journal, run, &events, &count, fixture->errors));
    assert_int_equal(count, 2);
    assert_string_equal(events[0].kind, "blocked");
    assert_string_equal(events[0].message, "by x");
    assert_null(events[0].view.schema);
    assert_string_equal(events[1].view.name, "b");
    assert_null(events[1].message);
}

static JournalRun *ended_run(Fixture *fixture, const char *set)
{
    JournalRun *run = begun_run(fixture, set);
    advance_to(fixture, run, RUN_DONE);
    return run;
}

static void runs_of_a_set_are_listed_newest_first(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    const JournalRun *first = ended_run(fixture, "s");
    const JournalRun *second = ended_run(fixture, "s");
    ended_run(fixture, "another");
    JournalRun **runs;
    size_t count;
    succeeds(fixture, journal_runs(fixture, fixture->journal, "s", -1, &runs, &count, fixture->errors));
    assert_int_equal(count, 2);
    same_run(runs[0], second);
    same_run(runs[1], first);
    succeeds(fixture, journal_runs(fixture, fixture->journal, "s", 1, &runs, &count, fixture->errors));
    assert_int_equal(count, 1);
    same_run(runs[0], second);
    JournalRun *named = NULL;
    succeeds(fixture, journal_run_named(fixture, fixture->journal, first->run, &named, fixture->errors));
    same_run(named, first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(tasks_are_written_with_the_next_step),
        JOURNAL_TEST(tasks_are_written_once_and_with_a_view_too),
        JOURNAL_TEST(a_refused_step_loses_no_task),
        JOURNAL_TEST(events_come_back_in_order),
        JOURNAL_TEST(runs_of_a_set_are_listed_newest_first),
    };
    return cmocka_run_group_tests_name("journal_history", tests, NULL, NULL);
}
