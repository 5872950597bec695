/*
 * stage_internal.h: what the stages share among themselves.
 */
#ifndef MATSWAP_STAGE_INTERNAL_H
#define MATSWAP_STAGE_INTERNAL_H

#include "matswap/stage.h"

/* ---- locks (lock.c, fence.c, holders.c) --------------------------------------------------------------------------------------- */

/* The bigint key, as text, of an advisory lock: FNV-1a over "matswap", the word and the name. */
char *lock_key(const void *context, const char *word, const char *name);

/* Takes the lock if nobody has it. */
Status lock_try(Run *run, const char *key, bool *ret_locked, Errors *errors) MUST_CHECK;

/* SQL that takes the fence of a set in shared mode: the first thing a worker or the snapshot holder does. */
char *lock_fence_sql(const void *context, const char *set);

/* How long a holder may take to go away before it is ERROR_BUSY: as long as its process lives, and when it is gone. */
typedef struct LockPatience
{
    double live_ms;
    double gone_ms;
} LockPatience;
extern const LockPatience lock_usual_patience;

/* Takes the set's lock, ends what a dead run's workers still execute, and waits until they are gone. */
Status lock_set(Run *run, LockPatience patience, Errors *errors) MUST_CHECK;

/*
 * Does the session behind run->control still hold the set's lock?  Whoever has the fence and then hears yes is safe:
 * see the top of lock.c.
 */
Status lock_check(Run *run, Errors *errors) MUST_CHECK;

/* The end of the control connection's application_name, "control PID@HOST": who holds the set, for report_busy. */
char *lock_control_label(const void *context, const char *set);

/* Who holds the advisory lock: rows of lock_holders.sql. */
Status lock_holders(const void *context, PgConnection *control, const char *key, PgRows **ret_rows,
                    Errors *errors) MUST_CHECK;

/*
 * "matswap process 4711 on host db1 since … (server process 999, role etl), …"; "" when nobody does any more.  A set
 * other than `set` is named.
 */
char *lock_holders_text(const void *context, const PgRows *rows, const char *set);

/* Are all of them matswap processes of this host that have ended, or this very one? */
bool lock_holders_gone(const PgRows *rows);

/* The second half of lock_set, for a command that holds the set's lock already (fence.c). */
Status lock_raise_fence(Run *run, Errors *errors) MUST_CHECK;

/*
 * In the swap's transaction: the set's lock is still ours, and from here to its end no worker can have the fence, ours
 * or another run's.  ERROR_LOCKED while one that has ended its work is not gone yet.
 */
Status lock_close_fence(Run *run, Errors *errors) MUST_CHECK;

/* pg_control_system()'s system_identifier; "" for a role that may not call it (`allowed`). */
Status run_system_identifier(const void *context, PgConnection *control, bool allowed, const char **ret_identifier,
                             Errors *errors) MUST_CHECK;

/*
 * Where the control connection or the set's lock is lost, opens it anew and takes its locks, with back-off, for as long as
 * reconnect_timeout says (reconnect.c).  When it fails, run->control may be NULL.
 */
Status run_reconnect(Run *run, Errors *errors) MUST_CHECK;

/*
 * After the swap: a journal that is lost (journal_check_file) is a warning, once, and the run goes on without it; what
 * it still has to do, it knows.
 */
void run_miss_journal(Run *run);

/* Writes into the record which process works on it: host, pid, version, configuration. */
void run_record_process(const Run *run, JournalRun *record);

/* The journal's entry of a run that begins now, but for its schemas and views; needs run->preflight.  child of `run` */
JournalRun *run_record_new(Run *run, RunState state);

/* The entry of one of the plan's views that is still to be built; needs run->preflight.  Strings are `record`'s. */
JournalView run_record_view(const Run *run, const JournalRun *record, size_t position);

/* ---- for those who look at the run later (account.c) -------------------------------------------------------- */

/* A phase of the run begins: for those who look on. */
void account_begin(const Run *run, RunPhase phase);

/* Notes a phase of the run that began at `since_ms` (stage_clock_ms) and is over now; it is written with the next step. */
void account_phase(const Run *run, RunPhase phase, double since_ms);

/* The same of a view, by a worker (from 1); it ended `ago_ms` ago. */
void account_view(const Run *run, RunPhase phase, Name view, const char *subject, int worker, double duration_ms,
                  double ago_ms);

/* How many views the run is about, and what became of them. */
typedef struct RunCounts
{
    size_t views;     /* those that leave are none of them */
    size_t refreshed; /* published by its swap */
    size_t failed;    /* by their build, or by a rule */
    size_t kept;      /* on their old generation; all of them when it has not swapped */
} RunCounts;
RunCounts account_counts(const Run *run, bool swapped);

