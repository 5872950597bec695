/*
 * terminal.c: a terminal for tests.  Runs a program in a pseudo-terminal, has libvterm make a screen of what it writes, and
 * does, one after the other, what its arguments say:
 *
 *     terminal COLUMNSxROWS [STEP]... -- COMMAND [ARGUMENT]...
 *         wait=REGEX     until a row of the screen matches
 *         shot=FILE      the screen into this file: its rows, without blanks at their ends, then "cursor ROW COLUMN visible"
 *         all=FILE       the same, with what has scrolled out above it
 *         resize=CxR     with the signal that goes with it
 *         type=TEXT      "^C" is the key of that name
 *         signal=NUMBER  to the program
 *         run=COMMAND    a shell's
 *         pause=MS       goes on listening for so long
 *         end            until the program has ended
 *
 * What it has written goes to $TERMINAL_RAW as it is, if that is set.  Ends as the program does; 99: a step failed.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

#define LONGEST_WAIT_MS 30000

typedef struct Row
{
    char *text;
    struct Row *next;
} Row;

static VTerm *terminal;
static VTermScreen *screen;
static int columns, rows, descriptor;
static bool cursor_visible = true;
static pid_t child;
static bool over;
static int status;
static FILE *raw;
static Row *scrolled, **scrolled_end = &scrolled;

static void __attribute__((noreturn)) fail(const char *what, const char *about)
{
    fprintf(stderr, "terminal: %s: %s\n", what, about);
    if (child > 0)
        kill(child, SIGKILL);
    exit(99);
}

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80)
    {
        out[0] = (char) c;
        return 1;
    }
    size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    for (size_t i = more; i > 0; i--, c >>= 6)
        out[i] = (char) (0x80 | (c & 0x3F));
    static const uint32_t lead[] = {0, 0xC0, 0xE0, 0xF0};
    out[0] = (char) (lead[more] | c);
    return more + 1;
}

static char *text_of(const VTermScreenCell *cells, int count)
{
    char *text = calloc((size_t) count * VTERM_MAX_CHARS_PER_CELL * 4 + 1, 1);
    size_t length = 0;
    for (int i = 0; i < count; i += cells[i].width > 1 ? cells[i].width : 1)
    {
        if (cells[i].chars[0] == 0)
            text[length++] = ' ';
        for (int k = 0; k < VTERM_MAX_CHARS_PER_CELL && cells[i].chars[k] != 0; k++)
            length += put_utf8(text + length, cells[i].chars[k]);
    }
    while (length > 0 && text[length - 1] == ' ')
        text[--length] = '\0';
    return text;
}

static char *row_text(int row)
{
    VTermScreenCell *cells = calloc((size_t) columns, sizeof *cells);
    for (int i = 0; i < columns; i++)
        vterm_screen_get_cell(screen, (VTermPos){row, i}, &cells[i]);
    char *text = text_of(cells, columns);
    free(cells);
    return text;
}

static int on_scrolled(int count, const VTermScreenCell *cells, void *closure)
{
    Row *row = calloc(1, sizeof *row);
    row->text = text_of(cells, count);
    *scrolled_end = row;
    scrolled_end = &row->next;
    return 1;
}

static int on_property(VTermProp property, VTermValue *value, void *closure)
{
    if (property == VTERM_PROP_CURSORVISIBLE)
        cursor_visible = value->boolean != 0;
    return 1;
}

static void begin(char **command)
{
    static const VTermScreenCallbacks callbacks = {.settermprop = on_property, .sb_pushline = on_scrolled};
    struct winsize size = {.ws_row = (unsigned short) rows, .ws_col = (unsigned short) columns};
    terminal = vterm_new(rows, columns);
    vterm_set_utf8(terminal, 1);
    screen = vterm_obtain_screen(terminal);
    vterm_screen_set_callbacks(screen, &callbacks, NULL);
    vterm_screen_reset(screen, 1);
    child = forkpty(&descriptor, NULL, NULL, &size);
    if (child < 0)
        fail("forkpty", strerror(errno));
    if (child > 0)
        return;
    execvp(command[0], command);
    fprintf(stderr, "%s: %s\n", command[0], strerror(errno));
    _exit(127);
}

/* True while the program has more to say. */
static bool hear(int milliseconds)
{
    char bytes[4096];
    struct pollfd ready = {.fd = descriptor, .events = POLLIN};
    if (poll(&ready, 1, milliseconds) <= 0)
        return true;
    ssize_t got = read(descriptor, bytes, sizeof bytes);
    if (got <= 0)
        return false; /* EIO: nobody has the other side open any more */
    vterm_input_write(terminal, bytes, (size_t) got);
    if (raw != NULL)
        fwrite(bytes, 1, (size_t) got, raw);
    return true;
}

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool any_row_matches(const regex_t *pattern)
{
    bool found = false;
    for (int i = 0; i < rows && !found; i++)
    {
        char *text = row_text(i);
        found = regexec(pattern, text, 0, NULL, 0) == 0;
        free(text);
    }
    return found;
}

