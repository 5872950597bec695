/*
 * process.c: a command, without a shell, in a process group of its own, with pipes from its two outputs.
 *
 * Its end is awaited without reaping it: as long as the leader is a zombie, the number of its group is not given to
 * another one, and a kill() of the group reaches ours.
 */
#include "import_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "matswap/memory.h"

/* How long a command that was asked to end may take. */
static const int64_t grace_ms = 5000;
/* What has no line end by then is handed on all the same. */
static const size_t longest_line = 4096;

struct Process
{
    pid_t pid;  /* and the number of its group; 0: reaped */
    bool ended; /* a zombie */
    int status; /* as waitpid() has it */
    int output, messages;
    Text *line; /* of standard error, as far as it has come */
    char *last; /* complete one that is not empty */
    int64_t asked_at; /* to end; 0: not yet */
    void (*log)(void *closure, const char *line);
    void *closure;
};

int64_t process_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void close_descriptor(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

/* ---- starting ---------------------------------------------------------------------------------------------- */

static bool is_named(const char *variable, const char *other)
{
    size_t length = strcspn(other, "=");
    return strncmp(variable, other, length) == 0 && variable[length] == '=';
}

/*
 * PGPASSWORD opens our own connection.  A command that asks the same server has ~/.pgpass or a service file, and one that
 * does not could only write the password into a log.
 */
static char **environment_of(const void *context, const char *const *added)
{
    char **variables = NULL;
    size_t count = 0;
    for (char **variable = environ; *variable != NULL; variable++)
    {
        bool replaced = is_named(*variable, "PGPASSWORD");
        for (size_t i = 0; added[i] != NULL && !replaced; i++)
            replaced = is_named(*variable, added[i]);
        if (!replaced)
            MEM_PUSH(context, variables, count, *variable);
    }
    for (size_t i = 0; added[i] != NULL; i++)
        MEM_PUSH(context, variables, count, mem_strdup(context, added[i]));
    MEM_PUSH(context, variables, count, NULL);
    return variables;
}

/* In the child: what keeps it from becoming its program goes to the parent. */
static void become(const ProcessOptions *options, char *const *words, char *const *environment, int nothing,
                   const int *outputs, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    signal(SIGPIPE, SIG_DFL); /* which we ignore, and what is ignored stays so */
    sigprocmask(SIG_SETMASK, &none, NULL);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* should we be killed, it has nobody to write to */
    if (getppid() != parent)
        raise(SIGTERM);
#endif
    if (dup2(nothing, STDIN_FILENO) >= 0 && dup2(outputs[0], STDOUT_FILENO) >= 0 &&
        dup2(outputs[1], STDERR_FILENO) >= 0 && chdir(options->folder) == 0)
        execvpe(words[0], words, environment);
}

/* Waits for the child's program to start: the pipe closes then.  The error number of a child that could not. */
static int failure_of(int descriptor)
{
    int number = 0;
    ssize_t length;
    do
        length = read(descriptor, &number, sizeof number);
    while (length < 0 && errno == EINTR);
    return length == (ssize_t) sizeof number ? number : 0;
}

static pid_t fork_command(const void *scratch, const ProcessOptions *options, int nothing, const int *outputs,
                          const int *status)
{
    size_t count = 0;
    while (options->words[count] != NULL)
        count++;
    char **words = mem_array(scratch, char *, count + 1);
    for (size_t i = 0; i < count; i++)
        words[i] = mem_strdup(scratch, options->words[i]);
    char **environment = environment_of(scratch, options->environment);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    become(options, words, environment, nothing, outputs, parent);
    int number = errno;
    ssize_t written = write(status[1], &number, sizeof number);
    (void) written;
    _exit(127);
}

static int reap(Process *process)
{
    if (process->pid > 0)
    {
        kill(-process->pid, SIGKILL);
        while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    process->pid = 0;
    close_descriptor(&process->output);
    close_descriptor(&process->messages);
    return 0;
}

static bool open_pipes(int pipes[3][2])
{
    for (size_t i = 0; i < 3; i++)
        if (pipe2(pipes[i], O_CLOEXEC) != 0)
            return false;
    return fcntl(pipes[0][0], F_SETFL, O_NONBLOCK) == 0 && fcntl(pipes[1][0], F_SETFL, O_NONBLOCK) == 0;
}

/* The pid; -1 with errno. */
static pid_t start(const ProcessOptions *options, int pipes[3][2], int nothing, const char **ret_step)
{
    void *scratch = mem_context(NULL);
    *ret_step = "be started";
    const int outputs[] = {pipes[0][1], pipes[1][1]};
    pid_t pid = nothing < 0 ? -1 : fork_command(scratch, options, nothing, outputs, pipes[2]);
    int error = errno;
    talloc_free(scratch);
    if (pid < 0)
    {
        errno = error;
        return -1;
    }
    setpgid(pid, pid); /* as the child does: whoever is first */
    close_descriptor(&pipes[2][1]);
    error = failure_of(pipes[2][0]);
    if (error == 0)
        return pid;
    *ret_step = "be executed";
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    errno = error;
    return -1;
}

Process *process_start(const void *context, const ProcessOptions *options, const char **ret_step)
{
    int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}}; /* output, messages, and whether it could be executed */
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    pid_t pid = open_pipes(pipes) ? start(options, pipes, nothing, ret_step) : -1;
    int error = errno;
    close_descriptor(&nothing);
    close_descriptor(&pipes[0][1]);
    close_descriptor(&pipes[1][1]);
    close_descriptor(&pipes[2][0]);
    close_descriptor(&pipes[2][1]);
    if (pid < 0)
    {
        close_descriptor(&pipes[0][0]);
        close_descriptor(&pipes[1][0]);
        errno = error;
        return NULL;
    }
    Process *process = mem_new(context, Process);
    *process = (Process){.pid = pid, .output = pipes[0][0], .messages = pipes[1][0], .log = options->log,
                         .closure = options->closure};
    process->line = text_new(process);
    talloc_set_destructor(process, reap);
    return process;
}

