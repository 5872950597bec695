/*
 * Covers sql/rewrite.c, sql/edit.c, sql/site.c, sql/constant.c on queries: which of their names move to the new
 * generation, wherever they stand, and which only look like it.
 */
#include "rewrite_fixture.h"

#define QUERY(source, expected)                                                                                        \
    {                                                                                                                  \
        source, CREATE expected NO_DATA                                                                                \
    }
#define SAME(source) QUERY(source, source)

static void edits_qualified_relations_wherever_they_stand(void **state)
{
    static const Case cases[] = {
        QUERY("SELECT * FROM public.x", "SELECT * FROM public_new.x"),
        QUERY("TABLE public.x", "TABLE public_new.x"),
        QUERY("VALUES ((SELECT a FROM public.x))", "VALUES ((SELECT a FROM public_new.x))"),
        QUERY("SELECT * FROM sales.x, public.x", "SELECT * FROM sales_new.x, public_new.x"),
        QUERY("SELECT * FROM PUBLIC.X", "SELECT * FROM public_new.X"),
        QUERY("SELECT * FROM \"public\".\"x\"", "SELECT * FROM public_new.\"x\""),
        QUERY("SELECT * FROM public . x", "SELECT * FROM public_new . x"),
        QUERY("SELECT * FROM public /* p */ . -- q\n x", "SELECT * FROM public_new /* p */ . -- q\n x"),
        QUERY("SELECT * FROM \"S 1\".x", "SELECT * FROM \"S 1_new\".x"),
        QUERY("SELECT * FROM U&\"p\\0075blic\".x", "SELECT * FROM public_new.x"),
        QUERY("SELECT * FROM U&\"p!0075blic\" UESCAPE '!' . x", "SELECT * FROM public_new . x"),
        QUERY("SELECT * FROM public.U&\"\\0078\" t", "SELECT * FROM public_new.U&\"\\0078\" t"),
        QUERY("SELECT * FROM public.\"Mixed Case\"", "SELECT * FROM public_new.\"Mixed Case\""),
        QUERY("SELECT * FROM public.select", "SELECT * FROM public_new.select"),
        QUERY("SELECT * FROM public.caf\xC3\xA9", "SELECT * FROM public_new.caf\xC3\xA9"),
        QUERY("SELECT '\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80', a FROM public.x",
              "SELECT '\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80', a FROM public_new.x"),
        QUERY("SELECT * FROM db.public.x", "SELECT * FROM db.public_new.x"),
        QUERY("SELECT * FROM ONLY public.x", "SELECT * FROM ONLY public_new.x"),
        QUERY("SELECT * FROM ONLY (public.x)", "SELECT * FROM ONLY (public_new.x)"),
        QUERY("SELECT * FROM public.x *", "SELECT * FROM public_new.x *"),
        QUERY("SELECT * FROM public.x AS public(a, b)", "SELECT * FROM public_new.x AS public(a, b)"),
        QUERY("SELECT * FROM public.x x", "SELECT * FROM public_new.x x"),
        QUERY("SELECT * FROM (SELECT * FROM public.x) s", "SELECT * FROM (SELECT * FROM public_new.x) s"),
        QUERY("SELECT * FROM a, LATERAL (SELECT * FROM public.x WHERE x.a = a.a) s",
              "SELECT * FROM a, LATERAL (SELECT * FROM public_new.x WHERE x.a = a.a) s"),
        QUERY("SELECT * FROM public.x JOIN public.y USING (a) LEFT JOIN (public.z NATURAL JOIN sales.x) ON true",
              "SELECT * FROM public_new.x JOIN public_new.y USING (a) LEFT JOIN (public_new.z NATURAL JOIN sales_new.x)"
              " ON true"),
        QUERY("SELECT 1 FROM public.x UNION ALL SELECT 2 FROM public.y EXCEPT (SELECT 3 FROM public.z)",
              "SELECT 1 FROM public_new.x UNION ALL SELECT 2 FROM public_new.y EXCEPT (SELECT 3 FROM public_new.z)"),
        QUERY("SELECT (SELECT max(a) FROM public.x)", "SELECT (SELECT max(a) FROM public_new.x)"),
        QUERY("SELECT ARRAY(SELECT a FROM public.x)", "SELECT ARRAY(SELECT a FROM public_new.x)"),
        QUERY("SELECT 1 WHERE EXISTS (SELECT FROM public.x) AND 1 IN (TABLE public.y) AND 2 > ALL (TABLE public.z)",
              "SELECT 1 WHERE EXISTS (SELECT FROM public_new.x) AND 1 IN (TABLE public_new.y) AND 2 > ALL (TABLE"
              " public_new.z)"),
        QUERY("SELECT a FROM t GROUP BY a HAVING a > (SELECT 1 FROM public.x)",
              "SELECT a FROM t GROUP BY a HAVING a > (SELECT 1 FROM public_new.x)"),
        QUERY(
            "SELECT a FROM t ORDER BY (SELECT 1 FROM public.x) LIMIT (SELECT 1 FROM public.y) OFFSET (SELECT 1 FROM"
            " public.z)",
            "SELECT a FROM t ORDER BY (SELECT 1 FROM public_new.x) LIMIT (SELECT 1 FROM public_new.y) OFFSET (SELECT 1"
            " FROM public_new.z)"),
        QUERY("SELECT DISTINCT ON ((SELECT 1 FROM public.x)) a FROM t",
              "SELECT DISTINCT ON ((SELECT 1 FROM public_new.x)) a FROM t"),
        QUERY("SELECT CASE WHEN a THEN (SELECT 1 FROM public.x) ELSE (SELECT 2 FROM public.y) END FROM t",
              "SELECT CASE WHEN a THEN (SELECT 1 FROM public_new.x) ELSE (SELECT 2 FROM public_new.y) END FROM t"),
        QUERY("SELECT sum(a) FILTER (WHERE a IN (SELECT a FROM public.x)) OVER w FROM t WINDOW w AS (PARTITION BY"
              " (SELECT 1 FROM public.y) ORDER BY b)",
              "SELECT sum(a) FILTER (WHERE a IN (SELECT a FROM public_new.x)) OVER w FROM t WINDOW w AS (PARTITION BY"
              " (SELECT 1 FROM public_new.y) ORDER BY b)"),
        QUERY("SELECT * FROM public.x TABLESAMPLE system (10) REPEATABLE (1)",
              "SELECT * FROM public_new.x TABLESAMPLE system (10) REPEATABLE (1)"),
        QUERY("SELECT * FROM ROWS FROM (generate_series(1, (SELECT 2 FROM public.x)), f()) WITH ORDINALITY",
              "SELECT * FROM ROWS FROM (generate_series(1, (SELECT 2 FROM public_new.x)), f()) WITH ORDINALITY"),
        QUERY("SELECT * FROM public.x FOR UPDATE OF x", "SELECT * FROM public_new.x FOR UPDATE OF x"),
        QUERY("SELECT grouping(a) FROM public.x GROUP BY GROUPING SETS ((a), ROLLUP (b), CUBE (c))",
              "SELECT grouping(a) FROM public_new.x GROUP BY GROUPING SETS ((a), ROLLUP (b), CUBE (c))"),
        QUERY("SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY (SELECT 1 FROM public.x)) FROM t",
              "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY (SELECT 1 FROM public_new.x)) FROM t"),
        QUERY("SELECT coalesce((SELECT 1 FROM public.x), greatest(2, (SELECT 3 FROM public.y)))",
              "SELECT coalesce((SELECT 1 FROM public_new.x), greatest(2, (SELECT 3 FROM public_new.y)))"),
        QUERY("SELECT * FROM t, XMLTABLE('/a' PASSING (SELECT d FROM public.x) COLUMNS a int PATH 'a') q",
              "SELECT * FROM t, XMLTABLE('/a' PASSING (SELECT d FROM public_new.x) COLUMNS a int PATH 'a') q"),
        QUERY("SELECT (public.f(a)).b FROM public.x", "SELECT (public.f(a)).b FROM public_new.x"),
        QUERY("SELECT\"public\".x.a FROM\"public\".\"x\"", "SELECT public_new.x.a FROM public_new.\"x\""),
        QUERY("(SELECT * FROM public.x)", "(SELECT * FROM public_new.x)"),
    };
    CHECK_QUERIES(cases);
}

