/* Covers src/plan/transaction.c: which views one transaction builds, and what waits for what then. */
#include "plan_fixture.h"

/* "a: x y" lines: the servers of a view. */
typedef struct Reads
{
    const char *view;
    const char *servers[3];
} Reads;

static PlanServers *servers_of(const Fixture *fixture, const Reads *reads, size_t count)
{
    PlanServers *servers = mem_array(fixture, PlanServers, fixture->plan->view_count);
    for (size_t i = 0; i < count; i++)
    {
        PlanServers *own = &servers[view_of(fixture, "public", reads[i].view)->index];
        own->names = mem_array(fixture, const char *, 3);
        while (own->count < 3 && reads[i].servers[own->count] != NULL)
        {
            own->names[own->count] = reads[i].servers[own->count];
            own->count++;
        }
    }
    return servers;
}

/* "a b (x y); c d (z)" */
static const char *groups_text(const Fixture *fixture, const PlanTransaction *groups, size_t count)
{
    Text *text = text_new(fixture);
    for (size_t i = 0; i < count; i++)
    {
        text_add(text, i > 0 ? "; " : "");
        for (size_t k = 0; k < groups[i].view_count; k++)
            text_addf(text, "%s%s", k > 0 ? " " : "", groups[i].views[k]->name.name);
        for (size_t k = 0; k < groups[i].server_count; k++)
            text_addf(text, "%s%s", k > 0 ? " " : " (", groups[i].servers[k]);
        text_add(text, ")");
    }
    return text->data;
}

#define ASSERT_GROUPS(fixture, reads, expected)                                                                     \
    do                                                                                                              \
    {                                                                                                               \
        PlanTransaction *groups;                                                                                          \
        size_t count;                                                                                               \
        plan_transactions((fixture), (fixture)->plan, servers_of((fixture), (reads), COUNT_OF(reads)), &groups, &count);  \
        assert_string_equal(groups_text((fixture), groups, count), (expected));                                     \
    } while (0)

static void views_of_one_server_are_a_group(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {{"q/a.sql", "SELECT 1 AS id"}, {"q/b.sql", "SELECT 1 AS id"},
                              {"q/c.sql", "SELECT 1 AS id"}, {"q/d.sql", "SELECT 1 AS id"},
                              {"q/e.sql", "SELECT 1 AS id"}};
    ASSERT_PLANNED(fixture, sources);
    const Reads alone[] = {{"a", {"x"}}, {"b", {"y"}}};
    ASSERT_GROUPS(fixture, alone, "");
    const Reads two[] = {{"a", {"x"}}, {"b", {"y"}}, {"c", {"x"}}, {"e", {"y"}}};
    ASSERT_GROUPS(fixture, two, "a c (x); b e (y)");
    const Reads joined[] = {{"a", {"x"}}, {"b", {"y"}}, {"c", {"x", "z"}}, {"d", {"y"}}, {"e", {"z", "y"}}};
    ASSERT_GROUPS(fixture, joined, "a b c d e (x y z)");
    talloc_free(fixture);
}

static void what_lies_between_belongs_to_the_group(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {{"q/a.sql", "SELECT 1 AS id"},
                              {"q/b.sql", "SELECT * FROM a"},
                              {"q/c.sql", "CREATE VIEW c AS SELECT * FROM b"},
                              {"q/d.sql", "SELECT * FROM c"},
                              {"q/side.sql", "SELECT * FROM a"},
                              {"q/top.sql", "SELECT * FROM d, side"}};
    ASSERT_PLANNED(fixture, sources);
    const Reads reads[] = {{"a", {"x"}}, {"d", {"x"}}};
    ASSERT_GROUPS(fixture, reads, "a b c d (x)");
    talloc_free(fixture);
}

/* No view lies between two of one group, but the groups would wait for each other. */
static void groups_that_read_each_other_become_one(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {{"q/a.sql", "SELECT 1 AS id"},      {"q/b.sql", "SELECT * FROM a"},
                              {"q/c.sql", "SELECT 1 AS id"},      {"q/d.sql", "SELECT * FROM c"},
                              {"q/between.sql", "SELECT * FROM d"}, {"q/e.sql", "SELECT * FROM between"}};
    ASSERT_PLANNED(fixture, sources);
    const Reads one_way[] = {{"a", {"x"}}, {"d", {"y"}}, {"b", {"y"}}};
    ASSERT_GROUPS(fixture, one_way, "b d (y)");
    const Reads both_ways[] = {{"a", {"x"}}, {"d", {"x"}}, {"b", {"y"}}, {"c", {"y"}}};
    ASSERT_GROUPS(fixture, both_ways, "a c b d (x y)");
    const Reads through_a_third[] = {{"a", {"x"}}, {"e", {"x"}}, {"b", {"y"}}, {"c", {"y"}}};
    ASSERT_GROUPS(fixture, through_a_third, "a c b d between e (x y)");
    talloc_free(fixture);
}

static void what_is_not_rebuilt_is_in_no_group(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {{"q/a.sql", "SELECT 1 AS id"}, {"q/b.sql", "SELECT * FROM a"},
                              {"q/c.sql", "SELECT * FROM a"}};
    fixture->only[0] = "b";
    fixture->only[1] = "c";
    ASSERT_PLANNED(fixture, sources);
    const Reads reads[] = {{"b", {"x"}}, {"c", {"x"}}};
    ASSERT_GROUPS(fixture, reads, "b c (x)");
    talloc_free(fixture);
}

static void a_group_is_one_piece_of_work(void **state)
{
    Fixture *fixture = fixture_new();
    const Source sources[] = {{"q/a.sql", "SELECT 1 AS id"}, {"q/b.sql", "SELECT * FROM a"},
                              {"q/c.sql", "SELECT 1 AS id"}, {"q/d.sql", "SELECT * FROM c"},
                              {"q/e.sql", "SELECT * FROM d"}};
    ASSERT_PLANNED(fixture, sources);
    const Reads reads[] = {{"c", {"x"}}, {"b", {"x"}}};
    PlanTransaction *groups;
    size_t count;
    plan_transactions(fixture, fixture->plan, servers_of(fixture, reads, COUNT_OF(reads)), &groups, &count);
    assert_string_equal(groups_text(fixture, groups, count), "c b (x)");
    const double weights[] = {1, 2, 10, 4, 8}; /* a c b d e, which is the build order */
    const double from_start[] = {25, 24, 24, 12, 8};
    const double from_end[] = {24, 12, 0, 8, 0};
    PlanPriority priorities[5];
    plan_priorities(fixture->plan, groups, count, weights, priorities);
    for (size_t i = 0; i < 5; i++)
    {
        assert_float_equal(priorities[i].from_start, from_start[i], 1e-9);
        assert_float_equal(priorities[i].from_end, from_end[i], 1e-9);
    }
    talloc_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_of_one_server_are_a_group),
        cmocka_unit_test(what_lies_between_belongs_to_the_group),
        cmocka_unit_test(groups_that_read_each_other_become_one),
        cmocka_unit_test(what_is_not_rebuilt_is_in_no_group),
        cmocka_unit_test(a_group_is_one_piece_of_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
