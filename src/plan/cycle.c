#include "plan_internal.h"

#include <stdlib.h>

#include "matswap/memory.h"

/* How the shortest way from the first view came to a view; indexed by position in lookup->by_name (view->index). */
typedef struct Arrival
{
    bool inside; /* of the component */
    const PlanView *from;
    const PlanRead *read;
} Arrival;

/*
 * Breadth first from `start` inside the component until an edge leads back to it.  *ret_last is the view that the
 * edge starts from; the way to it is in `arrivals`.
 */
static const PlanRead *find_way_back(const PlanView *start, size_t count, Arrival *arrivals, const PlanView **ret_last)
{
    const PlanView **queue = mem_array(NULL, const PlanView *, count);
    const PlanRead *back = NULL;
    size_t queued = 0;
    queue[queued++] = start;
    for (size_t head = 0; head < queued && back == NULL; head++)
        for (size_t i = 0; i < queue[head]->read_count && back == NULL; i++)
        {
            const PlanRead *read = &queue[head]->reads[i];
            Arrival *arrival = &arrivals[read->view->index];
            if (read->view == start)
            {
                back = read;
                *ret_last = queue[head];
            }
            else if (arrival->inside && arrival->read == NULL)
            {
                *arrival = (Arrival){true, queue[head], read};
                queue[queued++] = read->view;
            }
        }
    talloc_free(queue);
    return back;
}

/* The edges of one shortest cycle through `start`, in reading order. */
static const PlanRead **find_cycle(const void *context, const PlanView *start, size_t count, Arrival *arrivals,
                                   size_t *ret_length)
{
    const PlanView *last = start;
    const PlanRead *back = find_way_back(start, count, arrivals, &last);
    size_t length = 1;
    for (const PlanView *view = last; view != start; view = arrivals[view->index].from)
        length++;
    const PlanRead **edges = mem_array(context, const PlanRead *, length);
    size_t place = length;
    edges[--place] = back;
    for (const PlanView *view = last; view != start; view = arrivals[view->index].from)
        edges[--place] = arrivals[view->index].read;
    *ret_length = length;
    return edges;
}

static void add_place(Text *text, const PlanRead *edge)
{
    text_add_visible(text, edge->statement->file->path);
    text_addf(text, ":%d:%d", edge->reference->line, edge->reference->column);
}

static void describe(Text *text, const PlanView *start, const PlanRead *const *edges, size_t length, size_t members)
{
    const PlanView *reader = start;
    if (length > 1)
        text_addf(text, "%zu views read each other in a circle", length);
    else
    {
        text_add(text, "view ");
        plan_add_name(text, start->name);
        text_add(text, " reads itself");
    }
    if (members > length)
        text_addf(text, " (one of several circles among %zu views)", members);
    for (size_t i = 0; i < length; i++)
    {
        text_add(text, i == 0 ? ": " : ", ");
        plan_add_name(text, reader->name);
        text_add(text, " reads ");
        plan_add_name(text, edges[i]->view->name);
        text_add(text, " at ");
        add_place(text, edges[i]);
        reader = edges[i]->view;
    }
}

static bool may_be_builtin(const Reference *reference)
{
    return reference->kind == REFERENCE_TYPE || reference->kind == REFERENCE_CONSTANT;
}

/* An unqualified name may have been taken for a view of the set by mistake (graph.c says how): then say so. */
static const PlanRead *find_doubtful(const PlanRead *const *edges, size_t length)
{
    const PlanRead *doubtful = NULL;
    for (size_t i = 0; i < length; i++)
    {
        const Reference *reference = edges[i]->reference;
        if (reference->name.schema == NULL && may_be_builtin(reference))
            return edges[i];
        if (reference->name.schema == NULL && doubtful == NULL)
            doubtful = edges[i];
    }
    return doubtful;
}

static void add_remedy(Error *error, const PlanRead *const *edges, size_t length)
{
    const PlanRead *doubtful = find_doubtful(edges, length);
    const char *way_out = length == 1 ? "take the reference out" : "take one of these references out";
    if (doubtful == NULL)
    {
        error_remedy(error, "%s: no order of building satisfies them", way_out);
        return;
    }
    Name meant = doubtful->reference->name;
    meant.schema = may_be_builtin(doubtful->reference) ? "pg_catalog" : "schema";
    Text *text = text_new(NULL);
    text_addf(text, "%s, or, if the one at ", way_out);
    add_place(text, doubtful);
    text_add(text, " means something outside the set, write its schema: ");
    plan_add_name(text, meant);
    error_remedy(error, "%s", text->data);
    talloc_free(text);
}

void plan_cycle_report(const Plan *plan, PlanView *const *members, size_t count, Errors *errors)
{
    void *scratch = mem_context(NULL);
    Arrival *arrivals = mem_array(scratch, Arrival, plan->lookup->count);
    const PlanView *start = members[0];
    for (size_t i = 0; i < count; i++)
    {
        arrivals[members[i]->index].inside = true;
        if (members[i]->index < start->index) /* the first by name: the same message whatever the file order */
            start = members[i];
    }
    size_t length;
    const PlanRead *const *edges = find_cycle(scratch, start, count, arrivals, &length);
    Text *text = text_new(scratch);
    describe(text, start, edges, length, count);
    Error *error = errors_add(errors, ERROR_SOURCE, "%s", text->data);
    error_at(error, edges[0]->statement->file->path, edges[0]->reference->line, edges[0]->reference->column);
    error_object(error, name_qualified(scratch, start->name));
    add_remedy(error, edges, length);
    talloc_free(scratch);
}