static void edits_relations_in_with_queries_whatever_hides_them(void **state)
{
    static const Case cases[] = {
        QUERY("WITH x AS (SELECT * FROM public.x) SELECT * FROM x",
              "WITH x AS (SELECT * FROM public_new.x) SELECT * FROM x"),
        QUERY("WITH v AS (SELECT * FROM public.x) SELECT * FROM v",
              "WITH v AS (SELECT * FROM public_new.x) SELECT * FROM v"),
        QUERY("WITH x AS (SELECT 1) SELECT * FROM x, public.x AS o",
              "WITH x AS (SELECT 1) SELECT * FROM x, public_new.x AS o"),
        QUERY("WITH RECURSIVE t(n) AS (SELECT 1 FROM public.x UNION ALL SELECT n + 1 FROM t, public.y) SELECT * FROM t",
              "WITH RECURSIVE t(n) AS (SELECT 1 FROM public_new.x UNION ALL SELECT n + 1 FROM t, public_new.y) SELECT *"
              " FROM t"),
        QUERY("WITH a AS MATERIALIZED (WITH b AS NOT MATERIALIZED (TABLE public.x) TABLE b) TABLE a",
              "WITH a AS MATERIALIZED (WITH b AS NOT MATERIALIZED (TABLE public_new.x) TABLE b) TABLE a"),
        QUERY(
            "WITH RECURSIVE t AS (SELECT a, b FROM public.x UNION ALL SELECT a, b FROM t) SEARCH DEPTH FIRST BY a SET o"
            " CYCLE a SET c USING p SELECT * FROM t",
            "WITH RECURSIVE t AS (SELECT a, b FROM public_new.x UNION ALL SELECT a, b FROM t) SEARCH DEPTH FIRST BY a"
            " SET o CYCLE a SET c USING p SELECT * FROM t"),
    };
    CHECK_QUERIES(cases);
}

