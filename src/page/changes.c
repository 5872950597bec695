/* How the columns of the new views differ from the live ones. */
#include "matswap/memory.h"
#include "page_internal.h"
#include "value.h"

typedef struct Change
{
    const char *what, *old, *new;
} Change;

static void add_change(Text *html, const Page *page, Name view, const char *column, Change change)
{
    text_add(html, "<tr><th scope=\"row\">");
    page_add_view_link(html, page, view);
    text_addf(html, "</th><td>%s</td>", change.what);
    page_add_cell(html, column);
    page_add_cell(html, change.old);
    page_add_cell(html, change.new);
    text_add(html, "</tr>\n");
}

static void add_column(Text *html, const Page *page, Name view, const Value *column)
{
    const char *name = value_text(value_member(column, "name"));
    const char *old = value_text(value_member(column, "old_type"));
    const char *new = value_text(value_member(column, "new_type"));
    void *scratch = mem_context(NULL);
    if (old == NULL)
        add_change(html, page, view, name, (Change){"added", NULL, new});
    else if (new == NULL)
        add_change(html, page, view, name, (Change){"removed", old, NULL});
    else if (!text_equal(old, new))
        add_change(html, page, view, name, (Change){"other type", old, new});
    if (value_is_true(value_member(column, "moved")))
        add_change(html, page, view, name,
                   (Change){"moved",
                            mem_printf(scratch, "position %s", value_text(value_member(column, "old_position"))),
                            mem_printf(scratch, "position %s", value_text(value_member(column, "new_position")))});
    talloc_free(scratch);
}

static bool is_new(const JournalView *view)
{
    return view->old_oid == 0;
}

static void add_view(Text *html, const Page *page, const JournalView *view, const Value *changes)
{
    if (is_new(view))
    {
        char *columns = mem_printf(NULL, "%s, %zu columns", view_kind_word(view->kind), value_count(changes));
        add_change(html, page, view->name, NULL, (Change){"new", NULL, columns});
        talloc_free(columns);
        return;
    }
    if (journal_view_leaves(view))
    {
        add_change(html, page, view->name, NULL, (Change){"leaves the set", view_kind_word(view->old_kind), NULL});
        return;
    }
    if (view->kind != view->old_kind)
        add_change(html, page, view->name, NULL,
                   (Change){"other kind", view_kind_former_word(view->old_kind), view_kind_word(view->kind)});
    for (size_t i = 0; i < value_count(changes); i++)
        add_column(html, page, view->name, value_element(changes, i));
}

static bool is_changed(const JournalView *view, const Value *changes)
{
    return is_new(view) || journal_view_leaves(view) || view->kind != view->old_kind || value_count(changes) > 0;
}

void page_add_changes(Text *html, const Page *page)
{
    static const PageColumn columns[] = {
        {"view", false}, {"change", false}, {"column", false}, {"old", false}, {"new", false}};
    size_t known = 0;
    size_t changed = 0;
    size_t new = 0;
    page_begin_section(html, "changes", "Columns");
    for (size_t i = 0; i < page->view_count; i++)
        new += is_new(page->views[i].view) ? 1 : 0;
    for (size_t i = 0; i < page->view_count && new < page->view_count; i++)
    {
        const JournalView *view = page->views[i].view;
        const Value *changes = value_parse(page, view->changes);
        known += changes != NULL ? 1 : 0;
        if (!is_changed(view, changes))
            continue;
        if (changed++ == 0)
            page_begin_table(html, "How views and their columns differ from the live ones", columns,
                             sizeof columns / sizeof columns[0]);
        add_view(html, page, view, changes);
    }
    if (changed > 0)
        page_end_table(html);
    else if (new > 0)
        page_add_none(html, "All views are new: there was nothing to compare with.");
    else if (known > 0)
        page_add_none(html, "All views have the columns that they had.");
    else
        page_add_none(html, "Not recorded for this run.");
    page_end_section(html);
}
