/*
 * outlook.c: how far a run is, as another process can tell: what the journal has of its views, and what its sessions do.
 * How long it will take is worked out as for the table that the run itself draws.
 */
#include "outlook.h"

#include <string.h>

#include "matswap/history.h"
#include "matswap/journal_history.h"
#include "matswap/memory.h"
#include "matswap/moment.h"
#include "report_internal.h"

/* ---- what a session does ------------------------------------------------------------------------------------- */

static const JournalView *view_of(const JournalRun *run, Name name)
{
    for (size_t i = 0; name.schema != NULL && i < run->view_count; i++)
        if (name_equal(run->views[i].name, name))
            return &run->views[i];
    return NULL;
}

static RunPhase phase_of_view(const JournalView *view, const ServerSession *session)
{
    if (view->status == VIEW_PLANNED || view->status == VIEW_BUILDING)
        return PHASE_FILL;
    if (view->status != VIEW_BUILT)
        return PHASE_VACUUM;
    bool alters = session->query != NULL && strncmp(session->query, "ALTER", strlen("ALTER")) == 0;
    return alters ? PHASE_ATTRIBUTES : PHASE_INDEX;
}

static RunPhase phase_of_run(const JournalRun *run)
{
    switch (run->state)
    {
    case RUN_STARTED:
        return PHASE_PREPARE;
    case RUN_BUILDING:
        return PHASE_FILL;
    case RUN_BUILT:
        return PHASE_VALIDATE;
    case RUN_VALIDATED:
    case RUN_SWAPPING:
        return PHASE_SWAP;
    case RUN_REVERTING:
    case RUN_REVERTED:
        return PHASE_REVERT;
    case RUN_SWAPPED:
    case RUN_DONE:
    case RUN_STATE_COUNT:
    default:
        return PHASE_RETIRE;
    }
}

/* A session whose state is hidden is believed to be at work. */
static bool is_busy(const ServerSession *session)
{
    return session->state == NULL || strcmp(session->state, "idle") != 0;
}

/* What stands behind the set's name: matswap/SET/snapshot. */
static const char *purpose_of(const ServerSession *session)
{
    const char *slash = session->application == NULL ? NULL : strrchr(session->application, '/');
    if (slash == NULL)
        return NULL;
    if (strncmp(slash + 1, "control", strlen("control")) == 0)
        return "control";
    if (strcmp(slash + 1, "snapshot") == 0)
        return "holds the snapshot";
    return strcmp(slash + 1, "observer") == 0 || strcmp(slash + 1, "progress") == 0 ? "looks on" : NULL;
}

static OutlookTask task_of(const JournalRun *run, const ServerSession *session, double now_ms)
{
    OutlookTask task = {.elapsed_ms = session->elapsed_ms, .expected_ms = -1};
    const JournalView *view = view_of(run, session->view);
    const char *purpose = view == NULL ? purpose_of(session) : NULL;
    bool controls = purpose != NULL && strcmp(purpose, "control") == 0;
    if (view != NULL && is_busy(session))
    {
        RunPhase phase = phase_of_view(view, session);
        double started_ms;
        task.what = run_phase_word(phase);
        if (phase == PHASE_FILL && moment_read(view->started_at, NULL, &started_ms))
            task.elapsed_ms = now_ms - started_ms;
    }
    else if (controls)
        task.what = run->state == RUN_BUILDING ? "waits for the workers" : run_phase_word(phase_of_run(run));
    else
        task.what = purpose;
    return task;
}

/* ---- what is to be expected ---------------------------------------------------------------------------------- */

static const JournalTypical *typical(const StatusExpectations *expectations, RunPhase phase, Name view)
{
    for (size_t i = 0; i < expectations->typical_count; i++)
    {
        const JournalTypical *item = &expectations->typical[i];
        bool same = view.schema == NULL ? item->view.schema == NULL
                                        : item->view.schema != NULL && name_equal(item->view, view);
        if (item->phase == phase && same)
            return item;
    }
    return NULL;
}

static double typical_ms(const StatusExpectations *expectations, RunPhase phase, Name view)
{
    const JournalTypical *item = typical(expectations, phase, view);
    return item == NULL ? 0 : item->milliseconds;
}

/* Of a view that is new: as much as the others take on average; -1: none is known. */
static double usual_fill_ms(const JournalRun *run, const StatusExpectations *expectations)
{
    double sum = 0;
    size_t known = 0;
    for (size_t i = 0; i < run->view_count; i++)
        if (expectations->fill_ms[i] >= 0)
        {
            sum += expectations->fill_ms[i];
            known++;
        }
    return known == 0 ? -1 : sum / (double) known;
}

static void add_readers(const void *context, ReportView *view, size_t position, const StatusExpectations *expectations)
{
    size_t *readers = mem_array(context, size_t, expectations->read_count);
    for (size_t i = 0; i < expectations->read_count; i++)
        if (expectations->reads[i].input == position)
            readers[view->reader_count++] = expectations->reads[i].reader;
    view->readers = readers;
}

static bool has_left(const JournalView *view)
{
    return journal_view_is_kept(view) || journal_view_leaves(view);
}

