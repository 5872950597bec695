/* What the parts of the page ask of a run, put together once. */
#include <stdlib.h>
#include <string.h>

#include "matswap/memory.h"
#include "matswap/moment.h"
#include "page_internal.h"
#include "value.h"

double page_moment(const char *time)
{
    double moment_ms;
    return moment_read(time, NULL, &moment_ms) ? moment_ms : -1;
}

double page_run_duration(const JournalRun *run)
{
    double from_ms = page_moment(run->started_at);
    double to_ms = page_moment(run->finished_at);
    return from_ms < 0 || to_ms < from_ms ? -1 : to_ms - from_ms;
}

bool page_is_published(const JournalRun *run)
{
    return run->state == RUN_SWAPPED || run->state == RUN_DONE;
}

/* ---- finding views by name ---------------------------------------------------------------------------------- */

typedef struct Place Place;

/* name_compare takes the Name at the front. */
struct Place
{
    Name name;
    size_t index;
};

static Place *sorted_places(const void *context, const JournalRun *run)
{
    Place *places = mem_array(context, Place, run->view_count);
    for (size_t i = 0; i < run->view_count; i++)
        places[i] = (Place){run->views[i].name, i};
    qsort(places, run->view_count, sizeof *places, name_compare);
    return places;
}

static size_t find_place(const Place *places, size_t count, Name name)
{
    if (name.schema == NULL || name.name == NULL)
        return NO_VIEW;
    const Place wanted = {.name = name};
    const Place *found = bsearch(&wanted, places, count, sizeof *places, name_compare);
    return found == NULL ? NO_VIEW : found->index;
}

size_t page_find_view(const Page *page, Name name)
{
    return find_place(page->places, page->view_count, name);
}

/* ---- reads -------------------------------------------------------------------------------------------------- */

static void add_reads(Page *page, size_t index)
{
    PageView *view = &page->views[index];
    const Value *reads = value_parse(page, view->view->reads);
    size_t count = value_count(reads);
    size_t *inputs = mem_array(page, size_t, count);
    for (size_t i = 0; i < count; i++)
    {
        const Value *read = value_element(reads, i);
        Name name = {value_text(value_member(read, "schema")), value_text(value_member(read, "name"))};
        size_t input = page_find_view(page, name);
        if (input == NO_VIEW || input == index)
            continue;
        inputs[view->reads.count++] = input;
        page->views[input].read_by++;
    }
    view->reads.views = inputs;
    page->reads_known = page->reads_known || reads != NULL;
}

/* ---- tasks -------------------------------------------------------------------------------------------------- */

static void add_time(double *sum_ms, double duration_ms)
{
    *sum_ms = (*sum_ms < 0 ? 0 : *sum_ms) + duration_ms;
}

static void add_task(Page *page, size_t index)
{
    const JournalTask *task = &page->input->tasks[index];
    size_t view = page_find_view(page, task->view);
    double start_ms = page_moment(task->started_at);
    page->tasks[index] = (CriticalTask){task->phase, view, task->worker, start_ms, start_ms + task->duration_ms};
    if (view != NO_VIEW && (task->phase == PHASE_INDEX || task->phase == PHASE_ATTRIBUTES))
        add_time(&page->views[view].index_ms, task->duration_ms);
    if (view != NO_VIEW && task->phase == PHASE_VACUUM)
        add_time(&page->views[view].vacuum_ms, task->duration_ms);
}

static void add_path(Page *page)
{
    CriticalReads *reads = mem_array(page, CriticalReads, page->view_count);
    for (size_t i = 0; i < page->view_count; i++)
        reads[i] = page->views[i].reads;
    page->path =
        critical_path(page, page->tasks, page->input->task_count, page->reads_known ? reads : NULL, &page->path_count);
    for (size_t i = 0; i < page->path_count; i++)
    {
        size_t view = page->tasks[page->path[i].task].view;
        if (view != NO_VIEW)
            page->views[view].is_critical = true;
    }
}

/* ---- earlier runs ------------------------------------------------------------------------------------------- */

bool page_is_built(const JournalView *view)
{
    return (view->status == VIEW_BUILT || view_status_is_usable(view->status)) && !journal_view_leaves(view);
}

static void add_earlier(Page *page, const JournalRun *earlier)
{
    if (earlier->is_rollback)
        return; /* it has built nothing: its views tell of the run that it brought back */
    if (page->previous == NULL && page_is_published(earlier))
        page->previous = earlier;
    Place *places = sorted_places(NULL, earlier);
    for (size_t i = 0; i < page->view_count; i++)
    {
        size_t found = find_place(places, earlier->view_count, page->views[i].view->name);
        if (page->views[i].before == NULL && found != NO_VIEW && page_is_built(&earlier->views[found]))
            page->views[i].before = &earlier->views[found];
    }
    talloc_free(places);
}

static const char *only_schema(const JournalRun *run)
{
    for (size_t i = 1; i < run->view_count; i++)
        if (strcmp(run->views[i].name.schema, run->views[0].name.schema) != 0)
            return NULL;
    return run->view_count > 0 ? run->views[0].name.schema : NULL;
}

Page *page_new(const void *context, const PageInput *input)
{
    Page *page = mem_new(context, Page);
    page->input = input;
    page->run = input->run;
    page->view_count = input->run->view_count;
    page->places = sorted_places(page, input->run);
    page->only_schema = only_schema(input->run);
    page->views = mem_array(page, PageView, page->view_count);
    for (size_t i = 0; i < page->view_count; i++)
        page->views[i] = (PageView){.view = &input->run->views[i], .index_ms = -1, .vacuum_ms = -1};
    for (size_t i = 0; i < page->view_count; i++)
        add_reads(page, i);
    page->tasks = mem_array(page, CriticalTask, input->task_count);
    for (size_t i = 0; i < input->task_count; i++)
        add_task(page, i);
    add_path(page);
    for (size_t i = 0; i < input->earlier_count; i++)
        add_earlier(page, input->earlier[i]);
    return page;
}
