/*
 * Covers src/import/: how the header of a CSV and the keys of JSON lines find their columns, what is given to the server,
 * how rows are counted, and each way in which data is wrong or not whole, with its message and line.  No server.
 */
#include "config_fixture.h"
#include "matswap/import.h"

#include <poll.h>
#include <sys/stat.h>

static const ImportColumn columns[] = {
    {"day", false, false, false},  {"price", false, false, false}, {"note", false, true, false},
    {"twice", true, false, false}, {"Odd \"x", false, true, false}, {"j", false, true, true},
};

typedef struct Data
{
    ImportFeed *feed;
    const char *sql;
    Text *bytes;
    Text *log;
    bool whole;
} Data;

static void log_line(void *closure, const char *line)
{
    text_addf(closure, "%s\n", line);
}

static void wait_for(const PgFeed *feed)
{
    struct pollfd descriptors[] = {{.fd = feed->descriptors[0], .events = POLLIN},
                                   {.fd = feed->descriptors[1], .events = POLLIN}};
    poll(descriptors, 2, feed->patience_ms);
}

static const char *append_to; /* the file that somebody writes to when it has been opened */

/* As the pool does: opens, reads to the end, closes. */
static Data take(Fixture *fixture, const ImportColumn *table, size_t count)
{
    Data data = {.bytes = text_new(fixture), .log = text_new(fixture)};
    ImportOptions options = {.config = fixture->config, .import = &fixture->config->imports[0], .run = "R1",
                             .schema = "s_new", .columns = table, .column_count = count,
                             .log = log_line, .closure = data.log};
    data.feed = import_feed_new(fixture, &options);
    PgFeed *feed = import_feed(data.feed);
    PgFeedState state;
    errors_truncate(fixture->errors, 0);
    while ((state = feed->open(feed, &data.sql, fixture->errors)) == PG_FEED_WAITING)
        wait_for(feed);
    if (append_to != NULL)
    {
        FILE *file = fopen(append_to, "a");
        assert_non_null(file);
        fputs("3,4\n", file);
        fclose(file);
    }
    while (state == PG_FEED_READY || state == PG_FEED_WAITING)
    {
        const char *bytes = NULL;
        size_t length = 0;
        if (state == PG_FEED_WAITING)
            wait_for(feed);
        state = feed->read(feed, &bytes, &length, fixture->errors);
        if (state == PG_FEED_READY)
            text_add_bytes(data.bytes, bytes, length);
    }
    while (!feed->close(feed))
        wait_for(feed);
    data.whole = state == PG_FEED_END;
    return data;
}

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void configure(Fixture *fixture, const char *lines)
{
    load(fixture, mem_printf(fixture, MINIMAL "[import t]\n%s", lines));
}

