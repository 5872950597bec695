#include "matswap/memory.h"
#include "matswap/report.h"
#include "table.h"

static const char *judgement(const RuleResult *result)
{
    if (!result->passed)
        return "REJECTED";
    return result->limit == NULL ? "recorded" : "ok";
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
        *cell++ = results[i].rule;
        *cell++ = results[i].before;
        *cell++ = results[i].after;
        *cell++ = results[i].difference;
        *cell++ = results[i].limit;
        *cell++ = judgement(&results[i]);
    }
    table_print(out, columns, COLUMNS, cells, count);
    talloc_free(context);
}
