#include "carry_internal.h"

#include "array.h"
#include "matswap/memory.h"
#include "matswap/name.h"
#include "pg_sql.h"

CarryArrays carry_arrays(const void *context, const CarryPair *pairs, size_t count)
{
    uint32_t *new_oids = mem_array(context, uint32_t, count);
    uint32_t *live_oids = mem_array(context, uint32_t, count);
    const char **schemas = mem_array(context, const char *, count);
    for (size_t i = 0; i < count; i++)
    {
        new_oids[i] = pairs[i].new_oid;
        live_oids[i] = pairs[i].live_oid;
        schemas[i] = pairs[i].view->schema->live;
    }
    return (CarryArrays){{array_of_oids(context, new_oids, count), array_of_oids(context, live_oids, count),
                          array_of_texts(context, schemas, count)}};
}

static void add_statement(Run *run, RecipeStatement **list, size_t *count, const char *sql, PgOrigin origin)
{
    RecipeStatement statement = {mem_strdup(run->recipes, sql), origin};
    MEM_PUSH(run->recipes, *list, *count, statement);
}

void recipe_add_carried(Run *run, RecipeStatement **list, size_t *count, const PlanView *view, const char *sql)
{
    add_statement(run, list, count, sql, (PgOrigin){NULL, 0, view_label(run->recipes, view)});
}

void recipe_add_stated(Run *run, RecipeStatement **list, size_t *count, const PlanStatement *statement)
{
    const SqlStatement *source = statement->source;
    PgOrigin origin = {source->file->path, source->line, name_qualified(run->recipes, source->view)};
    add_statement(run, list, count, statement->sql, origin);
}

char *recipe_role_sql(const void *context, const char *role)
{
    if (role == NULL)
        return mem_strdup(context, SQL_REHEARSE_RESET_ROLE);
    return PG_SQL(context, SQL_REHEARSE_ROLE, {"role", role});
}

char *view_label(const void *context, const PlanView *view)
{
    return name_qualified(context, view->name);
}

bool carry_is_impossible(Run *run, const CarryPair *pair, const PgRows *rows, size_t row, const char *what)
{
    const char *missing = pg_value(rows, row, "missing");
    bool possible = pg_boolean(rows, row, "possible");
    if (possible && missing == NULL)
        return false;
    if (run->report == NULL)
        return true;
    char *view = view_label(run, pair->view);
    if (possible)
        report_warning(run->report, "%s of %s is not carried over: the new query has no column %s", what, view,
                       missing);
    else
        report_warning(run->report, "%s of %s is not carried over: the view becomes an ordinary one", what, view);
    talloc_free(view);
    return true;
}
