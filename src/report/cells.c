#include "cells.h"

#include <locale.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include "matswap/memory.h"

/*
 * The program itself runs in the C locale, so that no library's idea of numbers depends on who starts it; what characters
 * look like is asked for in one that knows them.  It is part of libc (C.UTF-8), and lives as long as the process.
 */
static locale_t characters(void)
{
    static locale_t locale;
    if (locale == (locale_t) 0)
        locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t) 0);
    return locale;
}

/* The length of the next character, in bytes, and its width; a byte that begins none counts as "?". */
static size_t next(const char *string, wchar_t *ret_character, int *ret_width)
{
    mbstate_t state = {0};
    size_t length = mbrtowc(ret_character, string, strlen(string), &state);
    if (length == (size_t) -1 || length == (size_t) -2)
    {
        *ret_character = L'\0'; /* which no string has inside */
        *ret_width = 1;
        return 1;
    }
    *ret_width = wcwidth(*ret_character);
    return length;
}

/* Marks that turn the direction of what follows (Unicode, UAX #9), and separators of lines. */
static bool turns(wchar_t c)
{
    return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

char *cells_inert(const void *context, const char *string)
{
    Text *text = text_new(context);
    locale_t before = characters() == (locale_t) 0 ? (locale_t) 0 : uselocale(characters());
    while (*string != '\0')
    {
        wchar_t character;
        int width;
        size_t length = next(string, &character, &width);
        if (character == L'\0' || width < 0 || turns(character))
            text_add(text, "?");
        else
            text_add_bytes(text, string, length);
        string += length;
    }
    if (before != (locale_t) 0)
        uselocale(before);
    return text->data;
}

/* How many bytes of the string fit into `limit` cells, and how many cells these take. */
static size_t fitting(const char *string, size_t limit, size_t *ret_cells)
{
    size_t bytes = 0;
    size_t cells = 0;
    locale_t before = characters() == (locale_t) 0 ? (locale_t) 0 : uselocale(characters());
    while (string[bytes] != '\0')
    {
        wchar_t character;
        int width;
        size_t length = next(string + bytes, &character, &width);
        size_t taken = width < 0 ? 1 : (size_t) width;
        if (cells + taken > limit)
            break;
        cells += taken;
        bytes += length;
    }
    if (before != (locale_t) 0)
        uselocale(before);
    *ret_cells = cells;
    return bytes;
}

size_t cells_width(const char *string)
{
    size_t cells;
    fitting(string, SIZE_MAX, &cells);
    return cells;
}

static void add_spaces(CellLine *line, size_t count)
{
    for (; count > 0 && line->used < line->limit; count--, line->used++)
        text_add(line->text, " ");
}

/* ECMA-48, "select graphic rendition" */
static const char *code(CellStyle style)
{
    switch (style)
    {
    case STYLE_BOLD:
        return "\033[1m";
    case STYLE_DIM:
        return "\033[2m";
    case STYLE_DONE:
        return "\033[32m";
    case STYLE_DOING:
        return "\033[36m";
    case STYLE_PLAIN:
        break;
    }
    return "";
}

static void add_styled(CellLine *line, CellStyle style, const char *string, size_t bytes, const char *mark)
{
    bool coloured = line->colour && style != STYLE_PLAIN;
    if (coloured)
        text_add(line->text, code(style));
    text_add_bytes(line->text, string, bytes);
    text_add(line->text, mark);
    if (coloured)
        text_add(line->text, "\033[0m");
}

static void add(CellLine *line, CellStyle style, const char *string, size_t width, bool right)
{
    size_t room = line->limit - line->used;
    if (width > 0 && width < room)
        room = width;
    size_t cells;
    size_t bytes = fitting(string, room, &cells);
    bool cut = string[bytes] != '\0';
    if (cut && room > 0)
        bytes = fitting(string, room - 1, &cells);
    size_t padding = cut || width == 0 ? 0 : room - cells;
    if (right)
        add_spaces(line, padding);
    add_styled(line, style, string, bytes, !cut || room == 0 ? "" : line->unicode ? "…" : "~");
    line->used += cells + (cut && room > 0 ? 1 : 0);
    if (!right)
        add_spaces(line, padding);
}

void cells_add(CellLine *line, CellStyle style, const char *string, size_t width)
{
    add(line, style, string, width, false);
}

void cells_add_right(CellLine *line, CellStyle style, const char *string, size_t width)
{
    add(line, style, string, width, true);
}
