/*
 * lost.c: a journal whose file is not where it was.
 *
 * SQLite keeps the files open and would go on to write, durably, what nobody finds again
 * (https://www.sqlite.org/howtocorrupt.html#_unlinking_or_renaming_a_database_file_while_in_use); it notices by itself
 * only when it is about to make a rollback journal, and in WAL mode never does (databaseIsUnmoved() in src/pager.c).
 */
#include "journal_internal.h"

#include <sys/stat.h>

#include "matswap/memory.h"

/* Which file the path means: device and inode, which no other file has while this one is open. */
static bool find_log(const Journal *journal, struct stat *ret_file)
{
    char *path = mem_printf(NULL, "%s-wal", journal->path);
    bool found = stat(path, ret_file) == 0;
    talloc_free(path);
    return found;
}

void journal_remember_log(Journal *journal)
{
    struct stat file;
    journal->has_log = find_log(journal, &file);
    if (journal->has_log)
    {
        journal->log_device = file.st_dev;
        journal->log_inode = file.st_ino;
    }
}

/* https://www.sqlite.org/c3ref/c_fcntl_begin_atomic_write.html#sqlitefcntlhasmoved */
static bool is_lost(Journal *journal)
{
    struct stat log;
    int moved = 0;
    if (sqlite3_file_control(journal->database, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK || moved != 0)
        return true;
    return journal->has_log && (!find_log(journal, &log) || log.st_dev != journal->log_device ||
                                log.st_ino != journal->log_inode);
}

Status journal_check_file(Journal *journal, Errors *errors)
{
    if (journal->forsaken || !is_lost(journal))
        return STATUS_OK;
    Error *error = errors_add(errors, ERROR_JOURNAL, "the journal %s was deleted, moved or replaced while it was in use",
                              journal->path);
    error_remedy(error, "leave it alone during a run; what stays in the database without it is shown, and removed, by "
                        "`matswap rollback --orphans`");
    return STATUS_FAILED;
}

bool journal_forsake(Journal *journal)
{
    if (!journal->forsaken)
        journal->forsaken = is_lost(journal);
    return journal->forsaken;
}
