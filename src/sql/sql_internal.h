/*
 * sql_internal.h: what the files of src/sql/ share.
 *
 *     folder.c     which files there are                    set.c        all files: who is about what, duplicates
 *     read.c       one file: its statements                 statement.c  one statement: may it stand here, what
 *     source.c     one file's tokens, lines and columns                  is it about
 *     depth.c      how deep a tree they may make
 *     packed.c     libpg_query's trees, packed and not      edit.c       the edits it needs by itself
 *     keyword.c    is it a keyword                          target.c     the names it is about, in its tree
 *     tree.c       walk and compare any tree                reference.c  candidates, with the scopes of CTEs
 *     site.c       where a tree names a relation            constant.c   names inside 'x'::regclass
 *     rewrite.c    the text for a new generation            proof.c      proof (a)
 *     opaque.c     text that holds names or queries         query.c      a query about a view
 *     table.c      may a CREATE TABLE be an import          kind.c       kinds of relations, in words and in SQL
 *     reprint.c    a definition that the server prints the same again
 *
 * A tree lives no longer than the reading or the rewriting of its statement; between the two a statement keeps it
 * in protobuf's packed form (about twice the size of the text), so that a thousand files stay small.
 */
#ifndef MATSWAP_SQL_INTERNAL_H
#define MATSWAP_SQL_INTERNAL_H

#include <stdint.h>

#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>

#include "matswap/sql.h"
#include "matswap/text.h"

/* ---- source.c: tokens and places -------------------------------------------------------------------------- */

typedef struct Token
{
    size_t start, end; /* bytes in the text */
    int kind;          /* PG_QUERY__TOKEN__* */
    bool keyword;
} Token;

typedef struct Source
{
    const SqlFile *file;
    Token *tokens; /* without comments */
    size_t token_count;
    size_t *lines; /* where each line starts */
    size_t line_count;
    bool byte_order_mark; /* was blanked out; does not count as columns */
} Source;

/* Finds lines, then tokens.  A scanner error is reported by the parser, so the tokens are just missing. */
Source *source_new(const void *context, const SqlFile *file, bool byte_order_mark);
void source_scan(Source *source);
void source_place(const Source *source, size_t offset, int *ret_line, int *ret_column);
size_t source_offset_of_character(const Source *source, int character); /* from 1, as the parser counts */

/* Indexes of tokens.  token_count stands for "none". */
size_t source_token_at(const Source *source, size_t offset);
int source_kind(const Source *source, size_t token);            /* 0 behind the end */
size_t source_after_name(const Source *source, size_t token);   /* x, "x", U&"x" UESCAPE '!' */
size_t source_after_dotted(const Source *source, size_t token); /* x.y.z */
size_t source_after_string(const Source *source, size_t token); /* 'x', U&'x' UESCAPE '!' */

/* How deep the tree of the tokens may be at most (depth.c); what is deeper than SOURCE_DEPTH_MAX must not be parsed. */
enum
{
    SOURCE_DEPTH_MAX = 2000
};
size_t source_depth(const Source *source);

/* Appends an ERROR_SOURCE with the place of `offset`. */
Error *source_error(const Source *source, size_t offset, Errors *errors, const char *format, ...) PRINTF_LIKE(4, 5);

/* ---- packed.c: libpg_query's protobuf --------------------------------------------------------------------- */

/* Memory of unpacked trees: freed as a whole with its talloc parent. */
typedef struct Arena Arena;
Arena *arena_new(const void *context);
void *arena_alloc(Arena *arena, size_t size); /* zeroed */
char *arena_strdup(Arena *arena, const char *text);
void arena_reset(Arena *arena);

typedef struct PackedStatement
{
    const uint8_t *bytes; /* a packed RawStmt */
    size_t length;
} PackedStatement;

typedef struct Packed
{
    PackedStatement *statements;
    size_t count;
    const char *message; /* the parser's error, or NULL */
    int character;       /* where, from 1 */
} Packed;

