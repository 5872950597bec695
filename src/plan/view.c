#include "plan_internal.h"

#include <stdlib.h>
#include <string.h>

#include "matswap/memory.h"

static int compare_views(const void *a, const void *b)
{
    const PlanView *const *left = a;
    const PlanView *const *right = b;
    return name_compare(&(*left)->name, &(*right)->name);
}

static struct PlanLookup *create_views(Plan *plan)
{
    const SqlSet *set = plan->sources;
    struct PlanLookup *lookup = mem_new(plan, struct PlanLookup);
    for (size_t i = 0; i < set->statement_count; i++)
        lookup->count += set->statements[i]->phase == SQL_CREATE;
    PlanView *views = mem_array(plan, PlanView, lookup->count);
    lookup->by_name = mem_array(lookup, PlanView *, lookup->count);
    size_t filled = 0;
    for (size_t i = 0; i < set->statement_count; i++)
    {
        const SqlStatement *statement = set->statements[i];
        if (statement->phase != SQL_CREATE)
            continue;
        PlanView *view = &views[filled];
        view->name = statement->view;
        view->kind = statement->kind;
        view->create = statement;
        lookup->by_name[filled++] = view;
    }
    qsort(lookup->by_name, lookup->count, sizeof *lookup->by_name, compare_views);
    return lookup;
}

/* The set's statements come by file and position; four passes, one per phase, keep that order inside a phase. */
static void give_statements(Plan *plan)
{
    static const SqlPhase phases[] = {SQL_CREATE, SQL_ATTRIBUTE, SQL_INDEX, SQL_INDEX_ATTRIBUTE};
    const SqlSet *set = plan->sources;
    for (size_t p = 0; p < sizeof phases / sizeof phases[0]; p++)
        for (size_t i = 0; i < set->statement_count; i++)
        {
            const SqlStatement *source = set->statements[i];
            if (source->phase != phases[p])
                continue;
            PlanView *view = plan_find_in_set(plan, source->view);
            if (view == NULL) /* sql_read_* refuses a statement about a view that no file creates */
                continue;
            PlanStatement statement = {.phase = source->phase, .source = source};
            MEM_PUSH(plan, view->statements, view->statement_count, statement);
        }
}

void plan_views_collect(Plan *plan)
{
    plan->lookup = create_views(plan);
    give_statements(plan);
}

size_t plan_index_count(const PlanView *view)
{
    size_t count = 0;
    for (size_t i = 0; i < view->statement_count; i++)
        count += view->statements[i].phase == SQL_INDEX;
    return count;
}
