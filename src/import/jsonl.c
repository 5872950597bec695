/*
 * jsonl.c: JSON lines as rows of COPY's text format, in which a row is a line: the server's line numbers are ours.
 *
 * libyajl gives numbers as they are written, so no digit is lost on the way; what is nested is written again by it, for
 * columns of type json, jsonb or text.  https://www.postgresql.org/docs/current/sql-copy.html, "Text Format"
 */
#include "import_internal.h"

#include <inttypes.h>
#include <string.h>

#include <yajl/yajl_gen.h>
#include <yajl/yajl_parse.h>

#include "matswap/memory.h"

typedef struct Value
{
    bool given; /* in the object under way */
    bool seen;  /* in any object */
    Text *text; /* escaped; NULL: null */
} Value;

struct Jsonl
{
    const ImportOptions *options;
    Value *values; /* for each column of the table */
    bool *chosen;
    bool choosing; /* only the names of the first line are of interest */
    int64_t line, rows;

    /* the line under way */
    yajl_handle parser;
    yajl_gen writer; /* of the value under way, when it is nested */
    int depth;
    bool blank;   /* nothing but white space so far */
    Value *value; /* of the key under way */
    void *memory; /* of the line */
    Errors *errors;
};

/* ---- libyajl's memory is talloc's --------------------------------------------------------------------------- */

static void *allocate(void *context, size_t size)
{
    return memory_checked(talloc_size(context, size));
}

static void *reallocate(void *context, void *old, size_t size)
{
    return memory_checked(talloc_realloc_size(context, old, size));
}

static void release(void *context, void *old)
{
    talloc_free(old);
}

/* ---- values ------------------------------------------------------------------------------------------------- */

static void add_escaped(Text *text, const char *bytes, size_t length)
{
    static const char special[] = "\\\t\n\r";
    static const char letters[] = "\\tnr";
    size_t from = 0;
    for (size_t i = 0; i < length; i++)
    {
        const char *found = bytes[i] == '\0' ? NULL : strchr(special, bytes[i]);
        if (found == NULL)
            continue;
        text_add_bytes(text, bytes + from, i - from);
        text_addf(text, "\\%c", letters[found - special]);
        from = i + 1;
    }
    text_add_bytes(text, bytes + from, length - from);
}

static void set_value(Jsonl *jsonl, const char *bytes, size_t length)
{
    jsonl->value->text = text_new(jsonl->memory);
    add_escaped(jsonl->value->text, bytes, length);
}

static int refuse(Jsonl *jsonl, const char *what, const char *remedy)
{
    error_remedy(import_error(jsonl->options, jsonl->line + 1, jsonl->errors, "%s", what), "%s", remedy);
    return 0;
}

static int refuse_scalar(Jsonl *jsonl)
{
    return refuse(jsonl, "it is not an object", "JSON lines have an object on each line");
}

static bool is_nested(const Jsonl *jsonl)
{
    return jsonl->depth > 1;
}

static yajl_gen writer_new(Jsonl *jsonl)
{
    yajl_alloc_funcs memory = {allocate, reallocate, release, jsonl->memory};
    return memory_checked(yajl_gen_alloc(&memory));
}

/* The column is of type json: a string is a value like others there, with its quotes. */
static void set_string_as_json(Jsonl *jsonl, const unsigned char *bytes, size_t length)
{
    const unsigned char *text;
    size_t text_length;
    yajl_gen writer = writer_new(jsonl);
    yajl_gen_string(writer, bytes, length);
    yajl_gen_get_buf(writer, &text, &text_length);
    set_value(jsonl, (const char *) text, text_length);
    yajl_gen_free(writer);
}

static const ImportColumn *column_of(const Jsonl *jsonl, const Value *value)
{
    return &jsonl->options->columns[value - jsonl->values];
}

static int on_null(void *closure)
{
    Jsonl *jsonl = closure;
    if (jsonl->depth == 0)
        return refuse_scalar(jsonl);
    if (is_nested(jsonl))
        yajl_gen_null(jsonl->writer);
    return 1;
}

static int on_boolean(void *closure, int value)
{
    Jsonl *jsonl = closure;
    if (jsonl->depth == 0)
        return refuse_scalar(jsonl);
    if (is_nested(jsonl))
        yajl_gen_bool(jsonl->writer, value);
    else
        set_value(jsonl, value ? "true" : "false", value ? 4 : 5);
    return 1;
}

static int on_number(void *closure, const char *bytes, size_t length)
{
    Jsonl *jsonl = closure;
    if (jsonl->depth == 0)
        return refuse_scalar(jsonl);
    if (is_nested(jsonl))
        yajl_gen_number(jsonl->writer, bytes, length);
    else
        set_value(jsonl, bytes, length);
    return 1;
}

