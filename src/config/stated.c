/* stated.c: the file as it stands, kept beside what it means. */
#include <string.h>

#include "config_internal.h"
#include "matswap/memory.h"

/* A command may hold a token, or an address that is as good as one. */
static bool is_command(const char *key)
{
    static const char *const keys[] = {"command", "before_run", "after_swap", "after_failure"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

void stated_add(Config *config, const IniSection *section)
{
    StatedSection stated = {.name = mem_strdup(config, section->name)};
    for (size_t i = 0; i < section->value_count; i++)
    {
        const IniValue *value = &section->values[i];
        Setting setting = {mem_strdup(config, value->key),
                           is_command(value->key) ? NULL : mem_strdup(config, value->text), value->line};
        MEM_PUSH(config, stated.values, stated.count, setting);
    }
    MEM_PUSH(config, config->stated, config->stated_count, stated);
}
