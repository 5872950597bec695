/*
 * estimate.c: how long it will take.
 *
 * The build is over when its workers have done all the work, and not before the longest chain of views that wait for each
 * other is done: the longer of the two is what is left.  Expectations come from earlier runs; what this run's views have
 * really taken corrects them, so that a slow night is known as such after a few views.  Of a first run nothing is said: the
 * planner's costs tell what is dearer than what, but were seen to be wrong by the thousandfold as times.
 */
#include "live.h"

#include "matswap/memory.h"

/* No view takes exactly as long as before: one that is late is about to be ready, at any time. */
#define LATE 1.1

/* By how much expectations are to be multiplied.  A short view that took twice as long says little. */
static double scale(const LiveModel *model)
{
    double all = 0;
    for (size_t i = 0; i < model->view_count; i++)
        all += model->views[i].expected.fill_ms;
    return all > 0 ? (model->taken_ms + all / 10) / (model->expected_ms + all / 10) : 1;
}

static double expected(const LiveModel *model, RunPhase phase, size_t view)
{
    const ReportView *of = &model->views[view].expected;
    return phase == PHASE_FILL ? of->fill_ms : phase == PHASE_INDEX ? of->index_ms : phase == PHASE_VACUUM ? of->vacuum_ms : 0;
}

double estimate_task(const LiveModel *model, const LiveTask *task, double now_ms)
{
    double elapsed = now_ms - task->started_ms;
    bool known = task->view != LIVE_NO_VIEW && !model->guessed;
    double whole = known ? expected(model, task->phase, task->view) * scale(model) : 0;
    double fraction = task->progress.fraction;
    if (whole > 0 && fraction >= 0)
        return elapsed + (1 - fraction) * whole; /* the further it is, the less counts what was expected */
    if (fraction > 0.1)
        return elapsed / fraction;
    if (whole <= 0)
        return -1;
    return whole > elapsed * LATE ? whole : elapsed * LATE;
}

double estimate_task_fraction(const LiveModel *model, const LiveTask *task, double now_ms)
{
    double fraction = task->progress.fraction;
    double whole = estimate_task(model, task, now_ms);
    if (fraction < 0 && whole > 0)
        fraction = (now_ms - task->started_ms) / whole;
    return fraction > 0.99 ? 0.99 : fraction;
}

/* What is to be done for a view, the task under way aside. */
static double not_begun(const LiveModel *model, size_t position)
{
    const LiveView *view = &model->views[position];
    const ReportView *of = &view->expected;
    if (view->left)
        return 0;
    bool filling = false;
    bool vacuuming = false;
    size_t indexing = 0;
    for (size_t i = 0; i < model->worker_count; i++)
    {
        const LiveTask *task = &model->workers[i];
        if (!task->busy || task->view != position)
            continue;
        filling = filling || task->phase == PHASE_FILL;
        vacuuming = vacuuming || task->phase == PHASE_VACUUM;
        indexing += task->phase == PHASE_INDEX ? 1 : 0;
    }
    size_t indexes = view->indexes_done + indexing < of->index_count ? of->index_count - view->indexes_done - indexing : 0;
    return (view->filled || filling ? 0 : of->fill_ms) + (double) indexes * of->index_ms +
           (view->vacuumed || vacuuming ? 0 : of->vacuum_ms);
}

static double under_way(const LiveModel *model, size_t position, double now_ms)
{
    double left = 0;
    for (size_t i = 0; i < model->worker_count; i++)
    {
        const LiveTask *task = &model->workers[i];
        double whole = task->busy && task->view == position ? estimate_task(model, task, now_ms) : -1;
        left += whole < 0 ? 0 : whole - (now_ms - task->started_ms);
    }
    return left;
}

/* Of the build, in milliseconds.  Views are in build order: those that read one come after it. */
static double build_left(const LiveModel *model, double now_ms)
{
    double *path = mem_array(model, double, model->view_count);
    double factor = scale(model);
    double work = 0;
    double longest = 0;
    for (size_t i = model->view_count; i-- > 0;)
    {
        const LiveView *view = &model->views[i];
        double own = not_begun(model, i) * factor + under_way(model, i, now_ms);
        for (size_t k = 0; k < view->expected.reader_count; k++)
            if (path[view->expected.readers[k]] > path[i])
                path[i] = path[view->expected.readers[k]];
        path[i] += own;
        work += own;
        if (path[i] > longest)
            longest = path[i];
    }
    talloc_free(path);
    double shared = model->worker_count == 0 ? 0 : work / (double) model->worker_count;
    return shared > longest ? shared : longest;
}

/* The clock counts down by itself; a new estimate moves its end only when it differs by something that matters. */
static double steady(LiveModel *model, double left, double now_ms)
{
    double end = now_ms + left;
    double difference = end - model->end_ms;
    double matters = left / 10 > 2000 ? left / 10 : 2000;
    if (model->end_ms <= 0)
        model->end_ms = end;
    else if (difference > matters || -difference > matters)
        model->end_ms += difference / 2;
    return model->end_ms > now_ms ? model->end_ms - now_ms : 0;
}

static double after_left(const LiveModel *model, double now_ms)
{
    double left = model->after_ms - (model->building ? 0 : now_ms - model->phase_began_ms);
    return left > 0 ? left : 0;
}

bool live_view_is_over(const LiveView *view)
{
    return view->filled && view->vacuumed && view->indexes_done >= view->expected.index_count;
}

/* All that can be said of a first run: how many views are ready. */
static double share_over(const LiveModel *model)
{
    size_t over = 0;
    for (size_t i = 0; i < model->view_count; i++)
        over += live_view_is_over(&model->views[i]) ? 1 : 0;
    return (double) over / (double) model->view_count;
}

void estimate_run(LiveModel *model, double now_ms, double *ret_fraction, double *ret_left_ms)
{
    *ret_left_ms = -1;
    double fraction = 0;
    if (model->view_count > 0 && !model->guessed)
    {
        double left = steady(model, build_left(model, now_ms) + after_left(model, now_ms), now_ms);
        double elapsed = now_ms - model->began_ms;
        fraction = elapsed + left > 0 ? elapsed / (elapsed + left) : 0;
        *ret_left_ms = left;
    }
    else if (model->view_count > 0)
        fraction = share_over(model);
    if (fraction > 0.99)
        fraction = 0.99;
    if (fraction > model->fraction)
        model->fraction = fraction;
    *ret_fraction = model->fraction;
}
