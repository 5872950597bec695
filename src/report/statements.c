#include <string.h>

#include "matswap/memory.h"
#include "matswap/report.h"
#include "matswap/text.h"

/* What others refer to comes first: a schema is made before privileges on it are granted. */
static bool makes_something(const char *statement)
{
    return strncmp(statement, "CREATE ", sizeof "CREATE " - 1) == 0;
}

static bool has_statement(const char *const *statements, size_t count, const char *statement)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(statements[i], statement) == 0)
            return true;
    return false;
}

static const char **collect_statements(const void *context, const Errors *errors, size_t *ret_count)
{
    const char **statements = NULL;
    *ret_count = 0;
    for (int making = 1; making >= 0; making--)
        for (size_t i = 0; i < errors->count; i++)
            for (size_t k = 0; k < errors->items[i]->statement_count; k++)
            {
                const char *statement = errors->items[i]->statements[k];
                if (makes_something(statement) == (making == 1) &&
                    !has_statement(statements, *ret_count, statement))
                    MEM_PUSH(context, statements, *ret_count, statement);
            }
    return statements;
}

void report_statements(FILE *out, const Errors *errors)
{
    size_t count;
    void *scratch = mem_context(NULL);
    const char **statements = collect_statements(scratch, errors, &count);
    if (count > 0)
        fputs("-- run this in the set's database as a superuser, then `matswap check` again:\n", out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s;\n", statements[i]);
    talloc_free(scratch);
}