/*
 * JSON for the journal: {"server","role","options":{…},"config":[{"section","keys":[{"key","value","line"}]}]} (a value of
 * null is a command: it may hold a token); what a view reads; how its columns differ.  talloc children of `context`
 */
char *account_settings(const void *context, const Run *run);
char *account_reads(const void *context, const PlanView *view);
char *account_changes(const void *context, const ViewChange *change);

/* ---- hooks (hook.c; before and after a run: stage.h) --------------------------------------------------------- */

/* after_swap of run->record, which has swapped, unless the journal knows that a call has come to its end. */
void hook_after_swap(Run *run);

/* after_failure of run->record, which was found dead and is reverted; with the same exception. */
void hook_after_death(Run *run);

/* Takes the lock of one shadow schema. */
Status lock_schema(Run *run, const char *schema, LockPatience patience, Errors *errors) MUST_CHECK;

/* Takes the locks of the shadow schemas named by the plan. */
Status lock_schemas(Run *run, LockPatience patience, Errors *errors) MUST_CHECK;

/* ---- preparation (prepare.c) ------------------------------------------------------------------------------- */

/* Names in text that nobody can follow. */
void prepare_warn(const Run *run);

/* ---- views that the set had (former.c) ---------------------------------------------------------------------- */

/*
 * Fills run->former, and gives the plan shadows for the schemas of those that leave.  Needs run->begun of a resumed
 * run.  Every call starts anew.
 */
Status former_find(Run *run, Errors *errors) MUST_CHECK;

/* What a view of the generation takes over from: the live one of its name, if there is one, or of its former name. */
typedef struct Predecessor
{
    Name name;
    const LiveView *live;
} Predecessor;
Predecessor former_predecessor(const Run *run, const PlanView *view);

/* NULL: the relation is none of them. */
const FormerView *former_find_oid(const Run *run, uint32_t oid);

/* Is the relation (0: none) one that leaves with this run? */
bool former_leaves(const Run *run, uint32_t oid);

/* Those that leave: their OIDs, and their entries in the journal's list of views, which is a child of `context`. */
uint32_t *former_leaving_oids(const void *context, const Run *run, size_t *ret_count);
void former_record(const Run *run, const void *context, JournalView **views, size_t *count);

/* ---- snapshot (snapshot.c) --------------------------------------------------------------------------------- */

/* Opens run->holder, and records its coordinate as the run's. */
Status snapshot_take(Run *run, Errors *errors) MUST_CHECK;

/* ---- what the generation does not contain (seam.c) ---------------------------------------------------------- */

/* Reads the server's counters of writes into run->record->seam: right before the snapshot. */
Status seam_begin(Run *run, Errors *errors) MUST_CHECK;

/* Reads them again before the swap: run->record->seam as the journal has it, run->view_seams, and a line about it. */
Status seam_measure(Run *run, Errors *errors) MUST_CHECK;

/* ---- shadow schemas (schema.c) ---------------------------------------------------------------------------- */

typedef struct SchemaState
{
    uint32_t oid; /* 0: does not exist */
    const char *comment;
    const char *acl; /* aclitem[] as text */
    int64_t objects;
    const char *examples; /* up to three objects in it, described */
    const char *default_privileges; /* on what is created in it: one of those, described, or NULL */
} SchemaState;

Status schema_state(const void *context, PgConnection *control, const char *name, SchemaState *ret_state,
                    Errors *errors) MUST_CHECK;

/*
 * The comment that marks a shadow schema: "matswap set=SET run=RUN incoming", with " (made beforehand)" after it
 * for a schema that somebody else made and that is kept when the run is over.
 */
char *schema_marker(const void *context, const char *set, const char *run, const char *side, bool made);

/* Is `comment` a marker of this set (and, with run not NULL, of this run)? */
bool schema_marker_matches(const char *comment, const char *set, const char *run);

/* The set and the run named in a marker; NULL if `comment` is none. */
char *schema_marker_set(const void *context, const char *comment);
char *schema_marker_run(const void *context, const char *comment);

/* Of a comment that is a marker: was the schema made by matswap, and does it hold an old generation? */
bool schema_marker_made(const char *marker);
bool schema_marker_is_outgoing(const char *marker);

/* Makes (or takes over) and marks the incoming or outgoing schemas of run->record, in one transaction. */
Status schema_make_incoming(Run *run, Errors *errors) MUST_CHECK;
Status schema_make_outgoing(Run *run, Errors *errors) MUST_CHECK;

