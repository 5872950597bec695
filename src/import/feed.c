/*
 * feed.c: a file or a command as the data of a COPY.
 *
 *     open: start it ─► its first record is there ─► columns, statement
 *     read: a piece is there ─► looked at, converted ─► given
 *           its end is there, and it is whole ─► END
 *
 * A command's data is whole when it ended by itself with exit status 0: that is known after its last byte, and before the
 * COPY is ended.
 */
#include "import_internal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "matswap/memory.h"

enum
{
    PIECE = 64 * 1024,
    LONGEST_HEADER = 1024 * 1024, /* what is longer has no line end, and is something else than it should be */
    LONGEST_LINE = 64 * 1024 * 1024,
    SOON_MS = 10,     /* the end of a process has no descriptor to poll */
    AT_LEAST_MS = 1000
};

typedef struct Source
{
    int file;         /* -1: a command, or closed */
    struct stat stat; /* of the file when it was opened */
    Process *process; /* NULL: a file, or ended and reaped */
    bool ended;       /* the last byte has been read */
} Source;

struct ImportFeed
{
    PgFeed feed; /* first: the pool knows it by this */
    ImportOptions options;
    Source source;
    bool started, finished; /* all was given, and it was whole */
    int64_t deadline_ms;
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

/* ---- the source --------------------------------------------------------------------------------------------- */

static void forget_descriptors(ImportFeed *feed)
{
    feed->feed.descriptors[0] = -1;
    feed->feed.descriptors[1] = -1;
}

static Status start_file(ImportFeed *feed, Errors *errors)
{
    const char *path = feed->options.import->file;
    feed->source.file = open(path, O_RDONLY | O_CLOEXEC);
    if (feed->source.file >= 0 && fstat(feed->source.file, &feed->source.stat) == 0)
        return STATUS_OK;
    int number = errno;
    error_remedy(import_error(&feed->options, 0, errors, "cannot read it: %s", strerror(number)),
                 "nothing was swapped; run `matswap run` again when it can be read");
    return STATUS_FAILED;
}

static Status start_command(ImportFeed *feed, Errors *errors)
{
    const ImportOptions *options = &feed->options;
    const char *step;
    void *scratch = mem_context(feed);
    const char *const environment[] = {mem_printf(scratch, "MATSWAP_SET=%s", options->config->set),
                                       mem_printf(scratch, "MATSWAP_RUN=%s", options->run),
                                       mem_printf(scratch, "MATSWAP_IMPORT=%s",
                                                  name_qualified(scratch, options->import->name)), NULL};
    ProcessOptions process = {options->import->words, config_folder(scratch, options->config), environment, options->log,
                              options->closure};
    feed->source.process = process_start(feed, &process, &step);
    int number = errno;
    if (feed->source.process == NULL)
        error_remedy(import_error(options, 0, errors, "%s cannot %s: %s", options->import->words[0], step,
                                  strerror(number)),
                     "it is looked for in %s, and along PATH when its name has no /", process.folder);
    feed->deadline_ms = process_clock_ms() + options->import->timeout_ms;
    talloc_free(scratch);
    return feed->source.process == NULL ? STATUS_FAILED : STATUS_OK;
}

static void say_what_it_said(const ImportFeed *feed, Error *error)
{
    const char *last = process_last_message(feed->source.process);
    if (last != NULL)
        error->message = mem_printf(error, "%s; the last that it said: %s", error->message, last);
}

static Status check_deadline(const ImportFeed *feed, Errors *errors)
{
    const Import *import = feed->options.import;
    if (feed->source.process == NULL || process_clock_ms() < feed->deadline_ms)
        return STATUS_OK;
    Error *error = import_error(&feed->options, 0, errors, "the command took longer than its timeout of %g s, and is ended",
                                (double) import->timeout_ms / 1000);
    say_what_it_said(feed, error);
    error_remedy(error, "see why, or write a longer `timeout` into [import %s]", import->written);
    return STATUS_FAILED;
}

/* Where there is more to come: of which descriptors, and how long to wait for them. */
static PgFeedState wait_for_more(ImportFeed *feed)
{
    const Source *source = &feed->source;
    int64_t left = feed->deadline_ms - process_clock_ms();
    feed->feed.descriptors[0] = source->ended ? -1 : process_output(source->process);
    feed->feed.descriptors[1] = process_messages(source->process);
    feed->feed.patience_ms = source->ended ? SOON_MS : left < 0 ? 0 : left > AT_LEAST_MS ? AT_LEAST_MS : (int) left;
    return PG_FEED_WAITING;
}

/* READY: *ret_length bytes, 0 at the end. */
static PgFeedState read_source(ImportFeed *feed, char *buffer, size_t size, size_t *ret_length, Errors *errors)
{
    Source *source = &feed->source;
    ssize_t length = 0;
    *ret_length = 0;
    if (check_deadline(feed, errors) != STATUS_OK)
        return PG_FEED_FAILED;
    if (source->process != NULL)
        process_read_messages(source->process);
    if (!source->ended && source->process != NULL)
        length = process_read(source->process, buffer, size);
    else if (!source->ended)
        length = read(source->file, buffer, size);
    if (length < 0 && (errno == EAGAIN || errno == EINTR) && source->process != NULL)
        return wait_for_more(feed);
    if (length < 0)
    {
        import_error(&feed->options, 0, errors, "cannot read on: %s", strerror(errno));
        return PG_FEED_FAILED;
    }
    source->ended = source->ended || length == 0;
    *ret_length = (size_t) length;
    return PG_FEED_READY;
}

/* A file that somebody writes while it is read may lack its end, or have two halves. */
static PgFeedState end_file(ImportFeed *feed, Errors *errors)
{
    struct stat now;
    const struct stat *then = &feed->source.stat;
    if (fstat(feed->source.file, &now) == 0 && now.st_size == then->st_size &&
        now.st_mtim.tv_sec == then->st_mtim.tv_sec && now.st_mtim.tv_nsec == then->st_mtim.tv_nsec)
        return PG_FEED_READY;
    error_remedy(import_error(&feed->options, 0, errors, "it was written to while it was read"),
                 "let its writer write to another name and rename that when it is complete; then run the command again");
    return PG_FEED_FAILED;
}

static PgFeedState end_command(ImportFeed *feed, Errors *errors)
{
    int status;
    Error *error;
    Process *process = feed->source.process;
    if (!process_ended(process, &status))
        return wait_for_more(feed);
    process_read_messages(process);
    if (status == 0)
        return PG_FEED_READY;
    if (WIFSIGNALED(status))
        error = import_error(&feed->options, 0, errors, "the command was ended by signal %d (%s)", WTERMSIG(status),
                             strsignal(WTERMSIG(status)));
    else
        error = import_error(&feed->options, 0, errors, "the command failed with exit status %d", WEXITSTATUS(status));
    say_what_it_said(feed, error);
    error_remedy(error, "nothing of its output was taken; run it by hand in the configuration's folder to see why: %s",
                 feed->options.import->command);
    return PG_FEED_FAILED;
}

/* The last byte has been read: READY when that was all that there was to be. */
static PgFeedState end_source(ImportFeed *feed, Errors *errors)
{
    return feed->source.process == NULL ? end_file(feed, errors) : end_command(feed, errors);
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
        return end != NULL ? (size_t) (end - pending->data) + 1 : feed->source.ended ? pending->length : 0;
    }
    CsvScan scan = {0};
    size_t length = csv_scan(&scan, pending->data, pending->length, &complete);
    return complete || feed->source.ended ? length : 0;
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
    if (feed->source.ended && feed->pending->length == 0)
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
    if (!feed->started &&
        (feed->options.import->file != NULL ? start_file(feed, errors) : start_command(feed, errors)) != STATUS_OK)
        return PG_FEED_FAILED;
    feed->started = true;
    while (feed->sql == NULL)
    {
        char buffer[PIECE];
        size_t length;
        PgFeedState state = read_source(feed, buffer, sizeof buffer, &length, errors);
        if (state == PG_FEED_READY && length == 0)
            state = end_source(feed, errors); /* that it failed is the news, not that it has given little */
        if (state != PG_FEED_READY)
            return state;
        text_add_bytes(feed->pending, buffer, length);
        if (look_at_first(feed, errors) != STATUS_OK)
            return PG_FEED_FAILED;
        if (length == 0 && feed->sql == NULL)
            return refuse_first(feed, errors) == STATUS_OK ? PG_FEED_READY : PG_FEED_FAILED;
    }
    *ret_sql = feed->sql;
    forget_descriptors(feed);
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
    PgFeedState state = end_source(feed, errors);
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
        PgFeedState state = read_source(feed, buffer, sizeof buffer, &length, errors);
        if (state != PG_FEED_READY)
            return state;
        forget_descriptors(feed);
        if (length == 0)
            return give_end(feed, ret_bytes, ret_length, errors);
        piece = text_new(feed);
        text_add_bytes(piece, buffer, length);
    }
    return give(feed, piece, ret_bytes, ret_length, errors);
}

static bool close_feed(PgFeed *pool_feed)
{
    ImportFeed *feed = (ImportFeed *) pool_feed;
    Source *source = &feed->source;
    forget_descriptors(feed);
    feed->feed.patience_ms = SOON_MS;
    if (source->file >= 0)
        close(source->file);
    source->file = -1;
    if (source->process != NULL && !feed->finished && !process_terminate(source->process))
        return false;
    TALLOC_FREE(source->process);
    return true;
}

static int destroy(ImportFeed *feed)
{
    if (feed->source.file >= 0)
        close(feed->source.file);
    return 0;
}

ImportFeed *import_feed_new(const void *context, const ImportOptions *options)
{
    ImportFeed *feed = mem_new(context, ImportFeed);
    feed->feed = (PgFeed){.open = open_feed, .read = read_feed, .close = close_feed};
    forget_descriptors(feed);
    feed->options = *options;
    feed->source.file = -1;
    feed->pending = text_new(feed);
    talloc_set_destructor(feed, destroy);
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
