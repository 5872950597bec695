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
    "CREATE SCHEMA src; CREATE TABLE src.t AS SELECT i AS id, 'x' || i AS \"Na me\", i % 7 AS part"
    "  FROM generate_series(1, 100) AS i; ANALYZE src.t;"
    "GRANT USAGE ON SCHEMA src TO PUBLIC; GRANT SELECT ON src.t TO PUBLIC;"
    "CREATE SCHEMA " LIVE "; GRANT USAGE, CREATE ON SCHEMA " LIVE " TO PUBLIC;";

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
    fixture_run(fixture, roles_and_sources);
    *state = fixture;
    return 0;
}

int fixture_teardown(void **state)
{
    talloc_free(*state);
    return 0;
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
        execute(fixture, list[i].sql);
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

const char *const fixture_topics[] = {"relation", "column", "comment", "statistics", "index", NULL};

static const char *const topic_queries[] = {
    "SELECT concat_ws('|', c.relname, c.relkind, pg_get_userbyid(c.relowner), coalesce(c.relacl, "
    "       acldefault('r', c.relowner)), c.reloptions, t.reloptions)"
    "  FROM pg_class AS c LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid"
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
    "          FROM pg_attribute AS a WHERE a.attrelid = i.indexrelid AND a.attstattarget <> -1))"
    "  FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid"
    " WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'm' ORDER BY 1",
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
