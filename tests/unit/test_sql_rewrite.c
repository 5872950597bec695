/*
 * Covers sql/rewrite.c, sql/edit.c, sql/proof.c, sql/site.c, sql/constant.c: source text in, text for the new
 * generation out.  Members of the generation are x, y, z, the odd names below, in public and sales.
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

#include "../../src/sql/sql_internal.h" /* proof_check, to try it on texts that are wrong */

static const char *const members[] = {"v", "x", "y", "z", "Mixed Case", "select", "caf\xC3\xA9", "st", "b\\s", NULL};

static const char *new_schema(const void *closure, Name name)
{
    static const struct
    {
        const char *old, *incoming;
    } schemas[] = {{"public", "public_new"}, {"sales", "sales_new"}, {"S 1", "S 1_new"}};
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; strcmp(name.schema, schemas[i].old) == 0 && members[j] != NULL; j++)
            if (strcmp(name.name, members[j]) == 0)
                return schemas[i].incoming;
    return NULL;
}

static const SqlGeneration generation = {new_schema, NULL};

typedef struct Case
{
    const char *source, *expected;
} Case;

static void fail_with(const Errors *errors, const char *source)
{
    for (size_t i = 0; i < errors->count; i++)
        print_error("%s\n", error_format(errors, errors->items[i]));
    fail_msg("source: %s", source);
}

/* The texts of the last file's statements, joined by ";\n". */
static char *rewritten(const void *context, const char *const *paths, const char *const *texts, size_t count)
{
    Errors *errors = errors_new(context);
    SqlSet *set = NULL;
    const char *last = paths[count - 1];
    if (sql_read_texts(context, paths, texts, count, "public", &set, errors) != STATUS_OK)
        fail_with(errors, texts[count - 1]);
    Text *all = text_new(context);
    for (size_t i = 0; i < set->statement_count; i++)
    {
        char *text = NULL;
        if (strcmp(set->statements[i]->file->path, last) != 0)
            continue;
        if (sql_rewrite(context, set->statements[i], generation, &text, errors) != STATUS_OK)
            fail_with(errors, texts[count - 1]);
        text_add(all, all->length > 0 ? ";\n" : "");
        text_add(all, text);
    }
    return all->data;
}

static void check_case(const char *path, const Case *test)
{
    void *context = talloc_new(NULL);
    const char *paths[] = {path};
    const char *texts[] = {test->source};
    char *text = rewritten(context, paths, texts, 1);
    if (strcmp(text, test->expected) != 0)
        print_error("source:   %s\n", test->source);
    assert_string_equal(text, test->expected);
    talloc_free(context);
}

#define CREATE "CREATE MATERIALIZED VIEW public_new.v AS "
#define NO_DATA "\nWITH NO DATA"
#define QUERY(source, expected)                                                                                        \
    {                                                                                                                  \
        source, CREATE expected NO_DATA                                                                                \
    }
#define SAME(source) QUERY(source, source)

static void check_queries(const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_case("v.sql", &cases[i]);
}

#define CHECK_QUERIES(cases) check_queries(cases, sizeof(cases) / sizeof *(cases))

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

static void makes_a_bare_query_a_materialized_view_on_the_same_lines(void **state)
{
    static const Case cases[] = {
        {"SELECT 1", CREATE "SELECT 1" NO_DATA},
        {"SELECT 1;", CREATE "SELECT 1" NO_DATA},
        {"\n\n-- head\nSELECT 1 -- tail\n;\n-- end", CREATE "SELECT 1" NO_DATA},
        {"SELECT 1 -- tail", CREATE "SELECT 1" NO_DATA},
        {"/* head */ SELECT 1 /* in */\n  , 2 /* tail */", CREATE "SELECT 1 /* in */\n  , 2" NO_DATA},
        {"\xEF\xBB\xBFSELECT 1", CREATE "SELECT 1" NO_DATA},
        {"SELECT 1\r\n, 2;\r\n", CREATE "SELECT 1\r\n, 2" NO_DATA},
        {";;SELECT 1;;", CREATE "SELECT 1" NO_DATA},
        {"SELECT a AS data FROM t", CREATE "SELECT a AS data FROM t" NO_DATA},
    };
    CHECK_QUERIES(cases);
    static const Case named[] = {{"SELECT 1", "CREATE MATERIALIZED VIEW sales_new.x AS SELECT 1\nWITH NO DATA"}};
    check_case("queries/deep/sales.x.sql", &named[0]);
    static const Case odd[] = {
        {"SELECT 1", "CREATE MATERIALIZED VIEW public_new.\"Mixed Case\" AS SELECT 1\nWITH NO DATA"}};
    check_case("queries/Mixed Case.sql", &odd[0]);
}

