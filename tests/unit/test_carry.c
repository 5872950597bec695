/*
 * Covers src/stage/carry_*.c and rehearse*.c on a real server: a rehearsal leaves nothing behind and reports what is
 * wrong with the files; its recipes, executed for real, give a generation that the catalog and pg_dump cannot tell
 * from the live one but for the schema's name.
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

/* ---- helpers ---------------------------------------------------------------------------------------------- */

static void assert_ok(Fixture *fixture, Status status)
{
    for (size_t i = 0; i < fixture->errors->count; i++)
        print_error("%s\n", error_format(fixture, fixture->errors->items[i]));
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(fixture->errors->count, 0);
}

static void assert_same_generation(Fixture *fixture)
{
    for (const char *const *topic = fixture_topics; *topic != NULL; topic++)
        assert_string_equal(fixture_facts(fixture, *topic, INCOMING), fixture_facts(fixture, *topic, LIVE));
    if (fixture_can_dump(fixture))
        assert_string_equal(fixture_dump(fixture, INCOMING), fixture_dump(fixture, LIVE));
}

static void assert_contains(const char *text, const char *part)
{
    if (text == NULL || strstr(text, part) == NULL)
        fail_msg("\"%s\" does not contain \"%s\"", text == NULL ? "(nothing)" : text, part);
}

static const Error *error_number(Fixture *fixture, size_t index)
{
    assert_true(index < fixture->errors->count);
    return fixture->errors->items[index];
}

static void assert_nothing_left(Fixture *fixture)
{
    assert_string_equal(fixture_text(fixture, "SELECT nspname FROM pg_namespace WHERE nspname LIKE '%\\_new'"), "");
}

/* The live generation as if built from the files by hand, then set up with every attribute that there is. */
static const char base_text[] = "SELECT id, \"Na me\", part, repeat(\"Na me\", 3) AS wide FROM src.t";
static const char reader_text[] = "CREATE VIEW \"r\"\"\" AS SELECT \"Na me\", count(*) AS n FROM \"Weird \"\"Name\" "
                                  "GROUP BY \"Na me\"";
#define FILES "sql/Weird.sql", "CREATE MATERIALIZED VIEW \"Weird \"\"Name\" AS SELECT id, \"Na me\", part, "           \
              "repeat(\"Na me\", 3) AS wide FROM src.t", "sql/r.sql", reader_text,                                    \
              "sql/long.sql", "CREATE MATERIALIZED VIEW " LONG_NAME " AS TABLE \"Weird \"\"Name\""

static void make_live(Fixture *fixture)
{
    fixture_run(fixture, "SET ROLE owner; SET search_path = " LIVE);
    fixture_run(fixture, mem_printf(fixture, "CREATE MATERIALIZED VIEW \"Weird \"\"Name\" AS %s", base_text));
    fixture_run(fixture, reader_text);
    fixture_run(fixture, "CREATE MATERIALIZED VIEW " LONG_NAME " AS TABLE \"Weird \"\"Name\"");
    fixture_run(fixture, "RESET ROLE; SET search_path = pg_catalog");
}

#define X LIVE ".\"Weird \"\"Name\""

/* PostgreSQL 13 knows neither a column's compression nor statistics on expressions. */
static bool has_compression_and_expressions(Fixture *fixture)
{
    return pg_server_version(fixture->admin) >= 140000;
}

