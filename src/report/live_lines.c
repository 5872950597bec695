/*
 * live_lines.c: the table as lines of text.
 *
 *     matswap gitcoin  ██████████▌░░░░░░░░░  52 %  3 of 8 views  0:41, about 0:38 left
 *      1  public.all_donations  filling    ██████▍░░░  64 %  0:19 of ~0:30
 *      2  public.pools          indexing   ███▌░░░░░░  35 %  0:02 of ~0:06  pools_pkey: scanning table
 *         3 wait: public.rounds, public.matches, public.leaderboard
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cells.h"
#include "live.h"
#include "matswap/memory.h"

enum
{
    WORKER_CELLS = 4,
    PHASE_CELLS = 11,
    PERCENT_CELLS = 5,
    TIME_CELLS = 16,
    NAME_CELLS = 12, /* at least, where there is room for anything else */
    BAR_CELLS = 8,
    LONGEST_BAR = 24
};

static const char *doing(RunPhase phase)
{
    switch (phase)
    {
    case PHASE_PREPARE:
        return "preparing";
    case PHASE_SNAPSHOT:
        return "snapshot";
    case PHASE_FILL:
        return "filling";
    case PHASE_INDEX:
        return "indexing";
    case PHASE_ATTRIBUTES:
        return "attributes";
    case PHASE_VACUUM:
        return "vacuuming";
    case PHASE_VALIDATE:
        return "validating";
    case PHASE_SWAP:
        return "swapping";
    case PHASE_RETIRE:
        return "retiring";
    case PHASE_REVERT:
        return "reverting";
    case PHASE_HOOK:
        return "running a hook";
    case RUN_PHASE_COUNT:
        break;
    }
    return "";
}

/* 0:07, 12:34, 1:02:03 */
static char *clock_text(const void *context, double milliseconds)
{
    int64_t seconds = milliseconds < 0 ? 0 : (int64_t) (milliseconds / 1000);
    if (seconds < 3600)
        return mem_printf(context, "%" PRId64 ":%02" PRId64, seconds / 60, seconds % 60);
    return mem_printf(context, "%" PRId64 ":%02" PRId64 ":%02" PRId64, seconds / 3600, seconds / 60 % 60, seconds % 60);
}

/* A cell of a bar is full, empty, or, where there are characters for it, some eighths full. */
static void add_bar(CellLine *line, CellStyle style, double fraction, size_t width)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    Text *done = text_new(NULL);
    Text *left = text_new(NULL);
    size_t parts = fraction <= 0 ? 0 : (size_t) (fraction * (double) width * 8);
    size_t full = parts / 8;
    for (size_t i = 0; i < full; i++)
        text_add(done, line->unicode ? "█" : "#");
    bool partial = line->unicode && parts % 8 > 0;
    if (partial)
        text_add(done, eighths[parts % 8]);
    for (size_t i = full + (partial ? 1 : 0); i < width; i++)
        text_add(left, line->unicode ? "░" : "-");
    cells_add(line, style, done->data, 0);
    cells_add(line, STYLE_DIM, left->data, 0);
    talloc_free(done);
    talloc_free(left);
}

static void add_percent(CellLine *line, double fraction)
{
    char *text = fraction < 0 ? mem_strdup(NULL, "") : mem_printf(NULL, "%d %%", (int) floor(fraction * 100));
    cells_add_right(line, STYLE_PLAIN, text, PERCENT_CELLS);
    talloc_free(text);
}

static CellLine *new_line(const void *context, LiveStyle style)
{
    CellLine *line = mem_new(context, CellLine);
    *line = (CellLine){.text = text_new(line), .limit = style.columns, .colour = style.colour, .unicode = style.unicode};
    return line;
}

static size_t count_over(const LiveModel *model)
{
    size_t count = 0;
    for (size_t i = 0; i < model->view_count; i++)
        count += live_view_is_over(&model->views[i]) && !model->views[i].left ? 1 : 0;
    return count;
}

/* ---- the first line: the run -------------------------------------------------------------------------------- */

static CellLine *run_line(const void *context, LiveModel *model, double now_ms, LiveStyle style)
{
    CellLine *line = new_line(context, style);
    double fraction;
    double left_ms;
    estimate_run(model, now_ms, &fraction, &left_ms);
    char *title = mem_printf(line, "matswap %s", model->set);
    size_t width = cells_width(title);
    cells_add(line, STYLE_BOLD, title, width < style.columns / 3 ? width : style.columns / 3);
    if (model->view_count > 0 && style.columns >= 60)
    {
        cells_add(line, STYLE_PLAIN, "  ", 0);
        width = style.columns / 4;
        add_bar(line, STYLE_DONE, fraction, width < LONGEST_BAR ? width : LONGEST_BAR);
    }
    if (model->view_count > 0)
        add_percent(line, fraction);
    if (!model->building)
        cells_add(line, STYLE_PLAIN, mem_printf(line, "  %s", doing(model->phase)), 0);
    else
        cells_add(line, STYLE_PLAIN, mem_printf(line, "  %zu of %zu view%s", count_over(model), model->view_count,
                                                 model->view_count == 1 ? "" : "s"), 0);
    cells_add(line, STYLE_PLAIN, mem_printf(line, "  %s", clock_text(line, now_ms - model->began_ms)), 0);
    if (left_ms >= 1000)
        cells_add(line, STYLE_PLAIN, mem_printf(line, ", about %s left", clock_text(line, left_ms)), 0);
    return line;
}

/* ---- a line for each worker --------------------------------------------------------------------------------- */

typedef struct Columns
{
    size_t name, bar; /* cells; bar 0: none */
    bool percent, time;
} Columns;

