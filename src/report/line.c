#include "line.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

size_t line_width(const char *string)
{
    size_t width = 0;
    for (; *string != '\0'; string++)
        width += ((unsigned char) *string & 0xC0) != 0x80; /* not a continuation byte */
    return width;
}

static void add_spaces(Text *line, const char *string, size_t width)
{
    for (size_t i = line_width(string); i < width; i++)
        text_add(line, " ");
}

void line_add(Text *line, const char *string, size_t width)
{
    text_add(line, string);
    add_spaces(line, string, width);
}

void line_add_right(Text *line, const char *string, size_t width)
{
    add_spaces(line, string, width);
    text_add(line, string);
}

void line_end(Text *line)
{
    while (line->length > 0 && line->data[line->length - 1] == ' ')
        line->data[--line->length] = '\0';
    text_add(line, "\n");
}

/* A name or a server's message may hold anything; a terminal must not obey it: C0, DEL, and C1 as UTF-8 has it. */
void line_disarm(Text *line)
{
    unsigned char before = '\0';
    for (size_t i = 0; i < line->length; i++)
    {
        unsigned char c = (unsigned char) line->data[i];
        bool second_of_c1 = before == 0xC2 && c >= 0x80 && c < 0xA0;
        before = c;
        if (second_of_c1)
            line->data[i - 1] = '?';
        if (second_of_c1 || (c < 0x20 && c != '\n' && c != '\t') || c == 0x7F)
            line->data[i] = '?';
    }
}

void line_write_all(int descriptor, const char *bytes, size_t length)
{
    size_t done = 0;
    while (done < length)
    {
        ssize_t written = write(descriptor, bytes + done, length - done);
        if (written > 0)
            done += (size_t) written;
        else if (written == 0 || errno != EINTR)
            return; /* nobody reads: a run must not fail for that */
    }
}