/* What a resumed run's builders lack on its incoming schemas: run->schema_grants, in one transaction. */
Status schema_grant_to_builders(Run *run, Errors *errors) MUST_CHECK;

/*
 * Drops the shadow schemas that this run made, or puts back comment and privileges of those made beforehand.  A schema
 * that is not empty, or not marked by this run, stays, with a warning that names what is in it.
 */
Status schema_drop_incoming(Run *run, Errors *errors) MUST_CHECK;
Status schema_drop_outgoing(Run *run, Errors *errors) MUST_CHECK;

/* The same for one outgoing schema that an earlier run kept. */
Status schema_drop_kept(Run *run, const char *name, const char *owning_run, SchemaBefore before,
                        Errors *errors) MUST_CHECK;

/* ---- retire (retire.c) ------------------------------------------------------------------------------------ */

/*
 * stage_retire for a run that an earlier command left in SWAPPED: here a failure is one, since what the command is to
 * do next needs the place.
 */
Status retire_again(Run *run, Errors *errors) MUST_CHECK;

/* Drops the generation that an earlier run kept in the outgoing schemas: the swap needs them empty. */
Status retire_kept(Run *run, Errors *errors) MUST_CHECK;

/* ---- what the swap has replaced (replaced.c) ---------------------------------------------------------------- */

/* The comment that marks an object outside the set which a run's swap has replaced, but for its number. */
char *replaced_marker(const void *context, const char *set, const char *run);

/* Drops them, once the statements that may have looked one up are over, or have had blocked_patience. */
Status replaced_drop(Run *run, const char *owning_run, Errors *errors) MUST_CHECK;

/* ---- relations (relations.c) ------------------------------------------------------------------------------ */

/* "table", "sequence", ... by pg_class.relkind; NULL for a view of either kind */
const char *relation_kind_word(const char *relkind);

typedef struct Relation
{
    uint32_t oid;
    Name name;
    ViewKind kind;
    bool is_table; /* somebody's table, that an object to be rebound is on: it is locked, and stays */
    const char *owner;
} Relation;

/* What carries each of the names now: rows of live_relations.sql, talloc child of `context`. */
Status relations_live(const void *context, PgConnection *control, const Name *names, size_t count, PgRows **ret_rows,
                      Errors *errors) MUST_CHECK;

/* The same for the views of a run. */
Status relations_live_of(const void *context, PgConnection *control, const JournalRun *record, PgRows **ret_rows,
                         Errors *errors) MUST_CHECK;

/* All views in the given schemas. */
Status relations_in_schemas(const void *context, PgConnection *control, const char *const *schemas,
                            size_t schema_count, Relation **ret_relations, size_t *ret_count,
                            Errors *errors) MUST_CHECK;

/* Those in the incoming schemas that run->record made (revert.c). */
Status relations_made(Run *run, Relation **ret_relations, size_t *ret_count, Errors *errors) MUST_CHECK;

/*
 * Drops the relations, readers first, in batches of one transaction each, never with CASCADE: each is locked
 * by its name, and dropped only if the name then still belongs to its OID.  Waits for readers in short tries
 * for up to `patience_ms` in all, then fails with ERROR_LOCKED naming who sits on what.
 */
Status relations_drop(Run *run, const Relation *relations, size_t count, int64_t patience_ms,
                      Errors *errors) MUST_CHECK;

/* The same within the transaction that is open, without patience. */
Status relations_drop_within(Run *run, const Relation *relations, size_t count, Errors *errors) MUST_CHECK;

/*
 * Who has kept us from locking the relations (an array literal of their OIDs), for a remedy; NULL when nobody does
 * any more.
 */
char *relations_blockers(const void *context, PgConnection *control, const char *oids);

/* One of them, in words, with how to end it; `row` of what relations_holders gives. */
char *relations_holder_text(const void *context, const PgRows *rows, size_t row);

/* All of them: rows of swap_blockers.sql. */
Status relations_holders(const void *context, PgConnection *control, const char *oids, PgRows **ret_rows,
                         Errors *errors) MUST_CHECK;

/*
 * What depends on one of the relations: rows of dependents_objects.sql.  What stands on one of `members` has on_member, and
 * what is a part of one is not among them; nor is what lives in one of `schemas`.
 */
typedef struct OidList
{
    const uint32_t *oids;
    size_t count;
} OidList;
Status relations_dependents(const void *context, PgConnection *control, OidList relations, OidList members,
                            OidList schemas, PgRows **ret_rows, Errors *errors) MUST_CHECK;

