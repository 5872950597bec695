/* [session]: settings for the workers' connections. */
#include <string.h>

#include "config_internal.h"
#include "matswap/memory.h"

static bool is_setting_name(const char *name)
{
    if (!((name[0] >= 'a' && name[0] <= 'z') || name[0] == '_'))
        return false;
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.")] == '\0';
}

/* https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SEARCH-PATH */
static const char *why_not_searched(const char *schema)
{
    if (strcmp(schema, "$user") == 0)
        return "it stands for another schema with every role: name the schema";
    if (strcmp(schema, "pg_catalog") == 0)
        return "the server searches it first by itself: leave it out";
    if (strncmp(schema, "pg_temp", strlen("pg_temp")) == 0)
        return "a generation cannot be made of temporary tables: leave it out";
    return NULL;
}

static bool is_listed(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void read_search_path(Loader *loader, const IniValue *value)
{
    Config *config = loader->config;
    size_t count = 0;
    const char *reason = NULL;
    if (strstr(value->text, "$user") != NULL)
    {
        error_remedy(value_complain(loader, value, "search_path holds \"$user\""), "%s", why_not_searched("$user"));
        return;
    }
    const char **names = identifiers_split(config, value->text, ',', &count, &reason);
    if (names == NULL)
    {
        error_remedy(value_complain(loader, value, "search_path = %s is not a list of schemas", value->text), "%s",
                     reason);
        return;
    }
    for (size_t i = 0; i < count; i++)
    {
        reason = why_not_searched(names[i]);
        if (reason != NULL)
            error_remedy(value_complain(loader, value, "search_path holds %s", names[i]), "%s", reason);
        else if (!is_listed(config->search_path, config->search_path_count, names[i]))
            MEM_PUSH(config, config->search_path, config->search_path_count, names[i]);
    }
}

void session_read(Loader *loader, const IniSection *section)
{
    Config *config = loader->config;
    for (size_t i = 0; i < section->value_count; i++)
    {
        const IniValue *value = &section->values[i];
        if (!is_setting_name(value->key))
            error_remedy(value_complain(loader, value, "%s is not the name of a setting", value->key),
                         "use lower-case letters, digits, _ and .");
        else if (strcmp(value->key, "search_path") == 0)
            read_search_path(loader, value);
        else
        {
            Setting setting = {mem_strdup(config, value->key), mem_strdup(config, value->text), value->line};
            MEM_PUSH(config, config->session, config->session_count, setting);
        }
    }
}
