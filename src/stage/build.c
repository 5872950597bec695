/*
 * Step 2: every view of the generation, on `jobs` connections that import one snapshot.
 *
 * A view starts the moment that everything it reads is complete: filled, analyzed and indexed, since a
 * dependent's plan may need the indexes.  Among the tasks that could start, the one with the longest remaining
 * path goes first; the indexes of one view are tasks of their own and spread over idle workers; VACUUM delays
 * nobody and comes last.  Of a resumed run only those views are built that the journal does not call usable.
 */
#include <inttypes.h>

#include "build.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"

static void fail(Build *build)
{
    build->failed = true;
    pg_pool_stop(build->pool);
}

static void save(BuildView *view, ViewStatus status)
{
    Build *build = view->build;
    view->record->status = status;
    if (journal_view_put(build->run->journal, build->run->record, view->position, build->errors) != STATUS_OK)
        fail(build);
}

/* ---- what the end of a task means ------------------------------------------------------------------------- */

static void finish_view(BuildView *view)
{
    Build *build = view->build;
    build->finished++;
    save(view, VIEW_COMPLETE);
}

static void complete(BuildView *view)
{
    view->phase = BUILD_COMPLETE;
    for (size_t i = 0; i < view->view->reader_count; i++)
        view->build->views[view->view->readers[i]->index].inputs_missing--;
    if (view_kind_is_stored(view->view->kind))
    {
        save(view, VIEW_INDEXED); /* a run that dies before the VACUUM can be resumed with it */
        view->vacuum_due = true;
    }
    else
        finish_view(view);
}

/* The next phase after `view` got as far as its phase says. */
static void advance(BuildView *view)
{
    if (view->phase == BUILD_FILLING)
        view->phase = BUILD_INDEXING;
    if (view->phase == BUILD_INDEXING && view->indexes_done == view->recipe->index_count)
        view->phase = BUILD_INDEX_ATTRIBUTES;
    if (view->phase == BUILD_INDEX_ATTRIBUTES && view->recipe->index_attribute_count == 0)
        complete(view);
}

/* Everything is filled: the snapshot has done its work, and holding it longer would only hold back VACUUM. */
static void release_snapshot(Build *build)
{
    if (build->filled < build->view_count)
        return;
    pg_pool_unwatch(build->pool, build->run->holder);
    TALLOC_FREE(build->run->holder);
}

static bool failed(PgTask *task, Errors *errors)
{
    BuildView *view = task->owner;
    if (errors == NULL)
        return false;
    if (view->feed != NULL)
        import_explain(view->feed, errors);
    if (!errors_have(errors, ERROR_CANCELLED)) /* else the news is what made us, or the pool, cancel */
        errors_move(view->build->errors, errors);
    save(view, VIEW_FAILED);
    fail(view->build);
    return true;
}

static void on_step(PgTask *task, const PgStep *step, const PgRows *rows, double milliseconds)
{
    BuildView *view = task->owner;
    JournalView *record = view->record;
    if (rows == NULL || pg_row_count(rows) == 0)
        return;
    if (step->tag == STEP_REWRITTEN)
        view->rewritten = mem_strdup(view->build, pg_value(rows, 0, "rewritten"));
    if (step->tag == STEP_TOTALS)
    {
        record->rows = pg_integer(rows, 0, "row_count");
        record->totals = mem_strdup(view->build->run->record, pg_text(rows, 0, "totals"));
    }
    if (step->tag == STEP_IDENTITY)
    {
        record->new_oid = pg_oid(rows, 0, "oid");
        record->bytes = pg_value(rows, 0, "bytes") == NULL ? -1 : pg_integer(rows, 0, "bytes");
    }
}

