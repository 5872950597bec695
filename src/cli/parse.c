/*
 * The command line in two passes: getopt_long collects what is there, in order; then, when the command is known,
 * each option is checked against it and applied.  So options may stand before the command too.
 */
#include <getopt.h>
#include <string.h>

#include "accept.h"
#include "every.h"
#include "matswap/memory.h"
#include "matswap/text.h"

enum
{
    FIRST_LONG = 256 /* getopt_long's value for cli_options[0]; apart from any option letter */
};

typedef struct Given
{
    const Option *option;
    const char *value;
} Given;

typedef struct Parser
{
    CliOptions *options;
    Errors *errors;
    Given *given;
    size_t given_count;
    const char **unknown; /* options, as written */
    size_t unknown_count;
    const char **words; /* arguments that are neither command nor view for --only: the command's own, or too many */
    size_t word_count;
    const char *command_word;
    bool help_word;     /* `matswap help …` */
    const Option *only; /* --only once it was given: what follows are views for it */
    bool after_unknown; /* what follows may be the value of an unknown option: no news */
} Parser;

static const Command *find_command(const char *word)
{
    for (size_t i = 0; cli_commands[i] != NULL; i++)
        if (strcmp(cli_commands[i]->name, word) == 0)
            return cli_commands[i];
    return NULL;
}

static void add_given(Parser *parser, const Option *option, const char *value)
{
    Given given = {option, value};
    MEM_PUSH(parser->options->context, parser->given, parser->given_count, given);
    if (option->bit == CLI_ONLY)
        parser->only = option;
}

static void take_argument(Parser *parser, const char *argument)
{
    bool may_be_value = parser->after_unknown;
    parser->after_unknown = false;
    if (may_be_value && find_command(argument) == NULL)
        return;
    if (parser->command_word == NULL && strcmp(argument, "help") == 0)
        parser->help_word = true;
    else if (parser->command_word == NULL)
        parser->command_word = argument;
    else if (parser->only != NULL)
        add_given(parser, parser->only, argument);
    else
        MEM_PUSH(parser->options->context, parser->words, parser->word_count, argument);
}

/* getopt_long does not say which word it stumbled over: for a long option the one before optind, else optopt. */
static void take_bad_option(Parser *parser, int code, char *const *argv)
{
    const void *context = parser->options->context;
    const char *word = argv[optind - 1];
    if (optopt >= FIRST_LONG)
    {
        const Option *option = &cli_options[optopt - FIRST_LONG];
        if (code == ':')
            error_remedy(errors_add(parser->errors, ERROR_USAGE, "--%s needs a value", option->name), "write --%s=%s",
                         option->name, option->argument);
        else
            errors_add(parser->errors, ERROR_USAGE, "--%s takes no value", option->name);
    }
    else if (code == ':')
        error_remedy(errors_add(parser->errors, ERROR_USAGE, "-%c needs a value", optopt), "see `matswap --help`");
    else
    {
        if (optopt != 0)
            word = mem_printf(context, "-%c", optopt);
        MEM_PUSH(context, parser->unknown, parser->unknown_count, word);
        parser->after_unknown = strchr(word, '=') == NULL;
    }
}

/* The table in getopt_long's form.  The leading '-' makes it hand over arguments in their place, ':' makes it
 * tell a missing value from an unknown option (getopt(3)). */
static struct option *getopt_table(const void *context, char **ret_letters)
{
    struct option *table = mem_array(context, struct option, cli_option_count + 1);
    Text *letters = text_new(context);
    text_add(letters, "-:");
    for (size_t i = 0; i < cli_option_count; i++)
    {
        const Option *option = &cli_options[i];
        table[i].name = option->name;
        table[i].has_arg = option->argument != NULL ? required_argument : no_argument;
        table[i].val = FIRST_LONG + (int) i;
        if (option->letter != 0)
            text_addf(letters, "%c%s", option->letter, option->argument != NULL ? ":" : "");
    }
    *ret_letters = letters->data;
    return table;
}

static const Option *option_by_letter(int letter)
{
    for (size_t i = 0; i < cli_option_count; i++)
        if (cli_options[i].letter == letter)
            return &cli_options[i];
    return NULL;
}

static void collect(Parser *parser, int argc, char *const *argv)
{
    char *letters;
    struct option *table = getopt_table(parser->options->context, &letters);
    int code;
    optind = 0; /* glibc: start afresh */
    opterr = 0;
    while ((code = getopt_long(argc, argv, letters, table, NULL)) != -1)
    {
        if (code == 1)
        {
            take_argument(parser, optarg);
            continue;
        }
        parser->after_unknown = false;
        if (code == '?' || code == ':')
            take_bad_option(parser, code, argv);
        else
            add_given(parser, code >= FIRST_LONG ? &cli_options[code - FIRST_LONG] : option_by_letter(code), optarg);
    }
    for (; optind < argc; optind++)
        take_argument(parser, argv[optind]);
}

static bool is_allowed(const Option *option, const Command *command)
{
    return command == NULL || cli_option_belongs(option, command);
}

/* Is it a key of the configuration, for `matswap help KEY`? */
static bool is_key(const void *context, const char *word)
{
    size_t count;
    const ConfigKey *keys = config_keys(context, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(keys[i].name, word) == 0)
            return true;
    return false;
}

