/*
 * cli.h: the command line: one option table, one command table, one file per command.
 *
 * A command is a Command in src/cli/NAME.c, listed in src/cli/commands.c.  Its execute function appends what went
 * wrong to `errors` and returns STATUS_FAILED; main prints them and turns them into the exit code.  What it
 * allocates it makes a child of options->context, which lives until the program ends.
 */
#ifndef MATSWAP_CLI_H
#define MATSWAP_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "matswap/config.h"
#include "matswap/error.h"
#include "matswap/init.h"
#include "matswap/plan.h"
#include "matswap/sql.h"
#include "matswap/stage.h"

typedef struct Command Command;

/* The options that only some commands know; -c, -q, -v, -h and --version are allowed everywhere. */
typedef enum CliOptionBit
{
    CLI_EVERYWHERE = 0,
    CLI_DRY_RUN = 1 << 0,
    CLI_UNTIL = 1 << 1,
    CLI_ONLY = 1 << 2,
    CLI_JOBS = 1 << 3,
    CLI_KEEP_OLD = 1 << 4,
    CLI_SQL = 1 << 5,
    CLI_OFFLINE = 1 << 6,
    CLI_FORMAT = 1 << 7,
    CLI_STRICT = 1 << 8,
    CLI_ORPHANS = 1 << 9,
    CLI_YES = 1 << 10,
    CLI_DROP_REMOVED = 1 << 11,
    CLI_ACCEPT = 1 << 12,
    CLI_INIT = 1 << 13,
    CLI_EVERY = 1 << 14,
    CLI_OUTPUT = 1 << 15,
    CLI_LIMIT = 1 << 16,
    CLI_LOG = 1 << 17
} CliOptionBit;

typedef struct CliOptions
{
    const void *context;    /* the command's memory */
    const Command *command; /* NULL only with help or version */
    bool help;
    const char *help_key; /* `matswap help KEY`: a key of the configuration, or NULL */
    bool version;
    const char *config; /* -c, or NULL: config_find */
    bool quiet;
    bool verbose;
    RunOptions run;    /* --dry-run, --until, --jobs (0: the configuration's), --keep-old, --accept, --orphans */
    bool yes;
    size_t accept_given;  /* --accept, also those with a mistake */
    const char **reasons; /* --reason, in order */
    size_t reason_count;
    const char **only; /* --only, as written */
    size_t only_count;
    const char **arguments; /* the command's own, as written: as many as its Command says */
    size_t argument_count;
    bool offline;
    bool strict; /* --strict of `resume` */
    int64_t every_ms; /* --every; 0: once */
    bool has_log_format; /* --log-format; else the configuration's */
    LogFormat log_format;
    const char *log_file; /* --log-file; NULL: the configuration's */
    bool has_at;      /* --at */
    int at_minute;    /* of the day */
    bool jitter_given;
    int64_t jitter_ms;
    Config *loaded;    /* read before: used instead of the file; NULL: none */
    PlanFormat format; /* --format; PLAN_SQL for --sql */
    const char *output; /* --output; NULL: standard output, and no terminal; "-": whatever it is */
    int64_t limit;     /* --limit; -1: all; 0: not given */
    InitOptions init;
} CliOptions;

/*
 * An option.  The help, the manual, both completions and the documentation's test are made from this table; `argument`
 * says by its name what completion offers: FILE, DIR, VIEW, RULE@VIEW, RUN, FORMAT (the command's); or `words`.
 */
typedef struct Option
{
    const char *name;         /* without the dashes */
    char letter;              /* 0: long form only */
    const char *argument;     /* its name in the help, NULL: takes none */
    const char *const *words; /* what it may be, NULL-terminated; NULL: anything */
    CliOptionBit bit;
    const char *group; /* the heading that it stands under; NULL: "Options".  Those of a group stand together */
    const char *help;  /* one line, which begins in lower case and has no final stop */
    const char *more;  /* what the manual says after that, in sentences with `code`; NULL: nothing */
    /* Checks `value` and stores it; complains with ERROR_USAGE. */
    void (*apply)(CliOptions *options, const char *value, Errors *errors);
} Option;

extern const Option cli_options[];
extern const size_t cli_option_count;

/* The option of a command, or of every command: NULL for a NULL command and another's option. */
bool cli_option_belongs(const Option *option, const Command *command);

