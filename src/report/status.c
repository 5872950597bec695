/* The run of `status`, for people and for programs. */
#include <inttypes.h>

#include "matswap/memory.h"
#include "matswap/report.h"
#include "matswap/text.h"
#include "report_internal.h"
#include "table.h"

static bool is_measured(const JournalView *view)
{
    return view->status == VIEW_BUILT || view_status_is_usable(view->status);
}

const char *view_kind_word(ViewKind kind)
{
    return kind == VIEW_MATERIALIZED ? "materialized view" : "view";
}

static void print_fact(FILE *out, const char *label, const char *value)
{
    if (value != NULL && value[0] != '\0')
        fprintf(out, "%-10s  %s\n", label, value);
}

/* Of a resumed run: views that were built under an older snapshot than the run's. */
static bool has_own_snapshots(const JournalRun *run)
{
    bool has = false;
    for (size_t i = 0; i < run->view_count; i++)
        has = has || run->views[i].snapshot != NULL;
    return has;
}

static void print_views(FILE *out, const JournalRun *run)
{
    static const TableColumn columns[] = {
        {"view", false}, {"status", false}, {"rows", true}, {"size", true}, {"time", true}, {"snapshot of", false},
    };
    size_t column_count = sizeof columns / sizeof columns[0] - (has_own_snapshots(run) ? 0 : 1);
    void *context = mem_context(NULL);
    size_t cell_count = run->view_count * column_count;
    const char **cells = mem_array(context, const char *, cell_count);
    const char **cell = cells;
    for (size_t i = 0; i < run->view_count; i++)
    {
        const JournalView *view = &run->views[i];
        bool measured = is_measured(view);
        *cell++ = name_qualified(context, view->name);
        *cell++ = view_status_word(view->status);
        *cell++ = measured && view->rows >= 0 ? report_count(context, view->rows) : NULL;
        *cell++ = measured && view->bytes >= 0 ? report_bytes(context, view->bytes) : NULL;
        *cell++ = measured ? report_duration(context, view->duration_ms) : NULL;
        if (has_own_snapshots(run))
            *cell++ = !measured ? NULL : view->snapshot_at != NULL ? view->snapshot_at : run->snapshot_at;
    }
    fputc('\n', out);
    table_print(out, columns, column_count, cells, run->view_count);
    talloc_free(context);
}

void report_status_text(FILE *out, const JournalRun *run)
{
    if (run == NULL)
    {
        fputs("nothing is running or left over\n", out);
        return;
    }
    print_fact(out, "run", run->run);
    print_fact(out, "set", run->set);
    print_fact(out, "state", run_state_word(run->state));
    print_fact(out, "outcome", run_outcome_word(run->outcome));
    print_fact(out, "started", run->started_at);
    print_fact(out, "finished", run->finished_at);
    fprintf(out, "%-10s  pid %" PRId64 " on %s\n", "process", run->pid, run->host != NULL ? run->host : "?");
    print_fact(out, "snapshot", run->snapshot);
    if (run->lock_ms >= 0)
    {
        char *duration = report_duration(NULL, run->lock_ms);
        fprintf(out, "%-10s  %s, after %" PRId64 " %s\n", "locks held", duration, run->lock_tries,
                run->lock_tries == 1 ? "try" : "tries");
        talloc_free(duration);
    }
    print_fact(out, "error", run->error);
    if (run->view_count > 0)
        print_views(out, run);
}

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
    bool measured = is_measured(view);
    text_add(json, "{");
    add_string(json, "schema", view->name.schema);
    add_string(json, "name", view->name.name);
    add_string(json, "status", view_status_word(view->status));
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

void report_status_json(FILE *out, const JournalRun *run)
{
    Text *json = text_new(NULL);
    text_add(json, "{\"runs\":[");
    if (run != NULL)
        add_run(json, run);
    text_add(json, "]}\n");
    fputs(json->data, out);
    talloc_free(json);
}
