/*
 * space_failure.c: a disk that was full in the middle of a run: which one, and what to do about it.
 *
 * The server's message has the file, relative to its data directory, in whatever language the rest of it is:
 * https://www.postgresql.org/docs/current/storage-file-layout.html
 */
#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "space.h"

static const char links[] = "pg_tblspc/";

/* In this order: a tablespace has temporary files, too. */
static const struct
{
    const char *path;
    const char *remedy;
} files[] = {
    {"/PostgreSQL.", "shared memory (/dev/shm) is full: make it larger (docker run --shm-size=1g), or have "
                     "max_parallel_workers_per_gather = 0 in [session]"},
    {"pg_wal/", "the disk of pg_wal is full: make room there; replication slots and a failing archive_command keep WAL"},
    {"pgsql_tmp", NULL},
    {links, NULL},
    {"base/", NULL},
};

static const char *generation_text(const void *context, const Run *run, const char *tablespace)
{
    const Space *space = run->preflight == NULL ? NULL : run->preflight->space;
    for (size_t i = 0; space != NULL && i < space->place_count; i++)
        if (strcmp(space->places[i].tablespace, tablespace) == 0 && space->places[i].incoming > 0)
            return mem_printf(context, "; the new generation takes about %s there, by the live one's sizes",
                              report_bytes(context, space->places[i].incoming));
    return "";
}

/* The tablespace that the file is in: its OID is the name of the link that leads there; NULL: pg_default. */
static const char *oid_in(const void *context, const char *message)
{
    const char *link = strstr(message, links);
    if (link == NULL)
        return NULL;
    link += strlen(links);
    return mem_strndup(context, link, strspn(link, "0123456789"));
}

typedef struct Tablespace
{
    const char *name, *folder;
} Tablespace;

/* False: the server can't be asked any more. */
static bool find_tablespace(Run *run, const void *scratch, const char *oid, Tablespace *ret_tablespace)
{
    PgRows *rows;
    if (oid == NULL)
    {
        *ret_tablespace = (Tablespace){"pg_default", "in the data directory"};
        return true;
    }
    if (run->control == NULL || !pg_alive(run->control))
        return false;
    pg_rollback(run->control);
    if (pg_query(scratch, run->control, &rows, errors_new(scratch), SQL_SPACE_TABLESPACE, 1, &oid) != STATUS_OK ||
        pg_row_count(rows) == 0)
        return false;
    *ret_tablespace = (Tablespace){pg_text(rows, 0, "tablespace"), pg_text(rows, 0, "location")};
    return true;
}

static void explain_tablespace(Run *run, Error *error, bool temporary)
{
    void *scratch = mem_context(NULL);
    Tablespace tablespace;
    if (find_tablespace(run, scratch, oid_in(scratch, error->server_message), &tablespace))
    {
        const char *name = name_quote(scratch, tablespace.name);
        if (temporary)
            error_remedy(error, "temporary files have filled the disk of tablespace %s (%s): make room there, set "
                         "temp_tablespaces in [session], or lower jobs", name, tablespace.folder);
        else
            error_remedy(error, "the disk of tablespace %s (%s) is full: make room there, or move views to another one "
                         "(TABLESPACE in their files)%s", name, tablespace.folder,
                         generation_text(scratch, run, tablespace.name));
    }
    talloc_free(scratch);
}

void space_explain(Run *run, Errors *errors)
{
    for (size_t i = 0; i < errors->count; i++)
    {
        Error *error = errors->items[i];
        const char *message = error->server_message;
        if (!text_equal(error->sqlstate, "53100") || message == NULL)
            continue;
        size_t file = 0;
        while (file < sizeof files / sizeof *files && strstr(message, files[file].path) == NULL)
            file++;
        if (file == sizeof files / sizeof *files)
            continue;
        if (files[file].remedy != NULL)
            error_remedy(error, "%s", files[file].remedy);
        else
            explain_tablespace(run, error, strcmp(files[file].path, "pgsql_tmp") == 0);
    }
}
