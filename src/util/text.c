#include "matswap/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "matswap/memory.h"

Text *text_new(const void *context)
{
    Text *text = mem_new(context, Text);
    text->data = mem_array(text, char, 64);
    return text;
}

static void reserve(Text *text, size_t more)
{
    size_t capacity = talloc_get_size(text->data);
    if (more < capacity - text->length)
        return;
    if (more > SIZE_MAX / 4 || text->length > SIZE_MAX / 4)
        memory_exhausted();
    size_t wanted = capacity;
    while (wanted <= text->length + more)
        wanted *= 2;
    text->data = memory_checked(talloc_realloc_size(text, text->data, wanted));
}

void text_add_bytes(Text *text, const char *bytes, size_t length)
{
    reserve(text, length);
    if (length > 0)
        memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void text_add(Text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

void text_addf(Text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *piece = memory_checked(talloc_vasprintf(text, format, arguments));
    va_end(arguments);
    text_add(text, piece);
    talloc_free(piece);
}

static size_t width_of(const char *string, size_t length)
{
    size_t width = 0;
    for (size_t i = 0; i < length; i++)
        width += ((unsigned char) string[i] & 0xC0) != 0x80;
    return width;
}

size_t text_width(const char *string)
{
    return width_of(string, strlen(string));
}

void text_add_wrapped(Text *text, const char *string, size_t column, size_t indent, size_t width)
{
    bool first = true;
    for (string += strspn(string, " \n"); *string != '\0'; string += strspn(string, " \n"))
    {
        size_t length = strcspn(string, " \n");
        size_t columns = width_of(string, length);
        if (!first && column + 1 + columns > width)
        {
            text_addf(text, "\n%*s", (int) indent, "");
            column = indent;
        }
        else if (!first)
        {
            text_add(text, " ");
            column++;
        }
        text_add_bytes(text, string, length);
        column += columns;
        string += length;
        first = false;
    }
}

/* RFC 3629: no surrogates, no overlong forms */
size_t text_utf8_length(const char *string)
{
    const unsigned char *s = (const unsigned char *) string;
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xC2 && s[0] <= 0xDF)
        return (s[1] & 0xC0) == 0x80 ? 2 : 0;
    if (s[0] >= 0xE0 && s[0] <= 0xEF)
    {
        if ((s[1] & 0xC0) != 0x80 || (s[2] & 0xC0) != 0x80)
            return 0;
        if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F))
            return 0;
        return 3;
    }
    if (s[0] >= 0xF0 && s[0] <= 0xF4)
    {
        if ((s[1] & 0xC0) != 0x80 || (s[2] & 0xC0) != 0x80 || (s[3] & 0xC0) != 0x80)
            return 0;
        if ((s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
            return 0;
        return 4;
    }
    return 0;
}

void text_add_json(Text *text, const char *string)
{
    if (string == NULL)
    {
        text_add(text, "null");
        return;
    }
    text_add(text, "\"");
    const unsigned char *s = (const unsigned char *) string;
    while (*s != '\0')
    {
        size_t length = text_utf8_length((const char *) s);
        if (length == 0)
        {
            text_add(text, "\\ufffd");
            length = 1;
        }
        else if (*s == '"' || *s == '\\')
            text_addf(text, "\\%c", *s);
        else if (*s == '\n')
            text_add(text, "\\n");
        else if (*s < 0x20 || *s == 0x7F)
            text_addf(text, "\\u%04x", *s);
        else if (s[0] == 0xC2 && s[1] < 0xA0) /* C1 control characters steer terminals, too */
            text_addf(text, "\\u%04x", s[1]);
        else
            text_add_bytes(text, (const char *) s, length);
        s += length;
    }
    text_add(text, "\"");
}

/* C1 control characters (U+0080 to U+009F) steer terminals as C0 does. */
static bool is_control(const unsigned char *s)
{
    return s[0] < 0x20 || s[0] == 0x7F || (s[0] == 0xC2 && s[1] < 0xA0);
}

void text_add_visible(Text *text, const char *string)
{
    const unsigned char *s = (const unsigned char *) string;
    while (*s != '\0')
    {
        size_t length = text_utf8_length((const char *) s);
        size_t escaped = length == 0 ? 1 : is_control(s) ? length : 0;
        for (size_t i = 0; i < escaped; i++)
            text_addf(text, "\\x%02x", s[i]);
        if (escaped == 0)
            text_add_bytes(text, (const char *) s, length);
        s += escaped > 0 ? escaped : length;
    }
}

char *text_shell_word(const void *context, const char *string)
{
    static const char bare[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@/-";
    Text *word = text_new(context);
    if (string[0] != '\0' && string[strspn(string, bare)] == '\0')
    {
        text_add(word, string);
        return word->data;
    }
    text_add(word, "'");
    for (const char *c = string; *c != '\0'; c++)
        if (*c == '\'')
            text_add(word, "'\\''");
        else
            text_add_bytes(word, c, 1);
    text_add(word, "'");
    return word->data;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

static size_t edit_distance(const void *context, const char *a, const char *b)
{
    size_t columns = strlen(b) + 1;
    size_t *row = mem_array(context, size_t, columns);
    for (size_t j = 0; j < columns; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++)
    {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j < columns; j++)
        {
            size_t above = row[j];
            row[j] = smallest(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[columns - 1];
}

const char *text_nearest(const char *word, const char *const *candidates)
{
    const char *nearest = NULL;
    size_t limit = strlen(word) / 3 + 1; /* one slip in three letters, as git does for its commands */
    void *scratch = mem_context(NULL);
    for (; *candidates != NULL; candidates++)
    {
        size_t distance = edit_distance(scratch, word, *candidates);
        if (distance <= limit && distance < strlen(*candidates))
        {
            nearest = *candidates;
            if (distance == 0)
                break;
            limit = distance - 1;
        }
    }
    talloc_free(scratch);
    return nearest;
}

bool text_equal(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return strcmp(a, b) == 0;
}

Status text_read_file(const void *context, const char *path, char **ret_text, size_t *ret_length, Errors *errors)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
    {
        errors_add(errors, ERROR_SYSTEM, "cannot open %s: %s", path, strerror(errno));
        return STATUS_FAILED;
    }
    Text *text = text_new(context);
    char block[8192];
    size_t got;
    while ((got = fread(block, 1, sizeof block, file)) > 0)
        text_add_bytes(text, block, got);
    int failed = ferror(file);
    int code = errno;
    fclose(file);
    if (failed)
    {
        errors_add(errors, ERROR_SYSTEM, "cannot read %s: %s", path, strerror(code));
        talloc_free(text);
        return STATUS_FAILED;
    }
    *ret_text = talloc_steal(context, text->data);
    if (ret_length != NULL)
        *ret_length = text->length;
    talloc_free(text);
    return STATUS_OK;
}
