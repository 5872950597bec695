/*
 * journal.h: what a run meant to do and has done, in SQLite, durable.
 *
 * WAL, synchronous=FULL, both read back after opening.  Calling sequence of a run:
 *
 *     journal_open → journal_run_begin → [journal_schema_put …] → journal_view_put … (per view, each status)
 *       → journal_run_advance(BUILDING, BUILT, VALIDATED) → journal_run_swapping(xid) → journal_run_advance(…)
 *
 * An intent is committed before its act, its outcome after it; each function here is one durable SQLite
 * transaction.  The states and what each promises: journal_state.h.  journal_run_advance refuses (ERROR_INTERNAL)
 * a transition that is not drawn there.
 *
 * The journal never holds a password, a connection string, or data of the views but their totals.
 * The file is created 0600, its folder 0700 when it has to be made.
 *
 * Only one process writes at a time: the advisory lock in the database (see stage.h) is what serializes runs;
 * SQLite's own locking keeps `status` readers and a writer apart (busy timeout 5 s, then ERROR_JOURNAL naming
 * the file).  PRAGMA user_version numbers the schema: an older one is brought up to date in one transaction when the
 * journal is opened to write, and read as it is otherwise; a newer one is refused by number, a file that is no
 * database or fails the quick check is refused as corrupt; neither is touched.
 */
#ifndef MATSWAP_JOURNAL_H
#define MATSWAP_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matswap/error.h"
#include "matswap/journal_state.h"
#include "matswap/name.h"
#include "matswap/sql.h"
#include "matswap/verdict.h"

typedef struct Journal Journal;

typedef enum JournalMode
{
    JOURNAL_WRITE,    /* create when missing */
    JOURNAL_READ_ONLY /* status: a missing file is not an error, *ret_journal is NULL then */
} JournalMode;

/* A talloc object; freeing it closes the database. */
Status journal_open(const void *context, const char *path, JournalMode mode, Journal **ret_journal,
                    Errors *errors) MUST_CHECK;
const char *journal_path(const Journal *journal);

/*
 * Has its file been deleted, moved or replaced since it was opened?  Then ERROR_JOURNAL.  Everything that writes asks
 * this first, and writes nothing to a file that nobody would find again.
 */
Status journal_check_file(Journal *journal, Errors *errors) MUST_CHECK;

/*
 * Gives up a journal whose file is lost so: what is written from now on succeeds and goes nowhere, so that the run can
 * still clean up by what it remembers.  False, and nothing has changed, when the file is where it was.
 */
bool journal_forsake(Journal *journal);

/* How a run that reached an end came to it. */
/*        name        word */
#define RUN_OUTCOMES(X)                                                                                             \
    X(NONE, "")              /* not at an end */                                                                    \
    X(SWAPPED, "swapped")    /* DONE */                                                                             \
    X(FAILED, "failed")      /* REVERTED, and the rest of these */                                                  \
    X(REJECTED, "rejected")                                                                                         \
    X(CANCELLED, "cancelled")                                                                                       \
    X(DRY_RUN, "dry-run")                                                                                           \
    X(ROLLED_BACK, "rolled-back") /* by `rollback`, before the swap */                                              \
    X(CRASHED, "crashed")         /* found dead and reverted by a later command */

typedef enum RunOutcome
{
#define X(name, word) OUTCOME_##name,
    RUN_OUTCOMES(X)
#undef X
    RUN_OUTCOME_COUNT
} RunOutcome;
const char *run_outcome_word(RunOutcome outcome);

/* What a schema that was made beforehand had when the run took it over: it is put back. */
typedef struct SchemaBefore
{
    const char *comment; /* NULL: none */
    const char *acl;     /* aclitem[] as text; NULL: not known */
} SchemaBefore;

typedef struct JournalSchema
{
    const char *live, *incoming, *outgoing;
    bool made_incoming, made_outgoing; /* by us: to be dropped when empty; else made beforehand, kept */
    SchemaBefore incoming_before, outgoing_before;
} JournalSchema;

