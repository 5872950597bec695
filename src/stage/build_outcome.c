/*
 * build_outcome.c: what the end of a task means for its view, for those that read it, and for its group.
 */
#include <inttypes.h>

#include "build.h"
#include "isolate.h"
#include "matswap/memory.h"
#include "matswap/text.h"

void build_fail(Build *build)
{
    build->failed = true;
    if (build->pool != NULL)
        pg_pool_stop(build->pool);
}

void build_save(BuildView *view, ViewStatus status)
{
    Build *build = view->build;
    view->record->status = status;
    if (journal_view_put(build->run->journal, build->run->record, view->position, build->errors) != STATUS_OK)
        build_fail(build);
}

static void finish_view(BuildView *view)
{
    view->finished = true;
    build_save(view, VIEW_COMPLETE);
}

static void complete(BuildView *view)
{
    view->phase = BUILD_COMPLETE;
    for (size_t i = 0; i < view->view->reader_count; i++)
    {
        BuildView *reader = &view->build->views[view->view->readers[i]->index];
        reader->inputs_missing -= reader->fill == view->fill ? 0 : 1;
    }
    if (view_kind_is_stored(view->view->kind))
    {
        build_save(view, VIEW_INDEXED); /* a run that dies before the VACUUM can be resumed with it */
        view->vacuum_due = true;
    }
    else
        finish_view(view);
}

/* The next phase after `view` got as far as its phase says. */
static void advance(BuildView *view)
{
    if (view->phase == BUILD_FILLING && view->indexed_in_fill)
    {
        complete(view);
        return;
    }
    if (view->phase == BUILD_FILLING)
        view->phase = BUILD_INDEXING;
    if (view->phase == BUILD_INDEXING && view->indexes_done == view->recipe->index_count)
        view->phase = BUILD_INDEX_ATTRIBUTES;
    if (view->phase == BUILD_INDEX_ATTRIBUTES && view->recipe->index_attribute_count == 0)
        complete(view);
}

bool build_is_void(const BuildView *view)
{
    return view->build->group_failed[view->build->run->groups[view->position]];
}

/* Everything is filled: the snapshot has done its work, and holding it longer would only hold back VACUUM. */
static void release_snapshot(Build *build)
{
    for (size_t i = 0; i < build->view_count; i++)
    {
        const BuildView *view = &build->views[i];
        if (view->phase == BUILD_FILLING || (view->phase == BUILD_WAITING && !build_is_void(view)))
            return;
    }
    if (build->run->holder != NULL)
        pg_pool_unwatch(build->pool, build->run->holder);
    TALLOC_FREE(build->run->holder);
}

static bool is_task_void(const PgTask *task, void *closure)
{
    return build_is_void(task->owner);
}

static void fail_group(Build *build, size_t position)
{
    bool *group_failed = &build->group_failed[build->run->groups[position]];
    build->groups_left -= *group_failed ? 0 : 1;
    *group_failed = true;
    for (size_t i = 0; i < build->view_count; i++)
        if (build_is_void(&build->views[i]))
            report_view_left(build->run->report, build->views[i].view->name);
    if (build->groups_left == 0)
        build_fail(build);
    else if (build->pool != NULL)
        pg_pool_cancel(build->pool, is_task_void, NULL);
}

/* Whose errors these are decides what they end: the view's group, or the build. */
void build_fail_view(BuildView *view, Errors *errors)
{
    Build *build = view->build;
    bool own = isolate_is_own(errors);
    if (own)
        isolate_fail(build->run, view->position, errors);
    else
        errors_move(build->errors, errors);
    build_save(view, VIEW_FAILED);
    if (own)
        fail_group(build, view->position);
    else
        build_fail(build);
}