/* ALTER … OWNER TO its own owner: the lock that writes nothing. */
char *relation_lock_sql(const void *context, const Relation *relation);

/* ---- changes by others (changed.c) ------------------------------------------------------------------------- */

/* Do the live names carry what run->record says, and the names in the incoming schemas what it built?  ERROR_CHANGED */
Status changed_check(Run *run, Errors *errors) MUST_CHECK;

/*
 * After a failure: names who has the lock on one of the relations that could not be had; see run_open for how long one
 * is waited for.
 */
void locked_explain(Run *run, const uint32_t *oids, size_t count, Errors *errors, size_t before);

/* After a failure: where the server has refused a statement because of such a change, that is the error instead. */
void changed_explain(Run *run, Errors *errors);

/* ---- texts of users (origin.c) ------------------------------------------------------------------------------ */

/* Where `sql`, which has the query's text in it, would begin in the file. */
PgOrigin origin_within(const char *sql, const SqlQuery *query, const char *path);

/* ---- validation (validate.c) ------------------------------------------------------------------------------- */

/* "public.x: rows: max_shrink: was …": what a broken rule is reported as. */
char *rule_failure_text(const void *context, const RuleResult *result);

/* ---- totals (totals.c) ------------------------------------------------------------------------------------ */

typedef struct SumColumn
{
    const char *name;
    bool is_float; /* its sum depends on the order of the rows */
} SumColumn;

/* What is measured of a view beside its rows. */
typedef struct MeasuredColumns
{
    SumColumn *sums; /* minimum and maximum too */
    size_t sum_count;
    ColumnNames not_null;   /* how many are null */
    const char *event_time; /* minimum and maximum, which is the watermark; NULL: none */
} MeasuredColumns;

/*
 * SELECT, in one pass, of row_count; totals, {"column": "sum"}; measures, {"nulls": {"column": "count"}, "minimum": {…},
 * "maximum": {…}} or NULL for nothing; watermark.  Every value is text, times are ISO 8601.
 */
char *totals_sql(const void *context, Name relation, const MeasuredColumns *columns);

/* `measures`, or NULL, with what build_source.sql has given. */
char *totals_add_source(const void *context, const char *measures, const PgRows *rows);

/* SELECT of the first ten keys that occur more than once (validate_unique.c). */
char *unique_sql(const void *context, Name relation, ColumnNames key);

/* What the rules ask for of a new view. */
MeasuredColumns totals_columns(const void *context, const ViewRules *rules, const Recipe *recipe);

/* ---- swap (swap.c, swap_*.c, settle.c) --------------------------------------------------------------------- */

/* What one swap does, as data.  Used by the run, by its --dry-run, and by `rollback`. */
typedef struct SwapPlan
{
    Relation *locks; /* every relation that is moved away or rebound, in the order of locking */
    size_t lock_count;
    const char **statements; /* moves out, moves in, rebinds; in order */
    PgOrigin *origins;
    size_t statement_count;
    uint32_t *live_oids; /* what carries the live names now */
    size_t live_count;
    uint32_t *new_oids;
    size_t new_count;
} SwapPlan;

/* From run->record (old_oid, new_oid, schemas), run->preflight (rebinds) and the catalog's extended statistics. */
Status swap_plan(const void *context, Run *run, SwapPlan **ret_plan, Errors *errors) MUST_CHECK;

/* The value of swap_surroundings.sql for these live relations; talloc child of `run`. */
Status swap_surroundings(Run *run, const uint32_t *oids, size_t count, const char **ret_fingerprint,
                         Errors *errors) MUST_CHECK;

/* Executes it: tries, locks, moves, COMMIT; the journal goes SWAPPING → SWAPPED. */
Status swap_execute(Run *run, const SwapPlan *plan, Errors *errors) MUST_CHECK;

/* Says what of lock_timeout and on_blocked the server does not allow, and who else notices the swap; part of preparation. */
Status swap_check_limits(Run *run, Errors *errors) MUST_CHECK;

/* What the swap cost those who read: how long locks were held, how many tries it took, how long these took. */
char *swap_cost_text(const void *context, const JournalRun *record);

/* Establishes what the swap of run->record did, and advances the journal to SWAPPED or back to VALIDATED. */
Status swap_settle(Run *run, Errors *errors) MUST_CHECK;

/* The generation row's per-view JSON. */
char *generation_views_json(const void *context, const Run *run);

/* ---- clock ------------------------------------------------------------------------------------------------ */

/* Milliseconds of CLOCK_MONOTONIC. */
double stage_clock_ms(void);

#endif