static void decorate_live(Fixture *fixture)
{
    bool newer = has_compression_and_expressions(fixture);
    if (newer)
        fixture_run(fixture, "ALTER MATERIALIZED VIEW " X " ALTER COLUMN \"Na me\" SET COMPRESSION pglz");
    fixture_run(fixture, mem_printf(fixture, "SET ROLE owner; CREATE STATISTICS " LIVE ".expr ON %s, part FROM " X,
                                    newer ? "lower(\"Na me\")" : "\"Na me\""));
    fixture_run(fixture, "SET ROLE owner;"
        "ALTER MATERIALIZED VIEW " X " SET (fillfactor = 71, autovacuum_enabled = off, "
        "  toast.autovacuum_vacuum_threshold = 77);"
        "ALTER VIEW " LIVE ".\"r\"\"\" SET (security_barrier = true);"
        "ALTER VIEW " LIVE ".\"r\"\"\" ALTER COLUMN n SET DEFAULT 42;"
        "ALTER MATERIALIZED VIEW " X " ALTER COLUMN part SET STATISTICS 321;"
        "ALTER MATERIALIZED VIEW " X " ALTER COLUMN id SET STATISTICS 0;"
        "ALTER MATERIALIZED VIEW " X " ALTER COLUMN part SET (n_distinct = 7, n_distinct_inherited = 8);"
        "ALTER MATERIALIZED VIEW " X " ALTER COLUMN wide SET STORAGE EXTERNAL;"
        "COMMENT ON MATERIALIZED VIEW " X " IS 'it''s a \\ comment';"
        "COMMENT ON COLUMN " X ".\"Na me\" IS 'column; -- \"one\"';"
        "COMMENT ON VIEW " LIVE ".\"r\"\"\" IS 'reader';"
        "CREATE STATISTICS " LIVE ".\"St at\" (ndistinct, mcv) ON id, part FROM " X ";"
        "ALTER STATISTICS " LIVE ".expr SET STATISTICS 55;"
        "COMMENT ON STATISTICS " LIVE ".\"St at\" IS 'pairs';"
        "CREATE UNIQUE INDEX \"I x\" ON " X " (id) WITH (fillfactor = 60);"
        "CREATE INDEX " LONG_INDEX " ON " LIVE "." LONG_NAME " USING hash (part);"
        "CREATE INDEX on_expression ON " X " (lower(\"Na me\") text_pattern_ops DESC, part) INCLUDE (id)"
        "  WHERE part > 1;"
        "ALTER INDEX " LIVE ".on_expression ALTER COLUMN 1 SET STATISTICS 99;"
        "COMMENT ON INDEX " LIVE ".\"I x\" IS 'unique';"
        "ALTER MATERIALIZED VIEW " X " CLUSTER ON \"I x\";"
        "RESET ROLE");
}

static void grant_on_live(Fixture *fixture)
{
    fixture_run(fixture, "GRANT USAGE ON SCHEMA " LIVE " TO PUBLIC; SET ROLE owner;"
        "GRANT SELECT ON " X " TO \"Weird \"\"R\";"
        "GRANT SELECT, UPDATE ON " X " TO g1 WITH GRANT OPTION; GRANT TRIGGER ON " X " TO g1;"
        "GRANT SELECT (id, \"Na me\") ON " X " TO g3 WITH GRANT OPTION; GRANT INSERT (id) ON " X " TO PUBLIC;"
        "REVOKE DELETE, TRUNCATE ON " X " FROM owner;"
        "SET ROLE g1; GRANT SELECT ON " X " TO g2 WITH GRANT OPTION; GRANT SELECT (part) ON " X " TO other;"
        "SET ROLE g2; GRANT SELECT ON " X " TO other; SET ROLE g3; GRANT SELECT (id) ON " X " TO \"Weird \"\"R\";"
        "SET ROLE owner; GRANT SELECT ON " X " TO PUBLIC; RESET ROLE;"
        "REVOKE ALL ON " LIVE ".\"r\"\"\" FROM owner");
}

/* ---- attributes ------------------------------------------------------------------------------------------- */

static void test_every_attribute_of_the_live_views_is_carried_over(void **state)
{
    Fixture *fixture = *state;
    make_live(fixture);
    decorate_live(fixture);
    grant_on_live(fixture);
    assert_ok(fixture, REHEARSE(fixture, FILES));
    assert_nothing_left(fixture);
    fixture_build(fixture);
    assert_same_generation(fixture);
}

