/* --accept RULE@VIEW --reason TEXT: from the command line to what the validation compares its results with. */
#include "accept.h"

#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"

/* ---- the option by itself ----------------------------------------------------------------------------------- */

static void complain_form(const char *value, Errors *errors)
{
    error_remedy(errors_add(errors, ERROR_USAGE, "--accept=%s does not name a rule of a view", value),
                 "write RULE@VIEW, as max_shrink@public.donations, tolerance(amount)@public.donations");
}

static void complain_rule(const char *word, Errors *errors)
{
    const char *words[VIEW_KEY_COUNT + 1] = {NULL};
    size_t count = 0;
    for (ViewKey key = 0; key < VIEW_KEY_COUNT; key++)
        if (view_key_is_rule(key))
            words[count++] = view_key_word(key);
    const char *nearest = text_nearest(word, words);
    Error *error = errors_add(errors, ERROR_USAGE, "--accept: there is no rule %s", word);
    if (nearest != NULL)
        error_remedy(error, "did you mean %s?", nearest);
    else
        error_remedy(error, "write it as in the configuration and in the validation table, like max_shrink");
}

/* The parenthesis that ends a subject is followed by the @; both may stand in a quoted name before it. */
static const char *end_of_subject(const char *text)
{
    bool quoted = false;
    for (; *text != '\0'; text++)
    {
        if (*text == '"')
            quoted = !quoted;
        else if (!quoted && text[0] == ')' && text[1] == '@')
            return text;
    }
    return NULL;
}

void accept_read(CliOptions *options, const char *value, Errors *errors)
{
    options->accept_given++;
    Acceptance acceptance = {.written = mem_strdup(options->context, value)};
    size_t length = strcspn(value, "(@");
    const char *word = mem_strndup(options->context, value, length);
    const char *at = value + length;
    if (*at == '(')
    {
        const char *end = end_of_subject(at);
        if (end != NULL)
            acceptance.subject = mem_strndup(options->context, at + 1, (size_t) (end - at - 1));
        at = end == NULL ? "" : end + 1;
    }
    if (*at != '@' || at[1] == '\0' || length == 0)
    {
        complain_form(value, errors);
        return;
    }
    acceptance.view = mem_strdup(options->context, at + 1);
    acceptance.rule = 0;
    while (acceptance.rule < VIEW_KEY_COUNT &&
           (!view_key_is_rule(acceptance.rule) || strcmp(view_key_word(acceptance.rule), word) != 0))
        acceptance.rule++;
    if (acceptance.rule == VIEW_KEY_COUNT)
        complain_rule(word, errors);
    else
        MEM_PUSH(options->context, options->run.accept, options->run.accept_count, acceptance);
}

void accept_read_reason(CliOptions *options, const char *value, Errors *errors)
{
    if (value[strspn(value, " \t\n")] == '\0')
        error_remedy(errors_add(errors, ERROR_USAGE, "--reason has an empty value"),
                     "say why the failure is accepted: it is kept with the generation");
    MEM_PUSH(options->context, options->reasons, options->reason_count, mem_strdup(options->context, value));
}

void accept_pair(CliOptions *options, Errors *errors)
{
    if (options->accept_given == 0 && options->reason_count > 0)
        error_remedy(errors_add(errors, ERROR_USAGE, "--reason is given without --accept"),
                     "write --accept RULE@VIEW --reason TEXT");
    else if (options->accept_given > 0 && options->reason_count == 0)
        error_remedy(errors_add(errors, ERROR_USAGE, "--accept is given without --reason"),
                     "add --reason TEXT: it is kept with the generation");
    else if (options->reason_count > 1 && options->reason_count != options->accept_given)
        error_remedy(errors_add(errors, ERROR_USAGE, "there are %zu --reason for %zu --accept", options->reason_count,
                                options->accept_given),
                     "give one for all, or one for each, in the same order");
    else if (options->run.accept_count == options->accept_given)
        for (size_t i = 0; i < options->run.accept_count; i++)
            options->run.accept[i].reason = options->reasons[options->reason_count > 1 ? i : 0];
}

