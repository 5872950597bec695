/*
 * open.c: from a path to a journal whose settings and contents have been checked.
 *
 * Nothing is written to a file before it is known to be a journal of this format, or empty.
 */
#include "journal_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "journal_sql.h"
#include "matswap/memory.h"
#include "matswap/text.h"

#define BUSY_TIMEOUT_MS 5000
#define LARGE_FILE (32 * 1024 * 1024) /* bytes; one of that size is checked within 50 ms */

typedef struct Format
{
    int64_t application_id;
    int64_t version;
    int64_t objects;
} Format;

typedef struct Settings
{
    const char *journal_mode;
    int64_t synchronous;
    int64_t foreign_keys;
} Settings;

static int journal_close(Journal *journal)
{
    sqlite3_close(journal->database);
    return 0;
}

const char *journal_path(const Journal *journal)
{
    return journal->path;
}

static Status cannot_create(const char *what, const char *path, Errors *errors)
{
    Error *error = errors_add(errors, ERROR_JOURNAL, "cannot create %s %s: %s", what, path, strerror(errno));
    error_remedy(error, "make the folder writable for this user, or set `journal` to another path");
    return STATUS_FAILED;
}

/* Makes the entry of a new folder durable: SQLite does so for its own files only. */
static Status sync_folder(const char *path, Errors *errors)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = descriptor < 0 || fsync(descriptor) != 0;
    Status status = failed ? cannot_create("a folder for the journal in", path, errors) : STATUS_OK;
    if (descriptor >= 0)
        close(descriptor);
    return status;
}

/* mkdir -p -m 700 of everything before the last slash of `path` */
static Status make_folders(const char *path, Errors *errors)
{
    void *scratch = mem_context(NULL);
    const char *parent = path[0] == '/' ? "/" : ".";
    Status status = STATUS_OK;
    const char *slash = path;
    while (status == STATUS_OK && (slash = strchr(slash + 1, '/')) != NULL)
    {
        char *folder = mem_strndup(scratch, path, (size_t) (slash - path));
        if (mkdir(folder, 0700) == 0)
            status = sync_folder(parent, errors);
        else if (errno != EEXIST && access(folder, F_OK) != 0) /* EROFS, EACCES may come first for one that exists */
            status = cannot_create("the folder", folder, errors);
        parent = folder;
    }
    talloc_free(scratch);
    return status;
}

/*
 * SQLite would create the file with the process's umask; its -wal and -shm files take the mode of this one.
 * An existing file is never opened here: closing a descriptor gives up all locks that the process has on it.
 */
