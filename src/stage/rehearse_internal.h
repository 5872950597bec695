/*
 * rehearse_internal.h: the state of one rehearsal, and what is looked at once the whole generation exists.
 */
#ifndef MATSWAP_REHEARSE_INTERNAL_H
#define MATSWAP_REHEARSE_INTERNAL_H

#include "carry_internal.h"

/* What the catalog says of a relation, as far as a rehearsed one and a built one can be compared. */
typedef struct MadeView
{
    const char *definition, *owner; /* NULL: there is none */
} MadeView;

typedef struct Rehearsal
{
    Run *run;
    Errors *errors;
    void *scratch;     /* lives as long as the rehearsal */
    bool *failed;      /* [plan->view_count] it, or something that it reads, could not be created or equipped */
    CarryPair *pairs;  /* those created, in build order */
    size_t pair_count;
    size_t *created;   /* [plan->view_count] statements of before_data that have been executed */
    size_t *indexed;   /* [plan->view_count] statements of indexes that have been executed */
    CarryPlaces *places; /* of the live generation */
    MadeView *built;   /* [plan->view_count] of a resumed run: what it built; NULL otherwise */
    bool hopeless;     /* the connection is gone, a signal came, a limit of the server is reached: stop */
} Rehearsal;

/* SET LOCAL search_path to `path`: quoted, as in Plan. */
Status rehearse_set_path(Rehearsal *rehearsal, const char *path) MUST_CHECK;

/* A limit of the server or its end: every further statement would only repeat it. */
bool rehearse_is_hopeless(const Error *error);

/* What can be done about a statement that the server refused, where we know more than it does. */
void rehearse_explain_error(const Rehearsal *rehearsal, const PlanView *view, Error *error);

/* ---- schemas and roles (rehearse_roles.c) ------------------------------------------------------------------ */

/* The incoming schemas that do not exist yet. */
Status rehearse_make_schemas(Rehearsal *rehearsal) MUST_CHECK;

/* The role that a view is created as, or NULL for the connecting one; child of run->recipes. */
const char *rehearse_find_role(const Run *run, const PlanView *view);

/* What the owners need in the schemas, and later what the roles need that grant on the views or own their statistics. */
Status rehearse_grant_to_owners(Rehearsal *rehearsal) MUST_CHECK;
Status rehearse_grant_to_others(Rehearsal *rehearsal) MUST_CHECK;

/* ---- what a resumed run has built (rehearse_resumed.c) ------------------------------------------------------ */

/* It stands where the rehearsal creates: it is dropped in the rehearsal's own transaction, which never commits. */
Status rehearse_drop_built(Rehearsal *rehearsal) MUST_CHECK;

/* Gives views in run->resumed that are not what the rehearsal has created a reason to be rebuilt. */
Status rehearse_compare_built(Rehearsal *rehearsal) MUST_CHECK;

/* ---- once the generation exists (rehearse_columns.c) ------------------------------------------------------- */

/* The columns of every recipe, and run->changes. */
Status rehearse_read_columns(Rehearsal *rehearsal) MUST_CHECK;

/* ---- once the generation exists (rehearse_rules.c) --------------------------------------------------------- */

/* Columns that rules name and the new view has not, or of which what the rule asks cannot be asked. */
Status rehearse_check_rules(Rehearsal *rehearsal) MUST_CHECK;

/* ---- once the generation exists (rehearse_source.c) -------------------------------------------------------- */

/* source_total of every recipe. */
Status rehearse_source_totals(Rehearsal *rehearsal) MUST_CHECK;

/* What is live now, and to be replaced or to leave. */
uint32_t *rehearse_live_oids(const Rehearsal *rehearsal, size_t *ret_count);

/* ---- once the generation exists (rehearse_facts.c) --------------------------------------------------------- */

/* analyze_again of every recipe. */
Status rehearse_find_expressions(Rehearsal *rehearsal) MUST_CHECK;

/* The `sources` of every recipe. */
Status rehearse_read_sources(Rehearsal *rehearsal) MUST_CHECK;

/* run->transactions; and every foreign table that the generation reads is opened once. */
Status rehearse_open_foreign(Rehearsal *rehearsal) MUST_CHECK;

/*
 * The planner's cost of each materialized view's query; what cannot be planned has cost 0, what its role may not
 * execute is refused.
 */
Status rehearse_read_costs(Rehearsal *rehearsal) MUST_CHECK;

/*
 * EXPLAIN, as the view's role, under `path`: with `failure` where the query cannot be planned.  The savepoint is always
 * rolled back, which gives the locks on what it reads back.
 */
Status rehearse_explain(Rehearsal *rehearsal, const CarryPair *pair, const char *path, const char *query,
                        PgRows **ret_rows, Errors *failure) MUST_CHECK;

/* Plans each check file's query (rehearse_checks.c). */
Status rehearse_try_checks(Rehearsal *rehearsal) MUST_CHECK;

/* Names that the new generation cannot take in the live schemas. */
Status rehearse_find_clashes(Rehearsal *rehearsal) MUST_CHECK;

#endif
