/*
 * rehearse_columns.c: the columns of the new views, and how they differ from those of the live ones.
 */
#include "array.h"
#include "matswap/memory.h"
#include "matswap/name.h"
#include "pg_sql.h"
#include "rehearse_internal.h"
#include "stage_internal.h"

typedef struct ColumnList
{
    RecipeColumn *columns;
    size_t count;
} ColumnList;

/* Of each pair the new relation's, then of each the live one's, then those of the former views. */
static Status read_columns(Rehearsal *rehearsal, ColumnList *lists)
{
    const Run *run = rehearsal->run;
    size_t count = rehearsal->pair_count;
    size_t all = count + count + run->former_count;
    uint32_t *oids = mem_array(rehearsal->scratch, uint32_t, all);
    for (size_t i = 0; i < count; i++)
    {
        oids[i] = rehearsal->pairs[i].new_oid;
        oids[count + i] = rehearsal->pairs[i].live_oid;
    }
    for (size_t i = 0; i < run->former_count; i++)
        oids[count + count + i] = run->former[i].live.oid;
    CarryArrays arrays = carry_arrays(rehearsal->scratch, rehearsal->pairs, count);
    const char *parameters[] = {array_of_oids(rehearsal->scratch, oids, all), arrays.values[0], arrays.values[2]};
    PgRows *rows;
    if (pg_query(rehearsal->scratch, run->control, &rows, rehearsal->errors, SQL_REHEARSE_COLUMNS, 3, parameters) !=
        STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
    {
        ColumnList *list = &lists[pg_integer(rows, i, "n") - 1];
        RecipeColumn column = {mem_strdup(run->changes, pg_text(rows, i, "name")),
                               mem_strdup(run->changes, pg_text(rows, i, "type")),
                               mem_strdup(run->changes, pg_value(rows, i, "collation")),
                               pg_boolean(rows, i, "summable"),
                               pg_boolean(rows, i, "is_float"),
                               pg_boolean(rows, i, "temporal"),
                               pg_boolean(rows, i, "generated"),
                               pg_boolean(rows, i, "has_default"),
                               pg_boolean(rows, i, "is_json")};
        MEM_PUSH(run->changes, list->columns, list->count, column);
    }
    return STATUS_OK;
}

static ViewChange change_of(const Run *run, const CarryPair *pair, const ColumnList *new, const ColumnList *live)
{
    ViewChange change = {.view = pair->view->name, .kind = pair->view->kind, .fate = VIEW_NEW};
    if (pair->live_oid != 0)
    {
        Predecessor before = former_predecessor(run, pair->view);
        change.fate = name_equal(before.name, change.view) ? VIEW_STAYS : VIEW_RENAMED;
        change.old_name = before.name;
        change.old_kind = before.live->kind;
    }
    columns_compare(run->changes, live->columns, live->count, new->columns, new->count, &change.columns,
                    &change.column_count);
    return change;
}

static ViewChange change_of_former(const FormerView *former)
{
    return (ViewChange){.view = former->name, .old_kind = former->live.kind,
                        .fate = former->leaves ? VIEW_LEAVES : VIEW_LEFT_ALONE};
}

static bool same_columns(const void *memory, const ColumnList *a, const ColumnList *b)
{
    ColumnChange *changes;
    size_t count;
    columns_compare(memory, a->columns, a->count, b->columns, b->count, &changes, &count);
    return count == 0;
}

/*
 * A view that comes and one that goes, with the same columns, and no other that could be meant: perhaps they are one
 * under two names, and then what is on the old one is about to be lost.  `former`: the former views' columns.
 */
static void hint_at_rename(const Rehearsal *rehearsal, const ColumnList *new, const ColumnList *former, size_t position)
{
    const Run *run = rehearsal->run;
    const PlanView *found = NULL;
    size_t candidates = 0;
    for (size_t i = 0; i < rehearsal->pair_count; i++)
        if (rehearsal->pairs[i].live_oid == 0 && same_columns(rehearsal->scratch, &new[i], &former[position]))
        {
            found = rehearsal->pairs[i].view;
            candidates++;
        }
    for (size_t i = 0; i < run->former_count; i++)
        if (i != position && run->former[i].successor == NULL &&
            same_columns(rehearsal->scratch, &former[i], &former[position]))
            candidates++;
    if (found == NULL || candidates != 1)
        return;
    const char *from = name_qualified(rehearsal->scratch, run->former[position].name);
    const char *to = name_qualified(rehearsal->scratch, found->name);
    report_warning(run->report, "%s is new, and has the columns of %s, which is in the SQL files no more: if it is the "
                   "same view, write `renamed_from = %s` into [view %s] of %s, and its privileges, comments and indexes are "
                   "carried over", to, from, from, to, run->config->path);
}

static void hint_at_renames(const Rehearsal *rehearsal, const ColumnList *lists)
{
    const Run *run = rehearsal->run;
    for (size_t i = 0; i < run->former_count; i++)
        if (run->former[i].successor == NULL)
            hint_at_rename(rehearsal, lists, &lists[rehearsal->pair_count + rehearsal->pair_count], i);
}

Status rehearse_read_columns(Rehearsal *rehearsal)
{
    Run *run = rehearsal->run;
    size_t count = rehearsal->pair_count;
    ColumnList *lists = mem_array(rehearsal->scratch, ColumnList, count + count + run->former_count);
    run->change_count = run->plan->view_count;
    run->changes = mem_array(run, ViewChange, run->change_count); /* outlives recipes that a refusal takes away */
    if (read_columns(rehearsal, lists) != STATUS_OK)
    {
        TALLOC_FREE(run->changes);
        return STATUS_FAILED;
    }
    for (size_t i = 0; i < run->plan->view_count; i++) /* one that cannot be created changes nothing */
        run->changes[i] = (ViewChange){.view = run->plan->views[i]->name, .kind = run->plan->views[i]->kind,
                                       .old_kind = run->plan->views[i]->kind, .fate = VIEW_STAYS};
    for (size_t i = 0; i < count; i++)
    {
        const CarryPair *pair = &rehearsal->pairs[i];
        pair->recipe->columns = lists[i].columns;
        pair->recipe->column_count = lists[i].count;
        run->changes[pair->view->index] = change_of(run, pair, &lists[i], &lists[count + i]);
    }
    for (size_t i = 0; i < run->former_count; i++)
        if (run->former[i].successor == NULL)
            MEM_PUSH(run, run->changes, run->change_count, change_of_former(&run->former[i]));
    hint_at_renames(rehearsal, lists);
    return STATUS_OK;
}
