/* Every key that the sections read, in one list. */
#include <string.h>

#include "config_internal.h"
#include "matswap/memory.h"

static void add(const void *context, const char *section, const Key *keys, size_t key_count, ConfigKey **list,
                size_t *count)
{
    for (size_t i = 0; i < key_count; i++)
        MEM_PUSH(context, *list, *count, ((ConfigKey){section, keys[i].name, keys[i].usual}));
}

ConfigKey *config_keys(const void *context, size_t *ret_count)
{
    ConfigKey *list = NULL;
    size_t count = 0;
    size_t rule_count;
    Key *rules = rule_keys(context, &rule_count);
    add(context, "matswap", matswap_keys, matswap_key_count, &list, &count);
    add(context, "view", rules, rule_count, &list, &count);
    add(context, "import", import_keys, import_key_count, &list, &count);
    talloc_free(rules);
    *ret_count = count;
    return list;
}

const char *section_of_key(const char *key)
{
    const char *section = NULL;
    size_t count;
    ConfigKey *keys = config_keys(NULL, &count);
    for (size_t i = 0; i < count && section == NULL; i++)
        if (strcmp(keys[i].name, key) == 0)
            section = keys[i].section;
    talloc_free(keys);
    if (section == NULL || strcmp(section, "matswap") == 0)
        return section;
    return strcmp(section, "view") == 0 ? "view NAME" : "import NAME";
}
