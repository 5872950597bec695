/*
 * report.h: what a person or a program sees of a run.  The only room beside cli/ and main.c that prints.
 *
 * Everything that happens in a run is an event, and a Report is where all of them go: as lines of text to stderr (--quiet
 * leaves warnings and errors, so that cron mails what deserves a mail; --verbose adds details and every statement sent),
 * on a terminal also into a table of what is being done now; and, as text or JSON, to a log.  Results that a user asked
 * for (a plan, a validation table, a status) go to stdout.
 */
#ifndef MATSWAP_REPORT_H
#define MATSWAP_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "matswap/config.h"
#include "matswap/error.h"
#include "matswap/journal_history.h"
#include "matswap/name.h"
#include "matswap/space.h"
#include "matswap/text.h"

typedef struct Report Report;

typedef struct ReportOptions
{
    bool quiet;
    bool verbose;
    const char *set;      /* NULL: none */
    LogFormat log_format;
    const char *log_file; /* NULL: stderr alone, in log_format */
    bool plain;           /* no table, also on a terminal: another process writes to it, too */
} ReportOptions;

/*
 * A talloc object; freeing it closes the log, and leaves the terminal as it was.  Fails when the log cannot be opened.
 * report_new has neither log nor table.
 */
Status report_open(const void *context, const ReportOptions *options, Report **ret_report, Errors *errors) MUST_CHECK;
Report *report_new(const void *context, bool quiet, bool verbose);
bool report_is_quiet(const Report *report);

/* From now on it is about this run, which an earlier command began, or which begins; it has come to its end. */
void report_run_found(Report *report, const char *run);
void report_run_started(Report *report, const char *run);
void report_run_ended(Report *report, const char *run, RunOutcome outcome);

/* Makes room for this view's name in the lines to come, so that the columns after it stay aligned. */
void report_align(Report *report, Name view);

/* A line of progress: "08:30:02  built     public.donations            230,112 rows   41 MB    1.2 s".
 * `phase` is one word: what happened. */
void report_line(Report *report, const char *phase, const char *format, ...) PRINTF_LIKE(3, 4);
/* only under --verbose (not under --quiet) */
void report_detail(Report *report, const char *phase, const char *format, ...) PRINTF_LIKE(3, 4);
/* A line of progress about one view; rows, bytes, milliseconds below 0 are not shown; note may be NULL. */
void report_view(Report *report, const char *phase, Name view, int64_t rows, int64_t bytes, double milliseconds,
                 const char *note);
/* "matswap: warning: …", also under --quiet */
void report_warning(Report *report, const char *format, ...) PRINTF_LIKE(2, 3);

/* ---- what is being done now -------------------------------------------------------------------------------- */

/* A part of a run, or of what a worker does for a view. */
typedef struct ReportTask
{
    RunPhase phase;
    Name view;           /* .schema NULL: the run itself */
    const char *subject; /* the index; NULL: none */
    int worker;          /* from 1; 0: the coordinating connection */
} ReportTask;

typedef struct ReportEnd
{
    double milliseconds;
    int64_t rows, bytes;  /* -1: none, or not known */
    const Errors *errors; /* NULL: it succeeded */
} ReportEnd;

/* Both are for the log and the table: no line of text is written.  A worker does one thing at a time. */
void report_started(Report *report, const ReportTask *task);
void report_ended(Report *report, const ReportTask *task, const ReportEnd *end);

/* What has to be done for a view of the generation, in milliseconds that each of it is expected to take. */
typedef struct ReportView
{
    Name name;
    double fill_ms;
    double index_ms; /* each of them */
    double vacuum_ms;
    size_t index_count;
    bool fills, vacuums;   /* is that still to be done? */
    const size_t *readers; /* those that wait for it, as positions */
    size_t reader_count;
} ReportView;

typedef struct ReportBuild
{
    ReportView *views;
    size_t view_count;
    int workers;
    bool guessed;    /* no view has been built before: the times mean nothing */
    double after_ms; /* validation, swap and retirement */
} ReportBuild;

