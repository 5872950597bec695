/*
 * validate_accept.c: failures of rules that somebody accepts beforehand, by --accept RULE@VIEW --reason TEXT.
 *
 * A rule that speaks of several things (sums, keys, files) can be accepted as a whole, or one of them by its subject:
 * tolerance(amount), check(no_gaps).
 */
#include <ctype.h>
#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"
#include "validate_internal.h"

/* "sum(amount) of the source" → "amount", "\"order\", b" → "order,b": as people type it, and may do it differently. */
static char *plain_subject(const void *context, const char *subject)
{
    static const char suffix[] = " of the source"; /* validate_source.c */
    size_t length = strlen(subject);
    if (length >= sizeof suffix && strcmp(subject + length - (sizeof suffix - 1), suffix) == 0)
        length -= sizeof suffix - 1;
    size_t prefix = strncmp(subject, "sum(", strlen("sum(")) == 0 ? strlen("sum(") : subject[0] == '(' ? 1 : 0;
    Text *plain = text_new(context);
    if (prefix > 0 && subject[length - 1] == ')')
    {
        subject += prefix;
        length -= prefix + 1;
    }
    for (size_t i = 0; i < length; i++)
        if (!isspace((unsigned char) subject[i]) && subject[i] != '"')
            text_add_bytes(plain, &subject[i], 1);
    return plain->data;
}

bool acceptance_is_about(const Acceptance *acceptance, const char *subject)
{
    void *scratch = mem_context(NULL);
    bool about = acceptance->subject == NULL || text_equal(plain_subject(scratch, acceptance->subject),
                                                           plain_subject(scratch, subject == NULL ? "" : subject));
    talloc_free(scratch);
    return about;
}

/* Where a rule speaks of one thing only, its subject needs no mention. */
static bool has_many_subjects(ViewKey rule)
{
    return rule == KEY_TOLERANCE || rule == KEY_UNIQUE || rule == KEY_NOT_NULL || rule == KEY_CHECK ||
           rule == KEY_SOURCE_TOTAL;
}

char *acceptance_option(const void *context, const RuleResult *result)
{
    void *scratch = mem_context(NULL);
    const char *subject = result->subject != NULL && has_many_subjects(result->rule)
                              ? mem_printf(scratch, "(%s)", plain_subject(scratch, result->subject))
                              : "";
    char *word = mem_printf(scratch, "%s%s@%s", view_key_word(result->rule), subject,
                            name_qualified(scratch, result->view));
    char *option = mem_printf(context, "--accept %s --reason '…'", text_shell_word(scratch, word));
    talloc_free(scratch);
    return option;
}

static void accept_result(Run *run, RuleResult *result)
{
    for (size_t i = 0; i < run->options.accept_count && rule_rejects(result); i++)
    {
        Acceptance *acceptance = &run->options.accept[i];
        if (acceptance->rule != result->rule || !name_equal(acceptance->name, result->view) ||
            !acceptance_is_about(acceptance, result->subject))
            continue;
        acceptance->needed = true;
        result->accepted = acceptance->reason;
    }
}

static void say_accepted(const Run *run, const RuleResult *result)
{
    void *scratch = mem_context(NULL);
    report_warning(run->report, "%s, %s, is broken, and accepted: %s", name_qualified(scratch, result->view),
                   report_rule(scratch, result), result->accepted);
    talloc_free(scratch);
}

void validation_accept(Run *run)
{
    for (size_t i = 0; i < run->options.accept_count; i++)
        run->options.accept[i].needed = false;
    for (size_t i = 0; i < run->result_count; i++)
    {
        accept_result(run, &run->results[i]);
        if (run->results[i].accepted != NULL)
            say_accepted(run, &run->results[i]);
    }
    for (size_t i = 0; i < run->options.accept_count; i++)
        if (!run->options.accept[i].needed)
            report_warning(run->report, "--accept %s was not needed: the new generation does not break that rule",
                           run->options.accept[i].written);
}
