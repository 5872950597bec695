/*
 * rehearse_columns.c: the columns of the new views, and how they differ from those of the live ones.
 */
#include "array.h"
#include "matswap/memory.h"
#include "pg_sql.h"
#include "rehearse_internal.h"

typedef struct ColumnList
{
    RecipeColumn *columns;
    size_t count;
} ColumnList;

/* Of each pair the new relation's, then of each the live one's. */
static Status read_columns(Rehearsal *rehearsal, ColumnList *lists)
{
    const Run *run = rehearsal->run;
    size_t count = rehearsal->pair_count;
    uint32_t *oids = mem_array(rehearsal->scratch, uint32_t, count + count);
    for (size_t i = 0; i < count; i++)
    {
        oids[i] = rehearsal->pairs[i].new_oid;
        oids[count + i] = rehearsal->pairs[i].live_oid;
    }
    CarryArrays arrays = carry_arrays(rehearsal->scratch, rehearsal->pairs, count);
    const char *parameters[] = {array_of_oids(rehearsal->scratch, oids, count + count), arrays.values[0], arrays.values[2]};
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
                               pg_boolean(rows, i, "summable")};
        MEM_PUSH(run->changes, list->columns, list->count, column);
    }
    return STATUS_OK;
}

static ViewChange change_of(const Run *run, const CarryPair *pair, const ColumnList *new, const ColumnList *live)
{
    ViewChange change = {.view = pair->view->name, .kind = pair->view->kind, .fate = VIEW_NEW};
    if (pair->live_oid != 0)
    {
        change.fate = VIEW_STAYS;
        change.old_kind = run->preflight->live[pair->view->index].kind;
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

Status rehearse_read_columns(Rehearsal *rehearsal)
{
    Run *run = rehearsal->run;
    size_t count = rehearsal->pair_count;
    ColumnList *lists = mem_array(rehearsal->scratch, ColumnList, count + count);
    run->change_count = run->plan->view_count + run->former_count;
    run->changes = mem_array(run, ViewChange, run->change_count); /* outlives recipes that a refusal takes away */
    if (read_columns(rehearsal, lists) != STATUS_OK)
    {
        TALLOC_FREE(run->changes);
        return STATUS_FAILED;
    }
    for (size_t i = 0; i < count; i++)
    {
        const CarryPair *pair = &rehearsal->pairs[i];
        pair->recipe->columns = lists[i].columns;
        pair->recipe->column_count = lists[i].count;
        run->changes[pair->view->index] = change_of(run, pair, &lists[i], &lists[count + i]);
    }
    for (size_t i = 0; i < run->former_count; i++)
        run->changes[run->plan->view_count + i] = change_of_former(&run->former[i]);
    return STATUS_OK;
}
