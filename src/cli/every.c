/* every.c: the loop of `run --every`. */
#include "every_internal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "matswap/memory.h"

enum
{
    LONGEST_SLEEP_MS = 5000, /* a clock that was set, or a machine that slept, is noticed after this */
    JUMP_MS = 1000,          /* what is less is the clock's own business */
    TWICE_MS = 1000,         /* a signal that comes sooner after the first is the same one, sent to process and group */
    BEATS = 8,               /* of a run's heart, in the watchdog's period */
    GRACE_MS = 5000          /* a run ends by itself after stop_timeout: if it does not, it is killed this much later */
};

/* Set by handlers, which run only in wait_for_news: these signals are blocked otherwise. */
static volatile sig_atomic_t stops, hangups;

static void on_stop(int number)
{
    stops++;
}

static void on_hangup(int number)
{
    hangups++;
}

static void on_child(int number)
{
}

int64_t every_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static Status install_signals(Errors *errors)
{
    static const struct
    {
        int number;
        void (*handler)(int);
    } ours[] = {{SIGTERM, on_stop}, {SIGINT, on_stop}, {SIGHUP, on_hangup}, {SIGCHLD, on_child}, {SIGPIPE, SIG_IGN}};
    sigset_t blocked;
    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
    {
        struct sigaction action = {.sa_handler = ours[i].handler};
        sigemptyset(&action.sa_mask);
        sigaddset(&blocked, ours[i].number);
        if (sigaction(ours[i].number, &action, NULL) != 0)
        {
            errors_add(errors, ERROR_SYSTEM, "cannot install the handler of signal %s: %s", strsignal(ours[i].number),
                       strerror(errno));
            return STATUS_FAILED;
        }
    }
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    return STATUS_OK;
}

void every_plan_at(Every *every, int64_t when_ms)
{
    uint64_t random = 0;
    if (every->schedule.jitter_ms > 0 && getentropy(&random, sizeof random) != 0)
        random = (uint64_t) every_now() * (uint64_t) getpid(); /* spread over hosts is all that is asked */
    every->due_ms = when_ms + schedule_delay(&every->schedule, random);
}

void every_plan(Every *every, int64_t after_ms)
{
    every_plan_at(every, schedule_next(&every->schedule, after_ms));
    every->backing_off = false;
}

/* ---- a run ------------------------------------------------------------------------------------------------- */

