#include "matswap/heartbeat.h"

#include <stddef.h>
#include <time.h>

static Heartbeat *attached;
static int interval;

void heartbeat_attach(Heartbeat *heartbeat, int interval_ms)
{
    attached = heartbeat;
    interval = interval_ms;
    heartbeat_beat();
}

void heartbeat_beat(void)
{
    if (attached != NULL)
        atomic_store(attached, heartbeat_clock());
}

int heartbeat_poll(struct pollfd *descriptors, nfds_t count, int milliseconds)
{
    heartbeat_beat();
    if (attached != NULL && (milliseconds < 0 || milliseconds > interval))
        milliseconds = interval;
    return poll(descriptors, count, milliseconds);
}

int64_t heartbeat_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
