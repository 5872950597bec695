/*
 * Covers journal/open.c: which files are taken for a journal and which are refused untouched, with whose modes a new
 * one is made, and what can be read where nothing may be written; and journal/lost.c: files that go away meanwhile.
 */
#include "journal_fixture.h"

#include "matswap/journal_history.h"
#include "matswap/text.h"

static int mode_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return (int) (status.st_mode & 0777);
}

static void write_file(const char *path, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* ---- creating --------------------------------------------------------------------------------------------- */

static void a_new_journal_is_private_whatever_the_umask(void **state)
{
    Fixture *fixture = *state;
    fixture->path = mem_printf(fixture, "%s/state/it's/x y%%20?#.db", fixture->folder);
    mode_t umask_before = umask(0);
    fixture_open(fixture);
    JournalRun *run = sample_run(fixture, "s");
    succeeds(fixture, journal_run_begin(fixture->journal, run, fixture->errors));
    umask(umask_before);
    assert_int_equal(mode_of(mem_printf(fixture, "%s/state", fixture->folder)), 0700);
    assert_int_equal(mode_of(mem_printf(fixture, "%s/state/it's", fixture->folder)), 0700);
    assert_int_equal(mode_of(fixture->path), 0600);
    assert_int_equal(mode_of(mem_printf(fixture, "%s-wal", fixture->path)), 0600);
    assert_int_equal(mode_of(mem_printf(fixture, "%s-shm", fixture->path)), 0600);
    assert_string_equal(journal_path(fixture->journal), fixture->path);
}

static void a_relative_path_is_a_path_even_where_sqlite_sees_more(void **state)
{
    Fixture *fixture = *state;
    char *before = getcwd(NULL, 0);
    assert_int_equal(chdir(fixture->folder), 0);
    fixture->path = mem_strdup(fixture, ":memory:");
    Status first = open_journal(fixture, JOURNAL_WRITE);
    fixture_close(fixture);
    fixture->path = mem_strdup(fixture, "file:sub/x.db?mode=memory");
    Status second = open_journal(fixture, JOURNAL_WRITE);
    assert_int_equal(chdir(before), 0);
    free(before);
    succeeds(fixture, first);
    succeeds(fixture, second);
    assert_int_equal(mode_of(mem_printf(fixture, "%s/:memory:", fixture->folder)), 0600);
    assert_int_equal(mode_of(mem_printf(fixture, "%s/file:sub/x.db?mode=memory", fixture->folder)), 0600);
}

static void a_journal_stays_in_wal_mode_and_carries_its_marks(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    fixture_close(fixture);
    assert_string_equal(sqlite_value(fixture, "PRAGMA journal_mode"), "wal");
    assert_string_equal(sqlite_value(fixture, "PRAGMA user_version"), "5");
    assert_string_equal(sqlite_value(fixture, "PRAGMA application_id"), "1297307472");
    fixture_open(fixture);
}

/* What a process leaves that died between creating the file and its schema. */
static void an_empty_file_becomes_a_journal(void **state)
{
    Fixture *fixture = *state;
    write_file(fixture->path, "", 0);
    succeeds(fixture, open_journal(fixture, JOURNAL_READ_ONLY));
    assert_null(fixture->journal);
    fixture_open(fixture);
    assert_int_equal(mode_of(fixture->path) & 0600, 0600);
}

static void a_folder_that_cannot_be_made_is_named(void **state)
{
    Fixture *fixture = *state;
    char *file = mem_printf(fixture, "%s/file", fixture->folder);
    write_file(file, "x", 1);
    fixture->path = mem_printf(fixture, "%s/sub/journal.db", file);
    fails(fixture, open_journal(fixture, JOURNAL_WRITE), ERROR_JOURNAL, "file/sub: Not a directory");
    assert_null(fixture->journal);
    fixture->path = fixture->folder;
    fails(fixture, open_journal(fixture, JOURNAL_WRITE), ERROR_JOURNAL, fixture->folder);
}

/* ---- refusing --------------------------------------------------------------------------------------------- */

static void refused_untouched(Fixture *fixture, const char *part)
{
    char *before = NULL, *after = NULL;
    size_t before_length = 0, after_length = 0;
    succeeds(fixture, text_read_file(fixture, fixture->path, &before, &before_length, fixture->errors));
    fails(fixture, open_journal(fixture, JOURNAL_WRITE), ERROR_JOURNAL, part);
    fails(fixture, open_journal(fixture, JOURNAL_WRITE), ERROR_JOURNAL, fixture->path);
    fails(fixture, open_journal(fixture, JOURNAL_READ_ONLY), ERROR_JOURNAL, part);
    assert_null(fixture->journal);
    succeeds(fixture, text_read_file(fixture, fixture->path, &after, &after_length, fixture->errors));
    assert_int_equal(after_length, before_length);
    assert_memory_equal(after, before, before_length);
}

static void a_newer_format_is_refused_with_both_numbers(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    fixture_close(fixture);
    sqlite_run(fixture, "PRAGMA user_version = 7");
    refused_untouched(fixture, "has format 7, this matswap knows format 5; use the newer matswap");
}

static void a_journal_without_a_format_number_is_damaged(void **state)
{
    Fixture *fixture = *state;
    fixture_open(fixture);
    fixture_close(fixture);
    sqlite_run(fixture, "PRAGMA user_version = 0");
    refused_untouched(fixture, "is damaged: its format has no number");
}

static void another_programs_database_is_refused(void **state)
{
    Fixture *fixture = *state;
    sqlite_run(fixture, "CREATE TABLE bookmarks (url)");
    refused_untouched(fixture, "database of another program");
}

static void a_file_that_is_no_database_is_refused(void **state)
{
    Fixture *fixture = *state;
    char noise[8192];
    memset(noise, 'x', sizeof noise);
    write_file(fixture->path, "hello\n", 6);
    refused_untouched(fixture, "the markers in the database still allow a clean-up");
    write_file(fixture->path, noise, sizeof noise);
    refused_untouched(fixture, "is not a journal: file is not a database");
}

/* Overwrites `length` bytes at `offset` of a journal with some hundred runs. */
static void damage(Fixture *fixture, long offset, size_t length)
{
    fixture_open(fixture);
    for (int i = 0; i < 100; i++)
    {
        JournalRun *run = sample_run(fixture, mem_printf(fixture, "set %d", i));
        succeeds(fixture, journal_run_begin(fixture->journal, run, fixture->errors));
    }
    fixture_close(fixture);
    FILE *file = fopen(fixture->path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, SEEK_SET), 0);
    for (size_t i = 0; i < length; i++)
        assert_int_not_equal(fputc(0xA5, file), EOF);
    assert_int_equal(fclose(file), 0);
}