static int on_string(void *closure, const unsigned char *bytes, size_t length)
{
    Jsonl *jsonl = closure;
    if (jsonl->depth == 0)
        return refuse_scalar(jsonl);
    if (is_nested(jsonl))
        yajl_gen_string(jsonl->writer, bytes, length);
    else if (column_of(jsonl, jsonl->value)->is_json)
        set_string_as_json(jsonl, bytes, length);
    else
        set_value(jsonl, (const char *) bytes, length);
    return 1;
}

/* ---- structure ---------------------------------------------------------------------------------------------- */

static void open_nested(Jsonl *jsonl)
{
    if (++jsonl->depth == 2)
        jsonl->writer = writer_new(jsonl);
}

static void close_nested(Jsonl *jsonl)
{
    const unsigned char *text;
    size_t length;
    if (--jsonl->depth != 1)
        return;
    yajl_gen_get_buf(jsonl->writer, &text, &length);
    set_value(jsonl, (const char *) text, length);
    yajl_gen_free(jsonl->writer);
    jsonl->writer = NULL;
}

static int on_map_start(void *closure)
{
    Jsonl *jsonl = closure;
    if (jsonl->depth == 0)
    {
        jsonl->depth = 1;
        return 1;
    }
    open_nested(jsonl);
    yajl_gen_map_open(jsonl->writer);
    return 1;
}

static int on_map_end(void *closure)
{
    Jsonl *jsonl = closure;
    if (jsonl->depth == 1)
    {
        jsonl->depth = 0;
        return 1;
    }
    yajl_gen_map_close(jsonl->writer);
    close_nested(jsonl);
    return 1;
}

static int on_array_start(void *closure)
{
    Jsonl *jsonl = closure;
    if (jsonl->depth == 0)
        return refuse_scalar(jsonl);
    open_nested(jsonl);
    yajl_gen_array_open(jsonl->writer);
    return 1;
}

static int on_array_end(void *closure)
{
    Jsonl *jsonl = closure;
    yajl_gen_array_close(jsonl->writer);
    close_nested(jsonl);
    return 1;
}

static int on_map_key(void *closure, const unsigned char *bytes, size_t length)
{
    Jsonl *jsonl = closure;
    if (is_nested(jsonl))
    {
        yajl_gen_string(jsonl->writer, bytes, length);
        return 1;
    }
    char *name = mem_strndup(jsonl->memory, (const char *) bytes, length);
    const ImportColumn *column = columns_find(jsonl->options, name, jsonl->line + 1, jsonl->errors);
    if (column == NULL)
        return 0;
    jsonl->value = &jsonl->values[column - jsonl->options->columns];
    char *shown = data_name(jsonl->memory, name);
    if (jsonl->value->given)
        return refuse(jsonl, mem_printf(jsonl->memory, "it has the key %s twice", shown), "keep one of them");
    if (!jsonl->choosing && !jsonl->chosen[column - jsonl->options->columns])
        return refuse(jsonl, mem_printf(jsonl->memory, "it has the key %s, and the first line has not", shown),
                      "the table has a default for that column: give it on every line, or on none");
    jsonl->value->given = true;
    jsonl->value->seen = true;
    return 1;
}

static const yajl_callbacks callbacks = {.yajl_null = on_null,
                                         .yajl_boolean = on_boolean,
                                         .yajl_number = on_number,
                                         .yajl_string = on_string,
                                         .yajl_start_map = on_map_start,
                                         .yajl_map_key = on_map_key,
                                         .yajl_end_map = on_map_end,
                                         .yajl_start_array = on_array_start,
                                         .yajl_end_array = on_array_end};

/* ---- lines -------------------------------------------------------------------------------------------------- */

Jsonl *jsonl_new(const void *context, const ImportOptions *options)
{
    Jsonl *jsonl = mem_new(context, Jsonl);
    jsonl->options = options;
    jsonl->values = mem_array(jsonl, Value, options->column_count);
    jsonl->chosen = mem_array(jsonl, bool, options->column_count);
    return jsonl;
}

static void begin_line(Jsonl *jsonl)
{
    jsonl->memory = mem_context(jsonl);
    yajl_alloc_funcs memory = {allocate, reallocate, release, jsonl->memory};
    jsonl->parser = memory_checked(yajl_alloc(&callbacks, &memory, jsonl));
    jsonl->depth = 0;
    jsonl->blank = true;
    for (size_t i = 0; i < jsonl->options->column_count; i++)
    {
        jsonl->values[i].given = false;
        jsonl->values[i].text = NULL;
    }
}

