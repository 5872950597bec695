/* The texts of --help and --version, put together from the two tables. */
#include <libpq-fe.h>
#include <pg_query.h>
#include <sqlite3.h>
#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"
#include "option.h"

enum
{
    OPTION_COLUMN = 22
};

static void print_option(FILE *out, const Option *option, const Command *command)
{
    Text *left = text_new(NULL);
    if (option->letter != 0)
        text_addf(left, "-%c, --%s", option->letter, option->name);
    else
        text_addf(left, "    --%s", option->name);
    if (option->argument != NULL)
        text_addf(left, "=%s", option->argument);
    fprintf(out, "  %-*s  %s", OPTION_COLUMN, left->data, option->help);
    if (option->bit == CLI_FORMAT && command != NULL)
        for (size_t i = 0; command->formats[i] != NULL; i++)
            fprintf(out, "%s%s", i > 0 ? ", " : "", command->formats[i]);
    fputc('\n', out);
    talloc_free(left);
}

static void print_options(FILE *out, const Command *command, bool everywhere)
{
    for (size_t i = 0; i < cli_option_count; i++)
    {
        CliOptionBit bit = cli_options[i].bit;
        if (everywhere ? bit == CLI_EVERYWHERE : (command->options & bit) != 0)
            print_option(out, &cli_options[i], command);
    }
}

static void print_general_help(FILE *out)
{
    fputs("usage: matswap [-c FILE] COMMAND [OPTIONS] [VIEW…]\n\n"
          "Rebuilds a set of PostgreSQL materialized views as one generation, from one snapshot, beside the live\n"
          "one, and swaps all of it in one transaction.\n\n"
          "Commands\n",
          out);
    for (size_t i = 0; cli_commands[i] != NULL; i++)
        fprintf(out, "  %-10s  %s\n", cli_commands[i]->name, cli_commands[i]->summary);
    fputs("  help        a command's options and examples: `matswap help run`\n\n"
          "Options of every command\n",
          out);
    print_options(out, NULL, true);
    fputs("\nExit codes\n"
          "  0  done\n"
          "  1  failed; the old generation serves\n"
          "  2  usage or configuration; nothing was touched\n"
          "  3  another run holds the set\n"
          "  4  swapped, but some views were isolated and kept their old generation\n"
          "  5  validation rejected the new generation\n"
          "  6  outcome not established (server unreachable): run `matswap resume`\n",
          out);
}

void cli_print_help(FILE *out, const Command *command)
{
    if (command == NULL)
    {
        print_general_help(out);
        return;
    }
    fprintf(out, "usage: matswap [-c FILE] %s\n\n%s\n", command->usage, command->help);
    if (command->options != 0)
    {
        fputs("\nOptions\n", out);
        print_options(out, command, false);
    }
    fputs("\nOptions of every command\n", out);
    print_options(out, command, true);
}

void cli_print_version(FILE *out)
{
    int libpq = PQlibVersion(); /* 150018: 15.18 */
    fprintf(out, "matswap " MATSWAP_VERSION " (libpq %d.%d, SQLite %s, grammar of PostgreSQL " PG_MAJORVERSION ")\n",
            libpq / 10000, libpq % 10000, sqlite3_libversion());
}
