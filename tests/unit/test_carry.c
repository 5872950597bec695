/*
 * Covers src/stage/carry_*.c on a real server: the recipes of a rehearsal, executed for real, give a generation that the
 * catalog and pg_dump cannot tell from the live one but for the schema's name.
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

static void test_every_attribute_of_the_live_views_is_carried_over(void **state)
{
    Fixture *fixture = *state;
    fixture_make_live(fixture);
    fixture_decorate_live(fixture);
    fixture_grant_on_live(fixture);
    fixture_assert_ok(fixture, REHEARSE(fixture, FILES));
    fixture_assert_nothing_left(fixture);
    fixture_build(fixture);
    fixture_assert_same(fixture);
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
        {"relation", "ALTER TABLE %s REPLICA IDENTITY NOTHING"},
        {"relation", "ALTER MATERIALIZED VIEW %s SET TABLESPACE pg_default"},
        {"index", "ALTER INDEX " INCOMING ".on_expression SET TABLESPACE pg_default"},
        {"type", "COMMENT ON TYPE %s IS NULL"},
        {"type", "COMMENT ON TYPE " INCOMING ".\"_r\"\"\" IS NULL"},
        {"type", "REVOKE GRANT OPTION FOR USAGE ON TYPE %s FROM g1 CASCADE"},
        {"type", "GRANT USAGE ON TYPE %s TO PUBLIC"},
        {"behaviour", "DROP RULE \"R u\" ON " INCOMING ".\"r\"\"\""},
        {"behaviour", "DROP TRIGGER \"T g\" ON " INCOMING ".\"r\"\"\""},
        {"behaviour", "COMMENT ON RULE \"_RETURN\" ON %s IS NULL"},
        {"behaviour", "COMMENT ON TRIGGER after ON " INCOMING ".\"r\"\"\" IS 'new'"},
        {"extension", "ALTER MATERIALIZED VIEW %s NO DEPENDS ON EXTENSION plpgsql"},
        {"extension", "ALTER INDEX " INCOMING ".on_expression NO DEPENDS ON EXTENSION plpgsql"},
        {"extension", "ALTER TRIGGER after ON " INCOMING ".\"r\"\"\" NO DEPENDS ON EXTENSION plpgsql"},
    };
    Fixture *fixture = *state;
    fixture_make_live(fixture);
    fixture_decorate_live(fixture);
    fixture_grant_on_live(fixture);
    fixture_assert_ok(fixture, REHEARSE(fixture, FILES));
    fixture_build(fixture);
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++)
    {
        if (strstr(losses[i].sql, "COMPRESSION") != NULL && !fixture_has_compression(fixture))
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
    fixture_make_live(fixture);
    fixture_grant_on_live(fixture);
    /* from here on every new relation gets more, and its owner less, than the live ones have */
    fixture_run(fixture, "ALTER DEFAULT PRIVILEGES FOR ROLE owner IN SCHEMA " LIVE " REVOKE UPDATE ON TABLES FROM g1;"
                         "ALTER DEFAULT PRIVILEGES FOR ROLE owner REVOKE INSERT ON TABLES FROM owner;"
                         "ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT ALL ON TABLES TO g3 WITH GRANT OPTION;"
                         "ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT DELETE ON TABLES TO g1, PUBLIC");
    fixture_assert_ok(fixture, REHEARSE(fixture, FILES));
    fixture_build(fixture);
    fixture_assert_same(fixture);
    fixture_run(fixture, "DROP OWNED BY owner CASCADE");
}

static void test_a_grant_option_that_default_privileges_add_is_taken_back(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, "CREATE MATERIALIZED VIEW " LIVE ".d AS SELECT 1 AS a; GRANT SELECT ON " LIVE ".d TO g1;"
                         "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO g1 WITH GRANT OPTION");
    fixture_assert_ok(fixture, REHEARSE(fixture, "sql/d.sql", "SELECT 1 AS a"));
    fixture_build(fixture);
    fixture_run(fixture, "ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM g1");
    fixture_assert_contains(fixture_facts(fixture, "relation", INCOMING), "g1=r/postgres");
    fixture_assert_same(fixture);
}

