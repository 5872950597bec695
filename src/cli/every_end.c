#include "every_internal.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "matswap/memory.h"

typedef enum Verdict
{
    RUN_DID,     /* also without the views that were isolated: their errors have been told */
    RUN_SKIPPED, /* another run holds the set */
    RUN_FAILED
} Verdict;

static bool exited_with(const ChildEnd *end, ErrorKind kind)
{
    return WIFEXITED(end->status) && WEXITSTATUS(end->status) == error_kind_exit_code(kind);
}

static Verdict verdict_on(const ChildEnd *end)
{
    if (WIFEXITED(end->status) && (WEXITSTATUS(end->status) == 0 || exited_with(end, ERROR_ISOLATED)))
        return RUN_DID;
    return exited_with(end, ERROR_BUSY) ? RUN_SKIPPED : RUN_FAILED;
}

/* "exit code 5", "killed by signal 9, Killed" */
static char *describe(const void *context, const ChildEnd *end)
{
    if (WIFEXITED(end->status))
        return mem_printf(context, "exit code %d", WEXITSTATUS(end->status));
    return mem_printf(context, "ended by signal %d, %s", WTERMSIG(end->status), strsignal(WTERMSIG(end->status)));
}

/*
 * What may pass by itself is tried again soon, before the next start of the schedule or after it.  After anything else
 * the same run would fail the same way, and the schedule goes on as soon as the server was left in peace for long enough.
 */
static void back_off(Every *every, const ChildEnd *end, bool may_pass)
{
    int64_t peace_ms = schedule_back_off(&every->schedule, every->failures, end->duration_ms);
    int64_t until_ms = every_now() + peace_ms;
    if (!may_pass)
        every_plan(every, until_ms - 1);
    else
        every_plan_at(every, until_ms);
    every->backing_off = true;
}

static void fail(Every *every, const ChildEnd *end)
{
    bool may_pass = every->in_doubt || (end->told && error_kind_retry(end->kind));
    every->failures++;
    back_off(every, end, may_pass);
    void *scratch = mem_context(NULL);
    const char *row =
        every->failures == 1 ? "" : mem_printf(scratch, ", %lld failures in a row", (long long) every->failures);
    report_warning(every->report, "run %lld has failed (%s)%s; %s at %s", (long long) every->runs,
                   describe(scratch, end), row,
                   every->in_doubt ? "`resume` goes on with it"
                   : may_pass      ? "it is tried again"
                                   : "the next one starts",
                   every_when(scratch, every->due_ms));
    talloc_free(scratch);
}

static void succeed(Every *every, const ChildEnd *end)
{
    every->failures = 0;
    if (end->undone)
        every_plan_at(every, every_now());
    void *scratch = mem_context(NULL);
    report_line(every->report, "waiting", "run %lld took %s; the next one starts at %s", (long long) every->runs,
                report_duration(scratch, (double) end->duration_ms), every_when(scratch, every->due_ms));
    talloc_free(scratch);
}

static void pass_over(Every *every)
{
    char *when = every_when(NULL, every->due_ms);
    every->skipped++;
    every->skipped_now++; /* for the run to come */
    report_line(every->report, "skipped", "another run holds the set; the next one starts at %s", when);
    talloc_free(when);
}

void every_judge(Every *every, const ChildEnd *end)
{
    every->last = *end;
    every->in_doubt = exited_with(end, ERROR_IN_DOUBT);
    if (every->stopping)
        return;
    if (every->skipped_now > 1)
    {
        char *starts = every_starts(NULL, every->skipped_now);
        report_warning(every->report, "%s skipped while run %lld was at work", starts, (long long) every->runs);
        talloc_free(starts);
    }
    switch (verdict_on(end))
    {
    case RUN_DID:
        succeed(every, end);
        break;
    case RUN_SKIPPED:
        pass_over(every);
        break;
    case RUN_FAILED:
        fail(every, end);
        break;
    }
    every_tell_status(every);
}

/* A run that was told to end and did is no failure, whatever it had come to; nor is one that had not begun. */
Status every_conclude(const Every *every, Errors *errors)
{
    const ChildEnd *end = &every->last;
    bool never = !WIFEXITED(end->status) && WTERMSIG(end->status) == SIGTERM;
    bool clean = WIFEXITED(end->status) && !every->in_doubt && end->told;
    if (!every->interrupted || never || clean)
        return STATUS_OK;
    Error *error = errors_add(errors, ERROR_IN_DOUBT, "run %lld is left as it was (%s)", (long long) every->runs,
                              describe(errors, end));
    error_remedy(error,
                 "`matswap status` says what is left; the next `matswap run`, or `matswap resume`, clears it up");
    return STATUS_FAILED;
}
