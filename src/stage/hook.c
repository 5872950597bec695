/*
 * hook.c: the commands before_run, after_swap and after_failure.
 *
 *     before_run     when the set is locked and what an earlier run left is cleared, before anything is read of the catalog
 *                    or built: what it prepares is in the snapshot.  When it fails, the run does.
 *     after_swap     when the swap is committed, before the old generation is retired
 *     after_failure  when a run has come to an end without a swap, and what it built is removed
 *
 * The latter two change nothing about what became of the run.  after_swap is called at least once: the journal knows when a
 * call has begun and ended, and whoever finishes a run that died in between calls it again.  The same holds for
 * after_failure of a run that is found dead.
 *
 * A command may hold a token: nothing that is written names more of it than its key.
 */
#include "hook_internal.h"

#include <string.h>

#include "matswap/journal_history.h"
#include "matswap/memory.h"
#include "matswap/process.h"

/* Of its output, so that a hook that floods does not fill the log. */
static const size_t most_lines = 200;

/* Of stop_timeout: for SIGTERM, SIGKILL, the journal, the metrics. */
static const int64_t reserve_ms = 8000;

static const char begun[] = "begun";
static const char ended[] = "ended";

const char *hook_word(Hook hook)
{
    static const char *const words[HOOK_COUNT] = {"before_run", "after_swap", "after_failure"};
    return words[hook];
}

static const CommandLine *command_of(const Config *config, Hook hook)
{
    const CommandLine *const commands[HOOK_COUNT] = {&config->before_run, &config->after_swap, &config->after_failure};
    return commands[hook];
}

/* ---- one call ---------------------------------------------------------------------------------------------- */

typedef struct Listener
{
    const HookCall *call;
    size_t lines;
} Listener;

static void take_line(void *closure, const char *line)
{
    Listener *listener = closure;
    if (++listener->lines > most_lines)
        return;
    Text *visible = text_new(NULL);
    text_add_visible(visible, line);
    report_line(listener->call->run->report, "hook", "%s: %s", hook_word(listener->call->hook), visible->data);
    talloc_free(visible);
}

/*
 * A signal ends before_run at once.  What tells of something that has happened may take what is left of stop_timeout, less
 * what it may take to be ended, and to write down that it was.
 */
static bool is_unwanted(void *closure)
{
    const Listener *listener = closure;
    if (pg_waiting != NULL)
        pg_waiting();
    if (listener->call->hook == HOOK_BEFORE_RUN)
        return pg_interrupted();
    int64_t half_ms = listener->call->run->config->stop_timeout_ms / 2;
    int64_t left_ms = pg_signals_left();
    return left_ms >= 0 && left_ms < (half_ms < reserve_ms ? half_ms : reserve_ms);
}

static bool went_well(const ProcessEnd *end)
{
    return end->fate == PROCESS_EXITED && end->number == 0;
}

/* "failed with exit status 3" */
static char *fate_text(const void *context, const Config *config, const ProcessEnd *end)
{
    switch (end->fate)
    {
    case PROCESS_EXITED:
        return end->number == 0 ? mem_strdup(context, "succeeded")
                                : mem_printf(context, "failed with exit status %d", end->number);
    case PROCESS_SIGNALLED:
        return mem_printf(context, "was ended by signal %d (%s)", end->number, strsignal(end->number));
    case PROCESS_NOT_STARTED:
        return mem_printf(context, "cannot %s: %s", end->step, strerror(end->number));
    case PROCESS_TIMED_OUT:
        return mem_printf(context, "took longer than its hook_timeout of %g s, and is ended",
                          (double) config->hook_timeout_ms / 1000);
    case PROCESS_STOPPED:
        break;
    }
    return mem_strdup(context, "is ended, since matswap was told to end");
}

/* For those who look on, and the log. */
static void tell_end(const HookCall *call, const ReportTask *task, const ProcessEnd *end, double since_ms)
{
    Errors *errors = errors_new(NULL);
    if (!went_well(end))
        errors_add(errors, ERROR_HOOK, "the hook %s %s", task->subject, fate_text(errors, call->run->config, end));
    report_ended(call->run->report, task,
                 &(ReportEnd){.milliseconds = stage_clock_ms() - since_ms, .rows = -1, .bytes = -1, .errors = errors});
    talloc_free(errors);
}

