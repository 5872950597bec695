/*
 * failures.c: why a run, or a view, was not published, written where dashboards look: matswap.failure, audit_table.
 *
 * Written on whatever connection the run still has, in a transaction of its own, before the journal calls the run over:
 * who dies in between is reverted once more, and finds by the run's name that it is written.
 */
#include "records.h"

#include <string.h>

#include "array.h"
#include "isolate.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"

/* For a lock that somebody has on a table of records: nobody is to wait for that. */
static const char lock_patience[] = "5s";

/* Rows of matswap.failure: parallel arrays. */
typedef struct Failures
{
    Run *run;
    void *scratch;
    const char *kind; /* error_kind_word, or what became of the run */
    const char *exit_code; /* NULL: not known */
    const char **schemas;
    size_t schema_count;
    const char **views;
    size_t view_count;
    const char **kinds;
    size_t kind_count;
    const char **exits;
    size_t exit_count;
    const char **rules;
    size_t rule_count;
    const char **messages;
    size_t message_count;
} Failures;

static void add_failure(Failures *failures, Name view, const char *rule, const char *message)
{
    void *scratch = failures->scratch;
    MEM_PUSH(scratch, failures->schemas, failures->schema_count, view.schema);
    MEM_PUSH(scratch, failures->views, failures->view_count, view.name);
    MEM_PUSH(scratch, failures->kinds, failures->kind_count, failures->kind);
    MEM_PUSH(scratch, failures->exits, failures->exit_count, failures->exit_code);
    MEM_PUSH(scratch, failures->rules, failures->rule_count, rule);
    MEM_PUSH(scratch, failures->messages, failures->message_count, message);
}

/* A row for each rule that the view has broken; false: it has not. */
static bool add_broken_rules(Failures *failures, Name view)
{
    const Run *run = failures->run;
    bool any = false;
    for (size_t i = 0; i < run->result_count; i++)
        if (rule_rejects(&run->results[i]) && name_equal(run->results[i].view, view))
        {
            add_failure(failures, view, view_key_word(run->results[i].rule),
                        rule_failure_text(failures->scratch, &run->results[i]));
            any = true;
        }
    return any;
}

/* Rows of the views: of a run of some views also of those that others' failure kept; else one row speaks for all. */
static void add_views(Failures *failures, const char *reason)
{
    const JournalRun *record = failures->run->record;
    for (size_t i = 0; i < record->view_count; i++)
    {
        const JournalView *view = &record->views[i];
        if (add_broken_rules(failures, view->name) || journal_view_leaves(view))
            continue;
        if (view->error != NULL)
            add_failure(failures, view->name, NULL, view->error);
        else if (record->partial && reason != NULL)
            add_failure(failures, view->name, NULL, reason);
    }
}

/* False: the failure of this run is written already. */
static Status insert_failures(const Failures *failures, bool *ret_written, Errors *errors)
{
    const JournalRun *record = failures->run->record;
    void *scratch = failures->scratch;
    const char *parameters[] = {record->run,
                                record->set,
                                record->partial ? "t" : "f",
                                array_of_texts(scratch, failures->schemas, failures->schema_count),
                                array_of_texts(scratch, failures->views, failures->view_count),
                                array_of_texts(scratch, failures->kinds, failures->kind_count),
                                array_of_texts(scratch, failures->exits, failures->exit_count),
                                array_of_texts(scratch, failures->rules, failures->rule_count),
                                array_of_texts(scratch, failures->messages, failures->message_count)};
    PgRows *rows;
    if (pg_query(scratch, failures->run->control, &rows, errors, SQL_FAILURE_INSERT,
                 sizeof parameters / sizeof parameters[0], parameters) != STATUS_OK)
        return STATUS_FAILED;
    *ret_written = pg_row_count(rows) > 0;
    return STATUS_OK;
}

static Status begin(const Failures *failures, Errors *errors)
{
    PgConnection *control = failures->run->control;
    char *timeout = PG_SQL(failures->scratch, SQL_TRANSACTION_LOCK_TIMEOUT, {"milliseconds", lock_patience});
    if (pg_run(control, errors, SQL_TRANSACTION_BEGIN) != STATUS_OK)
        return STATUS_FAILED;
    return pg_run(control, errors, timeout);
}

