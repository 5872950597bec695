/*
 * build_progress.c: what the build tells of itself while it is under way: what each worker begins and ends, how long it is
 * expected to take, and, for somebody who looks on, how far the server says that it is.
 *
 * The server is asked on a connection of its own, without waiting: the build goes on as well when there is none, or when it
 * does not answer.  REFRESH has no progress view, and its new rows are in a relation that no other session can see.
 */
#include <stdlib.h>

#include "build.h"
#include "matswap/journal_history.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"

enum
{
    CONNECT_MS = 2000
};

struct BuildOnlooker
{
    PgConnection *connection;
    bool asked;
    bool *moved_on;   /* workers that have begun something else since */
    const char *pids; /* the parameter */
};

/* ---- tasks -------------------------------------------------------------------------------------------------- */

static ReportTask report_task(const PgTask *task, const BuildView *view)
{
    return (ReportTask){
        .phase = (RunPhase) task->tag, .view = view->view->name, .subject = task->note, .worker = task->worker + 1};
}

void build_task_started(PgTask *task)
{
    BuildView *view = task->owner;
    view->build->at_work[task->worker] = task;
    if (view->build->onlooker != NULL)
        view->build->onlooker->moved_on[task->worker] = true;
    build_view_started(task, view);
}

void build_view_started(const PgTask *task, const BuildView *view)
{
    ReportTask started = report_task(task, view);
    report_started(view->build->run->report, &started);
}

void build_view_ended(const PgTask *task, const BuildView *view, double milliseconds, const Errors *errors)
{
    bool fills = task->tag == PHASE_FILL && errors == NULL;
    ReportTask ended = report_task(task, view);
    ReportEnd end = {.milliseconds = milliseconds,
                     .rows = fills ? view->record->rows : -1,
                     .bytes = fills ? view->record->bytes : -1,
                     .errors = errors};
    report_ended(view->build->run->report, &ended, &end);
    view->build->at_work[task->worker] = NULL;
}

/* ---- expectations ------------------------------------------------------------------------------------------- */

/* Where no run has done it before: shares of the time that filling takes, as they are on average. */
#define INDEX_SHARE 0.1
#define VACUUM_SHARE 0.05

static double typical(const JournalTypical *known, size_t count, RunPhase phase, Name view, double otherwise)
{
    for (size_t i = 0; i < count; i++)
        if (known[i].phase == phase && text_equal(known[i].view.schema, view.schema) &&
            text_equal(known[i].view.name, view.name))
            return known[i].milliseconds;
    return otherwise;
}

static ReportView expected(const BuildView *view, double weight, const JournalTypical *known, size_t count)
{
    Name name = view->view->name;
    bool fills = view->phase == BUILD_WAITING;
    size_t *readers = mem_array(view->build, size_t, view->view->reader_count);
    for (size_t i = 0; i < view->view->reader_count; i++)
        readers[i] = view->view->readers[i]->index;
    return (ReportView){.name = name,
                        .fill_ms = weight,
                        .index_ms = typical(known, count, PHASE_INDEX, name, weight * INDEX_SHARE),
                        .vacuum_ms = typical(known, count, PHASE_VACUUM, name, weight * VACUUM_SHARE),
                        .index_count = view->indexed_in_fill ? 0 : view->recipe->index_count,
                        .fills = fills,
                        .vacuums = view->vacuum_due || (fills && view_kind_is_stored(view->view->kind)),
                        .readers = readers,
                        .reader_count = view->view->reader_count};
}

Status build_tell_expectations(Build *build, const double *weight, bool guessed, Errors *errors)
{
    static const RunPhase after[] = {PHASE_VALIDATE, PHASE_SWAP, PHASE_RETIRE};
    Run *run = build->run;
    JournalTypical *known;
    size_t count;
    if (journal_typical(build, run->journal, run->config->set, &known, &count, errors) != STATUS_OK)
        return STATUS_FAILED;
    ReportBuild told = {.views = mem_array(build, ReportView, build->view_count),
                        .view_count = build->view_count,
                        .workers = build_jobs(run),
                        .guessed = guessed};
    for (size_t i = 0; i < build->view_count; i++)
        told.views[i] = expected(&build->views[i], weight[i], known, count);
    for (size_t i = 0; i < sizeof after / sizeof after[0]; i++)
        told.after_ms += typical(known, count, after[i], (Name){0}, 0);
    report_build(run->report, &told);
    return STATUS_OK;
}

