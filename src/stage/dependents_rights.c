#include <string.h>

#include "dependents_internal.h"
#include "matswap/memory.h"
#include "pg_sql.h"
#include "preflight_internal.h"

/* A row of dependents_facts.sql. */
typedef struct Facts
{
    const Dependents *dependents;
    const Dependent *dependent;
    const PgRows *rows;
    size_t row;
    char *role, *owner, *schema; /* quoted */
} Facts;

static bool says(const Facts *facts, const char *column)
{
    return pg_boolean(facts->rows, facts->row, column);
}

static Error *refuse(const Facts *facts, const char *why)
{
    return preflight_refuse(facts->dependents->errors, facts->dependent->label, "%s %s", facts->dependent->label, why);
}

static void check_place(const Facts *facts)
{
    const void *memory = facts->dependents->scratch;
    const char *label = facts->dependent->label;
    const char *extension = pg_value(facts->rows, facts->row, "extension");
    if (says(facts, "temporary"))
        error_remedy(refuse(facts, "is another session's temporary object and depends on the set"),
                     "end that session (of role %s), or have it drop the object", facts->owner);
    else if (extension != NULL)
        error_remedy(refuse(facts, mem_printf(memory, "depends on the set and belongs to extension %s", extension)),
                     "ALTER EXTENSION %s DROP %s %s", name_quote(memory, extension),
                     pg_text(facts->rows, facts->row, "kind"), facts->dependent->name);
    else if (!says(facts, "ours"))
        preflight_advise_membership(refuse(facts, mem_printf(memory, "depends on the set and is owned by %s, and role "
                                                             "%s may not act for it", facts->owner, facts->role)),
                                    facts->dependents->run, pg_text(facts->rows, facts->row, "owner"));
    else if (!says(facts, "may_create"))
        error_grant(preflight_refuse(facts->dependents->errors, label, "%s depends on the set, and role %s may not "
                                     "replace it: it lacks CREATE or USAGE on its schema", label, facts->role),
                    "GRANT USAGE, CREATE ON SCHEMA %s TO %s", facts->schema, facts->role);
}

/* What is made anew is made by this role, and given to its owner, who has to be able to have made it. */
static void check_making(const Facts *facts)
{
    const void *memory = facts->dependents->scratch;
    if (facts->dependent->anew && !says(facts, "owner_may_create"))
        error_grant(refuse(facts, mem_printf(memory, "has to be made anew with the set, and its owner %s lacks CREATE "
                                             "on its schema", facts->owner)),
                    "GRANT CREATE ON SCHEMA %s TO %s", facts->schema, facts->owner);
    if (!says(facts, "may_use_language"))
        error_remedy(refuse(facts, mem_printf(memory, "depends on the set, and role %s may not create functions in "
                                              "language %s", facts->role,
                                              pg_text(facts->rows, facts->row, "language"))),
                     "GRANT USAGE ON LANGUAGE %s TO %s, where it is a trusted one; else run as a superuser",
                     name_quote(memory, pg_text(facts->rows, facts->row, "language")), facts->role);
    if (!says(facts, "may_declare"))
        error_remedy(refuse(facts, "depends on the set, and is LEAKPROOF or has a SUPPORT function, which only a "
                            "superuser can declare"), "run as a superuser, or take that from it");
}

/* Each relation once: rules, policies and triggers share theirs. */
static void lock_relation(const Facts *facts)
{
    Preflight *preflight = facts->dependents->preflight;
    if (facts->dependent->relation == 0)
        return;
    for (size_t i = 0; i < preflight->rebind_lock_count; i++)
        if (preflight->rebind_locks[i].oid == facts->dependent->relation)
            return;
    Relation relation = {.oid = facts->dependent->relation,
                         .name = {mem_strdup(preflight, pg_text(facts->rows, facts->row, "schema")),
                                  mem_strdup(preflight, pg_text(facts->rows, facts->row, "relation"))},
                         .kind = VIEW_ORDINARY,
                         .is_table = !says(facts, "is_view"),
                         .owner = mem_strdup(preflight, pg_text(facts->rows, facts->row, "owner"))};
    MEM_PUSH(preflight, preflight->rebind_locks, preflight->rebind_lock_count, relation);
}

Status dependents_check_rights(Dependents *dependents)
{
    DependentArrays arrays = dependents_arrays(dependents);
    const char *parameters[] = {arrays.classes, arrays.oids, arrays.relations,
                                preflight_set_role_privilege(dependents->run)};
    PgRows *rows;
    if (pg_query(dependents->scratch, dependents->run->control, &rows, dependents->errors, SQL_DEPENDENTS_FACTS, 4,
                 parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        Dependent *dependent = &dependents->items[pg_integer(rows, row, "n") - 1];
        dependent->name = pg_text(rows, row, "name");
        Facts facts = {dependents, dependent, rows, row, name_quote(dependents->scratch, dependents->preflight->role),
                       name_quote(dependents->scratch, pg_text(rows, row, "owner")),
                       name_quote(dependents->scratch, pg_text(rows, row, "schema"))};
        check_place(&facts);
        check_making(&facts);
        lock_relation(&facts);
    }
    return STATUS_OK;
}
