/*
 * validate_compare.c: old and new values against limits in percent.
 *
 * Decimal arithmetic is the server's, whose numeric is exact: all comparisons of a run are one query.
 */
#include "array.h"
#include "matswap/memory.h"
#include "pg_sql.h"
#include "validate_internal.h"

/* A result that waits for the server's word. */
struct Comparison
{
    size_t result; /* in run->results */
    Limit limit;
};

void validation_compare(Validation *validation, const ViewRules *rules, RuleResult result, Limit limit)
{
    const Run *run = validation->run;
    Comparison comparison = {run->result_count, limit};
    if (limit.percent.set)
        result.limit = mem_printf(run, "%s%%", limit.percent.number);
    else if (view_key_is_rule(result.rule))
        result.limit = "0%";
    result.outcome = view_key_is_rule(result.rule) ? RULE_PASSED : RULE_RECORDED;
    validation_add(validation, rules, result);
    if (run->result_count > comparison.result) /* a view that is kept has none */
        MEM_PUSH(validation->scratch, validation->comparisons, validation->comparison_count, comparison);
}

static bool is_beyond(ViewKey rule, const PgRows *rows, size_t row)
{
    if (rule == KEY_MAX_SHRINK)
        return !pg_boolean(rows, row, "shrunk_within");
    if (rule == KEY_MAX_GROWTH)
        return !pg_boolean(rows, row, "grown_within");
    return !pg_boolean(rows, row, "within");
}

static void finish(const Validation *validation, const Comparison *comparison, const PgRows *rows, size_t row)
{
    RuleResult *result = &validation->run->results[comparison->result];
    result->difference = mem_strdup(validation->run, pg_value(rows, row, "difference"));
    if (result->outcome != RULE_PASSED || !is_beyond(result->rule, rows, row))
        return;
    result->outcome = RULE_FAILED;
    result->detail = comparison->limit.explanation;
}

Status validation_compare_all(Validation *validation, Errors *errors)
{
    Run *run = validation->run;
    size_t count = validation->comparison_count;
    const char **values[4];
    const char *parameters[4];
    for (size_t k = 0; k < 4; k++)
        values[k] = mem_array(validation->scratch, const char *, count);
    for (size_t i = 0; i < count; i++)
    {
        const Comparison *comparison = &validation->comparisons[i];
        values[0][i] = run->results[comparison->result].before;
        values[1][i] = run->results[comparison->result].after;
        values[2][i] = comparison->limit.percent.set ? comparison->limit.percent.number : "0";
        values[3][i] = comparison->limit.is_float ? "t" : "f";
    }
    for (size_t k = 0; k < 4; k++)
        parameters[k] = array_of_texts(validation->scratch, values[k], count);
    PgRows *rows;
    if (pg_query(validation->scratch, run->control, &rows, errors, SQL_VALIDATE_JUDGE, 4, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
        finish(validation, &validation->comparisons[pg_integer(rows, row, "n") - 1], rows, row);
    validation->comparison_count = 0;
    return STATUS_OK;
}