/* A build begins: what the table counts and estimates.  The views are copied. */
void report_build(Report *report, const ReportBuild *build);
/* It takes no more part in the build. */
void report_view_left(Report *report, Name view);

/* How far a worker's task is, as far as anybody can tell. */
typedef struct ReportProgress
{
    int worker;       /* from 1 */
    double fraction;  /* 0 to 1; below 0: not known */
    int64_t rows, bytes; /* -1: not known */
    const char *step; /* in the server's words; NULL: not known */
} ReportProgress;
void report_progress(Report *report, const ReportProgress *progress);

/* Is there a table, so that it is worth while to ask how far things are? */
bool report_is_live(const Report *report);

/* The table is drawn again, if it is time.  For whoever waits: call it a few times a second. */
void report_refresh(Report *report);

/* Takes the table away before something else is written to the terminal.  It comes back with what happens next. */
void report_hide(Report *report);

/* Can what is printed be read as UTF-8?  By LC_ALL, LC_CTYPE, LANG. */
bool report_speaks_utf8(void);

/* ---- errors ------------------------------------------------------------------------------------------------- */

/* Every entry of the list on stderr, in the contract's form, and in the log of the Report that is open. */
void report_errors(const Errors *errors);

/*
 * The statements that the entries of the list advise, each once and in an order that works, as a script to paste or to
 * pipe into psql; nothing when there are none.
 */
void report_statements(FILE *out, const Errors *errors);

/* "rows: max_shrink", "sum(amount): tolerance"; only what was looked at where nothing was judged */
char *report_rule(const void *context, const RuleResult *result);

/* Old, new, difference, limit as an aligned table; failed rules are marked, their details follow below it. */
void report_validation(FILE *out, const RuleResult *results, size_t count);

/* How a column of a new view differs from the live view's.  A collation that is not the type's own comes with it. */
typedef struct ColumnChange
{
    const char *name;
    const char *old_type; /* NULL: added */
    const char *new_type; /* NULL: removed */
    int old_position;     /* from 1 */
    int new_position;
    bool moved; /* it stands on another side of a column that stayed */
} ColumnChange;

typedef enum ViewFate
{
    VIEW_STAYS,
    VIEW_NEW,
    VIEW_RENAMED,
    VIEW_LEFT_ALONE, /* the files state it no more */
    VIEW_LEAVES      /* and it goes */
} ViewFate;

/* What a run changes about a view, its contents aside. */
typedef struct ViewChange
{
    Name view;
    ViewFate fate;
    Name old_name; /* of one that is renamed */
    ViewKind old_kind, kind; /* of one that is new, or no more, only one counts */
    ColumnChange *columns;   /* of one that stays or is new: in the order of the new view, then those removed */
    size_t column_count;
} ViewChange;

/*
 * The change of each view.  The first as a table, which leaves out those that stay the same and says in a line below it
 * how many; the second as a line of progress for each view that changes.
 */
void report_changes(FILE *out, const ViewChange *changes, size_t count);
void report_change_lines(Report *report, const ViewChange *changes, size_t count);

/*
 * How much disk a generation takes: a line, a table by tablespace, and what is not in it.  The second is the same as a JSON
 * object, talloc child of `context`.
 */
void report_space(FILE *out, const Space *space);
char *report_space_json(const void *context, const Space *space);

/* A view that a run left behind. */
typedef struct LeftoverView
{
    Name name;
    ViewKind kind;
    uint32_t oid;
    const char *owner;
    int64_t rows;  /* the planner's; -1: not known */
    int64_t bytes; /* -1: not measured */
} LeftoverView;

