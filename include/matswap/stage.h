/*
 * stage.h: the protocol: snapshot, build, validate, swap, retire, recover, and what has to be known before.
 *
 * Stages execute a Plan and write the journal.  A Run is the context of one command on one set; every stage
 * takes it, in this order:
 *
 *     run_open       journal, control connection, the set's lock, the fence
 *     recover        whatever an earlier run left is reverted or finished
 *     preflight      reads the catalog: every reason why the run would be refused; who depends on the set
 *     rehearse       creates the whole generation empty, in one transaction that is rolled back: every error of
 *                    the users' SQL, the attributes to carry over, the column contract, the catalog proof
 *     snapshot → build → validate → swap → retire
 *
 * Locks (all session-level advisory locks of the control connection; keys are FNV-1a hashes, see stage/lock.c):
 *     "set NAME"         exclusive, held for the whole command: one run at a time
 *     "schema s_new"     exclusive, one per shadow schema: sets that share a schema take turns
 *     "fence NAME"       shared, held by every worker and the snapshot holder: what a new run waits for, after
 *                        it has ended the backends that hold it, before it touches anything
 */
#ifndef MATSWAP_STAGE_H
#define MATSWAP_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matswap/config.h"
#include "matswap/error.h"
#include "matswap/journal.h"
#include "matswap/pg.h"
#include "matswap/plan.h"
#include "matswap/report.h"
#include "matswap/space.h"

/* What carries a planned view's live name now. */
typedef struct LiveView
{
    uint32_t oid; /* 0: nothing, the view is new */
    ViewKind kind;
    const char *owner; /* role name */
    int64_t bytes;     /* with indexes and TOAST; 0 for an ordinary view */
    bool populated;    /* a materialized view that can be read */
} LiveView;

/*
 * A view that an earlier generation of the set published, which is still live and which the SQL files state no more; or
 * one that the configuration calls the former name of another.
 */
typedef struct FormerView
{
    Name name;
    LiveView live;
    const PlanView *successor; /* the view of the generation that is renamed_from it; NULL: none */
    bool leaves; /* the swap moves it out with the old generation; else it is left alone */
} FormerView;

/* A shadow schema as the preflight found it. */
typedef struct ShadowSchema
{
    const char *name;
    uint32_t oid;        /* 0: to be made */
    const char *comment; /* NULL: none */
} ShadowSchema;

/*
 * An object outside the set that is bound to it (a view, a function with a bound body or a row type, a policy, a rule, a
 * default, a trigger), and the statements that make it follow: one before the generations change places, which takes
 * what is made anew out of its name; those that bind it to the new one; one that drops what was taken away.
 */
typedef struct Rebind
{
    const char *label; /* "view apps.three" */
    uint32_t class, oid;
    uint32_t relation; /* the view itself, or what the object is on; 0: a function */
    bool anew;         /* made anew, not replaced in its place */
    bool idle;         /* it is only bound to views that stay out of the swap: nothing is to be done */
    const char *before; /* NULL: nothing */
    const char **statements; /* all names qualified */
    size_t statement_count;
    const char *aside; /* "VIEW apps.matswap_16384": what the old one is called then; NULL: it is replaced in its place */
    const char *after; /* drops it; NULL: nothing */
} Rebind;

typedef struct Preflight
{
    const char *role;   /* current_user of the control connection */
    bool superuser;
    bool inherits; /* what it is a member of (before 16: of all, or of none) */
    const char *system_identifier;
    const char *database;
    LiveView *live;         /* [plan->view_count] */
    ShadowSchema *incoming; /* [plan->schema_count] */
    ShadowSchema *outgoing; /* [plan->schema_count] */
    Rebind *rebinds;        /* in dependency order: each after what it needs */
    size_t rebind_count;
    struct Relation *rebind_locks; /* relations outside the set that the rebinds are or are on */
    size_t rebind_lock_count;
    char *dependents; /* fingerprint of all of them, as they were read */
    bool generation_schema; /* schema matswap exists */
    bool generation_table;  /* matswap.generation exists */
    Errors *advice; /* what onlookers lack, as refusals would say it; no run ends for it */
    Space *space; /* how much disk the generation takes; NULL: not looked at */
    bool room_to_resume;    /* the lock table has room for a rehearsal that also drops what is built */
} Preflight;

