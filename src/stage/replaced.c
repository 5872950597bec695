/*
 * Objects outside the set that the swap has made anew: the old ones, under names of their own, until nobody needs them.
 *
 * A function is found by its name when a statement is parsed, and by its OID from then on, with no lock on it in between
 * (https://www.postgresql.org/docs/current/explicit-locking.html knows none).  A statement that has found one and then
 * waits for the swap's locks, on a view that it or the function reads, goes on after the COMMIT with the old OID: it must
 * still be there.  So the drop waits for the transactions that were open when the swap was over, as CREATE INDEX
 * CONCURRENTLY does (WaitForOlderSnapshots in src/backend/commands/indexcmds.c), if not for ever: what was open then has
 * no lock on any view of the set, and only a plan that has not come to its function yet could miss it.
 */
#include "array.h"
#include "matswap/memory.h"
#include "pg_sql.h"
#include "stage_internal.h"

enum
{
    LOOK_INTERVAL_MS = 20
};

char *replaced_marker(const void *context, const char *set, const char *run)
{
    return schema_marker(context, set, run, "replaced ", true);
}

/* Those of `sessions` (NULL: all) that are in a transaction; the same as an array literal for the next question. */
static Status open_sessions(Run *run, const void *scratch, const char *sessions, const char **ret_sessions,
                            size_t *ret_count, Errors *errors)
{
    PgRows *rows;
    if (pg_query(scratch, run->control, &rows, errors, SQL_DEPENDENTS_SESSIONS, 1, &sessions) != STATUS_OK)
        return STATUS_FAILED;
    size_t count = pg_row_count(rows);
    const char **names = mem_array(scratch, const char *, count);
    for (size_t row = 0; row < count; row++)
        names[row] = pg_text(rows, row, "session");
    *ret_sessions = array_of_texts(scratch, names, count);
    *ret_count = count;
    return STATUS_OK;
}

static Status wait_for_sessions(Run *run, const void *scratch, Errors *errors)
{
    double until_ms = stage_clock_ms() + (double) run->config->blocked_patience_ms;
    const char *sessions = NULL;
    size_t count;
    for (;;)
    {
        if (open_sessions(run, scratch, sessions, &sessions, &count, errors) != STATUS_OK)
            return STATUS_FAILED;
        if (count == 0 || stage_clock_ms() >= until_ms)
            return STATUS_OK;
        if (pg_interrupted())
        {
            errors_add(errors, ERROR_CANCELLED, "interrupted while waiting for the readers of what was replaced");
            return STATUS_FAILED;
        }
        pg_sleep(LOOK_INTERVAL_MS);
    }
}

/* All or none: one transaction. */
static Status drop(Run *run, const PgRows *rows, Errors *errors)
{
    size_t count = pg_row_count(rows);
    const char **statements = mem_array(rows, const char *, count);
    PgOrigin *origins = mem_array(rows, PgOrigin, count);
    for (size_t row = 0; row < count; row++)
    {
        statements[row] = pg_text(rows, row, "sql");
        origins[row].object = pg_text(rows, row, "object");
    }
    if (pg_run(run->control, errors, SQL_TRANSACTION_BEGIN) == STATUS_OK &&
        pg_pipeline(run->control, errors, statements, count, origins) == STATUS_OK &&
        pg_run(run->control, errors, SQL_TRANSACTION_COMMIT) == STATUS_OK)
        return STATUS_OK;
    pg_rollback(run->control);
    return STATUS_FAILED;
}

Status replaced_drop(Run *run, const char *owning_run, Errors *errors)
{
    void *scratch = mem_context(run);
    const char *marker = replaced_marker(scratch, run->config->set, owning_run);
    PgRows *rows;
    Status status = pg_query(scratch, run->control, &rows, errors, SQL_DEPENDENTS_REPLACED, 1, &marker);
    if (status == STATUS_OK && pg_row_count(rows) > 0)
    {
        status = wait_for_sessions(run, scratch, errors);
        if (status == STATUS_OK)
            status = drop(run, rows, errors);
    }
    talloc_free(scratch);
    return status;
}
