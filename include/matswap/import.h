/*
 * import.h: rows from outside: a file or a command's output, as the data of a COPY.
 *
 * What comes is looked at on its way: the header and the keys against the table's columns, whether it is whole, how many
 * rows it has.  Nothing is kept but the piece under way, and nothing blocks: a feed is read by the pool (PgFeed in pg.h).
 */
#ifndef MATSWAP_IMPORT_H
#define MATSWAP_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matswap/config.h"
#include "matswap/error.h"
#include "matswap/pg.h"

/* Is there something to load: a file that can be read, a program that can be executed?  Else ERROR_IMPORT. */
void import_check(const Config *config, const Import *import, Errors *errors);

/* A column of the new table. */
typedef struct ImportColumn
{
    const char *name;
    bool generated;   /* no data can be given for it */
    bool has_default; /* it may be missing in the data */
    bool is_json;     /* json or jsonb */
} ImportColumn;

typedef struct ImportOptions
{
    const Config *config;
    const Import *import;
    const char *run;    /* its name, for the command's environment */
    const char *schema; /* of the new table */
    const ImportColumn *columns;
    size_t column_count;
    void (*log)(void *closure, const char *line); /* each line of the command's standard error */
    void *closure;
} ImportOptions;

/*
 * A talloc object, whose feed gives the COPY statement and its data; what `options` point to must live as long.  Freeing
 * it ends a command that is still under way, at once.
 */
typedef struct ImportFeed ImportFeed;
ImportFeed *import_feed_new(const void *context, const ImportOptions *options);
PgFeed *import_feed(ImportFeed *feed);

/* How many rows it has given. */
int64_t import_rows(const ImportFeed *feed);

/*
 * Where the server has refused a row (its CONTEXT names the line), says so of the file or the command instead of the
 * statement.  Other errors stay as they are.
 */
void import_explain(const ImportFeed *feed, Errors *errors);

#endif
