#include "matswap/cli.h"

Status cli_load_config(const CliOptions *options, Config **ret_config, Errors *errors)
{
    const char *path = options->config;
    if (path == NULL && config_find(options->context, &path, errors) != STATUS_OK)
        return STATUS_FAILED;
    return config_load(options->context, path, ret_config, errors);
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