static void a_corrupt_header_is_refused(void **state)
{
    damage(*state, 0, 100);
    refused_untouched(*state, "the markers in the database still allow a clean-up");
}

static void a_corrupt_page_is_refused(void **state)
{
    damage(*state, 4 * 4096, 4096);
    refused_untouched(*state, "is damaged: ");
}

static void a_journal_cut_short_is_refused(void **state)
{
    Fixture *fixture = *state;
    damage(fixture, 0, 0);
    assert_int_equal(truncate(fixture->path, 3 * 4096), 0);
    refused_untouched(fixture, "is damaged: ");
}

/* Of 36 MB, with one run; then that page is overwritten. */
static void make_large(Fixture *fixture, const char *page_sql)
{
    fixture_open(fixture);
    JournalRun *run = sample_run(fixture, "s");
    succeeds(fixture, journal_run_begin(fixture->journal, run, fixture->errors));
    fixture_close(fixture);
    sqlite_run(fixture, "INSERT INTO event (run_id, at, kind, message) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1"
                        " FROM n WHERE i < 9000) SELECT 1, '2026', 'retire', hex(zeroblob(2000)) FROM n");
    long page = strtol(sqlite_value(fixture, page_sql), NULL, 10);
    FILE *file = fopen(fixture->path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, (page - 1) * 4096, SEEK_SET), 0);
    for (size_t i = 0; i < 4096; i++)
        assert_int_not_equal(fputc(0xA5, file), EOF);
    assert_int_equal(fclose(file), 0);
}

