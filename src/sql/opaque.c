#include "sql_internal.h"

#include <stdlib.h>
#include <string.h>

#include "matswap/memory.h"

/*
 * Places where a name or a query is text until the view is computed.  By node kind and by well-known names only: what
 * a user's function does with its arguments cannot be known here.
 */

typedef struct Watch
{
    const Item *item;
    SqlStatement *statement;
} Watch;

typedef struct Function
{
    const char *name;
    OpaqueKind kind;
    ConstantType type; /* of the name in its first argument; CONSTANT_NONE: that is no name */
} Function;

/*
 * https://www.postgresql.org/docs/current/functions-info.html (to_reg…), functions-xml.html (…_to_xml),
 * textsearch-features.html (ts_stat), dblink.html, tablefunc.html (crosstab)
 */
static const Function functions[] = {
    {"crosstab", OPAQUE_QUERY, CONSTANT_NONE},
    {"cursor_to_xml", OPAQUE_QUERY, CONSTANT_NONE},
    {"dblink", OPAQUE_QUERY, CONSTANT_NONE},
    {"query_to_xml", OPAQUE_QUERY, CONSTANT_NONE},
    {"query_to_xml_and_xmlschema", OPAQUE_QUERY, CONSTANT_NONE},
    {"query_to_xmlschema", OPAQUE_QUERY, CONSTANT_NONE},
    {"schema_to_xml", OPAQUE_QUERY, CONSTANT_NONE},
    {"table_to_xml", OPAQUE_NAME, CONSTANT_REGCLASS},
    {"table_to_xml_and_xmlschema", OPAQUE_NAME, CONSTANT_REGCLASS},
    {"table_to_xmlschema", OPAQUE_NAME, CONSTANT_REGCLASS},
    {"to_regclass", OPAQUE_NAME, CONSTANT_REGCLASS},
    {"to_regtype", OPAQUE_NAME, CONSTANT_REGTYPE},
    {"ts_stat", OPAQUE_QUERY, CONSTANT_NONE},
};

static const Name unknown = {NULL, NULL};

static const char *last_string(PgQuery__Node *const *names, size_t count)
{
    const PgQuery__Node *last = count == 0 ? NULL : names[count - 1];
    return last == NULL || last->node_case != PG_QUERY__NODE__NODE_STRING ? "" : last->string->sval;
}

static bool is_one_of(const PgQuery__TypeName *type, const char *const *names)
{
    const char *last = last_string(type->names, type->n_names);
    for (; *names != NULL; names++)
        if (strcmp(last, *names) == 0)
            return true;
    return false;
}

static bool is_textual(const PgQuery__TypeName *type)
{
    static const char *const names[] = {"text", "varchar", "bpchar", "name", NULL};
    return is_one_of(type, names);
}

static bool is_json(const PgQuery__TypeName *type)
{
    static const char *const names[] = {"json", "jsonb", "jsonpath", NULL};
    return is_one_of(type, names);
}

static void add(const Watch *watch, OpaqueKind kind, const char *what, int location, Name name)
{
    SqlStatement *statement = watch->statement;
    SqlOpaque opaque = {kind, what, {mem_strdup(statement, name.schema), mem_strdup(statement, name.name)}, 0, 0};
    size_t offset = location < 0 ? statement->offset : (size_t) location;
    source_place(watch->item->source, offset, &opaque.line, &opaque.column);
    MEM_PUSH(statement, statement->opaque, statement->opaque_count, opaque);
}

/* The value of a string constant; NULL when `node` is none. */
static const char *string_constant(const PgQuery__Node *node)
{
    bool string =
        node->node_case == PG_QUERY__NODE__NODE_A_CONST && node->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL;
    return string ? node->a_const->sval->sval : NULL;
}

static bool is_null(const PgQuery__Node *node)
{
    return node->node_case == PG_QUERY__NODE__NODE_A_CONST && node->a_const->isnull;
}

/* What is below casts to other types: 'x' of 'x'::text::varchar.  A cast to regclass or regtype is not gone through. */
static const PgQuery__Node *below_casts(const PgQuery__Node *node)
{
    while (node->node_case == PG_QUERY__NODE__NODE_TYPE_CAST &&
           constant_type(node->type_cast->type_name) == CONSTANT_NONE)
        node = node->type_cast->arg;
    return node;
}

static Name name_of(const Watch *watch, ConstantType type, const PgQuery__Node *node)
{
    const char *value = string_constant(below_casts(node));
    ConstantName name;
    return value != NULL && constant_parse(watch->item->reading->arena, type, value, &name) ? name.name : unknown;
}