/* What the test before this one relies on: were an attribute lost, its topic and the dump would show it. */
static void test_each_comparison_notices_a_lost_attribute(void **state)
{
    static const struct
    {
        const char *topic;
        const char *sql; /* about the new generation */
    } losses[] = {
        {"relation", "ALTER MATERIALIZED VIEW %s RESET (fillfactor)"},
        {"relation", "ALTER MATERIALIZED VIEW %s RESET (toast.autovacuum_vacuum_threshold)"},
        {"relation", "REVOKE TRIGGER ON %s FROM g1"},
        {"relation", "GRANT DELETE ON %s TO owner"},
        {"column", "REVOKE INSERT (id) ON %s FROM PUBLIC"},
        {"column", "ALTER MATERIALIZED VIEW %s ALTER COLUMN part SET STATISTICS -1"},
        {"column", "ALTER MATERIALIZED VIEW %s ALTER COLUMN part RESET (n_distinct)"},
        {"column", "ALTER MATERIALIZED VIEW %s ALTER COLUMN wide SET STORAGE EXTENDED"},
        {"column", "ALTER MATERIALIZED VIEW %s ALTER COLUMN \"Na me\" SET COMPRESSION default"},
        {"column", "ALTER VIEW " INCOMING ".\"r\"\"\" ALTER COLUMN n DROP DEFAULT"},
        {"comment", "COMMENT ON MATERIALIZED VIEW %s IS NULL"},
        {"comment", "COMMENT ON COLUMN %s.\"Na me\" IS NULL"},
        {"statistics", "ALTER STATISTICS " INCOMING ".expr SET STATISTICS -1"},
        {"statistics", "COMMENT ON STATISTICS " INCOMING ".\"St at\" IS NULL"},
        {"statistics", "DROP STATISTICS " INCOMING ".\"St at\""},
        {"index", "ALTER INDEX " INCOMING ".\"I x\" RESET (fillfactor)"},
        {"index", "ALTER INDEX " INCOMING ".on_expression ALTER COLUMN 1 SET STATISTICS -1"},
        {"index", "ALTER MATERIALIZED VIEW %s SET WITHOUT CLUSTER"},
        {"comment", "COMMENT ON INDEX " INCOMING ".\"I x\" IS NULL"},
    };
    Fixture *fixture = *state;
    make_live(fixture);
    decorate_live(fixture);
    grant_on_live(fixture);
    assert_ok(fixture, REHEARSE(fixture, FILES));
    fixture_build(fixture);
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++)
    {
        if (strstr(losses[i].sql, "COMPRESSION") != NULL && !has_compression_and_expressions(fixture))
            continue;
        const char *place = strstr(losses[i].sql, "%s");
        char *sql = place == NULL ? mem_strdup(fixture, losses[i].sql)
                                  : mem_printf(fixture, "%.*s%s%s", (int) (place - losses[i].sql), losses[i].sql,
                                               INCOMING ".\"Weird \"\"Name\"", place + 2);
        char *before = fixture_facts(fixture, losses[i].topic, INCOMING);
        fixture_run(fixture, sql);
        if (strcmp(before, fixture_facts(fixture, losses[i].topic, INCOMING)) == 0)
            fail_msg("topic %s does not notice: %s", losses[i].topic, sql);
    }
    if (fixture_can_dump(fixture))
        assert_string_not_equal(fixture_dump(fixture, INCOMING), fixture_dump(fixture, LIVE));
}

static void test_default_privileges_are_undone(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, "ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT SELECT ON TABLES TO g1, g2;"
                         "ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA " LIVE " GRANT UPDATE ON TABLES TO g1");
    make_live(fixture);
    grant_on_live(fixture);
    /* from here on every new relation gets more, and its owner less, than the live ones have */
    fixture_run(fixture, "ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA " LIVE " REVOKE UPDATE ON TABLES FROM g1;"
                         "ALTER DEFAULT PRIVILEGES FOR ROLE owner REVOKE INSERT ON TABLES FROM owner;"
                         "ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT ALL ON TABLES TO g3 WITH GRANT OPTION;"
                         "ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT DELETE ON TABLES TO g1, PUBLIC");
    assert_ok(fixture, REHEARSE(fixture, FILES));
    fixture_build(fixture);
    assert_same_generation(fixture);
    fixture_run(fixture, "DROP OWNED BY owner CASCADE");
}

static void test_a_grant_option_that_default_privileges_add_is_taken_back(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, "CREATE MATERIALIZED VIEW " LIVE ".d AS SELECT 1 AS a; GRANT SELECT ON " LIVE ".d TO g1;"
                         "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO g1 WITH GRANT OPTION");
    assert_ok(fixture, REHEARSE(fixture, "sql/d.sql", "SELECT 1 AS a"));
    fixture_build(fixture);
    fixture_run(fixture, "ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM g1");
    assert_contains(fixture_facts(fixture, "relation", INCOMING), "g1=r/postgres");
    assert_same_generation(fixture);
}

