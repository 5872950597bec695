/*
 * query.c: a query about a view, which has {view} where the view's name is to be.
 *
 * {view} is found among tokens, so it stays as it is within strings, quoted names and comments, as psql's :"name" does.
 * For the parser each is a name of the same length that occurs nowhere in the text: so places stay what they are in the
 * file, and what is made of the text can be proven like any other statement before the view's name comes in.
 */
#include "sql_internal.h"

#include <stdio.h>
#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"

static const char placeholder[] = "{view}";

enum
{
    PLACEHOLDER_LENGTH = sizeof placeholder - 1,
    STAND_IN_COUNT = 36 * 36 * 36
};

/* "m000" to "mzzz", in quotes; NULL when all of them occur: then the text has more than a hundred thousand bytes. */
static char *find_stand_in(const void *context, const char *text)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    for (int i = 0; i < STAND_IN_COUNT; i++)
    {
        char *name = mem_printf(context, "\"m%c%c%c\"", digits[i / 1296], digits[i / 36 % 36], digits[i % 36]);
        if (strstr(text, name) == NULL)
            return name;
        talloc_free(name);
    }
    return NULL;
}

static bool is_placeholder(const Source *source, size_t token)
{
    return source_kind(source, token) == '{' &&
           strncmp(source->file->text + source->tokens[token].start, placeholder, PLACEHOLDER_LENGTH) == 0;
}

/* The same text with the stand-in in the place of each {view}; NULL after an error. */
static char *stand_in(const void *context, const char *path, const char *text, const char **ret_name, Errors *errors)
{
    SqlFile file = {path, text, strlen(text)};
    Source *source = source_new(context, &file, false);
    char *copy = mem_strdup(context, text);
    *ret_name = find_stand_in(context, text);
    if (*ret_name == NULL)
    {
        error_remedy(source_error(source, 0, errors, "the query is too long"), "split it");
        return NULL;
    }
    source_scan(source);
    for (size_t token = 0; token < source->token_count; token++)
        if (is_placeholder(source, token))
            memcpy(copy + source->tokens[token].start, *ret_name, PLACEHOLDER_LENGTH);
    return copy;
}

/* `text` with `name` in the place of each stand-in. */
static char *put_name(const void *context, const char *text, const char *stand_in_name, const char *name, bool separate)
{
    Text *result = text_new(context);
    const char *found;
    for (; (found = strstr(text, stand_in_name)) != NULL; text = found + PLACEHOLDER_LENGTH)
    {
        text_add_bytes(result, text, (size_t) (found - text));
        if (separate)
            rewrite_separate(result, name[0]);
        text_add(result, name);
        if (separate)
            rewrite_separate(result, found[PLACEHOLDER_LENGTH]);
    }
    text_add(result, text);
    return result->data;
}

/* A name of two parts cannot stand everywhere where one can. */
static Status check_named(const SqlStatement *statement, const char *text, Errors *errors)
{
    void *scratch = mem_context(errors);
    const Packed *packed = packed_parse(scratch, text);
    Status status = packed->message == NULL ? STATUS_OK : STATUS_FAILED;
    if (status != STATUS_OK)
    {
        int line = statement->line;
        SqlFile file = {statement->file->path, text, strlen(text)};
        const Source *source = source_new(scratch, &file, false);
        size_t end = source_offset_of_character(source, packed->character);
        for (size_t i = 0; i < end; i++)
            line += text[i] == '\n';
        Error *error = errors_add(errors, ERROR_SOURCE, "{view} cannot stand here: %s", packed->message);
        error_remedy(error_at(error, statement->file->path, line, 0),
                     "use it where a view's name with its schema can stand");
    }
    talloc_free(scratch);
    return status;
}

/* The stand-in is nobody's business. */
static void restore_placeholder(const Errors *errors, size_t from, const char *stand_in_name)
{
    for (size_t i = from; i < errors->count; i++)
    {
        Error *error = errors->items[i];
        error->message = put_name(error, error->message, stand_in_name, placeholder, false);
    }
}

static Status rewrite(const void *context, Reading *reading, const char *stand_in_name, SqlGeneration generation,
                      SqlQuery *ret_query)
{
    const SqlStatement *statement = reading->drafts[0].statement;
    const char *schema = rewrite_target_schema(statement, generation);
    char *name = name_qualified(reading, (Name){schema, statement->view.name});
    char *text;
    if (sql_rewrite(reading, statement, generation, &text, reading->errors) != STATUS_OK)
        return STATUS_FAILED;
    text = put_name(context, text, stand_in_name, name, true);
    if (check_named(statement, text, reading->errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_query = (SqlQuery){text, statement->line};
    return STATUS_OK;
}

Status sql_rewrite_query(const void *context, const char *path, const char *text, Name view, SqlGeneration generation,
                         SqlQuery *ret_query, Errors *errors)
{
    size_t before = errors->count;
    void *scratch = mem_context(context);
    const char *name = NULL;
    const char *standing_in = stand_in(scratch, path, text, &name, errors);
    Status status = STATUS_FAILED;
    if (standing_in != NULL)
    {
        Reading *reading = reading_new(scratch, view.schema, errors);
        reading->query_about = &view;
        set_add_file(reading, path, standing_in);
        status = errors_since(errors, before) == STATUS_OK ? rewrite(context, reading, name, generation, ret_query)
                                                           : STATUS_FAILED;
        restore_placeholder(errors, before, name);
    }
    talloc_free(scratch);
    return status;
}
