/* The SQL files: what a member's says, and the sketch of a table's. */
#include <string.h>

#include "init_internal.h"
#include "matswap/memory.h"

/* Behind comment marks.  A comment ends with its line, which a name in the statement may hold:
 * src/backend/parser/scan.l */
static void add_commented(Text *text, const char *sql)
{
    text_add(text, "-- ");
    for (const char *c = sql; *c != '\0'; c++)
    {
        text_add_bytes(text, c, 1);
        if (*c == '\n' || *c == '\r')
            text_add(text, "-- ");
    }
    text_add(text, ";\n");
}

static void add_head(Text *text, const InitCatalog *catalog, const InitRelation *relation, const char *kind)
{
    text_addf(text, "-- %s ", kind);
    text_add_visible(text, relation->label);
    text_add(text, " of database ");
    text_add_visible(text, catalog->database);
}

static bool is_kind(const InitPart *part, const char *kind)
{
    return strcmp(part->kind, kind) == 0;
}

/* What the file states.  An owner is a comment always: a file that names a role is of no use elsewhere. */
static bool is_stated(const InitPart *part, bool grants)
{
    return part->because == NULL && !is_kind(part, "owner") && (grants || !is_kind(part, "grant"));
}

static void add_stated(Text *text, const InitRelation *relation, bool grants)
{
    const char *last = NULL;
    for (size_t i = 0; i < relation->part_count; i++)
    {
        const InitPart *part = &relation->parts[i];
        if (!is_stated(part, grants))
            continue;
        if (last == NULL || strcmp(last, part->kind) != 0)
            text_add(text, "\n");
        text_addf(text, "%s;\n", part->sql);
        last = part->kind;
    }
}

static void add_commented_parts(Text *text, const InitRelation *relation, bool grants)
{
    text_add(text, "\n-- Carried over from the live view by each run; what a statement in a file says wins.\n");
    for (size_t i = 0; i < relation->part_count; i++)
    {
        const InitPart *part = &relation->parts[i];
        if (is_stated(part, grants))
            continue;
        if (part->because != NULL)
        {
            text_add(text, "-- (");
            text_add_visible(text, part->because);
            text_add(text, ":)\n");
        }
        add_commented(text, part->sql);
    }
}

char *file_text(const void *context, const InitCatalog *catalog, const InitRelation *relation, bool grants)
{
    Text *text = text_new(context);
    add_head(text, catalog, relation, relation->kind == VIEW_ORDINARY ? "View" : "Materialized view");
    text_addf(text, ", as `matswap init` found it.\n\nCREATE %s %s AS\n%s\n", relation_kind_sql(relation->kind),
              relation->label, relation->definition);
    add_stated(text, relation, grants);
    add_commented_parts(text, relation, grants);
    return text->data;
}

/* ---- a table that may become a view ------------------------------------------------------------------------- */

static void add_columns(Text *text, const InitRelation *table)
{
    text_add(text, "-- Its columns, which the query has to give, in any order:\n");
    for (size_t i = 0; i < table->column_count; i++)
    {
        text_add(text, "--     ");
        text_add_visible(text, name_quote(text, table->columns[i].name));
        text_add(text, "  ");
        text_add_visible(text, table->columns[i].type);
        text_add(text, "\n");
    }
}

char *sketch_text(const void *context, const InitCatalog *catalog, const InitRelation *table)
{
    Text *text = text_new(context);
    add_head(text, catalog, table, "Table");
    text_add(
        text,
        ", which CREATE TABLE AS may have made. PostgreSQL does not keep that query, so this\n"
        "-- file is not complete, and stands where no run reads it:\n"
        "--   1. put the query in the place of the word below (it is in the job that fills the table now);\n"
        "--   2. move the file into the folder queries;\n"
        "--   3. uncomment the section of matswap.ini that says adopt = yes, for this view;\n"
        "--   4. look at what `matswap check` and `matswap run --dry-run` say: the view is compared with the table.\n"
        "-- The first run then replaces the table by the view; with --keep-old the table can be brought back.\n"
        "-- From then on nobody can write to it: stop the job first.\n"
        "--\n");
    add_columns(text, table);
    text_addf(text, "\nCREATE MATERIALIZED VIEW %s AS\nthe_query_of_the_table_belongs_here;\n", table->label);
    add_stated(text, table, false);
    add_commented_parts(text, table, false);
    return text->data;
}
