/*
 * Covers what src/plan/ makes of the graph: which views --only rebuilds, schemas and search paths, the statements of
 * the new generation, fingerprints, and the sets it refuses.
 */
#include "plan_fixture.h"

static void only_rebuilds_the_named_views_and_all_that_reads_them(void **state)
{
    Fixture *fixture = fixture_new();
    fixture->only[0] = "mid";
    const Source sources[] = {
        {"q/base.sql", "SELECT 1 AS id"},          {"q/mid.sql", "SELECT * FROM base"},
        {"q/top.sql", "SELECT * FROM mid, base"},  {"q/apex.sql", "SELECT * FROM top"},
        {"q/aside.sql", "SELECT * FROM base"},     {"q/analytics.far.sql", "SELECT 1 AS id"},
    };
    ASSERT_PLANNED(fixture, sources);
    const Plan *plan = fixture->plan;
    assert_string_equal(names(fixture, plan->views, plan->view_count), "public.mid public.top public.apex");
    assert_string_equal(names(fixture, plan->kept, plan->kept_count), "analytics.far public.aside public.base");
    assert_int_equal(plan->views[0]->level, 0); /* base is not of the generation */
    assert_int_equal(plan->views[2]->level, 2);
    assert_string_equal(reads_of(fixture, "public", "top"), "public.base public.mid");
    const PlanView *base = view_of(fixture, "public", "base");
    assert_string_equal(names(fixture, base->readers, base->reader_count), "public.mid public.top");
    assert_null(plan_find(plan, (Name){"public", "base"}));
    assert_int_equal(base->statement_count, 0);
    assert_int_equal(plan->schema_count, 1);
    assert_string_equal(plan->build_search_path, "public_new, public, analytics");
    talloc_free(fixture);
}

static void only_finds_views_by_every_spelling(void **state)
{
    const char *const spellings[] = {"Odd.name", "public.Odd.name", "\"Odd.name\"", "public.\"Odd.name\""};
    for (size_t i = 0; i < COUNT_OF(spellings); i++)
    {
        Fixture *fixture = fixture_new();
        fixture->only[0] = spellings[i];
        const Source sources[] = {{"q/1.sql", "CREATE VIEW \"Odd.name\" AS SELECT 1 AS x; CREATE VIEW z AS SELECT 1"}};
        ASSERT_PLANNED(fixture, sources);
        assert_string_equal(names(fixture, fixture->plan->views, fixture->plan->view_count), "public.Odd.name");
        talloc_free(fixture);
    }
}

static void only_suggests_the_nearest_name(void **state)
{
    Fixture *fixture = fixture_new();
    fixture->only[0] = "donatoins";
    fixture->only[1] = "analytics.gmb";
    fixture->only[2] = "gmv_hidden";
    fixture->only[3] = "nothing_like_it";
    fixture->only[4] = "donations";
    fixture->only[5] = "public.donations";
    const Source sources[] = {
        {"q/donations.sql", "SELECT 1 AS id"},
        {"q/analytics.gmv.sql", "SELECT 1 AS id"},
        {"q/off_path.gmv_hidden.sql", "SELECT 1 AS id"},
    };
    ASSERT_REFUSED(fixture, sources);
    assert_int_equal(fixture->errors->count, 5);
    assert_string_equal(error_text(fixture, 0),
                        "--only: the set has no view donatoins; did you mean public.donations?");
    assert_contains(error_text(fixture, 1), "did you mean analytics.gmv?");
    assert_contains(error_text(fixture, 2), "did you mean off_path.gmv_hidden?");
    assert_contains(error_text(fixture, 3), "`matswap plan` lists the views of set test");
    assert_contains(error_text(fixture, 4), "view public.donations is named twice");
    assert_int_equal(errors_exit_code(fixture->errors), 2);
    talloc_free(fixture);
}

