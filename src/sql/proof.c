#include "sql_internal.h"

#include <string.h>

#include "matswap/memory.h"

/*
 * Proof (a): turn the source's tree into the one that the new text must have, and compare.  This side works on
 * nodes alone and knows nothing of offsets and tokens; the edits know nothing of what is expected here.
 */

typedef struct Expectation
{
    SqlGeneration generation;
    Arena *arena;
} Expectation;

static void expect_site(const Site *site, void *closure)
{
    const Expectation *expectation = closure;
    if (site->name.schema == NULL)
        return;
    const char *schema = expectation->generation.new_schema(expectation->generation.closure, site->name);
    if (schema == NULL)
        return;
    if (site->kind == REFERENCE_CONSTANT)
        *site->schema = constant_replace(expectation->arena, *site->schema, site->inside, schema);
    else
        *site->schema = arena_strdup(expectation->arena, schema);
}

static void expect_sites(ProtobufCMessage *message, void *closure)
{
    const Expectation *expectation = closure;
    site_each(message, expectation->arena, expect_site, closure);
    if (site_below(message))
        tree_each_child(message, expect_sites, closure);
}

/* CREATE MATERIALIZED VIEW name AS query WITH NO DATA, as the parser would make it. */
static PgQuery__Node *expect_created(PgQuery__Node *query, Name name, Arena *arena)
{
    PgQuery__RangeVar *range = arena_alloc(arena, sizeof *range);
    pg_query__range_var__init(range);
    range->schemaname = arena_strdup(arena, name.schema);
    range->relname = arena_strdup(arena, name.name);
    range->inh = true;
    range->relpersistence = arena_strdup(arena, "p");
    PgQuery__IntoClause *into = arena_alloc(arena, sizeof *into);
    pg_query__into_clause__init(into);
    into->rel = range;
    into->on_commit = PG_QUERY__ON_COMMIT_ACTION__ONCOMMIT_NOOP;
    into->skip_data = true;
    PgQuery__CreateTableAsStmt *create = arena_alloc(arena, sizeof *create);
    pg_query__create_table_as_stmt__init(create);
    create->query = query;
    create->into = into;
    create->objtype = PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW;
    PgQuery__Node *node = arena_alloc(arena, sizeof *node);
    pg_query__node__init(node);
    node->node_case = PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT;
    node->create_table_as_stmt = create;
    return node;
}

static void expect_flags(PgQuery__Node *node)
{
    switch ((int) node->node_case)
    {
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
        node->create_table_as_stmt->if_not_exists = false;
        node->create_table_as_stmt->into->skip_data = true;
        break;
    case PG_QUERY__NODE__NODE_INDEX_STMT:
        node->index_stmt->if_not_exists = false;
        node->index_stmt->concurrent = false;
        break;
    case PG_QUERY__NODE__NODE_CREATE_STMT:
        node->create_stmt->if_not_exists = false;
        break;
    case PG_QUERY__NODE__NODE_CREATE_STATS_STMT:
        node->create_stats_stmt->if_not_exists = false;
        break;
    default:
        break;
    }
}

static PgQuery__Node *expect(const SqlStatement *statement, SqlGeneration generation, Arena *arena)
{
    PgQuery__Node *node = packed_unpack(statement->edits->tree, arena)->stmt;
    const char *schema = rewrite_target_schema(statement, generation);
    if (node->node_case == PG_QUERY__NODE__NODE_GRANT_STMT)
    {
        node->grant_stmt->objects += statement->edits->which;
        node->grant_stmt->n_objects = 1;
    }
    Expectation expectation = {generation, arena};
    expect_sites(tree_of_node(node), &expectation);
    if (statement->edits->bare)
        return expect_created(node, (Name){schema, statement->view.name}, arena);
    expect_flags(node);
    Target target;
    if (target_find(node, 0, &target))
    {
        target_name_set_schema(&target.about, arena, schema);
        if (!target_name_empty(&target.makes))
            target_name_set_schema(&target.makes, arena, schema);
    }
    return node;
}

static Status contradiction(const SqlStatement *statement, const char *what, const char *text, Errors *errors)
{
    Error *error = errors_add(errors, ERROR_INTERNAL, "%s rewritten for the new generation %s", statement->tag, what);
    error_at(error, statement->file->path, statement->line, statement->column);
    error_remedy(error, "please report the statement; names without a schema need no edit and avoid this");
    error->context = mem_strdup(error, text);
    return STATUS_FAILED;
}

Status proof_check(const SqlStatement *statement, SqlGeneration generation, const char *text, Errors *errors)
{
    void *scratch = mem_context(statement->edits);
    Arena *arena = arena_new(scratch);
    const Packed *packed = packed_parse(scratch, text);
    Status status = STATUS_OK;
    if (packed->message != NULL)
        status = contradiction(statement, mem_printf(scratch, "does not parse: %s", packed->message), text, errors);
    else if (packed->count != 1)
        status = contradiction(statement, "is not one statement", text, errors);
    else
    {
        const PgQuery__Node *expected = expect(statement, generation, arena);
        const PgQuery__Node *made = packed_unpack(packed->statements[0], arena)->stmt;
        if (!tree_equal(&expected->base, &made->base))
            status = contradiction(statement, "has another tree than expected", text, errors);
    }
    talloc_free(scratch);
    return status;
}
