#include "sql_internal.h"

#include <stdlib.h>
#include <string.h>

#include "matswap/memory.h"

/* Names of CTEs that hide relations, innermost first. */
typedef struct Scope
{
    const char *name;
    const struct Scope *outer;
} Scope;

typedef struct Collector
{
    const Item *item;
    const Target *target; /* NULL: a bare query */
    SqlStatement *statement;
    const Scope *scope;
    bool locking; /* inside FOR UPDATE OF, whose names are those of the FROM clause */
} Collector;

static void collect(ProtobufCMessage *message, void *closure);

static bool is_hidden(const Collector *collector, const char *name)
{
    for (const Scope *scope = collector->scope; scope != NULL; scope = scope->outer)
        if (strcmp(scope->name, name) == 0)
            return true;
    return false;
}

static bool is_target(const Collector *collector, const Site *site)
{
    const Target *target = collector->target;
    return target != NULL && target->about.range != NULL && site->schema == &target->about.range->schemaname;
}

static bool is_own(const Collector *collector, Name name)
{
    return collector->statement->phase != SQL_CREATE &&
           name_equal(name_in_schema(name, collector->item->reading->default_schema), collector->statement->view);
}

static Name copy_name(const void *context, Name name)
{
    return (Name){mem_strdup(context, name.schema), mem_strdup(context, name.name)};
}

/*
 * The tokens of the name; false when the source has no such name: the grammar puts in names of its own
 * (int becomes pg_catalog.int4, CREATE RECURSIVE VIEW makes a query around the query).
 */
static bool find_tokens(const Source *source, const Site *site, size_t *ret_first, size_t *ret_end)
{
    size_t first = site->location < 0 ? source->token_count : source_token_at(source, (size_t) site->location);
    if (first == source->token_count)
        return false;
    if (site->kind == REFERENCE_CONSTANT)
    {
        *ret_first = first;
        *ret_end = source_after_string(source, first);
        return true;
    }
    if (site->catalog)
        first = source_after_name(source, first) + 1;
    size_t end = source_after_name(source, first);
    bool dot = source_kind(source, end) == PG_QUERY__TOKEN__ASCII_46;
    if (end > source->token_count || (site->name.schema != NULL && !dot))
        return false;
    *ret_first = first;
    *ret_end = end;
    return true;
}

static void add_edit(SqlStatement *statement, const Site *site, const Reference *reference)
{
    Edit edit = {EDIT_MEMBER, reference->offset, reference->length, reference->name, NULL, {{NULL, NULL}, 0, 0}};
    if (site->kind == REFERENCE_CONSTANT)
    {
        edit.kind = EDIT_CONSTANT;
        edit.value = mem_strdup(statement, *site->schema);
        edit.inside = site->inside;
        edit.inside.name = reference->name;
    }
    edit_add(statement, edit);
}

static void add_site(const Site *site, void *closure)
{
    const Collector *collector = closure;
    SqlStatement *statement = collector->statement;
    const Source *source = collector->item->source;
    if (is_target(collector, site))
        return;
    if (site->kind == REFERENCE_RELATION && site->name.schema == NULL &&
        (collector->locking || is_hidden(collector, site->name.name)))
        return;
    size_t first;
    size_t end;
    if (!find_tokens(source, site, &first, &end))
        return;
    Reference reference = {site->kind, copy_name(statement, site->name), source->tokens[first].start, 0, 0, 0};
    reference.length = source->tokens[end - 1].end - reference.offset;
    source_place(source, reference.offset, &reference.line, &reference.column);
    if (site->name.schema != NULL)
        add_edit(statement, site, &reference);
    if (!is_own(collector, site->name))
        MEM_PUSH(statement, statement->references, statement->reference_count, reference);
}

static void push_scope(Collector *collector, const char *name)
{
    Scope *scope = arena_alloc(collector->item->reading->arena, sizeof *scope);
    *scope = (Scope){name, collector->scope};
    collector->scope = scope;
}