/* ---- with the set ------------------------------------------------------------------------------------------- */

/* What applies where another key is given, and judges without a word of its own. */
static bool view_has(const ViewRules *rules, ViewKey rule)
{
    bool implied = rule == KEY_MAX_FUTURE || rule == KEY_LATE_DATA;
    return view_rules_have(rules, rule) || (implied && view_rules_have(rules, KEY_EVENT_TIME));
}

static void complain_missing_rule(const Acceptance *acceptance, const ViewRules *rules, Errors *errors)
{
    Text *words = text_new(errors);
    for (ViewKey key = 0; key < VIEW_KEY_COUNT; key++)
        if (view_key_is_rule(key) && view_has(rules, key))
            text_addf(words, "%s%s", words->length > 0 ? ", " : "", view_key_word(key));
    Error *error = errors_add(errors, ERROR_USAGE, "--accept: view %s has no rule %s", rules->view,
                              view_key_word(acceptance->rule));
    if (words->length > 0)
        error_remedy(error, "it has %s", words->data);
    else
        error_remedy(error, "it has none");
    talloc_free(words);
}

/* What the rule can speak of in this view, where the configuration says so by name; NULL: only the data will tell. */
static const char **subjects_of(const void *context, const ViewRules *rules, ViewKey rule)
{
    const char **subjects = NULL;
    size_t count = 0;
    const ColumnNames *columns = rule == KEY_TOLERANCE ? &rules->sums : rule == KEY_NOT_NULL ? &rules->not_null : NULL;
    if (rule == KEY_TOLERANCE)
        MEM_PUSH(context, subjects, count, "rows");
    for (size_t i = 0; columns != NULL && i < columns->count; i++)
        MEM_PUSH(context, subjects, count, name_quote(context, columns->names[i]));
    for (size_t i = 0; rule == KEY_CHECK && i < rules->check.count; i++)
        MEM_PUSH(context, subjects, count, rules->check.files[i].name);
    if (subjects != NULL)
        MEM_PUSH(context, subjects, count, NULL);
    return subjects;
}

static void check_subject(const Acceptance *acceptance, const ViewRules *rules, Errors *errors)
{
    const char **subjects = subjects_of(errors, rules, acceptance->rule);
    if (acceptance->subject == NULL || subjects == NULL)
        return;
    for (size_t i = 0; subjects[i] != NULL; i++)
        if (acceptance_is_about(acceptance, subjects[i]))
            return;
    const char *nearest = text_nearest(acceptance->subject, subjects);
    const char *word = view_key_word(acceptance->rule);
    Error *error = errors_add(errors, ERROR_USAGE, "--accept: %s of view %s is not about %s", word, rules->view,
                              acceptance->subject);
    if (nearest != NULL)
        error_remedy(error, "did you mean %s(%s)@%s?", word, nearest, rules->view);
    else
        error_remedy(error, "%s@%s accepts all that it is about", word, rules->view);
}

static void resolve(const Plan *plan, Acceptance *acceptance, Errors *errors)
{
    const PlanView *view = plan_find_named(plan, acceptance->view);
    if (view == NULL)
    {
        plan_suggest(plan, acceptance->view,
                     errors_add(errors, ERROR_USAGE, "--accept: the set has no view %s", acceptance->view));
        return;
    }
    ViewRules rules = config_rules_for(errors, plan->config, view->name);
    acceptance->name = view->name;
    if (!view->rebuilt)
        error_remedy(errors_add(errors, ERROR_USAGE, "--accept: view %s is not rebuilt by this run", rules.view),
                     "leave it out, or add the view to --only");
    else if (!view_has(&rules, acceptance->rule))
        complain_missing_rule(acceptance, &rules, errors);
    else
        check_subject(acceptance, &rules, errors);
}

Status accept_resolve(const CliOptions *options, const Plan *plan, Errors *errors)
{
    size_t before = errors->count;
    for (size_t i = 0; i < options->run.accept_count; i++)
        resolve(plan, &options->run.accept[i], errors);
    return errors_since(errors, before);
}
