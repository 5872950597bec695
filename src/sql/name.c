#include "matswap/name.h"

#include <string.h>

#include "matswap/memory.h"
#include "matswap/sql.h"
#include "matswap/text.h"

bool name_equal(Name a, Name b)
{
    return text_equal(a.schema, b.schema) && text_equal(a.name, b.name);
}

int name_compare(const void *a, const void *b)
{
    const Name *left = a;
    const Name *right = b;
    int order = strcmp(left->schema ? left->schema : "", right->schema ? right->schema : "");
    return order != 0 ? order : strcmp(left->name, right->name);
}

/* Reserved by a server newer than the linked grammar: bare, they would not be read as a name there. */
static bool is_newer_keyword(const char *word)
{
    return strcmp(word, "system_user") == 0; /* PostgreSQL 16 */
}

static bool may_stand_bare(const char *text)
{
    if (!((text[0] >= 'a' && text[0] <= 'z') || text[0] == '_'))
        return false;
    for (const char *c = text; *c != '\0'; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_'))
            return false;
    return !sql_is_keyword(text) && !is_newer_keyword(text);
}

static char *enclose(const void *context, const char *prefix, char quote, const char *text, bool double_backslash)
{
    size_t length = strlen(text);
    char *result = mem_array(context, char, strlen(prefix) + 2 * length + 3);
    char *out = stpcpy(result, prefix);
    *out++ = quote;
    for (const char *c = text; *c != '\0'; c++)
    {
        if (*c == quote || (double_backslash && *c == '\\'))
            *out++ = *c;
        *out++ = *c;
    }
    *out++ = quote;
    *out = '\0';
    return result;
}

char *name_quote(const void *context, const char *text)
{
    return may_stand_bare(text) ? mem_strdup(context, text) : enclose(context, "", '"', text, false);
}

char *name_literal(const void *context, const char *text)
{
    bool backslash = strchr(text, '\\') != NULL;
    return enclose(context, backslash ? "E" : "", '\'', text, backslash);
}

char *name_qualified(const void *context, Name name)
{
    char *quoted = name_quote(context, name.name);
    if (name.schema == NULL)
        return quoted;
    char *schema = name_quote(context, name.schema);
    char *result = mem_printf(context, "%s.%s", schema, quoted);
    talloc_free(schema);
    talloc_free(quoted);
    return result;
}
