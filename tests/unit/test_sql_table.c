/*
 * Covers CREATE TABLE, the columns of an import: what of it is refused, and where; what it becomes in a new generation;
 * its place in the plan, and its pairing with an [import] section.
 */
#include "plan_fixture.h"
#include "rewrite_fixture.h"

static void becomes_a_table_of_the_new_generation(void **state)
{
    static const Case cases[] = {
        {"CREATE TABLE x (a int PRIMARY KEY, b text DEFAULT 'n' NOT NULL, CHECK (a > 0))",
         "CREATE TABLE public_new.x (a int PRIMARY KEY, b text DEFAULT 'n' NOT NULL, CHECK (a > 0))"},
        {"CREATE TABLE IF NOT EXISTS sales.x (\n  a int, -- one\n  UNIQUE (a)\n);",
         "CREATE TABLE sales_new.x (\n  a int, -- one\n  UNIQUE (a)\n)"},
        {"CREATE TABLE x (a int GENERATED ALWAYS AS (b * 2) STORED, b int) WITH (fillfactor = 90)",
         "CREATE TABLE public_new.x (a int GENERATED ALWAYS AS (b * 2) STORED, b int) WITH (fillfactor = 90)"},
        {"CREATE TABLE x (a int); COMMENT ON TABLE x IS 'c'; COMMENT ON CONSTRAINT \"k 1\" ON public.x IS 'd';"
         "COMMENT ON COLUMN x.a IS 'e'; GRANT SELECT ON TABLE x TO r; ALTER TABLE x OWNER TO o; CREATE INDEX i ON x (a);"
         "CREATE STATISTICS st ON a, b FROM x; ALTER TABLE x ALTER a SET STATISTICS 7",
         "CREATE TABLE public_new.x (a int);\nCOMMENT ON TABLE public_new.x IS 'c';\n"
         "COMMENT ON CONSTRAINT \"k 1\" ON public_new.x IS 'd';\nCOMMENT ON COLUMN public_new.x.a IS 'e';\n"
         "GRANT SELECT ON TABLE public_new.x TO r;\nALTER TABLE public_new.x OWNER TO o;\n"
         "CREATE INDEX i ON public_new.x (a);\nCREATE STATISTICS public_new.st ON a, b FROM public_new.x;\n"
         "ALTER TABLE public_new.x ALTER a SET STATISTICS 7"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_case("q/x.sql", &cases[i]);
}

static void refuses_what_a_generation_cannot_have(void **state)
{
    static const Case cases[] = {
        {"CREATE TABLE x (a int REFERENCES y)",
         "1:23: a FOREIGN KEY would bind the import to a table that is not exchanged with it"},
        {"CREATE TABLE x (a int,\n  FOREIGN KEY (a) REFERENCES y (a))",
         "2:3: a FOREIGN KEY would bind the import to a table that is not exchanged with it"},
        {"CREATE TABLE x (a int) PARTITION BY LIST (a)", "1:1: a partitioned table cannot be an import"},
        {"CREATE TABLE x PARTITION OF y DEFAULT", "1:1: a partition cannot be an import: it belongs to another table"},
        {"CREATE TABLE x (a int) INHERITS (y)", "1:1: an import cannot inherit from another table"},
        {"CREATE TABLE x OF y", "1:1: an import cannot be a table OF a type"},
        {"CREATE TEMP TABLE x (a int)", "1:1: a temporary table cannot be part of a generation"},
        {"CREATE UNLOGGED TABLE x (a int)", "1:1: an unlogged table is empty after a crash of the server, and on its "
                                            "standbys"},
        {"CREATE TABLE x (LIKE y)", "1:22: LIKE takes the columns from a table that may change without this file"},
        {"CREATE TABLE x (\n a bigserial)", "2:2: the values of a serial column would be others in each generation"},
        {"CREATE TABLE x (a int GENERATED ALWAYS AS IDENTITY)",
         "1:23: the values of an IDENTITY column would be others in each generation"},
        {"CREATE TABLE x AS SELECT 1", "1:1: a table from a query would be computed once and stay as it is"},
        {"CREATE TABLE x (a int); CREATE TABLE public.x (b int)", "1:25: a second statement creates public.x"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
    {
        Fixture *fixture = fixture_new();
        const char *path = "x.sql";
        assert_int_equal(sql_read_texts(fixture, &path, &cases[i].source, 1, "public", &fixture->set, fixture->errors),
                         STATUS_FAILED);
        assert_int_equal(fixture->errors->count, 1);
        const Error *error = fixture->errors->items[0];
        assert_int_equal(error->kind, ERROR_SOURCE);
        assert_non_null(error->remedy);
        assert_string_equal(mem_printf(fixture, "%d:%d: %s", error->line, error->column, error->message),
                            cases[i].expected);
        talloc_free(fixture);
    }
}

static void add_import(Fixture *fixture, const char *written, Name name, const char *command)
{
    Import import = {.written = written, .name = name, .line = 9, .command.written = command, .encoding = "UTF8"};
    MEM_PUSH(fixture, fixture->config.imports, fixture->config.import_count, import);
}

static const Source table = {"q/prices.sql", "CREATE TABLE prices (day date, price numeric)"};
static const Source reader = {"q/values.sql", "SELECT * FROM prices"};

static void comes_first_in_the_plan(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {table, reader};
    add_import(fixture, "prices", (Name){"public", "prices"}, "fetch");
    ASSERT_PLANNED(fixture, sources);
    const PlanView *view = view_of(fixture, "public", "prices");
    assert_int_equal(view->kind, VIEW_IMPORT);
    assert_int_equal(view->level, 0);
    assert_string_equal(view->statements[0].sql, "CREATE TABLE public_new.prices (day date, price numeric)");
    assert_string_equal(names(fixture, fixture->plan->views, 2), "public.prices public.values");
    assert_int_equal(view_of(fixture, "public", "values")->level, 1);
    talloc_free(fixture);
}

static void its_source_is_part_of_its_fingerprint(void **state)
{
    const char *prints[3];
    const char *const commands[] = {"fetch", "fetch", "fetch --all"};
    void *context = talloc_new(NULL);
    for (size_t i = 0; i < 3; i++)
    {
        Fixture *fixture = fixture_new();
        const Source sources[] = {table};
        add_import(fixture, "prices", (Name){"public", "prices"}, commands[i]);
        fixture->config.imports[0].timeout_ms = (int64_t) i; /* of which nothing in the table depends */
        ASSERT_PLANNED(fixture, sources);
        prints[i] = mem_strdup(context, view_of(fixture, "public", "prices")->fingerprint);
        talloc_free(fixture);
    }
    assert_string_equal(prints[0], prints[1]);
    assert_string_not_equal(prints[0], prints[2]);
    talloc_free(context);
}

static void needs_a_section_and_is_needed_by_one(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {table, reader};
    add_import(fixture, "price", (Name){"public", "price"}, "fetch");
    ASSERT_REFUSED(fixture, sources);
    assert_string_equal(error_text(fixture, 0), "q/prices.sql:1:1: no [import] section of conf/test.ini names the table "
                                                "public.prices; there is [import price]: did you mean that?");
    assert_string_equal(error_text(fixture, 1),
                        "conf/test.ini:9: no file creates the table of [import price]; did you mean [import prices]?");
    talloc_free(fixture);
    fixture = fixture_new();
    ASSERT_REFUSED(fixture, sources);
    assert_string_equal(error_text(fixture, 0),
                        "q/prices.sql:1:1: no [import] section of conf/test.ini names the table public.prices; add "
                        "[import public.prices], which says where its rows come from, or take the statement out");
    talloc_free(fixture);
}

static void reads_nothing_of_the_set(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {{"q/a.sql", "SELECT 1 AS n"}, {"q/x.sql", "CREATE TABLE x (\n  one a)"}};
    add_import(fixture, "x", (Name){"public", "x"}, "fetch");
    ASSERT_REFUSED(fixture, sources);
    assert_string_equal(error_text(fixture, 0),
                        "q/x.sql:2:7: the import public.x refers to public.a, a view of the set; its columns, defaults "
                        "and constraints can use types, functions and tables outside the set only");
    talloc_free(fixture);
}

static void is_printed_as_what_it_is(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {table, reader};
    add_import(fixture, "prices", (Name){"public", "prices"}, "fetch");
    ASSERT_PLANNED(fixture, sources);
    static const struct
    {
        PlanFormat format;
        const char *part;
    } parts[] = {
        {PLAN_TEXT, "import"},
        {PLAN_JSON, "\"kind\":\"import\""},
        {PLAN_DOT, "shape=cylinder"},
        {PLAN_MERMAID, "[(\"public.prices\")]"},
        {PLAN_SQL, "-- COPY public_new.prices (the columns of the data) FROM STDIN WITH (FREEZE, ...), CSV with a header, "
                   "from the output of the command\n--   fetch\n"},
        {PLAN_SQL, "ALTER TABLE public_new.prices SET SCHEMA public;\n"},
        {PLAN_SQL, "DROP TABLE IF EXISTS public_old.prices;\n"},
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++)
    {
        char *text = NULL;
        size_t length;
        FILE *out = open_memstream(&text, &length);
        plan_print(fixture->plan, parts[i].format, NULL, out);
        fclose(out);
        assert_contains(text, parts[i].part);
        free(text);
    }
    talloc_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(becomes_a_table_of_the_new_generation),
        cmocka_unit_test(refuses_what_a_generation_cannot_have),
        cmocka_unit_test(comes_first_in_the_plan),
        cmocka_unit_test(its_source_is_part_of_its_fingerprint),
        cmocka_unit_test(needs_a_section_and_is_needed_by_one),
        cmocka_unit_test(reads_nothing_of_the_set),
        cmocka_unit_test(is_printed_as_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
