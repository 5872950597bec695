/*
 * Covers src/stage/rehearse*.c on a real server: a rehearsal leaves nothing behind, reports what is wrong with the files,
 * and knows what the build needs to know.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "carry_fixture.h"
#include "cluster.h"
#include "matswap/memory.h"

static void test_the_recipe_has_columns_costs_and_roles(void **state)
{
    Fixture *fixture = *state;
    fixture_make_live(fixture);
    fixture_decorate_live(fixture);
    fixture_assert_ok(fixture, REHEARSE(fixture, FILES, "sql/new.sql",
                                "CREATE MATERIALIZED VIEW zz AS SELECT 'a'::varchar(7) COLLATE \"C\" AS c, "
                                "1.5::numeric(5, 2) AS d, t FROM \"Weird \"\"Name\" AS t"));
    const Run *run = fixture->run;
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        const PlanView *view = run->plan->views[i];
        const Recipe *recipe = &run->recipes[i];
        bool is_new = strcmp(view->name.name, "zz") == 0;
        assert_int_equal(recipe->analyze_again, strcmp(view->name.name, "Weird \"Name") == 0);
        assert_int_equal(recipe->cost > 0, view->kind == VIEW_MATERIALIZED);
        if (is_new)
        {
            assert_null(recipe->role);
            assert_int_equal(recipe->column_count, 3);
            assert_string_equal(recipe->columns[0].type, "character varying(7)");
            assert_string_equal(recipe->columns[0].collation, "pg_catalog.\"C\"");
            assert_string_equal(recipe->columns[1].type, "numeric(5,2)");
            assert_null(recipe->columns[1].collation);
        }
        else
            assert_string_equal(recipe->role, "owner");
    }
}

static void test_the_cost_is_that_of_the_live_data(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, "CREATE MATERIALIZED VIEW " LIVE ".a AS SELECT i FROM generate_series(1, 50000) AS i;"
                         "ANALYZE " LIVE ".a; CREATE MATERIALIZED VIEW " LIVE ".b AS SELECT i FROM " LIVE ".a");
    fixture_assert_ok(fixture, REHEARSE(fixture, "sql/a.sql", "SELECT i FROM generate_series(1, 50000) AS i",
                                "sql/b.sql", "SELECT i FROM a"));
    double expected = atof(fixture_text(fixture, "SELECT 0.01 * reltuples + relpages FROM pg_class WHERE oid = '" LIVE
                                                 ".a'::regclass"));
    assert_true(fixture->run->recipes[1].cost > expected - 1 && fixture->run->recipes[1].cost < expected + 1);
}

static void test_the_errors_of_all_files_come_in_one_go_with_their_places(void **state)
{
    Fixture *fixture = *state;
    assert_int_equal(REHEARSE(fixture, "sql/a.sql", "\n\nSELECT *\nFROM missing_one",
                              "sql/b.sql", "SELECT * FROM a", "sql/c.sql", "SELECT 1\n  + 'x'::point AS x",
                              "sql/d.sql", "CREATE MATERIALIZED VIEW d AS SELECT 1 AS x;\n\nCREATE INDEX ON d (x,\n y)",
                              "sql/e.sql", "SELECT q.x FROM d"), STATUS_FAILED);
    assert_int_equal(fixture->errors->count, 4);
    const Error *missing = fixture_error(fixture, 0);
    assert_string_equal(missing->file, "sql/a.sql");
    assert_int_equal(missing->line, 4);
    assert_int_equal(missing->column, 6);
    assert_int_equal(missing->kind, ERROR_SOURCE);
    assert_string_equal(missing->sqlstate, "42P01");
    assert_string_equal(missing->remedy, "neither the set nor the database has it");
    assert_string_equal(fixture_error(fixture, 1)->file, "sql/c.sql");
    assert_int_equal(fixture_error(fixture, 1)->line, 2);
    assert_string_equal(fixture_error(fixture, 2)->file, "sql/e.sql");
    assert_null(fixture_error(fixture, 2)->remedy);
    assert_string_equal(fixture_error(fixture, 3)->file, "sql/d.sql");
    assert_int_equal(fixture_error(fixture, 3)->line, 3);
    assert_null(fixture->run->recipes);
    fixture_assert_nothing_left(fixture);
}

static void test_a_name_that_stays_taken_is_refused_with_both_objects(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, "CREATE TABLE " LIVE ".taken (); CREATE TYPE " LIVE ".\"_x\" AS ENUM ('a');"
                         "CREATE STATISTICS " LIVE ".st ON id, part FROM src.t;"
                         "CREATE MATERIALIZED VIEW " LIVE ".y AS SELECT 1 AS a; CREATE INDEX yi ON " LIVE ".y (a)");
    assert_int_equal(REHEARSE(fixture, "sql/x.sql", "CREATE MATERIALIZED VIEW x AS SELECT 1 AS a, 2 AS b;"
                                                    "CREATE INDEX taken ON x (a); CREATE STATISTICS st ON a, b FROM x",
                              "sql/y.sql", "SELECT 1 AS a"), STATUS_FAILED);
    assert_int_equal(fixture->errors->count, 3);
    fixture_assert_contains(fixture_error(fixture, 0)->message, "index " LIVE ".taken is taken by table " LIVE ".taken");
    fixture_assert_contains(fixture_error(fixture, 1)->message, "is taken by statistics object " LIVE ".st");
    fixture_assert_contains(fixture_error(fixture, 2)->message, "is taken by type " LIVE "._x");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(fixture_error(fixture, i)->kind, ERROR_REFUSED);
}

static void test_a_role_that_is_only_a_member_of_the_owner_can_rehearse_and_build(void **state)
{
    Fixture *fixture = *state;
    fixture_make_live(fixture);
    fixture_decorate_live(fixture);
    fixture_assert_ok(fixture, fixture_rehearse_as(fixture, "plain", (const char *const[]){FILES, NULL}));
    assert_int_equal(fixture->run->schema_grant_count, 1);
    fixture_build(fixture);
    fixture_assert_same(fixture);
}

static void test_an_owner_reaches_what_its_views_read_in_another_schema(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, "CREATE SCHEMA far; GRANT USAGE ON SCHEMA far TO PUBLIC;"
                         "CREATE MATERIALIZED VIEW far.base AS SELECT 1 AS a; GRANT SELECT ON far.base TO owner;"
                         "SET ROLE owner; CREATE MATERIALIZED VIEW " LIVE ".reader AS TABLE far.base; RESET ROLE");
    fixture_assert_ok(fixture, REHEARSE(fixture, "sql/far.base.sql", "SELECT 1 AS a", "sql/reader.sql", "TABLE far.base"));
    fixture_build(fixture);
    /* from 18 on a name is qualified only where another relation could be meant */
    fixture_assert_contains(fixture_text(fixture, "SELECT pg_get_viewdef('" INCOMING ".reader'::regclass)"),
                    " FROM far_new.base;");
}

