/*
 * Covers sql/rewrite.c and sql/edit.c on whole statements: what creates a view, what is about one (indexes, statistics,
 * comments, privileges, alters), and definitions as the server gives them.
 */
#include "rewrite_fixture.h"

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
        {"CREATE TRIGGER t INSTEAD OF INSERT ON public.x FOR EACH ROW EXECUTE FUNCTION public.y('public.x')",
         "CREATE TRIGGER t INSTEAD OF INSERT ON public_new.x FOR EACH ROW EXECUTE FUNCTION public.y('public.x')"},
        {"CREATE RULE r AS\n    ON UPDATE TO public.x DO ( INSERT INTO public.y (a, b)\n  VALUES (new.a, old.b);\n "
         "DELETE FROM other.t\n  WHERE (t.a = new.a);\n);",
         "CREATE RULE r AS\n    ON UPDATE TO public_new.x DO ( INSERT INTO public_new.y (a, b)\n  VALUES (new.a, old.b);\n "
         "DELETE FROM other.t\n  WHERE (t.a = new.a);\n)"},
        {"CREATE RULE r AS\n    ON DELETE TO sales.x DO INSTEAD NOTHING;",
         "CREATE RULE r AS\n    ON DELETE TO sales_new.x DO INSTEAD NOTHING"},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_a_bare_query_a_materialized_view_on_the_same_lines),
        cmocka_unit_test(qualifies_the_target_and_takes_no_data),
        cmocka_unit_test(rewrites_indexes_and_statistics),
        cmocka_unit_test(rewrites_comments),
        cmocka_unit_test(rewrites_privileges_one_relation_at_a_time),
        cmocka_unit_test(rewrites_alters),
        cmocka_unit_test(rewrites_definitions_of_the_server),
        cmocka_unit_test(refuses_definitions_it_cannot_read),
    };
    return cmocka_run_group_tests_name("sql_rewrite_statement", tests, NULL, NULL);
}
