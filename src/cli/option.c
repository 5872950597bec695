#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "accept.h"
#include "every.h"
#include "matswap/memory.h"
#include "matswap/text.h"

enum
{
    MOST_JOBS = 64 /* as in the configuration */
};

static void apply_config(CliOptions *options, const char *value, Errors *errors)
{
    if (value[0] == '\0')
        error_remedy(errors_add(errors, ERROR_USAGE, "--config has an empty value"), "name the configuration file");
    options->config = mem_strdup(options->context, value);
}

static void apply_quiet(CliOptions *options, const char *value, Errors *errors)
{
    options->quiet = true;
}

static void apply_verbose(CliOptions *options, const char *value, Errors *errors)
{
    options->verbose = true;
}

static void apply_help(CliOptions *options, const char *value, Errors *errors)
{
    options->help = true;
}

static void apply_version(CliOptions *options, const char *value, Errors *errors)
{
    options->version = true;
}

static void apply_dry_run(CliOptions *options, const char *value, Errors *errors)
{
    options->run.dry_run = true;
}

static void apply_until(CliOptions *options, const char *value, Errors *errors)
{
    if (strcmp(value, "built") == 0)
        options->run.until = UNTIL_BUILT;
    else if (strcmp(value, "validated") == 0)
        options->run.until = UNTIL_VALIDATED;
    else
        error_remedy(errors_add(errors, ERROR_USAGE, "--until=%s is not known", value),
                     "write --until=built or --until=validated");
}

static void apply_only(CliOptions *options, const char *value, Errors *errors)
{
    if (value[0] == '\0')
    {
        error_remedy(errors_add(errors, ERROR_USAGE, "--only has an empty value"), "name a view: x, or schema.x");
        return;
    }
    MEM_PUSH(options->context, options->only, options->only_count, mem_strdup(options->context, value));
}

static void apply_jobs(CliOptions *options, const char *value, Errors *errors)
{
    char *end;
    long jobs = strtol(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || jobs < 1 || jobs > MOST_JOBS)
        error_remedy(errors_add(errors, ERROR_USAGE, "--jobs=%s is not a number of connections", value),
                     "write a whole number from 1 to %d", MOST_JOBS);
    else
        options->run.jobs = (int) jobs;
}

static void apply_limit(CliOptions *options, const char *value, Errors *errors)
{
    char *end;
    errno = 0;
    long limit = strtol(value, &end, 10);
    if (strcmp(value, "all") == 0)
        options->limit = -1;
    else if (value[0] < '0' || value[0] > '9' || *end != '\0' || limit < 1 || errno != 0)
        error_remedy(errors_add(errors, ERROR_USAGE, "--limit=%s is not a number of runs", value),
                     "write a whole number from 1, or --limit=all");
    else
        options->limit = limit;
}

static void apply_keep_old(CliOptions *options, const char *value, Errors *errors)
{
    options->run.keep_old = true;
}

static void apply_drop_removed(CliOptions *options, const char *value, Errors *errors)
{
    options->run.drop_removed = true;
}

static void apply_strict(CliOptions *options, const char *value, Errors *errors)
{
    options->strict = true;
}

static void apply_orphans(CliOptions *options, const char *value, Errors *errors)
{
    options->run.orphans = true;
}

static void apply_yes(CliOptions *options, const char *value, Errors *errors)
{
    options->yes = true;
}

static void apply_from(CliOptions *options, const char *value, Errors *errors)
{
    options->init.from = mem_strdup(options->context, value);
}

static void apply_schema(CliOptions *options, const char *value, Errors *errors)
{
    MEM_PUSH(options->context, options->init.schemas, options->init.schema_count, mem_strdup(options->context, value));
}

static void apply_tables(CliOptions *options, const char *value, Errors *errors)
{
    options->init.tables = true;
}

static void apply_grants(CliOptions *options, const char *value, Errors *errors)
{
    options->init.grants = true;
}

static void apply_set(CliOptions *options, const char *value, Errors *errors)
{
    options->init.set = mem_strdup(options->context, value);
}