static void each_schema_gets_two_shadows_and_the_path_only_those_on_it(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/x.sql", "SELECT 1 AS id"},
        {"q/Off path.y.sql", "SELECT 1 AS id"},
    };
    fixture->config.search_path[1] = "User";
    ASSERT_PLANNED(fixture, sources);
    const Plan *plan = fixture->plan;
    assert_int_equal(plan->schema_count, 2);
    assert_string_equal(plan->schemas[0].live, "Off path");
    assert_string_equal(plan->schemas[0].incoming, "Off path_new");
    assert_string_equal(plan->schemas[1].outgoing, "public_old");
    assert_string_equal(plan->build_search_path, "public_new, public, \"User\"");
    assert_string_equal(plan->live_search_path, "public, \"User\"");
    assert_ptr_equal(view_of(fixture, "public", "x")->schema, &plan->schemas[1]);
    talloc_free(fixture);
}

static void shadow_names_that_cannot_be_are_refused_with_their_setting(void **state)
{
    static const struct
    {
        const char *suffix_new, *suffix_old, *first, *second, *message;
        size_t errors;
    } cases[] = {
        {"_a", "_a", "q/x.sql", "q/y.sql", "suffix_new and suffix_old are the same", 1},
        {"", "_old", "q/x.sql", "q/y.sql", "suffix_new of schema public makes public, which is itself a schema", 1},
        {"_new", "_old", "q/x.sql", "q/public_new.y.sql", "makes public_new, which is itself a schema with views", 1},
        {"_new", "_old", "q/x.sql", "q/public_old.y.sql", "suffix_old of schema public makes public_old, which is", 1},
        {"_new", "_old", "q/x.sql", "q/pg.y.sql", "makes pg_new; names that begin with pg_ are the server's own", 2},
        {"_b_old", "_old", "q/s.x.sql", "q/s_b.y.sql",
         "schema s_b_old would hold the new generation of s and the old one of s_b", 1},
        {"_new", "_older", "q/x.sql", "q/s2345678901234567890123456789012345678901234567890123456789.y.sql",
         "makes s2345678901234567890123456789012345678901234567890123456789_older, a name of 65 bytes; the server", 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
    {
        Fixture *fixture = fixture_new();
        fixture->config.suffix_new = cases[i].suffix_new;
        fixture->config.suffix_old = cases[i].suffix_old;
        const Source sources[] = {{cases[i].first, "SELECT 1 AS id"}, {cases[i].second, "SELECT 1 AS id"}};
        ASSERT_REFUSED(fixture, sources);
        assert_contains(error_text(fixture, 0), cases[i].message);
        assert_contains(error_text(fixture, 0), "conf/test.ini: ");
        assert_int_equal(fixture->errors->count, cases[i].errors);
        talloc_free(fixture);
    }
}

static void sixty_three_bytes_are_a_name(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {{"q/s23456789012345678901234567890123456789012345678901234567_9.y.sql", "SELECT 1 AS x"}};
    ASSERT_PLANNED(fixture, sources);
    assert_int_equal(strlen(fixture->plan->schemas[0].incoming), 63);
    talloc_free(fixture);
}

static void an_empty_set_and_a_section_without_view_are_errors(void **state)
{
    Fixture *fixture = fixture_new();
    const Source none[] = {{"q/empty.sql", "-- nothing\n"}};
    Status status = sql_read_texts(fixture, &none[0].path, &none[0].text, 0, "public", &fixture->set, fixture->errors);
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(plan_make(fixture, &fixture->config, fixture->set, NULL, 0, &fixture->plan, fixture->errors),
                     STATUS_FAILED);
    assert_contains(error_text(fixture, 0), "no file in q creates a view");
    talloc_free(fixture);

    fixture = fixture_new();
    fixture->config.rules = mem_array(fixture, ViewRules, 1);
    fixture->config.rules[0] = (ViewRules){.view = "donatoins", .line = 7};
    fixture->config.rules_count = 1;
    const Source sources[] = {{"q/donations.sql", "SELECT 1 AS id"}};
    ASSERT_REFUSED(fixture, sources);
    assert_contains(error_text(fixture, 0), "donatoins");
    talloc_free(fixture);
}

static void everything_wrong_is_reported_in_one_go(void **state)
{
    Fixture *fixture = fixture_new();
    fixture->only[0] = "nowhere";
    fixture->config.suffix_new = fixture->config.suffix_old;
    const Source sources[] = {{"q/x.sql", "SELECT * FROM public.x"}};
    ASSERT_REFUSED(fixture, sources);
    assert_int_equal(fixture->errors->count, 3);
    talloc_free(fixture);
}

static void statements_come_by_phase_and_name_the_new_generation(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/a.sql", "COMMENT ON INDEX x_id IS 'i'; CREATE UNIQUE INDEX x_id ON public.x (id);\n"
                    "COMMENT ON MATERIALIZED VIEW x IS 'c';"},
        {"q/b.sql", "CREATE MATERIALIZED VIEW public.x AS SELECT id FROM public.y"},
        {"q/y.sql", "SELECT 1 AS id"},
    };
    ASSERT_PLANNED(fixture, sources);
    const PlanView *x = view_of(fixture, "public", "x");
    assert_int_equal(x->statement_count, 4);
    const SqlPhase phases[] = {SQL_CREATE, SQL_ATTRIBUTE, SQL_INDEX, SQL_INDEX_ATTRIBUTE};
    const char *const parts[] = {"FROM public_new.y", "public_new.x", "ON public_new.x", "public_new.x_id"};
    for (size_t i = 0; i < 4; i++)
    {
        assert_int_equal(x->statements[i].phase, phases[i]);
        assert_contains(x->statements[i].sql, parts[i]);
    }
    assert_contains(x->statements[0].sql, "WITH NO DATA");
    talloc_free(fixture);
}

