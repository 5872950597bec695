/*
 * isolate_dependents.c: what depends, outside the set, on nothing but kept views stays as it is: not bound anew, not
 * locked.
 */
#include "array.h"
#include "isolate.h"
#include "matswap/memory.h"
#include "pg_sql.h"

/* Relations that the swap moves out, then the objects to be rebound. */
typedef struct Nodes
{
    uint32_t *classes;
    size_t class_count;
    uint32_t *oids;
    size_t count;
    size_t moved;
} Nodes;

static const uint32_t pg_class = 1259; /* RelationRelationId: src/include/catalog/pg_class.h */

static void add_node(const void *scratch, Nodes *nodes, uint32_t class, uint32_t oid)
{
    MEM_PUSH(scratch, nodes->classes, nodes->class_count, class);
    MEM_PUSH(scratch, nodes->oids, nodes->count, oid);
}

static Nodes nodes_of(const Run *run, const void *scratch)
{
    Nodes nodes = {0};
    for (size_t i = 0; i < run->record->view_count; i++)
        if (journal_view_moves_out(&run->record->views[i]))
            add_node(scratch, &nodes, pg_class, run->record->views[i].old_oid);
    nodes.moved = nodes.count;
    for (size_t i = 0; i < run->preflight->rebind_count; i++)
        add_node(scratch, &nodes, run->preflight->rebinds[i].class, run->preflight->rebinds[i].oid);
    return nodes;
}

/* Objects to be rebound come after what they need, so that one pass finds what is reached through another. */
static void mark(Run *run, const Nodes *nodes, const PgRows *edges)
{
    for (size_t i = 0; i < run->preflight->rebind_count; i++)
    {
        Rebind *rebind = &run->preflight->rebinds[i];
        rebind->idle = true;
        for (size_t row = 0; row < pg_row_count(edges); row++)
        {
            size_t needed = (size_t) pg_integer(edges, row, "needed") - 1;
            if ((size_t) pg_integer(edges, row, "reader") - 1 == nodes->moved + i &&
                (needed < nodes->moved || !run->preflight->rebinds[needed - nodes->moved].idle))
                rebind->idle = false;
        }
    }
}

Status isolate_dependents(Run *run, Errors *errors)
{
    if (!isolate_any(run->record) || run->preflight->rebind_count == 0)
        return STATUS_OK;
    void *scratch = mem_context(run);
    Nodes nodes = nodes_of(run, scratch);
    const char *parameters[] = {array_of_oids(scratch, nodes.classes, nodes.count),
                                array_of_oids(scratch, nodes.oids, nodes.count)};
    PgRows *edges;
    Status status = pg_query(scratch, run->control, &edges, errors, SQL_DEPENDENTS_EDGES, 2, parameters);
    if (status == STATUS_OK)
        mark(run, &nodes, edges);
    talloc_free(scratch);
    return status;
}

bool isolate_is_idle(const Preflight *preflight, const Relation *relation)
{
    bool idle = false;
    for (size_t i = 0; i < preflight->rebind_count; i++)
        if (preflight->rebinds[i].relation == relation->oid)
        {
            if (!preflight->rebinds[i].idle)
                return false;
            idle = true;
        }
    return idle;
}
