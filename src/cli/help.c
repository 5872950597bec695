/* The texts of --help and --version, put together from the two tables. */
#include <libpq-fe.h>
#include <pg_query.h>
#include <sqlite3.h>
#include <string.h>

#include "matswap/cli.h"
#include "matswap/memory.h"
#include "matswap/text.h"

enum
{
    COMMAND_COLUMN = 14,
    OPTION_COLUMN = 26,
    REMARK_COLUMN = 8
};

const CliExitCode cli_exit_codes[] = {
    {0, "done"},
    {1, "failed; the old generation serves"},
    {2, "usage, configuration, SQL files or preflight; nothing was touched"},
    {3, "another run holds the set"},
    {4, "swapped, but some views were isolated and kept their old generation"},
    {5, "validation rejected the new generation; the old one serves"},
    {6, "outcome not established (server unreachable): run `matswap resume`"},
    {-1, NULL},
};

bool cli_option_belongs(const Option *option, const Command *command)
{
    if (option->bit == CLI_EVERYWHERE || command == NULL)
        return option->bit == CLI_EVERYWHERE;
    return (command->options & option->bit) != 0;
}

/* `left`, and `right` from a column on; on a line of its own where the left side has no room. */
static void add_pair(Text *text, const char *left, const char *right, size_t column)
{
    size_t width = text_width(left);
    text_add(text, left);
    if (right[0] != '\0' && width + 2 <= column)
        text_addf(text, "%*s", (int) (column - width), "");
    else if (right[0] != '\0')
        text_addf(text, "\n%*s", (int) column, "");
    text_add_wrapped(text, right, column, column, CLI_HELP_WIDTH);
    text_add(text, "\n");
}

static void add_paragraph(Text *text, const char *words)
{
    text_add_wrapped(text, words, 0, 0, CLI_HELP_WIDTH);
    text_add(text, "\n");
}

static void add_option(Text *text, const Option *option, const Command *command)
{
    Text *left = text_new(text);
    Text *right = text_new(text);
    if (option->letter != 0)
        text_addf(left, "  -%c, --%s", option->letter, option->name);
    else
        text_addf(left, "      --%s", option->name);
    if (option->argument != NULL)
        text_addf(left, "=%s", option->argument);
    text_add(right, option->help);
    if (option->bit == CLI_FORMAT && command != NULL)
        for (size_t i = 0; command->formats[i] != NULL; i++)
            text_addf(right, "%s%s", i > 0 ? ", " : "", command->formats[i]);
    add_pair(text, left->data, right->data, OPTION_COLUMN);
    talloc_free(left);
    talloc_free(right);
}

/* Options of a group follow each other: a heading before the first. */
static void add_options(Text *text, const Command *command)
{
    const char *heading = NULL;
    for (size_t i = 0; i < cli_option_count; i++)
    {
        const Option *option = &cli_options[i];
        if (option->bit == CLI_EVERYWHERE || !cli_option_belongs(option, command))
            continue;
        const char *group = option->group != NULL ? option->group : "Options";
        if (heading == NULL || strcmp(heading, group) != 0)
            text_addf(text, "\n%s\n", group);
        heading = group;
        add_option(text, option, command);
    }
    text_add(text, "\nOptions of every command\n");
    for (size_t i = 0; i < cli_option_count; i++)
        if (cli_options[i].bit == CLI_EVERYWHERE)
            add_option(text, &cli_options[i], command);
}

static void add_general_help(Text *text)
{
    text_add(text, "usage: matswap [-c FILE] COMMAND [OPTIONS] [VIEW…]\n\n");
    add_paragraph(text, "Rebuilds a set of PostgreSQL materialized views as one generation, from one snapshot, beside the "
                        "live one, and swaps all of it in one transaction.");
    text_add(text, "\nCommands\n");
    for (size_t i = 0; cli_commands[i] != NULL; i++)
    {
        char *left = mem_printf(text, "  %s", cli_commands[i]->name);
        add_pair(text, left, cli_commands[i]->summary, COMMAND_COLUMN);
    }
    add_pair(text, "  help", "a command's options and examples: `matswap help run`; what a key of the configuration "
                             "means: `matswap help max_shrink`", COMMAND_COLUMN);
    add_options(text, NULL);
    text_add(text, "\nExit codes\n");
    for (const CliExitCode *code = cli_exit_codes; code->meaning != NULL; code++)
    {
        char *left = mem_printf(text, "  %d", code->code);
        add_pair(text, left, code->meaning, REMARK_COLUMN - 3);
    }
    text_add(text, "\nManual: matswap(1), matswap.ini(5).\n");
}

static void add_example(Text *text, const CliExample *example, size_t column)
{
    char *left = mem_printf(text, "  %s", example->line);
    add_pair(text, left, example->remark, text_width(left) + 2 <= column ? column : REMARK_COLUMN);
}

/* Remarks stand beside the lines where that leaves room for both. */
static size_t remark_column(const CliText *help)
{
    enum
    {
        WIDEST_LINE = 44 /* beside a longer one a remark would be a narrow column */
    };
    size_t column = 0;
    for (size_t i = 0; i < help->example_count; i++)
    {
        size_t wanted = text_width(help->examples[i].line) + 4;
        if (help->examples[i].remark[0] != '\0' && wanted > column && wanted <= WIDEST_LINE)
            column = wanted;
    }
    return column;
}

static void add_command_help(Text *text, const Command *command)
{
    CliText *help = cli_text(text, command);
    text_addf(text, "usage: matswap [-c FILE] ");
    text_add_wrapped(text, command->usage, strlen("usage: matswap [-c FILE] "), 15, CLI_HELP_WIDTH);
    text_add(text, "\n");
    for (size_t i = 0; i < help->paragraph_count; i++)
    {
        text_add(text, "\n");
        add_paragraph(text, help->paragraphs[i]);
    }
    add_options(text, command);
    text_add(text, "\nExamples\n");
    for (size_t i = 0; i < help->example_count; i++)
        add_example(text, &help->examples[i], remark_column(help));
    const char *key = cli_key_text(text, command->name);
    if (key != NULL)
        text_addf(text, "\n%s", key);
}

void cli_print_help(FILE *out, const Command *command)
{
    Text *text = text_new(NULL);
    if (command == NULL)
        add_general_help(text);
    else
        add_command_help(text, command);
    fputs(text->data, out);
    talloc_free(text);
}

void cli_print_version(FILE *out)
{
    int libpq = PQlibVersion(); /* 150018: 15.18 */
    fprintf(out, "matswap " MATSWAP_VERSION " (libpq %d.%d, SQLite %s, grammar of PostgreSQL " PG_MAJORVERSION ")\n",
            libpq / 10000, libpq % 10000, sqlite3_libversion());
}
