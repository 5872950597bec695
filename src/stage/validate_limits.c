/*
 * validate_limits.c: rows and sums of the new generation against the live one.
 */
#include <inttypes.h>
#include <string.h>

#include "matswap/memory.h"
#include "pg_sql.h"
#include "validate_internal.h"

typedef struct Judgement
{
    bool within, shrunk_within, grown_within;
    const char *difference;
} Judgement;

/* Decimal arithmetic is the server's: numeric is exact. */
static Status judge(Run *run, const char *before, const char *after, const char *percent, Judgement *ret_judgement,
                    Errors *errors)
{
    const char *parameters[] = {before, after, percent};
    PgRows *rows;
    if (pg_query(run, run->control, &rows, errors, SQL_VALIDATE_JUDGE, 3, parameters) != STATUS_OK)
        return STATUS_FAILED;
    *ret_judgement = (Judgement){pg_boolean(rows, 0, "within"), pg_boolean(rows, 0, "shrunk_within"),
                                 pg_boolean(rows, 0, "grown_within"), mem_strdup(run, pg_value(rows, 0, "difference"))};
    talloc_free(rows);
    return STATUS_OK;
}

static Status compare(Validation *validation, const ViewRules *rules, const char *what, ViewKey key, Percent limit,
                      const char *before, const char *after, Errors *errors)
{
    Run *run = validation->run;
    RuleResult result = {.rule = key,
                         .subject = what,
                         .before = before,
                         .after = after,
                         .limit = limit.set ? mem_printf(run, "%s%%", limit.number) : NULL,
                         .outcome = limit.set ? RULE_PASSED : RULE_RECORDED};
    if (before != NULL && after != NULL)
    {
        Judgement judgement;
        if (judge(run, before, after, limit.number, &judgement, errors) != STATUS_OK)
            return STATUS_FAILED;
        result.difference = judgement.difference;
        if ((key == KEY_TOLERANCE && !judgement.within) || (key == KEY_MAX_SHRINK && !judgement.shrunk_within) ||
            (key == KEY_MAX_GROWTH && !judgement.grown_within))
            result.outcome = RULE_FAILED;
    }
    else if (key == KEY_TOLERANCE && before != NULL)
        result.outcome = RULE_FAILED; /* a sum that was there has become NULL */
    validation_add(validation, rules, result);
    return STATUS_OK;
}

static Status judge_rows(Validation *validation, const ViewRules *rules, const char *before, const JournalView *record,
                         Errors *errors)
{
    static const Percent none = {false, NULL};
    const struct
    {
        ViewKey key;
        Percent limit;
    } limits[] = {{KEY_TOLERANCE, rules->tolerance}, {KEY_MAX_SHRINK, rules->max_shrink}, {KEY_MAX_GROWTH, rules->max_growth}};
    char *after = mem_printf(validation->run, "%" PRId64, record->rows);
    bool limited = false;
    if (view_rules_have(rules, KEY_MIN_ROWS))
        validation_add(validation, rules,
                       (RuleResult){.rule = KEY_MIN_ROWS,
                                    .subject = "rows",
                                    .before = before,
                                    .after = after,
                                    .limit = mem_printf(validation->run, "%" PRId64, rules->min_rows),
                                    .outcome = record->rows >= rules->min_rows ? RULE_PASSED : RULE_FAILED});
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
    {
        if (!limits[i].limit.set)
            continue;
        limited = true;
        if (compare(validation, rules, "rows", limits[i].key, limits[i].limit, before, after, errors) != STATUS_OK)
            return STATUS_FAILED;
    }
    return limited ? STATUS_OK : compare(validation, rules, "rows", KEY_SUMS, none, before, after, errors);
}

/* The value of `column` in a totals object; NULL if it is null or missing. */
static Status total_of(Run *run, const char *totals, const char *column, const char **ret_total, Errors *errors)
{
    PgRows *rows;
    *ret_total = NULL;
    if (totals == NULL)
        return STATUS_OK;
    if (pg_query(run, run->control, &rows, errors, SQL_VALIDATE_TOTALS, 1, &totals) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
        if (strcmp(pg_text(rows, i, "name"), column) == 0)
            *ret_total = mem_strdup(run, pg_value(rows, i, "total"));
    talloc_free(rows);
    return STATUS_OK;
}

static Status judge_sums(Validation *validation, const ViewRules *rules, const char *live_totals,
                         const JournalView *record, Errors *errors)
{
    for (size_t i = 0; i < rules->sums.count; i++)
    {
        const char *before;
        const char *after;
        char *what = mem_printf(validation->run, "sum(%s)", name_quote(validation->run, rules->sums.names[i]));
        if (total_of(validation->run, live_totals, rules->sums.names[i], &before, errors) != STATUS_OK ||
            total_of(validation->run, record->totals, rules->sums.names[i], &after, errors) != STATUS_OK ||
            compare(validation, rules, what, rules->tolerance.set ? KEY_TOLERANCE : KEY_SUMS, rules->tolerance, before, after,
                    errors) != STATUS_OK)
            return STATUS_FAILED;
    }
    return STATUS_OK;
}

Status validation_judge_limits(Validation *validation, Errors *errors)
{
    Run *run = validation->run;
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        const JournalView *record = &run->record->views[i];
        if (record->rows < 0)
            continue; /* an ordinary view holds no rows of its own */
        ViewRules rules = config_rules_for(run, run->config, run->plan->views[i]->name);
        const LiveTotals *live = &validation->live[i];
        if (judge_rows(validation, &rules, live->rows, record, errors) != STATUS_OK ||
            judge_sums(validation, &rules, live->totals, record, errors) != STATUS_OK)
            return STATUS_FAILED;
    }
    return STATUS_OK;
}