static void write_screen(FILE *file)
{
    VTermPos cursor;
    vterm_state_get_cursorpos(vterm_obtain_state(terminal), &cursor);
    for (int i = 0; i < rows; i++)
    {
        char *text = row_text(i);
        fprintf(file, "%s\n", text);
        free(text);
    }
    fprintf(file, "cursor %d %d %s\n", cursor.row, cursor.col, cursor_visible ? "visible" : "hidden");
}

static void shoot(const char *path, bool all)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        fail(path, strerror(errno));
    for (const Row *row = scrolled; all && row != NULL; row = row->next)
        fprintf(file, "%s\n", row->text);
    write_screen(file);
    fclose(file);
}

static void wait_for(const char *expression)
{
    regex_t pattern;
    long until = now_ms() + LONGEST_WAIT_MS;
    if (regcomp(&pattern, expression, REG_EXTENDED | REG_NOSUB) != 0)
        fail("no regular expression", expression);
    while (!any_row_matches(&pattern))
    {
        if (now_ms() > until || !hear(50))
        {
            write_screen(stderr);
            fail("never shown", expression);
        }
    }
    regfree(&pattern);
}

static void pass(int milliseconds)
{
    long until = now_ms() + milliseconds;
    while (now_ms() < until && hear((int) (until - now_ms())))
        continue;
}

static void resize(const char *size)
{
    if (sscanf(size, "%dx%d", &columns, &rows) != 2)
        fail("no size", size);
    struct winsize new_size = {.ws_row = (unsigned short) rows, .ws_col = (unsigned short) columns};
    vterm_set_size(terminal, rows, columns);
    ioctl(descriptor, TIOCSWINSZ, &new_size);
}

static void type(const char *text)
{
    for (; *text != '\0'; text++)
    {
        char key = *text;
        if (key == '^' && text[1] != '\0')
            key = (char) (*++text & 0x1F);
        if (write(descriptor, &key, 1) != 1)
            fail("cannot type", strerror(errno));
    }
}

static void end(void)
{
    long until = now_ms() + 2 * LONGEST_WAIT_MS;
    while (hear(50))
        if (now_ms() > until)
            fail("did not end", "the program");
    waitpid(child, &status, 0);
    over = true;
}

static void step(const char *name)
{
    const char *value = strchr(name, '=') != NULL ? strchr(name, '=') + 1 : "";
    if (strncmp(name, "wait=", 5) == 0)
        wait_for(value);
    else if (strncmp(name, "shot=", 5) == 0)
        shoot(value, false);
    else if (strncmp(name, "all=", 4) == 0)
        shoot(value, true);
    else if (strncmp(name, "resize=", 7) == 0)
        resize(value);
    else if (strncmp(name, "type=", 5) == 0)
        type(value);
    else if (strncmp(name, "signal=", 7) == 0)
        kill(child, atoi(value));
    else if (strncmp(name, "pause=", 6) == 0)
        pass(atoi(value));
    else if (strncmp(name, "run=", 4) == 0)
    {
        if (system(value) != 0)
            fail("failed", value);
    }
    else if (strcmp(name, "end") == 0)
        end();
    else
        fail("no step", name);
}

int main(int argc, char **argv)
{
    int first = 2;
    while (first < argc && strcmp(argv[first], "--") != 0)
        first++;
    if (argc < 3 || first + 1 >= argc || sscanf(argv[1], "%dx%d", &columns, &rows) != 2)
        fail("usage", "terminal COLUMNSxROWS [STEP]... -- COMMAND [ARGUMENT]...");
    if (getenv("TERMINAL_RAW") != NULL)
        raw = fopen(getenv("TERMINAL_RAW"), "w");
    begin(argv + first + 1);
    for (int i = 2; i < first; i++)
        step(argv[i]);
    if (!over)
        end();
    if (raw != NULL)
        fclose(raw);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
