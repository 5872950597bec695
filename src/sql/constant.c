#include "sql_internal.h"

#include <ctype.h>
#include <string.h>

#include "matswap/memory.h"

enum
{
    IDENTIFIER_MAX = 63, /* NAMEDATALEN - 1 */
    PARTS_MAX = 3        /* database.schema.name */
};

typedef struct Part
{
    char *name;
    size_t offset, length;
} Part;

static bool string_is(const PgQuery__Node *node, const char *value)
{
    return node->node_case == PG_QUERY__NODE__NODE_STRING && strcmp(node->string->sval, value) == 0;
}

ConstantType constant_type(const PgQuery__TypeName *type)
{
    if (type == NULL || type->n_names < 1 || type->n_names > 2)
        return CONSTANT_NONE;
    if (type->n_names == 2 && !string_is(type->names[0], "pg_catalog"))
        return CONSTANT_NONE;
    const PgQuery__Node *last = type->names[type->n_names - 1];
    if (string_is(last, "regclass"))
        return CONSTANT_REGCLASS;
    return string_is(last, "regtype") ? CONSTANT_REGTYPE : CONSTANT_NONE;
}

/* What regclassin and regtypein take for an OID or for none (utils/adt/regproc.c). */
static bool is_no_name(const char *value)
{
    return strcmp(value, "-") == 0 || value[strspn(value, "0123456789")] == '\0';
}

static bool is_space(char c)
{
    return c != '\0' && strchr(" \t\n\r\f\v", c) != NULL;
}

/* As downcase_truncate_identifier cuts: never inside a character. */
static void truncate_identifier(char *name)
{
    if (strlen(name) <= IDENTIFIER_MAX)
        return;
    size_t length = IDENTIFIER_MAX;
    while (length > 0 && ((unsigned char) name[length] & 0xC0) == 0x80)
        length--;
    name[length] = '\0';
}

/* "…" with doubled quotes; returns what follows, NULL when it does not end. */
static const char *read_quoted(const char *at, char *out)
{
    for (at++; *at != '\0'; at++)
    {
        if (*at == '"' && at[1] != '"')
        {
            *out = '\0';
            return at + 1;
        }
        if (*at == '"')
            at++;
        *out++ = *at;
    }
    return NULL;
}

static const char *read_bare(const char *at, char *out)
{
    const char *start = at;
    for (; *at != '\0' && *at != '.' && !is_space(*at); at++)
        *out++ = (char) ((unsigned char) *at < 0x80 ? tolower((unsigned char) *at) : *at);
    *out = '\0';
    return at == start ? NULL : at;
}

/* SplitIdentifierString with '.' (utils/adt/varlena.c); 0: not a name */
static size_t split_identifiers(const void *context, const char *value, Part *parts)
{
    size_t count = 0;
    const char *at = value;
    for (;;)
    {
        while (is_space(*at))
            at++;
        if (count == PARTS_MAX)
            return 0;
        Part *part = &parts[count++];
        part->name = mem_array(context, char, strlen(at) + 1);
        part->offset = (size_t) (at - value);
        at = *at == '"' ? read_quoted(at, part->name) : read_bare(at, part->name);
        if (at == NULL || part->name[0] == '\0')
            return 0;
        part->length = (size_t) (at - value) - part->offset;
        truncate_identifier(part->name);
        while (is_space(*at))
            at++;
        if (*at == '\0')
            return count;
        if (*at++ != '.')
            return 0;
    }
}

static bool parse_class(const void *context, const char *value, ConstantName *ret_name)
{
    Part parts[PARTS_MAX];
    size_t count = split_identifiers(context, value, parts);
    if (count == 0)
        return false;
    *ret_name = (ConstantName){{NULL, parts[count - 1].name}, 0, 0};
    if (count > 1)
    {
        ret_name->name.schema = parts[count - 2].name;
        ret_name->schema_offset = parts[count - 2].offset;
        ret_name->schema_length = parts[count - 2].length;
    }
    return true;
}

/* The type in SELECT NULL::type, when the statement is nothing but that. */
static const PgQuery__TypeName *only_cast(const PgQuery__RawStmt *raw)
{
    if (raw->stmt->node_case != PG_QUERY__NODE__NODE_SELECT_STMT)
        return NULL;
    const PgQuery__SelectStmt *select = raw->stmt->select_stmt;
    if (select->n_target_list != 1 || select->n_from_clause > 0 || select->op != PG_QUERY__SET_OPERATION__SETOP_NONE)
        return NULL;
    const PgQuery__ResTarget *target = select->target_list[0]->res_target;
    if (target->name[0] != '\0' || target->val->node_case != PG_QUERY__NODE__NODE_TYPE_CAST)
        return NULL;
    const PgQuery__TypeCast *cast = target->val->type_cast;
    return cast->arg->node_case == PG_QUERY__NODE__NODE_A_CONST ? cast->type_name : NULL;
}

static const char *part_name(const void *context, const PgQuery__TypeName *type, size_t from_end)
{
    return mem_strdup(context, type->names[type->n_names - from_end]->string->sval);
}

/* The name of `type`, whose tokens are in `source`, `start` bytes of which are not part of the value. */
static bool take_type(const void *context, const PgQuery__TypeName *type, const Source *source, size_t start,
                      ConstantName *ret_name)
{
    if (type == NULL || type->n_names == 0)
        return false;
    ConstantName result = {{NULL, part_name(context, type, 1)}, 0, 0};
    size_t token = source_token_at(source, (size_t) type->location);
    if (type->n_names == 3)
        token = source_after_name(source, token) + 1;
    size_t after = source_after_name(source, token);
    if (type->n_names > 1)
    {
        if (source_kind(source, after) != PG_QUERY__TOKEN__ASCII_46)
            return false; /* a keyword of the grammar: int, which is pg_catalog.int4 */
        result.name.schema = part_name(context, type, 2);
        result.schema_offset = source->tokens[token].start - start;
        result.schema_length = source->tokens[after - 1].end - start - result.schema_offset;
    }
    *ret_name = result;
    return true;
}

/* regtypein takes anything that a cast takes: read it by the grammar, as parseTypeString does. */
static bool parse_type(const void *context, const char *value, ConstantName *ret_name)
{
    static const char prefix[] = "SELECT NULL::";
    void *scratch = mem_context(context);
    SqlFile file = {"", mem_printf(scratch, "%s%s", prefix, value), strlen(prefix) + strlen(value)};
    Source *source = source_new(scratch, &file, false);
    source_scan(source);
    bool found = false;
    if (source_depth(source) <= SOURCE_DEPTH_MAX)
    {
        const Packed *packed = packed_parse(scratch, file.text);
        const PgQuery__TypeName *type =
            packed->count == 1 ? only_cast(packed_unpack(packed->statements[0], arena_new(scratch))) : NULL;
        found = take_type(context, type, source, sizeof prefix - 1, ret_name);
    }
    talloc_free(scratch);
    return found;
}

bool constant_parse(const void *context, ConstantType type, const char *value, ConstantName *ret_name)
{
    if (type == CONSTANT_NONE || is_no_name(value))
        return false;
    return type == CONSTANT_REGCLASS ? parse_class(context, value, ret_name) : parse_type(context, value, ret_name);
}

char *constant_replace(const void *context, const char *value, ConstantName name, const char *schema)
{
    char *quoted = name_quote(context, schema);
    char *result = mem_printf(context, "%.*s%s%s", (int) name.schema_offset, value, quoted,
                              value + name.schema_offset + name.schema_length);
    talloc_free(quoted);
    return result;
}
