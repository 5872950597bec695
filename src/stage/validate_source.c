/*
 * validate_source.c: the new generation against its sources, which source_total has asked in the transaction that filled
 * the view: of the same snapshot, and over postgres_fdw of the same remote one.
 */
#include "matswap/memory.h"
#include "validate_internal.h"

typedef struct Subject
{
    Validation *validation;
    Run *run;
    size_t position;
    ViewRules rules;
} Subject;

static const char *value_of(const Subject *subject, const char *section, const char *name)
{
    return validation_new_value(subject->validation, subject->position, section, name);
}

static void compare(const Subject *subject, RuleResult result, Limit limit)
{
    result.rule = KEY_SOURCE_TOTAL;
    limit.percent = subject->rules.source_tolerance;
    if (result.before != NULL && result.after != NULL)
    {
        validation_compare(subject->validation, &subject->rules, result, limit);
        return;
    }
    result.limit = limit.percent.set ? mem_printf(subject->run, "%s%%", limit.percent.number) : "0%";
    result.outcome = result.before == result.after ? RULE_PASSED : RULE_FAILED; /* sums of no rows are NULL on both sides */
    validation_add(subject->validation, &subject->rules, result);
}

static void compare_sum(const Subject *subject, const char *column)
{
    Limit limit = {.is_float = value_of(subject, "source_floats", column) != NULL,
                   .explanation = validation_extremes(subject->validation, subject->position, column)};
    compare(subject,
            (RuleResult){.subject = mem_printf(subject->run, "sum(%s) of the source", name_quote(subject->run, column)),
                         .before = value_of(subject, "source", column),
                         .after = value_of(subject, "sums", column)},
            limit);
}

static void compare_rows(const Subject *subject, const char *name)
{
    compare(subject,
            (RuleResult){.subject = "rows of the source",
                         .before = value_of(subject, "source_rows", name),
                         .after = mem_printf(subject->run, "%lld",
                                             (long long) subject->run->record->views[subject->position].rows)},
            (Limit){0});
}

/* It did not give what can be compared. */
static void fail(const Subject *subject, RuleOutcome outcome, const char *detail)
{
    validation_add(subject->validation, &subject->rules,
                   (RuleResult){.rule = KEY_SOURCE_TOTAL, .subject = "source", .outcome = outcome, .detail = detail});
}

static void judge(const Subject *subject)
{
    const char *const *names;
    const char *answered = value_of(subject, "source_answer", "rows");
    size_t sums = validation_new_names(subject->validation, subject->position, "source", &names);
    for (size_t i = 0; i < sums; i++)
        compare_sum(subject, names[i]);
    size_t rows = validation_new_names(subject->validation, subject->position, "source_rows", &names);
    for (size_t i = 0; i < rows; i++)
        compare_rows(subject, names[i]);
    if (answered != NULL)
        fail(subject, RULE_FAILED, mem_printf(subject->run, "the query gave %s rows, not one", answered));
    else if (sums + rows == 0)
        fail(subject, RULE_NOT_JUDGED, "it was not asked when the view was built");
}

void validation_judge_sources(Validation *validation)
{
    Run *run = validation->run;
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        Subject subject = {validation, run, i, config_rules_for(run, run->config, run->plan->views[i]->name)};
        if (validation_judges(run, i) && run->record->views[i].rows >= 0 &&
            view_rules_have(&subject.rules, KEY_SOURCE_TOTAL))
            judge(&subject);
    }
}