static ProcessEnd execute(const void *scratch, const HookCall *call)
{
    const Config *config = call->run->config;
    Listener listener = {.call = call};
    Text *document = hook_document(scratch, call);
    ProcessOptions options = {.words = command_of(config, call->hook)->words,
                              .folder = config_folder(scratch, config),
                              .environment = hook_environment(scratch, call),
                              .input = document->data,
                              .input_length = document->length,
                              .joined = true,
                              .log = take_line,
                              .closure = &listener};
    ReportTask task = {.phase = PHASE_HOOK, .subject = hook_word(call->hook)};
    double started_ms = stage_clock_ms();
    report_started(call->run->report, &task);
    ProcessEnd end = process_run(scratch, &options, config->hook_timeout_ms, is_unwanted);
    tell_end(call, &task, &end, started_ms);
    if (listener.lines > most_lines)
        report_line(call->run->report, "hook", "%s: %zu more lines are not shown", hook_word(call->hook),
                    listener.lines - most_lines);
    return end;
}

static char *said_text(const void *context, const ProcessEnd *end)
{
    Text *text = text_new(context);
    if (end->last_message != NULL)
    {
        text_add(text, "; the last that it said: ");
        text_add_visible(text, end->last_message);
    }
    return text->data;
}

/* Where the key stands. */
static int line_of(const Config *config, Hook hook)
{
    for (size_t i = 0; i < config->stated_count; i++)
        for (size_t j = 0; strcmp(config->stated[i].name, "matswap") == 0 && j < config->stated[i].count; j++)
            if (strcmp(config->stated[i].values[j].name, hook_word(hook)) == 0)
                return config->stated[i].values[j].line;
    return 0;
}

/* ---- in the journal ---------------------------------------------------------------------------------------- */

static JournalTask task_of(const void *context, Hook hook, double since_ms)
{
    double duration_ms = stage_clock_ms() - since_ms;
    return (JournalTask){.phase = PHASE_HOOK,
                         .subject = hook_word(hook),
                         .started_at = journal_ago(context, duration_ms),
                         .duration_ms = duration_ms,
                         .rows = -1,
                         .bytes = -1};
}

/* That it could not be noted is a warning: a call that nobody knows of may come twice. */
static void note(const Run *run, Hook hook, const char *what, const char *how)
{
    Errors *errors = errors_new(NULL);
    char *message = mem_printf(errors, "%s %s%s%s", hook_word(hook), what, how == NULL ? "" : ": it ",
                               how == NULL ? "" : how);
    if (journal_event(run->journal, run->record, "hook", NULL, message, errors) != STATUS_OK)
        report_warning(run->report, "that the hook %s has %s could not be noted: %s", hook_word(hook), what,
                       error_line(errors, errors->items[0]));
    talloc_free(errors);
}

static bool is_about(const JournalEvent *event, Hook hook, const char *what)
{
    size_t length = strlen(hook_word(hook));
    return strcmp(event->kind, "hook") == 0 && strncmp(event->message, hook_word(hook), length) == 0 &&
           event->message[length] == ' ' && strncmp(event->message + length + 1, what, strlen(what)) == 0;
}

/*
 * The how many-th call of this hook the next one would be; 0: one has come to its end.  A journal that cannot be read knows of
 * none.
 */
static int next_attempt(const Run *run, Hook hook)
{
    JournalEvent *events = NULL;
    size_t count = 0;
    int attempt = 1;
    Errors *errors = errors_new(NULL);
    if (journal_events(errors, run->journal, run->record, &events, &count, errors) != STATUS_OK)
        count = 0;
    for (size_t i = 0; i < count && attempt > 0; i++)
    {
        if (is_about(&events[i], hook, ended))
            attempt = 0;
        else if (is_about(&events[i], hook, begun))
            attempt++;
    }
    talloc_free(errors);
    return attempt;
}

/* ---- before ------------------------------------------------------------------------------------------------ */

static Status refuse(Run *run, const ProcessEnd *end, Errors *errors)
{
    void *scratch = mem_context(run);
    char *fate = fate_text(scratch, run->config, end);
    ErrorKind kind = end->fate == PROCESS_STOPPED ? ERROR_CANCELLED : ERROR_HOOK;
    Error *error = errors_add(errors, kind, "the hook before_run %s%s", fate, said_text(scratch, end));
    error_at(error, run->config->path, line_of(run->config, HOOK_BEFORE_RUN), 0);
    if (kind == ERROR_HOOK)
        error_remedy(error, "nothing was built, the old generation serves; see why, and run `matswap run` again");
    talloc_free(scratch);
    return STATUS_FAILED;
}

