/*
 * validate_checks.c: check files: queries that return no row when all is well.
 *
 * Each is executed as the view's owner, as the view itself is built: what he may not read no check may show him.
 */
#include <string.h>

#include "matswap/memory.h"
#include "matswap/name.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "preflight_internal.h"
#include "validate_internal.h"

char *check_sql(const void *context, const PlanCheck *check, PgOrigin *ret_origin)
{
    char *sql = PG_SQL(context, SQL_VALIDATE_CHECK, {"query", check->query.text});
    *ret_origin = origin_within(sql, &check->query, check->file->path);
    return sql;
}

static size_t count_of(const PgRows *rows, const char *column)
{
    return (size_t) pg_integer(rows, pg_row_count(rows) - 1, column);
}

/* The rows come value by value, row after row, each with the same columns. */
static const char *shown_rows(Run *run, const PgRows *rows)
{
    if (pg_value(rows, 0, "name") == NULL)
        return NULL; /* rows without columns */
    size_t column_count = count_of(rows, "position");
    size_t row_count = count_of(rows, "row");
    size_t cell_count = row_count * column_count;
    void *scratch = mem_context(run);
    const char **titles = mem_array(scratch, const char *, column_count);
    const char **cells = mem_array(scratch, const char *, cell_count);
    for (size_t i = 0; i < column_count; i++)
        titles[i] = detail_value(scratch, pg_text(rows, i, "name"));
    for (size_t i = 0; i < cell_count; i++)
        cells[i] = detail_value(scratch, pg_value(rows, i, "value"));
    Text *text = text_new(run);
    text_add(text, report_rows(scratch, titles, column_count, cells, row_count));
    int64_t all = pg_integer(rows, 0, "row_count");
    if (all > (int64_t) row_count)
        text_addf(text, "and %s more", report_count(scratch, all - (int64_t) row_count));
    talloc_free(scratch);
    return text->data;
}

static RuleResult *result_of(const RuleQuery *query)
{
    return &query->validation->run->results[query->result];
}

static void on_rows(RuleQuery *query, const PgRows *rows)
{
    Run *run = query->validation->run;
    RuleResult *result = result_of(query);
    bool passed = pg_integer(rows, 0, "row_count") == 0;
    result->after = mem_strdup(run, pg_text(rows, 0, "row_count"));
    result->outcome = passed ? RULE_PASSED : RULE_FAILED;
    result->detail = passed ? NULL : shown_rows(run, rows);
}

static bool on_refusal(RuleQuery *query, const Errors *errors)
{
    bool is_verdict = detail_is_verdict(errors);
    if (is_verdict)
        result_of(query)->detail = detail_refusal(query->validation->run, errors);
    return is_verdict;
}

/* Where a view is after the swap: one that keeps its old generation is read there. */
static const char *schema_to_read(const void *closure, Name name)
{
    const Run *run = closure;
    const PlanView *view = plan_find(run->plan, name);
    SqlGeneration generation = plan_generation(run->plan);
    if (view != NULL && !validation_judges(run, view->index))
        return NULL;
    return generation.new_schema(generation.closure, name);
}

static Status ask(Validation *validation, size_t position, const ViewRules *rules, const CheckFile *file, Errors *errors)
{
    const Run *run = validation->run;
    PlanCheck *check = mem_new(validation->scratch, PlanCheck);
    check->file = file;
    if (sql_rewrite_query(check, file->path, file->text, rules->name, (SqlGeneration){schema_to_read, run}, &check->query,
                          errors) != STATUS_OK)
        return STATUS_FAILED;
    RuleQuery *query = validation_ask(validation, position);
    const char *role = preflight_builder(run, run->plan->views[position]);
    query->role = strcmp(role, run->preflight->role) == 0 ? NULL : role;
    query->search_path = run->plan->build_search_path;
    query->sql = check_sql(query, check, &query->origin);
    query->result = validation_add(
        validation, rules,
        (RuleResult){.rule = KEY_CHECK, .subject = file->name, .limit = "0", .outcome = RULE_FAILED});
    query->answer = on_rows;
    query->refused = on_refusal;
    return STATUS_OK;
}

Status validation_ask_checks(Validation *validation, Errors *errors)
{
    const Run *run = validation->run;
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        const PlanView *view = run->plan->views[i];
        ViewRules rules = config_rules_for(run, run->config, view->name);
        for (size_t k = 0; validation_judges(run, i) && k < view->check_count; k++)
            if (ask(validation, i, &rules, view->checks[k].file, errors) != STATUS_OK)
                return STATUS_FAILED;
    }
    return STATUS_OK;
}
