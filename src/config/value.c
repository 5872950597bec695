#include "value.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "matswap/memory.h"
#include "matswap/text.h"

static const double LONGEST_MS = 100 * 365.25 * 86400000;
static const double MOST_BYTES = 1ULL << 60;

enum
{
    LONGEST_SET = 40,
    LONGEST_SUFFIX = 20,
    LONGEST_NUMBER = 20,
    MOST_JOBS = 64
};

Error *value_complain(Loader *loader, const IniValue *value, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = memory_checked(talloc_vasprintf(loader->errors, format, arguments));
    va_end(arguments);
    Error *error = errors_add(loader->errors, ERROR_CONFIG, "%s", message);
    talloc_free(message);
    return error_at(error, loader->path, value->line, 0);
}

void value_read_bool(Loader *loader, const IniValue *value, void *ret_target)
{
    static const char *const yes[] = {"yes", "true", "on", NULL};
    static const char *const no[] = {"no", "false", "off", NULL};
    for (size_t i = 0; yes[i] != NULL; i++)
    {
        if (strcmp(value->text, yes[i]) != 0 && strcmp(value->text, no[i]) != 0)
            continue;
        *(bool *) ret_target = strcmp(value->text, yes[i]) == 0;
        return;
    }
    error_remedy(value_complain(loader, value, "%s = %s is neither yes nor no", value->key, value->text),
                 "write yes, no, true, false, on or off");
}

void value_read_set(Loader *loader, const IniValue *value, void *ret_target)
{
    size_t length = strlen(value->text);
    if (length < 1 || length > LONGEST_SET || strspn(value->text, "abcdefghijklmnopqrstuvwxyz0123456789_-") != length)
        error_remedy(value_complain(loader, value, "%s = %s is not a name for a set", value->key, value->text),
                     "use 1 to %d lower-case letters, digits, _ and -", LONGEST_SET);
    else
        *(const char **) ret_target = mem_strdup(loader->config, value->text);
}

/* Do both paths lead to the same existing file or folder? */
static bool same_file(const char *a, const char *b)
{
    struct stat first;
    struct stat second;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/*
 * "conf/../queries" stands in every message about a SQL file: it is shortened to "queries", unless a symbolic link
 * makes that another place.
 */
static char *shortened(const void *context, char *path)
{
    char *up = strstr(path, "/../");
    if (up == NULL || up == path)
        return path;
    const char *folder = up;
    while (folder > path && folder[-1] != '/')
        folder--;
    if (*folder == '.' || *folder == '/')
        return path;
    char *shorter = mem_printf(context, "%.*s%s", (int) (folder - path), path, up + 4);
    return same_file(path, shorter) ? shortened(context, shorter) : path;
}

void value_read_path(Loader *loader, const IniValue *value, void *ret_target)
{
    const char *slash = strrchr(loader->path, '/');
    size_t folder = slash != NULL ? (size_t) (slash - loader->path) : 0;
    bool here = slash == NULL || (folder == 1 && loader->path[0] == '.');
    const char **target = ret_target;
    if (value->text[0] == '~')
        error_remedy(
            value_complain(loader, value, "%s = %s starts with ~, which nothing expands here", value->key, value->text),
            "write the whole path, or one relative to this file");
    else if (value->text[0] == '/' || here)
        *target = mem_strdup(loader->config, value->text);
    else
        *target = shortened(loader->config,
                            mem_printf(loader->config, "%.*s/%s", (int) folder, loader->path, value->text));
}

/* A whole number without sign; false when it is none or too large. */
static bool read_whole(const char *text, int64_t *ret_number)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
        return false;
    *ret_number = number;
    return true;
}

void value_read_jobs(Loader *loader, const IniValue *value, void *ret_target)
{
    int64_t number;
    if (!read_whole(value->text, &number) || number < 1 || number > MOST_JOBS)
        error_remedy(value_complain(loader, value, "%s = %s is not a number of connections", value->key, value->text),
                     "write a whole number from 1 to %d", MOST_JOBS);
    else
        *(int *) ret_target = (int) number;
}

void value_read_count(Loader *loader, const IniValue *value, void *ret_target)
{
    int64_t number;
    if (!read_whole(value->text, &number))
        error_remedy(value_complain(loader, value, "%s = %s is not a count", value->key, value->text),
                     "write a whole number from 0 up, without separators");
    else
        *(int64_t *) ret_target = number;
}

