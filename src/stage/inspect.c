/*
 * What the server knows of a set, for `status`: reads the catalog and the statistics views, takes no lock, waits for
 * nobody.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "stage_internal.h"

/* NAMEDATALEN - 1: where the server cuts application_name (src/include/pg_config_manual.h) */
enum
{
    LONGEST_APPLICATION = 63
};

/* "" is no value */
static const char *copy(const void *context, const PgRows *rows, size_t row, const char *column)
{
    const char *value = pg_value(rows, row, column);
    return value == NULL || value[0] == '\0' ? NULL : mem_strdup(context, value);
}

static ServerSession session_of(const void *context, const PgRows *rows, size_t row)
{
    return (ServerSession){
        .pid = pg_integer(rows, row, "pid"),
        .role = copy(context, rows, row, "role"),
        .application = copy(context, rows, row, "application"),
        .since = copy(context, rows, row, "since"),
        .elapsed_ms = -1,
        .fraction = -1,
        .rows = -1,
        .bytes = -1,
    };
}

static Status find_holders(Run *run, ServerStatus *server, Errors *errors)
{
    PgRows *rows;
    const char *key = lock_key(server, "set", run->config->set);
    if (lock_holders(server, run->control, key, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
    {
        ServerSession session = session_of(server, rows, i);
        session.since = copy(server, rows, i, "started_at");
        MEM_PUSH(server, server->holders.items, server->holders.count, session);
    }
    server->holder = lock_holders_text(server, rows, run->config->set);
    server->holder_gone = server->holders.count > 0 && lock_holders_gone(rows);
    return STATUS_OK;
}

/* Which view a session is at: its name tells, as far as the server keeps it. */
static Name view_of(const Run *run, const JournalRun *unfinished, const char *application)
{
    Name found = {0};
    for (size_t i = 0; unfinished != NULL && application != NULL && i < unfinished->view_count; i++)
    {
        char *label = name_qualified(NULL, unfinished->views[i].name);
        char *expected = mem_printf(label, "matswap/%s/%s", run->config->set, label);
        if (strncmp(application, expected, LONGEST_APPLICATION) == 0)
            found = unfinished->views[i].name;
        talloc_free(label);
    }
    return found;
}

static Status find_workers(Run *run, const JournalRun *unfinished, ServerStatus *server, Errors *errors)
{
    PgRows *rows;
    const char *parameters[] = {mem_printf(server, "matswap/%s/", run->config->set),
                                mem_printf(server, "matswap/%s/%s", run->config->set, stage_inspect_label)};
    if (pg_query(server, run->control, &rows, errors, SQL_STATUS_SESSIONS, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
    {
        ServerSession session = session_of(server, rows, i);
        const char *elapsed = pg_value(rows, i, "elapsed_ms");
        session.state = copy(server, rows, i, "state");
        session.wait = copy(server, rows, i, "wait");
        session.query = copy(server, rows, i, "query");
        session.hidden = pg_boolean(rows, i, "hidden");
        session.elapsed_ms = elapsed == NULL ? -1 : strtod(elapsed, NULL);
        session.view = view_of(run, unfinished, session.application);
        MEM_PUSH(server, server->workers.items, server->workers.count, session);
    }
    return STATUS_OK;
}

static char *array_of_pids(const ServerStatus *server)
{
    Text *text = text_new(server);
    for (size_t i = 0; i < server->workers.count; i++)
        text_addf(text, "%s%" PRId64, i == 0 ? "{" : ",", server->workers.items[i].pid);
    text_add(text, server->workers.count == 0 ? "{}" : "}");
    return text->data;
}

static ServerSession *worker_of(const ServerStatus *server, int64_t pid)
{
    for (size_t i = 0; i < server->workers.count; i++)
        if (server->workers.items[i].pid == pid)
            return &server->workers.items[i];
    return NULL;
}

/* How far each is with what the server counts. */
static Status find_progress(Run *run, ServerStatus *server, Errors *errors)
{
    PgRows *rows;
    const char *pids = array_of_pids(server);
    bool counts_copies = pg_server_version(run->control) >= 140000;
    if (pg_query(server, run->control, &rows, errors, counts_copies ? SQL_BUILD_PROGRESS : SQL_BUILD_PROGRESS_13, 1,
                 &pids) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
    {
        ServerSession *worker = worker_of(server, pg_integer(rows, i, "pid"));
        if (worker == NULL)
            continue;
        const char *fraction = pg_value(rows, i, "fraction");
        worker->step = copy(server, rows, i, "step");
        worker->fraction = fraction == NULL ? -1 : strtod(fraction, NULL);
        worker->rows = pg_value(rows, i, "row_count") == NULL ? -1 : pg_integer(rows, i, "row_count");
        worker->bytes = pg_value(rows, i, "bytes") == NULL ? -1 : pg_integer(rows, i, "bytes");
    }
    return STATUS_OK;
}

/* Who keeps a session of the run from a lock. */
static Status find_obstacles(Run *run, ServerStatus *server, Errors *errors)
{
    PgRows *rows;
    const char *pids = array_of_pids(server);
    if (pg_query(server, run->control, &rows, errors, SQL_STATUS_BLOCKERS, 1, &pids) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
    {
        ServerSession *worker = worker_of(server, pg_integer(rows, i, "waiter"));
        ServerSession blocker = session_of(server, rows, i);
        blocker.gid = copy(server, rows, i, "gid");
        blocker.state = copy(server, rows, i, "state");
        blocker.query = copy(server, rows, i, "query");
        blocker.relations = copy(server, rows, i, "relations");
        blocker.hidden = pg_boolean(rows, i, "hidden");
        if (worker != NULL)
            MEM_PUSH(server, worker->blockers, worker->blocker_count, blocker);
    }
    return STATUS_OK;
}

/* One of the run's own: its locks are no news. */
static bool is_own(const Run *run, const char *application)
{
    char *start = mem_printf(NULL, "matswap/%s/", run->config->set);
    bool own = application != NULL && strncmp(application, start, strlen(start)) == 0;
    talloc_free(start);
    return own;
}

/*
 * Whoever has a lock on a live view that the swap of a run at work is about to lock, or on a relation of the old generation
 * that has not been dropped yet.
 */
static Status find_blockers(Run *run, const JournalRun *unfinished, ServerStatus *server, Errors *errors)
{
    PgRows *rows;
    server->swap_waits = unfinished != NULL && server->holders.count > 0 && !server->holder_gone &&
                         (unfinished->state == RUN_VALIDATED || unfinished->state == RUN_SWAPPING);
    if (unfinished == NULL || (unfinished->state != RUN_SWAPPED && !server->swap_waits))
        return STATUS_OK;
    uint32_t *oids = mem_array(server, uint32_t, unfinished->view_count);
    for (size_t i = 0; i < unfinished->view_count; i++)
        oids[i] = journal_view_is_kept(&unfinished->views[i]) ? 0 : unfinished->views[i].old_oid;
    if (relations_holders(server, run->control, array_of_oids(server, oids, unfinished->view_count), &rows, errors) !=
        STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
    {
        ServerSession session = session_of(server, rows, i);
        session.since = copy(server, rows, i, "since_iso");
        session.gid = copy(server, rows, i, "gid");
        session.state = copy(server, rows, i, "state");
        session.relations = copy(server, rows, i, "relations");
        if (is_own(run, session.application))
            continue;
        MEM_PUSH(server, server->blockers.items, server->blockers.count, session);
    }
    return STATUS_OK;
}

const char *const stage_inspect_label = "status";

Status stage_inspect(Run *run, const JournalRun *unfinished, const Name *known, size_t known_count,
                     ServerStatus *server, Errors *errors)
{
    if (find_holders(run, server, errors) != STATUS_OK || find_workers(run, unfinished, server, errors) != STATUS_OK ||
        find_progress(run, server, errors) != STATUS_OK || find_obstacles(run, server, errors) != STATUS_OK ||
        find_blockers(run, unfinished, server, errors) != STATUS_OK)
        return STATUS_FAILED;
    return orphans_find(run, known, known_count, &server->leftovers, errors);
}
