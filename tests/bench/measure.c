/*
 * measure COMMAND [ARGUMENT...]: runs it and prints "WALL KILOBYTES CPU" (milliseconds, peak resident size,
 * milliseconds of user and system time) to file descriptor 3, out of the way of the command's own output.  Exits as
 * the command did.  GNU time does the same, but no fresh Debian has it.
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double) time.tv_sec * 1e3 + (double) time.tv_nsec / 1e6;
}

static double milliseconds(struct timeval time)
{
    return (double) time.tv_sec * 1e3 + (double) time.tv_usec / 1e3;
}

int main(int argc, char **argv)
{
    if (argc < 2)
    {
        fputs("usage: measure COMMAND [ARGUMENT...] 3>RESULT\n", stderr);
        return 2;
    }
    double started = now_ms();
    pid_t child;
    int code = posix_spawnp(&child, argv[1], NULL, NULL, argv + 1, environ);
    if (code != 0)
    {
        fprintf(stderr, "measure: cannot run %s: %s\n", argv[1], strerror(code));
        return 127;
    }
    int status;
    struct rusage usage;
    while (wait4(child, &status, 0, &usage) < 0)
        if (errno != EINTR)
            return 126;
    dprintf(3, "%.0f %ld %.0f\n", now_ms() - started, usage.ru_maxrss,
            milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
