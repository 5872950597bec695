/* option.h: the option table, private to src/cli/. */
#ifndef MATSWAP_CLI_OPTION_H
#define MATSWAP_CLI_OPTION_H

#include "matswap/cli.h"

typedef struct Option
{
    const char *name;     /* without the dashes */
    char letter;          /* 0: long form only */
    const char *argument; /* its name in the help, NULL: takes none */
    CliOptionBit bit;
    const char *help;
    /* Checks `value` and stores it; complains with ERROR_USAGE. */
    void (*apply)(CliOptions *options, const char *value, Errors *errors);
} Option;

extern const Option cli_options[];
extern const size_t cli_option_count;

#endif
