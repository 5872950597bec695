#include "value.h"

#include <string.h>

#include <yajl/yajl_tree.h>

#include "matswap/memory.h"

typedef struct Tree
{
    yajl_val root;
} Tree;

static int free_tree(Tree *tree)
{
    yajl_tree_free(tree->root);
    return 0;
}

const Value *value_parse(const void *context, const char *json)
{
    yajl_val root = json == NULL ? NULL : yajl_tree_parse(json, NULL, 0);
    if (root == NULL)
        return NULL;
    Tree *tree = mem_new(context, Tree);
    tree->root = root;
    talloc_set_destructor(tree, free_tree);
    return root;
}

const Value *value_member(const Value *object, const char *name)
{
    for (size_t i = 0; YAJL_IS_OBJECT(object) && i < object->u.object.len; i++)
        if (strcmp(object->u.object.keys[i], name) == 0)
            return object->u.object.values[i];
    return NULL;
}

size_t value_count(const Value *array)
{
    return YAJL_IS_ARRAY(array) ? array->u.array.len : 0;
}

const Value *value_element(const Value *array, size_t index)
{
    return index < value_count(array) ? array->u.array.values[index] : NULL;
}

const char *value_text(const Value *value)
{
    if (YAJL_IS_STRING(value))
        return value->u.string;
    if (YAJL_IS_NUMBER(value))
        return value->u.number.r;
    if (value == NULL)
        return NULL;
    return YAJL_IS_TRUE(value) ? "true" : YAJL_IS_FALSE(value) ? "false" : NULL;
}

int64_t value_integer(const Value *value)
{
    return YAJL_IS_INTEGER(value) ? value->u.number.i : -1;
}

bool value_is_true(const Value *value)
{
    return YAJL_IS_TRUE(value);
}
