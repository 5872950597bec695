/*
 * validate_limits.c: rows, sums and nulls of the new generation, against their limits and against the live one.
 */
#include <inttypes.h>
#include <string.h>

#include "matswap/memory.h"
#include "validate_internal.h"

/* A view of which there is something to judge. */
typedef struct Subject
{
    Validation *validation;
    Run *run;
    size_t position;
    ViewRules rules;
} Subject;

/* Its old value may be missing, or both: the server is asked where there are two. */
static void compare(const Subject *subject, RuleResult result, Limit limit)
{
    if (result.before != NULL && result.after != NULL)
    {
        validation_compare(subject->validation, &subject->rules, result, limit);
        return;
    }
    if (limit.percent.set)
        result.limit = mem_printf(subject->run, "%s%%", limit.percent.number);
    if (!view_key_is_rule(result.rule))
        result.outcome = RULE_RECORDED;
    else if (result.before != NULL)
    {
        result.outcome = RULE_FAILED; /* a sum that was there has become NULL */
        result.detail = limit.explanation;
    }
    else
    {
        result.outcome = RULE_NOT_JUDGED;
        result.detail = subject->validation->live[subject->position].rows == NULL ? "there is no live view"
                                                                                  : "the live view has none";
    }
    validation_add(subject->validation, &subject->rules, result);
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

static void judge_count(const Subject *subject, RuleResult result, ViewKey key, int64_t limit, bool within)
{
    if (!view_rules_have(&subject->rules, key))
        return;
    result.rule = key;
    result.limit = mem_printf(subject->run, "%" PRId64, limit);
    result.outcome = within ? RULE_PASSED : RULE_FAILED;
    validation_add(subject->validation, &subject->rules, result);
}

static void judge_rows(const Subject *subject)
{
    const ViewRules *rules = &subject->rules;
    int64_t rows = subject->run->record->views[subject->position].rows;
    const struct
    {
        ViewKey key;
        Percent limit;
    } limits[] = {{KEY_TOLERANCE, rules->tolerance}, {KEY_MAX_SHRINK, rules->max_shrink}, {KEY_MAX_GROWTH, rules->max_growth}};
    RuleResult result = {.rule = KEY_SUMS,
                         .subject = "rows",
                         .before = subject->validation->live[subject->position].rows,
                         .after = mem_printf(subject->run, "%" PRId64, rows)};
    bool limited = false;
    judge_count(subject, result, KEY_MIN_ROWS, rules->min_rows, rows >= rules->min_rows);
    judge_count(subject, result, KEY_MAX_ROWS, rules->max_rows, rows <= rules->max_rows);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
    {
        if (!limits[i].limit.set)
            continue;
        limited = true;
        result.rule = limits[i].key;
        compare(subject, result, (Limit){.percent = limits[i].limit});
    }
    if (!limited)
        compare(subject, result, (Limit){0});
}

/* ---- columns ------------------------------------------------------------------------------------------------ */

static bool is_float(const MeasuredColumns *columns, const char *name)
{
    for (size_t i = 0; i < columns->sum_count; i++)
        if (strcmp(columns->sums[i].name, name) == 0)
            return columns->sums[i].is_float;
    return false;
}

static const char *extreme(const Validation *validation, size_t position, const char *section, const char *column)
{
    const char *before = validation_live_value(validation, position, section, column);
    const char *after = validation_new_value(validation, position, section, column);
    if (after == NULL)
        after = "none";
    if (before == NULL)
        return mem_printf(validation->run, "%s is %s", section, after);
    if (strcmp(before, after) == 0)
        return mem_printf(validation->run, "%s is %s, as it was", section, after);
    return mem_printf(validation->run, "%s was %s, is %s", section, before, after);
}

/* One value times a million shows there. */
const char *validation_extremes(const Validation *validation, size_t position, const char *column)
{
    return mem_printf(validation->run, "%s; %s", extreme(validation, position, "minimum", column),
                      extreme(validation, position, "maximum", column));
}

static void judge_sum(const Subject *subject, const char *column)
{
    Validation *validation = subject->validation;
    size_t position = subject->position;
    Limit limit = {.percent = subject->rules.tolerance,
                   .is_float = is_float(&validation->live[position].columns, column) ||
                               is_float(&validation->columns[position], column),
                   .explanation = validation_extremes(validation, position, column)};
    compare(subject,
            (RuleResult){.rule = subject->rules.tolerance.set ? KEY_TOLERANCE : KEY_SUMS,
                         .subject = mem_printf(subject->run, "sum(%s)", name_quote(subject->run, column)),
                         .before = validation_live_value(validation, position, "sums", column),
                         .after = validation_new_value(validation, position, "sums", column)},
            limit);
}

static void judge_nulls(const Subject *subject, const char *column)
{
    const char *nulls = validation_new_value(subject->validation, subject->position, "nulls", column);
    RuleResult result = {.rule = KEY_NOT_NULL,
                         .subject = name_quote(subject->run, column),
                         .before = validation_live_value(subject->validation, subject->position, "nulls", column),
                         .after = nulls,
                         .limit = "0",
                         .outcome = RULE_NOT_JUDGED};
    if (nulls == NULL)
        result.detail = "they were not counted when the view was built";
    else
        result.outcome = strcmp(nulls, "0") == 0 ? RULE_PASSED : RULE_FAILED;
    validation_add(subject->validation, &subject->rules, result);
}

void validation_judge_limits(Validation *validation)
{
    Run *run = validation->run;
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        if (!validation_judges(run, i) || run->record->views[i].rows < 0)
            continue; /* an ordinary view holds no rows of its own */
        Subject subject = {validation, run, i, config_rules_for(run, run->config, run->plan->views[i]->name)};
        judge_rows(&subject);
        for (size_t k = 0; k < subject.rules.sums.count; k++)
            judge_sum(&subject, subject.rules.sums.names[k]);
        for (size_t k = 0; k < subject.rules.not_null.count; k++)
            judge_nulls(&subject, subject.rules.not_null.names[k]);
    }
}