/* ---- what the server says ----------------------------------------------------------------------------------- */

static const char *array_of_pids(const void *context, const PgPool *pool)
{
    Text *text = text_new(context);
    for (int i = 0; i < pg_pool_size(pool); i++)
        text_addf(text, "%s%d", i == 0 ? "{" : ",", pg_pool_pids(pool)[i]);
    text_add(text, "}");
    return text->data;
}

void build_look_on(Build *build)
{
    if (!report_is_live(build->run->report))
        return;
    PgOptions options = {.config = build->run->config, .timeout_ms = CONNECT_MS};
    Errors *ignored = errors_new(NULL);
    build->onlooker = mem_new(build, BuildOnlooker);
    pg_signals_hold(); /* a signal is not for this connection */
    if (pg_connect(build->onlooker, options, "progress", &build->onlooker->connection, ignored) == STATUS_OK)
    {
        build->onlooker->pids = array_of_pids(build->onlooker, build->pool);
        build->onlooker->moved_on = mem_array(build->onlooker, bool, (size_t) pg_pool_size(build->pool));
    }
    else
        TALLOC_FREE(build->onlooker);
    pg_signals_release();
    talloc_free(ignored);
}

static int worker_of(const PgPool *pool, int64_t pid)
{
    for (int i = 0; i < pg_pool_size(pool); i++)
        if (pg_pool_pids(pool)[i] == pid)
            return i;
    return -1;
}

/* A transaction that fills also analyzes, and may create indexes: these are steps of it, and not its measure. */
static void tell_row(const Build *build, const PgRows *rows, size_t row)
{
    int worker = worker_of(build->pool, pg_integer(rows, row, "pid"));
    const PgTask *task = worker < 0 || build->onlooker->moved_on[worker] ? NULL : build->at_work[worker];
    if (task == NULL)
        return;
    const char *fraction = pg_value(rows, row, "fraction");
    ReportProgress progress = {.worker = worker + 1,
                               .fraction = fraction == NULL || task->tag == PHASE_FILL ? -1 : strtod(fraction, NULL),
                               .rows = pg_value(rows, row, "row_count") == NULL ? -1 : pg_integer(rows, row, "row_count"),
                               .bytes = pg_value(rows, row, "bytes") == NULL ? -1 : pg_integer(rows, row, "bytes"),
                               .step = pg_value(rows, row, "step")};
    report_progress(build->run->report, &progress);
}

static bool server_counts_copies(const Build *build)
{
    return pg_server_version(build->onlooker->connection) >= 140000;
}

/* What we have read ourselves, where the server does not say what it has taken. */
static void tell_imports(const Build *build)
{
    for (int i = 0; i < pg_pool_size(build->pool) && !server_counts_copies(build); i++)
    {
        const BuildView *view = build->at_work[i] == NULL ? NULL : build->at_work[i]->owner;
        if (view == NULL || view->feed == NULL)
            continue;
        ReportProgress progress = {.worker = i + 1, .fraction = -1, .rows = import_rows(view->feed), .bytes = -1};
        report_progress(build->run->report, &progress);
    }
}

static Status take_answer(Build *build, Errors *errors)
{
    BuildOnlooker *onlooker = build->onlooker;
    PgRows *rows;
    if (!onlooker->asked || !pg_is_answered(onlooker->connection))
        return STATUS_OK;
    onlooker->asked = false;
    if (pg_answer(onlooker, onlooker->connection, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
        tell_row(build, rows, i);
    talloc_free(rows);
    return STATUS_OK;
}

static Status ask_again(Build *build, Errors *errors)
{
    BuildOnlooker *onlooker = build->onlooker;
    if (onlooker->asked)
        return STATUS_OK;
    onlooker->asked = true;
    for (int i = 0; i < pg_pool_size(build->pool); i++)
        onlooker->moved_on[i] = false;
    const char *sql = server_counts_copies(build) ? SQL_BUILD_PROGRESS : SQL_BUILD_PROGRESS_13;
    return pg_ask(onlooker->connection, errors, sql, 1, &onlooker->pids);
}

void build_tick(void *closure)
{
    Build *build = closure;
    if (build->onlooker == NULL)
        return;
    tell_imports(build);
    Errors *ignored = errors_new(NULL);
    if (take_answer(build, ignored) != STATUS_OK || ask_again(build, ignored) != STATUS_OK)
        TALLOC_FREE(build->onlooker);
    talloc_free(ignored);
}
