#include "plan_internal.h"

#include <stdlib.h>

#include "matswap/memory.h"

static int compare_objects(const void *a, const void *b)
{
    const PlanObject *left = a;
    const PlanObject *right = b;
    return name_compare(&left->name, &right->name);
}

static int compare_external_key(const void *key, const void *element)
{
    const PlanExternal *external = element;
    return name_compare(key, &external->name);
}

/*
 * Statistics objects have a name space of their own in a schema, so a table outside the set may have the name of one:
 * a file that reads such a table must go on reading it (catalog-pg-statistic-ext.html, catalog-pg-class.html).
 */
static bool is_hidden(const PlanStatement *statement, Name name, const PlanExternal *externals, size_t count)
{
    return statement->phase == SQL_ATTRIBUTE && count > 0 &&
           bsearch(&name, externals, count, sizeof *externals, compare_external_key) != NULL;
}

/*
 * Names of indexes and statistics objects of rebuilt views, for plan_generation: they live in their view's schema
 * (https://www.postgresql.org/docs/current/sql-createindex.html; sql_read_* sees to the same for statistics).
 */
static void collect_objects(Plan *plan)
{
    struct PlanLookup *lookup = plan->lookup;
    void *scratch = mem_context(NULL);
    PlanExternal *externals;
    size_t external_count;
    plan_externals(scratch, plan, &externals, &external_count);
    for (size_t i = 0; i < plan->view_count; i++)
    {
        const PlanView *view = plan->views[i];
        for (size_t j = 0; j < view->statement_count; j++)
        {
            const PlanStatement *statement = &view->statements[j];
            PlanObject entry = {{view->name.schema, statement->source->object}, view->schema};
            if (entry.name.name != NULL && !is_hidden(statement, entry.name, externals, external_count))
                MEM_PUSH(lookup, lookup->objects, lookup->object_count, entry);
        }
    }
    if (lookup->object_count > 0)
        qsort(lookup->objects, lookup->object_count, sizeof *lookup->objects, compare_objects);
    talloc_free(scratch);
}

void plan_statements_rewrite(Plan *plan, Errors *errors)
{
    collect_objects(plan);
    SqlGeneration generation = plan_generation(plan);
    for (size_t i = 0; i < plan->view_count; i++)
        for (size_t j = 0; j < plan->views[i]->statement_count; j++)
        {
            PlanStatement *statement = &plan->views[i]->statements[j];
            char *sql = NULL;
            if (sql_rewrite(plan, statement->source, generation, &sql, errors) == STATUS_OK)
                statement->sql = sql;
        }
    for (size_t i = 0; i < plan->kept_count; i++)
        plan->kept[i]->statement_count = 0;
}
