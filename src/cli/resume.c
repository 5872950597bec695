#include "matswap/cli.h"

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
