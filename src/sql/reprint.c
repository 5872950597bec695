/*
 * reprint.c: a definition as the server prints it, made such that what the server makes of it prints the same.
 *
 * Mostly it does.  Where it does not (src/backend/utils/adt/ruleutils.c and src/backend/parser of PostgreSQL 13 to 18):
 *
 *   - A column without a name of its own ("?column?") is printed without one where nobody can see it, in the second
 *     query of a UNION say.  Read again it is called after its type or its function, and printed with that: 'x'::text
 *     AS text. So it is given the name that it has.
 *   - A cast of a whole array, (ARRAY['a'::character varying])::text[], is printed for what IN makes of a varchar; read
 *     again it is taken for a cast of each element.  A second cast, to the type that the array has, keeps them apart.
 *   - What BETWEEN stands for is printed as ((a AND b) AND c), of which the grammar makes one list of three
 *     (makeAndExpr() in gram.y).  A cast of the first to what it is keeps it a list of its own.
 */
#include "sql_internal.h"

#include <stdlib.h>
#include <string.h>

#include "matswap/memory.h"

typedef struct Insertion
{
    size_t offset;
    const char *text;
} Insertion;

typedef struct Reprint
{
    const Source *source;
    Insertion *insertions;
    size_t count;
} Reprint;

static void insert(Reprint *reprint, size_t offset, const char *text)
{
    MEM_PUSH(reprint->source, reprint->insertions, reprint->count, ((Insertion){offset, text}));
}

static bool opens(int kind)
{
    return kind == PG_QUERY__TOKEN__ASCII_40 || kind == PG_QUERY__TOKEN__ASCII_91;
}

static bool closes(int kind)
{
    return kind == PG_QUERY__TOKEN__ASCII_41 || kind == PG_QUERY__TOKEN__ASCII_93;
}

/* The first token from `first` on, outside of brackets that begin there, that closes another or (not NULL) `ends`
 * says so. */
static size_t find_end(const Source *source, size_t first, bool (*ends)(const Source *source, size_t token))
{
    int depth = 0;
    size_t token = first;
    for (; token < source->token_count; token++)
    {
        int kind = source_kind(source, token);
        if (depth == 0 && (closes(kind) || (ends != NULL && ends(source, token))))
            break;
        depth += opens(kind) - closes(kind);
    }
    return token;
}

/* ---- columns without a name --------------------------------------------------------------------------------- */

static bool ends_column(const Source *source, size_t token)
{
    switch (source_kind(source, token))
    {
    case PG_QUERY__TOKEN__ASCII_44: /* , */
    case PG_QUERY__TOKEN__ASCII_59: /* ; */
    case PG_QUERY__TOKEN__FROM:
    case PG_QUERY__TOKEN__WHERE:
    case PG_QUERY__TOKEN__HAVING:
    case PG_QUERY__TOKEN__WINDOW:
    case PG_QUERY__TOKEN__UNION:
    case PG_QUERY__TOKEN__INTERSECT:
    case PG_QUERY__TOKEN__EXCEPT:
    case PG_QUERY__TOKEN__ORDER:
    case PG_QUERY__TOKEN__LIMIT:
    case PG_QUERY__TOKEN__OFFSET:
    case PG_QUERY__TOKEN__FETCH:
    case PG_QUERY__TOKEN__FOR:
        return true;
    case PG_QUERY__TOKEN__GROUP_P:
        return source_kind(source, token - 1) != PG_QUERY__TOKEN__WITHIN;
    default:
        return false;
    }
}

/* Would the parser call it something?  FigureColname() in src/backend/parser/parse_target.c; a plain column has its
 * name. */
static bool is_called_something(const PgQuery__Node *value)
{
    switch ((int) value->node_case)
    {
    case PG_QUERY__NODE__NODE_COLUMN_REF:
    case PG_QUERY__NODE__NODE_A_CONST:
    case PG_QUERY__NODE__NODE_BOOL_EXPR:
    case PG_QUERY__NODE__NODE_NULL_TEST:
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST:
        return false;
    case PG_QUERY__NODE__NODE_A_EXPR:
        return value->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF;
    default:
        return true;
    }
}

static void name_columns(Reprint *reprint, const PgQuery__SelectStmt *select)
{
    for (size_t i = 0; i < select->n_target_list; i++)
    {
        const PgQuery__ResTarget *column = select->target_list[i]->res_target;
        if (select->target_list[i]->node_case != PG_QUERY__NODE__NODE_RES_TARGET || column->name[0] != '\0' ||
            column->val == NULL || !is_called_something(column->val))
            continue;
        size_t first = source_token_at(reprint->source, (size_t) column->location);
        size_t end = find_end(reprint->source, first, ends_column);
        if (end > first && first < reprint->source->token_count)
            insert(reprint, reprint->source->tokens[end - 1].end, " AS \"?column?\"");
    }
}

/* ---- casts of arrays ---------------------------------------------------------------------------------------- */

