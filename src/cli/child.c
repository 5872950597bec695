#include "child.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

Status child_prepare(Child *ret_child, Errors *errors)
{
    void *page = mmap(NULL, sizeof(ChildPage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
    {
        errors_add(errors, ERROR_SYSTEM, "cannot share memory with a run: %s", strerror(errno));
        return STATUS_FAILED;
    }
    *ret_child = (Child){.page = page};
    return STATUS_OK;
}

static void hear_hangup(int number)
{
}

/*
 * SIGHUP is the parent's: a run under way goes on with the configuration that it has.  It gets a handler, and not SIG_IGN,
 * which the programs that a run starts would inherit.
 */
static void reset_signals(void)
{
    static const int ours[] = {SIGTERM, SIGINT, SIGCHLD};
    struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_RESTART};
    sigset_t none;
    sigemptyset(&none);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        sigaction(ours[i], &action, NULL);
    action.sa_handler = hear_hangup;
    sigaction(SIGHUP, &action, NULL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void become_child(Child *child, int beat_ms, pid_t parent)
{
    reset_signals();
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    if (getppid() != parent)
        raise(SIGTERM);
    if (beat_ms > 0)
        heartbeat_attach(&child->page->heartbeat, beat_ms);
}

Status child_start(Child *child, int beat_ms, bool *ret_is_child, Errors *errors)
{
    pid_t parent = getpid();
    child->page->told = child->page->undone = false;
    child->started_ms = heartbeat_clock();
    atomic_store(&child->page->heartbeat, child->started_ms);
    fflush(stdout); /* what is still in the buffer would be written twice */
    child->pid = fork();
    if (child->pid < 0)
    {
        child->pid = 0;
        errors_add(errors, ERROR_SYSTEM, "cannot start a process for the run: %s", strerror(errno));
        return STATUS_FAILED;
    }
    *ret_is_child = child->pid == 0;
    if (*ret_is_child)
        become_child(child, beat_ms, parent);
    return STATUS_OK;
}

/* As errors_exit_code decides. */
void child_tell(Child *child, const Errors *errors)
{
    if (errors_have(errors, ERROR_IN_DOUBT))
        child->page->kind = ERROR_IN_DOUBT;
    else if (!errors_empty(errors))
        child->page->kind = errors->items[0]->kind;
    child->page->told = true;
}

bool child_ended(Child *child, ChildEnd *ret_end)
{
    int status;
    pid_t pid;
    do
        pid = waitpid(child->pid, &status, WNOHANG);
    while (pid < 0 && errno == EINTR);
    if (pid != child->pid)
        return false;
    *ret_end = (ChildEnd){.status = status,
                          .told = child->page->told,
                          .undone = child->page->undone,
                          .kind = child->page->kind,
                          .duration_ms = heartbeat_clock() - child->started_ms};
    child->pid = 0;
    return true;
}

int64_t child_silence_ms(const Child *child)
{
    return heartbeat_clock() - atomic_load(&child->page->heartbeat);
}

void child_signal(const Child *child, int number)
{
    if (child->pid > 0)
        kill(child->pid, number);
}
