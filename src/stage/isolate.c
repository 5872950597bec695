/*
 * isolate.c: on_failure = isolate: a view that fails keeps its old generation, its group with it, and the rest goes on.
 *
 * Which views make a group is said in src/plan/group.c.  The live generation counts, too: a kept view is the old one,
 * with the old SQL, and what that reads must not move away under it.  The same holds for a view that leaves the set, or
 * gives its name up to another, as long as a kept one reads it or takes over from it.  What stands outside the set
 * joins nobody: a view that reads two groups is rebound to what is live of each.
 *
 * In this order, so that a crash anywhere leaves a run that can be reverted, or resumed to the same end:
 *     1. the group is kept, in one transaction of the journal: no swap touches it from here on
 *     2. what was built of it is dropped from the incoming schemas, by OID
 *     3. the journal forgets these OIDs
 */
#include <string.h>

#include "array.h"
#include "isolate.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"

/* ---- whose failure it is ------------------------------------------------------------------------------------ */

/*
 * By SQLSTATE, the first row that fits: is it the view's own failure, so that others may be published without it?
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
static const struct Cause
{
    const char *prefix;
    bool own;
} causes[] = {
    {"25006", false}, /* the server takes no writes: it has become a standby */
    {"53100", false}, /* its disk is full, for the other views as well */
    {"53300", false}, /* too many connections */
    {"58", false},    /* it cannot read or write its files */
    {"F0", false},    /* or its configuration */
    {"XX001", false}, /* its data are damaged: nothing of it is published without somebody having looked */
    {"XX002", false},
    {"", true}, /* a value, a missing or forbidden object, a unique index, a time-out, memory, a foreign server, … */
};

static bool is_own(const Error *error)
{
    if (error->kind == ERROR_CHANGED || error->kind == ERROR_REJECTED || error->kind == ERROR_SOURCE ||
        error->kind == ERROR_IMPORT)
        return true; /* a source of the view; a rule; its file; its data */
    if ((error->kind != ERROR_SERVER && error->kind != ERROR_LOCKED) || error->sqlstate == NULL)
        return false; /* a signal, a connection, the journal, a defect */
    const struct Cause *cause = causes;
    while (strncmp(error->sqlstate, cause->prefix, strlen(cause->prefix)) != 0)
        cause++;
    return cause->own;
}

bool isolate_is_own(const Errors *errors)
{
    bool own = !errors_empty(errors);
    for (size_t i = 0; i < errors->count; i++)
        own = own && is_own(errors->items[i]);
    return own;
}

/* ---- groups ------------------------------------------------------------------------------------------------- */

/* The journal's list of views; before there is one, what it will be. */
typedef struct Members
{
    uint32_t *live; /* [count] */
    size_t count;
    PlanLink *links;
    size_t link_count;
} Members;

static Members members_of(const Run *run, const void *scratch)
{
    /* while `resume` decides, the record has the views that it was begun with */
    const bool recorded = run->record != NULL && run->resumed == NULL;
    Members members = {0};
    for (size_t i = 0; recorded && i < run->record->view_count; i++)
        MEM_PUSH(scratch, members.live, members.count, run->record->views[i].old_oid);
    for (size_t i = 0; !recorded && i < run->plan->view_count; i++)
        MEM_PUSH(scratch, members.live, members.count, run->preflight->live[i].oid);
    for (size_t i = 0; !recorded && i < run->former_count; i++)
        if (run->former[i].leaves)
            MEM_PUSH(scratch, members.live, members.count, run->former[i].live.oid);
    return members;
}

/* The old generation of a view that takes over another's name is that one. */
static void link_successors(const Run *run, const void *scratch, Members *members)
{
    for (size_t i = 0; i < run->former_count; i++)
        for (size_t k = run->plan->view_count; run->former[i].successor != NULL && k < members->count; k++)
            if (members->live[k] == run->former[i].live.oid)
            {
                PlanLink link = {run->former[i].successor->index, k};
                MEM_PUSH(scratch, members->links, members->link_count, link);
            }
}

/* What one transaction builds shares what it saw of a foreign server, and fails as one. */
static void link_transactions(const Run *run, const void *scratch, Members *members)
{
    for (size_t i = 0; i < run->transaction_count; i++)
        for (size_t k = 1; k < run->transactions[i].view_count; k++)
        {
            PlanLink link = {run->transactions[i].views[0]->index, run->transactions[i].views[k]->index};
            MEM_PUSH(scratch, members->links, members->link_count, link);
        }
}

