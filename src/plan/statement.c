#include "plan_internal.h"

#include <stdlib.h>

#include "matswap/memory.h"

static int compare_objects(const void *a, const void *b)
{
    const PlanObject *left = a;
    const PlanObject *right = b;
    return name_compare(&left->name, &right->name);
}

/*
 * Names of indexes and statistics objects of rebuilt views, for plan_generation: they live in their view's schema
 * (https://www.postgresql.org/docs/current/sql-createindex.html; sql_read_* sees to the same for statistics).
 */
static void collect_objects(Plan *plan)
{
    struct PlanLookup *lookup = plan->lookup;
    for (size_t i = 0; i < plan->view_count; i++)
    {
        const PlanView *view = plan->views[i];
        for (size_t j = 0; j < view->statement_count; j++)
        {
            const char *object = view->statements[j].source->object;
            if (object == NULL)
                continue;
            PlanObject entry = {{view->name.schema, object}, view->schema};
            MEM_PUSH(lookup, lookup->objects, lookup->object_count, entry);
        }
    }
    if (lookup->object_count > 0)
        qsort(lookup->objects, lookup->object_count, sizeof *lookup->objects, compare_objects);
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
