/* The parts of the completions for bash and zsh.  The name of an option's argument says what is offered for it. */
#include <string.h>

#include "manual.h"
#include "matswap/memory.h"

/* What completion knows of an argument; the shells' templates have a function for each. */
static const struct
{
    const char *argument;
    const char *bash;
    const char *zsh;
} kinds[] = {
    {"FILE", "_matswap_files", "_files"},
    {"DIR", "_matswap_folders", "_files -/"},
    {"VIEW", "_matswap_views", "_matswap_views"},
    {"RULE@VIEW", "_matswap_rules", "_matswap_rules"},
    {"RUN", "_matswap_runs", "_matswap_runs"},
};

static const char *offered(const char *argument, bool zsh)
{
    for (size_t i = 0; argument != NULL && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].argument, argument) == 0)
            return zsh ? kinds[i].zsh : kinds[i].bash;
    return NULL;
}

static void add_words(Text *text, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++)
        text_addf(text, "%s%s", i > 0 ? " " : "", words[i]);
}

void shell_add_commands(Text *text)
{
    for (size_t i = 0; cli_commands[i] != NULL; i++)
        text_addf(text, "%s ", cli_commands[i]->name);
    text_add(text, "help");
}

void shell_add_rules(Text *text)
{
    const char *separator = "";
    for (ViewKey key = 0; key < VIEW_KEY_COUNT; key++)
        if (view_key_is_rule(key))
        {
            text_addf(text, "%s%s", separator, view_key_word(key));
            separator = " ";
        }
}

void shell_add_keys(Text *text)
{
    size_t count;
    const ConfigKey *keys = config_keys(text, &count);
    for (size_t i = 0; i < count; i++)
        if (strchr(keys[i].name, '.') == NULL)
            text_addf(text, "%s%s", i > 0 ? " " : "", keys[i].name);
}

/* ---- bash --------------------------------------------------------------------------------------------------- */

void bash_add_valued_options(Text *text)
{
    const char *separator = "";
    for (size_t i = 0; i < cli_option_count; i++)
        if (cli_options[i].argument != NULL)
        {
            text_addf(text, "%s--%s", separator, cli_options[i].name);
            separator = " | ";
        }
}

void bash_add_letters(Text *text)
{
    for (size_t i = 0; i < cli_option_count; i++)
        if (cli_options[i].argument != NULL && cli_options[i].letter != 0)
            text_addf(text, "        -%c) option=--%s ;;\n", cli_options[i].letter, cli_options[i].name);
}

static void add_formats(Text *text)
{
    text_add(text, "            case $command in\n");
    for (size_t i = 0; cli_commands[i] != NULL; i++)
        if (cli_commands[i]->formats != NULL)
        {
            text_addf(text, "                %s) _matswap_reply ", cli_commands[i]->name);
            add_words(text, cli_commands[i]->formats);
            text_add(text, " ;;\n");
        }
    text_add(text, "            esac\n            ;;\n");
}

void bash_add_values(Text *text)
{
    for (size_t i = 0; i < cli_option_count; i++)
    {
        const Option *option = &cli_options[i];
        const char *function = offered(option->argument, false);
        if (option->bit == CLI_FORMAT)
        {
            text_addf(text, "        --%s)\n", option->name);
            add_formats(text);
        }
        else if (option->words != NULL)
        {
            text_addf(text, "        --%s) _matswap_reply ", option->name);
            add_words(text, option->words);
            text_add(text, " ;;\n");
        }
        else if (function != NULL)
            text_addf(text, "        --%s) %s ;;\n", option->name, function);
    }
}

static void add_options_of(Text *text, const Command *command)
{
    for (size_t i = 0; i < cli_option_count; i++)
        if (cli_option_belongs(&cli_options[i], command))
            text_addf(text, " --%s", cli_options[i].name);
    text_add(text, " ;;\n");
}

void bash_add_options(Text *text)
{
    for (size_t i = 0; cli_commands[i] != NULL; i++)
    {
        text_addf(text, "        %s) _matswap_reply", cli_commands[i]->name);
        add_options_of(text, cli_commands[i]);
    }
    text_add(text, "        *) _matswap_reply");
    add_options_of(text, NULL);
}

void bash_add_arguments(Text *text)
{
    for (size_t i = 0; cli_commands[i] != NULL; i++)
        if (offered(cli_commands[i]->argument, false) != NULL)
            text_addf(text, "        %s) %s ;;\n", cli_commands[i]->name, offered(cli_commands[i]->argument, false));
}

/* ---- zsh ---------------------------------------------------------------------------------------------------- */

/* Within '…[…]' of an _arguments specification, or 'NAME:…' of a list for _describe. */
static void add_description(Text *text, const char *description)
{
    for (; *description != '\0'; description++)
    {
        if (*description == '\'')
            text_add(text, "'\\'");
        else if (strchr("[]:\\", *description) != NULL)
            text_add(text, "\\");
        text_add_bytes(text, description, 1);
    }
}

static void add_action(Text *text, const Option *option, const Command *command)
{
    const char *action = offered(option->argument, true);
    text_addf(text, ":%s:", option->argument);
    if (option->bit == CLI_FORMAT || option->words != NULL)
    {
        text_add(text, "(");
        add_words(text, option->words != NULL ? option->words : command->formats);
        text_add(text, ")");
    }
    else
        text_add(text, action != NULL ? action : " ");
}

/* '--only=[…]:VIEW:_matswap_views' ; what may be repeated has a * before it: what names a view. */
static void add_specification(Text *text, const Option *option, const Command *command)
{
    bool repeated = option->argument != NULL && strstr(option->argument, "VIEW") != NULL;
    const char *equals = option->argument != NULL ? "=" : "";
    if (option->letter != 0)
        text_addf(text, "'(-%c --%s)'{-%c%s,--%s%s}'", option->letter, option->name, option->letter,
                  option->argument != NULL ? "+" : "", option->name, equals);
    else
        text_addf(text, "'%s--%s%s", repeated ? "*" : "", option->name, equals);
    text_add(text, "[");
    add_description(text, option->bit == CLI_FORMAT ? "how it is printed" : option->help);
    text_add(text, "]");
    if (option->argument != NULL)
        add_action(text, option, command);
    text_add(text, "'");
}

void zsh_add_everywhere(Text *text)
{
    for (size_t i = 0; i < cli_option_count; i++)
        if (cli_options[i].bit == CLI_EVERYWHERE)
        {
            text_add(text, "        ");
            add_specification(text, &cli_options[i], NULL);
            text_add(text, "\n");
        }
}

void zsh_add_commands(Text *text)
{
    for (size_t i = 0; cli_commands[i] != NULL; i++)
    {
        text_addf(text, "                '%s:", cli_commands[i]->name);
        add_description(text, cli_commands[i]->summary);
        text_add(text, "'\n");
    }
}

void zsh_add_arguments(Text *text)
{
    for (size_t i = 0; cli_commands[i] != NULL; i++)
    {
        const Command *command = cli_commands[i];
        const char *argument = (command->options & CLI_ONLY) != 0 ? "VIEW" : command->argument;
        text_addf(text, "                %s)\n                    _arguments -s -S $everywhere", command->name);
        for (size_t j = 0; j < cli_option_count; j++)
            if (cli_options[j].bit != CLI_EVERYWHERE && cli_option_belongs(&cli_options[j], command))
            {
                text_add(text, " \\\n                        ");
                add_specification(text, &cli_options[j], command);
            }
        if (offered(argument, true) != NULL)
            text_addf(text, " \\\n                        '*:%s:%s'", argument, offered(argument, true));
        text_add(text, "\n                    ;;\n");
    }
}
