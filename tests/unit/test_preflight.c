/*
 * Covers src/stage/preflight*.c and array.c on a real server: each reason why a run would be refused, by name and with
 * the way out, and that a database with none of them passes.
 */
#include "stage_fixture.h"

#include "../../src/stage/array.h"

static PlanView *add_materialized(Stage *stage, const char *name)
{
    return stage_add(stage, "public", name, VIEW_MATERIALIZED, true);
}

static void a_clean_database_passes_and_is_described(void **state)
{
    Stage *stage = *state;
    stage_sql(stage, "CREATE SCHEMA \"S x\"");
    stage_sql(stage, "CREATE TABLE t (id int, s text); CREATE TYPE mood AS ENUM ('a')");
    stage_sql(stage, "CREATE MATERIALIZED VIEW a AS SELECT * FROM t; CREATE INDEX a_id ON a (id)");
    stage_sql(stage, "CREATE STATISTICS a_st ON id, s FROM a");
    stage_sql(stage, "CREATE VIEW \"S x\".\"M \"\"q\\\" AS SELECT a, 'a'::regclass AS r FROM a");
    PlanView *a = add_materialized(stage, "a");
    stage_add_object(stage, a, SQL_INDEX, "CREATE INDEX", "a_id");
    stage_add_object(stage, a, SQL_ATTRIBUTE, "CREATE STATISTICS", "a_st");
    stage_add_reference(stage, a, REFERENCE_RELATION, NULL, "t");
    stage_add_reference(stage, a, REFERENCE_RELATION, "public", "t");
    stage_add_reference(stage, a, REFERENCE_RELATION, NULL, "pg_class");
    stage_add_reference(stage, a, REFERENCE_TYPE, NULL, "mood");
    stage_add_reference(stage, a, REFERENCE_CONSTANT, NULL, "mood");
    stage_add_reference(stage, a, REFERENCE_COLUMN, "nowhere", "t");
    add_materialized(stage, "not there yet");
    stage_add(stage, "S x", "M \"q\\", VIEW_ORDINARY, true);
    stage_finish_plan(stage);
    assert_string_equal(stage_check(stage), "");

    const Preflight *preflight = stage->run->preflight;
    assert_string_equal(preflight->role, "postgres");
    assert_string_equal(preflight->database, "matswap_test");
    assert_true(preflight->superuser);
    assert_true(strlen(preflight->system_identifier) > 10);
    assert_false(preflight->generation_table);
    assert_int_equal(preflight->live[0].oid, stage_oid(stage, "\"S x\".\"M \"\"q\\\""));
    assert_int_equal(preflight->live[0].kind, VIEW_ORDINARY);
    assert_int_equal(preflight->live[1].oid, stage_oid(stage, "a"));
    assert_int_equal(preflight->live[1].kind, VIEW_MATERIALIZED);
    assert_true(preflight->live[1].populated);
    assert_true(preflight->live[1].bytes > 0);
    assert_string_equal(preflight->live[1].owner, "postgres");
    assert_int_equal(preflight->live[2].oid, 0);
    assert_string_equal(preflight->incoming[0].name, "S x_new");
    assert_int_equal(preflight->incoming[0].oid, 0);
    assert_int_equal(preflight->rebind_count, 0);
}

static void only_views_are_ever_replaced(void **state)
{
    Stage *stage = *state;
    stage_sql(stage, "CREATE TABLE r (i int); CREATE TABLE p (i int) PARTITION BY LIST (i); CREATE SEQUENCE s; "
                     "CREATE TYPE c AS (i int); CREATE INDEX ix ON r (i)");
    stage_sql(stage, "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER w FOREIGN DATA WRAPPER w; "
                     "CREATE FOREIGN TABLE f (i int) SERVER w");
    const char *const names[] = {"r", "p", "s", "c", "ix", "f"};
    for (size_t i = 0; i < 6; i++)
        add_materialized(stage, names[i]);
    stage_finish_plan(stage);
    const char *said = stage_check(stage);
    assert_says(said, "q/r.sql:2:1: public.r is a table that no run of the set has published: its rows may be somebody's own; "
                      "if the view is to take its place, write `adopt = yes` into [view public.r] of");
    assert_says(said, "public.p is a partitioned table");
    assert_says(said, "public.s is a sequence");
    assert_says(said, "public.c is a composite type");
    assert_says(said, "public.ix is an index");
    assert_says(said, "public.f is a foreign table");
}