typedef struct RecipeStatement
{
    const char *sql;
    PgOrigin origin; /* file NULL: carried over from the live view */
    /* what it creates is stored there unless the statement itself says where; NULL: in the session's default */
    const char *tablespace, *access_method;
} RecipeStatement;

typedef struct RecipeColumn
{
    const char *name;
    const char *type; /* format_type(atttypid, atttypmod) */
    const char *collation; /* qualified, or NULL for the type's default */
    bool summable; /* its sum is a number */
    bool is_float; /* that depends on the order of the rows */
    bool temporal; /* a point in time */
    bool generated, has_default, is_json; /* of an import: see ImportColumn */
} RecipeColumn;

/* source_total, to be asked in the transaction that fills the view; see build_source.sql. */
typedef struct SourceTotal
{
    const char *sql; /* NULL: the view has none */
    PgOrigin origin;
    ColumnNames sums; /* that it is compared with, beside those of the rule `sums` */
} SourceTotal;

/* How one view of the generation is made: the plan's statements and the attributes carried over. */
typedef struct Recipe
{
    const char *role; /* SET LOCAL ROLE: the view's owner; NULL: the connecting role */
    RecipeStatement *before_data; /* CREATE, carried attributes, the files' attributes: in the build transaction */
    size_t before_data_count;
    RecipeStatement *privileges; /* those carried, then the files': last in it, as the owner may keep too few to build */
    size_t privilege_count;
    RecipeStatement *indexes; /* the files', then those carried over; any order, any worker */
    size_t index_count;
    RecipeStatement *index_attributes; /* after all indexes, in order */
    size_t index_attribute_count;
    RecipeColumn *columns;
    size_t column_count;
    bool analyze_again; /* an index is on an expression: ANALYZE once more after the indexes */
    const char *sources; /* oid[] of the tables below a materialized view, outside the generation; NULL: none */
    SourceTotal source_total;
    double cost;        /* the planner's total cost of its query; 0 for an ordinary view */
    const char **grantors; /* roles other than the owner that grant in privileges: they need USAGE on the schema */
    size_t grantor_count;
    const char **keepers; /* roles other than the owner that own its statistics objects: they need CREATE there */
    size_t keeper_count;
} Recipe;

typedef enum RunUntil
{
    UNTIL_END,
    UNTIL_BUILT,
    UNTIL_VALIDATED
} RunUntil;

/* A failure of a rule that does not keep the generation from being published. */
typedef struct Acceptance
{
    const char *written; /* "tolerance(amount)@donations" */
    ViewKey rule;
    const char *subject; /* NULL: all that the rule is about */
    const char *view;    /* as written */
    Name name;
    const char *reason;
    bool needed; /* the validation has found such a failure */
} Acceptance;

/* Does it speak of this subject of its rule? */
bool acceptance_is_about(const Acceptance *acceptance, const char *subject);

typedef struct RunOptions
{
    bool dry_run;
    RunUntil until;
    int jobs;      /* 0: the configuration's */
    bool keep_old; /* or the configuration's */
    Acceptance *accept;
    size_t accept_count;
    bool drop_removed; /* views that the files state no more leave with the old generation */
    bool look_only; /* `check`: the journal is not created (run->journal may be NULL), and no backend is ended */
    int64_t skipped_before; /* starts that `run --every` skipped since the run before */
    bool orphans;   /* `rollback --orphans`: the journal is read if it is there (run->journal may be NULL) */
} RunOptions;

/* What `resume` makes of one of the plan's views. */
typedef struct ResumedView
{
    const JournalView *recorded; /* the interrupted run's entry; NULL: the view is new in the plan */
    const char *because;         /* why it is built, or built again; NULL: it stays as it was built */
} ResumedView;