static void names_of_kept_views_are_left_alone(void **state)
{
    Fixture *fixture = fixture_new();
    fixture->only[0] = "x";
    const Source sources[] = {{"q/x.sql", "SELECT * FROM public.y"}, {"q/y.sql", "SELECT 1 AS id"}};
    ASSERT_PLANNED(fixture, sources);
    assert_contains(fixture->plan->views[0]->statements[0].sql, "FROM public.y");
    talloc_free(fixture);
}

static void the_generation_maps_its_views_indexes_and_statistics_only(void **state)
{
    Fixture *fixture = fixture_new();
    fixture->only[0] = "x";
    const Source sources[] = {
        {"q/x.sql", "CREATE MATERIALIZED VIEW x AS SELECT 1 AS a, 2 AS b;\n"
                    "CREATE STATISTICS x_s ON a, b FROM x;\nCREATE INDEX x_i ON x (a);"},
        {"q/y.sql", "CREATE MATERIALIZED VIEW y AS SELECT 1 AS a, 2 AS b; CREATE STATISTICS y_s ON a, b FROM y;"},
    };
    ASSERT_PLANNED(fixture, sources);
    SqlGeneration generation = plan_generation(fixture->plan);
    static const struct
    {
        Name name;
        const char *schema;
    } cases[] = {
        {{"public", "x"}, "public_new"},   {{"public", "x_s"}, "public_new"}, {{"public", "x_i"}, "public_new"},
        {{"public", "y"}, NULL},           {{"public", "y_s"}, NULL},         {{"analytics", "x"}, NULL},
        {{"public", "elsewhere"}, NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
    {
        const char *schema = generation.new_schema(generation.closure, cases[i].name);
        assert_true(text_equal(schema, cases[i].schema));
    }
    talloc_free(fixture);
}

static void a_table_with_the_name_of_a_statistics_object_stays_where_it_is(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/x.sql", "CREATE MATERIALIZED VIEW x AS SELECT a, b FROM public.raw;\n"
                    "CREATE STATISTICS raw ON a, b FROM x;\n"
                    "COMMENT ON STATISTICS raw IS 'c';"},
    };
    ASSERT_PLANNED(fixture, sources);
    const PlanView *x = view_of(fixture, "public", "x");
    assert_contains(x->statements[0].sql, "FROM public.raw");
    assert_contains(x->statements[1].sql, "CREATE STATISTICS public_new.raw");
    assert_contains(x->statements[2].sql, "COMMENT ON STATISTICS public_new.raw");
    talloc_free(fixture);
}

