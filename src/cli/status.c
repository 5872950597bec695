#include "generation.h"
#include "matswap/memory.h"
#include "matswap/report.h"

static const char *const formats[] = {"text", "json", NULL};

static Status look_at_server(const CliOptions *options, Run *run, const JournalRun *unfinished, ServerStatus *server,
                             Errors *errors)
{
    size_t count;
    PgOptions connecting = {.config = run->config, .session_settings = false};
    if (pg_signals_install(errors) != STATUS_OK ||
        pg_connect(run, connecting, stage_inspect_label, &run->control, errors) != STATUS_OK)
        return STATUS_FAILED;
    const Name *known = cli_known_views(options, &count);
    return stage_inspect(run, unfinished, known, count, server, errors);
}

/* The unfinished run, and the verdict on it or on the last one. */
static Status read_journal(Run *run, JournalRun **ret_unfinished, StatusVerdict *verdict, Errors *errors)
{
    JournalRun *last = NULL;
    if (run->journal == NULL)
        return STATUS_OK;
    if (journal_unfinished(run, run->journal, run->config->set, ret_unfinished, errors) != STATUS_OK ||
        (*ret_unfinished == NULL && journal_last(run, run->journal, run->config->set, &last, errors) != STATUS_OK))
        return STATUS_FAILED;
    verdict->run = *ret_unfinished != NULL ? *ret_unfinished : last;
    return verdict->run == NULL ? STATUS_OK
                                : journal_verdicts(run, run->journal, verdict->run, &verdict->results, &verdict->count,
                                                   errors);
}

/* A journal or a server that does not answer is no reason not to show the other. */
Status cli_status_execute(const CliOptions *options, Errors *errors)
{
    Config *config;
    JournalRun *unfinished = NULL;
    StatusVerdict verdict = {0};
    if (cli_load_config(options, &config, errors) != STATUS_OK)
        return STATUS_FAILED;
    Run *run = mem_new(options->context, Run);
    run->config = config;
    Status status = journal_open(run, config->journal, JOURNAL_READ_ONLY, &run->journal, errors);
    if (status == STATUS_OK)
        status = read_journal(run, &unfinished, &verdict, errors);

    ServerStatus *server = mem_new(run, ServerStatus);
    Errors *unanswered = errors_new(run);
    if (look_at_server(options, run, unfinished, server, unanswered) != STATUS_OK)
        server->error = error_line(server, unanswered->items[0]);
    server->reachable = run->control != NULL;
    server->journal = config->journal;
    server->has_journal = run->journal != NULL || status != STATUS_OK;
    if (options->format == PLAN_JSON)
        report_status_json(stdout, unfinished, &verdict, server);
    else
        report_status_text(stdout, unfinished, &verdict, server);
    return status;
}

const Command cli_status = {
    .name = "status",
    .usage = "status [--format=text|json]",
    .summary = "what is running or left over",
    .help = "Shows the run that is under way or was left unfinished, view by view, from the journal; and from the server,\n"
            "if it can be reached: whether a run is at work and what its sessions do, what runs left that the journal\n"
            "does not know, and who keeps an old generation from being dropped.  Says what the next command would do.\n"
            "Takes no lock and changes nothing.\n"
            "\n"
            "Examples\n"
            "  matswap status\n"
            "  matswap status --format=json | jq '.runs[].state'\n"
            "  matswap status --format=json | jq '.blockers[] | {pid, gid, since}'",
    .options = CLI_FORMAT,
    .formats = formats,
    .execute = cli_status_execute,
};
