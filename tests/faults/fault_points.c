/* fault_points.c: numbers the points, and acts at the one that was asked for. */
#include "fault_points.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_DEFECT 70 /* EX_SOFTWARE of sysexits.h */

typedef enum Action
{
    ACTION_KILL,
    ACTION_CUT,
    ACTION_CUT_AFTER,
    ACTION_COMMAND,
    ACTION_FULL,
    ACTION_FULL_ONCE
} Action;

static const char *const action_words[] = {"kill", "cut", "cut-after", "command", "full", "full-once"};
static const int action_count = sizeof action_words / sizeof action_words[0];

static pid_t process; /* 0: nothing to do */
static int points_file = -1;
static unsigned long reached;
static unsigned long act_at; /* 0: just count */
static Action action;
static char *command;
static char *fired_path;
static bool full;

void point_defect(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    dprintf(STDERR_FILENO, "fault_points: ");
    vdprintf(STDERR_FILENO, format, arguments);
    dprintf(STDERR_FILENO, "\n");
    va_end(arguments);
    _exit(EXIT_DEFECT);
}

AnyFunction next_function(const char *name)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    AnyFunction function;
    if (symbol == NULL)
        point_defect("there is no %s", name);
    memcpy(&function, &symbol, sizeof function); /* ISO C has no cast for it; dlsym(3) */
    return function;
}

bool points_active(void)
{
    return process != 0 && process == getpid();
}

bool disk_is_full(void)
{
    return full;
}

/* ---- lines ------------------------------------------------------------------------------------------------- */

/* In one write(2), so that a reader never sees half a line, and nothing is lost by the SIGKILL that follows. */
static void write_line(int descriptor, const char *line, const char *path)
{
    size_t length = strlen(line);
    if (write(descriptor, line, length) != (ssize_t) length)
        point_defect("cannot write %s: %s", path, strerror(errno));
}

static int open_lines(const char *path)
{
    int descriptor = REAL(open)(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor < 0)
        point_defect("cannot open %s: %s", path, strerror(errno));
    return descriptor;
}

static __attribute__((format(printf, 1, 0))) char *make_line(const char *format, va_list arguments)
{
    char *text;
    char *line;
    if (vasprintf(&text, format, arguments) < 0 || asprintf(&line, "%lu %s\n", reached, text) < 0)
        point_defect("out of memory");
    free(text);
    for (char *c = line; c[1] != '\0'; c++)
        if ((unsigned char) *c < ' ' || *c == '\177')
            *c = ' ';
    return line;
}

/* ---- acting ------------------------------------------------------------------------------------------------ */

static void say_fired(const char *line)
{
    if (fired_path == NULL)
        return;
    int descriptor = open_lines(fired_path);
    write_line(descriptor, line, fired_path);
    REAL(close)(descriptor);
}

static _Noreturn void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

static void run_command(void)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0)
    {
        signal(SIGPIPE, SIG_DFL); /* the program ignores it, and exec would keep that */
        execl("/bin/sh", "sh", "-c", command, (char *) NULL);
        _exit(127);
    }
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (status != 0)
        point_defect("wait status %d of the command: %s", status, command);
}

static bool action_fits(bool message, bool needs_space)
{
    switch (action)
    {
    case ACTION_CUT:
    case ACTION_CUT_AFTER:
        return message;
    case ACTION_FULL_ONCE:
        return needs_space;
    case ACTION_KILL:
    case ACTION_COMMAND:
    case ACTION_FULL:
    default:
        return true;
    }
}

static Fate act(bool message, bool needs_space, const char *line)
{
    act_at = 0; /* once */
    say_fired(line);
    switch (action)
    {
    case ACTION_KILL:
        die();
    case ACTION_COMMAND:
        run_command();
        return FATE_PASS;
    case ACTION_CUT:
        return FATE_CUT;
    case ACTION_CUT_AFTER:
        return FATE_CUT_AFTER;
    case ACTION_FULL:
        full = true;
        return FATE_PASS; /* reach() makes it fail */
    case ACTION_FULL_ONCE:
    default:
        return FATE_NO_SPACE;
    }
}

static __attribute__((format(printf, 3, 0))) Fate reach(bool message, bool needs_space, const char *format,
                                                        va_list arguments)
{
    Fate fate = FATE_PASS;
    int saved = errno;
    reached++;
    char *line = make_line(format, arguments);
    if (points_file >= 0)
        write_line(points_file, line, "FAULT_POINTS");
    if (act_at > 0 && reached >= act_at && action_fits(message, needs_space))
        fate = act(message, needs_space, line);
    if (full && needs_space)
        fate = FATE_NO_SPACE;
    free(line);
    errno = saved;
    return fate;
}

Fate point_message(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    Fate fate = points_active() ? reach(true, false, format, arguments) : FATE_PASS;
    va_end(arguments);
    return fate;
}

Fate point_file(bool needs_space, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    Fate fate = points_active() ? reach(false, needs_space, format, arguments) : FATE_PASS;
    va_end(arguments);
    return fate;
}

/* ---- the environment --------------------------------------------------------------------------------------- */

static char *take(const char *name)
{
    const char *value = getenv(name);
    char *copy = value == NULL || value[0] == '\0' ? NULL : strdup(value);
    unsetenv(name);
    return copy;
}

static unsigned long read_number(const char *text)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    if (*end != '\0' || number == 0)
        point_defect("FAULT_AT=%s is not the number of a point", text);
    return number;
}

static Action read_action(const char *word)
{
    int found = 0;
    while (word != NULL && found < action_count && strcmp(word, action_words[found]) != 0)
        found++;
    if (word == NULL || found == action_count)
        point_defect("FAULT_ACTION=%s is not an action", word == NULL ? "" : word);
    return (Action) found;
}

/* timeout(1) and the like, which start matswap, keep the environment as it is. */
static __attribute__((constructor)) void begin(void)
{
    if (strcmp(program_invocation_short_name, "matswap") != 0)
        return;
    char *path = take("FAULT_POINTS");
    char *number = take("FAULT_AT");
    char *word = take("FAULT_ACTION");
    command = take("FAULT_COMMAND");
    fired_path = take("FAULT_FIRED");
    unsetenv("LD_PRELOAD");
    if (number != NULL)
    {
        act_at = read_number(number);
        action = read_action(word);
        if (action == ACTION_COMMAND && command == NULL)
            point_defect("FAULT_ACTION=command without FAULT_COMMAND");
    }
    if (path != NULL)
        points_file = open_lines(path);
    if (path != NULL || number != NULL)
        process = getpid();
    free(path);
    free(number);
    free(word);
}
