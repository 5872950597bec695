/*
 * space_disk.c: free space, where the server is on this host and lets its folders be known.
 *
 * A unix socket or a loopback address does not prove that it is: a container's server is behind one as well, with folders
 * of the same names elsewhere.  The backend's process does: ps shows its role, database and client to everybody
 * (https://www.postgresql.org/docs/current/monitoring-ps.html), and nobody else's has our port.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "space.h"

/* f_type of those that compress what they store: statfs(2) */
static const long compressing[] = {
    0x9123683e, /* btrfs */
    0x2fc12fc1, /* ZFS */
};

enum
{
    TITLE_BYTES = 4096
};

/* The process's title; "" if it cannot be read.  Arguments end with NUL bytes, of which the first ends the title. */
static char *title_of(const void *context, int64_t pid)
{
    char *path = mem_printf(context, "/proc/%" PRId64 "/cmdline", pid);
    char *title = mem_array(context, char, TITLE_BYTES);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : read(file, title, TITLE_BYTES - 1);
    if (file >= 0)
        close(file);
    title[length < 0 ? 0 : length] = '\0';
    return title;
}

static bool server_is_here(const void *scratch, const PgRows *server)
{
    const char *title = title_of(scratch, pg_integer(server, 0, "pid"));
    const char *who = strncmp(title, "postgres: ", 10) == 0 ? strstr(title, pg_text(server, 0, "title")) : NULL;
    return who != NULL && strstr(who, pg_text(server, 0, "client")) != NULL;
}

static bool is_elastic(const struct statfs *system)
{
    for (size_t i = 0; i < sizeof compressing / sizeof *compressing; i++)
        if ((unsigned long) system->f_type == (unsigned long) compressing[i])
            return true;
    return false;
}

/* SIZE_MAX: not for us to see, or not there. */
static size_t disk_of(Space *space, const char *path)
{
    struct stat folder;
    struct statfs system;
    if (stat(path, &folder) != 0 || statfs(path, &system) != 0)
        return SIZE_MAX;
    for (size_t i = 0; i < space->disk_count; i++)
        if (space->disks[i].device == (uint64_t) folder.st_dev)
            return i;
    /* what root may take beyond f_bavail is nothing for the server, which never is root */
    const SpaceDisk disk = {.device = (uint64_t) folder.st_dev,
                            .path = mem_strdup(space, path),
                            .free = (int64_t) system.f_bavail * (int64_t) system.f_bsize,
                            .elastic = is_elastic(&system)};
    MEM_PUSH(space, space->disks, space->disk_count, disk);
    return space->disk_count - 1;
}

/* pg_wal may be a link to a disk of its own, which only root and the server's user can follow. */
static size_t disk_of_wal(const void *scratch, Space *space, const char *data_directory)
{
    size_t disk = disk_of(space, mem_printf(scratch, "%s/pg_wal", data_directory));
    return disk != SIZE_MAX ? disk : disk_of(space, data_directory);
}

static Status find_locations(Run *run, const void *scratch, Space *space, Errors *errors)
{
    PgRows *rows;
    const char **names = mem_array(scratch, const char *, space->place_count);
    for (size_t i = 0; i < space->place_count; i++)
        names[i] = space->places[i].tablespace;
    const char *parameter = array_of_texts(scratch, names, space->place_count);
    if (pg_query(scratch, run->control, &rows, errors, SQL_SPACE_TABLESPACES, 1, &parameter) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
        for (size_t i = 0; i < space->place_count; i++)
            if (strcmp(space->places[i].tablespace, pg_text(rows, row, "tablespace")) == 0)
                space->places[i].location = mem_strdup(space, pg_text(rows, row, "location"));
    return STATUS_OK;
}

/* NULL: only the data directory's place would tell.  A tablespace for tests is a folder in it. */
static const char *folder_of(const void *scratch, const SpacePlace *place, const char *data_directory)
{
    if (place->location[0] == '/')
        return place->location;
    return data_directory == NULL ? NULL : mem_printf(scratch, "%s/%s", data_directory, place->location);
}

static void look_at_places(const Run *run, const void *scratch, Space *space, const char *data_directory)
{
    for (size_t i = 0; i < space->place_count; i++)
    {
        SpacePlace *place = &space->places[i];
        const char *path = folder_of(scratch, place, data_directory);
        place->disk = path == NULL ? SIZE_MAX : disk_of(space, path);
        if (place->disk != SIZE_MAX || space->blind != NULL)
            continue;
        space->blind = path == NULL ? mem_printf(space, "role %s may not see where the data directory is: GRANT "
                                                 "pg_read_all_settings TO %s", name_quote(scratch, run->preflight->role),
                                                 name_quote(scratch, run->preflight->role))
                                    : mem_printf(space, "%s: %s", path, strerror(errno));
    }
    if (space->wal && data_directory != NULL)
        space->wal_disk = disk_of_wal(scratch, space, data_directory);
}

Status space_look_at_disks(Run *run, Space *space, const PgRows *server, Errors *errors)
{
    void *scratch = mem_context(NULL);
    space->wal_level = mem_strdup(space, pg_text(server, 0, "wal_level"));
    space->wal = strcmp(space->wal_level, "minimal") != 0;
    space->wal_bytes = space->wal ? pg_integer(server, 0, "max_wal_bytes") : 0;
    space->wal_disk = SIZE_MAX;
    Status status = find_locations(run, scratch, space, errors);
    if (status == STATUS_OK && server_is_here(scratch, server))
        look_at_places(run, scratch, space, pg_value(server, 0, "data_directory"));
    else
        space->blind = "the server is not on this host";
    talloc_free(scratch);
    return status;
}