Status stage_before_run(Run *run, Errors *errors)
{
    if (command_of(run->config, HOOK_BEFORE_RUN)->written == NULL)
        return STATUS_OK;
    if (run->options.dry_run)
    {
        report_line(run->report, "hook", "before_run is not called for a dry run");
        return STATUS_OK;
    }
    HookCall call = {.run = run, .hook = HOOK_BEFORE_RUN, .attempt = 1, .outcome = "started", .exit_code = -1};
    void *scratch = mem_context(run);
    double started_ms = stage_clock_ms();
    ProcessEnd end = execute(scratch, &call);
    Status status = went_well(&end) ? STATUS_OK : refuse(run, &end, errors);
    if (status == STATUS_OK)
    {
        run->before_run = mem_new(run, JournalTask);
        *run->before_run = task_of(run, HOOK_BEFORE_RUN, started_ms);
        report_line(run->report, "hook", "before_run is done, in %s",
                    report_duration(scratch, stage_clock_ms() - started_ms));
    }
    talloc_free(scratch);
    return status;
}

/* ---- after ------------------------------------------------------------------------------------------------- */

/* With a record, that is what it is about; whatever becomes of it, the caller goes on. */
static void call_after(const HookCall *call)
{
    Run *run = call->run;
    void *scratch = mem_context(run);
    const char *word = hook_word(call->hook);
    double started_ms = stage_clock_ms();
    if (run->record != NULL)
        note(run, call->hook, begun, NULL);
    ProcessEnd end = execute(scratch, call);
    char *fate = fate_text(scratch, run->config, &end);
    if (went_well(&end))
        report_line(run->report, "hook", "%s is done, in %s", word,
                    report_duration(scratch, stage_clock_ms() - started_ms));
    else
        report_warning(run->report, "%s:%d: the hook %s %s%s; that changes nothing about the run", run->config->path,
                       line_of(run->config, call->hook), word, fate, said_text(scratch, &end));
    if (run->record != NULL)
    {
        JournalTask task = task_of(scratch, call->hook, started_ms);
        journal_task_done(run->record, &task);
        note(run, call->hook, ended, fate);
    }
    talloc_free(scratch);
}

void hook_after_swap(Run *run)
{
    if (command_of(run->config, HOOK_AFTER_SWAP)->written == NULL)
        return;
    RunCounts counts = account_counts(run, true);
    HookCall call = {.run = run, .hook = HOOK_AFTER_SWAP, .outcome = run_outcome_word(OUTCOME_SWAPPED)};
    call.exit_code = counts.kept > 0 ? error_kind_exit_code(ERROR_ISOLATED) : 0;
    call.attempt = next_attempt(run, call.hook);
    if (call.attempt > 0)
        call_after(&call);
}

void hook_after_death(Run *run)
{
    RunOutcome outcome = run->record->outcome;
    HookCall call = {.run = run, .hook = HOOK_AFTER_FAILURE, .outcome = run_outcome_word(outcome), .exit_code = -1};
    if (command_of(run->config, HOOK_AFTER_FAILURE)->written == NULL || outcome == OUTCOME_DRY_RUN ||
        outcome == OUTCOME_ROLLED_BACK)
        return;
    call.attempt = next_attempt(run, call.hook);
    if (call.attempt > 0)
        call_after(&call);
}

/* The same words as the journal's, and one that the journal has no end for. */
static const char *outcome_word(const Errors *errors)
{
    if (errors_have(errors, ERROR_IN_DOUBT))
        return error_kind_word(ERROR_IN_DOUBT);
    if (errors_have(errors, ERROR_CANCELLED))
        return run_outcome_word(OUTCOME_CANCELLED);
    return run_outcome_word(errors_have(errors, ERROR_REJECTED) ? OUTCOME_REJECTED : OUTCOME_FAILED);
}

void stage_after_failure(Run *run, const Errors *errors)
{
    if (command_of(run->config, HOOK_AFTER_FAILURE)->written == NULL)
        return;
    HookCall call = {.run = run,
                     .hook = HOOK_AFTER_FAILURE,
                     .attempt = 1,
                     .outcome = outcome_word(errors),
                     .exit_code = errors_exit_code(errors),
                     .errors = errors};
    call_after(&call);
}

/* ---- what can be known beforehand -------------------------------------------------------------------------- */

void stage_check_hooks(const Run *run, Errors *errors)
{
    void *scratch = mem_context(run);
    for (Hook hook = HOOK_BEFORE_RUN; hook < HOOK_COUNT; hook++)
    {
        const char *path;
        const CommandLine *command = command_of(run->config, hook);
        if (command->written == NULL || process_find_program(config_folder(scratch, run->config), command->words[0], &path))
            continue;
        Error *error = errors_add(errors, ERROR_HOOK, "the program of the hook %s is not there, or cannot be executed",
                                  hook_word(hook));
        error_at(error, run->config->path, line_of(run->config, hook), 0);
        error_remedy(error, "it was looked for in %s", path);
    }
    talloc_free(scratch);
}
