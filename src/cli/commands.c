#include "matswap/cli.h"

const Command *const cli_commands[] = {
    &cli_init,   &cli_run,     &cli_plan,   &cli_check, &cli_resume, &cli_rollback,
    &cli_status, &cli_history, &cli_report, NULL,
};

Status cli_dispatch(const CliOptions *options, Errors *errors)
{
    if (options->help_key != NULL)
        fputs(cli_key_text(options->context, options->help_key), stdout);
    else if (options->help)
        cli_print_help(stdout, options->command);
    else if (options->version)
        cli_print_version(stdout);
    else
        return options->command->execute(options, errors);
    return STATUS_OK;
}
