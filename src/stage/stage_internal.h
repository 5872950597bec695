/*
 * stage_internal.h: what the stages share among themselves.
 */
#ifndef MATSWAP_STAGE_INTERNAL_H
#define MATSWAP_STAGE_INTERNAL_H

#include "matswap/stage.h"

/* ---- locks (lock.c) --------------------------------------------------------------------------------------- */

/* The bigint key, as text, of an advisory lock: FNV-1a over "matswap", the word and the name. */
char *lock_key(const void *context, const char *word, const char *name);

/* SQL that takes the fence of a set in shared mode: the first thing a worker or the snapshot holder does. */
char *lock_fence_sql(const void *context, const char *set);

/*
 * Takes the set's lock, ends what a dead run's workers still execute, and waits until they are gone.
 * `patience_ms`: how long another holder may take to go away before this is ERROR_BUSY.
 */
Status lock_set(Run *run, int patience_ms, Errors *errors) MUST_CHECK;

/* The second half of lock_set, for a command that holds the set's lock already. */
Status lock_raise_fence(Run *run, Errors *errors) MUST_CHECK;

/* pg_control_system()'s system_identifier; "" for a role that may not call it (`allowed`). */
Status run_system_identifier(const void *context, PgConnection *control, bool allowed, const char **ret_identifier,
                             Errors *errors) MUST_CHECK;

/* Opens the control connection anew and takes its locks, with back-off, for up to a minute. */
Status run_reconnect(Run *run, Errors *errors) MUST_CHECK;

/*
 * After the swap: a journal that is lost (journal_check_file) is a warning, once, and the run goes on without it; what
 * it still has to do, it knows.
 */
void run_miss_journal(Run *run);

/* The journal's entry of a run that begins now, but for its schemas and views; needs run->preflight.  child of `run` */
JournalRun *run_record_new(Run *run, RunState state);

/* Takes the locks of the shadow schemas named by the plan. */
Status lock_schemas(Run *run, Errors *errors) MUST_CHECK;

/* ---- shadow schemas (schema.c) ---------------------------------------------------------------------------- */

typedef struct SchemaState
{
    uint32_t oid; /* 0: does not exist */
    const char *comment;
    const char *acl; /* aclitem[] as text */
    int64_t objects;
    const char *examples; /* up to three objects in it, described */
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

/* Drops the generation that an earlier run kept in the outgoing schemas: the swap needs them empty. */
Status retire_kept(Run *run, Errors *errors) MUST_CHECK;

/* ---- relations (relations.c) ------------------------------------------------------------------------------ */

/* "MATERIALIZED VIEW" or "VIEW" */
const char *relation_kind_sql(ViewKind kind);

typedef struct Relation
{
    uint32_t oid;
    Name name;
    ViewKind kind;
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

/*
 * Drops the relations, readers first, in batches of one transaction each, never with CASCADE: each is locked
 * by its name, and dropped only if the name then still belongs to its OID.  Waits for readers in short tries
 * for up to `patience_ms` in all, then fails with ERROR_LOCKED naming who sits on what.
 */
Status relations_drop(Run *run, const Relation *relations, size_t count, int64_t patience_ms,
                      Errors *errors) MUST_CHECK;

/*
 * Who has kept us from locking the relations (an array literal of their OIDs), for a remedy; NULL when nobody does
 * any more.
 */
char *relations_blockers(const void *context, PgConnection *control, const char *oids);

/* ALTER … OWNER TO its own owner: the lock that writes nothing. */
char *relation_lock_sql(const void *context, const Relation *relation);

/* ---- totals (totals.c) ------------------------------------------------------------------------------------ */

/* SELECT of row count and sums, as columns row_count and totals (JSON text). */
char *totals_sql(const void *context, Name relation, const char *const *sums, size_t sum_count);

/* ---- swap (swap.c, swap_statements.c, settle.c) ------------------------------------------------------------ */

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

/* Establishes what the swap of run->record did, and advances the journal to SWAPPED or back to VALIDATED. */
Status swap_settle(Run *run, Errors *errors) MUST_CHECK;

/* The generation row's per-view JSON. */
char *generation_views_json(const void *context, const JournalRun *record);

/* ---- clock ------------------------------------------------------------------------------------------------ */

/* Milliseconds of CLOCK_MONOTONIC. */
double stage_clock_ms(void);

#endif
