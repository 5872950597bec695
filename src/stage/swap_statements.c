/*
 * What a swap does, as data: which relations are locked, and the moves between the schemas.
 *
 * Old relations move out before new ones move in: two relations of one name never meet in a schema.  Extended
 * statistics objects do not follow their relation (AlterTableNamespace moves indexes, types and owned sequences,
 * src/backend/commands/tablecmds.c) and are moved by name.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "isolate.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"

typedef struct Statistics
{
    uint32_t relation;
    Name name;
} Statistics;

typedef struct StatisticsList
{
    Statistics *items;
    size_t count;
} StatisticsList;

static const JournalSchema *schema_of(const Run *run, const JournalView *view)
{
    for (size_t i = 0; i < run->record->schema_count; i++)
        if (strcmp(run->record->schemas[i].live, view->name.schema) == 0)
            return &run->record->schemas[i];
    abort(); /* journal_run_begin wrote both from one plan */
}

static void add_statement(SwapPlan *plan, const char *sql, const char *object)
{
    PgOrigin origin = {.object = object};
    size_t count = plan->statement_count;
    MEM_PUSH(plan, plan->statements, plan->statement_count, sql);
    MEM_PUSH(plan, plan->origins, count, origin);
}

static void add_move(SwapPlan *plan, ViewKind kind, const char *schema, const char *name, const char *target)
{
    add_statement(plan,
                  PG_SQL(plan, SQL_RELATION_MOVE, {"kind", relation_kind_sql(kind)}, {"schema", schema},
                         {"name", name}, {"target", target}),
                  name_qualified(plan, (Name){schema, name}));
}

static void add_statistics_move(SwapPlan *plan, Name statistics, const char *target)
{
    if (strcmp(statistics.schema, target) == 0)
        return;
    add_statement(plan,
                  PG_SQL(plan, SQL_STATISTICS_MOVE, {"schema", statistics.schema}, {"name", statistics.name},
                         {"target", target}),
                  name_qualified(plan, statistics));
}

static Status statistics_of(SwapPlan *plan, Run *run, const uint32_t *oids, size_t count, StatisticsList *ret_list,
                            Errors *errors)
{
    PgRows *rows;
    char *array = array_of_oids(plan, oids, count);
    if (pg_query(plan, run->control, &rows, errors, SQL_STATISTICS_OF, 1, (const char *const *) &array) != STATUS_OK)
        return STATUS_FAILED;
    *ret_list = (StatisticsList){0};
    for (size_t i = 0; i < pg_row_count(rows); i++)
    {
        Statistics statistics = {pg_oid(rows, i, "relation"),
                                 {mem_strdup(plan, pg_text(rows, i, "schema")), mem_strdup(plan, pg_text(rows, i, "name"))}};
        MEM_PUSH(plan, ret_list->items, ret_list->count, statistics);
    }
    talloc_free(rows);
    return STATUS_OK;
}

/* Where a statistics object of the new view belongs: where the old view has the one of that name. */
static const char *statistics_home(const StatisticsList *old, uint32_t old_relation, const char *name,
                                   const char *live_schema)
{
    for (size_t i = 0; i < old->count; i++)
        if (old->items[i].relation == old_relation && strcmp(old->items[i].name.name, name) == 0)
            return old->items[i].name.schema;
    return live_schema;
}

/*
 * A run moves live → outgoing and incoming → live.  A rollback brings back what is in the outgoing schema, so the
 * live views wait in the incoming one until it is empty: live → incoming, outgoing → live, incoming → outgoing.
 */
static const char *aside(const Run *run, const JournalView *view)
{
    const JournalSchema *schema = schema_of(run, view);
    return run->record->is_rollback ? schema->incoming : schema->outgoing;
}

static const char *origin_schema(const Run *run, const JournalView *view)
{
    const JournalSchema *schema = schema_of(run, view);
    return run->record->is_rollback ? schema->outgoing : schema->incoming;
}

