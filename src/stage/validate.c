/*
 * Step 3: is the new generation fit to serve?  Rules, also against the live generation, and the catalog proof that
 * nothing in it reads the live one.  Nothing has been locked or moved yet.
 */
#include <string.h>

#include "foreign.h"
#include "isolate.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "validate_internal.h"

bool validation_judges(const Run *run, size_t position)
{
    return !journal_view_is_kept(&run->record->views[position]);
}

bool validation_comparable(const Run *run, size_t position)
{
    const LiveView *live = former_predecessor(run, run->plan->views[position]).live;
    return validation_judges(run, position) && live->oid != 0 && view_kind_is_stored(run->plan->views[position]->kind) &&
           (live->kind == VIEW_ORDINARY || live->populated);
}

size_t validation_add(Validation *validation, const ViewRules *rules, RuleResult result)
{
    Run *run = validation->run;
    const PlanView *view = plan_find(run->plan, rules->name);
    if (view != NULL && !validation_judges(run, view->index))
        return run->result_count;
    result.view = rules->name;
    result.severity = view_rules_severity(rules, result.rule);
    MEM_PUSH(run, run->results, run->result_count, result);
    return run->result_count - 1;
}

void validation_note(Validation *validation, size_t position, const char *key, const char *json)
{
    Finding finding = {position, key, json};
    MEM_PUSH(validation->scratch, validation->findings, validation->finding_count, finding);
}

/* Into the journal, with what was measured. */
static Status note_findings(const Validation *validation, Errors *errors)
{
    Run *run = validation->run;
    for (size_t i = 0; i < validation->finding_count; i++)
    {
        const Finding *finding = &validation->findings[i];
        JournalView *record = &run->record->views[finding->position];
        const char *parameters[] = {record->measures, finding->key, finding->json};
        PgRows *rows;
        if (pg_query(run, run->control, &rows, errors, SQL_VALIDATE_NOTE, 3, parameters) != STATUS_OK)
            return STATUS_FAILED;
        record->measures = mem_strdup(run->record, pg_text(rows, 0, "measures"));
        talloc_free(rows);
        if (journal_view_put(run->journal, run->record, finding->position, errors) != STATUS_OK)
            return STATUS_FAILED;
    }
    return STATUS_OK;
}

/* By view, in build order; what is said of a view stays in its order. */
static void sort_results(Run *run)
{
    size_t *next = mem_array(run, size_t, run->plan->view_count + 1); /* where a view's next one goes */
    RuleResult *sorted = mem_array(run, RuleResult, run->result_count);
    for (size_t i = 0; i < run->result_count; i++)
        next[plan_find(run->plan, run->results[i].view)->index + 1]++;
    for (size_t i = 1; i < run->plan->view_count; i++)
        next[i] += next[i - 1];
    for (size_t i = 0; i < run->result_count; i++)
        sorted[next[plan_find(run->plan, run->results[i].view)->index]++] = run->results[i];
    talloc_free(run->results);
    talloc_free(next);
    run->results = sorted;
}

/* What the generation holds beside its snapshot. */
static Status name_foreign_tables(Run *run, Errors *errors)
{
    void *scratch = mem_context(run);
    const char **names;
    size_t count;
    Status status = foreign_names(run, scratch, &names, &count, errors);
    if (status == STATUS_OK && count > 0)
    {
        Text *text = text_new(scratch);
        for (size_t i = 0; i < count; i++)
            text_addf(text, "%s%s", i > 0 ? ", " : "", names[i]);
        report_line(run->report, "foreign", "not of the snapshot, but as each %s found it: %s",
                    run->config->foreign_snapshot == FOREIGN_SNAPSHOT_TOGETHER ? "transaction" : "view", text->data);
    }
    talloc_free(scratch);
    return status;
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
    return name_foreign_tables(run, errors);
}

static void add_part(Text *text, const char *word, const char *value)
{
    if (value != NULL)
        text_addf(text, "%s%s %s", text->length > 0 ? ", " : "", word, value);
}

