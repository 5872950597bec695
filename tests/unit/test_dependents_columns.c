/*
 * Covers src/stage/dependents_columns.c and dependents_probe.c on a real server: what a changed column breaks is named, by
 * the catalog's dependencies; what only uses it is tried over the new generation.
 */
#include "dependents_fixture.h"

static const char *check_columns(Stage *stage, const char *new_generation)
{
    assert_string_equal(stage_check(stage), "");
    stage_sql(stage, "CREATE SCHEMA IF NOT EXISTS public_new; CREATE SCHEMA IF NOT EXISTS \"S x_new\"");
    stage_sql_on(stage, stage->run->control, "BEGIN");
    stage_sql_on(stage, stage->run->control, new_generation);
    Status status = dependents_check_columns(stage->run, stage->errors);
    const char *said = stage_error_lines(stage);
    assert_int_equal(status, said[0] == '\0' ? STATUS_OK : STATUS_FAILED);
    assert_int_equal(errors_have(stage->errors, ERROR_REFUSED), said[0] != '\0');
    errors_truncate(stage->errors, 0);
    pg_rollback(stage->run->control);
    return said;
}

static void used_columns_must_stay_as_they_are(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE VIEW v AS SELECT id, d FROM a; CREATE VIEW w AS SELECT upper(s) AS u FROM a");
    assert_string_equal(check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT 1 AS first, s, id, d "
                                             "FROM public.t WITH NO DATA"), "");
    const char *said = check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT d::numeric(12,2), "
                                            "s COLLATE \"C\" FROM public.t WITH NO DATA");
    assert_says(said, "column id (integer) of public.a, which view public.v uses, is gone in the new generation; ");
    assert_says(said, "column d of public.a, which view public.v uses, changes its type from numeric(10,2) to "
                      "numeric(12,2)");
    assert_says(said, "column s of public.a, which view public.w uses, changes its type from text COLLATE \"default\" to "
                      "text COLLATE \"C\"");
    assert_null(strstr(said, "s of public.a, which view public.v"));
}

static void unused_columns_may_change(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE VIEW v AS SELECT id FROM a; CREATE VIEW n AS SELECT count(*) FROM a; "
                     "CREATE VIEW r AS SELECT 'a'::regclass AS r");
    assert_string_equal(check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT 1 AS more, id FROM "
                                             "public.t WITH NO DATA"), "");
}

static void whole_rows_need_all_columns_in_order(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE VIEW j AS SELECT row_to_json(a) AS j FROM a; CREATE VIEW n AS SELECT NULL::a IS NULL AS n");
    assert_string_equal(check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS TABLE public.t WITH NO DATA"), "");
    const char *said = check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT s, id, d, 1 AS more FROM "
                                            "public.t WITH NO DATA");
    assert_says(said, "column id (integer) of public.a, whose whole rows view public.j uses by position, moves from "
                      "position 1 to 2");
    assert_null(strstr(said, "column more"));
}

/* Columns that are named by a list of aliases would silently change places. */
static void what_only_uses_a_changed_column_is_tried(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE VIEW j AS SELECT row_to_json(a) AS j FROM a; CREATE VIEW r AS SELECT a AS r FROM a; "
                     "CREATE VIEW w AS SELECT s FROM a WHERE id > 7; CREATE VIEW o AS SELECT id FROM a; "
                     "CREATE VIEW up AS SELECT upper(s) AS u FROM a; CREATE SCHEMA elsewhere; "
                     "CREATE VIEW elsewhere.\"M \"\"q\" AS SELECT s FROM public.a WHERE id > 7; "
                     "CREATE VIEW elsewhere.w AS SELECT s FROM public.a WHERE id > 7");
    const char *said = check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT id::bigint AS id, s, d, 1 AS "
                                            "more FROM public.t WITH NO DATA; "
                                            "CREATE MATERIALIZED VIEW \"S x_new\".\"M \"\"q\" AS SELECT 1 AS id");
    assert_says(said, "column id of public.a, which view public.o uses, changes its type from integer to bigint");
    /* its name is taken where it would be tried */
    assert_says(said, "column id of public.a, which view elsewhere.\"M \"\"q\" uses, changes its type");
    assert_null(strstr(said, "view public.j"));
    assert_null(strstr(said, "view public.r"));
    assert_null(strstr(said, "view public.w"));
    assert_null(strstr(said, "elsewhere.w"));
    said = check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT id, 7 AS s, d FROM public.t WITH NO DATA");
    assert_says(said, "column s of public.a, which view public.up uses, changes its type from text COLLATE \"default\" "
                      "to integer");
    assert_says(said, "function upper(integer) does not exist");
}

static void lists_of_aliases_need_the_same_positions(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE VIEW u AS SELECT id, a.s, t.s AS s2 FROM t JOIN a USING (id); "
                     "CREATE VIEW l AS SELECT q FROM a AS \"x y\" (p, q); CREATE VIEW plain AS SELECT x.s FROM a AS x");
    assert_string_equal(check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT *, 1 AS more FROM public.t "
                                             "WITH NO DATA"), "");
    const char *said = check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT s, id, d FROM public.t WITH "
                                            "NO DATA");
    assert_says(said, "which view public.u uses by position, moves from position 1 to 2");
    assert_says(said, "which view public.l uses by position, moves from position 2 to 1");
    assert_null(strstr(said, "plain"));
}

static void row_types_of_the_new_generation_are_the_same_types(void **state)
{
    Stage *stage = *state;
    make_members(stage);
    stage_sql(stage, "CREATE VIEW v AS SELECT (m.a).id AS i FROM \"S x\".\"M \"\"q\" m");
    assert_string_equal(check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS TABLE public.t WITH NO DATA; "
                                             "CREATE MATERIALIZED VIEW \"S x_new\".\"M \"\"q\" AS SELECT a.id, a FROM "
                                             "public_new.a WITH NO DATA"), "");
    assert_says(check_columns(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT s FROM public.t WITH NO DATA; "
                                     "CREATE MATERIALIZED VIEW \"S x_new\".\"M \"\"q\" AS SELECT 1 AS id, a FROM "
                                     "public_new.a WITH NO DATA"),
                "column id (integer) of public.a, which view public.v uses, is gone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(used_columns_must_stay_as_they_are),
        TEST(unused_columns_may_change),
        TEST(whole_rows_need_all_columns_in_order),
        TEST(what_only_uses_a_changed_column_is_tried),
        TEST(lists_of_aliases_need_the_same_positions),
        TEST(row_types_of_the_new_generation_are_the_same_types),
    };
    return cmocka_run_group_tests_name("dependents_columns", tests, cluster_setup, cluster_teardown);
}
