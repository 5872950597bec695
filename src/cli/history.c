/* `history`: past runs, or one view through them.  From the journal alone: no server is asked. */
#include <string.h>

#include "generation.h"
#include "matswap/history.h"
#include "matswap/journal_history.h"
#include "matswap/memory.h"
#include "matswap/report.h"

static const char *const formats[] = {"text", "json", NULL};

enum
{
    RUNS_SHOWN = 20,
    BUILDS_SHOWN = 30
};

/* ---- which view ---------------------------------------------------------------------------------------------- */

typedef struct Names
{
    Name *items;
    size_t count;
} Names;

/* Those of the journal, which knows views that the files state no more, and those of the files, as far as these can be
   read: a view that no run has built yet is no mistake. */
static Status known_names(const CliOptions *options, const Config *config, Journal *journal, Names *ret_names,
                          Errors *errors)
{
    size_t count;
    Names names = {0};
    if (journal != NULL &&
        journal_view_names(options->context, journal, config->set, &names.items, &names.count, errors) != STATUS_OK)
        return STATUS_FAILED;
    const Name *stated = cli_known_views(options, &count);
    for (size_t i = 0; i < count; i++)
        MEM_PUSH(options->context, names.items, names.count, stated[i]);
    *ret_names = names;
    return STATUS_OK;
}

static const Name *find_name(const Names *names, Name wanted)
{
    for (size_t i = 0; i < names->count; i++)
        if (name_equal(names->items[i], wanted))
            return &names->items[i];
    return NULL;
}

static const Name *find_bare(const Names *names, const Config *config, const char *word)
{
    const Name *found = NULL;
    for (size_t i = 0; found == NULL && i < config->search_path_count; i++)
        found = find_name(names, (Name){config->search_path[i], word});
    return found;
}

/* As --only takes it: in the catalog's spelling, or quoted as SQL needs it; x, or schema.x. */
static const Name *resolve(const Names *names, const Config *config, const char *word)
{
    void *scratch = mem_context(NULL);
    const Name *found = find_bare(names, config, word);
    for (const char *dot = strchr(word, '.'); found == NULL && dot != NULL; dot = strchr(dot + 1, '.'))
        found = find_name(names, (Name){mem_strndup(scratch, word, (size_t) (dot - word)), dot + 1});
    for (size_t i = 0; found == NULL && strchr(word, '"') != NULL && i < names->count; i++)
    {
        const Name *name = &names->items[i];
        const Name *bare = find_bare(names, config, name->name);
        if (strcmp(word, name_qualified(scratch, *name)) == 0 ||
            (bare != NULL && name_equal(*bare, *name) && strcmp(word, name_quote(scratch, name->name)) == 0))
            found = name;
    }
    talloc_free(scratch);
    return found;
}

static void complain_unknown(const Names *names, const Config *config, const char *word, Errors *errors)
{
    void *scratch = mem_context(NULL);
    const char **candidates = mem_array(scratch, const char *, 2 * names->count + 1);
    for (size_t i = 0; i < names->count; i++)
    {
        candidates[2 * i] = names->items[i].name;
        candidates[2 * i + 1] = mem_printf(scratch, "%s.%s", names->items[i].schema, names->items[i].name);
    }
    Error *error = errors_add(errors, ERROR_USAGE, "no run of the set %s has a view %s, nor do its files", config->set, word);
    const char *nearest = text_nearest(word, candidates);
    for (size_t i = 0; nearest != NULL && i < 2 * names->count; i++)
        if (candidates[i] == nearest)
            error_remedy(error, "did you mean %s?", name_qualified(scratch, names->items[i / 2]));
    if (nearest == NULL)
        error_remedy(error, "`matswap plan` lists the views of the set");
    talloc_free(scratch);
}

/* ---- what is shown ------------------------------------------------------------------------------------------- */

/* In which times without a zone were measured, as far as the configuration says. */
static const char *session_zone(const Config *config)
{
    for (size_t i = 0; i < config->session_count; i++)
        if (strcmp(config->session[i].name, "timezone") == 0)
            return config->session[i].value;
    return NULL;
}

/* Some of the runs before may not have built it: twice as many as are compared with. */
static Status show_view(const CliOptions *options, const Config *config, Journal *journal, Errors *errors)
{
    Names names;
    JournalRun **runs = NULL;
    size_t count = 0;
    int64_t limit = options->limit != 0 ? options->limit : BUILDS_SHOWN;
    if (known_names(options, config, journal, &names, errors) != STATUS_OK)
        return STATUS_FAILED;
    const Name *view = resolve(&names, config, options->arguments[0]);
    if (view == NULL)
    {
        complain_unknown(&names, config, options->arguments[0], errors);
        return STATUS_FAILED;
    }
    if (journal != NULL && journal_view_runs(options->context, journal, config->set, *view,
                                             limit < 0 ? -1 : limit + 2 * (int64_t) TREND_WINDOW, &runs, &count,
                                             errors) != STATUS_OK)
        return STATUS_FAILED;
    const Trend *trend = trend_make(options->context, config->set, *view, runs, count,
                                    limit < 0 ? count : (size_t) limit, session_zone(config));
    if (options->format == PLAN_JSON)
        report_trend_json(stdout, trend);
    else
        report_trend_text(stdout, trend, report_speaks_utf8());
    return STATUS_OK;
}

static Status show_runs(const CliOptions *options, const Config *config, Journal *journal, Errors *errors)
{
    int64_t limit = options->limit != 0 ? options->limit : RUNS_SHOWN;
    History history = {.set = config->set, .journal = config->journal, .has_journal = journal != NULL};
    RunDigest *digests = NULL;
    if (options->format == PLAN_JSON)
        return report_history_json(stdout, journal, config->set, limit, errors);
    if (journal != NULL &&
        (journal_digests(options->context, journal, config->set, limit, &digests, &history.count, errors) != STATUS_OK ||
         journal_run_count(journal, config->set, &history.known, errors) != STATUS_OK))
        return STATUS_FAILED;
    history.digests = digests;
    report_history_text(stdout, &history);
    return STATUS_OK;
}

Status cli_history_execute(const CliOptions *options, Errors *errors)
{
    Config *config;
    Journal *journal = NULL;
    if (cli_load_config(options, &config, errors) != STATUS_OK ||
        journal_open(options->context, config->journal, JOURNAL_READ_ONLY, &journal, errors) != STATUS_OK)
        return STATUS_FAILED;
    return options->argument_count > 0 ? show_view(options, config, journal, errors)
                                       : show_runs(options, config, journal, errors);
}

const Command cli_history = {
    .name = "history",
    .usage = "history [VIEW] [--limit=N] [--format=text|json]",
    .summary = "past runs; or one view's duration, rows, size and lag through them",
    .help = "Shows what the journal knows of past runs, the newest first: when, how long, how it ended, how much was\n"
            "built, how long the swap held its locks.  With a VIEW: how long its builds took, its rows, its size, and\n"
            "how far behind its snapshot its latest event was, run by run, as a line of blocks, and what stands out\n"
            "from the builds before.  Asks no server.  How long runs are remembered: `keep_history`.\n"
            "\n"
            "Examples\n"
            "  matswap history\n"
            "  matswap history sales                 or schema.name, as --only takes it\n"
            "  matswap history --limit=all --format=json | jq '.runs[].error | values'\n"
            "  matswap history sales --format=json | jq '.runs[] | select(.outliers != [])'",
    .options = CLI_LIMIT | CLI_FORMAT,
    .argument = "VIEW",
    .most_arguments = 1,
    .formats = formats,
    .execute = cli_history_execute,
};
