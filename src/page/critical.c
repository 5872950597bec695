#include "critical.h"

#include "matswap/memory.h"

typedef struct Search
{
    const CriticalTask *tasks;
    size_t count;
    const CriticalReads *reads;
} Search;

static bool reads_view(const Search *search, size_t reader, size_t view)
{
    if (search->reads == NULL)
        return false;
    for (size_t i = 0; i < search->reads[reader].count; i++)
        if (search->reads[reader].views[i] == view)
            return true;
    return false;
}

/* Did `task` have to wait for `before`, and why?  Starts decide what is before: ends overlap by a rounding. */
static CriticalWait wait_for(const Search *search, size_t task, size_t before)
{
    const CriticalTask *t = &search->tasks[task];
    const CriticalTask *b = &search->tasks[before];
    if (b->start_ms > t->start_ms || (b->start_ms >= t->start_ms && before >= task))
        return WAIT_NOTHING;
    if (t->view == NO_VIEW || b->view == NO_VIEW)
        return WAIT_STEP;
    if (t->view == b->view && b->phase < t->phase)
        return WAIT_STEP;
    if (t->phase == PHASE_FILL && b->phase != PHASE_VACUUM && reads_view(search, t->view, b->view))
        return WAIT_INPUT;
    return t->worker == b->worker ? WAIT_WORKER : WAIT_NOTHING;
}

/* The one before it that ended last; of two that ended together, what is nearer to a reason than a busy worker. */
static bool find_before(const Search *search, size_t task, size_t *ret_before, CriticalWait *ret_wait)
{
    bool found = false;
    for (size_t i = 0; i < search->count; i++)
    {
        CriticalWait wait = wait_for(search, task, i);
        if (wait == WAIT_NOTHING)
            continue;
        double end_ms = search->tasks[i].end_ms;
        double best_ms = found ? search->tasks[*ret_before].end_ms : 0;
        if (found && (end_ms < best_ms || (end_ms <= best_ms && wait >= *ret_wait)))
            continue;
        *ret_before = i;
        *ret_wait = wait;
        found = true;
    }
    return found;
}

static size_t last_of(const CriticalTask *tasks, size_t count)
{
    size_t last = 0;
    for (size_t i = 1; i < count; i++)
        if (tasks[i].end_ms >= tasks[last].end_ms)
            last = i;
    return last;
}

CriticalStep *critical_path(const void *context, const CriticalTask *tasks, size_t count, const CriticalReads *reads,
                            size_t *ret_count)
{
    const Search search = {tasks, count, reads};
    CriticalStep *steps = NULL;
    size_t step_count = 0;
    bool more = count > 0;
    for (size_t task = more ? last_of(tasks, count) : 0; more;)
    {
        size_t before = 0;
        CriticalStep step = {.task = task, .wait = WAIT_NOTHING};
        more = find_before(&search, task, &before, &step.wait);
        if (more && tasks[task].start_ms > tasks[before].end_ms)
            step.idle_ms = tasks[task].start_ms - tasks[before].end_ms;
        MEM_PUSH(context, steps, step_count, step);
        task = before;
    }
    for (size_t i = 0; i < step_count / 2; i++)
    {
        CriticalStep step = steps[i];
        steps[i] = steps[step_count - 1 - i];
        steps[step_count - 1 - i] = step;
    }
    *ret_count = step_count;
    return steps;
}
