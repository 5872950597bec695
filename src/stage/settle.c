/*
 * What did the COMMIT of an interrupted swap do?  Established, not guessed: the journal has the transaction's
 * xid8, the server says what became of it (pg_xact_status), and the OIDs behind the live names must agree.
 * https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT
 */
#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "stage_internal.h"

/* How many live names carry the new relation, and how many the old one. */
static Status count_live(Run *run, size_t *ret_new, size_t *ret_old, Errors *errors)
{
    const JournalRun *record = run->record;
    void *scratch = mem_context(run);
    PgRows *rows;
    Status status = relations_live_of(scratch, run->control, record, &rows, errors);
    *ret_new = 0;
    *ret_old = 0;
    for (size_t row = 0; status == STATUS_OK && row < pg_row_count(rows); row++)
    {
        const JournalView *view = &record->views[pg_integer(rows, row, "position") - 1];
        *ret_new += pg_oid(rows, row, "oid") == view->new_oid ? 1 : 0;
        *ret_old += pg_oid(rows, row, "oid") == view->old_oid ? 1 : 0;
    }
    talloc_free(scratch);
    return status;
}

typedef enum Outcome
{
    COMMITTED,
    ABORTED,
    IN_PROGRESS,
    UNKNOWN
} Outcome;

static Status transaction_outcome(Run *run, Outcome *ret_outcome, Errors *errors)
{
    PgRows *rows;
    size_t before = errors->count;
    *ret_outcome = UNKNOWN;
    if (pg_query(run, run->control, &rows, errors, SQL_SWAP_TRANSACTION_STATUS, 1, &run->record->swap_xid) != STATUS_OK)
    {
        /* "transaction ID is in the future": a database that was restored to a time before the swap */
        if (!text_equal(errors->items[before]->sqlstate, "22023"))
            return STATUS_FAILED;
        errors_truncate(errors, before);
        return STATUS_OK;
    }
    static const char *const words[] = {"committed", "aborted", "in progress"};
    Outcome outcome = COMMITTED;
    while (outcome != UNKNOWN && strcmp(pg_text(rows, 0, "status"), words[outcome]) != 0)
        outcome++;
    *ret_outcome = outcome;
    talloc_free(rows);
    return STATUS_OK;
}

static Status settle(Run *run, Errors *errors)
{
    Outcome outcome;
    size_t new;
    size_t old;
    if (transaction_outcome(run, &outcome, errors) != STATUS_OK || count_live(run, &new, &old, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (outcome == IN_PROGRESS)
    {
        /* its backend would hold the set's lock, which is ours: unless a proxy has parted the two */
        Error *error = errors_add(errors, ERROR_IN_DOUBT, "transaction %s, the swap of run %s, is still in progress",
                                  run->record->swap_xid, run->record->run);
        error_remedy(error, "wait for it, or end its backend; then run `matswap resume`");
        return STATUS_FAILED;
    }
    /* the server forgets old transactions (pg_xact_status is NULL then), and a restored one counts anew: OIDs tell */
    if (new > 0 && (outcome == COMMITTED || (outcome == UNKNOWN && old == 0)))
    {
        report_line(run->report, "settled", "the swap of run %s was committed", run->record->run);
        return journal_run_advance(run->journal, run->record, RUN_SWAPPED, errors);
    }
    if (new == 0)
    {
        report_line(run->report, "settled", "the swap of run %s was not committed", run->record->run);
        return journal_run_swap_aborted(run->journal, run->record, errors);
    }
    Error *error = errors_add(errors, ERROR_INTERNAL, "%zu live views are of run %s, %zu are not, and the server does not "
                              "say that its transaction %s was committed", new, run->record->run, old,
                              run->record->swap_xid);
    error_remedy(error, "look at the views: somebody else has moved them");
    return STATUS_FAILED;
}

Status swap_settle(Run *run, Errors *errors)
{
    Errors *reasons = errors_new(run);
    Status status = run_reconnect(run, reasons);
    if (status == STATUS_OK)
        status = settle(run, reasons);
    else if (run->record->state == RUN_SWAPPED || run->record->state == RUN_DONE)
    {
        /* another command was quicker to ask */
        report_line(run->report, "settled", "the swap of run %s was committed; another command found out",
                    run->record->run);
        errors_truncate(reasons, 0);
        status = STATUS_OK;
    }
    if (status != STATUS_OK && run->record->state == RUN_SWAPPING && !errors_have(reasons, ERROR_INTERNAL) &&
        !errors_have(reasons, ERROR_IN_DOUBT))
    {
        Error *error = errors_add(errors, ERROR_IN_DOUBT,
                                  "it is not known whether the swap of run %s (transaction %s) was committed",
                                  run->record->run, run->record->swap_xid);
        error_remedy(error, "once what follows is mended, run `matswap resume`, which asks the server");
    }
    errors_move(errors, reasons);
    talloc_free(reasons);
    return status;
}
