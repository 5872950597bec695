/*
 * audit.c: audit_table: for every view of a run when it was built, in what time, how many rows it has, and what became
 * of it: published, or not, and why.
 *
 * The rows of a swap are inserted by its own transaction, so they are there if and only if it was committed; before its
 * first lock, since the table is somebody's, and whoever has a lock on it would keep our readers waiting.
 */
#include "records.h"

#include <inttypes.h>
#include <string.h>

#include "matswap/memory.h"
#include "matswap/name.h"
#include "matswap/text.h"
#include "pg_sql.h"

/* For a lock on the table that somebody else has. */
const char audit_lock_timeout[] = "500ms";

/* ---- the table ---------------------------------------------------------------------------------------------- */

/* src/include/catalog/pg_type.dat; a type that holds more, or is none of these, holds all that we measure. */
static int64_t most_of_type(uint32_t type)
{
    return type == 21 ? INT16_MAX : type == 23 ? INT32_MAX : INT64_MAX;
}

Status audit_look(Run *run, const void *context, AuditTable *ret_table, Errors *errors)
{
    const Name name = run->config->audit_table;
    const char *parameters[] = {name.schema, name.name};
    PgRows *rows;
    *ret_table = (AuditTable){0};
    if (name.name == NULL)
        return STATUS_OK;
    if (pg_query(context, run->control, &rows, errors, SQL_AUDIT_STATE, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    *ret_table = (AuditTable){.name = name_qualified(context, name),
                              .schema = pg_oid(rows, 0, "schema") != 0,
                              .schema_usage = pg_boolean(rows, 0, "schema_usage"),
                              .schema_create = pg_boolean(rows, 0, "schema_create"),
                              .exists = pg_oid(rows, 0, "relation") != 0,
                              .is_table = strchr("rpf", pg_text(rows, 0, "relkind")[0]) != NULL,
                              .may_insert = pg_boolean(rows, 0, "may_insert"),
                              .missing = pg_value(rows, 0, "missing"),
                              .required = pg_value(rows, 0, "required"),
                              .sequences = pg_value(rows, 0, "sequences"),
                              .most_ms = most_of_type(pg_oid(rows, 0, "duration_type")),
                              .most_rows = most_of_type(pg_oid(rows, 0, "row_count_type"))};
    return STATUS_OK;
}

Status audit_make(Run *run, Errors *errors)
{
    void *scratch = mem_context(run);
    AuditTable table;
    const Name name = run->config->audit_table;
    Status status = audit_look(run, scratch, &table, errors);
    if (status == STATUS_OK && table.name != NULL && !table.exists)
        status = pg_run(run->control, errors,
                        PG_SQL(scratch, SQL_AUDIT_TABLE, {"schema", name.schema}, {"table", name.name}));
    talloc_free(scratch);
    return status;
}

/* What the server says to it, other than that somebody has a lock on the table: the swap will see to that. */
static void refuse_try(const Name name, Errors *said, Errors *errors)
{
    const Error *refusal = said->items[0];
    char *table = name_qualified(said, name);
    if (refusal->kind == ERROR_SERVER)
        error_object(error_remedy(errors_add(errors, ERROR_REFUSED, "audit_table = %s does not take what matswap writes: %s",
                                             table, refusal->server_message),
                                  "change its columns, or name another table: one that does not exist is created"),
                     table);
    else if (refusal->kind != ERROR_LOCKED)
        errors_move(errors, said);
}

Status audit_try(Run *run, Errors *errors)
{
    void *scratch = mem_context(run);
    const Name name = run->config->audit_table;
    Text *sql = text_new(scratch);
    Errors *said = errors_new(scratch);
    PgRows *rows;
    text_addf(sql, "%s;\n%s", PG_SQL(scratch, SQL_TRANSACTION_LOCK_TIMEOUT, {"milliseconds", audit_lock_timeout}),
              PG_SQL(scratch, SQL_AUDIT_TRY, {"schema", name.schema}, {"table", name.name}));
    Status status = pg_run(run->control, errors, SQL_REHEARSE_SAVEPOINT);
    if (status == STATUS_OK && pg_run_rows(scratch, run->control, &rows, said, sql->data, (PgOrigin){0}) != STATUS_OK)
        refuse_try(name, said, errors);
    if (status == STATUS_OK)
        status = pg_run(run->control, errors, SQL_REHEARSE_UNDO); /* the setting, too */
    talloc_free(scratch);
    return status;
}

/* ---- its rows ----------------------------------------------------------------------------------------------- */

/* A run has its preflight; a rollback, in a hurry, and the end of a failed run go on without. */
static bool is_usable(const AuditTable *table)
{
    return table->exists && table->is_table && table->may_insert && table->missing == NULL && table->required == NULL &&
           table->sequences == NULL;
}

typedef struct AuditRows
{
    const Run *run;
    AuditTable table;
    Text *rows;
} AuditRows;

static void add_text(Text *rows, const char *value)
{
    text_addf(rows, ", %s", value == NULL ? "NULL" : name_literal(rows, value));
}

/* Below 0: not measured. */
static void add_count(Text *rows, int64_t value, int64_t most)
{
    if (value < 0)
        text_add(rows, ", NULL");
    else
        text_addf(rows, ", '%" PRId64 "'", value < most ? value : most);
}

/* As people call it: its schema is said where it is not the set's. */
static char *view_name(const Run *run, Name view)
{
    return text_equal(view.schema, run->config->schema) ? mem_strdup(run, view.name)
                                                        : mem_printf(run, "%s.%s", view.schema, view.name);
}

static void add_row(AuditRows *audit, const JournalView *view, const char *status, const char *message)
{
    const JournalRun *record = audit->run->record;
    bool published = strcmp(status, "success") == 0;
    char *name = view_name(audit->run, view->name);
    const char *now = journal_now(audit->rows);
    const char *completed = view->completed_at != NULL ? view->completed_at : now;
    text_addf(audit->rows, "%s(%s", audit->rows->length > 0 ? ",\n       " : "", name_literal(audit->rows, name));
    add_text(audit->rows, view->started_at != NULL ? view->started_at : record->started_at);
    add_text(audit->rows, completed);
    add_count(audit->rows, view->completed_at == NULL ? -1 : (int64_t) (view->duration_ms + 0.5), audit->table.most_ms);
    add_count(audit->rows, published ? view->rows : -1, audit->table.most_rows);
    add_text(audit->rows, status);
    add_text(audit->rows, message);
    text_add(audit->rows, ")");
    talloc_free(name);
}

static const char *finish_rows(AuditRows *audit, const void *context)
{
    const Name name = audit->run->config->audit_table;
    if (audit->rows->length == 0)
        return NULL;
    return PG_SQL(context, SQL_AUDIT_INSERT, {"schema", name.schema}, {"table", name.name},
                  {"rows", audit->rows->data});
}

/* "accepted: max_shrink (why)": what was broken, and published all the same; NULL: nothing was. */
static const char *accepted_text(const void *context, const Run *run, Name view)
{
    Text *text = text_new(context);
    for (size_t i = 0; i < run->result_count; i++)
        if (run->results[i].accepted != NULL && name_equal(run->results[i].view, view))
            text_addf(text, "%s%s: %s", text->length > 0 ? "; " : "accepted: ", report_rule(text, &run->results[i]),
                      run->results[i].accepted);
    return text->length > 0 ? text->data : NULL;
}

/* Of one that comes with the swap, or stays out of it. */
static void add_swapped(AuditRows *audit, const JournalView *view)
{
    const Run *run = audit->run;
    if (journal_view_is_kept(view))
        add_row(audit, view, "failed", view->error);
    else if (journal_view_moves_in(view) && run->record->is_rollback)
        add_row(audit, view, "success", "rollback: what it was before the last swap is back");
    else if (journal_view_moves_in(view))
        add_row(audit, view, "success", accepted_text(audit->rows, run, view->name));
}

Status audit_swap_sql(Run *run, const void *context, const char **ret_sql, Errors *errors)
{
    AuditRows audit = {.run = run, .rows = text_new(context)};
    *ret_sql = NULL;
    if (audit_look(run, context, &audit.table, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (run->record->is_rollback && audit.table.name != NULL && !is_usable(&audit.table))
    {
        report_warning(run->report, "the rollback is not recorded in %s: it does not exist, or may not be written",
                       audit.table.name);
        return STATUS_OK;
    }
    for (size_t i = 0; audit.table.name != NULL && i < run->record->view_count; i++)
        add_swapped(&audit, &run->record->views[i]);
    *ret_sql = finish_rows(&audit, context);
    return STATUS_OK;
}

/* Of the views that failed by themselves, the first: NULL: none, it was the run. */
static const JournalView *first_failed(const JournalRun *record)
{
    for (size_t i = 0; i < record->view_count; i++)
        if (record->views[i].status == VIEW_FAILED && record->views[i].error != NULL)
            return &record->views[i];
    return NULL;
}

/* Why a view was not published that was not at fault. */
static const char *others_fault(const void *context, const JournalRun *record, const JournalView *view,
                                const JournalView *failed, const char *reason)
{
    const char *kept = view->old_oid != 0 ? "kept its old generation" : "not published";
    if (failed == NULL)
        return mem_printf(context, "%s: the run failed: %s", kept, reason);
    return mem_printf(context, "%s: %s failed: %s", kept, name_qualified(context, failed->name), failed->error);
}

Status audit_failed_sql(Run *run, const void *context, const char *reason, const char **ret_sql, Errors *errors)
{
    const JournalRun *record = run->record;
    AuditRows audit = {.run = run, .rows = text_new(context)};
    *ret_sql = NULL;
    if (audit_look(run, context, &audit.table, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (audit.table.name != NULL && !is_usable(&audit.table))
    {
        errors_add(errors, ERROR_REFUSED, "%s does not exist, or may not be written", audit.table.name);
        return STATUS_FAILED;
    }
    const JournalView *failed = first_failed(record);
    for (size_t i = 0; audit.table.name != NULL && i < record->view_count; i++)
    {
        const JournalView *view = &record->views[i];
        if (view->status == VIEW_FAILED && view->error != NULL)
            add_row(&audit, view, "failed", view->error);
        else if (!journal_view_leaves(view))
            add_row(&audit, view, "failed", others_fault(audit.rows, record, view, failed, reason));
    }
    *ret_sql = finish_rows(&audit, context);
    return STATUS_OK;
}
