/*
 * heartbeat.h: how a process that is watched by another one says that it still gets on.
 *
 * `run --every` watches each of its runs so: one that has not come by any of its poll() loops for long hangs, and then
 * `run --every` keeps quiet towards its own watchdog (see notify.h).
 */
#ifndef MATSWAP_HEARTBEAT_H
#define MATSWAP_HEARTBEAT_H

#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>

/* When a heartbeat was last seen: heartbeat_clock's time.  In memory that both processes share. */
typedef _Atomic int64_t Heartbeat;

/*
 * From now on this process says so there, at least every `interval_ms` while it waits.  Without it the functions below
 * do their work, and nobody hears of it.
 */
void heartbeat_attach(Heartbeat *heartbeat, int interval_ms);

/* To be called now and then by whatever takes longer than seconds. */
void heartbeat_beat(void);

/* poll() with a heartbeat: while one is attached it waits for its interval at most, and may return 0 before its time. */
int heartbeat_poll(struct pollfd *descriptors, nfds_t count, int milliseconds);

/* Milliseconds of a clock that is the same for all processes and never jumps. */
int64_t heartbeat_clock(void);

#endif
