/* A command's help, from the one string that it is written as to its parts. */
#include <string.h>

#include "matswap/cli.h"
#include "matswap/memory.h"
#include "matswap/text.h"

typedef struct Lines
{
    const char *rest;
    const char *line;
    size_t length;
    size_t indented;
} Lines;

static bool next_line(Lines *lines)
{
    if (*lines->rest == '\0')
        return false;
    lines->line = lines->rest;
    lines->length = strcspn(lines->rest, "\n");
    lines->indented = strspn(lines->rest, " ");
    lines->rest += lines->length + (lines->rest[lines->length] == '\n');
    return true;
}

static char *joined(const void *context, const char *before, const char *more)
{
    if (before[0] == '\0' || more[0] == '\0')
        return mem_printf(context, "%s%s", before, more);
    return mem_printf(context, "%s %s", before, more);
}

static void add_example(CliText *text, const Lines *lines)
{
    enum
    {
        EXAMPLE = 2 /* blanks before one; a remark by itself has more */
    };
    char *line = mem_strndup(text, lines->line + lines->indented, lines->length - lines->indented);
    if (lines->indented > EXAMPLE && text->example_count > 0)
    {
        CliExample *last = &text->examples[text->example_count - 1];
        last->remark = joined(text, last->remark, line);
        return;
    }
    char *gap = strstr(line, "  ");
    CliExample example = {line, ""};
    if (gap != NULL)
    {
        example.remark = gap + strspn(gap, " ");
        *gap = '\0';
    }
    MEM_PUSH(text, text->examples, text->example_count, example);
}

CliText *cli_text(const void *context, const Command *command)
{
    CliText *text = mem_new(context, CliText);
    Lines lines = {.rest = command->help};
    bool opened = false;
    bool in_examples = false;
    while (next_line(&lines))
    {
        if (lines.indented == lines.length)
            opened = false;
        else if (strncmp(lines.line, "Examples", lines.length) == 0)
            in_examples = true;
        else if (in_examples)
            add_example(text, &lines);
        else
        {
            char *line = mem_strndup(text, lines.line, lines.length);
            if (!opened)
                MEM_PUSH(text, text->paragraphs, text->paragraph_count, mem_strdup(text, ""));
            char **last = &text->paragraphs[text->paragraph_count - 1];
            *last = joined(text, *last, line);
            opened = true;
        }
    }
    return text;
}
