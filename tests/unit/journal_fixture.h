/*
 * journal_fixture.h: for the tests of the journal: a folder of its own per test, a sample run, and SQLite directly
 * on the file, to look at it or to damage it behind the journal's back.
 */
#ifndef MATSWAP_TEST_JOURNAL_FIXTURE_H
#define MATSWAP_TEST_JOURNAL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "matswap/journal.h"
#include "matswap/memory.h"

typedef struct Fixture
{
    char *folder;
    char *path;
    Errors *errors;
    Journal *journal; /* of fixture_open; NULL before */
} Fixture;

static inline int fixture_setup(void **state)
{
    Fixture *fixture = mem_new(NULL, Fixture);
    const char *base = getenv("TMPDIR");
    fixture->folder = mem_printf(fixture, "%s/matswap-journal-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(fixture->folder) == NULL || chmod(fixture->folder, 0755) != 0)
        return -1;
    fixture->path = mem_printf(fixture, "%s/journal.db", fixture->folder);
    fixture->errors = errors_new(fixture);
    *state = fixture;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    Fixture *fixture = *state;
    char *command = mem_printf(fixture, "chmod -R u+rwx '%s' && rm -rf '%s'", fixture->folder, fixture->folder);
    talloc_free(fixture->journal);
    int failed = system(command); /* NOLINT(cert-env33-c): the path is our own */
    talloc_free(fixture);
    return failed;
}

/* Says what went wrong, which a bare status would not. */
static inline void succeeds(const Fixture *fixture, Status status)
{
    if (status != STATUS_OK)
        fail_msg("%s", fixture->errors->count == 0 ? "failed without an error"
                                                   : error_format(fixture->errors, fixture->errors->items[0]));
}

/* The call failed with exactly one error, of this kind, and its text (with remedy) contains `part`. */
static inline void fails(Fixture *fixture, Status status, ErrorKind kind, const char *part)
{
    assert_int_equal(status, STATUS_FAILED);
    assert_int_equal(fixture->errors->count, 1);
    char *text = error_format(fixture->errors, fixture->errors->items[0]);
    if (fixture->errors->items[0]->kind != kind || strstr(text, part) == NULL)
        fail_msg("expected %s '%s', got %s '%s'", error_kind_word(kind), part,
                 error_kind_word(fixture->errors->items[0]->kind), text);
    errors_truncate(fixture->errors, 0);
}

static inline Journal *fixture_open(Fixture *fixture)
{
    succeeds(fixture, journal_open(fixture, fixture->path, JOURNAL_WRITE, &fixture->journal, fixture->errors));
    return fixture->journal;
}

static inline void fixture_close(Fixture *fixture)
{
    talloc_free(fixture->journal);
    fixture->journal = NULL;
}

static inline void sqlite_run(const Fixture *fixture, const char *sql)
{
    sqlite3 *database = NULL;
    char *message = NULL;
    assert_int_equal(sqlite3_open(fixture->path, &database), SQLITE_OK);
    if (sqlite3_exec(database, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    sqlite3_close(database);
}

/* The first column of the first row as text, "" if there is none. */
static inline char *sqlite_value(const Fixture *fixture, const char *sql)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open(fixture->path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    const char *text = sqlite3_step(statement) == SQLITE_ROW ? (const char *) sqlite3_column_text(statement, 0) : NULL;
    char *value = mem_strdup(fixture, text == NULL ? "" : text);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return value;
}

/* A run of `set` with one schema and two views, as a stage would begin it. */
static inline JournalRun *sample_run(const void *context, const char *set)
{
    JournalRun *run = mem_new(context, JournalRun);
    run->run = journal_run_name(run);
    run->set = set;
    run->state = RUN_STARTED;
    run->started_at = journal_now(run);
    run->pid = getpid();
    run->system_identifier = "7301234567890123456";
    run->database = "gitcoin";
    run->surroundings = "d41d8cd98f00b204e9800998ecf8427e";
    run->lock_ms = -1;
    run->lock_wait_total_ms = -1;
    run->lock_wait_longest_ms = -1;
    run->schema_count = 1;
    run->schemas = mem_array(run, JournalSchema, 1);
    run->schemas[0] = (JournalSchema){.live = "public", .incoming = "public_new", .outgoing = "public_old"};
    run->view_count = 2;
    run->views = mem_array(run, JournalView, 2);
    run->views[0] = (JournalView){.name = {"public", "a"}, .rows = -1, .bytes = -1};
    run->views[1] = (JournalView){.name = {"public", "b"}, .position = 1, .level = 1, .rows = -1, .bytes = -1};
    return run;
}

/* Takes a begun run along the main way, up to `state`. */
static inline void advance_to(Fixture *fixture, JournalRun *run, RunState state)
{
    while (run->state != state)
    {
        RunState next = run->state + 1;
        if (next == RUN_SWAPPING)
            succeeds(fixture, journal_run_swapping(fixture->journal, run, "4711", fixture->errors));
        else if (next == RUN_DONE)
            succeeds(fixture, journal_run_finish(fixture->journal, run, next, OUTCOME_SWAPPED, NULL, fixture->errors));
        else
            succeeds(fixture, journal_run_advance(fixture->journal, run, next, fixture->errors));
    }
}

/* ---- other processes -------------------------------------------------------------------------------------- */

#define NOBODY 65534

static inline Status open_journal(Fixture *fixture, JournalMode mode)
{
    return journal_open(fixture, fixture->path, mode, &fixture->journal, fixture->errors);
}

/* Forks; the child runs `child` and must return 0.  Root becomes nobody when `unprivileged`. */
static inline int run_child(Fixture *fixture, int (*child)(Fixture *fixture), bool unprivileged)
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
static inline int child_fails(Fixture *fixture, Status status, const char *part)
{
    if (status == STATUS_OK || fixture->errors->count != 1 || fixture->errors->items[0]->kind != ERROR_JOURNAL)
        return 1;
    char *text = error_format(fixture->errors, fixture->errors->items[0]);
    if (strstr(text, fixture->path) != NULL && strstr(text, part) != NULL)
        return 0;
    fprintf(stderr, "expected '%s', got '%s'\n", part, text);
    return 2;
}

static inline int read_one_run(Fixture *fixture)
{
    JournalRun *run = NULL;
    if (open_journal(fixture, JOURNAL_READ_ONLY) != STATUS_OK || fixture->journal == NULL ||
        journal_last(fixture, fixture->journal, "s", &run, fixture->errors) != STATUS_OK)
        return 1;
    return run != NULL ? 0 : 2;
}

#define JOURNAL_TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

#endif
