#include "matswap/cli.h"
#include "matswap/memory.h"

static const char *const formats[] = {"text", "json", "dot", "mermaid", "names", NULL};

static Status check_references(const CliOptions *options, const CliSet *set, Errors *errors)
{
    Run *run = mem_new(options->context, Run);
    PgOptions connection = {.config = set->config};
    run->config = set->config;
    run->plan = set->plan;
    run->options.look_only = true;
    run->report = report_new(run, options->quiet, options->verbose);
    if (pg_signals_install(errors) != STATUS_OK ||
        pg_connect(run, connection, "plan", &run->control, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (stage_check_references(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (options->format != PLAN_TEXT || set->config->foreign_snapshot != FOREIGN_SNAPSHOT_TOGETHER)
        return STATUS_OK;
    char *groups;
    if (stage_transactions_text(run, &groups, errors) != STATUS_OK)
        return STATUS_FAILED;
    fputs(groups, stdout);
    return STATUS_OK;
}

Status cli_plan_execute(const CliOptions *options, Errors *errors)
{
    CliSet set;
    if (cli_load(options, &set, errors) != STATUS_OK)
        return STATUS_FAILED;
    plan_print(set.plan, options->format, stdout);
    return options->offline ? STATUS_OK : check_references(options, &set, errors);
}

const Command cli_plan = {
    .name = "plan",
    .usage = "plan [--sql | --format=FORMAT] [--offline] [--only VIEW…]",
    .summary = "the order, what reads what, the exact SQL; builds nothing",
    .help = "Prints what a run would build, in order, with what each view reads.  Connects only to see whether the\n"
            "database has what the files refer to; with --offline not at all.\n"
            "\n"
            "Examples\n"
            "  matswap -c conf/gitcoin.ini plan\n"
            "  matswap plan --offline --sql          the statements, as a script that psql could run\n"
            "  matswap plan --format=dot | dot -Tsvg > plan.svg\n"
            "  matswap plan --format=json --only all_donations",
    .options = CLI_SQL | CLI_OFFLINE | CLI_FORMAT | CLI_ONLY,
    .formats = formats,
    .execute = cli_plan_execute,
};
