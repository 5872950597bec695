/*
 * Covers src/import/'s commands: what they are started with, what becomes of their outputs, every way in which they end, and
 * what is told before anything starts.
 */
#include "import_fixture.h"

/* ---- commands ----------------------------------------------------------------------------------------------- */

static void a_command_knows_what_it_is_for(void **state)
{
    Fixture *fixture = *state;
    setenv("PGPASSWORD", "secret", 1);
    setenv("MATSWAP_RUN", "another", 1);
    configure(fixture, "command = sh: echo price,day; echo \"$MATSWAP_SET,$MATSWAP_RUN,$MATSWAP_IMPORT\"; "
                       "echo \"$PWD ${PGPASSWORD-none}\"; cat\n");
    Data data = take(fixture, columns, COUNT_OF(columns));
    assert_true(data.whole);
    assert_string_equal(data.bytes->data,
                        mem_printf(fixture, "price,day\ns,R1,public.t\n%s none\n", fixture->folder));
    unsetenv("PGPASSWORD");
    unsetenv("MATSWAP_RUN");
}

static void its_standard_error_is_logged_by_lines(void **state)
{
    Fixture *fixture = *state;
    configure(fixture, "command = sh: echo price,day; printf 'one\\n\\ntwo\\r\\nthree' >&2\n");
    Data data = take(fixture, columns, COUNT_OF(columns));
    assert_true(data.whole);
    assert_string_equal(data.log->data, "one\ntwo\nthree\n");
}

static void more_standard_error_than_a_pipe_holds_stops_nobody(void **state)
{
    Fixture *fixture = *state;
    configure(fixture, "command = sh: head -c 300000 /dev/zero | tr '\\0' x >&2; echo price,day\n");
    Data data = take(fixture, columns, COUNT_OF(columns));
    assert_true(data.whole);
    assert_true(data.log->length >= 300000);
}

static void assert_command_fails(Fixture *fixture, const char *lines, const char *expected)
{
    configure(fixture, lines);
    Data data = take(fixture, columns, COUNT_OF(columns));
    assert_false(data.whole);
    assert_int_equal(fixture->errors->count, 1);
    const char *text = error_format(fixture, fixture->errors->items[0]);
    if (strstr(text, expected) == NULL)
        print_error("%s\n", text);
    assert_non_null(strstr(text, expected));
}

static void a_command_that_fails_has_given_nothing(void **state)
{
    Fixture *fixture = *state;
    assert_command_fails(fixture, "command = sh: echo price,day; echo 1,2; echo no luck >&2; exit 3\n",
                         "c.ini:4: the import public.t: the command failed with exit status 3; the last that it said: no "
                         "luck; nothing of its output was taken");
    assert_command_fails(fixture, "command = sh: echo price,day; kill -9 $$\n",
                         "the command was ended by signal 9 (Killed); nothing of its output was taken");
    assert_command_fails(fixture, "command = sh: exit 1\n", "the command failed with exit status 1;");
    assert_command_fails(fixture, "command = ./there/is/none\n",
                         "./there/is/none cannot be executed: No such file or directory; it is looked for in ");
}

static bool is_running(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", (int) pid);
    return access(path, F_OK) == 0;
}

static pid_t pid_in(const Data *data, const char *label)
{
    const char *found = strstr(data->log->data, label);
    assert_non_null(found);
    return (pid_t) strtol(found + strlen(label), NULL, 10);
}

static void a_command_that_takes_too_long_is_ended_with_all_that_it_started(void **state)
{
    Fixture *fixture = *state;
    configure(fixture, "command = sh: sleep 1000 & echo child $! >&2; echo price,day; echo leader $$ >&2; sleep 1000\n"
                       "timeout = 300ms\n");
    Data data = take(fixture, columns, COUNT_OF(columns));
    assert_false(data.whole);
    assert_non_null(strstr(what_is_wrong(fixture), "the command took longer than its timeout of 0.3 s, and is ended; the "
                                                   "last that it said: leader "));
    assert_false(is_running(pid_in(&data, "leader ")));
    for (int i = 0; i < 100 && is_running(pid_in(&data, "child ")); i++)
        usleep(20000); /* its new parent reaps it when it likes */
    assert_false(is_running(pid_in(&data, "child ")));
}

static void one_that_does_not_listen_is_killed(void **state)
{
    Fixture *fixture = *state;
    configure(fixture, "command = sh: trap '' TERM; echo leader $$ >&2; while :; do sleep 1; done\ntimeout = 200ms\n");
    Data data = take(fixture, columns, COUNT_OF(columns));
    assert_false(data.whole);
    assert_false(is_running(pid_in(&data, "leader ")));
}

/* ---- before ------------------------------------------------------------------------------------------------- */

static void assert_check(Fixture *fixture, const char *lines, const char *expected)
{
    configure(fixture, lines);
    errors_truncate(fixture->errors, 0);
    import_check(fixture->config, &fixture->config->imports[0], fixture->errors);
    const char *text = errors_empty(fixture->errors) ? "" : error_format(fixture, fixture->errors->items[0]);
    if (strstr(text, expected) == NULL || (expected[0] == '\0' && text[0] != '\0'))
        fail_msg("%s: %s", lines, text);
}

static void what_is_not_there_is_told_before(void **state)
{
    Fixture *fixture = *state;
    assert_check(fixture, "file = none.csv\n", "none.csv: No such file or directory; let whoever writes it do so first");
    assert_check(fixture, "file = .\n", "it is not a file; name a file");
    assert_check(fixture, "file = c.ini\n", "");
    assert_check(fixture, "command = cat c.ini\n", "");
    assert_check(fixture, "command = /bin/cat c.ini\n", "");
    assert_check(fixture, "command = ./c.ini\n", "c.ini:4: the import public.t: ./c.ini: there is no such program that can "
                                                 "be executed; is it there, and executable?");
    assert_check(fixture, "command = no-such-program-anywhere\n", "there is no such program that can be executed; install "
                                                                  "it, or write where it is; PATH is ");
    assert_check(fixture, "command = sh: no-such-program-anywhere\n", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_command_knows_what_it_is_for),
        TEST(its_standard_error_is_logged_by_lines),
        TEST(more_standard_error_than_a_pipe_holds_stops_nobody),
        TEST(a_command_that_fails_has_given_nothing),
        TEST(a_command_that_takes_too_long_is_ended_with_all_that_it_started),
        TEST(one_that_does_not_listen_is_killed),
        TEST(what_is_not_there_is_told_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
