/*
 * group.c: which views change their generation together.
 *
 * A view that keeps its old generation keeps with it
 *   - whoever reads it: that was, or would be, built on its new contents;
 *   - whatever it reads: or the kept view, computed from the old contents, would serve beside the new ones.
 * And so on from each of these: a group is a connected component of the graph of reads, whichever way its edges point.
 *
 *        w ---- v ---- u          x ---- y          z
 *        ^ reads                  another group     alone: a third
 *        if one of w, v, u is kept, all three are; the others are swapped
 */
#include "plan_internal.h"

#include "matswap/memory.h"

/* The least member of the group that holds `i`. */
static size_t find(size_t *group, size_t i)
{
    while (group[i] != i)
    {
        group[i] = group[group[i]];
        i = group[i];
    }
    return i;
}

static void join(size_t *group, size_t a, size_t b)
{
    size_t one = find(group, a);
    size_t other = find(group, b);
    if (one < other)
        group[other] = one;
    else
        group[one] = other;
}

void plan_groups(const Plan *plan, const PlanLink *links, size_t link_count, size_t count, size_t *ret_group)
{
    for (size_t i = 0; i < count; i++)
        ret_group[i] = i;
    for (size_t i = 0; i < plan->view_count; i++)
        for (size_t j = 0; j < plan->views[i]->read_count; j++)
            if (plan->views[i]->reads[j].view->rebuilt)
                join(ret_group, i, plan->views[i]->reads[j].view->index);
    for (size_t i = 0; i < link_count; i++)
        join(ret_group, links[i].a, links[i].b);
    for (size_t i = 0; i < count; i++)
        ret_group[i] = find(ret_group, i);
}
