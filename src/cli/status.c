#include "generation.h"
#include "matswap/journal_history.h"
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

/* For the unfinished run: how long its views usually take, and what waits for what. */
static Status read_expectations(Run *run, const JournalRun *unfinished, StatusExpectations *expectations, Errors *errors)
{
    double *fill_ms = mem_array(run, double, unfinished->view_count);
    JournalTypical *typical;
    JournalRead *reads;
    for (size_t i = 0; i < unfinished->view_count; i++)
        if (journal_view_duration(run->journal, unfinished->set, unfinished->views[i].name, &fill_ms[i], errors) !=
            STATUS_OK)
            return STATUS_FAILED;
    if (journal_typical(run, run->journal, unfinished->set, &typical, &expectations->typical_count, errors) !=
            STATUS_OK ||
        journal_view_reads(run, run->journal, unfinished, &reads, &expectations->read_count, errors) != STATUS_OK ||
        journal_run_jobs(run->journal, unfinished, &expectations->workers, errors) != STATUS_OK)
        return STATUS_FAILED;
    expectations->fill_ms = fill_ms;
    expectations->typical = typical;
    expectations->reads = reads;
    if (expectations->workers <= 0)
        expectations->workers = run->config->jobs;
    return STATUS_OK;
}

static Status read_surroundings(Run *run, const JournalRun *unfinished, ServerStatus *server, Errors *errors)
{
    JournalRun *swapped = NULL;
    if (run->journal == NULL)
        return STATUS_OK;
    if (journal_last_swapped(run, run->journal, run->config->set, &swapped, errors) != STATUS_OK)
        return STATUS_FAILED;
    server->swapped = swapped;
    return unfinished == NULL ? STATUS_OK : read_expectations(run, unfinished, &server->expectations, errors);
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
    if (status == STATUS_OK)
        status = read_surroundings(run, unfinished, server, errors);
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
            "if it can be reached: whether a run is at work, how far it is, what each of its sessions does and who keeps\n"
            "it from a lock, who is in the way of the swap or keeps an old generation from being dropped, and what runs\n"
            "left that the journal does not know.  Where nothing runs: how old the live generation is, and how the last\n"
            "run ended.  Says what the next command would do.  Takes no lock and changes nothing.\n"
            "\n"
            "Examples\n"
            "  matswap status\n"
            "  matswap status --format=json | jq '.runs[].state'\n"
            "  matswap status --format=json | jq '.progress.left_ms'\n"
            "  matswap status --format=json | jq '.blockers[] | {pid, gid, since}'",
    .options = CLI_FORMAT,
    .formats = formats,
    .execute = cli_status_execute,
};
