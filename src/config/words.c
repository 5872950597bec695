/*
 * A command as its words, in the syntax of a shell's quotes and backslashes, and nothing else of a shell:
 * https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_02
 */
#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"
#include "value.h"

/* What a backslash within double quotes takes the meaning of. */
static bool escapable(char c)
{
    return c != '\0' && strchr("\"\\$`", c) != NULL;
}

/* 'x' and "x": returns what follows the closing quote, NULL if there is none. */
static const char *read_quoted(const char *text, Text *word)
{
    char quote = *text++;
    for (; *text != '\0'; text++)
    {
        if (*text == quote)
            return text + 1;
        if (quote == '"' && *text == '\\' && escapable(text[1]))
            text++;
        text_add_bytes(word, text, 1);
    }
    return NULL;
}

/* Pipes and redirections would do something in a shell, and would be passed to the program here. */
static bool is_operator(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return strchr("<>", text[digits]) != NULL ? text[digits] != '\0' : digits == 0 && strchr("|&;", text[0]) != NULL;
}

static const char *read_word(const char *text, Text *word, const char **ret_reason)
{
    while (*text != '\0' && *text != ' ' && *text != '\t')
    {
        if (*text == '\'' || *text == '"')
        {
            text = read_quoted(text, word);
            *ret_reason = "a quote is not closed";
        }
        else
        {
            *ret_reason = "a backslash stands at its end";
            text += *text == '\\';
            if (*text != '\0')
                text_add_bytes(word, text++, 1);
            else
                text = NULL;
        }
        if (text == NULL)
            return NULL;
    }
    return text;
}

const char **words_split(const void *context, const char *text, size_t *ret_count, const char **ret_reason)
{
    const char **words = NULL;
    size_t count = 0;
    for (text += strspn(text, " \t"); *text != '\0'; text += strspn(text, " \t"))
    {
        if (is_operator(text))
        {
            *ret_reason = "pipes, redirections and lists need a shell: write `sh:` before the command, or quote the word";
            return NULL;
        }
        Text *word = text_new(context);
        text = read_word(text, word, ret_reason);
        if (text == NULL)
            return NULL;
        MEM_PUSH(context, words, count, word->data);
    }
    MEM_PUSH(context, words, count, NULL);
    *ret_count = count - 1;
    return words;
}
