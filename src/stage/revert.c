/*
 * A run that will not swap goes away: its new generation, then its schemas.  The live generation is not touched.
 */
#include <string.h>

#include "matswap/memory.h"
#include "matswap/name.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "records.h"
#include "space.h"

/*
 * Was this relation in an incoming schema made by the run?  By OID where the journal knows it, whatever its name is
 * now.  A view whose creation was under way when the run died may have been committed without its OID being written:
 * then the run's marker on the schema and the recorded intent (the name) stand for it.
 */
static bool made_by_run(const JournalRun *record, const Relation *relation)
{
    for (size_t i = 0; i < record->view_count; i++)
    {
        const JournalView *view = &record->views[i];
        if (view->new_oid != 0 && view->new_oid == relation->oid)
            return true;
        if (view->new_oid == 0 && strcmp(view->name.name, relation->name.name) == 0 && view->status != VIEW_PLANNED &&
            view->error == NULL && !journal_view_leaves(view)) /* with an error: the server has rolled it back */
            for (size_t j = 0; j < record->schema_count; j++)
                if (strcmp(record->schemas[j].live, view->name.schema) == 0 &&
                    strcmp(record->schemas[j].incoming, relation->name.schema) == 0)
                    return true;
    }
    return false;
}

/* Incoming schemas that carry this run's marker; others are none of our business. */
static Status marked_schemas(Run *run, const char ***ret_schemas, size_t *ret_count, Errors *errors)
{
    *ret_schemas = mem_array(run, const char *, run->record->schema_count);
    *ret_count = 0;
    for (size_t i = 0; i < run->record->schema_count; i++)
    {
        SchemaState state;
        if (schema_state(run, run->control, run->record->schemas[i].incoming, &state, errors) != STATUS_OK)
            return STATUS_FAILED;
        if (state.oid != 0 && schema_marker_matches(state.comment, run->config->set, run->record->run))
            (*ret_schemas)[(*ret_count)++] = run->record->schemas[i].incoming;
    }
    return STATUS_OK;
}