static void edits_qualified_columns_of_three_parts_and_more(void **state)
{
    static const Case cases[] = {
        QUERY("SELECT public.x.a FROM public.x", "SELECT public_new.x.a FROM public_new.x"),
        QUERY("SELECT public.x.* FROM public.x", "SELECT public_new.x.* FROM public_new.x"),
        QUERY("SELECT public.x.a FROM x", "SELECT public_new.x.a FROM x"),
        QUERY("SELECT db.public.x.a FROM public.x", "SELECT db.public_new.x.a FROM public_new.x"),
        QUERY("SELECT db.public.x.* FROM public.x", "SELECT db.public_new.x.* FROM public_new.x"),
        QUERY("SELECT count(public.x.*) FROM public.x", "SELECT count(public_new.x.*) FROM public_new.x"),
        QUERY("SELECT public.x.a[1:2], (public.x.b).c FROM public.x",
              "SELECT public_new.x.a[1:2], (public_new.x.b).c FROM public_new.x"),
        QUERY("SELECT \"public\" . \"Mixed Case\" . a FROM public.\"Mixed Case\"",
              "SELECT public_new . \"Mixed Case\" . a FROM public_new.\"Mixed Case\""),
        QUERY("SELECT 1 FROM public.x JOIN sales.x ON public.x.a = sales.x.a ORDER BY sales.x.b",
              "SELECT 1 FROM public_new.x JOIN sales_new.x ON public_new.x.a = sales_new.x.a ORDER BY sales_new.x.b"),
        QUERY("SELECT (SELECT public.x.a) FROM public.x", "SELECT (SELECT public_new.x.a) FROM public_new.x"),
        QUERY("SELECT public.x.a::text || public.x.b COLLATE \"C\" FROM public.x",
              "SELECT public_new.x.a::text || public_new.x.b COLLATE \"C\" FROM public_new.x"),
    };
    CHECK_QUERIES(cases);
}

