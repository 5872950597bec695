#include "carry_internal.h"

#include "matswap/memory.h"
#include "matswap/name.h"
#include "pg_sql.h"

ArrayText array_text_new(const void *context)
{
    ArrayText array = {text_new(context), 0};
    text_add(array.text, "{");
    return array;
}

void array_text_add(ArrayText *array, const char *element)
{
    text_add(array->text, array->count++ == 0 ? "\"" : ",\"");
    for (const char *c = element; *c != '\0'; c++)
    {
        if (*c == '"' || *c == '\\')
            text_add(array->text, "\\");
        text_add_bytes(array->text, c, 1);
    }
    text_add(array->text, "\"");
}

void array_text_add_oid(ArrayText *array, uint32_t oid)
{
    text_addf(array->text, "%s%lu", array->count++ == 0 ? "" : ",", (unsigned long) oid);
}

const char *array_text_end(ArrayText *array)
{
    text_add(array->text, "}");
    return array->text->data;
}

CarryArrays carry_arrays(const void *context, const CarryPair *pairs, size_t count)
{
    ArrayText new_oids = array_text_new(context);
    ArrayText live_oids = array_text_new(context);
    ArrayText schemas = array_text_new(context);
    for (size_t i = 0; i < count; i++)
    {
        array_text_add_oid(&new_oids, pairs[i].new_oid);
        array_text_add_oid(&live_oids, pairs[i].live_oid);
        array_text_add(&schemas, pairs[i].view->schema->live);
    }
    return (CarryArrays){{array_text_end(&new_oids), array_text_end(&live_oids), array_text_end(&schemas)}};
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
