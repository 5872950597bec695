/*
 * process.c: a command, without a shell, in a process group of its own, with pipes to its input and from its two outputs.
 *
 * Its end is awaited without reaping it: as long as the leader is a zombie, the number of its group is not given to
 * another one, and a kill() of the group reaches ours.
 */
#include "matswap/process.h"

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
#include "matswap/text.h"

/* How long a command that was asked to end may take. */
static const int64_t grace_ms = 5000;
/* What has no line end by then is handed on all the same. */
static const size_t longest_line = 4096;
/* What is read of a command's messages before anything else is looked at: no pipe holds more, so nothing of one that has
 * ended is missed (F_SETPIPE_SZ in pipe(7)). */
static const size_t most_at_once = 1024 * 1024;

struct Process
{
    pid_t pid;  /* and the number of its group; 0: reaped */
    bool ended; /* a zombie */
    int status; /* as waitpid() has it */
    int output, messages, input;
    const char *left; /* of its input */
    size_t left_length;
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
static void become(const ProcessOptions *options, char *const *words, char *const *environment, const int *standard,
                   pid_t parent)
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
    if (dup2(standard[0], STDIN_FILENO) >= 0 && dup2(standard[1], STDOUT_FILENO) >= 0 &&
        dup2(standard[2], STDERR_FILENO) >= 0 && chdir(options->folder) == 0)
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

static pid_t fork_command(const void *scratch, const ProcessOptions *options, const int *standard, int status)
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
    become(options, words, environment, standard, parent);
    int number = errno;
    ssize_t written = write(status, &number, sizeof number);
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
    close_descriptor(&process->input);
    return 0;
}

/* 0 to 2 are free where we were started without them: there they would be in the way of the child's own. */
static int above_standard(int descriptor)
{
    if (descriptor < 0 || descriptor > STDERR_FILENO)
        return descriptor;
    int above = fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int error = errno;
    close(descriptor);
    errno = error;
    return above;
}

typedef enum PipeName
{
    OUTPUT,
    MESSAGES,
    STARTED, /* whether it could be executed */
    INPUT,
    PIPE_COUNT
} PipeName;

/* [0] is for reading, [1] for writing */
typedef struct Pipes
{
    int ends[PIPE_COUNT][2];
    int nothing; /* /dev/null */
} Pipes;

static bool open_pipes(Pipes *pipes)
{
    for (int i = 0; i < PIPE_COUNT; i++)
        pipes->ends[i][0] = pipes->ends[i][1] = -1;
    pipes->nothing = above_standard(open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (pipes->nothing < 0)
        return false;
    for (int i = 0; i < PIPE_COUNT; i++)
    {
        int *ends = pipes->ends[i];
        if (pipe2(ends, O_CLOEXEC) != 0)
            return false;
        ends[0] = above_standard(ends[0]);
        ends[1] = above_standard(ends[1]);
        if (ends[0] < 0 || ends[1] < 0)
            return false;
    }
    return fcntl(pipes->ends[OUTPUT][0], F_SETFL, O_NONBLOCK) == 0 &&
           fcntl(pipes->ends[MESSAGES][0], F_SETFL, O_NONBLOCK) == 0 &&
           fcntl(pipes->ends[INPUT][1], F_SETFL, O_NONBLOCK) == 0;
}

/* The child's ends, in the parent; what is at -1 then stays. */
static void close_childs(Pipes *pipes)
{
    close_descriptor(&pipes->nothing);
    close_descriptor(&pipes->ends[OUTPUT][1]);
    close_descriptor(&pipes->ends[MESSAGES][1]);
    close_descriptor(&pipes->ends[STARTED][1]);
    close_descriptor(&pipes->ends[INPUT][0]);
}

static void close_ours(Pipes *pipes)
{
    close_descriptor(&pipes->ends[OUTPUT][0]);
    close_descriptor(&pipes->ends[MESSAGES][0]);
    close_descriptor(&pipes->ends[STARTED][0]);
    close_descriptor(&pipes->ends[INPUT][1]);
}

/* The pid; -1 with errno. */
static pid_t start(const ProcessOptions *options, Pipes *pipes, const char **ret_step)
{
    void *scratch = mem_context(NULL);
    *ret_step = "be started";
    const int standard[] = {options->input == NULL ? pipes->nothing : pipes->ends[INPUT][0],
                            pipes->ends[options->joined ? MESSAGES : OUTPUT][1], pipes->ends[MESSAGES][1]};
    pid_t pid = fork_command(scratch, options, standard, pipes->ends[STARTED][1]);
    int error = errno;
    talloc_free(scratch);
    if (pid < 0)
    {
        errno = error;
        return -1;
    }
    setpgid(pid, pid); /* as the child does: whoever is first */
    close_childs(pipes);
    error = failure_of(pipes->ends[STARTED][0]);
    close_descriptor(&pipes->ends[STARTED][0]);
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
    Pipes pipes;
    *ret_step = "be started";
    pid_t pid = open_pipes(&pipes) ? start(options, &pipes, ret_step) : -1;
    int error = errno;
    if (pid < 0)
    {
        close_childs(&pipes);
        close_ours(&pipes);
        errno = error;
        return NULL;
    }
    Process *process = mem_new(context, Process);
    *process = (Process){.pid = pid, .output = pipes.ends[OUTPUT][0], .messages = pipes.ends[MESSAGES][0],
                         .input = pipes.ends[INPUT][1], .left = options->input, .left_length = options->input_length,
                         .log = options->log, .closure = options->closure};
    process->line = text_new(process);
    talloc_set_destructor(process, reap);
    process_write_input(process);
    return process;
}

/* ---- writing ----------------------------------------------------------------------------------------------- */

int process_input(const Process *process)
{
    return process->input;
}

void process_write_input(Process *process)
{
    while (process->input >= 0 && process->left_length > 0)
    {
        ssize_t length = write(process->input, process->left, process->left_length);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0 && errno == EAGAIN)
            return;
        if (length < 0)
            break; /* EPIPE: it does not want it */
        process->left += length;
        process->left_length -= (size_t) length;
    }
    close_descriptor(&process->input);
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
    while (length > 0)
    {
        size_t used = 0;
        size_t room = longest_line - process->line->length;
        while (used < length && used < room && bytes[used] != '\n' && bytes[used] != '\0')
            used++;
        text_add_bytes(process->line, bytes, used);
        bool full = used == room || (used < length && bytes[used] == '\n');
        if (used < length && (bytes[used] == '\n' || bytes[used] == '\0'))
            used++;
        bytes += used;
        length -= used;
        if (full)
            end_line(process);
    }
}

void process_read_messages(Process *process)
{
    char buffer[16 * 1024];
    size_t total = 0;
    while (process->messages >= 0 && total < most_at_once)
    {
        ssize_t length = read(process->messages, buffer, sizeof buffer);
        if (length > 0)
        {
            add_messages(process, buffer, (size_t) length);
            total += (size_t) length;
        }
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
    close_descriptor(&process->input);
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
