#include "generation.h"
#include "matswap/text.h"

/* A generation that was built from other SQL than the files hold now must not be published under their name. */
static Status check_unchanged(const Run *run, Errors *errors)
{
    if (text_equal(run->record->fingerprint, run->plan->fingerprint))
        return STATUS_OK;
    Error *error = errors_add(errors, ERROR_REFUSED, "the SQL files have changed since run %s was built",
                              run->record->run);
    error_remedy(error, "`matswap run` removes it and builds anew");
    return STATUS_FAILED;
}

/* The swap verifies the live views against what the run recorded; a resumed run finds its record in the journal. */
static Status go_on(Run *run, Errors *errors)
{
    report_line(run->report, "resume", "run %s goes on from %s", run->record->run, run_state_word(run->record->state));
    if (check_unchanged(run, errors) != STATUS_OK || stage_prepare(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    return generation_publish(run, errors);
}

Status cli_resume_execute(const CliOptions *options, Errors *errors)
{
    Run *run;
    JournalRun *unfinished;
    if (generation_open(options, true, &run, errors) != STATUS_OK ||
        journal_unfinished(run, run->journal, run->config->set, &unfinished, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (unfinished == NULL)
    {
        report_line(run->report, "resume", "nothing is unfinished");
        return STATUS_OK;
    }
    bool half_built = unfinished->state == RUN_STARTED || unfinished->state == RUN_BUILDING;
    if (stage_recover(run, RECOVERY_RESUME, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (run->record != NULL)
        return go_on(run, errors);
    if (!half_built)
        return STATUS_OK;
    /* its snapshot is gone with its connection: one generation, one snapshot, so it starts anew */
    report_line(run->report, "resume", "run %s was half built: building anew from one snapshot", unfinished->run);
    if (stage_prepare(run, errors) != STATUS_OK || generation_build(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    return generation_publish(run, errors);
}

const Command cli_resume = {
    .name = "resume",
    .usage = "resume",
    .summary = "go on with the run that the journal holds",
    .help = "Goes on where `run --until` stopped, or where a run died: a generation that is complete is swapped, a swap\n"
            "whose outcome was not established is settled, a half-built generation is removed and built anew.\n"
            "\n"
            "Examples\n"
            "  matswap run --until=validated && matswap resume\n"
            "  matswap resume                        after exit code 6, when the server is back",
    .execute = cli_resume_execute,
};
