/*
 * test_sql_query.c: a query about a view: where {view} becomes its name, what else is edited, and where errors stand.
 */
#include "rewrite_fixture.h"

static const Name about = {"public", "x"};

static char *rewritten_query(const void *context, Name view, const char *source, int *ret_line)
{
    Errors *errors = errors_new(context);
    SqlQuery query;
    if (sql_rewrite_query(context, "check.sql", source, view, generation, &query, errors) != STATUS_OK)
        fail_with(errors, source);
    *ret_line = query.line;
    return mem_strdup(context, query.text);
}

static void check_all(Name view, const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
    {
        void *context = talloc_new(NULL);
        int line;
        char *text = rewritten_query(context, view, cases[i].source, &line);
        if (strcmp(text, cases[i].expected) != 0)
            print_error("source:   %s\n", cases[i].source);
        assert_string_equal(text, cases[i].expected);
        talloc_free(context);
    }
}

static void test_placeholder(void **state)
{
    static const Case cases[] = {
        {"SELECT * FROM {view} WHERE amount < 0", "SELECT * FROM public_new.x WHERE amount < 0"},
        {"TABLE {view}", "TABLE public_new.x"},
        {"VALUES (1)", "VALUES (1)"},
        {"WITH v AS (SELECT * FROM {view}) SELECT * FROM v;\n-- the end\n",
         "WITH v AS (SELECT * FROM public_new.x) SELECT * FROM v"},
        {"SELECT {view}.id, {view}.* FROM {view}", "SELECT public_new.x.id, public_new.x.* FROM public_new.x"},
        {"SELECT 1 FROM{view}WHERE true", "SELECT 1 FROM public_new.x WHERE true"},
        {"SELECT 1 FROM({view}a CROSS JOIN{view}b)", "SELECT 1 FROM(public_new.x a CROSS JOIN public_new.x b)"},
        {"SELECT NULL::{view}, NULL::{view}[]", "SELECT NULL::public_new.x, NULL::public_new.x[]"},
        {"SELECT '{view}', \"{view}\", $${view}$$ /* {view} */ FROM {view} -- {view}\nWHERE E'{view}' = ''",
         "SELECT '{view}', \"{view}\", $${view}$$ /* {view} */ FROM public_new.x -- {view}\nWHERE E'{view}' = ''"},
        {"SELECT U&'{view}', \"m000\", 'M001' FROM {view}, \"m001\"",
         "SELECT U&'{view}', \"m000\", 'M001' FROM public_new.x, \"m001\""},
    };
    (void) state;
    check_all(about, cases, sizeof cases / sizeof *cases);
}

static void test_odd_names(void **state)
{
    static const Case mixed[] = {
        {"SELECT 1 FROM{view}WHERE{view}.a", "SELECT 1 FROM \"S 1_new\".\"Mixed Case\" WHERE \"S 1_new\".\"Mixed Case\".a"},
        {"SELECT '{view}' FROM {view}", "SELECT '{view}' FROM \"S 1_new\".\"Mixed Case\""},
    };
    static const Case quoted[] = {{"TABLE {view}", "TABLE public.\"it's \"\"m000\"\"\nhere\""}};
    (void) state;
    check_all((Name){"S 1", "Mixed Case"}, mixed, sizeof mixed / sizeof *mixed);
    check_all((Name){"public", "it's \"m000\"\nhere"}, quoted, 1);
}

/* As in a view's own file. */
static void test_other_names(void **state)
{
    static const Case cases[] = {
        {"SELECT * FROM {view} JOIN public.y USING (id) WHERE public.y.id > 0",
         "SELECT * FROM public_new.x JOIN public_new.y USING (id) WHERE public_new.y.id > 0"},
        {"SELECT * FROM y, sales.y, public.other", "SELECT * FROM y, sales_new.y, public.other"},
        {"SELECT 'public.x'::regclass FROM {view}", "SELECT 'public_new.x'::regclass FROM public_new.x"},
        {"SELECT 'public.x' FROM {view} AS x WHERE x.id = ALL (SELECT id FROM public.\"x\")",
         "SELECT 'public.x' FROM public_new.x AS x WHERE x.id = ALL (SELECT id FROM public_new.\"x\")"},
    };
    (void) state;
    check_all(about, cases, sizeof cases / sizeof *cases);
}

static void test_line(void **state)
{
    void *context = talloc_new(NULL);
    int line = 0;
    (void) state;
    assert_string_equal(rewritten_query(context, about, "-- first\n\n  SELECT 1\nFROM {view}", &line),
                        "SELECT 1\nFROM public_new.x");
    assert_int_equal(line, 3);
    rewritten_query(context, about, "\xEF\xBB\xBFSELECT 1", &line);
    assert_int_equal(line, 1);
    talloc_free(context);
}

static void test_errors(void **state)
{
    static const struct
    {
        const char *source, *starts;
    } cases[] = {
        {"", "check.sql:1:1: the file holds no statement; write a query into it"},
        {"SELECT 1; SELECT 2", "check.sql:1:1: it holds something else than one query"},
        {"\n DELETE FROM {view}", "check.sql:2:2: it holds something else than one query"},
        {"REFRESH MATERIALIZED VIEW {view}", "check.sql:1:1: it holds something else than one query"},
        {"EXPLAIN SELECT 1", "check.sql:1:1: it holds something else than one query"},
        {"SELECT *\nFROM {view} WHERE\n  'caf\xC3\xA9' = ) 1", "check.sql:3:12: syntax error at or near \")\""},
        {"SELECT * FROM {views}", "check.sql:1:15: syntax error at or near \"{\""},
        {"SELECT * FROM { view }", "check.sql:1:15: syntax error at or near \"{\""},
        {"SELECT\n  x {view} {view}", "check.sql:2:12: syntax error at or near \"{view}\""},
        {"SELECT 1\nAS {view}", "check.sql:2: {view} cannot stand here: syntax error at or near \".\""},
        {"SELECT 1\nINTO y", "check.sql:2:6: the query must not have INTO"},
        {"SELECT 1 WHERE a = $1", "check.sql:1:20: the query must not have parameters"},
        {"WITH d AS (DELETE FROM {view} RETURNING *) TABLE d", "check.sql:1:6: the query must not change data"},
    };
    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    {
        void *context = talloc_new(NULL);
        Errors *errors = errors_new(context);
        SqlQuery query;
        if (sql_rewrite_query(context, "check.sql", cases[i].source, about, generation, &query, errors) == STATUS_OK)
            fail_msg("accepted: %s", cases[i].source);
        char *text = error_format(context, errors->items[0]);
        if (strncmp(text, cases[i].starts, strlen(cases[i].starts)) != 0)
            fail_msg("%s\nis not %s", text, cases[i].starts);
        assert_int_equal(errors->items[0]->kind, ERROR_SOURCE);
        talloc_free(context);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_placeholder), cmocka_unit_test(test_odd_names), cmocka_unit_test(test_other_names),
        cmocka_unit_test(test_line),        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
