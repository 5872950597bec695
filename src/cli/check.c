#include "matswap/cli.h"

const Command cli_check = {
    .name = "check",
    .usage = "check [--only VIEW…]",
    .summary = "every reason why a run would be refused, all at once",
    .help = "Reads the files and the catalog, creates the whole generation empty in a transaction that is rolled back,\n"
            "and names every object that would make a run fail, with what to do about it.  Changes nothing.\n"
            "\n"
            "Examples\n"
            "  matswap -c conf/gitcoin.ini check\n"
            "  matswap check --only all_donations\n"
            "  matswap check && matswap run",
    .options = CLI_ONLY,
    .execute = cli_check_execute,
};
