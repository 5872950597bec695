/*
 * Covers src/plan/ but for printing: which references become edges, build order, cycles, --only, schemas and search
 * paths, statements, fingerprints, what comes from outside, priorities.
 */
#include "plan_fixture.h"

static const PlanView *view_of(const Fixture *fixture, const char *schema, const char *name)
{
    const PlanView *view = plan_find_in_set(fixture->plan, (Name){schema, name});
    assert_non_null(view);
    return view;
}

/* "schema.name schema.name", in order */
static const char *names(const Fixture *fixture, PlanView *const *views, size_t count)
{
    Text *text = text_new(fixture);
    for (size_t i = 0; i < count; i++)
        text_addf(text, "%s%s.%s", i > 0 ? " " : "", views[i]->name.schema, views[i]->name.name);
    return text->data;
}

static const char *reads_of(const Fixture *fixture, const char *schema, const char *name)
{
    const PlanView *view = view_of(fixture, schema, name);
    PlanView **reads = mem_array(fixture, PlanView *, view->read_count);
    for (size_t i = 0; i < view->read_count; i++)
        reads[i] = view->reads[i].view;
    return names(fixture, reads, view->read_count);
}

static void views_are_ordered_by_level_then_schema_and_name(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/a_top.sql", "SELECT * FROM m JOIN analytics.base USING (id)"},
        {"q/m.sql", "SELECT * FROM z_base"},
        {"q/z_base.sql", "SELECT 1 AS id"},
        {"q/b_base.sql", "SELECT 2 AS id"},
        {"q/analytics.base.sql", "SELECT 3 AS id"},
    };
    ASSERT_PLANNED(fixture, sources);
    const Plan *plan = fixture->plan;
    assert_string_equal(names(fixture, plan->views, plan->view_count),
                        "analytics.base public.b_base public.z_base public.m public.a_top");
    const int levels[] = {0, 0, 0, 1, 2};
    for (size_t i = 0; i < plan->view_count; i++)
    {
        assert_int_equal(plan->views[i]->level, levels[i]);
        assert_int_equal(plan->views[i]->index, i);
        assert_true(plan->views[i]->rebuilt);
    }
    assert_string_equal(reads_of(fixture, "public", "a_top"), "analytics.base public.m");
    const PlanView *base = view_of(fixture, "public", "z_base");
    assert_string_equal(names(fixture, base->readers, base->reader_count), "public.m");
    talloc_free(fixture);
}

static void the_order_does_not_depend_on_the_order_of_files(void **state)
{
    Fixture *one = fixture_new();
    Fixture *other = fixture_new();
    const Source forth[] = {{"q/1.sql", "CREATE VIEW c AS SELECT * FROM a; CREATE MATERIALIZED VIEW a AS SELECT 1 x"},
                            {"q/2.sql", "CREATE VIEW b AS SELECT * FROM a"}};
    const Source back[] = {{"q/1.sql", "CREATE VIEW b AS SELECT * FROM a"},
                           {"q/2.sql", "CREATE MATERIALIZED VIEW a AS SELECT 1 x; CREATE VIEW c AS SELECT * FROM a"}};
    ASSERT_PLANNED(one, forth);
    ASSERT_PLANNED(other, back);
    assert_string_equal(names(one, one->plan->views, one->plan->view_count), "public.a public.b public.c");
    assert_string_equal(names(other, other->plan->views, other->plan->view_count), "public.a public.b public.c");
    assert_string_equal(one->plan->fingerprint, other->plan->fingerprint);
    assert_int_equal(view_of(one, "public", "a")->kind, VIEW_MATERIALIZED);
    assert_int_equal(view_of(one, "public", "b")->kind, VIEW_ORDINARY);
    talloc_free(one);
    talloc_free(other);
}

static void unqualified_names_follow_the_search_path(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/public.twin.sql", "SELECT 1 AS id"},        {"q/analytics.twin.sql", "SELECT 1 AS id"},
        {"q/analytics.only_there.sql", "SELECT 1 AS id"}, {"q/off_path.hidden.sql", "SELECT 1 AS id"},
        {"q/reader.sql", "SELECT * FROM twin, only_there, hidden"},
        {"q/exact.sql", "SELECT * FROM analytics.twin, off_path.hidden"},
    };
    ASSERT_PLANNED(fixture, sources);
    assert_string_equal(reads_of(fixture, "public", "reader"), "analytics.only_there public.twin");
    assert_string_equal(reads_of(fixture, "public", "exact"), "analytics.twin off_path.hidden");
    fixture->config.search_path[0] = "analytics";
    fixture->config.search_path[1] = "public";
    ASSERT_PLANNED(fixture, sources);
    assert_string_equal(reads_of(fixture, "public", "reader"), "analytics.only_there analytics.twin");
    talloc_free(fixture);
}

