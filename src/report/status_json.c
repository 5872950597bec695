/* `status` for programs: the contract's keys, and what the server says beside them. */
#include "matswap/json.h"
#include "matswap/memory.h"
#include "matswap/moment.h"
#include "matswap/report.h"
#include "matswap/text.h"
#include "outlook.h"
#include "report_internal.h"

static void add_verdict(Text *json, const StatusVerdict *verdict)
{
    json_string(json, "validated_run", verdict->count > 0 ? verdict->run->run : NULL);
    text_add(json, "\"validation\":[");
    for (size_t i = 0; i < verdict->count; i++)
    {
        text_add(json, i > 0 ? "," : "");
        json_rule_result(json, &verdict->results[i]);
    }
    text_add(json, "],");
}

static void add_fraction(Text *json, double fraction)
{
    json_key(json, "fraction");
    if (fraction < 0)
        text_add(json, "null,");
    else
        text_addf(json, "%.3f,", fraction);
}

static void add_session_keys(Text *json, const ServerSession *session)
{
    json_count(json, "pid", session->pid > 0 ? session->pid : -1);
    json_string(json, "gid", session->gid);
    json_string(json, "role", session->role);
    json_string(json, "application", session->application);
    json_string(json, "state", session->state);
    json_string(json, "wait", session->wait);
    json_string(json, "since", session->since);
    json_string(json, "query", session->query);
    json_string(json, "relations", session->relations);
    json_bool(json, "hidden", session->hidden);
}

/* Of the run itself: what it does, too. */
static void add_worker(Text *json, const ServerSession *session, const OutlookTask *task)
{
    text_add(json, "{");
    add_session_keys(json, session);
    json_key(json, "view");
    if (session->view.schema == NULL)
        text_add(json, "null,");
    else
    {
        text_add(json, "{");
        json_string(json, "schema", session->view.schema);
        json_string(json, "name", session->view.name);
        json_end_object(json);
        text_add(json, ",");
    }
    json_string(json, "does", task == NULL ? NULL : task->what);
    json_milliseconds(json, "elapsed_ms", task == NULL ? session->elapsed_ms : task->elapsed_ms);
    json_milliseconds(json, "expected_ms", task == NULL ? -1 : task->expected_ms);
    json_string(json, "step", session->step);
    add_fraction(json, session->fraction);
    json_count(json, "rows", session->rows);
    json_count(json, "bytes", session->bytes);
    json_key(json, "blocked_by");
    text_add(json, "[");
    for (size_t i = 0; i < session->blocker_count; i++)
    {
        text_add(json, "{");
        add_session_keys(json, &session->blockers[i]);
        json_end_object(json);
        text_add(json, ",");
    }
    json_end_array(json);
    json_end_object(json);
}

static void add_workers(Text *json, const ServerSessions *workers, const Outlook *outlook)
{
    json_key(json, "sessions");
    text_add(json, "[");
    for (size_t i = 0; i < workers->count; i++)
    {
        add_worker(json, &workers->items[i], outlook == NULL ? NULL : &outlook->tasks[i]);
        text_add(json, ",");
    }
    json_end_array(json);
    text_add(json, ",");
}

static void add_sessions(Text *json, const char *key, const ServerSessions *sessions)
{
    json_key(json, key);
    text_add(json, "[");
    for (size_t i = 0; i < sessions->count; i++)
    {
        text_add(json, "{");
        add_session_keys(json, &sessions->items[i]);
        json_end_object(json);
        text_add(json, ",");
    }
    json_end_array(json);
    text_add(json, ",");
}

static void add_outlook(Text *json, const Outlook *outlook)
{
    json_key(json, "progress");
    if (outlook == NULL)
    {
        text_add(json, "null,");
        return;
    }
    text_add(json, "{");
    json_count(json, "views", (int64_t) outlook->views);
    json_count(json, "built", (int64_t) outlook->built);
    json_count(json, "bytes", outlook->bytes);
    json_count(json, "expected_bytes", outlook->expected_bytes);
    add_fraction(json, outlook->fraction);
    json_milliseconds(json, "left_ms", outlook->left_ms);
    json_end_object(json);
    text_add(json, ",");
}

