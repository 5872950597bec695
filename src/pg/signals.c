/*
 * signals.c: SIGINT and SIGTERM as something that poll() can wait for.
 *
 * The handler does the two async-signal-safe things that are needed (signal-safety(7)): it sets a flag and
 * writes a byte to a pipe.  The flag is the truth; the byte only wakes a poll() that began before the flag was
 * set.  So the flag is set before the write, and whoever empties the pipe looks at the flag afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "connection_internal.h"
#include "matswap/heartbeat.h"

/* How long whoever has set pg_waiting waits for his turn. */
#define WAITING_MS 200

static volatile sig_atomic_t arrived;
static unsigned limit_seconds; /* 0: none */
static const char *limit_message;
static int limit_exit_code;
static int wake_pipe[2] = {-1, -1};
static int hold_depth;

static void on_signal(int number)
{
    int saved = errno;
    arrived = 1;
    if (limit_seconds > 0)
        alarm(limit_seconds);
    limit_seconds = 0; /* counted from the first */
    ssize_t written = write(wake_pipe[1], "", 1); /* a full pipe wakes just as well */
    (void) written;
    errno = saved;
}

/* The journal has been told before each act what it is for: leaving here is no worse than a kill -9. */
static void on_alarm(int number)
{
    ssize_t written = write(STDERR_FILENO, limit_message, strlen(limit_message));
    (void) written;
    _exit(limit_exit_code);
}

static Status install(int number, void (*handler)(int), Errors *errors)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (sigaction(number, &action, NULL) == 0)
        return STATUS_OK;
    errors_add(errors, ERROR_SYSTEM, "cannot install the handler of signal %s: %s", strsignal(number), strerror(errno));
    return STATUS_FAILED;
}

Status pg_signals_install(Errors *errors)
{
    if (wake_pipe[0] == -1 && pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
    {
        errors_add(errors, ERROR_SYSTEM, "cannot make the pipe for signals: %s", strerror(errno));
        return STATUS_FAILED;
    }
    if (install(SIGINT, on_signal, errors) != STATUS_OK || install(SIGTERM, on_signal, errors) != STATUS_OK)
        return STATUS_FAILED;
    return install(SIGPIPE, SIG_IGN, errors);
}

Status pg_signals_limit(int64_t milliseconds, const char *message, ErrorKind kind, Errors *errors)
{
    limit_message = message;
    limit_exit_code = error_kind_exit_code(kind);
    if (install(SIGALRM, on_alarm, errors) != STATUS_OK)
        return STATUS_FAILED;
    limit_seconds = (unsigned) ((milliseconds + 999) / 1000);
    return STATUS_OK;
}

int64_t pg_signals_left(void)
{
    struct itimerval timer; /* which alarm() sets: https://man7.org/linux/man-pages/man2/alarm.2.html */
    if (limit_message == NULL || limit_seconds > 0 || getitimer(ITIMER_REAL, &timer) != 0)
        return -1;
    return (int64_t) timer.it_value.tv_sec * 1000 + timer.it_value.tv_usec / 1000;
}

bool pg_interrupted(void)
{
    return signals_pending();
}

void pg_signals_hold(void)
{
    hold_depth++;
}

void pg_signals_release(void)
{
    if (hold_depth == 0)
        pg_defect("pg_signals_release without pg_signals_hold");
    hold_depth--;
}

int signals_descriptor(void)
{
    return hold_depth > 0 ? -1 : wake_pipe[0];
}

bool signals_pending(void)
{
    return hold_depth == 0 && arrived != 0;
}

static void empty_pipe(void)
{
    char bytes[64];
    while (wake_pipe[0] != -1 && read(wake_pipe[0], bytes, sizeof bytes) > 0)
        continue;
}

bool signals_consume(void)
{
    if (hold_depth > 0)
        return false;
    empty_pipe();
    bool taken = arrived != 0;
    arrived = 0;
    return taken;
}

void waiting_poll(struct pollfd *descriptors, nfds_t count, int milliseconds)
{
    bool early = pg_waiting != NULL && (milliseconds < 0 || milliseconds > WAITING_MS);
    heartbeat_poll(descriptors, count, early ? WAITING_MS : milliseconds);
    if (pg_waiting != NULL)
        pg_waiting();
}

int64_t clock_milliseconds(void)
{
    return (int64_t) clock_milliseconds_exact();
}

double clock_milliseconds_exact(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec * 1e3 + (double) now.tv_nsec / 1e6;
}

void pg_sleep(int milliseconds)
{
    int64_t end = clock_milliseconds() + milliseconds;
    int64_t left;
    while (!signals_pending() && (left = end - clock_milliseconds()) > 0)
    {
        struct pollfd wake = {.fd = signals_descriptor(), .events = POLLIN};
        waiting_poll(&wake, 1, (int) left);
        /* a byte whose signal was consumed meanwhile must not make this loop spin */
        if ((wake.revents & POLLIN) && !signals_pending())
            empty_pipe();
    }
}
