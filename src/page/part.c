/* Pieces that all parts of the page are made of. */
#include <inttypes.h>

#include "matswap/memory.h"
#include "page_internal.h"

void page_begin_section(Text *html, const char *id, const char *title)
{
    text_addf(html, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">%s</h2>\n", id, id, id,
              title);
}

void page_end_section(Text *html)
{
    text_add(html, "</section>\n");
}

void page_add_none(Text *html, const char *text)
{
    text_addf(html, "<p class=\"none\">%s</p>\n", text);
}

void page_begin_table(Text *html, const char *caption, const PageColumn *columns, size_t count)
{
    text_addf(
        html,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n<table>\n<caption>%s</caption>\n"
        "<thead><tr>",
        caption, caption);
    for (size_t i = 0; i < count; i++)
        text_addf(html, "<th scope=\"col\"%s>%s</th>", columns[i].number ? " class=\"n\"" : "", columns[i].title);
    text_add(html, "</tr></thead>\n<tbody>\n");
}

void page_end_table(Text *html)
{
    text_add(html, "</tbody>\n</table>\n</div>\n");
}

void page_add_cell(Text *html, const char *text)
{
    text_add(html, "<td>");
    markup_foreign(html, text);
    text_add(html, "</td>");
}

void page_add_number(Text *html, const char *text)
{
    text_add(html, "<td class=\"n\">");
    markup_text(html, text == NULL ? "–" : text);
    text_add(html, "</td>");
}

void page_add_duration(Text *html, double milliseconds)
{
    char *text = milliseconds < 0 ? NULL : report_duration(NULL, milliseconds);
    page_add_number(html, text);
    talloc_free(text);
}

void page_add_view_link(Text *html, const Page *page, Name name)
{
    size_t index = page_find_view(page, name);
    if (index != NO_VIEW)
        text_addf(html, "<a href=\"#v%zu\">", index);
    char *label = page_view_label(NULL, page, name);
    markup_foreign(html, label);
    talloc_free(label);
    if (index != NO_VIEW)
        text_add(html, "</a>");
}

char *page_view_label(const void *context, const Page *page, Name name)
{
    if (page->only_schema != NULL && text_equal(page->only_schema, name.schema))
        name.schema = NULL;
    return name_qualified(context, name);
}

/* ---- what has become of a view ------------------------------------------------------------------------------ */

typedef struct Look
{
    const char *class, *word;
} Look;

static Look look_of(const PageView *view)
{
    static const Look looks[VIEW_STATUS_COUNT] = {
        [VIEW_PLANNED] = {"waiting", "not built"},  [VIEW_BUILDING] = {"building", "building"},
        [VIEW_BUILT] = {"building", "filled"},      [VIEW_INDEXED] = {"ok", "built"},
        [VIEW_COMPLETE] = {"ok", "built"},          [VIEW_FAILED] = {"failed", "failed"},
        [VIEW_ISOLATED] = {"isolated", "isolated"},
    };
    return journal_view_leaves(view->view) ? (Look){"leaves", "leaves the set"} : looks[view->view->status];
}

const char *page_view_class(const PageView *view)
{
    return look_of(view).class;
}

const char *page_view_word(const PageView *view)
{
    return look_of(view).word;
}
