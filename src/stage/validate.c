/*
 * Step 3: is the new generation fit to serve?  Rules, also against the live generation, and the catalog proof that
 * nothing in it reads the live one.  Nothing has been locked or moved yet.
 */
#include "array.h"
#include "isolate.h"
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

bool validation_judges(const Run *run, size_t position)
{
    return !journal_view_is_kept(&run->record->views[position]);
}

void validation_add(Validation *validation, const ViewRules *rules, RuleResult result)
{
    Run *run = validation->run;
    const PlanView *view = plan_find(run->plan, rules->name);
    if (view != NULL && !validation_judges(run, view->index))
        return;
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
        if (journal_view_moves_in(&run->record->views[i]))
            new_oids[count++] = run->record->views[i].new_oid;
        if (run->record->views[i].old_oid != 0)
            live_oids[live_count++] = run->record->views[i].old_oid;
    }
    if (catalog_proof(run, new_oids, count, live_oids, live_count, errors) != STATUS_OK)
        return STATUS_FAILED;
    return name_foreign_tables(run, new_oids, count, errors);
}

char *rule_failure_text(const void *context, const RuleResult *result)
{
    void *scratch = mem_context(NULL);
    char *text = mem_printf(context, "%s: %s: was %s, is %s, limit %s", name_qualified(scratch, result->view),
                            report_rule(scratch, result), result->before ? result->before : "nothing",
                            result->after ? result->after : "nothing", result->limit ? result->limit : "0");
    talloc_free(scratch);
    return text;
}

static void reject(const Run *run, const RuleResult *result, Errors *errors)
{
    void *scratch = mem_context(NULL);
    Error *error = errors_add(errors, ERROR_REJECTED, "%s", rule_failure_text(scratch, result));
    error_remedy(error_object(error, name_qualified(scratch, result->view)), "look at the sources, or change the rule in %s; to publish all the same: %s",
                 run->config->path, acceptance_option(scratch, result));
    talloc_free(scratch);
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

/* The views that a rule rejects have failed. */
static void reject_views(Run *run)
{
    Errors *errors = errors_new(run);
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        for (size_t k = 0; k < run->result_count; k++)
            if (rule_rejects(&run->results[k]) && name_equal(run->results[k].view, run->plan->views[i]->name))
                reject(run, &run->results[k], errors);
        if (!errors_empty(errors))
            isolate_fail(run, i, errors);
    }
    talloc_free(errors);
}

/* They stay out of the swap with their groups, or, when nothing is left to be swapped, are why the run fails. */
static Status keep_rejected(Run *run, Errors *errors)
{
    if (run->failures == NULL)
        return STATUS_OK;
    if (!isolate_leaves_nothing(run))
        return isolate_keep(run, errors);
    isolate_give_up(run, errors);
    Status noted = journal_views_put(run->journal, run->record, errors);
    (void) noted;
    return STATUS_FAILED;
}

static Status validate(Run *run, Errors *errors)
{
    if (prove(run, errors) != STATUS_OK || judge(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    validation_accept(run);
    if (journal_verdicts_put(run->journal, run->record, run->results, run->result_count, errors) != STATUS_OK)
        return STATUS_FAILED;
    reject_views(run);
    return keep_rejected(run, errors);
}

Status stage_validate(Run *run, Errors *errors)
{
    Errors *of_build = run->failures; /* what decides here comes before it */
    run->results = NULL;
    run->result_count = 0;
    run->failures = NULL;
    Status status = validate(run, errors);
    if (of_build != NULL)
    {
        isolate_give_up(run, of_build);
        run->failures = of_build;
    }
    if (status == STATUS_OK)
        return journal_run_advance(run->journal, run->record, RUN_VALIDATED, errors);
    isolate_give_up(run, errors);
    return STATUS_FAILED;
}
