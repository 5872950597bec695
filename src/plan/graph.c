#include "plan_internal.h"

#include <stdlib.h>

#include "matswap/memory.h"

/*
 * An unqualified name means the first schema of the search path that has it.  Only the set is known here, so it is
 * the first in which the *set* has a view of that name.  The server may know better: an unmanaged relation may stand
 * in an earlier schema, and pg_catalog, which is searched before all (a view named "date" is hidden by the type;
 * https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-CATALOG), differs from version to version and
 * grows with extensions, so no list of its names would be right.  The edge is taken all the same: a false one merely
 * makes a view wait, a missing one would let it read the live generation.
 */
PlanView *plan_resolve(const Plan *plan, Name name)
{
    if (name.schema != NULL)
        return plan_find_in_set(plan, name);
    for (size_t i = 0; i < plan->config->search_path_count; i++)
    {
        PlanView *view = plan_find_in_set(plan, (Name){plan->config->search_path[i], name.name});
        if (view != NULL)
            return view;
    }
    return NULL;
}

/*
 * The array type of x has the name _x (makeArrayTypeName in catalog/pg_type.c) and is made with x.  Not with a schema:
 * such a name is not edited, so that it means the live type, which the catalog proof refuses.
 */
PlanView *plan_resolve_reference(const Plan *plan, const Reference *reference)
{
    PlanView *view = plan_resolve(plan, reference->name);
    bool may_be_array = reference->kind == REFERENCE_TYPE || reference->kind == REFERENCE_CONSTANT;
    if (view != NULL || !may_be_array || reference->name.schema != NULL || reference->name.name[0] != '_')
        return view;
    return plan_resolve(plan, (Name){NULL, reference->name.name + 1});
}

/*
 * Is a reference of a view to itself a cycle of one?  (An index that names its view is not: sql_read_* leaves that
 * reference out.)  Not when the name is an unqualified type or constant (view "date" with x::date): that is
 * nearly always pg_catalog's.  Should it be the view after all, the server resolves it to the live one, and the
 * catalog proof after the build refuses that.
 */
static bool is_self_cycle(const Reference *reference)
{
    bool may_be_builtin = reference->kind == REFERENCE_TYPE || reference->kind == REFERENCE_CONSTANT;
    return reference->name.schema != NULL || !may_be_builtin;
}

typedef struct Edge
{
    PlanRead read;
    size_t position; /* qsort is not stable: the first place of several is the one to keep */
} Edge;

static int compare_edges(const void *a, const void *b)
{
    const Edge *left = a;
    const Edge *right = b;
    int order = name_compare(&left->read.view->name, &right->read.view->name);
    return order != 0 ? order : (left->position > right->position) - (left->position < right->position);
}

static void find_edges(const Plan *plan, const PlanView *view, Edge **edges, size_t *count)
{
    for (size_t i = 0; i < view->statement_count; i++)
    {
        const SqlStatement *statement = view->statements[i].source;
        for (size_t j = 0; j < statement->reference_count; j++)
        {
            const Reference *reference = &statement->references[j];
            PlanView *target = plan_resolve_reference(plan, reference);
            if (target == NULL || (target == view && !is_self_cycle(reference)))
                continue;
            Edge edge = {{target, statement, reference}, *count};
            MEM_PUSH(NULL, *edges, *count, edge);
        }
    }
}

void plan_graph_connect(Plan *plan)
{
    Edge *edges = NULL;
    for (size_t i = 0; i < plan->lookup->count; i++)
    {
        PlanView *view = plan->lookup->by_name[i];
        size_t count = 0;
        find_edges(plan, view, &edges, &count);
        if (count > 0)
            qsort(edges, count, sizeof *edges, compare_edges);
        for (size_t e = 0; e < count; e++)
            if (e == 0 || edges[e].read.view != edges[e - 1].read.view)
                MEM_PUSH(plan, view->reads, view->read_count, edges[e].read);
    }
    talloc_free(edges);
}
