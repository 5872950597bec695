#include "sql_internal.h"

#include <stdarg.h>
#include <string.h>

#include "matswap/memory.h"

static void find_lines(Source *source)
{
    size_t start = 0;
    MEM_PUSH(source, source->lines, source->line_count, start);
    for (size_t i = 0; i < source->file->length; i++)
        if (source->file->text[i] == '\n')
        {
            start = i + 1;
            MEM_PUSH(source, source->lines, source->line_count, start);
        }
}

Source *source_new(const void *context, const SqlFile *file, bool byte_order_mark)
{
    Source *source = mem_new(context, Source);
    source->file = file;
    source->byte_order_mark = byte_order_mark;
    find_lines(source);
    return source;
}

/*
 * libpg_query 15-4 reports a wrong end for U&"…" and U&'…' (its scanner has already given back what follows the
 * closing quote, see pg_query_scan.c).  They end where the white space before the next token begins.
 */
static size_t end_before(const char *text, size_t start, size_t next)
{
    while (next > start && strchr(" \t\r\n\f\v", text[next - 1]) != NULL)
        next--;
    return next;
}

static void add_tokens(Source *source, const PgQuery__ScanResult *scan)
{
    source->tokens = mem_array(source, Token, scan->n_tokens);
    for (size_t i = 0; i < scan->n_tokens; i++)
    {
        const PgQuery__ScanToken *from = scan->tokens[i];
        if (from->token == PG_QUERY__TOKEN__SQL_COMMENT || from->token == PG_QUERY__TOKEN__C_COMMENT)
            continue;
        Token *token = &source->tokens[source->token_count++];
        token->start = (size_t) from->start;
        token->end = (size_t) from->end;
        token->kind = (int) from->token;
        token->keyword = from->keyword_kind != PG_QUERY__KEYWORD_KIND__NO_KEYWORD;
        if (from->token == PG_QUERY__TOKEN__UIDENT || from->token == PG_QUERY__TOKEN__USCONST)
        {
            size_t next = i + 1 < scan->n_tokens ? (size_t) scan->tokens[i + 1]->start : source->file->length;
            token->end = end_before(source->file->text, token->start, next);
        }
    }
}

void source_scan(Source *source)
{
    PgQueryScanResult result = pg_query_scan(source->file->text);
    if (result.error == NULL)
    {
        void *scratch = mem_context(source);
        PgQuery__ScanResult *scan = packed_scan(result.pbuf, arena_new(scratch));
        add_tokens(source, scan);
        talloc_free(scratch);
    }
    pg_query_free_scan_result(result);
}

static bool is_continuation_byte(char c)
{
    return ((unsigned char) c & 0xC0) == 0x80;
}

void source_place(const Source *source, size_t offset, int *ret_line, int *ret_column)
{
    size_t low = 0;
    size_t high = source->line_count;
    while (high - low > 1)
    {
        size_t middle = low + (high - low) / 2;
        if (source->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    size_t start = source->lines[low];
    if (low == 0 && source->byte_order_mark && offset >= 3)
        start += 3;
    int column = 1;
    for (size_t i = start; i < offset; i++)
        column += !is_continuation_byte(source->file->text[i]);
    *ret_line = (int) low + 1;
    *ret_column = column;
}

size_t source_offset_of_character(const Source *source, int character)
{
    size_t offset = 0;
    for (int seen = 1; seen < character && offset < source->file->length; seen++)
        do
            offset++;
        while (is_continuation_byte(source->file->text[offset]));
    return offset;
}

size_t source_token_at(const Source *source, size_t offset)
{
    size_t low = 0;
    size_t high = source->token_count;
    while (low < high)
    {
        size_t middle = low + (high - low) / 2;
        if (source->tokens[middle].start < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < source->token_count && source->tokens[low].start == offset ? low : source->token_count;
}

int source_kind(const Source *source, size_t token)
{
    return token < source->token_count ? source->tokens[token].kind : 0;
}

static size_t after_escape(const Source *source, size_t token)
{
    return source_kind(source, token + 1) == PG_QUERY__TOKEN__UESCAPE ? token + 3 : token + 1;
}

size_t source_after_name(const Source *source, size_t token)
{
    return source_kind(source, token) == PG_QUERY__TOKEN__UIDENT ? after_escape(source, token) : token + 1;
}

size_t source_after_string(const Source *source, size_t token)
{
    return source_kind(source, token) == PG_QUERY__TOKEN__USCONST ? after_escape(source, token) : token + 1;
}

size_t source_after_dotted(const Source *source, size_t token)
{
    token = source_after_name(source, token);
    while (source_kind(source, token) == PG_QUERY__TOKEN__ASCII_46)
        token = source_after_name(source, token + 1);
    return token;
}

Error *source_error(const Source *source, size_t offset, Errors *errors, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = memory_checked(talloc_vasprintf(errors, format, arguments));
    va_end(arguments);
    Error *error = errors_add(errors, ERROR_SOURCE, "%s", message);
    talloc_free(message);
    int line;
    int column;
    source_place(source, offset, &line, &column);
    return error_at(error, source->file->path, line, column);
}