static void names_that_something_else_has_are_refused(void **state)
{
    Stage *stage = *state;
    stage_sql(stage, "CREATE TYPE e AS ENUM ('a'); CREATE TABLE _g (i int); CREATE TABLE t (i int, j int)");
    stage_sql(stage, "CREATE INDEX taken ON t (i); CREATE STATISTICS st ON i, j FROM t");
    stage_sql(stage, "CREATE MATERIALIZED VIEW h AS SELECT 1 AS i, 2 AS j; CREATE INDEX h_i ON h (i); "
                     "CREATE STATISTICS h_st ON i, j FROM h");
    add_materialized(stage, "e");
    add_materialized(stage, "g");
    PlanView *h = add_materialized(stage, "h");
    stage_add_object(stage, h, SQL_INDEX, "CREATE INDEX", "taken");
    stage_add_object(stage, h, SQL_INDEX, "CREATE INDEX", "h_i");
    stage_add_object(stage, h, SQL_ATTRIBUTE, "CREATE STATISTICS", "st");
    stage_add_object(stage, h, SQL_ATTRIBUTE, "CREATE STATISTICS", "h_st");
    stage_finish_plan(stage);
    const char *said = stage_check(stage);
    assert_says(said, "q/e.sql:2:1: type public.e has the name that the row type of public.e needs; rename it");
    assert_says(said, "type public._g has the name that the array type of public.g needs");
    assert_says(said, "the name public.taken is taken by index public.taken, which is not part of the set");
    assert_says(said, "the name public.st is taken by statistics object public.st");
    assert_null(strstr(said, "h_i"));
    assert_null(strstr(said, "h_st"));

    /* and the server agrees about the array type */
    stage_sql(stage, "CREATE SCHEMA n; CREATE MATERIALIZED VIEW n.g AS SELECT 1");
    assert_int_equal(pg_run(stage->admin, stage->errors, "ALTER MATERIALIZED VIEW n.g SET SCHEMA public"),
                     STATUS_FAILED);
    assert_string_equal(stage->errors->items[0]->sqlstate, "42710");
}

static void members_of_an_extension_are_refused(void **state)
{
    Stage *stage = *state;
    stage_sql(stage, "CREATE VIEW x AS SELECT 1 AS i; ALTER EXTENSION plpgsql ADD VIEW x");
    stage_add(stage, "public", "x", VIEW_ORDINARY, true);
    stage_finish_plan(stage);
    assert_says(stage_check(stage), "public.x belongs to extension plpgsql; take it out of the set, or ALTER EXTENSION "
                                    "plpgsql DROP VIEW public.x");
}

static void a_role_without_privileges_hears_of_all_of_them(void **state)
{
    Stage *stage = *state;
    stage_sql(stage, "CREATE ROLE boss; CREATE SCHEMA s; CREATE MATERIALIZED VIEW s.x AS SELECT 1 AS i; "
                     "ALTER MATERIALIZED VIEW s.x OWNER TO boss; CREATE SCHEMA s_old AUTHORIZATION boss");
    stage_add(stage, "s", "x", VIEW_MATERIALIZED, true);
    stage_add(stage, "elsewhere", "y", VIEW_MATERIALIZED, true);
    stage_finish_plan(stage);
    stage_as_app(stage, "REVOKE ALL ON DATABASE matswap_test FROM PUBLIC; GRANT CONNECT ON DATABASE matswap_test TO app");
    const char *said = stage_check(stage);
    assert_false(stage->run->preflight->superuser);
    assert_says(said, "s.x is owned by boss, and role app may not act for it; GRANT boss TO app");
    assert_says(said, "role app lacks USAGE and CREATE on schema s; GRANT USAGE, CREATE ON SCHEMA s TO app");
    assert_says(said, "schema s_old is owned by boss, and role app may not act for it; ALTER SCHEMA s_old OWNER TO app");
    assert_says(said, "schema elsewhere, in which the set has views, does not exist; have an administrator run "
                      "CREATE SCHEMA elsewhere AUTHORIZATION app");
    assert_says(said, "role app may not create schemas in database matswap_test, and the run needs elsewhere_new, "
                      "elsewhere_old, s_new; GRANT CREATE ON DATABASE matswap_test TO app, or make them beforehand: "
                      "CREATE SCHEMA elsewhere_new AUTHORIZATION app; ");
    assert_says(said, "CREATE SCHEMA matswap AUTHORIZATION app");
}

