/*
 * import_internal.h: what the files of src/import/ share.
 *
 *     check.c     is there something to load          columns.c   names in the data against those of the table
 *     supply.c    a file or a command
 *     csv.c       records of CSV, as far as needed    jsonl.c     JSON lines → rows of COPY's text format
 *     feed.c      the feed: source → COPY
 */
#ifndef MATSWAP_IMPORT_INTERNAL_H
#define MATSWAP_IMPORT_INTERNAL_H

#include <sys/types.h>

#include "matswap/import.h"
#include "matswap/process.h"
#include "matswap/text.h"

/* ---- supply.c ---------------------------------------------------------------------------------------------- */

/* A file or a command under way, a talloc object: freeing it ends the command at once. */
typedef struct Supply Supply;

/* What it waits for, it writes into `feed`.  Both live as long as it does. */
Supply *supply_new(const void *context, const ImportOptions *options, PgFeed *feed);

/* Opens the file or starts the command, once. */
Status supply_start(Supply *supply, Errors *errors) MUST_CHECK;

/* READY: *ret_length bytes; 0 at the end, again and again. */
PgFeedState supply_read(Supply *supply, char *buffer, size_t size, size_t *ret_length, Errors *errors);
bool supply_ended(const Supply *supply);

/* After the last byte: READY when that was all that there was to be. */
PgFeedState supply_finish(Supply *supply, Errors *errors);

/* What the pool waits for is something else. */
void supply_forget_descriptors(Supply *supply);

/* Ends what is under way, unless what it gave was whole; false: ask again. */
bool supply_close(Supply *supply, bool whole);

/* ---- csv.c ------------------------------------------------------------------------------------------------- */

/*
 * Follows the records of a CSV as COPY does (CopyReadLineText in src/backend/commands/copyfromparse.c): a quote begins or
 * ends a quoted part wherever it stands, and a line end outside of one ends the record.
 */
typedef struct CsvScan
{
    bool quoted, after_return;
    int64_t lines;   /* line ends so far, those within quotes too */
    int64_t records; /* complete ones */
    size_t length;   /* of the record under way, without its line end */
    char first[2];   /* its first bytes */
    bool ends_copy;  /* the last complete record was \. alone: older servers take that for the end of the data */
} CsvScan;

/* Goes on to the end of a record, or of the bytes; how many were used.  *ret_record: a record has ended. */
size_t csv_scan(CsvScan *scan, const char *bytes, size_t length, bool *ret_record);

/* After the last byte: a record without line end counts.  False: it ends within quotes. */
bool csv_scan_end(CsvScan *scan);

/* The fields of one record, without its line end. */
char **csv_fields(const void *context, const char *record, size_t length, size_t *ret_count);

/* ---- columns.c --------------------------------------------------------------------------------------------- */

/* An error about the data: of the file at its line, or of the section with the line of the output in the message. */
Error *import_error(const ImportOptions *options, int64_t line, Errors *errors, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* A name of the data for messages: as it stands there, in quotes where that could be misread. */
char *data_name(const void *context, const char *name);

/* The column that the data's `name` means, or NULL after an error: none, a generated one. */
const ImportColumn *columns_find(const ImportOptions *options, const char *name, int64_t line, Errors *errors);

/* Of those that were named: a column that nothing is known about is an error.  named[i] is for columns[i]. */
Status columns_complete(const ImportOptions *options, const bool *named, int64_t line, Errors *errors) MUST_CHECK;

/* "COPY schema.table (a, b) FROM STDIN WITH (…)" for these columns. */
char *columns_copy(const void *context, const ImportOptions *options, const ImportColumn *const *chosen, size_t count);

/* ---- jsonl.c ----------------------------------------------------------------------------------------------- */

typedef struct Jsonl Jsonl;
Jsonl *jsonl_new(const void *context, const ImportOptions *options);

/* By the first line: which columns the data has, in the table's order. */
Status jsonl_choose(Jsonl *jsonl, const char *line, size_t length, const ImportColumn ***ret_chosen, size_t *ret_count,
                    Errors *errors) MUST_CHECK;

/* Appends a row to `out` for each line that ends within the bytes. */
Status jsonl_feed(Jsonl *jsonl, const char *bytes, size_t length, Text *out, Errors *errors) MUST_CHECK;

/* After the last byte. */
Status jsonl_end(Jsonl *jsonl, Text *out, Errors *errors) MUST_CHECK;

int64_t jsonl_rows(const Jsonl *jsonl);

#endif