static void test_a_new_view_gets_the_default_privileges_of_its_live_schema(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, "ALTER DEFAULT PRIVILEGES IN SCHEMA " LIVE " GRANT SELECT, UPDATE ON TABLES TO g1, PUBLIC;"
                         "ALTER DEFAULT PRIVILEGES GRANT DELETE ON TABLES TO g1 WITH GRANT OPTION;"
                         "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO g2");
    assert_ok(fixture, REHEARSE(fixture, "sql/n.sql", "CREATE MATERIALIZED VIEW n AS SELECT 1 AS a"));
    fixture_build(fixture);
    fixture_run(fixture, "CREATE MATERIALIZED VIEW " LIVE ".n AS SELECT 1 AS a");
    char *facts = fixture_facts(fixture, "relation", INCOMING);
    assert_contains(facts, "g1=rwd*/postgres");
    assert_string_equal(facts, fixture_facts(fixture, "relation", LIVE));
    fixture_run(fixture, "ALTER DEFAULT PRIVILEGES IN SCHEMA " LIVE " REVOKE ALL ON TABLES FROM g1, PUBLIC;"
                         "ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM g1, g2");
}

static void test_grants_of_the_old_owner_become_those_of_the_owner_that_a_file_states(void **state)
{
    Fixture *fixture = *state;
    make_live(fixture);
    grant_on_live(fixture);
    assert_ok(fixture, REHEARSE(fixture, FILES, "sql/owner.sql",
                                "ALTER MATERIALIZED VIEW \"Weird \"\"Name\" OWNER TO other"));
    fixture_build(fixture);
    fixture_run(fixture, "ALTER MATERIALIZED VIEW " X " OWNER TO other");
    assert_contains(fixture_facts(fixture, "relation", LIVE), "g1=r*w*t/other");
    assert_same_generation(fixture);
}

static void test_what_a_file_states_wins(void **state)
{
    Fixture *fixture = *state;
    make_live(fixture);
    decorate_live(fixture);
    static const char file[] =
        "CREATE MATERIALIZED VIEW \"Weird \"\"Name\" WITH (fillfactor = 33) AS SELECT id, \"Na me\", part, "
        "repeat(\"Na me\", 3) AS wide FROM src.t;\n"
        "COMMENT ON MATERIALIZED VIEW \"Weird \"\"Name\" IS 'from the file';\n"
        "CREATE STATISTICS \"St at\" ON part, wide FROM \"Weird \"\"Name\";\n"
        "COMMENT ON STATISTICS \"St at\" IS 'of the file';\n"
        "CREATE INDEX \"I x\" ON \"Weird \"\"Name\" (part);\n"
        "CREATE INDEX other ON \"Weird \"\"Name\" (wide);\n"
        "ALTER MATERIALIZED VIEW \"Weird \"\"Name\" CLUSTER ON other;\n"
        "ALTER MATERIALIZED VIEW \"Weird \"\"Name\" ALTER COLUMN part SET STATISTICS 5;\n";
    assert_ok(fixture, REHEARSE(fixture, "sql/w.sql", file));
    fixture_build(fixture);
    assert_contains(fixture_facts(fixture, "relation", INCOMING), "{fillfactor=33,autovacuum_enabled=off}");
    assert_contains(fixture_facts(fixture, "comment", INCOMING), "Weird \"Name|0|from the file");
    assert_contains(fixture_facts(fixture, "statistics", INCOMING),
                    "@.\"St at\" ON part, wide FROM @.\"Weird \"\"Name\"|-1|owner|of the file");
    char *indexes = fixture_facts(fixture, "index", INCOMING);
    assert_contains(indexes, "CREATE INDEX \"I x\" ON @.\"Weird \"\"Name\" USING btree (part)|f");
    assert_contains(indexes, "USING btree (wide)|t");
    assert_contains(fixture_facts(fixture, "column", INCOMING), "|part|5|");
    /* not stated for the file's own index, so the live one's stays */
    assert_contains(fixture_facts(fixture, "comment", INCOMING), "I x|0|unique");
}

