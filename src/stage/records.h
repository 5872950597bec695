/*
 * records.h: what is recorded of runs in the database itself.
 *
 *     records.c            schema matswap: what is there, and what is made when it is not
 *     preflight_records.c  what the role lacks for it
 *     audit.c              audit_table: a row for each view of a run
 *     failures.c           matswap.failure: why runs and views were not published
 *
 * matswap.generation is part of the swap: without it nothing is published.  matswap.failure and matswap.freshness came
 * later, and are for those who look on: a role that cannot make them is told so, and runs as it did before.
 */
#ifndef MATSWAP_STAGE_RECORDS_H
#define MATSWAP_STAGE_RECORDS_H

#include "stage_internal.h"

typedef enum FreshnessState
{
    FRESHNESS_ABSENT,
    FRESHNESS_OLD,    /* an older matswap made it, and it is ours to replace */
    FRESHNESS_FOREIGN, /* the same, and it is not; or it is no view of matswap's */
    FRESHNESS_CURRENT /* or a newer one's */
} FreshnessState;

/* What this role may do with schema matswap. */
typedef struct Records
{
    bool schema;
    bool schema_usage, schema_create;
    bool generation, generation_insert, generation_select;
    bool failure, failure_written; /* it exists; it can be written and read */
    FreshnessState freshness;
} Records;

/* Of the connection run->control, in whatever transaction is open there. */
Status records_look(Run *run, Records *ret_records, Errors *errors) MUST_CHECK;

/* Makes what is absent.  That of what only onlookers need something cannot be made is a warning. */
Status records_make(Run *run, Errors *errors) MUST_CHECK;

/* ---- the audit table (audit.c) ------------------------------------------------------------------------------ */

/* The table that the configuration names, as it is. */
typedef struct AuditTable
{
    const char *name; /* qualified; NULL: none is wanted */
    bool schema, schema_usage, schema_create;
    bool exists;
    bool is_table;
    bool may_insert;
    const char *missing;   /* columns that we fill, and it lacks; NULL: none */
    const char *required;  /* columns that it wants filled, and we do not know; NULL: none */
    const char *sequences; /* that an insertion takes numbers from, and may not; NULL: none */
    int64_t most_ms, most_rows; /* that its columns hold */
} AuditTable;

/* For a lock on it that somebody else has. */
extern const char audit_lock_timeout[];

/* Strings are children of `context`. */
Status audit_look(Run *run, const void *context, AuditTable *ret_table, Errors *errors) MUST_CHECK;
Status audit_make(Run *run, Errors *errors) MUST_CHECK;

/* Would it take rows?  Needs an open transaction, which stays usable. */
Status audit_try(Run *run, Errors *errors) MUST_CHECK;

/*
 * The statement that inserts the rows of a run whose swap is about to commit, or, second, of one that failed; NULL: no
 * table is wanted, or there is nothing to say.
 */
Status audit_swap_sql(Run *run, const void *context, const char **ret_sql, Errors *errors) MUST_CHECK;
Status audit_failed_sql(Run *run, const void *context, const char *reason, const char **ret_sql,
                        Errors *errors) MUST_CHECK;

/* ---- failures (failures.c) ---------------------------------------------------------------------------------- */

/*
 * Writes into the database why the run, which is at its end, has published nothing: matswap.failure and the audit table.
 * `reason`: the first error; NULL: it was found dead in `state`.  What cannot be written is a warning.
 */
void failures_record(Run *run, RunOutcome outcome, RunState state, const Error *reason);

/* The same for the views that stayed out of the swap that was just committed. */
void failures_record_isolated(Run *run);

#endif
