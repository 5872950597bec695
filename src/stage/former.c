/*
 * Views that the set had and has no more: their relations are live, and the SQL files do not state them.
 *
 * matswap.generation says what the set has published, whatever became of the journal; the journal's last run stands in
 * for it where somebody has emptied that table.  A relation counts when its OID still carries the name under which it
 * was published: what was renamed, replaced or moved by hand is somebody else's now.
 *
 * It is left alone, and said so, unless the run is to remove it.  Then it is an entry of the journal's run as any
 * other, with an old OID and without a new one: the swap moves it out with the old generation, which it is a part of
 * from then on: dropped with it, or kept with it, and brought back with it.
 *
 * The view that a new one is renamed_from leaves as well, and the new one takes over from it what it would take over
 * from a live view of its own name.
 */
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "stage_internal.h"

typedef struct Publication
{
    Name name;
    uint32_t oid;
} Publication;

typedef struct Published
{
    Publication *items;
    size_t count;
} Published;

static void add_published(const void *memory, Published *published, Name name, uint32_t oid)
{
    Publication publication = {name, oid};
    MEM_PUSH(memory, published->items, published->count, publication);
}

/* Those of the whole set, as two arrays. */
static void add_names_of_set(const Run *run, const void *memory, const char **ret_parameters)
{
    const Plan *plan = run->plan;
    size_t count = plan->view_count + plan->kept_count;
    const char **schemas = mem_array(memory, const char *, count);
    const char **names = mem_array(memory, const char *, count);
    for (size_t i = 0; i < count; i++)
    {
        Name name = (i < plan->view_count ? plan->views[i] : plan->kept[i - plan->view_count])->name;
        schemas[i] = name.schema;
        names[i] = name.name;
    }
    ret_parameters[0] = array_of_texts(memory, schemas, count);
    ret_parameters[1] = array_of_texts(memory, names, count);
}

static Status ask_generations(Run *run, const void *memory, Published *published, Errors *errors)
{
    PgRows *rows;
    size_t before = errors->count;
    const char *parameters[3] = {run->config->set};
    add_names_of_set(run, memory, &parameters[1]);
    if (pg_query(memory, run->control, &rows, errors, SQL_FORMER_PUBLISHED, 3, parameters) != STATUS_OK)
    {
        const char *sqlstate = errors->items[before]->sqlstate;
        if (!text_equal(sqlstate, "42P01") && !text_equal(sqlstate, "42501"))
            return STATUS_FAILED;
        errors_truncate(errors, before); /* there is none yet; or the preflight says which privilege is missing */
        return STATUS_OK;
    }
    for (size_t i = 0; i < pg_row_count(rows); i++)
        add_published(memory, published, (Name){pg_text(rows, i, "schema"), pg_text(rows, i, "name")},
                      pg_oid(rows, i, "oid"));
    return STATUS_OK;
}

static Status ask_journal(Run *run, const void *memory, Published *published, Errors *errors)
{
    JournalRun *last;
    if (run->journal == NULL)
        return STATUS_OK;
    if (journal_last_swapped(memory, run->journal, run->config->set, &last, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; last != NULL && i < last->view_count; i++)
        if (last->views[i].new_oid != 0)
            add_published(memory, published, last->views[i].name, last->views[i].new_oid);
    return STATUS_OK;
}

static const FormerView *find_name(const Run *run, Name name)
{
    for (size_t i = 0; i < run->former_count; i++)
        if (name_equal(run->former[i].name, name))
            return &run->former[i];
    return NULL;
}

const FormerView *former_find_oid(const Run *run, uint32_t oid)
{
    for (size_t i = 0; i < run->former_count; i++)
        if (run->former[i].live.oid == oid)
            return &run->former[i];
    return NULL;
}

/* A resumed run removes what it was begun to remove. */
static bool is_to_leave(const Run *run, Name name)
{
    const JournalRun *begun = run->begun;
    bool leaves = run->options.drop_removed;
    for (size_t i = 0; begun != NULL && !leaves && i < begun->view_count; i++)
        leaves = name_equal(begun->views[i].name, name) && journal_view_leaves(&begun->views[i]);
    return leaves;
}

static void add_former(Run *run, Name name, const PlanView *successor, const PgRows *live, size_t row)
{
    FormerView former = {
        .name = {mem_strdup(run, name.schema), mem_strdup(run, name.name)},
        .live = {.oid = pg_oid(live, row, "oid"),
                 .kind = relation_kind(pg_text(live, row, "relkind")),
                 .owner = mem_strdup(run, pg_text(live, row, "owner"))},
        .successor = successor,
        .leaves = successor != NULL || is_to_leave(run, name),
    };
    MEM_PUSH(run, run->former, run->former_count, former);
}

/* ---- renamed ------------------------------------------------------------------------------------------------ */

static void note_rename(const Run *run, const ViewRules *rules, bool done)
{
    if (run->record != NULL)
        return; /* said when the run began */
    void *scratch = mem_context(NULL);
    const char *from = name_qualified(scratch, rules->renamed_from);
    const char *to = name_qualified(scratch, rules->name);
    if (done)
        report_line(run->report, "renamed", "%s is live: renamed_from = %s (%s:%d) has no effect any more", to, from,
                    run->config->path, rules->line);
    else
        report_line(run->report, "renamed", "there is no view %s (%s:%d): %s is new", from, run->config->path,
                    rules->line, to);
    talloc_free(scratch);
}

/* A name that is live already has nothing to take over: what carries its former name may be another thing by now. */
static Status find_renamed(Run *run, const ViewRules *rules, Errors *errors)
{
    const PlanView *view = plan_find(run->plan, rules->name);
    const Name names[] = {rules->name, rules->renamed_from};
    PgRows *live;
    if (view == NULL)
        return STATUS_OK; /* --only leaves it as it is */
    if (relations_live(run, run->control, names, 2, &live, errors) != STATUS_OK)
        return STATUS_FAILED;
    bool done = pg_row_count(live) > 0 && pg_integer(live, 0, "position") == 1;
    if (!done && pg_row_count(live) > 0)
        add_former(run, rules->renamed_from, view, live, 0);
    else
        note_rename(run, rules, done);
    talloc_free(live);
    return STATUS_OK;
}

static Status find_all_renamed(Run *run, Errors *errors)
{
    Status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < run->config->rules_count; i++)
        if (run->config->rules[i].renamed_from.name != NULL)
            status = find_renamed(run, &run->config->rules[i], errors);
    return status;
}

