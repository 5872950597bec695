/*
 * Step 2: every view of the generation, on `jobs` connections that import one snapshot.
 *
 * A view starts the moment that everything it reads is complete: filled, analyzed and indexed, since a
 * dependent's plan may need the indexes.  Among the tasks that could start, the one with the longest remaining
 * path goes first; the indexes of one view are tasks of their own and spread over idle workers; VACUUM delays
 * nobody and comes last.  Of a resumed run only those views are built that the journal does not call usable.
 *
 * A view that fails takes its group along: nothing of it is started any more, what is under way is cancelled.  The build
 * has failed when all groups have, or when the failure is not a view's own; see isolate.c.
 */
#include "build.h"
#include "isolate.h"
#include "matswap/journal_history.h"
#include "matswap/memory.h"
#include "matswap/text.h"

/* ---- which task next -------------------------------------------------------------------------------------- */

typedef enum TaskKind
{
    TASK_NONE,
    TASK_FILL,
    TASK_INDEX,
    TASK_INDEX_ATTRIBUTES,
    TASK_VACUUM
} TaskKind;

/* A transaction of several views is started by its first one, when everything outside it that one of them reads is there. */
static bool can_fill(const BuildView *view)
{
    const BuildFill *fill = view->fill;
    bool ready = view == fill->views[0];
    for (size_t i = 0; i < fill->count; i++)
        ready = ready && fill->views[i]->inputs_missing == 0;
    return ready;
}

static PgTask *start_fill(const BuildFill *fill)
{
    for (size_t i = 0; i < fill->count; i++)
    {
        BuildView *view = fill->views[i];
        view->phase = BUILD_FILLING;
        view->record->started_at = journal_now(view->build->run->record);
        build_save(view, VIEW_BUILDING); /* the intent, before the act */
    }
    return build_fill_task(fill);
}

/* What `view` could start now, and how much depends on it. */
static TaskKind startable(const BuildView *view, double *ret_path)
{
    *ret_path = view->priority.from_end;
    switch (view->phase)
    {
    case BUILD_WAITING:
        *ret_path = view->priority.from_start;
        return can_fill(view) ? TASK_FILL : TASK_NONE;
    case BUILD_INDEXING:
        return view->indexes_started < view->recipe->index_count ? TASK_INDEX : TASK_NONE;
    case BUILD_INDEX_ATTRIBUTES:
        return view->attributes_started ? TASK_NONE : TASK_INDEX_ATTRIBUTES;
    case BUILD_COMPLETE:
        *ret_path = -1; /* behind everything that somebody waits for */
        return view->vacuum_due && !view->vacuum_started ? TASK_VACUUM : TASK_NONE;
    case BUILD_FILLING:
    case BUILD_GIVEN_UP:
    default:
        return TASK_NONE;
    }
}

static PgTask *start(BuildView *view, TaskKind kind)
{
    PgTask *task = NULL;
    switch (kind)
    {
    case TASK_FILL:
        task = start_fill(view->fill);
        task->on_done = build_filled;
        task->tag = PHASE_FILL;
        break;
    case TASK_INDEX:
        task = build_index_task(view, view->indexes_started++);
        task->on_done = build_indexed;
        task->tag = PHASE_INDEX;
        task->note = mem_printf(task, "%zu of %zu", view->indexes_started, view->recipe->index_count);
        break;
    case TASK_INDEX_ATTRIBUTES:
        view->attributes_started = true;
        task = build_index_attributes_task(view);
        task->on_done = build_index_attributes_done;
        task->tag = PHASE_ATTRIBUTES;
        break;
    case TASK_VACUUM:
        view->vacuum_started = true;
        task = build_vacuum_task(view);
        task->on_done = build_vacuumed;
        task->tag = PHASE_VACUUM;
        break;
    case TASK_NONE:
    default:
        return NULL;
    }
    task->on_start = build_task_started;
    task->on_step = build_on_step;
    return task;
}

