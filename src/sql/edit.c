#include "sql_internal.h"

#include <stdlib.h>
#include <string.h>

#include "matswap/memory.h"

void edit_add(SqlStatement *statement, Edit edit)
{
    SqlEdits *edits = statement->edits;
    MEM_PUSH(edits, edits->items, edits->count, edit);
}

static int compare_edits(const void *a, const void *b)
{
    const Edit *left = a;
    const Edit *right = b;
    return (left->offset > right->offset) - (left->offset < right->offset);
}

void edits_sort(SqlStatement *statement)
{
    if (statement->edits->count > 1)
        qsort(statement->edits->items, statement->edits->count, sizeof(Edit), compare_edits);
}

static size_t start_of(const Item *item, size_t token)
{
    return item->source->tokens[token].start;
}

static size_t end_of(const Item *item, size_t token)
{
    return item->source->tokens[token].end;
}

static void add_remove(SqlStatement *statement, size_t from, size_t to)
{
    if (to > from)
        edit_add(statement, (Edit){.kind = EDIT_REMOVE, .offset = from, .length = to - from});
}

/* Tokens first to last go out, and one space after them. */
static void remove_tokens(const Item *item, SqlStatement *statement, size_t first, size_t last)
{
    size_t end = end_of(item, last);
    add_remove(statement, start_of(item, first), item->source->file->text[end] == ' ' ? end + 1 : end);
}

static void add_target(const Item *item, SqlStatement *statement, const TargetName *name, size_t token)
{
    if (target_name_has_catalog(name))
        token = source_after_name(item->source, token) + 1;
    Edit edit = {.kind = EDIT_TARGET, .offset = start_of(item, token)};
    if (target_name_get(name).schema != NULL)
        edit.length = end_of(item, source_after_name(item->source, token) - 1) - edit.offset;
    edit_add(statement, edit);
}

static size_t find_kind(const Item *item, int kind)
{
    size_t token = item->first;
    while (token < item->last && source_kind(item->source, token) != kind)
        token++;
    return token;
}

static void remove_if_not_exists(const Item *item, SqlStatement *statement)
{
    size_t token = find_kind(item, PG_QUERY__TOKEN__IF_P);
    remove_tokens(item, statement, token, token + 2);
}

/* Where a name stands that the tree has as a list of strings, without location. */
static size_t listed_name_token(const Item *item, const PgQuery__Node *node)
{
    size_t token = item->first + 2; /* ALTER STATISTICS, CREATE STATISTICS, COMMENT ON */
    switch ((int) node->node_case)
    {
    case PG_QUERY__NODE__NODE_COMMENT_STMT:
        if (node->comment_stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT)
            return source_after_name(item->source, token + 1) + 1; /* CONSTRAINT name ON */
        return token + (node->comment_stmt->objtype == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW ? 2 : 1);
    case PG_QUERY__NODE__NODE_ALTER_STATS_STMT:
        return node->alter_stats_stmt->missing_ok ? token + 2 : token;
    case PG_QUERY__NODE__NODE_CREATE_STATS_STMT:
        return node->create_stats_stmt->if_not_exists ? token + 3 : token;
    default:
        return token;
    }
}

static size_t name_token(const Item *item, const TargetName *name)
{
    return name->range != NULL ? source_token_at(item->source, (size_t) name->range->location)
                               : listed_name_token(item, item->raw->stmt);
}

/* GRANT … ON a, b, c: for b, what stands before and behind it in the list goes out. */
static void keep_one_relation(const Item *item, SqlStatement *statement, const PgQuery__GrantStmt *grant)
{
    size_t which = statement->edits->which;
    size_t first = source_token_at(item->source, (size_t) grant->objects[0]->range_var->location);
    size_t own = source_token_at(item->source, (size_t) grant->objects[which]->range_var->location);
    size_t last = source_token_at(item->source, (size_t) grant->objects[grant->n_objects - 1]->range_var->location);
    add_remove(statement, start_of(item, first), start_of(item, own));
    add_remove(statement, end_of(item, source_after_dotted(item->source, own) - 1),
               end_of(item, source_after_dotted(item->source, last) - 1));
}

