/* `status` for programs: the contract's keys, and what the server says beside them. */
#include <inttypes.h>

#include "matswap/memory.h"
#include "matswap/report.h"
#include "matswap/text.h"
#include "report_internal.h"

static void add_string(Text *json, const char *key, const char *value)
{
    text_addf(json, "\"%s\":", key);
    text_add_json(json, value);
    text_add(json, ",");
}

/* Below 0: not measured. */
static void add_count(Text *json, const char *key, int64_t value)
{
    if (value < 0)
        text_addf(json, "\"%s\":null,", key);
    else
        text_addf(json, "\"%s\":%" PRId64 ",", key, value);
}

static void add_milliseconds(Text *json, const char *key, double value)
{
    if (value < 0)
        text_addf(json, "\"%s\":null,", key);
    else
        text_addf(json, "\"%s\":%.3f,", key, value);
}

static void add_bool(Text *json, const char *key, bool value)
{
    text_addf(json, "\"%s\":%s,", key, value ? "true" : "false");
}

/* Every add_ function leaves a comma for the next key. */
static void end_object(Text *json)
{
    json->data[--json->length] = '\0';
    text_add(json, "}");
}

static void add_view(Text *json, const JournalView *view)
{
    bool measured = view_is_measured(view);
    text_add(json, "{");
    add_string(json, "schema", view->name.schema);
    add_string(json, "name", view->name.name);
    add_string(json, "status", view_status_word(view->status));
    add_bool(json, "leaves", journal_view_leaves(view));
    add_milliseconds(json, "duration_ms", measured ? view->duration_ms : -1);
    add_count(json, "rows", measured ? view->rows : -1);
    add_count(json, "bytes", measured ? view->bytes : -1);
    add_string(json, "kind", view_kind_word(view->kind));
    add_count(json, "level", view->level);
    add_string(json, "started_at", view->started_at);
    add_string(json, "snapshot", view->snapshot); /* these three: null is the run's */
    add_string(json, "wal_lsn", view->wal_lsn);
    add_string(json, "snapshot_at", view->snapshot_at);
    text_addf(json, "\"totals\":%s,", view->totals != NULL ? view->totals : "null"); /* is JSON already */
    add_string(json, "completed_at", view->completed_at);
    add_string(json, "watermark", view->watermark);
    add_string(json, "error", view->error);
    end_object(json);
}

static void add_run(Text *json, const JournalRun *run)
{
    text_add(json, "{");
    add_string(json, "run", run->run);
    add_string(json, "set", run->set);
    add_string(json, "state", run_state_word(run->state));
    add_string(json, "outcome", run->outcome == OUTCOME_NONE ? NULL : run_outcome_word(run->outcome));
    add_string(json, "started_at", run->started_at);
    add_string(json, "finished_at", run->finished_at);
    add_string(json, "snapshot", run->snapshot);
    add_string(json, "snapshot_at", run->snapshot_at);
    add_string(json, "wal_lsn", run->wal_lsn);
    add_string(json, "swap_xid", run->swap_xid);
    add_milliseconds(json, "lock_ms", run->lock_ms);
    add_count(json, "lock_tries", run->lock_tries);
    add_milliseconds(json, "lock_wait_total_ms", run->lock_wait_total_ms);
    add_milliseconds(json, "lock_wait_longest_ms", run->lock_wait_longest_ms);
    add_bool(json, "keep_old", run->keep_old);
    add_bool(json, "is_rollback", run->is_rollback);
    add_string(json, "database", run->database);
    add_string(json, "host", run->host);
    add_count(json, "pid", run->pid);
    add_string(json, "version", run->version);
    add_string(json, "error", run->error);
    text_add(json, "\"views\":[");
    for (size_t i = 0; i < run->view_count; i++)
    {
        text_add(json, i > 0 ? "," : "");
        add_view(json, &run->views[i]);
    }
    text_add(json, "],");
    end_object(json);
}

static void add_result(Text *json, const RuleResult *result)
{
    text_add(json, "{");
    add_string(json, "schema", result->view.schema);
    add_string(json, "name", result->view.name);
    add_string(json, "rule", view_key_word(result->rule));
    add_string(json, "subject", result->subject);
    add_string(json, "severity", severity_word(result->severity));
    add_string(json, "outcome", rule_outcome_word(result->outcome));
    add_string(json, "old", result->before);
    add_string(json, "new", result->after);
    add_string(json, "difference", result->difference);
    add_string(json, "limit", result->limit);
    add_string(json, "detail", result->detail);
    add_string(json, "accepted", result->accepted);
    end_object(json);
}

static void add_verdict(Text *json, const StatusVerdict *verdict)
{
    add_string(json, "validated_run", verdict->count > 0 ? verdict->run->run : NULL);
    text_add(json, "\"validation\":[");
    for (size_t i = 0; i < verdict->count; i++)
    {
        text_add(json, i > 0 ? "," : "");
        add_result(json, &verdict->results[i]);
    }
    text_add(json, "],");
}

static void add_session(Text *json, const ServerSession *session)
{
    text_add(json, "{");
    add_count(json, "pid", session->pid > 0 ? session->pid : -1);
    add_string(json, "gid", session->gid);
    add_string(json, "role", session->role);
    add_string(json, "application", session->application);
    add_string(json, "state", session->state);
    add_string(json, "wait", session->wait);
    add_string(json, "since", session->since);
    add_string(json, "query", session->query);
    add_string(json, "relations", session->relations);
    end_object(json);
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
    add_string(json, "schema", leftover->schema);
    add_string(json, "run", leftover->run);
    add_string(json, "side", leftover->outgoing ? "outgoing" : "incoming");
    add_bool(json, "made_beforehand", !leftover->made);
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
    end_object(json);
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
    add_string(json, "path", server->journal);
    add_bool(json, "exists", server->has_journal);
    end_object(json);
    text_add(json, ",\"server\":{");
    add_bool(json, "reachable", server->reachable);
    add_string(json, "error", server->error);
    end_object(json);
    text_add(json, ",\"lock\":{");
    add_bool(json, "held", server->holders.count > 0);
    add_bool(json, "process_gone", server->holder_gone);
    add_string(json, "holder", server->holders.count > 0 ? server->holder : NULL);
    add_sessions(json, "sessions", &server->holders);
    end_object(json);
    text_add(json, ",");
    add_sessions(json, "sessions", &server->workers);
    add_sessions(json, "blockers", &server->blockers);
    add_leftovers(json, server->leftovers);
    add_string(json, "next", next);
}

void report_status_json(FILE *out, const JournalRun *run, const StatusVerdict *verdict, const ServerStatus *server)
{
    Text *json = text_new(NULL);
    text_add(json, "{\"runs\":[");
    if (run != NULL)
        add_run(json, run);
    text_add(json, "],");
    add_verdict(json, verdict);
    if (server != NULL)
        add_server(json, run, server);
    end_object(json);
    text_add(json, "\n");
    fputs(json->data, out);
    talloc_free(json);
}