static PgTask *next_task(void *closure)
{
    Build *build = closure;
    BuildView *best = NULL;
    TaskKind best_kind = TASK_NONE;
    double best_path = 0;
    for (size_t i = 0; !build->failed && i < build->view_count; i++)
    {
        double path;
        TaskKind kind = build_is_void(&build->views[i]) ? TASK_NONE : startable(&build->views[i], &path);
        if (kind != TASK_NONE && (best == NULL || path > best_path))
        {
            best = &build->views[i];
            best_kind = kind;
            best_path = path;
        }
    }
    PgTask *task = best == NULL ? NULL : start(best, best_kind);
    if (build->failed)
        return NULL; /* the journal refused the intent */
    return task;
}

/* ---- weights ---------------------------------------------------------------------------------------------- */

/*
 * Milliseconds of earlier runs where the journal has them; for the others the planner's cost, scaled by what a
 * unit of cost took in the views that have both.
 */
static Status weigh(Build *build, double *weight, bool *ret_guessed, Errors *errors)
{
    Run *run = build->run;
    double known_ms = 0;
    double known_cost = 0;
    for (size_t i = 0; i < build->view_count; i++)
    {
        if (journal_view_duration(run->journal, run->config->set, run->plan->views[i]->name, &weight[i], errors) !=
            STATUS_OK)
            return STATUS_FAILED;
        if (weight[i] >= 0 && run->recipes[i].cost > 0)
        {
            known_ms += weight[i];
            known_cost += run->recipes[i].cost;
        }
    }
    double ms_per_cost = known_cost > 0 && known_ms > 0 ? known_ms / known_cost : 1;
    for (size_t i = 0; i < build->view_count; i++)
        if (weight[i] < 0)
            weight[i] = run->recipes[i].cost * ms_per_cost;
    *ret_guessed = known_ms <= 0;
    return STATUS_OK;
}

/* Is this input built by another transaction? */
static bool is_awaited(const BuildView *view, const PlanView *input)
{
    const Build *build = view->build;
    return input->rebuilt && build->views[input->index].fill != view->fill &&
           !view_status_is_usable(build->views[input->index].record->status);
}

/* A view that an earlier process of this run has built: at most its VACUUM is missing. */
static void take_built(BuildView *view)
{
    view->phase = BUILD_COMPLETE;
    view->vacuum_due = view->record->status == VIEW_INDEXED;
    view->finished = !view->vacuum_due;
}

static Status find_groups(Build *build, Errors *errors)
{
    if (isolate_groups(build->run, errors) != STATUS_OK)
        return STATUS_FAILED;
    build->group_failed = mem_array(build, bool, build->run->record->view_count);
    for (size_t i = 0; i < build->view_count; i++)
        build->groups_left += build->run->groups[i] == i ? 1 : 0;
    return STATUS_OK;
}

static bool is_over(const Build *build)
{
    for (size_t i = 0; i < build->view_count; i++)
        if (!build->views[i].finished && !build_is_void(&build->views[i]))
            return false;
    return true;
}

static void add_to_fill(BuildFill *fill, BuildView *view)
{
    MEM_PUSH(view->build, fill->views, fill->count, view);
    view->fill = fill;
}

/* Which views share a transaction. */
static void make_fills(Build *build)
{
    const Run *run = build->run;
    for (size_t i = 0; i < run->transaction_count; i++)
    {
        BuildFill *fill = mem_new(build, BuildFill);
        for (size_t k = 0; k < run->transactions[i].view_count; k++)
            add_to_fill(fill, &build->views[run->transactions[i].views[k]->index]);
    }
    for (size_t i = 0; i < build->view_count; i++)
        if (build->views[i].fill == NULL)
            add_to_fill(mem_new(build, BuildFill), &build->views[i]);
}