static void test_a_new_view_gets_the_default_privileges_of_its_live_schema(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, "ALTER DEFAULT PRIVILEGES IN SCHEMA " LIVE " GRANT SELECT, UPDATE ON TABLES TO g1, PUBLIC;"
                         "ALTER DEFAULT PRIVILEGES GRANT DELETE ON TABLES TO g1 WITH GRANT OPTION;"
                         "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO g2");
    fixture_assert_ok(fixture, REHEARSE(fixture, "sql/n.sql", "CREATE MATERIALIZED VIEW n AS SELECT 1 AS a"));
    fixture_build(fixture);
    fixture_run(fixture, "CREATE MATERIALIZED VIEW " LIVE ".n AS SELECT 1 AS a");
    char *facts = fixture_facts(fixture, "relation", INCOMING);
    fixture_assert_contains(facts, "g1=rwd*/postgres");
    assert_string_equal(facts, fixture_facts(fixture, "relation", LIVE));
    fixture_run(fixture, "ALTER DEFAULT PRIVILEGES IN SCHEMA " LIVE " REVOKE ALL ON TABLES FROM g1, PUBLIC;"
                         "ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM g1, g2");
}

static void test_grants_of_the_old_owner_become_those_of_the_owner_that_a_file_states(void **state)
{
    Fixture *fixture = *state;
    fixture_make_live(fixture);
    fixture_grant_on_live(fixture);
    fixture_assert_ok(fixture, REHEARSE(fixture, FILES, "sql/owner.sql",
                                "ALTER MATERIALIZED VIEW \"Weird \"\"Name\" OWNER TO other"));
    fixture_build(fixture);
    fixture_run(fixture, "ALTER MATERIALIZED VIEW " X " OWNER TO other");
    fixture_assert_contains(fixture_facts(fixture, "relation", LIVE), "g1=r*w*t/other");
    fixture_assert_same(fixture);
}

static void test_what_a_file_states_wins(void **state)
{
    Fixture *fixture = *state;
    fixture_make_live(fixture);
    fixture_decorate_live(fixture);
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
    fixture_assert_ok(fixture, REHEARSE(fixture, "sql/w.sql", file));
    fixture_build(fixture);
    fixture_assert_contains(fixture_facts(fixture, "relation", INCOMING), "{fillfactor=33,autovacuum_enabled=off}");
    fixture_assert_contains(fixture_facts(fixture, "comment", INCOMING), "Weird \"Name|0|from the file");
    fixture_assert_contains(fixture_facts(fixture, "statistics", INCOMING),
                    "@.\"St at\" ON part, wide FROM @.\"Weird \"\"Name\"|-1|owner|of the file");
    char *indexes = fixture_facts(fixture, "index", INCOMING);
    fixture_assert_contains(indexes, "CREATE INDEX \"I x\" ON @.\"Weird \"\"Name\" USING btree (part)|f");
    fixture_assert_contains(indexes, "USING btree (wide)|t");
    fixture_assert_contains(fixture_facts(fixture, "column", INCOMING), "|part|5|");
    /* not stated for the file's own index, so the live one's stays */
    fixture_assert_contains(fixture_facts(fixture, "comment", INCOMING), "I x|0|unique");
}

static void test_an_index_that_the_files_rename_is_not_built_twice(void **state)
{
    Fixture *fixture = *state;
    fixture_make_live(fixture);
    fixture_decorate_live(fixture);
    fixture_assert_ok(fixture, REHEARSE(fixture, FILES, "sql/index.sql",
                                "CREATE UNIQUE INDEX renamed ON \"Weird \"\"Name\" (id) WITH (fillfactor = 60)"));
    fixture_build(fixture);
    assert_string_equal(fixture_text(fixture, "SELECT count(*) FROM pg_index WHERE indrelid = '" INCOMING
                                              ".\"Weird \"\"Name\"'::regclass"), "2");
    fixture_assert_contains(fixture_facts(fixture, "comment", INCOMING), "renamed|0|unique");
    fixture_assert_contains(fixture_facts(fixture, "index", INCOMING), "INDEX renamed ON");
}