/* The argument of a cast to regclass or regtype.  String constants in it are references, seen and edited. */
static void see_cast_argument(const Watch *watch, const PgQuery__TypeCast *cast, const PgQuery__Node *argument)
{
    if (argument->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR)
    {
        for (size_t i = 0; i < argument->a_array_expr->n_elements; i++)
            see_cast_argument(watch, cast, argument->a_array_expr->elements[i]);
        return;
    }
    const PgQuery__Node *below = below_casts(argument);
    if (string_constant(argument) != NULL || is_null(below) || below->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
        return;
    ConstantType type = constant_type(cast->type_name);
    add(watch, OPAQUE_NAME, type == CONSTANT_REGCLASS ? "a cast to regclass" : "a cast to regtype", cast->location,
        name_of(watch, type, argument));
}

static void see_as_text(const Watch *watch, ConstantType type, const PgQuery__Node *node)
{
    if (node->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR)
        for (size_t i = 0; i < node->a_array_expr->n_elements; i++)
            see_as_text(watch, type, node->a_array_expr->elements[i]);
    Name name = string_constant(node) == NULL ? unknown : name_of(watch, type, node);
    if (name.name != NULL)
        add(watch, OPAQUE_TEXT,
            type == CONSTANT_REGCLASS ? "the text of a regclass constant" : "the text of a regtype constant",
            node->a_const->location, name);
}

/* `node` becomes text: is it 'x'::regclass? */
static void see_operand(const Watch *watch, const PgQuery__Node *node)
{
    if (node == NULL || node->node_case != PG_QUERY__NODE__NODE_TYPE_CAST)
        return;
    ConstantType type = constant_type(node->type_cast->type_name);
    if (type != CONSTANT_NONE)
        see_as_text(watch, type, node->type_cast->arg);
}

/* The next element of '{a,"b c"}' or '(a,"b c")', unquoted; NULL: that was the last. */
static char *next_element(const Watch *watch, const char **at)
{
    static const char ends[] = "{}(), \t\r\n";
    const char *from = *at + strspn(*at, ends);
    char *element = arena_alloc(watch->item->reading->arena, strlen(from) + 1);
    size_t length = 0;
    bool quoted = false;
    for (; *from != '\0' && (quoted || strchr(ends, *from) == NULL); from++)
    {
        if (*from == '"' && !(quoted && from[1] == '"'))
        {
            quoted = !quoted;
            continue;
        }
        if ((*from == '\\' || *from == '"') && from[1] != '\0')
            from++;
        element[length++] = *from;
    }
    *at = from;
    return length == 0 && *from == '\0' ? NULL : element;
}

/*
 * '{s.x}'::t, which may be an array of regclass behind a domain: no dependency is recorded for it, so that the proof
 * after the build can't see it.  Only with a schema: '{x}' is far more often an enum's value.
 */
static void see_literal(const Watch *watch, const PgQuery__TypeCast *cast)
{
    const char *at = string_constant(cast->arg);
    if (at == NULL || (at[0] != '{' && at[0] != '(') || is_json(cast->type_name))
        return;
    ConstantName name;
    for (char *element = next_element(watch, &at); element != NULL; element = next_element(watch, &at))
        if (constant_parse(watch->item->reading->arena, CONSTANT_REGCLASS, element, &name) && name.name.schema != NULL)
            add(watch, OPAQUE_NAME, "a name inside an array or row constant", cast->arg->a_const->location, name.name);
}

static void see_cast(const Watch *watch, const PgQuery__TypeCast *cast)
{
    if (constant_type(cast->type_name) != CONSTANT_NONE)
        see_cast_argument(watch, cast, cast->arg);
    else if (is_textual(cast->type_name))
        see_operand(watch, cast->arg);
    else
        see_literal(watch, cast);
}

static void see_call(const Watch *watch, const PgQuery__FuncCall *call)
{
    const char *name = last_string(call->funcname, call->n_funcname);
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
    {
        const Function *function = &functions[i];
        if (strcmp(function->name, name) != 0)
            continue;
        bool named = function->type != CONSTANT_NONE && call->n_args > 0;
        if (named && below_casts(call->args[0])->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
            return; /* table_to_xml('x'::regclass, …): the cast is looked at by itself */
        add(watch, function->kind, function->name, call->location,
            named ? name_of(watch, function->type, call->args[0]) : unknown);
        return;
    }
}

static void see_operator(const Watch *watch, const PgQuery__AExpr *expression)
{
    if (strcmp(last_string(expression->name, expression->n_name), "||") != 0)
        return;
    see_operand(watch, expression->lexpr);
    see_operand(watch, expression->rexpr);
}

/* The type of a column in json_to_record(…) AS x(a regclass), XMLTABLE and the like. */
static void see_column_type(const Watch *watch, const PgQuery__TypeName *type)
{
    ConstantType named = constant_type(type);
    if (named != CONSTANT_NONE)
        add(watch, OPAQUE_NAME, named == CONSTANT_REGCLASS ? "a column of type regclass" : "a column of type regtype",
            type->location, unknown);
}

static void see(ProtobufCMessage *message, void *closure);

static void see_below_cast(ProtobufCMessage *message, void *closure)
{
    if (message->descriptor != &pg_query__type_name__descriptor)
        see(message, closure);
}

static void see(ProtobufCMessage *message, void *closure)
{
    const Watch *watch = closure;
    const ProtobufCMessageDescriptor *type = message->descriptor;
    bool cast = type == &pg_query__type_cast__descriptor;
    if (cast)
        see_cast(watch, (const PgQuery__TypeCast *) message);
    else if (type == &pg_query__func_call__descriptor)
        see_call(watch, (const PgQuery__FuncCall *) message);
    else if (type == &pg_query__a__expr__descriptor)
        see_operator(watch, (const PgQuery__AExpr *) message);
    else if (type == &pg_query__type_name__descriptor)
        see_column_type(watch, (const PgQuery__TypeName *) message);
    if (site_below(message))
        tree_each_child(message, cast ? see_below_cast : see, closure);
}

static int compare_places(const void *a, const void *b)
{
    const SqlOpaque *left = a;
    const SqlOpaque *right = b;
    int lines = (left->line > right->line) - (left->line < right->line);
    return lines != 0 ? lines : (left->column > right->column) - (left->column < right->column);
}

void opaque_collect(const Item *item, SqlStatement *statement)
{
    Watch watch = {item, statement};
    see(tree_of_node(item->raw->stmt), &watch);
    if (statement->opaque_count > 1)
        qsort(statement->opaque, statement->opaque_count, sizeof(SqlOpaque), compare_places);
}
