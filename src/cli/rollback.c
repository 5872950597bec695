#include "generation.h"

Status cli_rollback_execute(const CliOptions *options, Errors *errors)
{
    Run *run;
    JournalRun *unfinished;
    if (generation_open(options, false, &run, errors) != STATUS_OK ||
        journal_unfinished(run, run->journal, run->config->set, &unfinished, errors) != STATUS_OK ||
        stage_recover(run, RECOVERY_ROLLBACK, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (unfinished == NULL)
        return stage_rollback(run, errors);
    JournalRun *ended;
    if (journal_last(run, run->journal, run->config->set, &ended, errors) != STATUS_OK)
        return STATUS_FAILED;
    /* its swap had been committed: undoing it means bringing the old generation back */
    if (ended->state == RUN_DONE)
        return stage_rollback(run, errors);
    report_line(run->report, "rollback", "run %s is undone; the old generation serves", ended->run);
    return STATUS_OK;
}

const Command cli_rollback = {
    .name = "rollback",
    .usage = "rollback",
    .summary = "undo the run that the journal holds, or put a kept old generation back",
    .help = "Before the swap: removes the new generation of an unfinished run.  After it: when the old generation was\n"
            "kept (keep_old = yes, or run --keep-old), swaps it back in one transaction.\n"
            "\n"
            "Examples\n"
            "  matswap run --until=built && matswap rollback\n"
            "  matswap run --keep-old && matswap rollback",
    .execute = cli_rollback_execute,
};