static Status make_file(const char *path, Errors *errors)
{
    if (make_folders(path, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (access(path, F_OK) == 0)
        return STATUS_OK;
    int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return errno == EEXIST ? STATUS_OK : cannot_create("the journal", path, errors);
    close(descriptor);
    return STATUS_OK;
}

/* `name` is a file name, or a URI when flags say so. */
static Status connect_database(Journal *journal, const char *name, int flags, Errors *errors)
{
    sqlite3_close(journal->database);
    int code = sqlite3_open_v2(name, &journal->database, flags, NULL);
    if (code != SQLITE_OK)
        return journal_failed(journal, code, errors);
    sqlite3_extended_result_codes(journal->database, 1);
    sqlite3_busy_timeout(journal->database, BUSY_TIMEOUT_MS);
    return STATUS_OK;
}

static Status read_format_row(Row *row, void *data, Errors *errors)
{
    Format *format = data;
    format->application_id = row_integer(row);
    format->version = row_integer(row);
    format->objects = row_integer(row);
    return STATUS_OK;
}

static Status read_format(Journal *journal, Format *ret_format, Errors *errors)
{
    return journal_execute(journal, JOURNAL_SQL_FORMAT, NO_BINDS, read_format_row, ret_format, errors);
}

/* A file without contents: just created, or by a process that died before it came to the schema. */
static bool format_is_empty(const Format *format)
{
    return format->application_id == 0 && format->version == 0 && format->objects == 0;
}

static Status check_format(const Journal *journal, const Format *format, Errors *errors)
{
    if (format->application_id != JOURNAL_APPLICATION_ID)
    {
        Error *error = errors_add(errors, ERROR_JOURNAL, "%s is an SQLite database of another program, not a journal",
                                  journal->path);
        error_remedy(error, "set `journal` to another path");
        return STATUS_FAILED;
    }
    if (format->version > JOURNAL_FORMAT)
    {
        Error *error = errors_add(errors, ERROR_JOURNAL, "the journal %s has format %lld, this matswap knows format %d",
                                  journal->path, (long long) format->version, JOURNAL_FORMAT);
        error_remedy(error, "use the newer matswap that wrote it");
        return STATUS_FAILED;
    }
    if (format->version < 1)
        return journal_damaged(journal, "its format has no number", errors);
    return STATUS_OK;
}

static Status read_finding(Row *row, void *data, Errors *errors)
{
    char *finding = row_text(row, errors);
    Status status = STATUS_OK;
    if (!text_equal(finding, "ok"))
        status = journal_damaged(row->journal, finding, errors);
    talloc_free(finding);
    return status;
}

/*
 * Of a large file, which takes seconds to read, only the tables that say what a run has to do next; damage elsewhere is
 * found by whoever reads it, as an error of SQLite's.
 */
static Status quick_check(Journal *journal, Errors *errors)
{
    struct stat file;
    bool large = stat(journal->path, &file) == 0 && file.st_size > LARGE_FILE;
    if (!large)
        return journal_execute(journal, JOURNAL_SQL_QUICK_CHECK, NO_BINDS, read_finding, NULL, errors);
    if (journal_execute(journal, JOURNAL_SQL_QUICK_CHECK_RUN, NO_BINDS, read_finding, NULL, errors) != STATUS_OK)
        return STATUS_FAILED;
    return journal_execute(journal, JOURNAL_SQL_QUICK_CHECK_NAMESPACE, NO_BINDS, read_finding, NULL, errors);
}

static Status read_settings_row(Row *row, void *data, Errors *errors)
{
    Settings *settings = data;
    settings->journal_mode = row_text(row, row->journal);
    settings->synchronous = row_integer(row);
    settings->foreign_keys = row_integer(row);
    return STATUS_OK;
}

/*
 * SQLite answers a setting that it cannot make with the old value, not with an error.
 * https://www.sqlite.org/pragma.html: journal_mode, synchronous (2 is FULL), foreign_keys
 */
static Status check_settings(Journal *journal, Errors *errors)
{
    Settings settings = {0};
    if (journal_execute(journal, JOURNAL_SQL_SETTINGS, NO_BINDS, read_settings_row, &settings, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (text_equal(settings.journal_mode, "wal") && settings.synchronous == 2 && settings.foreign_keys == 1)
        return STATUS_OK;
    Error *error = errors_add(errors, ERROR_JOURNAL,
                              "the journal %s cannot be made durable: journal_mode %s, synchronous %d, foreign_keys %d",
                              journal->path, settings.journal_mode, (int) settings.synchronous,
                              (int) settings.foreign_keys);
    error_remedy(error, "put it on a local file system: write-ahead logging needs shared memory");
    return STATUS_FAILED;
}

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * The busy timeout does not help two processes that turn the same new file to WAL: each holds the shared lock that
 * the other's exclusive one needs, so SQLite gives up at once (https://www.sqlite.org/c3ref/busy_handler.html).
 */
static Status set_wal_mode(Journal *journal, Errors *errors)
{
    size_t before = errors->count;
    int64_t deadline = monotonic_ms() + BUSY_TIMEOUT_MS;
    while (journal_execute(journal, JOURNAL_SQL_JOURNAL_MODE, NO_BINDS, NULL, NULL, errors) != STATUS_OK)
    {
        if ((sqlite3_errcode(journal->database) & 0xff) != SQLITE_BUSY || monotonic_ms() >= deadline)
            return STATUS_FAILED;
        errors_truncate(errors, before);
        sqlite3_sleep(5);
    }
    return STATUS_OK;
}

static Status make_durable(Journal *journal, Errors *errors)
{
    if (set_wal_mode(journal, errors) != STATUS_OK ||
        journal_execute(journal, JOURNAL_SQL_SYNCHRONOUS, NO_BINDS, NULL, NULL, errors) != STATUS_OK ||
        journal_execute(journal, JOURNAL_SQL_FOREIGN_KEYS, NO_BINDS, NULL, NULL, errors) != STATUS_OK)
        return STATUS_FAILED;
    return check_settings(journal, errors);
}

/* What takes a journal of an older format to the next one. */
static const char *upgrade_from(int64_t version)
{
    const char *const scripts[] = {JOURNAL_SQL_UPGRADE_1, JOURNAL_SQL_UPGRADE_2, JOURNAL_SQL_UPGRADE_3,
                                   JOURNAL_SQL_UPGRADE_4};
    return scripts[version - 1];
}

/* Two processes may have found the file empty, or of an older format: only the first changes it. */
static Status create_or_upgrade(Journal *journal, void *data, Errors *errors)
{
    Format format = {0};
    if (read_format(journal, &format, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (format_is_empty(&format))
        return journal_execute_script(journal, JOURNAL_SQL_SCHEMA, errors);
    if (check_format(journal, &format, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (int64_t version = format.version; version < JOURNAL_FORMAT; version++)
        if (journal_execute_script(journal, upgrade_from(version), errors) != STATUS_OK)
            return STATUS_FAILED;
    return STATUS_OK;
}

static Status cannot_write(const Journal *journal, Errors *errors)
{
    Error *error = errors_add(errors, ERROR_JOURNAL, "the journal %s is read-only", journal->path);
    error_remedy(error, "make the file and its folder writable for this user, or set `journal` to another path");
    return STATUS_FAILED;
}

static Status open_to_write(Journal *journal, const char *name, Errors *errors)
{
    Format format = {0};
    if (make_file(journal->path, errors) != STATUS_OK ||
        connect_database(journal, name, SQLITE_OPEN_READWRITE, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (sqlite3_db_readonly(journal->database, "main") == 1)
        return cannot_write(journal, errors);
    if (read_format(journal, &format, errors) != STATUS_OK)
        return STATUS_FAILED;
    bool empty = format_is_empty(&format);
    if (!empty && (check_format(journal, &format, errors) != STATUS_OK || quick_check(journal, errors) != STATUS_OK))
        return STATUS_FAILED;
    if (make_durable(journal, errors) != STATUS_OK)
        return STATUS_FAILED;
    journal->format = JOURNAL_FORMAT;
    /* a lock that another process holds, or a full disk, is better found now than after an hour's build */
    Status status = empty || format.version != JOURNAL_FORMAT
                        ? journal_transaction(journal, JOURNAL_SQL_BEGIN_WRITE, create_or_upgrade, NULL, errors)
                        : journal_execute(journal, JOURNAL_SQL_PROBE, NO_BINDS, NULL, NULL, errors);
    if (status == STATUS_OK)
        journal_remember_log(journal);
    return status;
}

/* `name` as https://www.sqlite.org/uri.html wants it, with immutable=1: no locks, no -shm file. */
static char *immutable_uri(const void *context, const char *name)
{
    Text *uri = text_new(context);
    text_add(uri, "file:");
    for (const char *c = name; *c != '\0'; c++)
        if (*c == '%' || *c == '?' || *c == '#')
            text_addf(uri, "%%%02X", (unsigned char) *c);
        else
            text_add_bytes(uri, c, 1);
    text_add(uri, "?immutable=1");
    return uri->data;
}

/*
 * Where the -shm file cannot be made (read-only folder or file system) and no -wal file is there, nobody writes
 * and everything is in the main file.
 */
static bool may_be_immutable(const Journal *journal)
{
    int code = sqlite3_errcode(journal->database) & 0xff;
    char *wal = mem_printf(NULL, "%s-wal", journal->path);
    bool absent = access(wal, F_OK) != 0 && errno == ENOENT;
    talloc_free(wal);
    return absent && (code == SQLITE_CANTOPEN || code == SQLITE_READONLY);
}

static Status connect_to_read(Journal *journal, const char *name, Format *ret_format, Errors *errors)
{
    size_t before = errors->count;
    if (connect_database(journal, name, SQLITE_OPEN_READONLY, errors) == STATUS_OK &&
        read_format(journal, ret_format, errors) == STATUS_OK)
        return STATUS_OK;
    if (!may_be_immutable(journal) || access(journal->path, R_OK) != 0)
        return STATUS_FAILED;
    errors_truncate(errors, before);
    const char *uri = immutable_uri(journal, name);
    if (connect_database(journal, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, errors) != STATUS_OK)
        return STATUS_FAILED;
    return read_format(journal, ret_format, errors);
}

static Status open_to_read(Journal *journal, const char *name, bool *ret_found, Errors *errors)
{
    Format format = {0};
    if (access(journal->path, F_OK) != 0 && errno == ENOENT)
    {
        *ret_found = false;
        return STATUS_OK;
    }
    if (connect_to_read(journal, name, &format, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_found = !format_is_empty(&format);
    if (!*ret_found)
        return STATUS_OK;
    if (check_format(journal, &format, errors) != STATUS_OK)
        return STATUS_FAILED;
    journal->format = (int) format.version;
    return quick_check(journal, errors);
}

Status journal_open(const void *context, const char *path, JournalMode mode, Journal **ret_journal, Errors *errors)
{
    Journal *journal = mem_new(context, Journal);
    talloc_set_destructor(journal, journal_close);
    journal->path = mem_strdup(journal, path);
    /* a relative path such as :memory: or file:x means something else to SQLite */
    const char *name = path[0] == '/' ? journal->path : mem_printf(journal, "./%s", path);

    bool found = true;
    Status status = mode == JOURNAL_WRITE ? open_to_write(journal, name, errors)
                                          : open_to_read(journal, name, &found, errors);
    if (status == STATUS_OK)
        *ret_journal = found ? journal : NULL;
    if (status != STATUS_OK || !found)
        talloc_free(journal);
    return status;
}
