/*
 * Covers config/'s reading of the file: which one it is, its lines and sections, and what paths in it are relative to.
 */
#include "config_fixture.h"

static void all_errors_come_in_one_go(void **state)
{
    Fixture *fixture = *state;
    assert_fails(fixture,
                 "set = x\n[matswap]\nset = A\njobs = none\ngarbage\nqueries = q\n[sesion]\n[view x]\nsum = a\n",
                 "1: set stands before any section; put it below [matswap]\n"
                 "5: this line is neither a section nor `key = value`; start a comment with # or ;\n"
                 "3: set = A is not a name for a set; use 1 to 40 lower-case letters, digits, _ and -\n"
                 "4: jobs = none is not a number of connections; write a whole number from 1 to 64\n"
                 "7: unknown section [sesion]; did you mean [session]?\n"
                 "9: unknown key sum in [view x]; did you mean sums?\n");
}

static void twice_is_an_error_that_names_both_lines(void **state)
{
    Fixture *fixture = *state;
    assert_line_fails(fixture, "set = t", "4: set stands twice in [matswap], first on line 2; keep one of them\n");
    assert_line_fails(fixture, "[view x]\nsums = a\n[ view   x ]\nsums = b",
                      "6: section [view x] stands twice, first on line 4; write all its keys in one place\n");
    assert_line_fails(fixture, "[view x]\n[view public.\"x\"]",
                      "5: [view public.\"x\"] names the same view as [view x] on line 4; "
                      "write all its rules in one place\n");
}

/* libinih cuts lines of more than its buffer and reads the rest as a line of its own */
static void long_lines_are_refused_and_long_comments_are_not(void **state)
{
    Fixture *fixture = *state;
    char filler[301];
    memset(filler, 'x', 300);
    filler[300] = '\0';
    load(fixture, mem_printf(fixture, MINIMAL "# %s jobs = 1\njobs = 3 ; %s\n", filler, filler));
    assert_int_equal(fixture->config->jobs, 3);
    assert_line_fails(fixture, mem_printf(fixture, "journal = %s\nkeep_old = maybe", filler),
                      "4: this line has 310 bytes, more than the 198 that can be read; "
                      "continue the value on the next line, indented\n"
                      "5: keep_old = maybe is neither yes nor no; write yes, no, true, false, on or off\n");
}

static void the_longest_line_that_is_taken_is_read_whole(void **state)
{
    Fixture *fixture = *state;
    char filler[199];
    memset(filler, 'x', 198);
    filler[198] = '\0';
    filler[0] = '/';
    char *line = mem_printf(fixture, "journal=%.*s", 198 - 8, filler);
    assert_int_equal(strlen(line), 198);
    load(fixture, mem_printf(fixture, MINIMAL "%s\njobs = 7\n", line));
    assert_int_equal(strlen(fixture->config->journal), 190);
    assert_int_equal(fixture->config->jobs, 7);
    assert_line_fails(fixture, mem_printf(fixture, "%sx", line),
                      "4: this line has 199 bytes, more than the 198 that can be read; "
                      "continue the value on the next line, indented\n");
}

static void an_indented_line_continues_the_value(void **state)
{
    Fixture *fixture = *state;
    load(fixture, "[matswap]\nset = s\nqueries = q\nconninfo = host=a\n   dbname=b ; the rest\n\n\tport=5\njobs = 3\n");
    assert_string_equal(fixture->config->conninfo, "host=a dbname=b port=5");
    assert_int_equal(fixture->config->jobs, 3);
}

static void an_indented_key_or_section_is_not_swallowed(void **state)
{
    Fixture *fixture = *state;
    assert_fails(fixture, "[matswap]\n  set = s\n  queries = q\n",
                 "3: an indented line continues the value above it, here that of set; "
                 "start a section or a key at the beginning of its line\n"
                 "1: [matswap] has no queries; add `queries = FOLDER`, where the SQL files are\n");
    assert_line_fails(fixture, "[session]\nwork_mem = 1MB\n [view x]",
                      "6: an indented line continues the value above it, here that of work_mem; "
                      "start a section or a key at the beginning of its line\n");
}

