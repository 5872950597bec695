#include "sql_internal.h"

#include <ctype.h>
#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"

static const Complaint fine = {NULL, NULL, 0};
static const char belongs[] = "a file holds one query, or statements among CREATE MATERIALIZED VIEW, CREATE VIEW, "
                              "CREATE TABLE (of an import), CREATE INDEX, CREATE STATISTICS, COMMENT ON, GRANT, REVOKE "
                              "and ALTER about them";

/* "DROP MATERIALIZED VIEW": the keywords that the statement begins with */
static const char *leading_keywords(const void *context, const Item *item)
{
    Text *text = text_new(context);
    for (size_t i = item->first; i <= item->last && i < item->first + 3; i++)
    {
        const Token *token = &item->source->tokens[i];
        if (!token->keyword)
            break;
        text_add(text, i > item->first ? " " : "");
        for (size_t at = token->start; at < token->end; at++)
            text_addf(text, "%c", toupper((unsigned char) item->source->file->text[at]));
    }
    return text->data;
}

static const char *alter_tag(PgQuery__ObjectType type)
{
    if (type == PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW)
        return "ALTER MATERIALIZED VIEW";
    if (type == PG_QUERY__OBJECT_TYPE__OBJECT_VIEW)
        return "ALTER VIEW";
    return type == PG_QUERY__OBJECT_TYPE__OBJECT_INDEX ? "ALTER INDEX" : "ALTER TABLE";
}

static const char *tag_of(const PgQuery__Node *node)
{
    switch ((int) node->node_case)
    {
    case PG_QUERY__NODE__NODE_SELECT_STMT:
        return "SELECT";
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
        return "CREATE MATERIALIZED VIEW";
    case PG_QUERY__NODE__NODE_VIEW_STMT:
        return "CREATE VIEW";
    case PG_QUERY__NODE__NODE_CREATE_STMT:
        return "CREATE TABLE";
    case PG_QUERY__NODE__NODE_INDEX_STMT:
        return "CREATE INDEX";
    case PG_QUERY__NODE__NODE_CREATE_STATS_STMT:
        return "CREATE STATISTICS";
    case PG_QUERY__NODE__NODE_RULE_STMT:
        return "CREATE RULE";
    case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
        return "CREATE TRIGGER";
    case PG_QUERY__NODE__NODE_COMMENT_STMT:
        return "COMMENT";
    case PG_QUERY__NODE__NODE_GRANT_STMT:
        return node->grant_stmt->is_grant ? "GRANT" : "REVOKE";
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
        return alter_tag(node->alter_table_stmt->objtype);
    default:
        return "ALTER STATISTICS";
    }
}

static Complaint complain_about_command(const PgQuery__AlterTableCmd *command)
{
    switch ((int) command->subtype)
    {
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ColumnDefault:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStatistics:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetOptions:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetOptions:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetStorage:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetCompression:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ClusterOn:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_DropCluster:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetAccessMethod:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetTableSpace:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_SetRelOptions:
    case PG_QUERY__ALTER_TABLE_TYPE__AT_ResetRelOptions:
        return fine;
    default:
        return (Complaint){"this kind of ALTER does not belong in a view's file",
                           "an ALTER may set the owner, options, statistics targets, storage, compression, "
                           "defaults, access method, table space, or CLUSTER ON", 0};
    }
}

static Complaint complain_about_alter(const PgQuery__AlterTableStmt *alter)
{
    switch ((int) alter->objtype)
    {
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
    case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
        break;
    default:
        return (Complaint){"this ALTER is not about a view or an index", belongs, 0};
    }
    Complaint complaint = fine;
    for (size_t i = 0; i < alter->n_cmds && complaint.message == NULL; i++)
        complaint = complain_about_command(alter->cmds[i]->alter_table_cmd);
    return complaint;
}

