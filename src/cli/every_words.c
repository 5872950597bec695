#include "every_internal.h"

#include <time.h>

#include "matswap/memory.h"

static struct tm local_time(int64_t when_ms)
{
    time_t when = (time_t) (when_ms / 1000);
    struct tm local;
    localtime_r(&when, &local);
    return local;
}

char *every_when(const void *context, int64_t when_ms)
{
    struct tm when = local_time(when_ms), today = local_time(every_now());
    char *clock = mem_printf(context, "%02d:%02d:%02d", when.tm_hour, when.tm_min, when.tm_sec);
    if (when.tm_year == today.tm_year && when.tm_yday == today.tm_yday)
        return clock;
    char *dated = mem_printf(context, "%04d-%02d-%02d %s", when.tm_year + 1900, when.tm_mon + 1, when.tm_mday, clock);
    talloc_free(clock);
    return dated;
}

char *every_starts(const void *context, int64_t count)
{
    return mem_printf(context, count == 1 ? "%lld start was" : "%lld starts were", (long long) count);
}

void every_say_begin(const Every *every)
{
    char *when = every_when(NULL, every->due_ms);
    if (every->due_ms > every_now())
        report_line(every->report, "waiting", "the first run starts at %s", when);
    talloc_free(when);
}

void every_say_skipped(const Every *every)
{
    char *age = report_duration(NULL, (double) (heartbeat_clock() - every->child.started_ms));
    report_warning(every->report, "a start is skipped: run %lld is still at work, for %s by now",
                   (long long) every->runs, age);
    talloc_free(age);
}

void every_say_stopping(const Every *every)
{
    if (!every->interrupted)
    {
        report_line(every->report, "stopped", "by a signal, between two runs");
        return;
    }
    char *limit = report_duration(NULL, (double) every->options.loaded->stop_timeout_ms);
    report_line(every->report, "stopping",
                "run %lld undoes what it began, or finishes its swap, in %s at most; a second signal "
                "leaves it as it is, for the next run to clear up",
                (long long) every->runs, limit);
    talloc_free(limit);
}

void every_tell_status(const Every *every)
{
    if (!notify_is_heard(every->notify))
        return;
    void *scratch = mem_context(NULL);
    const char *now;
    if (every->stopping)
        now = "stopping";
    else if (every->child.pid > 0)
        now = mem_printf(scratch, "run %lld is at work (process %d)", (long long) every->runs, every->child.pid);
    else
        now = mem_printf(scratch, "the next run starts at %s", every_when(scratch, every->due_ms));
    notify_send(every->notify, "STATUS=%s; runs: %lld, starts skipped: %lld, failures in a row: %lld", now,
                (long long) every->runs, (long long) every->skipped, (long long) every->failures);
    talloc_free(scratch);
}
