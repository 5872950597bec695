#include "matswap/cli.h"
#include "matswap/report.h"

static const char *const formats[] = {"text", "json", NULL};

Status cli_status_execute(const CliOptions *options, Errors *errors)
{
    Config *config;
    Journal *journal;
    JournalRun *run = NULL;
    if (cli_load_config(options, &config, errors) != STATUS_OK ||
        journal_open(options->context, config->journal, JOURNAL_READ_ONLY, &journal, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (journal != NULL &&
        journal_unfinished(options->context, journal, config->set, &run, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (options->format == PLAN_JSON)
        report_status_json(stdout, run);
    else
        report_status_text(stdout, run);
    return STATUS_OK;
}

const Command cli_status = {
    .name = "status",
    .usage = "status [--format=text|json]",
    .summary = "what is running or left over",
    .help = "Shows the run that is under way or was left unfinished, view by view, from the journal.\n"
            "\n"
            "Examples\n"
            "  matswap status\n"
            "  matswap status --format=json | jq '.runs[].state'",
    .options = CLI_FORMAT,
    .formats = formats,
    .execute = cli_status_execute,
};
