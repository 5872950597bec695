/*
 * supply.c: a file, or a command's output.
 *
 * A command's output is whole when it ended by itself with exit status 0: that is known after its last byte, and before
 * the COPY is ended.
 */
#include "import_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "matswap/memory.h"

enum
{
    SOON_MS = 10, /* the end of a process has no descriptor to poll */
    AT_MOST_MS = 1000
};

struct Supply
{
    const ImportOptions *options;
    PgFeed *feed; /* which says what is waited for */
    bool started, ended; /* ended: the last byte has been read */
    int file;            /* -1: a command, or closed */
    struct stat stat;    /* of the file when it was opened */
    Process *process;    /* NULL: a file, or ended and reaped */
    int64_t deadline_ms;
};

static int destroy(Supply *supply)
{
    if (supply->file >= 0)
        close(supply->file);
    supply->file = -1;
    return 0;
}

Supply *supply_new(const void *context, const ImportOptions *options, PgFeed *feed)
{
    Supply *supply = mem_new(context, Supply);
    *supply = (Supply){.options = options, .feed = feed, .file = -1};
    supply_forget_descriptors(supply);
    talloc_set_destructor(supply, destroy);
    return supply;
}

bool supply_ended(const Supply *supply)
{
    return supply->ended;
}

void supply_forget_descriptors(Supply *supply)
{
    supply->feed->descriptors[0] = -1;
    supply->feed->descriptors[1] = -1;
}

static Status start_file(Supply *supply, Errors *errors)
{
    const char *path = supply->options->import->file;
    supply->file = open(path, O_RDONLY | O_CLOEXEC);
    if (supply->file >= 0 && fstat(supply->file, &supply->stat) == 0)
        return STATUS_OK;
    int number = errno;
    error_remedy(import_error(supply->options, 0, errors, "cannot read it: %s", strerror(number)),
                 "nothing was swapped; run `matswap run` again when it can be read");
    return STATUS_FAILED;
}

static Status start_command(Supply *supply, Errors *errors)
{
    const ImportOptions *options = supply->options;
    const char *step;
    void *scratch = mem_context(supply);
    const char *const environment[] = {mem_printf(scratch, "MATSWAP_SET=%s", options->config->set),
                                       mem_printf(scratch, "MATSWAP_RUN=%s", options->run),
                                       mem_printf(scratch, "MATSWAP_IMPORT=%s",
                                                  name_qualified(scratch, options->import->name)), NULL};
    ProcessOptions process = {.words = options->import->command.words,
                              .folder = config_folder(scratch, options->config),
                              .environment = environment,
                              .log = options->log,
                              .closure = options->closure};
    supply->process = process_start(supply, &process, &step);
    int number = errno;
    if (supply->process == NULL)
        error_remedy(import_error(options, 0, errors, "%s cannot %s: %s", options->import->command.words[0], step,
                                  strerror(number)),
                     "it is looked for in %s, and along PATH when its name has no /", process.folder);
    supply->deadline_ms = process_clock_ms() + options->import->timeout_ms;
    talloc_free(scratch);
    return supply->process == NULL ? STATUS_FAILED : STATUS_OK;
}

static void say_what_it_said(const Supply *supply, Error *error)
{
    const char *last = process_last_message(supply->process);
    if (last != NULL)
        error->message = mem_printf(error, "%s; the last that it said: %s", error->message, last);
}

static Status check_deadline(const Supply *supply, Errors *errors)
{
    int status;
    const Import *import = supply->options->import;
    if (supply->process == NULL || process_clock_ms() < supply->deadline_ms || process_ended(supply->process, &status))
        return STATUS_OK;
    Error *error = import_error(supply->options, 0, errors, "the command took longer than its timeout of %g s, and is ended",
                                (double) import->timeout_ms / 1000);
    say_what_it_said(supply, error);
    error_remedy(error, "see why, or write a longer `timeout` into [import %s]", import->written);
    return STATUS_FAILED;
}

