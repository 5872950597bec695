#include "matswap/notify.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "matswap/memory.h"

/* How long a full queue at the other end may hold us up. */
static const struct timeval patience = {.tv_sec = 2};

struct Notify
{
    int socket; /* -1: nobody listens */
    struct sockaddr_un address;
    socklen_t address_length;
    int64_t watchdog_ms;
};

static int close_socket(Notify *notify)
{
    if (notify->socket >= 0)
        close(notify->socket);
    return 0;
}

/* "/path", or "@name" for one without a file (unix(7): the name begins with a NUL byte and has no end but its length) */
static bool read_address(Notify *notify, const char *name)
{
    size_t length = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || length < 2 || length >= sizeof notify->address.sun_path)
        return false;
    notify->address.sun_family = AF_UNIX;
    memcpy(notify->address.sun_path, name, length);
    if (name[0] == '@')
        notify->address.sun_path[0] = '\0';
    notify->address_length = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + length + (name[0] == '@' ? 0 : 1));
    return true;
}

/* 0 where there is none, or it is for another process (sd_watchdog_enabled(3)) */
static int64_t read_watchdog(void)
{
    const char *period = getenv("WATCHDOG_USEC"), *process = getenv("WATCHDOG_PID");
    if (period == NULL || (process != NULL && strtoll(process, NULL, 10) != getpid()))
        return 0;
    int64_t milliseconds = strtoll(period, NULL, 10) / 1000;
    return milliseconds > 0 ? milliseconds : 0;
}

static Status open_socket(Notify *notify, const char *name, Errors *errors)
{
    if (!read_address(notify, name))
    {
        errors_add(errors, ERROR_SYSTEM,
                   "NOTIFY_SOCKET=%s names no socket: neither an absolute path nor @name, or too long", name);
        return STATUS_FAILED;
    }
    notify->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (notify->socket >= 0 && setsockopt(notify->socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0)
        return STATUS_OK;
    errors_add(errors, ERROR_SYSTEM, "cannot make a socket to report to %s: %s", name, strerror(errno));
    return STATUS_FAILED;
}

Status notify_open(const void *context, Notify **ret_notify, Errors *errors)
{
    const char *name = getenv("NOTIFY_SOCKET");
    Notify *notify = mem_new(context, Notify);
    notify->socket = -1;
    talloc_set_destructor(notify, close_socket);
    if (name != NULL && name[0] == '\0')
        name = NULL;
    if (name != NULL && open_socket(notify, name, errors) != STATUS_OK)
    {
        talloc_free(notify);
        return STATUS_FAILED;
    }
    notify->watchdog_ms = name == NULL ? 0 : read_watchdog();
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    *ret_notify = notify;
    return STATUS_OK;
}

bool notify_is_heard(const Notify *notify)
{
    return notify->socket >= 0;
}

int64_t notify_watchdog_ms(const Notify *notify)
{
    return notify->watchdog_ms;
}

bool notify_send(const Notify *notify, const char *format, ...)
{
    if (notify->socket < 0)
        return true;
    va_list arguments;
    va_start(arguments, format);
    char *message = memory_checked(talloc_vasprintf(NULL, format, arguments));
    va_end(arguments);
    ssize_t sent;
    do
        sent = sendto(notify->socket, message, strlen(message), MSG_NOSIGNAL,
                      (const struct sockaddr *) &notify->address, notify->address_length);
    while (sent < 0 && errno == EINTR);
    int error = errno;
    talloc_free(message);
    errno = error;
    return sent >= 0;
}

bool notify_reloading(const Notify *notify)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return notify_send(notify, "RELOADING=1\nMONOTONIC_USEC=%lld",
                       (long long) now.tv_sec * 1000000 + now.tv_nsec / 1000);
}
