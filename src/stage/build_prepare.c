/*
 * build_prepare.c: before the first task: which views share a transaction, what each waits for, what depends on it.
 */
#include "build.h"
#include "isolate.h"
#include "matswap/memory.h"

/* ---- weights ---------------------------------------------------------------------------------------------- */

/*
 * Milliseconds of earlier runs where the journal has them; for the others the planner's cost, scaled by what a
 * unit of cost took in the views that have both.
 */
static Status weigh(Build *build, double *weight, Errors *errors)
{
    Run *run = build->run;
    double known_ms = 0;
    double known_cost = 0;
    for (size_t i = 0; i < build->view_count; i++)
    {
        if (journal_view_duration(run->journal, run->config->set, run->plan->views[i]->name, &weight[i], errors) !=
            STATUS_OK)
            return STATUS_FAILED;
        if (weight[i] >= 0 && run->recipes[i].cost > 0)
        {
            known_ms += weight[i];
            known_cost += run->recipes[i].cost;
        }
    }
    double ms_per_cost = known_cost > 0 && known_ms > 0 ? known_ms / known_cost : 1;
    for (size_t i = 0; i < build->view_count; i++)
        if (weight[i] < 0)
            weight[i] = run->recipes[i].cost * ms_per_cost;
    return STATUS_OK;
}

/* Is this input built by another transaction? */
static bool is_awaited(const BuildView *view, const PlanView *input)
{
    const Build *build = view->build;
    return input->rebuilt && build->views[input->index].fill != view->fill &&
           !view_status_is_usable(build->views[input->index].record->status);
}

/* A view that an earlier process of this run has built: at most its VACUUM is missing. */
static void take_built(BuildView *view)
{
    view->phase = BUILD_COMPLETE;
    view->vacuum_due = view->record->status == VIEW_INDEXED;
    view->finished = !view->vacuum_due;
}

static Status find_groups(Build *build, Errors *errors)
{
    if (isolate_groups(build->run, errors) != STATUS_OK)
        return STATUS_FAILED;
    build->group_failed = mem_array(build, bool, build->run->record->view_count);
    for (size_t i = 0; i < build->view_count; i++)
        build->groups_left += build->run->groups[i] == i ? 1 : 0;
    return STATUS_OK;
}

static void add_to_fill(BuildFill *fill, BuildView *view)
{
    MEM_PUSH(view->build, fill->views, fill->count, view);
    view->fill = fill;
}

/* Which views share a transaction. */
static void make_fills(Build *build)
{
    const Run *run = build->run;
    for (size_t i = 0; i < run->transaction_count; i++)
    {
        BuildFill *fill = mem_new(build, BuildFill);
        for (size_t k = 0; k < run->transactions[i].view_count; k++)
            add_to_fill(fill, &build->views[run->transactions[i].views[k]->index]);
    }
    for (size_t i = 0; i < build->view_count; i++)
        if (build->views[i].fill == NULL)
            add_to_fill(mem_new(build, BuildFill), &build->views[i]);
}

static void prepare_view(BuildView *view)
{
    Build *build = view->build;
    for (size_t i = 0; i < view->view->read_count; i++)
        view->inputs_missing += is_awaited(view, view->view->reads[i].view) ? 1 : 0;
    for (size_t i = 0; i < view->view->reader_count; i++)
        view->indexed_in_fill =
            view->indexed_in_fill || build->views[view->view->readers[i]->index].fill == view->fill;
    if (view_status_is_usable(view->record->status))
        take_built(view);
}

Status build_prepare(Build *build, Errors *errors)
{
    Run *run = build->run;
    double *weight = mem_array(build, double, build->view_count);
    PlanPriority *priority = mem_array(build, PlanPriority, build->view_count);
    if (find_groups(build, errors) != STATUS_OK || weigh(build, weight, errors) != STATUS_OK)
        return STATUS_FAILED;
    plan_priorities(run->plan, run->transactions, run->transaction_count, weight, priority);
    for (size_t i = 0; i < build->view_count; i++)
        build->views[i] = (BuildView){.build = build,
                                      .view = run->plan->views[i],
                                      .label = name_qualified(build, run->plan->views[i]->name),
                                      .recipe = &run->recipes[i],
                                      .record = &run->record->views[i],
                                      .position = i,
                                      .priority = priority[i]};
    make_fills(build);
    for (size_t i = 0; i < build->view_count; i++)
        prepare_view(&build->views[i]);
    return STATUS_OK;
}
