/*
 * task.c: what a run has done when, and on which connection.
 *
 * A task is written together with what the run writes next: it is for those who look at the run later, and not worth a
 * transaction of its own.
 */
#include "journal_internal.h"

#include "journal_sql.h"
#include "journal_word.h"
#include "matswap/journal_history.h"
#include "matswap/memory.h"

/* A talloc object, child of the run, so that copies of it share the list. */
struct JournalTasks
{
    JournalTask *items;
    size_t count;
};

void journal_task_done(JournalRun *run, const JournalTask *task)
{
    if (run->unwritten == NULL)
        run->unwritten = mem_new(run, JournalTasks);
    JournalTask kept = *task;
    kept.view = (Name){mem_strdup(run->unwritten, task->view.schema), mem_strdup(run->unwritten, task->view.name)};
    kept.started_at = mem_strdup(run->unwritten, task->started_at);
    kept.subject = mem_strdup(run->unwritten, task->subject);
    MEM_PUSH(run->unwritten, run->unwritten->items, run->unwritten->count, kept);
}

bool journal_has_unwritten_tasks(const JournalRun *run)
{
    return run->unwritten != NULL && run->unwritten->count > 0;
}

static Status put_task(Journal *journal, const JournalRun *run, const JournalTask *task, Errors *errors)
{
    Binds binds = BINDS(bind_integer(":run_id", run->id), bind_text(":phase", run_phase_word(task->phase)),
                        bind_text(":schema", task->view.schema), bind_text(":name", task->view.name),
                        bind_text(":subject", task->subject), bind_integer(":worker", task->worker),
                        bind_text(":started_at", task->started_at), bind_real(":duration_ms", task->duration_ms),
                        bind_integer(":rows", task->rows), bind_integer(":bytes", task->bytes));
    return journal_execute(journal, JOURNAL_SQL_TASK_INSERT, binds, NULL, NULL, errors);
}

Status journal_put_tasks(Journal *journal, const JournalRun *run, Errors *errors)
{
    Status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && run->unwritten != NULL && i < run->unwritten->count; i++)
        status = put_task(journal, run, &run->unwritten->items[i], errors);
    return status;
}

void journal_tasks_written(const JournalRun *run)
{
    if (run->unwritten == NULL)
        return;
    talloc_free_children(run->unwritten);
    *run->unwritten = (JournalTasks){0};
}

typedef struct Reading
{
    const void *context;
    JournalTask *tasks;
    size_t task_count;
    JournalEvent *events;
    size_t event_count;
} Reading;

/* The columns of sql/task_select.sql, in order. */
static Status read_task(Row *row, void *data, Errors *errors)
{
    Reading *reading = data;
    JournalTask task = {0};
    int phase = row_word(row, journal_phase_from_word, "phase of a run", errors);
    task.view.schema = row_text(row, reading->context);
    task.view.name = row_text(row, reading->context);
    task.subject = row_text(row, reading->context);
    task.worker = (int) row_integer(row);
    task.started_at = row_text(row, reading->context);
    task.duration_ms = row_real(row);
    task.rows = row_integer(row);
    task.bytes = row_integer(row);
    if (phase < 0)
        return STATUS_FAILED;
    task.phase = (RunPhase) phase;
    MEM_PUSH(reading->context, reading->tasks, reading->task_count, task);
    return STATUS_OK;
}

Status journal_tasks(const void *context, Journal *journal, const JournalRun *run, JournalTask **ret_tasks,
                     size_t *ret_count, Errors *errors)
{
    Reading reading = {.context = context};
    Binds run_id = BINDS(bind_integer(":run_id", run->id));
    if (journal->format >= JOURNAL_FORMAT_WITH_TASKS &&
        journal_execute(journal, JOURNAL_SQL_TASK_SELECT, run_id, read_task, &reading, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_tasks = reading.tasks;
    *ret_count = reading.task_count;
    return STATUS_OK;
}

typedef struct Averages
{
    const void *context;
    JournalTypical *items;
    size_t count;
} Averages;

/* The columns of sql/task_typical.sql, in order. */
static Status read_typical(Row *row, void *data, Errors *errors)
{
    Averages *averages = data;
    JournalTypical typical = {0};
    int phase = row_word(row, journal_phase_from_word, "phase of a run", errors);
    typical.view.schema = row_text(row, averages->context);
    typical.view.name = row_text(row, averages->context);
    typical.milliseconds = row_real(row);
    typical.count = row_real(row);
    if (phase < 0)
        return STATUS_FAILED;
    typical.phase = (RunPhase) phase;
    MEM_PUSH(averages->context, averages->items, averages->count, typical);
    return STATUS_OK;
}

Status journal_typical(const void *context, Journal *journal, const char *set, JournalTypical **ret_typical,
                       size_t *ret_count, Errors *errors)
{
    Averages averages = {.context = context};
    Binds binds = BINDS(bind_text(":set", set));
    if (journal->format >= JOURNAL_FORMAT_WITH_TASKS &&
        journal_execute(journal, JOURNAL_SQL_TASK_TYPICAL, binds, read_typical, &averages, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_typical = averages.items;
    *ret_count = averages.count;
    return STATUS_OK;
}

/* The columns of sql/event_select.sql, in order. */
static Status read_event(Row *row, void *data, Errors *errors)
{
    Reading *reading = data;
    JournalEvent event = {0};
    event.at = row_text(row, reading->context);
    event.kind = row_text(row, reading->context);
    event.view.schema = row_text(row, reading->context);
    event.view.name = row_text(row, reading->context);
    event.message = row_text(row, reading->context);
    MEM_PUSH(reading->context, reading->events, reading->event_count, event);
    return STATUS_OK;
}

Status journal_events(const void *context, Journal *journal, const JournalRun *run, JournalEvent **ret_events,
                      size_t *ret_count, Errors *errors)
{
    Reading reading = {.context = context};
    Binds run_id = BINDS(bind_integer(":run_id", run->id));
    if (journal_execute(journal, JOURNAL_SQL_EVENT_SELECT, run_id, read_event, &reading, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_events = reading.events;
    *ret_count = reading.event_count;
    return STATUS_OK;
}
