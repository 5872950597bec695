/*
 * child.h: one run of `run --every`, in a process of its own.
 *
 * A run that leaks, crashes or is killed takes nothing with it, and the next one begins with fresh memory.  The child
 * is a fork without exec: it has the configuration that its parent has read, needs no command line, and is the same
 * program even when a package has replaced the file meanwhile.
 */
#ifndef MATSWAP_CLI_CHILD_H
#define MATSWAP_CLI_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "matswap/error.h"
#include "matswap/heartbeat.h"

/* In memory that parent and child share. */
typedef struct ChildPage
{
    Heartbeat heartbeat;
    bool told;      /* the rest is set: the run came to its end */
    ErrorKind kind; /* what decides its exit code; only with an exit code other than 0 */
    bool undone;    /* it was a `resume`, and all that it could do was to clear up */
} ChildPage;

typedef struct Child
{
    pid_t pid; /* 0: none */
    ChildPage *page;
    int64_t started_ms; /* heartbeat_clock */
} Child;

typedef struct ChildEnd
{
    int status; /* as waitpid() has it */
    bool told, undone;
    ErrorKind kind;
    int64_t duration_ms;
} ChildEnd;

/* Prepares *ret_child, with no process yet. */
Status child_prepare(Child *ret_child, Errors *errors) MUST_CHECK;

/*
 * Forks.  *ret_is_child tells the two apart: in the child signals are what they are by default (SIGHUP: nothing
 * happens), it gets a SIGTERM when its parent is gone, and its heart beats at least every `beat_ms` (0: nobody asks).
 */
Status child_start(Child *child, int beat_ms, bool *ret_is_child, Errors *errors) MUST_CHECK;

/* In the child, at its end: what `errors` (empty: it succeeded) means. */
void child_tell(Child *child, const Errors *errors);

/* In the parent: has it ended?  Then child->pid is 0 again. */
bool child_ended(Child *child, ChildEnd *ret_end);

/* In the parent: how long ago it was last heard of. */
int64_t child_silence_ms(const Child *child);

void child_signal(const Child *child, int number);

#endif
