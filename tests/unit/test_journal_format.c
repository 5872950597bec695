/*
 * Covers journal/open.c and journal/sql/upgrade_*.sql: journals of older formats are read as they are, and brought up to date
 * when they are written to.
 */
#include "journal_fixture.h"

#include "matswap/journal_history.h"

/* What format 5 added is taken away again. */
static void make_format_4(Fixture *fixture)
{
    fixture_open(fixture);
    JournalRun *run = sample_run(fixture, "s");
    succeeds(fixture, journal_run_begin(fixture->journal, run, fixture->errors));
    fixture_close(fixture);
    sqlite_run(fixture, "ALTER TABLE run DROP COLUMN settings; ALTER TABLE view DROP COLUMN old_bytes;"
                        " ALTER TABLE view DROP COLUMN reads; ALTER TABLE view DROP COLUMN changes; DROP TABLE task;"
                        " PRAGMA user_version = 4");
}

/* What format 4 added, too. */
static void make_format_3(Fixture *fixture)
{
    make_format_4(fixture);
    sqlite_run(fixture, "ALTER TABLE run DROP COLUMN seam; ALTER TABLE view DROP COLUMN completed_at;"
                        " ALTER TABLE view DROP COLUMN measures; ALTER TABLE view DROP COLUMN watermark;"
                        " ALTER TABLE view DROP COLUMN error; DROP TABLE verdict; PRAGMA user_version = 3");
}

/* What format 3 added, too. */
static void make_format_2(Fixture *fixture)
{
    make_format_3(fixture);
    sqlite_run(fixture, "ALTER TABLE run DROP COLUMN lock_wait_total_ms; ALTER TABLE run DROP COLUMN lock_wait_longest_ms;"
                        " PRAGMA user_version = 2");
}

/* What format 2 added, too. */
static void make_format_1(Fixture *fixture)
{
    make_format_2(fixture);
    sqlite_run(fixture, "ALTER TABLE run DROP COLUMN partial; ALTER TABLE view DROP COLUMN snapshot;"
                        " ALTER TABLE view DROP COLUMN wal_lsn; ALTER TABLE view DROP COLUMN snapshot_at;"
                        " PRAGMA user_version = 1");
}

static void format_1_is_read_as_it_is_and_upgraded_to_be_written(void **state)
{
    Fixture *fixture = *state;
    JournalRun *run = NULL;
    make_format_1(fixture);
    assert_int_equal(read_one_run(fixture), 0);
    fixture_close(fixture);
    assert_string_equal(sqlite_value(fixture, "PRAGMA user_version"), "1");

    fixture_open(fixture);
    assert_string_equal(sqlite_value(fixture, "PRAGMA user_version"), "5");
    succeeds(fixture, journal_unfinished(fixture, fixture->journal, "s", &run, fixture->errors));
    assert_true(run->partial);
    assert_int_equal(run->view_count, 2);
    assert_null(run->views[0].snapshot);
    run->views[0].snapshot = "7:8:";
    succeeds(fixture, journal_view_put(fixture->journal, run, 0, fixture->errors));
    assert_string_equal(sqlite_value(fixture, "SELECT snapshot FROM view WHERE position = 0"), "7:8:");
}

static void format_2_is_read_as_it_is_and_upgraded_to_be_written(void **state)
{
    Fixture *fixture = *state;
    JournalRun *run = NULL;
    make_format_2(fixture);
    assert_int_equal(read_one_run(fixture), 0);
    fixture_close(fixture);
    assert_string_equal(sqlite_value(fixture, "PRAGMA user_version"), "2");

    fixture_open(fixture);
    assert_string_equal(sqlite_value(fixture, "PRAGMA user_version"), "5");
    succeeds(fixture, journal_unfinished(fixture, fixture->journal, "s", &run, fixture->errors));
    assert_false(run->partial);
    assert_true(run->lock_wait_total_ms == -1);
    run->lock_wait_longest_ms = 12.5;
    succeeds(fixture, journal_run_locks(fixture->journal, run, fixture->errors));
    assert_string_equal(sqlite_value(fixture, "SELECT lock_wait_longest_ms FROM run"), "12.5");
}

static void format_3_is_read_as_it_is_and_upgraded_to_be_written(void **state)
{
    Fixture *fixture = *state;
    JournalRun *run = NULL;
    make_format_3(fixture);
    assert_int_equal(read_one_run(fixture), 0);
    fixture_close(fixture);
    assert_string_equal(sqlite_value(fixture, "PRAGMA user_version"), "3");

    fixture_open(fixture);
    assert_string_equal(sqlite_value(fixture, "PRAGMA user_version"), "5");
    succeeds(fixture, journal_unfinished(fixture, fixture->journal, "s", &run, fixture->errors));
    assert_null(run->seam);
    assert_null(run->views[0].watermark);
    run->views[0].watermark = "2026-11-20 23:00:00+00";
    succeeds(fixture, journal_view_put(fixture->journal, run, 0, fixture->errors));
    assert_string_equal(sqlite_value(fixture, "SELECT watermark FROM view WHERE position = 0"), "2026-11-20 23:00:00+00");
    assert_string_equal(sqlite_value(fixture, "SELECT count(*) FROM verdict"), "0");
}

