/*
 * Covers journal/open.c, journal/execute.c: which files are taken for a journal and which are refused untouched; that
 * a journal survives kill -9 at every write, a full disk, a second process and a read-only folder.
 */
#include "journal_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "matswap/text.h"

#define NOBODY 65534

static Status open_journal(Fixture *fixture, JournalMode mode)
{
    return journal_open(fixture, fixture->path, mode, &fixture->journal, fixture->errors);
}

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

/* Forks; the child runs `child` and must return 0.  Root becomes nobody when `unprivileged`. */
static int run_child(Fixture *fixture, int (*child)(Fixture *fixture), bool unprivileged)
{
    int status = 0;
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
    {
        if (unprivileged && geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
            _exit(99);
        int code = child(fixture);
        talloc_free(fixture); /* so that a leak checker that follows finds nothing */
        _exit(code);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* For children, where an assertion would unwind into the parent's test: 0 if the call failed with this text. */
static int child_fails(Fixture *fixture, Status status, const char *part)
{
    if (status == STATUS_OK || fixture->errors->count != 1 || fixture->errors->items[0]->kind != ERROR_JOURNAL)
        return 1;
    char *text = error_format(fixture->errors, fixture->errors->items[0]);
    if (strstr(text, fixture->path) != NULL && strstr(text, part) != NULL)
        return 0;
    fprintf(stderr, "expected '%s', got '%s'\n", part, text);
    return 2;
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
    assert_string_equal(sqlite_value(fixture, "PRAGMA user_version"), "1");
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
    refused_untouched(fixture, "has format 7, this matswap knows format 1; use the newer matswap");
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

static int read_one_run(Fixture *fixture)
{
    JournalRun *run = NULL;
    if (open_journal(fixture, JOURNAL_READ_ONLY) != STATUS_OK || fixture->journal == NULL ||
        journal_last(fixture, fixture->journal, "s", &run, fixture->errors) != STATUS_OK)
        return 1;
    return run != NULL ? 0 : 2;
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

/* ---- two processes ---------------------------------------------------------------------------------------- */

static int begin_and_build(Fixture *fixture)
{
    JournalRun *run = NULL;
    if (open_journal(fixture, JOURNAL_WRITE) != STATUS_OK ||
        journal_unfinished(fixture, fixture->journal, "s", &run, fixture->errors) != STATUS_OK || run == NULL)
        return 1;
    return journal_run_advance(fixture->journal, run, RUN_BUILDING, fixture->errors) == STATUS_OK ? 0 : 2;
}

static void what_one_process_commits_another_sees_at_once(void **state)
{
    Fixture *fixture = *state;
    JournalRun *run = sample_run(fixture, "s");
    JournalRun *found = NULL;
    fixture_open(fixture);
    succeeds(fixture, journal_run_begin(fixture->journal, run, fixture->errors));
    assert_int_equal(run_child(fixture, begin_and_build, false), 0);
    succeeds(fixture, journal_last(fixture, fixture->journal, "s", &found, fixture->errors));
    assert_int_equal(found->state, RUN_BUILDING);
}

static int create_journal(Fixture *fixture)
{
    char go;
    if (read(STDIN_FILENO, &go, 1) != 0) /* until the parent lets all of them go */
        return 1;
    if (open_journal(fixture, JOURNAL_WRITE) == STATUS_OK)
        return 0;
    fprintf(stderr, "%s\n", fixture->errors->items[0]->message);
    return 2;
}

static void processes_that_create_it_at_once_agree(void **state)
{
    Fixture *fixture = *state;
    enum { PROCESSES = 8 };
    int gate[2];
    assert_int_equal(pipe(gate), 0);
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0)
        {
            dup2(gate[0], STDIN_FILENO);
            close(gate[1]);
            int code = create_journal(fixture);
            talloc_free(fixture);
            _exit(code);
        }
    close(gate[0]);
    close(gate[1]);
    for (int i = 0; i < PROCESSES; i++)
    {
        int status = -1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    fixture_open(fixture);
}

static void a_locked_journal_is_named_after_the_wait_and_readable_meanwhile(void **state)
{
    Fixture *fixture = *state;
    sqlite3 *other = NULL;
    JournalRun *run = sample_run(fixture, "s");
    JournalRun *found = NULL;
    fixture_open(fixture);
    succeeds(fixture, journal_run_begin(fixture->journal, run, fixture->errors));
    assert_int_equal(sqlite3_open(fixture->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE; UPDATE run SET pid = 1", NULL, NULL, NULL), SQLITE_OK);
    fails(fixture, journal_run_advance(fixture->journal, run, RUN_BUILDING, fixture->errors), ERROR_JOURNAL,
          mem_printf(fixture, "the journal %s is locked by another process", fixture->path));
    assert_int_equal(run->state, RUN_STARTED);
    succeeds(fixture, journal_last(fixture, fixture->journal, "s", &found, fixture->errors));
    assert_true(found->pid == getpid());
    assert_int_equal(run_child(fixture, read_one_run, false), 0);
    sqlite3_close(other);
    succeeds(fixture, journal_run_advance(fixture->journal, run, RUN_BUILDING, fixture->errors));
}

/* ---- death and full disks: SQLite's own system calls, replaced -------------------------------------------- */

typedef ssize_t (*PwriteFunction)(int descriptor, const void *bytes, size_t length, off_t offset);

static int writes_left;
static bool write_kills; /* else: no space from then on */

static ssize_t failing_pwrite(int descriptor, const void *bytes, size_t length, off_t offset)
{
    if (writes_left-- > 0)
        return pwrite(descriptor, bytes, length, offset);
    if (write_kills)
    {
        (void) !pwrite(descriptor, bytes, length / 2, offset); /* torn */
        raise(SIGKILL);
    }
    writes_left = 0;
    errno = ENOSPC;
    return -1;
}

/* https://www.sqlite.org/c3ref/vfs.html: xSetSystemCall is there for tests of this kind; NULL puts it back. */
static void replace_pwrite(PwriteFunction function)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    assert_int_equal(vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr) function), SQLITE_OK);
    assert_int_equal(vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr) function), SQLITE_OK);
}

/* The life of a run, each step of which must be there whole or not at all; 0 when it came to the end. */
static int whole_run(Fixture *fixture)
{
    replace_pwrite(failing_pwrite);
    if (open_journal(fixture, JOURNAL_WRITE) != STATUS_OK)
        return 1;
    Journal *journal = fixture->journal;
    Errors *errors = fixture->errors;
    JournalRun *run = sample_run(fixture, "s");
    bool ok = journal_run_begin(journal, run, errors) == STATUS_OK &&
              journal_run_advance(journal, run, RUN_BUILDING, errors) == STATUS_OK;
    run->views[0].status = VIEW_BUILT;
    ok = ok && journal_view_put(journal, run, 0, errors) == STATUS_OK &&
         journal_run_advance(journal, run, RUN_BUILT, errors) == STATUS_OK &&
         journal_run_advance(journal, run, RUN_VALIDATED, errors) == STATUS_OK &&
         journal_run_swapping(journal, run, "4711", errors) == STATUS_OK &&
         journal_run_advance(journal, run, RUN_SWAPPED, errors) == STATUS_OK &&
         journal_run_finish(journal, run, RUN_DONE, OUTCOME_SWAPPED, NULL, errors) == STATUS_OK;
    fixture_close(fixture); /* the checkpoint writes, too */
    return ok ? 0 : 1;
}

/* Whatever happened to the writer, the file is a journal, its invariants hold, and the run can be ended. */
static RunState reopen_and_end(Fixture *fixture, bool *ret_found)
{
    JournalRun *run = NULL;
    fixture_open(fixture);
    succeeds(fixture, journal_check_invariants(fixture->journal, fixture->errors));
    succeeds(fixture, journal_last(fixture, fixture->journal, "s", &run, fixture->errors));
    *ret_found = run != NULL;
    RunState state = run == NULL ? RUN_STARTED : run->state;
    if (run != NULL)
    {
        assert_int_equal(run->view_count, 2);
        assert_int_equal(run->schema_count, 1);
        assert_int_equal(run->views[0].status == VIEW_BUILT || state <= RUN_BUILDING, 1);
        if (state != RUN_DONE && run_state_may_follow(state, RUN_REVERTING))
            succeeds(fixture, journal_run_advance(fixture->journal, run, RUN_REVERTING, fixture->errors));
    }
    fixture_close(fixture);
    unlink(fixture->path);
    unlink(mem_printf(fixture, "%s-wal", fixture->path));
    unlink(mem_printf(fixture, "%s-shm", fixture->path));
    return state;
}

static void a_kill_at_any_write_leaves_the_step_before_or_after_it(void **state)
{
    Fixture *fixture = *state;
    bool found = false;
    RunState furthest = RUN_STARTED;
    int deaths = 0, status;
    write_kills = true;
    for (writes_left = 0; (status = run_child(fixture, whole_run, false)) != 0; writes_left = ++deaths)
    {
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        RunState reached = reopen_and_end(fixture, &found);
        assert_true(reached >= furthest); /* one write later is never a step earlier */
        furthest = reached;
    }
    assert_int_equal(reopen_and_end(fixture, &found), RUN_DONE);
    assert_true(found);
    assert_int_equal(furthest, RUN_DONE); /* died in the checkpoint, after its last step */
    assert_true(deaths > 20);             /* eight steps of at least two frames: else nothing was tried */
}

static int run_on_full_disk(Fixture *fixture)
{
    int code = whole_run(fixture);
    if (code == 0)
        return 0;
    return child_fails(fixture, STATUS_FAILED, "; free space on its file system") == 0 ? 1 : 2;
}

static void a_disk_full_at_any_write_is_said_and_leaves_whole_steps(void **state)
{
    Fixture *fixture = *state;
    bool found = false;
    int failures = 0, status;
    write_kills = false;
    for (writes_left = 0; (status = run_child(fixture, run_on_full_disk, false)) != 0; writes_left = ++failures)
    {
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 1);
        (void) reopen_and_end(fixture, &found);
    }
    assert_true(failures > 20);
}

/* The same connection goes on after the failure: its transaction has been rolled back. */
static void a_journal_goes_on_when_there_is_space_again(void **state)
{
    Fixture *fixture = *state;
    JournalRun *run = sample_run(fixture, "s");
    fixture_open(fixture);
    succeeds(fixture, journal_run_begin(fixture->journal, run, fixture->errors));
    write_kills = false;
    writes_left = 0;
    replace_pwrite(failing_pwrite);
    Status status = journal_run_advance(fixture->journal, run, RUN_BUILDING, fixture->errors);
    replace_pwrite(NULL);
    fails(fixture, status, ERROR_JOURNAL, "cannot be written: database or disk is full; free space");
    assert_int_equal(run->state, RUN_STARTED);
    succeeds(fixture, journal_run_advance(fixture->journal, run, RUN_BUILDING, fixture->errors));
}

static int outgrow_the_limit(Fixture *fixture)
{
    struct rlimit limit = {.rlim_cur = 256 * 1024, .rlim_max = 256 * 1024};
    signal(SIGXFSZ, SIG_IGN);
    if (open_journal(fixture, JOURNAL_WRITE) != STATUS_OK || setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    JournalRun *run = sample_run(fixture, "s");
    Status status = journal_run_begin(fixture->journal, run, fixture->errors);
    for (int i = 0; i < 1000 && status == STATUS_OK; i++)
        status = journal_event(fixture->journal, run, "warning", NULL, "the file grows", fixture->errors);
    return child_fails(fixture, status, "cannot be read or written: disk I/O error");
}

static void a_file_that_may_not_grow_is_an_error_and_stays_whole(void **state)
{
    Fixture *fixture = *state;
    bool found = false;
    assert_int_equal(run_child(fixture, outgrow_the_limit, false), 0);
    assert_int_equal(reopen_and_end(fixture, &found), RUN_STARTED);
    assert_true(found);
}

#define JOURNAL_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

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
        JOURNAL_TEST(reading_needs_no_file_and_makes_none),
        JOURNAL_TEST(a_reader_sees_what_is_there_but_cannot_write),
        JOURNAL_TEST(a_reader_needs_no_writable_folder),
        JOURNAL_TEST(what_may_not_be_written_is_refused_with_the_way_out),
        JOURNAL_TEST(what_one_process_commits_another_sees_at_once),
        JOURNAL_TEST(processes_that_create_it_at_once_agree),
        JOURNAL_TEST(a_locked_journal_is_named_after_the_wait_and_readable_meanwhile),
        JOURNAL_TEST(a_kill_at_any_write_leaves_the_step_before_or_after_it),
        JOURNAL_TEST(a_disk_full_at_any_write_is_said_and_leaves_whole_steps),
        JOURNAL_TEST(a_journal_goes_on_when_there_is_space_again),
        JOURNAL_TEST(a_file_that_may_not_grow_is_an_error_and_stays_whole),
    };
    return cmocka_run_group_tests_name("journal file", tests, NULL, NULL);
}