static Complaint complain_about_comment(const PgQuery__CommentStmt *comment)
{
    switch ((int) comment->objtype)
    {
    case PG_QUERY__OBJECT_TYPE__OBJECT_VIEW:
    case PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW:
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABLE:
    case PG_QUERY__OBJECT_TYPE__OBJECT_INDEX:
    case PG_QUERY__OBJECT_TYPE__OBJECT_COLUMN:
    case PG_QUERY__OBJECT_TYPE__OBJECT_STATISTIC_EXT:
    case PG_QUERY__OBJECT_TYPE__OBJECT_TABCONSTRAINT:
        return fine;
    default:
        return (Complaint){"this COMMENT does not belong in a view's file",
                           "comment on a view, a table, a column, a constraint, an index or statistics of the set", 0};
    }
}

static Complaint complain_about_grant(const PgQuery__GrantStmt *grant)
{
    if (grant->targtype != PG_QUERY__GRANT_TARGET_TYPE__ACL_TARGET_OBJECT)
        return (Complaint){"privileges on ALL TABLES would reach beyond the new generation",
                           "name the views of the set", 0};
    if (grant->objtype != PG_QUERY__OBJECT_TYPE__OBJECT_TABLE)
        return (Complaint){"these privileges are not on a view", "grant on views of the set only", 0};
    return fine;
}

static bool is_foreign(const PgQuery__Node *node, bool definition)
{
    switch ((int) node->node_case)
    {
    case PG_QUERY__NODE__NODE_RULE_STMT:
    case PG_QUERY__NODE__NODE_CREATE_TRIG_STMT:
        return !definition;
    case PG_QUERY__NODE__NODE_SELECT_STMT:
    case PG_QUERY__NODE__NODE_VIEW_STMT:
    case PG_QUERY__NODE__NODE_CREATE_STMT:
    case PG_QUERY__NODE__NODE_INDEX_STMT:
    case PG_QUERY__NODE__NODE_CREATE_STATS_STMT:
    case PG_QUERY__NODE__NODE_COMMENT_STMT:
    case PG_QUERY__NODE__NODE_GRANT_STMT:
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
    case PG_QUERY__NODE__NODE_ALTER_STATS_STMT:
        return false;
    case PG_QUERY__NODE__NODE_ALTER_OWNER_STMT:
        return node->alter_owner_stmt->object_type != PG_QUERY__OBJECT_TYPE__OBJECT_STATISTIC_EXT;
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
        return node->create_table_as_stmt->objtype != PG_QUERY__OBJECT_TYPE__OBJECT_MATVIEW;
    default:
        return true;
    }
}

static Complaint complain_about_foreign(const Item *item, const void *context)
{
    switch ((int) item->raw->stmt->node_case)
    {
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
        return (Complaint){"a table from a query would be computed once and stay as it is",
                           "make it a materialized view, or write an import's columns out", 0};
    case PG_QUERY__NODE__NODE_DROP_STMT:
    case PG_QUERY__NODE__NODE_REFRESH_MAT_VIEW_STMT:
    case PG_QUERY__NODE__NODE_TRANSACTION_STMT:
        return (Complaint){mem_printf(context, "%s does not belong in a view's file", leading_keywords(context, item)),
                           "take it out: building, refreshing and replacing the views is matswap's part", 0};
    default:
        return (Complaint){mem_printf(context, "%s does not belong in a view's file", leading_keywords(context, item)),
                           belongs, 0};
    }
}

static Complaint complain_about_query(const Item *item)
{
    if (item->raw->stmt->node_case == PG_QUERY__NODE__NODE_SELECT_STMT && item->alone)
        return fine;
    return (Complaint){"it holds something else than one query", "write one SELECT, WITH, VALUES or TABLE",
                       0};
}