static void an_audit_table_needs_a_place_and_privileges(void **state)
{
    Stage *stage = *state;
    stage_sql(stage, "CREATE SCHEMA s; CREATE SCHEMA log");
    stage_add(stage, "s", "x", VIEW_MATERIALIZED, true);
    stage_finish_plan(stage);
    stage->config->audit_table = (Name){"log", "runs"};
    stage_as_app(stage, "GRANT CREATE ON DATABASE matswap_test TO app; GRANT USAGE, CREATE ON SCHEMA s TO app");
    const char *said = stage_check(stage);
    assert_says(said, "audit_table = log.runs: role app may not use schema log; GRANT USAGE ON SCHEMA log TO app");
    assert_says(said, "audit_table = log.runs does not exist, and role app may not create it; "
                      "GRANT USAGE, CREATE ON SCHEMA log TO app");
    stage_sql(stage, "GRANT USAGE, CREATE ON SCHEMA log TO app");
    assert_string_equal(stage_check(stage), "");

    stage_sql(stage, "CREATE TABLE log.runs (id bigserial PRIMARY KEY, view_name text, started_at timestamptz, "
                     "completed_at timestamptz, duration_ms int, row_count int, status text, error_message text)");
    said = stage_check(stage);
    assert_says(said, "role app may not insert into log.runs, the audit_table; GRANT INSERT ON log.runs TO app");
    assert_says(said, "role app may not take numbers from log.runs_id_seq, as the audit_table log.runs does; "
                      "GRANT USAGE ON SEQUENCE log.runs_id_seq TO app");
    stage_sql(stage, "GRANT INSERT ON log.runs TO app; GRANT USAGE ON SEQUENCE log.runs_id_seq TO app");
    assert_string_equal(stage_check(stage), "");
    stage_sql(stage, "ALTER TABLE log.runs ALTER row_count TYPE boolean USING false");
    assert_says(stage_check(stage), "audit_table = log.runs does not take what matswap writes: ");
    stage->config->audit_table = (Name){"matswap", "runs"};
    assert_string_equal(stage_check(stage), ""); /* that schema comes with the first run */
}

/* Who ran yesterday with what an older matswap had made runs today. */
static void what_only_onlookers_need_is_advice(void **state)
{
    Stage *stage = *state;
    stage_sql(stage, "CREATE SCHEMA s; CREATE SCHEMA matswap; CREATE TABLE matswap.generation ()");
    stage_add(stage, "s", "x", VIEW_MATERIALIZED, true);
    stage_finish_plan(stage);
    stage_as_app(stage, "GRANT CREATE ON DATABASE matswap_test TO app; GRANT USAGE, CREATE ON SCHEMA s TO app; "
                        "GRANT USAGE ON SCHEMA matswap TO app; GRANT SELECT, INSERT ON matswap.generation TO app");
    assert_string_equal(stage_check(stage), "");
    const Errors *advice = stage->run->preflight->advice;
    assert_int_equal(advice->count, 2);
    assert_says(error_format(stage, advice->items[0]), "there is no matswap.failure, and role app may not create it; "
                                                       "GRANT CREATE ON SCHEMA matswap TO app");
    assert_says(error_format(stage, advice->items[1]), "matswap.freshness is not there, or an older matswap's");
    stage_sql(stage, "GRANT CREATE ON SCHEMA matswap TO app; CREATE TABLE matswap.failure ()");
    assert_string_equal(stage_check(stage), "");
    advice = stage->run->preflight->advice;
    assert_int_equal(advice->count, 1);
    assert_says(error_format(stage, advice->items[0]), "GRANT SELECT, INSERT ON matswap.failure TO app");
}