static void refuse(const Collector *collector, int location, const char *what, const char *remedy)
{
    size_t offset = location < 0 ? collector->statement->offset : (size_t) location;
    Error *error = source_error(collector->item->source, offset, collector->item->reading->errors, "%s", what);
    error_remedy(error, "%s", remedy);
}

/* '{s.x,s.y}'::regclass[]: the server records no dependency on what it names, so proof (b) could not guard it. */
static void check_array_literal(const Collector *collector, const PgQuery__TypeCast *cast)
{
    const PgQuery__AConst *constant =
        cast->arg->node_case == PG_QUERY__NODE__NODE_A_CONST ? cast->arg->a_const : NULL;
    if (constant == NULL || constant->val_case != PG_QUERY__A__CONST__VAL_SVAL ||
        cast->type_name->n_array_bounds == 0 || constant_type(cast->type_name) == CONSTANT_NONE)
        return;
    const char *value = constant->sval->sval;
    if (value[strspn(value, "{}0123456789, \t\r\n")] != '\0')
        refuse(collector, constant->location, "an array literal holds names of relations or types",
               "write them one by one, as in ARRAY['a', 'b']::regclass[]");
}

static void collect_cte(Collector *collector, PgQuery__CommonTableExpr *cte)
{
    if (cte->ctequery->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        refuse(collector, cte->location, "the query must not change data in its WITH clause",
               "let the WITH query be a SELECT");
    collect(&cte->base, collector);
}

/*
 * https://www.postgresql.org/docs/current/queries-with.html : without RECURSIVE a WITH query sees the ones before
 * it; with it, all of them and itself.
 */
static void collect_with(Collector *collector, const PgQuery__WithClause *with)
{
    if (with->recursive)
        for (size_t i = 0; i < with->n_ctes; i++)
            push_scope(collector, with->ctes[i]->common_table_expr->ctename);
    for (size_t i = 0; i < with->n_ctes; i++)
    {
        PgQuery__CommonTableExpr *cte = with->ctes[i]->common_table_expr;
        collect_cte(collector, cte);
        if (!with->recursive)
            push_scope(collector, cte->ctename);
    }
}

static void collect_except_with(ProtobufCMessage *message, void *closure)
{
    if (message->descriptor != &pg_query__with_clause__descriptor)
        collect(message, closure);
}

static void collect_select(PgQuery__SelectStmt *select, Collector *collector)
{
    const Scope *outer = collector->scope;
    if (select->into_clause != NULL)
        refuse(collector, select->into_clause->rel->location, "the query must not have INTO",
               "take INTO out: the file's name or CREATE MATERIALIZED VIEW names the view");
    if (select->with_clause != NULL)
        collect_with(collector, select->with_clause);
    tree_each_child(&select->base, collect_except_with, collector);
    collector->scope = outer;
}

static void collect(ProtobufCMessage *message, void *closure)
{
    Collector *collector = closure;
    if (message->descriptor == &pg_query__select_stmt__descriptor)
    {
        collect_select((PgQuery__SelectStmt *) message, collector);
        return;
    }
    if (message->descriptor == &pg_query__param_ref__descriptor)
        refuse(collector, ((PgQuery__ParamRef *) message)->location, "the query must not have parameters",
               "put the value in place of the parameter");
    if (message->descriptor == &pg_query__type_cast__descriptor)
        check_array_literal(collector, (const PgQuery__TypeCast *) message);
    site_each(message, collector->item->reading->arena, add_site, collector);
    bool locking = collector->locking;
    if (message->descriptor == &pg_query__locking_clause__descriptor)
        collector->locking = true;
    if (site_below(message))
        tree_each_child(message, collect, collector);
    collector->locking = locking;
}

static int compare_references(const void *a, const void *b)
{
    const Reference *left = a;
    const Reference *right = b;
    return (left->offset > right->offset) - (left->offset < right->offset);
}

void reference_collect(const Item *item, const Target *target, SqlStatement *statement)
{
    Collector collector = {item, target, statement, NULL, false};
    collect(tree_of_node(item->raw->stmt), &collector);
    if (statement->reference_count > 1)
        qsort(statement->references, statement->reference_count, sizeof(Reference), compare_references);
}
