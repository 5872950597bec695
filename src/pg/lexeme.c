/*
 * lexeme.c: just enough of SQL's lexical rules to know what is not code: strings, quoted identifiers, comments.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
#include <ctype.h>
#include <string.h>

#include "connection_internal.h"

static bool is_word(char c)
{
    return isalnum((unsigned char) c) || c == '_' || c == '$' || (unsigned char) c >= 0x80;
}

static bool is_word_start(char c)
{
    return is_word(c) && !isdigit((unsigned char) c) && c != '$';
}

/* `text` is at the opening quote; a doubled quote stays inside, and a backslash escapes in E'' strings. */
static const char *quoted_end(const char *text, bool backslashes)
{
    char quote = *text++;
    while (*text != '\0')
    {
        if (backslashes && *text == '\\' && text[1] != '\0')
            text += 2;
        else if (*text == quote && text[1] == quote)
            text += 2;
        else if (*text++ == quote)
            return text;
    }
    return text;
}

/* Comments nest, unlike those of C. */
static const char *block_comment_end(const char *text)
{
    size_t depth = 0;
    while (*text != '\0')
    {
        if (text[0] == '/' && text[1] == '*')
        {
            depth++;
            text += 2;
        }
        else if (text[0] == '*' && text[1] == '/')
        {
            text += 2;
            if (--depth == 0)
                return text;
        }
        else
            text++;
    }
    return text;
}

/* `text` is at a dollar sign; just behind it if no dollar quote begins here ($1, or $ alone). */
static const char *dollar_quote_end(const char *text)
{
    const char *tag_end = text + 1;
    if (is_word_start(*tag_end))
        while (is_word(*tag_end) && *tag_end != '$')
            tag_end++;
    if (*tag_end != '$')
        return text + 1;
    size_t length = (size_t) (tag_end + 1 - text);
    for (const char *at = text + length; (at = strchr(at, '$')) != NULL; at++)
        if (strncmp(at, text, length) == 0)
            return at + length;
    return text + strlen(text);
}

static const char *word_end(const char *text)
{
    const char *end = text + 1;
    if ((*text == 'e' || *text == 'E') && *end == '\'')
        return quoted_end(end, true);
    while (is_word(*end))
        end++;
    return end;
}

const char *lexeme_end(const char *text)
{
    if (*text == '\0')
        return text;
    if (isspace((unsigned char) *text))
        return text + strspn(text, " \t\n\r\f\v");
    if (*text == '\'' || *text == '"')
        return quoted_end(text, false);
    if (text[0] == '-' && text[1] == '-')
        return text + strcspn(text, "\n");
    if (text[0] == '/' && text[1] == '*')
        return block_comment_end(text);
    if (*text == '$')
        return dollar_quote_end(text);
    if (is_word(*text))
        return word_end(text);
    return text + 1;
}

bool lexeme_is_blank(const char *text)
{
    return isspace((unsigned char) *text) || (text[0] == '-' && text[1] == '-') || (text[0] == '/' && text[1] == '*');
}