/* A run that is over, in short. */
static void add_past_run(Text *json, const char *key, const JournalRun *run)
{
    json_key(json, key);
    if (run == NULL)
    {
        text_add(json, "null,");
        return;
    }
    text_add(json, "{");
    json_string(json, "run", run->run);
    json_string(json, "outcome", run_outcome_word(run->outcome));
    json_string(json, "finished_at", run->finished_at);
    json_string(json, "snapshot_at", run->snapshot_at);
    json_string(json, "error", run->error);
    json_end_object(json);
    text_add(json, ",");
}

static void add_leftover(Text *json, const Leftover *leftover)
{
    text_add(json, "{");
    json_string(json, "schema", leftover->schema);
    json_string(json, "run", leftover->run);
    json_string(json, "side", leftover->outgoing ? "outgoing" : "incoming");
    json_bool(json, "made_beforehand", !leftover->made);
    text_add(json, "\"views\":[");
    for (size_t i = 0; i < leftover->view_count; i++)
    {
        text_add(json, i > 0 ? "," : "");
        text_add_json(json, leftover->views[i].name.name);
    }
    text_add(json, "],\"others\":[");
    for (size_t i = 0; i < leftover->other_count; i++)
    {
        text_add(json, i > 0 ? "," : "");
        text_add_json(json, leftover->others[i]);
    }
    text_add(json, "],");
    json_end_object(json);
}

static void add_leftovers(Text *json, const Leftovers *leftovers)
{
    text_add(json, "\"leftovers\":[");
    for (size_t i = 0; leftovers != NULL && i < leftovers->count; i++)
    {
        text_add(json, i > 0 ? "," : "");
        add_leftover(json, &leftovers->items[i]);
    }
    text_add(json, "],");
}

static void add_server(Text *json, const JournalRun *run, const StatusVerdict *verdict, const ServerStatus *server)
{
    Outlook *outlook = status_is_at_work(run, server) ? outlook_make(json, run, server, moment_now()) : NULL;
    char *next = status_next(json, run, server);
    text_add(json, "\"journal\":{");
    json_string(json, "path", server->journal);
    json_bool(json, "exists", server->has_journal);
    json_end_object(json);
    text_add(json, ",\"server\":{");
    json_bool(json, "reachable", server->reachable);
    json_string(json, "error", server->error);
    json_end_object(json);
    text_add(json, ",\"lock\":{");
    json_bool(json, "held", server->holders.count > 0);
    json_bool(json, "process_gone", server->holder_gone);
    json_string(json, "holder", server->holders.count > 0 ? server->holder : NULL);
    add_sessions(json, "sessions", &server->holders);
    json_end_object(json);
    text_add(json, ",");
    add_workers(json, &server->workers, outlook);
    add_sessions(json, "blockers", &server->blockers);
    json_string(json, "blocked", server->blockers.count == 0 ? NULL : server->swap_waits ? "swap" : "retire");
    add_outlook(json, outlook);
    add_past_run(json, "live", server->swapped);
    add_past_run(json, "last", run == NULL ? verdict->run : NULL);
    add_leftovers(json, server->leftovers);
    json_string(json, "next", next);
}

void report_status_json(FILE *out, const JournalRun *run, const StatusVerdict *verdict, const ServerStatus *server)
{
    Text *json = text_new(NULL);
    text_add(json, "{\"runs\":[");
    if (run != NULL)
        json_run(json, run);
    text_add(json, "],");
    add_verdict(json, verdict);
    if (server != NULL)
        add_server(json, run, verdict, server);
    json_end_object(json);
    text_add(json, "\n");
    fputs(json->data, out);
    talloc_free(json);
}
