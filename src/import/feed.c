/*
 * feed.c: a file or a command as the data of a COPY.
 *
 *     open: start it ─► its first record is there ─► columns, statement
 *     read: a piece is there ─► looked at, converted ─► given
 *           its end is there, and it is whole ─► END
 */
#include "import_internal.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "matswap/memory.h"

enum
{
    PIECE = 64 * 1024,
    LONGEST_HEADER = 1024 * 1024, /* what is longer has no line end, and is something else than it should be */
    LONGEST_LINE = 64 * 1024 * 1024
};

struct ImportFeed
{
    PgFeed feed; /* first: the pool knows it by this */
    ImportOptions options;
    Supply *supply;
    bool finished; /* all was given, and it was whole */
    Text *pending; /* read and not given: the first record, before the statement is known */
    const char *sql;
    CsvScan csv;
    Jsonl *jsonl;
    Text *given; /* the piece that the pool has now */
};

static bool is_csv(const ImportFeed *feed)
{
    return feed->options.import->format == IMPORT_CSV;
}

PgFeed *import_feed(ImportFeed *feed)
{
    return &feed->feed;
}

int64_t import_rows(const ImportFeed *feed)
{
    if (!is_csv(feed))
        return feed->jsonl == NULL ? 0 : jsonl_rows(feed->jsonl);
    return feed->csv.records > 0 ? feed->csv.records - 1 : 0;
}

/* ---- the first record ---------------------------------------------------------------------------------------- */

static void skip_byte_order_mark(ImportFeed *feed)
{
    static const char mark[] = "\xEF\xBB\xBF";
    Text *pending = feed->pending;
    if (pending->length < 3 || memcmp(pending->data, mark, 3) != 0)
        return;
    memmove(pending->data, pending->data + 3, pending->length - 2); /* with the NUL */
    pending->length -= 3;
}

/* The length of the first record with its line end; 0: it is not complete. */
static size_t first_record(const ImportFeed *feed)
{
    bool complete;
    const Text *pending = feed->pending;
    if (!is_csv(feed))
    {
        const char *end = memchr(pending->data, '\n', pending->length);
        return end != NULL ? (size_t) (end - pending->data) + 1 : supply_ended(feed->supply) ? pending->length : 0;
    }
    CsvScan scan = {0};
    size_t length = csv_scan(&scan, pending->data, pending->length, &complete);
    return complete || supply_ended(feed->supply) ? length : 0;
}

static Status refuse_first(const ImportFeed *feed, Errors *errors)
{
    if (is_csv(feed))
        error_remedy(import_error(&feed->options, 1, errors, "its first line, which has to name the columns, does not end"),
                     "is it CSV, with a header?");
    else
        error_remedy(import_error(&feed->options, 1, errors, "its first line does not end"),
                     "is it JSON lines, with an object on each line?");
    return STATUS_FAILED;
}

static Status refuse_empty(const ImportFeed *feed, Errors *errors)
{
    if (is_csv(feed))
        error_remedy(import_error(&feed->options, 0, errors, "it is empty: there is not even a header"),
                     "a CSV without rows has its header, still");
    else
        error_remedy(import_error(&feed->options, 0, errors, "it is empty, which may as well mean that something is missing"),
                     "for an import that may have no rows, use CSV, whose header says that this is all");
    return STATUS_FAILED;
}

/* The header's columns, in the data's order. */
static Status choose_by_header(ImportFeed *feed, size_t length, Errors *errors)
{
    size_t before = errors->count;
    const ImportOptions *options = &feed->options;
    void *scratch = mem_context(feed);
    while (length > 0 && strchr("\r\n", feed->pending->data[length - 1]) != NULL)
        length--;
    size_t count;
    char **names = csv_fields(scratch, feed->pending->data, length, &count);
    const ImportColumn **chosen = mem_array(scratch, const ImportColumn *, count);
    bool *named = mem_array(scratch, bool, options->column_count);
    for (size_t i = 0; i < count; i++)
    {
        chosen[i] = columns_find(options, names[i], 1, errors);
        if (chosen[i] == NULL)
            continue;
        bool *own = &named[chosen[i] - options->columns];
        if (*own)
            error_remedy(import_error(options, 1, errors, "it has the column %s twice", data_name(scratch, names[i])),
                         "leave one of them out of the data");
        *own = true;
    }
    if (columns_complete(options, named, 1, errors) == STATUS_OK && errors_since(errors, before) == STATUS_OK)
        feed->sql = columns_copy(feed, options, chosen, count);
    talloc_free(scratch);
    return errors_since(errors, before);
}

