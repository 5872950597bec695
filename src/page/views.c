/* Each view: what became of it, what it holds, how long it took, and how that compares. */
#include "matswap/memory.h"
#include "page_internal.h"

static double longest_fill(const Page *page)
{
    double longest_ms = 0;
    for (size_t i = 0; i < page->view_count; i++)
    {
        const JournalView *view = page->views[i].view;
        if (page_is_built(view) && view->duration_ms > longest_ms)
            longest_ms = view->duration_ms;
    }
    return longest_ms;
}

/* "+3.2%", "×2.4" of a number that was there before; NULL: nothing to compare */
static char *ratio(const void *context, double before, double after)
{
    if (before <= 0 || after < 0)
        return NULL;
    double change = after / before - 1;
    if (change >= 1)
        return mem_printf(context, "×%.1f", after / before);
    return change > -0.0005 && change < 0.0005 ? mem_strdup(context, "same")
                                               : mem_printf(context, "%+.1f%%", change * 100);
}

static void add_fill(Text *html, const JournalView *view, double longest_ms)
{
    char *text = view->duration_ms < 0 ? NULL : report_duration(NULL, view->duration_ms);
    text_addf(html, "<td class=\"n bar\"><span style=\"width:%.1f%%\"></span>%s</td>",
              longest_ms > 0 && view->duration_ms > 0 ? view->duration_ms / longest_ms * 100 : 0,
              text != NULL ? text : "–");
    talloc_free(text);
}

static void add_count(Text *html, int64_t count, char *(*format)(const void *, int64_t))
{
    char *text = count < 0 ? NULL : format(NULL, count);
    page_add_number(html, text);
    talloc_free(text);
}

static void add_measures(Text *html, const PageView *view, double longest_ms)
{
    const JournalView *before = view->before;
    void *scratch = mem_context(NULL);
    double before_rows = before != NULL ? (double) before->rows : -1;
    double before_ms = before != NULL ? before->duration_ms : -1;
    add_count(html, view->view->rows, report_count);
    page_add_number(html, ratio(scratch, before_rows, (double) view->view->rows));
    add_count(html, view->view->bytes, report_bytes);
    add_count(html, view->view->old_oid == 0 ? -1 : view->view->old_bytes, report_bytes);
    add_fill(html, view->view, longest_ms);
    page_add_number(html, ratio(scratch, before_ms, view->view->duration_ms));
    talloc_free(scratch);
}

static void add_view(Text *html, const Page *page, size_t index, double longest_ms)
{
    const PageView *view = &page->views[index];
    char *label = page_view_label(NULL, page, view->view->name);
    text_addf(html, "<tr id=\"v%zu\"><th scope=\"row\">", index);
    if (page->reads_known)
        text_addf(html, "<a href=\"#g%zu\" title=\"in the graph\">", index);
    markup_foreign(html, label);
    text_addf(html, "%s%s</th><td><span class=\"tag %s\">%s</span></td>", page->reads_known ? "</a>" : "",
              view->is_critical ? " <span class=\"mark\" title=\"on the critical path\">●</span>" : "",
              page_view_class(view), page_view_word(view));
    page_add_cell(html, view_kind_word(journal_view_leaves(view->view) ? view->view->old_kind : view->view->kind));
    if (page_is_built(view->view))
        add_measures(html, view, longest_ms);
    else
        for (int i = 0; i < 6; i++)
            page_add_number(html, NULL);
    page_add_duration(html, view->index_ms);
    page_add_duration(html, view->vacuum_ms);
    text_add(html, "</tr>\n");
    talloc_free(label);
}

void page_add_views(Text *html, const Page *page)
{
    static const PageColumn columns[] = {
        {"view", false},    {"status", false}, {"kind", false},     {"rows", true},
        {"compared", true}, {"size", true},    {"live size", true}, {"fill", true},
        {"compared", true}, {"indexes", true}, {"vacuum", true},
    };
    double longest_ms = longest_fill(page);
    page_begin_section(html, "views", "Views");
    if (page->view_count == 0)
        page_add_none(html, "The run has no views.");
    else
    {
        page_begin_table(html, "The views, in build order", columns, sizeof columns / sizeof columns[0]);
        for (size_t i = 0; i < page->view_count; i++)
            add_view(html, page, i, longest_ms);
        page_end_table(html);
        text_add(
            html,
            "<p class=\"hint\">● on the critical path. Fill: create, fill, analyze and count. “Compared” is with the "
            "latest earlier run "
            "that built the view. Live size: what the live view had when the run began. Sizes are with indexes.</p>\n");
    }
    page_end_section(html);
}