static void qualifies_the_target_and_takes_no_data(void **state)
{
    static const Case cases[] = {
        {"CREATE MATERIALIZED VIEW x AS SELECT 1", "CREATE MATERIALIZED VIEW public_new.x AS SELECT 1\nWITH NO DATA"},
        {"CREATE MATERIALIZED VIEW public.x AS SELECT 1 WITH DATA;",
         "CREATE MATERIALIZED VIEW public_new.x AS SELECT 1 WITH NO DATA"},
        {"CREATE MATERIALIZED VIEW public.x AS SELECT 1 WITH NO DATA;",
         "CREATE MATERIALIZED VIEW public_new.x AS SELECT 1 WITH NO DATA"},
        {"CREATE MATERIALIZED VIEW public.x AS SELECT 1 -- tail\n;",
         "CREATE MATERIALIZED VIEW public_new.x AS SELECT 1\nWITH NO DATA"},
        {"CREATE MATERIALIZED VIEW public.x AS SELECT 1 WITH /* all */ DATA -- tail",
         "CREATE MATERIALIZED VIEW public_new.x AS SELECT 1 WITH /* all */ NO DATA"},
        {"CREATE MATERIALIZED VIEW IF NOT EXISTS sales.x AS SELECT 1",
         "CREATE MATERIALIZED VIEW sales_new.x AS SELECT 1\nWITH NO DATA"},
        {"CREATE MATERIALIZED VIEW IF\nNOT EXISTS x AS SELECT 1",
         "CREATE MATERIALIZED VIEW \npublic_new.x AS SELECT 1\nWITH NO DATA"},
        {"create materialized view db.public.x (a, \"as\") using heap with (fillfactor = 70) tablespace t as (table y)",
         "create materialized view db.public_new.x (a, \"as\") using heap with (fillfactor = 70) tablespace t as (table"
         " y)\nWITH NO DATA"},
        {"CREATE MATERIALIZED VIEW \"Mixed Case\" AS SELECT 1",
         "CREATE MATERIALIZED VIEW public_new.\"Mixed Case\" AS SELECT 1\nWITH NO DATA"},
        {"CREATE VIEW x AS SELECT * FROM public.y", "CREATE VIEW public_new.x AS SELECT * FROM public_new.y"},
        {"CREATE OR REPLACE VIEW public.x (a) WITH (security_barrier) AS SELECT 1 WITH LOCAL CHECK OPTION",
         "CREATE OR REPLACE VIEW public_new.x (a) WITH (security_barrier) AS SELECT 1 WITH LOCAL CHECK OPTION"},
        {"CREATE RECURSIVE VIEW public.x (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM x, public.y",
         "CREATE RECURSIVE VIEW public_new.x (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM x, public_new.y"},
        {"CREATE OR REPLACE RECURSIVE VIEW x (n) AS SELECT 1",
         "CREATE OR REPLACE RECURSIVE VIEW public_new.x (n) AS SELECT 1"},
        {"CREATE VIEW\"x\"AS SELECT 1", "CREATE VIEW public_new.\"x\"AS SELECT 1"},
        {"CREATE VIEW public.select AS SELECT 1", "CREATE VIEW public_new.select AS SELECT 1"},
        {"CREATE VIEW U&\"\\0078\" AS SELECT 1", "CREATE VIEW public_new.U&\"\\0078\" AS SELECT 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case("f.sql", &cases[i]);
}

/* Beside a file that makes x, y, their indexes i and "I 2", and the statistics st. */
static void check_about(const Case *cases, size_t count)
{
    static const char base[] = "CREATE MATERIALIZED VIEW x AS SELECT 1; CREATE VIEW y AS SELECT 1;"
                               "CREATE MATERIALIZED VIEW sales.z AS SELECT 1;"
                               "CREATE INDEX i ON x (a); CREATE INDEX \"I 2\" ON sales.z (a);"
                               "CREATE STATISTICS st ON a, b FROM x;";
    for (size_t i = 0; i < count; i++)
    {
        void *context = talloc_new(NULL);
        const char *paths[] = {"a.sql", "b.sql"};
        const char *texts[] = {base, cases[i].source};
        char *text = rewritten(context, paths, texts, 2);
        if (strcmp(text, cases[i].expected) != 0)
            print_error("source:   %s\n", cases[i].source);
        assert_string_equal(text, cases[i].expected);
        talloc_free(context);
    }
}

#define CHECK_ABOUT(cases) check_about(cases, sizeof(cases) / sizeof *(cases))

static void rewrites_indexes_and_statistics(void **state)
{
    static const Case cases[] = {
        {"CREATE INDEX ON x (a)", "CREATE INDEX ON public_new.x (a)"},
        {"CREATE UNIQUE INDEX j ON public.x (a)", "CREATE UNIQUE INDEX j ON public_new.x (a)"},
        {"CREATE INDEX CONCURRENTLY j ON x (a)", "CREATE INDEX j ON public_new.x (a)"},
        {"CREATE INDEX CONCURRENTLY IF NOT EXISTS j ON x (a)", "CREATE INDEX j ON public_new.x (a)"},
        {"CREATE INDEX IF -- why\nNOT EXISTS j ON ONLY public.x (a)", "CREATE INDEX \nj ON ONLY public_new.x (a)"},
        {"CREATE INDEX j ON public.x USING gin (lower(public.x.a) public.ops, (x.b)) INCLUDE (c) WITH (fillfactor=9)"
         " WHERE public.x.a > 'public.x'",
         "CREATE INDEX j ON public_new.x USING gin (lower(public_new.x.a) public.ops, (x.b)) INCLUDE (c) WITH"
         " (fillfactor=9) WHERE public_new.x.a > 'public.x'"},
        {"CREATE INDEX j ON x ((NULL::public.x), ('public.y'::regclass))",
         "CREATE INDEX j ON public_new.x ((NULL::public_new.x), ('public_new.y'::regclass))"},
        {"CREATE STATISTICS s2 ON a, b FROM x", "CREATE STATISTICS public_new.s2 ON a, b FROM public_new.x"},
        {"CREATE STATISTICS IF NOT EXISTS public.s2 (mcv) ON a, (b + 1) FROM public.x",
         "CREATE STATISTICS public_new.s2 (mcv) ON a, (b + 1) FROM public_new.x"},
        {"CREATE STATISTICS s2 ON a, b FROM sales.z", "CREATE STATISTICS sales_new.s2 ON a, b FROM sales_new.z"},
    };
    CHECK_ABOUT(cases);
}

static void rewrites_comments(void **state)
{
    static const Case cases[] = {
        {"COMMENT ON MATERIALIZED VIEW x IS 'public.x'", "COMMENT ON MATERIALIZED VIEW public_new.x IS 'public.x'"},
        {"COMMENT ON MATERIALIZED VIEW public.x IS NULL", "COMMENT ON MATERIALIZED VIEW public_new.x IS NULL"},
        {"COMMENT ON VIEW \"public\" . y IS ''", "COMMENT ON VIEW public_new . y IS ''"},
        {"COMMENT ON COLUMN x.a IS 'a'", "COMMENT ON COLUMN public_new.x.a IS 'a'"},
        {"COMMENT ON COLUMN public.x.a IS 'a'", "COMMENT ON COLUMN public_new.x.a IS 'a'"},
        {"COMMENT ON COLUMN db.public.x.a IS 'a'", "COMMENT ON COLUMN db.public_new.x.a IS 'a'"},
        {"COMMENT /* public.x */ ON COLUMN -- c\n sales.z.\"A\" IS E'\\n'",
         "COMMENT /* public.x */ ON COLUMN -- c\n sales_new.z.\"A\" IS E'\\n'"},
        {"COMMENT ON COLUMN U&\"p!0075blic\" UESCAPE '!' . x . a IS 'a'",
         "COMMENT ON COLUMN public_new . x . a IS 'a'"},
        {"COMMENT ON INDEX i IS 'a'", "COMMENT ON INDEX public_new.i IS 'a'"},
        {"COMMENT ON INDEX sales.\"I 2\" IS 'a'", "COMMENT ON INDEX sales_new.\"I 2\" IS 'a'"},
        {"COMMENT ON INDEX \"I 2\" IS 'a'", "COMMENT ON INDEX sales_new.\"I 2\" IS 'a'"},
        {"COMMENT ON STATISTICS st IS 'a'", "COMMENT ON STATISTICS public_new.st IS 'a'"},
        {"COMMENT ON STATISTICS public.st IS 'a'", "COMMENT ON STATISTICS public_new.st IS 'a'"},
    };
    CHECK_ABOUT(cases);
}

static void rewrites_privileges_one_relation_at_a_time(void **state)
{
    static const Case cases[] = {
        {"GRANT SELECT ON x TO PUBLIC", "GRANT SELECT ON public_new.x TO PUBLIC"},
        {"GRANT SELECT (a, b), REFERENCES ON TABLE public.x TO r, \"R\" WITH GRANT OPTION",
         "GRANT SELECT (a, b), REFERENCES ON TABLE public_new.x TO r, \"R\" WITH GRANT OPTION"},
        {"REVOKE ALL ON public.x FROM PUBLIC", "REVOKE ALL ON public_new.x FROM PUBLIC"},
        {"GRANT SELECT ON x, public.y,\n  sales.z TO r",
         "GRANT SELECT ON public_new.x\n TO r;\nGRANT SELECT ON public_new.y\n TO r;\n"
         "GRANT SELECT ON \nsales_new.z TO r"},
        {"GRANT SELECT ON\"x\",y TO r", "GRANT SELECT ON public_new.\"x\" TO r;\nGRANT SELECT ON public_new.y TO r"},
        {"GRANT SELECT ON x /* a, */, db . public . y -- b\n TO r",
         "GRANT SELECT ON public_new.x -- b\n TO r;\nGRANT SELECT ON db . public_new . y -- b\n TO r"},
    };
    CHECK_ABOUT(cases);
}

static void rewrites_alters(void **state)
{
    static const Case cases[] = {
        {"ALTER MATERIALIZED VIEW x OWNER TO r", "ALTER MATERIALIZED VIEW public_new.x OWNER TO r"},
        {"ALTER TABLE IF EXISTS public.x SET (fillfactor = 50), RESET (autovacuum_enabled)",
         "ALTER TABLE IF EXISTS public_new.x SET (fillfactor = 50), RESET (autovacuum_enabled)"},
        {"ALTER MATERIALIZED VIEW x ALTER a SET STATISTICS 9, ALTER COLUMN b SET STORAGE main, ALTER c SET COMPRESSION"
         " lz4, ALTER d SET (n_distinct = 5), ALTER e RESET (n_distinct)",
         "ALTER MATERIALIZED VIEW public_new.x ALTER a SET STATISTICS 9, ALTER COLUMN b SET STORAGE main, ALTER c SET"
         " COMPRESSION lz4, ALTER d SET (n_distinct = 5), ALTER e RESET (n_distinct)"},
        {"ALTER MATERIALIZED VIEW public.x CLUSTER ON i", "ALTER MATERIALIZED VIEW public_new.x CLUSTER ON i"},
        {"ALTER MATERIALIZED VIEW x SET WITHOUT CLUSTER", "ALTER MATERIALIZED VIEW public_new.x SET WITHOUT CLUSTER"},
        {"ALTER MATERIALIZED VIEW x SET ACCESS METHOD heap",
         "ALTER MATERIALIZED VIEW public_new.x SET ACCESS METHOD heap"},
        {"ALTER MATERIALIZED VIEW x SET TABLESPACE t", "ALTER MATERIALIZED VIEW public_new.x SET TABLESPACE t"},
        {"ALTER VIEW y ALTER COLUMN a SET DEFAULT 'public.x'::regclass",
         "ALTER VIEW public_new.y ALTER COLUMN a SET DEFAULT 'public_new.x'::regclass"},
        {"ALTER VIEW public.y SET (security_barrier = on)", "ALTER VIEW public_new.y SET (security_barrier = on)"},
        {"ALTER INDEX i SET (fillfactor = 50)", "ALTER INDEX public_new.i SET (fillfactor = 50)"},
        {"ALTER INDEX public.i ALTER COLUMN 1 SET STATISTICS 100",
         "ALTER INDEX public_new.i ALTER COLUMN 1 SET STATISTICS 100"},
        {"ALTER TABLE i SET TABLESPACE t", "ALTER TABLE public_new.i SET TABLESPACE t"},
        {"ALTER STATISTICS st SET STATISTICS 7", "ALTER STATISTICS public_new.st SET STATISTICS 7"},
        {"ALTER STATISTICS IF EXISTS public.st SET STATISTICS 7",
         "ALTER STATISTICS IF EXISTS public_new.st SET STATISTICS 7"},
        {"ALTER STATISTICS public.st OWNER TO r", "ALTER STATISTICS public_new.st OWNER TO r"},
    };
    CHECK_ABOUT(cases);
}

static void rewrites_definitions_of_the_server(void **state)
{
    static const Case cases[] = {
        {"CREATE UNIQUE INDEX i ON public.x USING btree (a)", "CREATE UNIQUE INDEX i ON public_new.x USING btree (a)"},
        {"CREATE INDEX i ON public.x USING btree (((x.*)::text), ((NULL::public.y IS NULL)))",
         "CREATE INDEX i ON public_new.x USING btree (((x.*)::text), ((NULL::public_new.y IS NULL)))"},
        {"CREATE STATISTICS public.st (ndistinct) ON a, b FROM public.x",
         "CREATE STATISTICS public_new.st (ndistinct) ON a, b FROM public_new.x"},
        {"CREATE STATISTICS other.st (ndistinct) ON a, b FROM sales.x",
         "CREATE STATISTICS sales_new.st (ndistinct) ON a, b FROM sales_new.x"},
        {"CREATE INDEX i ON other.t USING btree (a)", "CREATE INDEX i ON other.t USING btree (a)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
        Errors *errors = errors_new(NULL);
        char *text = NULL;
        if (sql_rewrite_definition(errors, cases[i].source, "i", generation, &text, errors) != STATUS_OK)
            fail_with(errors, cases[i].source);
        assert_string_equal(text, cases[i].expected);
        talloc_free(errors);
    }
}

static void refuses_definitions_it_cannot_read(void **state)
{
    static const char *const definitions[] = {"CREATE INDEX i ON public.x USING btree (a) NEWER SYNTAX", "",
                                              "DROP TABLE a", "CREATE INDEX i ON a (b); CREATE INDEX j ON a (c)"};
    for (size_t i = 0; i < sizeof definitions / sizeof *definitions; i++)
    {
        Errors *errors = errors_new(NULL);
        char *text = NULL;
        assert_int_equal(sql_rewrite_definition(errors, definitions[i], "index i", generation, &text, errors),
                         STATUS_FAILED);
        assert_null(text);
        assert_true(errors_have(errors, ERROR_REFUSED));
        talloc_free(errors);
    }
}

static void the_proof_rejects_every_other_tree(void **state)
{
    static const Case cases[] = {
        /* the source, and a wrong text for it */
        {"SELECT * FROM public.x", CREATE "SELECT * FROM public.x" NO_DATA},
        {"SELECT * FROM public.x", CREATE "SELECT * FROM sales_new.x" NO_DATA},
        {"SELECT * FROM public.x", CREATE "SELECT * FROM public_new.x y" NO_DATA},
        {"SELECT * FROM other.x", CREATE "SELECT * FROM public_new.x" NO_DATA},
        {"SELECT * FROM x", CREATE "SELECT * FROM public_new.x" NO_DATA},
        {"SELECT public.x.a", CREATE "SELECT public.x.a" NO_DATA},
        {"SELECT NULL::public.x", CREATE "SELECT NULL::public.x" NO_DATA},
        {"SELECT 'public.x'::regclass", CREATE "SELECT 'public.x'::regclass" NO_DATA},
        {"SELECT 'public.x'", CREATE "SELECT 'public_new.x'" NO_DATA},
        {"SELECT 1.50", CREATE "SELECT 1.5" NO_DATA},
        {"SELECT 1 AS b", CREATE "SELECT 2 AS b" NO_DATA},
        {"SELECT a, b", CREATE "SELECT a" NO_DATA},
        {"SELECT DISTINCT a", CREATE "SELECT a" NO_DATA},
        {"SELECT 1 UNION ALL SELECT 1", CREATE "SELECT 1 UNION SELECT 1" NO_DATA},
        {"SELECT a ORDER BY b", CREATE "SELECT a ORDER BY b DESC" NO_DATA},
        {"SELECT * FROM ONLY a", CREATE "SELECT * FROM a" NO_DATA},
        {"SELECT 1", CREATE "SELECT 1"},
        {"SELECT 1", "CREATE MATERIALIZED VIEW public.v AS SELECT 1" NO_DATA},
        {"SELECT 1", "CREATE MATERIALIZED VIEW IF NOT EXISTS public_new.v AS SELECT 1" NO_DATA},
        {"SELECT 1", CREATE "SELECT 1" NO_DATA "; DROP TABLE a"},
        {"SELECT 1", "SELECT 1"},
        {"SELECT 1", ""},
        {"SELECT 1", "SELEC"},
        {"CREATE VIEW v WITH (security_barrier) AS SELECT 1", "CREATE VIEW public_new.v AS SELECT 1"},
        {"CREATE VIEW v AS SELECT 1", "CREATE VIEW v AS SELECT 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
        Errors *errors = errors_new(NULL);
        const char *paths[] = {"v.sql"};
        SqlSet *set = NULL;
        assert_int_equal(sql_read_texts(errors, paths, &cases[i].source, 1, "public", &set, errors), STATUS_OK);
        if (proof_check(set->statements[0], generation, cases[i].expected, errors) == STATUS_OK)
            print_error("source: %s\ntaken for right: %s\n", cases[i].source, cases[i].expected);
        assert_int_equal(errors->count, 1);
        assert_int_equal(errors->items[0]->kind, ERROR_INTERNAL);
        assert_string_equal(errors->items[0]->file, "v.sql");
        talloc_free(errors);
    }
}

static void checks_that_a_text_is_one_statement(void **state)
{
    Errors *errors = errors_new(NULL);
    assert_int_equal(sql_check_single("SELECT $1", "a", errors), STATUS_OK);
    assert_int_equal(sql_check_single("SELECT 1; SELECT 2", "a", errors), STATUS_FAILED);
    assert_int_equal(sql_check_single("", "a", errors), STATUS_FAILED);
    assert_int_equal(sql_check_single("SELEC", "a", errors), STATUS_FAILED);
    assert_int_equal(errors->count, 3);
    assert_true(sql_is_keyword("select"));
    assert_true(sql_is_keyword("abort"));
    assert_false(sql_is_keyword("public"));
    assert_false(sql_is_keyword("select 1"));
    talloc_free(errors);
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
        cmocka_unit_test(makes_a_bare_query_a_materialized_view_on_the_same_lines),
        cmocka_unit_test(qualifies_the_target_and_takes_no_data),
        cmocka_unit_test(rewrites_indexes_and_statistics),
        cmocka_unit_test(rewrites_comments),
        cmocka_unit_test(rewrites_privileges_one_relation_at_a_time),
        cmocka_unit_test(rewrites_alters),
        cmocka_unit_test(rewrites_definitions_of_the_server),
        cmocka_unit_test(refuses_definitions_it_cannot_read),
        cmocka_unit_test(the_proof_rejects_every_other_tree),
        cmocka_unit_test(checks_that_a_text_is_one_statement),
    };
    return cmocka_run_group_tests_name("sql_rewrite", tests, NULL, NULL);
}
