/* Goes when the commands' bodies come: until then the commands say what they are. */
#include "matswap/cli.h"

static Status refuse(const CliOptions *options, Errors *errors)
{
    errors_add(errors, ERROR_INTERNAL, "`%s` is not built yet", options->command->name);
    return STATUS_FAILED;
}

Status cli_run_execute(const CliOptions *options, Errors *errors) { return refuse(options, errors); }
Status cli_check_execute(const CliOptions *options, Errors *errors) { return refuse(options, errors); }
Status cli_resume_execute(const CliOptions *options, Errors *errors) { return refuse(options, errors); }
Status cli_rollback_execute(const CliOptions *options, Errors *errors) { return refuse(options, errors); }
Status cli_status_execute(const CliOptions *options, Errors *errors) { return refuse(options, errors); }
