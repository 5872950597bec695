/* space.h: room for a new generation, among the stages. */
#ifndef MATSWAP_STAGE_SPACE_H
#define MATSWAP_STAGE_SPACE_H

#include "matswap/space.h"
#include "preflight_internal.h"
#include "stage_internal.h"

/*
 * Where the server is on this host, and shows its folders: the free space of each place, by file system.  `server` is the
 * row of space_server.sql.
 */
Status space_look_at_disks(Run *run, Space *space, const PgRows *server, Errors *errors) MUST_CHECK;

/* After a failure: errors of a full disk (SQLSTATE 53100) get a remedy that names it. */
void space_explain(Run *run, Errors *errors);

#endif