static void types_constants_and_indexes_make_edges_too(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/t.sql", "SELECT 1 AS id"},
        {"q/u.sql", "SELECT 1 AS id"},
        {"q/v.sql", "SELECT 1 AS id"},
        {"q/r.sql", "CREATE MATERIALIZED VIEW r AS SELECT NULL::t AS a, 'public.u'::regclass AS b;\n"
                    "CREATE INDEX r_b ON r (b) WHERE b <> 'v'::regclass;"},
    };
    ASSERT_PLANNED(fixture, sources);
    assert_string_equal(reads_of(fixture, "public", "r"), "public.t public.u public.v");
    assert_int_equal(view_of(fixture, "public", "r")->level, 1);
    talloc_free(fixture);
}

static void the_name_of_an_array_type_means_the_view_of_its_elements(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/t.sql", "SELECT 1 AS id"},
        {"q/u.sql", "SELECT 1 AS id"},
        {"q/r.sql", "SELECT NULL::_t AS a, '_u'::regtype AS b, NULL::public._t AS c, NULL::_other AS d FROM _u"},
    };
    ASSERT_PLANNED(fixture, sources);
    assert_string_equal(reads_of(fixture, "public", "r"), "public.t public.u");
    PlanExternal *externals;
    size_t count;
    plan_externals(fixture, fixture->plan, &externals, &count);
    Text *text = text_new(fixture);
    for (size_t i = 0; i < count; i++)
        text_addf(text, "%s ", name_qualified(text, externals[i].name));
    assert_string_equal(text->data, "_other _u regtype public._t ");
    talloc_free(fixture);
}

static void a_read_is_kept_once_with_its_first_place(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/x.sql", "SELECT 1 AS id"},
        {"q/y.sql", "SELECT *\nFROM x\nJOIN public.x AS again USING (id)"},
    };
    ASSERT_PLANNED(fixture, sources);
    const PlanView *y = view_of(fixture, "public", "y");
    assert_int_equal(y->read_count, 1);
    assert_int_equal(y->reads[0].reference->line, 2);
    assert_string_equal(y->reads[0].statement->file->path, "q/y.sql");
    assert_int_equal(view_of(fixture, "public", "x")->reader_count, 1);
    talloc_free(fixture);
}

static void a_cycle_names_the_place_of_every_reference(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/a.sql", "SELECT * FROM public.b"},
        {"q/b.sql", "SELECT *\n  FROM public.c"},
        {"q/c.sql", "SELECT *\n\n  FROM public.a, public.outside"},
        {"q/d.sql", "SELECT * FROM a"},
    };
    ASSERT_REFUSED(fixture, sources);
    assert_int_equal(fixture->errors->count, 1);
    assert_string_equal(
        error_text(fixture, 0),
        "q/a.sql:1:15: 3 views read each other in a circle: public.a reads public.b at q/a.sql:1:15, "
        "public.b reads public.c at q/b.sql:2:8, public.c reads public.a at q/c.sql:3:8; "
        "take one of these references out: no order of building satisfies them");
    assert_int_equal(fixture->errors->items[0]->kind, ERROR_SOURCE);
    assert_null(fixture->plan);
    talloc_free(fixture);
}

static void every_cycle_is_reported_once(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/a.sql", "SELECT * FROM public.b"},           {"q/b.sql", "SELECT * FROM public.a, public.c"},
        {"q/c.sql", "SELECT * FROM public.b"},           {"q/x.sql", "SELECT * FROM public.y"},
        {"q/y.sql", "SELECT * FROM public.x, public.a"}, {"q/s.sql", "SELECT * FROM public.s"},
    };
    ASSERT_REFUSED(fixture, sources);
    assert_int_equal(fixture->errors->count, 3);
    Text *all = text_new(fixture);
    for (size_t i = 0; i < 3; i++)
        text_addf(all, "%s\n", error_text(fixture, i));
    assert_contains(all->data, "2 views read each other in a circle (one of several circles among 3 views): "
                               "public.a reads public.b at q/a.sql:1:15, public.b reads public.a at q/b.sql:1:15;");
    assert_contains(all->data, "2 views read each other in a circle: public.x reads public.y");
    assert_contains(all->data, "q/s.sql:1:15: view public.s reads itself: public.s reads public.s at q/s.sql:1:15;");
    talloc_free(fixture);
}

static void a_cte_with_the_name_of_its_own_view_is_no_cycle(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {{"q/x.sql", "WITH x AS (SELECT 1 AS id) SELECT * FROM x"}};
    ASSERT_PLANNED(fixture, sources);
    assert_int_equal(fixture->plan->views[0]->read_count, 0);
    talloc_free(fixture);
}

static void a_view_named_like_a_built_in_type_may_use_the_type(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/date.sql", "SELECT '2024-01-01'::date AS day, 'date'::regtype AS type"},
        {"q/later.sql", "SELECT now()::date AS day"},
    };
    ASSERT_PLANNED(fixture, sources);
    assert_int_equal(view_of(fixture, "public", "date")->read_count, 0);
    assert_string_equal(reads_of(fixture, "public", "later"), "public.date"); /* false, harmless */
    talloc_free(fixture);
}

