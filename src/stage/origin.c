/* origin.c: where a statement of ours that holds a text of somebody's own has its lines. */
#include <string.h>

#include "stage_internal.h"

PgOrigin origin_within(const char *sql, const SqlQuery *query, const char *path)
{
    PgOrigin origin = {.file = path, .line = query->line};
    for (const char *at = strstr(sql, query->text); at > sql; at--)
        origin.line -= at[-1] == '\n';
    return origin;
}
