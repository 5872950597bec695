#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "matswap/cli.h"
#include "matswap/file.h"
#include "matswap/journal_history.h"
#include "matswap/memory.h"
#include "matswap/page.h"

enum
{
    COMPARED = 30, /* earlier runs */
    NAMED = 10     /* runs that an error names */
};

/* ---- which run ---------------------------------------------------------------------------------------------- */

static void complain_ambiguous(const char *word, const char *const *names, size_t count, Errors *errors)
{
    Error *error = errors_add(errors, ERROR_USAGE, "several runs begin with %s", word);
    Text *list = text_new(error);
    for (size_t i = 0; i < count && i < NAMED; i++)
        text_addf(list, "%s%s", i > 0 ? ", " : "", names[i]);
    error_remedy(error, "one of: %s%s", list->data, count > NAMED ? ", …" : "");
}

static Status complain_unknown(const CliOptions *options, Journal *journal, const Config *config, const char *word,
                               Errors *errors)
{
    const char **names;
    size_t count;
    if (journal_run_names(options->context, journal, config->set, "", -1, &names, &count, errors) != STATUS_OK)
        return STATUS_FAILED;
    Error *error = errors_add(errors, ERROR_USAGE, "the journal of set %s knows no run %s", config->set, word);
    MEM_PUSH(options->context, names, count, NULL);
    const char *nearest = text_nearest(word, names);
    if (nearest != NULL)
        error_remedy(error, "did you mean %s?", nearest);
    else if (count > 1)
        error_remedy(error, "the newest is %s; without RUN it is taken", names[0]);
    else
        error_remedy(error, "it knows none yet");
    return STATUS_FAILED;
}