static void forget_line(Jsonl *jsonl)
{
    talloc_free(jsonl->memory);
    jsonl->memory = NULL;
    jsonl->parser = NULL;
    jsonl->writer = NULL;
}

static Status refuse_syntax(Jsonl *jsonl, size_t before)
{
    if (jsonl->errors->count > before)
        return STATUS_FAILED; /* a callback has said what is wrong */
    unsigned char *message = yajl_get_error(jsonl->parser, 0, NULL, 0);
    size_t length = strcspn((const char *) message, "\n");
    length -= length > 0 && message[length - 1] == '.' ? 1 : 0;
    char *text = mem_strndup(jsonl->memory, (const char *) message, length);
    yajl_free_error(jsonl->parser, message);
    refuse(jsonl, text, "each line has to be one JSON object, in UTF-8");
    return STATUS_FAILED;
}

static Status parse(Jsonl *jsonl, const char *bytes, size_t length, Errors *errors)
{
    size_t before = errors->count;
    jsonl->errors = errors;
    if (jsonl->parser == NULL)
        begin_line(jsonl);
    for (size_t i = 0; i < length && jsonl->blank; i++)
        jsonl->blank = strchr(" \t\r", bytes[i]) != NULL && bytes[i] != '\0';
    if (yajl_parse(jsonl->parser, (const unsigned char *) bytes, length) == yajl_status_ok)
        return STATUS_OK;
    return refuse_syntax(jsonl, before);
}

static Status end_line(Jsonl *jsonl, Errors *errors)
{
    size_t before = errors->count;
    if (parse(jsonl, "", 0, errors) != STATUS_OK) /* an empty line has not begun yet */
        return STATUS_FAILED;
    if (!jsonl->blank)
        return yajl_complete_parse(jsonl->parser) == yajl_status_ok ? STATUS_OK : refuse_syntax(jsonl, before);
    refuse(jsonl, "it is empty", "JSON lines have an object on each line");
    return STATUS_FAILED;
}

static void add_row(Jsonl *jsonl, Text *out)
{
    bool first = true;
    for (size_t i = 0; i < jsonl->options->column_count; i++)
    {
        if (!jsonl->chosen[i])
            continue;
        const Text *value = jsonl->values[i].text;
        text_add(out, first ? "" : "\t");
        if (value == NULL)
            text_add(out, "\\N");
        else
            text_add_bytes(out, value->data, value->length);
        first = false;
    }
    text_add(out, "\n");
    jsonl->line++;
    jsonl->rows++;
    forget_line(jsonl);
}

Status jsonl_choose(Jsonl *jsonl, const char *line, size_t length, const ImportColumn ***ret_chosen, size_t *ret_count,
                    Errors *errors)
{
    *ret_chosen = NULL;
    *ret_count = 0;
    jsonl->choosing = true;
    Status status = parse(jsonl, line, length, errors) == STATUS_OK ? end_line(jsonl, errors) : STATUS_FAILED;
    jsonl->choosing = false;
    forget_line(jsonl);
    for (size_t i = 0; i < jsonl->options->column_count; i++)
    {
        const ImportColumn *column = &jsonl->options->columns[i];
        jsonl->chosen[i] = !column->generated && (jsonl->values[i].given || !column->has_default);
        jsonl->values[i].seen = false;
        if (jsonl->chosen[i])
            MEM_PUSH(jsonl, *ret_chosen, *ret_count, column);
    }
    return status;
}

Status jsonl_feed(Jsonl *jsonl, const char *bytes, size_t length, Text *out, Errors *errors)
{
    while (length > 0)
    {
        const char *end = memchr(bytes, '\n', length);
        size_t part = end == NULL ? length : (size_t) (end - bytes);
        if (parse(jsonl, bytes, part, errors) != STATUS_OK)
            return STATUS_FAILED;
        if (end == NULL)
            return STATUS_OK;
        if (end_line(jsonl, errors) != STATUS_OK)
            return STATUS_FAILED;
        add_row(jsonl, out);
        bytes += part + 1;
        length -= part + 1;
    }
    return STATUS_OK;
}

Status jsonl_end(Jsonl *jsonl, Text *out, Errors *errors)
{
    if (jsonl->parser != NULL)
    {
        if (end_line(jsonl, errors) != STATUS_OK)
            return STATUS_FAILED;
        add_row(jsonl, out);
    }
    bool *seen = mem_array(jsonl, bool, jsonl->options->column_count);
    for (size_t i = 0; i < jsonl->options->column_count; i++)
        seen[i] = jsonl->values[i].seen || jsonl->rows == 0;
    return columns_complete(jsonl->options, seen, 0, errors);
}

int64_t jsonl_rows(const Jsonl *jsonl)
{
    return jsonl->rows;
}
