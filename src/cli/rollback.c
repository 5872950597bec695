#include "matswap/cli.h"

const Command cli_rollback = {
    .name = "rollback",
    .usage = "rollback",
    .summary = "undo the run that the journal holds, or put a kept old generation back",
    .help = "Before the swap: removes the new generation of an unfinished run.  After it: when the old generation was\n"
            "kept (keep_old = yes, or run --keep-old), swaps it back in one transaction.\n"
            "\n"
            "Examples\n"
            "  matswap run --until=built && matswap rollback\n"
            "  matswap run --keep-old && matswap rollback",
    .execute = cli_rollback_execute,
};