static void names_longer_than_libinih_keeps_are_kept(void **state)
{
    Fixture *fixture = *state;
    const char *name = "a_name_of_a_view_that_has_exactly_63_bytes_which_is_the_maximum";
    assert_int_equal(strlen(name), 63);
    load(fixture, mem_printf(fixture, MINIMAL "[view a_schema_with_a_longish_name.%s]\nmin_rows = 4\n", name));
    ViewRules rules = config_rules_for(fixture, fixture->config, (Name){"a_schema_with_a_longish_name", name});
    assert_true(view_rules_have(&rules, KEY_MIN_ROWS));
    assert_line_fails(fixture, mem_printf(fixture, "[view %sx]", name),
                      mem_printf(fixture,
                                 "4: [view %sx] does not name a view; "
                                 "a name is longer than 63 bytes, which is the server's limit\n",
                                 name));
}

static void a_file_that_cannot_be_read_is_a_configuration_error(void **state)
{
    Fixture *fixture = *state;
    assert_int_equal(config_load(fixture, "/nonexistent/c.ini", &fixture->config, fixture->errors), STATUS_FAILED);
    assert_int_equal(errors_exit_code(fixture->errors), 2);
    assert_string_equal(fixture->errors->items[0]->message,
                        "cannot open /nonexistent/c.ini: No such file or directory");
    assert_int_equal(load_bytes(fixture, MINIMAL "\0", sizeof MINIMAL), STATUS_FAILED);
    assert_string_equal(all_errors(fixture), "0: the file holds a NUL byte; save it as UTF-8 text\n");
}

static void paths_in_a_file_of_this_folder_stand_alone(void **state)
{
    Fixture *fixture = *state;
    char *before = getcwd(NULL, 0);
    load(fixture, MINIMAL);
    assert_int_equal(chdir(fixture->folder), 0);
    static const char *const spellings[] = {"c.ini", "./c.ini"};
    for (size_t i = 0; i < 2; i++)
    {
        assert_int_equal(config_load(fixture, spellings[i], &fixture->config, fixture->errors), STATUS_OK);
        assert_string_equal(fixture->config->queries, "q");
    }
    assert_int_equal(chdir(before), 0);
    free(before);
}

static void the_journal_is_below_home_when_nothing_else_is_said(void **state)
{
    Fixture *fixture = *state;
    setenv("XDG_STATE_HOME", "relative", 1); /* to be ignored, says its specification */
    setenv("HOME", "/home/me", 1);
    load(fixture, MINIMAL);
    assert_string_equal(fixture->config->journal, "/home/me/.local/state/matswap/s.db");
}

static void the_environment_names_the_file_or_says_what_was_looked_for(void **state)
{
    Fixture *fixture = *state;
    const char *path = NULL;
    char *before = getcwd(NULL, 0);
    assert_int_equal(chdir(fixture->folder), 0);
    unsetenv("MATSWAP_CONFIG");
    Status none = config_find(fixture, &path, fixture->errors);
    setenv("MATSWAP_CONFIG", "elsewhere.ini", 1);
    Status named = config_find(fixture, &path, fixture->errors);
    assert_int_equal(chdir(before), 0);
    free(before);
    unsetenv("MATSWAP_CONFIG");
    assert_int_equal(none, STATUS_FAILED);
    assert_string_equal(fixture->errors->items[0]->message,
                        "no configuration: MATSWAP_CONFIG is not set, and there is neither ./matswap.ini nor "
                        "/etc/matswap/matswap.ini");
    assert_int_equal(named, STATUS_OK);
    assert_string_equal(path, "elsewhere.ini");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_errors_come_in_one_go),
        TEST(twice_is_an_error_that_names_both_lines),
        TEST(long_lines_are_refused_and_long_comments_are_not),
        TEST(the_longest_line_that_is_taken_is_read_whole),
        TEST(an_indented_line_continues_the_value),
        TEST(an_indented_key_or_section_is_not_swallowed),
        TEST(names_longer_than_libinih_keeps_are_kept),
        TEST(a_file_that_cannot_be_read_is_a_configuration_error),
        TEST(paths_in_a_file_of_this_folder_stand_alone),
        TEST(the_journal_is_below_home_when_nothing_else_is_said),
        TEST(the_environment_names_the_file_or_says_what_was_looked_for),
    };
    return cmocka_run_group_tests_name("config_file", tests, NULL, NULL);
}
