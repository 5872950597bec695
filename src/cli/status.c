#include "matswap/cli.h"

static const char *const formats[] = {"text", "json", NULL};

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