static void test_an_index_that_the_files_rename_is_not_built_twice(void **state)
{
    Fixture *fixture = *state;
    make_live(fixture);
    decorate_live(fixture);
    assert_ok(fixture, REHEARSE(fixture, FILES, "sql/index.sql",
                                "CREATE UNIQUE INDEX renamed ON \"Weird \"\"Name\" (id) WITH (fillfactor = 60)"));
    fixture_build(fixture);
    assert_string_equal(fixture_text(fixture, "SELECT count(*) FROM pg_index WHERE indrelid = '" INCOMING
                                              ".\"Weird \"\"Name\"'::regclass"), "2");
    assert_contains(fixture_facts(fixture, "comment", INCOMING), "renamed|0|unique");
    assert_contains(fixture_facts(fixture, "index", INCOMING), "INDEX renamed ON");
}

static void test_a_second_index_of_the_same_definition_is_kept(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, "CREATE MATERIALIZED VIEW " LIVE ".d AS SELECT 1 AS a; CREATE INDEX one ON " LIVE ".d (a);"
                         "CREATE INDEX two ON " LIVE ".d (a)");
    assert_ok(fixture, REHEARSE(fixture, "sql/d.sql", "CREATE MATERIALIZED VIEW d AS SELECT 1 AS a; "
                                                      "CREATE INDEX one ON d (a)"));
    fixture_build(fixture);
    assert_same_generation(fixture);
}

static void test_what_is_on_a_column_that_is_gone_is_left_out(void **state)
{
    Fixture *fixture = *state;
    make_live(fixture);
    decorate_live(fixture);
    grant_on_live(fixture);
    assert_ok(fixture, REHEARSE(fixture, "sql/w.sql", "CREATE MATERIALIZED VIEW \"Weird \"\"Name\" AS "
                                                      "SELECT id, \"Na me\" FROM src.t"));
    fixture_build(fixture);
    assert_contains(fixture_facts(fixture, "index", INCOMING), "\"I x\"");
    assert_null(strstr(fixture_facts(fixture, "index", INCOMING), "on_expression"));
    assert_string_equal(fixture_facts(fixture, "statistics", INCOMING), "");
    assert_contains(fixture_facts(fixture, "column", INCOMING), "Na me");
}

static void test_a_materialized_view_may_become_an_ordinary_one_and_back(void **state)
{
    Fixture *fixture = *state;
    make_live(fixture);
    decorate_live(fixture);
    grant_on_live(fixture);
    assert_ok(fixture, REHEARSE(fixture, "sql/w.sql", "CREATE VIEW \"Weird \"\"Name\" AS SELECT id, \"Na me\", part "
                                                      "FROM src.t",
                                "sql/r.sql", "CREATE MATERIALIZED VIEW \"r\"\"\" AS SELECT 1 AS n"));
    fixture_build(fixture);
    char *comments = fixture_facts(fixture, "comment", INCOMING);
    assert_contains(comments, "Weird \"Name|0|it's a \\ comment");
    assert_contains(comments, "r\"|0|reader");
    assert_string_equal(fixture_facts(fixture, "index", INCOMING), "");
}

static void test_a_statistics_object_in_another_schema_is_refused(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, "CREATE MATERIALIZED VIEW " LIVE ".d AS SELECT 1 AS a, 2 AS b;"
                         "CREATE STATISTICS src.far ON a, b FROM " LIVE ".d");
    assert_int_equal(REHEARSE(fixture, "sql/d.sql", "CREATE MATERIALIZED VIEW d AS SELECT 1 AS a, 2 AS b"),
                     STATUS_FAILED);
    assert_int_equal(error_number(fixture, 0)->kind, ERROR_REFUSED);
    assert_contains(error_number(fixture, 0)->message, "src.far");
    assert_contains(error_number(fixture, 0)->remedy, "ALTER STATISTICS src.far SET SCHEMA \"Live \"\"S\"");
    assert_int_equal(fixture->errors->count, 1);
}

/* ---- rehearsal -------------------------------------------------------------------------------------------- */

