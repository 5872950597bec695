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

static void add_server(const void *context, PlanTransaction *transaction, const char *server)
{
    for (size_t i = 0; i < transaction->server_count; i++)
        if (strcmp(transaction->servers[i], server) == 0)
            return;
    MEM_PUSH(context, transaction->servers, transaction->server_count, server);
}

static PlanTransaction collect(const void *context, const Grouping *grouping, size_t first, const PlanServers *servers)
{
    PlanTransaction transaction = {0};
    for (size_t i = first; i < grouping->plan->view_count; i++)
    {
        if (grouping->first[i] != first)
            continue;
        MEM_PUSH(context, transaction.views, transaction.view_count, grouping->plan->views[i]);
        for (size_t k = 0; k < servers[i].count; k++)
            add_server(context, &transaction, servers[i].names[k]);
    }
    return transaction;
}

void plan_transactions(const void *context, const Plan *plan, const PlanServers *servers,
                       PlanTransaction **ret_transactions, size_t *ret_count)
{
    void *scratch = mem_context(NULL);
    Grouping grouping = {.plan = plan};
    grouping.first = mem_array(scratch, size_t, plan->view_count);
    grouping.stack = mem_array(scratch, size_t, plan->view_count);
    PlanTransaction *transactions = NULL;
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
        PlanTransaction transaction = collect(scratch, &grouping, i, servers);
        if (transaction.view_count < 2)
            continue;
        transaction = collect(context, &grouping, i, servers);
        MEM_PUSH(context, transactions, count, transaction);
    }
    talloc_free(scratch);
    *ret_transactions = transactions;
    *ret_count = count;
}

/* ---- the longest remaining path --------------------------------------------------------------------------- */

/* Of what reads the view, outside its own transaction. */
static double longest_after(const PlanView *view, const PlanTransaction *const *transaction_of, const double *priority)
{
    const PlanTransaction *own = transaction_of[view->index];
    double longest = 0;
    for (size_t i = 0; i < view->reader_count; i++)
    {
        size_t reader = view->readers[i]->index;
        if ((own == NULL || transaction_of[reader] != own) && priority[reader] > longest)
            longest = priority[reader];
    }
    return longest;
}

/* One piece of work, as long as all of its views together. */
static double transaction_priority(const PlanTransaction *transaction, const PlanTransaction *const *transaction_of,
                                   const double *weight, const double *priority)
{
    double sum = 0;
    double longest = 0;
    for (size_t i = 0; i < transaction->view_count; i++)
    {
        double after = longest_after(transaction->views[i], transaction_of, priority);
        sum += weight[transaction->views[i]->index];
        longest = after > longest ? after : longest;
    }
    return sum + longest;
}

/*
 * Readers come later in build order than what they read, so one pass from the end would see every reader done, but for
 * the transactions, whose members stand in several places: it is repeated until nothing changes, as often as
 * transactions follow each other.
 */
void plan_priorities(const Plan *plan, const PlanTransaction *transactions, size_t transaction_count,
                     const double *weight, PlanPriority *ret_priority)
{
    void *scratch = mem_context(NULL);
    const PlanTransaction **transaction_of = mem_array(scratch, const PlanTransaction *, plan->view_count);
    double *priority = mem_array(scratch, double, plan->view_count);
    bool changed = true;
    for (size_t i = 0; i < transaction_count; i++)
        for (size_t k = 0; k < transactions[i].view_count; k++)
            transaction_of[transactions[i].views[k]->index] = &transactions[i];
    while (changed)
    {
        changed = false;
        for (size_t i = plan->view_count; i-- > 0;)
        {
            double now = transaction_of[i] == NULL
                             ? weight[i] + longest_after(plan->views[i], transaction_of, priority)
                             : transaction_priority(transaction_of[i], transaction_of, weight, priority);
            changed = changed || now > priority[i];
            priority[i] = now > priority[i] ? now : priority[i];
        }
    }
    for (size_t i = 0; i < plan->view_count; i++)
        ret_priority[i] = (PlanPriority){priority[i], longest_after(plan->views[i], transaction_of, priority)};
    talloc_free(scratch);
}
