/*
 * Covers the printing in src/plan/: the JSON contract, and that no name, however hostile, gets out of its place in
 * any of the formats.
 */
#include "plan_fixture.h"

static const char *print(Fixture *fixture, PlanFormat format)
{
    char *data = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&data, &length);
    assert_non_null(out);
    plan_print(fixture->plan, format, NULL, out);
    fclose(out);
    const char *copy = mem_strndup(fixture, data, length);
    free(data);
    return copy;
}

static const Source small[] = {
    {"q/base.sql", "CREATE MATERIALIZED VIEW base AS SELECT id FROM raw.t;\nCREATE INDEX base_id ON base (id);"},
    {"q/top.sql", "CREATE VIEW top AS SELECT * FROM base, loose"},
};

/* A name with all that could end a string, a label, a comment or a line somewhere. */
static const Source hostile[] = {
    {"q/h.sql", "CREATE MATERIALIZED VIEW \"a\"\"b\\N<i>&#;]\n-- c`'é\x1b[m\" AS SELECT 1 AS id;\n"
                "CREATE VIEW reader AS SELECT * FROM \"a\"\"b\\N<i>&#;]\n-- c`'é\x1b[m\";"},
};

static void json_keeps_its_contract(void **state)
{
    Fixture *fixture = fixture_new();
    ASSERT_PLANNED(fixture, small);
    const char *json = print(fixture, PLAN_JSON);
    assert_contains(json, "{\"set\":\"test\",");
    assert_contains(json, "\"views\":[\n"
                          "{\"schema\":\"public\",\"name\":\"base\",\"kind\":\"materialized view\","
                          "\"file\":\"q/base.sql\",\"line\":1,\"level\":0,\"reads\":[],"
                          "\"incoming\":\"public_new\",\"indexes\":1,");
    assert_contains(json, "\"external\":[{\"schema\":\"raw\",\"name\":\"t\",\"kind\":\"relation\","
                          "\"file\":\"q/base.sql\",\"line\":1,\"column\":49}]},\n");
    assert_contains(json, "{\"schema\":\"public\",\"name\":\"top\",\"kind\":\"view\",\"file\":\"q/top.sql\",\"line\":1,"
                          "\"level\":1,\"reads\":[{\"schema\":\"public\",\"name\":\"base\",\"rebuilt\":true}],");
    assert_contains(json, "\"external\":[{\"schema\":null,\"name\":\"loose\",");
    assert_contains(json, "],\n\"kept\":[]}\n");
    talloc_free(fixture);
}

static void json_strings_hold_hostile_names(void **state)
{
    Fixture *fixture = fixture_new();
    ASSERT_PLANNED(fixture, hostile);
    assert_contains(print(fixture, PLAN_JSON), "\"name\":\"a\\\"b\\\\N<i>&#;]\\n-- c`'é\\u001b[m\",");
    talloc_free(fixture);
}

static void text_tells_a_person_the_order_and_the_places(void **state)
{
    Fixture *fixture = fixture_new();
    ASSERT_PLANNED(fixture, small);
    const char *text = print(fixture, PLAN_TEXT);
    assert_contains(text, "set test: 2 views in 2 levels, fingerprint ");
    assert_contains(text, "schema public: built in public_new, old generation to public_old\n");
    assert_contains(text, "\nlevel  view         kind  indexes  file          reads\n"
                          "    0  public.base  mat         1  q/base.sql:1  -\n"
                          "    1  public.top   view        0  q/top.sql:1   public.base\n");
    assert_contains(text, "\nfrom outside the set, with the first place:\n"
                          "  loose  q/top.sql:1:40\n"
                          "  raw.t  q/base.sql:1:49\n");
    assert_lacks(text, "kept");
    talloc_free(fixture);
}

