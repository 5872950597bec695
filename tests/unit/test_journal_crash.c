/*
 * Covers journal/execute.c and the SQLite below it: a journal survives kill -9 and a full disk at every single write,
 * and a second process beside the first.
 */
#include "journal_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

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

/* Lets `PROCESSES` processes go at once to create the journal; the number that failed. */
static int create_at_once(Fixture *fixture)
{
    enum { PROCESSES = 8 };
    int gate[2];
    int failed = 0;
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
        failed += status != 0;
    }
    return failed;
}

/* Twenty times, because the window in which two of them turn the file to WAL is narrow. */
static void processes_that_create_it_at_once_agree(void **state)
{
    Fixture *fixture = *state;
    for (int i = 0; i < 20; i++)
    {
        fixture->path = mem_printf(fixture, "%s/%d.db", fixture->folder, i);
        assert_int_equal(create_at_once(fixture), 0);
        fixture_open(fixture);
        fixture_close(fixture);
    }
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(what_one_process_commits_another_sees_at_once),
        JOURNAL_TEST(processes_that_create_it_at_once_agree),
        JOURNAL_TEST(a_locked_journal_is_named_after_the_wait_and_readable_meanwhile),
        JOURNAL_TEST(a_kill_at_any_write_leaves_the_step_before_or_after_it),
        JOURNAL_TEST(a_disk_full_at_any_write_is_said_and_leaves_whole_steps),
        JOURNAL_TEST(a_journal_goes_on_when_there_is_space_again),
        JOURNAL_TEST(a_file_that_may_not_grow_is_an_error_and_stays_whole),
    };
    return cmocka_run_group_tests_name("journal crash", tests, NULL, NULL);
}