Status relations_made(Run *run, Relation **ret_relations, size_t *ret_count, Errors *errors)
{
    const char **schemas;
    size_t schema_count;
    Relation *relations;
    size_t count;
    if (marked_schemas(run, &schemas, &schema_count, errors) != STATUS_OK ||
        relations_in_schemas(run, run->control, schemas, schema_count, &relations, &count, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_count = 0;
    *ret_relations = relations;
    for (size_t i = 0; i < count; i++)
        if (made_by_run(run->record, &relations[i]))
            relations[(*ret_count)++] = relations[i];
    return STATUS_OK;
}

static Status drop_incoming(Run *run, Errors *errors)
{
    Relation *relations;
    size_t made;
    if (relations_made(run, &relations, &made, errors) != STATUS_OK)
        return STATUS_FAILED;
    Status status = relations_drop(run, relations, made, run->config->swap_timeout_ms, errors);
    if (status == STATUS_OK && made > 0)
        report_line(run->report, "reverted", "%zu view%s of the new generation removed", made,
                    made == 1 ? "" : "s");
    return status;
}

/* The swap's transaction was not committed; the journal may still hold the intent of its last try. */
static Status leave_swapping(Run *run, Errors *errors)
{
    if (run->record->state != RUN_SWAPPING)
        return STATUS_OK;
    if (swap_settle(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (run->record->state == RUN_VALIDATED)
        return STATUS_OK;
    errors_add(errors, ERROR_INTERNAL, "run %s has swapped and cannot be reverted", run->record->run);
    return STATUS_FAILED;
}

/* From REVERTING on it is known that nothing of it was published. */
static Status remove_generation(Run *run, RunOutcome outcome, const char *reason, Errors *errors)
{
    journal_forsake(run->journal); /* what this run made it knows by itself */
    if (leave_swapping(run, errors) != STATUS_OK ||
        journal_run_outcome(run->journal, run->record, outcome, reason, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (run->record->state != RUN_REVERTING &&
        journal_run_advance(run->journal, run->record, RUN_REVERTING, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (lock_raise_fence(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    /* a rollback's "new" generation is the kept old one, and it stays where it is */
    if (!run->record->is_rollback && drop_incoming(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (schema_drop_incoming(run, errors) != STATUS_OK ||
        (!run->record->is_rollback && schema_drop_outgoing(run, errors) != STATUS_OK))
        return STATUS_FAILED;
    return STATUS_OK;
}

static Status revert(Run *run, RunOutcome outcome, const Errors *reason, Errors *errors)
{
    const Error *first = reason == NULL || reason->count == 0 ? NULL : reason->items[0];
    const char *message = first == NULL ? NULL : error_format(run, first);
    RunState state = run->record->state;
    double started_ms = stage_clock_ms();
    account_begin(run, PHASE_REVERT);
    Status status = remove_generation(run, outcome, message, errors);
    if (run->record->state == RUN_REVERTING)
        failures_record(run, outcome, state, first);
    account_phase(run, PHASE_REVERT, started_ms);
    if (status != STATUS_OK ||
        journal_run_finish(run->journal, run->record, RUN_REVERTED, outcome, message, errors) != STATUS_OK)
        return STATUS_FAILED;
    report_run_ended(run->report, run->record->run, run->record->outcome);
    return STATUS_OK;
}

/* For the one who reads it in the night: nothing is lost, this is there, that removes it. */
static void say_left_over(const Run *run, ErrorKind kind, Errors *errors)
{
    Text *schemas = text_new(errors);
    for (size_t i = 0; i < run->record->schema_count; i++)
        text_addf(schemas, "%s%s", i > 0 ? ", " : "", name_quote(schemas, run->record->schemas[i].incoming));
    Error *error = errors_add(errors, kind, "the old generation serves, but what run %s left in %s is not removed yet",
                              run->record->run, schemas->data);
    if (journal_forsake(run->journal))
        error_remedy(error, "once what stands above is mended, `matswap rollback --orphans` removes it");
    else
        error_remedy(error, "once what stands above is mended, `matswap rollback` removes it, and so does the next "
                            "`matswap run`");
    talloc_free(schemas);
}

Status stage_revert(Run *run, RunOutcome outcome, const Errors *reason, Errors *errors)
{
    size_t before = errors->count;
    TALLOC_FREE(run->holder);
    Status status = run_reconnect(run, errors); /* a signal ends the wait for the server, but not what follows */
    pg_signals_hold();
    if (status == STATUS_OK)
        status = revert(run, outcome, reason, errors);
    pg_signals_release();
    if (status != STATUS_OK && !errors_have(errors, ERROR_IN_DOUBT) && !errors_have(errors, ERROR_CHANGED))
        say_left_over(run, errors->items[before]->kind, errors);
    return status;
}

static RunOutcome outcome_of(const Errors *errors)
{
    if (errors_have(errors, ERROR_CANCELLED))
        return OUTCOME_CANCELLED;
    return errors_have(errors, ERROR_REJECTED) ? OUTCOME_REJECTED : OUTCOME_FAILED;
}

Status stage_give_up(Run *run, Errors *errors)
{
    if (run->record == NULL || run->record->state == RUN_SWAPPED || run_state_is_end(run->record->state) ||
        errors_have(errors, ERROR_IN_DOUBT))
        return STATUS_FAILED;
    changed_explain(run, errors);
    space_explain(run, errors);
    Errors *cleaning = errors_new(run);
    if (stage_revert(run, outcome_of(errors), errors, cleaning) == STATUS_OK)
        report_line(run->report, "ended", "nothing was changed; the old generation serves");
    errors_move(errors, cleaning);
    talloc_free(cleaning);
    return STATUS_FAILED;
}
