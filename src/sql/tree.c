#include "sql_internal.h"

#include <string.h>

/*
 * Trees are walked by protobuf-c's descriptors, so that no node type can be forgotten and a new grammar needs no
 * change here.  Every type libpg_query has is a message of such fields: numbers, strings, messages.
 */

static const void *member(const ProtobufCMessage *message, unsigned offset)
{
    return (const char *) message + offset;
}

ProtobufCMessage *tree_of_node(const PgQuery__Node *node)
{
    /* the members of the oneof are all pointers in the same place */
    return node == NULL || node->node_case == PG_QUERY__NODE__NODE__NOT_SET ? NULL : (ProtobufCMessage *) node->alias;
}

static ProtobufCMessage *unwrap(ProtobufCMessage *message)
{
    return message->descriptor == &pg_query__node__descriptor ? tree_of_node((PgQuery__Node *) message) : message;
}

static bool is_set(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return *(const uint32_t *) member(message, field->quantifier_offset) == field->id;
    return true;
}

static void visit_field(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, TreeVisit visit,
                        void *closure)
{
    size_t count = 1;
    ProtobufCMessage *const *children = member(message, field->offset);
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
    {
        count = *(const size_t *) member(message, field->quantifier_offset);
        children = *(ProtobufCMessage *const *const *) member(message, field->offset);
    }
    for (size_t i = 0; i < count; i++)
    {
        ProtobufCMessage *child = children[i] == NULL ? NULL : unwrap(children[i]);
        if (child != NULL)
            visit(child, closure);
    }
}

void tree_each_child(const ProtobufCMessage *message, TreeVisit visit, void *closure)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    for (unsigned i = 0; i < type->n_fields; i++)
    {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        if (field->type == PROTOBUF_C_TYPE_MESSAGE && is_set(message, field))
            visit_field(message, field, visit, closure);
    }
}

static bool is_location(const ProtobufCFieldDescriptor *field)
{
    return strcmp(field->name, "location") == 0 || strcmp(field->name, "stmt_location") == 0 ||
           strcmp(field->name, "stmt_len") == 0;
}

static size_t value_size(ProtobufCType type)
{
    switch (type)
    {
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        return 4;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    return sizeof(void *);
}

static bool values_equal(ProtobufCType type, const void *a, const void *b)
{
    if (type == PROTOBUF_C_TYPE_MESSAGE)
    {
        const ProtobufCMessage *left = *(const ProtobufCMessage *const *) a;
        const ProtobufCMessage *right = *(const ProtobufCMessage *const *) b;
        return left == NULL || right == NULL ? left == right : tree_equal(left, right);
    }
    if (type == PROTOBUF_C_TYPE_STRING)
        return strcmp(*(const char *const *) a, *(const char *const *) b) == 0;
    return memcmp(a, b, value_size(type)) == 0;
}

static bool lists_equal(const ProtobufCMessage *a, const ProtobufCMessage *b, const ProtobufCFieldDescriptor *field)
{
    size_t count = *(const size_t *) member(a, field->quantifier_offset);
    if (count != *(const size_t *) member(b, field->quantifier_offset))
        return false;
    const char *left = *(const char *const *) member(a, field->offset);
    const char *right = *(const char *const *) member(b, field->offset);
    size_t step = value_size(field->type);
    for (size_t i = 0; i < count; i++)
        if (!values_equal(field->type, left + i * step, right + i * step))
            return false;
    return true;
}

static bool fields_equal(const ProtobufCMessage *a, const ProtobufCMessage *b, const ProtobufCFieldDescriptor *field)
{
    if (is_location(field))
        return true;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return lists_equal(a, b, field);
    if (!is_set(a, field) || !is_set(b, field))
        return is_set(a, field) == is_set(b, field);
    return values_equal(field->type, member(a, field->offset), member(b, field->offset));
}

bool tree_equal(const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    if (a->descriptor != b->descriptor)
        return false;
    const ProtobufCMessageDescriptor *type = a->descriptor;
    if (type == &pg_query__node__descriptor) /* one member of 240 is set: do not try them all */
    {
        const ProtobufCMessage *left = tree_of_node((const PgQuery__Node *) a);
        const ProtobufCMessage *right = tree_of_node((const PgQuery__Node *) b);
        return left == NULL || right == NULL ? left == right : tree_equal(left, right);
    }
    for (unsigned i = 0; i < type->n_fields; i++)
        if (!fields_equal(a, b, &type->fields[i]))
            return false;
    return true;
}