/* "public.facts: rows: max_shrink: was 3, is 2, limit 0%"; or why there is no value. */
char *rule_failure_text(const void *context, const RuleResult *result)
{
    Text *text = text_new(context);
    bool source = result->rule == KEY_SOURCE_TOTAL; /* its old value is nobody's past */
    add_part(text, source ? "the source has" : "was", result->before);
    add_part(text, source ? "the view has" : "is",
             result->after != NULL || result->before == NULL ? result->after : "nothing");
    if (text->length == 0 && result->detail != NULL)
        text_add_bytes(text, result->detail, strcspn(result->detail, "\n"));
    else
        add_part(text, "limit", result->limit);
    char *whole =
        mem_printf(context, "%s: %s: %s", name_qualified(text, result->view), report_rule(text, result), text->data);
    talloc_free(text);
    return whole;
}

static void reject(const Run *run, const RuleResult *result, Errors *errors)
{
    void *scratch = mem_context(NULL);
    Error *error = errors_add(errors, ERROR_REJECTED, "%s", rule_failure_text(scratch, result));
    error_remedy(error_object(error, name_qualified(scratch, result->view)),
                 "look at the sources, or change the rule in %s; to publish all the same: %s", run->config->path,
                 acceptance_option(scratch, result));
    talloc_free(scratch);
}

/* A failure that is no reason not to publish is told all the same. */
static void warn(const Run *run, const RuleResult *result)
{
    char *text = rule_failure_text(NULL, result);
    report_warning(run->report, "%s", text);
    talloc_free(text);
}

static Status ask(Validation *validation, Errors *errors)
{
    validation_ask_keys(validation);
    validation_ask_samples(validation);
    validation_ask_late(validation);
    if (validation_ask_checks(validation, errors) != STATUS_OK ||
        validation_ask_live(validation, errors) != STATUS_OK || validation_ask_unique(validation, errors) != STATUS_OK)
        return STATUS_FAILED;
    return validation_ask_all(validation, errors);
}

static Status judge_answers(Validation *validation, Errors *errors)
{
    if (validation_read_values(validation, errors) != STATUS_OK)
        return STATUS_FAILED;
    validation_judge_limits(validation);
    validation_judge_sources(validation);
    if (validation_compare_all(validation, errors) != STATUS_OK ||
        validation_judge_keys(validation, errors) != STATUS_OK || validation_judge_times(validation, errors) != STATUS_OK)
        return STATUS_FAILED;
    return note_findings(validation, errors);
}

static Status judge(Run *run, Errors *errors)
{
    Validation *validation = mem_new(run, Validation);
    validation->run = run;
    validation->scratch = mem_context(validation);
    Status status = validation_find_pairs(validation, errors);
    if (status == STATUS_OK)
        status = ask(validation, errors);
    if (status == STATUS_OK)
        status = judge_answers(validation, errors);
    talloc_free(validation);
    return status;
}

/* The views that a rule rejects have failed. */
static void reject_views(Run *run)
{
    Errors **rejected = mem_array(run, Errors *, run->plan->view_count);
    for (size_t i = 0; i < run->result_count; i++)
    {
        const RuleResult *result = &run->results[i];
        const PlanView *view = plan_find(run->plan, result->view);
        if (rule_rejects(result) && rejected[view->index] == NULL)
            rejected[view->index] = errors_new(rejected);
        if (rule_rejects(result))
            reject(run, result, rejected[view->index]);
        else if (result->outcome == RULE_FAILED && result->severity == SEVERITY_WARN)
            warn(run, result);
    }
    for (size_t i = 0; i < run->plan->view_count; i++)
        if (rejected[i] != NULL)
            isolate_fail(run, i, rejected[i]);
    talloc_free(rejected);
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
    sort_results(run);
    validation_accept(run);
    if (journal_verdicts_put(run->journal, run->record, run->results, run->result_count, errors) != STATUS_OK)
        return STATUS_FAILED;
    reject_views(run);
    return keep_rejected(run, errors);
}

Status stage_validate(Run *run, Errors *errors)
{
    double started_ms = stage_clock_ms();
    account_begin(run, PHASE_VALIDATE);
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
    account_phase(run, PHASE_VALIDATE, started_ms);
    if (status == STATUS_OK)
        return journal_run_advance(run->journal, run->record, RUN_VALIDATED, errors);
    isolate_give_up(run, errors);
    return STATUS_FAILED;
}
