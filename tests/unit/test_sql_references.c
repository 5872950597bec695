/*
 * Covers sql/reference.c, sql/site.c, sql/source.c: which names of a text are candidates, with which kind, name and
 * place; and which are none, because a CTE in scope hides them or because they name no relation.
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
    const char *expected; /* "r:s.x c:s.x t:x k:s.x": kind, then the name */
} Case;

static SqlSet *read_text(const void *context, const char *source)
{
    Errors *errors = errors_new(context);
    const char *paths[] = {"v.sql"};
    SqlSet *set = NULL;
    if (sql_read_texts(context, paths, &source, 1, "public", &set, errors) != STATUS_OK)
        fail_msg("%s: %s", source, error_format(errors, errors->items[0]));
    return set;
}

static char *listed(const void *context, const SqlStatement *statement)
{
    Text *text = text_new(context);
    for (size_t i = 0; i < statement->reference_count; i++)
    {
        const Reference *reference = &statement->references[i];
        const char *schema = reference->name.schema;
        text_addf(text, "%s%c:%s%s%s", i > 0 ? " " : "", "rctk"[reference->kind], schema == NULL ? "" : schema,
                  schema == NULL ? "" : ".", reference->name.name);
    }
    return text->data;
}

static void check(const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
    {
        void *context = talloc_new(NULL);
        const SqlSet *set = read_text(context, cases[i].source);
        char *text = listed(context, set->statements[set->statement_count - 1]);
        if (strcmp(text, cases[i].expected) != 0)
            print_error("source: %s\n", cases[i].source);
        assert_string_equal(text, cases[i].expected);
        talloc_free(context);
    }
}

#define CHECK(cases) check(cases, sizeof(cases) / sizeof *(cases))

static void finds_every_kind_in_text_order(void **state)
{
    static const Case cases[] = {
        {"SELECT 1", ""},
        {"SELECT * FROM x, s.y", "r:x r:s.y"},
        {"SELECT s.y.a, NULL::z, 'q.r'::regclass FROM x", "c:s.y t:z k:q.r t:regclass r:x"},
        {"SELECT a::text, b::s.t[], c::int, d::pg_catalog.int4, e::date FROM x",
         "t:text t:s.t t:pg_catalog.int4 t:date r:x"},
        {"SELECT regtype 'x[]', CAST('\"Y\"' AS regclass)", "t:regtype k:x k:Y t:regclass"},
        {"SELECT * FROM \"Big X\", BIG_Y, U&\"\\0078\"", "r:Big X r:big_y r:x"},
        {"SELECT * FROM db.s.x, only y, z *", "r:s.x r:y r:z"},
        {"SELECT a.b, a.b.c, a.b.c.d, (a.b).c FROM a", "c:a.b c:b.c r:a"},
        {"SELECT f(1), s.g(2) FROM h(3), s.i(4) AS t(c s.u)", "t:s.u"},
        {"TABLE x", "r:x"},
        {"SELECT * FROM x FOR UPDATE OF x", "r:x"},
    };
    CHECK(cases);
}

static void finds_unqualified_names_that_no_cte_hides(void **state)
{
    static const Case cases[] = {
        {"WITH x AS (SELECT 1) SELECT * FROM x", ""},
        {"WITH x AS (SELECT * FROM x) SELECT * FROM x", "r:x"},
        {"WITH RECURSIVE x AS (SELECT * FROM x) SELECT * FROM x", ""},
        {"WITH x AS (SELECT 1) SELECT * FROM s.x", "r:s.x"},
        {"WITH a AS (TABLE b), b AS (TABLE a) TABLE b", "r:b"},
        {"WITH RECURSIVE a AS (TABLE b), b AS (TABLE a) TABLE b", ""},
        {"WITH a AS (WITH b AS (TABLE c) TABLE b) SELECT * FROM a, b", "r:c r:b"},
        {"WITH x AS (SELECT 1) SELECT (SELECT max(a) FROM x), y.* FROM (SELECT * FROM x) y", ""},
        {"WITH x AS (SELECT 1) SELECT 1 WHERE EXISTS (SELECT FROM x, LATERAL (TABLE x) y)", ""},
        {"SELECT * FROM (WITH x AS (SELECT 1) TABLE x) s, x", "r:x"},
        {"WITH x AS (SELECT 1) TABLE x UNION TABLE x UNION (WITH y AS (TABLE x) TABLE y)", ""},
        {"(WITH x AS (SELECT 1) TABLE x) UNION TABLE x", "r:x"},
        {"WITH x AS (SELECT 1) SELECT NULL::x, 'x'::regclass FROM x", "t:x k:x t:regclass"},
        {"WITH \"X\" AS (SELECT 1) SELECT * FROM X, \"X\"", "r:x"},
        {"WITH v AS (SELECT 1) SELECT * FROM v", ""},
        {"WITH x AS (SELECT 1 FROM y ORDER BY (SELECT 1 FROM z)) SELECT 1 FROM w LIMIT (SELECT 1 FROM x)",
         "r:y r:z r:w"},
        {"WITH x AS (SELECT 1), y AS (SELECT * FROM (VALUES ((TABLE x))) t) TABLE y", ""},
        {"CREATE MATERIALIZED VIEW x AS WITH x AS (SELECT 1) TABLE x", ""},
        {"CREATE MATERIALIZED VIEW x AS WITH x AS (TABLE x) TABLE x", "r:x"},
        {"CREATE MATERIALIZED VIEW x AS SELECT * FROM y", "r:y"},
        {"CREATE RECURSIVE VIEW x (n) AS SELECT 1 UNION SELECT n + 1 FROM x, y", "r:y"},
    };
    CHECK(cases);
}