static const char *fingerprint_of(const char *path, const char *text, const char **ret_plan)
{
    static char prints[2][17];
    Fixture *fixture = fixture_new();
    const Source sources[] = {{path, text}};
    ASSERT_PLANNED(fixture, sources);
    strcpy(prints[0], fixture->plan->views[0]->fingerprint);
    strcpy(prints[1], fixture->plan->fingerprint);
    talloc_free(fixture);
    *ret_plan = prints[1];
    return prints[0];
}

static void fingerprints_tell_names_kinds_and_texts_apart_but_not_files(void **state)
{
    static const struct
    {
        const char *path, *text;
        bool same;
    } cases[] = {
        {"q/1.sql", "CREATE VIEW x AS SELECT 1 AS a", true},
        {"q/elsewhere/2.sql", "-- moved\n\nCREATE VIEW x AS SELECT 1 AS a;\n", true},
        {"q/1.sql", "CREATE VIEW y AS SELECT 1 AS a", false},
        {"q/1.sql", "CREATE VIEW x AS SELECT 2 AS a", false},
        {"q/1.sql", "CREATE MATERIALIZED VIEW x AS SELECT 1 AS a", false},
        {"q/1.sql", "CREATE VIEW x AS SELECT 1 AS a; COMMENT ON VIEW x IS 'c'", false},
    };
    char first[2][17];
    for (size_t i = 0; i < COUNT_OF(cases); i++)
    {
        const char *of_plan;
        const char *of_view = fingerprint_of(cases[i].path, cases[i].text, &of_plan);
        if (i == 0)
        {
            strcpy(first[0], of_view);
            strcpy(first[1], of_plan);
        }
        assert_int_equal(strlen(of_view), 16);
        assert_int_equal(strcmp(of_view, first[0]) == 0, cases[i].same);
        assert_int_equal(strcmp(of_plan, first[1]) == 0, cases[i].same);
    }
}

/* b reads a, and c only what the set has not; the fingerprints of all three and of the plan, in one line. */
static void take_fingerprints(Fixture *fixture, bool with_c, char *ret_prints)
{
    const Source sources[] = {
        {"q/a.sql", "CREATE MATERIALIZED VIEW a AS SELECT 1 AS n"},
        {"q/b.sql", "CREATE MATERIALIZED VIEW b AS SELECT n FROM a, c"},
        {"q/c.sql", "CREATE MATERIALIZED VIEW c AS SELECT 1 AS m"},
    };
    assert_int_equal(fixture_plan(fixture, sources, with_c ? 3 : 2), STATUS_OK);
    const PlanView *a = plan_find(fixture->plan, (Name){"public", "a"});
    sprintf(ret_prints, "%s %s %s", a == NULL ? "----------------" : a->fingerprint, view_of(fixture, "public", "b")->fingerprint,
            fixture->plan->fingerprint);
}

/* Which of "a", "b", "plan" the change of the configuration is noticed in. */
static void noticed_in(const char *expected, void (*change)(Fixture *fixture), bool with_c)
{
    char before[64];
    char after[64];
    Fixture *fixture = fixture_new();
    take_fingerprints(fixture, true, before);
    change(fixture);
    take_fingerprints(fixture, with_c, after);
    char *noticed = mem_printf(fixture, "%s%s%s", strncmp(before, after, 16) != 0 ? "a" : "",
                               strncmp(before + 17, after + 17, 16) != 0 ? "b" : "",
                               strcmp(before + 34, after + 34) != 0 ? " plan" : "");
    assert_string_equal(noticed, expected);
    talloc_free(fixture);
}

static void change_nothing(Fixture *fixture)
{
}

