/*
 * Covers src/process/: how a command is given its input, how its two outputs come as lines, every way in which it ends or is
 * ended, and that nothing of it is left.  (What an import makes of it: test_import_command.c.)
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "matswap/memory.h"
#include "matswap/process.h"
#include "matswap/text.h"

typedef struct Heard
{
    void *context;
    Text *lines;
    size_t count;
    useconds_t pause; /* that it takes over each line */
} Heard;

static Heard *heard;

static int set_up(void **state)
{
    signal(SIGPIPE, SIG_IGN);
    void *context = mem_context(NULL);
    heard = mem_new(context, Heard);
    heard->context = context;
    heard->lines = text_new(context);
    return 0;
}

static int tear_down(void **state)
{
    talloc_free(heard->context);
    return 0;
}

static void take_line(void *closure, const char *line)
{
    Heard *to = closure;
    to->count++;
    if (to->pause > 0)
        usleep(to->pause);
    if (to->lines->length < 100000)
        text_addf(to->lines, "%s\n", line);
}

static bool is_stopped(void *closure)
{
    const Heard *from = closure;
    return from->lines->length > 0;
}

static ProcessEnd run(const char *script, const char *input, size_t length, int64_t timeout_ms, bool (*stop)(void *))
{
    const char *const words[] = {"/bin/sh", "-c", script, NULL};
    const char *const environment[] = {"MATSWAP_X=y", NULL};
    ProcessOptions options = {.words = words, .folder = "/", .environment = environment, .input = input, .input_length = length,
                              .joined = true, .log = take_line, .closure = heard};
    return process_run(heard->context, &options, timeout_ms, stop);
}

static void assert_end(ProcessEnd end, ProcessFate fate, int number)
{
    assert_int_equal(end.fate, fate);
    assert_int_equal(end.number, number);
}

static void both_outputs_come_as_lines_in_their_order(void **state)
{
    ProcessEnd end = run("echo one; echo two >&2; printf 'three\\r\\n\\n'; printf 'a\\0b'; echo $MATSWAP_X$PWD >&2", NULL, 0, 9000, NULL);
    assert_end(end, PROCESS_EXITED, 0);
    assert_string_equal(heard->lines->data, "one\ntwo\nthree\naby/\n");
    assert_string_equal(end.last_message, "aby/");
}

static void a_line_without_end_is_cut(void **state)
{
    assert_end(run("head -c 10000 /dev/zero | tr '\\0' x; echo; echo y", NULL, 0, 9000, NULL), PROCESS_EXITED, 0);
    assert_int_equal(heard->count, 4); /* 4096, 4096, the rest, and the other line */
}

static void a_command_reads_all_of_its_input(void **state)
{
    size_t length = 1000003;
    char *input = mem_array(heard->context, char, length);
    memset(input, 'z', length);
    assert_end(run("sleep 0.1; wc -c", input, length, 9000, NULL), PROCESS_EXITED, 0);
    assert_string_equal(heard->lines->data, "1000003\n");
}

static void a_command_that_does_not_read_is_no_hindrance(void **state)
{
    size_t length = 1000000;
    char *input = mem_array(heard->context, char, length);
    assert_end(run("exit 7", input, length, 9000, NULL), PROCESS_EXITED, 7);
    assert_end(run("exec <&-; echo here; exit 8", input, length, 9000, NULL), PROCESS_EXITED, 8);
    assert_end(run("head -c 3 > /dev/null; exit 9", input, length, 9000, NULL), PROCESS_EXITED, 9);
    assert_end(run("sleep 1000", input, length, 200, NULL), PROCESS_TIMED_OUT, 0);
}

static void without_input_there_is_nothing_to_read(void **state)
{
    assert_end(run("cat; echo end", NULL, 0, 9000, NULL), PROCESS_EXITED, 0);
    assert_string_equal(heard->lines->data, "end\n");
    assert_end(run("wc -c", "", 0, 9000, NULL), PROCESS_EXITED, 0);
    assert_string_equal(heard->lines->data, "end\n0\n");
}

static void each_end_is_told(void **state)
{
    assert_end(run("kill -SEGV $$", NULL, 0, 9000, NULL), PROCESS_SIGNALLED, SIGSEGV);
    const char *const none[] = {"/there/is/none", NULL};
    const char *const environment[] = {NULL};
    ProcessOptions options = {.words = none, .folder = "/", .environment = environment, .log = take_line, .closure = heard};
    ProcessEnd end = process_run(heard->context, &options, 9000, NULL);
    assert_end(end, PROCESS_NOT_STARTED, ENOENT);
    assert_string_equal(end.step, "be executed");
    options.folder = "/there/is/none";
    options.words = (const char *const[]){"true", NULL};
    assert_end(process_run(heard->context, &options, 9000, NULL), PROCESS_NOT_STARTED, ENOENT);
    assert_end(run("echo begun; exec sleep 1000", NULL, 0, 9000, is_stopped), PROCESS_STOPPED, 0);
}

