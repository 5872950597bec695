/*
 * The tasks of a run over time, a row for each connection.  Places are percents, so that the drawing is as wide as the
 * page and its letters stay as large as the page's; a bar is an <svg> of its own, which cuts its label off.
 */
#include "matswap/memory.h"
#include "page_internal.h"
#include "scale.h"

enum
{
    TOP = 26,   /* the axis */
    LABEL = 16, /* a row's name, above its bars */
    BAR = 22,
    MARK = 4, /* of the critical path, below a bar */
    ROW = LABEL + BAR + MARK + 8
};

#define NARROWEST 0.06 /* percent: what a bar is wide at least */
#define LABELLED 4.0   /* percent: from where on a bar has a label */

static int count_workers(const Page *page)
{
    int workers = 0;
    for (size_t i = 0; i < page->input->task_count; i++)
        workers = page->tasks[i].worker > workers ? page->tasks[i].worker : workers;
    return workers;
}

static Scale *scale_of(const void *context, const Page *page)
{
    size_t count = page->input->task_count;
    Span *spans = mem_array(context, Span, count);
    for (size_t i = 0; i < count; i++)
        spans[i] = (Span){page->tasks[i].start_ms, page->tasks[i].end_ms};
    return scale_new(context, spans, count);
}

static double row_top(int worker)
{
    return TOP + (double) worker * ROW;
}

static void add_axis(Text *html, const Scale *scale, double height)
{
    double step_ms = scale_step(scale->work_ms);
    double zero_ms = scale->stretches[0].time.from_ms;
    for (size_t i = 0; i < scale->count; i++)
    {
        const Stretch *stretch = &scale->stretches[i];
        if (stretch->is_gap)
        {
            char *length = report_duration(NULL, stretch->time.to_ms - stretch->time.from_ms);
            text_addf(html,
                      "<rect class=\"gap\" x=\"%.2f%%\" width=\"%.2f%%\" y=\"%d\" height=\"%.0f\"><title>%s without "
                      "work</title></rect>\n",
                      stretch->from, stretch->to - stretch->from, TOP, height - TOP, length);
            talloc_free(length);
            continue;
        }
        double first = (stretch->time.from_ms - zero_ms) / step_ms;
        double last = (stretch->time.to_ms - zero_ms) / step_ms;
        for (int64_t tick = (int64_t) first + (first > (double) (int64_t) first ? 1 : 0); (double) tick <= last; tick++)
        {
            double at = scale_at(scale, zero_ms + (double) tick * step_ms);
            char *label = report_duration(NULL, (double) tick * step_ms);
            text_addf(html, "<line class=\"tick\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%.0f\"/>", at, at, TOP,
                      height);
            if (at < 95)
                text_addf(html, "<text class=\"tick\" x=\"%.2f%%\" dx=\"3\" y=\"14\">%s</text>\n", at,
                          tick > 0 ? label : "0");
            talloc_free(label);
        }
    }
}

static void add_title(Text *html, const Page *page, size_t index)
{
    const JournalTask *task = &page->input->tasks[index];
    char *duration = report_duration(NULL, task->duration_ms);
    text_add(html, "<title>");
    markup_text(html, run_phase_word(task->phase));
    text_add(html, " ");
    if (task->view.name != NULL)
        markup_text(html, task->view.name);
    if (task->subject != NULL)
    {
        text_add(html, " ");
        markup_text(html, task->subject);
    }
    text_addf(html, ": %s</title>", duration);
    talloc_free(duration);
}

static void add_bar(Text *html, const Page *page, const Scale *scale, size_t index)
{
    const JournalTask *task = &page->input->tasks[index];
    double from = scale_at(scale, page->tasks[index].start_ms);
    double width = scale_at(scale, page->tasks[index].end_ms) - from;
    double shown = width < NARROWEST ? NARROWEST : width;
    text_addf(html,
              "<svg x=\"%.3f%%\" y=\"%.0f\" width=\"%.3f%%\" height=\"%d\"><rect class=\"p-%s\" width=\"100%%\" "
              "height=\"100%%\">",
              from, row_top(task->worker) + LABEL, shown, BAR, run_phase_word(task->phase));
    add_title(html, page, index);
    text_add(html, "</rect>");
    if (width >= LABELLED)
    {
        text_addf(html, "<text class=\"in p-%s\" x=\"4\" y=\"15\">", run_phase_word(task->phase));
        markup_text(html, task->view.name != NULL && task->phase == PHASE_FILL ? task->view.name
                                                                               : run_phase_word(task->phase));
        text_add(html, "</text>");
    }
    text_add(html, "</svg>\n");
}