static void text_lists_groups_where_views_are_isolated(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/a.sql", "SELECT 1 AS id"}, {"q/b.sql", "SELECT 1 AS id"}, {"q/c.sql", "SELECT * FROM a"}};
    ASSERT_PLANNED(fixture, sources);
    assert_lacks(print(fixture, PLAN_TEXT), "groups");
    fixture->config.on_failure = ON_FAILURE_ISOLATE;
    ASSERT_PLANNED(fixture, sources);
    assert_contains(print(fixture, PLAN_TEXT),
                    "\ngroups, each of which keeps its old generation when one of its views fails:\n"
                    "  public.a, public.c\n"
                    "  public.b\n");
    talloc_free(fixture);
}

static void text_shows_kept_views(void **state)
{
    Fixture *fixture = fixture_new();
    fixture->only[0] = "top";
    ASSERT_PLANNED(fixture, small);
    const char *text = print(fixture, PLAN_TEXT);
    assert_contains(text, "public.base (kept)");
    assert_contains(text, "\nkept as they are:\n  public.base\n");
    assert_contains(print(fixture, PLAN_JSON), "\"kept\":[{\"schema\":\"public\",\"name\":\"base\"}]");
    talloc_free(fixture);
}

static const Source opaque[] = {
    {"q/orders.sql", "SELECT 1 AS id"},
    {"q/far.sql", "CREATE MATERIALIZED VIEW far.away AS SELECT 1 AS id"},
    {"q/kept.sql", "SELECT 1 AS id"},
    {"q/v.sql", "SELECT id, to_regclass('orders'), to_regclass('raw.t'), 'kept'::text::regclass,\n"
                " ARRAY[id, id]::regclass[],\n"
                " 'far.away'::regclass::text, 'orders'::regclass::text, 'raw.t'::regclass::text\nFROM orders"},
};

/* Named once each: what may be a view of the generation.  orders is shown without schema, raw.t stays as it is. */
static void text_and_json_tell_what_the_parser_cannot_see(void **state)
{
    Fixture *fixture = fixture_new();
    fixture->only[0] = "orders";
    fixture->only[1] = "far.away";
    ASSERT_PLANNED(fixture, opaque);
    const char *text = print(fixture, PLAN_TEXT);
    assert_contains(text, "\ntext that the parser cannot see into:\n"
                          "  public.v  q/v.sql:1:12  to_regclass\n"
                          "  public.v  q/v.sql:2:15  a cast to regclass\n"
                          "  public.v  q/v.sql:3:2  the text of a regclass constant\n");
    assert_string_equal(strrchr(text, '/'), "/v.sql:3:2  the text of a regclass constant\n");
    const char *json = print(fixture, PLAN_JSON);
    assert_contains(json, ",\"opaque\":[{\"what\":\"to_regclass\",\"file\":\"q/v.sql\",\"line\":1,\"column\":12},"
                          "{\"what\":\"a cast to regclass\",\"file\":\"q/v.sql\",\"line\":2,\"column\":15},"
                          "{\"what\":\"the text of a regclass constant\",\"file\":\"q/v.sql\",\"line\":3,"
                          "\"column\":2}],\"external\":[");
    assert_contains(json, "\"opaque\":[],\"external\":[]}");
    talloc_free(fixture);

    fixture = fixture_new();
    ASSERT_PLANNED(fixture, small);
    assert_lacks(print(fixture, PLAN_TEXT), "cannot see");
    talloc_free(fixture);
}

/* No control character but the newlines of the format itself reaches a terminal. */
static void text_shows_control_characters_instead_of_sending_them(void **state)
{
    Fixture *fixture = fixture_new();
    ASSERT_PLANNED(fixture, hostile);
    const char *text = print(fixture, PLAN_TEXT);
    assert_contains(text, "public.\"a\"\"b\\N<i>&#;]\\x0a-- c`'é\\x1b[m\"");
    assert_null(strchr(text, '\x1b'));
    size_t lines = 0;
    for (const char *c = text; *c != '\0'; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 6); /* header, schema, empty, table of three */
    talloc_free(fixture);
}

