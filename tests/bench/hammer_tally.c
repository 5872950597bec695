/*
 * What a connection, or all of them together, have seen.
 */
#include "hammer.h"

#include <stdarg.h>
#include <string.h>

void tally_find(Tally *tally, const char *format, ...)
{
    if (tally->finding[0] != '\0')
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(tally->finding, sizeof tally->finding, format, arguments);
    va_end(arguments);
}

static void count_sqlstate(Tally *tally, const char *code, uint64_t count)
{
    size_t i = 0;
    while (i < HAMMER_SQLSTATES - 1 && tally->sqlstates[i].count > 0 && strcmp(tally->sqlstates[i].code, code) != 0)
        i++;
    snprintf(tally->sqlstates[i].code, sizeof tally->sqlstates[i].code, "%s", i == HAMMER_SQLSTATES - 1 ? "other" : code);
    tally->sqlstates[i].count += count;
}

void tally_error(Tally *tally, const char *sqlstate, const char *what, const char *message)
{
    /* without a SQLSTATE it is libpq that speaks, of the connection */
    const char *code = sqlstate != NULL ? sqlstate : "08006";
    tally->errors++;
    count_sqlstate(tally, code, 1);
    tally_find(tally, "%s: %s: %s", code, what, message);
}

void tally_merge(Tally *into, const Tally *from)
{
    into->transactions += from->transactions;
    into->blends += from->blends;
    into->empties += from->empties;
    into->backward += from->backward;
    into->errors += from->errors;
    for (size_t i = 0; i < HAMMER_SQLSTATES; i++)
        if (from->sqlstates[i].count > 0)
            count_sqlstate(into, from->sqlstates[i].code, from->sqlstates[i].count);
    if (from->newest != 0 && (into->oldest == 0 || from->oldest < into->oldest))
        into->oldest = from->oldest;
    if (from->newest > into->newest)
        into->newest = from->newest;
    histogram_merge(&into->all, &from->all);
    histogram_merge(&into->prompt, &from->prompt);
    histogram_merge(&into->statement, &from->statement);
    if (from->finding[0] != '\0')
        tally_find(into, "%s", from->finding);
}

bool tally_is_clean(const Tally *tally)
{
    return tally->blends == 0 && tally->empties == 0 && tally->backward == 0 && tally->errors == 0;
}