static void test_a_second_index_of_the_same_definition_is_kept(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, "CREATE MATERIALIZED VIEW " LIVE ".d AS SELECT 1 AS a; CREATE INDEX one ON " LIVE ".d (a);"
                         "CREATE INDEX two ON " LIVE ".d (a)");
    fixture_assert_ok(fixture, REHEARSE(fixture, "sql/d.sql", "CREATE MATERIALIZED VIEW d AS SELECT 1 AS a; "
                                                      "CREATE INDEX one ON d (a)"));
    fixture_build(fixture);
    fixture_assert_same(fixture);
}

static void test_what_is_on_a_column_that_is_gone_is_left_out(void **state)
{
    Fixture *fixture = *state;
    fixture_make_live(fixture);
    fixture_decorate_live(fixture);
    fixture_grant_on_live(fixture);
    fixture_assert_ok(fixture, REHEARSE(fixture, "sql/w.sql", "CREATE MATERIALIZED VIEW \"Weird \"\"Name\" AS "
                                                      "SELECT id, \"Na me\" FROM src.t"));
    fixture_build(fixture);
    fixture_assert_contains(fixture_facts(fixture, "index", INCOMING), "\"I x\"");
    assert_null(strstr(fixture_facts(fixture, "index", INCOMING), "on_expression"));
    assert_string_equal(fixture_facts(fixture, "statistics", INCOMING), "");
    fixture_assert_contains(fixture_facts(fixture, "column", INCOMING), "Na me");
}

static void test_a_materialized_view_may_become_an_ordinary_one_and_back(void **state)
{
    Fixture *fixture = *state;
    fixture_make_live(fixture);
    fixture_decorate_live(fixture);
    fixture_grant_on_live(fixture);
    fixture_assert_ok(fixture, REHEARSE(fixture, "sql/w.sql", "CREATE VIEW \"Weird \"\"Name\" AS SELECT id, \"Na me\", part "
                                                      "FROM src.t",
                                "sql/r.sql", "CREATE MATERIALIZED VIEW \"r\"\"\" AS SELECT 1 AS n"));
    fixture_build(fixture);
    char *comments = fixture_facts(fixture, "comment", INCOMING);
    fixture_assert_contains(comments, "Weird \"Name|0|it's a \\ comment");
    fixture_assert_contains(comments, "r\"|0|reader");
    assert_string_equal(fixture_facts(fixture, "index", INCOMING), "");
}

/* ---- statistics objects ------------------------------------------------------------------------------------ */

#define D "CREATE MATERIALIZED VIEW " LIVE ".d AS SELECT 1 AS a, 2 AS b;"
#define D_FILE "sql/d.sql", "CREATE MATERIALIZED VIEW d AS SELECT 1 AS a, 2 AS b"

static void test_a_statistics_object_in_another_schema_is_carried_over(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, D "CREATE STATISTICS src.far ON a, b FROM " LIVE ".d; ALTER STATISTICS src.far SET STATISTICS 7;"
                           "COMMENT ON STATISTICS src.far IS 'away'; ALTER STATISTICS src.far OWNER TO other");
    fixture_assert_ok(fixture, REHEARSE(fixture, D_FILE));
    fixture_build(fixture);
    fixture_assert_contains(fixture_facts(fixture, "statistics", INCOMING),
                            "CREATE STATISTICS @.far ON a, b FROM @.d|7|other|away");
}