static void apply_sql(CliOptions *options, const char *value, Errors *errors)
{
    if (options->format != PLAN_TEXT)
        error_remedy(errors_add(errors, ERROR_USAGE, "--sql and another --format exclude each other"),
                     "leave one of them out");
    options->format = PLAN_SQL;
}

static void apply_offline(CliOptions *options, const char *value, Errors *errors)
{
    options->offline = true;
}

static void apply_output(CliOptions *options, const char *value, Errors *errors)
{
    if (value[0] == '\0')
        error_remedy(errors_add(errors, ERROR_USAGE, "--output has an empty value"), "name a file, or - for standard output");
    options->output = mem_strdup(options->context, value);
}

static void apply_format(CliOptions *options, const char *value, Errors *errors)
{
    static const struct
    {
        const char *word;
        PlanFormat format;
    } words[] = {{"text", PLAN_TEXT}, {"json", PLAN_JSON}, {"dot", PLAN_DOT}, {"mermaid", PLAN_MERMAID}, {"names", PLAN_NAMES}};

    const char *const *formats = options->command->formats;
    Text *known = text_new(options->context);
    for (size_t i = 0; formats[i] != NULL; i++)
    {
        text_addf(known, "%s%s", i > 0 ? ", " : "", formats[i]);
        for (size_t j = 0; j < sizeof words / sizeof words[0] && strcmp(value, formats[i]) == 0; j++)
        {
            if (strcmp(value, words[j].word) != 0)
                continue;
            if (options->format == PLAN_SQL && words[j].format != PLAN_TEXT)
                error_remedy(errors_add(errors, ERROR_USAGE, "--sql and --format=%s exclude each other", value),
                             "leave one of them out");
            else if (options->format != PLAN_SQL)
                options->format = words[j].format;
            return;
        }
    }
    error_remedy(errors_add(errors, ERROR_USAGE, "--format=%s is not known to `%s`", value, options->command->name),
                 "one of: %s", known->data);
}

static void apply_log_format(CliOptions *options, const char *value, Errors *errors)
{
    static const char *const words[] = {
#define X(name, word) word,
        LOG_FORMATS(X)
#undef X
    };
    for (size_t i = 0; i < LOG_FORMAT_COUNT; i++)
        if (strcmp(value, words[i]) == 0)
        {
            options->has_log_format = true;
            options->log_format = (LogFormat) i;
            return;
        }
    error_remedy(errors_add(errors, ERROR_USAGE, "--log-format=%s is not known", value),
                 "write --log-format=text or --log-format=json");
}

static void apply_log_file(CliOptions *options, const char *value, Errors *errors)
{
    if (value[0] == '\0')
        error_remedy(errors_add(errors, ERROR_USAGE, "--log-file has an empty value"), "name the file");
    options->log_file = mem_strdup(options->context, value);
}

static const char *const log_formats[] = {"text", "json", NULL};
static const char *const stages[] = {"built", "validated", NULL};

/* Headings of the help, in the table's order. */
#define GROUP_WHAT "What is read and written"
#define GROUP_FAR "How far"
#define GROUP_VIEWS "Which views"
#define GROUP_HOW "How"
#define GROUP_WHEN "When"
#define GROUP_VALIDATION "Validation"
#define GROUP_LEFT "What is left over"
#define GROUP_OUTPUT "What is printed"

