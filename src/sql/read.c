#include "sql_internal.h"

#include <string.h>

#include "matswap/memory.h"

Name name_in_schema(Name name, const char *default_schema)
{
    return name.schema == NULL ? (Name){default_schema, name.name} : name;
}

static bool is_utf8_sequence(const unsigned char *at, size_t *ret_length)
{
    size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xC2 && at[0] <= 0xDF ? 2 : (at[0] & 0xF0) == 0xE0 ? 3 : 4;
    if (length == 4 && (at[0] < 0xF0 || at[0] > 0xF4))
        return false;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xC0) != 0x80)
            return false;
    *ret_length = length;
    return !(at[0] == 0xE0 && at[1] < 0xA0) && !(at[0] == 0xED && at[1] > 0x9F) && !(at[0] == 0xF0 && at[1] < 0x90) &&
           !(at[0] == 0xF4 && at[1] > 0x8F);
}

/* Offset of the first byte that is not UTF-8 text, or the length. */
static size_t valid_length(const SqlFile *file)
{
    size_t i = 0;
    size_t length = 0;
    while (i < file->length)
    {
        const unsigned char *at = (const unsigned char *) file->text + i;
        if (at[0] == '\0' || !is_utf8_sequence(at, &length))
            break;
        i += length;
    }
    return i;
}

static bool check_bytes(const Source *source, Errors *errors)
{
    size_t valid = valid_length(source->file);
    if (valid == source->file->length)
        return true;
    Error *error = source_error(source, valid, errors, "byte 0x%02x is not valid UTF-8 here",
                                (unsigned char) source->file->text[valid]);
    error_remedy(error, "save the file as UTF-8");
    return false;
}

static void report_syntax(const Source *source, const Packed *packed, Errors *errors)
{
    Error *error =
        source_error(source, source_offset_of_character(source, packed->character), errors, "%s", packed->message);
    error_remedy(error, "correct it; the grammar known here is that of PostgreSQL %s", PG_MAJORVERSION);
}

static bool refuse_file_name(const Item *item, const char *what)
{
    Error *error = errors_add(item->reading->errors, ERROR_SOURCE, "the file's name gives the view %s", what);
    error_remedy(
        error_at(error, item->source->file->path, 1, 1),
        "name the file view.sql or schema.view.sql, or write CREATE MATERIALIZED VIEW name AS before the query");
    return false;
}

bool read_file_name(const Item *item, SqlStatement *statement)
{
    const char *slash = strrchr(item->source->file->path, '/');
    const char *base = slash == NULL ? item->source->file->path : slash + 1;
    size_t length = strlen(base);
    if (length > 4 && strcmp(base + length - 4, ".sql") == 0)
        length -= 4;
    char *name = mem_strndup(statement, base, length);
    char *dot = strchr(name, '.');
    if (dot == NULL)
        statement->view = (Name){mem_strdup(statement, item->reading->default_schema), name};
    else
    {
        *dot = '\0';
        statement->view = (Name){name, dot + 1};
        if (strchr(dot + 1, '.') != NULL)
            return refuse_file_name(item, "more than a schema and a name");
    }
    if (statement->view.name[0] == '\0' || statement->view.schema[0] == '\0')
        return refuse_file_name(item, "an empty name");
    if (strlen(statement->view.name) > 63 || strlen(statement->view.schema) > 63)
        return refuse_file_name(item, "a name of more than 63 bytes, which PostgreSQL would cut");
    return true;
}

/* The tokens of a statement.  PostgreSQL counts what stands before the first one to it, comments too. */
static void find_range(Item *item)
{
    const Source *source = item->source;
    size_t start = (size_t) item->raw->stmt_location;
    size_t end = item->raw->stmt_len > 0 ? start + (size_t) item->raw->stmt_len : source->file->length;
    while (item->first < source->token_count && source->tokens[item->first].start < start)
        item->first++;
    item->last = item->first;
    while (item->last + 1 < source->token_count && source->tokens[item->last + 1].start < end)
        item->last++;
}

static void read_statements(Reading *reading, const Source *source, const Packed *packed)
{
    size_t next = 0;
    size_t count = reading->query_about == NULL ? packed->count : 1; /* that there are more is said of the first */
    for (size_t i = 0; i < count; i++)
    {
        arena_reset(reading->arena);
        Item item = {.reading = reading, .source = source, .packed = packed->statements[i], .first = next};
        item.alone = packed->count == 1;
        item.raw = packed_unpack(item.packed, reading->arena);
        find_range(&item);
        statement_read(&item);
        next = item.last + 1;
    }
}

/* False after an error.  Scans, and says what keeps the text from being parsed. */
static bool prepare(const Reading *reading, Source *source)
{
    if (!check_bytes(source, reading->errors))
        return false;
    source_scan(source);
    if (source_depth(source) <= SOURCE_DEPTH_MAX)
        return true;
    Error *error = errors_add(reading->errors, ERROR_SOURCE,
                              "more than %d operators, joins and brackets inside each "
                              "other",
                              SOURCE_DEPTH_MAX);
    error_remedy(error_at(error, source->file->path, 1, 1),
                 "make a list of what is a chain (IN, ANY, VALUES), or split the query into several views");
    return false;
}

/* `query`: what is looked for */
static void report_empty(const Source *source, const char *query, Errors *errors)
{
    Error *error = errors_add(errors, ERROR_SOURCE, "the file holds no statement");
    error_remedy(error_at(error, source->file->path, 1, 1), "write %s into it, or take the file away", query);
}

static bool parse_file(Reading *reading, const Source *source)
{
    Packed *packed = packed_parse(source, source->file->text);
    bool parsed = packed->message == NULL;
    if (!parsed)
        report_syntax(source, packed, reading->errors);
    else if (packed->count == 0)
        report_empty(source, reading->query_about == NULL ? "the view's query" : "a query", reading->errors);
    else
        read_statements(reading, source, packed);
    talloc_free(packed);
    return parsed;
}

void read_file(Reading *reading, const SqlFile *file, bool byte_order_mark)
{
    Source *source = source_new(reading, file, byte_order_mark); /* drafts name places until all files are read */
    if (!prepare(reading, source) || !parse_file(reading, source))
        reading->incomplete = true;
    talloc_free(source->tokens);
    source->tokens = NULL;
    source->token_count = 0;
}
