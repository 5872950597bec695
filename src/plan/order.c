#include "plan_internal.h"

#include <stdint.h>
#include <stdlib.h>

#include "matswap/memory.h"

#define UNSEEN SIZE_MAX

/*
 * Tarjan's strongly connected components (R. Tarjan, "Depth-first search and linear graph algorithms", 1972), with a
 * stack of its own instead of recursion: how long a chain of views may be must not depend on the thread's stack.
 * A component is complete only after every component that it reads, so levels can be given on the way.
 * Nodes are positions in plan->lookup->by_name, kept in view->index while this runs.
 */
typedef struct Search
{
    const Plan *plan;
    Errors *errors;
    size_t *order; /* when a node was first seen, or UNSEEN */
    size_t *low;   /* the earliest node on the stack that it reaches */
    bool *on_stack;
    PlanView **stack; /* seen, component not complete */
    size_t stack_count;
    PlanView **path; /* the depth-first path */
    size_t *next;    /* per node: the next edge to follow */
    size_t path_count;
    size_t seen;
} Search;

static void enter(Search *search, PlanView *view)
{
    size_t node = view->index;
    search->order[node] = search->low[node] = search->seen++;
    search->on_stack[node] = true;
    search->stack[search->stack_count++] = view;
    search->path[search->path_count++] = view;
}

static void give_level(PlanView *view)
{
    for (size_t i = 0; i < view->read_count; i++)
    {
        const PlanView *read = view->reads[i].view;
        if (read->rebuilt && read->level >= view->level)
            view->level = read->level + 1;
    }
}

static bool reads_itself(const PlanView *view)
{
    for (size_t i = 0; i < view->read_count; i++)
        if (view->reads[i].view == view)
            return true;
    return false;
}

/* `view` is the first seen of its component: all that is above it on the stack belongs to it. */
static void complete(Search *search, const PlanView *view)
{
    size_t first = search->stack_count;
    do
        search->on_stack[search->stack[--first]->index] = false;
    while (search->stack[first] != view);
    PlanView **members = search->stack + first;
    size_t count = search->stack_count - first;
    search->stack_count = first;
    if (count > 1 || reads_itself(members[0]))
        plan_cycle_report(search->plan, members, count, search->errors);
    else if (members[0]->rebuilt)
        give_level(members[0]);
}

static void lower(Search *search, size_t node, size_t candidate)
{
    if (candidate < search->low[node])
        search->low[node] = candidate;
}

/* One step: follow the next edge of the path's end, or leave it. */
static void step(Search *search)
{
    PlanView *view = search->path[search->path_count - 1];
    size_t node = view->index;
    if (search->next[node] < view->read_count)
    {
        PlanView *read = view->reads[search->next[node]++].view;
        if (search->order[read->index] == UNSEEN)
            enter(search, read);
        else if (search->on_stack[read->index])
            lower(search, node, search->order[read->index]);
        return;
    }
    search->path_count--;
    if (search->path_count > 0)
        lower(search, search->path[search->path_count - 1]->index, search->low[node]);
    if (search->low[node] == search->order[node])
        complete(search, view);
}

static void search_components(const Plan *plan, Errors *errors)
{
    void *scratch = mem_context(NULL);
    size_t count = plan->lookup->count;
    Search search = {.plan = plan, .errors = errors};
    search.order = mem_array(scratch, size_t, count);
    search.low = mem_array(scratch, size_t, count);
    search.on_stack = mem_array(scratch, bool, count);
    search.stack = mem_array(scratch, PlanView *, count);
    search.path = mem_array(scratch, PlanView *, count);
    search.next = mem_array(scratch, size_t, count);
    for (size_t i = 0; i < count; i++)
    {
        plan->lookup->by_name[i]->index = i;
        search.order[i] = UNSEEN;
    }
    for (size_t i = 0; i < count; i++)
    {
        if (search.order[i] != UNSEEN)
            continue;
        enter(&search, plan->lookup->by_name[i]);
        while (search.path_count > 0)
            step(&search);
    }
    talloc_free(scratch);
}

static int compare_build_order(const void *a, const void *b)
{
    const PlanView *const *left = a;
    const PlanView *const *right = b;
    int order = ((*left)->level > (*right)->level) - ((*left)->level < (*right)->level);
    return order != 0 ? order : name_compare(&(*left)->name, &(*right)->name);
}

static void add_readers(Plan *plan)
{
    for (size_t i = 0; i < plan->view_count; i++)
        for (size_t j = 0; j < plan->views[i]->read_count; j++)
        {
            PlanView *read = plan->views[i]->reads[j].view;
            MEM_PUSH(plan, read->readers, read->reader_count, plan->views[i]);
        }
}

void plan_order(Plan *plan, Errors *errors)
{
    search_components(plan, errors);
    const struct PlanLookup *lookup = plan->lookup;
    for (size_t i = 0; i < lookup->count; i++)
        if (lookup->by_name[i]->rebuilt)
            MEM_PUSH(plan, plan->views, plan->view_count, lookup->by_name[i]);
        else
            MEM_PUSH(plan, plan->kept, plan->kept_count, lookup->by_name[i]);
    if (plan->view_count > 0)
        qsort(plan->views, plan->view_count, sizeof *plan->views, compare_build_order);
    for (size_t i = 0; i < plan->view_count; i++)
        plan->views[i]->index = i;
    for (size_t i = 0; i < plan->kept_count; i++)
        plan->kept[i]->index = i;
    add_readers(plan);
}
