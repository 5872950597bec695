/*
 * array.h: PostgreSQL array literals, so that one statement asks about all views at once.
 *
 * https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
#ifndef MATSWAP_STAGE_ARRAY_H
#define MATSWAP_STAGE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* {"a","b \"c\"",NULL}: a text[] (or, of "t" and "f", a boolean[]).  talloc child of `context`. */
char *array_of_texts(const void *context, const char *const *values, size_t count);

/* {16384,16390}: an oid[]. */
char *array_of_oids(const void *context, const uint32_t *values, size_t count);

/* Is `oid` one of these? */
bool array_has_oid(const uint32_t *oids, size_t count, uint32_t oid);

#endif
