/*
 * Covers [import NAME] sections: every key, every way to get one wrong with its message, and how a command is split
 * into words.
 */
#include "config_fixture.h"

#define SECTION MINIMAL "[import x]\n"

static void every_key_is_read(void **state)
{
    Fixture *fixture = *state;
    load(fixture, MINIMAL "schema = app\n"
                          "[import x]\nfile = ../data/x.csv\nencoding = LATIN1\nadopt = yes\n"
                          "[import \"S x\".\"Y\"]\ncommand = scripts/fetch --all\nformat = jsonl\ntimeout = 90s\n");
    const Config *config = fixture->config;
    assert_int_equal(config->import_count, 2);
    const Import *file = &config->imports[0];
    assert_string_equal(file->written, "x");
    assert_string_equal(name_qualified(fixture, file->name), "app.x");
    assert_int_equal(file->line, 5);
    assert_string_equal(file->file, mem_printf(fixture, "%s/../data/x.csv", fixture->folder));
    assert_null(file->command.written);
    assert_int_equal(file->format, IMPORT_CSV);
    assert_string_equal(file->encoding, "LATIN1");
    assert_true(file->adopt);
    const Import *command = &config->imports[1];
    assert_string_equal(name_qualified(fixture, command->name), "\"S x\".\"Y\"");
    assert_null(command->file);
    assert_int_equal(command->format, IMPORT_JSONL);
    assert_int_equal(command->timeout_ms, 90000);
    assert_false(command->adopt);
    assert_ptr_equal(config_find_import(config, (Name){"app", "x"}), file);
    assert_null(config_find_import(config, (Name){"public", "x"}));
    assert_string_equal(config_folder(fixture, config), fixture->folder);
}

static void a_command_has_ten_minutes(void **state)
{
    Fixture *fixture = *state;
    load(fixture, SECTION "command = fetch\n");
    assert_int_equal(fixture->config->imports[0].timeout_ms, 600000);
}

static void assert_words(Fixture *fixture, const char *command, const char *expected)
{
    load(fixture, mem_printf(fixture, SECTION "command = %s\n", command));
    const Import *import = &fixture->config->imports[0];
    Text *text = text_new(fixture);
    for (size_t i = 0; i < import->command.word_count; i++)
        text_addf(text, "%s<%s>", i > 0 ? " " : "", import->command.words[i]);
    assert_null(import->command.words[import->command.word_count]);
    assert_string_equal(text->data, expected);
}

static void a_command_is_split_as_a_shell_would(void **state)
{
    Fixture *fixture = *state;
    assert_words(fixture, "fetch", "<fetch>");
    assert_words(fixture, "fetch  a\tb", "<fetch> <a> <b>");
    assert_words(fixture, "fetch 'a b' \"c d\" e\\ f", "<fetch> <a b> <c d> <e f>");
    assert_words(fixture, "fetch a'b'\"c\"d", "<fetch> <abcd>");
    assert_words(fixture, "fetch '' \"\"", "<fetch> <> <>");
    assert_words(fixture, "fetch 'a\\b' \"a\\b\\\\c\\\"d\\$e\\`f\" a\\'b", "<fetch> <a\\b> <a\\b\\c\"d$e`f> <a'b>");
    assert_words(fixture, "fetch $HOME ~/x *.csv {a,b} a=b", "<fetch> <$HOME> <~/x> <*.csv> <{a,b}> <a=b>");
    assert_words(fixture, "fetch 'https://x?a=1&b=2' a>b x|y", "<fetch> <https://x?a=1&b=2> <a>b> <x|y>");
    assert_words(fixture, "fetch '|' \\> 2", "<fetch> <|> <>> <2>");
    assert_words(fixture, "sh: fetch | sort > x; echo \"done\"", "</bin/sh> <-c> <fetch | sort > x; echo \"done\">");
    assert_words(fixture, "fetch\n  --more\n  words", "<fetch> <--more> <words>");
}

static void assert_command_fails(Fixture *fixture, const char *command, const char *reason)
{
    assert_fails(fixture, mem_printf(fixture, SECTION "command = %s\n", command),
                 mem_printf(fixture, "5: command = %s is not a command; %s\n", command, reason));
}

static void what_only_a_shell_can_do_is_refused(void **state)
{
    Fixture *fixture = *state;
    static const char shell[] =
        "pipes, redirections and lists need a shell: write `sh:` before the command, or quote the word";
    const char *const operators[] = {"a | b", "a > b", "a >b", "a 2>&1", "a < b", "a & b", "a && b", "a ;", "| a"};
    for (size_t i = 0; i + 2 < sizeof operators / sizeof *operators; i++)
        assert_command_fails(fixture, operators[i], shell);
    assert_command_fails(fixture, operators[8], shell);
    assert_command_fails(fixture, "a 'b", "a quote is not closed");
    assert_command_fails(fixture, "a \"b\\\"", "a quote is not closed");
    assert_command_fails(fixture, "a \\", "a backslash stands at its end");
    assert_command_fails(fixture, "'' a", "the program's name is empty");
    assert_command_fails(fixture, "sh:", "nothing follows sh:");
}

