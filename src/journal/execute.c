/*
 * execute.c: the choke point: statements, transactions, and what SQLite's result codes mean to a reader.
 */
#include "journal_internal.h"

#include <errno.h>
#include <string.h>

#include "journal_sql.h"
#include "matswap/memory.h"

#define MARKERS_REMAIN "the markers in the database still allow a clean-up: `matswap rollback --orphans`"

typedef struct CodeRow
{
    int code; /* primary result code, https://www.sqlite.org/rescode.html */
    const char *what;
    const char *remedy;
} CodeRow;

/* The last row stands for every other code. */
static const CodeRow codes[] = {
    {SQLITE_BUSY, "is locked by another process", "wait until that has finished; fuser shows which process it is"},
    {SQLITE_FULL, "cannot be written", "free space on its file system, then run `matswap resume`"},
    {SQLITE_IOERR, "cannot be read or written", "check its file system, then run `matswap resume`"},
    {SQLITE_READONLY, "cannot be written", "make the file and its folder writable for this user, or set `journal`"},
    {SQLITE_CANTOPEN, "cannot be opened", "make the file and its folder writable for this user, or set `journal`"},
    {SQLITE_PERM, "cannot be opened", "make the file and its folder writable for this user, or set `journal`"},
    {SQLITE_NOTADB, "is not a journal", "set `journal` to another path, or move the file away: " MARKERS_REMAIN},
    {SQLITE_CORRUPT, "is damaged", "move it away with its -wal and -shm files: " MARKERS_REMAIN},
    {0, "failed", NULL},
};

static const CodeRow *find_code(int primary)
{
    const CodeRow *row = codes;
    while (row->code != 0 && row->code != primary)
        row++;
    return row;
}

Status journal_failed(const Journal *journal, int code, Errors *errors)
{
    /* SQLite keeps the system's reason for these two only: for any other code it is that of an earlier failure */
    int primary = code & 0xff;
    int reason = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN ? sqlite3_system_errno(journal->database) : 0;
    const CodeRow *row = find_code(reason == ENOSPC || reason == EDQUOT ? SQLITE_FULL : primary);
    Error *error = errors_add(errors, ERROR_JOURNAL, "the journal %s %s: %s", journal->path, row->what,
                              sqlite3_errmsg(journal->database));
    if (reason != 0)
        error->message = mem_printf(error, "%s: %s", error->message, strerror(reason));
    if (row->remedy != NULL)
        error_remedy(error, "%s", row->remedy);
    return STATUS_FAILED;
}

Status journal_damaged(const Journal *journal, const char *finding, Errors *errors)
{
    char *line = mem_strdup(errors, finding); /* the quick check's findings have several */
    for (char *end = line; (end = strchr(end, '\n')) != NULL;)
        *end = ' ';
    Error *error = errors_add(errors, ERROR_JOURNAL, "the journal %s is damaged: %s", journal->path, line);
    talloc_free(line);
    error_remedy(error, "move it away with its -wal and -shm files: " MARKERS_REMAIN);
    return STATUS_FAILED;
}

static int bind_value(sqlite3_stmt *statement, const Bind *bind)
{
    int index = sqlite3_bind_parameter_index(statement, bind->name);
    if (index == 0)
        return SQLITE_RANGE;
    switch (bind->type)
    {
    case BIND_INTEGER:
        return sqlite3_bind_int64(statement, index, bind->integer);
    case BIND_REAL:
        return sqlite3_bind_double(statement, index, bind->real);
    case BIND_TEXT:
        return sqlite3_bind_text(statement, index, bind->text, -1, SQLITE_STATIC);
    }
    return SQLITE_MISUSE;
}

/* Every parameter must be bound: one that is forgotten would silently be NULL. */
static int bind_all(sqlite3_stmt *statement, Binds binds)
{
    if ((size_t) sqlite3_bind_parameter_count(statement) != binds.count)
        return SQLITE_RANGE;
    int code = SQLITE_OK;
    for (size_t i = 0; i < binds.count && code == SQLITE_OK; i++)
        code = bind_value(statement, &binds.items[i]);
    return code;
}

static Status read_rows(Journal *journal, sqlite3_stmt *statement, RowReader reader, void *data, Errors *errors)
{
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
    {
        Row row = {.statement = statement, .journal = journal};
        if (reader != NULL && reader(&row, data, errors) != STATUS_OK)
            return STATUS_FAILED;
    }
    return code == SQLITE_DONE ? STATUS_OK : journal_failed(journal, code, errors);
}

Status journal_execute(Journal *journal, const char *sql, Binds binds, RowReader reader, void *data, Errors *errors)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(journal->database, sql, -1, &statement, NULL);
    if (code != SQLITE_OK)
        return journal_failed(journal, code, errors);

    Status status = STATUS_FAILED;
    code = bind_all(statement, binds);
    if (code != SQLITE_OK)
        errors_add(errors, ERROR_INTERNAL, "cannot bind the parameters of a statement of the journal: %s: %s",
                   sqlite3_errstr(code), sql);
    else if (sqlite3_stmt_readonly(statement) == 0 && journal->forsaken)
        status = STATUS_OK;
    else if (sqlite3_stmt_readonly(statement) != 0 || journal_check_file(journal, errors) == STATUS_OK)
        status = read_rows(journal, statement, reader, data, errors);
    sqlite3_finalize(statement);
    return status;
}

Status journal_transaction(Journal *journal, const char *begin, JournalWork work, void *data, Errors *errors)
{
    if (journal->forsaken && strcmp(begin, JOURNAL_SQL_BEGIN_WRITE) == 0)
        return STATUS_OK;
    Status status = journal_execute(journal, begin, NO_BINDS, NULL, NULL, errors);
    if (status == STATUS_OK)
        status = work(journal, data, errors);
    if (status == STATUS_OK)
        status = journal_execute(journal, JOURNAL_SQL_COMMIT, NO_BINDS, NULL, NULL, errors);

    /* A full disk may have ended the transaction already: https://www.sqlite.org/lang_transaction.html section 3.
       Should the ROLLBACK fail too, the first error is what counts, and the next BEGIN will say so again. */
    if (status != STATUS_OK && !sqlite3_get_autocommit(journal->database))
    {
        size_t before = errors->count;
        if (journal_execute(journal, JOURNAL_SQL_ROLLBACK, NO_BINDS, NULL, NULL, errors) != STATUS_OK)
            errors_truncate(errors, before);
    }
    return status;
}

Status journal_execute_script(Journal *journal, const char *script, Errors *errors)
{
    int code = sqlite3_exec(journal->database, script, NULL, NULL, NULL);
    return code == SQLITE_OK ? STATUS_OK : journal_failed(journal, code, errors);
}

int64_t row_integer(Row *row)
{
    return sqlite3_column_int64(row->statement, row->column++);
}

double row_real(Row *row)
{
    return sqlite3_column_double(row->statement, row->column++);
}

char *row_text(Row *row, const void *context)
{
    return mem_strdup(context, (const char *) sqlite3_column_text(row->statement, row->column++));
}

int row_word(Row *row, int (*from_word)(const char *word), const char *what, Errors *errors)
{
    char *word = row_text(row, errors);
    int value = word == NULL ? -1 : from_word(word);
    if (value < 0)
    {
        char *finding = mem_printf(errors, "'%s' is no %s", word == NULL ? "" : word, what);
        (void) journal_damaged(row->journal, finding, errors);
        talloc_free(finding);
    }
    talloc_free(word);
    return value;
}
