#include "generation.h"

static Status execute(const CliOptions *options, Run **ret_run, Errors *errors)
{
    JournalRun *unfinished;
    if (generation_open(options, false, ret_run, errors) != STATUS_OK)
        return STATUS_FAILED;
    Run *run = *ret_run;
    if (journal_unfinished(run, run->journal, run->config->set, &unfinished, errors) != STATUS_OK ||
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

Status cli_rollback_execute(const CliOptions *options, Errors *errors)
{
    Run *run;
    if (options->run.orphans)
        return cli_orphans_execute(options, errors);
    if (options->yes)
    {
        error_remedy(errors_add(errors, ERROR_USAGE, "--yes answers for --orphans, which is not given"),
                     "write `matswap rollback`, or `matswap rollback --orphans --yes`");
        return STATUS_FAILED;
    }
    Status status = execute(options, &run, errors);
    return generation_end(run, status, errors);
}

const Command cli_rollback = {
    .name = "rollback",
    .usage = "rollback [--orphans [--yes]]",
    .summary = "undo the run that the journal holds, or put a kept old generation back",
    .help = "Before the swap: removes the new generation of an unfinished run.  After it: when the old generation was\n"
            "kept (keep_old = yes, or run --keep-old), swaps it back in one transaction.\n"
            "\n"
            "--orphans is for a journal that was lost: it finds by their marks the schemas that runs of this set left and\n"
            "the journal does not know, shows what is in them, and removes it when you agree: on the terminal, or by\n"
            "--yes.  With neither it only shows, and exits with 2.  What matswap did not build stays, by name.\n"
            "\n"
            "Examples\n"
            "  matswap run --until=built && matswap rollback\n"
            "  matswap run --keep-old && matswap rollback\n"
            "  matswap rollback --orphans            what has a lost journal left?",
    .options = CLI_LOG | CLI_ORPHANS | CLI_YES,
    .execute = cli_rollback_execute,
};
