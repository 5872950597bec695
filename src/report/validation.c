#include <string.h>

#include "line.h"
#include "matswap/memory.h"
#include "matswap/report.h"
#include "table.h"

char *report_rule(const void *context, const RuleResult *result)
{
    if (!view_key_is_rule(result->rule))
        return mem_strdup(context, result->subject);
    return mem_printf(context, "%s: %s", result->subject, view_key_word(result->rule));
}

static bool has_lines(const char *detail)
{
    return strchr(detail, '\n') != NULL;
}

static const char *judgement(const void *context, const RuleResult *result)
{
    static const char *const words[RULE_OUTCOME_COUNT] = {
        [RULE_RECORDED] = "recorded", [RULE_PASSED] = "ok", [RULE_NOT_JUDGED] = "not judged"};
    if (result->outcome == RULE_NOT_JUDGED && result->detail != NULL && !has_lines(result->detail))
        return mem_printf(context, "%s: %s", words[result->outcome], result->detail);
    if (result->outcome != RULE_FAILED)
        return words[result->outcome];
    if (rule_rejects(result))
        return "REJECTED";
    return result->accepted != NULL ? "accepted" : "warning";
}

/* One line stays on its own line, several are set below it. */
static void print_text(FILE *out, const char *text)
{
    bool several = has_lines(text);
    fputs(several ? "\n" : " ", out);
    for (const char *line = text; *line != '\0';)
    {
        size_t length = strcspn(line, "\n");
        fprintf(out, "%s%.*s\n", several ? "    " : "", (int) length, line);
        line += length + (line[length] == '\n' ? 1 : 0);
    }
}

/* What is found in a view is shown, and steers nothing. */
static const char *inert(const void *context, const char *found)
{
    Text *text = text_new(context);
    text_add(text, found);
    line_disarm(text);
    return text->data;
}

static void print_details(FILE *out, const RuleResult *results, size_t count)
{
    void *scratch = mem_context(NULL);
    for (size_t i = 0; i < count; i++)
    {
        const RuleResult *result = &results[i];
        char *label = mem_printf(scratch, "%s, %s", name_qualified(scratch, result->view), report_rule(scratch, result));
        if (result->detail != NULL && (result->outcome != RULE_NOT_JUDGED || has_lines(result->detail)))
        {
            fprintf(out, "%s:", inert(scratch, label));
            print_text(out, inert(scratch, result->detail));
        }
        if (result->accepted != NULL)
            fprintf(out, "%s: accepted: %s\n", inert(scratch, label), inert(scratch, result->accepted));
    }
    talloc_free(scratch);
}

void report_validation(FILE *out, const RuleResult *results, size_t count)
{
    static const TableColumn columns[] = {
        {"view", false},      {"rule", false}, {"old", true},        {"new", true},
        {"difference", true}, {"limit", true}, {"judgement", false},
    };
    enum
    {
        COLUMNS = sizeof columns / sizeof columns[0]
    };
    if (count == 0)
        return;
    void *context = mem_context(NULL);
    size_t cell_count = count * COLUMNS;
    const char **cells = mem_array(context, const char *, cell_count);
    const char **cell = cells;
    for (size_t i = 0; i < count; i++)
    {
        *cell++ = name_qualified(context, results[i].view);
        *cell++ = report_rule(context, &results[i]);
        *cell++ = results[i].before;
        *cell++ = results[i].after;
        *cell++ = results[i].difference;
        *cell++ = results[i].limit;
        *cell++ = judgement(context, &results[i]);
    }
    table_print(out, columns, COLUMNS, cells, count);
    print_details(out, results, count);
    talloc_free(context);
}
