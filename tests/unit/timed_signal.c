#include "timed_signal.h"

#include <signal.h>
#include <sys/time.h>
#include <time.h>

double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec * 1e3 + (double) now.tv_nsec / 1e6;
}

/* SIGALRM's handler sends the real signal, so that it arrives in the middle of a wait. */
static int alarm_signal;

static void on_alarm(int number)
{
    raise(alarm_signal);
}

void signal_after(int number, int milliseconds)
{
    alarm_signal = number;
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval timer = {.it_value = {.tv_usec = milliseconds * 1000}};
    setitimer(ITIMER_REAL, &timer, NULL);
}