static void a_statement_does_not_refer_to_the_view_it_is_about(void **state)
{
    static const char base[] = "CREATE VIEW public.x AS SELECT 1; ";
    static const Case cases[] = {
        {"CREATE INDEX ON public.x ((public.x.a), (NULL::x), (NULL::y))", "t:y"},
        {"CREATE STATISTICS st ON a, (s.y.a) FROM x", "c:s.y"},
        {"COMMENT ON COLUMN x.a IS ''", ""},
        {"GRANT SELECT ON x TO y", ""},
        {"ALTER VIEW x ALTER a SET DEFAULT 'y'::regclass", "k:y t:regclass"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
        char *source = mem_printf(NULL, "%s%s", base, cases[i].source);
        Case test = {source, cases[i].expected};
        check(&test, 1);
        talloc_free(source);
    }
}

static void places_count_lines_characters_and_bytes(void **state)
{
    static const char source[] = "\xEF\xBB\xBF-- caf\xC3\xA9\r\nSELECT '\xE2\x82\xAC', \"S\".x.a,\n"
                                 "  /* \xC3\xA9 */ 's.y'::regclass\nFROM \"S\" . x, db.s.z, w";
    void *context = talloc_new(NULL);
    const SqlStatement *statement = read_text(context, source)->statements[0];
    static const struct
    {
        int line, column;
        const char *text;
    } expected[] = {{2, 13, "\"S\""}, {3, 11, "'s.y'"}, {3, 18, "regclass"},
                    {4, 6, "\"S\""},  {4, 18, "s"},     {4, 23, "w"}};
    assert_int_equal(statement->line, 2);
    assert_int_equal(statement->column, 1);
    assert_int_equal(statement->reference_count, 6);
    for (size_t i = 0; i < 6; i++)
    {
        const Reference *reference = &statement->references[i];
        assert_int_equal(reference->line, expected[i].line);
        assert_int_equal(reference->column, expected[i].column);
        assert_int_equal(reference->length, strlen(expected[i].text));
        assert_memory_equal(statement->file->text + reference->offset, expected[i].text, reference->length);
    }
    talloc_free(context);
}

static void a_byte_order_mark_takes_no_column(void **state)
{
    void *context = talloc_new(NULL);
    const SqlStatement *statement = read_text(context, "\xEF\xBB\xBFTABLE x")->statements[0];
    assert_int_equal(statement->column, 1);
    assert_int_equal(statement->references[0].column, 7);
    talloc_free(context);
}

static void values_of_options_are_no_types(void **state)
{
    static const Case cases[] = {
        {"CREATE MATERIALIZED VIEW v WITH (autovacuum_enabled = off, a.b = x) AS SELECT 1", ""},
        {"CREATE VIEW v WITH (check_option = local) AS SELECT NULL::t FROM x", "t:t r:x"},
        {"CREATE MATERIALIZED VIEW v AS SELECT 1; CREATE INDEX i ON v USING gin (a b (c = x)) WITH (fastupdate = off, d = s.x)",
         ""},
    };
    CHECK(cases);
}

static void long_names_are_cut_as_postgresql_cuts_them(void **state)
{
    /* 62 bytes and a two-byte character: the character goes whole */
    char source[200] = "SELECT '";
    memset(source + 8, 'a', 62);
    strcpy(source + 70, "\xC3\xA9"
                        "b.x'::regclass");
    void *context = talloc_new(NULL);
    const SqlStatement *statement = read_text(context, source)->statements[0];
    assert_int_equal(strlen(statement->references[0].name.schema), 62);
    talloc_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_every_kind_in_text_order),
        cmocka_unit_test(finds_unqualified_names_that_no_cte_hides),
        cmocka_unit_test(a_statement_does_not_refer_to_the_view_it_is_about),
        cmocka_unit_test(places_count_lines_characters_and_bytes),
        cmocka_unit_test(a_byte_order_mark_takes_no_column),
        cmocka_unit_test(values_of_options_are_no_types),
        cmocka_unit_test(long_names_are_cut_as_postgresql_cuts_them),
    };
    return cmocka_run_group_tests_name("sql_references", tests, NULL, NULL);
}