/* By its name, or how that begins. */
static Status find_named(const CliOptions *options, Journal *journal, const Config *config, JournalRun **ret_run,
                         Errors *errors)
{
    const char *word = options->arguments[0];
    const char **names;
    size_t count;
    if (journal_run_names(options->context, journal, config->set, word, NAMED + 1, &names, &count, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (count == 0)
        return complain_unknown(options, journal, config, word, errors);
    if (count > 1)
    {
        complain_ambiguous(word, names, count, errors);
        return STATUS_FAILED;
    }
    return journal_run_named(options->context, journal, names[0], ret_run, errors);
}

static Status find_run(const CliOptions *options, Journal *journal, const Config *config, JournalRun **ret_run,
                       Errors *errors)
{
    *ret_run = NULL;
    Status status = options->argument_count > 0 ? find_named(options, journal, config, ret_run, errors)
                                                : journal_last(options->context, journal, config->set, ret_run, errors);
    if (status == STATUS_OK && *ret_run == NULL)
    {
        error_remedy(errors_add(errors, ERROR_USAGE, "set %s has no run to report yet", config->set),
                     "`matswap run` makes one");
        return STATUS_FAILED;
    }
    return status;
}

/* ---- the page ----------------------------------------------------------------------------------------------- */

static Status read_input(const void *context, Journal *journal, const JournalRun *run, PageInput *input, Errors *errors)
{
    JournalTask *tasks;
    JournalEvent *events;
    RuleResult *results;
    JournalRun **earlier;
    if (journal_tasks(context, journal, run, &tasks, &input->task_count, errors) != STATUS_OK ||
        journal_events(context, journal, run, &events, &input->event_count, errors) != STATUS_OK ||
        journal_verdicts(context, journal, run, &results, &input->result_count, errors) != STATUS_OK ||
        journal_runs_before(context, journal, run, COMPARED, &earlier, &input->earlier_count, errors) != STATUS_OK)
        return STATUS_FAILED;
    input->run = run;
    input->tasks = tasks;
    input->events = events;
    input->results = results;
    input->earlier = earlier;
    return STATUS_OK;
}

static Status make_page(const CliOptions *options, Text **ret_page, Errors *errors)
{
    Config *config;
    Journal *journal;
    JournalRun *run;
    PageInput input = {0};
    if (cli_load_config(options, &config, errors) != STATUS_OK ||
        journal_open(options->context, config->journal, JOURNAL_READ_ONLY, &journal, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (journal == NULL)
    {
        error_remedy(
            errors_add(errors, ERROR_USAGE, "set %s has no journal yet: there is no %s", config->set, config->journal),
            "`matswap run` makes it");
        return STATUS_FAILED;
    }
    if (find_run(options, journal, config, &run, errors) != STATUS_OK ||
        read_input(options->context, journal, run, &input, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_page = page_of_run(options->context, &input);
    return STATUS_OK;
}

/* ---- where to ----------------------------------------------------------------------------------------------- */

static Status complain_write(const char *path, Errors *errors)
{
    errors_add(errors, ERROR_SYSTEM, "cannot write %s: %s", path, strerror(errno));
    return STATUS_FAILED;
}

/* What is no file (a pipe, a device) can't be replaced. */
static Status write_into(const char *path, const Text *page, Errors *errors)
{
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    bool done = descriptor >= 0 && file_write_all(descriptor, page->data, page->length);
    Status status = done ? STATUS_OK : complain_write(path, errors);
    if (descriptor >= 0)
        close(descriptor);
    return status;
}

/* A file that is new is its owner's, since details of rules can show rows; one that was there keeps its mode. */
static Status write_file(const char *path, const Text *page, Errors *errors)
{
    struct stat old;
    bool there = stat(path, &old) == 0;
    if (there && !S_ISREG(old.st_mode))
        return write_into(path, page, errors);
    char *target = there ? realpath(path, NULL) : NULL; /* a link goes on leading to the file */
    bool done = file_replace(target != NULL ? target : path, page->data, page->length,
                             there ? old.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO) : S_IRUSR | S_IWUSR);
    Status status = done ? STATUS_OK : complain_write(path, errors);
    free(target);
    return status;
}

static Status write_page(const CliOptions *options, const Text *page, Errors *errors)
{
    if (options->output != NULL && strcmp(options->output, "-") != 0)
        return write_file(options->output, page, errors);
    fwrite(page->data, 1, page->length, stdout); /* main tells when that did not work */
    return STATUS_OK;
}

Status cli_report_execute(const CliOptions *options, Errors *errors)
{
    Text *page;
    if (options->output == NULL && isatty(STDOUT_FILENO))
    {
        error_remedy(errors_add(errors, ERROR_USAGE, "the report is a web page, and standard output is a terminal"),
                     "write it to a file: `matswap report -o report.html`; `-o -` prints it all the same");
        return STATUS_FAILED;
    }
    if (make_page(options, &page, errors) != STATUS_OK)
        return STATUS_FAILED;
    return write_page(options, page, errors);
}

const Command cli_report = {
    .name = "report",
    .usage = "report [-o FILE] [RUN]",
    .summary = "one run as a web page",
    .help =
        "Writes one HTML page about a run, from the journal alone: what came of it, a timeline of its workers with "
        "the\n"
        "critical path, the graph, how each rule judged, each view beside the run before, what is not in the\n"
        "generation, the settings.  The page is one file that fetches nothing and runs no script: it can be mailed,\n"
        "printed, or kept.\n"
        "\n"
        "RUN is a run's name, or how it begins when no other begins so; without it, the newest run.  A run that is\n"
        "under way, has failed or was undone has a page, too.  A new FILE can be read by its owner only, since\n"
        "details of rules can show rows; one that is there keeps its mode, and is replaced as a whole.\n"
        "\n"
        "Examples\n"
        "  matswap report -o report.html\n"
        "  matswap report 20261121T083000Z -o night.html\n"
        "  matswap report | ssh www 'cat > /srv/www/matswap.html'",
    .options = CLI_OUTPUT,
    .argument = "RUN",
    .most_arguments = 1,
    .execute = cli_report_execute,
};