/* Length of digits[.digits] at the start of `text`, 0 if there is none. */
static size_t decimal_length(const char *text)
{
    size_t whole = strspn(text, "0123456789");
    if (whole == 0 || text[whole] != '.')
        return whole;
    size_t fraction = strspn(text + whole + 1, "0123456789");
    return fraction == 0 ? 0 : whole + 1 + fraction;
}

/* The units of https://www.postgresql.org/docs/current/config-setting.html , above the microsecond */
static bool read_duration(const char *text, size_t length, int64_t *ret_milliseconds)
{
    static const struct
    {
        const char *unit;
        double milliseconds;
    } units[] = {{"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000}, {"d", 86400000}};
    size_t digits = decimal_length(text);
    if (digits == 0 || digits > length)
        return false;
    size_t blank = strspn(text + digits, " ");
    const char *unit = text + digits + blank;
    size_t unit_length = length - digits - blank;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
    {
        if (strlen(units[i].unit) != unit_length || strncmp(units[i].unit, unit, unit_length) != 0)
            continue;
        double milliseconds = strtod(text, NULL) * units[i].milliseconds + 0.5;
        if (milliseconds > LONGEST_MS)
            return false;
        *ret_milliseconds = (int64_t) milliseconds;
        return true;
    }
    return false;
}

bool config_read_duration(const char *text, int64_t *ret_milliseconds)
{
    return read_duration(text, strlen(text), ret_milliseconds);
}

/* What the server's own timeouts hold. */
static bool read_timeout(const char *text, size_t length, int64_t *ret_milliseconds)
{
    int64_t milliseconds;
    if (!read_duration(text, length, &milliseconds) || milliseconds < 1 || milliseconds > INT_MAX)
        return false;
    *ret_milliseconds = milliseconds;
    return true;
}

void value_read_long_duration(Loader *loader, const IniValue *value, void *ret_target)
{
    if (!read_duration(value->text, strlen(value->text), ret_target))
        error_remedy(value_complain(loader, value, "%s = %s is not a time up to 100 years", value->key, value->text),
                     "write a number with a unit: 0s, 90min, 36h, 30d");
}

void value_read_duration(Loader *loader, const IniValue *value, void *ret_target)
{
    if (!read_timeout(value->text, strlen(value->text), ret_target))
        error_remedy(
            value_complain(loader, value, "%s = %s is not a time from 1 ms to 24 days", value->key, value->text),
            "write a number with a unit: 200ms, 5s, 10min, 1h, 1d");
}

void value_read_lock_timeout(Loader *loader, const IniValue *value, void *ret_target)
{
    Config *config = ret_target;
    int64_t from;
    int64_t to;
    const char *dots = strstr(value->text, "..");
    size_t first = dots != NULL ? (size_t) (dots - value->text) : strlen(value->text);
    const char *second = dots != NULL ? dots + 2 : value->text;
    while (first > 0 && value->text[first - 1] == ' ')
        first--;
    second += strspn(second, " ");
    if (!read_timeout(value->text, first, &from) || !read_timeout(second, strlen(second), &to))
        error_remedy(value_complain(loader, value, "%s = %s is neither a time nor a range", value->key, value->text),
                     "write 2ms..200ms, or one value with its unit");
    else if (from > to)
        error_remedy(value_complain(loader, value, "%s = %s ends before it starts", value->key, value->text),
                     "write the shorter time first");
    else
    {
        config->lock_timeout_from_ms = (int) from;
        config->lock_timeout_to_ms = (int) to;
    }
}

bool value_read_policy(Loader *loader, const IniValue *value, const char *const *words, const char *remedy,
                       size_t *ret_policy)
{
    for (size_t i = 0; words[i] != NULL; i++)
        if (strcmp(value->text, words[i]) == 0)
        {
            *ret_policy = i;
            return true;
        }
    error_remedy(value_complain(loader, value, "%s = %s is not known", value->key, value->text), "%s", remedy);
    return false;
}

void value_read_on_blocked(Loader *loader, const IniValue *value, void *ret_target)
{
    static const char *const words[] = {
#define X(name, word) word,
        ON_BLOCKED_POLICIES(X)
#undef X
        NULL
    };
    size_t policy;
    if (value_read_policy(loader, value, words, "write wait, fail, cancel or terminate", &policy))
        *(OnBlocked *) ret_target = (OnBlocked) policy;
}

void value_read_on_failure(Loader *loader, const IniValue *value, void *ret_target)
{
    static const char *const words[] = {
#define X(name, word) word,
        ON_FAILURE_POLICIES(X)
#undef X
        NULL
    };
    size_t policy;
    if (value_read_policy(loader, value, words, "write abort or isolate", &policy))
        *(OnFailure *) ret_target = (OnFailure) policy;
}

void value_read_foreign_snapshot(Loader *loader, const IniValue *value, void *ret_target)
{
    static const char *const words[] = {
#define X(name, word) word,
        FOREIGN_SNAPSHOTS(X)
#undef X
        NULL
    };
    size_t policy;
    if (value_read_policy(loader, value, words, "write separate or together", &policy))
        *(ForeignSnapshot *) ret_target = (ForeignSnapshot) policy;
}

void value_read_log_format(Loader *loader, const IniValue *value, void *ret_target)
{
    static const char *const words[] = {
#define X(name, word) word,
        LOG_FORMATS(X)
#undef X
        NULL
    };
    size_t format;
    if (value_read_policy(loader, value, words, "write text or json", &format))
        *(LogFormat *) ret_target = (LogFormat) format;
}

/* In the server's units: https://www.postgresql.org/docs/current/config-setting.html#CONFIG-SETTING-NAMES-VALUES */
void value_read_size(Loader *loader, const IniValue *value, void *ret_target)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t digits = decimal_length(value->text);
    const char *unit = value->text + digits + strspn(value->text + digits, " ");
    double bytes = digits > 0 ? strtod(value->text, NULL) : 0;
    size_t i = 0;
    for (; i < sizeof units / sizeof units[0] && strcmp(unit, units[i]) != 0; i++)
        bytes *= 1024;
    if (i == sizeof units / sizeof units[0] || bytes < 1 || bytes > MOST_BYTES)
        error_remedy(value_complain(loader, value, "%s = %s is not a size", value->key, value->text),
                     "write a number with a unit of 1024: 500MB, 20GB, 1.5TB");
    else
        *(int64_t *) ret_target = (int64_t) bytes;
}

void value_read_identifier(Loader *loader, const IniValue *value, void *ret_target)
{
    size_t count = 0;
    const char *reason = NULL;
    const char **names = identifiers_split(loader->config, value->text, '\0', &count, &reason);
    if (names == NULL)
        error_remedy(value_complain(loader, value, "%s = %s is not one name", value->key, value->text), "%s", reason);
    else
        *(const char **) ret_target = names[0];
}

void value_read_suffix(Loader *loader, const IniValue *value, void *ret_target)
{
    size_t length = strlen(value->text);
    if (length > LONGEST_SUFFIX || strspn(value->text, "abcdefghijklmnopqrstuvwxyz0123456789_") != length)
        error_remedy(value_complain(loader, value, "%s = %s is not a suffix for schemas", value->key, value->text),
                     "use 1 to %d lower-case letters, digits and _", LONGEST_SUFFIX);
    else
        *(const char **) ret_target = mem_strdup(loader->config, value->text);
}

void value_read_percent(Loader *loader, const IniValue *value, void *ret_target)
{
    size_t length = decimal_length(value->text);
    if (length == 0 || length > LONGEST_NUMBER || strcmp(value->text + length, "%") != 0)
    {
        error_remedy(value_complain(loader, value, "%s = %s is not a percentage", value->key, value->text),
                     "write it like 10%% or 0.5%%");
        return;
    }
    Percent *percent = ret_target;
    percent->set = true;
    percent->number = mem_strndup(loader->config, value->text, length);
}

void value_read_shrink(Loader *loader, const IniValue *value, void *ret_target)
{
    Percent percent = {0};
    value_read_percent(loader, value, &percent);
    if (percent.set && strtod(percent.number, NULL) > 100)
        error_remedy(value_complain(loader, value, "%s = %s is more than there is", value->key, value->text),
                     "write at most 100%%");
    else if (percent.set)
        *(Percent *) ret_target = percent;
}

void value_read_relation(Loader *loader, const IniValue *value, void *ret_target)
{
    const char *reason;
    if (!identifiers_name(loader->config, value->text, ret_target, &reason))
        error_remedy(value_complain(loader, value, "%s = %s does not name a relation", value->key, value->text), "%s",
                     reason);
}