static void edits_row_types(void **state)
{
    static const Case cases[] = {
        QUERY("SELECT NULL::public.x", "SELECT NULL::public_new.x"),
        QUERY("SELECT CAST(NULL AS public.x)", "SELECT CAST(NULL AS public_new.x)"),
        QUERY("SELECT NULL::public.x[]", "SELECT NULL::public_new.x[]"),
        QUERY("SELECT NULL::public.x ARRAY[3]", "SELECT NULL::public_new.x ARRAY[3]"),
        QUERY("SELECT ROW(1, 2)::public.x", "SELECT ROW(1, 2)::public_new.x"),
        QUERY("SELECT (ROW(1, 2)::public.x).a", "SELECT (ROW(1, 2)::public_new.x).a"),
        QUERY("SELECT public.x '(1,2)'", "SELECT public_new.x '(1,2)'"),
        QUERY("SELECT NULL::db.public.x", "SELECT NULL::db.public_new.x"),
        QUERY("SELECT '(1)'::\"public\".\"Mixed Case\"", "SELECT '(1)'::public_new.\"Mixed Case\""),
        QUERY("SELECT * FROM json_to_record('{}') AS t(a public.x, b sales.y[])",
              "SELECT * FROM json_to_record('{}') AS t(a public_new.x, b sales_new.y[])"),
        QUERY("SELECT * FROM json_populate_recordset(NULL::public.x, '[]')",
              "SELECT * FROM json_populate_recordset(NULL::public_new.x, '[]')"),
        QUERY("SELECT * FROM ROWS FROM (f() AS (a public.x), g())",
              "SELECT * FROM ROWS FROM (f() AS (a public_new.x), g())"),
        QUERY("SELECT * FROM XMLTABLE('/a' PASSING d COLUMNS a public.x PATH 'a')",
              "SELECT * FROM XMLTABLE('/a' PASSING d COLUMNS a public_new.x PATH 'a')"),
        QUERY("SELECT xmlserialize(content d AS public.x) FROM t",
              "SELECT xmlserialize(content d AS public_new.x) FROM t"),
    };
    CHECK_QUERIES(cases);
}

static void edits_names_inside_constants_of_the_reg_types(void **state)
{
    static const Case cases[] = {
        QUERY("SELECT 'public.x'::regclass", "SELECT 'public_new.x'::regclass"),
        QUERY("SELECT regclass 'public.x'", "SELECT regclass 'public_new.x'"),
        QUERY("SELECT CAST('public.x' AS pg_catalog.regclass)", "SELECT CAST('public_new.x' AS pg_catalog.regclass)"),
        QUERY("SELECT pg_catalog.regclass 'public.x'", "SELECT pg_catalog.regclass 'public_new.x'"),
        QUERY("SELECT '\"public\".\"x\"'::regclass", "SELECT 'public_new.\"x\"'::regclass"),
        QUERY("SELECT 'public.\"Mixed Case\"'::regclass", "SELECT 'public_new.\"Mixed Case\"'::regclass"),
        QUERY("SELECT ' PUBLIC . X '::regclass", "SELECT ' public_new . X '::regclass"),
        QUERY("SELECT 'db.public.x'::regclass", "SELECT 'db.public_new.x'::regclass"),
        QUERY("SELECT E'public\\056x'::regclass", "SELECT 'public_new.x'::regclass"),
        QUERY("SELECT U&'public\\002Ex'::regclass", "SELECT 'public_new.x'::regclass"),
        QUERY("SELECT U&'public!002Ex' UESCAPE '!'::regclass", "SELECT 'public_new.x'::regclass"),
        QUERY("SELECT $$public.x$$::regclass", "SELECT 'public_new.x'::regclass"),
        QUERY("SELECT $q$public.x$q$::regclass", "SELECT 'public_new.x'::regclass"),
        QUERY("SELECT 'pub'\n'lic.x'::regclass", "SELECT 'public_new.x'::regclass"),
        QUERY("SELECT '\"S 1\".x'::regclass", "SELECT '\"S 1_new\".x'::regclass"),
        QUERY("SELECT 'public.x'::regtype", "SELECT 'public_new.x'::regtype"),
        QUERY("SELECT 'public.x[]'::regtype", "SELECT 'public_new.x[]'::regtype"),
        QUERY("SELECT regtype '\"public\" . x'", "SELECT regtype 'public_new . x'"),
        QUERY("SELECT ARRAY['public.x', 'sales.y', 'q.r']::regclass[]",
              "SELECT ARRAY['public_new.x', 'sales_new.y', 'q.r']::regclass[]"),
        QUERY("SELECT nextval('public.x'::regclass)", "SELECT nextval('public_new.x'::regclass)"),
        QUERY("SELECT 'public.x'::regclass::oid", "SELECT 'public_new.x'::regclass::oid"),
        QUERY("SELECT'public.\"b\\s\"'::regclass", "SELECT E'public_new.\"b\\\\s\"'::regclass"),
        QUERY("SELECT'public.x'::regclass", "SELECT 'public_new.x'::regclass"),
        SAME("SELECT 'x'::regclass"),
        SAME("SELECT 'public.other'::regclass"),
        SAME("SELECT '12345'::regclass, '-'::regtype, ''::regclass, 'a b'::regclass, '\"'::regclass, 'a..b'::regclass"),
        SAME("SELECT 'public.x; drop table y'::regtype, 'public.x FROM y'::regtype, 'int'::regtype, ')('::regtype"),
        SAME("SELECT 'public.x'::text::regclass"),
        SAME("SELECT 'public.x'::regproc, 'public.x'::regnamespace, 'public.x'::sales.regclass"),
        SAME("SELECT to_regclass('public.x'), pg_relation_size('public.x'), 'public.x'"),
        SAME("SELECT 'public.x' AS regclass"),
        SAME("SELECT ARRAY['public.x']::regclass, 'a.b.c.d'::regclass"),
    };
    CHECK_QUERIES(cases);
}

