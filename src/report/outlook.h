/* outlook.h: how far a run under way is, for `status`; private to src/report/. */
#ifndef MATSWAP_REPORT_OUTLOOK_H
#define MATSWAP_REPORT_OUTLOOK_H

#include "live.h"

/* What a session of the run is at. */
typedef struct OutlookTask
{
    const char *what;   /* the phase's word, or what the session is there for; NULL: nothing just now */
    double elapsed_ms;  /* -1: not known */
    double expected_ms; /* in all; -1: not known */
} OutlookTask;

typedef struct Outlook
{
    size_t views, built; /* of those that the run has to build, and that are not kept */
    int64_t bytes;
    int64_t expected_bytes; /* with those still to be built, by their live relations; -1: not known */
    double fraction;        /* -1: not known; so is the next */
    double left_ms;
    OutlookTask *tasks; /* by session of server->workers */
} Outlook;

/* From the journal's view of the run and the server's of its sessions.  `now_ms` is since 1970. */
Outlook *outlook_make(const void *context, const JournalRun *run, const ServerStatus *server, double now_ms);

/* "3 of 12 views built, 1.2 GB of about 3.4 GB; about 4 min 10 s left"; talloc child of `context` */
char *outlook_text(const void *context, const Outlook *outlook);

/* ---- status_work.c: tables, each with an empty line before it; nothing when there is nothing ----------------- */

/* outlook NULL: no run of the journal is at work. */
void status_print_workers(FILE *out, const ServerSessions *workers, const Outlook *outlook);
void status_print_obstacles(FILE *out, const ServerSessions *workers);
void status_print_blockers(FILE *out, const ServerSessions *blockers, bool swap_waits);

/* Is this run at work, and not just left over? */
bool status_is_at_work(const JournalRun *run, const ServerStatus *server);

#endif