static void test_grants_of_a_role_that_cannot_be_taken_are_an_error_that_names_it(void **state)
{
    Fixture *fixture = *state;
    fixture_make_live(fixture);
    fixture_grant_on_live(fixture);
    assert_int_equal(fixture_rehearse_as(fixture, "plain", (const char *const[]){FILES, NULL}), STATUS_FAILED);
    assert_int_equal(fixture_error(fixture, 0)->kind, ERROR_REFUSED);
    fixture_assert_contains(fixture_error(fixture, 0)->message, "role g1 has granted privileges on ");
    fixture_assert_contains(fixture_error(fixture, 0)->message, ", and role plain may not act for it");
    fixture_assert_contains(fixture_error(fixture, 0)->remedy, "GRANT g1 TO plain");
    fixture_assert_nothing_left(fixture);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_recipe_has_columns_costs_and_roles),
        TEST(the_cost_is_that_of_the_live_data),
        TEST(the_errors_of_all_files_come_in_one_go_with_their_places),
        TEST(a_name_that_stays_taken_is_refused_with_both_objects),
        TEST(a_role_that_is_only_a_member_of_the_owner_can_rehearse_and_build),
        TEST(an_owner_reaches_what_its_views_read_in_another_schema),
        TEST(grants_of_a_role_that_cannot_be_taken_are_an_error_that_names_it),
    };
    return cmocka_run_group_tests(tests, cluster_setup, cluster_teardown);
}
