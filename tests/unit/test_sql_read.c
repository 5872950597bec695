/*
 * Covers sql/folder.c, sql/read.c, sql/set.c, sql/statement.c, sql/edit.c: which files and statements there are,
 * what each is about, and every complaint with its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "matswap/memory.h"
#include "matswap/sql.h"
#include "matswap/text.h"

enum
{
    FILES_MAX = 4
};

typedef struct Input
{
    const char *path, *text;
} Input;

static Status read_inputs(const void *context, const Input *inputs, SqlSet **ret_set, Errors *errors)
{
    const char *paths[FILES_MAX];
    const char *texts[FILES_MAX];
    size_t count = 0;
    for (; count < FILES_MAX && inputs[count].path != NULL; count++)
    {
        paths[count] = inputs[count].path;
        texts[count] = inputs[count].text;
    }
    return sql_read_texts(context, paths, texts, count, "public", ret_set, errors);
}

static SqlSet *read_good(const void *context, const Input *inputs)
{
    Errors *errors = errors_new(context);
    SqlSet *set = NULL;
    if (read_inputs(context, inputs, &set, errors) != STATUS_OK)
        fail_msg("%s", error_format(errors, errors->items[0]));
    return set;
}

/* Reads one file and gives all complaints, each on a line of its own, without remedies. */
static char *complaints(const void *context, const Input *inputs)
{
    Errors *errors = errors_new(context);
    SqlSet *set = NULL;
    Text *text = text_new(context);
    Status status = read_inputs(context, inputs, &set, errors);
    assert_true((status == STATUS_OK) == errors_empty(errors));
    assert_true(status == STATUS_OK || set == NULL);
    for (size_t i = 0; i < errors->count; i++)
    {
        const Error *error = errors->items[i];
        assert_int_equal(error->kind, ERROR_SOURCE);
        assert_non_null(error->remedy);
        text_addf(text, "%s%s:%d:%d: %s", i > 0 ? "\n" : "", error->file, error->line, error->column, error->message);
    }
    return text->data;
}

static void check_complaints(const Input *inputs, const char *expected)
{
    void *context = talloc_new(NULL);
    assert_string_equal(complaints(context, inputs), expected);
    talloc_free(context);
}

static void describes_every_kind_of_statement(void **state)
{
    static const char text[] =
        "CREATE MATERIALIZED VIEW x AS SELECT 1;\n"
        "CREATE VIEW sales.y (a) AS (SELECT 2);\n"
        "CREATE INDEX i ON x (a); CREATE INDEX ON x (b);\n"
        "CREATE STATISTICS st ON a, b FROM x;\n"
        "COMMENT ON COLUMN x.a IS ''; COMMENT ON INDEX i IS ''; COMMENT ON STATISTICS st IS '';\n"
        "GRANT SELECT ON x, sales.y TO r; REVOKE ALL ON x FROM r;\n"
        "ALTER MATERIALIZED VIEW x OWNER TO \"Big R\", CLUSTER ON i;\n"
        "ALTER TABLE i SET (fillfactor = 9);ALTER STATISTICS st OWNER TO r;ALTER VIEW sales.y "
        "OWNER TO CURRENT_USER";
    static const struct
    {
        SqlPhase phase;
        const char *tag, *schema, *name, *object, *owner, *query;
    } expected[] = {
        {SQL_CREATE, "CREATE MATERIALIZED VIEW", "public", "x", NULL, NULL, "SELECT 1"},
        {SQL_CREATE, "CREATE VIEW", "sales", "y", NULL, NULL, "(SELECT 2)"},
        {SQL_INDEX, "CREATE INDEX", "public", "x", "i", NULL, ""},
        {SQL_INDEX, "CREATE INDEX", "public", "x", NULL, NULL, ""},
        {SQL_ATTRIBUTE, "CREATE STATISTICS", "public", "x", "st", NULL, ""},
        {SQL_ATTRIBUTE, "COMMENT", "public", "x", NULL, NULL, ""},
        {SQL_INDEX_ATTRIBUTE, "COMMENT", "public", "x", "i", NULL, ""},
        {SQL_ATTRIBUTE, "COMMENT", "public", "x", "st", NULL, ""},
        {SQL_ATTRIBUTE, "GRANT", "public", "x", NULL, NULL, ""},
        {SQL_ATTRIBUTE, "GRANT", "sales", "y", NULL, NULL, ""},
        {SQL_ATTRIBUTE, "REVOKE", "public", "x", NULL, NULL, ""},
        {SQL_INDEX_ATTRIBUTE, "ALTER MATERIALIZED VIEW", "public", "x", "i", "Big R", ""},
        {SQL_INDEX_ATTRIBUTE, "ALTER TABLE", "public", "x", "i", NULL, ""},
        {SQL_ATTRIBUTE, "ALTER STATISTICS", "public", "x", "st", NULL, ""},
        {SQL_ATTRIBUTE, "ALTER VIEW", "sales", "y", NULL, NULL, ""},
    };
    void *context = talloc_new(NULL);
    const Input inputs[] = {{"a.sql", text}, {NULL, NULL}};
    const SqlSet *set = read_good(context, inputs);
    assert_int_equal(set->statement_count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < set->statement_count; i++)
    {
        const SqlStatement *statement = set->statements[i];
        assert_int_equal(statement->phase, expected[i].phase);
        assert_string_equal(statement->tag, expected[i].tag);
        assert_true(name_equal(statement->view, (Name){expected[i].schema, expected[i].name}));
        assert_true(text_equal(statement->object, expected[i].object));
        assert_true(text_equal(statement->owner, expected[i].owner));
        assert_int_equal(statement->query_length, strlen(expected[i].query));
        assert_memory_equal(statement->file->text + statement->query_offset, expected[i].query,
                            statement->query_length);
    }
    assert_int_equal(set->statements[0]->kind, VIEW_MATERIALIZED);
    assert_int_equal(set->statements[1]->kind, VIEW_ORDINARY);
    talloc_free(context);
}