static void leaves_alone_what_only_looks_like_a_member(void **state)
{
    static const Case cases[] = {
        SAME("SELECT * FROM x"),
        SAME("SELECT x.a, x.*, x FROM x"),
        SAME("SELECT public.x FROM t AS public(x)"),
        SAME("SELECT public.x, public.* FROM other AS public"),
        SAME("SELECT sales.x FROM q.sales"),
        SAME("SELECT (public.x).a, (public).x FROM other AS public"),
        SAME("SELECT public.x(1), public.x(), public.x(DISTINCT a ORDER BY b) FROM t"),
        SAME("SELECT * FROM public.x(1)"),
        SAME("SELECT * FROM public.x(1) AS x(a int)"),
        SAME("SELECT * FROM ROWS FROM (public.x(1), public.y())"),
        SAME("SELECT 'public.x', \"public.x\", $$public.x$$, E'public.x' FROM t"),
        SAME("SELECT 1 /* public.x /* public.y */ public.z */ FROM t"),
        SAME("SELECT 1 -- public.x\nFROM t"),
        SAME("SELECT a OPERATOR(public.+) b FROM t"),
        SAME("SELECT a COLLATE public.x FROM t"),
        SAME("SELECT * FROM other.x, public.other, t"),
        SAME("SELECT other.x.a, public.other.a FROM other.x, public.other"),
        SAME("SELECT NULL::other.x, NULL::public.other, NULL::x, 1::int4, 1::pg_catalog.int4"),
        SAME("SELECT * FROM \"Public\".x, public.\"X\", \"public \".x"),
        SAME("SELECT a AS \"public.x\", b AS public FROM t AS \"public.x\""),
        SAME("SELECT * FROM public_x, publicx"),
        SAME("SELECT 1.5, 1 x FROM t"),
        SAME("SELECT f(public => x, y := public) FROM t"),
        SAME("SELECT extract(year FROM public) FROM t"),
        SAME("SELECT CURRENT_DATE, interval '1 day', timestamp with time zone 'now', xml '<a/>', bit '1', national"
             " character varying 'x'"),
        SAME("SELECT * FROM t JOIN u USING (x) AS public"),
        SAME("SELECT * FROM t WHERE a LIKE 'public.x' ESCAPE '!'"),
        SAME("SELECT row_number() OVER x FROM t WINDOW x AS (ORDER BY a)"),
        SAME("WITH x AS (SELECT 1), y AS (TABLE x) SELECT * FROM x, y"),
        SAME("VALUES (1, 'a'), (2, 'b')"),
    };
    CHECK_QUERIES(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_qualified_relations_wherever_they_stand),
        cmocka_unit_test(edits_relations_in_with_queries_whatever_hides_them),
        cmocka_unit_test(edits_qualified_columns_of_three_parts_and_more),
        cmocka_unit_test(edits_row_types),
        cmocka_unit_test(edits_names_inside_constants_of_the_reg_types),
        cmocka_unit_test(leaves_alone_what_only_looks_like_a_member),
    };
    return cmocka_run_group_tests_name("sql_rewrite", tests, NULL, NULL);
}
