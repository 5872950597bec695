/*
 * config.h: conf/NAME.ini as a struct, every value checked.
 *
 * All problems of a file are reported in one go, each with file and line; an unknown section, key or value
 * comes with the nearest known spelling.  Paths in the file are relative to the file; here they are relative to
 * the working directory or absolute.  A password in `conninfo` is refused (it would end in a process list or a
 * log): PGPASSFILE, a service file or the environment carry it.
 */
#ifndef MATSWAP_CONFIG_H
#define MATSWAP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "matswap/error.h"
#include "matswap/name.h"

/* A percentage that may be absent.  "0.5%" is kept as the exact decimal text "0.5": the server computes with it. */
typedef struct Percent
{
    bool set;
    const char *number;
} Percent;

typedef struct Setting
{
    const char *name;
    const char *value;
    int line;
} Setting;

/* What a [view NAME] section says; absent values are filled from [view *] by config_rules_for. */
typedef struct ViewRules
{
    const char *view; /* as written: "name", "schema.name", "*" */
    Name name;        /* the view, in the catalog's spelling and always qualified; empty for "*" */
    int line;
    const char **sums; /* column names, unquoted as the catalog has them */
    size_t sum_count;
    Percent tolerance;  /* of a sum or a row count, both ways */
    Percent max_shrink; /* of the row count */
    Percent max_growth; /* of the row count */
    bool has_min_rows;
    int64_t min_rows;
    Name renamed_from; /* what the view was called, qualified; empty: it was not renamed */
} ViewRules;

/* How the data of an import is written. */
/*        name    word */
#define IMPORT_FORMATS(X)                                                                                           \
    X(CSV, "csv")     /* with a header */                                                                           \
    X(JSONL, "jsonl") /* an object on each line */

typedef enum ImportFormat
{
#define X(name, word) IMPORT_##name,
    IMPORT_FORMATS(X)
#undef X
    IMPORT_FORMAT_COUNT
} ImportFormat;
const char *import_format_word(ImportFormat format);

/* What an [import NAME] section says: where the rows of a table of the set come from. */
typedef struct Import
{
    const char *written; /* "name", "schema.name" */
    Name name;           /* the table, in the catalog's spelling and always qualified */
    int line;
    const char *file;     /* what is read; NULL: the output of the command */
    const char *command;  /* as written; NULL: a file is read */
    const char **words;   /* the command, split as a shell would; or /bin/sh -c and what follows sh: */
    size_t word_count;    /* without the NULL behind the last */
    ImportFormat format;  /* default csv */
    const char *encoding; /* the server's name of it; NULL: UTF8 */
    int64_t timeout_ms;   /* for the command as a whole; default 10 min */
    bool adopt;           /* a table of that name that no swap of the set has published is replaced all the same */
} Import;

/* What becomes of a session that keeps a lock from the swap for longer than blocked_patience. */
/*        name       word */
#define ON_BLOCKED_POLICIES(X)                                                                                      \
    X(WAIT, "wait")                                                                                                 \
    X(FAIL, "fail")           /* the run ends, and the old generation serves */                                     \
    X(CANCEL, "cancel")       /* its statement */                                                                   \
    X(TERMINATE, "terminate") /* the session */

typedef enum OnBlocked
{
#define X(name, word) ON_BLOCKED_##name,
    ON_BLOCKED_POLICIES(X)
#undef X
    ON_BLOCKED_COUNT
} OnBlocked;

typedef struct Config
{
    const char *path;     /* as given */
    const char *set;      /* [a-z0-9_-]+, at most 40 characters */
    const char *conninfo; /* "" when absent: PG* variables decide */
    const char *queries;
    const char *schema;  /* where unqualified names are; default "public" */
    const char *journal; /* default $XDG_STATE_HOME/matswap/SET.db, or ~/.local/state/matswap/SET.db */
    int jobs;            /* >= 1; default 2 */
    bool keep_old;
    int lock_timeout_from_ms; /* >= 1; default 2 */
    int lock_timeout_to_ms;   /* >= from; default 200 */
    int64_t swap_timeout_ms;  /* default 5 min */
    OnBlocked on_blocked;         /* default wait */
    int64_t blocked_patience_ms;  /* default 30 s */
    int64_t reconnect_timeout_ms; /* with a server that cannot be reached after a connection broke; default 1 min */
    const char *notify;       /* channel, or NULL */
    const char *suffix_new;   /* default "_new" */
    const char *suffix_old;   /* default "_old" */

    Setting *session; /* [session] in file order, search_path excluded */
    size_t session_count;

    /* schemas for unqualified names, in order: [session] search_path if given (with `schema` put first when it
     * is missing there), else just `schema`; names unquoted, never pg_catalog or "$user" */
    const char **search_path;
    size_t search_path_count;

    ViewRules *rules;
    size_t rules_count;

    Import *imports;
    size_t import_count;
} Config;

/* Reads and checks `path`. */
Status config_load(const void *context, const char *path, Config **ret_config, Errors *errors) MUST_CHECK;

/*
 * The file to read when the command line names none: $MATSWAP_CONFIG, ./matswap.ini, /etc/matswap/matswap.ini;
 * fails with what was looked for when there is none.
 */
Status config_find(const void *context, const char **ret_path, Errors *errors) MUST_CHECK;

/* The rules for one view: its own section's values over [view *].  A name without schema means config->schema. */
ViewRules config_rules_for(const void *context, const Config *config, Name view);

/* Does the section judge a generation?  A view's former name alone does not. */
bool config_has_limits(const ViewRules *rules);

/* Sections that name no view in `views` are errors (with the nearest name): a typo must not switch a rule off. */
Status config_check_views(const Config *config, const Name *views, size_t view_count, Errors *errors) MUST_CHECK;

/* The section of this table (qualified), or NULL. */
const Import *config_find_import(const Config *config, Name table);

/*
 * Tables and sections must pair up.  [import NAME] sections that name none of `tables` are errors (with the nearest name);
 * the name nearest to a table that has no section is for its error: NULL if none is near.
 */
Status config_check_imports(const Config *config, const Name *tables, size_t table_count, Errors *errors) MUST_CHECK;
const char *config_nearest_import(const void *context, const Config *config, Name table);

/* The folder that the file is in: "." for one in the working directory. */
char *config_folder(const void *context, const Config *config);

#endif
