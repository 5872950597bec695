#include "generation.h"

Status cli_check_execute(const CliOptions *options, Errors *errors)
{
    Run *run;
    CliOptions looking = *options;
    looking.run.look_only = true;
    if (generation_open(&looking, true, &run, errors) != STATUS_OK)
        return STATUS_FAILED;
    JournalRun *unfinished = NULL;
    if (run->journal != NULL &&
        journal_unfinished(run, run->journal, run->config->set, &unfinished, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (unfinished != NULL)
    {
        Error *error = errors_add(errors, ERROR_REFUSED, "run %s is unfinished (%s)", unfinished->run,
                                  run_state_word(unfinished->state));
        error_remedy(error, "`matswap run` would remove or finish it first; `matswap resume` goes on with it, "
                            "`matswap rollback` removes it");
        return STATUS_FAILED;
    }
    size_t before = errors->count;
    stage_check_hooks(run, errors);
    Status status = stage_prepare(run, errors) == STATUS_OK ? errors_since(errors, before) : STATUS_FAILED;
    generation_show_changes(run, stderr); /* standard output is a script for psql */
    if (status != STATUS_OK && run->preflight == NULL)
        return STATUS_FAILED;
    if (run->preflight->space != NULL && !report_is_quiet(run->report))
        report_space(stderr, run->preflight->space);
    if (status != STATUS_OK)
        return STATUS_FAILED;
    report_statements(stdout, run->preflight->advice);
    report_line(run->report, "check", "nothing stands in the way of a run of %zu views", run->plan->view_count);
    return STATUS_OK;
}

const Command cli_check = {
    .name = "check",
    .usage = "check [--drop-removed | --only VIEW…]",
    .summary = "every reason why a run would be refused, all at once",
    .help = "Reads the files and the catalog, creates the whole generation empty in a transaction that is rolled back,\n"
            "and names every object that would make a run fail, with what to do about it.  Says which columns a run would\n"
            "add, remove, retype or move, and how much disk it would take.  Changes nothing.\n"
            "What an administrator has to grant comes on standard output, ready to run.\n"
            "\n"
            "Examples\n"
            "  matswap -c conf/gitcoin.ini check\n"
            "  matswap check --only all_donations\n"
            "  matswap check 2> /dev/null | psql -U postgres shop     grants what is missing\n"
            "  matswap check --drop-removed          could the views whose files are gone be removed?\n"
            "  matswap check && matswap run",
    .options = CLI_ONLY | CLI_DROP_REMOVED,
    .shows_statements = true,
    .execute = cli_check_execute,
};