Status supply_start(Supply *supply, Errors *errors)
{
    if (supply->started)
        return STATUS_OK;
    supply->started = true;
    return supply->options->import->file != NULL ? start_file(supply, errors) : start_command(supply, errors);
}

/* Where there is more to come: of which descriptors, and how long to wait for them. */
static PgFeedState wait_for_more(Supply *supply)
{
    int64_t left = supply->deadline_ms - process_clock_ms();
    supply->feed->descriptors[0] = supply->ended ? -1 : process_output(supply->process);
    supply->feed->descriptors[1] = process_messages(supply->process);
    supply->feed->patience_ms = supply->ended ? SOON_MS : left < 0 ? 0 : left > AT_MOST_MS ? AT_MOST_MS : (int) left;
    return PG_FEED_WAITING;
}

/* READY: *ret_length bytes, 0 at the end. */
PgFeedState supply_read(Supply *supply, char *buffer, size_t size, size_t *ret_length, Errors *errors)
{
    ssize_t length = 0;
    *ret_length = 0;
    if (check_deadline(supply, errors) != STATUS_OK)
        return PG_FEED_FAILED;
    if (supply->process != NULL)
        process_read_messages(supply->process);
    if (!supply->ended && supply->process != NULL)
        length = process_read(supply->process, buffer, size);
    else if (!supply->ended)
        length = read(supply->file, buffer, size);
    if (length < 0 && (errno == EAGAIN || errno == EINTR) && supply->process != NULL)
        return wait_for_more(supply);
    if (length < 0)
    {
        import_error(supply->options, 0, errors, "cannot read on: %s", strerror(errno));
        return PG_FEED_FAILED;
    }
    supply->ended = supply->ended || length == 0;
    *ret_length = (size_t) length;
    return PG_FEED_READY;
}

/* A file that somebody writes while it is read may lack its end, or have two halves. */
static PgFeedState end_file(Supply *supply, Errors *errors)
{
    struct stat now;
    const struct stat *then = &supply->stat;
    if (fstat(supply->file, &now) == 0 && now.st_size == then->st_size &&
        now.st_mtim.tv_sec == then->st_mtim.tv_sec && now.st_mtim.tv_nsec == then->st_mtim.tv_nsec)
        return PG_FEED_READY;
    error_remedy(import_error(supply->options, 0, errors, "it was written to while it was read"),
                 "let its writer write to another name and rename that when it is complete; then run the command again");
    return PG_FEED_FAILED;
}

static PgFeedState end_command(Supply *supply, Errors *errors)
{
    int status;
    Error *error;
    Process *process = supply->process;
    if (!process_ended(process, &status))
        return wait_for_more(supply);
    process_read_messages(process);
    if (status == 0)
        return PG_FEED_READY;
    if (WIFSIGNALED(status))
        error = import_error(supply->options, 0, errors, "the command was ended by signal %d (%s)", WTERMSIG(status),
                             strsignal(WTERMSIG(status)));
    else
        error = import_error(supply->options, 0, errors, "the command failed with exit status %d", WEXITSTATUS(status));
    say_what_it_said(supply, error);
    error_remedy(error, "nothing of its output was taken; run it by hand in the configuration's folder to see why: %s",
                 supply->options->import->command.written);
    return PG_FEED_FAILED;
}

/* The last byte has been read: READY when that was all that there was to be. */
PgFeedState supply_finish(Supply *supply, Errors *errors)
{
    return supply->process == NULL ? end_file(supply, errors) : end_command(supply, errors);
}

bool supply_close(Supply *supply, bool whole)
{
    supply_forget_descriptors(supply);
    supply->feed->patience_ms = SOON_MS;
    destroy(supply);
    if (supply->process != NULL && !whole && !process_terminate(supply->process))
        return false;
    TALLOC_FREE(supply->process);
    return true;
}
