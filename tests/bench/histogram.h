/*
 * histogram.h: every latency is counted, none is sampled: buckets of 1 µs below 128 µs, above that 64 to each doubling,
 * so that a percentile is at most 1/64 too high.  The maximum is exact.
 *
 * A plain object without pointers: it may lie in shared memory and be zeroed with memset.
 */
#ifndef MATSWAP_BENCH_HISTOGRAM_H
#define MATSWAP_BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS 2048 /* up to 2^36 µs, 19 hours */

typedef struct Histogram
{
    uint64_t count, max_us;
    uint32_t buckets[HISTOGRAM_BUCKETS];
} Histogram;

void histogram_add(Histogram *histogram, uint64_t microseconds);
void histogram_merge(Histogram *into, const Histogram *from);

/* The latency that `share` (0 to 1) of all do not exceed; 0 when there are none. */
uint64_t histogram_percentile_us(const Histogram *histogram, double share);

#endif
