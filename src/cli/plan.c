#include "matswap/cli.h"
#include "matswap/memory.h"

static const char *const formats[] = {"text", "json", "dot", "mermaid", "names", NULL};

/* What the server knows about the plan. */
typedef struct Known
{
    Run *run; /* NULL: it was not asked */
    char *transactions;
} Known;

static Status ask_server(const CliOptions *options, const CliSet *set, Known *known, Errors *errors)
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
    known->run = run;
    if (stage_check_references(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (options->format != PLAN_TEXT || set->config->foreign_snapshot != FOREIGN_SNAPSHOT_TOGETHER)
        return STATUS_OK;
    return stage_transactions_text(run, &known->transactions, errors);
}

static void say_advice(const Run *run)
{
    const Errors *advice = run->preflight->advice;
    for (size_t i = 0; i < advice->count; i++)
        report_warning(run->report, "%s", error_format(run, advice->items[i]));
}

Status cli_plan_execute(const CliOptions *options, Errors *errors)
{
    CliSet set;
    Known known = {0};
    if (cli_load(options, &set, errors) != STATUS_OK)
        return STATUS_FAILED;
    Status status = options->offline ? STATUS_OK : ask_server(options, &set, &known, errors);
    const Space *space = known.run == NULL ? NULL : known.run->preflight->space;
    plan_print(set.plan, options->format, space == NULL ? NULL : report_space_json(options->context, space), stdout);
    if (known.transactions != NULL)
        fputs(known.transactions, stdout);
    if (space != NULL && options->format == PLAN_TEXT)
    {
        fputc('\n', stdout);
        report_space(stdout, space);
    }
    if (space != NULL)
        say_advice(known.run);
    return status;
}

const Command cli_plan = {
    .name = "plan",
    .usage = "plan [--sql | --format=FORMAT] [--offline] [--only VIEW…]",
    .summary = "the order, what reads what, the exact SQL; builds nothing",
    .help = "Prints what a run would build, in order, with what each view reads.  Connects only to see whether the\n"
            "database has what the files refer to, and how much disk a generation takes; with --offline not at all.\n"
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
