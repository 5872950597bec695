/* Covers src/sql/reprint.c: what is put into a definition, and where; tests/integration/reprint.sh has what the
 * server says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "matswap/memory.h"
#include "matswap/sql.h"

static void assert_becomes(const char *definition, const char *expected)
{
    void *context = mem_context(NULL);
    assert_string_equal(sql_reprintable(context, definition), expected);
    talloc_free(context);
}

static void assert_stays(const char *definition)
{
    assert_becomes(definition, definition);
}

static void a_column_without_a_name_is_given_it(void **state)
{
    assert_becomes("SELECT a AS x UNION ALL SELECT 'b'::text;",
                   "SELECT a AS x UNION ALL SELECT 'b'::text AS \"?column?\";");
    assert_becomes("SELECT ( SELECT 'b'::text, f(c, d[1]) FROM t) AS x",
                   "SELECT ( SELECT 'b'::text AS \"?column?\", f(c, d[1]) AS \"?column?\" FROM t) AS x");
    assert_becomes("SELECT p(0.5) WITHIN GROUP (ORDER BY v), NULLIF(a, b) GROUP BY a",
                   "SELECT p(0.5) WITHIN GROUP (ORDER BY v) AS \"?column?\", NULLIF(a, b) AS \"?column?\" GROUP BY a");
    assert_becomes("SELECT DISTINCT ON (a) CASE WHEN a THEN b END WHERE a UNION SELECT now() LIMIT 1",
                   "SELECT DISTINCT ON (a) CASE WHEN a THEN b END AS \"?column?\" WHERE a UNION SELECT now() AS "
                   "\"?column?\" LIMIT 1");
}

static void what_the_parser_names_alike_stays(void **state)
{
    assert_stays(
        "SELECT a, t.b, t.*, 1, 'x', 2.5, NULL, (a + b), (a AND b), (a IS NULL), (a IS TRUE), f(x) AS f FROM t");
    assert_stays("SELECT a FROM (VALUES (1, 'a'::text)) v (a, b)");
}

static void a_cast_of_an_array_is_kept_apart_from_its_elements(void **state)
{
    assert_becomes(
        "SELECT ((x)::text = ANY ((ARRAY['a'::character varying, 'b, ]'::character varying])::text[])) AS y",
        "SELECT ((x)::text = ANY ((ARRAY['a'::character varying, 'b, ]'::character varying]::character varying[])"
        "::text[])) AS y");
    assert_becomes(
        "CREATE INDEX i ON public.t USING btree (a) WHERE (a = ANY ((ARRAY['p.q'::regclass])::oid[]))",
        "CREATE INDEX i ON public.t USING btree (a) WHERE (a = ANY ((ARRAY['p.q'::regclass]::regclass[])::oid[]))");
    assert_stays("SELECT ARRAY[]::text[] AS a, ARRAY['a'::text, 'b'::text] AS b, (ARRAY[1, x])::bigint[] AS c, "
                 "(ARRAY['a'::name, 'b'::text])::text[] AS d");
}

static void a_list_of_conditions_stays_a_list_of_its_own(void **state)
{
    assert_becomes("SELECT a FROM t WHERE (((a >= 1) AND (a <= 2)) AND b AND ((c >= 1) AND (c <= 2)))",
                   "SELECT a FROM t WHERE (((a >= 1) AND (a <= 2))::boolean AND b AND ((c >= 1) AND (c <= 2)))");
    assert_becomes("SELECT a FROM t WHERE ((((a < 1) OR (a > 2)) OR b) OR c)",
                   "SELECT a FROM t WHERE ((((a < 1) OR (a > 2))::boolean OR b)::boolean OR c)");
    assert_stays("SELECT a FROM t WHERE (((a < 1) OR (a > 2)) AND (f(x AND y) AND b))");
    assert_stays(
        "SELECT sum(a) OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM t WHERE (f((a AND b)) AND c)");
}

static void what_cannot_be_read_stays(void **state)
{
    assert_stays("SELECT 'b'::text, FROM WHERE ((a AND b) AND c)");
    assert_stays("");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_column_without_a_name_is_given_it),
        cmocka_unit_test(what_the_parser_names_alike_stays),
        cmocka_unit_test(a_cast_of_an_array_is_kept_apart_from_its_elements),
        cmocka_unit_test(a_list_of_conditions_stays_a_list_of_its_own),
        cmocka_unit_test(what_cannot_be_read_stays),
    };
    return cmocka_run_group_tests_name("sql_reprint", tests, NULL, NULL);
}