static Status choose_by_object(ImportFeed *feed, size_t length, Errors *errors)
{
    const ImportColumn **chosen;
    size_t count;
    length -= feed->pending->data[length - 1] == '\n' ? 1 : 0;
    feed->jsonl = jsonl_new(feed, &feed->options);
    if (jsonl_choose(feed->jsonl, feed->pending->data, length, &chosen, &count, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (count > 0)
        feed->sql = columns_copy(feed, &feed->options, chosen, count);
    else
        import_error(&feed->options, 1, errors, "its first object has no key");
    return count > 0 ? STATUS_OK : STATUS_FAILED;
}

/* Is the first record there?  Then the statement is known. */
static Status look_at_first(ImportFeed *feed, Errors *errors)
{
    skip_byte_order_mark(feed);
    size_t length = first_record(feed);
    if (supply_ended(feed->supply) && feed->pending->length == 0)
        return refuse_empty(feed, errors);
    if (length == 0)
        return feed->pending->length > (is_csv(feed) ? LONGEST_HEADER : LONGEST_LINE) ? refuse_first(feed, errors)
                                                                                      : STATUS_OK;
    return is_csv(feed) ? choose_by_header(feed, length, errors) : choose_by_object(feed, length, errors);
}

/* ---- what the pool calls --------------------------------------------------------------------------------------- */

static PgFeedState open_feed(PgFeed *pool_feed, const char **ret_sql, Errors *errors)
{
    ImportFeed *feed = (ImportFeed *) pool_feed;
    if (supply_start(feed->supply, errors) != STATUS_OK)
        return PG_FEED_FAILED;
    while (feed->sql == NULL)
    {
        char buffer[PIECE];
        size_t length;
        PgFeedState state = supply_read(feed->supply, buffer, sizeof buffer, &length, errors);
        if (state == PG_FEED_READY && length == 0)
            state = supply_finish(feed->supply, errors); /* that it failed is the news, not that it has given little */
        if (state != PG_FEED_READY)
            return state;
        text_add_bytes(feed->pending, buffer, length);
        if (look_at_first(feed, errors) != STATUS_OK)
            return PG_FEED_FAILED;
        if (length == 0 && feed->sql == NULL)
            return refuse_first(feed, errors) == STATUS_OK ? PG_FEED_READY : PG_FEED_FAILED;
    }
    *ret_sql = feed->sql;
    supply_forget_descriptors(feed->supply);
    return PG_FEED_READY;
}

static Status look_at_records(ImportFeed *feed, const char *bytes, size_t length, Errors *errors)
{
    bool complete;
    while (length > 0)
    {
        size_t used = csv_scan(&feed->csv, bytes, length, &complete);
        bytes += used;
        length -= used;
        if (!complete || !feed->csv.ends_copy)
            continue;
        error_remedy(import_error(&feed->options, feed->csv.lines, errors, "it holds only \\., which ends the data for "
                                  "some servers"), "quote it: \"\\.\"");
        return STATUS_FAILED;
    }
    return STATUS_OK;
}

/* What is given is what was read, or its rows. */
static PgFeedState give(ImportFeed *feed, Text *piece, const char **ret_bytes, size_t *ret_length, Errors *errors)
{
    Text *out = piece;
    Status status;
    if (is_csv(feed))
        status = look_at_records(feed, piece->data, piece->length, errors);
    else
    {
        out = text_new(feed);
        status = jsonl_feed(feed->jsonl, piece->data, piece->length, out, errors);
        talloc_free(piece);
    }
    feed->given = out;
    *ret_bytes = out->data;
    *ret_length = out->length;
    return status == STATUS_OK ? PG_FEED_READY : PG_FEED_FAILED;
}

static PgFeedState give_end(ImportFeed *feed, const char **ret_bytes, size_t *ret_length, Errors *errors)
{
    if (feed->finished)
        return PG_FEED_END;
    PgFeedState state = supply_finish(feed->supply, errors);
    if (state != PG_FEED_READY)
        return state;
    feed->finished = true;
    if (is_csv(feed))
    {
        csv_scan_end(&feed->csv); /* within quotes: the server says where they began */
        return PG_FEED_END;
    }
    feed->given = text_new(feed);
    if (jsonl_end(feed->jsonl, feed->given, errors) != STATUS_OK)
        return PG_FEED_FAILED;
    *ret_bytes = feed->given->data;
    *ret_length = feed->given->length;
    return *ret_length > 0 ? PG_FEED_READY : PG_FEED_END;
}

static PgFeedState read_feed(PgFeed *pool_feed, const char **ret_bytes, size_t *ret_length, Errors *errors)
{
    ImportFeed *feed = (ImportFeed *) pool_feed;
    char buffer[PIECE];
    size_t length;
    feed->feed.patience_ms = 0; /* what follows a piece may be there already */
    TALLOC_FREE(feed->given);
    Text *piece = feed->pending;
    feed->pending = NULL;
    if (piece == NULL)
    {
        PgFeedState state = supply_read(feed->supply, buffer, sizeof buffer, &length, errors);
        if (state != PG_FEED_READY)
            return state;
        supply_forget_descriptors(feed->supply);
        if (length == 0)
            return give_end(feed, ret_bytes, ret_length, errors);
        piece = text_new(feed);
        text_add_bytes(piece, buffer, length);
    }
    return give(feed, piece, ret_bytes, ret_length, errors);
}

static bool close_feed(PgFeed *pool_feed)
{
    const ImportFeed *feed = (const ImportFeed *) pool_feed;
    return supply_close(feed->supply, feed->finished);
}

ImportFeed *import_feed_new(const void *context, const ImportOptions *options)
{
    ImportFeed *feed = mem_new(context, ImportFeed);
    feed->feed = (PgFeed){.open = open_feed, .read = read_feed, .close = close_feed};
    feed->options = *options;
    feed->supply = supply_new(feed, &feed->options, &feed->feed);
    feed->pending = text_new(feed);
    return feed;
}

/* ---- the server's errors ----------------------------------------------------------------------------------------- */

/* "COPY name, line 7, column x: …", in the server's language: the first number behind the name.  0: none */
static int64_t line_of(const Error *error, const char *table)
{
    static const char copy[] = "COPY ";
    if (error->context == NULL || strncmp(error->context, copy, strlen(copy)) != 0)
        return 0;
    const char *at = error->context + strlen(copy);
    if (strncmp(at, table, strlen(table)) != 0)
        return 0;
    at += strlen(table);
    while (*at != '\0' && *at != '\n' && !isdigit((unsigned char) *at))
        at++;
    return strtoll(at, NULL, 10);
}

/* Class 22 and 23: values and constraints; 54: a row that is too long; P0: what a CHECK's function raises. */
static bool is_about_data(const Error *error)
{
    static const char *const classes[] = {"22", "23", "54", "P0"};
    for (size_t i = 0; error->sqlstate != NULL && i < sizeof classes / sizeof classes[0]; i++)
        if (strncmp(error->sqlstate, classes[i], 2) == 0)
            return true;
    return false;
}

void import_explain(const ImportFeed *feed, Errors *errors)
{
    const ImportOptions *options = &feed->options;
    for (size_t i = 0; i < errors->count; i++)
    {
        Error *error = errors->items[i];
        int64_t line = is_about_data(error) ? line_of(error, options->import->name.name) : 0;
        if (line == 0)
            continue;
        Errors *named = errors_new(error);
        const Error *better = import_error(options, line, named, "it does not fit the table");
        error->kind = better->kind;
        error->message = mem_strdup(error, better->message);
        error_at(error, better->file, better->line, 0);
        error_remedy(error, "correct the data, or the table's columns and constraints; nothing was swapped");
        talloc_free(named);
    }
}