typedef struct Run
{
    const Config *config;
    const Plan *plan; /* NULL for commands that need none (rollback, status) */
    RunOptions options;
    Report *report;
    Journal *journal;
    JournalRun *record; /* the run under way: views parallel to plan->views, then those that leave, as
                           journal_view_leaves says; schemas to plan->schemas */
    const JournalRun *begun; /* for `resume`: the interrupted run, which says what is to leave; else NULL */
    FormerView *former; /* by stage_prepare */
    size_t former_count;
    ResumedView *resumed; /* [plan->view_count] while `resume` decides: record->views may be another list; else NULL */
    PgConnection *control;
    PgConnection *holder; /* keeps the exported snapshot open; NULL before snapshot and after build */
    const char *snapshot_name; /* pg_export_snapshot() */
    Preflight *preflight;
    Recipe *recipes; /* [plan->view_count] */
    PlanTransaction *transactions; /* of several views, by stage_rehearse; foreign_snapshot = together */
    size_t transaction_count;
    const char **view_seams; /* [record->view_count] JSON of what each view does not contain, NULL: of nothing known; or NULL */
    ViewChange *changes; /* what a rehearsal has found, also one that ended in a refusal; else NULL */
    size_t change_count; /* the plan's views, then the former ones */
    RuleResult *results; /* the verdict, by stage_validate; else NULL */
    size_t result_count;
    /* fingerprint of what surrounds the live views (privileges, comments, indexes), taken before any of it was read:
     * the swap checks under its locks that it is still the same, as it does with preflight->dependents */
    const char *surroundings;
    const char **schema_grants; /* GRANTs on the incoming schemas for the roles of the recipes; run them, on one */
    size_t schema_grant_count;  /* connection, when the schemas are made */
    double opened_ms;      /* when it was, by the clock of durations; 0: it was not */
    JournalTask *before_run; /* the hook's call, to be noted once the run is in the journal; NULL: there was none */
    double prepare_ms;     /* how long stage_prepare took, just before it is over */
    bool journal_missed;   /* lost after the swap, and said so */
    Errors **unbuildable; /* [plan->view_count] by stage_rehearse: why a view is not even begun; NULL: it is */
    size_t *groups;   /* of the record's views, as plan_groups has them: by stage_build, and stage_resume */
    Errors *failures; /* of views that have failed, where that does not end the run; NULL: none yet */
} Run;

/* ---- before ----------------------------------------------------------------------------------------------- */

/*
 * preflight and rehearse, with what both read fingerprinted first (run->surroundings).  With a run->record to go on
 * with there is no rehearsal: stage_resume decides whether one is needed.
 */
Status stage_prepare(Run *run, Errors *errors) MUST_CHECK;

/* Fills run->preflight.  Appends every refusal (ERROR_REFUSED), each naming the object and the way out. */
Status stage_preflight(Run *run, Errors *errors) MUST_CHECK;

/*
 * The privilege that pg_has_role() has to show for SET ROLE (https://www.postgresql.org/docs/current/sql-set-role.html); and
 * what makes the role `member`, which `inherits` or not, a member of `granted` that can act for it in every way, as remedy and
 * statements.
 */
const char *stage_set_role_privilege(int server_version);
Error *stage_advise_membership(Error *error, int server_version, const char *member, bool inherits, const char *granted);

/*
 * For `plan`: only whether the database has what the files refer to and the set has not, and how much disk the
 * generation takes (run->preflight->space; what there is to say of that is the preflight's only advice).  Needs
 * run->config, run->plan and run->control, takes no lock and writes nothing; works on a hot standby too.
 */
Status stage_check_references(Run *run, Errors *errors) MUST_CHECK;

/*
 * For `plan`, too, when the files refer to nothing that is missing: a line for each group of views that
 * foreign_snapshot = together has one transaction build.  Owned by `run`.
 */
Status stage_transactions_text(Run *run, char **ret_text, Errors *errors) MUST_CHECK;

/*
 * Fills run->recipes.  Everything happens in one transaction on the control connection that is always rolled
 * back; each view under a savepoint, so that the errors of all files come in one go (a view whose input failed
 * is skipped silently: its input's error is the news).
 * With on_failure = isolate, what the server says to the files' own statements goes to run->unbuildable instead, as
 * long as a group without such a view is left.
 */