static void format_4_is_read_as_it_is_and_upgraded_to_be_written(void **state)
{
    Fixture *fixture = *state;
    JournalRun *run = NULL;
    JournalTask *tasks;
    size_t count;
    make_format_4(fixture);
    succeeds(fixture, open_journal(fixture, JOURNAL_READ_ONLY));
    succeeds(fixture, journal_unfinished(fixture, fixture->journal, "s", &run, fixture->errors));
    succeeds(fixture, journal_tasks(fixture, fixture->journal, run, &tasks, &count, fixture->errors));
    assert_int_equal(count, 0);
    assert_null(run->settings);
    assert_int_equal(run->views[0].old_bytes, -1);
    fixture_close(fixture);
    assert_string_equal(sqlite_value(fixture, "PRAGMA user_version"), "4");

    fixture_open(fixture);
    assert_string_equal(sqlite_value(fixture, "PRAGMA user_version"), "5");
    succeeds(fixture, journal_unfinished(fixture, fixture->journal, "s", &run, fixture->errors));
    run->views[0].reads = "[]";
    succeeds(fixture, journal_view_put(fixture->journal, run, 0, fixture->errors));
    assert_string_equal(sqlite_value(fixture, "SELECT reads FROM view WHERE position = 0"), "[]");
    assert_string_equal(sqlite_value(fixture, "SELECT count(*) FROM task"), "0");
}

static void history_is_read_from_every_format(void **state)
{
    void (*const makers[])(Fixture *fixture) = {make_format_1, make_format_2, make_format_3, make_format_4};
    Fixture *fixture = *state;
    for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
    {
        RunDigest *digests;
        JournalRun **runs;
        JournalRead *reads;
        Name *names;
        size_t digest_count, run_count, name_count, read_count;
        int jobs;
        Name view = {"public", "b"};
        unlink(fixture->path);
        makers[i](fixture);
        succeeds(fixture, open_journal(fixture, JOURNAL_READ_ONLY));
        succeeds(fixture, journal_digests(fixture, fixture->journal, "s", -1, &digests, &digest_count, fixture->errors));
        assert_int_equal(digest_count, 1);
        assert_int_equal(digests[0].views, 2);
        succeeds(fixture, journal_view_runs(fixture, fixture->journal, "s", view, 5, &runs, &run_count, fixture->errors));
        assert_int_equal(run_count, 1);
        assert_int_equal(runs[0]->view_count, 1);
        assert_string_equal(runs[0]->views[0].name.name, "b");
        succeeds(fixture, journal_view_names(fixture, fixture->journal, "s", &names, &name_count, fixture->errors));
        assert_int_equal(name_count, 2);
        succeeds(fixture, journal_view_reads(fixture, fixture->journal, runs[0], &reads, &read_count, fixture->errors));
        assert_int_equal(read_count, 0);
        succeeds(fixture, journal_run_jobs(fixture->journal, runs[0], &jobs, fixture->errors));
        assert_int_equal(jobs, 0);
        fixture_close(fixture);
    }
}

/* The whole upgrade or nothing of it. */
static void an_upgrade_that_fails_leaves_the_old_format(void **state)
{
    Fixture *fixture = *state;
    make_format_1(fixture);
    sqlite_run(fixture, "ALTER TABLE view ADD COLUMN snapshot_at TEXT");
    fails(fixture, open_journal(fixture, JOURNAL_WRITE), ERROR_JOURNAL, "duplicate column name: snapshot_at");
    assert_string_equal(sqlite_value(fixture, "PRAGMA user_version"), "1");
    assert_string_equal(sqlite_value(fixture, "SELECT count(*) FROM pragma_table_info('run') WHERE name = 'partial'"),
                        "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(format_1_is_read_as_it_is_and_upgraded_to_be_written),
        JOURNAL_TEST(format_2_is_read_as_it_is_and_upgraded_to_be_written),
        JOURNAL_TEST(format_3_is_read_as_it_is_and_upgraded_to_be_written),
        JOURNAL_TEST(format_4_is_read_as_it_is_and_upgraded_to_be_written),
        JOURNAL_TEST(history_is_read_from_every_format),
        JOURNAL_TEST(an_upgrade_that_fails_leaves_the_old_format),
    };
    return cmocka_run_group_tests_name("journal format", tests, NULL, NULL);
}