/* ---- reading ----------------------------------------------------------------------------------------------- */

int process_output(const Process *process)
{
    return process->output;
}

int process_messages(const Process *process)
{
    return process->messages;
}

const char *process_last_message(const Process *process)
{
    return process->last;
}

ssize_t process_read(Process *process, char *buffer, size_t size)
{
    ssize_t length;
    if (process->output < 0)
        return 0;
    do
        length = read(process->output, buffer, size);
    while (length < 0 && errno == EINTR);
    if (length == 0)
        close_descriptor(&process->output);
    return length;
}

static void end_line(Process *process)
{
    Text *line = process->line;
    if (line->length > 0 && line->data[line->length - 1] == '\r')
        line->data[--line->length] = '\0';
    if (line->length > 0)
    {
        process->log(process->closure, line->data);
        talloc_free(process->last);
        process->last = mem_strdup(process, line->data);
    }
    talloc_free(process->line);
    process->line = text_new(process);
}

static void add_messages(Process *process, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
    {
        if (bytes[i] == '\n' || process->line->length >= longest_line)
            end_line(process);
        if (bytes[i] != '\n' && bytes[i] != '\0')
            text_add_bytes(process->line, &bytes[i], 1);
    }
}

void process_read_messages(Process *process)
{
    char buffer[4096];
    ssize_t length = -1;
    while (process->messages >= 0)
    {
        length = read(process->messages, buffer, sizeof buffer);
        if (length > 0)
            add_messages(process, buffer, (size_t) length);
        else if (length == 0 || (errno != EINTR && errno != EAGAIN))
        {
            close_descriptor(&process->messages);
            end_line(process);
        }
        else if (errno == EAGAIN)
            return;
    }
}

/* ---- its end ----------------------------------------------------------------------------------------------- */

bool process_ended(Process *process, int *ret_status)
{
    siginfo_t info = {0};
    if (!process->ended && waitid(P_PID, (id_t) process->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid == process->pid)
    {
        process->ended = true;
        process->status = info.si_code == CLD_EXITED ? info.si_status << 8 : info.si_status;
    }
    *ret_status = process->status;
    return process->ended;
}

/* A zombie is in its group and takes signals: the group is gone when nobody but the leader is in it, which nobody tells. */
bool process_terminate(Process *process)
{
    int status;
    int64_t now = process_clock_ms();
    process_read_messages(process);
    close_descriptor(&process->output); /* whoever writes to it ends by SIGPIPE */
    if (process->asked_at == 0)
    {
        process->asked_at = now;
        kill(-process->pid, SIGTERM);
    }
    if (!process_ended(process, &status) && now - process->asked_at < grace_ms)
        return false;
    reap(process); /* and with it what the leader has left of its group */
    return true;
}
