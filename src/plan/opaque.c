#include "plan_internal.h"

#include "matswap/memory.h"

/*
 * The search path of the build has the new schemas before the live ones, so that the text of a regclass constant
 * shows the new schema only where a bare name would not find the view: regclassout qualifies by RelationIsVisible
 * (utils/adt/regproc.c).
 */
static bool may_matter(const Plan *plan, const SqlOpaque *opaque)
{
    if (opaque->name.name == NULL)
        return true;
    Reference reference = {.kind = REFERENCE_CONSTANT, .name = opaque->name};
    const PlanView *view = plan_resolve_reference(plan, &reference);
    if (view == NULL || !view->rebuilt)
        return false;
    return opaque->kind != OPAQUE_TEXT || plan_resolve(plan, (Name){NULL, view->name.name}) != view;
}

static bool same_place(const PlanOpaque *a, const PlanOpaque *b)
{
    return a->statement == b->statement && a->opaque->line == b->opaque->line && a->opaque->column == b->opaque->column;
}

static void add_view(const void *context, const Plan *plan, const PlanView *view, PlanOpaque **list, size_t *count)
{
    for (size_t i = 0; i < view->statement_count; i++)
    {
        const SqlStatement *statement = view->statements[i].source;
        for (size_t j = 0; j < statement->opaque_count; j++)
        {
            PlanOpaque opaque = {view, statement, &statement->opaque[j]};
            if (may_matter(plan, opaque.opaque) && (*count == 0 || !same_place(&(*list)[*count - 1], &opaque)))
                MEM_PUSH(context, *list, *count, opaque);
        }
    }
}

void plan_view_opaque(const void *context, const Plan *plan, const PlanView *view, PlanOpaque **ret_opaque,
                      size_t *ret_count)
{
    PlanOpaque *list = NULL;
    size_t count = 0;
    add_view(context, plan, view, &list, &count);
    *ret_opaque = list;
    *ret_count = count;
}

void plan_opaque(const void *context, const Plan *plan, PlanOpaque **ret_opaque, size_t *ret_count)
{
    PlanOpaque *list = NULL;
    size_t count = 0;
    for (size_t i = 0; i < plan->view_count; i++)
        add_view(context, plan, plan->views[i], &list, &count);
    *ret_opaque = list;
    *ret_count = count;
}