static void test_statistics_objects_that_would_meet_are_refused(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, D "CREATE MATERIALIZED VIEW " LIVE ".e AS SELECT 1 AS a, 2 AS b;"
                           "CREATE STATISTICS " LIVE ".st ON a, b FROM " LIVE ".d;"
                           "CREATE STATISTICS src.st ON a, b FROM " LIVE ".e");
    assert_int_equal(REHEARSE(fixture, D_FILE, "sql/e.sql", "SELECT 1 AS a, 2 AS b"), STATUS_FAILED);
    assert_int_equal(fixture->errors->count, 1);
    assert_int_equal(fixture_error(fixture, 0)->kind, ERROR_REFUSED);
    fixture_assert_contains(fixture_error(fixture, 0)->message, "statistics object src.st on " LIVE ".e meets one of the "
                                                                "same name, on " LIVE ".d,");
    fixture_assert_contains(fixture_error(fixture, 0)->remedy, "ALTER STATISTICS src.st RENAME TO");
}

static void test_statistics_objects_that_the_role_may_not_move_are_refused(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, D "ALTER MATERIALIZED VIEW " LIVE ".d OWNER TO owner; CREATE SCHEMA far;"
                           "CREATE STATISTICS far.away ON a, b FROM " LIVE ".d; ALTER STATISTICS far.away OWNER TO owner;"
                           "CREATE STATISTICS " LIVE ".foreign ON a, b FROM " LIVE ".d;"
                           "ALTER STATISTICS " LIVE ".foreign OWNER TO other");
    assert_int_equal(fixture_rehearse_as(fixture, "plain", (const char *const[]){D_FILE, NULL}), STATUS_FAILED);
    assert_int_equal(fixture->errors->count, 2);
    fixture_assert_contains(fixture_error(fixture, 0)->remedy, "GRANT USAGE, CREATE ON SCHEMA far TO plain");
    fixture_assert_contains(fixture_error(fixture, 1)->remedy, "GRANT other TO plain");
    fixture_run(fixture, "GRANT USAGE, CREATE ON SCHEMA far TO plain; GRANT other TO plain; ALTER ROLE plain INHERIT");
    if (pg_server_version(fixture->admin) >= 160000)
        fixture_run(fixture, "GRANT other, owner TO plain WITH INHERIT TRUE");
    errors_truncate(fixture->errors, 0);
    fixture_assert_ok(fixture, fixture_rehearse_as(fixture, "plain", (const char *const[]){D_FILE, NULL}));
    fixture_build(fixture);
    fixture_assert_contains(fixture_facts(fixture, "statistics", INCOMING), ".\"foreign\" ON a, b FROM @.d|-1|other");
}

/* ---- what ordinary views do -------------------------------------------------------------------------------- */

static void make_pair_of_views(Fixture *fixture)
{
    fixture_run(fixture, "CREATE VIEW " LIVE ".v AS SELECT 1 AS a, 'x'::text AS b;"
                         "CREATE VIEW " LIVE ".w AS SELECT a, b FROM " LIVE ".v;"
                         "CREATE VIEW " LIVE ".z AS SELECT a FROM " LIVE ".w");
}
#define VIEW_FILES "sql/v.sql", "CREATE VIEW v AS SELECT 1 AS a, 'x'::text AS b",                                       \
                   "sql/w.sql", "CREATE VIEW w AS SELECT a, b FROM v", "sql/z.sql", "CREATE VIEW z AS SELECT a FROM w"

static void test_rules_and_defaults_go_to_the_new_generation_of_what_they_name(void **state)
{
    Fixture *fixture = *state;
    make_pair_of_views(fixture);
    fixture_run(fixture, "CREATE RULE r AS ON INSERT TO " LIVE ".z WHERE new.a > 0 DO ALSO"
                         "  INSERT INTO src.log SELECT v.b FROM " LIVE ".v, " LIVE ".w WHERE v.a = new.a;"
                         "ALTER VIEW " LIVE ".w ALTER COLUMN b SET DEFAULT (ROW(1, 'y')::" LIVE ".v).b");
    fixture_assert_ok(fixture, REHEARSE(fixture, VIEW_FILES));
    fixture_build(fixture);
    fixture_assert_same(fixture);
    assert_string_equal(fixture_text(fixture, "SELECT count(DISTINCT r.oid) FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid "
                                              "WHERE refobjid = '" LIVE ".v'::regclass AND r.rulename = 'r'"), "1");
}

