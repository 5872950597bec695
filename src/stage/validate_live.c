/*
 * validate_live.c: the totals of the live generation.
 */
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "pg_sql.h"
#include "validate_internal.h"

static void on_totals(RuleQuery *query, const PgRows *rows)
{
    LiveTotals *live = &query->validation->live[query->position];
    live->rows = mem_strdup(query->validation->run, pg_text(rows, 0, "row_count"));
    live->totals = mem_strdup(query->validation->run, pg_text(rows, 0, "totals"));
}

/* The sums that the live view can answer: a column that the SQL has just gained has no old total. */
static Status live_sums(Validation *validation, size_t position, ColumnNames *ret_sums, Errors *errors)
{
    Run *run = validation->run;
    void *scratch = validation->scratch;
    ViewRules rules = config_rules_for(scratch, run->config, run->plan->views[position]->name);
    char *oid = mem_printf(scratch, "%u", former_predecessor(run, run->plan->views[position]).live->oid);
    const char *parameters[] = {oid, array_of_texts(scratch, rules.sums.names, rules.sums.count)};
    PgRows *rows;
    *ret_sums = (ColumnNames){0};
    if (rules.sums.count == 0)
        return STATUS_OK;
    if (pg_query(scratch, run->control, &rows, errors, SQL_VALIDATE_COLUMNS, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
        MEM_PUSH(scratch, ret_sums->names, ret_sums->count, mem_strdup(scratch, pg_text(rows, i, "name")));
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
        (run->preflight->superuser && live->kind == VIEW_MATERIALIZED))
        return NULL;
    return live->owner;
}

Status validation_ask_live(Validation *validation, Errors *errors)
{
    const Run *run = validation->run;
    validation->live = mem_array(validation->scratch, LiveTotals, run->plan->view_count);
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        ColumnNames sums;
        if (!validation_comparable(run, i))
            continue;
        if (live_sums(validation, i, &sums, errors) != STATUS_OK)
            return STATUS_FAILED;
        RuleQuery *query = validation_ask(validation, i);
        query->role = validation_live_role(run, i);
        query->sql = totals_sql(query, former_predecessor(run, run->plan->views[i]).name, sums);
        query->answer = on_totals;
    }
    return STATUS_OK;
}
