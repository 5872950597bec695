#include "plan_internal.h"

#include <string.h>

#include "matswap/memory.h"

/*
 * Both languages get names in labels only; nodes are n0, n1, ... by build order, and k0, k1, ... for views that
 * --only keeps.  Arrows go the way the rows flow: from what is read to its reader.
 */
static char *node(const void *context, const PlanView *view)
{
    return mem_printf(context, "%c%zu", view->rebuilt ? 'n' : 'k', view->index);
}

/* Only those kept views are drawn that the generation reads. */
static bool is_drawn(const PlanView *view)
{
    return view->rebuilt || view->reader_count > 0;
}

/* In dot's quoted strings a backslash begins an escape, \N the node's name (https://graphviz.org/doc/info/lang.html) */
static void add_dot_string(Text *text, const char *string)
{
    Text *line = text_new(text);
    text_add_visible(line, string);
    text_add(text, "\"");
    for (const char *c = line->data; *c != '\0'; c++)
    {
        if (*c == '"' || *c == '\\')
            text_add(text, "\\");
        text_add_bytes(text, c, 1);
    }
    text_add(text, "\"");
    talloc_free(line);
}

/* A box holds rows, an ellipse is a query, a cylinder is filled from outside. */
static const struct
{
    const char *dot, *mermaid_open, *mermaid_close;
} shapes[] = {
    [VIEW_MATERIALIZED] = {"box", "[", "]"},
    [VIEW_ORDINARY] = {"ellipse", "([", "])"},
    [VIEW_IMPORT] = {"cylinder", "[(", ")]"},
};

static void add_dot_node(Text *text, const PlanView *view)
{
    void *scratch = mem_context(NULL);
    text_addf(text, "    %s [label=", node(scratch, view));
    add_dot_string(text, name_qualified(scratch, view->name));
    text_addf(text, ", shape=%s%s];\n", shapes[view->kind].dot, view->rebuilt ? "" : ", style=dashed");
    talloc_free(scratch);
}

static void add_edges(Text *text, const Plan *plan, const char *arrow, const char *end)
{
    void *scratch = mem_context(NULL);
    for (size_t i = 0; i < plan->view_count; i++)
        for (size_t j = 0; j < plan->views[i]->read_count; j++)
            text_addf(text, "  %s %s %s%s\n", node(scratch, plan->views[i]->reads[j].view), arrow,
                      node(scratch, plan->views[i]), end);
    talloc_free(scratch);
}

void plan_print_dot(const Plan *plan, Text *text)
{
    text_add(text, "digraph ");
    add_dot_string(text, plan->config->set);
    text_add(text, " {\n  rankdir=LR;\n");
    for (size_t i = 0; i < plan->view_count; i++)
    {
        bool first = i == 0 || plan->views[i - 1]->level != plan->views[i]->level;
        bool last = i + 1 == plan->view_count || plan->views[i + 1]->level != plan->views[i]->level;
        text_add(text, first ? "  {\n    rank=same;\n" : "");
        add_dot_node(text, plan->views[i]);
        text_add(text, last ? "  }\n" : "");
    }
    for (size_t i = 0; i < plan->kept_count; i++)
        if (is_drawn(plan->kept[i]))
            add_dot_node(text, plan->kept[i]);
    add_edges(text, plan, "->", ";");
    text_add(text, "}\n");
}

/*
 * Mermaid knows no backslash escapes but entity codes with a # for the &, by decimal number
 * (https://mermaid.js.org/syntax/flowchart.html#entity-codes-to-escape-characters).  Everything in ASCII that might
 * mean something to it, to Markdown or to HTML is written so.
 */
static void add_mermaid_string(Text *text, const char *string)
{
    Text *line = text_new(text);
    text_add_visible(line, string);
    text_add(text, "\"");
    for (const char *c = line->data; *c != '\0'; c++)
    {
        unsigned char byte = (unsigned char) *c;
        bool plain = byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                     (byte >= 'a' && byte <= 'z') || strchr(" ._", byte) != NULL;
        if (plain)
            text_add_bytes(text, c, 1);
        else
            text_addf(text, "#%d;", byte);
    }
    text_add(text, "\"");
    talloc_free(line);
}

static void add_mermaid_node(Text *text, const PlanView *view)
{
    void *scratch = mem_context(NULL);
    text_addf(text, "    %s%s", node(scratch, view), shapes[view->kind].mermaid_open);
    add_mermaid_string(text, name_qualified(scratch, view->name));
    text_addf(text, "%s%s\n", shapes[view->kind].mermaid_close, view->rebuilt ? "" : ":::kept");
    talloc_free(scratch);
}

void plan_print_mermaid(const Plan *plan, Text *text)
{
    text_add(text, "flowchart LR\n");
    for (size_t i = 0; i < plan->view_count; i++)
    {
        int level = plan->views[i]->level;
        bool first = i == 0 || plan->views[i - 1]->level != level;
        bool last = i + 1 == plan->view_count || plan->views[i + 1]->level != level;
        if (first)
            text_addf(text, "  subgraph level%d [\"level %d\"]\n", level, level);
        add_mermaid_node(text, plan->views[i]);
        text_add(text, last ? "  end\n" : "");
    }
    for (size_t i = 0; i < plan->kept_count; i++)
        if (is_drawn(plan->kept[i]))
            add_mermaid_node(text, plan->kept[i]);
    add_edges(text, plan, "-->", "");
    if (plan->kept_count > 0)
        text_add(text, "  classDef kept stroke-dasharray: 4\n");
}
