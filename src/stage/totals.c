/*
 * totals.c: what one pass over a view finds out.
 */
#include <string.h>

#include "carry_internal.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "stage_internal.h"

/* Elements of ARRAY[…]: keys and values in turn. */
static void add_pair(Text *pairs, const char *key, const char *function, const char *argument)
{
    text_addf(pairs, "%s%s, pg_catalog.%s(%s)::pg_catalog.text", pairs->length > 0 ? ", " : "", name_literal(pairs, key),
              function, argument);
}

/*
 * The sum of a real is one, with six digits, of rows added up in an order that nobody knows; of integers and of numeric it
 * is exact (https://www.postgresql.org/docs/current/functions-aggregate.html).
 */
static void add_sums(Text *sums, const MeasuredColumns *columns)
{
    for (size_t i = 0; i < columns->sum_count; i++)
    {
        char *column = name_quote(sums, columns->sums[i].name);
        const char *widened = columns->sums[i].is_float ? mem_printf(sums, "%s::pg_catalog.float8", column) : column;
        add_pair(sums, columns->sums[i].name, "sum", widened);
    }
}

static void add_nulls(Text *nulls, const MeasuredColumns *columns)
{
    for (size_t i = 0; i < columns->not_null.count; i++)
        text_addf(nulls, "%s%s, (pg_catalog.count(*) - pg_catalog.count(%s))::pg_catalog.text", i > 0 ? ", " : "",
                  name_literal(nulls, columns->not_null.names[i]), name_quote(nulls, columns->not_null.names[i]));
}

/* Whatever DateStyle the run has, JSON's times are ISO 8601 (src/backend/utils/adt/json.c). */
static char *time_text(const void *context, const char *function, const char *column)
{
    return mem_printf(context, "pg_catalog.to_jsonb(pg_catalog.%s(%s)) #>> '{}'", function, name_quote(context, column));
}

static void add_extremes(Text *extremes, const char *function, const MeasuredColumns *columns)
{
    for (size_t i = 0; i < columns->sum_count; i++)
        add_pair(extremes, columns->sums[i].name, function, name_quote(extremes, columns->sums[i].name));
    if (columns->event_time != NULL)
        text_addf(extremes, "%s%s, %s", extremes->length > 0 ? ", " : "", name_literal(extremes, columns->event_time),
                  time_text(extremes, function, columns->event_time));
}

char *totals_sql(const void *context, Name relation, const MeasuredColumns *columns)
{
    void *scratch = mem_context(NULL);
    Text *sums = text_new(scratch);
    Text *nulls = text_new(scratch);
    Text *minimum = text_new(scratch);
    Text *maximum = text_new(scratch);
    add_sums(sums, columns);
    add_nulls(nulls, columns);
    add_extremes(minimum, "min", columns);
    add_extremes(maximum, "max", columns);
    const char *watermark = columns->event_time == NULL ? "NULL" : time_text(scratch, "max", columns->event_time);
    char *sql = PG_SQL(context, SQL_BUILD_TOTALS, {"sums", sums->data}, {"nulls", nulls->data},
                       {"minimum", minimum->data}, {"maximum", maximum->data}, {"watermark", watermark},
                       {"schema", relation.schema}, {"name", relation.name});
    talloc_free(scratch);
    return sql;
}

static bool is_float(const Recipe *recipe, const char *name)
{
    const RecipeColumn *column = recipe_column(recipe, name);
    return column != NULL && column->is_float;
}

MeasuredColumns totals_columns(const void *context, const ViewRules *rules, const Recipe *recipe)
{
    MeasuredColumns columns = {.not_null = rules->not_null, .event_time = rules->event_time};
    for (size_t i = 0; i < rules->sums.count; i++)
    {
        SumColumn column = {rules->sums.names[i], is_float(recipe, rules->sums.names[i])};
        MEM_PUSH(context, columns.sums, columns.sum_count, column);
    }
    for (size_t i = 0; i < recipe->source_total.sums.count; i++)
    {
        const char *name = recipe->source_total.sums.names[i];
        SumColumn column = {name, is_float(recipe, name)};
        MEM_PUSH(context, columns.sums, columns.sum_count, column);
    }
    return columns;
}

/* Both are JSON objects, and no section is in both. */
char *totals_add_source(const void *context, const char *measures, const PgRows *rows)
{
    const char *count = pg_text(rows, 0, "row_count");
    char *answer = strcmp(count, "1") == 0 ? mem_strdup(context, pg_text(rows, 0, "measures"))
                                           : mem_printf(context, "{\"source_answer\": {\"rows\": \"%s\"}}", count);
    return measures == NULL ? answer
                            : mem_printf(context, "%.*s, %s", (int) (strlen(measures) - 1), measures, answer + 1);
}
