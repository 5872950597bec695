/* The page as a whole. */
#include "matswap/memory.h"
#include "page_internal.h"

/*
 * Nothing may be fetched and nothing may run: should a name ever escape from its text, the browser still does nothing
 * for it.  Styles are ours, and in the page.
 */
#define POLICY "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

extern const char page_css[]; /* page.css */

typedef struct Part
{
    const char *id, *title;
} Part;

static const Part parts[] = {
    {"timeline", "Timeline"},
    {"path", "Critical path"},
    {"graph", "Graph"},
    {"validation", "Validation"},
    {"views", "Views"},
    {"changes", "Columns"},
    {"times", "Watermarks"},
    {"missing", "Not in it"},
    {"locks", "Locks"},
    {"events", "Events"},
    {"history", "Beside earlier runs"},
    {"facts", "Facts"},
    {"settings", "Settings"},
};

static void add_head(Text *html, const JournalRun *run)
{
    const char *word = run->outcome != OUTCOME_NONE ? run_outcome_word(run->outcome) : run_state_word(run->state);
    text_add(html, "<!DOCTYPE html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n<meta charset=\"utf-8\"/>\n"
                   "<meta http-equiv=\"Content-Security-Policy\" content=\"" POLICY "\"/>\n"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
                   "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
                   "<meta name=\"referrer\" content=\"no-referrer\"/>\n"
                   "<meta name=\"generator\" content=\"matswap " MATSWAP_VERSION "\"/>\n<title>");
    markup_text(html, run->set);
    text_addf(html, ": %s, ", word);
    markup_text(html, run->run);
    text_add(html, "</title>\n<style>\n");
    text_add(html, page_css);
    text_add(html, "</style>\n</head>\n<body>\n");
}

/* Only to what there is. */
static void add_contents(Text *html, const Page *page)
{
    text_add(html, "<nav aria-label=\"Contents\"><ul>\n");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    {
        if ((text_equal(parts[i].id, "path") && page->path_count == 0) ||
            (text_equal(parts[i].id, "events") && page->input->event_count == 0))
            continue;
        text_addf(html, "<li><a href=\"#%s\">%s</a></li>\n", parts[i].id, parts[i].title);
    }
    text_add(html, "</ul></nav>\n");
}

Text *page_of_run(const void *context, const PageInput *input)
{
    Text *html = text_new(context);
    Page *page = page_new(html, input);
    add_head(html, input->run);
    page_add_verdict(html, page);
    add_contents(html, page);
    text_add(html, "<main>\n");
    page_add_timeline(html, page);
    page_add_path(html, page);
    page_add_graph(html, page);
    page_add_validation(html, page);
    page_add_views(html, page);
    page_add_changes(html, page);
    page_add_times(html, page);
    page_add_missing(html, page);
    page_add_locks(html, page);
    page_add_events(html, page);
    page_add_history(html, page);
    page_add_facts(html, page);
    page_add_settings(html, page);
    text_add(html, "</main>\n<footer><p>Written by matswap " MATSWAP_VERSION
                   " from its journal.</p></footer>\n</body>\n</html>\n");
    talloc_free(page);
    return html;
}
