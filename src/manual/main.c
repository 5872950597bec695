/*
 * matswap-manual TEMPLATE: prints the template, with each line `@PART@` replaced by what the tables say.  A part within a
 * line stands in its place: COMMANDS='@COMMAND_WORDS@'.  Runs when matswap is built, and is not installed.
 */
#include <stdio.h>
#include <string.h>

#include "manual.h"
#include "matswap/memory.h"

static const struct
{
    const char *mark;
    void (*add)(Text *text);
} parts[] = {
    {"@SYNOPSIS@\n", manual_add_synopsis},
    {"@COMMANDS@\n", manual_add_commands},
    {"@OPTIONS@\n", manual_add_options},
    {"@EXIT_CODES@\n", manual_add_exit_codes},
    {"@BASH_VALUED_OPTIONS@", bash_add_valued_options},
    {"@BASH_LETTERS@\n", bash_add_letters},
    {"@BASH_VALUES@\n", bash_add_values},
    {"@BASH_OPTIONS@\n", bash_add_options},
    {"@BASH_ARGUMENTS@\n", bash_add_arguments},
    {"@ZSH_EVERYWHERE@\n", zsh_add_everywhere},
    {"@ZSH_COMMANDS@\n", zsh_add_commands},
    {"@ZSH_ARGUMENTS@\n", zsh_add_arguments},
    {"@COMMAND_WORDS@", shell_add_commands},
    {"@RULE_WORDS@", shell_add_rules},
    {"@KEY_WORDS@", shell_add_keys},
};

static const char reference_mark[] = "@REFERENCE@\n";

/* The length of the mark that stands here, once its part is added; 0: none does, or its part has an error. */
static size_t add_part(Text *text, const char *template, Errors *errors)
{
    if (strncmp(template, reference_mark, strlen(reference_mark)) == 0)
        return manual_add_reference(text, errors) == STATUS_OK ? strlen(reference_mark) : 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strncmp(template, parts[i].mark, strlen(parts[i].mark)) == 0)
        {
            parts[i].add(text);
            return strlen(parts[i].mark);
        }
    return 0;
}

int main(int argc, char **argv)
{
    void *context = mem_context(NULL);
    Errors *errors = errors_new(context);
    Text *text = text_new(context);
    char *template;
    if (argc != 2 || text_read_file(context, argv[1], &template, NULL, errors) != STATUS_OK)
    {
        fputs("matswap-manual: one template that can be read is wanted\n", stderr);
        return 2;
    }
    for (const char *rest = template; *rest != '\0' && errors_empty(errors);)
    {
        size_t length = add_part(text, rest, errors);
        if (length == 0)
            text_add_bytes(text, rest, 1);
        rest += length == 0 ? 1 : length;
    }
    for (size_t i = 0; i < errors->count; i++)
        fprintf(stderr, "matswap-manual: %s\n", error_line(context, errors->items[i]));
    bool written = errors_empty(errors) && fwrite(text->data, 1, text->length, stdout) == text->length && fflush(stdout) == 0;
    talloc_free(context);
    return written ? 0 : 1;
}
