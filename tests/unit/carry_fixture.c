#include "carry_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cluster.h"
#include "matswap/memory.h"
#include "matswap/text.h"

static void fail_with(const Errors *errors)
{
    Text *text = text_new(NULL);
    for (size_t i = 0; i < errors->count; i++)
        text_addf(text, "%s\n", error_format(text, errors->items[i]));
    print_error("%s", text->data);
    talloc_free(text);
    fail();
}

static PgConnection *connect_as(Fixture *fixture, const char *role)
{
    PgConnection *connection = NULL;
    Config *config = mem_new(fixture, Config);
    *config = *fixture->config;
    config->conninfo = mem_printf(config, "%s user=%s", cluster_conninfo(), role);
    PgOptions options = {.config = config};
    if (pg_connect(fixture, options, "control", &connection, fixture->errors) != STATUS_OK)
        fail_with(fixture->errors);
    return connection;
}

void fixture_run(Fixture *fixture, const char *sql)
{
    if (pg_run(fixture->admin, fixture->errors, sql) != STATUS_OK)
        fail_with(fixture->errors);
}

char *fixture_text(Fixture *fixture, const char *sql)
{
    PgRows *rows = NULL;
    Text *text = text_new(fixture);
    char *query = mem_printf(text, "SELECT q::text AS line FROM (%s) AS t (q)", sql);
    if (pg_query(text, fixture->admin, &rows, fixture->errors, query, 0, NULL) != STATUS_OK)
        fail_with(fixture->errors);
    for (size_t i = 0; i < pg_row_count(rows); i++)
        text_addf(text, "%s%s", i == 0 ? "" : "\n", pg_text(rows, i, "line"));
    return text->data;
}

static const char roles_and_sources[] =
    "SET client_min_messages = warning;"
    "DROP SCHEMA IF EXISTS " LIVE ", " INCOMING ", src, far, far_new CASCADE;"
    "DO $$ BEGIN IF to_regrole('plain') IS NOT NULL THEN"
    "  DROP OWNED BY owner, other, \"Weird \"\"R\", g1, g2, g3, plain; END IF; END $$;"
    "DROP ROLE IF EXISTS owner, other, \"Weird \"\"R\", g1, g2, g3, plain;"
    "CREATE ROLE owner; CREATE ROLE other; CREATE ROLE \"Weird \"\"R\"; CREATE ROLE g1; CREATE ROLE g2;"
    "CREATE ROLE g3; CREATE ROLE plain LOGIN NOINHERIT IN ROLE owner; GRANT CREATE ON DATABASE postgres TO plain;"
    "CREATE SCHEMA src; CREATE TABLE src.log (what text);"
    "CREATE FUNCTION src.tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
    "CREATE TABLE src.t AS SELECT i AS id, 'x' || i AS \"Na me\", i % 7 AS part"
    "  FROM generate_series(1, 100) AS i; ANALYZE src.t;"
    "GRANT USAGE ON SCHEMA src TO PUBLIC; GRANT SELECT ON src.t TO PUBLIC;"
    "CREATE SCHEMA " LIVE "; GRANT USAGE, CREATE ON SCHEMA " LIVE " TO PUBLIC;";

/* Once in a cluster: what is not in a database, and an access method. */
static void make_places(Fixture *fixture)
{
    if (strcmp(fixture_text(fixture, "SELECT count(*) FROM pg_tablespace WHERE spcname = 'Space s'"), "0") != 0)
        return;
    fixture_run(fixture, "SET allow_in_place_tablespaces = on");
    fixture_run(fixture, "CREATE TABLESPACE \"Space s\" LOCATION ''");
    fixture_run(fixture, "GRANT CREATE ON TABLESPACE \"Space s\" TO PUBLIC;"
                         "CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler");
}

int fixture_setup(void **state)
{
    Fixture *fixture = mem_new(NULL, Fixture);
    fixture->config = cluster_config(fixture);
    fixture->config->schema = "Live \"S";
    fixture->config->search_path = mem_array(fixture, const char *, 1);
    fixture->config->search_path[0] = fixture->config->schema;
    fixture->config->search_path_count = 1;
    fixture->config->suffix_new = "_new";
    fixture->config->suffix_old = "_old";
    fixture->config->jobs = 1;
    fixture->errors = errors_new(fixture);
    fixture->admin = connect_as(fixture, "postgres");
    make_places(fixture);
    fixture_run(fixture, roles_and_sources);
    *state = fixture;
    return 0;
}

