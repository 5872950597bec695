/* What the swap cost its readers, and what stood in its way. */
#include "matswap/journal_history.h"
#include "matswap/memory.h"
#include "page_internal.h"

static void add_fact(Text *html, const char *label, const char *value)
{
    text_addf(html, "<div><dt>%s</dt><dd>", label);
    markup_text(html, value);
    text_add(html, "</dd></div>\n");
}

static void add_time(Text *html, const char *label, double milliseconds)
{
    char *text = milliseconds < 0 ? NULL : report_duration(NULL, milliseconds);
    add_fact(html, label, text != NULL ? text : "not recorded");
    talloc_free(text);
}

void page_add_locks(Text *html, const Page *page)
{
    const JournalRun *run = page->run;
    page_begin_section(html, "locks", "Locks of the swap");
    if (run->lock_tries <= 0 && run->lock_ms < 0)
        page_add_none(html, "The swap asked for no lock in this run.");
    else
    {
        char *tries = report_count(NULL, run->lock_tries);
        text_add(html, "<dl class=\"facts\">\n");
        add_time(html, "Locks held", run->lock_ms);
        add_fact(html, "Tries", tries);
        add_time(html, "Waited, all tries", run->lock_wait_total_ms);
        add_time(html, "Waited, longest try", run->lock_wait_longest_ms);
        text_add(
            html,
            "</dl>\n<p class=\"hint\">While the locks are held, and while a try waits for them, new readers of these "
            "views queue.</p>\n");
        talloc_free(tries);
    }
    page_end_section(html);
}

/* ---- events ------------------------------------------------------------------------------------------------- */

void page_add_events(Text *html, const Page *page)
{
    static const PageColumn columns[] = {{"at", false}, {"what", false}, {"view", false}, {"message", false}};
    if (page->input->event_count == 0)
        return;
    page_begin_section(html, "events", "Events");
    page_begin_table(html, "What the journal noted", columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < page->input->event_count; i++)
    {
        const JournalEvent *event = &page->input->events[i];
        text_add(html, "<tr><td>");
        markup_time(html, event->at);
        text_add(html, "</td>");
        page_add_cell(html, event->kind);
        text_add(html, "<td>");
        if (event->view.name != NULL)
            page_add_view_link(html, page, event->view);
        text_add(html, "</td>");
        page_add_cell(html, event->message);
        text_add(html, "</tr>\n");
    }
    page_end_table(html);
    page_end_section(html);
}
