/* run.c: a command from its start to its end. */
#include <errno.h>
#include <poll.h>
#include <sys/wait.h>

#include "matswap/heartbeat.h"
#include "matswap/memory.h"
#include "matswap/process.h"

enum
{
    SOON_MS = 10, /* the end of a process has no descriptor to poll */
    AT_MOST_MS = 100
};

static int pause_of(const Process *process, int64_t left_ms)
{
    int longest = process_messages(process) < 0 ? SOON_MS : AT_MOST_MS;
    return left_ms < 0 ? 0 : left_ms < longest ? (int) left_ms : longest;
}

static void work(Process *process, int64_t left_ms)
{
    struct pollfd descriptors[] = {{.fd = process_messages(process), .events = POLLIN},
                                   {.fd = process_input(process), .events = POLLOUT}};
    heartbeat_poll(descriptors, 2, pause_of(process, left_ms));
    process_write_input(process);
    process_read_messages(process);
}

/* Until all of it is gone. */
static void end(Process *process)
{
    while (!process_terminate(process))
        heartbeat_poll(NULL, 0, SOON_MS);
}

static ProcessEnd follow(Process *process, const ProcessOptions *options, int64_t deadline_ms,
                         bool (*stop)(void *closure))
{
    int status;
    for (;;)
    {
        int64_t left_ms = deadline_ms - process_clock_ms();
        if (process_ended(process, &status))
            break;
        if (left_ms <= 0 || (stop != NULL && stop(options->closure)))
        {
            end(process);
            return (ProcessEnd){.fate = left_ms <= 0 ? PROCESS_TIMED_OUT : PROCESS_STOPPED};
        }
        work(process, left_ms);
    }
    process_read_messages(process);
    if (WIFSIGNALED(status))
        return (ProcessEnd){.fate = PROCESS_SIGNALLED, .number = WTERMSIG(status)};
    return (ProcessEnd){.fate = PROCESS_EXITED, .number = WEXITSTATUS(status)};
}

ProcessEnd process_run(const void *context, const ProcessOptions *options, int64_t timeout_ms, bool (*stop)(void *closure))
{
    const char *step;
    int64_t deadline_ms = process_clock_ms() + timeout_ms;
    Process *process = process_start(NULL, options, &step);
    if (process == NULL)
        return (ProcessEnd){.fate = PROCESS_NOT_STARTED, .number = errno, .step = step};
    ProcessEnd result = follow(process, options, deadline_ms, stop);
    result.last_message = mem_strdup(context, process_last_message(process));
    talloc_free(process);
    return result;
}