static void test_a_rule_that_names_what_is_built_later_is_refused(void **state)
{
    Fixture *fixture = *state;
    make_pair_of_views(fixture);
    fixture_run(fixture, "CREATE RULE r AS ON DELETE TO " LIVE ".v DO INSTEAD INSERT INTO src.log SELECT b FROM " LIVE ".w");
    assert_int_equal(REHEARSE(fixture, VIEW_FILES), STATUS_FAILED);
    assert_int_equal(fixture->errors->count, 1);
    assert_string_equal(fixture_error(fixture, 0)->message,
                        "rule r of " LIVE ".v names " LIVE ".w, which " LIVE ".v does not read");
    assert_int_equal(fixture_error(fixture, 0)->kind, ERROR_REFUSED);
}

static void test_what_a_changed_view_cannot_do_is_left_out(void **state)
{
    Fixture *fixture = *state;
    make_pair_of_views(fixture);
    fixture_run(fixture, "CREATE RULE on_b AS ON DELETE TO " LIVE ".w DO INSTEAD INSERT INTO src.log VALUES (old.b);"
                         "CREATE RULE on_a AS ON UPDATE TO " LIVE ".w DO INSTEAD INSERT INTO src.log VALUES (old.a);"
                         "CREATE TRIGGER t INSTEAD OF INSERT ON " LIVE ".w FOR EACH ROW EXECUTE FUNCTION src.tf();"
                         "ALTER VIEW " LIVE ".w ALTER COLUMN a SET DEFAULT 1; ALTER VIEW " LIVE ".w ALTER b SET DEFAULT 'b';"
                         "ALTER VIEW " LIVE ".v ALTER COLUMN a SET DEFAULT 2; ALTER VIEW " LIVE ".v ALTER b SET DEFAULT 'c';"
                         "CREATE TRIGGER t INSTEAD OF INSERT ON " LIVE ".z FOR EACH ROW EXECUTE FUNCTION src.tf()");
    fixture_assert_ok(fixture, REHEARSE(fixture, "sql/v.sql", "CREATE VIEW v AS SELECT 1::bigint AS a, 7 AS b",
                                        "sql/w.sql", "CREATE VIEW w AS SELECT a FROM v",
                                        "sql/z.sql", "CREATE MATERIALIZED VIEW z AS SELECT a FROM w"));
    fixture_build(fixture);
    char *behaviour = fixture_facts(fixture, "behaviour", INCOMING);
    fixture_assert_contains(behaviour, "CREATE RULE on_a");
    fixture_assert_contains(behaviour, "CREATE TRIGGER t INSTEAD OF INSERT ON @.w");
    assert_null(strstr(behaviour, "on_b"));
    assert_null(strstr(behaviour, "@.z FOR"));
    assert_string_equal(fixture_text(fixture, "SELECT format('%s.%s %s', c.relname, a.attname, pg_get_expr(adbin, adrelid)) "
                                              "FROM pg_attrdef AS d JOIN pg_class AS c ON c.oid = adrelid JOIN pg_attribute "
                                              "AS a ON attrelid = adrelid AND attnum = adnum WHERE relnamespace = '"
                                              INCOMING "'::regnamespace ORDER BY 1"), "v.a 2\nw.a 1");
}

/* ---- places ----------------------------------------------------------------------------------------------- */

static void test_a_file_says_where_its_view_and_index_are_stored(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, "CREATE MATERIALIZED VIEW " LIVE ".p USING heap2 TABLESPACE \"Space s\" AS SELECT 1 AS a;"
                         "CREATE INDEX i ON " LIVE ".p (a) TABLESPACE \"Space s\";"
                         "CREATE INDEX p_a_idx ON " LIVE ".p (a DESC) TABLESPACE \"Space s\"");
    fixture_assert_ok(fixture, REHEARSE(fixture, "sql/p.sql", "CREATE MATERIALIZED VIEW p USING heap TABLESPACE pg_default AS "
                                        "SELECT 1 AS a; CREATE INDEX i ON p (a) TABLESPACE pg_default; "
                                        "CREATE INDEX ON p (a DESC)"));
    fixture_build(fixture);
    fixture_assert_contains(fixture_facts(fixture, "relation", INCOMING), "|d|heap");
    assert_null(strstr(fixture_facts(fixture, "relation", INCOMING), "Space s"));
    fixture_assert_contains(fixture_facts(fixture, "index", INCOMING), "INDEX i ON @.p USING btree (a)|f\n");
    fixture_assert_contains(fixture_facts(fixture, "index", INCOMING), "INDEX p_a_idx ON @.p USING btree (a DESC)|f|Space s");
}

