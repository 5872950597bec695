/*
 * template.c: fills in psql's :"name", :'name' and :name.
 * https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-INTERPOLATION
 */
#include <ctype.h>
#include <string.h>

#include "connection_internal.h"
#include "matswap/memory.h"
#include "matswap/text.h"

typedef struct Placeholder
{
    char quote; /* '"', '\'', or '\0' for raw SQL */
    const char *name;
    size_t length;
    const char *end;
} Placeholder;

static size_t name_length(const char *text)
{
    size_t length = 0;
    while (isalnum((unsigned char) text[length]) || text[length] == '_')
        length++;
    return length;
}

/* Does a placeholder begin at this colon? */
static bool read_placeholder(const char *colon, Placeholder *ret_placeholder)
{
    Placeholder placeholder = {.name = colon + 1};
    if (*placeholder.name == '"' || *placeholder.name == '\'')
        placeholder.quote = *placeholder.name++;
    placeholder.length = name_length(placeholder.name);
    placeholder.end = placeholder.name + placeholder.length;
    if (placeholder.length == 0 || (placeholder.quote != '\0' && *placeholder.end++ != placeholder.quote))
        return false;
    /* the bound of an array slice is a number, never a variable of ours */
    if (isdigit((unsigned char) *placeholder.name))
        return false;
    *ret_placeholder = placeholder;
    return true;
}

static const char *find_value(const Placeholder *placeholder, const SqlVariable *variables, const char *template_text)
{
    for (; variables->name != NULL; variables++)
        if (strlen(variables->name) == placeholder->length &&
            memcmp(variables->name, placeholder->name, placeholder->length) == 0 && variables->value != NULL)
            return variables->value;
    pg_defect("the SQL template's variable \"%.*s\" has no value:\n%s", (int) placeholder->length, placeholder->name,
              template_text);
}

static void add_value(Text *text, char quote, const char *value)
{
    void *scratch = mem_context(text);
    if (quote == '"')
        text_add(text, name_quote(scratch, value));
    else if (quote == '\'')
        text_add(text, name_literal(scratch, value));
    else
        text_add(text, value);
    talloc_free(scratch);
}

char *pg_sql(const void *context, const char *template_text, const SqlVariable *variables)
{
    Text *text = text_new(NULL);
    for (const char *at = template_text; *at != '\0';)
    {
        Placeholder placeholder;
        const char *end = lexeme_end(at);
        if (at[0] == ':' && (at[1] == ':' || at[1] == '='))
            end = at + 2;
        else if (at[0] == ':' && read_placeholder(at, &placeholder))
        {
            add_value(text, placeholder.quote, find_value(&placeholder, variables, template_text));
            at = placeholder.end;
            continue;
        }
        text_add_bytes(text, at, (size_t) (end - at));
        at = end;
    }
    char *result = talloc_steal(context, text->data);
    talloc_free(text);
    return result;
}
