/* Lines of progress, warnings and errors, on stderr. */
#include <stdarg.h>
#include <time.h>

#include "line.h"
#include "matswap/memory.h"
#include "matswap/report.h"

enum
{
    PHASE_WIDTH = 10,
    NAME_WIDTH = 32,
    ROWS_WIDTH = 16,
    BYTES_WIDTH = 10,
    DURATION_WIDTH = 12
};

struct Report
{
    bool quiet;
    bool verbose;
    size_t name_width;
};

Report *report_new(const void *context, bool quiet, bool verbose)
{
    Report *report = mem_new(context, Report);
    report->quiet = quiet;
    report->verbose = verbose;
    report->name_width = NAME_WIDTH;
    return report;
}

bool report_is_quiet(const Report *report)
{
    return report->quiet;
}

void report_align(Report *report, Name view)
{
    char *name = name_qualified(report, view);
    size_t width = line_width(name);
    if (width > report->name_width)
        report->name_width = width;
    talloc_free(name);
}

/* "08:30:02  built     ", local time */
static Text *line_begin(const char *phase)
{
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    Text *line = text_new(NULL);
    text_addf(line, "%02d:%02d:%02d  ", local.tm_hour, local.tm_min, local.tm_sec);
    line_add(line, phase, PHASE_WIDTH);
    return line;
}

static void line_finish(Text *line)
{
    line_end(line);
    line_write_stderr(line);
    talloc_free(line);
}

static void PRINTF_LIKE(2, 0) print_line(const char *phase, const char *format, va_list arguments)
{
    Text *line = line_begin(phase);
    char *message = memory_checked(talloc_vasprintf(line, format, arguments));
    text_add(line, message);
    line_finish(line);
}

void report_line(Report *report, const char *phase, const char *format, ...)
{
    if (report->quiet)
        return;
    va_list arguments;
    va_start(arguments, format);
    print_line(phase, format, arguments);
    va_end(arguments);
}

void report_detail(Report *report, const char *phase, const char *format, ...)
{
    if (report->quiet || !report->verbose)
        return;
    va_list arguments;
    va_start(arguments, format);
    print_line(phase, format, arguments);
    va_end(arguments);
}

void report_view(Report *report, const char *phase, Name view, int64_t rows, int64_t bytes, double milliseconds,
                 const char *note)
{
    if (report->quiet)
        return;
    Text *line = line_begin(phase);
    char *count = rows < 0 ? mem_strdup(line, "") : mem_printf(line, "%s rows", report_count(line, rows));
    line_add(line, name_qualified(line, view), report->name_width);
    line_add_right(line, count, ROWS_WIDTH);
    line_add_right(line, bytes < 0 ? "" : report_bytes(line, bytes), BYTES_WIDTH);
    line_add_right(line, milliseconds < 0 ? "" : report_duration(line, milliseconds), DURATION_WIDTH);
    if (note != NULL)
        text_addf(line, "  %s", note);
    line_finish(line);
}

void report_warning(Report *report, const char *format, ...)
{
    Text *line = text_new(NULL);
    text_add(line, "matswap: warning: ");
    va_list arguments;
    va_start(arguments, format);
    char *message = memory_checked(talloc_vasprintf(line, format, arguments));
    va_end(arguments);
    text_add(line, message);
    line_finish(line);
}

void report_errors(const Errors *errors)
{
    for (size_t i = 0; i < errors->count; i++)
    {
        Text *line = text_new(NULL);
        text_addf(line, "matswap: %s", error_format(line, errors->items[i]));
        line_finish(line);
    }
}