/* To look at all of it would take longer than a command may take to begin. */
static void damage_in_a_large_journal_is_found_by_who_reads_it(void **state)
{
    Fixture *fixture = *state;
    JournalRun *run = NULL;
    JournalEvent *events;
    size_t count;
    make_large(fixture, "SELECT rootpage FROM sqlite_schema WHERE name = 'event'");
    succeeds(fixture, open_journal(fixture, JOURNAL_WRITE));
    succeeds(fixture, journal_unfinished(fixture, fixture->journal, "s", &run, fixture->errors));
    assert_int_equal(run->view_count, 2);
    fails(fixture, journal_events(fixture, fixture->journal, run, &events, &count, fixture->errors), ERROR_JOURNAL,
          "is damaged: ");
}

static void damage_to_what_a_run_goes_by_is_found_in_a_large_one_too(void **state)
{
    make_large(*state, "SELECT rootpage FROM sqlite_schema WHERE name = 'run_by_set'");
    refused_untouched(*state, "is damaged: ");
}

static void a_lock_is_found_on_opening(void **state)
{
    Fixture *fixture = *state;
    sqlite3 *holder = NULL;
    fixture_open(fixture);
    fixture_close(fixture);
    assert_int_equal(sqlite3_open(fixture->path, &holder), SQLITE_OK);
    assert_int_equal(sqlite3_exec(holder, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    fails(fixture, open_journal(fixture, JOURNAL_WRITE), ERROR_JOURNAL, "is locked by another process");
    assert_null(fixture->journal);
    sqlite3_close(holder);
    fixture_open(fixture);
}

/* ---- losing ----------------------------------------------------------------------------------------------- */

static void is_lost_but_can_be_forsaken(Fixture *fixture, JournalRun *run)
{
    static const char lost[] = "was deleted, moved or replaced while it was in use";
    Journal *journal = fixture->journal;
    fails(fixture, journal_check_file(journal, fixture->errors), ERROR_JOURNAL, lost);
    fails(fixture, journal_run_advance(journal, run, RUN_BUILDING, fixture->errors), ERROR_JOURNAL, fixture->path);
    assert_int_equal(run->state, RUN_STARTED);
    fails(fixture, journal_view_put(journal, run, 0, fixture->errors), ERROR_JOURNAL, lost);
    fails(fixture, journal_event(journal, run, "warning", NULL, "x", fixture->errors), ERROR_JOURNAL, lost);

    assert_true(journal_forsake(journal));
    succeeds(fixture, journal_run_advance(journal, run, RUN_REVERTING, fixture->errors));
    succeeds(fixture, journal_view_put(journal, run, 0, fixture->errors));
    succeeds(fixture, journal_run_finish(journal, run, RUN_REVERTED, OUTCOME_FAILED, "x", fixture->errors));
    assert_int_equal(run->state, RUN_REVERTED);
    succeeds(fixture, journal_check_file(journal, fixture->errors));
}

static JournalRun *begin_sample(Fixture *fixture)
{
    JournalRun *run = sample_run(fixture, "s");
    fixture_open(fixture);
    succeeds(fixture, journal_run_begin(fixture->journal, run, fixture->errors));
    assert_false(journal_forsake(fixture->journal));
    return run;
}

static void a_deleted_file_is_noticed_before_the_next_write(void **state)
{
    Fixture *fixture = *state;
    JournalRun *run = begin_sample(fixture);
    assert_int_equal(unlink(fixture->path), 0);
    is_lost_but_can_be_forsaken(fixture, run);
    fixture_close(fixture);
    assert_int_not_equal(access(fixture->path, F_OK), 0);
}

/* What SQLite writes goes to the log first: a crash would lose it. */
static void a_deleted_log_is_noticed_too(void **state)
{
    Fixture *fixture = *state;
    JournalRun *run = begin_sample(fixture);
    assert_int_equal(unlink(mem_printf(fixture, "%s-wal", fixture->path)), 0);
    is_lost_but_can_be_forsaken(fixture, run);
}

static void a_replaced_file_is_noticed_and_not_written_to(void **state)
{
    Fixture *fixture = *state;
    JournalRun *run = begin_sample(fixture);
    assert_int_equal(rename(fixture->path, mem_printf(fixture, "%s.away", fixture->path)), 0);
    write_file(fixture->path, "somebody else's", 15);
    is_lost_but_can_be_forsaken(fixture, run);
    fixture_close(fixture);
    char *content = NULL;
    succeeds(fixture, text_read_file(fixture, fixture->path, &content, NULL, fixture->errors));
    assert_string_equal(content, "somebody else's");
}

static void a_moved_folder_is_noticed(void **state)
{
    Fixture *fixture = *state;
    char *folder = mem_printf(fixture, "%s/state", fixture->folder);
    fixture->path = mem_printf(fixture, "%s/journal.db", folder);
    JournalRun *run = begin_sample(fixture);
    assert_int_equal(rename(folder, mem_printf(fixture, "%s.away", folder)), 0);
    is_lost_but_can_be_forsaken(fixture, run);
}

/* The log of the lost journal lies beside the new, empty file; what it holds must not come back in pieces. */
static void a_new_journal_begins_beside_the_log_of_a_lost_one(void **state)
{
    Fixture *fixture = *state;
    JournalRun *run = begin_sample(fixture);
    assert_int_equal(unlink(fixture->path), 0);
    fixture_close(fixture);
    assert_int_equal(access(mem_printf(fixture, "%s-wal", fixture->path), F_OK), 0);
    fixture_open(fixture);
    succeeds(fixture, journal_unfinished(fixture, fixture->journal, "s", &run, fixture->errors));
    assert_null(run);
    begin_sample(fixture);
}

/* ---- reading ---------------------------------------------------------------------------------------------- */

static void reading_needs_no_file_and_makes_none(void **state)
{
    Fixture *fixture = *state;
    succeeds(fixture, open_journal(fixture, JOURNAL_READ_ONLY));
    assert_null(fixture->journal);
    assert_int_not_equal(access(fixture->path, F_OK), 0);
    fixture->path = mem_printf(fixture, "%s/no/such/folder.db", fixture->folder);
    succeeds(fixture, open_journal(fixture, JOURNAL_READ_ONLY));
    assert_null(fixture->journal);
}

static void a_reader_sees_what_is_there_but_cannot_write(void **state)
{
    Fixture *fixture = *state;
    JournalRun *run = NULL;
    fixture_open(fixture);
    succeeds(fixture, journal_run_begin(fixture->journal, sample_run(fixture, "s"), fixture->errors));
    fixture_close(fixture);
    succeeds(fixture, open_journal(fixture, JOURNAL_READ_ONLY));
    succeeds(fixture, journal_unfinished(fixture, fixture->journal, "s", &run, fixture->errors));
    assert_non_null(run);
    fails(fixture, journal_run_advance(fixture->journal, run, RUN_BUILDING, fixture->errors), ERROR_JOURNAL,
          "cannot be written");
}

/* No -shm file can be made there, and no writer has left one. */
static void a_reader_needs_no_writable_folder(void **state)
{
    Fixture *fixture = *state;
    fixture->path = mem_printf(fixture, "%s/100%%?#.db", fixture->folder);
    fixture_open(fixture);
    succeeds(fixture, journal_run_begin(fixture->journal, sample_run(fixture, "s"), fixture->errors));
    fixture_close(fixture);
    assert_int_equal(chmod(fixture->path, 0444), 0);
    assert_int_equal(chmod(fixture->folder, 0555), 0);
    assert_int_equal(run_child(fixture, read_one_run, true), 0);
}

static int write_is_refused(Fixture *fixture)
{
    return child_fails(fixture, open_journal(fixture, JOURNAL_WRITE), "is read-only; make the file and its folder");
}

static int create_is_refused(Fixture *fixture)
{
    return child_fails(fixture, open_journal(fixture, JOURNAL_WRITE), "cannot create the journal");
}

static int open_is_refused(Fixture *fixture)
{
    return child_fails(fixture, open_journal(fixture, JOURNAL_WRITE), "make the file and its folder writable");
}

static int read_is_refused(Fixture *fixture)
{
    return child_fails(fixture, open_journal(fixture, JOURNAL_READ_ONLY), "cannot be opened");
}

static void what_may_not_be_written_is_refused_with_the_way_out(void **state)
{
    Fixture *fixture = *state;
    assert_int_equal(chmod(fixture->folder, 0555), 0);
    assert_int_equal(run_child(fixture, create_is_refused, true), 0);
    assert_int_equal(chmod(fixture->folder, 0755), 0);
    fixture_open(fixture);
    fixture_close(fixture);
    assert_int_equal(chmod(fixture->path, 0444), 0);
    assert_int_equal(run_child(fixture, write_is_refused, true), 0);
    assert_int_equal(chmod(fixture->path, 0666), 0);
    assert_int_equal(chmod(fixture->folder, 0555), 0);
    assert_int_equal(run_child(fixture, open_is_refused, true), 0);
    assert_int_equal(chmod(fixture->path, 0000), 0);
    assert_int_equal(run_child(fixture, read_is_refused, true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(a_new_journal_is_private_whatever_the_umask),
        JOURNAL_TEST(a_relative_path_is_a_path_even_where_sqlite_sees_more),
        JOURNAL_TEST(a_journal_stays_in_wal_mode_and_carries_its_marks),
        JOURNAL_TEST(an_empty_file_becomes_a_journal),
        JOURNAL_TEST(a_folder_that_cannot_be_made_is_named),
        JOURNAL_TEST(a_newer_format_is_refused_with_both_numbers),
        JOURNAL_TEST(a_journal_without_a_format_number_is_damaged),
        JOURNAL_TEST(another_programs_database_is_refused),
        JOURNAL_TEST(a_file_that_is_no_database_is_refused),
        JOURNAL_TEST(a_corrupt_header_is_refused),
        JOURNAL_TEST(a_corrupt_page_is_refused),
        JOURNAL_TEST(a_journal_cut_short_is_refused),
        JOURNAL_TEST(damage_in_a_large_journal_is_found_by_who_reads_it),
        JOURNAL_TEST(damage_to_what_a_run_goes_by_is_found_in_a_large_one_too),
        JOURNAL_TEST(a_lock_is_found_on_opening),
        JOURNAL_TEST(a_deleted_file_is_noticed_before_the_next_write),
        JOURNAL_TEST(a_deleted_log_is_noticed_too),
        JOURNAL_TEST(a_replaced_file_is_noticed_and_not_written_to),
        JOURNAL_TEST(a_moved_folder_is_noticed),
        JOURNAL_TEST(a_new_journal_begins_beside_the_log_of_a_lost_one),
        JOURNAL_TEST(reading_needs_no_file_and_makes_none),
        JOURNAL_TEST(a_reader_sees_what_is_there_but_cannot_write),
        JOURNAL_TEST(a_reader_needs_no_writable_folder),
        JOURNAL_TEST(what_may_not_be_written_is_refused_with_the_way_out),
    };
    return cmocka_run_group_tests_name("journal file", tests, NULL, NULL);
}
