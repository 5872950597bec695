/* The critical path as a table. */
#include <stdlib.h>

#include "matswap/memory.h"
#include "page_internal.h"

#define IDLE_MS 0.05 /* less is shown as none */

enum
{
    OPEN = 12, /* steps that are not folded away */
    SHOWN = 25 /* steps; of more, those that take most of the time */
};

static const char *reason(CriticalWait wait)
{
    switch (wait)
    {
    case WAIT_STEP:
        return "the step before";
    case WAIT_INPUT:
        return "what it reads";
    case WAIT_WORKER:
        return "a worker to be idle";
    case WAIT_NOTHING:
    default:
        return NULL;
    }
}

static double path_ms(const Page *page)
{
    double sum_ms = 0;
    for (size_t i = 0; i < page->path_count; i++)
        sum_ms += page->input->tasks[page->path[i].task].duration_ms;
    return sum_ms;
}

static int compare_durations(const void *a, const void *b)
{
    double left = *(const double *) a;
    double right = *(const double *) b;
    return (left < right) - (left > right);
}

/* The duration from which on a step is shown. */
static double shortest_shown(const Page *page)
{
    if (page->path_count <= SHOWN)
        return 0;
    double *durations = mem_array(NULL, double, page->path_count);
    for (size_t i = 0; i < page->path_count; i++)
        durations[i] = page->input->tasks[page->path[i].task].duration_ms;
    qsort(durations, page->path_count, sizeof *durations, compare_durations);
    double shortest_ms = durations[SHOWN - 1];
    talloc_free(durations);
    return shortest_ms;
}

static void add_step(Text *html, const Page *page, const CriticalStep *step, double all_ms)
{
    const JournalTask *task = &page->input->tasks[step->task];
    char *share = mem_printf(NULL, "%.0f%%", all_ms > 0 ? task->duration_ms / all_ms * 100 : 0);
    char *worker = task->worker > 0 ? mem_printf(share, "worker %d", task->worker) : mem_strdup(share, "coordinating");
    text_add(html, "<tr><td>");
    markup_text(html, run_phase_word(task->phase));
    text_add(html, "</td><th scope=\"row\">");
    if (task->view.name != NULL)
        page_add_view_link(html, page, task->view);
    else
        markup_foreign(html, task->subject);
    text_add(html, "</th>");
    page_add_cell(html, worker);
    page_add_duration(html, task->duration_ms);
    page_add_number(html, share);
    page_add_cell(html, reason(step->wait));
    page_add_duration(html, step->idle_ms < IDLE_MS ? -1 : step->idle_ms);
    text_add(html, "</tr>\n");
    talloc_free(share);
}

static size_t count_waits(const Page *page, CriticalWait wait)
{
    size_t count = 0;
    for (size_t i = 0; i < page->path_count; i++)
        count += page->path[i].wait == wait ? 1 : 0;
    return count;
}

static void add_summary(Text *html, const Page *page, size_t hidden)
{
    double from_ms = page->tasks[page->path[0].task].start_ms;
    double to_ms = page->tasks[page->path[page->path_count - 1].task].end_ms;
    size_t workers = count_waits(page, WAIT_WORKER);
    size_t inputs = count_waits(page, WAIT_INPUT);
    char *all = report_duration(NULL, to_ms - from_ms);
    char *busy = report_duration(all, path_ms(page));
    text_addf(
        html,
        "<p>Of %s from the first step to the last, preparations included, %s are in this chain of %zu task%s, each of "
        "which had to wait for the one before it: to make the "
        "run shorter, make these shorter. Before each task stands the one that it waited for longest: a view waits "
        "for the views that it reads and for an idle worker, validation for all that is built.",
        all, busy, page->path_count, page->path_count == 1 ? "" : "s");
    if (workers + inputs > 0)
        text_addf(
            html,
            " %zu waited for a worker, where more <code>jobs</code> may help; %zu for what they read, where they do "
            "not.",
            workers, inputs);
    if (hidden > 0)
        text_addf(html, " %zu short tasks are left out of the table.", hidden);
    text_add(html, "</p>\n");
    talloc_free(all);
}

void page_add_path(Text *html, const Page *page)
{
    static const PageColumn columns[] = {{"step", false}, {"view", false},       {"on", false},        {"took", true},
                                         {"share", true}, {"waited for", false}, {"idle before", true}};
    if (page->path_count == 0)
        return;
    double limit_ms = shortest_shown(page);
    double all_ms = path_ms(page);
    size_t hidden = 0;
    for (size_t i = 0; i < page->path_count; i++)
        hidden += page->input->tasks[page->path[i].task].duration_ms < limit_ms ? 1 : 0;
    page_begin_section(html, "path", "Critical path");
    add_summary(html, page, hidden);
    text_addf(html, "<details%s>\n<summary>Step by step</summary>\n", page->path_count <= OPEN ? " open=\"open\"" : "");
    page_begin_table(html, "The critical path, step by step", columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < page->path_count; i++)
        if (page->input->tasks[page->path[i].task].duration_ms >= limit_ms)
            add_step(html, page, &page->path[i], all_ms);
    page_end_table(html);
    text_add(html, "</details>\n");
    page_end_section(html);
}
