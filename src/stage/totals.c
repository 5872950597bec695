#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "stage_internal.h"

char *totals_sql(const void *context, Name relation, ColumnNames sums)
{
    Text *pairs = text_new(context);
    for (size_t i = 0; i < sums.count; i++)
    {
        char *label = name_literal(pairs, sums.names[i]);
        char *column = name_quote(pairs, sums.names[i]);
        text_addf(pairs, "%s%s, pg_catalog.sum(%s)::pg_catalog.text", i > 0 ? ", " : "", label, column);
    }
    char *sql = PG_SQL(context, SQL_BUILD_TOTALS, {"sums", pairs->data}, {"schema", relation.schema},
                       {"name", relation.name});
    talloc_free(pairs);
    return sql;
}
