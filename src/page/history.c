/* The run among those before it. */
#include <stdlib.h>

#include "matswap/memory.h"
#include "page_internal.h"

enum
{
    SHOWN = 30 /* runs in the drawing */
};

static const char *class_of(const JournalRun *run)
{
    switch (run->outcome)
    {
    case OUTCOME_SWAPPED:
    case OUTCOME_DRY_RUN:
        return "ok";
    case OUTCOME_FAILED:
    case OUTCOME_REJECTED:
    case OUTCOME_CRASHED:
        return "failed";
    case OUTCOME_CANCELLED:
    case OUTCOME_ROLLED_BACK:
        return "isolated";
    case OUTCOME_NONE:
    case RUN_OUTCOME_COUNT:
    default:
        return page_is_published(run) ? "ok" : "building";
    }
}

/* The run at this place from the left: the oldest first, this one last. */
static const JournalRun *run_at(const Page *page, size_t count, size_t index)
{
    return index + 1 == count ? page->run : page->input->earlier[count - 2 - index];
}

static void add_drawing(Text *html, const Page *page, size_t count)
{
    double longest_ms = 1;
    for (size_t i = 0; i < count; i++)
    {
        double duration_ms = page_run_duration(run_at(page, count, i));
        longest_ms = duration_ms > longest_ms ? duration_ms : longest_ms;
    }
    text_addf(html,
              "<svg class=\"runs\" width=\"%zu\" height=\"70\" role=\"img\" aria-label=\"How long the last %zu runs "
              "took; this "
              "one is the last\">\n",
              count * 14, count);
    for (size_t i = 0; i < count; i++)
    {
        const JournalRun *run = run_at(page, count, i);
        double duration_ms = page_run_duration(run);
        double height = duration_ms < 0 ? 2 : 2 + duration_ms / longest_ms * 62;
        char *text = duration_ms < 0 ? NULL : report_duration(NULL, duration_ms);
        text_addf(html, "<rect class=\"s-%s%s\" x=\"%zu\" width=\"10\" y=\"%.1f\" height=\"%.1f\"><title>",
                  class_of(run), run == page->run ? " this" : "", i * 14 + 2, 66 - height, height);
        markup_text(html, run->run);
        text_addf(html, ": %s, %s</title></rect>\n",
                  run->outcome == OUTCOME_NONE ? run_state_word(run->state) : run_outcome_word(run->outcome),
                  text != NULL ? text : "not over");
        talloc_free(text);
    }
    text_addf(html, "<line class=\"base\" x1=\"0\" x2=\"%zu\" y1=\"67\" y2=\"67\"/>\n</svg>\n", count * 14);
}

/* ---- as a table --------------------------------------------------------------------------------------------- */

typedef struct Sums
{
    int64_t rows, bytes;
    double fill_ms;
} Sums;

static Sums sums_of(const JournalRun *run)
{
    Sums sums = {0};
    for (size_t i = 0; i < run->view_count; i++)
    {
        const JournalView *view = &run->views[i];
        if (!page_is_built(view))
            continue;
        sums.rows += view->rows > 0 ? view->rows : 0;
        sums.bytes += view->bytes > 0 ? view->bytes : 0;
        sums.fill_ms += view->duration_ms > 0 ? view->duration_ms : 0;
    }
    return sums;
}

static void add_run(Text *html, const char *title, const JournalRun *run)
{
    Sums sums = sums_of(run);
    void *scratch = mem_context(NULL);
    text_addf(html, "<tr><th scope=\"row\">%s</th><td>", title);
    markup_code(html, run->run);
    text_add(html, "</td>");
    page_add_duration(html, page_run_duration(run));
    page_add_duration(html, sums.fill_ms);
    page_add_duration(html, run->lock_ms);
    page_add_number(html, report_count(scratch, sums.rows));
    page_add_number(html, report_bytes(scratch, sums.bytes));
    text_add(html, "</tr>\n");
    talloc_free(scratch);
}

void page_add_history(Text *html, const Page *page)
{
    static const PageColumn columns[] = {
        {"", false},          {"run", false}, {"took", true}, {"fills, added up", true},
        {"locks held", true}, {"rows", true}, {"size", true}};
    size_t count = page->input->earlier_count < SHOWN ? page->input->earlier_count + 1 : SHOWN;
    page_begin_section(html, "history", "Beside earlier runs");
    if (page->input->earlier_count == 0)
        page_add_none(html, "The journal knows no run of this set before this one.");
    else
    {
        add_drawing(html, page, count);
        page_begin_table(html, "This run and the one before it that swapped", columns,
                         sizeof columns / sizeof columns[0]);
        add_run(html, "this run", page->run);
        if (page->previous != NULL)
            add_run(html, "the last swapped before", page->previous);
        page_end_table(html);
    }
    page_end_section(html);
}