int fixture_teardown(void **state)
{
    talloc_free(*state);
    return 0;
}

/* ---- the live generation ---------------------------------------------------------------------------------- */

/* As if built from the files by hand, then set up with every attribute that there is. */
static const char base_text[] = "SELECT id, \"Na me\", part, repeat(\"Na me\", 3) AS wide FROM src.t";
const char fixture_reader[] = "CREATE VIEW \"r\"\"\" AS SELECT \"Na me\", count(*) AS n FROM \"Weird \"\"Name\" "
                                  "GROUP BY \"Na me\"";
void fixture_make_live(Fixture *fixture)
{
    fixture_run(fixture, "SET ROLE owner; SET search_path = " LIVE);
    fixture_run(fixture, mem_printf(fixture, "CREATE MATERIALIZED VIEW \"Weird \"\"Name\" AS %s", base_text));
    fixture_run(fixture, fixture_reader);
    fixture_run(fixture, "CREATE MATERIALIZED VIEW " LONG_NAME " USING heap2 AS TABLE \"Weird \"\"Name\"");
    fixture_run(fixture, "RESET ROLE; SET search_path = pg_catalog");
}

bool fixture_has_compression(Fixture *fixture)
{
    return pg_server_version(fixture->admin) >= 140000;
}

/* Row types, and what an ordinary view does. */
static void decorate_types_and_behaviour(Fixture *fixture)
{
    fixture_run(fixture, "SET ROLE owner;"
        "COMMENT ON TYPE " X " IS 'row'; COMMENT ON TYPE " LIVE ".\"_r\"\"\" IS 'array of rows';"
        "CREATE TRIGGER \"T g\" INSTEAD OF INSERT ON " LIVE ".\"r\"\"\" FOR EACH ROW EXECUTE FUNCTION src.tf('it''s', 'src.t');"
        "CREATE TRIGGER after AFTER UPDATE OF n ON " LIVE ".\"r\"\"\" FOR EACH STATEMENT EXECUTE FUNCTION src.tf();"
        "COMMENT ON TRIGGER \"T g\" ON " LIVE ".\"r\"\"\" IS 'instead';"
        "CREATE RULE \"R u\" AS ON DELETE TO " LIVE ".\"r\"\"\" DO INSTEAD (INSERT INTO src.log VALUES (old.\"Na me\");"
        "  INSERT INTO src.log SELECT \"Na me\" FROM " X " WHERE \"Na me\" <> old.\"Na me\");"
        "COMMENT ON RULE \"R u\" ON " LIVE ".\"r\"\"\" IS 'log';"
        "COMMENT ON RULE \"_RETURN\" ON " X " IS 'query';"
        "ALTER MATERIALIZED VIEW " X " DEPENDS ON EXTENSION plpgsql;"
        "ALTER INDEX " LIVE ".on_expression DEPENDS ON EXTENSION plpgsql;"
        "ALTER TRIGGER after ON " LIVE ".\"r\"\"\" DEPENDS ON EXTENSION plpgsql;"
        "RESET ROLE");
}

void fixture_decorate_live(Fixture *fixture)
{
    bool newer = fixture_has_compression(fixture);
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
        "ALTER TABLE " X " REPLICA IDENTITY FULL;"
        "ALTER MATERIALIZED VIEW " X " SET TABLESPACE \"Space s\";"
        "ALTER INDEX " LIVE ".on_expression SET TABLESPACE \"Space s\";"
        "RESET ROLE");
    decorate_types_and_behaviour(fixture);
}

