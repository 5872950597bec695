/* Covers sql/proof.c on texts that are wrong, and sql_check_single. */
#include "rewrite_fixture.h"

#include "../../src/sql/sql_internal.h" /* proof_check, to try it on texts that are wrong */

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
        cmocka_unit_test(the_proof_rejects_every_other_tree),
        cmocka_unit_test(checks_that_a_text_is_one_statement),
    };
    return cmocka_run_group_tests_name("sql_proof", tests, NULL, NULL);
}
