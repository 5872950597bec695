#include "generation.h"

#include <inttypes.h>
#include <stdio_ext.h>

#include "accept.h"
#include "matswap/memory.h"

/* pg_trace has no closure: one command, one report */
static Report *tracing_report;

static void refresh(void)
{
    report_refresh(tracing_report);
}

static void trace_statement(int backend_pid, const char *sql)
{
    report_detail(tracing_report, "sql", "[%d] %s", backend_pid, sql);
}

static Status begin_report(Run *run, const CliOptions *options, Errors *errors)
{
    if (cli_open_report(run, options, run->config, &run->report, errors) != STATUS_OK)
        return STATUS_FAILED;
    tracing_report = run->report;
    pg_trace = options->verbose ? trace_statement : NULL;
    pg_waiting = report_is_live(run->report) ? refresh : NULL;
    return STATUS_OK;
}

static Status load_plan(Run *run, const CliOptions *options, Config *config, Errors *errors)
{
    CliSet set;
    CliOptions again = *options;
    again.loaded = config;
    if (cli_load(&again, &set, errors) != STATUS_OK || accept_resolve(options, set.plan, errors) != STATUS_OK)
        return STATUS_FAILED;
    run->plan = set.plan;
    for (size_t i = 0; i < run->plan->view_count; i++)
        report_align(run->report, run->plan->views[i]->name);
    return STATUS_OK;
}

/* What is left then is what a kill -9 leaves: nothing that the journal does not know. */
static Status limit_clean_up(const CliOptions *options, const Config *config, Errors *errors)
{
    char *message = mem_printf(options->context, "matswap: stop_timeout (%s) is over, and the clean-up is not: the run is left as "
                               "it is; `matswap status` says what that is, the next `matswap run`, or `matswap resume`, clears "
                               "it up\n", report_duration(options->context, (double) config->stop_timeout_ms));
    return pg_signals_limit(config->stop_timeout_ms, message, ERROR_IN_DOUBT, errors);
}

Status generation_open(const CliOptions *options, bool with_plan, Run **ret_run, Errors *errors)
{
    Config *config;
    *ret_run = NULL;
    if (pg_signals_install(errors) != STATUS_OK || cli_load_config(options, &config, errors) != STATUS_OK)
        return STATUS_FAILED;
    Run *run = mem_new(options->context, Run);
    run->config = config;
    run->options = options->run;
    /* the log before the SQL files: a mistake in these is what somebody looks for there */
    if (begin_report(run, options, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_run = run;
    if ((with_plan && load_plan(run, options, config, errors) != STATUS_OK) ||
        limit_clean_up(options, config, errors) != STATUS_OK)
        return STATUS_FAILED;
    return run_open(run, errors);
}

/* For the history: why the generation before this one lived longer than it should have. */
static Status note_skipped(Run *run, Errors *errors)
{
    int64_t starts = run->options.skipped_before;
    if (starts == 0)
        return STATUS_OK;
    char *message = mem_printf(run, "%" PRId64 " %s skipped since the run before", starts, starts == 1 ? "start was" : "starts were");
    return journal_event(run->journal, run->record, "skipped", NULL, message, errors);
}

Status generation_build(Run *run, Errors *errors)
{
    if (stage_snapshot(run, errors) == STATUS_OK && note_skipped(run, errors) == STATUS_OK &&
        stage_build(run, errors) == STATUS_OK)
        return STATUS_OK;
    return stage_give_up(run, errors);
}

/*
 * A table that nobody can read (a closed or full standard output) is no reason not to publish, and must not turn the
 * exit code of a swap that was committed into a failure.
 */
static void flush_table(Run *run)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return;
    report_warning(run->report, "the validation table cannot be written to standard output");
    __fpurge(stdout);
    clearerr(stdout);
}

static Status validate(Run *run, Errors *errors)
{
    Status status = stage_validate(run, errors);
    if (run->result_count > 0 && (status != STATUS_OK || !report_is_quiet(run->report)))
    {
        report_hide(run->report);
        report_validation(stdout, run->results, run->result_count);
        flush_table(run);
    }
    return status;
}

void generation_say_changes(const Run *run)
{
    if (run->changes != NULL)
        report_change_lines(run->report, run->changes, run->change_count);
}

void generation_show_changes(const Run *run, FILE *out)
{
    report_hide(run->report);
    if (run->changes != NULL && !report_is_quiet(run->report))
        report_changes(out, run->changes, run->change_count);
}

static Status show_and_remove(Run *run, Errors *errors)
{
    char *text;
    if (stage_swap_text(run, &text, errors) != STATUS_OK)
        return stage_give_up(run, errors);
    generation_show_changes(run, stdout);
    fputs(text, stdout);
    if (stage_revert(run, OUTCOME_DRY_RUN, NULL, errors) != STATUS_OK)
        return STATUS_FAILED;
    return stage_report_isolated(run, errors);
}

/* Of a run that an earlier command has validated. */
static Status recall_verdict(Run *run, Errors *errors)
{
    return journal_verdicts(run, run->journal, run->record, &run->results, &run->result_count, errors);
}

/* Who wants to see what would happen sees it also where nothing would. */
static Status give_up(Run *run, Errors *errors)
{
    if (run->options.dry_run)
        generation_show_changes(run, stdout);
    return stage_give_up(run, errors);
}

/* Where the run was to come to; that some views stay out of it decides the exit code. */
static Status stop(Run *run, Errors *errors)
{
    report_line(run->report, "stopped", "run %s is %s; `matswap resume` goes on, `matswap rollback` removes it",
                run->record->run, run_state_word(run->record->state));
    return stage_report_isolated(run, errors);
}

Status generation_publish(Run *run, Errors *errors)
{
    if (run->options.until == UNTIL_BUILT)
        return stop(run, errors);
    if ((run->record->state == RUN_BUILT ? validate(run, errors) : recall_verdict(run, errors)) != STATUS_OK)
        return give_up(run, errors);
    if (run->options.dry_run)
        return show_and_remove(run, errors);
    if (run->options.until == UNTIL_VALIDATED)
        return stop(run, errors);
    if (stage_swap(run, errors) != STATUS_OK)
        return stage_give_up(run, errors);
    return stage_retire(run, errors) == STATUS_OK ? stage_report_isolated(run, errors) : STATUS_FAILED;
}