/* Of a view that --only leaves as it is: a later run renames it. */
static bool is_to_be_renamed(const Run *run, Name name)
{
    for (size_t i = 0; i < run->config->rules_count; i++)
    {
        const ViewRules *rules = &run->config->rules[i];
        if (rules->renamed_from.name != NULL && name_equal(rules->renamed_from, name))
            return plan_find(run->plan, rules->name) == NULL;
    }
    return false;
}

Predecessor former_predecessor(const Run *run, const PlanView *view)
{
    for (size_t i = 0; i < run->former_count; i++)
        if (run->former[i].successor == view)
            return (Predecessor){run->former[i].name, &run->former[i].live};
    return (Predecessor){view->name, &run->preflight->live[view->index]};
}

/* ---- removed ------------------------------------------------------------------------------------------------ */

/* Those of the published relations that carry their names and that no file states. */
static Status find_removed(Run *run, const Published *published, Errors *errors)
{
    void *scratch = mem_context(run);
    Publication *absent = mem_array(scratch, Publication, published->count);
    Name *names = mem_array(scratch, Name, published->count);
    size_t count = 0;
    for (size_t i = 0; i < published->count; i++)
    {
        Name name = published->items[i].name;
        if (plan_find_in_set(run->plan, name) != NULL || is_to_be_renamed(run, name))
            continue;
        names[count] = name;
        absent[count++] = published->items[i];
    }
    PgRows *live;
    Status status = relations_live(scratch, run->control, names, count, &live, errors);
    for (size_t row = 0; status == STATUS_OK && row < pg_row_count(live); row++)
    {
        size_t i = (size_t) pg_integer(live, row, "position") - 1;
        if (pg_oid(live, row, "oid") == absent[i].oid && find_name(run, absent[i].name) == NULL)
            add_former(run, absent[i].name, NULL, live, row);
    }
    talloc_free(scratch);
    return status;
}

/* ---- both --------------------------------------------------------------------------------------------------- */

/* The last view of its schema may be the one that leaves: it needs a place to go to, for which sets take turns. */
static Status add_schemas(Run *run, Errors *errors)
{
    const Plan *before = run->plan;
    const char **schemas = NULL;
    size_t count = 0;
    for (size_t i = 0; i < run->former_count; i++)
        if (run->former[i].leaves)
            MEM_PUSH(run, schemas, count, run->former[i].name.schema);
    if (plan_with_schemas(run, before, schemas, count, &run->plan, errors) != STATUS_OK)
        return STATUS_FAILED;
    return run->plan == before ? STATUS_OK : lock_schemas(run, lock_usual_patience, errors);
}

Status former_find(Run *run, Errors *errors)
{
    void *scratch = mem_context(run);
    Published published = {0};
    run->former = NULL; /* the plan's views may be others since */
    run->former_count = 0;
    Status status = find_all_renamed(run, errors);
    if (status == STATUS_OK)
        status = ask_generations(run, scratch, &published, errors);
    if (status == STATUS_OK)
        status = ask_journal(run, scratch, &published, errors);
    if (status == STATUS_OK)
        status = find_removed(run, &published, errors);
    talloc_free(scratch);
    return status == STATUS_OK ? add_schemas(run, errors) : STATUS_FAILED;
}

uint32_t *former_leaving_oids(const void *context, const Run *run, size_t *ret_count)
{
    uint32_t *oids = mem_array(context, uint32_t, run->former_count);
    *ret_count = 0;
    for (size_t i = 0; i < run->former_count; i++)
        if (run->former[i].leaves)
            oids[(*ret_count)++] = run->former[i].live.oid;
    return oids;
}

bool former_leaves(const Run *run, uint32_t oid)
{
    const FormerView *former = oid == 0 ? NULL : former_find_oid(run, oid);
    return former != NULL && former->leaves;
}

void former_record(const Run *run, const void *context, JournalView **views, size_t *count)
{
    for (size_t i = 0; i < run->former_count; i++)
    {
        const FormerView *former = &run->former[i];
        JournalView view = {
            .name = {mem_strdup(context, former->name.schema), mem_strdup(context, former->name.name)},
            .kind = former->live.kind,
            .position = (int) *count,
            .status = VIEW_COMPLETE,
            .old_oid = former->live.oid,
            .old_kind = former->live.kind,
            .rows = -1,
            .bytes = -1,
            .duration_ms = -1,
        };
        if (former->leaves)
            MEM_PUSH(context, *views, *count, view);
    }
}