/* What marks the path: a line below each of its bars, and one from each to the next. */
static void add_marks(Text *html, const Page *page, const Scale *scale)
{
    double last_x = -1;
    double last_y = 0;
    for (size_t i = 0; i < page->path_count; i++)
    {
        const CriticalTask *task = &page->tasks[page->path[i].task];
        double from = scale_at(scale, task->start_ms);
        double to = scale_at(scale, task->end_ms);
        double y = row_top(task->worker) + LABEL + BAR + 2;
        if (last_x >= 0)
            text_addf(html, "<line class=\"path\" x1=\"%.3f%%\" y1=\"%.0f\" x2=\"%.3f%%\" y2=\"%.0f\"/>", last_x,
                      last_y, from, y);
        text_addf(html, "<line class=\"path\" x1=\"%.3f%%\" y1=\"%.0f\" x2=\"%.3f%%\" y2=\"%.0f\"/>\n", from, y,
                  to - from < NARROWEST ? from + NARROWEST : to, y);
        last_x = to;
        last_y = y;
    }
}

static void add_rows(Text *html, int workers)
{
    for (int worker = 0; worker <= workers; worker++)
    {
        text_addf(html, "<rect class=\"lane\" x=\"0\" width=\"100%%\" y=\"%.0f\" height=\"%d\"/>",
                  row_top(worker) + LABEL, BAR);
        if (worker == 0)
            text_addf(html, "<text class=\"row\" x=\"0\" y=\"%.0f\">coordinating</text>\n",
                      row_top(worker) + LABEL - 4);
        else
            text_addf(html, "<text class=\"row\" x=\"0\" y=\"%.0f\">worker %d</text>\n", row_top(worker) + LABEL - 4,
                      worker);
    }
}

static void add_legend(Text *html, const Page *page)
{
    bool seen[RUN_PHASE_COUNT] = {false};
    for (size_t i = 0; i < page->input->task_count; i++)
        seen[page->tasks[i].phase] = true;
    text_add(html, "<ul class=\"legend\">\n");
    for (int phase = 0; phase < RUN_PHASE_COUNT; phase++)
        if (seen[phase])
            text_addf(html, "<li><span class=\"key p-%s\"></span>%s</li>\n", run_phase_word((RunPhase) phase),
                      run_phase_word((RunPhase) phase));
    text_add(html,
             "<li><span class=\"key path\"></span>the critical path: what had to become shorter for the run to end "
             "sooner</li>\n</ul>\n");
}

void page_add_timeline(Text *html, const Page *page)
{
    page_begin_section(html, "timeline", "Timeline");
    if (page->input->task_count == 0)
        page_add_none(html,
                      "What was done when is not recorded: the journal of this run is older than that, or it had done "
                      "nothing yet.");
    else
    {
        void *scratch = mem_context(NULL);
        int workers = count_workers(page);
        double height = row_top(workers + 1);
        Scale *scale = scale_of(scratch, page);
        text_addf(
            html,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Timeline\">\n<svg class=\"timeline\" "
            "role=\"img\" aria-label=\"Tasks over time, a row for each connection; the same as a table under Critical "
            "path and Views\" width=\"100%%\" height=\"%.0f\">\n",
            height);
        add_rows(html, workers);
        add_axis(html, scale, height);
        for (size_t i = 0; i < page->input->task_count; i++)
            add_bar(html, page, scale, i);
        add_marks(html, page, scale);
        text_add(html, "</svg>\n</div>\n");
        add_legend(html, page);
        talloc_free(scratch);
    }
    page_end_section(html);
}
