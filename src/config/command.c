/* command.c: a program with its arguments as a value. */
#include <string.h>

#include "matswap/memory.h"
#include "value.h"

static void set_shell(const void *context, CommandLine *command, const char *script)
{
    const char *const words[] = {"/bin/sh", "-c", script, NULL};
    command->word_count = 3;
    command->words = mem_array(context, const char *, 4);
    memcpy(command->words, words, sizeof words);
}

void value_read_command(Loader *loader, const IniValue *value, void *ret_target)
{
    CommandLine *command = ret_target;
    static const char shell[] = "sh:";
    const char *reason = NULL;
    command->written = mem_strdup(loader->config, value->text);
    if (strncmp(command->written, shell, strlen(shell)) == 0)
    {
        const char *script = command->written + strlen(shell);
        set_shell(loader->config, command, script + strspn(script, " \t"));
        reason = command->words[2][0] == '\0' ? "nothing follows sh:" : NULL;
    }
    else
    {
        command->words = words_split(loader->config, command->written, &command->word_count, &reason);
        if (command->words != NULL)
            reason = command->words[0][0] == '\0' ? "the program's name is empty" : NULL;
    }
    if (reason != NULL)
        error_remedy(value_complain(loader, value, "%s = %s is not a command", value->key, value->text), "%s", reason);
}
