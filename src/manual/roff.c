/* Text as roff, in the manner of mdoc(7): fonts within a line by escapes, since macros would break lines at punctuation. */
#include <ctype.h>
#include <string.h>

#include "manual.h"
#include "matswap/markdown.h"
#include "matswap/memory.h"

/* groff_char(7): what would become a typographic sign; in prose a - within a word may stay a hyphen. */
static void add_character(Text *text, char character, bool literal)
{
    switch (character)
    {
    case '\\':
        text_add(text, "\\e");
        break;
    case '-':
        text_add(text, literal ? "\\-" : "-");
        break;
    case '\'':
        text_add(text, literal ? "\\(aq" : "'");
        break;
    case '`':
        text_add(text, "\\(ga");
        break;
    case '~':
        text_add(text, "\\(ti");
        break;
    case '^':
        text_add(text, "\\(ha");
        break;
    default:
        text_add_bytes(text, &character, 1);
        break;
    }
}

/* A line that begins with a control character would be a request (groff(7)). */
static void guard_line_start(Text *text, char next)
{
    if ((next == '.' || next == '\'') && (text->length == 0 || text->data[text->length - 1] == '\n'))
        text_add(text, "\\&");
}

static bool ends_sentence(const char *at)
{
    return strchr(".?!", at[0]) != NULL && at[1] == ' ';
}

static void add_words(Text *text, const char *words, bool literal)
{
    while (*words != '\0')
    {
        guard_line_start(text, *words);
        bool option = strncmp(words, "--", 2) == 0;
        if (!literal && ends_sentence(words))
        {
            text_addf(text, "%c\n", *words);
            words += 1 + strspn(words + 1, " ");
            continue;
        }
        add_character(text, *words, literal || option);
        if (option)
            add_character(text, *++words, true);
        words++;
    }
}

void roff_add_prose(Text *text, const char *markdown)
{
    size_t count;
    void *scratch = mem_context(NULL);
    const MarkdownSpan *spans = markdown_spans(scratch, markdown, &count);
    for (size_t i = 0; i < count; i++)
    {
        const char *span = spans[i].text;
        if (spans[i].style == MARKDOWN_LITERAL || spans[i].style == MARKDOWN_STRONG)
        {
            text_add(text, "\\fB");
            add_words(text, span, spans[i].style == MARKDOWN_LITERAL);
            text_add(text, "\\fR");
        }
        else if (spans[i].style == MARKDOWN_LINK)
        {
            const char *target = spans[i].target;
            size_t page = strstr(target, "://") != NULL ? strlen(target) : strcspn(target, "#");
            roff_add_prose(text, span);
            if (page > 0 && strncmp(span, target, page) != 0)
            {
                text_add(text, " (");
                add_words(text, mem_strndup(scratch, target, page), true);
                text_add(text, ")");
            }
        }
        else
            add_words(text, span, false);
    }
    talloc_free(scratch);
}

void roff_add_literal(Text *text, const char *lines)
{
    for (; *lines != '\0'; lines++)
    {
        guard_line_start(text, *lines);
        add_character(text, *lines, true);
    }
}
