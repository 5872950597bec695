#include "matswap/stage.h"

#include "carry_internal.h"
#include "matswap/memory.h"
#include "pg_sql.h"

static void carry_one_index(Run *run, const CarryPair *pair, const PgRows *rows, size_t row, Errors *errors)
{
    void *scratch = mem_context(run);
    Name name = {pg_text(rows, row, "schema"), pg_text(rows, row, "name")};
    const char *what = mem_printf(scratch, "index %s", name_qualified(scratch, name));
    char *sql;
    if (!carry_is_impossible(run, pair, rows, row, what) &&
        sql_rewrite_definition(scratch, pg_text(rows, row, "definition"), what, plan_generation(run->plan), &sql,
                               errors) == STATUS_OK)
        recipe_add_carried(run, &pair->recipe->indexes, &pair->recipe->index_count, pair->view, sql);
    talloc_free(scratch);
}

Status carry_indexes(Run *run, const CarryPair *pairs, size_t count, Errors *errors)
{
    void *scratch = mem_context(run);
    CarryArrays arrays = carry_arrays(scratch, pairs, count);
    size_t before = errors->count;
    PgRows *rows;
    if (pg_query(scratch, run->control, &rows, errors, SQL_CARRY_INDEXES, 3, arrays.values) == STATUS_OK)
        for (size_t i = 0; i < pg_row_count(rows); i++)
        {
            const CarryPair *pair = &pairs[pg_integer(rows, i, "n") - 1];
            Recipe *recipe = pair->recipe;
            const char *attribute = pg_value(rows, i, "attribute");
            if (attribute != NULL)
                recipe_add_carried(run, &recipe->index_attributes, &recipe->index_attribute_count, pair->view,
                                   attribute);
            else
                carry_one_index(run, pair, rows, i, errors);
        }
    talloc_free(scratch);
    return errors_since(errors, before);
}
