/*
 * metrics_file.c: the file of the metrics.
 *
 * Whoever collects it may read at any moment: it is written under another name, which does not end in .prom, and renamed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "matswap/memory.h"
#include "matswap/metrics.h"

static bool write_all(int file, const char *text, size_t length)
{
    while (length > 0)
    {
        ssize_t written = write(file, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        text += written;
        length -= (size_t) written;
    }
    return true;
}

/* mkstemp(3) gives it to us alone; the collector is somebody else. */
static bool fill(int file, const char *text)
{
    bool done = write_all(file, text, strlen(text)) && fchmod(file, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH) == 0 &&
                fsync(file) == 0;
    int error = errno;
    done = close(file) == 0 && done;
    if (!done && error != 0)
        errno = error;
    return done;
}

static bool replace(const char *path, char *temporary, const char *text)
{
    int file = mkstemp(temporary);
    if (file < 0)
        return false;
    errno = 0;
    if (fill(file, text) && rename(temporary, path) == 0)
        return true;
    int error = errno;
    unlink(temporary);
    errno = error;
    return false;
}

Status metrics_write(const char *path, const char *text, Errors *errors)
{
    char *temporary = mem_printf(NULL, "%s.XXXXXX", path);
    bool done = replace(path, temporary, text);
    int error = errno;
    talloc_free(temporary);
    if (done)
        return STATUS_OK;
    error_remedy(error_at(errors_add(errors, ERROR_SYSTEM, "the metrics cannot be written: %s", strerror(error)), path, 0, 0),
                 "let the user that runs matswap make files in its folder");
    return STATUS_FAILED;
}
