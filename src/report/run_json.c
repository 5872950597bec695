/* A run and the verdict on it, with the contract's keys: what `status`, `history` and hooks give to programs. */
#include "matswap/json.h"
#include "report_internal.h"

static void add_view(Text *json, const JournalView *view)
{
    bool measured = view_is_measured(view);
    text_add(json, "{");
    json_string(json, "schema", view->name.schema);
    json_string(json, "name", view->name.name);
    json_string(json, "status", view_status_word(view->status));
    json_bool(json, "leaves", journal_view_leaves(view));
    json_milliseconds(json, "duration_ms", measured ? view->duration_ms : -1);
    json_count(json, "rows", measured ? view->rows : -1);
    json_count(json, "bytes", measured ? view->bytes : -1);
    json_string(json, "kind", view_kind_word(view->kind));
    json_count(json, "level", view->level);
    json_string(json, "started_at", view->started_at);
    json_string(json, "snapshot", view->snapshot); /* these three: null is the run's */
    json_string(json, "wal_lsn", view->wal_lsn);
    json_string(json, "snapshot_at", view->snapshot_at);
    json_value(json, "totals", view->totals);
    json_string(json, "completed_at", view->completed_at);
    json_string(json, "watermark", view->watermark);
    json_string(json, "error", view->error);
    json_end_object(json);
}

void json_run(Text *json, const JournalRun *run)
{
    text_add(json, "{");
    json_string(json, "run", run->run);
    json_string(json, "set", run->set);
    json_string(json, "state", run_state_word(run->state));
    json_string(json, "outcome", run->outcome == OUTCOME_NONE ? NULL : run_outcome_word(run->outcome));
    json_string(json, "started_at", run->started_at);
    json_string(json, "finished_at", run->finished_at);
    json_string(json, "snapshot", run->snapshot);
    json_string(json, "snapshot_at", run->snapshot_at);
    json_string(json, "wal_lsn", run->wal_lsn);
    json_string(json, "swap_xid", run->swap_xid);
    json_milliseconds(json, "lock_ms", run->lock_ms);
    json_count(json, "lock_tries", run->lock_tries);
    json_milliseconds(json, "lock_wait_total_ms", run->lock_wait_total_ms);
    json_milliseconds(json, "lock_wait_longest_ms", run->lock_wait_longest_ms);
    json_bool(json, "keep_old", run->keep_old);
    json_bool(json, "is_rollback", run->is_rollback);
    json_string(json, "database", run->database);
    json_string(json, "host", run->host);
    json_count(json, "pid", run->pid);
    json_string(json, "version", run->version);
    json_string(json, "error", run->error);
    json_key(json, "views");
    text_add(json, "[");
    for (size_t i = 0; i < run->view_count; i++)
    {
        add_view(json, &run->views[i]);
        text_add(json, ",");
    }
    json_end_array(json);
    json_end_object(json);
}

void json_rule_result(Text *json, const RuleResult *result)
{
    text_add(json, "{");
    json_string(json, "schema", result->view.schema);
    json_string(json, "name", result->view.name);
    json_string(json, "rule", view_key_word(result->rule));
    json_string(json, "subject", result->subject);
    json_string(json, "severity", severity_word(result->severity));
    json_string(json, "outcome", rule_outcome_word(result->outcome));
    json_string(json, "old", result->before);
    json_string(json, "new", result->after);
    json_string(json, "difference", result->difference);
    json_string(json, "limit", result->limit);
    json_string(json, "detail", result->detail);
    json_string(json, "accepted", result->accepted);
    json_end_object(json);
}
