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

/*
 * The keys of a [view NAME] section.  A rule judges a generation, and has a severity; the others say how.  What is
 * measured is found out while the view is built: a view built without is built again.
 *
 *      name              word                rule   measured
 */
#define VIEW_KEYS(X)                                                                                                \
    X(SUMS,             "sums",             false, true)                                                            \
    X(TOLERANCE,        "tolerance",        true,  false)                                                           \
    X(MIN_ROWS,         "min_rows",         true,  false)                                                           \
    X(MAX_ROWS,         "max_rows",         true,  false)                                                           \
    X(MAX_SHRINK,       "max_shrink",       true,  false)                                                           \
    X(MAX_GROWTH,       "max_growth",       true,  false)                                                           \
    X(UNIQUE,           "unique",           true,  false)                                                           \
    X(NOT_NULL,         "not_null",         true,  true)                                                            \
    X(CHECK,            "check",            true,  false)                                                           \
    X(COMPARE_KEYS,     "compare_keys",     true,  false)                                                           \
    X(SAMPLE,           "sample",           true,  false)                                                           \
    X(SOURCE_TOTAL,     "source_total",     true,  true)                                                            \
    X(SOURCE_TOLERANCE, "source_tolerance", false, false)                                                           \
    X(EVENT_TIME,       "event_time",       true,  true)                                                            \
    X(MAX_LAG,          "max_lag",          true,  false)                                                           \
    X(MAX_FUTURE,       "max_future",       true,  false)                                                           \
    X(ALLOWED_LATENESS, "allowed_lateness", false, false)                                                           \
    X(LATE_DATA,        "late_data",        true,  false)                                                           \
    X(BUCKET,           "bucket",           false, false)                                                           \
    X(RENAMED_FROM,     "renamed_from",     false, false)                                                           \
    X(ADOPT,            "adopt",            false, false)

typedef enum ViewKey
{
#define X(name, word, is_rule, measured) KEY_##name,
    VIEW_KEYS(X)
#undef X
    VIEW_KEY_COUNT
} ViewKey;
const char *view_key_word(ViewKey key);
bool view_key_is_rule(ViewKey key);
bool view_key_is_measured(ViewKey key);

/* What a rule's failure does to the run. */
typedef enum Severity
{
    SEVERITY_ERROR, /* the generation is rejected */
    SEVERITY_WARN
} Severity;

/* Column names, unquoted as the catalog has them. */
typedef struct ColumnNames
{
    const char **names;
    size_t count;
} ColumnNames;

/* unique = a, b is one key of two columns; unique = (a, b), (c) are two keys. */
typedef struct UniqueKeys
{
    ColumnNames *keys;
    size_t count;
} UniqueKeys;

/* A query that returns no row when all is well; {view} in it stands for the new view. */
typedef struct CheckFile
{
    const char *name; /* the file's, without folder and .sql */
    const char *path;
    const char *text;
} CheckFile;

typedef struct CheckFiles
{
    CheckFile *files;
    size_t count;
} CheckFiles;

/* compare_keys = vanished 0%, appeared 10%; or yes: shown, not judged. */
typedef struct KeyLimits
{
    Percent vanished, appeared; /* of the live generation's keys */
} KeyLimits;

/* sample = 1000, changed 5%; without the limit: shown, not judged. */
typedef struct SampleLimits
{
    int64_t rows;
    Percent changed; /* of the rows sampled */
} SampleLimits;

/* source_total = SELECT …: the text, and the line that it stands on. */
typedef struct SourceQuery
{
    const char *text;
    int line;
} SourceQuery;

/* What becomes of rows older than the live generation's watermark less allowed_lateness. */
/*        name       word */
#define LATE_DATA_POLICIES(X)                                                                                       \
    X(REISSUE, "reissue") /* they are published, and counted */                                                     \
    X(REPORT, "report")   /* with a warning */                                                                      \
    X(REJECT, "reject")   /* the generation is rejected */

