/*
 * sql.h: the users' SQL files: what they create, what they refer to, and their text for a new generation.
 *
 * No server here, and no I/O but reading files.  Everything is found by PostgreSQL's own grammar (libpg_query)
 * by byte offset; the source text is edited in place, comments and formatting stay.
 *
 * Reading and rewriting are two steps, because what a name means is known only once every file has been read:
 * sql_read_folder gives statements with *candidate* references (everything that might name a view), the plan
 * decides which of them name views of the set, sql_rewrite edits for a given generation.
 *
 * Ownership: an SqlSet owns its files, statements and references.
 */
#ifndef MATSWAP_SQL_H
#define MATSWAP_SQL_H

#include <stdbool.h>
#include <stddef.h>

#include "matswap/error.h"
#include "matswap/name.h"

typedef struct SqlFile
{
    const char *path; /* folder as given + "/" + path inside it */
    const char *text; /* NUL-terminated; a UTF-8 byte order mark has been blanked out */
    size_t length;
} SqlFile;

typedef enum ViewKind
{
    VIEW_MATERIALIZED,
    VIEW_ORDINARY,
    VIEW_IMPORT /* a table that is filled from a file or a command */
} ViewKind;

/* "materialized view", "view", "import" */
const char *view_kind_word(ViewKind kind);

/* The same of what a view has replaced: a table may have been one that somebody else made. */
const char *view_kind_former_word(ViewKind kind);

/* "MATERIALIZED VIEW", "VIEW", "TABLE" */
const char *relation_kind_sql(ViewKind kind);

/* Of pg_class.relkind 'm', 'v' or 'r'. */
ViewKind relation_kind(const char *relkind);

/* Does it hold rows of its own, which are built, measured and vacuumed? */
bool view_kind_is_stored(ViewKind kind);

/* When a statement is executed in the life of its view, in this order. */
typedef enum SqlPhase
{
    SQL_CREATE,          /* bare query, CREATE MATERIALIZED VIEW, CREATE VIEW, CREATE TABLE */
    SQL_ATTRIBUTE,       /* CREATE STATISTICS; COMMENT, GRANT, REVOKE, ALTER that need no index: before the data */
    SQL_INDEX,           /* CREATE INDEX */
    SQL_INDEX_ATTRIBUTE, /* COMMENT ON INDEX, ALTER INDEX, CLUSTER ON: after the indexes */
} SqlPhase;

typedef enum ReferenceKind
{
    REFERENCE_RELATION, /* FROM x, TABLE x, ... */
    REFERENCE_COLUMN,   /* s.x.col, s.x.*; always qualified */
    REFERENCE_TYPE,     /* NULL::x, x[] , ROW()::x, column definition lists, function argument of JSON_TABLE... */
    REFERENCE_CONSTANT, /* 'x'::regclass, regclass 'x', cast('x' as regtype): the name stands inside a string */
} ReferenceKind;

typedef struct Reference
{
    ReferenceKind kind;
    Name name; /* as the catalog would have it: folded, unquoted; schema NULL when unqualified */
    size_t offset; /* in the file: of the schema's token when qualified (the string's token for a constant), */
    size_t length; /* else of the name's token */
    int line, column;
} Reference;

typedef enum OpaqueKind
{
    OPAQUE_NAME,  /* text that becomes the OID of a relation or a type */
    OPAQUE_QUERY, /* text that is executed */
    OPAQUE_TEXT,  /* 'x'::regclass::text: the name was seen and edited, its text shows the schema it was built in */
} OpaqueKind;

/*
 * A place where a name or a query is text until the view is computed: the parser can't see what it names, nothing
 * is edited there, and neither an edge of the graph nor a dependency in the catalog tells of it.
 */
typedef struct SqlOpaque
{
    OpaqueKind kind;
    const char *what; /* "a cast to regclass", "to_regclass", ...: for messages */
    Name name;        /* what a constant in it names, as the catalog would have it; name.name NULL: not known */
    int line, column; /* of the call's, the type's or the string's token; of :: or CAST */
} SqlOpaque;

typedef struct SqlStatement
{
    SqlPhase phase;
    const char *tag; /* "SELECT", "CREATE MATERIALIZED VIEW", "COMMENT", ... for messages */
    ViewKind kind;   /* SQL_CREATE only */
    Name view;       /* the view it is about, always qualified (unqualified names get the default schema) */
    const char *object; /* unqualified name of the index or statistics object it makes or is about, or NULL */
    const char *owner;  /* ALTER ... OWNER TO of the view: the role's name (catalog spelling), else NULL */
    const char *tablespace; /* where it says that the view, or its `object`, is stored (catalog spelling), else NULL */
    const SqlFile *file;
    size_t offset, length; /* the statement in file->text, without the semicolon */
    size_t query_offset, query_length; /* SQL_CREATE: the query alone, in file->text; may be EXPLAINed as it is; */
                                       /* length 0 for CREATE RECURSIVE VIEW, whose query reads the view itself, and CREATE TABLE */
    int line, column;                  /* of its first token */
    Reference *references; /* every candidate, in text order; a name hidden by a CTE in scope is not one; the */
    size_t reference_count; /* view a statement is about is not one either */
    SqlOpaque *opaque; /* in text order */
    size_t opaque_count;
    struct SqlEdits *edits; /* private to src/sql/ */
} SqlStatement;

