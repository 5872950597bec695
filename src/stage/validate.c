/*
 * Step 3: is the new generation fit to serve?  Rules, also against the live generation, and the catalog proof that
 * nothing in it reads the live one.  Nothing has been locked or moved yet.
 */
#include "array.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "validate_internal.h"

bool validation_comparable(const Run *run, size_t position)
{
    const LiveView *live = former_predecessor(run, run->plan->views[position]).live;
    return live->oid != 0 && run->plan->views[position]->kind == VIEW_MATERIALIZED &&
           (live->kind == VIEW_ORDINARY || live->populated);
}

void validation_add(Validation *validation, const ViewRules *rules, RuleResult result)
{
    Run *run = validation->run;
    result.view = rules->name;
    result.severity = view_rules_severity(rules, result.rule);
    MEM_PUSH(run, run->results, run->result_count, result);
}

/* What the generation holds beside its snapshot. */
static Status name_foreign_tables(Run *run, const uint32_t *new_oids, size_t count, Errors *errors)
{
    PgRows *rows;
    char *oids = array_of_oids(run, new_oids, count);
    if (pg_query(run, run->control, &rows, errors, SQL_VALIDATE_FOREIGN, 1, (const char *const *) &oids) != STATUS_OK)
        return STATUS_FAILED;
    Text *names = text_new(rows);
    for (size_t i = 0; i < pg_row_count(rows); i++)
        text_addf(names, "%s%s", i > 0 ? ", " : "", pg_text(rows, i, "name"));
    if (names->length > 0)
        report_line(run->report, "foreign", "not of the snapshot, but as each view found it: %s", names->data);
    talloc_free(rows);
    return STATUS_OK;
}

static Status prove(Run *run, Errors *errors)
{
    size_t count = 0;
    size_t live_count = 0;
    uint32_t *new_oids = mem_array(run, uint32_t, run->record->view_count);
    uint32_t *live_oids = mem_array(run, uint32_t, run->record->view_count);
    for (size_t i = 0; i < run->record->view_count; i++)
    {
        if (run->record->views[i].new_oid != 0)
            new_oids[count++] = run->record->views[i].new_oid;
        if (run->record->views[i].old_oid != 0)
            live_oids[live_count++] = run->record->views[i].old_oid;
    }
    if (catalog_proof(run, new_oids, count, live_oids, live_count, errors) != STATUS_OK)
        return STATUS_FAILED;
    return name_foreign_tables(run, new_oids, count, errors);
}

/* The first of them stands for the view. */
static void note_rejection(Run *run, Name view, const char *message)
{
    for (size_t i = 0; i < run->plan->view_count; i++)
        if (name_equal(run->record->views[i].name, view) && run->record->views[i].error == NULL)
            run->record->views[i].error = mem_strdup(run->record, message);
}

static void reject(Run *run, const RuleResult *result, Errors *errors)
{
    void *scratch = mem_context(NULL);
    char *view = name_qualified(scratch, result->view);
    Error *error = errors_add(errors, ERROR_REJECTED, "%s: %s: was %s, is %s, limit %s", view, report_rule(scratch, result),
                              result->before ? result->before : "nothing", result->after ? result->after : "nothing",
                              result->limit ? result->limit : "0");
    error_remedy(error_object(error, view), "look at the sources, or change the rule in %s; to publish all the same: %s",
                 run->config->path, acceptance_option(scratch, result));
    note_rejection(run, result->view, error->message);
    talloc_free(scratch);
}

static Status reject_all(Run *run, Errors *errors)
{
    size_t before = errors->count;
    for (size_t i = 0; i < run->result_count; i++)
        if (rule_rejects(&run->results[i]))
            reject(run, &run->results[i], errors);
    for (size_t i = 0; i < run->plan->view_count; i++)
        if (run->record->views[i].error != NULL && journal_view_put(run->journal, run->record, i, errors) != STATUS_OK)
            return STATUS_FAILED;
    return errors_since(errors, before);
}

static Status judge(Run *run, Errors *errors)
{
    Validation *validation = mem_new(run, Validation);
    validation->run = run;
    validation->scratch = mem_context(validation);
    Status status = STATUS_FAILED;
    if (validation_ask_live(validation, errors) == STATUS_OK && validation_ask_all(validation, errors) == STATUS_OK &&
        validation_judge_limits(validation, errors) == STATUS_OK)
        status = STATUS_OK;
    talloc_free(validation);
    return status;
}

Status stage_validate(Run *run, Errors *errors)
{
    run->results = NULL;
    run->result_count = 0;
    if (prove(run, errors) != STATUS_OK || judge(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    validation_accept(run);
    if (journal_verdicts_put(run->journal, run->record, run->results, run->result_count, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (reject_all(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    return journal_run_advance(run->journal, run->record, RUN_VALIDATED, errors);
}