static Data take_text(Fixture *fixture, const char *format, const char *text, size_t length)
{
    char *path = mem_printf(fixture, "%s/data", fixture->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    fclose(file);
    configure(fixture, mem_printf(fixture, "file = data\nformat = %s\n", format));
    Data data = take(fixture, columns, COUNT_OF(columns));
    unlink(path);
    return data;
}

static Data take_csv(Fixture *fixture, const char *text)
{
    return take_text(fixture, "csv", text, strlen(text));
}

static Data take_jsonl(Fixture *fixture, const char *text)
{
    return take_text(fixture, "jsonl", text, strlen(text));
}

static const char *what_is_wrong(Fixture *fixture)
{
    Text *text = text_new(fixture);
    for (size_t i = 0; i < fixture->errors->count; i++)
    {
        const Error *error = fixture->errors->items[i];
        assert_int_equal(error->kind, ERROR_IMPORT);
        text_addf(text, "%d: %s%s%s\n", error->line, error->message, error->remedy != NULL ? "; " : "",
                  error->remedy != NULL ? error->remedy : "");
    }
    return text->data;
}

static const char copy_two[] = "COPY s_new.t (price, \"day\") FROM STDIN WITH (FREEZE, FORMAT csv, HEADER)";

static void assert_sql(const Data *data, const char *expected)
{
    assert_non_null(data->sql);
    assert_non_null(strstr(data->sql, expected));
}

static void columns_are_those_of_the_header(void **state)
{
    Fixture *fixture = *state;
    static const char *const texts[] = {"price,day\n1,2\n", "price,day\r\n1,2\r\n", "price,day\r1,2\r",
                                        "\"price\",\"day\"\n1,2\n", "price,day\n1,2"};
    for (size_t i = 0; i < COUNT_OF(texts); i++)
    {
        Data data = take_csv(fixture, texts[i]);
        assert_true(data.whole);
        assert_sql(&data, copy_two);
        assert_string_equal(data.bytes->data, texts[i]);
        assert_int_equal(import_rows(data.feed), 1);
    }
    Data data = take_csv(fixture, "\xEF\xBB\xBFprice,day,\"Odd \"\"x\"\n");
    assert_sql(&data, "COPY s_new.t (price, \"day\", \"Odd \"\"x\") FROM");
    assert_string_equal(data.bytes->data, "price,day,\"Odd \"\"x\"\n");
    assert_int_equal(import_rows(data.feed), 0);
}

static void rows_are_records_and_not_lines(void **state)
{
    Fixture *fixture = *state;
    Data data = take_csv(fixture, "price,day\n\"a\nb\",2\n\"c\"\"\r\n,\",3\n\"\\.\",4\n");
    assert_true(data.whole);
    assert_int_equal(import_rows(data.feed), 3);
}

/* The pieces that a file is read in end anywhere in a record. */
static void a_record_may_be_in_two_pieces(void **state)
{
    Fixture *fixture = *state;
    Text *text = text_new(fixture);
    text_add(text, "price,day\r\n");
    size_t rows = 0;
    for (; text->length < 400000; rows++)
        text_addf(text, "\"%zu \"\"\n\",%zu\r\n", rows, rows);
    Data data = take_csv(fixture, text->data);
    assert_true(data.whole);
    assert_int_equal(import_rows(data.feed), rows);
    assert_string_equal(data.bytes->data, text->data);
}

static void an_encoding_goes_to_the_server(void **state)
{
    Fixture *fixture = *state;
    configure(fixture, "command = printf 'price,day\\n'\nencoding = WIN1252\n");
    Data data = take(fixture, columns, COUNT_OF(columns));
    assert_true(data.whole);
    assert_sql(&data, "FORMAT csv, HEADER, ENCODING 'WIN1252')");
}

static void a_wrong_header_is_told(void **state)
{
    Fixture *fixture = *state;
    static const struct
    {
        const char *text, *expected;
    } cases[] = {
        {"", "0: the import public.t: it is empty: there is not even a header; a CSV without rows has its header, still\n"},
        {"price,dya\n1,2\n",
         "1: the import public.t: it has a column dya, which the table has not; did you mean day?\n"
         "1: the import public.t: it has no column day, and the table has no default for that; add it to the data, or "
         "write DEFAULT … (DEFAULT NULL, say) behind it in the CREATE TABLE\n"},
        {"price,day,something\n",
         "1: the import public.t: it has a column something, which the table has not; leave it out of the data, or add it "
         "to the CREATE TABLE\n"},
        {"price,day,price\n",
         "1: the import public.t: it has the column price twice; leave one of them out of the data\n"},
        {"price,day,twice\n", "1: the import public.t: it has a column twice, which the table generates by itself; leave "
                              "it out of the data\n"},
        {"price,Day\n",
         "1: the import public.t: it has a column Day, which the table has not; did you mean day?\n"
         "1: the import public.t: it has no column day, and the table has no default for that; add it to the data, or "
         "write DEFAULT … (DEFAULT NULL, say) behind it in the CREATE TABLE\n"},
        {"price,day\n1,2\n\\.\n3,4\n",
         "3: the import public.t: it holds only \\., which ends the data for some servers; quote it: \"\\.\"\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
    {
        Data data = take_csv(fixture, cases[i].text);
        assert_false(data.whole);
        assert_string_equal(what_is_wrong(fixture), cases[i].expected);
        assert_string_equal(fixture->errors->items[0]->file, mem_printf(fixture, "%s/data", fixture->folder));
    }
}

static void a_file_that_grows_while_it_is_read_is_refused(void **state)
{
    Fixture *fixture = *state;
    append_to = mem_printf(fixture, "%s/data", fixture->folder);
    Data data = take_csv(fixture, "price,day\n1,2\n");
    append_to = NULL;
    assert_false(data.whole);
    assert_string_equal(what_is_wrong(fixture),
                        "0: the import public.t: it was written to while it was read; let its writer write to another name "
                        "and rename that when it is complete; then run the command again\n");
}

static void a_header_without_end_is_not_read_for_ever(void **state)
{
    Fixture *fixture = *state;
    configure(fixture, "command = sh: head -c 3000000 /dev/zero | tr '\\0' x; sleep 60\n");
    Data data = take(fixture, columns, COUNT_OF(columns));
    assert_false(data.whole);
    assert_string_equal(what_is_wrong(fixture), "4: the import public.t: line 1 of the command's output: its first line, "
                                                "which has to name the columns, does not end; is it CSV, with a header?\n");
}

/* ---- JSON lines --------------------------------------------------------------------------------------------- */

static void objects_become_rows(void **state)
{
    Fixture *fixture = *state;
    Data data = take_jsonl(fixture, "{\"price\": 1.50, \"day\": \"a\\tb\\n\\\\\\\"\\u00e9\"}\r\n"
                                    "  {\"day\":null,\"price\":123456789012345678901234567890.10}\n"
                                    "{\"price\":-1E+400,\"day\":true}\n"
                                    "{\"price\":{\"a\" : [1.0, null, {\"b\":\"\\n\"}]}}");
    assert_string_equal(what_is_wrong(fixture), "");
    assert_true(data.whole);
    assert_sql(&data, "COPY s_new.t (\"day\", price) FROM STDIN WITH (FREEZE, FORMAT text)");
    assert_string_equal(data.bytes->data, "a\\tb\\n\\\\\"\xC3\xA9\t1.50\n"
                                          "\\N\t123456789012345678901234567890.10\n"
                                          "true\t-1E+400\n"
                                          "\\N\t{\"a\":[1.0,null,{\"b\":\"\\\\n\"}]}\n");
    assert_int_equal(import_rows(data.feed), 4);
}

static void a_json_column_keeps_strings_as_json(void **state)
{
    Fixture *fixture = *state;
    Data data = take_jsonl(fixture, "{\"price\":1,\"day\":2,\"j\":\"a\\\"b\"}\n{\"price\":1,\"day\":2,\"j\":[1,2.50]}\n"
                                    "{\"price\":1,\"day\":2,\"j\":null}\n{\"price\":1,\"day\":2,\"j\":7.0}\n");
    assert_true(data.whole);
    assert_string_equal(data.bytes->data, "2\t1\t\"a\\\\\"b\"\n2\t1\t[1,2.50]\n2\t1\t\\N\n2\t1\t7.0\n");
}

static void long_json_is_read_in_pieces(void **state)
{
    Fixture *fixture = *state;
    Text *text = text_new(fixture);
    Text *expected = text_new(fixture);
    for (size_t i = 0; text->length < 300000; i++)
    {
        text_addf(text, "{\"day\":\"%zu \xE2\x82\xAC\",\"price\":%zu.0}\n", i, i);
        text_addf(expected, "%zu \xE2\x82\xAC\t%zu.0\n", i, i);
    }
    Data data = take_jsonl(fixture, text->data);
    assert_true(data.whole);
    assert_string_equal(data.bytes->data, expected->data);
}

static void wrong_lines_are_told(void **state)
{
    Fixture *fixture = *state;
    static const struct
    {
        const char *text, *expected;
    } cases[] = {
        {"", "0: the import public.t: it is empty, which may as well mean that something is missing; for an import that "
             "may have no rows, use CSV, whose header says that this is all\n"},
        {"{\"price\":1,\"day\":2}\n{\"price\":1,\"dya\":2}\n",
         "2: the import public.t: it has a column dya, which the table has not; did you mean day?\n"},
        {"{\"price\":1,\"day\":2}\n\n{\"price\":1,\"day\":2}\n",
         "2: the import public.t: it is empty; JSON lines have an object on each line\n"},
        {"[1]\n", "1: the import public.t: it is not an object; JSON lines have an object on each line\n"},
        {"{\"price\":1,\"day\":2}\n7\n",
         "2: the import public.t: it is not an object; JSON lines have an object on each line\n"},
        {"{\"price\":1,\"day\":2}\n  tru\n",
         "2: the import public.t: lexical error: invalid string in json text; each line has to be one JSON object, in "
         "UTF-8\n"},
        {"{\"price\":1,\"day\":2}\n \t\r\n",
         "2: the import public.t: it is empty; JSON lines have an object on each line\n"},
        {"{\"price\":1,\"day\":2}\n{\"price\":1,\"day\":",
         "2: the import public.t: parse error: premature EOF; each line has to be one JSON object, in UTF-8\n"},
        {"{\"price\":1,\"day\":2} {\"price\":1,\"day\":2}\n",
         "1: the import public.t: parse error: trailing garbage; each line has to be one JSON object, in UTF-8\n"},
        {"{\"price\":1,\"price\":2}\n", "1: the import public.t: it has the key price twice; keep one of them\n"},
        {"{\"price\":1,\"day\":2}\n{\"price\":1,\"day\":2,\"note\":3}\n",
         "2: the import public.t: it has the key note, and the first line has not; the table has a default for that "
         "column: give it on every line, or on none\n"},
        {"{\"price\":1,\"day\":\"\xFF\"}\n", "1: the import public.t: lexical error: invalid bytes in UTF8 string; each "
                                              "line has to be one JSON object, in UTF-8\n"},
        {"{\"price\":1}\n{\"price\":2}\n",
         "0: the import public.t: it has no column day, and the table has no default for that; add it to the data, or "
         "write DEFAULT … (DEFAULT NULL, say) behind it in the CREATE TABLE\n"},
        {"{\"price\":1,\"twice\":2}\n", "1: the import public.t: it has a column twice, which the table generates by "
                                        "itself; leave it out of the data\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
    {
        Data data = take_jsonl(fixture, cases[i].text);
        assert_false(data.whole);
        assert_string_equal(what_is_wrong(fixture), cases[i].expected);
    }
}

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
        TEST(columns_are_those_of_the_header),
        TEST(rows_are_records_and_not_lines),
        TEST(a_record_may_be_in_two_pieces),
        TEST(an_encoding_goes_to_the_server),
        TEST(a_wrong_header_is_told),
        TEST(a_file_that_grows_while_it_is_read_is_refused),
        TEST(a_header_without_end_is_not_read_for_ever),
        TEST(objects_become_rows),
        TEST(a_json_column_keeps_strings_as_json),
        TEST(long_json_is_read_in_pieces),
        TEST(wrong_lines_are_told),
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
