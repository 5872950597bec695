/*
 * account.c: what the journal keeps of a run for those who look at it later: what it was told, what it did when, what each
 * view reads and how its columns differ.
 */
#include "matswap/json.h"
#include "matswap/memory.h"
#include "stage_internal.h"

/* ---- tasks ------------------------------------------------------------------------------------------------- */

void account_begin(const Run *run, RunPhase phase)
{
    ReportTask task = {.phase = phase};
    report_started(run->report, &task);
}

void account_phase(const Run *run, RunPhase phase, double since_ms)
{
    double duration_ms = stage_clock_ms() - since_ms;
    JournalTask task = {.phase = phase,
                        .started_at = journal_ago(run->record, duration_ms),
                        .duration_ms = duration_ms,
                        .rows = -1,
                        .bytes = -1};
    journal_task_done(run->record, &task);
    ReportTask ended = {.phase = phase};
    report_ended(run->report, &ended, &(ReportEnd){.milliseconds = duration_ms, .rows = -1, .bytes = -1});
}

void account_view(const Run *run, RunPhase phase, Name view, const char *subject, int worker, double duration_ms,
                  double ago_ms)
{
    char *started_at = journal_ago(run->record, duration_ms + ago_ms);
    JournalTask task = {.phase = phase,
                        .view = view,
                        .subject = subject,
                        .worker = worker,
                        .started_at = started_at,
                        .duration_ms = duration_ms,
                        .rows = -1,
                        .bytes = -1};
    journal_task_done(run->record, &task);
    talloc_free(started_at);
}

/* ---- what became of its views ------------------------------------------------------------------------------ */

static bool breaks_a_rule(const Run *run, Name view)
{
    for (size_t i = 0; i < run->result_count; i++)
        if (rule_rejects(&run->results[i]) && name_equal(run->results[i].view, view))
            return true;
    return false;
}

RunCounts account_counts(const Run *run, bool swapped)
{
    const JournalRun *record = run->record;
    RunCounts counts = {0};
    if (record == NULL)
    {
        counts.views = counts.kept = run->plan == NULL ? 0 : run->plan->view_count;
        return counts;
    }
    for (size_t i = 0; i < record->view_count; i++)
    {
        const JournalView *view = &record->views[i];
        if (journal_view_leaves(view))
            continue;
        counts.views++;
        counts.refreshed += swapped && journal_view_moves_in(view) ? 1 : 0;
        counts.failed += view->status == VIEW_FAILED || breaks_a_rule(run, view->name) ? 1 : 0;
    }
    counts.kept = counts.views - counts.refreshed;
    return counts;
}

/* ---- what a run was told ------------------------------------------------------------------------------------ */

static void add_stated(Text *json, const StatedSection *section)
{
    text_add(json, "{");
    json_string(json, "section", section->name);
    json_key(json, "keys");
    text_add(json, "[");
    for (size_t i = 0; i < section->count; i++)
    {
        text_add(json, "{");
        json_string(json, "key", section->values[i].name);
        json_string(json, "value", section->values[i].value);
        json_count(json, "line", section->values[i].line);
        json_end_object(json);
        text_add(json, ",");
    }
    json_end_array(json);
    json_end_object(json);
}

static void add_options(Text *json, const Run *run)
{
    const RunOptions *options = &run->options;
    json_key(json, "options");
    text_add(json, "{");
    json_count(json, "jobs", options->jobs > 0 ? options->jobs : run->config->jobs);
    json_bool(json, "keep_old", options->keep_old || run->config->keep_old);
    json_bool(json, "dry_run", options->dry_run);
    json_bool(json, "drop_removed", options->drop_removed);
    json_bool(json, "partial", run->plan->kept_count > 0);
    json_key(json, "accept");
    text_add(json, "[");
    for (size_t i = 0; i < options->accept_count; i++)
    {
        text_add(json, "{");
        json_string(json, "rule", options->accept[i].written);
        json_string(json, "reason", options->accept[i].reason);
        json_end_object(json);
        text_add(json, ",");
    }
    json_end_array(json);
    json_end_object(json);
    text_add(json, ",");
}

static char *server_version(const void *context, const Run *run)
{
    int version = pg_server_version(run->control);
    return mem_printf(context, "%d.%d", version / 10000, version % 10000);
}

char *account_settings(const void *context, const Run *run)
{
    Text *json = text_new(context);
    text_add(json, "{");
    json_string(json, "server", server_version(json, run));
    json_string(json, "role", run->preflight->role);
    add_options(json, run);
    json_key(json, "config");
    text_add(json, "[");
    for (size_t i = 0; i < run->config->stated_count; i++)
    {
        add_stated(json, &run->config->stated[i]);
        text_add(json, ",");
    }
    json_end_array(json);
    json_end_object(json);
    return json->data;
}

/* ---- what is known of a view before it is built -------------------------------------------------------------- */

char *account_reads(const void *context, const PlanView *view)
{
    Text *json = text_new(context);
    text_add(json, "[");
    for (size_t i = 0; i < view->read_count; i++)
    {
        text_add(json, "{");
        json_string(json, "schema", view->reads[i].view->name.schema);
        json_string(json, "name", view->reads[i].view->name.name);
        json_end_object(json);
        text_add(json, ",");
    }
    json_end_array(json);
    return json->data;
}

/* A column that is not there has no position. */
char *account_changes(const void *context, const ViewChange *change)
{
    Text *json = text_new(context);
    text_add(json, "[");
    for (size_t i = 0; i < change->column_count; i++)
    {
        const ColumnChange *column = &change->columns[i];
        text_add(json, "{");
        json_string(json, "name", column->name);
        json_string(json, "old_type", column->old_type);
        json_string(json, "new_type", column->new_type);
        json_count(json, "old_position", column->old_type == NULL ? -1 : column->old_position);
        json_count(json, "new_position", column->new_type == NULL ? -1 : column->new_position);
        json_bool(json, "moved", column->moved);
        json_end_object(json);
        text_add(json, ",");
    }
    json_end_array(json);
    return json->data;
}
