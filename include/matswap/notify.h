/*
 * notify.h: a service says how it is, by the protocol of sd_notify(3): one datagram of lines to the socket that
 * NOTIFY_SOCKET names.  systemd's library is not needed for that, and any other supervisor may listen.
 */
#ifndef MATSWAP_NOTIFY_H
#define MATSWAP_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "matswap/error.h"

typedef struct Notify Notify;

/*
 * Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and removes them from the environment: what is started later (a
 * hook, the command of an import) is not the service.  A talloc object; where nobody listens it does nothing.  Fails,
 * with ERROR_SYSTEM, when NOTIFY_SOCKET names nothing that can be a socket.
 */
Status notify_open(const void *context, Notify **ret_notify, Errors *errors) MUST_CHECK;

/* Is there anybody to tell? */
bool notify_is_heard(const Notify *notify);

/* How long the watchdog waits for "WATCHDOG=1", in milliseconds; 0: there is none. */
int64_t notify_watchdog_ms(const Notify *notify);

/*
 * Sends lines like "READY=1\nSTATUS=waiting".  Waits some seconds for room at the other end.  False, with errno, when it
 * could not be sent; true when nobody listens.
 */
bool notify_send(const Notify *notify, const char *format, ...) PRINTF_LIKE(2, 3);

/* "RELOADING=1", with the time that systemd asks for; to be followed by "READY=1". */
bool notify_reloading(const Notify *notify);

#endif
