#include "terminal.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cells.h"
#include "line.h"
#include "matswap/memory.h"
#include "matswap/report.h"

/*
 * ECMA-48 and DEC's private modes, which every terminal since the VT100 knows or ignores: synchronized output (2026) shows
 * a frame at once, and without auto-wrap (7) a line that is wider than we think is cut.
 */
#define BEGIN_FRAME "\033[?2026h\r"
#define END_FRAME "\033[?2026l"
#define WRAP_OFF "\033[?7l"
#define WRAP_ON "\033[?7h"
#define ERASE_LINE "\033[K"
#define ERASE_BELOW "\033[J"

enum
{
    USUAL_COLUMNS = 80,
    USUAL_ROWS = 24
};

struct Terminal
{
    bool colour, unicode;
    bool cuts; /* when it becomes narrower, it cuts its lines, and does not break them */
    size_t *widths; /* cells of each line that stands there */
    size_t drawn;
    size_t columns; /* when they were drawn */
    struct sigaction before_resize, before_continue;
};

static volatile sig_atomic_t resized, continued;

static void on_resize(int number)
{
    resized = 1;
}

static void on_continue(int number)
{
    continued = 1;
}

/* NULL: not, or to nothing. */
static const char *setting(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool is_set(const char *variable)
{
    return setting(variable) != NULL;
}

/* As setlocale(3) would find out, also where that locale is not installed. */
bool report_speaks_utf8(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
    {
        const char *locale = setting(variables[i]);
        if (locale != NULL)
            return strcasestr(locale, "UTF-8") != NULL || strcasestr(locale, "utf8") != NULL;
    }
    return false;
}

static bool moves_cursor(void)
{
    const char *type = setting("TERM");
    return isatty(STDERR_FILENO) && type != NULL && strcmp(type, "dumb") != 0 && !is_set("CI");
}

static int close_terminal(Terminal *terminal)
{
    terminal_frame(terminal, "", NULL, 0);
    sigaction(SIGWINCH, &terminal->before_resize, NULL);
    sigaction(SIGCONT, &terminal->before_continue, NULL);
    return 0;
}

Terminal *terminal_open(const void *context)
{
    if (!moves_cursor())
        return NULL;
    Terminal *terminal = mem_new(context, Terminal);
    terminal->colour = !is_set("NO_COLOR");
    terminal->unicode = report_speaks_utf8();
    terminal->cuts = (is_set("XTERM_VERSION") || is_set("STY")) && !is_set("TMUX");
    struct sigaction action = {.sa_handler = on_resize, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGWINCH, &action, &terminal->before_resize);
    action.sa_handler = on_continue;
    sigaction(SIGCONT, &action, &terminal->before_continue);
    talloc_set_destructor(terminal, close_terminal);
    return terminal;
}

LiveStyle terminal_style(const Terminal *terminal)
{
    struct winsize size = {0};
    (void) ioctl(STDERR_FILENO, TIOCGWINSZ, &size); /* a terminal that does not know says 0 */
    size_t columns = size.ws_col > 0 ? size.ws_col : USUAL_COLUMNS;
    size_t rows = size.ws_row > 0 ? size.ws_row : USUAL_ROWS;
    /* the last column stays free: what stands there has a terminal wait with the next character in the same line */
    return (LiveStyle){.columns = columns > 1 ? columns - 1 : 1,
                       .rows = rows > 1 ? rows - 1 : 1,
                       .colour = terminal->colour,
                       .unicode = terminal->unicode};
}

bool terminal_is_disturbed(const Terminal *terminal)
{
    return resized || continued;
}

/* May the terminal be drawn on: is it ours now, and does it take what is written, without having us wait? */
static bool is_ours(void)
{
    pid_t foreground = tcgetpgrp(STDERR_FILENO);
    struct pollfd descriptor = {.fd = STDERR_FILENO, .events = POLLOUT};
    return (foreground < 0 || foreground == getpgrp()) && poll(&descriptor, 1, 0) == 1 &&
           (descriptor.revents & POLLOUT) != 0;
}

/* A terminal that has become narrower has broken its lines; only xterm and GNU screen cut them. */
static size_t rows_drawn(const Terminal *terminal, size_t columns)
{
    size_t rows = terminal->drawn;
    for (size_t i = 0; i < terminal->drawn && columns < terminal->columns && !terminal->cuts; i++)
        rows += terminal->widths[i] > columns ? (terminal->widths[i] - 1) / columns : 0;
    return rows;
}

static size_t plain_width(const char *line)
{
    Text *plain = text_new(NULL);
    for (const char *c = line; *c != '\0'; c++)
        if (*c == '\033' && strchr(c, 'm') != NULL) /* of colours, which are all that a line has of this kind */
            c = strchr(c, 'm');
        else
            text_add_bytes(plain, c, 1);
    size_t width = cells_width(plain->data);
    talloc_free(plain);
    return width;
}

static void remember(Terminal *terminal, const char *const *lines, size_t count, size_t columns)
{
    talloc_free(terminal->widths);
    terminal->widths = mem_array(terminal, size_t, count);
    for (size_t i = 0; i < count; i++)
        terminal->widths[i] = plain_width(lines[i]);
    terminal->drawn = count;
    terminal->columns = columns;
}

static void add_lines(Text *frame, const char *const *lines, size_t count)
{
    text_add(frame, WRAP_OFF);
    for (size_t i = 0; i < count; i++)
        text_addf(frame, "%s%s\n", lines[i], ERASE_LINE);
    text_add(frame, WRAP_ON);
}

void terminal_frame(Terminal *terminal, const char *above, const char *const *lines, size_t count)
{
    bool ours = is_ours();
    if (continued) /* a shell has written below, and where our lines were nobody knows */
        terminal->drawn = 0;
    if (!ours && above[0] == '\0')
        return;
    resized = continued = 0;
    size_t columns = terminal_style(terminal).columns + 1;
    size_t rows = rows_drawn(terminal, columns);
    if (rows == 0 && (count == 0 || !ours) && above[0] == '\0')
        return;
    Text *frame = text_new(NULL);
    text_add(frame, BEGIN_FRAME);
    if (rows > 0)
        text_addf(frame, "\033[%zuA", rows);
    if (above[0] != '\0')
        text_addf(frame, "%s%s", ERASE_BELOW, above);
    if (ours && count > 0)
        add_lines(frame, lines, count);
    text_addf(frame, "%s%s", ERASE_BELOW, END_FRAME);
    line_write_all(STDERR_FILENO, frame->data, frame->length);
    remember(terminal, lines, ours ? count : 0, columns);
    talloc_free(frame);
}