static void add_moves_out(SwapPlan *plan, Run *run, const StatisticsList *old)
{
    for (size_t i = 0; i < run->record->view_count; i++)
    {
        const JournalView *view = &run->record->views[i];
        if (!journal_view_moves_out(view))
            continue;
        const char *target = aside(run, view);
        add_move(plan, view->old_kind, view->name.schema, view->name.name, target);
        for (size_t j = 0; j < old->count; j++)
            if (old->items[j].relation == view->old_oid)
                add_statistics_move(plan, old->items[j].name, target);
    }
}

static void add_moves_in(SwapPlan *plan, Run *run, const StatisticsList *old, const StatisticsList *new)
{
    for (size_t i = 0; i < run->record->view_count; i++)
    {
        const JournalView *view = &run->record->views[i];
        if (!journal_view_moves_in(view))
            continue;
        const char *source = origin_schema(run, view);
        add_move(plan, view->kind, source, view->name.name, view->name.schema);
        for (size_t j = 0; j < new->count; j++)
            if (new->items[j].relation == view->new_oid)
                add_statistics_move(plan, new->items[j].name,
                                    statistics_home(old, view->old_oid, new->items[j].name.name, view->name.schema));
    }
}

/* The last third of a rollback, with the marker that says whose the outgoing schemas are now. */
static void add_moves_aside_to_outgoing(SwapPlan *plan, Run *run, const StatisticsList *old)
{
    for (size_t i = 0; i < run->record->view_count; i++)
    {
        const JournalView *view = &run->record->views[i];
        if (!journal_view_moves_out(view))
            continue;
        const JournalSchema *schema = schema_of(run, view);
        add_move(plan, view->old_kind, schema->incoming, view->name.name, schema->outgoing);
        for (size_t j = 0; j < old->count; j++)
            if (old->items[j].relation == view->old_oid)
                add_statistics_move(plan, (Name){schema->incoming, old->items[j].name.name}, schema->outgoing);
    }
    for (size_t i = 0; i < run->record->schema_count; i++)
    {
        const JournalSchema *schema = &run->record->schemas[i];
        char *marker = schema_marker(plan, run->record->set, run->record->run, "outgoing", schema->made_outgoing);
        add_statement(plan,
                      PG_SQL(plan, SQL_SCHEMA_COMMENT, {"schema", schema->outgoing},
                             {"comment", name_literal(plan, marker)}),
                      schema->outgoing);
    }
}

/* A row of live_relations.sql. */
static void add_lock(SwapPlan *plan, Name name, const PgRows *rows, size_t row)
{
    Relation relation = {.oid = pg_oid(rows, row, "oid"),
                         .name = name,
                         .kind = relation_kind(pg_text(rows, row, "relkind")),
                         .owner = mem_strdup(plan, pg_text(rows, row, "owner"))};
    MEM_PUSH(plan, plan->locks, plan->lock_count, relation);
}