const Option cli_options[] = {
    {.name = "from",
     .argument = "CONNINFO",
     .bit = CLI_INIT,
     .apply = apply_from,
     .group = GROUP_WHAT,
     .help = "the database: 'service=prod', 'dbname=shop host=db', a URI; default: what PG* variables say"},
    {.name = "schema",
     .argument = "SCHEMA",
     .bit = CLI_INIT,
     .apply = apply_schema,
     .group = GROUP_WHAT,
     .help = "only the views of this schema, and what a run of them needs besides; may be repeated"},
    {.name = "set",
     .argument = "NAME",
     .bit = CLI_INIT,
     .apply = apply_set,
     .group = GROUP_WHAT,
     .help = "the set's name, as --set=shop; default: after the database"},
    {.name = "grants",
     .bit = CLI_INIT,
     .apply = apply_grants,
     .group = GROUP_WHAT,
     .help = "state the owners' grants in the files; else they are comments there, and carried over"},
    {.name = "tables",
     .bit = CLI_INIT,
     .apply = apply_tables,
     .group = GROUP_WHAT,
     .help = "also a sketch for each table that CREATE TABLE AS may have made, to become a view",
     .more = "It is written into `DIR/tables`, for you to look at."},
    {.name = "dry-run",
     .bit = CLI_DRY_RUN,
     .apply = apply_dry_run,
     .group = GROUP_FAR,
     .help = "build and validate for real, say what the swap would do, remove the new generation"},
    {.name = "until",
     .argument = "STAGE",
     .words = stages,
     .bit = CLI_UNTIL,
     .apply = apply_until,
     .group = GROUP_FAR,
     .help = "stop when the generation is `built` or `validated`; `matswap resume` goes on"},
    {.name = "only",
     .argument = "VIEW",
     .bit = CLI_ONLY,
     .apply = apply_only,
     .group = GROUP_VIEWS,
     .help = "these views and all that reads them; may be repeated, or followed by more names"},
    {.name = "drop-removed",
     .bit = CLI_DROP_REMOVED,
     .apply = apply_drop_removed,
     .group = GROUP_VIEWS,
     .help = "views that the set had and the files state no more go with the old generation",
     .more = "In the same transaction, kept when it is kept, and brought back with it.  Where anything that stays depends on "
             "such a view, it is named and nothing is done.  Without this option they are left alone, and the report says "
             "so."},
    {.name = "jobs",
     .letter = 'j',
     .argument = "N",
     .bit = CLI_JOBS,
     .apply = apply_jobs,
     .group = GROUP_HOW,
     .help = "connections that build, 1 to 64; default: the configuration's"},
    {.name = "keep-old",
     .bit = CLI_KEEP_OLD,
     .apply = apply_keep_old,
     .group = GROUP_HOW,
     .help = "keep the old generation after the swap, for `matswap rollback`"},
    {.name = "strict",
     .bit = CLI_STRICT,
     .apply = apply_strict,
     .group = GROUP_HOW,
     .help = "start over rather than have views of two snapshots in one generation"},
    {.name = "every",
     .argument = "TIME",
     .bit = CLI_EVERY,
     .apply = every_read,
     .group = GROUP_WHEN,
     .help = "run for ever, so often: 15min, 1h, 1d; never two runs at once",
     .more = "Each run is a process of its own.  A start that comes while a run is at work is skipped and counted.  After "
             "failures the next try is put off, or brought forward, and the log says until when.  SIGTERM ends it: a run at "
             "work undoes what it began, or finishes its swap, and has `stop_timeout` for it.  SIGHUP reads the configuration "
             "again.  See [scheduling.md](scheduling.md)."},
    {.name = "at",
     .argument = "HH:MM",
     .bit = CLI_EVERY,
     .apply = every_read_at,
     .group = GROUP_WHEN,
     .help = "with --every: the local time from which the starts of a day are counted",
     .more = "Nothing is run at once then."},
    {.name = "jitter",
     .argument = "TIME",
     .bit = CLI_EVERY,
     .apply = every_read_jitter,
     .group = GROUP_WHEN,
     .help = "with --every: each start comes up to so much later, at random",
     .more = "So many hosts do not ask one server at once."},
    {.name = "accept",
     .argument = "RULE@VIEW",
     .bit = CLI_ACCEPT,
     .apply = accept_read,
     .group = GROUP_VALIDATION,
     .help = "publish although the view breaks this rule; may be repeated",
     .more = "As `max_shrink@public.donations`; where a rule is about several things, one of them: "
             "`tolerance(amount)@donations`, `check(no_gaps)@donations`.  One that was not needed is warned of.  `resume` of a "
             "run that died must be told again."},
    {.name = "reason",
     .argument = "TEXT",
     .bit = CLI_ACCEPT,
     .apply = accept_read_reason,
     .group = GROUP_VALIDATION,
     .help = "why: one for all --accept, or one for each; kept with the generation",
     .more = "In the journal, in `matswap.generation` and in `audit_table`."},
    {.name = "orphans",
     .bit = CLI_ORPHANS,
     .apply = apply_orphans,
     .group = GROUP_LEFT,
     .help = "show what runs left in the database that the journal does not know, and remove it",
     .more = "For a journal that was lost.  What is found by its marks is shown, and removed when told so on the terminal.  "
             "Nothing that matswap did not build is removed."},
    {.name = "yes",
     .bit = CLI_YES,
     .apply = apply_yes,
     .group = GROUP_LEFT,
     .help = "with --orphans: remove it without being asked",
     .more = "Where there is no terminal to ask on, and without this, it is only shown, and the exit status is 2."},
    {.name = "sql",
     .bit = CLI_SQL,
     .apply = apply_sql,
     .group = GROUP_OUTPUT,
     .help = "print the exact SQL, in order, as a script"},
    {.name = "offline",
     .bit = CLI_OFFLINE,
     .apply = apply_offline,
     .group = GROUP_OUTPUT,
     .help = "do not connect: what the files alone say"},
    {.name = "format",
     .argument = "FORMAT",
     .bit = CLI_FORMAT,
     .apply = apply_format,
     .group = GROUP_OUTPUT,
     .help = "one of: ",
     .more = "`text` is for people, `json` for programs, `dot` and `mermaid` are graphs, `names` the views' names, one on each "
             "line."},
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .bit = CLI_OUTPUT,
     .apply = apply_output,
     .group = GROUP_OUTPUT,
     .help = "where to write it, in place of what is there",
     .more = "`-` is standard output, also where that is a terminal.  A new file can be read by its owner only, since details "
             "of rules can show rows; one that is there keeps its mode.  A reader sees the old page or the new one, whole."},
    {.name = "limit",
     .argument = "N",
     .bit = CLI_LIMIT,
     .apply = apply_limit,
     .group = GROUP_OUTPUT,
     .help = "so many runs, or `all`; default: the newest 20, of one view 30"},
    {.name = "log-format",
     .argument = "FORMAT",
     .words = log_formats,
     .bit = CLI_LOG,
     .apply = apply_log_format,
     .group = GROUP_OUTPUT,
     .help = "`text`, or `json`: an object on each line; default: the configuration's"},
    {.name = "log-file",
     .argument = "FILE",
     .bit = CLI_LOG,
     .apply = apply_log_file,
     .group = GROUP_OUTPUT,
     .help = "append the log to this file; without one it goes to standard error"},
    {.name = "config",
     .letter = 'c',
     .argument = "FILE",
     .bit = CLI_EVERYWHERE,
     .apply = apply_config,
     .help = "the configuration; default: $MATSWAP_CONFIG, ./matswap.ini, /etc/matswap/matswap.ini"},
    {.name = "quiet",
     .letter = 'q',
     .bit = CLI_EVERYWHERE,
     .apply = apply_quiet,
     .help = "only warnings and errors",
     .more = "The validation table only when a rule was broken."},
    {.name = "verbose",
     .letter = 'v',
     .bit = CLI_EVERYWHERE,
     .apply = apply_verbose,
     .help = "also the tries of the swap, and every statement sent"},
    {.name = "help",
     .letter = 'h',
     .bit = CLI_EVERYWHERE,
     .apply = apply_help,
     .help = "this text; `matswap help COMMAND` for a command"},
    {.name = "version",
     .bit = CLI_EVERYWHERE,
     .apply = apply_version,
     .help = "versions of matswap, its libraries and the grammar it reads SQL with"},
};
const size_t cli_option_count = sizeof cli_options / sizeof cli_options[0];