static void a_section_says_where_the_rows_come_from(void **state)
{
    Fixture *fixture = *state;
    assert_fails(fixture, SECTION "format = csv\n",
                 "4: [import x] says neither file nor command; write `file = PATH` or `command = PROGRAM …`: one of them "
                 "gives the rows\n");
    assert_fails(fixture, SECTION "file = a\ncommand = b\n",
                 "4: [import x] says both file and command; keep the one that gives the rows\n");
    assert_fails(fixture, SECTION "file = a\ntimeout = 1s\n",
                 "4: [import x] has a timeout, which a file does not need; take it out: it is for a command\n");
    assert_fails(fixture, SECTION "file = a\nformat = jsonl\nencoding = UTF8\n",
                 "4: [import x] has an encoding for JSON, which is always UTF-8 (RFC 8259); take it out\n");
}

static void wrong_keys_and_values_are_named(void **state)
{
    Fixture *fixture = *state;
    assert_fails(fixture, SECTION "file = a\nfromat = csv\n",
                 "6: unknown key fromat in [import x]; did you mean format?\n");
    assert_fails(fixture, SECTION "file = a\nformat = json\n",
                 "6: format = json is not a format; write csv (with a header) or jsonl (an object on each line)\n");
    assert_fails(fixture, SECTION "file = a\nencoding = LATIN 1\n",
                 "6: encoding = LATIN 1 is not the name of an encoding; write UTF8, LATIN1, WIN1252, or another of the "
                 "server's encodings\n");
    assert_fails(fixture, SECTION "command = a\ntimeout = 10\n",
                 "6: timeout = 10 is not a time from 1 ms to 24 days; write a number with a unit: 200ms, 5s, 10min, 1h, "
                 "1d\n");
    assert_fails(fixture, SECTION "file = a\nadopt = maybe\n",
                 "6: adopt = maybe is neither yes nor no; write yes, no, true, false, on or off\n");
    assert_fails(fixture, SECTION "file = ~/a\n",
                 "5: file = ~/a starts with ~, which nothing expands here; write the whole path, or one relative to this "
                 "file\n");
    assert_fails(fixture, SECTION "command =\n", "5: command has no value; give it one, or leave the key out\n");
}

static void sections_name_tables(void **state)
{
    Fixture *fixture = *state;
    assert_fails(fixture, MINIMAL "[import a.b.c]\nfile = a\n",
                 "4: [import a.b.c] does not name a table; write a name, or schema.name\n");
    assert_fails(fixture, SECTION "file = a\n[import public.x]\nfile = b\n",
                 "6: [import public.x] names a table that another [import] section names; keep one of them\n");
    assert_fails(fixture, MINIMAL "[imports x]\nfile = a\n", "4: unknown section [imports x]; did you mean [import NAME]?\n");
}

static void sections_and_tables_pair_up(void **state)
{
    Fixture *fixture = *state;
    load(fixture, SECTION "file = a\n[import other.prices]\nfile = b\n");
    const Name tables[] = {{"public", "x"}, {"other", "price"}};
    assert_int_equal(config_check_imports(fixture->config, tables, 2, fixture->errors), STATUS_FAILED);
    assert_string_equal(all_errors(fixture),
                        "6: no file creates the table of [import other.prices]; did you mean [import other.price]?\n");
    errors_truncate(fixture->errors, 0);
    assert_int_equal(config_check_imports(fixture->config, tables, 1, fixture->errors), STATUS_FAILED);
    assert_string_equal(all_errors(fixture), mem_printf(fixture, "6: no file creates the table of [import other.prices]; "
                                                        "write its columns as CREATE TABLE into a file in %s\n",
                                                        fixture->config->queries));
    assert_string_equal(config_nearest_import(fixture, fixture->config, (Name){"other", "price"}), "other.prices");
    assert_null(config_nearest_import(fixture, fixture->config, (Name){"public", "something"}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_key_is_read),
        TEST(a_command_has_ten_minutes),
        TEST(a_command_is_split_as_a_shell_would),
        TEST(what_only_a_shell_can_do_is_refused),
        TEST(a_section_says_where_the_rows_come_from),
        TEST(wrong_keys_and_values_are_named),
        TEST(sections_name_tables),
        TEST(sections_and_tables_pair_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