static void complain_unknown_options(Parser *parser)
{
    const void *context = parser->options->context;
    const char **candidates = mem_array(context, const char *, cli_option_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < cli_option_count; i++)
        if (is_allowed(&cli_options[i], parser->options->command))
            candidates[count++] = mem_printf(context, "--%s", cli_options[i].name);
    for (size_t i = 0; i < parser->unknown_count; i++)
    {
        const char *word = parser->unknown[i];
        const char *name = mem_strndup(context, word, strcspn(word, "="));
        const char *nearest = strncmp(word, "--", 2) == 0 ? text_nearest(name, candidates) : NULL;
        Error *error = errors_add(parser->errors, ERROR_USAGE, "unknown option %s", name);
        if (nearest != NULL)
            error_remedy(error, "did you mean %s?", nearest);
        else if (parser->options->command != NULL)
            error_remedy(error, "see `matswap %s --help`", parser->options->command->name);
        else
            error_remedy(error, "see `matswap --help`");
    }
}

static void complain_unknown_command(Parser *parser)
{
    const void *context = parser->options->context;
    const char **candidates = NULL;
    size_t count = 0;
    for (size_t i = 0; cli_commands[i] != NULL; i++)
        MEM_PUSH(context, candidates, count, cli_commands[i]->name);
    MEM_PUSH(context, candidates, count, "help");
    size_t key_count = 0;
    const ConfigKey *keys = config_keys(context, &key_count);
    for (size_t i = 0; parser->help_word && i < key_count; i++)
        MEM_PUSH(context, candidates, count, keys[i].name);
    MEM_PUSH(context, candidates, count, NULL);
    Error *error = errors_add(parser->errors, ERROR_USAGE, "unknown command %s%s",
                              parser->help_word ? "or key " : "", parser->command_word);
    const char *nearest = text_nearest(parser->command_word, candidates);
    if (nearest != NULL)
        error_remedy(error, "did you mean `matswap %s%s`?", parser->help_word ? "help " : "", nearest);
    else
        error_remedy(error, "see `matswap --help`");
}

/* A command's own arguments; the rest of the words are strays. */
static void take_arguments(Parser *parser)
{
    CliOptions *options = parser->options;
    const Command *command = options->command;
    for (size_t i = 0; i < parser->word_count; i++)
    {
        const char *word = parser->words[i];
        if (i >= command->most_arguments)
        {
            Error *error =
                errors_add(parser->errors, ERROR_USAGE, "unexpected argument %s for `%s`", word, command->name);
            if ((command->options & CLI_ONLY) != 0)
                error_remedy(error, "views are named by --only %s", word);
        }
        else if (word[0] == '\0')
            error_remedy(
                errors_add(parser->errors, ERROR_USAGE, "the %s of `%s` is empty", command->argument, command->name),
                "see `matswap %s --help`", command->name);
        else
            MEM_PUSH(options->context, options->arguments, options->argument_count, word);
    }
    if (parser->word_count < command->least_arguments && !options->help && !options->version)
        error_remedy(errors_add(parser->errors, ERROR_USAGE, "`%s` needs a %s", command->name, command->argument),
                     "see `matswap %s --help`", command->name);
}

static void apply_given(Parser *parser)
{
    for (size_t i = 0; i < parser->given_count; i++)
    {
        const Option *option = parser->given[i].option;
        const Command *command = parser->options->command;
        if (option->bit != CLI_EVERYWHERE && command == NULL)
            continue; /* its command is missing or unknown: that is the news */
        if (is_allowed(option, command))
            option->apply(parser->options, parser->given[i].value, parser->errors);
        else
            error_remedy(
                errors_add(parser->errors, ERROR_USAGE, "--%s does not belong to `%s`", option->name, command->name),
                "see `matswap %s --help`", command->name);
    }
}

/* What a dry run builds is removed at its end, what --until builds stays; a part of the set says nothing of the rest. */
static void complain_contradiction(Parser *parser)
{
    const RunOptions *run = &parser->options->run;
    if (run->dry_run && run->until != UNTIL_END)
        error_remedy(errors_add(parser->errors, ERROR_USAGE, "--dry-run and --until exclude each other"),
                     "--dry-run removes what it built, --until leaves it for `matswap resume`");
    if (run->drop_removed && parser->options->only_count > 0)
        error_remedy(errors_add(parser->errors, ERROR_USAGE, "--drop-removed and --only exclude each other"),
                     "what has left the set is removed with a generation of all of it");
}

Status cli_parse(const void *context, int argc, char *const *argv, CliOptions **ret_options, Errors *errors)
{
    size_t before = errors->count;
    CliOptions *options = mem_new(context, CliOptions);
    options->context = context;
    Parser parser = {.options = options, .errors = errors};
    collect(&parser, argc, argv);
    options->help = parser.help_word;
    if (parser.command_word != NULL)
        options->command = find_command(parser.command_word);
    if (parser.help_word && options->command == NULL && parser.command_word != NULL &&
        is_key(context, parser.command_word))
        options->help_key = parser.command_word;
    else if (parser.command_word != NULL && options->command == NULL)
        complain_unknown_command(&parser);
    complain_unknown_options(&parser);
    apply_given(&parser);
    complain_contradiction(&parser);
    every_check(options, before, errors);
    accept_pair(options, errors);
    if (options->command != NULL)
        take_arguments(&parser);
    if (parser.command_word == NULL && !options->help && !options->version && errors->count == before)
        error_remedy(errors_add(errors, ERROR_USAGE, "no command given"), "see `matswap --help`");
    if (errors_since(errors, before) == STATUS_OK)
        *ret_options = options;
    return errors_since(errors, before);
}
