/* How far each view reaches in event time, and how far behind the snapshot that is. */
#include <string.h>

#include "matswap/memory.h"
#include "page_internal.h"

/* As milliseconds since 1970; -1 without a zone: nobody knows here which one was meant. */
static double moment_with_zone(const char *text)
{
    const char *clock = strpbrk(text, "T ");
    return clock == NULL || strpbrk(clock, "+-Z") == NULL ? -1 : page_moment(text);
}

static void add_view(Text *html, const Page *page, const PageView *view)
{
    const char *snapshot_at = view->view->snapshot_at != NULL ? view->view->snapshot_at : page->run->snapshot_at;
    double snapshot_ms = page_moment(snapshot_at);
    double watermark_ms = moment_with_zone(view->view->watermark);
    text_add(html, "<tr><th scope=\"row\">");
    page_add_view_link(html, page, view->view->name);
    text_add(html, "</th>");
    page_add_cell(html, view->view->watermark);
    page_add_cell(html, view->before != NULL ? view->before->watermark : NULL);
    if (watermark_ms >= 0 && snapshot_ms >= 0 && watermark_ms > snapshot_ms)
        page_add_number(html, "ahead");
    else
        page_add_duration(html, watermark_ms >= 0 && snapshot_ms >= 0 ? snapshot_ms - watermark_ms : -1);
    text_add(html, "<td>");
    markup_time(html, snapshot_at);
    text_add(html, "</td></tr>\n");
}

void page_add_times(Text *html, const Page *page)
{
    static const PageColumn columns[] = {
        {"view", false}, {"watermark", false}, {"the run before", false}, {"lag", true}, {"snapshot of", false}};
    size_t count = 0;
    page_begin_section(html, "times", "Watermarks");
    for (size_t i = 0; i < page->view_count; i++)
    {
        if (page->views[i].view->watermark == NULL)
            continue;
        if (count++ == 0)
            page_begin_table(html, "The latest event time in each view, and its lag behind the snapshot", columns,
                             sizeof columns / sizeof columns[0]);
        add_view(html, page, &page->views[i]);
    }
    if (count > 0)
        page_end_table(html);
    else
        page_add_none(html, "No view has a watermark: none has an event_time, or none was built.");
    page_end_section(html);
}
