/*
 * hammer.h: what the parts of reader_hammer know of each other.
 *
 * One process per connection, each with blocking libpq calls as an application's: what it measures is what an application
 * sees, the wait for a processor included, and no answer lies unread while that of another connection is dealt with.  The
 * processes count in memory shared with the parent.  Each has two tallies: `turn` says which is written to, the parent
 * raises it and takes the other when nobody is at work in it any more.  So a transaction belongs to the phase in which
 * it began, and none is counted twice or lost.
 */
#ifndef MATSWAP_BENCH_HAMMER_H
#define MATSWAP_BENCH_HAMMER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "histogram.h"

typedef struct HammerOptions
{
    int connections;
    double seconds;    /* 0: until told */
    int think_ms;      /* between transactions */
    int join_percent;  /* transactions that are one statement, a join */
    int hold_percent;  /* of the others: hold their views for hold_ms */
    int hold_ms;
    int views_at_most; /* in one transaction: 2 or 3 */
    uint64_t seed;
    bool phases;       /* named on standard input */
    char *const *views;
    size_t view_count;
} HammerOptions;

/* Ends the process where the options are wrong (2) or ask for help (0). */
void hammer_options(HammerOptions *options, int argc, char **argv);

#define HAMMER_SQLSTATES 16

typedef struct SqlstateCount
{
    char code[6];
    uint64_t count;
} SqlstateCount;

typedef struct Tally
{
    uint64_t transactions;
    uint64_t blends;   /* transactions that saw two generations */
    uint64_t empties;  /* … that found a view without rows */
    uint64_t backward; /* … that saw an older generation than the one before on the same connection */
    uint64_t errors;
    SqlstateCount sqlstates[HAMMER_SQLSTATES]; /* the last one holds all further ones, as "other" */
    int64_t oldest, newest; /* generations seen; 0: none */
    Histogram all;       /* transactions, BEGIN to COMMIT */
    Histogram prompt;    /* those that do not sleep on purpose */
    Histogram statement; /* statements that read */
    char finding[400];   /* the first blend, empty view or error */
} Tally;

void tally_error(Tally *tally, const char *sqlstate, const char *what, const char *message);
void tally_find(Tally *tally, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tally_merge(Tally *into, const Tally *from);
bool tally_is_clean(const Tally *tally);

typedef struct HammerReader
{
    atomic_uint turn; /* the one its transaction belongs to */
    atomic_bool connected;
    Tally tallies[2];
} HammerReader;

typedef struct HammerShared
{
    atomic_uint turn;
    atomic_bool stop;
    HammerReader readers[];
} HammerShared;

/* The body of one process; returns when it has been told to stop. */
void hammer_read(const HammerOptions *options, HammerShared *shared, size_t number);

/* A phase that is over, and the longest `prompt` transaction of each of its windows. */
typedef struct HammerPhase
{
    const char *name;
    double seconds;
    Tally tally;
    double *window_max_ms;
    size_t window_count;
} HammerPhase;

void hammer_print_json(FILE *out, const HammerOptions *options, const HammerPhase *phase);
void hammer_print_table(FILE *out, HammerPhase *const *phases, size_t count);

#endif
