/*
 * error.h: errors as values.
 *
 * A fallible function returns a Status and appends what went wrong to the caller's Errors: one entry, or
 * several where a user wants to hear of all of them at once (a folder with three broken files, a preflight
 * with five refusals).  Only cli/, report/ and main.c print.
 *
 * Ownership: an Errors owns its entries and every string in them; the *_f functions copy what they are given.
 * Nothing in an Errors points into a libpq result, a source file or a configuration.
 *
 * What each kind means to the shell (exit code) and whether the same command may succeed when it is simply
 * repeated is one table: ERROR_KINDS.  docs/exit-codes.md is checked against it by tests/unit/test_error.c.
 */
#ifndef MATSWAP_ERROR_H
#define MATSWAP_ERROR_H

#include <stdbool.h>
#include <stddef.h>

typedef enum Status
{
    STATUS_OK,
    STATUS_FAILED
} Status;

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(string_index, first) __attribute__((format(printf, string_index, first)))

/*         name         word           exit  retry  what it says to the person who reads the table */
#define ERROR_KINDS(X)                                                                                              \
    X(USAGE, "usage", 2, false, "the command line is wrong; nothing was touched")                                   \
    X(CONFIG, "config", 2, false, "the configuration is wrong; nothing was touched")                                \
    X(SOURCE, "source", 2, false, "a SQL file is wrong; nothing was touched")                                       \
    X(REFUSED, "refused", 2, false, "the preflight found a reason why the run would fail; nothing was touched")     \
    X(BUSY, "busy", 3, true, "another run holds the set")                                                           \
    X(SERVER, "server", 1, false, "the server rejected a statement; the old generation serves")                     \
    X(LOCKED, "locked", 1, true, "the locks of the swap could not be had in time; the old generation serves")       \
    X(CHANGED, "changed", 1, true, "somebody changed the views meanwhile; the old generation serves")                 \
    X(CONNECTION, "connection", 1, true, "the server cannot be reached, or a connection broke before the swap")     \
    X(IMPORT, "import", 1, true, "the data of an import could not be had, or does not fit; the old generation serves") \
    X(HOOK, "hook", 1, true, "the command before_run failed; nothing was built, the old generation serves")         \
    X(REJECTED, "rejected", 5, false, "validation rejected the new generation; the old generation serves")          \
    X(ISOLATED, "isolated", 4, false, "swapped, but some views failed: these, and what is connected with them, keep " \
                                      "their old generation")                                                         \
    X(CANCELLED, "cancelled", 1, true, "SIGINT or SIGTERM; cleaned up, the old generation serves")                  \
    X(IN_DOUBT, "in-doubt", 6, true, "whether the swap committed is not established: run `matswap resume`")         \
    X(JOURNAL, "journal", 1, false, "the journal cannot be read or written")                                        \
    X(SYSTEM, "system", 1, false, "a file or a system call failed")                                                 \
    X(INTERNAL, "internal", 1, false, "matswap contradicts itself: a defect, please report it")

typedef enum ErrorKind
{
#define X(name, word, exit_code, retry, meaning) ERROR_##name,
    ERROR_KINDS(X)
#undef X
    ERROR_KIND_COUNT
} ErrorKind;

typedef struct Error
{
    ErrorKind kind;
    const char *message; /* what is wrong: lower case, no final stop, names the object */
    const char *remedy;  /* what to do about it, or NULL */
    const char **statements; /* the same as SQL that an administrator can run as it is, without semicolons; or none */
    size_t statement_count;
    const char *object;  /* quoted name of the database object, or NULL */
    const char *file;    /* as the user would type it, or NULL */
    int line;            /* from 1; 0: unknown */
    int column;          /* from 1, in characters; 0: unknown */

    /* what the server said, verbatim; NULL where it said nothing */
    const char *sqlstate; /* five characters */
    const char *server_message;
    const char *detail;
    const char *server_hint;
    const char *context; /* CONTEXT lines of the server, or the statement that failed */
} Error;

typedef struct Errors
{
    Error **items;
    size_t count;
} Errors;

/* A new, empty list; talloc child of `context`. */
Errors *errors_new(const void *context);

/* Appends an entry and returns it, so that the caller can add the place, the object or the remedy. */
Error *errors_add(Errors *errors, ErrorKind kind, const char *format, ...) PRINTF_LIKE(3, 4);

/* Each sets a part of an entry and returns the entry.  `file` may be NULL. */
Error *error_at(Error *error, const char *file, int line, int column);
Error *error_object(Error *error, const char *object);
Error *error_remedy(Error *error, const char *format, ...) PRINTF_LIKE(2, 3);

/* Adds a statement that helps; error_grant makes it the remedy, too. */
Error *error_statement(Error *error, const char *format, ...) PRINTF_LIKE(2, 3);
Error *error_grant(Error *error, const char *format, ...) PRINTF_LIKE(2, 3);

/* Moves all entries of `from` to the end of `to`; `from` is empty afterwards. */
void errors_move(Errors *to, Errors *from);

/* Forgets entries from index `keep` on: for a caller that expected the failure and has dealt with it. */
void errors_truncate(Errors *errors, size_t keep);

bool errors_empty(const Errors *errors);

/* Does any entry have this kind? */
bool errors_have(const Errors *errors, ErrorKind kind);

/* STATUS_OK if nothing was added since the list had `before` entries. */
Status errors_since(const Errors *errors, size_t before);

/*
 * The exit code for the list: that of its first entry, except that IN_DOUBT anywhere wins over all (a caller
 * must never take an unknown outcome for a failure).  0 for an empty list.
 */
int errors_exit_code(const Errors *errors);

const char *error_kind_word(ErrorKind kind);
const char *error_kind_meaning(ErrorKind kind);
int error_kind_exit_code(ErrorKind kind);
bool error_kind_retry(ErrorKind kind);

/*
 * The contract's text form, without the final newline:
 *     FILE:LINE:COLUMN: message; remedy
 * followed by indented lines for what the server said.  talloc child of `context`.
 */
char *error_format(const void *context, const Error *error);

/* What is wrong, in one line: FILE:LINE:COLUMN: message: server's message.  For a record of it. */
char *error_line(const void *context, const Error *error);

#endif
