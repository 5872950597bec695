/*
 * Covers what the journal keeps for those who look at a run later: tasks, which become durable with the run's next step,
 * events, the lists of runs, and what adds up many of them.
 */
#include "journal_same.h"
#include "matswap/journal_history.h"

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

/* Of this set's runs that were built, the last five. */
static void what_is_typical_is_the_average_of_the_last_runs(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    for (int i = 0; i < 8; i++)
    {
        JournalRun *run = begun_run(fixture, i == 6 ? "another" : "s");
        JournalTask task = {.phase = PHASE_INDEX,
                            .view = run->views[0].name,
                            .started_at = "2026-11-21T08:30:02.000Z",
                            .duration_ms = i < 1 || i == 6 ? 1e9 : 100 * i}; /* the sixth before, and another set's */
        journal_task_done(run, &task);
        task = (JournalTask){.phase = PHASE_SWAP, .started_at = task.started_at, .duration_ms = 7};
        journal_task_done(run, &task);
        if (i == 7) /* never built */
            journal_task_done(run, &(JournalTask){.phase = PHASE_SWAP, .started_at = task.started_at, .duration_ms = 1e9});
        advance_to(fixture, run, i == 7 ? RUN_BUILDING : RUN_BUILT);
        succeeds(fixture, journal_run_advance(fixture->journal, run, RUN_REVERTING, fixture->errors));
        succeeds(fixture, journal_run_finish(fixture->journal, run, RUN_REVERTED, OUTCOME_FAILED, NULL, fixture->errors));
    }
    JournalTypical *typical = NULL;
    size_t count = 0;
    succeeds(fixture, journal_typical(fixture, fixture->journal, "s", &typical, &count, fixture->errors));
    assert_int_equal(count, 2);
    assert_int_equal(typical[0].phase, PHASE_INDEX);
    assert_string_equal(typical[0].view.name, "a");
    assert_float_equal(typical[0].milliseconds, 300, 0.01);
    assert_int_equal(typical[1].phase, PHASE_SWAP);
    assert_null(typical[1].view.schema);
    assert_float_equal(typical[1].milliseconds, 7, 0.01);
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

/* Built, built and without rows, one that leaves, one that failed with one that depends on it. */
static JournalRun *mixed_run(Fixture *fixture)
{
    JournalRun *run = sample_run(fixture, "s");
    run->view_count = 5;
    run->views = mem_array(run, JournalView, 5);
    run->views[0] = (JournalView){.name = {"public", "a"}, .status = VIEW_COMPLETE, .new_oid = 11, .rows = 3, .bytes = 8};
    run->views[1] = (JournalView){.name = {"public", "b"}, .status = VIEW_BUILT, .new_oid = 12, .rows = -1, .bytes = -1};
    run->views[2] = (JournalView){.name = {"public", "c"}, .status = VIEW_COMPLETE, .old_oid = 7, .rows = -1, .bytes = -1};
    run->views[3] = (JournalView){.name = {"public", "d"}, .status = VIEW_FAILED, .rows = 5, .bytes = 5};
    run->views[4] = (JournalView){.name = {"other", "a"}, .status = VIEW_ISOLATED, .rows = -1, .bytes = -1};
    for (int i = 0; i < 5; i++)
        run->views[i].position = i;
    succeeds(fixture, journal_run_begin(fixture->journal, run, fixture->errors));
    return run;
}

static void a_digest_counts_what_became_of_the_views(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    const JournalRun *first = ended_run(fixture, "s");
    ended_run(fixture, "another");
    JournalRun *run = mixed_run(fixture);
    succeeds(fixture, journal_run_advance(fixture->journal, run, RUN_REVERTING, fixture->errors));
    succeeds(fixture, journal_run_finish(fixture->journal, run, RUN_REVERTED, OUTCOME_FAILED, "why", fixture->errors));
    RunDigest *digests;
    size_t count;
    succeeds(fixture, journal_digests(fixture, fixture->journal, "s", -1, &digests, &count, fixture->errors));
    assert_int_equal(count, 2);
    assert_string_equal(digests[0].run, run->run);
    assert_int_equal(digests[0].state, RUN_REVERTED);
    assert_int_equal(digests[0].outcome, OUTCOME_FAILED);
    assert_string_equal(digests[0].finished_at, run->finished_at);
    assert_string_equal(digests[0].error, "why");
    assert_int_equal(digests[0].views, 5);
    assert_int_equal(digests[0].built, 2);
    assert_int_equal(digests[0].failed, 1);
    assert_int_equal(digests[0].kept, 1);
    assert_int_equal(digests[0].rows, 3);
    assert_int_equal(digests[0].bytes, 8);
    assert_string_equal(digests[1].run, first->run);
    assert_int_equal(digests[1].built, 0);
    assert_int_equal(digests[1].rows, -1);
    succeeds(fixture, journal_digests(fixture, fixture->journal, "s", 1, &digests, &count, fixture->errors));
    assert_int_equal(count, 1);
    int64_t known;
    succeeds(fixture, journal_run_count(fixture->journal, "s", &known, fixture->errors));
    assert_int_equal(known, 2);
}

static void a_view_is_followed_through_the_runs_that_have_it(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    ended_run(fixture, "s"); /* has public.a and public.b */
    ended_run(fixture, "another");
    const JournalRun *mixed = mixed_run(fixture);
    JournalRun **runs;
    size_t count;
    succeeds(fixture, journal_view_runs(fixture, fixture->journal, "s", (Name){"public", "a"}, -1, &runs, &count,
                                        fixture->errors));
    assert_int_equal(count, 2);
    assert_string_equal(runs[0]->run, mixed->run);
    assert_int_equal(runs[0]->view_count, 1);
    assert_string_equal(runs[0]->views[0].name.name, "a");
    assert_int_equal(runs[0]->views[0].bytes, 8);
    assert_int_equal(runs[0]->pid, mixed->pid);
    succeeds(fixture, journal_view_runs(fixture, fixture->journal, "s", (Name){"other", "a"}, -1, &runs, &count,
                                        fixture->errors));
    assert_int_equal(count, 1);
    assert_int_equal(runs[0]->views[0].status, VIEW_ISOLATED);
    succeeds(fixture, journal_view_runs(fixture, fixture->journal, "s", (Name){"public", "a"}, 1, &runs, &count,
                                        fixture->errors));
    assert_int_equal(count, 1);
    succeeds(fixture, journal_view_runs(fixture, fixture->journal, "s", (Name){"public", "x"}, -1, &runs, &count,
                                        fixture->errors));
    assert_int_equal(count, 0);
}

static void names_are_those_of_the_sets_views_in_order(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    Name *names;
    size_t count;
    succeeds(fixture, journal_view_names(fixture, fixture->journal, "s", &names, &count, fixture->errors));
    assert_int_equal(count, 0);
    ended_run(fixture, "s");
    mixed_run(fixture);
    JournalRun *foreign = sample_run(fixture, "another");
    foreign->views[0].name.name = "foreign";
    succeeds(fixture, journal_run_begin(fixture->journal, foreign, fixture->errors));
    succeeds(fixture, journal_view_names(fixture, fixture->journal, "s", &names, &count, fixture->errors));
    const char *const expected[][2] = {{"other", "a"}, {"public", "a"}, {"public", "b"}, {"public", "c"}, {"public", "d"}};
    assert_int_equal(count, 5);
    for (size_t i = 0; i < count; i++)
    {
        assert_string_equal(names[i].schema, expected[i][0]);
        assert_string_equal(names[i].name, expected[i][1]);
    }
}

typedef struct Visits
{
    char *names[3];
    size_t count, views;
} Visits;

static void visit(const JournalRun *run, void *data)
{
    Visits *visits = data;
    assert_true(visits->count < 3);
    visits->names[visits->count++] = mem_strdup(NULL, run->run);
    visits->views += run->view_count;
}

static void runs_are_visited_newest_first(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    const JournalRun *first = ended_run(fixture, "s");
    const JournalRun *second = ended_run(fixture, "s");
    Visits visits = {.count = 0};
    succeeds(fixture, journal_each_run(fixture->journal, "s", -1, visit, &visits, fixture->errors));
    assert_int_equal(visits.count, 2);
    assert_int_equal(visits.views, 4);
    assert_string_equal(visits.names[0], second->run);
    assert_string_equal(visits.names[1], first->run);
    for (size_t i = 0; i < visits.count; i++)
        talloc_free(visits.names[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(tasks_are_written_with_the_next_step),
        JOURNAL_TEST(tasks_are_written_once_and_with_a_view_too),
        JOURNAL_TEST(what_is_typical_is_the_average_of_the_last_runs),
        JOURNAL_TEST(a_refused_step_loses_no_task),
        JOURNAL_TEST(events_come_back_in_order),
        JOURNAL_TEST(runs_of_a_set_are_listed_newest_first),
        JOURNAL_TEST(a_digest_counts_what_became_of_the_views),
        JOURNAL_TEST(a_view_is_followed_through_the_runs_that_have_it),
        JOURNAL_TEST(names_are_those_of_the_sets_views_in_order),
        JOURNAL_TEST(runs_are_visited_newest_first),
    };
    return cmocka_run_group_tests_name("journal_history", tests, NULL, NULL);
}
