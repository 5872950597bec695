#include "sql_internal.h"

#include <string.h>

bool target_name_empty(const TargetName *target)
{
    return target->range == NULL && target->strings == NULL;
}

static size_t part_count(const TargetName *target)
{
    return *target->string_count > target->trailing ? *target->string_count - target->trailing : 0;
}

static char **part(const TargetName *target, size_t from_end)
{
    return &(*target->strings)[*target->string_count - target->trailing - from_end]->string->sval;
}

Name target_name_get(const TargetName *target)
{
    if (target->range != NULL)
    {
        const char *schema = target->range->schemaname;
        return (Name){schema[0] == '\0' ? NULL : schema, target->range->relname};
    }
    size_t count = part_count(target);
    return (Name){count > 1 ? *part(target, 2) : NULL, count > 0 ? *part(target, 1) : ""};
}

bool target_name_has_catalog(const TargetName *target)
{
    return target->range != NULL ? target->range->catalogname[0] != '\0' : part_count(target) > 2;
}

static void put_before(const TargetName *target, Arena *arena, char *schema)
{
    PgQuery__String *string = arena_alloc(arena, sizeof *string);
    pg_query__string__init(string);
    string->sval = schema;
    PgQuery__Node *node = arena_alloc(arena, sizeof *node);
    pg_query__node__init(node);
    node->node_case = PG_QUERY__NODE__NODE_STRING;
    node->string = string;
    size_t count = *target->string_count;
    PgQuery__Node **longer = arena_alloc(arena, (count + 1) * sizeof *longer);
    memcpy(longer + 1, *target->strings, count * sizeof *longer);
    longer[0] = node;
    *target->strings = longer;
    *target->string_count = count + 1;
}

void target_name_set_schema(const TargetName *target, Arena *arena, const char *schema)
{
    char *copy = arena_strdup(arena, schema);
    if (target->range != NULL)
        target->range->schemaname = copy;
    else if (part_count(target) > 1)
        *part(target, 2) = copy;
    else
        put_before(target, arena, copy);
}

static TargetName of_range(PgQuery__RangeVar *range)
{
    return (TargetName){range, NULL, NULL, 0};
}

static TargetName of_list(PgQuery__Node ***strings, size_t *count, size_t trailing)
{
    return (TargetName){NULL, strings, count, trailing};
}

static TargetName of_list_node(PgQuery__Node *node, size_t trailing)
{
    return node != NULL && node->node_case == PG_QUERY__NODE__NODE_LIST
               ? of_list(&node->list->items, &node->list->n_items, trailing)
               : (TargetName){NULL, NULL, NULL, 0};
}

static TargetName of_range_node(PgQuery__Node **nodes, size_t count, size_t which)
{
    return which < count && nodes[which]->node_case == PG_QUERY__NODE__NODE_RANGE_VAR
               ? of_range(nodes[which]->range_var)
               : (TargetName){NULL, NULL, NULL, 0};
}

static TargetKind kind_of_object(PgQuery__ObjectType type)
{
    if (type == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX)
        return TARGET_INDEX;
    if (type == PG_QUERY__OBJECT_TYPE__OBJECT_TABLE)
        return TARGET_VIEW_OR_INDEX;
    return type == PG_QUERY__OBJECT_TYPE__OBJECT_STATISTIC_EXT ? TARGET_STATISTICS : TARGET_VIEW;
}

static bool has_name(const TargetName *target)
{
    return target->range != NULL || (target->strings != NULL && part_count(target) >= 1 && part_count(target) <= 3);
}

static bool found(Target *ret_target, TargetKind kind, TargetName about)
{
    if (!has_name(&about))
        return false;
    *ret_target = (Target){kind, about, {NULL, NULL, NULL, 0}};
    return true;
}

bool target_find(PgQuery__Node *statement, size_t which, Target *ret_target)
{
    switch ((int) statement->node_case)
    {
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
        return found(ret_target, TARGET_VIEW, of_range(statement->create_table_as_stmt->into->rel));
    case PG_QUERY__NODE__NODE_VIEW_STMT:
        return found(ret_target, TARGET_VIEW, of_range(statement->view_stmt->view));
    case PG_QUERY__NODE__NODE_CREATE_STMT:
        return found(ret_target, TARGET_VIEW, of_range(statement->create_stmt->relation));
    case PG_QUERY__NODE__NODE_INDEX_STMT:
        return found(ret_target, TARGET_VIEW, of_range(statement->index_stmt->relation));
    case PG_QUERY__NODE__NODE_RULE_STMT:
        return found(ret_target, TARGET_VIEW, of_range(statement->rule_stmt->relation));
    case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
        return found(ret_target, TARGET_VIEW, of_range(statement->create_trig_stmt->relation));
    case PG_QUERY__NODE__NODE_GRANT_STMT:
        return found(ret_target, TARGET_VIEW,
                     of_range_node(statement->grant_stmt->objects, statement->grant_stmt->n_objects, which));
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
        return found(ret_target, kind_of_object(statement->alter_table_stmt->objtype),
                     of_range(statement->alter_table_stmt->relation));
    case PG_QUERY__NODE__NODE_COMMENT_STMT:
    {
        PgQuery__CommentStmt *comment = statement->comment_stmt;
        bool part = comment->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN ||
                    comment->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT;
        return found(ret_target, kind_of_object(comment->objtype), of_list_node(comment->object, part));
    }
    case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT:
        return found(ret_target, kind_of_object(statement->alter_owner_stmt->object_type),
                     of_list_node(statement->alter_owner_stmt->object, 0));
    case PG_QUERY__NODE__NODE_ALTER_STATS_STMT:
    {
        PgQuery__AlterStatsStmt *stats = statement->alter_stats_stmt;
        return found(ret_target, TARGET_STATISTICS, of_list(&stats->defnames, &stats->n_defnames, 0));
    }
    case PG_QUERY__NODE__NODE_CREATE_STATS_STMT:
    {
        PgQuery__CreateStatsStmt *stats = statement->create_stats_stmt;
        if (!found(ret_target, TARGET_VIEW, of_range_node(stats->relations, stats->n_relations, 0)))
            return false;
        ret_target->makes = of_list(&stats->defnames, &stats->n_defnames, 0);
        return has_name(&ret_target->makes);
    }
    default:
        return false;
    }
}
