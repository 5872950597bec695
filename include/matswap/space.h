/*
 * space.h: how much disk a new generation takes, as data.
 *
 * An estimate: what the live generation takes now, in the tablespaces where the new one will be.  It stands beside the live
 * one until that is dropped after the swap, or, with keep_old, until the next run drops that.  Filled by stage/, printed by
 * report/.
 */
#ifndef MATSWAP_SPACE_H
#define MATSWAP_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matswap/name.h"

/* A file system of this host that a tablespace is on. */
typedef struct SpaceDisk
{
    uint64_t device; /* st_dev */
    const char *path; /* the first folder on it that was looked at */
    int64_t free;     /* bytes that others than root may take */
    bool elastic;     /* it compresses, so that a file may take less than its size */
    int64_t incoming; /* bytes of the new generation that go there */
} SpaceDisk;

typedef struct SpacePlace
{
    const char *tablespace; /* its name */
    const char *location;   /* folder on the server; "": in the data directory */
    int64_t incoming;       /* bytes that the new generation takes there */
    int64_t kept;           /* bytes of the old generation that an earlier run kept; dropped right before the swap */
    size_t disk;            /* in Space.disks; SIZE_MAX: not known */
} SpacePlace;

/* A view of the generation that holds rows, and is still to be built. */
typedef struct SpaceView
{
    Name name;
    int64_t bytes; /* with TOAST and indexes; -1: there is no live one to go by */
} SpaceView;

typedef struct Space
{
    SpacePlace *places; /* the database's own tablespace first, then by name */
    size_t place_count;
    SpaceView *views; /* largest first, the unknown at the end */
    size_t view_count;
    size_t unknown_count; /* of those */
    SpaceDisk *disks;
    size_t disk_count;
    int64_t incoming; /* of all places; so is `kept` */
    int64_t kept;
    int64_t limit;     /* max_extra_space, for the sum of the two; -1: none */
    bool wal;          /* what is built is written to the WAL as well: wal_level is not minimal */
    const char *wal_level;
    int64_t wal_bytes; /* how much of that may stand in pg_wal at once: at most max_wal_size */
    size_t wal_disk;   /* where that is; SIZE_MAX: not known */
    const char *blind; /* why the free space of some place is not known; NULL: it is, or there is none */
} Space;

#endif
