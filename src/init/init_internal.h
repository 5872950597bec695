/* init_internal.h: what the catalog says, and what is made of it, one topic per file.  Private to src/init/. */
#ifndef MATSWAP_INIT_INTERNAL_H
#define MATSWAP_INIT_INTERNAL_H

#include "matswap/config.h"
#include "matswap/init.h"
#include "matswap/pg.h"
#include "matswap/text.h"

/* A statement about a relation, as init_parts.sql gives it. */
typedef struct InitPart
{
    const char *kind; /* index, statistics, comment, owner, grant */
    const char *sql;
    const char *because; /* why it is only shown; NULL: it may be executed */
} InitPart;

/* A column, and what ANALYZE knows of it (init_columns.sql). */
typedef struct InitColumn
{
    const char *name, *type;
    bool summable, whole; /* a number; one of integers */
    bool temporal, is_date;
    bool unseen;          /* there are no statistics */
    bool never_null, mostly_null, constant;
    double distinct_share; /* of the rows; 0: not known */
    bool has_age;
    int64_t age_ms; /* of its latest value; negative: it lies in the future */
} InitColumn;

typedef struct InitKey
{
    const char *index;
    ColumnNames columns;
} InitKey;

typedef struct InitRelation InitRelation;
struct InitRelation
{
    uint32_t oid;
    Name name;
    const char *label; /* quoted where needed */
    ViewKind kind;     /* VIEW_IMPORT: a table that may become a view */
    const char *owner, *extension;
    bool may_act, populated;
    int64_t rows, bytes;
    InitRelation **reads, **readers;
    size_t read_count, reader_count;

    const Error *refusal; /* why it cannot be in a set, whatever the others are; owned by the catalog */
    bool blamed; /* the refusal of another names this one */
    bool wanted; /* by the options */
    bool member; /* of the set that is written */
    const char *because; /* InitView.because */

    bool readable; /* by our parser */
    const char *definition; /* its query, ending with ';'; not of tables */
    InitPart *parts;
    size_t part_count;
    InitColumn *columns;
    size_t column_count;
    InitKey *keys;
    size_t key_count;
    const char *file; /* its name in its folder */
};

typedef struct InitCatalog
{
    const char *role, *database;
    bool inherits;
    int version;
    PgConnection *connection;
    InitRelation *relations; /* views and candidate tables, by schema and name */
    size_t count;
    Errors *refusals; /* owns what the relations point to */
} InitCatalog;

/* ---- catalog.c ---------------------------------------------------------------------------------------------- */

/* Connects, and reads what there is and what reads what.  Child of `context`. */
Status catalog_open(const void *context, const Config *config, InitCatalog **ret_catalog, Errors *errors) MUST_CHECK;

/* Definitions and parts of the members that have none yet. */
Status catalog_read_members(InitCatalog *catalog, Errors *errors) MUST_CHECK;

/* Columns and keys of the members, and of the wanted tables, whose parts come too. */
Status catalog_read_columns(InitCatalog *catalog, Errors *errors) MUST_CHECK;

/* ---- select.c: no server ------------------------------------------------------------------------------------ */

/* The relation cannot be in a set; without effect when it has been refused before. */
Error *select_refuse(InitCatalog *catalog, InitRelation *relation, const char *format, ...) PRINTF_LIKE(3, 4);

/*
 * Sets member and because: the largest set of the wanted materialized views that a run does not refuse, with what it
 * needs besides.  Refuses views that this leaves out; may be called again when more have been refused.
 */
void select_members(InitCatalog *catalog);

/* ---- file_name.c: no server --------------------------------------------------------------------------------- */

/* Gives each of the relations, all of which have a name, a file name of its own: see there. */
void file_names_give(const void *context, InitRelation **relations, size_t count, const char *default_schema);

/* ---- text.c, propose.c: no server --------------------------------------------------------------------------- */

/* The file of a member. */
char *file_text(const void *context, const InitCatalog *catalog, const InitRelation *relation, bool grants);

/* The file of a table, whose query is still to be written. */
char *sketch_text(const void *context, const InitCatalog *catalog, const InitRelation *table);

/* The configuration.  `set` and `schema` are its values; from NULL: PG* variables decide. */
typedef struct InitIni
{
    const char *from, *set, *schema;
    InitRelation **members, **tables;
    size_t member_count, table_count;
} InitIni;
char *ini_text(const void *context, const InitCatalog *catalog, const InitIni *ini);

/* The rules of a relation as proposals, each line behind a '#'; nothing when it has no column that is worth one. */
void propose_rules(Text *text, const InitRelation *relation);

/* A value of the ini file: over several lines where libinih could not read it in one, each behind `mark`. */
void ini_add_value(Text *text, const char *mark, const char *key, const char *value);

/* Can the ini file say this name?  It cannot when a name holds what begins a comment there, or ends a line. */
bool ini_can_say(const char *name);

/* ---- write.c ------------------------------------------------------------------------------------------------ */

typedef struct InitFile
{
    const char *path; /* within the folder */
    const char *text;
    int mode; /* less what umask takes away */
} InitFile;

/* Is what was written below `stage` as it should be? */
typedef Status WriteCheck(void *closure, const char *stage, Errors *errors);

/* Refuses what is in the way of writing `entries` (names in the folder), all in one go. */
void write_look(const char *folder, const char *const *entries, size_t count, Errors *errors);

/*
 * Writes the files below a hidden folder beside their place, has `check` look at it there (its argument is that
 * folder), and moves the entries in.  Whatever fails, nothing of it is left.
 */
Status write_all(const void *context, const char *folder, const char *const *entries, size_t entry_count,
                 const InitFile *files, size_t file_count, WriteCheck *check, void *closure, Errors *errors) MUST_CHECK;

#endif