typedef struct SqlSet
{
    SqlFile **files;
    size_t file_count;
    SqlStatement **statements; /* by file path (bytewise), then position */
    size_t statement_count;
} SqlSet;

/*
 * Reads every *.sql below `folder`, sub-folders too (not hidden ones), and reports in one go: unreadable files,
 * syntax errors (file, line, column, the parser's message), statements that do not belong, two statements that
 * create the same view, statements about a view that no file creates, index or statistics names made twice.
 * A statement about several views (GRANT ON a, b) comes back as one SqlStatement per view.
 *
 * Extended statistics live in the schema of their view, whether their name says so or is unqualified; another
 * schema is an error.  Names in ARRAY['s.x']::regclass[] are references, names in '{s.x}'::regclass[] are not seen.
 */
Status sql_read_folder(const void *context, const char *folder, const char *default_schema, SqlSet **ret_set,
                       Errors *errors) MUST_CHECK;

/* The same for files already in memory: `paths` and `texts` have `count` elements.  For tests and fuzzing. */
Status sql_read_texts(const void *context, const char *const *paths, const char *const *texts, size_t count,
                      const char *default_schema, SqlSet **ret_set, Errors *errors) MUST_CHECK;

/*
 * Which schema a relation (or extended statistics object) has in the generation being built; NULL: it is not
 * part of it, leave it alone.  `name` is always qualified.  Names in pg_catalog must not be members: the grammar
 * itself writes such names (int is pg_catalog.int4).
 */
typedef struct SqlGeneration
{
    const char *(*new_schema)(const void *closure, Name name);
    const void *closure;
} SqlGeneration;

/*
 * The statement's text for a new generation: qualified names of its members edited to their new schema, its own
 * target always qualified, IF NOT EXISTS taken out, materialized views WITH NO DATA, a bare query made a
 * CREATE MATERIALIZED VIEW.  Line numbers of the text are those of the file minus (statement->line - 1); what is
 * put before a bare query stands on its first line.  The text ends with the statement's last token: comments
 * behind it are left out.  A statement whose view is not a member keeps the view's own schema.
 *
 * Proof (a) is part of it: the result is parsed again and its tree must equal the original's but for the schema
 * names and the few edits named above; otherwise ERROR_INTERNAL with the place, and no text.
 */
Status sql_rewrite(const void *context, const SqlStatement *statement, SqlGeneration generation, char **ret_text,
                   Errors *errors) MUST_CHECK;

/*
 * The same for a definition that the server gave (pg_get_indexdef, pg_get_statisticsobjdef, pg_get_ruledef,
 * pg_get_triggerdef: all names qualified): every name of a member is edited, and the names it creates get the schema of the relation they
 * are on.  `what` names it in errors.
 */
Status sql_rewrite_definition(const void *context, const char *definition, const char *what,
                              SqlGeneration generation, char **ret_text, Errors *errors) MUST_CHECK;

/*
 * A definition as pg_get_viewdef, pg_get_indexdef or pg_get_statisticsobjdef prints it, with what it takes that the server
 * prints the same again of what it makes of it; as it is where the parser cannot read it.  talloc child of `context`.
 */
char *sql_reprintable(const void *context, const char *definition);

/*
 * The text of a file that holds one query about a view, for a new generation: {view} in it, where a name can stand, is
 * the view's qualified name there; not within strings, quoted names and comments.  Names of members are edited as in
 * sql_rewrite, with its proof.  What is wrong is an ERROR_SOURCE with the file's path, line and column.
 */
typedef struct SqlQuery
{
    const char *text; /* from the first token to the last */
    int line;         /* of the first token */
} SqlQuery;
Status sql_rewrite_query(const void *context, const char *path, const char *text, Name view, SqlGeneration generation,
                         SqlQuery *ret_query, Errors *errors) MUST_CHECK;

/* Does `text` parse as exactly one statement?  For the unit test over src/pg/sql. */
Status sql_check_single(const char *text, const char *what, Errors *errors) MUST_CHECK;

/* Is `word` a keyword of any category for PostgreSQL's scanner? (used by name_quote) */
bool sql_is_keyword(const char *word);

#endif
