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

/* "public.facts: rows: max_shrink: was 100, is 80, limit 10%" */
static char *failure(const void *context, const RuleResult *result)
{
    Text *text = text_new(context);
    text_addf(text, "%s: %s: ", name_qualified(text, result->view), report_rule(text, result));
    if (result->before != NULL)
        text_addf(text, "was %s, ", result->before);
    text_addf(text, "is %s", result->after != NULL ? result->after : "nothing");
    if (result->limit != NULL)
        text_addf(text, ", limit %s", result->limit);
    return text->data;
}

/* A failure that is no reason not to publish is told all the same. */
static void tell(const Run *run, const RuleResult *result, Errors *errors)
{
    void *scratch = mem_context(NULL);
    if (rule_rejects(result))
    {
        Error *error = errors_add(errors, ERROR_REJECTED, "%s", failure(scratch, result));
        error_remedy(error_object(error, name_qualified(scratch, result->view)),
                     "look at the sources, or change the rule in %s", run->config->path);
    }
    else if (result->outcome == RULE_FAILED && result->severity == SEVERITY_WARN)
        report_warning(run->report, "%s", failure(scratch, result));
    talloc_free(scratch);
}

static Status judge(Run *run, Errors *errors)
{
    Validation *validation = mem_new(run, Validation);
    validation->run = run;
    validation->scratch = mem_context(validation);
    Status status = STATUS_FAILED;
    if (validation_ask_live(validation, errors) == STATUS_OK && validation_ask_all(validation, errors) == STATUS_OK &&
        validation_read_values(validation, errors) == STATUS_OK)
    {
        validation_judge_limits(validation);
        status = validation_compare_all(validation, errors);
    }
    talloc_free(validation);
    return status;
}

Status stage_validate(Run *run, Errors *errors)
{
    run->results = NULL;
    run->result_count = 0;
    if (prove(run, errors) != STATUS_OK || judge(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    size_t before = errors->count;
    for (size_t i = 0; i < run->result_count; i++)
        tell(run, &run->results[i], errors);
    if (errors_since(errors, before) != STATUS_OK)
        return STATUS_FAILED;
    return journal_run_advance(run->journal, run->record, RUN_VALIDATED, errors);
}
