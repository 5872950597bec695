#include "every.h"
#include "generation.h"

static Status execute(const CliOptions *options, Run **ret_run, Errors *errors)
{
    if (generation_open(options, true, ret_run, errors) != STATUS_OK)
        return STATUS_FAILED;
    Run *run = *ret_run;
    if (stage_recover(run, RECOVERY_RUN, errors) != STATUS_OK || stage_before_run(run, errors) != STATUS_OK ||
        stage_prepare(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    generation_say_changes(run);
    if (generation_build(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    return generation_publish(run, errors);
}

static Status run_once(const CliOptions *options, Errors *errors)
{
    Run *run;
    Status status = execute(options, &run, errors);
    return generation_end(run, status, errors);
}

Status cli_run_execute(const CliOptions *options, Errors *errors)
{
    return options->every_ms > 0 ? every_execute(options, run_once, errors) : run_once(options, errors);
}

const Command cli_run = {
    .name = "run",
    .usage = "run [OPTIONS] [--every=TIME [--at=HH:MM] [--jitter=TIME]] [--drop-removed | --only VIEW…]",
    .summary = "build a new generation, validate it, swap it in, retire the old one",
    .help = "Builds every view of the set beside the live one, all from one snapshot, proves the result, and swaps it\n"
            "in one transaction.  Until that transaction commits the old generation serves; whatever fails before\n"
            "leaves it as it was.  A run that died earlier is reverted or finished first.\n"
            "\n"
            "Examples\n"
            "  matswap -c conf/gitcoin.ini run\n"
            "  matswap run --dry-run                 what would the swap do?  nothing is published\n"
            "  matswap run --until=validated         build now; `matswap resume` swaps later\n"
            "  matswap run --only all_donations      this view and all that reads it\n"
            "  matswap run --jobs=4 --keep-old       `matswap rollback` brings the old generation back\n"
            "  matswap run --accept max_shrink@all_donations --reason 'round 18 is off'\n"
            "                                        publish although that rule is broken; the reason is kept\n"
            "  matswap run --drop-removed            views whose files are gone go with the old generation\n"
            "  matswap run --every=15min             for ever; SIGTERM ends it, SIGHUP reads the configuration again\n"
            "  matswap run --every=1d --at=02:00 --jitter=5min\n"
            "                                        each night, and not all hosts at once",
    .options = CLI_LOG | CLI_EVERY | CLI_DRY_RUN | CLI_UNTIL | CLI_ONLY | CLI_JOBS | CLI_KEEP_OLD | CLI_DROP_REMOVED | CLI_ACCEPT,
    .execute = cli_run_execute,
};
