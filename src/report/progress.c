/*
 * progress.c: what may be told to a Report.
 *
 * A process has one stderr, and so one table: the Report that was opened last is the one that errors go to, which are known
 * only when the run's own functions have returned.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cells.h"
#include "event.h"
#include "line.h"
#include "matswap/memory.h"

enum
{
    PHASE_WIDTH = 10,
    NAME_WIDTH = 32,
    ROWS_WIDTH = 16,
    BYTES_WIDTH = 10,
    DURATION_WIDTH = 12
};

static Report *open_report; /* NULL: none */

Report *report_new(const void *context, bool quiet, bool verbose)
{
    Report *report = mem_new(context, Report);
    report->options.quiet = quiet;
    report->options.verbose = verbose;
    report->name_width = NAME_WIDTH;
    report->opened_ms = event_clock_ms();
    return report;
}

static int close_report(Report *report)
{
    if (open_report == report)
        open_report = NULL;
    return 0;
}

/* systemd.exec(5), $JOURNAL_STREAM: the device and inode of what it has given us, as long as nobody has redirected it. */
static bool goes_to_journald(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat file;
    if (stream == NULL || fstat(STDERR_FILENO, &file) != 0)
        return false;
    char *own = mem_printf(NULL, "%ju:%ju", (uintmax_t) file.st_dev, (uintmax_t) file.st_ino);
    bool same = strcmp(own, stream) == 0;
    talloc_free(own);
    return same;
}

Status report_open(const void *context, const ReportOptions *options, Report **ret_report, Errors *errors)
{
    Report *report = report_new(context, options->quiet, options->verbose);
    report->options.set = mem_strdup(report, options->set);
    report->options.log_file = mem_strdup(report, options->log_file);
    report->options.log_format = options->log_format;
    if (options->log_file != NULL && log_open(report, options->log_file, &report->log, errors) != STATUS_OK)
    {
        talloc_free(report);
        return STATUS_FAILED;
    }
    report->json_on_stderr = options->log_format == LOG_JSON && options->log_file == NULL;
    report->under_journald = goes_to_journald();
    if (!options->quiet && !options->plain && !report->json_on_stderr && !report->under_journald)
        report->terminal = terminal_open(report);
    if (report->terminal != NULL)
        report->live = live_new(report, options->set, event_clock_ms());
    talloc_set_destructor(report, close_report);
    open_report = report;
    *ret_report = report;
    return STATUS_OK;
}

bool report_is_quiet(const Report *report)
{
    return report->options.quiet;
}

static void say_of_run(Report *report, const char *event, const char *outcome, double milliseconds)
{
    char *message = outcome == NULL ? mem_printf(NULL, "run %s %s", report->run, event)
                                    : mem_printf(NULL, "run %s %s: %s", report->run, event, outcome);
    event_emit(report, &(Event){.level = LEVEL_INFO, .event = event, .phase = "run", .outcome = outcome, .worker = -1,
                                .rows = -1, .bytes = -1, .milliseconds = milliseconds, .message = message});
    talloc_free(message);
}

void report_run_found(Report *report, const char *run)
{
    report->run = mem_strdup(report, run);
}

void report_run_started(Report *report, const char *run)
{
    report_run_found(report, run);
    say_of_run(report, "started", NULL, -1);
}

void report_run_ended(Report *report, const char *run, RunOutcome outcome)
{
    report_run_found(report, run);
    say_of_run(report, "ended", run_outcome_word(outcome), event_clock_ms() - report->opened_ms);
}

void report_align(Report *report, Name view)
{
    char *name = name_qualified(report, view);
    size_t width = line_width(name);
    if (width > report->name_width)
        report->name_width = width;
    talloc_free(name);
}

/* ---- lines -------------------------------------------------------------------------------------------------- */

/* What readers of the views may notice, or an administrator has to look at. */
static EventLevel level_of(const char *phase)
{
    static const char *const notable[] = {"swapped", "reverted", "isolated", "recover", "settled", "blocked", "rollback"};
    for (size_t i = 0; i < sizeof notable / sizeof notable[0]; i++)
        if (strcmp(phase, notable[i]) == 0)
            return LEVEL_NOTICE;
    return LEVEL_INFO;
}

static void PRINTF_LIKE(4, 0)
    say(Report *report, EventLevel level, const char *phase, const char *format, va_list arguments)
{
    Text *text = text_new(NULL);
    char *message = memory_checked(talloc_vasprintf(text, format, arguments));
    line_add(text, phase, PHASE_WIDTH);
    text_add(text, message);
    event_emit(report, &(Event){EVENT_NOTHING, .level = level, .event = phase, .message = message, .text = text->data,
                                .timed = true});
    talloc_free(text);
}

void report_line(Report *report, const char *phase, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(report, level_of(phase), phase, format, arguments);
    va_end(arguments);
}

void report_detail(Report *report, const char *phase, const char *format, ...)
{
    if (!report->options.verbose)
        return;
    va_list arguments;
    va_start(arguments, format);
    say(report, LEVEL_DEBUG, phase, format, arguments);
    va_end(arguments);
}