Status stage_rehearse(Run *run, Errors *errors) MUST_CHECK;

/*
 * The difference between the columns of a view and those of its successor, which are paired by name.  A column that
 * only makes room for others, or takes their place, has not moved: as few as possible have.  No server needed.
 */
void columns_compare(const void *context, const RecipeColumn *old, size_t old_count, const RecipeColumn *new,
                     size_t new_count, ColumnChange **ret_changes, size_t *ret_count);

/* One view of the generation while it is rehearsed: both relations exist (live_oid 0: the view is new). */
typedef struct CarryPair
{
    const PlanView *view;
    uint32_t live_oid;
    uint32_t new_oid;
    Recipe *recipe;
} CarryPair;

/*
 * The statements that give each new relation what the live one has and the files do not state: owner excepted
 * (it was created by it).  The new relations are empty, created by their files' SQL_CREATE and CREATE STATISTICS
 * alone.  A new view gets the privileges that a build in its live schema would have given it by default.
 * Appends to recipe->before_data, and (second function, after the files' indexes exist) to recipe->indexes and
 * recipe->index_attributes; executes nothing.  All pairs at once: a few queries for a thousand views.
 * search_path must be pg_catalog, so that definitions come with all names qualified.
 */
Status carry_attributes(Run *run, const CarryPair *pairs, size_t count, Errors *errors) MUST_CHECK;
Status carry_indexes(Run *run, const CarryPair *pairs, size_t count, Errors *errors) MUST_CHECK;

/*
 * Proof (b): nothing among `new_oids` depends, directly or through an unmanaged view, function, type or
 * constant, on a relation in `live_oids`.  Each violation is an ERROR_REFUSED with the chain of objects.
 * Runs on the control connection in whatever transaction is open there.
 */
Status catalog_proof(Run *run, const uint32_t *new_oids, size_t new_count, const uint32_t *live_oids,
                     size_t live_count, Errors *errors) MUST_CHECK;

/*
 * Dependents of live views outside the generation: those that can be rebound, as Rebind; every other one an
 * ERROR_REFUSED by name.  Part of stage_preflight.
 */
Status dependents_find(Run *run, Preflight *preflight, Errors *errors) MUST_CHECK;

/*
 * Parameters of dependents_fingerprint.sql for what was found, the first of them also swap_surroundings.sql's: under the
 * swap's locks both must give what they gave before.  talloc child of `context`.
 */
enum
{
    DEPENDENTS_FINGERPRINT_PARAMETERS = 5
};
const char **dependents_fingerprint_parameters(const void *context, const Run *run);

/* Does every dependent to be rebound still fit the columns that the rehearsal found?  Part of stage_rehearse. */
Status dependents_check_columns(Run *run, Errors *errors) MUST_CHECK;

/* The same for a generation that is built, where no rehearsal comes before its swap. */
Status dependents_check_built(Run *run, Errors *errors) MUST_CHECK;

/* ---- the run ---------------------------------------------------------------------------------------------- */

/* Journal, control connection, locks, fence.  ERROR_BUSY names who holds the set, and since when. */
Status run_open(Run *run, Errors *errors) MUST_CHECK;

/* Deals with an unfinished run as journal_state.h says for `run`.  Plain for the caller: afterwards there is
 * no unfinished run. */
Status stage_recover(Run *run, RecoveryCommand command, Errors *errors) MUST_CHECK;

/*
 * For `resume`, with run->record in BUILDING, BUILT or VALIDATED, and its plan: prepares, and decides what stays as it
 * was built.  Afterwards the run stands in BUILT or VALIDATED with nothing to build, or in BUILDING, with a new snapshot
 * where stage_build needs one.  Where nothing can stay, or with `strict` when the generation would be of two snapshots,
 * it is reverted, run->record is NULL, and the command starts over.  On failure the run is left to be resumed again.
 */
Status stage_resume(Run *run, bool strict, Errors *errors) MUST_CHECK;

/* Reverts run->record, as `run` does with what it finds; run->record is NULL afterwards. */
Status stage_abandon(Run *run, Errors *errors) MUST_CHECK;

