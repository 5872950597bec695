#include "matswap/stage.h"

#include "carry_internal.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"

static void carry_one_index(Run *run, const CarryPair *pair, const PgRows *rows, size_t row, Errors *errors)
{
    void *scratch = mem_context(run);
    Name name = {pg_text(rows, row, "schema"), pg_text(rows, row, "name")};
    const char *what = mem_printf(scratch, "index %s", name_qualified(scratch, name));
    const char *sql = NULL;
    if (!carry_is_lost(run, pair, rows, row, what))
        sql = carry_definition(run, pg_text(rows, row, "definition"), what, errors);
    if (sql != NULL)
        recipe_add_carried(run, &pair->recipe->indexes, &pair->recipe->index_count, pair->view, sql)->tablespace =
            mem_strdup(run->recipes, pg_text(rows, row, "tablespace"));
    talloc_free(scratch);
}

/* Does a file make an index of that name?  Then it has been made where the live one is, unless the file says where. */
static bool is_placed(const PlanView *view, const char *index)
{
    for (size_t i = 0; i < view->statement_count; i++)
        if (view->statements[i].phase == SQL_INDEX && text_equal(view->statements[i].source->object, index))
            return true;
    return false;
}

static void carry_one(Run *run, const CarryPair *pair, const PgRows *rows, size_t row, Errors *errors)
{
    Recipe *recipe = pair->recipe;
    const char *attribute = pg_value(rows, row, "attribute");
    bool moves = pg_value(rows, row, "tablespace") != NULL;
    if (attribute == NULL)
        carry_one_index(run, pair, rows, row, errors);
    else if (!moves || !is_placed(pair->view, pg_text(rows, row, "name")))
        recipe_add_carried(run, &recipe->index_attributes, &recipe->index_attribute_count, pair->view, attribute);
}

Status carry_indexes(Run *run, const CarryPair *pairs, size_t count, Errors *errors)
{
    void *scratch = mem_context(run);
    CarryArrays arrays = carry_arrays(scratch, pairs, count);
    size_t before = errors->count;
    PgRows *rows;
    if (pg_query(scratch, run->control, &rows, errors, SQL_CARRY_INDEXES, 3, arrays.values) == STATUS_OK)
        for (size_t i = 0; i < pg_row_count(rows); i++)
            carry_one(run, &pairs[pg_integer(rows, i, "n") - 1], rows, i, errors);
    talloc_free(scratch);
    return errors_since(errors, before);
}
