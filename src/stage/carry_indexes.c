#include "matswap/stage.h"

#include <string.h>

#include "carry_internal.h"
#include "matswap/memory.h"
#include "pg_sql.h"

/* Why the new relation can't have the index, for the report; NULL: it can. */
static char *find_obstacle(const void *context, const PgRows *rows, size_t row)
{
    if (!pg_boolean(rows, row, "possible"))
        return mem_strdup(context, "it becomes an ordinary view");
    const char *missing = pg_value(rows, row, "missing");
    return missing == NULL ? NULL : mem_printf(context, "the new query has no column %s", missing);
}

static Status carry_one_index(Run *run, const CarryPair *pair, const PgRows *rows, size_t row, Errors *errors)
{
    void *scratch = mem_context(run);
    Name name = {pg_text(rows, row, "schema"), pg_text(rows, row, "name")};
    const char *what = mem_printf(scratch, "index %s", name_qualified(scratch, name));
    const char *obstacle = find_obstacle(scratch, rows, row);
    Status status = STATUS_OK;
    if (obstacle != NULL)
    {
        if (run->report != NULL)
            report_warning(run->report, "%s of %s is not carried over: %s", what, view_label(scratch, pair->view),
                           obstacle);
        talloc_free(scratch);
        return status;
    }
    char *sql;
    status = sql_rewrite_definition(scratch, pg_text(rows, row, "definition"), what, plan_generation(run->plan), &sql,
                                    errors);
    if (status == STATUS_OK)
        recipe_add_carried(run, &pair->recipe->indexes, &pair->recipe->index_count, pair->view, sql);
    talloc_free(scratch);
    return status;
}

Status carry_indexes(Run *run, const CarryPair *pairs, size_t count, Errors *errors)
{
    void *scratch = mem_context(run);
    CarryArrays arrays = carry_arrays(scratch, pairs, count);
    size_t before = errors->count;
    PgRows *rows;
    if (pg_query(scratch, run->control, &rows, errors, SQL_CARRY_INDEXES, 2, arrays.values) == STATUS_OK)
        for (size_t i = 0; i < pg_row_count(rows); i++)
        {
            const CarryPair *pair = &pairs[pg_integer(rows, i, "n") - 1];
            Recipe *recipe = pair->recipe;
            const char *attribute = pg_value(rows, i, "attribute");
            if (attribute != NULL)
                recipe_add_carried(run, &recipe->index_attributes, &recipe->index_attribute_count, pair->view,
                                   attribute);
            else if (carry_one_index(run, pair, rows, i, errors) != STATUS_OK)
                continue; /* all of them in one go */
        }
    talloc_free(scratch);
    return errors_since(errors, before);
}
