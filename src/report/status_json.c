/* `status` for programs: the contract's keys, and what the server says beside them. */
#include "matswap/json.h"
#include "matswap/memory.h"
#include "matswap/report.h"
#include "matswap/text.h"
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

static void add_session(Text *json, const ServerSession *session)
{
    text_add(json, "{");
    json_count(json, "pid", session->pid > 0 ? session->pid : -1);
    json_string(json, "gid", session->gid);
    json_string(json, "role", session->role);
    json_string(json, "application", session->application);
    json_string(json, "state", session->state);
    json_string(json, "wait", session->wait);
    json_string(json, "since", session->since);
    json_string(json, "query", session->query);
    json_string(json, "relations", session->relations);
    json_end_object(json);
}

static void add_sessions(Text *json, const char *key, const ServerSessions *sessions)
{
    text_addf(json, "\"%s\":[", key);
    for (size_t i = 0; i < sessions->count; i++)
    {
        text_add(json, i > 0 ? "," : "");
        add_session(json, &sessions->items[i]);
    }
    text_add(json, "],");
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

static void add_server(Text *json, const JournalRun *run, const ServerStatus *server)
{
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
    add_sessions(json, "sessions", &server->workers);
    add_sessions(json, "blockers", &server->blockers);
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
        add_server(json, run, server);
    json_end_object(json);
    text_add(json, "\n");
    fputs(json->data, out);
    talloc_free(json);
}
