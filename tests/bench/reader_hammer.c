/*
 * reader_hammer: reads views all the time while something is done to them, and says what the readers noticed; --help
 * has the details, hammer.h how it is built.
 *
 * The parent starts a process for each connection, ends phases and windows as told on standard input, and merges what
 * the processes have counted.
 */
#include "hammer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "matswap/memory.h"
#include "matswap/text.h"

typedef struct Hammer
{
    HammerOptions options;
    HammerShared *shared;
    size_t shared_size;
    pid_t *pids; /* 0: has ended */
    HammerPhase *phase;
    double phase_began_s;
    HammerPhase **done;
    size_t done_count;
    Text *line; /* of standard input, as far as it has come */
    bool told_to_stop;
    bool clean;
} Hammer;

static const double patience_s = 30;

static volatile sig_atomic_t stop_signal;

static void on_signal(int signal_number)
{
    stop_signal = signal_number;
}

static double now_s(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

static void pause_briefly(void)
{
    struct timespec time = {0, 1000000};
    nanosleep(&time, NULL);
}

static void give_up(const char *what)
{
    fprintf(stderr, "reader_hammer: %s: %s\n", what, strerror(errno));
    exit(2);
}

/* ---- the processes --------------------------------------------------------------------------------------------- */

static void start_readers(Hammer *hammer)
{
    size_t count = (size_t) hammer->options.connections;
    hammer->shared_size = sizeof *hammer->shared + count * sizeof hammer->shared->readers[0];
    hammer->shared =
        mmap(NULL, hammer->shared_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (hammer->shared == MAP_FAILED)
        give_up("no shared memory");
    hammer->pids = mem_array(hammer, pid_t, count);
    for (size_t i = 0; i < count; i++)
    {
        pid_t pid = fork();
        if (pid < 0)
            give_up("cannot fork");
        if (pid == 0)
        {
            signal(SIGINT, SIG_IGN); /* the parent tells it to stop, between two transactions */
            signal(SIGTERM, SIG_IGN);
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            hammer_read(&hammer->options, hammer->shared, i);
            _exit(0);
        }
        hammer->pids[i] = pid;
    }
}

/* A process that ends before it is told to is a finding. */
static bool has_ended(Hammer *hammer, size_t number)
{
    int status;
    if (hammer->pids[number] != 0 && waitpid(hammer->pids[number], &status, WNOHANG) != 0)
    {
        hammer->pids[number] = 0;
        if (!atomic_load(&hammer->shared->stop))
            tally_error(&hammer->phase->tally, NULL, "a reader's process has died", "");
    }
    return hammer->pids[number] == 0;
}

/* So that the time starts with all of them; what keeps one from connecting is among the first phase's errors. */
static void wait_until_connected(Hammer *hammer, const sigset_t *while_waiting)
{
    static const struct timespec step = {0, 1000000};
    double until_s = now_s() + patience_s;
    for (int i = 0; i < hammer->options.connections; i++)
        while (!atomic_load(&hammer->shared->readers[i].connected) && !has_ended(hammer, (size_t) i) &&
               stop_signal == 0 && now_s() < until_s)
            ppoll(NULL, 0, &step, while_waiting);
}

/* Ends the turn: waits for transactions that began in it, and adds up what was counted in it. */
static void end_turn(Hammer *hammer)
{
    unsigned int turn = atomic_fetch_add(&hammer->shared->turn, 1);
    uint64_t max_us = 0;
    for (int i = 0; i < hammer->options.connections; i++)
    {
        HammerReader *reader = &hammer->shared->readers[i];
        while (atomic_load(&reader->turn) == turn && !has_ended(hammer, (size_t) i))
            pause_briefly();
        Tally *tally = &reader->tallies[turn % 2];
        if (tally->prompt.max_us > max_us)
            max_us = tally->prompt.max_us;
        tally_merge(&hammer->phase->tally, tally);
        memset(tally, 0, sizeof *tally);
    }
    MEM_PUSH(hammer->phase, hammer->phase->window_max_ms, hammer->phase->window_count, (double) max_us / 1000);
}

/* A reader that still waits for a lock when all is over is no use any more. */
static void stop_readers(Hammer *hammer)
{
    atomic_store(&hammer->shared->stop, true);
    double until_s = now_s() + patience_s;
    for (int i = 0; i < hammer->options.connections; i++)
    {
        while (!has_ended(hammer, (size_t) i) && now_s() < until_s)
            pause_briefly();
        if (hammer->pids[i] != 0)
        {
            fprintf(stderr, "reader_hammer: connection %d has waited for %.0f s: killed\n", i, patience_s);
            hammer->clean = false;
            kill(hammer->pids[i], SIGKILL);
            waitpid(hammer->pids[i], NULL, 0);
        }
    }
    munmap(hammer->shared, hammer->shared_size);
}

/* ---- phases ---------------------------------------------------------------------------------------------------- */

static void begin_phase(Hammer *hammer, const char *name)
{
    hammer->phase = mem_new(hammer, HammerPhase);
    hammer->phase->name = mem_strdup(hammer->phase, name);
    hammer->phase_began_s = now_s();
}

static void end_phase(Hammer *hammer)
{
    end_turn(hammer);
    HammerPhase *phase = hammer->phase;
    phase->seconds = now_s() - hammer->phase_began_s;
    if (strcmp(phase->name, "-") == 0)
    {
        talloc_free(phase);
        return;
    }
    hammer->clean = hammer->clean && tally_is_clean(&phase->tally);
    hammer_print_json(stdout, &hammer->options, phase);
    MEM_PUSH(hammer, hammer->done, hammer->done_count, phase);
}

static void take_line(Hammer *hammer, const char *line)
{
    if (line[0] == '\0')
    {
        end_turn(hammer);
        return;
    }
    end_phase(hammer);
    begin_phase(hammer, line);
}

static void take_input(Hammer *hammer)
{
    char byte;
    if (read(STDIN_FILENO, &byte, 1) <= 0)
        hammer->told_to_stop = true;
    else if (byte != '\n')
        text_add_bytes(hammer->line, &byte, 1);
    else
    {
        take_line(hammer, hammer->line->data);
        talloc_free(hammer->line);
        hammer->line = text_new(hammer);
    }
}

/* Until a signal, the end of the time, or the end of the input. */
static void watch(Hammer *hammer, const sigset_t *while_waiting)
{
    double until_s = hammer->options.seconds > 0 ? now_s() + hammer->options.seconds : 0;
    while (stop_signal == 0 && !hammer->told_to_stop)
    {
        double left_s = until_s > 0 ? until_s - now_s() : 1;
        if (left_s <= 0)
            return;
        struct timespec timeout = {(time_t) left_s, (long) ((left_s - (double) (time_t) left_s) * 1e9)};
        struct pollfd input = {STDIN_FILENO, POLLIN, 0};
        if (ppoll(&input, hammer->options.phases ? 1 : 0, &timeout, while_waiting) > 0)
            take_input(hammer);
        for (int i = 0; i < hammer->options.connections; i++)
            hammer->clean = !has_ended(hammer, (size_t) i) && hammer->clean;
    }
}

/* The signals come while we wait only: none is lost between a look at stop_signal and the wait. */
static void catch_signals(sigset_t *ret_while_waiting)
{
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGINT);
    sigprocmask(SIG_BLOCK, &ours, ret_while_waiting);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

int main(int argc, char **argv)
{
    Hammer *hammer = mem_new(NULL, Hammer);
    sigset_t while_waiting;
    hammer_options(&hammer->options, argc, argv);
    hammer->clean = true;
    hammer->line = text_new(hammer);
    begin_phase(hammer, hammer->options.phases ? "-" : "all");
    start_readers(hammer);
    catch_signals(&while_waiting);
    wait_until_connected(hammer, &while_waiting);
    hammer->phase_began_s = now_s();
    watch(hammer, &while_waiting);
    end_phase(hammer);
    hammer_print_table(stderr, hammer->done, hammer->done_count);
    stop_readers(hammer);
    bool clean = hammer->clean;
    talloc_free(hammer);
    return clean ? 0 : 1;
}
