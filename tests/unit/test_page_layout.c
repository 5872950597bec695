/* layout.h: columns by level, few crossings, nothing on top of another, edges from side to side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../src/page/layout.h"
#include "matswap/memory.h"

static const LayoutSize size = {.width = 100, .height = 20, .column_gap = 40, .row_gap = 10, .bend = 6};

#define LAYOUT(levels, edges)                                                                                          \
    layout_graph(NULL, levels, sizeof(levels) / sizeof((levels)[0]), edges, sizeof(edges) / sizeof((edges)[0]), size)

static bool same(double a, double b)
{
    return a > b - 0.001 && a < b + 0.001;
}

/* Holds for every layout. */
static void check(const Layout *layout, const int *levels, size_t count, const LayoutEdge *edges, size_t edge_count)
{
    for (size_t i = 0; i < count; i++)
    {
        assert_true(same(layout->nodes[i].x, levels[i] * 140.0));
        assert_true(layout->nodes[i].y >= -0.001 && layout->nodes[i].y + size.height <= layout->height + 0.001);
        assert_true(layout->nodes[i].x + size.width <= layout->width + 0.001);
        for (size_t k = 0; k < i; k++)
        {
            double apart = layout->nodes[i].y - layout->nodes[k].y;
            if (levels[i] == levels[k] && apart > -size.height - size.row_gap + 0.001 &&
                apart < size.height + size.row_gap - 0.001)
                fail_msg("%zu and %zu are %f apart", i, k, apart);
        }
    }
    for (size_t i = 0; i < edge_count; i++)
    {
        const LayoutRoute *route = &layout->routes[i];
        const LayoutEdge *edge = &edges[i];
        if (levels[edge->from] >= levels[edge->to])
        {
            assert_int_equal(route->point_count, 0);
            continue;
        }
        assert_int_equal(route->point_count, 2 * (levels[edge->to] - levels[edge->from]));
        const LayoutPoint *last = &route->points[route->point_count - 1];
        assert_true(same(route->points[0].x, layout->nodes[edge->from].x + size.width));
        assert_true(same(route->points[0].y, layout->nodes[edge->from].y + size.height / 2));
        assert_true(same(last->x, layout->nodes[edge->to].x));
        assert_true(same(last->y, layout->nodes[edge->to].y + size.height / 2));
    }
}

/* Two that read each the other's neighbour: the order of one column turns round. */
static void test_uncrosses(void **state)
{
    const int levels[] = {0, 0, 1, 1};
    const LayoutEdge edges[] = {{0, 3}, {1, 2}};
    Layout *layout = LAYOUT(levels, edges);
    check(layout, levels, 4, edges, 2);
    assert_int_equal(layout->crossings, 0);
    assert_true((layout->nodes[0].y < layout->nodes[1].y) == (layout->nodes[3].y < layout->nodes[2].y));
    talloc_free(layout);
}

/* K2,2 has one crossing, whatever the order. */
static void test_counts_crossings(void **state)
{
    const int levels[] = {0, 0, 1, 1};
    const LayoutEdge edges[] = {{0, 2}, {0, 3}, {1, 2}, {1, 3}};
    Layout *layout = LAYOUT(levels, edges);
    check(layout, levels, 4, edges, 4);
    assert_int_equal(layout->crossings, 1);
    talloc_free(layout);
}

/* A chain stands in a line; one view before three stands in front of the one in the middle. */
static void test_straight(void **state)
{
    const int levels[] = {0, 1, 2, 2, 2};
    const LayoutEdge edges[] = {{0, 1}, {1, 2}, {1, 3}, {1, 4}};
    Layout *layout = LAYOUT(levels, edges);
    check(layout, levels, 5, edges, 4);
    assert_true(same(layout->nodes[0].y, layout->nodes[1].y));
    assert_true(same(layout->nodes[1].y, layout->nodes[3].y));
    talloc_free(layout);
}

/* An edge that passes a column goes past the views in it, and two of one view go together. */
static void test_passes_columns(void **state)
{
    const int levels[] = {0, 1, 2, 2};
    const LayoutEdge edges[] = {{0, 1}, {1, 2}, {0, 2}, {0, 3}};
    Layout *layout = LAYOUT(levels, edges);
    check(layout, levels, 4, edges, 4);
    double y = layout->routes[2].points[1].y;
    assert_true(y < layout->nodes[1].y || y > layout->nodes[1].y + size.height);
    assert_true(same(y, layout->routes[3].points[1].y));
    talloc_free(layout);
}

/* What no set has, but a damaged journal: no loop, no edge backwards. */
static void test_odd_edges(void **state)
{
    const int levels[] = {0, 0, 3};
    const LayoutEdge edges[] = {{0, 1}, {1, 0}, {2, 0}, {1, 1}, {0, 2}, {0, 2}};
    Layout *layout = LAYOUT(levels, edges);
    check(layout, levels, 3, edges, 6);
    talloc_free(layout);
    layout = layout_graph(NULL, NULL, 0, NULL, 0, size);
    assert_int_equal(layout->crossings, 0);
    talloc_free(layout);
}

/* The same for many: random graphs, their numbers from a generator of our own, so that each run is the same. */
static void test_many(void **state)
{
    enum
    {
        VIEWS = 300,
        EDGES = 500
    };
    uint32_t seed = 1;
    int levels[VIEWS];
    LayoutEdge edges[EDGES];
    for (size_t i = 0; i < VIEWS; i++)
        levels[i] = (int) (i / 60);
    for (size_t i = 0; i < EDGES; i++)
    {
        seed = seed * 1664525U + 1013904223U;
        size_t to = 60 + (seed >> 8) % (VIEWS - 60);
        seed = seed * 1664525U + 1013904223U;
        edges[i] = (LayoutEdge){(seed >> 8) % (to / 60 * 60), to};
    }
    Layout *layout = layout_graph(NULL, levels, VIEWS, edges, EDGES, size);
    check(layout, levels, VIEWS, edges, EDGES);
    assert_true(layout->crossings < 10000); /* in the order in which they come: 32,418 */
    talloc_free(layout);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uncrosses),      cmocka_unit_test(test_counts_crossings), cmocka_unit_test(test_straight),
        cmocka_unit_test(test_passes_columns), cmocka_unit_test(test_odd_edges),        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
