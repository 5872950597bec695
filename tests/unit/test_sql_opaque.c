/*
 * Covers sql/opaque.c: which places of a text hold names or queries that no parser can see, with their kind, the name
 * where it is a constant, and the place; and which do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "matswap/memory.h"
#include "matswap/sql.h"
#include "matswap/text.h"

typedef struct Case
{
    const char *source;
    const char *expected; /* "n:column[=name] …", with n, q or t for the kind, of the last statement */
} Case;

static const SqlStatement *read_last(const void *context, const char *source)
{
    Errors *errors = errors_new(context);
    const char *paths[] = {"v.sql"};
    SqlSet *set = NULL;
    if (sql_read_texts(context, paths, &source, 1, "public", &set, errors) != STATUS_OK)
        fail_msg("%s: %s", source, error_format(errors, errors->items[0]));
    return set->statements[set->statement_count - 1];
}

static char *listed(const void *context, const SqlStatement *statement)
{
    Text *text = text_new(context);
    for (size_t i = 0; i < statement->opaque_count; i++)
    {
        const SqlOpaque *opaque = &statement->opaque[i];
        text_addf(text, "%s%c:%d", i > 0 ? " " : "", "nqt"[opaque->kind], opaque->column);
        if (opaque->name.name != NULL)
            text_addf(text, "=%s", name_qualified(text, opaque->name));
    }
    return text->data;
}

static void check(const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
    {
        void *context = talloc_new(NULL);
        char *text = listed(context, read_last(context, cases[i].source));
        if (strcmp(text, cases[i].expected) != 0)
            print_error("source: %s\n", cases[i].source);
        assert_string_equal(text, cases[i].expected);
        talloc_free(context);
    }
}

#define CHECK(cases) check(cases, sizeof(cases) / sizeof *(cases))

static void finds_casts_of_what_is_no_string_constant(void **state)
{
    static const Case cases[] = {
        {"SELECT tableoid::regclass FROM x", "n:16"},
        {"SELECT tableoid::regclass::text FROM x", "n:16"},
        {"SELECT CAST('app.' || 'x' AS regclass)", "n:8"},
        {"SELECT ('app.' || 'x')::pg_catalog.regtype", "n:23"},
        {"SELECT 'App.X'::text::regclass", "n:21=app.x"},
        {"SELECT 'x[]'::varchar::text::regtype", "n:28=x"},
        {"SELECT string_to_array(a, ',')::regclass[] FROM x", "n:31"},
        {"SELECT ARRAY['x', NULL, a]::regclass[] FROM x", "n:27"},
        {"SELECT 4711::regclass", "n:12"},
        {"SELECT 1 FROM x WHERE a IN (SELECT b::regtype FROM y)", "n:37"},
        {"WITH c AS (SELECT a::regclass FROM x) SELECT 1 FROM c", "n:20"},
    };
    CHECK(cases);
}

static void leaves_what_is_a_reference_or_names_nothing(void **state)
{
    static const Case cases[] = {
        {"SELECT 'app.x'::regclass, regclass 'x', CAST('x' AS regtype)", ""},
        {"SELECT ARRAY['x', 'y']::regclass[], ARRAY['x'::regclass]::regclass[]", ""},
        {"SELECT 'x'::regclass::oid, 'x'::regclass::oid::regclass, NULL::regclass, NULL::text::regclass", ""},
        {"SELECT '{}'::regclass[], '{1,2}'::regtype[], '4711'::regclass", ""},
        {"SELECT a::app.regclass, a::text, 'app.x', 'tableoid::regclass', \"to_regclass\" FROM x", ""},
        {"SELECT a || 'app.x', a || b, 'x'::regtype = b FROM x", ""},
        {"SELECT nextval('s'), currval('app.s'), pg_relation_size('app.x')", ""},
        {"SELECT * FROM json_to_record('{}') AS x(a oid, b text)", ""},
        {"SELECT '{app.x}'::text[], '{x}'::app.t, 'app.x'::app.t, '{\"a\": \"app.x\"}'::json", ""},
    };
    CHECK(cases);
}

static void finds_calls_that_look_text_up(void **state)
{
    static const Case cases[] = {
        {"SELECT to_regclass('app.\"X\"'), to_regtype('x[]')", "n:8=app.\"X\" n:32=x"},
        {"SELECT pg_catalog.to_regclass(a), to_regclass('a' || 'b') FROM x", "n:8 n:35"},
        {"SELECT to_regclass('x'::text)", "n:8=x"},
        {"SELECT ('' || to_regclass('x'))::regclass", "n:15=x n:32"},
        {"SELECT query_to_xml('TABLE app.x', true, true, ''), query_to_xmlschema(q, true, true, '') FROM x",
         "q:8 q:53"},
        {"SELECT query_to_xml_and_xmlschema(q, true, true, ''), cursor_to_xml(c, 1, true, true, '') FROM x",
         "q:8 q:55"},
        {"SELECT schema_to_xml('app', true, true, '')", "q:8"},
        {"SELECT table_to_xml('app.x', true, true, ''), table_to_xml(a, true, true, '') FROM y", "n:8=app.x n:47"},
        {"SELECT table_to_xml('app.x'::regclass, true, true, '')", ""},
        {"SELECT table_to_xml(a::regclass, true, true, '') FROM y", "n:22"},
        {"SELECT * FROM public.dblink('', 'TABLE x') AS t(a int)", "q:15"},
        {"SELECT * FROM crosstab('TABLE x') AS t(a int), ts_stat('TABLE x')", "q:15 q:48"},
    };
    CHECK(cases);
}

