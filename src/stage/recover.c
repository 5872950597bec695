/*
 * Step 6: what an earlier run left is finished, reverted, or handed back to `resume`, as the table in
 * journal_state.h says.  The catalog is the truth; the journal says what was meant.
 */
#include <string.h>

#include "matswap/memory.h"
#include "pg_sql.h"
#include "stage_internal.h"

/* A journal copied to another machine, or a conninfo changed since, must not make us drop anything here. */
static Status check_place(Run *run, Errors *errors)
{
    PgRows *rows;
    if (pg_query(run, run->control, &rows, errors, SQL_RECOVER_PLACE, 0, NULL) != STATUS_OK)
        return STATUS_FAILED;
    const JournalRun *record = run->record;
    const char *identifier;
    Status status =
        run_system_identifier(rows, run->control, pg_boolean(rows, 0, "may_read_control"), &identifier, errors);
    /* "" is no identity: the role may not ask now, or could not when the run began */
    bool other_server = status == STATUS_OK && identifier[0] != '\0' && record->system_identifier[0] != '\0' &&
                        strcmp(identifier, record->system_identifier) != 0;
    if (status == STATUS_OK && (other_server || strcmp(pg_text(rows, 0, "database"), record->database) != 0))
    {
        Error *error = errors_add(errors, ERROR_REFUSED,
                                  "the journal %s holds the unfinished run %s of database %s on another server",
                                  journal_path(run->journal), record->run, record->database);
        error_remedy(error, "finish it there (`matswap rollback`), or give this database a journal of its own");
        status = STATUS_FAILED;
    }
    talloc_free(rows);
    return status;
}

static RunOutcome outcome_of_revert(const JournalRun *record, RecoveryCommand command)
{
    if (record->outcome != OUTCOME_NONE)
        return record->outcome;
    /* left on purpose (--until), and superseded or rolled back now */
    if (command == RECOVERY_ROLLBACK || record->state == RUN_BUILT || record->state == RUN_VALIDATED)
        return OUTCOME_ROLLED_BACK;
    return OUTCOME_CRASHED;
}

static Status revert(Run *run, RecoveryCommand command, Errors *errors)
{
    if (stage_revert(run, outcome_of_revert(run->record, command), NULL, errors) != STATUS_OK)
        return STATUS_FAILED;
    hook_after_death(run);
    return STATUS_OK;
}

static Status remove_built(Run *run, RecoveryCommand command, Errors *errors)
{
    report_line(run->report, "recover", "run %s ended while %s: removing what it built", run->record->run,
                run_state_word(run->record->state));
    return revert(run, command, errors);
}

Status stage_abandon(Run *run, Errors *errors)
{
    if (remove_built(run, RECOVERY_RUN, errors) != STATUS_OK)
        return STATUS_FAILED;
    TALLOC_FREE(run->record);
    return STATUS_OK;
}

static Status act(Run *run, RecoveryCommand command, bool *ret_finished, Errors *errors)
{
    JournalRun *record = run->record;
    *ret_finished = true;
    switch (run_state_recovery(record->state, command))
    {
    case RECOVER_SETTLE:
        *ret_finished = false;
        return swap_settle(run, errors);
    case RECOVER_REVERT:
    case RECOVER_START_OVER:
        return remove_built(run, command, errors);
    case RECOVER_FINISH:
    case RECOVER_SWAP_BACK: /* `rollback` first completes the run, then swaps back what it kept */
        report_line(run->report, "recover", "run %s ended while %s: finishing it", record->run,
                    run_state_word(record->state));
        return record->state == RUN_SWAPPED ? retire_again(run, errors) : revert(run, command, errors);
    case RECOVER_GO_ON:
    case RECOVER_NOTHING:
    case RECOVERY_ACT_COUNT:
    default:
        return STATUS_OK;
    }
}

Status stage_recover(Run *run, RecoveryCommand command, Errors *errors)
{
    if (journal_unfinished(run, run->journal, run->config->set, &run->record, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (run->record == NULL)
        return STATUS_OK;
    report_run_found(run->report, run->record->run);
    if (check_place(run, errors) != STATUS_OK)
    {
        run->record = NULL;
        return STATUS_FAILED;
    }
    for (bool finished = false; !finished;)
        if (act(run, command, &finished, errors) != STATUS_OK)
        {
            run->record = NULL; /* it is not this command's run */
            return STATUS_FAILED;
        }
    if (run_state_recovery(run->record->state, command) == RECOVER_GO_ON)
        return STATUS_OK; /* run->record is the run to go on with */
    TALLOC_FREE(run->record);
    return STATUS_OK;
}
