/* Argument parsing, dispatch, exit code: nothing else. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "matswap/cli.h"
#include "matswap/memory.h"
#include "matswap/report.h"

/* A result that could not be written (disk full, closed pipe) must not look like a success. */
static Status flush_output(Errors *errors)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return STATUS_OK;
    errors_add(errors, ERROR_SYSTEM, "cannot write standard output: %s",
               errno != 0 ? strerror(errno) : "an earlier write failed");
    return STATUS_FAILED;
}

int main(int argc, char **argv)
{
    void *root = mem_context(NULL);
    Errors *errors = errors_new(root);
    CliOptions *options = NULL;

    Status status = cli_parse(root, argc, argv, &options, errors);
    if (status == STATUS_OK)
        status = cli_dispatch(options, errors);
    if (flush_output(errors) != STATUS_OK)
        status = STATUS_FAILED;

    int exit_code = 0;
    if (status != STATUS_OK || !errors_empty(errors))
    {
        if (errors_empty(errors))
            errors_add(errors, ERROR_INTERNAL, "a command failed without saying why");
        report_errors(errors);
        exit_code = errors_exit_code(errors);
        if (options != NULL && options->command != NULL && options->command->shows_statements)
            report_statements(stdout, errors);
    }
    talloc_free(root);
    return exit_code;
}