typedef enum ViewStatus
{
    VIEW_PLANNED,
    VIEW_BUILDING, /* intent: its creation may have been committed */
    VIEW_BUILT,    /* filled and committed; indexes may be missing */
    VIEW_INDEXED,  /* all that its readers need; VACUUM may be missing */
    VIEW_COMPLETE, /* nothing more to do before the swap */
    VIEW_FAILED,   /* its build, or a rule; when the run goes on, it stays out of the swap */
    VIEW_ISOLATED, /* it stays out of the swap together with one that failed */
    VIEW_STATUS_COUNT
} ViewStatus;
const char *view_status_word(ViewStatus status);

/* May other views be built on it, in this run or a resumed one? */
bool view_status_is_usable(ViewStatus status);

typedef struct JournalView
{
    Name name;
    ViewKind kind;
    int position; /* in build order */
    int level;
    ViewStatus status;
    uint32_t old_oid; /* of the live relation when the run began; 0: none */
    ViewKind old_kind;
    uint32_t new_oid; /* 0 until created */
    const char *started_at; /* ISO 8601 with zone, or NULL */
    const char *completed_at; /* when it was filled and committed, or had failed; or NULL */
    double duration_ms; /* create + refresh + analyze + totals */
    int64_t rows;       /* -1: not counted (ordinary view) */
    int64_t bytes;      /* with indexes and TOAST; -1: not measured */
    const char *totals; /* JSON object: {"column": "sum as text", …}, or NULL */
    const char *measures;  /* JSON object of what else was measured in the same pass, or NULL: see totals_sql */
    const char *watermark; /* the latest event_time in it, as text; NULL: none, or not asked for */
    const char *fingerprint;
    /* the coordinate it was built under, when a `resume` has given the run a newer one; else NULL */
    const char *snapshot, *wal_lsn, *snapshot_at;
    const char *error; /* why it stayed out of the swap, one line; NULL: it did not */
    int64_t old_bytes;   /* of the live relation when the run began; -1: none, or not measured */
    const char *reads;   /* JSON: [{"schema","name"}, …], the views of the set that it reads; NULL: not known */
    const char *changes; /* JSON: [{"name","old_type","new_type","old_position","new_position","moved"}, …], how its
                            columns differ from the live view's; NULL: not known */
} JournalView;

/*
 * Does the swap move it out, and nothing in?  It has left the set's files, or, of a rollback, was new in the generation
 * that goes.
 */
bool journal_view_leaves(const JournalView *view);

/*
 * Does the swap leave it alone, so that its name goes on carrying old_oid (on_failure = isolate)?  With a new_oid, what
 * was built of it may still be there, to be dropped before the swap.
 */
bool journal_view_is_kept(const JournalView *view);

/* Does the swap move its old relation out of the live schema, and its new one in? */
bool journal_view_moves_out(const JournalView *view);
bool journal_view_moves_in(const JournalView *view);

/* What a run does with its time, on one connection. */
/*        name        word */
#define RUN_PHASES(X)                                                                                               \
    X(PREPARE, "prepare")       /* preflight and rehearsal */                                                       \
    X(SNAPSHOT, "snapshot")                                                                                         \
    X(FILL, "fill")             /* of a view: the transaction that creates and fills it; so the next three */       \
    X(INDEX, "index")                                                                                               \
    X(ATTRIBUTES, "attributes") /* of its indexes */                                                                \
    X(VACUUM, "vacuum")                                                                                             \
    X(VALIDATE, "validate")                                                                                         \
    X(SWAP, "swap")             /* with waiting for locks */                                                        \
    X(RETIRE, "retire")                                                                                             \
    X(REVERT, "revert")                                                                                             \
    X(HOOK, "hook")

typedef enum RunPhase
{
#define X(name, word) PHASE_##name,
    RUN_PHASES(X)
#undef X
    RUN_PHASE_COUNT
} RunPhase;
const char *run_phase_word(RunPhase phase);

