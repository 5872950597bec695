/*
 * transaction.c: views that one transaction has to build.
 *
 * Views that read the same foreign server are one group, transitively.  Whatever lies between two members of a group,
 * reading one and read by the other, has to be in the transaction too: outside it, it would wait for a transaction that
 * waits for it.  So would two groups that each read the other: they become one.  Afterwards the graph whose nodes are
 * groups and single views has no cycle.
 */
#include "plan_internal.h"

#include <string.h>

#include "matswap/memory.h"

typedef struct Grouping
{
    const Plan *plan;
    size_t *first; /* [view_count] the smallest position in the view's group; its own when it is alone */
    size_t *stack; /* [view_count] for the walk */
} Grouping;

static void merge(Grouping *grouping, size_t a, size_t b)
{
    size_t to = grouping->first[a] < grouping->first[b] ? grouping->first[a] : grouping->first[b];
    size_t from = grouping->first[a] < grouping->first[b] ? grouping->first[b] : grouping->first[a];
    for (size_t i = 0; from != to && i < grouping->plan->view_count; i++)
        if (grouping->first[i] == from)
            grouping->first[i] = to;
}

static bool share_a_server(const PlanServers *a, const PlanServers *b)
{
    for (size_t i = 0; i < a->count; i++)
        for (size_t j = 0; j < b->count; j++)
            if (strcmp(a->names[i], b->names[j]) == 0)
                return true;
    return false;
}

static void merge_by_servers(Grouping *grouping, const PlanServers *servers)
{
    for (size_t i = 0; i < grouping->plan->view_count; i++)
        for (size_t j = 0; j < i && servers[i].count > 0; j++)
            if (share_a_server(&servers[i], &servers[j]))
                merge(grouping, i, j);
}

/* Puts what is not reached yet of the group of `position` on the stack. */
static void reach(const Grouping *grouping, size_t position, bool *reached, size_t *stacked)
{
    if (reached[position])
        return;
    for (size_t i = grouping->first[position]; i < grouping->plan->view_count; i++)
        if (grouping->first[i] == grouping->first[position])
        {
            reached[i] = true;
            grouping->stack[(*stacked)++] = i;
        }
}

/* What the group is read by, or else reads, by any path; a group that is entered anywhere is reached as a whole. */
static void walk(const Grouping *grouping, size_t group, bool to_readers, bool *reached)
{
    size_t stacked = 0;
    reach(grouping, group, reached, &stacked);
    while (stacked > 0)
    {
        const PlanView *view = grouping->plan->views[grouping->stack[--stacked]];
        for (size_t i = 0; to_readers && i < view->reader_count; i++)
            reach(grouping, view->readers[i]->index, reached, &stacked);
        for (size_t i = 0; !to_readers && i < view->read_count; i++)
            if (view->reads[i].view->rebuilt)
                reach(grouping, view->reads[i].view->index, reached, &stacked);
    }
}

/* Takes in what lies between the group's members. */
static void close_group(Grouping *grouping, size_t group)
{
    size_t count = grouping->plan->view_count;
    bool *above = mem_array(NULL, bool, count);
    bool *below = mem_array(NULL, bool, count);
    walk(grouping, group, true, above);
    walk(grouping, group, false, below);
    for (size_t i = 0; i < count; i++)
        if (above[i] && below[i])
            merge(grouping, group, i);
    talloc_free(above);
    talloc_free(below);
}

static void add_server(const void *context, PlanTransaction *group, const char *server)
{
    for (size_t i = 0; i < group->server_count; i++)
        if (strcmp(group->servers[i], server) == 0)
            return;
    MEM_PUSH(context, group->servers, group->server_count, server);
}

static PlanTransaction collect(const void *context, const Grouping *grouping, size_t first, const PlanServers *servers)
{
    PlanTransaction group = {0};
    for (size_t i = first; i < grouping->plan->view_count; i++)
    {
        if (grouping->first[i] != first)
            continue;
        MEM_PUSH(context, group.views, group.view_count, grouping->plan->views[i]);
        for (size_t k = 0; k < servers[i].count; k++)
            add_server(context, &group, servers[i].names[k]);
    }
    return group;
}