static void change_session(Fixture *fixture)
{
    static Setting setting = {.name = "TimeZone", .value = "Asia/Kathmandu"};
    fixture->config.session = &setting;
    fixture->config.session_count = 1;
}

static void change_suffix(Fixture *fixture)
{
    fixture->config.suffix_new = "_next";
}

static ViewRules rules = {.view = "b", .name = {"public", "b"}};

static void change_sums(Fixture *fixture)
{
    rules = (ViewRules){.view = "b", .name = {"public", "b"}};
    rules.given[KEY_SUMS] = "n";
    fixture->config.rules = &rules;
    fixture->config.rules_count = 1;
}

static void change_limit(Fixture *fixture)
{
    rules = (ViewRules){.view = "b", .name = {"public", "b"}, .given[KEY_MIN_ROWS] = "0"};
    fixture->config.rules = &rules;
    fixture->config.rules_count = 1;
}

static void change_former_name(Fixture *fixture)
{
    rules = (ViewRules){.view = "b", .name = {"public", "b"}, .renamed_from = {"public", "former"},
                        .given[KEY_RENAMED_FROM] = "former"};
    fixture->config.rules = &rules;
    fixture->config.rules_count = 1;
}

static void change_only(Fixture *fixture)
{
    fixture->only[0] = "b";
}

static void fingerprints_hold_what_the_built_view_depends_on(void **state)
{
    noticed_in("", change_nothing, true);
    noticed_in("ab plan", change_session, true);
    noticed_in("ab plan", change_suffix, true);
    noticed_in("b plan", change_sums, true);
    noticed_in(" plan", change_limit, true);
    noticed_in("b plan", change_former_name, true);
    noticed_in("b plan", change_nothing, false); /* c is a name outside the set then */
    noticed_in("ab plan", change_only, true);    /* b reads the live a */
}

static void a_view_of_the_set_is_no_former_name(void **state)
{
    static const Source sources[] = {{"q/a.sql", "SELECT 1 AS x"}, {"q/b.sql", "CREATE VIEW b AS SELECT x FROM a"}};
    ViewRules renamed = {.view = "b", .name = {"public", "b"}, .line = 7, .renamed_from = {"public", "a"}};
    Fixture *fixture = fixture_new();
    fixture->config.rules = &renamed;
    fixture->config.rules_count = 1;
    ASSERT_REFUSED(fixture, sources);
    assert_int_equal(fixture->errors->count, 1);
    assert_string_equal(error_text(fixture, 0),
                        "conf/test.ini:7: [view b] is renamed from public.a, which is a view of the set itself; take its "
                        "file q/a.sql away, or leave renamed_from out");
    renamed.renamed_from.name = "former"; /* of an ordinary view, too */
    errors_truncate(fixture->errors, 0);
    ASSERT_PLANNED(fixture, sources);
    talloc_free(fixture);
}

/* A default for all views: x, y and the ordinary view p are there; y is kept by --only x. */
static Status plan_with_check(Fixture *fixture, CheckFile *file, const char *text)
{
    static const Source sources[] = {
        {"q/x.sql", "SELECT 1 AS a"}, {"q/y.sql", "SELECT 2 AS a"}, {"q/p.sql", "CREATE VIEW p AS SELECT a FROM x"}};
    *file = (CheckFile){"c", "checks/c.sql", text};
    fixture->config.rules = mem_array(fixture, ViewRules, 1);
    fixture->config.rules[0] = (ViewRules){.view = "*", .given[KEY_CHECK] = "c.sql", .check = {file, 1}};
    fixture->config.rules_count = 1;
    return fixture_plan(fixture, sources, COUNT_OF(sources));
}