void fixture_grant_on_live(Fixture *fixture)
{
    fixture_run(fixture, "GRANT USAGE ON SCHEMA " LIVE " TO PUBLIC; SET ROLE owner;"
        "GRANT SELECT ON " X " TO \"Weird \"\"R\";"
        "GRANT SELECT, UPDATE ON " X " TO g1 WITH GRANT OPTION; GRANT TRIGGER ON " X " TO g1;"
        "GRANT SELECT (id, \"Na me\") ON " X " TO g3 WITH GRANT OPTION; GRANT INSERT (id) ON " X " TO PUBLIC;"
        "REVOKE DELETE, TRUNCATE ON " X " FROM owner;"
        "SET ROLE g1; GRANT SELECT ON " X " TO g2 WITH GRANT OPTION; GRANT SELECT (part) ON " X " TO other;"
        "SET ROLE g2; GRANT SELECT ON " X " TO other; SET ROLE g3; GRANT SELECT (id) ON " X " TO \"Weird \"\"R\";"
        "SET ROLE owner; GRANT SELECT ON " X " TO PUBLIC;"
        "REVOKE USAGE ON TYPE " X " FROM PUBLIC; GRANT USAGE ON TYPE " X " TO g1 WITH GRANT OPTION;"
        "SET ROLE g1; GRANT USAGE ON TYPE " X " TO g2; RESET ROLE;"
        "REVOKE ALL ON " LIVE ".\"r\"\"\" FROM owner");
}

/* ---- rehearsal -------------------------------------------------------------------------------------------- */

static LiveView find_live(Fixture *fixture, Name name)
{
    static const char sql[] = "SELECT c.oid, c.relkind, pg_get_userbyid(c.relowner) AS owner FROM pg_class AS c "
                              "WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND relname = $2";
    const char *parameters[] = {name.schema, name.name};
    PgRows *rows = NULL;
    LiveView live = {0};
    if (pg_query(fixture, fixture->admin, &rows, fixture->errors, sql, 2, parameters) != STATUS_OK)
        fail_with(fixture->errors);
    if (pg_row_count(rows) == 0)
        return live;
    live.oid = pg_oid(rows, 0, "oid");
    live.kind = strcmp(pg_text(rows, 0, "relkind"), "m") == 0 ? VIEW_MATERIALIZED : VIEW_ORDINARY;
    live.owner = pg_text(rows, 0, "owner");
    return live;
}

static Preflight *make_preflight(Fixture *fixture, const Plan *plan, const char *role)
{
    Preflight *preflight = mem_new(fixture, Preflight);
    preflight->role = role;
    preflight->live = mem_array(preflight, LiveView, plan->view_count);
    preflight->incoming = mem_array(preflight, ShadowSchema, plan->schema_count);
    preflight->outgoing = mem_array(preflight, ShadowSchema, plan->schema_count);
    for (size_t i = 0; i < plan->view_count; i++)
        preflight->live[i] = find_live(fixture, plan->views[i]->name);
    return preflight;
}

Status fixture_rehearse_as(Fixture *fixture, const char *role, const char *const *files)
{
    const char **paths = NULL;
    const char **texts = NULL;
    size_t count = 0;
    size_t text_count = 0;
    for (; *files != NULL; files += 2)
    {
        MEM_PUSH(fixture, paths, count, files[0]);
        MEM_PUSH(fixture, texts, text_count, files[1]);
    }
    SqlSet *set = NULL;
    Plan *plan = NULL;
    if (sql_read_texts(fixture, paths, texts, count, fixture->config->schema, &set, fixture->errors) != STATUS_OK ||
        plan_make(fixture, fixture->config, set, NULL, 0, &plan, fixture->errors) != STATUS_OK)
        fail_with(fixture->errors);
    Run *run = mem_new(fixture, Run);
    run->config = fixture->config;
    run->plan = plan;
    run->control = connect_as(fixture, role);
    run->preflight = make_preflight(fixture, plan, role);
    fixture->run = run;
    return stage_rehearse(run, fixture->errors);
}

/* ---- build ------------------------------------------------------------------------------------------------ */

static void execute(Fixture *fixture, const char *sql)
{
    if (pg_run(fixture->run->control, fixture->errors, sql) != STATUS_OK)
        fail_with(fixture->errors);
}

static void execute_list(Fixture *fixture, const RecipeStatement *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
    {
        if (list[i].tablespace != NULL)
            execute(fixture, mem_printf(fixture, "SET LOCAL default_tablespace = %s",
                                        name_literal(fixture, list[i].tablespace)));
        if (list[i].access_method != NULL)
            execute(fixture, mem_printf(fixture, "SET LOCAL default_table_access_method = %s",
                                        name_literal(fixture, list[i].access_method)));
        execute(fixture, list[i].sql);
    }
}