static void test_the_recipe_has_columns_costs_and_roles(void **state)
{
    Fixture *fixture = *state;
    make_live(fixture);
    decorate_live(fixture);
    assert_ok(fixture, REHEARSE(fixture, FILES, "sql/new.sql",
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
    assert_ok(fixture, REHEARSE(fixture, "sql/a.sql", "SELECT i FROM generate_series(1, 50000) AS i",
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
    const Error *missing = error_number(fixture, 0);
    assert_string_equal(missing->file, "sql/a.sql");
    assert_int_equal(missing->line, 4);
    assert_int_equal(missing->column, 6);
    assert_int_equal(missing->kind, ERROR_SOURCE);
    assert_string_equal(missing->sqlstate, "42P01");
    assert_string_equal(missing->remedy, "neither the set nor the database has it");
    assert_string_equal(error_number(fixture, 1)->file, "sql/c.sql");
    assert_int_equal(error_number(fixture, 1)->line, 2);
    assert_string_equal(error_number(fixture, 2)->file, "sql/e.sql");
    assert_null(error_number(fixture, 2)->remedy);
    assert_string_equal(error_number(fixture, 3)->file, "sql/d.sql");
    assert_int_equal(error_number(fixture, 3)->line, 3);
    assert_null(fixture->run->recipes);
    assert_nothing_left(fixture);
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
    assert_contains(error_number(fixture, 0)->message, "index " LIVE ".taken is taken by table " LIVE ".taken");
    assert_contains(error_number(fixture, 1)->message, "is taken by statistics object " LIVE ".st");
    assert_contains(error_number(fixture, 2)->message, "is taken by type " LIVE "._x");
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(error_number(fixture, i)->kind, ERROR_REFUSED);
}

static void test_a_role_that_is_only_a_member_of_the_owner_can_rehearse_and_build(void **state)
{
    Fixture *fixture = *state;
    make_live(fixture);
    decorate_live(fixture);
    assert_ok(fixture, fixture_rehearse_as(fixture, "plain", (const char *const[]){FILES, NULL}));
    assert_int_equal(fixture->run->schema_grant_count, 1);
    fixture_build(fixture);
    assert_same_generation(fixture);
}

static void test_an_owner_reaches_what_its_views_read_in_another_schema(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, "CREATE SCHEMA far; GRANT USAGE ON SCHEMA far TO PUBLIC;"
                         "CREATE MATERIALIZED VIEW far.base AS SELECT 1 AS a; GRANT SELECT ON far.base TO owner;"
                         "SET ROLE owner; CREATE MATERIALIZED VIEW " LIVE ".reader AS TABLE far.base; RESET ROLE");
    assert_ok(fixture, REHEARSE(fixture, "sql/far.base.sql", "SELECT 1 AS a", "sql/reader.sql", "TABLE far.base"));
    fixture_build(fixture);
    /* from 18 on a name is qualified only where another relation could be meant */
    assert_contains(fixture_text(fixture, "SELECT pg_get_viewdef('" INCOMING ".reader'::regclass)"),
                    " FROM far_new.base;");
}

static void test_grants_of_a_role_that_cannot_be_taken_are_an_error_that_names_it(void **state)
{
    Fixture *fixture = *state;
    make_live(fixture);
    grant_on_live(fixture);
    assert_int_equal(fixture_rehearse_as(fixture, "plain", (const char *const[]){FILES, NULL}), STATUS_FAILED);
    assert_int_equal(error_number(fixture, 0)->kind, ERROR_REFUSED);
    assert_contains(error_number(fixture, 0)->message, "role g1 has granted privileges on ");
    assert_contains(error_number(fixture, 0)->message, ", and role plain may not act for it");
    assert_contains(error_number(fixture, 0)->remedy, "GRANT g1 TO plain");
    assert_nothing_left(fixture);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_attribute_of_the_live_views_is_carried_over),
        TEST(each_comparison_notices_a_lost_attribute),
        TEST(default_privileges_are_undone),
        TEST(a_grant_option_that_default_privileges_add_is_taken_back),
        TEST(a_new_view_gets_the_default_privileges_of_its_live_schema),
        TEST(grants_of_the_old_owner_become_those_of_the_owner_that_a_file_states),
        TEST(what_a_file_states_wins),
        TEST(an_index_that_the_files_rename_is_not_built_twice),
        TEST(a_second_index_of_the_same_definition_is_kept),
        TEST(what_is_on_a_column_that_is_gone_is_left_out),
        TEST(a_materialized_view_may_become_an_ordinary_one_and_back),
        TEST(a_statistics_object_in_another_schema_is_refused),
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