/* The token behind AS, which is the first one outside of parentheses after the view's name. */
static size_t query_token(const Item *item, size_t after_name)
{
    int depth = 0;
    size_t token = after_name;
    for (; token < item->last; token++)
    {
        int kind = source_kind(item->source, token);
        if (kind == PG_QUERY__TOKEN__AS && depth == 0)
            break;
        depth += (kind == PG_QUERY__TOKEN__ASCII_40) - (kind == PG_QUERY__TOKEN__ASCII_41);
    }
    return token + 1;
}

static void set_query(const Item *item, SqlStatement *statement, size_t first, size_t last)
{
    statement->query_offset = start_of(item, first);
    statement->query_length = end_of(item, last) - statement->query_offset;
}

/* How many tokens the statement's WITH … clause has: it begins with the last WITH. */
static size_t tail_length(const Item *item)
{
    size_t token = item->last;
    while (source_kind(item->source, token) != PG_QUERY__TOKEN__WITH)
        token--;
    return item->last + 1 - token;
}

static void edit_materialized(const Item *item, SqlStatement *statement, const PgQuery__CreateTableAsStmt *create,
                              size_t after_name)
{
    size_t last = item->last;
    bool says_data = source_kind(item->source, last) == PG_QUERY__TOKEN__DATA_P &&
                     (create->into->skip_data || source_kind(item->source, last - 1) == PG_QUERY__TOKEN__WITH);
    if (create->if_not_exists)
        remove_if_not_exists(item, statement);
    if (says_data)
        last -= tail_length(item);
    if (says_data && !create->into->skip_data)
        edit_add(statement, (Edit){.kind = EDIT_INSERT, .offset = start_of(item, item->last), .value = "NO "});
    else if (!says_data)
        edit_add(statement, (Edit){.kind = EDIT_INSERT, .offset = end_of(item, item->last), .value = "\nWITH NO DATA"});
    set_query(item, statement, query_token(item, after_name), last);
}

static void edit_view(const Item *item, SqlStatement *statement, const PgQuery__ViewStmt *view, size_t name)
{
    size_t last = item->last;
    if (view->with_check_option != PG_QUERY__VIEW_CHECK_OPTION__NO_CHECK_OPTION)
        last -= tail_length(item);
    for (size_t token = item->first; token < name; token++)
        if (source_kind(item->source, token) == PG_QUERY__TOKEN__RECURSIVE)
            return; /* its query reads the view: it is none by itself */
    set_query(item, statement, query_token(item, source_after_dotted(item->source, name)), last);
}

static void edit_index(const Item *item, SqlStatement *statement, const PgQuery__IndexStmt *index)
{
    size_t concurrently = find_kind(item, PG_QUERY__TOKEN__CONCURRENTLY);
    if (index->concurrent)
        remove_tokens(item, statement, concurrently, concurrently);
    if (index->if_not_exists)
        remove_if_not_exists(item, statement);
}

static void edit_bare(const Item *item, SqlStatement *statement)
{
    edit_add(statement, (Edit){.kind = EDIT_INSERT, .offset = end_of(item, item->last), .value = "\nWITH NO DATA"});
    set_query(item, statement, item->first, item->last);
}

void statement_edit(const Item *item, const Target *target, SqlStatement *statement)
{
    const PgQuery__Node *node = item->raw->stmt;
    if (target == NULL)
    {
        edit_bare(item, statement);
        return;
    }
    size_t name = name_token(item, &target->about);
    add_target(item, statement, &target->about, name);
    if (!target_name_empty(&target->makes))
        add_target(item, statement, &target->makes, name_token(item, &target->makes));
    if (node->node_case == PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT)
        edit_materialized(item, statement, node->create_table_as_stmt, source_after_dotted(item->source, name));
    else if (node->node_case == PG_QUERY__NODE__NODE_VIEW_STMT)
        edit_view(item, statement, node->view_stmt, name);
    else if (node->node_case == PG_QUERY__NODE__NODE_INDEX_STMT)
        edit_index(item, statement, node->index_stmt);
    else if (node->node_case == PG_QUERY__NODE__NODE_CREATE_STMT && node->create_stmt->if_not_exists)
        remove_if_not_exists(item, statement);
    else if (node->node_case == PG_QUERY__NODE__NODE_CREATE_STATS_STMT && node->create_stats_stmt->if_not_exists)
        remove_if_not_exists(item, statement);
    else if (node->node_case == PG_QUERY__NODE__NODE_GRANT_STMT)
        keep_one_relation(item, statement, node->grant_stmt);
}