/* One of them, over. */
typedef struct JournalTask
{
    RunPhase phase;
    Name view;           /* .schema NULL: the run itself */
    const char *subject; /* the index, the hook; NULL: none */
    int worker;          /* from 1; 0: the coordinating connection */
    const char *started_at; /* as journal_ago writes it */
    double duration_ms;
    int64_t rows, bytes; /* -1: none, or not known */
} JournalTask;

typedef struct JournalTasks JournalTasks;

typedef struct JournalRun
{
    int64_t id;        /* row number */
    const char *run;   /* the run's name: 20261121T083000Z-4f2a91 */
    const char *set;
    RunState state;
    RunOutcome outcome;
    const char *started_at, *finished_at; /* ISO 8601 with zone; finished_at NULL while not at an end */
    const char *host; /* of the matswap process */
    int64_t pid;
    const char *version; /* of matswap */
    const char *config;  /* path */
    const char *system_identifier; /* pg_control_system(), with `database` the place this row is about */
    const char *database;
    const char *fingerprint; /* Plan.fingerprint */
    const char *surroundings; /* Run.surroundings (stage.h), for `resume` */
    bool keep_old;
    bool is_rollback;       /* swaps a kept old generation back */
    bool partial;           /* begun with --only: the set has other views, which stay as they are */
    const char *snapshot;   /* pg_snapshot text, or NULL; the newest, when `resume` took another */
    const char *wal_lsn;
    const char *snapshot_at;
    const char *swap_xid; /* xid8 as text, or NULL */
    double lock_ms;       /* how long the swap held its locks; -1: not known */
    int64_t lock_tries;
    double lock_wait_total_ms;   /* in which any try held locks or waited for one; -1: not known */
    double lock_wait_longest_ms; /* of one try */
    const char *seam;  /* JSON: what the generation does not contain; NULL: not known */
    const char *settings; /* JSON of what the run was told, see run_settings; NULL: not known */
    const char *error; /* first error, one line */
    JournalTasks *unwritten; /* private to src/journal/ */
    JournalSchema *schemas;
    size_t schema_count;
    JournalView *views; /* by position */
    size_t view_count;
} JournalRun;

/*
 * In the functions below a JournalRun is a talloc object that owns the strings they set in it; on failure it is
 * left as it was, and so is the journal.
 *
 * Starts a run: inserts `run` (state STARTED or, for a rollback, VALIDATED) with its schemas and views, in one
 * transaction, and sets run->id.  Refused when an unfinished run of the set exists (invariant 1).
 */
Status journal_run_begin(Journal *journal, JournalRun *run, Errors *errors) MUST_CHECK;

Status journal_run_advance(Journal *journal, JournalRun *run, RunState state, Errors *errors) MUST_CHECK;

/*
 * Advances to an end with outcome and (optional) first error; sets finished_at.  OUTCOME_NONE and a NULL error
 * leave what journal_run_outcome recorded.  DONE goes with SWAPPED and nothing else.
 */
Status journal_run_finish(Journal *journal, JournalRun *run, RunState end, RunOutcome outcome, const char *error,
                          Errors *errors) MUST_CHECK;

/* Records what will be the reason when REVERTING comes to its end, without changing the state. */
Status journal_run_outcome(Journal *journal, JournalRun *run, RunOutcome outcome, const char *error,
                           Errors *errors) MUST_CHECK;

/*
 * What `resume` goes on with: state BUILDING, and the views, fingerprint, surroundings, host, pid, version, config and
 * coordinate of *next, a changed copy of *run, in one transaction; *run becomes *next.  A verdict on the old ones goes.
 */
Status journal_run_replan(Journal *journal, JournalRun *run, const JournalRun *next, Errors *errors) MUST_CHECK;

/* Who works on the run now: host, pid, version, config as they stand in *run. */
Status journal_run_taken_over(Journal *journal, const JournalRun *run, Errors *errors) MUST_CHECK;

