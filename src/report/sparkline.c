/* Values as a line of characters, for a terminal. */
#include <math.h>

#include "matswap/history.h"
#include "matswap/memory.h"
#include "report_internal.h"

enum
{
    LEVELS = 8
};

static const char *const blocks[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const ascii[LEVELS] = {"_", ".", ":", "-", "=", "+", "*", "#"};

/* Of the values from `first` on, the one that is furthest from the middle of all; NAN when none is known. */
static double representative(const double *values, size_t first, size_t end, double median)
{
    double furthest = NAN;
    for (size_t i = first; i < end; i++)
        if (!isnan(values[i]) && (isnan(furthest) || fabs(values[i] - median) > fabs(furthest - median)))
            furthest = values[i];
    return furthest;
}

static size_t level_of(double value, double least, double most)
{
    if (most <= least)
        return LEVELS / 2;
    return (size_t) ((value - least) / (most - least) * (LEVELS - 1) + 0.5);
}

char *report_sparkline(const void *context, const double *values, size_t count, size_t width, bool utf8)
{
    Text *line = text_new(context);
    Spread spread = spread_of(values, count);
    size_t cells = count < width ? count : width;
    for (size_t i = 0; i < cells; i++)
    {
        double value = representative(values, i * count / cells, (i + 1) * count / cells, spread.median);
        if (isnan(value))
            text_add(line, " ");
        else
            text_add(line, (utf8 ? blocks : ascii)[level_of(value, spread.least, spread.most)]);
    }
    return line->data;
}
