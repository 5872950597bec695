/* A configuration without a file: what the command line says in its place, with the file's own checks. */
#include <string.h>

#include "config_internal.h"
#include "matswap/memory.h"

static void read_option(Loader *loader, const char *option, const char *text, ValueReader *read, void *ret_target)
{
    if (text == NULL)
        return;
    IniValue value = {.key = option, .text = mem_strdup(loader->config, text)};
    if (text[0] == '\0')
        error_remedy(value_complain(loader, &value, "%s has an empty value", option), "give it one, or leave it out");
    else
        read(loader, &value, ret_target);
}

Status config_of_options(const void *context, const char *conninfo, const char *set, Config **ret_config,
                         Errors *errors)
{
    size_t before = errors->count;
    Config *config = config_new(context, "the command line", errors); /* for "conninfo in …" */
    Loader loader = {NULL, config, errors};
    config->set = "init";
    read_option(&loader, "--from", conninfo, value_read_conninfo, &config->conninfo);
    read_option(&loader, "--set", set, value_read_set, &config->set);
    if (errors_since(errors, before) != STATUS_OK)
    {
        talloc_free(config);
        return STATUS_FAILED;
    }
    *ret_config = config;
    return STATUS_OK;
}
