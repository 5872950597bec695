/* import_fixture.h: an [import] section, a table's columns, and what its feed gives, for the tests of src/import/. */
#ifndef MATSWAP_IMPORT_FIXTURE_H
#define MATSWAP_IMPORT_FIXTURE_H

#include "config_fixture.h"
#include "matswap/import.h"

#include <poll.h>

static const ImportColumn columns[] = {
    {"day", false, false, false},  {"price", false, false, false}, {"note", false, true, false},
    {"twice", true, false, false}, {"Odd \"x", false, true, false}, {"j", false, true, true},
};

typedef struct Data
{
    ImportFeed *feed;
    const char *sql;
    Text *bytes;
    Text *log;
    bool whole;
} Data;

static inline void log_line(void *closure, const char *line)
{
    text_addf(closure, "%s\n", line);
}

static inline void wait_for(const PgFeed *feed)
{
    struct pollfd descriptors[] = {{.fd = feed->descriptors[0], .events = POLLIN},
                                   {.fd = feed->descriptors[1], .events = POLLIN}};
    poll(descriptors, 2, feed->patience_ms);
}

static const char *append_to; /* the file that somebody writes to when it has been opened */

/* As the pool does: opens, reads to the end, closes. */
static inline Data take(Fixture *fixture, const ImportColumn *table, size_t count)
{
    Data data = {.bytes = text_new(fixture), .log = text_new(fixture)};
    ImportOptions options = {.config = fixture->config, .import = &fixture->config->imports[0], .run = "R1",
                             .schema = "s_new", .columns = table, .column_count = count,
                             .log = log_line, .closure = data.log};
    data.feed = import_feed_new(fixture, &options);
    PgFeed *feed = import_feed(data.feed);
    PgFeedState state;
    errors_truncate(fixture->errors, 0);
    while ((state = feed->open(feed, &data.sql, fixture->errors)) == PG_FEED_WAITING)
        wait_for(feed);
    if (append_to != NULL)
    {
        FILE *file = fopen(append_to, "a");
        assert_non_null(file);
        fputs("3,4\n", file);
        fclose(file);
    }
    while (state == PG_FEED_READY || state == PG_FEED_WAITING)
    {
        const char *bytes = NULL;
        size_t length = 0;
        if (state == PG_FEED_WAITING)
            wait_for(feed);
        state = feed->read(feed, &bytes, &length, fixture->errors);
        if (state == PG_FEED_READY)
            text_add_bytes(data.bytes, bytes, length);
    }
    while (!feed->close(feed))
        wait_for(feed);
    data.whole = state == PG_FEED_END;
    return data;
}

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline void configure(Fixture *fixture, const char *lines)
{
    load(fixture, mem_printf(fixture, MINIMAL "[import t]\n%s", lines));
}

static inline const char *what_is_wrong(Fixture *fixture)
{
    Text *text = text_new(fixture);
    for (size_t i = 0; i < fixture->errors->count; i++)
    {
        const Error *error = fixture->errors->items[i];
        assert_int_equal(error->kind, ERROR_IMPORT);
        text_addf(text, "%d: %s%s%s\n", error->line, error->message, error->remedy != NULL ? "; " : "",
                  error->remedy != NULL ? error->remedy : "");
    }
    return text->data;
}

#endif