static void finds_constants_that_become_text(void **state)
{
    static const Case cases[] = {
        {"SELECT 'app.x'::regclass::text", "t:8=app.x"},
        {"SELECT CAST(regclass 'x' AS varchar(9)), 'y'::regtype::name", "t:22=x t:42=y"},
        {"SELECT 'app.x'::regclass || '!', '!' || 'x[]'::regtype", "t:8=app.x t:41=x"},
        {"SELECT ARRAY['x', 'app.y']::regclass[]::text[]", "t:14=x t:19=app.y"},
        {"SELECT '4711'::regclass::text", ""},
    };
    CHECK(cases);
}

static void finds_columns_that_get_the_type(void **state)
{
    static const Case cases[] = {
        {"SELECT * FROM json_to_record('{}') AS x(a regclass, b int, c regtype[])", "n:43 n:62"},
        {"SELECT * FROM ROWS FROM (json_to_recordset('[]') AS (a regclass)) AS x", "n:56"},
        {"SELECT * FROM XMLTABLE('/' PASSING a COLUMNS b regclass PATH 'b')", "n:48"},
    };
    CHECK(cases);
}

static void finds_qualified_names_inside_literals_of_other_types(void **state)
{
    static const Case cases[] = {
        {"SELECT '{app.x, \"app.\\\"Y\\\"\",z}'::app.t", "n:8=app.x n:8=app.\"Y\""},
        {"SELECT '(1,\"app.\"\"Y\"\"\")'::app.t, '{\"\",{app.x}}'::t[]", "n:8=app.\"Y\" n:34=app.x"},
        {"SELECT '{'::t, '{\"'::t, '{\"\\'::t, '{}'::t[]", ""},
    };
    CHECK(cases);
}

static void looks_into_index_expressions_and_every_kind_of_view(void **state)
{
    static const Case cases[] = {
        {"CREATE VIEW v AS SELECT to_regclass('x')", "n:25=x"},
        {"CREATE RECURSIVE VIEW v (a) AS SELECT b::regclass FROM x", "n:40"},
        {"CREATE VIEW v AS SELECT 1 AS a; CREATE INDEX ON v ((a::regclass)) WITH (fillfactor = regclass)", "n:54"},
        {"CREATE VIEW v AS SELECT 1 AS a; CREATE STATISTICS s ON (a::regclass), a FROM v", "n:58"},
        {"CREATE VIEW v AS SELECT 1 AS a; GRANT SELECT ON v TO to_regclass", ""},
    };
    CHECK(cases);
}

static void says_what_and_on_which_line(void **state)
{
    static const struct
    {
        const char *what;
        int line, column;
    } expected[] = {{"to_regtype", 1, 8},
                    {"a cast to regtype", 2, 14},
                    {"the text of a regclass constant", 3, 2},
                    {"a name inside an array or row constant", 4, 2},
                    {"a column of type regclass", 6, 1}};
    void *context = talloc_new(NULL);
    const SqlStatement *statement =
        read_last(context, "SELECT to_regtype(a),\n '\xE2\x82\xAC', '' || a::regtype,\n 'x'::regclass::text,\n"
                           " '{a.x}'::t\nFROM json_to_record('{}') AS t(b\nregclass)");
    assert_int_equal(statement->opaque_count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < statement->opaque_count; i++)
    {
        assert_string_equal(statement->opaque[i].what, expected[i].what);
        assert_int_equal(statement->opaque[i].line, expected[i].line);
        assert_int_equal(statement->opaque[i].column, expected[i].column);
    }
    talloc_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_casts_of_what_is_no_string_constant),
        cmocka_unit_test(leaves_what_is_a_reference_or_names_nothing),
        cmocka_unit_test(finds_calls_that_look_text_up),
        cmocka_unit_test(finds_constants_that_become_text),
        cmocka_unit_test(finds_columns_that_get_the_type),
        cmocka_unit_test(finds_qualified_names_inside_literals_of_other_types),
        cmocka_unit_test(looks_into_index_expressions_and_every_kind_of_view),
        cmocka_unit_test(says_what_and_on_which_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
