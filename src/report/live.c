/* live.c: what is being done, as the events of a run tell. */
#include "live.h"

#include "cells.h"
#include "matswap/memory.h"

LiveModel *live_new(const void *context, const char *set, double now_ms)
{
    LiveModel *model = mem_new(context, LiveModel);
    model->set = cells_inert(model, set != NULL ? set : "");
    model->began_ms = now_ms;
    model->phase_began_ms = now_ms;
    return model;
}

static char *label_of(const LiveModel *model, Name view)
{
    char *name = name_qualified(NULL, view);
    char *label = cells_inert(model, name);
    talloc_free(name);
    return label;
}

void live_build(LiveModel *model, const ReportBuild *build)
{
    model->building = true;
    model->guessed = build->guessed;
    model->after_ms = build->after_ms;
    model->view_count = build->view_count;
    model->views = mem_array(model, LiveView, build->view_count);
    model->worker_count = (size_t) build->workers;
    model->workers = mem_array(model, LiveTask, model->worker_count);
    for (size_t i = 0; i < build->view_count; i++)
    {
        LiveView *view = &model->views[i];
        const ReportView *given = &build->views[i];
        view->expected = *given;
        view->expected.name = (Name){mem_strdup(model, given->name.schema), mem_strdup(model, given->name.name)};
        size_t *readers = mem_array(model, size_t, given->reader_count);
        for (size_t k = 0; k < given->reader_count; k++)
            readers[k] = given->readers[k];
        view->expected.readers = readers;
        view->label = label_of(model, given->name);
        view->filled = !given->fills;
        view->vacuumed = !given->vacuums;
        view->indexes_done = given->fills ? 0 : given->index_count;
    }
}

static size_t find(const LiveModel *model, Name name)
{
    for (size_t i = 0; i < model->view_count; i++)
        if (name_equal(model->views[i].expected.name, name))
            return i;
    return LIVE_NO_VIEW;
}

/* NULL: none of this number is known. */
static LiveTask *worker_of(const LiveModel *model, int worker)
{
    return worker >= 1 && (size_t) worker <= model->worker_count ? &model->workers[worker - 1] : NULL;
}

void live_started(LiveModel *model, const ReportTask *task, double now_ms)
{
    model->active = true;
    if (task->view.schema == NULL)
    {
        model->phase = task->phase;
        model->building = false;
        model->phase_began_ms = now_ms;
        return;
    }
    LiveTask *worker = worker_of(model, task->worker);
    size_t view = find(model, task->view);
    if (worker == NULL || view == LIVE_NO_VIEW)
        return;
    talloc_free(worker->step);
    *worker = (LiveTask){.busy = true,
                         .phase = task->phase,
                         .view = view,
                         .subject = task->subject == NULL ? NULL : cells_inert(model, task->subject),
                         .started_ms = now_ms,
                         .progress = {.worker = task->worker, .fraction = -1, .rows = -1, .bytes = -1}};
    model->views[view].begun = true;
}

/* Whether the expectations come true is learned from what is long enough to tell. */
static void learn(LiveModel *model, const LiveView *view, double milliseconds)
{
    if (view->expected.fill_ms <= 0)
        return;
    model->taken_ms += milliseconds;
    model->expected_ms += view->expected.fill_ms;
}

static void end_of_view(LiveModel *model, LiveView *view, const ReportTask *task, const ReportEnd *end)
{
    if (end->errors != NULL && !errors_empty(end->errors))
        view->left = true;
    else if (task->phase == PHASE_FILL)
    {
        learn(model, view, end->milliseconds);
        view->filled = true;
    }
    else if (task->phase == PHASE_INDEX)
        view->indexes_done++;
    else if (task->phase == PHASE_VACUUM)
        view->vacuumed = true;
}

void live_ended(LiveModel *model, const ReportTask *task, const ReportEnd *end, double now_ms)
{
    LiveTask *worker = worker_of(model, task->worker);
    size_t view = task->view.schema == NULL ? LIVE_NO_VIEW : find(model, task->view);
    if (view == LIVE_NO_VIEW)
        return;
    end_of_view(model, &model->views[view], task, end);
    if (worker != NULL && worker->view == view)
        worker->busy = false;
}

void live_left(LiveModel *model, Name view)
{
    size_t position = find(model, view);
    if (position != LIVE_NO_VIEW)
        model->views[position].left = true;
}

void live_progress(LiveModel *model, const ReportProgress *progress)
{
    LiveTask *worker = worker_of(model, progress->worker);
    if (worker == NULL || !worker->busy)
        return;
    char *step = progress->step == NULL ? NULL : cells_inert(model, progress->step);
    talloc_free(worker->step);
    worker->step = step;
    /* the server begins to count anew for each of its phases: what was reached is not taken back */
    double reached = worker->progress.fraction;
    worker->progress = *progress;
    if (progress->fraction < reached)
        worker->progress.fraction = reached;
    worker->progress.step = step;
}