static size_t longest_label(const LiveModel *model)
{
    size_t longest = 0;
    for (size_t i = 0; i < model->view_count; i++)
    {
        size_t width = cells_width(model->views[i].label);
        longest = width > longest ? width : longest;
    }
    return longest;
}

/* What there is room for.  The name comes first, then how long it will take. */
static Columns columns_for(const LiveModel *model, LiveStyle style)
{
    Columns columns = {.name = longest_label(model)};
    size_t fixed = WORKER_CELLS + 2 + PHASE_CELLS;
    size_t room = style.columns > fixed ? style.columns - fixed : 1;
    columns.time = room >= NAME_CELLS + TIME_CELLS;
    room -= columns.time ? TIME_CELLS : 0;
    columns.percent = columns.time && room >= NAME_CELLS + PERCENT_CELLS;
    room -= columns.percent ? PERCENT_CELLS : 0;
    size_t most = room * 6 / 10 > NAME_CELLS ? room * 6 / 10 : room;
    if (columns.name > most)
        columns.name = most;
    if (columns.percent && room >= columns.name + BAR_CELLS)
        columns.bar = room - columns.name < LONGEST_BAR ? room - columns.name : LONGEST_BAR;
    return columns;
}

static void add_time(CellLine *line, const LiveModel *model, const LiveTask *task, double now_ms)
{
    double whole = estimate_task(model, task, now_ms);
    char *elapsed = clock_text(line, now_ms - task->started_ms);
    char *text = whole < 1000 ? mem_printf(line, "  %s", elapsed)
                              : mem_printf(line, "  %s of ~%s", elapsed, clock_text(line, whole));
    cells_add(line, STYLE_PLAIN, text, TIME_CELLS);
}

/* "230,112 rows, 41 MB", "donations_pkey: scanning table" */
static char *details(const void *context, const LiveTask *task)
{
    Text *text = text_new(context);
    const ReportProgress *progress = &task->progress;
    if (progress->rows >= 0)
        text_addf(text, "  %s rows", report_count(text, progress->rows));
    if (progress->bytes >= 0)
        text_addf(text, "  %s", report_bytes(text, progress->bytes));
    if (task->subject != NULL)
        text_addf(text, "  %s%s", task->subject, task->step != NULL ? ":" : "");
    if (task->step != NULL)
        text_addf(text, "%s%s", task->subject != NULL ? " " : "  ", task->step);
    return text->data;
}

static CellLine *worker_line(const void *context, const LiveModel *model, size_t worker, double now_ms, LiveStyle style)
{
    const LiveTask *task = &model->workers[worker];
    CellLine *line = new_line(context, style);
    Columns columns = columns_for(model, style);
    cells_add_right(line, STYLE_DIM, mem_printf(line, "%zu", worker + 1), WORKER_CELLS - 1);
    cells_add(line, STYLE_PLAIN, " ", 0);
    if (!task->busy)
    {
        cells_add(line, STYLE_DIM, "idle", 0);
        return line;
    }
    double fraction = estimate_task_fraction(model, task, now_ms);
    cells_add(line, STYLE_PLAIN, model->views[task->view].label, columns.name);
    cells_add(line, STYLE_PLAIN, "  ", 0);
    cells_add(line, STYLE_PLAIN, doing(task->phase), PHASE_CELLS);
    if (columns.bar > 0)
        add_bar(line, STYLE_DOING, fraction, columns.bar);
    if (columns.percent)
        add_percent(line, fraction);
    if (columns.time)
        add_time(line, model, task, now_ms);
    cells_add(line, STYLE_DIM, details(line, task), 0);
    return line;
}

static CellLine *waiting_line(const void *context, const LiveModel *model, LiveStyle style)
{
    CellLine *line = new_line(context, style);
    Text *names = text_new(line);
    size_t count = 0;
    for (size_t i = 0; i < model->view_count; i++)
        if (!model->views[i].begun && !model->views[i].filled && !model->views[i].left)
            text_addf(names, "%s%s", count++ == 0 ? "" : ", ", model->views[i].label);
    if (count == 0)
        return NULL;
    cells_add(line, STYLE_DIM, mem_printf(line, "    %zu wait%s: %s", count, count == 1 ? "s" : "", names->data), 0);
    return line;
}

static size_t length_without_blanks(const char *line)
{
    size_t length = strlen(line);
    while (length > 0 && line[length - 1] == ' ')
        length--;
    return length;
}

void live_lines(const void *context, LiveModel *model, double now_ms, LiveStyle style, const char ***ret_lines,
                size_t *ret_count)
{
    const char **lines = NULL;
    size_t count = 0;
    MEM_PUSH(context, lines, count, run_line(context, model, now_ms, style)->text->data);
    CellLine *waiting = model->building && style.rows >= 3 ? waiting_line(context, model, style) : NULL;
    size_t room = style.rows > (waiting != NULL ? 2U : 1U) ? style.rows - (waiting != NULL ? 2 : 1) : 0;
    for (size_t i = 0; model->building && i < model->worker_count && i < room; i++)
    {
        CellLine *line = worker_line(context, model, i, now_ms, style);
        if (i + 1 == room && model->worker_count > room) /* the last that fits stands for the rest */
        {
            *line = (CellLine){.text = text_new(line), .limit = style.columns};
            cells_add(line, STYLE_PLAIN, mem_printf(line, "    and %zu more workers", model->worker_count - i), 0);
        }
        MEM_PUSH(context, lines, count, line->text->data);
    }
    if (waiting != NULL)
        MEM_PUSH(context, lines, count, waiting->text->data);
    for (size_t i = 0; i < count; i++)
        lines[i] = mem_strndup(context, lines[i], length_without_blanks(lines[i]));
    *ret_lines = lines;
    *ret_count = count;
}
