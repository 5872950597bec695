#include "dependents_internal.h"

#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"

typedef struct Probe
{
    const Run *run;
    Name view;
    const char *schema; /* where its definition over the next generation stands for a moment */
} Probe;

static const char *new_schema(const void *closure, Name name)
{
    const Probe *probe = closure;
    if (name_equal(name, probe->view))
        return probe->schema;
    SqlGeneration generation = plan_generation(probe->run->plan);
    return generation.new_schema(generation.closure, name);
}

/* Its schema's own incoming one has no other relation of its name; in another's, there may be one, and no probe. */
static Probe probe_of(const Run *run, const Rebind *rebind)
{
    const Relation *relation = run->preflight->rebind_locks;
    while (relation->oid != rebind->oid)
        relation++;
    Probe probe = {run, relation->name, run->plan->schemas[0].incoming};
    for (size_t i = 0; i < run->plan->schema_count; i++)
        if (strcmp(run->plan->schemas[i].live, relation->name.schema) == 0)
            probe.schema = run->plan->schemas[i].incoming;
    return probe;
}

static Status create(const Probe *probe, const Rebind *rebind, Errors *errors)
{
    char *sql;
    SqlGeneration generation = {new_schema, probe};
    if (sql_rewrite_definition(errors, rebind->statements[0], rebind->label, generation, &sql, errors) != STATUS_OK)
        return STATUS_FAILED;
    return pg_run(probe->run->control, errors, sql);
}

static Status compare(const Probe *probe, const Rebind *rebind, const DependentMembers *members, bool *ret_fits,
                      Errors *errors)
{
    PgRows *rows;
    const char *parameters[] = {mem_printf(errors, "%u", rebind->oid), probe->schema, probe->view.name,
                                members->live, members->schemas, members->names};
    if (pg_query(errors, probe->run->control, &rows, errors, SQL_DEPENDENTS_FIT, 6, parameters) != STATUS_OK)
        return STATUS_FAILED;
    *ret_fits = pg_boolean(rows, 0, "fits");
    return STATUS_OK;
}

Status dependents_probe(const Run *run, const Rebind *rebind, const DependentMembers *members, bool *ret_fits,
                        Errors *objections, Errors *errors)
{
    Probe probe = probe_of(run, rebind);
    *ret_fits = false;
    if (pg_run(run->control, errors, SQL_REHEARSE_SAVEPOINT) != STATUS_OK)
        return STATUS_FAILED;
    Status created = create(&probe, rebind, objections);
    if (created == STATUS_OK)
        created = compare(&probe, rebind, members, ret_fits, objections);
    if (errors_have(objections, ERROR_CANCELLED))
    {
        errors_move(errors, objections);
        return STATUS_FAILED;
    }
    if (created != STATUS_OK)
        *ret_fits = false;
    return pg_run(run->control, errors, SQL_REHEARSE_UNDO);
}