/* What it holds may be an empty table where the snapshot had rows. */
static bool was_rewritten(BuildView *view)
{
    if (view->rewritten == NULL)
        return false;
    char *name = name_qualified(view->build, view->view->name);
    Error *error = errors_add(view->build->errors, ERROR_CHANGED, "%s, which %s reads, was truncated, rewritten, refreshed "
                              "or detached since the snapshot that the generation is built from", view->rewritten, name);
    error_remedy(error_object(error, name), "nothing was swapped; run `matswap run` again when that is over (TRUNCATE, ALTER "
                                            "TABLE, REFRESH, VACUUM FULL, CLUSTER)");
    save(view, VIEW_FAILED);
    fail(view->build);
    return true;
}

/* What the source has given and what the table has, counted by each for itself. */
static bool lacks_rows(BuildView *view)
{
    if (view->feed == NULL || import_rows(view->feed) == view->record->rows)
        return false;
    char *name = name_qualified(view->build, view->view->name);
    error_object(errors_add(view->build->errors, ERROR_IMPORT, "the import %s: its source has %" PRId64 " rows, and the "
                            "table %" PRId64, name, import_rows(view->feed), view->record->rows), name);
    save(view, VIEW_FAILED);
    fail(view->build);
    return true;
}

static void filled(PgTask *task, Errors *errors, double milliseconds)
{
    BuildView *view = task->owner;
    Build *build = view->build;
    view->record->duration_ms = milliseconds;
    if (failed(task, errors) || was_rewritten(view) || lacks_rows(view))
        return;
    view->feed = NULL; /* goes with the task */
    build->filled++;
    report_view(build->run->report, "built", view->view->name, view->record->rows, view->record->bytes, milliseconds,
                mem_printf(task, "worker %d", task->worker + 1));
    save(view, VIEW_BUILT);
    advance(view);
    release_snapshot(build);
    talloc_free(task);
}

static void indexed(PgTask *task, Errors *errors, double milliseconds)
{
    BuildView *view = task->owner;
    view->index_ms += milliseconds;
    view->indexes_done++;
    if (failed(task, errors))
        return;
    if (view->indexes_done == view->recipe->index_count)
        report_view(view->build->run->report, "indexed", view->view->name, -1, -1, view->index_ms,
                    mem_printf(task, "%zu index%s", view->indexes_done, view->indexes_done == 1 ? "" : "es"));
    advance(view);
    talloc_free(task);
}

static void index_attributes_done(PgTask *task, Errors *errors, double milliseconds)
{
    if (failed(task, errors))
        return;
    complete(task->owner);
    talloc_free(task);
}

static void vacuumed(PgTask *task, Errors *errors, double milliseconds)
{
    if (failed(task, errors))
        return;
    finish_view(task->owner);
    talloc_free(task);
}

/* ---- which task next -------------------------------------------------------------------------------------- */

typedef enum TaskKind
{
    TASK_NONE,
    TASK_FILL,
    TASK_INDEX,
    TASK_INDEX_ATTRIBUTES,
    TASK_VACUUM
} TaskKind;

/* What `view` could start now, and how much depends on it. */
static TaskKind startable(const BuildView *view, double *ret_path)
{
    *ret_path = view->path_after;
    switch (view->phase)
    {
    case BUILD_WAITING:
        *ret_path = view->priority;
        return view->inputs_missing == 0 ? TASK_FILL : TASK_NONE;
    case BUILD_INDEXING:
        return view->indexes_started < view->recipe->index_count ? TASK_INDEX : TASK_NONE;
    case BUILD_INDEX_ATTRIBUTES:
        return view->attributes_started ? TASK_NONE : TASK_INDEX_ATTRIBUTES;
    case BUILD_COMPLETE:
        *ret_path = -1; /* behind everything that somebody waits for */
        return view->vacuum_due && !view->vacuum_started ? TASK_VACUUM : TASK_NONE;
    case BUILD_FILLING:
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
        view->phase = BUILD_FILLING;
        view->record->started_at = journal_now(view->build->run->record);
        save(view, VIEW_BUILDING); /* the intent, before the act */
        task = build_fill_task(view);
        task->on_done = filled;
        break;
    case TASK_INDEX:
        task = build_index_task(view, view->indexes_started++);
        task->on_done = indexed;
        break;
    case TASK_INDEX_ATTRIBUTES:
        view->attributes_started = true;
        task = build_index_attributes_task(view);
        task->on_done = index_attributes_done;
        break;
    case TASK_VACUUM:
        view->vacuum_started = true;
        task = build_vacuum_task(view);
        task->on_done = vacuumed;
        break;
    case TASK_NONE:
    default:
        return NULL;
    }
    task->on_step = on_step;
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
        TaskKind kind = startable(&build->views[i], &path);
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
static Status weigh(Build *build, double *weight, Errors *errors)
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
    return STATUS_OK;
}

