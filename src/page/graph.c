/*
 * What reads what, drawn: each view is a link to its row, and brings its edges to the front when it is pointed at:
 * those to what it reads, and those to its readers, which are there twice for that.
 */
#include "layout.h"
#include "matswap/memory.h"
#include "page_internal.h"

enum
{
    NAME_WIDTH = 23, /* characters */
    MARGIN = 6
};

#define SMALLEST 0.75 /* of its size: to what the drawing shrinks before it has to be scrolled */

static const LayoutSize size = {.width = 190, .height = 26, .column_gap = 52, .row_gap = 8, .bend = 8};

/* The more edges, the more room between the columns, up to as much again and a half. */
static LayoutSize size_for(size_t edge_count)
{
    LayoutSize with_room = size;
    with_room.column_gap += edge_count < 800 ? (double) edge_count / 10 : 80;
    return with_room;
}

typedef struct Drawing
{
    size_t *nodes;   /* places in Page.views, of views that read or are read */
    size_t *numbers; /* and the other way round; NO_VIEW: it stands alone */
    size_t count;
    int *levels;
    LayoutEdge *edges; /* by `to` */
    size_t edge_count;
    Layout *layout;
} Drawing;

static void add_node(Drawing *drawing, const Page *page, size_t index)
{
    int level = page->views[index].view->level;
    drawing->numbers[index] = drawing->count;
    drawing->nodes[drawing->count] = index;
    drawing->levels[drawing->count++] = level >= 0 && (size_t) level < page->view_count ? level : 0;
}

static Drawing *drawing_new(const void *context, const Page *page)
{
    Drawing *drawing = mem_new(context, Drawing);
    drawing->numbers = mem_array(drawing, size_t, page->view_count);
    drawing->nodes = mem_array(drawing, size_t, page->view_count);
    drawing->levels = mem_array(drawing, int, page->view_count);
    for (size_t i = 0; i < page->view_count; i++)
    {
        drawing->numbers[i] = NO_VIEW;
        if (page->views[i].reads.count > 0 || page->views[i].read_by > 0)
            add_node(drawing, page, i);
    }
    for (size_t i = 0; i < drawing->count; i++)
    {
        const CriticalReads *reads = &page->views[drawing->nodes[i]].reads;
        for (size_t k = 0; k < reads->count; k++)
        {
            LayoutEdge edge = {drawing->numbers[reads->views[k]], i};
            MEM_PUSH(drawing, drawing->edges, drawing->edge_count, edge);
        }
    }
    drawing->layout = layout_graph(drawing, drawing->levels, drawing->count, drawing->edges, drawing->edge_count,
                                   size_for(drawing->edge_count));
    return drawing;
}

/* Straight through a column, in a curve from one to the next. */
static void add_route(Text *html, const LayoutRoute *route)
{
    for (size_t i = 0; i < route->point_count; i++)
    {
        const LayoutPoint *point = &route->points[i];
        if (i == 0)
            text_addf(html, "M%.0f %.0f", point->x, point->y);
        else if (i % 2 == 0)
            text_addf(html, "H%.0f", point->x);
        else
        {
            double middle = (route->points[i - 1].x + point->x) / 2;
            text_addf(html, "C%.0f %.0f %.0f %.0f %.0f %.0f", middle, route->points[i - 1].y, middle, point->y,
                      point->x, point->y);
        }
    }
}

static void add_edges(Text *html, const Drawing *drawing, const size_t *edges, size_t count, const char *class)
{
    if (count == 0)
        return;
    text_addf(html, "<path class=\"%s\" d=\"", class);
    for (size_t i = 0; i < count; i++)
        add_route(html, &drawing->layout->routes[edges[i]]);
    text_add(html, "\"/>");
}

/* The edges of each view, those that end there or those that begin there. */
typedef struct EdgeList
{
    size_t *edges;
    size_t count;
} EdgeList;

static EdgeList *lists_of(const void *context, const Drawing *drawing, bool incoming)
{
    EdgeList *lists = mem_array(context, EdgeList, drawing->count);
    for (size_t i = 0; i < drawing->edge_count; i++)
    {
        EdgeList *list = &lists[incoming ? drawing->edges[i].to : drawing->edges[i].from];
        MEM_PUSH(lists, list->edges, list->count, i);
    }
    return lists;
}

static void add_title(Text *html, const PageView *view)
{
    char *name = name_qualified(NULL, view->view->name);
    text_add(html, "<title>");
    markup_text(html, name);
    text_addf(html, ": %s", page_view_word(view));
    if (page_is_built(view->view) && view->view->duration_ms > 0)
        text_addf(html, ", %s", report_duration(name, view->view->duration_ms));
    if (page_is_built(view->view) && view->view->rows >= 0)
        text_addf(html, ", %s rows", report_count(name, view->view->rows));
    text_addf(html, "; reads %zu, read by %zu</title>", view->reads.count, view->read_by);
    talloc_free(name);
}

