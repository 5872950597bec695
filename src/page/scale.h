/*
 * scale.h: where a moment stands on a time axis.  Private to src/page/.
 *
 * A run that was stopped and gone on with the next day has hours in which nothing was done: such a gap is drawn narrow.
 */
#ifndef MATSWAP_PAGE_SCALE_H
#define MATSWAP_PAGE_SCALE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Span
{
    double from_ms, to_ms;
} Span;

/* A stretch of time, and where it is drawn. */
typedef struct Stretch
{
    Span time;
    double from, to; /* from 0 to 100 */
    bool is_gap;
} Stretch;

typedef struct Scale
{
    Stretch *stretches;
    size_t count;
    double work_ms; /* without the gaps */
} Scale;

/* For `count` spans, in any order; a talloc child of `context`. */
Scale *scale_new(const void *context, const Span *spans, size_t count);

/* From 0 to 100. */
double scale_at(const Scale *scale, double moment_ms);

/* A round number of milliseconds, of which some five to ten make up `length_ms`. */
double scale_step(double length_ms);

#endif
