/*
 * foreign.h: the foreign tables that a generation is computed from: which server, as which role, read by which views
 * (foreign.c); and whether they can be opened (foreign_probe.c).
 */
#ifndef MATSWAP_STAGE_FOREIGN_H
#define MATSWAP_STAGE_FOREIGN_H

#include "stage_internal.h"

typedef struct ForeignRead
{
    size_t position; /* of the root that reads it */
    const char *server, *wrapper;
    Name table;
    const char *role; /* it is read as */
    uint32_t mapping; /* the user mapping that counts for it; 0: none */
    bool direct;      /* we may read the table as that role */
    Name entry;       /* else: what we may read, and as whom */
    const char *entry_role;
    bool is_program; /* to open it is to start a program */
} ForeignRead;

typedef struct ForeignReads
{
    ForeignRead *items; /* by server, role, table, root */
    size_t count;
} ForeignReads;

/* Of the relations `roots`; those of the generation, among them and between, are `own`.  talloc child of `context` */
Status foreign_find(const Run *run, const void *context, OidList roots, OidList own, ForeignReads *ret_reads,
                    Errors *errors) MUST_CHECK;

/*
 * Opens each table once in each of its roles, on a connection of its own that is closed again.  What cannot be opened is
 * an ERROR_REFUSED that names its server and the views, all of them in one go; or, with on_failure = isolate, in
 * run->unbuildable of each of the views.  positions are the plan's.
 */
Status foreign_probe(Run *run, const ForeignReads *reads, Errors *errors) MUST_CHECK;

/* Those that the built generation was computed from, by name, each once.  talloc child of `context` */
Status foreign_names(const Run *run, const void *context, const char ***ret_names, size_t *ret_count,
                     Errors *errors) MUST_CHECK;

/* The servers of each of the plan's views, for plan_transactions.  talloc child of `context` */
PlanServers *foreign_servers(const void *context, const Plan *plan, const ForeignReads *reads);

/* "public.a, public.b: built in one transaction, …" */
char *foreign_transaction_text(const void *context, const PlanTransaction *transaction);

/* run->transactions, said so, with a warning where one is several to one server all the same. */
void foreign_join_views(Run *run, const ForeignReads *reads);

#endif
