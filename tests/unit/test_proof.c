/*
 * Covers src/stage/proof.c on a real server: whatever stands between a new relation and a live one is found, and named
 * as a chain; what merely stands near is not.
 */
#include "stage_fixture.h"

#include <time.h>

/* Live: a, b (reads a).  New: whatever `new_generation` makes in public_new. */
static const char *prove(Stage *stage, const char *new_generation)
{
    stage_sql(stage, "CREATE SCHEMA public_new");
    stage_sql(stage, new_generation);
    PgRows *rows = NULL;
    const char *sql = "SELECT c.oid, c.relnamespace::regnamespace::text AS v FROM pg_class c WHERE c.relkind IN ('v', 'm') "
                      "AND (relnamespace = 'public_new'::regnamespace "
                      "OR oid IN ('public.a'::regclass, 'public.b'::regclass)) ORDER BY 1";
    assert_int_equal(pg_query(stage, stage->admin, &rows, stage->errors, sql, 0, NULL), STATUS_OK);
    uint32_t *fresh = NULL;
    uint32_t *live = NULL;
    size_t fresh_count = 0;
    size_t live_count = 0;
    for (size_t i = 0; i < pg_row_count(rows); i++)
        if (strcmp(pg_text(rows, i, "v"), "public_new") == 0)
            MEM_PUSH(stage, fresh, fresh_count, pg_oid(rows, i, "oid"));
        else
            MEM_PUSH(stage, live, live_count, pg_oid(rows, i, "oid"));
    Status status = catalog_proof(stage->run, fresh, fresh_count, live, live_count, stage->errors);
    assert_int_equal(status, errors_empty(stage->errors) ? STATUS_OK : STATUS_FAILED);
    return stage_error_lines(stage);
}

static void make_live(Stage *stage)
{
    stage_sql(stage, "CREATE TABLE t (id int, s text); CREATE MATERIALIZED VIEW a AS SELECT * FROM t; "
                     "CREATE VIEW b AS SELECT * FROM a");
}

static void a_generation_of_its_own_passes(void **state)
{
    Stage *stage = *state;
    make_live(stage);
    stage_sql(stage, "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; CREATE TABLE near "
                     "(c a, e int DEFAULT ('a'::regclass)::oid::int); CREATE VIEW other AS SELECT * FROM t; "
                     "CREATE DOMAIN dm AS int CHECK (f(VALUE) = 1); CREATE VIEW reads_a AS SELECT * FROM a");
    assert_string_equal(prove(stage, "CREATE MATERIALIZED VIEW public_new.a AS SELECT f(id) AS id, s, 1::dm FROM other; "
                                     "CREATE INDEX ON public_new.a (f(id)); "
                                     "CREATE VIEW public_new.b AS SELECT a, 'public_new.a'::regclass FROM public_new.a"),
                        "");
}

static void direct_reads_are_found(void **state)
{
    Stage *stage = *state;
    make_live(stage);
    const char *said = prove(stage, "CREATE MATERIALIZED VIEW public_new.\"X y\" AS SELECT * FROM a; "
                                    "CREATE VIEW public_new.k AS SELECT 'b'::regclass AS k; "
                                    "CREATE VIEW public_new.reader AS SELECT * FROM public_new.k");
    assert_says(said, "the new generation would read the live one: materialized view public_new.\"X y\" → materialized "
                      "view public.a; write the name without its schema");
    assert_says(said, "view public_new.k → view public.b");
    assert_null(strstr(said, "reader")); /* its input's error is the news */
    assert_int_equal(stage->errors->count, 2);
    assert_string_equal(stage->errors->items[0]->object, "materialized view public_new.\"X y\"");
}