static ReportView expected_view(const void *context, const JournalRun *run, size_t i, double usual_ms,
                                const StatusExpectations *expectations)
{
    const JournalView *view = &run->views[i];
    const JournalTypical *index = typical(expectations, PHASE_INDEX, view->name);
    double fill_ms = expectations->fill_ms[i] >= 0 ? expectations->fill_ms[i] : usual_ms;
    bool stored = view_kind_is_stored(view->kind);
    ReportView expected = {.name = view->name,
                           .fill_ms = stored || expectations->fill_ms[i] >= 0 ? fill_ms : 0,
                           .index_ms = index == NULL ? 0 : index->milliseconds,
                           .index_count = index == NULL ? 0 : (size_t) (index->count + 0.5),
                           .vacuum_ms = typical_ms(expectations, PHASE_VACUUM, view->name),
                           .fills = view->status == VIEW_PLANNED || view->status == VIEW_BUILDING,
                           .vacuums = stored && view->status != VIEW_COMPLETE};
    add_readers(context, &expected, i, expectations);
    return expected;
}

/* ---- the run as the table would have it ----------------------------------------------------------------------- */

/* When the run's last view was ready. */
static double built_ms(const JournalRun *run, double otherwise)
{
    double latest = 0;
    for (size_t i = 0; i < run->view_count; i++)
    {
        double completed;
        if (moment_read(run->views[i].completed_at, NULL, &completed) && completed > latest)
            latest = completed;
    }
    return latest > 0 ? latest : otherwise;
}

static void recall_views(LiveModel *model, const JournalRun *run)
{
    for (size_t i = 0; i < run->view_count; i++)
    {
        const JournalView *view = &run->views[i];
        LiveView *live = &model->views[i];
        live->left = has_left(view);
        if (view->status == VIEW_BUILT)
            live->indexes_done = 0;
        if (view_is_measured(view) && live->expected.fill_ms > 0)
        {
            model->taken_ms += view->duration_ms;
            model->expected_ms += live->expected.fill_ms;
        }
    }
}

static LiveModel *model_of(const void *context, const JournalRun *run, const StatusExpectations *expectations,
                           double usual_ms, double now_ms)
{
    double began_ms;
    LiveModel *model = live_new(context, run->set, moment_read(run->started_at, NULL, &began_ms) ? began_ms : now_ms);
    ReportBuild build = {.views = mem_array(model, ReportView, run->view_count),
                         .view_count = run->view_count,
                         .workers = expectations->workers,
                         .after_ms = typical_ms(expectations, PHASE_VALIDATE, (Name){0}) +
                                     typical_ms(expectations, PHASE_SWAP, (Name){0}) +
                                     typical_ms(expectations, PHASE_RETIRE, (Name){0})};
    for (size_t i = 0; i < run->view_count; i++)
        build.views[i] = expected_view(model, run, i, usual_ms, expectations);
    live_build(model, &build);
    recall_views(model, run);
    model->building = run->state == RUN_STARTED || run->state == RUN_BUILDING;
    model->phase_began_ms = model->building ? now_ms : built_ms(run, now_ms);
    return model;
}

/* The sessions that are at a view become the table's workers. */
static void add_workers(LiveModel *model, Outlook *outlook, const JournalRun *run, const ServerStatus *server,
                        double now_ms)
{
    int worker = 0;
    for (size_t i = 0; i < server->workers.count && (size_t) worker < model->worker_count; i++)
    {
        const ServerSession *session = &server->workers.items[i];
        OutlookTask *task = &outlook->tasks[i];
        const JournalView *view = view_of(run, session->view);
        if (view == NULL || task->what == NULL)
            continue;
        worker++;
        ReportTask started = {.phase = phase_of_view(view, session), .view = session->view, .worker = worker};
        live_started(model, &started, now_ms - (task->elapsed_ms < 0 ? 0 : task->elapsed_ms));
        ReportProgress progress = {.worker = worker,
                                   .fraction = started.phase == PHASE_FILL ? -1 : session->fraction,
                                   .rows = session->rows,
                                   .bytes = session->bytes};
        live_progress(model, &progress);
        task->expected_ms = estimate_task(model, &model->workers[worker - 1], now_ms);
    }
}

static void count_views(Outlook *outlook, const JournalRun *run)
{
    bool known = true;
    for (size_t i = 0; i < run->view_count; i++)
    {
        const JournalView *view = &run->views[i];
        bool measured = view_is_measured(view);
        if (has_left(view))
            continue;
        outlook->views++;
        outlook->built += view_status_is_usable(view->status) ? 1 : 0;
        int64_t expected = measured ? view->bytes : view->old_bytes;
        outlook->bytes += measured && view->bytes > 0 ? view->bytes : 0;
        outlook->expected_bytes += expected > 0 ? expected : 0;
        known = known && (expected >= 0 || !view_kind_is_stored(view->kind));
    }
    if (!known)
        outlook->expected_bytes = -1;
}

Outlook *outlook_make(const void *context, const JournalRun *run, const ServerStatus *server, double now_ms)
{
    Outlook *outlook = mem_new(context, Outlook);
    const StatusExpectations *expectations = &server->expectations;
    outlook->fraction = -1;
    outlook->left_ms = -1;
    outlook->tasks = mem_array(outlook, OutlookTask, server->workers.count);
    for (size_t i = 0; i < server->workers.count; i++)
        outlook->tasks[i] = task_of(run, &server->workers.items[i], now_ms);
    count_views(outlook, run);
    if (expectations->fill_ms == NULL)
        return outlook;
    double usual_ms = usual_fill_ms(run, expectations);
    if (usual_ms < 0)
        return outlook; /* nothing like it was ever built */
    LiveModel *model = model_of(outlook, run, expectations, usual_ms, now_ms);
    add_workers(model, outlook, run, server, now_ms);
    estimate_run(model, now_ms, &outlook->fraction, &outlook->left_ms);
    return outlook;
}
