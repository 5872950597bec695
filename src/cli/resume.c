#include "generation.h"

#include "matswap/memory.h"
#include "matswap/text.h"

/* The plan for just the views of a run --only that the set still has, and what reads them. */
static Status plan_of_partial(Run *run, const JournalRun *unfinished, Errors *errors)
{
    const char **only = NULL;
    size_t count = 0;
    Plan *plan;
    for (size_t i = 0; i < unfinished->view_count; i++)
    {
        Name name = unfinished->views[i].name;
        if (plan_find_in_set(run->plan, name) != NULL)
            MEM_PUSH(run, only, count, mem_printf(run, "%s.%s", name.schema, name.name));
    }
    if (count == 0)
    {
        Error *error =
            errors_add(errors, ERROR_REFUSED, "the SQL files have no view of run %s any more", unfinished->run);
        error_remedy(error, "`matswap rollback` removes it");
        return STATUS_FAILED;
    }
    if (plan_make(run, run->config, run->plan->sources, only, count, &plan, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (plan->view_count < run->plan->view_count)
        report_line(run->report, "resume", "%zu of the set's %zu views are part of the run", plan->view_count,
                    run->plan->view_count);
    run->plan = plan;
    return STATUS_OK;
}

/* Its "new" generation is the kept old one, which it has not touched: it begins again. */
static Status roll_back_again(Run *run, Errors *errors)
{
    if (stage_abandon(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    return stage_rollback(run, errors);
}

static Status build_rest(Run *run, Errors *errors)
{
    if (stage_build(run, errors) != STATUS_OK)
        return stage_give_up(run, errors);
    stage_report_coordinates(run);
    return STATUS_OK;
}

static Status start_anew(Run *run, Errors *errors)
{
    if (stage_before_run(run, errors) != STATUS_OK || stage_prepare(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    generation_say_changes(run);
    return generation_build(run, errors) == STATUS_OK ? generation_publish(run, errors) : STATUS_FAILED;
}

/* What was left to do is done; if it was to retire what a swap had replaced, that swap may have left views out. */
static Status end_finished(Run *run, Errors *errors)
{
    if (journal_last(run, run->journal, run->config->set, &run->record, errors) != STATUS_OK)
        return STATUS_FAILED;
    bool swapped = run->record != NULL && run->record->state == RUN_DONE;
    return swapped ? stage_report_isolated(run, errors) : STATUS_OK;
}

/* Nothing of it is lost by a failure before the build: a mistake in a file can be mended. */
static Status leave(const Run *run)
{
    if (run->record != NULL && !run_state_is_end(run->record->state))
        report_line(run->report, "stopped", "run %s is left as it is; `matswap resume` goes on, `matswap rollback` "
                    "removes it", run->record->run);
    return STATUS_FAILED;
}

static Status go_on(Run *run, bool strict, Errors *errors)
{
    if (stage_resume(run, strict, errors) != STATUS_OK)
        return leave(run);
    if (run->record == NULL)
        return start_anew(run, errors);
    generation_say_changes(run);
    if (run->record->state == RUN_BUILDING && build_rest(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    return generation_publish(run, errors);
}

static Status execute(const CliOptions *options, Run **ret_run, Errors *errors)
{
    JournalRun *unfinished;
    if (generation_open(options, true, ret_run, errors) != STATUS_OK)
        return STATUS_FAILED;
    Run *run = *ret_run;
    if (journal_unfinished(run, run->journal, run->config->set, &unfinished, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (unfinished == NULL)
    {
        report_line(run->report, "resume", "nothing is unfinished");
        return STATUS_OK;
    }
    /* it goes on as what it was begun as; the configuration may say otherwise by now */
    run->options.dry_run = unfinished->outcome == OUTCOME_DRY_RUN;
    run->options.keep_old = unfinished->keep_old;
    run->begun = unfinished;
    bool started = run_state_recovery(unfinished->state, RECOVERY_RESUME) == RECOVER_START_OVER;
    if (stage_recover(run, RECOVERY_RESUME, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (run->record == NULL && !started)
        return end_finished(run, errors); /* or it was undone to its end */
    if (run->record != NULL && run->record->is_rollback)
        return roll_back_again(run, errors);
    if (unfinished->partial && plan_of_partial(run, unfinished, errors) != STATUS_OK)
        return STATUS_FAILED;
    return started ? start_anew(run, errors) : go_on(run, options->strict, errors);
}

Status cli_resume_execute(const CliOptions *options, Errors *errors)
{
    Run *run;
    Status status = execute(options, &run, errors);
    return generation_end(run, status, errors);
}

const Command cli_resume = {
    .name = "resume",
    .usage = "resume [--strict] [--accept RULE@VIEW --reason TEXT]",
    .summary = "go on with the run that the journal holds",
    .help = "Goes on where `run --until` stopped, or where a run died: a generation that is complete is swapped, a\n"
            "swap whose outcome was not established is settled.  Of a half-built generation every view stays that was\n"
            "built completely and would be built the same way now; the others are built under a new snapshot, and the\n"
            "report names both.  SQL files and configuration may have changed since: what they touch is built again.\n"
            "--accept of the run that died is forgotten: say it again.\n"
            "\n"
            "Examples\n"
            "  matswap run --until=validated && matswap resume\n"
            "  matswap resume                        after exit code 6, when the server is back\n"
            "  matswap resume --strict               one snapshot for the whole generation, or start over",
    .options = CLI_LOG | CLI_STRICT | CLI_ACCEPT,
    .execute = cli_resume_execute,
};