static void dot_groups_by_level_and_follows_the_rows(void **state)
{
    Fixture *fixture = fixture_new();
    ASSERT_PLANNED(fixture, small);
    assert_string_equal(print(fixture, PLAN_DOT), "digraph \"test\" {\n"
                                                  "  rankdir=LR;\n"
                                                  "  {\n    rank=same;\n"
                                                  "    n0 [label=\"public.base\", shape=box];\n  }\n"
                                                  "  {\n    rank=same;\n"
                                                  "    n1 [label=\"public.top\", shape=ellipse];\n  }\n"
                                                  "  n0 -> n1;\n"
                                                  "}\n");
    talloc_free(fixture);
}

static void dot_and_mermaid_draw_kept_views_that_are_read(void **state)
{
    Fixture *fixture = fixture_new();
    fixture->only[0] = "top";
    ASSERT_PLANNED(fixture, small);
    const char *dot = print(fixture, PLAN_DOT);
    assert_contains(dot, "k0 [label=\"public.base\", shape=box, style=dashed];");
    assert_contains(dot, "k0 -> n0;");
    const char *mermaid = print(fixture, PLAN_MERMAID);
    assert_contains(mermaid, "k0[\"public.base\"]:::kept\n");
    assert_contains(mermaid, "  k0 --> n0\n  classDef kept ");
    talloc_free(fixture);
}

static void dot_labels_hold_hostile_names(void **state)
{
    Fixture *fixture = fixture_new();
    ASSERT_PLANNED(fixture, hostile);
    assert_contains(print(fixture, PLAN_DOT),
                    "[label=\"public.\\\"a\\\"\\\"b\\\\N<i>&#;]\\\\x0a-- c`'é\\\\x1b[m\\\"\", shape=box];");
    talloc_free(fixture);
}

static void mermaid_labels_hold_hostile_names(void **state)
{
    Fixture *fixture = fixture_new();
    ASSERT_PLANNED(fixture, hostile);
    const char *mermaid = print(fixture, PLAN_MERMAID);
    assert_contains(mermaid, "n0[\"public.#34;a#34;#34;b#92;N#60;i#62;#38;#35;#59;#93;#92;x0a#45;#45; c#96;#39;é"
                             "#92;x1b#91;m#34;\"]\n");
    assert_contains(mermaid, "flowchart LR\n  subgraph level0 [\"level 0\"]\n");
    assert_contains(mermaid, "n1([\"public.reader\"])");
    assert_contains(mermaid, "  n0 --> n1\n");
    talloc_free(fixture);
}

/* `parts` in this order in `text` */
static void assert_in_order(const char *text, const char *const *parts, size_t count)
{
    const char *from = text;
    for (size_t i = 0; i < count; i++)
    {
        const char *found = strstr(from, parts[i]);
        if (found == NULL)
            fail_msg("\"%s\" does not follow in:\n%s", parts[i], text);
        else
            from = found + strlen(parts[i]);
    }
}

static void sql_shows_the_protocol_in_order(void **state)
{
    Fixture *fixture = fixture_new();
    ASSERT_PLANNED(fixture, small);
    const char *const parts[] = {
        "SET search_path = public_new, public, analytics;\n",
        "CREATE SCHEMA public_new;\nCREATE SCHEMA public_old;\n",
        "BEGIN ISOLATION LEVEL REPEATABLE READ;\n-- SET TRANSACTION SNAPSHOT",
        "CREATE MATERIALIZED VIEW public_new.base",
        "WITH NO DATA",
        "REFRESH MATERIALIZED VIEW public_new.base;\nANALYZE public_new.base;\nCOMMIT;\n",
        "CREATE INDEX base_id ON public_new.base",
        "VACUUM public_new.base;\n",
        "CREATE VIEW public_new.top",
        "COMMIT;\n",
        "\nBEGIN;\n",
        "-- ALTER MATERIALIZED VIEW public.base OWNER TO",
        "ALTER MATERIALIZED VIEW IF EXISTS public.base SET SCHEMA public_old;\n",
        "ALTER VIEW IF EXISTS public.top SET SCHEMA public_old;\n",
        "ALTER MATERIALIZED VIEW public_new.base SET SCHEMA public;\n",
        "ALTER VIEW public_new.top SET SCHEMA public;\n",
        "COMMIT;\n",
        "DROP VIEW IF EXISTS public_old.top;\nDROP MATERIALIZED VIEW IF EXISTS public_old.base;\n",
        "DROP SCHEMA public_old;\nDROP SCHEMA public_new;\n",
    };
    const char *sql = print(fixture, PLAN_SQL);
    assert_in_order(sql, parts, COUNT_OF(parts));
    assert_lacks(sql, "CASCADE");
    assert_lacks(sql, "REFRESH MATERIALIZED VIEW public_new.top");
    talloc_free(fixture);
}

