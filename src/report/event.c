/* event.c: where an event goes. */
#include "event.h"

#include <time.h>
#include <unistd.h>

#include "line.h"
#include "matswap/memory.h"

enum
{
    FRAME_MS = 200 /* between two frames that show nothing but that time goes by */
};

double event_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec * 1e3 + (double) now.tv_nsec / 1e6;
}

/* "08:30:02  ", local time */
static void add_time(Text *line)
{
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    text_addf(line, "%02d:%02d:%02d  ", local.tm_hour, local.tm_min, local.tm_sec);
}

/* systemd takes the priority from the beginning of each line (sd-daemon(3)), and knows the time itself. */
static void add_with_priority(Text *out, EventLevel level, const char *lines)
{
    while (*lines != '\0')
    {
        const char *end = lines;
        while (*end != '\0' && *end != '\n')
            end++;
        end += *end == '\n' ? 1 : 0;
        text_addf(out, "<%d>", (int) level);
        text_add_bytes(out, lines, (size_t) (end - lines));
        lines = end;
    }
}

static Text *line_for_stderr(const Report *report, const Event *event)
{
    Text *line;
    if (report->json_on_stderr)
        line = log_json(NULL, report, event);
    else
    {
        line = text_new(NULL);
        if (event->timed && !report->under_journald)
            add_time(line);
        text_add(line, event->text);
        line_end(line);
        line_disarm(line);
    }
    if (!report->under_journald)
        return line;
    Text *with_priority = text_new(NULL);
    add_with_priority(with_priority, event->level, line->data);
    talloc_free(line);
    return with_priority;
}

static void draw(Report *report, const char *above)
{
    void *scratch = mem_context(NULL);
    const char **lines = NULL;
    size_t count = 0;
    double now = event_clock_ms();
    if (report->live->active)
        live_lines(scratch, report->live, now, terminal_style(report->terminal), &lines, &count);
    terminal_frame(report->terminal, above, lines, count);
    report->drawn_ms = now;
    talloc_free(scratch);
}

void event_draw(Report *report, bool at_once)
{
    if (report->terminal == NULL || (!at_once && !report->live->active))
        return;
    if (at_once || terminal_is_disturbed(report->terminal) || event_clock_ms() - report->drawn_ms >= FRAME_MS)
        draw(report, "");
}

static void emit_to_stderr(Report *report, const Event *event)
{
    bool quiet = report->options.quiet && event->level > LEVEL_WARNING;
    if (quiet || (event->text == NULL && !report->json_on_stderr))
        return;
    Text *line = line_for_stderr(report, event);
    if (report->terminal != NULL)
        draw(report, line->data);
    else
        line_write_all(STDERR_FILENO, line->data, line->length);
    talloc_free(line);
}

/* A run must not fail for its log, and whoever looks for lines there has to know that some are missing. */
static void emit_to_log(Report *report, const Event *event)
{
    bool as_json = report->options.log_format == LOG_JSON;
    if (report->log == NULL || (event->text == NULL && !as_json))
        return;
    Text *line = as_json ? log_json(NULL, report, event) : log_text(NULL, event);
    bool written = log_write(report->log, line->data, line->length);
    talloc_free(line);
    if (written)
        return;
    char *reason = mem_strdup(report, log_failure(report->log));
    TALLOC_FREE(report->log);
    report_warning(report, "the log file %s cannot be written any more: %s", report->options.log_file, reason);
}

void event_emit(Report *report, const Event *event)
{
    if (event->level == LEVEL_DEBUG && !report->options.verbose)
        return;
    emit_to_stderr(report, event);
    emit_to_log(report, event);
}