static Status start_run(Every *every, bool *ret_is_child, Errors *errors)
{
    every->runs++;
    every->options.run.skipped_before = every->skipped_now;
    every->skipped_now = 0;
    every->silence_told = false;
    every_plan(every, every_now());
    int beat_ms = (int) (notify_watchdog_ms(every->notify) / BEATS);
    if (child_start(&every->child, beat_ms, ret_is_child, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (!*ret_is_child)
        every_tell_status(every);
    return STATUS_OK;
}

/* A process that cannot be made is as much of a failure as a run that cannot connect. */
static void start_due(Every *every, bool *ret_is_child)
{
    Errors *failure = errors_new(NULL);
    if (start_run(every, ret_is_child, failure) != STATUS_OK)
    {
        report_errors(failure);
        ChildEnd end = {.status = 1 << 8, .told = true, .kind = ERROR_CONNECTION};
        every_judge(every, &end);
    }
    talloc_free(failure);
}

static void skip_due(Every *every)
{
    every->skipped++;
    every->skipped_now++;
    if (every->skipped_now == 1)
        every_say_skipped(every);
    every_plan(every, every_now());
    every_tell_status(every);
}

/* ---- waiting ----------------------------------------------------------------------------------------------- */

static int64_t sooner(int64_t left_ms, int64_t other_ms)
{
    if (other_ms < 0)
        other_ms = 0;
    return other_ms < left_ms ? other_ms : left_ms;
}

/* Until a signal comes, or there may be something to do. */
static void wait_for_news(const Every *every)
{
    int64_t left_ms = LONGEST_SLEEP_MS;
    if (!every->stopping)
        left_ms = sooner(left_ms, every->due_ms - every_now());
    else if (!every->abandoned)
        left_ms = sooner(left_ms, every->stop_by_ms - heartbeat_clock());
    if (notify_watchdog_ms(every->notify) > 0)
        left_ms = sooner(left_ms, every->feed_at_ms - heartbeat_clock());
    struct timespec timeout = {.tv_sec = left_ms / 1000, .tv_nsec = left_ms % 1000 * 1000000};
    sigset_t none;
    sigemptyset(&none);
    pselect(0, NULL, NULL, NULL, &timeout, &none);
}

/* Only while the run gets on: one that hangs must look like a service that hangs. */
static void feed_watchdog(Every *every)
{
    int64_t period_ms = notify_watchdog_ms(every->notify), now = heartbeat_clock();
    if (period_ms == 0 || now < every->feed_at_ms)
        return;
    every->feed_at_ms = now + period_ms / 2;
    if (every->child.pid == 0 || child_silence_ms(&every->child) < period_ms)
        notify_send(every->notify, "WATCHDOG=1");
    else if (!every->silence_told)
    {
        char *silence = report_duration(NULL, (double) child_silence_ms(&every->child));
        report_warning(every->report,
                       "the run (process %d) hangs: nothing was heard of it for %s; the watchdog is not fed any more",
                       every->child.pid, silence);
        talloc_free(silence);
        every->silence_told = true;
    }
}

/*
 * A clock that is set forward, and a machine that was asleep, make the next start due at once, and that is all.  One
 * that is set back would let us wait for longer than anybody meant.
 */
static void look_at_clock(Every *every, int64_t *wall_ms, int64_t *steady_ms)
{
    int64_t wall = every_now(), steady = heartbeat_clock();
    int64_t jump = (wall - *wall_ms) - (steady - *steady_ms);
    *wall_ms = wall;
    *steady_ms = steady;
    if (jump > -JUMP_MS)
        return;
    if (every->backing_off)
        every->due_ms += jump;
    else
        every_plan(every, wall);
    char *by = report_duration(NULL, (double) -jump), *when = every_when(by, every->due_ms);
    report_line(every->report, "clock", "the clock was set back by %s; the next run starts at %s", by, when);
    talloc_free(by);
    every_tell_status(every);
}

/* ---- signals ----------------------------------------------------------------------------------------------- */

/* The run undoes what it has begun, or finishes what cannot be undone, and has stop_timeout for it. */
static void stop(Every *every)
{
    every->interrupted = every->child.pid > 0;
    int64_t patience_ms = every->interrupted ? every->options.loaded->stop_timeout_ms + GRACE_MS : 0;
    every->stopping = true;
    every->told_at_ms = heartbeat_clock();
    every->stop_by_ms = every->told_at_ms + patience_ms;
    every_say_stopping(every);
    notify_send(every->notify, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%lld", (long long) (patience_ms + GRACE_MS) * 1000);
    every_tell_status(every);
    child_signal(&every->child, SIGTERM);
}

static void abandon(Every *every)
{
    every->abandoned = true;
    child_signal(&every->child, SIGKILL);
}

/* A terminal that was closed says so with a SIGHUP, too. */
static void obey_signals(Every *every)
{
    bool gone = hangups > 0 && every->terminal && !isatty(STDERR_FILENO);
    if (hangups > 0 && !gone && !every->stopping)
        every_reload(every);
    hangups = 0;
    if (gone && !every->stopping)
        stop(every);
    if (stops > 0 && !every->stopping)
        stop(every);
    bool twice = stops > 0 && heartbeat_clock() - every->told_at_ms >= TWICE_MS;
    stops = 0;
    if (every->stopping && !every->abandoned && (twice || heartbeat_clock() >= every->stop_by_ms))
        abandon(every);
}

/* ---- all of it --------------------------------------------------------------------------------------------- */

static Status begin(Every *every, const CliOptions *options, Errors *errors)
{
    every->options = *options;
    every->schedule = (Schedule){.every_ms = options->every_ms,
                                 .has_at = options->has_at,
                                 .at_minute = options->at_minute,
                                 .jitter_ms = options->jitter_ms};
    every->terminal = isatty(STDERR_FILENO);
    if (notify_open(every, &every->notify, errors) != STATUS_OK || every_load(every, errors) != STATUS_OK ||
        install_signals(errors) != STATUS_OK || child_prepare(&every->child, errors) != STATUS_OK)
        return STATUS_FAILED;
    schedule_begin(&every->schedule, every_now());
    every_plan(every, every->schedule.origin_ms - 1);
    if (!notify_send(every->notify, "READY=1"))
        report_warning(every->report, "cannot tell NOTIFY_SOCKET that the service is ready: %s", strerror(errno));
    every_say_begin(every);
    every_tell_status(every);
    return STATUS_OK;
}

/* True in a child; false when it is over. */
static bool loop(Every *every)
{
    int64_t wall_ms = every_now(), steady_ms = heartbeat_clock();
    bool is_child = false;
    for (;;)
    {
        ChildEnd end;
        if (every->child.pid > 0 && child_ended(&every->child, &end))
            every_judge(every, &end);
        obey_signals(every);
        if (every->stopping && every->child.pid == 0)
            return false;
        look_at_clock(every, &wall_ms, &steady_ms);
        bool due = !every->stopping && every_now() >= every->due_ms;
        if (due && every->child.pid > 0)
            skip_due(every);
        else if (due)
            start_due(every, &is_child);
        if (is_child)
            return true;
        feed_watchdog(every);
        wait_for_news(every);
    }
}

/* Is the newest run one that the set has been given?  Where the journal cannot be asked, it is not. */
static bool has_published(const Every *every)
{
    const Config *config = every->options.loaded;
    void *scratch = mem_context(NULL);
    Errors *ignored = errors_new(scratch);
    Journal *journal = NULL;
    JournalRun *last = NULL;
    bool asked = journal_open(scratch, config->journal, JOURNAL_READ_ONLY, &journal, ignored) == STATUS_OK &&
                 journal != NULL && journal_last(scratch, journal, config->set, &last, ignored) == STATUS_OK;
    bool published = asked && last != NULL && (last->state == RUN_SWAPPED || last->state == RUN_DONE);
    talloc_free(scratch);
    return published;
}

/* In a child: of what could not be swapped any more nothing is left then, and there is still no new generation. */
static Status resume(Every *every, Errors *errors)
{
    Status status = cli_resume_execute(&every->options, errors);
    every->child.page->undone = status == STATUS_OK && !has_published(every);
    return status;
}

Status every_execute(const CliOptions *options, Status (*run)(const CliOptions *options, Errors *errors),
                     Errors *errors)
{
    Every *every = mem_new(options->context, Every);
    if (begin(every, options, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (!loop(every))
        return every_conclude(every, errors);
    Status status = every->in_doubt ? resume(every, errors) : run(&every->options, errors);
    child_tell(&every->child, errors);
    return status;
}
