/*
 * journal_internal.h: the one way from src/journal/ to SQLite.
 *
 * journal_execute is the choke point: every statement is one file of sql/, its parameters are bound by name,
 * its rows come one by one to a callback.  A single statement is its own durable transaction; several go
 * through journal_transaction, which has the only COMMIT and the only ROLLBACK.
 */
#ifndef MATSWAP_JOURNAL_INTERNAL_H
#define MATSWAP_JOURNAL_INTERNAL_H

#include <sqlite3.h>
#include <sys/types.h>

#include "matswap/journal.h"

/* PRAGMA application_id and user_version as sql/schema.sql sets them */
#define JOURNAL_APPLICATION_ID 0x4d535750
#define JOURNAL_FORMAT 5
#define JOURNAL_FORMAT_WITH_VERDICTS 4
#define JOURNAL_FORMAT_WITH_TASKS 5

struct Journal
{
    const char *path;
    sqlite3 *database;
    int format; /* below JOURNAL_FORMAT only in a journal that is opened to read */
    bool has_log; /* there was a write-ahead log when it had been opened to write: this one */
    dev_t log_device;
    ino_t log_inode;
    bool forsaken; /* journal_forsake */
};

typedef enum BindType
{
    BIND_INTEGER,
    BIND_REAL,
    BIND_TEXT
} BindType;

typedef struct Bind
{
    const char *name; /* as in the statement, with its colon */
    BindType type;
    int64_t integer;
    double real;
    const char *text; /* NULL is SQL's NULL; must outlive the call */
} Bind;

typedef struct Binds
{
    const Bind *items;
    size_t count;
} Binds;

#define BINDS(...) ((Binds){(const Bind[]){__VA_ARGS__}, sizeof((const Bind[]){__VA_ARGS__}) / sizeof(Bind)})
#define NO_BINDS ((Binds){NULL, 0})

static inline Bind bind_integer(const char *name, int64_t value)
{
    return (Bind){.name = name, .type = BIND_INTEGER, .integer = value};
}

static inline Bind bind_real(const char *name, double value)
{
    return (Bind){.name = name, .type = BIND_REAL, .real = value};
}

static inline Bind bind_text(const char *name, const char *value)
{
    return (Bind){.name = name, .type = BIND_TEXT, .text = value};
}

/* A row, read column by column in the order of the statement; strings become children of `context`. */
typedef struct Row
{
    sqlite3_stmt *statement;
    int column;
    Journal *journal;
} Row;

int64_t row_integer(Row *row);
double row_real(Row *row);
char *row_text(Row *row, const void *context);

/* The next column as a word; -1, with an error, for one that this version does not know. */
int row_word(Row *row, int (*from_word)(const char *word), const char *what, Errors *errors);

typedef Status (*RowReader)(Row *row, void *data, Errors *errors);

/* Runs one statement.  reader NULL: its rows are of no interest. */
Status journal_execute(Journal *journal, const char *sql, Binds binds, RowReader reader, void *data,
                       Errors *errors) MUST_CHECK;

typedef Status (*JournalWork)(Journal *journal, void *data, Errors *errors);

/* `begin` is JOURNAL_SQL_BEGIN_WRITE or JOURNAL_SQL_BEGIN_READ.  Committed if and only if it returns STATUS_OK. */
Status journal_transaction(Journal *journal, const char *begin, JournalWork work, void *data,
                           Errors *errors) MUST_CHECK;

/* Runs sql/schema.sql or sql/upgrade_*.sql: the only texts of several statements. */
Status journal_execute_script(Journal *journal, const char *script, Errors *errors) MUST_CHECK;

/* Readers of the columns of sql/run_select.sql and sql/view_select.sql, in order; `data` is the JournalRun, to which the
   second adds a view. */
Status journal_read_run(Row *row, void *data, Errors *errors);
Status journal_read_view(Row *row, void *data, Errors *errors);

/* The run of run->id with all that belongs to it, within a transaction; nothing when there is none. */
Status journal_load_run(Journal *journal, JournalRun *run, Errors *errors) MUST_CHECK;

/* Of a run that is judged again. */
Status journal_verdicts_delete(Journal *journal, const JournalRun *run, Errors *errors) MUST_CHECK;

/* Tasks that are not written yet: are there any; into the journal; that this has become durable. */
bool journal_has_unwritten_tasks(const JournalRun *run);
Status journal_put_tasks(Journal *journal, const JournalRun *run, Errors *errors) MUST_CHECK;
void journal_tasks_written(const JournalRun *run);

/* Notes which file is the write-ahead log, for journal_check_file. */
void journal_remember_log(Journal *journal);

/* Adds the error for an SQLite result code, naming the journal and what to do; returns STATUS_FAILED. */
Status journal_failed(const Journal *journal, int code, Errors *errors);

/* The error for a file that is a journal no more, with SQLite's finding; returns STATUS_FAILED. */
Status journal_damaged(const Journal *journal, const char *finding, Errors *errors);

#endif
