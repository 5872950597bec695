#include <stdlib.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/pg.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "preflight_internal.h"

typedef struct Object
{
    uint32_t class, oid;
} Object;

/* One object depends on another.  Kept sorted by `from`, as the server sent them. */
typedef struct Edge
{
    Object from, to;
    bool live; /* `to` is a live relation: a violation */
    size_t via; /* 1 + the edge by which `from` was reached first; 0: `from` is a new relation, or not reached yet */
} Edge;

typedef struct Graph
{
    Edge *edges;
    size_t count;
    bool *entered; /* [count] */
} Graph;

static int object_compare(Object a, Object b)
{
    if (a.class != b.class)
        return a.class < b.class ? -1 : 1;
    return a.oid == b.oid ? 0 : a.oid < b.oid ? -1 : 1;
}

/* The first edge that leaves `object`; graph->count if none does. */
static size_t first_edge(const Graph *graph, Object object)
{
    size_t low = 0;
    size_t high = graph->count;
    while (low < high)
    {
        size_t middle = low + (high - low) / 2;
        if (object_compare(graph->edges[middle].from, object) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < graph->count && object_compare(graph->edges[low].from, object) == 0 ? low : graph->count;
}

/* Puts the edges that leave `object` into the queue, once. */
static void enter(Graph *graph, Object object, size_t via, size_t *queue, size_t *queue_end)
{
    size_t first = first_edge(graph, object);
    if (first == graph->count || graph->entered[first])
        return;
    for (size_t i = first; i < graph->count && object_compare(graph->edges[i].from, object) == 0; i++)
    {
        graph->entered[i] = true;
        graph->edges[i].via = via;
        queue[(*queue_end)++] = i;
    }
}

/* Breadth first from all new relations at once, so that every chain is as short as any. */
static void find_chains(Graph *graph, const void *memory, const Object *roots, size_t root_count)
{
    size_t *queue = mem_array(memory, size_t, graph->count);
    size_t end = 0;
    for (size_t i = 0; i < root_count; i++)
        enter(graph, roots[i], 0, queue, &end);
    for (size_t next = 0; next < end; next++)
        if (!graph->edges[queue[next]].live)
            enter(graph, graph->edges[queue[next]].to, queue[next] + 1, queue, &end);
}

/* The chain that ends with edge `last`, from the new relation on. */
static Object *chain_of(const Graph *graph, const void *memory, size_t last, size_t *ret_count)
{
    size_t length = 1;
    for (size_t edge = last + 1; edge != 0; edge = graph->edges[edge - 1].via)
        length++;
    Object *chain = mem_array(memory, Object, length);
    size_t place = length;
    chain[--place] = graph->edges[last].to;
    for (size_t edge = last + 1; edge != 0; edge = graph->edges[edge - 1].via)
        chain[--place] = graph->edges[edge - 1].from;
    *ret_count = length;
    return chain;
}

static Status describe(Run *run, const void *memory, const Object *objects, size_t count, PgRows **ret_rows,
                       Errors *errors)
{
    uint32_t *classes = mem_array(memory, uint32_t, count);
    uint32_t *oids = mem_array(memory, uint32_t, count);
    for (size_t i = 0; i < count; i++)
    {
        classes[i] = objects[i].class;
        oids[i] = objects[i].oid;
    }
    const char *parameters[] = {array_of_oids(memory, classes, count), array_of_oids(memory, oids, count)};
    return pg_query(memory, run->control, ret_rows, errors, SQL_PROOF_DESCRIBE, 2, parameters);
}

static Status refuse_chain(Run *run, const void *memory, const Graph *graph, size_t last, Errors *errors)
{
    size_t count = 0;
    Object *chain = chain_of(graph, memory, last, &count);
    PgRows *rows = NULL;
    if (describe(run, memory, chain, count, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    Text *text = text_new(memory);
    const char *previous = NULL;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        const char *description = pg_text(rows, row, "description");
        if (!text_equal(description, previous)) /* a view and its rule have one name */
            text_addf(text, "%s%s", row > 0 ? " → " : "", description);
        previous = description;
    }
    const char *root = pg_text(rows, 0, "description");
    error_remedy(preflight_refuse(errors, root, "the new generation would read the live one: %s", text->data),
                 count > 3 ? "put what stands between them into the set, or have it refer to something else"
                           : "write the name without its schema in the file: then the server finds the new generation first");
    return STATUS_OK;
}

static Status read_graph(Run *run, const void *memory, const char *const *parameters, Graph *ret_graph, Errors *errors)
{
    PgRows *rows = NULL;
    if (pg_query(memory, run->control, &rows, errors, SQL_PROOF_EDGES, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    Graph graph = {.count = pg_row_count(rows)};
    graph.edges = mem_array(memory, Edge, graph.count);
    graph.entered = mem_array(memory, bool, graph.count);
    for (size_t row = 0; row < graph.count; row++)
        graph.edges[row] = (Edge) {.from = {pg_oid(rows, row, "from_class"), pg_oid(rows, row, "from_object")},
                                   .to = {pg_oid(rows, row, "class"), pg_oid(rows, row, "object")},
                                   .live = pg_boolean(rows, row, "live")};
    *ret_graph = graph;
    return STATUS_OK;
}

static Status prove(Run *run, const void *memory, const uint32_t *new_oids, size_t new_count, const char *live,
                    Errors *errors)
{
    const char *parameters[] = {array_of_oids(memory, new_oids, new_count), live};
    Graph graph;
    if (read_graph(run, memory, parameters, &graph, errors) != STATUS_OK)
        return STATUS_FAILED;
    Object *roots = mem_array(memory, Object, new_count);
    for (size_t i = 0; i < new_count; i++)
        roots[i] = (Object) {1259, new_oids[i]}; /* pg_class: RelationRelationId, src/include/catalog/pg_class.h */
    find_chains(&graph, memory, roots, new_count);
    for (size_t i = 0; i < graph.count; i++)
        if (graph.edges[i].live && refuse_chain(run, memory, &graph, i, errors) != STATUS_OK)
            return STATUS_FAILED;
    return STATUS_OK;
}

Status catalog_proof(Run *run, const uint32_t *new_oids, size_t new_count, const uint32_t *live_oids,
                     size_t live_count, Errors *errors)
{
    size_t before = errors->count;
    void *scratch = mem_context(NULL);
    Status status = prove(run, scratch, new_oids, new_count, array_of_oids(scratch, live_oids, live_count), errors);
    talloc_free(scratch);
    return status == STATUS_OK ? errors_since(errors, before) : status;
}