/* A schema of a run that the journal does not account for. */
typedef struct Leftover
{
    const char *schema;
    const char *run;
    bool outgoing; /* it holds an old generation, else a new one */
    bool made;     /* by matswap: dropped once it is empty; else made beforehand: it stays, unmarked */
    bool swapped;  /* the run's swap was committed */
    LeftoverView *views;
    size_t view_count;
    const char **others; /* what matswap cannot prove to have built, described: it stays, and the schema too */
    size_t other_count;
} Leftover;

typedef struct Leftovers
{
    Leftover *items;
    size_t count;
} Leftovers;

/* What is there, as a table, then what removing it does, act by act. */
void report_leftovers(FILE *out, const Leftovers *leftovers);

/* A session of the server, or a prepared transaction.  NULL: nothing, or not for our role to see. */
typedef struct ServerSession
{
    int64_t pid;     /* 0: none */
    const char *gid; /* of a prepared transaction */
    const char *role;
    const char *application;
    const char *state;
    const char *wait;
    const char *since;
    const char *query;
    const char *relations; /* that it has a lock on; of one that blocks another: that this one waits for */
    bool hidden;           /* its state and query are not for our role to see */

    /* of a session of the run */
    Name view;           /* .schema NULL: none, or none that the journal knows */
    double elapsed_ms;   /* of its statement; -1: not known */
    const char *step;    /* of a statement whose progress the server tells, in its words */
    double fraction;     /* 0 to 1; -1: not known */
    int64_t rows, bytes; /* so far; -1: not known */
    struct ServerSession *blockers; /* who keep it from a lock */
    size_t blocker_count;
} ServerSession;

typedef struct ServerSessions
{
    ServerSession *items;
    size_t count;
} ServerSessions;

/* What is to be expected of the unfinished run, by earlier ones. */
typedef struct StatusExpectations
{
    const double *fill_ms; /* by view; -1: not known */
    const JournalTypical *typical;
    size_t typical_count;
    const JournalRead *reads;
    size_t read_count;
    int workers;
} StatusExpectations;

/* What the server says of a set, and the journal beside its unfinished run. */
typedef struct ServerStatus
{
    bool reachable;
    const char *error;   /* why it could not be asked, or not all, or NULL */
    const char *journal; /* its path */
    bool has_journal;
    ServerSessions holders; /* of the set's lock: a run is at work */
    const char *holder;     /* the same in words */
    bool holder_gone;       /* its process has ended; the server is about to notice */
    ServerSessions workers;
    ServerSessions blockers; /* who keep the swap from its locks, or the old generation from being dropped */
    bool swap_waits;         /* it is the swap */
    Leftovers *leftovers;
    const JournalRun *swapped; /* the last one that did; NULL: none */
    StatusExpectations expectations;
} ServerStatus;

/* How the unfinished run was judged, else the last one. */
typedef struct StatusVerdict
{
    const JournalRun *run; /* NULL: there is none */
    RuleResult *results;
    size_t count;
} StatusVerdict;

/*
 * `status` as text, or as the contract's JSON ({"runs":[…], …}).  run NULL: the journal has none that is unfinished;
 * server NULL: only what the journal says.  As text, the verdict on a run that is over is shown when a rule was broken.
 */
void report_status_text(FILE *out, const JournalRun *run, const StatusVerdict *verdict, const ServerStatus *server);
void report_status_json(FILE *out, const JournalRun *run, const StatusVerdict *verdict, const ServerStatus *server);

/* A run with its views, as the contract's object; a rule's result.  No comma follows. */
void json_run(Text *json, const JournalRun *run);
void json_rule_result(Text *json, const RuleResult *result);

/* Rows of values as an aligned table with a line of titles; NULL is shown as "-".  talloc child of `context` */
char *report_rows(const void *context, const char *const *titles, size_t column_count, const char *const *cells,
                  size_t row_count);

/* 1,234,567 · 41 MB · 1.2 s; talloc children of `context` */
char *report_count(const void *context, int64_t count);
char *report_bytes(const void *context, int64_t bytes);
char *report_duration(const void *context, double milliseconds);

#endif
