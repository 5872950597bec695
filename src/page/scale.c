#include "scale.h"

#include <stdlib.h>

#include "matswap/memory.h"

#define GAP_SHARE 0.25 /* of all the work: what is longer than that, and nothing was done in it */
#define GAP_WIDTH 4.0

static int compare_spans(const void *a, const void *b)
{
    const Span *left = a;
    const Span *right = b;
    return (left->from_ms > right->from_ms) - (left->from_ms < right->from_ms);
}

/* Spans that overlap or touch become one; how many are left. */
static size_t merge(Span *spans, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
    {
        if (kept == 0 || spans[i].from_ms > spans[kept - 1].to_ms)
            spans[kept++] = spans[i];
        else if (spans[i].to_ms > spans[kept - 1].to_ms)
            spans[kept - 1].to_ms = spans[i].to_ms;
    }
    return kept;
}

static void add_stretch(Scale *scale, double from_ms, double to_ms, bool is_gap)
{
    Stretch stretch = {.time = {from_ms, to_ms}, .is_gap = is_gap};
    MEM_PUSH(scale, scale->stretches, scale->count, stretch);
}

static void find_stretches(Scale *scale, const Span *spans, size_t count)
{
    double busy_ms = 0;
    for (size_t i = 0; i < count; i++)
        busy_ms += spans[i].to_ms - spans[i].from_ms;
    double from_ms = count > 0 ? spans[0].from_ms : 0;
    for (size_t i = 1; i < count; i++)
    {
        if (spans[i].from_ms - spans[i - 1].to_ms <= busy_ms * GAP_SHARE)
            continue;
        add_stretch(scale, from_ms, spans[i - 1].to_ms, false);
        add_stretch(scale, spans[i - 1].to_ms, spans[i].from_ms, true);
        from_ms = spans[i].from_ms;
    }
    if (count > 0)
        add_stretch(scale, from_ms, spans[count - 1].to_ms, false);
}

Scale *scale_new(const void *context, const Span *spans, size_t count)
{
    Scale *scale = mem_new(context, Scale);
    Span *sorted = mem_array(scale, Span, count);
    for (size_t i = 0; i < count; i++)
        sorted[i] = spans[i];
    qsort(sorted, count, sizeof *sorted, compare_spans);
    find_stretches(scale, sorted, merge(sorted, count));
    double gaps = 0;
    for (size_t i = 0; i < scale->count; i++)
    {
        const Stretch *stretch = &scale->stretches[i];
        gaps += stretch->is_gap ? GAP_WIDTH : 0;
        scale->work_ms += stretch->is_gap ? 0 : stretch->time.to_ms - stretch->time.from_ms;
    }
    double at = 0;
    double width = gaps < 100 ? 100 - gaps : 0; /* of what was done */
    for (size_t i = 0; i < scale->count; i++)
    {
        Stretch *stretch = &scale->stretches[i];
        double share = scale->work_ms > 0 ? (stretch->time.to_ms - stretch->time.from_ms) / scale->work_ms : 0;
        stretch->from = at;
        at += stretch->is_gap ? GAP_WIDTH * (gaps > 100 ? 100 / gaps : 1) : width * share;
        stretch->to = at;
    }
    return scale;
}

double scale_at(const Scale *scale, double moment_ms)
{
    double at = 0;
    for (size_t i = 0; i < scale->count; i++)
    {
        const Stretch *stretch = &scale->stretches[i];
        double length_ms = stretch->time.to_ms - stretch->time.from_ms;
        at = stretch->from;
        if (moment_ms > stretch->time.to_ms && i + 1 < scale->count)
            continue;
        if (length_ms > 0 && moment_ms > stretch->time.from_ms)
            at += (moment_ms - stretch->time.from_ms) / length_ms * (stretch->to - stretch->from);
        return at > 100 ? 100 : at;
    }
    return at;
}

double scale_step(double length_ms)
{
    static const double seconds[] = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2,  0.5,  1,    2,     5,     10,
                                     15,    30,    60,    120,  300,  600,  900, 1800, 3600, 7200, 14400, 21600, 43200};
    size_t count = sizeof seconds / sizeof seconds[0];
    for (size_t i = 0; i < count; i++)
        if (length_ms / (seconds[i] * 1000) <= 8)
            return seconds[i] * 1000;
    double day_ms = 86400000;
    return day_ms * (double) (1 + (int64_t) (length_ms / day_ms / 8));
}