static void checks_are_of_the_rebuilt_views_that_hold_rows(void **state)
{
    Fixture *fixture = fixture_new();
    CheckFile file;
    fixture->only[0] = "x";
    assert_int_equal(plan_with_check(fixture, &file, "-- c\nTABLE {view} UNION TABLE public.y"), STATUS_OK);
    const PlanView *x = plan_find(fixture->plan, (Name){"public", "x"});
    assert_int_equal(x->check_count, 1);
    assert_ptr_equal(x->checks[0].file, &file);
    assert_string_equal(x->checks[0].query.text, "TABLE public_new.x UNION TABLE public.y");
    assert_int_equal(x->checks[0].query.line, 2);
    assert_int_equal(plan_find(fixture->plan, (Name){"public", "p"})->check_count, 0);
    assert_int_equal(plan_find_in_set(fixture->plan, (Name){"public", "y"})->check_count, 0);
    talloc_free(fixture);
}

static void a_check_that_is_wrong_is_said_once(void **state)
{
    Fixture *fixture = fixture_new();
    CheckFile file;
    assert_int_equal(plan_with_check(fixture, &file, "TABLE {view}\nWHERE"), STATUS_FAILED);
    assert_int_equal(fixture->errors->count, 1);
    assert_string_equal(fixture->errors->items[0]->file, "checks/c.sql");
    assert_int_equal(fixture->errors->items[0]->line, 2);
    talloc_free(fixture);
}

static void other_schemas_get_shadows_when_asked_for(void **state)
{
    static const Source sources[] = {{"q/sales.a.sql", "SELECT 1 AS x"}};
    const char *const live[] = {"zoo", "sales", "app", "zoo"};
    const char *const clashing[] = {"sales_old"};
    const Plan *plan;
    Fixture *fixture = fixture_new();
    ASSERT_PLANNED(fixture, sources);
    assert_int_equal(plan_with_schemas(fixture, fixture->plan, &live[1], 1, &plan, fixture->errors), STATUS_OK);
    assert_ptr_equal(plan, fixture->plan);
    assert_int_equal(plan_with_schemas(fixture, fixture->plan, live, 4, &plan, fixture->errors), STATUS_OK);
    assert_int_equal(plan->schema_count, 3);
    assert_string_equal(plan->schemas[0].live, "app");
    assert_string_equal(plan->schemas[1].live, "sales");
    assert_string_equal(plan->schemas[2].outgoing, "zoo_old");
    assert_int_equal(fixture->plan->schema_count, 1);
    assert_int_equal(plan_with_schemas(fixture, fixture->plan, clashing, 1, &plan, fixture->errors), STATUS_FAILED);
    assert_contains(error_text(fixture, 0), "suffix_old of schema sales makes sales_old, which is itself a schema with");
    talloc_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_rebuilds_the_named_views_and_all_that_reads_them),
        cmocka_unit_test(only_finds_views_by_every_spelling),
        cmocka_unit_test(only_suggests_the_nearest_name),
        cmocka_unit_test(each_schema_gets_two_shadows_and_the_path_only_those_on_it),
        cmocka_unit_test(shadow_names_that_cannot_be_are_refused_with_their_setting),
        cmocka_unit_test(sixty_three_bytes_are_a_name),
        cmocka_unit_test(an_empty_set_and_a_section_without_view_are_errors),
        cmocka_unit_test(everything_wrong_is_reported_in_one_go),
        cmocka_unit_test(statements_come_by_phase_and_name_the_new_generation),
        cmocka_unit_test(names_of_kept_views_are_left_alone),
        cmocka_unit_test(the_generation_maps_its_views_indexes_and_statistics_only),
        cmocka_unit_test(a_table_with_the_name_of_a_statistics_object_stays_where_it_is),
        cmocka_unit_test(fingerprints_tell_names_kinds_and_texts_apart_but_not_files),
        cmocka_unit_test(fingerprints_hold_what_the_built_view_depends_on),
        cmocka_unit_test(a_view_of_the_set_is_no_former_name),
        cmocka_unit_test(checks_are_of_the_rebuilt_views_that_hold_rows),
        cmocka_unit_test(a_check_that_is_wrong_is_said_once),
        cmocka_unit_test(other_schemas_get_shadows_when_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
