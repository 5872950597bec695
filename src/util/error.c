#include "matswap/error.h"

#include <stdarg.h>
#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"

typedef struct KindRow
{
    const char *word;
    int exit_code;
    bool retry;
    const char *meaning;
} KindRow;

static const KindRow kinds[ERROR_KIND_COUNT] = {
#define X(name, word, exit_code, retry, meaning) {word, exit_code, retry, meaning},
    ERROR_KINDS(X)
#undef X
};

Errors *errors_new(const void *context)
{
    return mem_new(context, Errors);
}

Error *errors_add(Errors *errors, ErrorKind kind, const char *format, ...)
{
    Error *error = mem_new(errors, Error);
    error->kind = kind;
    va_list arguments;
    va_start(arguments, format);
    error->message = memory_checked(talloc_vasprintf(error, format, arguments));
    va_end(arguments);
    MEM_PUSH(errors, errors->items, errors->count, error);
    return error;
}

Error *error_at(Error *error, const char *file, int line, int column)
{
    error->file = mem_strdup(error, file);
    error->line = line;
    error->column = column;
    return error;
}

Error *error_object(Error *error, const char *object)
{
    error->object = mem_strdup(error, object);
    return error;
}

Error *error_remedy(Error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error->remedy = memory_checked(talloc_vasprintf(error, format, arguments));
    va_end(arguments);
    return error;
}

static void PRINTF_LIKE(2, 0) add_statement(Error *error, const char *format, va_list arguments)
{
    const char *statement = memory_checked(talloc_vasprintf(error, format, arguments));
    MEM_PUSH(error, error->statements, error->statement_count, statement);
}

Error *error_statement(Error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_statement(error, format, arguments);
    va_end(arguments);
    return error;
}

Error *error_grant(Error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_statement(error, format, arguments);
    va_end(arguments);
    return error_remedy(error, "%s", error->statements[error->statement_count - 1]);
}

void errors_move(Errors *to, Errors *from)
{
    for (size_t i = 0; i < from->count; i++)
    {
        Error *error = talloc_steal(to, from->items[i]);
        MEM_PUSH(to, to->items, to->count, error);
    }
    from->count = 0;
}

void errors_truncate(Errors *errors, size_t keep)
{
    while (errors->count > keep)
        talloc_free(errors->items[--errors->count]);
}

bool errors_empty(const Errors *errors)
{
    return errors->count == 0;
}

bool errors_have(const Errors *errors, ErrorKind kind)
{
    for (size_t i = 0; i < errors->count; i++)
        if (errors->items[i]->kind == kind)
            return true;
    return false;
}

Status errors_since(const Errors *errors, size_t before)
{
    return errors->count > before ? STATUS_FAILED : STATUS_OK;
}

int errors_exit_code(const Errors *errors)
{
    if (errors_have(errors, ERROR_IN_DOUBT))
        return error_kind_exit_code(ERROR_IN_DOUBT);
    return errors->count == 0 ? 0 : error_kind_exit_code(errors->items[0]->kind);
}

const char *error_kind_word(ErrorKind kind)
{
    return kinds[kind].word;
}

const char *error_kind_meaning(ErrorKind kind)
{
    return kinds[kind].meaning;
}

int error_kind_exit_code(ErrorKind kind)
{
    return kinds[kind].exit_code;
}

bool error_kind_retry(ErrorKind kind)
{
    return kinds[kind].retry;
}

static void add_place(Text *text, const Error *error)
{
    if (error->file == NULL)
        return;
    text_add(text, error->file);
    if (error->line > 0)
        text_addf(text, ":%d", error->line);
    if (error->line > 0 && error->column > 0)
        text_addf(text, ":%d", error->column);
    text_add(text, ": ");
}

/* "    detail: …", continuation lines indented alike */
static void add_server_line(Text *text, const char *label, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    text_addf(text, "\n    %s: ", label);
    for (const char *c = value; *c != '\0'; c++)
    {
        text_add_bytes(text, c, 1);
        if (*c == '\n')
            text_add(text, "        ");
    }
}

char *error_format(const void *context, const Error *error)
{
    Text *text = text_new(context);
    add_place(text, error);
    text_add(text, error->message);
    if (error->remedy != NULL)
        text_addf(text, "; %s", error->remedy);
    if (error->server_message != NULL && error->sqlstate != NULL)
        text_addf(text, "\n    server: %s (SQLSTATE %s)", error->server_message, error->sqlstate);
    else
        add_server_line(text, "server", error->server_message);
    add_server_line(text, "detail", error->detail);
    add_server_line(text, "hint", error->server_hint);
    add_server_line(text, "context", error->context);
    char *result = talloc_steal(context, text->data);
    talloc_free(text);
    return result;
}

char *error_line(const void *context, const Error *error)
{
    Text *text = text_new(context);
    add_place(text, error);
    text_add(text, error->message);
    if (error->server_message != NULL)
        text_addf(text, ": %s", error->server_message);
    for (char *c = text->data; *c != '\0'; c++)
        if (*c == '\n')
            *c = ' ';
    char *result = talloc_steal(context, text->data);
    talloc_free(text);
    return result;
}
