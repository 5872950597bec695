/* log.c: an event as a line of a log, and the file that it is appended to. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event.h"
#include "line.h"
#include "matswap/json.h"
#include "matswap/memory.h"

struct Log
{
    const char *path;
    int descriptor; /* -1: it could not be opened again */
    dev_t device;
    ino_t inode;
    const char *failure; /* the last one */
};

static int close_log(Log *log)
{
    if (log->descriptor >= 0)
        close(log->descriptor);
    return 0;
}

/* O_NONBLOCK, so that a FIFO without a reader is an error and not the end of the run; it is for opening alone. */
static bool open_file(Log *log)
{
    struct stat file;
    log->descriptor = open(log->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (log->descriptor < 0)
        return false;
    (void) fcntl(log->descriptor, F_SETFL, O_APPEND);
    if (fstat(log->descriptor, &file) == 0)
    {
        log->device = file.st_dev;
        log->inode = file.st_ino;
    }
    return true;
}

Status log_open(const void *context, const char *path, Log **ret_log, Errors *errors)
{
    Log *log = mem_new(context, Log);
    log->path = mem_strdup(log, path);
    talloc_set_destructor(log, close_log);
    if (!open_file(log))
    {
        Error *error = errors_add(errors, ERROR_CONFIG, "the log file %s cannot be opened: %s", path, strerror(errno));
        error_remedy(error, "make its folder, and both writable for this user, or change `log_file`");
        talloc_free(log);
        return STATUS_FAILED;
    }
    *ret_log = log;
    return STATUS_OK;
}

/* logrotate has moved it, or somebody has removed it: what it was goes on to have this run's lines nobody would look for. */
static bool follow_name(Log *log)
{
    struct stat file;
    if (log->descriptor >= 0 && stat(log->path, &file) == 0 && file.st_dev == log->device && file.st_ino == log->inode)
        return true;
    close_log(log);
    return open_file(log);
}

bool log_write(Log *log, const char *line, size_t length)
{
    if (!follow_name(log))
    {
        log->failure = strerror(errno);
        return false;
    }
    ssize_t written;
    do
        written = write(log->descriptor, line, length); /* one, with O_APPEND: lines of two runs do not mix */
    while (written < 0 && errno == EINTR);
    if (written == (ssize_t) length)
        return true;
    log->failure = strerror(written < 0 ? errno : ENOSPC);
    return false;
}

const char *log_failure(const Log *log)
{
    return log->failure;
}

static const char *level_word(EventLevel level)
{
    switch (level)
    {
    case LEVEL_ERROR:
        return "error";
    case LEVEL_WARNING:
        return "warning";
    case LEVEL_NOTICE:
        return "notice";
    case LEVEL_INFO:
        return "info";
    case LEVEL_DEBUG:
        break;
    }
    return "debug";
}

static void add_given(Text *json, const char *key, const char *value)
{
    if (value != NULL)
        json_string(json, key, value);
}

static void add_number(Text *json, const char *key, int64_t value)
{
    if (value >= 0)
        json_count(json, key, value);
}

static void add_error(Text *json, const Error *error)
{
    json_string(json, "kind", error_kind_word(error->kind));
    add_given(json, "sqlstate", error->sqlstate);
    add_given(json, "object", error->object);
    add_given(json, "file", error->file);
    if (error->line > 0)
        json_count(json, "line", error->line);
    add_given(json, "server_message", error->server_message);
    add_given(json, "detail", error->detail);
    add_given(json, "hint", error->server_hint);
    add_given(json, "context", error->context);
    add_given(json, "remedy", error->remedy);
}

Text *log_json(const void *context, const Report *report, const Event *event)
{
    Text *json = text_new(context);
    text_add(json, "{");
    json_string(json, "time", journal_now(json));
    json_string(json, "level", level_word(event->level));
    json_string(json, "event", event->event);
    add_given(json, "set", report->options.set);
    add_given(json, "run", report->run);
    add_given(json, "phase", event->phase != NULL ? event->phase : report->phase);
    add_given(json, "outcome", event->outcome);
    if (event->view.schema != NULL)
        json_string(json, "view", name_qualified(json, event->view));
    add_given(json, "subject", event->subject);
    if (event->worker >= 0)
        json_count(json, "worker", event->worker);
    if (event->milliseconds >= 0)
        json_milliseconds(json, "duration_ms", event->milliseconds);
    add_number(json, "rows", event->rows);
    add_number(json, "bytes", event->bytes);
    if (event->error != NULL)
        add_error(json, event->error);
    json_string(json, "message", event->message != NULL ? event->message : "");
    json_end_object(json);
    text_add(json, "\n");
    return json;
}

Text *log_text(const void *context, const Event *event)
{
    Text *line = text_new(context);
    text_add(line, journal_now(line));
    text_add(line, "  ");
    line_add(line, level_word(event->level), 9);
    text_add(line, event->text);
    line_end(line);
    line_disarm(line);
    return line;
}