static Status link_live_reads(const Run *run, const void *scratch, Members *members, Errors *errors)
{
    uint32_t *classes = mem_array(scratch, uint32_t, members->count);
    for (size_t i = 0; i < members->count; i++)
        classes[i] = 1259; /* pg_class: RelationRelationId, src/include/catalog/pg_class.h */
    const char *parameters[] = {array_of_oids(scratch, classes, members->count),
                                array_of_oids(scratch, members->live, members->count)};
    PgRows *rows;
    if (pg_query(scratch, run->control, &rows, errors, SQL_DEPENDENTS_EDGES, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        PlanLink link = {(size_t) pg_integer(rows, row, "reader") - 1, (size_t) pg_integer(rows, row, "needed") - 1};
        MEM_PUSH(scratch, members->links, members->link_count, link);
    }
    return STATUS_OK;
}

bool isolate_any(const JournalRun *record)
{
    for (size_t i = 0; i < record->view_count; i++)
        if (journal_view_is_kept(&record->views[i]))
            return true;
    return false;
}

Status isolate_groups(Run *run, Errors *errors)
{
    void *scratch = mem_context(run);
    Members members = members_of(run, scratch);
    size_t *group = mem_array(run, size_t, members.count); /* all 0: one group */
    Status status = STATUS_OK;
    /* (a run that is resumed may have been begun under another policy) */
    if (run->config->on_failure == ON_FAILURE_ISOLATE || (run->record != NULL && isolate_any(run->record)))
    {
        link_successors(run, scratch, &members);
        link_transactions(run, scratch, &members);
        status = link_live_reads(run, scratch, &members, errors);
        plan_groups(run->plan, members.links, members.link_count, members.count, group);
    }
    talloc_free(scratch);
    run->groups = group;
    return status;
}

/* ---- before the build -------------------------------------------------------------------------------------- */

bool isolate_rehearses(const Run *run)
{
    return run->config->on_failure == ON_FAILURE_ISOLATE && !run->options.look_only;
}

/* Is none of its group unbuildable? */
static bool may_be_built(const Run *run, size_t position)
{
    for (size_t i = 0; i < run->plan->view_count; i++)
        if (run->groups[i] == run->groups[position] && run->unbuildable[i] != NULL)
            return false;
    return true;
}

Status isolate_judge_rehearsal(Run *run, Errors *errors)
{
    if (isolate_groups(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < run->plan->view_count; i++)
        if (may_be_built(run, i))
            return STATUS_OK;
    return STATUS_FAILED;
}

void isolate_take_back(Run *run, Errors *errors)
{
    for (size_t i = 0; i < run->plan->view_count; i++)
        if (run->unbuildable[i] != NULL)
            errors_move(errors, run->unbuildable[i]);
}

/* ---- what is said about it ---------------------------------------------------------------------------------- */

/* "a", "a and b", "a, b and c": those of the record's views that are chosen. */
static char *list_chosen(const void *context, const JournalRun *record, const bool *chosen)
{
    Text *list = text_new(context);
    size_t last = 0;
    for (size_t i = 0; i < record->view_count; i++)
        last = chosen[i] ? i : last;
    for (size_t i = 0; i < record->view_count; i++)
        if (chosen[i])
            text_addf(list, "%s%s", list->length == 0 ? "" : i == last ? " and " : ", ",
                      name_qualified(list, record->views[i].name));
    return list->data;
}

/* Of the views that share the group of `first`, the others that have an old generation, or those that have none. */
static char *list_others(const void *context, const JournalRun *record, const size_t *group, size_t first, bool has_old)
{
    bool *chosen = mem_array(context, bool, record->view_count);
    for (size_t i = 0; i < record->view_count; i++)
        chosen[i] = i != first && group[i] == group[first] && (record->views[i].old_oid != 0) == has_old;
    return list_chosen(context, record, chosen);
}

/* The group of `first`, which has failed. */
static char *describe(const void *context, const JournalRun *record, const size_t *group, size_t first)
{
    const bool has_old = record->views[first].old_oid != 0;
    Text *text = text_new(context);
    const char *kept = list_others(text, record, group, first, true);
    const char *absent = list_others(text, record, group, first, false);
    text_add(text, has_old ? "keeps its old generation" : "is new, and not published");
    if (kept[0] != '\0')
        text_addf(text, has_old ? ", with %s" : ", and the old generation stays of %s", kept);
    if (absent[0] != '\0')
        text_addf(text, "; not published with it, being new: %s", absent);
    if (kept[0] != '\0' || absent[0] != '\0')
        text_add(text, " (they are connected by what they read)");
    return text->data;
}

/* Is it the first of its group that has failed? */
static bool is_first_failure(const JournalRun *record, const size_t *group, size_t position)
{
    for (size_t i = 0; i < position; i++)
        if (group[i] == group[position] && record->views[i].status == VIEW_FAILED)
            return false;
    return record->views[position].status == VIEW_FAILED;
}

static void say(const Run *run, size_t position)
{
    void *scratch = mem_context(run);
    const JournalView *view = &run->record->views[position];
    report_line(run->report, "isolated", "%s: %s: %s", name_qualified(scratch, view->name),
                describe(scratch, run->record, run->groups, position), view->error);
    talloc_free(scratch);
}

/* Of a run that an earlier process has swapped: who was with whom, the views' errors in the journal say. */
static void part_all(Run *run)
{
    run->groups = mem_array(run, size_t, run->record->view_count);
    for (size_t i = 0; i < run->record->view_count; i++)
        run->groups[i] = i;
}

Status stage_report_isolated(Run *run, Errors *errors)
{
    const JournalRun *record = run->record;
    if (!isolate_any(record))
        return STATUS_OK;
    if (run->groups == NULL)
        part_all(run);
    for (size_t i = 0; i < record->view_count; i++)
    {
        if (!is_first_failure(record, run->groups, i))
            continue;
        void *scratch = mem_context(run);
        const char *name = name_qualified(scratch, record->views[i].name);
        /* the journal's word: another process of the run may have found it */
        Error *error = errors_add(errors, ERROR_ISOLATED, "%s %s: %s", name,
                                  describe(scratch, record, run->groups, i), record->views[i].error);
        error_remedy(error_object(error, name), "mend what made it fail, then run `matswap run` again: it brings all views "
                                                "to one generation");
        talloc_free(scratch);
    }
    isolate_give_up(run, errors);
    return STATUS_FAILED;
}

/* ---- keeping ------------------------------------------------------------------------------------------------ */

void isolate_fail(Run *run, size_t position, Errors *errors)
{
    JournalRun *record = run->record;
    JournalView *view = &record->views[position];
    bool first = run->config->on_failure == ON_FAILURE_ISOLATE;
    for (size_t i = 0; i < record->view_count; i++)
        first = first && (run->groups[i] != run->groups[position] || !journal_view_is_kept(&record->views[i]));
    view->status = VIEW_FAILED;
    if (view->error == NULL)
        view->error = error_line(record, errors->items[0]);
    view->completed_at = journal_now(record);
    if (run->failures == NULL)
        run->failures = errors_new(run);
    errors_move(run->failures, errors);
    if (first)
        say(run, position);
}

void isolate_give_up(Run *run, Errors *errors)
{
    if (run->failures != NULL)
        errors_move(errors, run->failures);
}

static char *list_failed(const void *context, const JournalRun *record, const size_t *group, size_t of)
{
    bool *chosen = mem_array(context, bool, record->view_count);
    for (size_t i = 0; i < record->view_count; i++)
        chosen[i] = group[i] == of && record->views[i].status == VIEW_FAILED;
    return list_chosen(context, record, chosen);
}

/* What was measured is of a relation that nobody will see. */
static void keep(JournalRun *record, JournalView *view, const char *failed)
{
    if (view->status != VIEW_FAILED)
    {
        view->status = VIEW_ISOLATED;
        view->error = mem_printf(record, "%s together with %s, which failed",
                                 view->old_oid != 0 ? "kept its old generation" : "was not published", failed);
    }
    view->rows = -1;
    view->bytes = -1;
    view->totals = NULL;
    view->measures = NULL;
    view->watermark = NULL;
}

Status isolate_drop(Run *run, Errors *errors)
{
    JournalRun *record = run->record;
    Relation *relations;
    size_t count;
    size_t kept = 0;
    if (!isolate_any(record))
        return STATUS_OK;
    if (relations_made(run, &relations, &count, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < record->view_count; k++)
            if (journal_view_is_kept(&record->views[k]) && record->views[k].new_oid == relations[i].oid)
            {
                relations[kept++] = relations[i];
                break;
            }
    if (relations_drop(run, relations, kept, run->config->swap_timeout_ms, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < record->view_count; i++)
        if (journal_view_is_kept(&record->views[i]))
            record->views[i].new_oid = 0;
    return journal_views_put(run->journal, record, errors);
}

bool isolate_leaves_nothing(const Run *run)
{
    const JournalRun *record = run->record;
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        bool kept = false;
        for (size_t k = 0; k < record->view_count && !kept; k++)
            kept = run->groups[k] == run->groups[i] && journal_view_is_kept(&record->views[k]);
        if (!kept)
            return false;
    }
    return true;
}

Status isolate_keep(Run *run, Errors *errors)
{
    JournalRun *record = run->record;
    const size_t *group = run->groups;
    void *scratch = mem_context(run);
    for (size_t i = 0; i < record->view_count; i++)
    {
        if (!is_first_failure(record, group, i))
            continue;
        const char *failed = list_failed(scratch, record, group, group[i]);
        for (size_t k = 0; k < record->view_count; k++)
            if (group[k] == group[i])
                keep(record, &record->views[k], failed);
    }
    talloc_free(scratch);
    return journal_views_put(run->journal, record, errors) == STATUS_OK ? isolate_drop(run, errors) : STATUS_FAILED;
}
