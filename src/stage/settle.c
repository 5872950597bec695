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
        if (journal_view_is_kept(view))
            continue; /* it carries the old one, whatever the swap did */
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

enum
{
    FIRST_PAUSE_MS = 100,
    LONGEST_PAUSE_MS = 2000
};

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

/*
 * Its backend would hold the set's lock, which is ours: so a pooler has parted the two, and that backend may only not
 * have noticed yet that nobody listens.
 */
static Status wait_for_outcome(Run *run, Outcome *ret_outcome, Errors *errors)
{
    double until_ms = stage_clock_ms() + (double) run->config->reconnect_timeout_ms;
    for (int pause_ms = FIRST_PAUSE_MS;; pause_ms = pause_ms < LONGEST_PAUSE_MS / 2 ? pause_ms * 2 : LONGEST_PAUSE_MS)
    {
        if (transaction_outcome(run, ret_outcome, errors) != STATUS_OK)
            return STATUS_FAILED;
        if (*ret_outcome != IN_PROGRESS || stage_clock_ms() >= until_ms || pg_interrupted())
            return STATUS_OK;
        pg_sleep(pause_ms);
    }
}

static Status report_in_progress(Run *run, Errors *errors)
{
    PgRows *rows;
    if (pg_query(run, run->control, &rows, errors, SQL_SWAP_TRANSACTION_HOLDER, 1, &run->record->swap_xid) != STATUS_OK)
        return STATUS_FAILED;
    Error *error = errors_add(errors, ERROR_IN_DOUBT, "transaction %s, the swap of run %s, is still in progress",
                              run->record->swap_xid, run->record->run);
    if (pg_row_count(rows) > 0)
        error_remedy(error, "wait for server process %s to end, or end it by pg_terminate_backend(%s); then run "
                            "`matswap resume`", pg_text(rows, 0, "pid"), pg_text(rows, 0, "pid"));
    else
        error_remedy(error, "run `matswap resume`");
    talloc_free(rows);
    return STATUS_FAILED;
}

/*
 * None of the live names carries what the run built: either it did not swap, or another generation has come since.  The
 * row that the swap's own transaction wrote tells the two apart, also on a server that was restored to a time before
 * the swap and has given the transaction's number to another one since.
 */
static Status was_superseded(Run *run, bool *ret_superseded, Errors *errors)
{
    PgRows *rows;
    size_t before = errors->count;
    *ret_superseded = false;
    if (pg_query(run, run->control, &rows, errors, SQL_GENERATION_OF_RUN, 1, &run->record->run) != STATUS_OK)
    {
        if (!text_equal(errors->items[before]->sqlstate, "42P01"))
            return STATUS_FAILED;
        errors_truncate(errors, before); /* no run has ever swapped in this database */
        return STATUS_OK;
    }
    *ret_superseded = pg_row_count(rows) > 0;
    talloc_free(rows);
    return STATUS_OK;
}

static Status settle(Run *run, bool *ret_aborted, Errors *errors)
{
    Outcome outcome;
    size_t new;
    size_t old;
    bool superseded = false;
    if (wait_for_outcome(run, &outcome, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (outcome == IN_PROGRESS)
        return report_in_progress(run, errors);
    if (count_live(run, &new, &old, errors) != STATUS_OK ||
        (new == 0 && outcome != ABORTED && was_superseded(run, &superseded, errors) != STATUS_OK))
        return STATUS_FAILED;
    /* the server forgets old transactions (pg_xact_status is NULL then), and a restored one counts anew: OIDs tell */
    if (superseded || (new > 0 && (outcome == COMMITTED || (outcome == UNKNOWN && old == 0))))
    {
        report_line(run->report, "settled", "the swap of run %s was committed%s", run->record->run,
                    superseded ? "; another generation has come since" : "");
        return journal_run_advance(run->journal, run->record, RUN_SWAPPED, errors);
    }
    if (new == 0)
    {
        *ret_aborted = true;
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
    bool aborted = false; /* known, even if the journal cannot be told */
    Status status = run_reconnect(run, reasons);
    if (status == STATUS_OK)
        status = settle(run, &aborted, reasons);
    else if (run->record->state == RUN_SWAPPED || run->record->state == RUN_DONE)
    {
        /* another command was quicker to ask */
        report_line(run->report, "settled", "the swap of run %s was committed; another command found out",
                    run->record->run);
        errors_truncate(reasons, 0);
        status = STATUS_OK;
    }
    if (status != STATUS_OK && !aborted && run->record->state == RUN_SWAPPING &&
        !errors_have(reasons, ERROR_INTERNAL) && !errors_have(reasons, ERROR_IN_DOUBT))
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
