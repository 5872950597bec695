/*
 * seam.c: what a generation does not contain: writes to its sources after the snapshot, as far as the server counts them,
 * and what it read from foreign tables, which have moments of their own.
 *
 * The counters are read before the snapshot is taken and before the swap; what was read first is in the journal, so that
 * a run which stops in between can still compare.  They come late (a session reports at most once a second, after its
 * commit), count what was rolled back too, and are lost in a crash: an estimate, and information only.  A failure to
 * have it fails no run, unless the connection is gone or a signal came.
 */
#include <inttypes.h>

#include "array.h"
#include "foreign.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"

#define TABLES_TOLD 3

static Status forgive(const Run *run, Errors *failure, Errors *errors)
{
    if (errors_have(failure, ERROR_CANCELLED) || errors_have(failure, ERROR_CONNECTION))
    {
        errors_move(errors, failure);
        return STATUS_FAILED;
    }
    report_detail(run->report, "seam", "not known: %s", error_format(failure, failure->items[0]));
    return STATUS_OK;
}

Status seam_begin(Run *run, Errors *errors)
{
    void *scratch = mem_context(run);
    const Plan *plan = run->plan;
    const char **views = mem_array(scratch, const char *, plan->view_count);
    const char **sources = mem_array(scratch, const char *, plan->view_count);
    size_t count = 0;
    for (size_t i = 0; i < plan->view_count; i++)
        if (run->recipes[i].sources != NULL)
        {
            views[count] = name_qualified(scratch, plan->views[i]->name);
            sources[count++] = run->recipes[i].sources;
        }
    const char *parameters[] = {array_of_texts(scratch, views, count), array_of_texts(scratch, sources, count)};
    Errors *failure = errors_new(scratch);
    PgRows *rows;
    Status status = STATUS_OK;
    run->record->seam = NULL;
    if (pg_query(scratch, run->control, &rows, failure, SQL_SEAM_BEGIN, 2, parameters) == STATUS_OK)
        run->record->seam = mem_strdup(run->record, pg_text(rows, 0, "seam"));
    else
        status = forgive(run, failure, errors);
    talloc_free(scratch);
    return status;
}

/* ---- before the swap --------------------------------------------------------------------------------------- */

static void add_table(Text *text, const PgRows *rows, size_t row)
{
    text_addf(text, "%s%s ", row > 0 ? ", " : "", pg_text(rows, row, "name"));
    if (pg_value(rows, row, "written") == NULL)
        text_add(text, "(not known: its counters are lost)");
    else if (pg_integer(rows, row, "written") > 0)
        text_addf(text, "about %s row%s written", report_count(text, pg_integer(rows, row, "written")),
                  pg_integer(rows, row, "written") == 1 ? "" : "s");
    if (pg_boolean(rows, row, "rewritten"))
        text_addf(text, "%struncated or rewritten", pg_integer(rows, row, "written") > 0 ? ", " : "");
}

static const char *since_text(const Run *run)
{
    for (size_t i = 0; i < run->record->view_count; i++)
        if (run->record->views[i].snapshot != NULL)
            return "since the newest of its snapshots, of";
    return "since the snapshot of";
}

static void tell(const Run *run, const PgRows *rows)
{
    size_t count = pg_row_count(rows);
    Text *text = text_new(NULL);
    for (size_t row = 0; row < count && row < TABLES_TOLD; row++)
        add_table(text, rows, row);
    if (count > TABLES_TOLD)
        text_addf(text, ", and %zu more table%s", count - TABLES_TOLD, count - TABLES_TOLD == 1 ? "" : "s");
    if (count > 0)
        report_line(run->report, "seam", "not in this generation (estimate): %s %s %s", text->data, since_text(run),
                    run->record->snapshot_at);
    else
        report_detail(run->report, "seam", "nothing was written to its source tables %s %s (estimate)", since_text(run),
                      run->record->snapshot_at);
    talloc_free(text);
}

static void keep_of_views(Run *run, const PgRows *rows)
{
    const JournalRun *record = run->record;
    void *scratch = mem_context(run);
    const char **names = mem_array(scratch, const char *, record->view_count);
    run->view_seams = mem_array(run, const char *, record->view_count);
    for (size_t i = 0; i < record->view_count; i++)
        names[i] = name_qualified(scratch, record->views[i].name);
    for (size_t row = 0; row < pg_row_count(rows); row++)
        for (size_t i = 0; i < record->view_count; i++)
            if (record->views[i].new_oid != 0 && text_equal(names[i], pg_text(rows, row, "view")))
                run->view_seams[i] = mem_strdup(run->view_seams, pg_text(rows, row, "seam"));
    talloc_free(scratch);
}

static Status measure(Run *run, void *scratch, Errors *errors)
{
    PgRows *rows;
    const char **tables;
    size_t count;
    if (foreign_names(run, scratch, &tables, &count, errors) != STATUS_OK)
        return STATUS_FAILED;
    const char *parameters[] = {run->record->seam, array_of_texts(scratch, tables, count)};
    if (pg_query(scratch, run->control, &rows, errors, SQL_SEAM_MEASURE, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    run->record->seam = mem_strdup(run->record, pg_text(rows, 0, "seam"));
    if (pg_query(scratch, run->control, &rows, errors, SQL_SEAM_TABLES, 1, &run->record->seam) != STATUS_OK)
        return STATUS_FAILED;
    tell(run, rows);
    if (pg_query(scratch, run->control, &rows, errors, SQL_SEAM_VIEWS, 1, &run->record->seam) != STATUS_OK)
        return STATUS_FAILED;
    keep_of_views(run, rows);
    return STATUS_OK;
}

Status seam_measure(Run *run, Errors *errors)
{
    if (run->record->seam == NULL)
        return STATUS_OK;
    void *scratch = mem_context(run);
    Errors *failure = errors_new(scratch);
    Status status = STATUS_OK;
    if (measure(run, scratch, failure) != STATUS_OK)
        status = forgive(run, failure, errors);
    talloc_free(scratch);
    return status == STATUS_OK ? journal_run_seam(run->journal, run->record, errors) : status;
}
