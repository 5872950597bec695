#include "matswap/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "matswap/memory.h"

bool file_write_all(int descriptor, const char *data, size_t length)
{
    while (length > 0)
    {
        ssize_t written = write(descriptor, data, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        data += written;
        length -= (size_t) written;
    }
    return true;
}

/* Closes it in any case.  An error may come as late as close(2), from a file system on a network. */
static bool fill(int descriptor, const char *data, size_t length, mode_t mode)
{
    bool done = file_write_all(descriptor, data, length) && fchmod(descriptor, mode) == 0 && fsync(descriptor) == 0;
    int error = errno;
    if (close(descriptor) != 0 && done)
        return false;
    errno = error;
    return done;
}

static bool replace(const char *path, char *beside, const char *data, size_t length, mode_t mode)
{
    int descriptor = mkostemp(beside, O_CLOEXEC);
    if (descriptor < 0)
        return false;
    if (fill(descriptor, data, length, mode) && rename(beside, path) == 0)
        return true;
    int error = errno;
    unlink(beside);
    errno = error;
    return false;
}

bool file_replace(const char *path, const char *data, size_t length, mode_t mode)
{
    char *beside = mem_printf(NULL, "%s.XXXXXX", path);
    bool done = replace(path, beside, data, length, mode);
    int error = errno;
    talloc_free(beside);
    errno = error;
    return done;
}
