#include "dependents_internal.h"

#include "matswap/memory.h"
#include "pg_sql.h"
#include "preflight_internal.h"

typedef struct Edge
{
    size_t reader, needed;
} Edge;

typedef struct Sorting
{
    Dependents *dependents;
    Edge *edges; /* by reader */
    size_t edge_count;
    bool *seen;
    size_t *order; /* positions, each after what it needs; but in a ring somebody has to come first */
    size_t *rank;  /* the inverse */
    size_t sorted;
} Sorting;

/* Recursion is as deep as the longest chain of dependents. */
static void visit(Sorting *sorting, size_t position)
{
    if (sorting->seen[position])
        return;
    sorting->seen[position] = true;
    for (size_t i = 0; i < sorting->edge_count; i++)
        if (sorting->edges[i].reader == position)
            visit(sorting, sorting->edges[i].needed);
    sorting->rank[position] = sorting->sorted;
    sorting->order[sorting->sorted++] = position;
}

/* In a ring, views and rules can be replaced in any order; what is made anew has to be there first. */
static void check_rings(const Sorting *sorting)
{
    const Dependent *items = sorting->dependents->items;
    for (size_t i = 0; i < sorting->edge_count; i++)
    {
        const Dependent *reader = &items[sorting->edges[i].reader];
        const Dependent *needed = &items[sorting->edges[i].needed];
        if (needed->anew && sorting->rank[sorting->edges[i].needed] > sorting->rank[sorting->edges[i].reader])
            error_remedy(preflight_refuse(sorting->dependents->errors, needed->label, "%s and %s need one another, and "
                                          "%s can't be made anew before the other is there", needed->label,
                                          reader->label, needed->label),
                         "drop one of them before the run and create it again afterwards");
    }
}

static Status read_edges(Sorting *sorting)
{
    Dependents *dependents = sorting->dependents;
    DependentArrays arrays = dependents_arrays(dependents);
    const char *parameters[] = {arrays.classes, arrays.oids};
    PgRows *rows;
    if (pg_query(dependents->scratch, dependents->run->control, &rows, dependents->errors, SQL_DEPENDENTS_EDGES, 2,
                 parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        Edge edge = {(size_t) pg_integer(rows, row, "reader") - 1, (size_t) pg_integer(rows, row, "needed") - 1};
        MEM_PUSH(dependents->scratch, sorting->edges, sorting->edge_count, edge);
    }
    return STATUS_OK;
}

Status dependents_sort(Dependents *dependents)
{
    size_t count = dependents->count;
    Sorting sorting = {.dependents = dependents,
                       .seen = mem_array(dependents->scratch, bool, count),
                       .order = mem_array(dependents->scratch, size_t, count),
                       .rank = mem_array(dependents->scratch, size_t, count)};
    if (read_edges(&sorting) != STATUS_OK)
        return STATUS_FAILED;
    Dependent *sorted = mem_array(dependents->scratch, Dependent, count);
    for (size_t i = 0; i < count; i++)
        visit(&sorting, i);
    check_rings(&sorting);
    for (size_t i = 0; i < count; i++)
        sorted[i] = dependents->items[sorting.order[i]];
    dependents->items = sorted;
    return STATUS_OK;
}