static void add_box(Text *html, const Page *page, const Drawing *drawing, size_t number)
{
    size_t index = drawing->nodes[number];
    const PageView *view = &page->views[index];
    char *label = page_view_label(NULL, page, view->view->name);
    text_addf(html,
              "<svg x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\"><rect x=\"1\" y=\"1\" width=\"%.0f\" "
              "height=\"%.0f\" "
              "rx=\"4\"/><rect class=\"flag\" x=\"1\" y=\"1\" width=\"6\" height=\"%.0f\"/><text x=\"13\" y=\"17\">",
              drawing->layout->nodes[number].x, drawing->layout->nodes[number].y, size.width, size.height,
              size.width - 2, size.height - 2, size.height - 2);
    markup_text(html, markup_shortened(label, label, NAME_WIDTH));
    text_add(html, "</text></svg>");
    talloc_free(label);
}

static void add_drawing(Text *html, const Page *page, const Drawing *drawing)
{
    EdgeList *incoming = lists_of(drawing, drawing, true);
    EdgeList *outgoing = lists_of(drawing, drawing, false);
    double width = drawing->layout->width;
    double height = drawing->layout->height;
    text_addf(html,
              "<div class=\"scroll graph\" tabindex=\"0\" role=\"region\" aria-label=\"Graph\">\n<svg class=\"graph\" "
              "style=\"width:%.0fpx;min-width:%.0fpx\" viewBox=\"%d %d %.0f %.0f\" role=\"group\" aria-label=\"What "
              "reads what: %zu views, %zu edges, "
              "from left to right\">\n",
              width + 2 * MARGIN, (width + 2 * MARGIN) * SMALLEST, -MARGIN, -MARGIN, width + 2 * MARGIN,
              height + 2 * MARGIN, drawing->count, drawing->edge_count);
    for (size_t i = 0; i < drawing->count; i++)
        add_edges(html, drawing, incoming[i].edges, incoming[i].count, "e");
    text_add(html, "\n");
    for (size_t i = 0; i < drawing->count; i++)
    {
        size_t index = drawing->nodes[i];
        const PageView *view = &page->views[index];
        text_addf(html, "<a id=\"g%zu\" href=\"#v%zu\" class=\"%s%s\">", index, index, page_view_class(view),
                  view->is_critical ? " critical" : "");
        add_title(html, view);
        add_edges(html, drawing, incoming[i].edges, incoming[i].count, "in");
        add_edges(html, drawing, outgoing[i].edges, outgoing[i].count, "out");
        add_box(html, page, drawing, i);
        text_add(html, "</a>\n");
    }
    text_add(html, "</svg>\n</div>\n");
}

static void add_alone(Text *html, const Page *page, const Drawing *drawing)
{
    if (drawing->count == page->view_count)
        return;
    text_addf(html, "<p>%s of the set, and no other view of it reads them:</p>\n<ul class=\"chips\">\n",
              drawing->count > 0 ? "These read nothing" : "None reads another");
    for (size_t i = 0; i < page->view_count; i++)
    {
        if (drawing->numbers[i] != NO_VIEW)
            continue;
        text_addf(html, "<li id=\"g%zu\" class=\"%s%s\">", i, page_view_class(&page->views[i]),
                  page->views[i].is_critical ? " critical" : "");
        page_add_view_link(html, page, page->views[i].view->name);
        text_add(html, "</li>\n");
    }
    text_add(html, "</ul>\n");
}

static void add_legend(Text *html, const Page *page)
{
    static const char *const classes[] = {"ok", "building", "waiting", "failed", "isolated", "leaves"};
    text_add(html, "<ul class=\"legend\">\n");
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        for (size_t k = 0; k < page->view_count; k++)
            if (text_equal(page_view_class(&page->views[k]), classes[i]))
            {
                text_addf(html, "<li><span class=\"key s-%s\"></span>%s</li>\n", classes[i],
                          page_view_word(&page->views[k]));
                break;
            }
    if (page->path_count > 0)
        text_add(html, "<li><span class=\"key s-critical\"></span>on the critical path</li>\n");
    text_add(html,
             "</ul>\n<p class=\"hint\">What is read stands left of what reads it. Point at a view to see its edges, "
             "blue to what it reads and orange to its readers; follow it to its row among the views.</p>\n");
}

void page_add_graph(Text *html, const Page *page)
{
    page_begin_section(html, "graph", "Graph");
    if (!page->reads_known)
        page_add_none(html, page->run->is_rollback
                                ? "A rollback builds nothing, so what reads what is told by the run that "
                                  "it brought back."
                                : "What reads what is not recorded: the journal of this run is older.");
    else
    {
        Drawing *drawing = drawing_new(NULL, page);
        if (drawing->count > 0)
            add_drawing(html, page, drawing);
        add_legend(html, page);
        add_alone(html, page, drawing);
        talloc_free(drawing);
    }
    page_end_section(html);
}