static void what_the_refusals_advise_is_enough(void **state)
{
    Stage *stage = *state;
    stage_sql(stage, "CREATE ROLE boss; CREATE SCHEMA s; CREATE MATERIALIZED VIEW s.x AS SELECT 1 AS i; "
                     "ALTER MATERIALIZED VIEW s.x OWNER TO boss; CREATE VIEW s.v AS SELECT i FROM s.x; "
                     "ALTER VIEW s.v OWNER TO boss");
    stage_add(stage, "s", "x", VIEW_MATERIALIZED, true);
    stage_finish_plan(stage);
    stage_as_app(stage, "GRANT boss TO app; GRANT USAGE ON SCHEMA s TO boss; GRANT USAGE, CREATE ON SCHEMA s TO app; "
                        "CREATE SCHEMA s_new AUTHORIZATION app; CREATE SCHEMA s_old AUTHORIZATION app; "
                        "CREATE SCHEMA matswap AUTHORIZATION app; CREATE TABLE matswap.generation (); "
                        "GRANT SELECT, INSERT ON matswap.generation TO app");
    assert_string_equal(stage_check(stage), "");
    assert_true(stage->run->preflight->generation_table);
    assert_int_equal(stage->run->preflight->rebind_count, 1);
    assert_true(stage->run->preflight->incoming[0].oid != 0);

    /* a member that does not inherit could not move the view; from 16 on each membership says whether it inherits */
    stage_sql(stage, pg_server_version(stage->admin) < 160000 ? "ALTER ROLE app NOINHERIT"
                                                              : "GRANT boss TO app WITH INHERIT FALSE");
    stage_sql(stage, "REVOKE INSERT ON matswap.generation FROM app");
    const char *said = stage_check(stage);
    assert_says(said, "s.x is owned by boss");
    assert_says(said, "role app may not insert into matswap.generation; GRANT SELECT, INSERT");
}

static void a_live_view_that_its_owner_may_not_read_is_refused_unless_a_superuser_reads_it(void **state)
{
    Stage *stage = *state;
    stage_sql(stage, "CREATE ROLE boss; CREATE SCHEMA s; CREATE MATERIALIZED VIEW s.x AS SELECT 1 AS i; "
                     "ALTER MATERIALIZED VIEW s.x OWNER TO boss; REVOKE SELECT ON s.x FROM boss");
    stage_add(stage, "s", "x", VIEW_MATERIALIZED, true);
    stage_finish_plan(stage);
    assert_string_equal(stage_check(stage), "");
    stage_as_app(stage, "GRANT boss TO app; GRANT USAGE ON SCHEMA s TO boss; GRANT USAGE, CREATE ON SCHEMA s TO app; "
                        "GRANT CREATE ON DATABASE matswap_test TO app");
    assert_says(stage_check(stage), "s.x can't be compared with the new generation: its owner boss may not read it; "
                                    "GRANT SELECT ON s.x TO boss");
    stage_sql(stage, "GRANT SELECT ON s.x TO boss");
    assert_string_equal(stage_check(stage), "");
}

/* From 16 on a membership can be without SET ROLE, or without inheritance (GRANT's page, WITH SET and WITH INHERIT). */
static void a_membership_that_allows_too_little_is_refused_with_the_grant_that_helps(void **state)
{
    Stage *stage = *state;
    if (pg_server_version(stage->admin) < 160000)
        return;
    stage_sql(stage, "CREATE ROLE boss; CREATE SCHEMA s; CREATE MATERIALIZED VIEW s.x AS SELECT 1 AS i; "
                     "ALTER MATERIALIZED VIEW s.x OWNER TO boss");
    stage_add(stage, "s", "x", VIEW_MATERIALIZED, true);
    stage_finish_plan(stage);
    stage_as_app(stage, "GRANT boss TO app WITH SET FALSE, INHERIT TRUE; GRANT USAGE ON SCHEMA s TO boss; GRANT USAGE, CREATE ON SCHEMA s TO app; "
                        "GRANT CREATE ON DATABASE matswap_test TO app");
    const char *remedy = "s.x is owned by boss, and role app may not act for it; "
                         "GRANT boss TO app WITH INHERIT TRUE, SET TRUE";
    assert_says(stage_check(stage), remedy);
    stage_sql(stage, "GRANT boss TO app WITH INHERIT FALSE, SET TRUE");
    assert_says(stage_check(stage), remedy);
    stage_sql(stage, "GRANT boss TO app WITH INHERIT TRUE, SET TRUE");
    assert_string_equal(stage_check(stage), "");
}

