/* file.h: a file is replaced whole or not at all; with a limit on the size of files in the place of a full disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "matswap/error.h"
#include "matswap/file.h"
#include "matswap/memory.h"
#include "matswap/text.h"

typedef struct Fixture
{
    char *folder, *path;
} Fixture;

static int set_up(void **state)
{
    Fixture *fixture = mem_new(NULL, Fixture);
    const char *base = getenv("TMPDIR");
    fixture->folder = mem_printf(fixture, "%s/matswap-file-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(fixture->folder) == NULL)
        return -1;
    fixture->path = mem_printf(fixture, "%s/page", fixture->folder);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    unlink(fixture->path);
    int failed = rmdir(fixture->folder);
    talloc_free(fixture);
    return failed;
}

/* What is in the file, which is alone in its folder. */
static void expect_file(const Fixture *fixture, const char *content, mode_t mode)
{
    struct stat there;
    char *text = NULL;
    assert_int_equal(text_read_file(fixture, fixture->path, &text, NULL, errors_new(fixture)), STATUS_OK);
    assert_string_equal(text, content);
    assert_int_equal(stat(fixture->path, &there), 0);
    assert_int_equal(there.st_mode & 0777, mode);
    int entries = 0;
    DIR *folder = opendir(fixture->folder);
    while (readdir(folder) != NULL)
        entries++;
    closedir(folder);
    assert_int_equal(entries, 3); /* with . and .. */
}

static void test_replaces(void **state)
{
    const Fixture *fixture = *state;
    mode_t mask = umask(0077); /* the mode is the one asked for */
    assert_true(file_replace(fixture->path, "old", 3, 0644));
    expect_file(fixture, "old", 0644);
    assert_true(file_replace(fixture->path, "", 0, 0600));
    expect_file(fixture, "", 0600);
    umask(mask);
}

static void test_no_room(void **state)
{
    const Fixture *fixture = *state;
    struct rlimit before;
    char large[200] = {0};
    assert_true(file_replace(fixture->path, "old", 3, 0640));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit limit = {.rlim_cur = 100, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    bool done = file_replace(fixture->path, large, sizeof large, 0600);
    int error = errno;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_false(done);
    assert_int_equal(error, EFBIG);
    expect_file(fixture, "old", 0640);
}

/* What can't be replaced stays, and nothing is left beside it. */
static void test_no_place(void **state)
{
    const Fixture *fixture = *state;
    char *below = mem_printf(fixture, "%s/below", fixture->path);
    assert_int_equal(mkdir(fixture->path, 0700), 0);
    assert_false(file_replace(fixture->path, "new", 3, 0600));
    assert_int_equal(errno, EISDIR);
    assert_int_equal(rmdir(fixture->path), 0); /* empty, as it was */
    assert_false(file_replace(below, "new", 3, 0600));
    assert_int_equal(errno, ENOENT);
    assert_true(file_replace(fixture->path, "old", 3, 0600));
    expect_file(fixture, "old", 0600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_replaces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_place, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
