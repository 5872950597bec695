/*
 * dependents_internal.h: the objects outside the set that are bound to it, on their way from the catalog to statements.
 *
 * What follows the set is replaced in its place where the server allows that, and otherwise made anew: the old one is
 * renamed before the generations change places, the new one created under its name once they have, and the old one
 * dropped when everything is bound, in reverse order and without CASCADE, which proves that nothing was forgotten.
 * Whatever depends on an object that is made anew has to follow in its turn.
 */
#ifndef MATSWAP_DEPENDENTS_INTERNAL_H
#define MATSWAP_DEPENDENTS_INTERNAL_H

#include "stage_internal.h"

typedef enum DependentKind
{
    DEPENDENT_VIEW,
    DEPENDENT_FUNCTION, /* or procedure */
    DEPENDENT_RULE,     /* but _RETURN, which is its view */
    DEPENDENT_POLICY,
    DEPENDENT_DEFAULT,
    DEPENDENT_TRIGGER
} DependentKind;

typedef struct Dependent
{
    DependentKind kind;
    uint32_t class, oid;
    uint32_t relation; /* the view itself, or what the rule, policy, default or trigger is on; 0: a function */
    bool anew;         /* views and functions; triggers always are */
    const char *label; /* pg_describe_object() */
    const char *name;  /* of the view, function or relation, quoted */
    Rebind rebind;
} Dependent;

typedef struct Dependents
{
    Run *run;
    Preflight *preflight;
    void *scratch;
    Errors *errors;
    Dependent *items;
    size_t count;
} Dependents;

/* Is this a relation that is itself made anew? */
bool dependents_is_anew(const Dependents *dependents, uint32_t relation);

/* class, oid and relation of all items, as parameters: oid[]; an anew flag for each: boolean[]. */
typedef struct DependentArrays
{
    const char *classes, *oids, *relations, *anew;
} DependentArrays;
DependentArrays dependents_arrays(const Dependents *dependents);

/* What this role lacks to do it (dependents_rights.c); also the relations to lock, as preflight->rebind_locks. */
Status dependents_check_rights(Dependents *dependents) MUST_CHECK;

/* Puts the items in an order in which each comes after what it needs (dependents_order.c). */
Status dependents_sort(Dependents *dependents) MUST_CHECK;

/* The statements of each item (dependents_statements.c). */
Status dependents_read_statements(Dependents *dependents) MUST_CHECK;

/* ---- in the rehearsal, where the new generation stands in its own schemas ----------------------------------- */

/* The set's views, as parameters: OIDs of the live ones, schemas of the new ones, their names. */
typedef struct DependentMembers
{
    const char *live, *schemas, *names;
} DependentMembers;

/*
 * Does this view's definition, made over the new generation for a moment, have the columns that the view has now?  What
 * the server has against it comes as *objections; a definition that calls what is still to be made anew can't be tried,
 * and does not fit (dependents_probe.c).
 */
Status dependents_probe(const Run *run, const Rebind *rebind, const DependentMembers *members, bool *ret_fits,
                        Errors *objections, Errors *errors) MUST_CHECK;

#endif
