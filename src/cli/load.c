#include "matswap/cli.h"

Status cli_load_config(const CliOptions *options, Config **ret_config, Errors *errors)
{
    const char *path = options->config;
    if (options->loaded != NULL)
    {
        *ret_config = options->loaded;
        return STATUS_OK;
    }
    if (path == NULL && config_find(options->context, &path, errors) != STATUS_OK)
        return STATUS_FAILED;
    return config_load(options->context, path, ret_config, errors);
}

Status cli_open_report(const void *context, const CliOptions *options, const Config *config, Report **ret_report,
                       Errors *errors)
{
    ReportOptions report = {.quiet = options->quiet,
                            .verbose = options->verbose,
                            .set = config->set,
                            .log_format = options->has_log_format ? options->log_format : config->log_format,
                            .log_file = options->log_file != NULL ? options->log_file : config->log_file,
                            .plain = options->every_ms > 0};
    if (options->run.look_only) /* `check` is for the one who types it */
    {
        report.log_format = LOG_TEXT;
        report.log_file = NULL;
    }
    return report_open(context, &report, ret_report, errors);
}

Status cli_load(const CliOptions *options, CliSet *ret_set, Errors *errors)
{
    *ret_set = (CliSet){0};
    if (cli_load_config(options, &ret_set->config, errors) != STATUS_OK)
        return STATUS_FAILED;
    const Config *config = ret_set->config;
    if (sql_read_folder(options->context, config->queries, config->schema, &ret_set->sources, errors) != STATUS_OK)
        return STATUS_FAILED;
    return plan_make(options->context, config, ret_set->sources, options->only, options->only_count, &ret_set->plan,
                     errors);
}