static void test_the_order_of_options_is_the_live_one(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, "CREATE MATERIALIZED VIEW " LIVE ".o WITH (autovacuum_enabled = off, fillfactor = 50) AS SELECT 1 AS a");
    fixture_assert_ok(fixture, REHEARSE(fixture, "sql/o.sql", "CREATE MATERIALIZED VIEW o WITH (fillfactor = 60, "
                                        "autovacuum_vacuum_threshold = 9) AS SELECT 1 AS a"));
    fixture_build(fixture);
    fixture_assert_contains(fixture_facts(fixture, "relation", INCOMING),
                            "{autovacuum_enabled=off,fillfactor=60,autovacuum_vacuum_threshold=9}");
}

static void test_storage_and_compression_go_to_a_column_of_another_type(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, "CREATE MATERIALIZED VIEW " LIVE ".o AS SELECT 'a'::text AS a, 'b'::text AS b, 1 AS c;"
                         "ALTER MATERIALIZED VIEW " LIVE ".o ALTER a SET STORAGE EXTERNAL, ALTER b SET STORAGE MAIN");
    fixture_assert_ok(fixture, REHEARSE(fixture, "sql/o.sql", "SELECT 'a'::varchar AS a, 1 AS b, 'c'::text AS c"));
    fixture_build(fixture);
    assert_string_equal(fixture_text(fixture, "SELECT attname || attstorage::text FROM pg_attribute WHERE attnum > 0 AND attrelid = '"
                                              INCOMING ".o'::regclass ORDER BY 1"), "ae\nbp\ncx");
}

static void test_a_statistics_target_stays_with_the_expression_of_the_index(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, "CREATE MATERIALIZED VIEW " LIVE ".o AS SELECT 'a'::text AS a; CREATE INDEX i ON " LIVE ".o (lower(a));"
                         "ALTER INDEX " LIVE ".i ALTER COLUMN 1 SET STATISTICS 70;"
                         "UPDATE pg_index SET indisvalid = false WHERE indexrelid = '" LIVE ".i'::regclass;"
                         "CREATE INDEX j ON " LIVE ".o (lower(a)); ALTER INDEX " LIVE ".j ALTER COLUMN 1 SET STATISTICS 70");
    fixture_assert_ok(fixture, REHEARSE(fixture, "sql/o.sql", "CREATE MATERIALIZED VIEW o AS SELECT 'a'::text AS a;"
                                        "CREATE INDEX j ON o (a)"));
    fixture_build(fixture);
    assert_string_equal(fixture_facts(fixture, "index", INCOMING), "CREATE INDEX j ON @.o USING btree (a)|f");
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
        TEST(a_statistics_object_in_another_schema_is_carried_over),
        TEST(statistics_objects_that_would_meet_are_refused),
        TEST(statistics_objects_that_the_role_may_not_move_are_refused),
        TEST(rules_and_defaults_go_to_the_new_generation_of_what_they_name),
        TEST(a_rule_that_names_what_is_built_later_is_refused),
        TEST(what_a_changed_view_cannot_do_is_left_out),
        TEST(a_file_says_where_its_view_and_index_are_stored),
        TEST(the_order_of_options_is_the_live_one),
        TEST(storage_and_compression_go_to_a_column_of_another_type),
        TEST(a_statistics_target_stays_with_the_expression_of_the_index),
    };
    return cmocka_run_group_tests(tests, cluster_setup, cluster_teardown);
}