/* A line for each coordinate of a generation that has several. */
void stage_report_coordinates(const Run *run);

Status stage_snapshot(Run *run, Errors *errors) MUST_CHECK;
Status stage_build(Run *run, Errors *errors) MUST_CHECK;
/* run->results may be printed whether it passed (STATUS_OK) or not (ERROR_REJECTED). */
Status stage_validate(Run *run, Errors *errors) MUST_CHECK;
Status stage_swap(Run *run, Errors *errors) MUST_CHECK;
Status stage_retire(Run *run, Errors *errors) MUST_CHECK;

/*
 * Of a run that has come to where it should: an ERROR_ISOLATED for each group of views that stays out of the swap, and
 * then what made them fail.  STATUS_OK when there is none.
 */
Status stage_report_isolated(Run *run, Errors *errors) MUST_CHECK;

/* What stage_swap would do, as the statements themselves: for --dry-run.  Owned by `run`. */
Status stage_swap_text(Run *run, char **ret_text, Errors *errors) MUST_CHECK;

/*
 * Swaps the generation that the last run kept (keep_old) back in, as a run of its own, in one transaction with
 * the same locks and checks; what was live is kept in turn.  ERROR_REFUSED when nothing is kept.
 */
Status stage_rollback(Run *run, Errors *errors) MUST_CHECK;

/* Removes the new generation of run->record and its schemas: REVERTING, REVERTED. */
Status stage_revert(Run *run, RunOutcome outcome, const Errors *reason, Errors *errors) MUST_CHECK;

/*
 * Reverts the run after the failure in `errors`, if there is anything to revert and it is known to be unpublished;
 * always STATUS_FAILED.  The failure stays the first error, and decides the exit code.
 */
Status stage_give_up(Run *run, Errors *errors) MUST_CHECK;

/*
 * At the end of a command: the journal forgets runs of the set that are over since keep_history.  That it could not is a
 * warning.
 */
void stage_forget(const Run *run);

/* ---- hooks (hook.c) ---------------------------------------------------------------------------------------- */

/*
 * before_run, of a run that is to begin (not of a dry one): ERROR_HOOK when it does not succeed, ERROR_CANCELLED when a signal
 * ended it.  after_swap is stage_retire's to call.
 */
Status stage_before_run(Run *run, Errors *errors) MUST_CHECK;

/*
 * after_failure, for a command that ends with these errors and has published nothing; run->record may be NULL, and so may
 * run->journal then.  What becomes of it is a line or a warning.
 */
void stage_after_failure(Run *run, const Errors *errors);

/*
 * The metrics of the set (metrics.c), for a command that ends with these errors; `swapped`: run->record has.  What keeps them
 * from being written is a warning.
 */
void stage_write_metrics(const Run *run, bool swapped, const Errors *errors);

/* For `check`: programs that are not there. */
void stage_check_hooks(const Run *run, Errors *errors);

/* ---- without a journal ------------------------------------------------------------------------------------- */

/*
 * Finds, by the markers, what runs of the set left and the journal (run->journal, may be NULL) does not account for;
 * only reads, and waits for no lock.  `known`: the views of the SQL files, as far as these can be read.
 */
Status orphans_find(Run *run, const Name *known, size_t known_count, Leftovers **ret_leftovers,
                    Errors *errors) MUST_CHECK;

/*
 * For `status`: fills in holders, workers, blockers and leftovers of *server, a talloc object.  Needs run->config and
 * run->control, a connection with this label, and run->journal where there is one; `unfinished` is its run.
 */
extern const char *const stage_inspect_label;
Status stage_inspect(Run *run, const JournalRun *unfinished, const Name *known, size_t known_count,
                     ServerStatus *server, Errors *errors) MUST_CHECK;

/* Fills in rows and bytes of each view. */
Status orphans_measure(Run *run, Leftovers *leftovers, Errors *errors) MUST_CHECK;

/* Removes it: needs the set's lock and the fence.  Interrupted anywhere, it can be found and removed again. */
Status orphans_remove(Run *run, const Leftovers *leftovers, Errors *errors) MUST_CHECK;

#endif