/* The coordinate: snapshot, wal_lsn, snapshot_at as they stand in *run. */
Status journal_run_snapshot(Journal *journal, const JournalRun *run, Errors *errors) MUST_CHECK;

/*
 * The intent of one try of the swap: state SWAPPING (if not there yet) and swap_xid.  The only way to SWAPPING,
 * as journal_run_finish is to an end.
 */
Status journal_run_swapping(Journal *journal, JournalRun *run, const char *swap_xid, Errors *errors) MUST_CHECK;

/* SWAPPING → VALIDATED for a try that was rolled back with certainty; forgets swap_xid. */
Status journal_run_swap_aborted(Journal *journal, JournalRun *run, Errors *errors) MUST_CHECK;

Status journal_run_locks(Journal *journal, const JournalRun *run, Errors *errors) MUST_CHECK; /* lock_… */
Status journal_run_seam(Journal *journal, const JournalRun *run, Errors *errors) MUST_CHECK;

/* Writes schemas[index] or views[index] as it stands in *run. */
Status journal_schema_put(Journal *journal, const JournalRun *run, size_t index, Errors *errors) MUST_CHECK;
Status journal_view_put(Journal *journal, const JournalRun *run, size_t index, Errors *errors) MUST_CHECK;

/* All of them, in one transaction. */
Status journal_views_put(Journal *journal, const JournalRun *run, Errors *errors) MUST_CHECK;

/* The verdict on the run's generation, in place of an earlier one. */
Status journal_verdicts_put(Journal *journal, const JournalRun *run, const RuleResult *results, size_t count,
                            Errors *errors) MUST_CHECK;

/*
 * Notes what the run has done.  Nothing is written yet: it becomes durable together with the next step of the run, or of
 * one of its views, or with an event.  What `task` points to is copied.
 */
void journal_task_done(JournalRun *run, const JournalTask *task);

/* None where it has not been judged; results and their strings are children of `context`. */
Status journal_verdicts(const void *context, Journal *journal, const JournalRun *run, RuleResult **ret_results,
                        size_t *ret_count, Errors *errors) MUST_CHECK;

/* One line for the history: kind is a word ("build", "index", "swap-try", "retire", "hook", "warning"). */
Status journal_event(Journal *journal, const JournalRun *run, const char *kind, const Name *view,
                     const char *message, Errors *errors) MUST_CHECK;

/* The set's run that is not at an end, with schemas and views; *ret_run NULL if there is none. */
Status journal_unfinished(const void *context, Journal *journal, const char *set, JournalRun **ret_run,
                          Errors *errors) MUST_CHECK;

/* The set's newest run that swapped (DONE), or the newest run at all; NULL if none. */
Status journal_last_swapped(const void *context, Journal *journal, const char *set, JournalRun **ret_run,
                            Errors *errors) MUST_CHECK;
Status journal_last(const void *context, Journal *journal, const char *set, JournalRun **ret_run,
                    Errors *errors) MUST_CHECK;

/* `run` as the journal has it now: another process may have written to it.  *ret_run NULL if it is gone. */
Status journal_run_again(const void *context, Journal *journal, const JournalRun *run, JournalRun **ret_run,
                         Errors *errors) MUST_CHECK;

/*
 * Appends an ERROR_INTERNAL for each violation of the invariants that the journal can see by itself (1, 4, 7 and 8).
 * A debug build does this at the end of every step, before its COMMIT; the schema's constraints hold them always.
 */
Status journal_check_invariants(Journal *journal, Errors *errors) MUST_CHECK;

/* now, as the journal writes times: 2026-11-21T08:30:00.123Z */
char *journal_now(const void *context);

/* The same, `milliseconds` earlier. */
char *journal_ago(const void *context, double milliseconds);

/* A run's name: UTC time to the second and six random hexadecimal digits. */
char *journal_run_name(const void *context);

#endif