static bool view_failed(BuildView *view, Errors *errors)
{
    Build *build = view->build;
    if (errors == NULL)
        return false;
    view->phase = BUILD_GIVEN_UP;
    if (view->feed != NULL)
        import_explain(view->feed, errors);
    if (!errors_have(errors, ERROR_CANCELLED))
        build_fail_view(view, errors);
    else if (!build_is_void(view)) /* the news is what made us, or the pool, cancel */
    {
        build_save(view, VIEW_FAILED);
        build_fail(build);
    }
    release_snapshot(build);
    return true;
}

/* What was tried took its time, too. */
static void account(const PgTask *task, double milliseconds, const Errors *errors)
{
    const BuildView *view = task->owner;
    account_view(view->build->run, (RunPhase) task->tag, view->view->name, NULL, task->worker + 1, milliseconds, 0);
    build_view_ended(task, view, milliseconds, errors);
}

static bool failed(PgTask *task, Errors *errors)
{
    return view_failed(task->owner, errors);
}

/* A transaction that fills several views goes on with the next one; that the first is filled is known when it commits. */
static void tell_next(const PgTask *task, const BuildView *view)
{
    const BuildFill *fill = view->fill;
    for (size_t i = 0; i + 1 < fill->count && task->tag == PHASE_FILL; i++)
        if (fill->views[i] == view)
            build_view_started(task, fill->views[i + 1]);
}

void build_on_step(PgTask *task, const PgStep *step, const PgRows *rows, double milliseconds)
{
    BuildView *view = step->owner;
    JournalView *record = view->record;
    view->fill_ms += view->phase == BUILD_FILLING ? milliseconds : 0;
    if (rows == NULL || pg_row_count(rows) == 0)
        return;
    if (step->tag == STEP_REWRITTEN)
        view->rewritten = mem_strdup(view->build, pg_value(rows, 0, "rewritten"));
    if (step->tag == STEP_TOTALS)
    {
        record->rows = pg_integer(rows, 0, "row_count");
        record->totals = mem_strdup(view->build->run->record, pg_text(rows, 0, "totals"));
        record->measures = mem_strdup(view->build->run->record, pg_value(rows, 0, "measures"));
        record->watermark = mem_strdup(view->build->run->record, pg_value(rows, 0, "watermark"));
    }
    if (step->tag == STEP_SOURCE)
        record->measures = totals_add_source(view->build->run->record, record->measures, rows);
    if (step->tag == STEP_IDENTITY)
    {
        tell_next(task, view);
        record->new_oid = pg_oid(rows, 0, "oid");
        record->bytes = pg_value(rows, 0, "bytes") == NULL ? -1 : pg_integer(rows, 0, "bytes");
    }
}

/* What it holds may be an empty table where the snapshot had rows. */
static Errors *rewritten_errors(const BuildView *view)
{
    if (view->rewritten == NULL)
        return NULL;
    Errors *errors = errors_new(view->build);
    Error *error = errors_add(errors, ERROR_CHANGED, "%s, which %s reads, was truncated, rewritten, refreshed or detached "
                              "since the snapshot that the generation is built from", view->rewritten, view->label);
    error_remedy(error_object(error, view->label), "run `matswap run` again when that is over (TRUNCATE, ALTER TABLE, "
                                                   "REFRESH, VACUUM FULL, CLUSTER)");
    return errors;
}

/* Of several views in one transaction, the one that the error is about; the first where it is about none. */
static BuildView *culprit_of(const BuildFill *fill, const Errors *errors)
{
    for (size_t i = 0; i < fill->count && !errors_empty(errors); i++)
        if (text_equal(errors->items[0]->object, fill->views[i]->label))
            return fill->views[i];
    return fill->views[0];
}

/* A transaction's views fail with the one that did: none of them is there, though some may have had an OID. */
static bool fill_failed(const BuildFill *fill, Errors *errors)
{
    if (errors == NULL)
        return false;
    BuildView *culprit = culprit_of(fill, errors);
    for (size_t i = 0; i < fill->count; i++)
    {
        fill->views[i]->record->new_oid = 0;
        fill->views[i]->phase = BUILD_GIVEN_UP;
        if (fill->views[i] != culprit)
            build_save(fill->views[i], VIEW_PLANNED);
    }
    return view_failed(culprit, errors);
}