static void shadow_schemas_must_be_empty_and_ours(void **state)
{
    Stage *stage = *state;
    stage_sql(stage, "CREATE SCHEMA public_new; CREATE TABLE public_new.a (i int PRIMARY KEY); "
                     "CREATE TABLE public_new.b (); CREATE TABLE public_new.c (); CREATE FUNCTION public_new.d() "
                     "RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE SCHEMA public_old; CREATE TYPE public_old.t AS ()");
    add_materialized(stage, "x");
    stage_finish_plan(stage);
    const char *said = stage_check(stage);
    assert_says(said, "schema public_new, which the run needs for itself, is not empty: function public_new.d(), table "
                      "public_new.a, table public_new.b, …; move or drop");
    assert_says(said, "schema public_old, which the run needs for itself, is not empty and not marked as this set's: "
                      "type public_old.t;");

    stage_sql(stage, "DROP TABLE public_new.a, public_new.b, public_new.c; DROP FUNCTION public_new.d; "
                     "COMMENT ON SCHEMA public_new IS 'matswap set=tested run=1'; "
                     "COMMENT ON SCHEMA public_old IS 'matswap set=test run=1'");
    said = stage_check(stage);
    assert_says(said, "schema public_new belongs to set tested; let that set's run finish");
    assert_null(strstr(said, "public_old"));
    assert_string_equal(stage->run->preflight->outgoing[0].comment, "matswap set=test run=1");

    stage_sql(stage, "COMMENT ON SCHEMA public_new IS 'matswap set=test run=2'");
    assert_string_equal(stage_check(stage), "");
    stage_sql(stage, "CREATE TABLE public_new.left ()");
    assert_says(stage_check(stage), "does not know: table public_new.\"left\"; `matswap rollback --orphans`");
}

static void names_that_nobody_has_are_refused_with_their_place(void **state)
{
    Stage *stage = *state;
    PlanView *x = add_materialized(stage, "donations");
    stage_add_reference(stage, x, REFERENCE_RELATION, NULL, "donatons");
    stage_add_reference(stage, x, REFERENCE_RELATION, "nowhere", "x");
    stage_add_reference(stage, x, REFERENCE_TYPE, NULL, "moood");
    stage_add_reference(stage, x, REFERENCE_CONSTANT, "public", "konst");
    stage_finish_plan(stage);
    const char *said = stage_check(stage);
    assert_says(said, "q/donations.sql:7:9: relation donatons: neither the set nor the database has it; did you mean "
                      "donations?");
    assert_says(said, "relation nowhere.x: neither");
    assert_says(said, "type moood: neither");
    assert_says(said, "relation public.konst: neither");
}

static void views_between_are_refused_however_deep(void **state)
{
    Stage *stage = *state;
    stage_sql(stage, "CREATE MATERIALIZED VIEW a AS SELECT 1 AS i; CREATE VIEW v1 AS SELECT * FROM a; "
                     "CREATE VIEW v2 AS SELECT * FROM v1; CREATE VIEW v3 AS SELECT * FROM v2; "
                     "CREATE VIEW fine AS SELECT 1 AS i");
    add_materialized(stage, "a");
    PlanView *b = add_materialized(stage, "b");
    stage_add_reference(stage, b, REFERENCE_RELATION, NULL, "v3");
    stage_add_reference(stage, b, REFERENCE_RELATION, NULL, "fine");
    stage_finish_plan(stage);
    const char *said = stage_check(stage);
    assert_says(said, "view public.v3 stands between views of the set: it reads materialized view public.a and is");
    assert_null(strstr(said, "fine"));
}

static void views_that_only_leaves_alone_must_be_there(void **state)
{
    Stage *stage = *state;
    stage_sql(stage, "CREATE MATERIALIZED VIEW empty AS SELECT 1 AS i WITH NO DATA; "
                     "CREATE MATERIALIZED VIEW full_one AS SELECT 1 AS i");
    PlanView *x = add_materialized(stage, "x");
    stage_add_read(stage, x, stage_add(stage, "public", "absent", VIEW_MATERIALIZED, false));
    stage_add_read(stage, x, stage_add(stage, "public", "empty", VIEW_MATERIALIZED, false));
    stage_add_read(stage, x, stage_add(stage, "public", "full_one", VIEW_MATERIALIZED, false));
    stage_add(stage, "public", "unread", VIEW_MATERIALIZED, false);
    stage_finish_plan(stage);
    const char *said = stage_check(stage);
    assert_says(said, "public.absent is read by views to be rebuilt, is not rebuilt itself, and does not exist in the "
                      "database; add it to --only");
    assert_says(said, "public.empty is read by views to be rebuilt, is not rebuilt itself, and has never been populated");
    assert_null(strstr(said, "full_one"));
    assert_null(strstr(said, "unread"));
}

