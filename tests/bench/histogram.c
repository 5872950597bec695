#include "histogram.h"

#include <math.h>
#include <stddef.h>

#define EXACT 128u     /* below: a bucket each */
#define DOUBLING 64u   /* buckets to each doubling above */
#define EXACT_BITS 7u
#define DOUBLING_BITS 6u

static size_t bucket_of(uint64_t value)
{
    if (value < EXACT)
        return (size_t) value;
    unsigned int bits = 63u - (unsigned int) __builtin_clzll(value);
    size_t bucket = EXACT + (bits - EXACT_BITS) * DOUBLING + (size_t) ((value >> (bits - DOUBLING_BITS)) - DOUBLING);
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static uint64_t bucket_end(size_t bucket)
{
    if (bucket < EXACT)
        return bucket;
    unsigned int shift = (unsigned int) (bucket - EXACT) / DOUBLING + 1;
    return (((bucket - EXACT) % DOUBLING + DOUBLING + 1) << shift) - 1;
}

void histogram_add(Histogram *histogram, uint64_t microseconds)
{
    histogram->count++;
    histogram->buckets[bucket_of(microseconds)]++;
    if (microseconds > histogram->max_us)
        histogram->max_us = microseconds;
}

void histogram_merge(Histogram *into, const Histogram *from)
{
    into->count += from->count;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->buckets[i] += from->buckets[i];
    if (from->max_us > into->max_us)
        into->max_us = from->max_us;
}

uint64_t histogram_percentile_us(const Histogram *histogram, double share)
{
    double rank = ceil(share * (double) histogram->count);
    uint64_t below = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
    {
        below += histogram->buckets[i];
        if (histogram->buckets[i] > 0 && (double) below >= rank)
            return bucket_end(i) < histogram->max_us ? bucket_end(i) : histogram->max_us;
    }
    return histogram->max_us;
}
