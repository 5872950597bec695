/*
 * value.h: one value of the ini file to a C value, with every check.  Private to src/config/.
 *
 * Each reader complains at the value's line and leaves the target untouched when the value is wrong.
 */
#ifndef MATSWAP_CONFIG_VALUE_H
#define MATSWAP_CONFIG_VALUE_H

#include "ini_file.h"
#include "matswap/config.h"

typedef struct Loader
{
    const char *path; /* of the ini file */
    Config *config;   /* owner of what is kept */
    Errors *errors;
} Loader;

typedef void ValueReader(Loader *loader, const IniValue *value, void *ret_target);

/* Complains at the value's line. */
Error *value_complain(Loader *loader, const IniValue *value, const char *format, ...) PRINTF_LIKE(3, 4);

/* The place of the value among `words` (NULL-terminated); false, with an error, for one that is none of them. */
bool value_read_policy(Loader *loader, const IniValue *value, const char *const *words, const char *remedy,
                       size_t *ret_policy);

ValueReader value_read_bool;         /* bool: yes, no, true, false, on, off */
ValueReader value_read_set;          /* const char *: [a-z0-9_-]{1,40} */
ValueReader value_read_path;         /* const char *: relative to the ini file */
ValueReader value_read_jobs;         /* int: 1 to 64 */
ValueReader value_read_count;        /* int64_t >= 0 */
ValueReader value_read_duration;     /* int64_t, milliseconds > 0 */
ValueReader value_read_long_duration; /* int64_t, milliseconds >= 0, up to 100 years */
ValueReader value_read_identifier;   /* const char *: as the catalog has it */
ValueReader value_read_relation;     /* Name: "name", without a schema, or "schema.name" */
ValueReader value_read_suffix;       /* const char *: [a-z0-9_]{1,20} */
ValueReader value_read_percent;      /* Percent */
ValueReader value_read_shrink;       /* Percent, at most 100 */
ValueReader value_read_conninfo;     /* const char *: a valid connection string without a password */
ValueReader value_read_on_blocked;   /* OnBlocked */
ValueReader value_read_on_failure;   /* OnFailure */
ValueReader value_read_foreign_snapshot; /* ForeignSnapshot */
ValueReader value_read_log_format;   /* LogFormat */
ValueReader value_read_command;      /* CommandLine */
ValueReader value_read_size;         /* int64_t, bytes > 0 */
ValueReader value_read_lock_timeout; /* Config: lock_timeout_from_ms, lock_timeout_to_ms */

/*
 * SQL identifiers, separated by `separator`: folded, or quoted and kept.  Returns NULL and the reason in
 * *ret_reason when `text` is none.
 */
const char **identifiers_split(const void *context, const char *text, char separator, size_t *ret_count,
                               const char **ret_reason);

/* "name" or "schema.name"; false, and the reason, when `text` is neither. */
bool identifiers_name(const void *context, const char *text, Name *ret_name, const char **ret_reason);

/*
 * A command's words, by a shell's quotes and backslashes; a NULL follows the last.  Returns NULL and the reason in
 * *ret_reason when a quote is not closed, or a word is what only a shell can do.
 */
const char **words_split(const void *context, const char *text, size_t *ret_count, const char **ret_reason);

#endif
