#include "plan_internal.h"

#include <stdlib.h>

#include "matswap/memory.h"

/* `position` counts up in the order of the files: qsort is not stable, and the first place is wanted. */
typedef struct Candidate
{
    PlanExternal external;
    size_t position;
} Candidate;

typedef struct Candidates
{
    Candidate *items;
    size_t count;
} Candidates;

static void add_statement(const Plan *plan, const SqlStatement *statement, Candidates *candidates)
{
    for (size_t i = 0; i < statement->reference_count; i++)
    {
        const Reference *reference = &statement->references[i];
        if (plan_resolve_reference(plan, reference) != NULL)
            continue;
        Candidate candidate = {{reference->name, statement, reference}, candidates->count};
        MEM_PUSH(NULL, candidates->items, candidates->count, candidate);
    }
}

static int compare_candidates(const void *a, const void *b)
{
    const Candidate *left = a;
    const Candidate *right = b;
    int order = name_compare(&left->external.name, &right->external.name);
    return order != 0 ? order : (left->position > right->position) - (left->position < right->position);
}

/* Each name once; frees the candidates. */
static void take_first(const void *context, Candidates *candidates, PlanExternal **ret_externals, size_t *ret_count)
{
    PlanExternal *externals = NULL;
    size_t count = 0;
    if (candidates->count > 0)
        qsort(candidates->items, candidates->count, sizeof *candidates->items, compare_candidates);
    for (size_t i = 0; i < candidates->count; i++)
    {
        PlanExternal external = candidates->items[i].external;
        if (count == 0 || !name_equal(externals[count - 1].name, external.name))
            MEM_PUSH(context, externals, count, external);
    }
    talloc_free(candidates->items);
    *ret_externals = externals;
    *ret_count = count;
}

void plan_externals(const void *context, const Plan *plan, PlanExternal **ret_externals, size_t *ret_count)
{
    Candidates candidates = {0};
    for (size_t i = 0; i < plan->sources->statement_count; i++)
        add_statement(plan, plan->sources->statements[i], &candidates);
    take_first(context, &candidates, ret_externals, ret_count);
}

void plan_view_externals(const void *context, const Plan *plan, const PlanView *view, PlanExternal **ret_externals,
                         size_t *ret_count)
{
    Candidates candidates = {0};
    for (size_t i = 0; i < view->statement_count; i++)
        add_statement(plan, view->statements[i].source, &candidates);
    take_first(context, &candidates, ret_externals, ret_count);
}