static void sql_moves_statistics_with_their_view(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/x.sql", "CREATE MATERIALIZED VIEW x AS SELECT 1 AS a, 2 AS b; CREATE STATISTICS x_s ON a, b FROM x"},
    };
    ASSERT_PLANNED(fixture, sources);
    const char *sql = print(fixture, PLAN_SQL);
    assert_contains(sql, "SELECT 'ALTER STATISTICS public.x_s SET SCHEMA public_old' FROM pg_catalog.pg_statistic_ext\n"
                         "  WHERE stxname = 'x_s' AND stxnamespace = pg_catalog.to_regnamespace('public') \\gexec\n");
    assert_contains(sql, "ALTER STATISTICS public_new.x_s SET SCHEMA public;\n");
    talloc_free(fixture);
}

static void sql_keeps_the_old_generation_when_told_so(void **state)
{
    Fixture *fixture = fixture_new();
    fixture->config.keep_old = true;
    fixture->config.notify = "Mats";
    ASSERT_PLANNED(fixture, small);
    const char *sql = print(fixture, PLAN_SQL);
    assert_lacks(sql, "DROP MATERIALIZED VIEW");
    assert_lacks(sql, "DROP SCHEMA public_old");
    assert_contains(sql, "DROP SCHEMA public_new;\n");
    assert_contains(sql, "NOTIFY \"Mats\";\n");
    talloc_free(fixture);
}

static void sql_comments_stay_on_their_line_and_statements_end(void **state)
{
    Fixture *fixture = fixture_new();
    ASSERT_PLANNED(fixture, hostile);
    const char *sql = print(fixture, PLAN_SQL);
    assert_contains(sql, "-- level 0: public.\"a\"\"b\\N<i>&#;]\\x0a-- c`'é\\x1b[m\", from q/h.sql:1\n");
    talloc_free(fixture);

    fixture = fixture_new();
    const Source commented[] = {{"q/x.sql", "SELECT 1 AS id -- the end"}};
    ASSERT_PLANNED(fixture, commented);
    assert_lacks(print(fixture, PLAN_SQL), "-- the end;");
    talloc_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_keeps_its_contract),
        cmocka_unit_test(json_strings_hold_hostile_names),
        cmocka_unit_test(text_tells_a_person_the_order_and_the_places),
        cmocka_unit_test(text_lists_groups_where_views_are_isolated),
        cmocka_unit_test(text_shows_kept_views),
        cmocka_unit_test(text_and_json_tell_what_the_parser_cannot_see),
        cmocka_unit_test(text_shows_control_characters_instead_of_sending_them),
        cmocka_unit_test(dot_groups_by_level_and_follows_the_rows),
        cmocka_unit_test(dot_and_mermaid_draw_kept_views_that_are_read),
        cmocka_unit_test(dot_labels_hold_hostile_names),
        cmocka_unit_test(mermaid_labels_hold_hostile_names),
        cmocka_unit_test(sql_shows_the_protocol_in_order),
        cmocka_unit_test(sql_moves_statistics_with_their_view),
        cmocka_unit_test(sql_keeps_the_old_generation_when_told_so),
        cmocka_unit_test(sql_comments_stay_on_their_line_and_statements_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
