/*
 * preflight_internal.h: the parts of stage_preflight, one topic per file.
 *
 * Each part returns STATUS_FAILED only when it could not look (a statement failed); what it finds is appended to
 * `errors` as ERROR_REFUSED and the next part goes on, so that a user hears of everything in one go.  All of it
 * runs in one REPEATABLE READ, READ ONLY transaction.
 */
#ifndef MATSWAP_STAGE_PREFLIGHT_INTERNAL_H
#define MATSWAP_STAGE_PREFLIGHT_INTERNAL_H

#include "matswap/stage.h"

/* The old generation that an earlier run kept, and this one retires. */
typedef struct KeptGeneration
{
    uint32_t *schemas;
    size_t schema_count;
    uint32_t *relations;
    size_t relation_count;
} KeptGeneration;

/* What the preflight knows beyond what later stages need. */
typedef struct PreflightScratch
{
    bool may_create_schema;
    int64_t lock_slots, locks_per_transaction;
    int64_t *index_counts; /* [plan->view_count] of the live relations */
    const PlanView **kept; /* views outside the generation that it reads */
    uint32_t *kept_oids;   /* 0: not there */
    size_t kept_count;
    bool may_read_generations; /* matswap.generation is there, and the role may read it */
    uint32_t *published; /* by preflight_find_published: tables that a run of the set brought in, among others */
    size_t published_count;
    KeptGeneration retired; /* by preflight_find_retired */
} PreflightScratch;

/* The live, incoming and outgoing schemas; schema matswap is preflight_records' part. */
Status preflight_schemas(Run *run, const PreflightScratch *scratch, Errors *errors) MUST_CHECK;

/* Schema matswap and what is in it; the audit table. */
Status preflight_records(Run *run, PreflightScratch *scratch, Errors *errors) MUST_CHECK;
Status preflight_audit(Run *run, Errors *errors) MUST_CHECK;

/* Which of the tables among the live relations (rows of preflight_live.sql) a run has published. */
Status preflight_find_published(Run *run, PreflightScratch *scratch, const PgRows *rows, Errors *errors) MUST_CHECK;

/* May the table `oid` be replaced by `view`, or, NULL, removed?  Else that is refused. */
bool preflight_may_replace(const Run *run, const PreflightScratch *scratch, const PlanView *view, const char *name,
                           uint32_t oid, Errors *errors);

/* What is on the tables that are replaced, and whether there is something to load. */
Status preflight_imports(Run *run, const PreflightScratch *scratch, Errors *errors) MUST_CHECK;

/* Types, indexes and statistics objects that have a name which the new generation needs. */
Status preflight_clashes(Run *run, Errors *errors) MUST_CHECK;

/* Names of the files that are not the set's: do they exist, and does one read the set?  */
Status preflight_externals(Run *run, const PreflightScratch *scratch, Errors *errors) MUST_CHECK;

/*
 * A row for each: OIDs of the `relation` and of the `type` that the name may mean under the search path that the files
 * are written for.
 */
Status preflight_look_up(Run *run, const void *memory, const PlanExternal *externals, size_t count, PgRows **ret_rows,
                         Errors *errors) MUST_CHECK;

/*
 * What the roles lack that build the views.  The rehearsal finds out all of it; where refusals keep it from taking
 * place (`rehearsed` is false), what can be told from the catalog alone.
 */
Status preflight_privileges(Run *run, bool rehearsed, Errors *errors) MUST_CHECK;

/* The role that builds the view, as its owner: the one that its files state, else the live view's, else the connected. */
const char *preflight_builder(const Run *run, const PlanView *view);

/* Roles, and what each needs the privileges for: parallel arrays. */
typedef struct PrivilegeNeeds
{
    const char **roles;
    uint32_t *relations;
    const char **itself; /* "t": it reads the relation; "f": it executes the relation's query */
    size_t count;
} PrivilegeNeeds;

/* What they lack: rows of privileges_missing.sql.  talloc child of `memory` */
Status privileges_missing(const Run *run, const void *memory, const PrivilegeNeeds *needs, PgRows **ret_rows,
                          Errors *errors) MUST_CHECK;

/* One of these rows as a refusal of the view, with the statement that grants it. */
Error *privileges_refuse(const PgRows *rows, size_t row, const PlanView *view, const char *builder, Errors *errors);

/* A privilege is carried over with its grantor: only that role, or a member of it, can grant it so. */
void preflight_refuse_grantor(const Run *run, const PlanView *view, const char *grantor, Errors *errors);

/* The old generation that an earlier run kept, and what would keep this run from retiring it.  After preflight_records. */
Status preflight_find_retired(Run *run, PreflightScratch *scratch, Errors *errors) MUST_CHECK;
Status preflight_kept(Run *run, const PreflightScratch *known, Errors *errors) MUST_CHECK;

/* How much disk the new generation takes: run->preflight->space.  After the live relations and preflight_find_retired. */
Status preflight_space(Run *run, const PreflightScratch *known, Errors *errors) MUST_CHECK;

/* OIDs of the live relations of the generation: those that exist.  talloc child of `context`. */
uint32_t *preflight_live_oids(const void *context, const Run *run, size_t *ret_count);

/* The same, and those of the views that leave: what is out of the live schemas' way when the new ones come. */
uint32_t *preflight_outgoing_oids(const void *context, const Run *run, size_t *ret_count);

/* The views that leave: may they be moved and dropped, and does anything stay that reads them?  */
Status preflight_former(Run *run, PreflightScratch *scratch, Errors *errors) MUST_CHECK;

/*
 * Fills *live from a row of preflight_live.sql about a view, and refuses what stands in the way of replacing it by
 * `view`, or, NULL, of removing it.
 */
void preflight_check_live(const Run *run, const PlanView *view, const char *name, const PgRows *rows, size_t row,
                          LiveView *live, Errors *errors);

/*
 * Whatever depends on one of the relations `leaving`, and is no part of `members` (which has these), is refused; `why`
 * follows "OBJECT depends on VIEW, ".
 */
Status preflight_refuse_readers(Run *run, const uint32_t *leaving, size_t count, const uint32_t *members,
                                size_t member_count, const char *why, const char *remedy, Errors *errors) MUST_CHECK;

/* ERROR_REFUSED about a database object, whose name is already quoted. */
Error *preflight_refuse(Errors *errors, const char *object, const char *format, ...) PRINTF_LIKE(3, 4);

/* What makes the connected role a member of `granted` that can act for it in every way, as remedy and statements. */
Error *preflight_advise_membership(Error *error, const Run *run, const char *granted);

/* The privilege that pg_has_role() has to show for SET ROLE: https://www.postgresql.org/docs/current/sql-set-role.html */
const char *preflight_set_role_privilege(const Run *run);

#endif
