#include "markup.h"

#include <string.h>

#include "matswap/memory.h"

static unsigned code_point(const unsigned char *s, size_t length)
{
    static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    unsigned code = s[0] & masks[length];
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (s[i] & 0x3FU);
    return code;
}

/*
 * What must not act on the page: C0 and C1 (most of C0 is not even allowed in XML), the marks, embeddings, overrides
 * and isolates of https://www.unicode.org/reports/tr9/ , which make a name look like another one, line and paragraph
 * separators, the byte order mark and the two that are no characters.
 */
static bool is_unseen(unsigned code)
{
    return (code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7F && code < 0xA0) || code == 0x061C ||
           code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF || code == 0xFFFE || code == 0xFFFF;
}

static const char *entity(unsigned code)
{
    switch (code)
    {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void markup_text(Text *html, const char *text)
{
    const unsigned char *s = (const unsigned char *) text;
    while (*s != '\0')
    {
        size_t length = text_utf8_length((const char *) s);
        unsigned code = length == 0 ? *s : code_point(s, length);
        if (length == 0)
            text_addf(html, "\\x%02x", code);
        else if (is_unseen(code))
            text_addf(html, code < 0x100 ? "\\x%02x" : "\\u%04x", code);
        else if (entity(code) != NULL)
            text_add(html, entity(code));
        else
            text_add_bytes(html, (const char *) s, length);
        s += length == 0 ? 1 : length;
    }
}

void markup_attribute(Text *html, const char *attribute, const char *value)
{
    text_addf(html, " %s=\"", attribute);
    markup_text(html, value);
    text_add(html, "\"");
}

static void add_element(Text *html, const char *open, const char *text, const char *close)
{
    if (text == NULL)
    {
        text_add(html, "–");
        return;
    }
    text_add(html, open);
    markup_text(html, text);
    text_add(html, close);
}

void markup_foreign(Text *html, const char *text)
{
    add_element(html, "<bdi>", text, "</bdi>");
}

void markup_code(Text *html, const char *text)
{
    add_element(html, "<code><bdi>", text, "</bdi></code>");
}

void markup_name(Text *html, Name name)
{
    char *written = name_qualified(NULL, name);
    markup_foreign(html, written);
    talloc_free(written);
}

/* 2026-11-21T08:30:00.123Z, of which nobody wants to read the T, the thousandths and the Z */
void markup_time(Text *html, const char *time)
{
    enum
    {
        DAY = 10,
        SECONDS = 19
    };
    if (time == NULL || strlen(time) < SECONDS || time[DAY] != 'T')
    {
        markup_foreign(html, time);
        return;
    }
    char *shown = mem_printf(NULL, "%.*s %.*s", DAY, time, SECONDS - DAY - 1, time + DAY + 1);
    text_add(html, "<time");
    markup_attribute(html, "datetime", time);
    text_add(html, ">");
    markup_text(html, shown);
    text_add(html, "</time>");
    talloc_free(shown);
}

/* Where the character number `index` begins; the end, when there are fewer. */
static const char *at_character(const char *text, size_t index)
{
    for (; *text != '\0' && index > 0; index--)
    {
        size_t length = text_utf8_length(text);
        text += length == 0 ? 1 : length;
    }
    return text;
}

static size_t character_count(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; count++)
        text = at_character(text, 1);
    return count;
}

char *markup_shortened(const void *context, const char *text, size_t width)
{
    size_t count = character_count(text);
    if (count <= width)
        return mem_strdup(context, text);
    size_t head = (width - 1) / 2;
    size_t tail = width - 1 - head;
    return mem_printf(context, "%.*s…%s", (int) (at_character(text, head) - text), text,
                      at_character(text, count - tail));
}