static void a_doubtful_cycle_says_how_to_name_the_built_in_type(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/date.sql", "SELECT * FROM public.days"},
        {"q/days.sql", "SELECT now()::date AS day"},
    };
    ASSERT_REFUSED(fixture, sources);
    assert_contains(error_text(fixture, 0), "take one of these references out, or, if the one at q/days.sql:1:15 means "
                                            "something outside the set, write its schema: pg_catalog.date");
    talloc_free(fixture);
}

static void a_qualified_reference_to_itself_is_a_cycle_whatever_its_kind(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {{"q/x.sql", "SELECT NULL::public.x AS a"}};
    ASSERT_REFUSED(fixture, sources);
    assert_contains(error_text(fixture, 0), "view public.x reads itself");
    talloc_free(fixture);
}

static void an_index_may_name_the_view_it_is_on(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {{"q/x.sql", "CREATE MATERIALIZED VIEW x AS SELECT 1 AS id;\n"
                                          "CREATE INDEX x_id ON x (id) WHERE id::oid <> 'public.x'::regclass;"}};
    ASSERT_PLANNED(fixture, sources);
    assert_int_equal(fixture->plan->views[0]->level, 0);
    talloc_free(fixture);
}

static void a_very_long_chain_needs_no_deep_stack(void **state)
{
    enum
    {
        LENGTH = 5000
    };
    Fixture *fixture = fixture_new();
    Text *text = text_new(fixture);
    for (int i = 0; i < LENGTH; i++)
        text_addf(text, "CREATE VIEW v%04d AS SELECT * FROM %s%04d;\n", i, i + 1 < LENGTH ? "v" : "source", i + 1);
    const Source sources[] = {{"q/chain.sql", text->data}};
    ASSERT_PLANNED(fixture, sources);
    assert_int_equal(view_of(fixture, "public", "v0000")->level, LENGTH - 1);
    assert_string_equal(fixture->plan->views[0]->name.name, "v4999");
    talloc_free(fixture);
}

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

static void what_comes_from_outside_is_listed_once_with_its_first_place(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/a.sql", "SELECT *\nFROM raw.t JOIN loose USING (id) JOIN b USING (id)"},
        {"q/b.sql", "SELECT id FROM raw.t, loose, public.loose"},
    };
    ASSERT_PLANNED(fixture, sources);
    PlanExternal *externals;
    size_t count;
    plan_externals(fixture, fixture->plan, &externals, &count);
    assert_int_equal(count, 3);
    assert_null(externals[0].name.schema);
    assert_string_equal(externals[0].name.name, "loose");
    assert_string_equal(externals[1].name.schema, "public");
    assert_string_equal(externals[2].name.schema, "raw");
    assert_string_equal(externals[2].statement->file->path, "q/a.sql");
    assert_int_equal(externals[2].reference->line, 2);
    talloc_free(fixture);
}

static void priority_is_the_longest_remaining_path(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/a.sql", "SELECT 1 AS id"},    {"q/b.sql", "SELECT 1 AS id"},        {"q/c.sql", "SELECT * FROM a"},
        {"q/d.sql", "SELECT * FROM a, b"}, {"q/e.sql", "SELECT * FROM c, d"},
    };
    ASSERT_PLANNED(fixture, sources);
    const double weights[] = {1, 10, 5, 2, 0.5}; /* a b c d e, which is the build order */
    double priorities[5];
    plan_priorities(fixture->plan, weights, priorities);
    const double expected[] = {6.5, 12.5, 5.5, 2.5, 0.5};
    for (size_t i = 0; i < 5; i++)
        assert_true(priorities[i] > expected[i] - 1e-9 && priorities[i] < expected[i] + 1e-9);
    talloc_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_are_ordered_by_level_then_schema_and_name),
        cmocka_unit_test(the_order_does_not_depend_on_the_order_of_files),
        cmocka_unit_test(unqualified_names_follow_the_search_path),
        cmocka_unit_test(types_constants_and_indexes_make_edges_too),
        cmocka_unit_test(the_name_of_an_array_type_means_the_view_of_its_elements),
        cmocka_unit_test(a_read_is_kept_once_with_its_first_place),
        cmocka_unit_test(a_cycle_names_the_place_of_every_reference),
        cmocka_unit_test(every_cycle_is_reported_once),
        cmocka_unit_test(a_cte_with_the_name_of_its_own_view_is_no_cycle),
        cmocka_unit_test(a_view_named_like_a_built_in_type_may_use_the_type),
        cmocka_unit_test(a_doubtful_cycle_says_how_to_name_the_built_in_type),
        cmocka_unit_test(a_qualified_reference_to_itself_is_a_cycle_whatever_its_kind),
        cmocka_unit_test(an_index_may_name_the_view_it_is_on),
        cmocka_unit_test(a_very_long_chain_needs_no_deep_stack),
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
        cmocka_unit_test(what_comes_from_outside_is_listed_once_with_its_first_place),
        cmocka_unit_test(priority_is_the_longest_remaining_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
