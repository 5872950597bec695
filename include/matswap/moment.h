/*
 * moment.h: points in time, read back from text.
 */
#ifndef MATSWAP_MOMENT_H
#define MATSWAP_MOMENT_H

#include <stdbool.h>

/*
 * A point in time as PostgreSQL's JSON and the journal write it ("2026-11-21T08:30:00.5+00:00", "2026-11-21"), in
 * milliseconds since 1970.  One without a zone is read in `zone`, a name of the tz database; NULL: UTC.  False for NULL and
 * for what is none, as infinity, the 30th of February, or a year BC.
 */
bool moment_read(const char *text, const char *zone, double *ret_ms);

/* The present one, in milliseconds since 1970. */
double moment_now(void);

#endif