void plan_transactions(const void *context, const Plan *plan, const PlanServers *servers, PlanTransaction **ret_groups,
                 size_t *ret_count)
{
    void *scratch = mem_context(NULL);
    Grouping grouping = {.plan = plan};
    grouping.first = mem_array(scratch, size_t, plan->view_count);
    grouping.stack = mem_array(scratch, size_t, plan->view_count);
    PlanTransaction *groups = NULL;
    size_t count = 0;
    for (size_t i = 0; i < plan->view_count; i++)
        grouping.first[i] = i;
    merge_by_servers(&grouping, servers);
    bool *closed = mem_array(scratch, bool, plan->view_count);
    /* a group that takes in another one is closed for both: the other has been walked from as a whole */
    for (size_t i = 0; i < plan->view_count; i++)
        if (servers[i].count > 0 && !closed[grouping.first[i]])
        {
            close_group(&grouping, grouping.first[i]);
            closed[grouping.first[i]] = true;
        }
    for (size_t i = 0; i < plan->view_count; i++)
    {
        PlanTransaction group = collect(scratch, &grouping, i, servers);
        if (group.view_count < 2)
            continue;
        group = collect(context, &grouping, i, servers);
        MEM_PUSH(context, groups, count, group);
    }
    talloc_free(scratch);
    *ret_groups = groups;
    *ret_count = count;
}

/* ---- the longest remaining path --------------------------------------------------------------------------- */

/* Of what reads the view, outside its own group. */
static double longest_after(const PlanView *view, const PlanTransaction *const *group_of, const double *priority)
{
    const PlanTransaction *own = group_of[view->index];
    double longest = 0;
    for (size_t i = 0; i < view->reader_count; i++)
    {
        size_t reader = view->readers[i]->index;
        if ((own == NULL || group_of[reader] != own) && priority[reader] > longest)
            longest = priority[reader];
    }
    return longest;
}

/* A group is one piece of work, as long as all of its views together. */
static double group_priority(const PlanTransaction *group, const PlanTransaction *const *group_of, const double *weight,
                             const double *priority)
{
    double sum = 0;
    double longest = 0;
    for (size_t i = 0; i < group->view_count; i++)
    {
        double after = longest_after(group->views[i], group_of, priority);
        sum += weight[group->views[i]->index];
        longest = after > longest ? after : longest;
    }
    return sum + longest;
}

/*
 * Readers come later in build order than what they read, so one pass from the end would see every reader done, but for
 * the groups, whose members stand in several places: it is repeated until nothing changes, as often as groups follow
 * each other.
 */
void plan_priorities(const Plan *plan, const PlanTransaction *groups, size_t group_count, const double *weight,
                     PlanPriority *ret_priority)
{
    void *scratch = mem_context(NULL);
    const PlanTransaction **group_of = mem_array(scratch, const PlanTransaction *, plan->view_count);
    double *priority = mem_array(scratch, double, plan->view_count);
    bool changed = true;
    for (size_t i = 0; i < group_count; i++)
        for (size_t k = 0; k < groups[i].view_count; k++)
            group_of[groups[i].views[k]->index] = &groups[i];
    while (changed)
    {
        changed = false;
        for (size_t i = plan->view_count; i-- > 0;)
        {
            double now = group_of[i] == NULL
                             ? weight[i] + longest_after(plan->views[i], group_of, priority)
                             : group_priority(group_of[i], group_of, weight, priority);
            changed = changed || now > priority[i];
            priority[i] = now > priority[i] ? now : priority[i];
        }
    }
    for (size_t i = 0; i < plan->view_count; i++)
        ret_priority[i] = (PlanPriority){priority[i], longest_after(plan->views[i], group_of, priority)};
    talloc_free(scratch);
}