static bool ends_element(const Source *source, size_t token)
{
    return source_kind(source, token) == PG_QUERY__TOKEN__ASCII_44;
}

/* The type that all elements are cast to; NULL: they are not, or not to the same. */
static const PgQuery__TypeName *element_type(const PgQuery__AArrayExpr *array)
{
    const PgQuery__TypeName *type = NULL;
    for (size_t i = 0; i < array->n_elements; i++)
    {
        const PgQuery__Node *element = array->elements[i];
        if (element->node_case != PG_QUERY__NODE__NODE_TYPE_CAST)
            return NULL;
        const PgQuery__TypeName *own = element->type_cast->type_name;
        if (type != NULL && !tree_equal(&type->base, &own->base))
            return NULL;
        type = own;
    }
    return type;
}

static void cast_array(Reprint *reprint, const PgQuery__TypeCast *cast)
{
    const Source *source = reprint->source;
    if (cast->arg == NULL || cast->arg->node_case != PG_QUERY__NODE__NODE_A_ARRAY_EXPR)
        return;
    const PgQuery__AArrayExpr *array = cast->arg->a_array_expr;
    const PgQuery__TypeName *type = element_type(array);
    if (type == NULL || type->location < 0)
        return;
    size_t first = source_token_at(source, (size_t) type->location);
    size_t end = find_end(source, first, ends_element);
    size_t bracket = find_end(source, source_token_at(source, (size_t) array->location) + 2, NULL);
    if (end <= first || end >= source->token_count || bracket >= source->token_count)
        return;
    size_t start = source->tokens[first].start;
    insert(reprint, source->tokens[bracket].end,
           mem_printf(source, "::%.*s[]", (int) (source->tokens[end - 1].end - start), source->file->text + start));
}

/* ---- lists of conditions in lists of conditions -------------------------------------------------------------- */

static bool has_outside_brackets(const Source *source, size_t first, size_t end, int kind)
{
    int depth = 0;
    for (size_t token = first; token < end; token++)
    {
        int own = source_kind(source, token);
        if (depth == 0 && own == kind)
            return true;
        depth += opens(own) - closes(own);
    }
    return false;
}

/* The tree has been made by the grammar: only the brackets tell.  Each list is in brackets, so the first of one
 * follows one. */
static void keep_lists_apart(Reprint *reprint)
{
    const Source *source = reprint->source;
    for (size_t token = 1; token < source->token_count; token++)
    {
        if (source_kind(source, token) != PG_QUERY__TOKEN__ASCII_40 ||
            source_kind(source, token - 1) != PG_QUERY__TOKEN__ASCII_40)
            continue;
        size_t end = find_end(source, token + 1, NULL);
        int kind = source_kind(source, end + 1);
        if ((kind == PG_QUERY__TOKEN__AND || kind == PG_QUERY__TOKEN__OR) &&
            has_outside_brackets(source, token + 1, end, kind))
            insert(reprint, source->tokens[end].end, "::boolean");
    }
}

/* ---- all of it ---------------------------------------------------------------------------------------------- */

static void look(ProtobufCMessage *message, void *closure)
{
    if (message->descriptor == &pg_query__select_stmt__descriptor)
        name_columns(closure, (const PgQuery__SelectStmt *) message);
    else if (message->descriptor == &pg_query__type_cast__descriptor)
        cast_array(closure, (const PgQuery__TypeCast *) message);
    tree_each_child(message, look, closure);
}

static int compare(const void *a, const void *b)
{
    size_t left = ((const Insertion *) a)->offset;
    size_t right = ((const Insertion *) b)->offset;
    return (left > right) - (left < right);
}

static char *with_insertions(const void *context, const char *definition, const Reprint *reprint)
{
    Text *text = text_new(context);
    size_t from = 0;
    for (size_t i = 0; i < reprint->count; i++)
    {
        text_add_bytes(text, definition + from, reprint->insertions[i].offset - from);
        text_add(text, reprint->insertions[i].text);
        from = reprint->insertions[i].offset;
    }
    text_add(text, definition + from);
    return text->data;
}

char *sql_reprintable(const void *context, const char *definition)
{
    SqlFile file = {"a definition", definition, strlen(definition)};
    void *scratch = mem_context(NULL);
    Source *source = source_new(scratch, &file, false);
    Reprint reprint = {.source = source};
    source_scan(source);
    Packed *packed = source_depth(source) <= SOURCE_DEPTH_MAX ? packed_parse(scratch, definition) : NULL;
    Arena *arena = arena_new(scratch);
    for (size_t i = 0; packed != NULL && packed->message == NULL && i < packed->count; i++)
        look(&packed_unpack(packed->statements[i], arena)->base, &reprint);
    if (packed != NULL && packed->message == NULL)
        keep_lists_apart(&reprint);
    if (reprint.count > 1)
        qsort(reprint.insertions, reprint.count, sizeof *reprint.insertions, compare);
    char *text = with_insertions(context, definition, &reprint);
    talloc_free(scratch);
    return text;
}