Packed *packed_parse(const void *context, const char *text);
PgQuery__RawStmt *packed_unpack(PackedStatement statement, Arena *arena);
PgQuery__ScanResult *packed_scan(PgQueryProtobuf scan, Arena *arena);

/* ---- tree.c: any tree ------------------------------------------------------------------------------------- */

typedef void (*TreeVisit)(ProtobufCMessage *child, void *closure);

/* Calls visit for every message right below; the Node wrappers are skipped. */
void tree_each_child(const ProtobufCMessage *message, TreeVisit visit, void *closure);
ProtobufCMessage *tree_of_node(const PgQuery__Node *node); /* what a Node holds, or NULL */

/* Equal but for locations. */
bool tree_equal(const ProtobufCMessage *a, const ProtobufCMessage *b);

/* ---- constant.c: names inside constants ------------------------------------------------------------------- */

typedef enum ConstantType
{
    CONSTANT_NONE,
    CONSTANT_REGCLASS,
    CONSTANT_REGTYPE
} ConstantType;

typedef struct ConstantName
{
    Name name;
    size_t schema_offset, schema_length; /* in the string's value; 0, 0: unqualified */
} ConstantName;

ConstantType constant_type(const PgQuery__TypeName *type);

/* The name that the server's input function would read in `value`; false: none (an OID, "-", nonsense). */
bool constant_parse(const void *context, ConstantType type, const char *value, ConstantName *ret_name);

/* `value` with another schema in it. */
char *constant_replace(const void *context, const char *value, ConstantName name, const char *schema);

/* ---- site.c: where a tree names a relation ---------------------------------------------------------------- */

typedef struct Site
{
    ReferenceKind kind;
    Name name;    /* strings of the tree */
    bool catalog; /* database.schema.name */
    int location;
    char **schema;         /* where the tree holds the schema, or the value of the constant */
    ConstantType constant; /* REFERENCE_CONSTANT only */
    ConstantName inside;
} Site;

typedef void (*SiteVisit)(const Site *site, void *closure);

/* The sites that `message` itself is; not those of its children. */
void site_each(ProtobufCMessage *message, Arena *arena, SiteVisit visit, void *closure);

/*
 * May there be sites below `message`?  Not in the options of WITH (fastupdate = off): the grammar takes a bare word
 * there for the name of a type (def_arg in parser/gram.y), and nothing looks it up.
 */
bool site_below(const ProtobufCMessage *message);

/* ---- target.c: what a statement is about ------------------------------------------------------------------ */

typedef enum TargetKind
{
    TARGET_VIEW,
    TARGET_INDEX,
    TARGET_VIEW_OR_INDEX, /* ALTER TABLE takes both */
    TARGET_STATISTICS
} TargetKind;

/* A relation's name in a tree: a RangeVar, or a list of strings of which the last `trailing` are not the name. */
typedef struct TargetName
{
    PgQuery__RangeVar *range;
    PgQuery__Node ***strings;
    size_t *string_count;
    size_t trailing;
} TargetName;

typedef struct Target
{
    TargetKind kind;
    TargetName about; /* the relation or statistics object */
    TargetName makes; /* CREATE STATISTICS: the name it makes; else empty */
} Target;

/* `which`: of the relations of a GRANT.  False for a bare query, and for what statement.c does not let in. */
bool target_find(PgQuery__Node *statement, size_t which, Target *ret_target);
bool target_name_empty(const TargetName *target);
Name target_name_get(const TargetName *target);
bool target_name_has_catalog(const TargetName *target);
void target_name_set_schema(const TargetName *target, Arena *arena, const char *schema);

/* ---- edits ------------------------------------------------------------------------------------------------ */

typedef enum EditKind
{
    EDIT_TARGET,   /* a schema token (or, length 0, the place for one) that becomes the view's new schema */
    EDIT_MEMBER,   /* a schema token, edited if `name` is a member of the generation */
    EDIT_CONSTANT, /* a string token with a name in it, likewise */
    EDIT_REMOVE,   /* goes out, its line ends stay */
    EDIT_INSERT    /* `value` goes in */
} EditKind;