/* It is committed, and worth nothing if a source of one of its views was not what it seemed. */
static bool fill_was_rewritten(const BuildFill *fill)
{
    for (size_t i = 0; i < fill->count; i++)
    {
        Errors *errors = rewritten_errors(fill->views[i]);
        for (size_t k = 0; k < fill->count && errors != NULL; k++)
            fill->views[k]->phase = BUILD_GIVEN_UP;
        if (view_failed(fill->views[i], errors))
            return true;
    }
    return false;
}

/* What the source has given and what the table has, counted by each for itself. */
static bool fill_lacks_rows(const BuildFill *fill)
{
    BuildView *view = fill->views[0];
    if (view->feed == NULL || import_rows(view->feed) == view->record->rows)
        return false;
    Errors *errors = errors_new(view->build);
    error_object(errors_add(errors, ERROR_IMPORT, "the import %s: its source has %" PRId64 " rows, and the table %" PRId64,
                            view->label, import_rows(view->feed), view->record->rows), view->label);
    return view_failed(view, errors);
}

/* One after the other, the last of them ends now. */
static void account_fill(const PgTask *task, const BuildFill *fill, const Errors *errors)
{
    double after_ms = 0;
    for (size_t i = fill->count; i-- > 0;)
    {
        const BuildView *view = fill->views[i];
        account_view(view->build->run, PHASE_FILL, view->view->name, NULL, task->worker + 1, view->record->duration_ms,
                     after_ms);
        after_ms += view->record->duration_ms;
    }
    for (size_t i = 0; i < fill->count; i++)
        build_view_ended(task, fill->views[i], fill->views[i]->record->duration_ms, errors);
}

void build_filled(PgTask *task, Errors *errors, double milliseconds)
{
    const BuildView *first = task->owner;
    const BuildFill *fill = first->fill;
    Build *build = first->build;
    for (size_t i = 0; i < fill->count; i++)
        fill->views[i]->record->duration_ms = fill->count == 1 ? milliseconds : fill->views[i]->fill_ms;
    account_fill(task, fill, errors);
    if (fill_failed(fill, errors) || fill_was_rewritten(fill) || fill_lacks_rows(fill))
        return;
    for (size_t i = 0; i < fill->count; i++)
    {
        BuildView *view = fill->views[i];
        view->record->completed_at = journal_now(build->run->record);
        view->feed = NULL; /* it goes with the task */
        report_view(build->run->report, "built", view->view->name, view->record->rows, view->record->bytes,
                    view->record->duration_ms, mem_printf(task, "worker %d", task->worker + 1));
        build_save(view, VIEW_BUILT);
        advance(view);
    }
    release_snapshot(build);
    talloc_free(task);
}

void build_indexed(PgTask *task, Errors *errors, double milliseconds)
{
    BuildView *view = task->owner;
    view->index_ms += milliseconds;
    view->indexes_done++;
    account(task, milliseconds, errors);
    if (failed(task, errors))
        return;
    if (view->indexes_done == view->recipe->index_count)
        report_view(view->build->run->report, "indexed", view->view->name, -1, -1, view->index_ms,
                    mem_printf(task, "%zu index%s", view->indexes_done, view->indexes_done == 1 ? "" : "es"));
    advance(view);
    talloc_free(task);
}

void build_index_attributes_done(PgTask *task, Errors *errors, double milliseconds)
{
    account(task, milliseconds, errors);
    if (failed(task, errors))
        return;
    complete(task->owner);
    talloc_free(task);
}

void build_vacuumed(PgTask *task, Errors *errors, double milliseconds)
{
    account(task, milliseconds, errors);
    if (failed(task, errors))
        return;
    finish_view(task->owner);
    talloc_free(task);
}