/* A name on one line, whatever it holds. */
static char *visible_name(const void *context, Name view)
{
    Text *text = text_new(context);
    char *name = name_qualified(text, view);
    for (char *c = name; *c != '\0'; c++)
        if (*c == '\n' || *c == '\t')
            *c = '?';
    return name;
}

void report_view(Report *report, const char *phase, Name view, int64_t rows, int64_t bytes, double milliseconds,
                 const char *note)
{
    Text *line = text_new(NULL);
    char *count = rows < 0 ? mem_strdup(line, "") : mem_printf(line, "%s rows", report_count(line, rows));
    line_add(line, phase, PHASE_WIDTH);
    line_add(line, visible_name(line, view), report->name_width);
    line_add_right(line, count, ROWS_WIDTH);
    line_add_right(line, bytes < 0 ? "" : report_bytes(line, bytes), BYTES_WIDTH);
    line_add_right(line, milliseconds < 0 ? "" : report_duration(line, milliseconds), DURATION_WIDTH);
    if (note != NULL)
        text_addf(line, "  %s", note);
    char *message = mem_printf(line, "%s: %s%s%s", visible_name(line, view), phase, note != NULL ? ", " : "",
                               note != NULL ? note : "");
    event_emit(report, &(Event){.level = level_of(phase), .event = phase, .view = view, .worker = -1, .rows = rows,
                                .bytes = bytes, .milliseconds = milliseconds, .message = message, .text = line->data,
                                .timed = true});
    talloc_free(line);
}

void report_warning(Report *report, const char *format, ...)
{
    Text *text = text_new(NULL);
    va_list arguments;
    va_start(arguments, format);
    char *message = memory_checked(talloc_vasprintf(text, format, arguments));
    va_end(arguments);
    text_addf(text, "matswap: warning: %s", message);
    event_emit(report, &(Event){EVENT_NOTHING, .level = LEVEL_WARNING, .event = "warning", .message = message,
                                .text = text->data});
    talloc_free(text);
}

void report_errors(const Errors *errors)
{
    Report *report = open_report != NULL ? open_report : report_new(NULL, false, false);
    report_hide(report);
    for (size_t i = 0; i < errors->count; i++)
    {
        Text *text = text_new(NULL);
        text_addf(text, "matswap: %s", error_format(text, errors->items[i]));
        event_emit(report, &(Event){EVENT_NOTHING, .level = LEVEL_ERROR, .event = "error", .error = errors->items[i],
                                    .message = errors->items[i]->message, .text = text->data});
        talloc_free(text);
    }
    if (report != open_report)
        talloc_free(report);
}

/* ---- what is being done now --------------------------------------------------------------------------------- */

static char *task_text(const void *context, const ReportTask *task, const char *what)
{
    Text *text = text_new(context);
    text_add(text, run_phase_word(task->phase));
    if (task->view.schema != NULL)
        text_addf(text, " of %s", visible_name(text, task->view));
    if (task->subject != NULL)
        text_addf(text, ", %s", task->subject);
    text_addf(text, " %s", what);
    return text->data;
}

void report_started(Report *report, const ReportTask *task)
{
    if (task->view.schema == NULL)
        report->phase = run_phase_word(task->phase);
    char *message = task_text(NULL, task, "started");
    event_emit(report, &(Event){.level = LEVEL_INFO, .event = "started", .phase = run_phase_word(task->phase),
                                .view = task->view, .subject = task->subject, .worker = task->worker, .rows = -1,
                                .bytes = -1, .milliseconds = -1, .message = message});
    talloc_free(talloc_parent(message));
    if (report->live != NULL)
        live_started(report->live, task, event_clock_ms());
    event_draw(report, report->live != NULL);
}

void report_ended(Report *report, const ReportTask *task, const ReportEnd *end)
{
    bool failed = end->errors != NULL && !errors_empty(end->errors);
    char *message = task_text(NULL, task, failed ? "failed" : "finished");
    event_emit(report, &(Event){.level = LEVEL_INFO, .event = failed ? "failed" : "finished",
                                .phase = run_phase_word(task->phase), .view = task->view, .subject = task->subject,
                                .worker = task->worker, .rows = end->rows, .bytes = end->bytes,
                                .milliseconds = end->milliseconds, .error = failed ? end->errors->items[0] : NULL,
                                .message = message});
    talloc_free(talloc_parent(message));
    if (report->live != NULL)
        live_ended(report->live, task, end, event_clock_ms());
}

void report_build(Report *report, const ReportBuild *build)
{
    report->phase = "build";
    char *message = mem_printf(NULL, "build of %zu views started", build->view_count);
    event_emit(report, &(Event){EVENT_NOTHING, .level = LEVEL_INFO, .event = "started", .message = message});
    talloc_free(message);
    if (report->live != NULL)
        live_build(report->live, build);
}

void report_view_left(Report *report, Name view)
{
    if (report->live != NULL)
        live_left(report->live, view);
}

void report_progress(Report *report, const ReportProgress *progress)
{
    if (report->live != NULL)
        live_progress(report->live, progress);
}

bool report_is_live(const Report *report)
{
    return report->live != NULL;
}

void report_refresh(Report *report)
{
    event_draw(report, false);
}

void report_hide(Report *report)
{
    if (report->live == NULL)
        return;
    report->live->active = false;
    event_draw(report, true);
}
