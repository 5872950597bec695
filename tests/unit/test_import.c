/*
 * Covers src/import/: how the header of a CSV and the keys of JSON lines find their columns, what is given to the server,
 * how rows are counted, and each way in which data is wrong or not whole, with its message and line.  No server.
 */
#include "import_fixture.h"

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

static const char copy_two[] = "COPY s_new.t (price, \"day\") FROM STDIN WITH (FREEZE, FORMAT csv, HEADER, ENCODING 'UTF8')";

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
    assert_sql(&data, "COPY s_new.t (\"day\", price) FROM STDIN WITH (FREEZE, FORMAT text, ENCODING 'UTF8')");
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