static void chains_are_named_from_end_to_end(void **state)
{
    Stage *stage = *state;
    make_live(stage);
    stage_sql(stage, "CREATE VIEW v1 AS SELECT * FROM a; CREATE VIEW v2 AS SELECT * FROM v1; "
                     "CREATE VIEW v3 AS SELECT * FROM v2");
    const char *said = prove(stage, "CREATE MATERIALIZED VIEW public_new.b AS SELECT * FROM v3");
    assert_says(said, "materialized view public_new.b → view public.v3 → view public.v2 → view public.v1 → "
                      "materialized view public.a; put what stands between");
    assert_int_equal(stage->errors->count, 1);
}

static void types_are_walked(void **state)
{
    Stage *stage = *state;
    make_live(stage);
    stage_sql(stage, "CREATE TABLE holder (c a[]); CREATE TYPE ct AS (x int, y a); "
                     "CREATE DOMAIN dm AS int CHECK (VALUE <> ('b'::regclass)::oid::int)");
    const char *said = prove(stage, "CREATE MATERIALIZED VIEW public_new.h AS SELECT * FROM holder; "
                                    "CREATE VIEW public_new.d AS SELECT 1::dm AS d; "
                                    "CREATE VIEW public_new.c AS SELECT NULL::ct AS c");
    assert_says(said, "→ type public.a → materialized view public.a");
    assert_says(said, "type public.dm → constraint dm_check → view public.b");
    assert_int_equal(stage->errors->count, 2);
}

static void composite_types_are_walked(void **state)
{
    Stage *stage = *state;
    make_live(stage);
    stage_sql(stage, "CREATE TYPE ct AS (x int, y a)");
    assert_says(prove(stage, "CREATE VIEW public_new.c AS SELECT NULL::ct AS c"),
                "view public_new.c → type public.ct → composite type public.ct → type public.a → materialized view "
                "public.a");
}

static void functions_and_operators_are_walked(void **state)
{
    Stage *stage = *state;
    make_live(stage);
    stage_sql(stage, "CREATE FUNCTION f() RETURNS SETOF a LANGUAGE sql AS 'SELECT * FROM a'; "
                     "CREATE FUNCTION plus(int, text) RETURNS b LANGUAGE sql AS 'SELECT NULL::b'; "
                     "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = text, FUNCTION = plus)");
    const char *said = prove(stage, "CREATE VIEW public_new.f AS SELECT id FROM f(); "
                                    "CREATE VIEW public_new.o AS SELECT (1 === 'x'::text) IS NULL AS o");
    assert_says(said, "view public_new.f → function public.f() → type public.a → materialized view public.a");
    assert_says(said, "view public_new.o → operator public.===(integer,text) → type public.b → view public.b");
}

static void bodies_bound_at_creation_are_walked(void **state)
{
    Stage *stage = *state;
    make_live(stage);
    if (pg_server_version(stage->admin) < 140000)
        skip();
    stage_sql(stage, "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM a; END; "
                     "CREATE VIEW v AS SELECT f()");
    assert_says(prove(stage, "CREATE MATERIALIZED VIEW public_new.x AS SELECT f FROM v"),
                "materialized view public_new.x → view public.v → function public.f() → materialized view public.a");
}

static void indexes_statistics_and_defaults_are_walked(void **state)
{
    Stage *stage = *state;
    make_live(stage);
    const char *said = prove(stage, "CREATE MATERIALIZED VIEW public_new.i AS SELECT 1 AS i; "
                                    "CREATE INDEX ix ON public_new.i ((i + ('a'::regclass)::oid::int)); "
                                    "CREATE VIEW public_new.d AS SELECT 1 AS i; "
                                    "ALTER VIEW public_new.d ALTER i SET DEFAULT ('b'::regclass)::oid::int");
    assert_says(said, "materialized view public_new.i → index public_new.ix → materialized view public.a");
    assert_says(said, "view public_new.d → default value for column i of view public_new.d → view public.b");
    if (pg_server_version(stage->admin) < 140000)
        return;
    errors_truncate(stage->errors, 0);
    stage_sql(stage, "DROP SCHEMA public_new CASCADE");
    assert_says(prove(stage, "CREATE MATERIALIZED VIEW public_new.s AS SELECT 1 AS i; "
                             "CREATE STATISTICS public_new.st ON (i + ('a'::regclass)::oid::int) FROM public_new.s"),
                "materialized view public_new.s → statistics object public_new.st → materialized view public.a");
}

