/*
 * What the server knows of a set, for `status`: reads the catalog and the statistics views, takes no lock, waits for
 * nobody.
 */
#include "array.h"
#include "matswap/memory.h"
#include "pg_sql.h"
#include "stage_internal.h"

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

static Status find_workers(Run *run, ServerStatus *server, Errors *errors)
{
    PgRows *rows;
    const char *parameters[] = {mem_printf(server, "matswap/%s/", run->config->set),
                                mem_printf(server, "matswap/%s/%s", run->config->set, stage_inspect_label)};
    if (pg_query(server, run->control, &rows, errors, SQL_STATUS_SESSIONS, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
    {
        ServerSession session = session_of(server, rows, i);
        session.state = copy(server, rows, i, "state");
        session.wait = copy(server, rows, i, "wait");
        session.query = copy(server, rows, i, "query");
        MEM_PUSH(server, server->workers.items, server->workers.count, session);
    }
    return STATUS_OK;
}

/* Whoever has a lock on a relation of the old generation that has not been dropped yet. */
static Status find_blockers(Run *run, const JournalRun *unfinished, ServerStatus *server, Errors *errors)
{
    PgRows *rows;
    if (unfinished == NULL || unfinished->state != RUN_SWAPPED)
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
        MEM_PUSH(server, server->blockers.items, server->blockers.count, session);
    }
    return STATUS_OK;
}

const char *const stage_inspect_label = "status";

Status stage_inspect(Run *run, const JournalRun *unfinished, const Name *known, size_t known_count,
                     ServerStatus *server, Errors *errors)
{
    if (find_holders(run, server, errors) != STATUS_OK || find_workers(run, server, errors) != STATUS_OK ||
        find_blockers(run, unfinished, server, errors) != STATUS_OK)
        return STATUS_FAILED;
    return orphans_find(run, known, known_count, &server->leftovers, errors);
}
