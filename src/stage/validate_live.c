/*
 * validate_live.c: the totals of the live generation.
 *
 * Of each live view is asked what its rules have measured of the new one, as far as it has the columns for it: one that the
 * SQL has just gained has no old total.  What the swap recorded is taken where that is still the truth
 * (validate_record.c); the rest is measured, in one pass over each view.
 */
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "pg_sql.h"
#include "validate_internal.h"

/* A column that a rule of a view names, and what of it is wanted. */
typedef struct Wish
{
    MeasuredColumns *columns; /* where it goes when the relation has it */
    uint32_t relation;
    ViewKey key;
    const char *column;
} Wish;

typedef struct Wishes
{
    Wish *items;
    size_t count;
} Wishes;

static void wish(Validation *validation, Wishes *wishes, Wish added)
{
    if (added.column != NULL)
        MEM_PUSH(validation->scratch, wishes->items, wishes->count, added);
}

static void wish_all(Validation *validation, Wishes *wishes, Wish added, ColumnNames columns)
{
    for (size_t i = 0; i < columns.count; i++)
    {
        added.column = columns.names[i];
        wish(validation, wishes, added);
    }
}

/* Of the new view only sums: the others are there, and of the right type, or the rehearsal would have refused them. */
static Wishes collect_wishes(Validation *validation)
{
    const Run *run = validation->run;
    Wishes wishes = {0};
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        ViewRules rules = config_rules_for(validation->scratch, run->config, run->plan->views[i]->name);
        wish_all(validation, &wishes, (Wish){&validation->columns[i], run->record->views[i].new_oid, KEY_SUMS, NULL},
                 rules.sums);
        if (!validation_comparable(run, i))
            continue;
        Wish live = {&validation->live[i].columns, former_predecessor(run, run->plan->views[i]).live->oid, KEY_SUMS, NULL};
        wish_all(validation, &wishes, live, rules.sums);
        live.key = KEY_NOT_NULL;
        wish_all(validation, &wishes, live, rules.not_null);
        live.key = KEY_EVENT_TIME;
        live.column = rules.event_time;
        wish(validation, &wishes, live);
    }
    return wishes;
}

static void grant(Validation *validation, const Wish *granted, const PgRows *rows, size_t row)
{
    MeasuredColumns *columns = granted->columns;
    SumColumn sum = {granted->column, pg_boolean(rows, row, "is_float")};
    if (granted->key == KEY_SUMS && pg_boolean(rows, row, "summable"))
        MEM_PUSH(validation->scratch, columns->sums, columns->sum_count, sum);
    else if (granted->key == KEY_NOT_NULL)
        MEM_PUSH(validation->scratch, columns->not_null.names, columns->not_null.count, granted->column);
    else if (granted->key == KEY_EVENT_TIME && pg_boolean(rows, row, "temporal"))
        columns->event_time = granted->column;
}

/* Fills in columns[] and live[].columns. */
static Status find_columns(Validation *validation, Errors *errors)
{
    Wishes wishes = collect_wishes(validation);
    if (wishes.count == 0)
        return STATUS_OK;
    uint32_t *oids = mem_array(validation->scratch, uint32_t, wishes.count);
    const char **names = mem_array(validation->scratch, const char *, wishes.count);
    for (size_t i = 0; i < wishes.count; i++)
    {
        oids[i] = wishes.items[i].relation;
        names[i] = wishes.items[i].column;
    }
    const char *parameters[] = {array_of_oids(validation->scratch, oids, wishes.count),
                                array_of_texts(validation->scratch, names, wishes.count)};
    PgRows *rows;
    if (pg_query(validation->scratch, validation->run->control, &rows, errors, SQL_VALIDATE_COLUMNS, 2, parameters) !=
        STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
        grant(validation, &wishes.items[pg_integer(rows, row, "n") - 1], rows, row);
    return STATUS_OK;
}

/*
 * A view's functions run as who reads it, so an ordinary view is read as its owner. A materialized one runs nothing: a
 * superuser reads it as such, as its owner may have revoked his own right to.
 */
const char *validation_live_role(const Run *run, size_t position)
{
    const LiveView *live = former_predecessor(run, run->plan->views[position]).live;
    if (live->owner == NULL || strcmp(live->owner, run->preflight->role) == 0 ||
        (run->preflight->superuser && view_kind_is_stored(live->kind)))
        return NULL;
    return live->owner;
}

static void on_totals(RuleQuery *query, const PgRows *rows)
{
    LiveTotals *live = &query->validation->live[query->position];
    const Run *run = query->validation->run;
    live->rows = mem_strdup(run, pg_text(rows, 0, "row_count"));
    live->totals = mem_strdup(run, pg_text(rows, 0, "totals"));
    live->measures = mem_strdup(run, pg_value(rows, 0, "measures"));
    live->watermark = mem_strdup(run, pg_value(rows, 0, "watermark"));
}

static void measure(Validation *validation, size_t position)
{
    const Run *run = validation->run;
    RuleQuery *query = validation_ask(validation, position);
    query->role = validation_live_role(run, position);
    query->sql = totals_sql(query, former_predecessor(run, run->plan->views[position]).name,
                            &validation->live[position].columns);
    query->answer = on_totals;
}

Status validation_ask_live(Validation *validation, Errors *errors)
{
    const Run *run = validation->run;
    validation->columns = mem_array(validation->scratch, MeasuredColumns, run->plan->view_count);
    validation->live = mem_array(validation->scratch, LiveTotals, run->plan->view_count);
    if (find_columns(validation, errors) != STATUS_OK || validation_take_recorded(validation, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < run->plan->view_count; i++)
        if (validation_comparable(run, i) && validation->live[i].rows == NULL)
            measure(validation, i);
    return STATUS_OK;
}