/* A rollback brings back what has been readable in the outgoing schemas: it, too, may be in use. */
static Status add_locks_of_kept(SwapPlan *plan, Run *run, Errors *errors)
{
    PgRows *rows;
    Name *names = NULL;
    size_t count = 0;
    for (size_t i = 0; i < run->record->view_count; i++)
    {
        Name name = {origin_schema(run, &run->record->views[i]), run->record->views[i].name.name};
        if (journal_view_moves_in(&run->record->views[i]))
            MEM_PUSH(plan, names, count, name);
    }
    if (names == NULL)
        return STATUS_OK;
    if (relations_live(plan, run->control, names, count, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
        add_lock(plan, names[pg_integer(rows, row, "position") - 1], rows, row);
    talloc_free(rows);
    return STATUS_OK;
}

static Status add_locks(SwapPlan *plan, Run *run, Errors *errors)
{
    PgRows *rows;
    if (relations_live_of(plan, run->control, run->record, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        const JournalView *view = &run->record->views[pg_integer(rows, row, "position") - 1];
        if (journal_view_is_kept(view))
            continue; /* whoever reads it is not waited for */
        add_lock(plan, view->name, rows, row);
        MEM_PUSH(plan, plan->live_oids, plan->live_count, pg_oid(rows, row, "oid"));
    }
    for (size_t i = 0; i < run->preflight->rebind_lock_count; i++)
        if (!isolate_is_idle(run->preflight, &run->preflight->rebind_locks[i]))
            MEM_PUSH(plan, plan->locks, plan->lock_count, run->preflight->rebind_locks[i]);
    talloc_free(rows);
    return run->record->is_rollback ? add_locks_of_kept(plan, run, errors) : STATUS_OK;
}

/* The last word on what was moved in; see changed_check for what a failure means. */
static void add_proof(SwapPlan *plan, const Run *run)
{
    Text *views = text_new(plan);
    for (size_t i = 0; i < run->record->view_count; i++)
    {
        const JournalView *view = &run->record->views[i];
        if (journal_view_moves_in(view))
            text_addf(views, "%s(%u::pg_catalog.oid, %s, %s)", views->length > 0 ? ", " : "", view->new_oid,
                      name_literal(views, view->name.schema), name_literal(views, view->name.name));
    }
    if (views->length > 0)
        add_statement(plan, PG_SQL(plan, SQL_SWAP_PROOF, {"views", views->data}), "the new generation");
    talloc_free(views);
}

/* Before the moves, and readers first: a function is found by the names of its arguments' types. */
static void add_rebind_asides(SwapPlan *plan, const Run *run)
{
    const Preflight *preflight = run->preflight;
    for (size_t i = preflight->rebind_count; i > 0; i--)
    {
        const Rebind *rebind = &preflight->rebinds[i - 1];
        if (rebind->idle)
            continue;
        if (rebind->before != NULL)
            add_statement(plan, rebind->before, rebind->label);
        if (rebind->aside != NULL)
            add_statement(plan,
                          PG_SQL(plan, SQL_DEPENDENTS_MARK, {"object", rebind->aside},
                                 {"marker", mem_printf(plan, "%s%zu", replaced_marker(plan, run->record->set,
                                                                                     run->record->run), i)}),
                          rebind->label);
    }
}

/*
 * Last, the old objects are dropped, readers first, which proves that nothing is bound to them any more; and that is
 * undone: a statement that has looked a function up and waits for our locks will want it when it goes on (replaced.c).
 */
static void add_proof_of_rebinds(SwapPlan *plan, const Preflight *preflight)
{
    static const char *const savepoint = "matswap_replaced";
    bool any = false;
    for (size_t i = preflight->rebind_count; i > 0; i--)
    {
        const Rebind *rebind = &preflight->rebinds[i - 1];
        if (rebind->after == NULL || rebind->idle)
            continue;
        if (!any)
            add_statement(plan, PG_SQL(plan, SQL_SWAP_SAVEPOINT, {"name", savepoint}), NULL);
        any = true;
        add_statement(plan, rebind->after, rebind->label);
    }
    if (any)
    {
        add_statement(plan, PG_SQL(plan, SQL_SWAP_GIVE_BACK, {"name", savepoint}), NULL);
        add_statement(plan, PG_SQL(plan, SQL_SWAP_RELEASE, {"name", savepoint}), NULL);
    }
}

static void add_rebinds(SwapPlan *plan, const Preflight *preflight)
{
    for (size_t i = 0; i < preflight->rebind_count; i++)
        for (size_t k = 0; k < preflight->rebinds[i].statement_count && !preflight->rebinds[i].idle; k++)
            add_statement(plan, preflight->rebinds[i].statements[k], preflight->rebinds[i].label);
    add_proof_of_rebinds(plan, preflight);
}

Status swap_plan(const void *context, Run *run, SwapPlan **ret_plan, Errors *errors)
{
    SwapPlan *plan = mem_new(context, SwapPlan);
    StatisticsList old;
    StatisticsList new;
    for (size_t i = 0; i < run->record->view_count; i++)
        if (journal_view_moves_in(&run->record->views[i]))
            MEM_PUSH(plan, plan->new_oids, plan->new_count, run->record->views[i].new_oid);
    if (isolate_dependents(run, errors) != STATUS_OK || add_locks(plan, run, errors) != STATUS_OK || changed_check(run, errors) != STATUS_OK ||
        statistics_of(plan, run, plan->live_oids, plan->live_count, &old, errors) != STATUS_OK ||
        statistics_of(plan, run, plan->new_oids, plan->new_count, &new, errors) != STATUS_OK)
    {
        talloc_free(plan);
        return STATUS_FAILED;
    }
    add_rebind_asides(plan, run);
    add_moves_out(plan, run, &old);
    add_moves_in(plan, run, &old, &new);
    if (run->record->is_rollback)
        add_moves_aside_to_outgoing(plan, run, &old);
    add_proof(plan, run);
    add_rebinds(plan, run->preflight);
    *ret_plan = plan;
    return STATUS_OK;
}

/* Where a view says no coordinate of its own, the row's holds. */
static void add_coordinate(Text *text, const JournalView *view)
{
    if (view->snapshot == NULL)
        return;
    text_add(text, ", \"snapshot\": ");
    text_add_json(text, view->snapshot);
    text_add(text, ", \"wal_lsn\": ");
    text_add_json(text, view->wal_lsn);
    text_add(text, ", \"snapshot_at\": ");
    text_add_json(text, view->snapshot_at);
}

/* Nothing known: no key. */
static void add_seam(Text *text, const Run *run, size_t index)
{
    if (run->view_seams != NULL && run->view_seams[index] != NULL)
        text_addf(text, ", \"seam\": %s", run->view_seams[index]);
}

/* Rules that the view has broken, for which somebody had a reason. */
static void add_accepted(Text *text, const Run *run, Name view)
{
    bool any = false;
    for (size_t i = 0; i < run->result_count; i++)
    {
        const RuleResult *result = &run->results[i];
        if (result->accepted == NULL || !name_equal(result->view, view))
            continue;
        text_addf(text, "%s{\"rule\": \"%s\", \"subject\": ", any ? ", " : ", \"accepted\": [",
                  view_key_word(result->rule));
        text_add_json(text, result->subject);
        text_add(text, ", \"reason\": ");
        text_add_json(text, result->accepted);
        text_add(text, "}");
        any = true;
    }
    text_add(text, any ? "]" : "");
}

char *generation_views_json(const void *context, const Run *run)
{
    const JournalRun *record = run->record;
    Text *text = text_new(context);
    text_add(text, "[");
    for (size_t i = 0; i < record->view_count; i++)
    {
        const JournalView *view = &record->views[i];
        text_add(text, i > 0 ? ", {\"schema\": " : "{\"schema\": ");
        text_add_json(text, view->name.schema);
        text_add(text, ", \"name\": ");
        text_add_json(text, view->name.name);
        if (journal_view_moves_in(view))
            text_addf(text, ", \"oid\": %u", view->new_oid);
        if (journal_view_moves_out(view)) /* what retire drops */
            text_addf(text, ", \"old_oid\": %u", view->old_oid);
        if (journal_view_is_kept(view))
            text_add(text, ", \"isolated\": true");
        if (record->partial || record->is_rollback)
            text_add(text, ", \"partial\": true");
        if (view->rows >= 0)
            text_addf(text, ", \"rows\": %" PRId64, view->rows);
        add_coordinate(text, view);
        add_seam(text, run, i);
        if (view->kind == VIEW_IMPORT && view->started_at != NULL)
        {
            text_add(text, ", \"loaded_at\": ");
            text_add_json(text, view->started_at);
        }
        text_addf(text, ", \"totals\": %s", view->totals == NULL ? "{}" : view->totals);
        if (view->measures != NULL)
            text_addf(text, ", \"measures\": %s", view->measures);
        if (view->watermark != NULL)
        {
            text_add(text, ", \"watermark\": ");
            text_add_json(text, view->watermark);
        }
        add_accepted(text, run, view->name);
        text_add(text, "}");
    }
    text_add(text, "]");
    char *json = talloc_steal(context, text->data);
    talloc_free(text);
    return json;
}
