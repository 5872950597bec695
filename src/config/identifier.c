/* https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS */
#include <string.h>

#include "matswap/memory.h"
#include "value.h"

enum
{
    LONGEST = 63 /* NAMEDATALEN - 1: the server would cut what is longer */
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || ((unsigned char) c & 0x80) != 0;
}

static const char *skip_spaces(const char *text)
{
    return text + strspn(text, " \t");
}

/* "a ""b""" → a "b"; returns what follows the closing quote, NULL if there is none. */
static const char *read_quoted(const char *text, char *out)
{
    for (text++; *text != '\0'; text++)
    {
        if (*text == '"' && text[1] != '"')
        {
            *out = '\0';
            return text + 1;
        }
        if (*text == '"')
            text++;
        *out++ = *text;
    }
    return NULL;
}

/* Only ASCII letters are folded: what the server does with others depends on its encoding and locale. */
static const char *read_bare(const char *text, char *out)
{
    if (!is_letter(*text))
        return NULL;
    for (; is_letter(*text) || (*text >= '0' && *text <= '9') || *text == '$'; text++)
        *out++ = *text >= 'A' && *text <= 'Z' ? (char) (*text + ('a' - 'A')) : *text;
    *out = '\0';
    return text;
}

const char **identifiers_split(const void *context, const char *text, char separator, size_t *ret_count,
                               const char **ret_reason)
{
    const char **names = NULL;
    size_t count = 0;
    for (;;)
    {
        text = skip_spaces(text);
        char *name = mem_array(context, char, strlen(text) + 1);
        const char *end = *text == '"' ? read_quoted(text, name) : read_bare(text, name);
        if (end == NULL || name[0] == '\0')
        {
            *ret_reason =
                *text == '"' ? "a quoted name is empty or not closed" : "a name is missing, or needs double quotes";
            return NULL;
        }
        if (strlen(name) > LONGEST)
        {
            *ret_reason = "a name is longer than 63 bytes, which is the server's limit";
            return NULL;
        }
        MEM_PUSH(context, names, count, name);
        text = skip_spaces(end);
        if (*text == '\0')
            break;
        if (*text != separator)
        {
            *ret_reason = separator == ',' ? "names are separated by commas; one with other signs needs double quotes"
                                           : "a name with other signs needs double quotes";
            return NULL;
        }
        text++;
    }
    *ret_count = count;
    return names;
}

bool identifiers_name(const void *context, const char *text, Name *ret_name, const char **ret_reason)
{
    size_t count = 0;
    *ret_reason = "write a name, or schema.name";
    const char **parts = identifiers_split(context, text, '.', &count, ret_reason);
    if (parts == NULL || count > 2)
        return false;
    *ret_name = (Name){count == 2 ? parts[0] : NULL, parts[count - 1]};
    return true;
}
