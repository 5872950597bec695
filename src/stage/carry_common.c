#include "carry_internal.h"

#include <string.h>

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

/* ---- statements of a recipe ------------------------------------------------------------------------------- */

static RecipeStatement *add_statement(Run *run, RecipeStatement **list, size_t *count, const char *sql, PgOrigin origin)
{
    RecipeStatement statement = {.sql = mem_strdup(run->recipes, sql), .origin = origin};
    MEM_PUSH(run->recipes, *list, *count, statement);
    return &(*list)[*count - 1];
}

RecipeStatement *recipe_add_carried(Run *run, RecipeStatement **list, size_t *count, const PlanView *view,
                                    const char *sql)
{
    return add_statement(run, list, count, sql, (PgOrigin){NULL, 0, view_label(run->recipes, view)});
}

RecipeStatement *recipe_add_stated(Run *run, RecipeStatement **list, size_t *count, const PlanStatement *statement)
{
    const SqlStatement *source = statement->source;
    PgOrigin origin = {source->file->path, source->line, name_qualified(run->recipes, source->view)};
    return add_statement(run, list, count, statement->sql, origin);
}

char *recipe_role_sql(const void *context, const char *role)
{
    if (role == NULL)
        return mem_strdup(context, SQL_REHEARSE_RESET_ROLE);
    return PG_SQL(context, SQL_REHEARSE_ROLE, {"role", role});
}

void carry_add(Run *run, const CarryPair *pair, const char *sql)
{
    recipe_add_carried(run, &pair->recipe->before_data, &pair->recipe->before_data_count, pair->view, sql);
}

void carry_add_as_role(Run *run, const CarryPair *pair, RecipeStatement **list, size_t *count, const char *role,
                       const char *sql)
{
    void *scratch = mem_context(run);
    recipe_add_carried(run, list, count, pair->view, recipe_role_sql(scratch, role));
    recipe_add_carried(run, list, count, pair->view, sql);
    recipe_add_carried(run, list, count, pair->view, recipe_role_sql(scratch, pair->recipe->role));
    talloc_free(scratch);
}

bool carry_note_role(Run *run, const char ***roles, size_t *count, const char *role)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp((*roles)[i], role) == 0)
            return false;
    MEM_PUSH(run->recipes, *roles, *count, mem_strdup(run->recipes, role));
    return true;
}

const RecipeColumn *recipe_column(const Recipe *recipe, const char *name)
{
    for (size_t i = 0; i < recipe->column_count; i++)
        if (strcmp(recipe->columns[i].name, name) == 0)
            return &recipe->columns[i];
    return NULL;
}

/* ---- what rows say ---------------------------------------------------------------------------------------- */

char *view_label(const void *context, const PlanView *view)
{
    return name_qualified(context, view->name);
}

bool carry_is_lost(Run *run, const CarryPair *pair, const PgRows *rows, size_t row, const char *what)
{
    const char *lost = pg_value(rows, row, "lost");
    if (lost == NULL)
        return false;
    if (run->report != NULL)
    {
        char *view = view_label(run, pair->view);
        report_warning(run->report, "%s of %s is not carried over: %s", what, view, lost);
        talloc_free(view);
    }
    return true;
}

char *carry_definition(Run *run, const char *definition, const char *what, Errors *errors)
{
    char *sql = NULL;
    char *reprintable = sql_reprintable(run->recipes, definition);
    Status status = sql_rewrite_definition(run->recipes, reprintable, what, plan_generation(run->plan), &sql, errors);
    talloc_free(reprintable);
    return status == STATUS_OK ? sql : NULL;
}