static void says_where_things_are_stored(void **state)
{
    static const char text[] =
        "CREATE MATERIALIZED VIEW x TABLESPACE \"Fast 1\" AS SELECT 1; CREATE MATERIALIZED VIEW y AS SELECT 1;\n"
        "CREATE INDEX i ON x (a) TABLESPACE t; CREATE INDEX j ON x (a);\n"
        "ALTER INDEX j SET TABLESPACE u; ALTER MATERIALIZED VIEW y SET TABLESPACE t; ALTER INDEX j SET (fillfactor = 9);\n"
        "CREATE TABLE z (a int) TABLESPACE v";
    static const char *const expected[] = {"Fast 1", NULL, "t", NULL, "u", "t", NULL, "v"};
    void *context = talloc_new(NULL);
    const Input inputs[] = {{"a.sql", text}, {NULL, NULL}};
    const SqlSet *set = read_good(context, inputs);
    assert_int_equal(set->statement_count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < set->statement_count; i++)
        assert_true(text_equal(set->statements[i]->tablespace, expected[i]));
    talloc_free(context);
}

static void finds_the_query_alone(void **state)
{
    static const struct
    {
        const char *source, *query;
    } cases[] = {
        {"-- c\nSELECT 1 -- d\n;", "SELECT 1"},
        {"CREATE MATERIALIZED VIEW a.as USING heap WITH (fillfactor = 9) TABLESPACE t AS TABLE x WITH DATA;",
         "TABLE x"},
        {"CREATE MATERIALIZED VIEW x (as_, b) AS VALUES (1 /* c */) WITH NO DATA", "VALUES (1 /* c */)"},
        {"CREATE VIEW x WITH (security_barrier) AS WITH a AS (SELECT 1 AS b) TABLE a WITH CASCADED CHECK OPTION",
         "WITH a AS (SELECT 1 AS b) TABLE a"},
        {"CREATE RECURSIVE VIEW x (n) AS SELECT n FROM x", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
        void *context = talloc_new(NULL);
        const Input inputs[] = {{"v.sql", cases[i].source}, {NULL, NULL}};
        const SqlStatement *statement = read_good(context, inputs)->statements[0];
        assert_int_equal(statement->query_length, strlen(cases[i].query));
        assert_memory_equal(statement->file->text + statement->query_offset, cases[i].query, statement->query_length);
        talloc_free(context);
    }
}

static void statements_come_by_path_then_position(void **state)
{
    void *context = talloc_new(NULL);
    const Input inputs[] = {{"q/b.sql", "SELECT 1"}, {"q/a/z.sql", "TABLE b"}, {"q/B.c.sql", "TABLE d"}, {NULL, NULL}};
    const SqlSet *set = read_good(context, inputs);
    assert_string_equal(set->files[0]->path, "q/B.c.sql");
    assert_string_equal(set->statements[1]->view.name, "z");
    assert_string_equal(set->statements[2]->view.name, "b");
    assert_true(name_equal(set->statements[0]->view, (Name){"B", "c"}));
    talloc_free(context);
}

/* One file "v.sql", and what is said about it. */
static void refuses_what_does_not_belong(void **state)
{
    static const Input cases[] = {
        {"DROP MATERIALIZED VIEW x", "1:1: DROP MATERIALIZED VIEW does not belong in a view's file"},
        {"REFRESH MATERIALIZED VIEW x", "1:1: REFRESH MATERIALIZED VIEW does not belong in a view's file"},
        {"-- c\n  BEGIN", "2:3: BEGIN does not belong in a view's file"},
        {"INSERT INTO x VALUES (1)", "1:1: INSERT INTO does not belong in a view's file"},
        {"SET search_path = a", "1:1: SET does not belong in a view's file"},
        {"DO $$ $$", "1:1: DO does not belong in a view's file"},
        {"CREATE TABLE x AS SELECT 1", "1:1: a table from a query would be computed once and stay as it is"},
        {"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS ''", "1:1: CREATE FUNCTION does not belong in a view's file"},
        {"CREATE RULE r AS ON DELETE TO x DO NOTHING", "1:1: CREATE RULE does not belong in a view's file"},
        {"CREATE TRIGGER t AFTER DELETE ON x EXECUTE FUNCTION f()",
         "1:1: CREATE TRIGGER does not belong in a view's file"},
        {"ALTER VIEW x RENAME TO y", "1:1: ALTER VIEW does not belong in a view's file"},
        {"ALTER MATERIALIZED VIEW x SET SCHEMA y", "1:1: ALTER MATERIALIZED VIEW does not belong in a view's file"},
        {"ALTER MATERIALIZED VIEW x DEPENDS ON EXTENSION y",
         "1:1: ALTER MATERIALIZED VIEW does not belong in a view's file"},
        {"GRANT a TO b", "1:1: GRANT does not belong in a view's file"},
        {"ALTER TABLE x ADD COLUMN a int", "1:1: this kind of ALTER does not belong in a view's file"},
        {"ALTER INDEX i ATTACH PARTITION j", "1:1: this kind of ALTER does not belong in a view's file"},
        {"ALTER SEQUENCE x OWNER TO y", "1:1: this ALTER is not about a view or an index"},
        {"CREATE TEMP VIEW x AS SELECT 1", "1:1: a temporary view cannot be part of a generation"},
        {"GRANT SELECT ON ALL TABLES IN SCHEMA a TO b",
         "1:1: privileges on ALL TABLES would reach beyond the new generation"},
        {"GRANT USAGE ON SCHEMA a TO b", "1:1: these privileges are not on a view"},
        {"COMMENT ON SCHEMA x IS ''", "1:1: this COMMENT does not belong in a view's file"},
        {"COMMENT ON COLUMN x IS ''", "1:1: COMMENT does not name a relation"},
        {"CREATE STATISTICS s ON a, b FROM x, y", "1:1: statistics are on one relation"},
        {"CREATE STATISTICS s ON a, b FROM (SELECT 1) x", "1:1: CREATE STATISTICS does not name a relation"},
        {"SELECT 1; SELECT 2", "1:1: a bare query stands in one file with other statements\n"
                               "v.sql:1:11: a bare query stands in one file with other statements"},
        {"TABLE t; COMMENT ON MATERIALIZED VIEW v IS ''",
         "1:1: a bare query stands in one file with other statements\nv.sql:1:10: no file creates the view public.v"},
        {"SELECT 1\n INTO x", "2:7: the query must not have INTO"},
        {"CREATE MATERIALIZED VIEW x AS SELECT 1 INTO y", "1:45: the query must not have INTO"},
        {"WITH a AS (DELETE FROM x RETURNING *) TABLE a",
         "1:6: the query must not change data in its WITH clause"},
        {"WITH a AS (INSERT INTO x VALUES (1) RETURNING *) TABLE a",
         "1:6: the query must not change data in its WITH clause"},
        {"SELECT 1\nWHERE a = $1", "2:11: the query must not have parameters"},
        {"SELECT '{1259, \"s.x\"}'::regclass[]", "1:8: an array literal holds names of relations or types"},
        {"SELECT CAST('{s.x}' AS regtype[])", "1:13: an array literal holds names of relations or types"},
        {"", "1:1: the file holds no statement"},
        {"-- nothing\n;;/* here */", "1:1: the file holds no statement"},
        {"SELECT '\xC3\xA9',\n '\xE2\x82\xAC', FROM FROM t", "2:7: syntax error at or near \"FROM\""},
        {"SELECT (1", "1:10: syntax error at end of input"},
        {"SELECT '\xC3\xA9' \xE2\x82\xAC 'abc", "1:14: unterminated quoted string at or near \"'abc\""},
        {"SELECT 1;\nSELEC 2", "2:1: syntax error at or near \"SELEC\""},
        {"SELECT '\xFF'", "1:9: byte 0xff is not valid UTF-8 here"},
        {"SELECT '\xED\xA0\x80'", "1:9: byte 0xed is not valid UTF-8 here"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
        void *context = talloc_new(NULL);
        const Input inputs[] = {{"v.sql", cases[i].path}, {NULL, NULL}};
        check_complaints(inputs, mem_printf(context, "v.sql:%s", cases[i].text));
        talloc_free(context);
    }
}

static void refuses_statements_about_nothing_of_the_set(void **state)
{
    static const Input cases[] = {
        {"CREATE INDEX ON other (a)", "no file creates the view public.other"},
        {"COMMENT ON COLUMN s.x.a IS ''", "no file creates the view s.x"},
        {"COMMENT ON INDEX x IS ''", "no file creates the index public.x"},
        {"COMMENT ON VIEW i IS ''", "no file creates the view public.i"},
        {"ALTER INDEX s.i SET (fillfactor = 9)", "no file creates the index s.i"},
        {"ALTER STATISTICS i SET STATISTICS 9", "no file creates the statistics public.i"},
        {"CREATE STATISTICS s.st ON a, b FROM x", "the statistics are in another schema than their view: s.st"},
        {"GRANT SELECT ON x, other TO r", "no file creates the view public.other"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
        void *context = talloc_new(NULL);
        const Input inputs[] = {
            {"a.sql", "CREATE VIEW x AS SELECT 1; CREATE INDEX i ON x (a)"}, {"b.sql", cases[i].path}, {NULL, NULL}};
        check_complaints(inputs, mem_printf(context, "b.sql:1:1: %s", cases[i].text));
        talloc_free(context);
    }
}

static void cluster_on_needs_no_index_in_the_files(void **state)
{
    const Input inputs[] = {{"a.sql", "CREATE MATERIALIZED VIEW x AS TABLE t; ALTER TABLE x CLUSTER ON live_index"},
                            {NULL, NULL}};
    check_complaints(inputs, "");
}

static void names_both_places_of_a_duplicate(void **state)
{
    const Input inputs[] = {
        {"a.sql", "\nCREATE VIEW x AS SELECT 1; CREATE INDEX i ON x (a); CREATE STATISTICS s ON a, b FROM x"},
        {"b.sql", "CREATE INDEX i ON public.x (b); CREATE STATISTICS public.s ON a, c FROM x"},
        {"x.sql", "SELECT 1"},
        {NULL, NULL}};
    void *context = talloc_new(NULL);
    Errors *errors = errors_new(context);
    SqlSet *set = NULL;
    assert_int_equal(read_inputs(context, inputs, &set, errors), STATUS_FAILED);
    assert_int_equal(errors->count, 3);
    assert_string_equal(error_format(errors, errors->items[0]),
                        "b.sql:1:1: a second statement creates public.i; keep this one or the one at a.sql:2");
    assert_string_equal(error_format(errors, errors->items[1]),
                        "x.sql:1:1: a second statement creates public.x; keep this one or the one at a.sql:2");
    assert_string_equal(error_format(errors, errors->items[2]),
                        "b.sql:1:33: a second statement creates public.s; keep this one or the one at a.sql:2");
    talloc_free(context);
}

static void an_index_may_not_have_a_views_name(void **state)
{
    const Input inputs[] = {{"a.sql", "CREATE VIEW x AS SELECT 1; CREATE INDEX x ON x (a)"}, {NULL, NULL}};
    check_complaints(inputs, "a.sql:1:28: a second statement creates public.x");
}

static void reports_all_files_in_one_go(void **state)
{
    const Input inputs[] = {
        {"a.sql", "SELEC"}, {"b.sql", "DROP VIEW a"}, {"c.sql", ""}, {"d.sql", "GRANT SELECT ON a TO b"}};
    check_complaints(inputs, "a.sql:1:1: syntax error at or near \"SELEC\"\n"
                             "b.sql:1:1: DROP VIEW does not belong in a view's file\n"
                             "c.sql:1:1: the file holds no statement");
}

static char *repeated(const void *context, const char *before, const char *piece, size_t times, const char *after)
{
    Text *text = text_new(context);
    text_add(text, before);
    for (size_t i = 0; i < times; i++)
        text_add(text, piece);
    text_add(text, after);
    return text->data;
}

static void refuses_trees_too_deep_for_the_stack(void **state)
{
    static const struct
    {
        const char *before, *piece, *after;
    } cases[] = {
        {"SELECT 1", "+1", ""},
        {"SELECT ", "(", "1"},
        {"SELECT 1", " UNION SELECT 1, 2", ""},
        {"SELECT * FROM a", " JOIN b ON c = d AND e = f", ""},
        {"SELECT ", "CASE WHEN a THEN b ELSE ", "1"},
        {"SELECT ", "NOT ", "a"},
        {"SELECT a", "::text", ""},
        {"SELECT a", " COLLATE b", ""},
        {"SELECT a", " AT TIME ZONE 'b'", ""},
        {"SELECT ", "f(a, 1 + ", "1"},
    };
    static const size_t times[] = {2100, 30000};
    for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++)
    {
        void *context = talloc_new(NULL);
        char *text = repeated(context, cases[i / 2].before, cases[i / 2].piece, times[i % 2], cases[i / 2].after);
        const Input inputs[] = {{"v.sql", text}, {NULL, NULL}};
        check_complaints(inputs, "v.sql:1:1: more than 2000 operators, joins and brackets inside each other");
        talloc_free(context);
    }
    void *context = talloc_new(NULL);
    const Input constant[] = {{"v.sql", repeated(context, "SELECT 'int", "+1", 9000, "'::regtype")}, {NULL, NULL}};
    check_complaints(constant, "");
    talloc_free(context);
}

static void takes_long_texts_that_are_flat(void **state)
{
    static const struct
    {
        const char *before, *piece, *after;
    } cases[] = {
        {"VALUES (1)", ", (1 + 2)", ""},
        {"SELECT 1 WHERE a IN (1", ", -1", ")"},
        {"SELECT 1 WHERE true", " AND a = 1 + 2", ""},
        {"SELECT 1 WHERE true", " OR a BETWEEN 1 AND 2 AND NOT b", ""},
        {"SELECT CASE", " WHEN a = 1 THEN b + 2", " ELSE 3 END"},
        {"SELECT 1", ", CASE WHEN a = 1 THEN f((b + 2) * 3) END", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
        void *context = talloc_new(NULL);
        const Input inputs[] = {{"v.sql", repeated(context, cases[i].before, cases[i].piece, 20000, cases[i].after)},
                                {NULL, NULL}};
        check_complaints(inputs, "");
        talloc_free(context);
    }
}

static void takes_only_file_names_that_name_a_view(void **state)
{
    static const Input cases[] = {
        {"a.b.c.sql", "the file's name gives the view more than a schema and a name"},
        {".x.sql", "the file's name gives the view an empty name"},
        {"a..sql", "the file's name gives the view an empty name"},
        {"a23456789b123456789c123456789d123456789e123456789f123456789g1234.sql",
         "the file's name gives the view a name of more than 63 bytes, which PostgreSQL would cut"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
        void *context = talloc_new(NULL);
        const Input inputs[] = {{cases[i].path, "SELECT 1"}, {NULL, NULL}};
        check_complaints(inputs, mem_printf(context, "%s:1:1: %s", cases[i].path, cases[i].text));
        talloc_free(context);
    }
}

/* ---- folders ---------------------------------------------------------------------------------------------- */

static int make_folder(void **state)
{
    char *folder = mem_strdup(NULL, "/tmp/test_sql_read.XXXXXX");
    *state = folder;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    char *command = mem_printf(NULL, "rm -rf '%s'", (char *) *state);
    int result = system(command);
    talloc_free(command);
    talloc_free(*state);
    return result;
}

static void put_bytes(const char *folder, const char *name, const char *bytes, size_t length)
{
    char *path = mem_printf(NULL, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fwrite(bytes, 1, length, file);
    fclose(file);
    talloc_free(path);
}

static void put(const char *folder, const char *name, const char *text)
{
    put_bytes(folder, name, text, strlen(text));
}

static void put_folder(const char *folder, const char *name)
{
    char *path = mem_printf(NULL, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
    talloc_free(path);
}

static void reads_a_folder_in_bytewise_order_without_hidden_ones(void **state)
{
    const char *folder = *state;
    put_folder(folder, "sub");
    put_folder(folder, "sub.sql");
    put_folder(folder, ".git");
    put(folder, "b.sql", "SELECT 1");
    put(folder, "Z.sql", "SELECT 1");
    put(folder, "readme.md", "no SQL");
    put(folder, ".hidden.sql", "no SQL");
    put(folder, ".git/x.sql", "no SQL");
    put(folder, "sub/a.sql", "SELECT 1");
    put(folder, "sub.sql/c.sql", "SELECT 1");
    char *loop = mem_printf(NULL, "%s/sub/loop", folder);
    assert_int_equal(symlink("..", loop), 0);
    Errors *errors = errors_new(NULL);
    SqlSet *set = NULL;
    assert_int_equal(sql_read_folder(errors, folder, "public", &set, errors), STATUS_OK);
    assert_int_equal(set->file_count, 4);
    static const char *const expected[] = {"Z.sql", "b.sql", "sub.sql/c.sql", "sub/a.sql"};
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(set->files[i]->path + strlen(folder) + 1, expected[i]);
    talloc_free(loop);
    talloc_free(errors);
}

static void reports_what_cannot_be_read_beside_what_is_wrong(void **state)
{
    const char *folder = *state;
    put(folder, "a.sql", "SELEC");
    put_bytes(folder, "zero.sql", "SELECT 1\0;", 10);
    char *dangling = mem_printf(NULL, "%s/gone.sql", folder);
    assert_int_equal(symlink("nowhere", dangling), 0);
    Errors *errors = errors_new(NULL);
    SqlSet *set = NULL;
    assert_int_equal(sql_read_folder(errors, folder, "public", &set, errors), STATUS_FAILED);
    assert_null(set);
    assert_int_equal(errors->count, 3);
    assert_string_equal(errors->items[0]->file, dangling);
    assert_string_equal(errors->items[0]->message, "cannot read: No such file or directory");
    assert_string_equal(errors->items[1]->message, "the file holds a zero byte at offset 8");
    assert_string_equal(errors->items[2]->message, "syntax error at or near \"SELEC\"");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(errors->items[i]->kind, ERROR_SOURCE);
    talloc_free(dangling);
    talloc_free(errors);
}

static void a_missing_folder_is_an_error(void **state)
{
    Errors *errors = errors_new(NULL);
    SqlSet *set = NULL;
    assert_int_equal(sql_read_folder(errors, "/nowhere/at/all", "public", &set, errors), STATUS_FAILED);
    assert_int_equal(errors->count, 1);
    assert_int_equal(errors_exit_code(errors), 2);
    talloc_free(errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(describes_every_kind_of_statement),
        cmocka_unit_test(says_where_things_are_stored),
        cmocka_unit_test(finds_the_query_alone),
        cmocka_unit_test(statements_come_by_path_then_position),
        cmocka_unit_test(refuses_what_does_not_belong),
        cmocka_unit_test(refuses_statements_about_nothing_of_the_set),
        cmocka_unit_test(cluster_on_needs_no_index_in_the_files),
        cmocka_unit_test(names_both_places_of_a_duplicate),
        cmocka_unit_test(an_index_may_not_have_a_views_name),
        cmocka_unit_test(reports_all_files_in_one_go),
        cmocka_unit_test(refuses_trees_too_deep_for_the_stack),
        cmocka_unit_test(takes_long_texts_that_are_flat),
        cmocka_unit_test(takes_only_file_names_that_name_a_view),
        cmocka_unit_test_setup_teardown(reads_a_folder_in_bytewise_order_without_hidden_ones, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(reports_what_cannot_be_read_beside_what_is_wrong, make_folder, remove_folder),
        cmocka_unit_test(a_missing_folder_is_an_error),
    };
    return cmocka_run_group_tests_name("sql_read", tests, NULL, NULL);
}