void fixture_build(Fixture *fixture)
{
    const Run *run = fixture->run;
    if (run->recipes == NULL)
        fail_with(fixture->errors);
    for (size_t i = 0; i < run->plan->schema_count; i++)
        execute(fixture, mem_printf(fixture, "CREATE SCHEMA %s", name_quote(fixture, run->plan->schemas[i].incoming)));
    for (size_t i = 0; i < run->schema_grant_count; i++)
        execute(fixture, run->schema_grants[i]);
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        const PlanView *view = run->plan->views[i];
        const Recipe *recipe = &run->recipes[i];
        execute(fixture, "BEGIN");
        execute(fixture, mem_printf(fixture, "SET LOCAL search_path = %s", run->plan->build_search_path));
        if (recipe->role != NULL)
            execute(fixture, mem_printf(fixture, "SET LOCAL ROLE %s", name_quote(fixture, recipe->role)));
        execute_list(fixture, recipe->before_data, recipe->before_data_count);
        if (view->kind == VIEW_MATERIALIZED)
            execute(fixture, mem_printf(fixture, "REFRESH MATERIALIZED VIEW %s",
                                        name_qualified(fixture, (Name){view->schema->incoming, view->name.name})));
        execute_list(fixture, recipe->privileges, recipe->privilege_count);
        execute_list(fixture, recipe->indexes, recipe->index_count);
        execute_list(fixture, recipe->index_attributes, recipe->index_attribute_count);
        execute(fixture, "RESET ROLE");
        execute(fixture, "COMMIT");
    }
}

/* ---- comparison ------------------------------------------------------------------------------------------- */

const char *const fixture_topics[] = {"relation", "column", "comment", "statistics", "index", "type", "behaviour",
                                      "extension", NULL};

static const char *const topic_queries[] = {
    "SELECT concat_ws('|', c.relname, c.relkind, pg_get_userbyid(c.relowner), coalesce(c.relacl, "
    "       acldefault('r', c.relowner)), c.reloptions, t.reloptions, c.relreplident, m.amname, s.spcname)"
    "  FROM pg_class AS c LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid"
    "  LEFT JOIN pg_am AS m ON m.oid = c.relam LEFT JOIN pg_tablespace AS s ON s.oid = c.reltablespace"
    " WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('v', 'm') ORDER BY 1",
    "SELECT concat_ws('|', c.relname, a.attname, a.attacl, coalesce(a.attstattarget, -1), "
    /* not the column's version, which servers of November 2026 keep there */
    "       ARRAY(SELECT o FROM unnest(a.attoptions) AS o WHERE o !~ '^pg_attver='), a.attstorage,"
    "       to_jsonb(a) ->> 'attcompression', pg_get_expr(d.adbin, d.adrelid))"
    "  FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0"
    "  LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
    " WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('v', 'm') ORDER BY 1",
    "SELECT concat_ws('|', c.relname, d.objsubid, d.description)"
    "  FROM pg_class AS c JOIN pg_description AS d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass"
    " WHERE c.relnamespace = $1::regnamespace ORDER BY 1",
    "SELECT concat_ws('|', pg_get_statisticsobjdef(e.oid), coalesce(e.stxstattarget, -1), "
    "       pg_get_userbyid(e.stxowner), obj_description(e.oid, 'pg_statistic_ext'))"
    "  FROM pg_statistic_ext AS e JOIN pg_class AS c ON c.oid = e.stxrelid"
    " WHERE c.relnamespace = $1::regnamespace ORDER BY 1",
    "SELECT concat_ws('|', pg_get_indexdef(i.indexrelid), i.indisclustered, "
    "       (SELECT string_agg(a.attnum || ':' || a.attstattarget, ',' ORDER BY a.attnum)"
    "          FROM pg_attribute AS a WHERE a.attrelid = i.indexrelid AND a.attstattarget <> -1), s.spcname)"
    "  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid JOIN pg_class AS x ON x.oid = i.indexrelid"
    "  LEFT JOIN pg_tablespace AS s ON s.oid = x.reltablespace"
    " WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'm' ORDER BY 1",
    "SELECT concat_ws('|', t.typname, t.typacl, obj_description(t.oid, 'pg_type'))"
    "  FROM pg_type AS t WHERE t.typnamespace = $1::regnamespace ORDER BY 1",
    "SELECT concat_ws('|', c.relname, pg_get_ruledef(r.oid), obj_description(r.oid, 'pg_rewrite'))"
    "  FROM pg_rewrite AS r JOIN pg_class AS c ON c.oid = r.ev_class WHERE c.relnamespace = $1::regnamespace"
    " UNION ALL SELECT concat_ws('|', c.relname, pg_get_triggerdef(t.oid), obj_description(t.oid, 'pg_trigger'))"
    "  FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE c.relnamespace = $1::regnamespace"
    " ORDER BY 1",
    "SELECT concat_ws('|', i.type, i.identity, x.extname)"
    "  FROM pg_depend AS d JOIN pg_extension AS x ON x.oid = d.refobjid AND d.deptype = 'x',"
    "       pg_identify_object(d.classid, d.objid, 0) AS i"
    " WHERE strpos(i.identity, $1 || '.') > 0 ORDER BY 1",
};