/* Is this input built by a task of its own? */
static bool is_awaited(const Run *run, const PlanView *input)
{
    return input->rebuilt && !view_status_is_usable(run->record->views[input->index].status);
}

/* A view that an earlier process of this run has built: at most its VACUUM is missing. */
static void take_built(BuildView *view)
{
    Build *build = view->build;
    view->phase = BUILD_COMPLETE;
    view->vacuum_due = view->record->status == VIEW_INDEXED;
    build->filled++;
    build->finished += view->vacuum_due ? 0 : 1;
}

static Status prepare(Build *build, Errors *errors)
{
    Run *run = build->run;
    double *weight = mem_array(build, double, build->view_count);
    double *priority = mem_array(build, double, build->view_count);
    if (weigh(build, weight, errors) != STATUS_OK)
        return STATUS_FAILED;
    plan_priorities(run->plan, weight, priority);
    for (size_t i = 0; i < build->view_count; i++)
    {
        BuildView *view = &build->views[i];
        *view = (BuildView){.build = build,
                            .view = run->plan->views[i],
                            .recipe = &run->recipes[i],
                            .record = &run->record->views[i],
                            .position = i,
                            .priority = priority[i],
                            .path_after = priority[i] - weight[i]};
        for (size_t j = 0; j < view->view->read_count; j++)
            view->inputs_missing += is_awaited(run, view->view->reads[j].view) ? 1 : 0;
        if (view_status_is_usable(view->record->status))
            take_built(view);
    }
    return STATUS_OK;
}

static Status execute(Build *build, Errors *errors)
{
    Run *run = build->run;
    PgOptions options = {.config = run->config, .session_settings = true};
    int jobs = run->options.jobs > 0 ? run->options.jobs : run->config->jobs;
    char *fence = lock_fence_sql(build, run->config->set);
    if (pg_pool_open(build, options, jobs, fence, &build->pool, errors) != STATUS_OK ||
        lock_check(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    pg_pool_watch(build->pool, run->control, "the coordinating connection");
    if (run->holder != NULL) /* a resumed build that only has to VACUUM needs no snapshot */
        pg_pool_watch(build->pool, run->holder, "the connection that holds the snapshot");
    Errors *pool_errors = errors_new(build);
    Status status = pg_pool_run(build->pool, next_task, NULL, build, pool_errors);
    /* the task that failed says why; that the pool then stopped is no news */
    bool reason_known = !errors_empty(build->errors);
    errors_move(errors, build->errors);
    if (!reason_known || errors_have(pool_errors, ERROR_CANCELLED))
        errors_move(errors, pool_errors);
    if (status != STATUS_OK || build->failed)
        return STATUS_FAILED;
    if (build->finished < build->view_count)
    {
        errors_add(errors, ERROR_INTERNAL, "the build ended with %zu of %zu views", build->finished,
                   build->view_count);
        return STATUS_FAILED;
    }
    return STATUS_OK;
}

Status stage_build(Run *run, Errors *errors)
{
    Build *build = mem_new(run, Build);
    build->run = run;
    build->errors = errors_new(build);
    build->view_count = run->plan->view_count;
    build->views = mem_array(build, BuildView, build->view_count);
    Status status = prepare(build, errors);
    if (status == STATUS_OK && build->finished < build->view_count)
        status = execute(build, errors);
    TALLOC_FREE(run->holder);
    talloc_free(build);
    return status == STATUS_OK ? journal_run_advance(run->journal, run->record, RUN_BUILT, errors) : STATUS_FAILED;
}