/* Its time is looked at all the same, also where it is always ahead of us. */
static void one_that_never_stops_writing_is_ended(void **state)
{
    heard->pause = 1000;
    int64_t began = process_clock_ms();
    assert_end(run("exec yes $(head -c 4000 /dev/zero | tr '\\0' x)", NULL, 0, 300, NULL), PROCESS_TIMED_OUT, 0);
    assert_true(heard->count > 100);
    assert_true(process_clock_ms() - began < 60000);
    heard->pause = 0;
    assert_end(run("yes & exit 0", NULL, 0, 9000, NULL), PROCESS_EXITED, 0);
}

static bool is_running(long pid)
{
    char *path = mem_printf(heard->context, "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "r");
    char status = 'Z';
    if (file != NULL && fscanf(file, "%*d %*s %c", &status) != 1)
        status = 'Z';
    if (file != NULL)
        fclose(file);
    return status != 'Z'; /* its new parent reaps it when it likes */
}

static void what_it_leaves_behind_is_killed(void **state)
{
    assert_end(run("trap '' TERM; sleep 1000 & echo $!; exit 0", NULL, 0, 9000, NULL), PROCESS_EXITED, 0);
    long child = strtol(heard->lines->data, NULL, 10);
    assert_true(child > 1);
    for (int i = 0; i < 100 && is_running(child); i++)
        usleep(20000);
    assert_false(is_running(child));
}

static size_t descriptors(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

/* What whoever started this test has left open for all. */
static size_t inherited(void)
{
    size_t count = 0;
    for (int i = STDERR_FILENO + 1; i < 1000; i++)
    {
        int flags = fcntl(i, F_GETFD);
        count += flags >= 0 && (flags & FD_CLOEXEC) == 0 ? 1 : 0;
    }
    return count;
}

static void no_descriptor_is_left_open_or_handed_on(void **state)
{
    size_t before = descriptors();
    each_end_is_told(state);
    heard->lines->length = 0;
    both_outputs_come_as_lines_in_their_order(state);
    assert_int_equal(descriptors(), before);
    heard->lines->length = 0;
    /* the fourth is the folder that ls reads */
    assert_end(run("ls /proc/self/fd | grep -c .", "x", 1, 9000, NULL), PROCESS_EXITED, 0);
    assert_string_equal(heard->lines->data, mem_printf(heard->context, "%zu\n", 4 + inherited()));
}

/* Then the pipes would be where the child wants its own. */
static void we_may_lack_the_standard_descriptors(void **state)
{
    int saved[3];
    for (int i = 0; i < 3; i++)
        saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
    for (int i = 0; i < 3; i++)
        close(i);
    ProcessEnd end = run("cat; echo two >&2; echo three", "one\n", 4, 9000, NULL);
    ProcessEnd without = run("cat && echo four", NULL, 0, 9000, NULL);
    for (int i = 0; i < 3; i++)
    {
        if (saved[i] >= 0)
            dup2(saved[i], i);
        close(saved[i]);
    }
    assert_end(end, PROCESS_EXITED, 0);
    assert_end(without, PROCESS_EXITED, 0);
    assert_string_equal(heard->lines->data, "one\ntwo\nthree\nfour\n");
}

static void programs_are_found_as_they_will_be(void **state)
{
    const char *path;
    assert_true(process_find_program("/", "sh", &path));
    assert_true(process_find_program("/bin", "./sh", &path));
    assert_false(process_find_program("/etc", "./sh", &path));
    assert_string_equal(path, "/etc");
    assert_false(process_find_program("/", "/etc/passwd", &path)); /* it cannot be executed */
    assert_false(process_find_program("/", "no-such-program-anywhere", &path));
    assert_string_equal(path, getenv("PATH"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(both_outputs_come_as_lines_in_their_order),
        TEST(a_line_without_end_is_cut),
        TEST(a_command_reads_all_of_its_input),
        TEST(a_command_that_does_not_read_is_no_hindrance),
        TEST(without_input_there_is_nothing_to_read),
        TEST(each_end_is_told),
        TEST(one_that_never_stops_writing_is_ended),
        TEST(what_it_leaves_behind_is_killed),
        TEST(no_descriptor_is_left_open_or_handed_on),
        TEST(we_may_lack_the_standard_descriptors),
        TEST(programs_are_found_as_they_will_be),
    };
    return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