static Complaint complain(const Item *item, const void *context)
{
    const PgQuery__Node *node = item->raw->stmt;
    if (item->reading->query_about != NULL)
        return complain_about_query(item);
    if (is_foreign(node, item->reading->definition))
        return complain_about_foreign(item, context);
    switch ((int) node->node_case)
    {
    case PG_QUERY__NODE__NODE_SELECT_STMT:
        return item->alone ? fine
                           : (Complaint){"a bare query stands in one file with other statements",
                                         "give the query a file of its own, or write CREATE MATERIALIZED VIEW "
                                         "name AS before it", 0};
    case PG_QUERY__NODE__NODE_VIEW_STMT:
        return strcmp(node->view_stmt->view->relpersistence, "t") != 0
                   ? fine
                   : (Complaint){"a temporary view cannot be part of a generation", "take TEMPORARY out", 0};
    case PG_QUERY__NODE__NODE_CREATE_STMT:
        return table_complain(node->create_stmt);
    case PG_QUERY__NODE__NODE_CREATE_STATS_STMT:
        return node->create_stats_stmt->n_relations == 1
                   ? fine
                   : (Complaint){"statistics are on one relation", "name one view after FROM", 0};
    case PG_QUERY__NODE__NODE_COMMENT_STMT:
        return complain_about_comment(node->comment_stmt);
    case PG_QUERY__NODE__NODE_GRANT_STMT:
        return complain_about_grant(node->grant_stmt);
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
        return complain_about_alter(node->alter_table_stmt);
    default:
        return fine;
    }
}

static bool has_cluster_on(const PgQuery__AlterTableStmt *alter, const char **ret_index)
{
    for (size_t i = 0; i < alter->n_cmds; i++)
        if (alter->cmds[i]->alter_table_cmd->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_ClusterOn)
        {
            *ret_index = alter->cmds[i]->alter_table_cmd->name;
            return true;
        }
    return false;
}

static const char *owner_of(const PgQuery__AlterTableStmt *alter)
{
    const char *owner = NULL;
    for (size_t i = 0; i < alter->n_cmds; i++)
    {
        const PgQuery__AlterTableCmd *command = alter->cmds[i]->alter_table_cmd;
        if (command->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_ChangeOwner &&
            command->newowner->roletype == PG_QUERY__ROLE_SPEC_TYPE__ROLESPEC_CSTRING)
            owner = command->newowner->rolename;
    }
    return owner;
}

static const char *tablespace_of(const PgQuery__AlterTableStmt *alter)
{
    const char *tablespace = NULL;
    for (size_t i = 0; i < alter->n_cmds; i++)
        if (alter->cmds[i]->alter_table_cmd->subtype == PG_QUERY__ALTER_TABLE_TYPE__AT_SetTableSpace)
            tablespace = alter->cmds[i]->alter_table_cmd->name;
    return tablespace;
}

/* libpg_query gives a string that is not there as an empty one. */
static void set_tablespace(SqlStatement *statement, const char *tablespace)
{
    if (tablespace != NULL && tablespace[0] != '\0')
        statement->tablespace = mem_strdup(statement, tablespace);
}

static void set_alter(SqlStatement *statement, const PgQuery__AlterTableStmt *alter)
{
    const char *index;
    if (has_cluster_on(alter, &index))
    {
        statement->phase = SQL_INDEX_ATTRIBUTE;
        statement->object = mem_strdup(statement, index);
    }
    if (alter->objtype != PG_QUERY__OBJECT_TYPE__OBJECT_INDEX)
        statement->owner = mem_strdup(statement, owner_of(alter));
    set_tablespace(statement, tablespace_of(alter));
}

/* Phase, kind, object, owner, tablespace: what the tree alone tells. */
static void describe(SqlStatement *statement, const PgQuery__Node *node, const Target *target)
{
    statement->tag = tag_of(node);
    statement->phase = SQL_ATTRIBUTE;
    switch ((int) node->node_case)
    {
    case PG_QUERY__NODE__NODE_VIEW_STMT:
        statement->kind = VIEW_ORDINARY;
        statement->phase = SQL_CREATE;
        break;
    case PG_QUERY__NODE__NODE_CREATE_STMT:
        statement->kind = VIEW_IMPORT;
        statement->phase = SQL_CREATE;
        set_tablespace(statement, node->create_stmt->tablespacename);
        break;
    case PG_QUERY__NODE__NODE_CREATE_TABLE_AS_STMT:
        set_tablespace(statement, node->create_table_as_stmt->into->table_space_name);
        /* fall through */
    case PG_QUERY__NODE__NODE_SELECT_STMT:
        statement->kind = VIEW_MATERIALIZED;
        statement->phase = SQL_CREATE;
        break;
    case PG_QUERY__NODE__NODE_INDEX_STMT:
        statement->phase = SQL_INDEX;
        if (node->index_stmt->idxname[0] != '\0')
            statement->object = mem_strdup(statement, node->index_stmt->idxname);
        set_tablespace(statement, node->index_stmt->table_space);
        break;
    case PG_QUERY__NODE__NODE_CREATE_STATS_STMT:
        statement->object = mem_strdup(statement, target_name_get(&target->makes).name);
        break;
    case PG_QUERY__NODE__NODE_ALTER_TABLE_STMT:
        set_alter(statement, node->alter_table_stmt);
        break;
    default:
        break;
    }
    if (target != NULL && target->kind == TARGET_INDEX)
        statement->phase = SQL_INDEX_ATTRIBUTE;
    if (target != NULL && (target->kind == TARGET_INDEX || target->kind == TARGET_STATISTICS))
        statement->object = mem_strdup(statement, target_name_get(&target->about).name);
}

