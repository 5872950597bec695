#include "generation.h"

#include "matswap/memory.h"
#include "matswap/text.h"

/* The plan for just the views of the run: it may have been a run --only. */
static Status plan_of_run(Run *run, const JournalRun *record, Plan **ret_plan, Errors *errors)
{
    const char **only = mem_array(run, const char *, record->view_count);
    for (size_t i = 0; i < record->view_count; i++)
        only[i] = mem_printf(only, "%s.%s", record->views[i].name.schema, record->views[i].name.name);
    return plan_make(run, run->config, run->plan->sources, only, record->view_count, ret_plan, errors);
}

/* A generation that was built from other SQL than the files hold now must not be published under their name. */
static Status check_unchanged(Run *run, Errors *errors)
{
    Plan *plan;
    Errors *unasked = errors_new(run);
    if (text_equal(run->record->fingerprint, run->plan->fingerprint))
        return STATUS_OK;
    if (plan_of_run(run, run->record, &plan, unasked) == STATUS_OK &&
        text_equal(run->record->fingerprint, plan->fingerprint))
    {
        report_line(run->report, "resume", "%zu of the set's %zu views are part of the run", plan->view_count,
                    run->plan->view_count);
        run->plan = plan;
        return STATUS_OK;
    }
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

/*
 * The snapshot of a half-built run is gone with its connection: one generation, one snapshot, so it starts anew, with
 * the views that it had and the files still have.
 */
static Status start_anew(Run *run, const JournalRun *died, Errors *errors)
{
    Plan *plan;
    Errors *unasked = errors_new(run);
    report_line(run->report, "resume", "run %s was half built: building anew from one snapshot", died->run);
    if (plan_of_run(run, died, &plan, unasked) == STATUS_OK)
        run->plan = plan;
    if (stage_prepare(run, errors) != STATUS_OK || generation_build(run, errors) != STATUS_OK)
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
    /* it goes on as what it was begun as; the configuration may say otherwise by now */
    run->options.dry_run = unfinished->outcome == OUTCOME_DRY_RUN;
    run->options.keep_old = unfinished->keep_old;
    bool half_built = unfinished->state == RUN_STARTED || unfinished->state == RUN_BUILDING;
    if (stage_recover(run, RECOVERY_RESUME, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (run->record != NULL)
        return go_on(run, errors);
    return half_built ? start_anew(run, unfinished, errors) : STATUS_OK;
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
