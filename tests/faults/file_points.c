/*
 * file_points.c: what is done to files, below SQLite.
 *
 * The C library's calls and not a VFS of SQLite's are stood before, so that SQLite itself makes of an ENOSPC what it
 * makes of it on a full disk: SQLITE_FULL of a write, SQLITE_IOERR_FSYNC of a sync (unixWrite, unixSync in os_unix.c),
 * and so that the files and folders that matswap makes by itself are counted in the same place.  os_unix.c writes
 * with pwrite64 and syncs with fdatasync as Debian builds it; matswap syncs the folder it has made with fsync.
 *
 * The -shm file is memory that processes share, rebuilt from the -wal file after a crash
 * (https://www.sqlite.org/wal.html): it is no point, but it needs space, too.  Deleting and shrinking need none.
 */
#include "fault_points.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof(off_t) == sizeof(off64_t), "the aliases below need an off_t of 64 bits");

static bool is_shared_memory(const char *name)
{
    size_t length = strlen(name);
    return length >= 4 && strcmp(name + length - 4, "-shm") == 0;
}

static int no_space(void)
{
    errno = ENOSPC;
    return -1;
}

/* true: this one fails for want of space */
static bool create_fails(const char *path)
{
    if (!points_active() || access(path, F_OK) == 0)
        return false;
    if (is_shared_memory(path))
        return disk_is_full();
    return point_file(true, "create %s", file_name(path)) == FATE_NO_SPACE;
}

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE)
    {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    if ((flags & O_CREAT) != 0 && create_fails(path))
        return no_space();
    int descriptor = REAL(open)(path, flags, mode);
    if (descriptor >= 0 && points_active())
        descriptor_set_file(descriptor, path);
    return descriptor;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset)
{
    const char *name = descriptor_file(descriptor);
    bool fails = false;
    if (name != NULL && is_shared_memory(name))
        fails = disk_is_full();
    else if (name != NULL)
        fails = point_file(true, "write %s %lld+%zu", name, (long long) offset, count) == FATE_NO_SPACE;
    return fails ? no_space() : REAL(pwrite)(descriptor, bytes, count, offset);
}

int ftruncate(int descriptor, off_t length)
{
    const char *name = descriptor_file(descriptor);
    struct stat file;
    bool grows = fstat(descriptor, &file) == 0 && length > file.st_size;
    bool fails = false;
    if (name != NULL && is_shared_memory(name))
        fails = grows && disk_is_full();
    else if (name != NULL)
        fails = point_file(grows, "truncate %s %lld", name, (long long) length) == FATE_NO_SPACE;
    return fails ? no_space() : REAL(ftruncate)(descriptor, length);
}

static bool sync_fails(int descriptor)
{
    const char *name = descriptor_file(descriptor);
    return name != NULL && point_file(true, "sync %s", name) == FATE_NO_SPACE;
}

int fsync(int descriptor)
{
    return sync_fails(descriptor) ? no_space() : REAL(fsync)(descriptor);
}

int fdatasync(int descriptor)
{
    return sync_fails(descriptor) ? no_space() : REAL(fdatasync)(descriptor);
}

int unlink(const char *path)
{
    if (points_active() && !is_shared_memory(path) && access(path, F_OK) == 0)
        point_file(false, "delete %s", file_name(path));
    return REAL(unlink)(path);
}

/* matswap calls it for each folder above the journal: one that exists is no point */
int mkdir(const char *path, mode_t mode)
{
    bool fails = points_active() && access(path, F_OK) != 0 &&
                 point_file(true, "mkdir %s", file_name(path)) == FATE_NO_SPACE;
    return fails ? no_space() : REAL(mkdir)(path, mode);
}

/* The same under the names that programs built with 64-bit offsets call. */
int open64(const char *path, int flags, ...) __attribute__((alias("open")));
ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) __attribute__((alias("pwrite")));
int ftruncate64(int descriptor, off64_t length) __attribute__((alias("ftruncate")));
