/* What is not in the generation: views that stayed out of it, and what was written to its sources meanwhile. */
#include "matswap/memory.h"
#include "page_internal.h"
#include "value.h"

static void add_kept(Text *html, const Page *page)
{
    static const PageColumn columns[] = {{"view", false}, {"status", false}, {"why", false}};
    size_t count = 0;
    for (size_t i = 0; i < page->view_count; i++)
    {
        const PageView *view = &page->views[i];
        if (!journal_view_is_kept(view->view))
            continue;
        if (count++ == 0)
            page_begin_table(html, "Views that are not in the new generation", columns,
                             sizeof columns / sizeof columns[0]);
        text_add(html, "<tr><th scope=\"row\">");
        page_add_view_link(html, page, view->view->name);
        text_addf(html, "</th><td><span class=\"tag %s\">%s</span></td>", page_view_class(view), page_view_word(view));
        page_add_cell(html, view->view->error);
        text_add(html, "</tr>\n");
    }
    if (count > 0)
        page_end_table(html);
}

static const char *written_text(const void *context, const Value *table)
{
    const Value *written = value_member(table, "written");
    int64_t rows = value_integer(written);
    bool rewritten = value_is_true(value_member(table, "rewritten"));
    if (value_text(written) == NULL)
        return rewritten ? "rewritten; how many rows is not known" : "not known: the counters are lost";
    return mem_printf(context, "about %s row%s%s", report_count(context, rows), rows == 1 ? "" : "s",
                      rewritten ? ", and truncated or rewritten" : "");
}

/* The first readers by name, the rest by number. */
static void add_readers(Text *html, const Value *readers)
{
    enum
    {
        NAMED = 6
    };
    size_t count = value_count(readers);
    text_add(html, "<td>");
    for (size_t i = 0; i < count && i < NAMED; i++)
    {
        text_add(html, i > 0 ? ", " : "");
        markup_foreign(html, value_text(value_element(readers, i)));
    }
    if (count > NAMED)
        text_addf(html, " and %zu more", count - NAMED);
    text_add(html, "</td>");
}

static size_t add_tables(Text *html, const Value *tables)
{
    static const PageColumn columns[] = {{"table", false}, {"written since the snapshot", false}, {"read by", false}};
    size_t count = 0;
    for (size_t i = 0; i < value_count(tables); i++)
    {
        const Value *table = value_element(tables, i);
        if (value_integer(value_member(table, "written")) == 0 && !value_is_true(value_member(table, "rewritten")))
            continue;
        if (count++ == 0)
            page_begin_table(html, "Writes to the sources that the generation does not contain", columns,
                             sizeof columns / sizeof columns[0]);
        void *scratch = mem_context(NULL);
        text_add(html, "<tr><th scope=\"row\">");
        markup_foreign(html, value_text(value_member(table, "table")));
        text_add(html, "</th>");
        page_add_cell(html, written_text(scratch, table));
        add_readers(html, value_member(table, "readers"));
        text_add(html, "</tr>\n");
        talloc_free(scratch);
    }
    if (count > 0)
        page_end_table(html);
    return count;
}

static void add_foreign(Text *html, const Value *foreign)
{
    if (value_count(foreign) == 0)
        return;
    text_add(html, "<p>Foreign tables were read when they were read, outside the snapshot: ");
    for (size_t i = 0; i < value_count(foreign); i++)
    {
        text_add(html, i > 0 ? ", " : "");
        markup_foreign(html, value_text(value_element(foreign, i)));
    }
    text_add(html, ".</p>\n");
}

/* Views of a resumed run that stem from an older snapshot. */
static void add_older(Text *html, const Page *page)
{
    size_t count = 0;
    for (size_t i = 0; i < page->view_count; i++)
        count += page->views[i].view->snapshot != NULL ? 1 : 0;
    if (count > 0)
        text_addf(html, "<p>The run was resumed: %zu view%s from an older snapshot than the rest.</p>\n", count,
                  count == 1 ? " stems" : "s stem");
}

void page_add_missing(Text *html, const Page *page)
{
    const Value *seam = value_parse(page, page->run->seam);
    const Value *tables = value_member(seam, "tables");
    page_begin_section(html, "missing", "Not in this generation");
    if (page->run->partial)
        text_add(html, "<p>The run was begun with <code>--only</code>: other views of the set stay as they are.</p>\n");
    add_kept(html, page);
    add_older(html, page);
    if (value_member(value_element(tables, 0), "written") == NULL && value_count(tables) > 0)
        page_add_none(
            html, "What was written to the sources after the snapshot was not counted: the run did not come so far.");
    else if (seam == NULL)
        page_add_none(html, "What was written to the sources after the snapshot is not recorded for this run.");
    else if (add_tables(html, tables) == 0)
        page_add_none(
            html, "Nothing was written to the sources between the snapshot and the swap, as far as the server counts.");
    else
        text_add(html,
                 "<p class=\"hint\">The server’s own counts, which come late and count what was rolled back, too: an "
                 "estimate. The next run has it.</p>\n");
    add_foreign(html, value_member(seam, "foreign"));
    page_end_section(html);
}
