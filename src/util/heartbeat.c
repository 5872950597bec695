#include "matswap/heartbeat.h"

#include <stddef.h>
#include <time.h>

enum
{
    LONGEST_WAIT_MS = 2000
};

static Heartbeat *attached;

void heartbeat_attach(Heartbeat *heartbeat)
{
    attached = heartbeat;
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
    if (attached != NULL && (milliseconds < 0 || milliseconds > LONGEST_WAIT_MS))
        milliseconds = LONGEST_WAIT_MS;
    return poll(descriptors, count, milliseconds);
}

int64_t heartbeat_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