typedef enum LateData
{
#define X(name, word) LATE_DATA_##name,
    LATE_DATA_POLICIES(X)
#undef X
    LATE_DATA_COUNT
} LateData;

/* What a [view NAME] section says; absent values are filled from [view *] by config_rules_for. */
typedef struct ViewRules
{
    const char *view; /* as written: "name", "schema.name", "*" */
    Name name;        /* the view, in the catalog's spelling and always qualified; empty for "*" */
    int line;
    const char *given[VIEW_KEY_COUNT]; /* each value as written; NULL: the key is absent, and what it fills says nothing */
    const char *severities[VIEW_KEY_COUNT]; /* severity.RULE as written, or NULL */
    const char *severity;                   /* of all other rules; NULL: error */

    ColumnNames sums;
    Percent tolerance;  /* of a sum or a row count, both ways */
    int64_t min_rows;
    int64_t max_rows;
    Percent max_shrink; /* of the row count */
    Percent max_growth; /* of the row count */
    UniqueKeys unique;
    ColumnNames not_null;
    CheckFiles check;
    KeyLimits compare_keys;
    SampleLimits sample;
    SourceQuery source_total;
    Percent source_tolerance; /* of each total that source_total gives; absent: exact */
    const char *event_time;   /* a column */
    int64_t max_lag_ms;       /* of the watermark behind the snapshot's time */
    int64_t max_future_ms;    /* of the watermark before the snapshot's time; absent: 5 min */
    int64_t allowed_lateness_ms; /* absent: 0 */
    LateData late_data;
    int64_t bucket_ms; /* by which late rows are counted; absent: a day */
    Name renamed_from; /* what the view was called, qualified; empty: it was not renamed */
    bool adopt; /* a table of the view's name that no swap of the set has published is replaced all the same */
} ViewRules;

/* A program with its arguments, run without a shell unless it says so. */
typedef struct CommandLine
{
    const char *written; /* NULL: none */
    const char **words;  /* split as a shell would; or /bin/sh -c and what follows sh: */
    size_t word_count;   /* without the NULL behind the last */
} CommandLine;

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
    CommandLine command;  /* .written NULL: a file is read */
    ImportFormat format;  /* default csv */
    const char *encoding; /* the server's name of it; default UTF8 */
    int64_t timeout_ms;   /* for the command as a whole; default 10 min */
    bool adopt;           /* a table of that name that no swap of the set has published is replaced all the same */
} Import;

/* Is the key given, in the section or in [view *]? */
static inline bool view_rules_have(const ViewRules *rules, ViewKey key)
{
    return rules->given[key] != NULL;
}

Severity view_rules_severity(const ViewRules *rules, ViewKey rule);

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

/* What becomes of a run in which a view fails to build, or is rejected. */
/*        name     word */
#define ON_FAILURE_POLICIES(X)                                                                                      \
    X(ABORT, "abort")     /* nothing is swapped */                                                                  \
    X(ISOLATE, "isolate") /* its group keeps the old generation (see group.c), the rest is swapped */

typedef enum OnFailure
{
#define X(name, word) ON_FAILURE_##name,
    ON_FAILURE_POLICIES(X)
#undef X
    ON_FAILURE_COUNT
} OnFailure;

/* Which views share a snapshot of a foreign server. */
/*        name       word */
#define FOREIGN_SNAPSHOTS(X)                                                                                        \
    X(SEPARATE, "separate")  /* none: each is built when a worker is idle */                                        \
    X(TOGETHER, "together")  /* all that read it: one transaction builds them */

typedef enum ForeignSnapshot
{
#define X(name, word) FOREIGN_SNAPSHOT_##name,
    FOREIGN_SNAPSHOTS(X)
#undef X
    FOREIGN_SNAPSHOT_COUNT
} ForeignSnapshot;