static char *replace(const void *context, const char *text, const char *from, const char *to)
{
    Text *result = text_new(context);
    for (const char *found; (found = strstr(text, from)) != NULL; text = found + strlen(from))
    {
        text_add_bytes(result, text, (size_t) (found - text));
        text_add(result, to);
    }
    text_add(result, text);
    return result->data;
}

char *fixture_facts(Fixture *fixture, const char *topic, const char *schema)
{
    size_t i = 0;
    while (strcmp(fixture_topics[i], topic) != 0)
        i++;
    char *literal = name_literal(fixture, schema);
    char *facts = fixture_text(fixture, replace(fixture, topic_queries[i], "$1", literal));
    return replace(fixture, facts, schema, "@");
}

bool fixture_can_dump(Fixture *fixture)
{
    int major = 0;
    FILE *pipe = popen("pg_dump --version", "re");
    assert_non_null(pipe);
    assert_int_equal(fscanf(pipe, "pg_dump (PostgreSQL) %d", &major), 1);
    while (fgetc(pipe) != EOF)
        continue;
    assert_int_equal(pclose(pipe), 0);
    return major >= pg_server_version(fixture->admin) / 10000;
}

char *fixture_dump(Fixture *fixture, const char *schema)
{
    char *command = mem_printf(fixture, "pg_dump --schema-only -d '%s' -n '%s' | grep -v -e '^--' -e '^$' -e 'restrict ' -e ' SCHEMA '",
                               cluster_conninfo(), schema);
    FILE *pipe = popen(command, "re");
    assert_non_null(pipe);
    Text *text = text_new(fixture);
    char buffer[4096];
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
        text_add_bytes(text, buffer, got);
    assert_int_equal(pclose(pipe), 0);
    return replace(fixture, text->data, schema, "@");
}

/* ---- assertions ------------------------------------------------------------------------------------------- */

void fixture_assert_ok(Fixture *fixture, Status status)
{
    for (size_t i = 0; i < fixture->errors->count; i++)
        print_error("%s\n", error_format(fixture, fixture->errors->items[i]));
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(fixture->errors->count, 0);
}

void fixture_assert_same(Fixture *fixture)
{
    for (const char *const *topic = fixture_topics; *topic != NULL; topic++)
        assert_string_equal(fixture_facts(fixture, *topic, INCOMING), fixture_facts(fixture, *topic, LIVE));
    if (fixture_can_dump(fixture))
        assert_string_equal(fixture_dump(fixture, INCOMING), fixture_dump(fixture, LIVE));
}

void fixture_assert_contains(const char *text, const char *part)
{
    if (text == NULL || strstr(text, part) == NULL)
        fail_msg("\"%s\" does not contain \"%s\"", text == NULL ? "(nothing)" : text, part);
}

const Error *fixture_error(Fixture *fixture, size_t index)
{
    assert_true(index < fixture->errors->count);
    return fixture->errors->items[index];
}

void fixture_assert_nothing_left(Fixture *fixture)
{
    assert_string_equal(fixture_text(fixture, "SELECT nspname FROM pg_namespace WHERE nspname LIKE '%\\_new'"), "");
}
