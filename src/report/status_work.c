/* `status` of a run at work: how far it is, what each of its sessions does, and who is in the way. */
#include <inttypes.h>
#include <string.h>

#include "matswap/memory.h"
#include "outlook.h"
#include "report_internal.h"
#include "table.h"

/* ---- how far ------------------------------------------------------------------------------------------------- */

char *outlook_text(const void *context, const Outlook *outlook)
{
    Text *text = text_new(context);
    text_addf(text, "%zu of %zu view%s built, %s", outlook->built, outlook->views, outlook->views == 1 ? "" : "s",
              report_bytes(text, outlook->bytes));
    if (outlook->expected_bytes > outlook->bytes)
        text_addf(text, " of about %s", report_bytes(text, outlook->expected_bytes));
    if (outlook->left_ms >= 0)
        text_addf(text, "; about %s left", report_duration(text, outlook->left_ms));
    return text->data;
}

/* ---- what each session does ---------------------------------------------------------------------------------- */

static char *duration_or_none(const void *context, double milliseconds)
{
    return milliseconds < 0 ? NULL : report_duration(context, milliseconds);
}

/* "31%, building index: scanning table", "12,000 rows" */
static char *progress_text(const void *context, const ServerSession *session)
{
    Text *text = text_new(context);
    if (session->fraction >= 0)
        text_addf(text, "%d%%", (int) (100 * session->fraction));
    if (session->rows >= 0)
        text_addf(text, "%s%s rows", text->length > 0 ? ", " : "", report_count(text, session->rows));
    if (session->step != NULL)
        text_addf(text, "%s%s", text->length > 0 ? ", " : "", session->step);
    return text->length > 0 ? text->data : NULL;
}

static const char *subject_of(const void *context, const ServerSession *session)
{
    return session->view.schema != NULL ? name_qualified(context, session->view) : session->application;
}

static char *visible(const void *context, const char *text)
{
    Text *result = text_new(context);
    if (text == NULL)
        return NULL;
    text_add_visible(result, text);
    return result->data;
}

static bool any_hidden(const ServerSessions *sessions)
{
    bool hidden = false;
    for (size_t i = 0; i < sessions->count; i++)
    {
        hidden = hidden || sessions->items[i].hidden;
        for (size_t k = 0; k < sessions->items[i].blocker_count; k++)
            hidden = hidden || sessions->items[i].blockers[k].hidden;
    }
    return hidden;
}

/* One that has nothing to do waits for its client, and shows what it did last: neither is news. */
static bool is_idle(const ServerSession *session)
{
    return session->state != NULL && strncmp(session->state, "idle", strlen("idle")) == 0;
}

void status_print_workers(FILE *out, const ServerSessions *workers, const Outlook *outlook)
{
    static const TableColumn columns[] = {
        {"server process", true}, {"session", false},   {"does", false},      {"for", true},
        {"of about", true},       {"progress", false}, {"waits for", false}, {"statement", false},
    };
    enum
    {
        COLUMNS = sizeof columns / sizeof columns[0]
    };
    if (workers->count == 0)
        return;
    size_t cell_count = workers->count * COLUMNS;
    const char **cells = mem_array(NULL, const char *, cell_count);
    for (size_t i = 0; i < workers->count; i++)
    {
        const ServerSession *worker = &workers->items[i];
        const OutlookTask *task = outlook == NULL ? NULL : &outlook->tasks[i];
        const char *row[COLUMNS] = {mem_printf(cells, "%" PRId64, worker->pid),
                                    visible(cells, subject_of(cells, worker)),
                                    task != NULL && task->what != NULL ? task->what : worker->state,
                                    duration_or_none(cells, task != NULL ? task->elapsed_ms : worker->elapsed_ms),
                                    duration_or_none(cells, task != NULL ? task->expected_ms : -1),
                                    progress_text(cells, worker),
                                    is_idle(worker) ? NULL : worker->wait,
                                    is_idle(worker) ? NULL : visible(cells, worker->query)};
        memcpy(&cells[i * COLUMNS], row, sizeof row);
    }
    fputc('\n', out);
    table_print(out, columns, COLUMNS, cells, workers->count);
    if (any_hidden(workers))
        fputs("what other roles' sessions do is shown to members of these roles and of pg_read_all_stats only\n", out);
    talloc_free(cells);
}

/* ---- who is in the way --------------------------------------------------------------------------------------- */

static const char *blocker_name(const void *context, const ServerSession *blocker)
{
    return blocker->gid != NULL ? mem_printf(context, "prepared transaction %s", blocker->gid)
           : blocker->pid > 0   ? mem_printf(context, "server process %" PRId64, blocker->pid)
                                : "a prepared transaction";
}

void status_print_obstacles(FILE *out, const ServerSessions *workers)
{
    static const TableColumn columns[] = {
        {"server process", true}, {"wants", false},        {"held by", false}, {"role", false},
        {"session", false},       {"state", false}, {"since", false},   {"statement", false},
    };
    enum
    {
        COLUMNS = sizeof columns / sizeof columns[0]
    };
    void *context = mem_context(NULL);
    const char **cells = NULL;
    size_t count = 0;
    for (size_t i = 0; i < workers->count; i++)
        for (size_t k = 0; k < workers->items[i].blocker_count; k++)
        {
            const ServerSession *blocker = &workers->items[i].blockers[k];
            const char *row[COLUMNS] = {mem_printf(context, "%" PRId64, workers->items[i].pid),
                                        visible(context, blocker->relations),
                                        visible(context, blocker_name(context, blocker)),
                                        visible(context, blocker->role),
                                        visible(context, blocker->application),
                                        blocker->state,
                                        blocker->since,
                                        visible(context, blocker->query)};
            for (size_t c = 0; c < COLUMNS; c++)
                MEM_PUSH(context, cells, count, row[c]);
        }
    if (count > 0)
    {
        fputs("\nwhat the run waits for:\n", out);
        table_print(out, columns, COLUMNS, cells, count / COLUMNS);
    }
    talloc_free(context);
}

void status_print_blockers(FILE *out, const ServerSessions *blockers, bool swap_waits)
{
    static const TableColumn columns[] = {
        {"held by", false}, {"role", false}, {"session", false}, {"state", false}, {"since", false}, {"relations", false},
    };
    enum
    {
        COLUMNS = sizeof columns / sizeof columns[0]
    };
    if (blockers->count == 0)
        return;
    size_t cell_count = blockers->count * COLUMNS;
    const char **cells = mem_array(NULL, const char *, cell_count);
    for (size_t i = 0; i < blockers->count; i++)
    {
        const ServerSession *blocker = &blockers->items[i];
        const char *row[COLUMNS] = {visible(cells, blocker_name(cells, blocker)),
                                    visible(cells, blocker->role),
                                    visible(cells, blocker->application),
                                    blocker->state,
                                    blocker->since,
                                    visible(cells, blocker->relations)};
        memcpy(&cells[i * COLUMNS], row, sizeof row);
    }
    fputs(swap_waits ? "\nthe swap needs locks on these, which are in use:\n"
                     : "\nthe old generation cannot be dropped yet, for it is in use:\n", out);
    table_print(out, columns, COLUMNS, cells, blockers->count);
    talloc_free(cells);
}