/* Both tables in one transaction; `audit_sql` NULL: only the first. */
static Status write_rows(Failures *failures, const char *audit_sql, Errors *errors)
{
    Run *run = failures->run;
    Records records;
    bool written = true;
    if (records_look(run, &records, errors) != STATUS_OK || begin(failures, errors) != STATUS_OK)
        return STATUS_FAILED;
    Status status = STATUS_OK;
    if (records.failure_written && failures->message_count > 0)
        status = insert_failures(failures, &written, errors);
    if (status == STATUS_OK && written && audit_sql != NULL)
        status = pg_run(run->control, errors, audit_sql);
    if (status == STATUS_OK)
        return pg_run(run->control, errors, SQL_TRANSACTION_COMMIT);
    pg_rollback(run->control);
    return STATUS_FAILED;
}

static void warn(const Run *run, const char *what, const Errors *errors)
{
    report_warning(run->report, "%s could not be recorded in the database: %s", what,
                   errors_empty(errors) ? "the server cannot be reached" : error_line(errors, errors->items[0]));
}

/* Where one of the tables cannot be written, the other is. */
static void write_failures(Failures *failures, const char *audit_sql, const char *what)
{
    Run *run = failures->run;
    Errors *errors = errors_new(failures->scratch);
    if (run->control == NULL || !pg_alive(run->control))
    {
        warn(run, what, errors);
        return;
    }
    if (write_rows(failures, audit_sql, errors) == STATUS_OK)
        return;
    warn(run, what, errors);
    errors_truncate(errors, 0);
    if (audit_sql != NULL && pg_alive(run->control) && write_rows(failures, NULL, errors) != STATUS_OK)
        warn(run, what, errors);
}

/* A verdict that an earlier process has come to. */
static void recall_verdict(Run *run, Errors *errors)
{
    if (run->results == NULL &&
        journal_verdicts(run, run->journal, run->record, &run->results, &run->result_count, errors) != STATUS_OK)
        report_warning(run->report, "the verdict on run %s cannot be read: %s", run->record->run,
                       error_line(errors, errors->items[0]));
}

/* In a line: of the failure at hand, else of the one that the journal knows, else that nobody knows. */
static const char *reason_text(const void *context, const JournalRun *record, RunState state, const Error *reason)
{
    if (reason != NULL)
        return error_line(context, reason);
    if (record->error != NULL)
        return mem_strndup(context, record->error, strcspn(record->error, "\n"));
    return mem_printf(context, "run %s died while %s", record->run, run_state_word(state));
}

/* A dry run has not failed, nor one that was stopped on purpose (--until), and then undone. */
static bool is_failure(const Run *run, RunOutcome outcome, RunState state)
{
    if (run->options.dry_run || outcome == OUTCOME_DRY_RUN)
        return false;
    return outcome != OUTCOME_ROLLED_BACK || (state != RUN_BUILT && state != RUN_VALIDATED);
}

void failures_record(Run *run, RunOutcome outcome, RunState state, const Error *reason)
{
    if (!is_failure(run, outcome, state))
        return;
    if (outcome == OUTCOME_ROLLED_BACK) /* what was undone had died */
        outcome = OUTCOME_CRASHED;
    void *scratch = mem_context(run);
    Errors *errors = errors_new(scratch);
    Failures failures = {.run = run, .scratch = scratch, .kind = run_outcome_word(outcome)};
    const char *text = reason_text(scratch, run->record, state, reason);
    const char *audit_sql = NULL;
    if (reason != NULL)
    {
        failures.kind = error_kind_word(reason->kind);
        failures.exit_code = mem_printf(scratch, "%d", error_kind_exit_code(reason->kind));
    }
    recall_verdict(run, errors);
    add_failure(&failures, (Name){NULL, NULL}, NULL, text);
    add_views(&failures, text);
    if (run->control != NULL && pg_alive(run->control) &&
        audit_failed_sql(run, scratch, text, &audit_sql, errors) != STATUS_OK)
        warn(run, "the failure of the run", errors);
    write_failures(&failures, audit_sql, "the failure of the run");
    talloc_free(scratch);
}

void failures_record_isolated(Run *run)
{
    if (!isolate_any(run->record))
        return;
    void *scratch = mem_context(run);
    recall_verdict(run, errors_new(scratch));
    Failures failures = {.run = run, .scratch = scratch, .kind = error_kind_word(ERROR_ISOLATED)};
    failures.exit_code = mem_printf(scratch, "%d", error_kind_exit_code(ERROR_ISOLATED));
    for (size_t i = 0; i < run->record->view_count; i++)
    {
        const JournalView *view = &run->record->views[i];
        if (journal_view_is_kept(view) && !add_broken_rules(&failures, view->name))
            add_failure(&failures, view->name, NULL, view->error);
    }
    write_failures(&failures, NULL, "why views kept their old generation");
    talloc_free(scratch);
}
