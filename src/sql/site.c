#include "sql_internal.h"

#include <string.h>

/*
 * The node types that name a relation with its schema: RangeVar; ColumnRef of three fields and more (PostgreSQL
 * takes those for schema.relation.column, never for alias.column.field, which needs parentheses; two fields are
 * relation.column: transformColumnRef in parser/parse_expr.c); TypeName; and constants of type regclass and
 * regtype.  A RangeVar without a schema may also be a CTE: that is for the caller to know.
 */

static char *string_of(const PgQuery__Node *node)
{
    return node->node_case == PG_QUERY__NODE__NODE_STRING ? node->string->sval : NULL;
}

static char *no_empty(char *text)
{
    return text[0] == '\0' ? NULL : text;
}

static void visit_range(PgQuery__RangeVar *range, SiteVisit visit, void *closure)
{
    Site site = {REFERENCE_RELATION,
                 {no_empty(range->schemaname), range->relname},
                 range->catalogname[0] != '\0',
                 range->location,
                 &range->schemaname,
                 CONSTANT_NONE,
                 {{NULL, NULL}, 0, 0}};
    visit(&site, closure);
}

static void visit_column(PgQuery__ColumnRef *column, SiteVisit visit, void *closure)
{
    size_t count = column->n_fields;
    if (count < 3 || count > 4)
        return;
    const char *schema = string_of(column->fields[count - 3]);
    const char *relation = string_of(column->fields[count - 2]);
    if (schema == NULL || relation == NULL)
        return;
    Site site = {
        REFERENCE_COLUMN, {schema, relation},  count == 4, column->location, &column->fields[count - 3]->string->sval,
        CONSTANT_NONE,    {{NULL, NULL}, 0, 0}};
    visit(&site, closure);
}

static void visit_type(PgQuery__TypeName *type, SiteVisit visit, void *closure)
{
    size_t count = type->n_names;
    if (count == 0 || count > 3)
        return;
    Site site = {
        REFERENCE_TYPE,      {NULL, string_of(type->names[count - 1])}, count == 3, type->location, NULL, CONSTANT_NONE,
        {{NULL, NULL}, 0, 0}};
    if (count > 1)
    {
        site.name.schema = string_of(type->names[count - 2]);
        site.schema = &type->names[count - 2]->string->sval;
    }
    visit(&site, closure);
}

typedef struct ConstantSearch
{
    ConstantType type;
    Arena *arena;
    SiteVisit visit;
    void *closure;
} ConstantSearch;

/* 'x'::regclass, and the elements of ARRAY['x', …]::regclass[], which get the cast one by one */
static void visit_constants(PgQuery__Node *node, const ConstantSearch *search)
{
    if (node->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR)
    {
        for (size_t i = 0; i < node->a_array_expr->n_elements; i++)
            visit_constants(node->a_array_expr->elements[i], search);
        return;
    }
    if (node->node_case != PG_QUERY__NODE__NODE_A_CONST || node->a_const->val_case != PG_QUERY__A__CONST__VAL_SVAL)
        return;
    PgQuery__AConst *constant = node->a_const;
    Site site = {REFERENCE_CONSTANT, {NULL, NULL},        false, constant->location, &constant->sval->sval,
                 search->type,       {{NULL, NULL}, 0, 0}};
    if (!constant_parse(search->arena, search->type, constant->sval->sval, &site.inside))
        return;
    site.name = site.inside.name;
    search->visit(&site, search->closure);
}

static void visit_cast(const PgQuery__TypeCast *cast, Arena *arena, SiteVisit visit, void *closure)
{
    ConstantSearch search = {constant_type(cast->type_name), arena, visit, closure};
    bool array = cast->arg->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR;
    if (search.type != CONSTANT_NONE && array == (cast->type_name->n_array_bounds > 0))
        visit_constants(cast->arg, &search);
}

bool site_below(const ProtobufCMessage *message)
{
    return message->descriptor != &pg_query__def_elem__descriptor;
}

void site_each(ProtobufCMessage *message, Arena *arena, SiteVisit visit, void *closure)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    if (type == &pg_query__range_var__descriptor)
        visit_range((PgQuery__RangeVar *) message, visit, closure);
    else if (type == &pg_query__column_ref__descriptor)
        visit_column((PgQuery__ColumnRef *) message, visit, closure);
    else if (type == &pg_query__type_name__descriptor)
        visit_type((PgQuery__TypeName *) message, visit, closure);
    else if (type == &pg_query__type_cast__descriptor)
        visit_cast((const PgQuery__TypeCast *) message, arena, visit, closure);
}