/* How the lines of progress are written. */
/*        name    word */
#define LOG_FORMATS(X)                                                                                              \
    X(TEXT, "text")                                                                                                 \
    X(JSON, "json") /* an object on each line */

typedef enum LogFormat
{
#define X(name, word) LOG_##name,
    LOG_FORMATS(X)
#undef X
    LOG_FORMAT_COUNT
} LogFormat;

/* A section as it stands in the file, for those who want to know what a run was told. */
typedef struct StatedSection
{
    const char *name; /* "matswap", "view sales" */
    Setting *values;  /* in the file's order; .value NULL: a command, which may hold what must not be shown */
    size_t count;
} StatedSection;

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
    OnFailure on_failure;     /* default abort */
    int lock_timeout_from_ms; /* >= 1; default 2 */
    int lock_timeout_to_ms;   /* >= from; default 200 */
    int64_t swap_timeout_ms;  /* default 5 min */
    OnBlocked on_blocked;         /* default wait */
    int64_t blocked_patience_ms;  /* default 30 s */
    ForeignSnapshot foreign_snapshot; /* default separate */
    int64_t reconnect_timeout_ms; /* with a server that cannot be reached after a connection broke; default 1 min */
    Name audit_table;         /* qualified; .name NULL: none */
    const char *notify;       /* channel, or NULL */
    CommandLine before_run;    /* runs before anything is built */
    CommandLine after_swap;    /* runs when the swap is committed */
    CommandLine after_failure; /* runs when a run has failed, or was rejected */
    int64_t hook_timeout_ms;   /* for each of these three; default 1 min */
    LogFormat log_format;      /* default text */
    const char *log_file;      /* NULL: standard error alone */
    const char *metrics;       /* a Prometheus textfile, or NULL */
    int64_t max_extra_space;   /* bytes that a new generation may take; -1: no limit */
    int64_t keep_history_ms;   /* how long the journal knows runs that are over; default 90 days */
    int64_t stop_timeout_ms;   /* for cleaning up after SIGTERM; default 1 min */
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

    StatedSection *stated; /* in the file's order */
    size_t stated_count;
} Config;

/* A key of the file, for who tells of them all: completion, the reference's test, `matswap help KEY`. */
typedef struct ConfigKey
{
    const char *section; /* "matswap", "view", "import" */
    const char *name;
    const char *usual; /* its default, as one would write it; NULL: absent, or found out from other keys */
} ConfigKey;

/*
 * Every key that the code reads, section by section in the order of its tables; severity.RULE for each rule.  Those of
 * [session] are the server's.  An array that is a child of `context`; never fails.
 */
ConfigKey *config_keys(const void *context, size_t *ret_count);

/* Reads and checks `path`. */
Status config_load(const void *context, const char *path, Config **ret_config, Errors *errors) MUST_CHECK;

/*
 * A configuration that is enough to connect by, from options instead of a file: `conninfo` (option --from; NULL: PG*
 * variables decide) and the set's name (option --set; NULL: to be found, until then "init"), checked as in a file.
 */
Status config_of_options(const void *context, const char *conninfo, const char *set, Config **ret_config,
                         Errors *errors) MUST_CHECK;

/*
 * The file to read when the command line names none: $MATSWAP_CONFIG, ./matswap.ini, /etc/matswap/matswap.ini;
 * fails with what was looked for when there is none.
 */
Status config_find(const void *context, const char **ret_path, Errors *errors) MUST_CHECK;

/* The rules for one view: its own section's values over [view *].  A name without schema means config->schema. */
ViewRules config_rules_for(const void *context, const Config *config, Name view);

/* Does the section say anything of a view's rows?  What it takes the place of is nothing of the kind. */
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

/* A time as the keys have it, "200ms", "15min", "1d", up to 100 years; false, and nothing is set, for anything else. */
bool config_read_duration(const char *text, int64_t *ret_milliseconds);

/* The folder that the file is in: "." for one in the working directory. */
char *config_folder(const void *context, const Config *config);

#endif