static void a_set_too_large_for_the_lock_table_is_refused_with_the_figure(void **state)
{
    Stage *stage = *state;
    int64_t slots = strtoll(stage_value(stage, stage->admin, "SELECT current_setting('max_connections')::int + "
                                        "current_setting('max_prepared_transactions')::int AS v"), NULL, 10);
    int64_t capacity = slots * strtoll(stage_value(stage, stage->admin, "SELECT current_setting("
                                                   "'max_locks_per_transaction') AS v"), NULL, 10);
    size_t fits = (size_t) (capacity / 2 - 16) / 5;
    for (size_t i = 0; i <= fits; i++)
        add_materialized(stage, mem_printf(stage, "v%zu", i));
    stage_finish_plan(stage);
    stage->plan->view_count--;
    assert_string_equal(stage_check(stage), "");
    stage->plan->view_count++;
    const char *said = stage_check(stage);
    assert_says(said, "locks in one transaction, more than half of the server's lock table");
    assert_says(said, mem_printf(stage, "max_locks_per_transaction = %d and restart",
                                 (int) ((2 * (16 + 5 * ((int64_t) fits + 1)) + slots - 1) / slots)));
}

static void read_only_sessions_are_refused(void **state)
{
    Stage *stage = *state;
    stage_sql(stage, "ALTER DATABASE matswap_test SET default_transaction_read_only = on");
    add_materialized(stage, "x");
    stage_finish_plan(stage);
    talloc_free(stage->run->control);
    stage->run->control = stage_connect(stage, "dbname=matswap_test");
    assert_says(stage_check(stage), "default_transaction_read_only is on in database matswap_test for role postgres; "
                                    "ALTER ROLE postgres SET default_transaction_read_only = off");
}

static void a_broken_connection_is_an_error_of_its_own(void **state)
{
    Stage *stage = *state;
    add_materialized(stage, "x");
    stage_finish_plan(stage);
    char *pid = mem_printf(stage, "%d", pg_backend_pid(stage->run->control));
    stage_sql(stage, mem_printf(stage, "SELECT pg_terminate_backend(%s)", pid));
    const char *there = mem_printf(stage, "SELECT 1 AS v FROM pg_stat_activity WHERE pid = %s", pid);
    while (stage_value(stage, stage->admin, there) != NULL)
        stage_sql(stage, "SELECT pg_sleep(0.01)");
    assert_int_equal(stage_preflight(stage->run, stage->errors), STATUS_FAILED);
    assert_int_equal(stage->errors->count, 1);
    assert_int_equal(stage->errors->items[0]->kind, ERROR_CONNECTION);
}

static void array_literals_carry_any_text(void **state)
{
    Stage *stage = *state;
    const char *const values[] = {"a\"b\\c", "", NULL, "NULL", "{x,y}", " é "};
    const char *literal = array_of_texts(stage, values, 6);
    PgRows *rows = NULL;
    assert_int_equal(pg_query(stage, stage->admin, &rows, stage->errors,
                              "SELECT v, n FROM unnest($1::text[]) WITH ORDINALITY AS u (v, n) ORDER BY n", 1,
                              &literal), STATUS_OK);
    assert_int_equal(pg_row_count(rows), 6);
    for (size_t i = 0; i < 6; i++)
        assert_true(text_equal(pg_value(rows, i, "v"), values[i]));
    assert_string_equal(array_of_oids(stage, (const uint32_t[]) {1, 4294967295U}, 2), "{1,4294967295}");
    assert_string_equal(array_of_oids(stage, NULL, 0), "{}");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, stage_setup, stage_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_clean_database_passes_and_is_described),
        TEST(only_views_are_ever_replaced),
        TEST(names_that_something_else_has_are_refused),
        TEST(members_of_an_extension_are_refused),
        TEST(a_role_without_privileges_hears_of_all_of_them),
        TEST(an_audit_table_needs_a_place_and_privileges),
        TEST(what_only_onlookers_need_is_advice),
        TEST(what_the_refusals_advise_is_enough),
        TEST(a_live_view_that_its_owner_may_not_read_is_refused_unless_a_superuser_reads_it),
        TEST(a_membership_that_allows_too_little_is_refused_with_the_grant_that_helps),
        TEST(shadow_schemas_must_be_empty_and_ours),
        TEST(names_that_nobody_has_are_refused_with_their_place),
        TEST(views_between_are_refused_however_deep),
        TEST(views_that_only_leaves_alone_must_be_there),
        TEST(a_set_too_large_for_the_lock_table_is_refused_with_the_figure),
        TEST(read_only_sessions_are_refused),
        TEST(a_broken_connection_is_an_error_of_its_own),
        TEST(array_literals_carry_any_text),
    };
    return cmocka_run_group_tests_name("preflight", tests, cluster_setup, cluster_teardown);
}
