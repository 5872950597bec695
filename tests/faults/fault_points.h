/*
 * A library to be preloaded (LD_PRELOAD) into the real, unchanged program.  It numbers the fault points of the
 * process, the places where a crash, a cut connection or a full disk can part what the server, the journal and the
 * program know, and does something at one of them.
 *
 * A fault point is
 *   send, receive            a message of the PostgreSQL protocol (message_points.c)
 *   create, write, sync,     what is done to a file: the journal, its -wal and -journal, their folder
 *   truncate, delete, mkdir  (file_points.c)
 *
 * The environment says what to do.  Without FAULT_POINTS and FAULT_AT, or in a program not called matswap: nothing.
 *   FAULT_POINTS=FILE   a line `NUMBER KIND DETAIL` is appended before anything is done at a point; numbers from 1
 *   FAULT_AT=N          once, at the first point from this one on that the action fits: with several connections at
 *                       work the numbers vary a little from run to run, and so does the kind of a point
 *   FAULT_ACTION=WORD
 *     kill       SIGKILL to itself, before the message goes out, before the program sees the one that came, before the
 *                file is touched
 *     cut        (messages) the connection is shut down instead: the server, or the program, never gets this message
 *     cut-after  (messages) shut down after the server, or the program, has got this one
 *     command    runs $FAULT_COMMAND by sh, waits for it, goes on
 *     full       from here on the disk is full: write, sync, create, mkdir and a truncate that grows fail with ENOSPC
 *     full-once  (such a point) as above, for this one call
 *   FAULT_FIRED=FILE    gets the point's line when the action is about to happen
 * Whatever the caller got wrong: a line on stderr, exit code 70.
 *
 * The numbers are the same again for a run from the same start: database, journal (its pages decide how many are
 * written), no backends of an earlier run that are still to be ended; and with one worker.
 *
 * Programs that the process starts are left alone: LD_PRELOAD and FAULT_* are removed from the environment.
 */
#ifndef FAULT_POINTS_H
#define FAULT_POINTS_H

#include <stdbool.h>

/* What the caller has to do at its point. */
typedef enum Fate
{
    FATE_PASS,
    FATE_CUT,
    FATE_CUT_AFTER,
    FATE_NO_SPACE
} Fate;

/* Everything passes in a process that nothing was asked of, and in a forked child. */
bool points_active(void);

Fate point_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* `needs_space`: a full disk makes it fail */
Fate point_file(bool needs_space, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Also for what is no point of its own. */
bool disk_is_full(void);

/* Ends the process: the test is wrong, not the program. */
_Noreturn void point_defect(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- descriptors.c: what is known of a descriptor, until it is closed ---- */

typedef struct Connection Connection;

void descriptor_set_connection(int descriptor, Connection *connection);
void descriptor_set_file(int descriptor, const char *path);
Connection *descriptor_connection(int descriptor);
/* without its folder; NULL for one that is no file, or not opened by open() */
const char *descriptor_file(int descriptor);

/* the part of a path that the lines name */
const char *file_name(const char *path);

/* ---- the function that we stand before ---- */

typedef void (*AnyFunction)(void);

AnyFunction next_function(const char *name);

#define REAL(function) ((__typeof__(&function)) next_function(#function))

#endif