static void prepare_view(BuildView *view)
{
    Build *build = view->build;
    for (size_t i = 0; i < view->view->read_count; i++)
        view->inputs_missing += is_awaited(view, view->view->reads[i].view) ? 1 : 0;
    for (size_t i = 0; i < view->view->reader_count; i++)
        view->indexed_in_fill =
            view->indexed_in_fill || build->views[view->view->readers[i]->index].fill == view->fill;
    if (view_status_is_usable(view->record->status))
        take_built(view);
}

static Status prepare(Build *build, Errors *errors)
{
    Run *run = build->run;
    double *weight = mem_array(build, double, build->view_count);
    PlanPriority *priority = mem_array(build, PlanPriority, build->view_count);
    bool guessed;
    if (find_groups(build, errors) != STATUS_OK || weigh(build, weight, &guessed, errors) != STATUS_OK)
        return STATUS_FAILED;
    plan_priorities(run->plan, run->transactions, run->transaction_count, weight, priority);
    for (size_t i = 0; i < build->view_count; i++)
        build->views[i] = (BuildView){.build = build,
                                      .view = run->plan->views[i],
                                      .label = name_qualified(build, run->plan->views[i]->name),
                                      .recipe = &run->recipes[i],
                                      .record = &run->record->views[i],
                                      .position = i,
                                      .priority = priority[i]};
    make_fills(build);
    for (size_t i = 0; i < build->view_count; i++)
        prepare_view(&build->views[i]);
    if (build_tell_expectations(build, weight, guessed, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < build->view_count; i++)
    {
        if (run->unbuildable != NULL && run->unbuildable[i] != NULL)
            build_fail_view(&build->views[i], run->unbuildable[i]);
    }
    errors_move(errors, build->errors);
    return build->failed ? STATUS_FAILED : STATUS_OK;
}

int build_jobs(const Run *run)
{
    return run->options.jobs > 0 ? run->options.jobs : run->config->jobs;
}

static Status execute(Build *build, Errors *errors)
{
    Run *run = build->run;
    PgOptions options = {.config = run->config, .session_settings = true};
    char *fence = lock_fence_sql(build, run->config->set);
    if (pg_pool_open(build, options, build_jobs(run), fence, &build->pool, errors) != STATUS_OK ||
        lock_check(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    pg_pool_watch(build->pool, run->control, "the coordinating connection");
    if (run->holder != NULL) /* a resumed build that only has to VACUUM needs no snapshot */
        pg_pool_watch(build->pool, run->holder, "the connection that holds the snapshot");
    Errors *pool_errors = errors_new(build);
    build_look_on(build);
    Status status = pg_pool_run(build->pool, next_task, build_tick, build, pool_errors);
    TALLOC_FREE(build->onlooker); /* what comes next may need the connection */
    /* the task that failed says why; that the pool then stopped is no news */
    bool reason_known = !errors_empty(build->errors) || build->groups_left == 0;
    errors_move(errors, build->errors);
    if (!reason_known || errors_have(pool_errors, ERROR_CANCELLED))
        errors_move(errors, pool_errors);
    if (status != STATUS_OK || build->failed)
    {
        isolate_give_up(run, errors);
        return STATUS_FAILED;
    }
    if (is_over(build))
        return STATUS_OK;
    errors_add(errors, ERROR_INTERNAL, "the build ended before all views were built");
    return STATUS_FAILED;
}

Status stage_build(Run *run, Errors *errors)
{
    Build *build = mem_new(run, Build);
    build->run = run;
    build->errors = errors_new(build);
    build->at_work = mem_array(build, const PgTask *, (size_t) build_jobs(run));
    build->view_count = run->plan->view_count;
    build->views = mem_array(build, BuildView, build->view_count);
    Status status = prepare(build, errors);
    if (status == STATUS_OK && !is_over(build))
        status = execute(build, errors);
    if (status == STATUS_OK && run->failures != NULL)
        status = isolate_keep(run, errors);
    TALLOC_FREE(run->holder);
    talloc_free(build);
    return status == STATUS_OK ? journal_run_advance(run->journal, run->record, RUN_BUILT, errors) : STATUS_FAILED;
}
