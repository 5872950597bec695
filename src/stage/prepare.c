#include "array.h"
#include "matswap/memory.h"
#include "space.h"

/* The relations behind the live names of the plan, before anything is known about them, and those that leave. */
static Status live_oids(Run *run, uint32_t **ret_oids, size_t *ret_count, Errors *errors)
{
    size_t count = run->plan->view_count;
    Name *names = mem_array(run, Name, count);
    for (size_t i = 0; i < count; i++)
        names[i] = run->plan->views[i]->name;
    PgRows *rows;
    if (relations_live(run, run->control, names, count, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_oids = former_leaving_oids(run, run, ret_count);
    for (size_t i = 0; i < pg_row_count(rows); i++)
        MEM_PUSH(run, *ret_oids, *ret_count, pg_oid(rows, i, "oid"));
    talloc_free(rows);
    return STATUS_OK;
}

static const char *advice(OpaqueKind kind)
{
    switch (kind)
    {
    case OPAQUE_QUERY:
        return "the query in it is text, in which no name is edited: what is materialized may come from the old "
               "generation; write it as a subquery instead";
    case OPAQUE_TEXT:
        return "what is materialized shows the build schema's name and keeps it after the swap; write the name as a "
               "plain string, or keep the regclass or regtype and cast it when reading";
    case OPAQUE_NAME:
        break;
    }
    return "what it names is looked up when the view is computed: what is materialized may keep the build schema's "
           "name, or the OID of the dropped old generation; write 'schema.name'::regclass, or keep the name as text "
           "and join pg_class when reading";
}

/* Not an error: the text may name nothing of the set, or be looked up only when an ordinary view is read. */
void prepare_warn(const Run *run)
{
    PlanOpaque *opaque;
    size_t count;
    void *scratch = mem_context(NULL);
    plan_opaque(scratch, run->plan, &opaque, &count);
    for (size_t i = 0; i < count; i++)
        report_warning(run->report, "%s:%d:%d: %s in %s: %s", opaque[i].statement->file->path, opaque[i].opaque->line,
                       opaque[i].opaque->column, opaque[i].opaque->what,
                       name_qualified(scratch, opaque[i].view->name), advice(opaque[i].opaque->kind));
    talloc_free(scratch);
}

/* Even to look at a view waits for whoever changes it: say so, instead of standing still. */
static Status say_who_is_waited_for(Run *run, const uint32_t *oids, size_t count, Errors *errors)
{
    PgRows *rows;
    void *scratch = mem_context(run);
    const char *array = array_of_oids(scratch, oids, count);
    Status status = relations_holders(scratch, run->control, array, &rows, errors);
    if (status == STATUS_OK && pg_row_count(rows) > 0 && pg_boolean(rows, 0, "exclusive"))
    {
        const char *who = relations_blockers(scratch, run->control, array);
        if (who != NULL)
            report_line(run->report, "waiting", "for what is not committed yet: %s", who);
    }
    talloc_free(scratch);
    return status;
}

/* What nobody's run ends for. */
static void say_advice(const Run *run)
{
    const Errors *advice = run->preflight->advice;
    for (size_t i = 0; i < advice->count; i++)
    {
        char *text = error_format(run, advice->items[i]);
        report_warning(run->report, "%s", text);
        talloc_free(text);
    }
}

static Status prepare(Run *run, const uint32_t *oids, size_t count, Errors *errors)
{
    if (say_who_is_waited_for(run, oids, count, errors) != STATUS_OK ||
        swap_surroundings(run, oids, count, &run->surroundings, errors) != STATUS_OK ||
        stage_preflight(run, errors) != STATUS_OK || swap_check_limits(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    say_advice(run);
    return run->record == NULL ? stage_rehearse(run, errors) : STATUS_OK;
}

Status stage_prepare(Run *run, Errors *errors)
{
    uint32_t *oids;
    size_t count;
    if (run->record == NULL)
        prepare_warn(run);
    if (former_find(run, errors) != STATUS_OK || live_oids(run, &oids, &count, errors) != STATUS_OK)
        return STATUS_FAILED;
    size_t before = errors->count;
    double started_ms = stage_clock_ms();
    account_begin(run, PHASE_PREPARE);
    Status status = prepare(run, oids, count, errors);
    run->prepare_ms = stage_clock_ms() - started_ms;
    locked_explain(run, oids, count, errors, before);
    space_explain(run, errors);
    return status;
}