static SqlStatement *new_statement(const Item *item)
{
    const Token *tokens = item->source->tokens;
    SqlStatement *statement = mem_new(item->reading->set, SqlStatement);
    statement->file = item->source->file;
    statement->offset = tokens[item->first].start;
    statement->length = tokens[item->last].end - statement->offset;
    source_place(item->source, statement->offset, &statement->line, &statement->column);
    statement->edits = mem_new(statement, SqlEdits);
    uint8_t *bytes = mem_array(statement->edits, uint8_t, item->packed.length);
    memcpy(bytes, item->packed.bytes, item->packed.length);
    statement->edits->tree = (PackedStatement){bytes, item->packed.length};
    return statement;
}

static void add_draft(const Item *item, SqlStatement *statement, const Target *target)
{
    Reading *reading = item->reading;
    Draft draft = {.statement = statement, .source = item->source, .has_target = target != NULL};
    if (target != NULL)
    {
        Name name = target_name_get(&target->about);
        draft.kind = target->kind;
        draft.target = (Name){mem_strdup(statement, name.schema), mem_strdup(statement, name.name)};
        statement->view = name_in_schema(draft.target, reading->default_schema);
        draft.makes_statistics = !target_name_empty(&target->makes);
        if (draft.makes_statistics)
            draft.makes = mem_strdup(statement, target_name_get(&target->makes).schema);
    }
    MEM_PUSH(reading, reading->drafts, reading->draft_count, draft);
}

static void read_one(const Item *item, size_t which)
{
    Target found;
    const Target *target = target_find(item->raw->stmt, which, &found) ? &found : NULL;
    bool bare = item->raw->stmt->node_case == PG_QUERY__NODE__NODE_SELECT_STMT;
    if (target == NULL && !bare)
    {
        error_remedy(source_error(item->source, item->source->tokens[item->first].start, item->reading->errors,
                                  "%s does not name a relation", tag_of(item->raw->stmt)),
                     "write [schema.]name");
        return;
    }
    SqlStatement *statement = new_statement(item);
    describe(statement, item->raw->stmt, target);
    statement->edits->which = which;
    statement->edits->bare = bare && item->reading->query_about == NULL;
    if (item->reading->query_about != NULL)
        statement->view = *item->reading->query_about;
    else if (bare && !read_file_name(item, statement))
        return;
    add_draft(item, statement, target);
    if (item->reading->query_about == NULL)
        statement_edit(item, target, statement);
    if (item->raw->stmt->node_case != PG_QUERY__NODE__NODE_GRANT_STMT)
        reference_collect(item, target, statement);
    opaque_collect(item, statement);
    edits_sort(statement);
}

void statement_read(const Item *item)
{
    void *scratch = mem_context(item->reading);
    Complaint complaint = complain(item, scratch);
    if (complaint.message != NULL)
    {
        size_t offset =
            complaint.location > 0 ? (size_t) complaint.location : item->source->tokens[item->first].start;
        Error *error = source_error(item->source, offset, item->reading->errors, "%s", complaint.message);
        error_remedy(error, "%s", complaint.remedy);
    }
    else if (item->raw->stmt->node_case == PG_QUERY__NODE__NODE_GRANT_STMT)
        for (size_t i = 0; i < item->raw->stmt->grant_stmt->n_objects; i++)
            read_one(item, i);
    else
        read_one(item, 0);
    talloc_free(scratch);
}
