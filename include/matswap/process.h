/*
 * process.h: a command of the user's: started without a shell, with pipes, in a process group of its own, and ended with
 * all that it has started.  The only room that starts programs.
 *
 * Its environment is ours, without PGPASSWORD, and with what is added.  Whoever gives it an input ignores SIGPIPE: a command
 * need not read it.  On Linux it gets SIGTERM when we are killed.
 */
#ifndef MATSWAP_PROCESS_H
#define MATSWAP_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A command under way, a talloc object: freeing it kills what is left of its process group. */
typedef struct Process Process;

typedef struct ProcessOptions
{
    const char *const *words; /* NULL-terminated */
    const char *folder;       /* its working directory */
    const char *const *environment; /* NAME=value, NULL-terminated: over what we have ourselves */
    const char *input;              /* of its standard input, for as long as it runs; NULL: it is empty */
    size_t input_length;
    bool joined; /* its standard output goes where its standard error goes, to `log` */
    void (*log)(void *closure, const char *line);
    void *closure;
} ProcessOptions;

/* NULL with errno set when it cannot be started; *ret_step says what could not be done. */
Process *process_start(const void *context, const ProcessOptions *options, const char **ret_step);

/* Non-blocking descriptors to read, and one to write; -1: at its end. */
int process_output(const Process *process);
int process_messages(const Process *process);
int process_input(const Process *process);

/* As read(2); 0 is the end, -1 with EAGAIN: nothing yet. */
ssize_t process_read(Process *process, char *buffer, size_t size);

/* Reads what there is of standard error (one that floods us has the rest read next time), and hands it on by lines. */
void process_read_messages(Process *process);

/* Writes as much of its input as it takes now.  What it does not read is not missed. */
void process_write_input(Process *process);

/* The last line of standard error, or NULL. */
const char *process_last_message(const Process *process);

/* Has it ended?  Then *ret_status is as waitpid() has it. */
bool process_ended(Process *process, int *ret_status);

/* SIGTERM to its group, SIGKILL when that has not helped; true when nothing is left of it.  To be asked again and again. */
bool process_terminate(Process *process);

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t process_clock_ms(void);

/* How a command that was waited for has ended. */
typedef enum ProcessFate
{
    PROCESS_EXITED,      /* number: its exit status */
    PROCESS_SIGNALLED,   /* number: of the signal */
    PROCESS_NOT_STARTED, /* number: errno; step: what could not be done */
    PROCESS_TIMED_OUT,   /* it was ended, as was the next */
    PROCESS_STOPPED      /* because `stop` said so */
} ProcessFate;

typedef struct ProcessEnd
{
    ProcessFate fate;
    int number;
    const char *step;
    const char *last_message; /* or NULL; child of the caller's context */
} ProcessEnd;

/*
 * Runs it to its end, at most for timeout_ms or until stop(options->closure), which may be NULL, says that it is no longer
 * wanted.  It is over when the command itself has ended: what that has started and left behind in its group is killed.
 */
ProcessEnd process_run(const void *context, const ProcessOptions *options, int64_t timeout_ms,
                       bool (*stop)(void *closure));

/*
 * Is there a program of this name that can be executed, as execvp(3) looks for it from `folder`?  *ret_path: where it was
 * looked for, PATH or the folder; a constant, or one of the arguments.
 */
bool process_find_program(const char *folder, const char *program, const char **ret_path);

#endif