/* What an exit code says; code -1 ends the list. */
typedef struct CliExitCode
{
    int code;
    const char *meaning;
} CliExitCode;
extern const CliExitCode cli_exit_codes[];

struct Command
{
    const char *name;
    const char *usage;          /* what follows "matswap [-c FILE] " */
    const char *summary;        /* one line for the list of commands */
    const char *help;           /* see cli_text; the options are listed from the table */
    unsigned options;           /* CliOptionBit, or'ed */
    const char *argument;       /* what its arguments are, as the usage writes it: "VIEW"; NULL: it takes none */
    size_t least_arguments, most_arguments;
    const char *const *formats; /* the words of --format, NULL-terminated; with CLI_FORMAT */
    bool shows_statements;      /* after its errors come the statements that they advise, on standard output */
    Status (*execute)(const CliOptions *options, Errors *errors);
};

extern const Command cli_init, cli_run, cli_plan, cli_check, cli_resume, cli_rollback, cli_status, cli_history, cli_report;

/* All commands, NULL-terminated, in the order of the help. */
extern const Command *const cli_commands[];

Status cli_run_execute(const CliOptions *options, Errors *errors) MUST_CHECK;
Status cli_plan_execute(const CliOptions *options, Errors *errors) MUST_CHECK;
Status cli_check_execute(const CliOptions *options, Errors *errors) MUST_CHECK;
Status cli_resume_execute(const CliOptions *options, Errors *errors) MUST_CHECK;
Status cli_rollback_execute(const CliOptions *options, Errors *errors) MUST_CHECK;
Status cli_status_execute(const CliOptions *options, Errors *errors) MUST_CHECK;
Status cli_report_execute(const CliOptions *options, Errors *errors) MUST_CHECK;
Status cli_history_execute(const CliOptions *options, Errors *errors) MUST_CHECK;
Status cli_init_execute(const CliOptions *options, Errors *errors) MUST_CHECK;

/*
 * Reads the command line; every mistake in it is an ERROR_USAGE, all in one go.  `context` becomes
 * (*ret_options)->context.  Uses getopt_long's global state; argv is not changed.
 */
Status cli_parse(const void *context, int argc, char *const *argv, CliOptions **ret_options, Errors *errors) MUST_CHECK;

/* Help, version, or the command. */
Status cli_dispatch(const CliOptions *options, Errors *errors) MUST_CHECK;

/* Lines of help end before this column. */
enum
{
    CLI_HELP_WIDTH = 80
};

/* The general help, or one command's, with that of the configuration's key that is called like it. */
void cli_print_help(FILE *out, const Command *command);

/* A line that one may type, and what it does; either may be "" (a remark without a line, a line that needs none). */
typedef struct CliExample
{
    const char *line;
    const char *remark;
} CliExample;

/*
 * A command's help in its parts: paragraphs, parted by empty lines, and after a line "Examples" the examples, each indented
 * by two blanks, with a remark behind two blanks or more, or on a line of its own that is indented further.
 */
typedef struct CliText
{
    char **paragraphs; /* each on one line */
    size_t paragraph_count;
    CliExample *examples;
    size_t example_count;
} CliText;
CliText *cli_text(const void *context, const Command *command);

/* `matswap help KEY`: the entries of the reference for a key of the configuration; NULL: there is none. */
char *cli_key_text(const void *context, const char *key);

/* docs/configuration.md, as it was when this was built. */
extern const char cli_configuration_reference[];

/* matswap 0.1.0 (libpq 15.18, SQLite 3.40.1, grammar of PostgreSQL 15) */
void cli_print_version(FILE *out);

/*
 * What most commands start with: the configuration that the options name; then its SQL files and their plan.  On failure,
 * cli_load gives as much as there is.
 */
typedef struct CliSet
{
    Config *config;
    SqlSet *sources;
    Plan *plan;
} CliSet;
Status cli_load_config(const CliOptions *options, Config **ret_config, Errors *errors) MUST_CHECK;
/* The Report of a run by this configuration, with its log. */
Status cli_open_report(const void *context, const CliOptions *options, const Config *config, Report **ret_report,
                       Errors *errors) MUST_CHECK;
Status cli_load(const CliOptions *options, CliSet *ret_set, Errors *errors) MUST_CHECK;

#endif