typedef struct Edit
{
    EditKind kind;
    size_t offset, length; /* in the file */
    Name name;             /* EDIT_MEMBER, EDIT_CONSTANT */
    const char *value;     /* EDIT_INSERT, EDIT_CONSTANT */
    ConstantName inside;   /* EDIT_CONSTANT */
} Edit;

typedef struct SqlEdits
{
    Edit *items; /* sorted by offset once the statement has been read */
    size_t count;
    PackedStatement tree;
    size_t which; /* of a GRANT's relations */
    bool bare;    /* a bare query */
} SqlEdits;

/* ---- reading ---------------------------------------------------------------------------------------------- */

/* A statement whose view is not known before all files have been read. */
typedef struct Draft
{
    SqlStatement *statement;
    const Source *source;
    bool has_target; /* false: a bare query, its view is already set */
    TargetKind kind;
    Name target;       /* as written */
    const char *makes; /* schema of the name that CREATE STATISTICS makes, as written, or NULL */
    bool makes_statistics;
} Draft;

typedef struct Reading
{
    SqlSet *set;
    const char *default_schema;
    Draft *drafts;
    size_t draft_count;
    Arena *arena;
    Errors *errors;
    bool incomplete; /* some file could not be read: what others say about its views is not checked */
    bool definition; /* a definition of the server's, which may be one that no file holds: a rule, a trigger */
    const Name *query_about; /* the file holds one query about this view, which makes nothing; NULL: it is of the set */
} Reading;

/* One statement under way. */
typedef struct Item
{
    Reading *reading;
    const Source *source;
    PackedStatement packed;
    PgQuery__RawStmt *raw;
    size_t first, last; /* tokens */
    bool alone;         /* the only statement of its file */
} Item;

/* What is wrong with a statement that the parser has let in. */
typedef struct Complaint
{
    const char *message; /* NULL: nothing */
    const char *remedy;
    int location; /* byte in the file; 0: the statement's first token */
} Complaint;

/* Of a CREATE TABLE (table.c). */
Complaint table_complain(const PgQuery__CreateStmt *create);

void read_file(Reading *reading, const SqlFile *file, bool byte_order_mark);
void statement_read(const Item *item);
/* Adds the edits that the statement itself needs: its target, IF NOT EXISTS, WITH NO DATA, ...; finds its query. */
void statement_edit(const Item *item, const Target *target, SqlStatement *statement);
/* Sets the view that a bare query's file is named after; false after an error. */
bool read_file_name(const Item *item, SqlStatement *statement);
/* Fills references and edits of `statement` from its tree; says what a view's query must not hold. */
void reference_collect(const Item *item, const Target *target, SqlStatement *statement);
/* Fills opaque of `statement` from its tree. */
void opaque_collect(const Item *item, SqlStatement *statement);
void set_resolve(Reading *reading);
Reading *reading_new(const void *context, const char *default_schema, Errors *errors);
/* Reads a file of this text, of which it keeps a copy. */
void set_add_file(Reading *reading, const char *path, const char *text);
/* sql_read_texts; `incomplete`: there are files that could not even be opened. */
Status set_read(const void *context, const char *const *paths, const char *const *texts, size_t count,
                const char *default_schema, bool incomplete, SqlSet **ret_set, Errors *errors) MUST_CHECK;

/* "schema.x" that `name` stands for in files whose default schema is `default_schema`. */
Name name_in_schema(Name name, const char *default_schema);

void edit_add(SqlStatement *statement, Edit edit);
void edits_sort(SqlStatement *statement);

/* ---- rewriting -------------------------------------------------------------------------------------------- */

/* Proof (a) for `text`, made from `statement`. */
Status proof_check(const SqlStatement *statement, SqlGeneration generation, const char *text,
                   Errors *errors) MUST_CHECK;

/* Before `next` is added: were it to run into the token before it, a space comes between. */
void rewrite_separate(Text *text, char next);

/* The schema that the statement's own names get. */
const char *rewrite_target_schema(const SqlStatement *statement, SqlGeneration generation);

#endif
