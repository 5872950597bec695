/*
 * Covers src/plan/'s graph: which references become edges, build order, cycles, what comes from outside, priorities,
 * groups.
 */
#include "plan_fixture.h"

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
    PlanPriority priorities[5];
    plan_priorities(fixture->plan, NULL, 0, weights, priorities);
    const double expected[] = {6.5, 12.5, 5.5, 2.5, 0.5};
    for (size_t i = 0; i < 5; i++)
    {
        assert_float_equal(priorities[i].from_start, expected[i], 1e-9);
        assert_float_equal(priorities[i].from_end, expected[i] - weights[i], 1e-9);
    }
    talloc_free(fixture);
}

/* "0 0 2": of each view, in order, the first of its group */
static const char *groups_of(Fixture *fixture, const PlanLink *links, size_t link_count, size_t count)
{
    size_t *group = mem_array(fixture, size_t, count);
    Text *text = text_new(fixture);
    plan_groups(fixture->plan, links, link_count, count, group);
    for (size_t i = 0; i < count; i++)
        text_addf(text, "%s%zu", i > 0 ? " " : "", group[i]);
    return text->data;
}

static void a_group_is_what_reads_join_whichever_way(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/a.sql", "SELECT 1 AS id"},
        {"q/b.sql", "SELECT 1 AS id"},
        {"q/c.sql", "SELECT 1 AS id"},
        {"q/d.sql", "SELECT * FROM a"},
        {"q/e.sql", "SELECT * FROM a JOIN b USING (id)"}, /* a and b meet in their reader, d comes with a */
        {"q/f.sql", "SELECT * FROM c"},
    };
    ASSERT_PLANNED(fixture, sources);
    assert_string_equal(names(fixture, fixture->plan->views, fixture->plan->view_count),
                        "public.a public.b public.c public.d public.e public.f");
    assert_string_equal(groups_of(fixture, NULL, 0, 6), "0 0 2 0 0 2");
    talloc_free(fixture);
}

static void a_view_that_is_left_alone_joins_no_group(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/base.sql", "SELECT 1 AS id"}, {"q/x.sql", "SELECT * FROM base"}, {"q/y.sql", "SELECT * FROM base"}};
    ASSERT_PLANNED(fixture, sources);
    assert_string_equal(groups_of(fixture, NULL, 0, 3), "0 0 0");
    fixture->only[0] = "x";
    fixture->only[1] = "y";
    ASSERT_PLANNED(fixture, sources);
    assert_string_equal(groups_of(fixture, NULL, 0, 2), "0 1");
    talloc_free(fixture);
}

static void links_join_groups_and_what_is_not_in_the_plan(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {
        {"q/a.sql", "SELECT 1 AS id"}, {"q/b.sql", "SELECT 1 AS id"}, {"q/c.sql", "SELECT 1 AS id"}};
    ASSERT_PLANNED(fixture, sources);
    const PlanLink chain[] = {{4, 3}, {2, 4}, {3, 1}};
    assert_string_equal(groups_of(fixture, chain, 3, 6), "0 1 1 1 1 5");
    const PlanLink same[] = {{1, 1}, {0, 2}, {2, 0}};
    assert_string_equal(groups_of(fixture, same, 3, 3), "0 1 0");
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
        cmocka_unit_test(what_comes_from_outside_is_listed_once_with_its_first_place),
        cmocka_unit_test(priority_is_the_longest_remaining_path),
        cmocka_unit_test(a_group_is_what_reads_join_whichever_way),
        cmocka_unit_test(a_view_that_is_left_alone_joins_no_group),
        cmocka_unit_test(links_join_groups_and_what_is_not_in_the_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