static void a_thousand_views_take_well_under_a_second(void **state)
{
    Stage *stage = *state;
    stage_sql(stage, "CREATE MATERIALIZED VIEW a AS SELECT 1 AS id, 'x'::text AS s; CREATE VIEW b AS SELECT * FROM a; "
                     "CREATE SCHEMA public_new");
    stage_sql(stage, "DO $$ BEGIN FOR s IN 0..1 LOOP FOR i IN 1..1000 LOOP EXECUTE format('CREATE %s VIEW %s.w%s AS "
                     "SELECT id, s FROM %s UNION ALL SELECT id, s FROM %s', CASE WHEN i % 2 = 0 THEN 'MATERIALIZED' END, "
                     "(ARRAY['public', 'public_new'])[s + 1], i, CASE WHEN i > 1 THEN format('%s.w%s', (ARRAY['public', "
                     "'public_new'])[s + 1], i - 1) ELSE '(SELECT 1 AS id, ''x''::text AS s) q' END, CASE WHEN i > 9 THEN "
                     "format('%s.w%s', (ARRAY['public', 'public_new'])[s + 1], i - 9) ELSE '(SELECT 1 AS id, ''x''::text "
                     "AS s) q' END) || CASE WHEN i % 2 = 0 THEN ' WITH NO DATA' ELSE '' END; END LOOP; END LOOP; END $$");
    PgRows *rows = NULL;
    assert_int_equal(pg_query(stage, stage->admin, &rows, stage->errors, "SELECT oid, relname, "
                              "relnamespace = 'public'::regnamespace AS live FROM pg_class WHERE relname ~ '^w\\d+$'", 0,
                              NULL), STATUS_OK);
    uint32_t oids[2][1000];
    size_t counts[2] = {0, 0};
    for (size_t i = 0; i < pg_row_count(rows); i++)
    {
        bool live = pg_boolean(rows, i, "live");
        oids[live][counts[live]++] = pg_oid(rows, i, "oid");
        if (live)
            stage_add(stage, "public", pg_text(rows, i, "relname"), VIEW_MATERIALIZED, true);
    }
    stage_finish_plan(stage);
    struct timespec times[3];
    clock_gettime(CLOCK_MONOTONIC, &times[0]);
    assert_int_equal(catalog_proof(stage->run, oids[0], 1000, oids[1], 1000, stage->errors), STATUS_OK);
    clock_gettime(CLOCK_MONOTONIC, &times[1]);
    assert_null(strstr(stage_check(stage), "w1 ")); /* only the lock table may be too small */
    clock_gettime(CLOCK_MONOTONIC, &times[2]);
    for (int i = 0; i < 2; i++)
    {
        double seconds = (double) (times[i + 1].tv_sec - times[i].tv_sec)
                         + (double) (times[i + 1].tv_nsec - times[i].tv_nsec) / 1e9;
        print_message("# %s: %.3f s\n", i == 0 ? "proof" : "preflight", seconds);
        assert_true(seconds < 3); /* sanitizers and busy machines included */
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_generation_of_its_own_passes),
        TEST(direct_reads_are_found),
        TEST(chains_are_named_from_end_to_end),
        TEST(types_are_walked),
        TEST(composite_types_are_walked),
        TEST(functions_and_operators_are_walked),
        TEST(bodies_bound_at_creation_are_walked),
        TEST(indexes_statistics_and_defaults_are_walked),
        TEST(a_thousand_views_take_well_under_a_second),
    };
    return cmocka_run_group_tests_name("proof", tests, cluster_setup, cluster_teardown);
}
