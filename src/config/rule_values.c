/* The values of a [view NAME] section's rules: lists of columns, keys and files, limits. */
#include <string.h>

#include "config_internal.h"
#include "matswap/memory.h"
#include "matswap/text.h"

/* ---- columns and keys --------------------------------------------------------------------------------------- */

/* `text` is the value or a part of it; false, with an error, when it is no list of different columns. */
static bool read_columns(Loader *loader, const IniValue *value, const char *text, ColumnNames *ret_columns)
{
    const char *reason = NULL;
    size_t count = 0;
    const char **names = identifiers_split(loader->config, text, ',', &count, &reason);
    if (names == NULL)
    {
        error_remedy(value_complain(loader, value, "%s = %s is not a list of columns", value->key, value->text), "%s",
                     reason);
        return false;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(names[i], names[j]) == 0)
            {
                error_remedy(value_complain(loader, value, "%s names %s twice", value->key, names[i]), "name it once");
                return false;
            }
    *ret_columns = (ColumnNames){names, count};
    return true;
}

void rule_read_columns(Loader *loader, const IniValue *value, void *ret_target)
{
    read_columns(loader, value, value->text, ret_target);
}

/* The end of a list in parentheses, which a quoted name may hold too: where its ) stands, or NULL. */
static const char *closing_parenthesis(const char *text)
{
    bool quoted = false;
    for (; *text != '\0'; text++)
    {
        if (*text == '"')
            quoted = !quoted;
        else if (*text == ')' && !quoted)
            return text;
    }
    return NULL;
}

static void complain_keys(Loader *loader, const IniValue *value)
{
    error_remedy(value_complain(loader, value, "%s = %s is not a list of keys", value->key, value->text),
                 "write a, b for one key of two columns, (a, b), (c) for two keys");
}

void rule_read_unique(Loader *loader, const IniValue *value, void *ret_target)
{
    UniqueKeys keys = {0};
    ColumnNames columns;
    const char *text = value->text;
    while (*text == '(')
    {
        const char *end = closing_parenthesis(text);
        if (end == NULL)
            break;
        if (!read_columns(loader, value, mem_strndup(loader->config, text + 1, (size_t) (end - text - 1)), &columns))
            return;
        MEM_PUSH(loader->config, keys.keys, keys.count, columns);
        text = end + 1 + strspn(end + 1, " \t");
        if (*text == '\0')
        {
            *(UniqueKeys *) ret_target = keys;
            return;
        }
        if (*text != ',')
            break;
        text += 1 + strspn(text + 1, " \t");
    }
    if (text != value->text || *text == '(')
        complain_keys(loader, value);
    else if (read_columns(loader, value, text, &columns))
    {
        MEM_PUSH(loader->config, keys.keys, keys.count, columns);
        *(UniqueKeys *) ret_target = keys;
    }
}

/* ---- parts of a list ---------------------------------------------------------------------------------------- */

/* The next part of a list with commas, without blanks around it; NULL at the end. */
static char *next_part(const void *context, const char **text)
{
    if (*text == NULL)
        return NULL;
    const char *start = *text + strspn(*text, " \t");
    size_t length = strcspn(start, ",");
    *text = start[length] == ',' ? start + length + 1 : NULL;
    while (length > 0 && (start[length - 1] == ' ' || start[length - 1] == '\t'))
        length--;
    return mem_strndup(context, start, length);
}

/* "WORD 5%": false when the part does not begin with the word; a wrong percentage has had its error. */
static bool read_limit(Loader *loader, const IniValue *value, const char *part, const char *word, Percent *ret_limit)
{
    size_t length = strlen(word);
    if (strncmp(part, word, length) != 0 || (part[length] != ' ' && part[length] != '\t'))
        return false;
    IniValue limit = *value;
    limit.text = mem_strdup(loader->config, part + length + strspn(part + length, " \t"));
    value_read_percent(loader, &limit, ret_limit);
    return true;
}

/* ---- checks ------------------------------------------------------------------------------------------------- */

static bool read_check_file(Loader *loader, const IniValue *value, const char *part, CheckFile *ret_file)
{
    IniValue path = *value;
    CheckFile file = {0};
    char *text = NULL;
    size_t length = 0;
    Errors *reasons = errors_new(loader->config);
    path.text = mem_strdup(loader->config, part);
    value_read_path(loader, &path, &file.path);
    if (file.path == NULL)
        return false;
    if (text_read_file(loader->config, file.path, &text, &length, reasons) != STATUS_OK)
    {
        error_remedy(value_complain(loader, value, "%s = %s: %s", value->key, part, reasons->items[0]->message),
                     "write the path of a file with a query, relative to this file");
        return false;
    }
    talloc_free(reasons);
    const char *slash = strrchr(file.path, '/');
    const char *name = slash == NULL ? file.path : slash + 1;
    size_t name_length = strlen(name);
    if (name_length > strlen(".sql") && strcmp(name + name_length - strlen(".sql"), ".sql") == 0)
        name_length -= strlen(".sql");
    file.name = mem_strndup(loader->config, name, name_length);
    file.text = text;
    *ret_file = file;
    return true;
}

void rule_read_check(Loader *loader, const IniValue *value, void *ret_target)
{
    CheckFiles checks = {0};
    const char *text = value->text;
    for (char *part; (part = next_part(loader->config, &text)) != NULL;)
    {
        CheckFile file;
        if (!read_check_file(loader, value, part, &file))
            return;
        for (size_t i = 0; i < checks.count; i++)
            if (strcmp(checks.files[i].name, file.name) == 0)
            {
                error_remedy(value_complain(loader, value, "%s names two files %s", value->key, file.name),
                             "results are told apart by the file's name: rename one");
                return;
            }
        MEM_PUSH(loader->config, checks.files, checks.count, file);
    }
    *(CheckFiles *) ret_target = checks;
}

/* ---- limits ------------------------------------------------------------------------------------------------- */

void rule_read_compare_keys(Loader *loader, const IniValue *value, void *ret_target)
{
    KeyLimits limits = {0};
    const char *text = strcmp(value->text, "yes") == 0 ? NULL : value->text;
    for (char *part; (part = next_part(loader->config, &text)) != NULL;)
        if (!read_limit(loader, value, part, "vanished", &limits.vanished) &&
            !read_limit(loader, value, part, "appeared", &limits.appeared))
        {
            error_remedy(value_complain(loader, value, "%s = %s has no limit for keys", value->key, value->text),
                         "write yes, or vanished 0%%, appeared 10%%, or one of the two");
            return;
        }
    *(KeyLimits *) ret_target = limits;
}

void rule_read_sample(Loader *loader, const IniValue *value, void *ret_target)
{
    SampleLimits limits = {0};
    const char *text = value->text;
    IniValue rows = *value;
    rows.text = next_part(loader->config, &text);
    value_read_count(loader, &rows, &limits.rows);
    for (char *part; (part = next_part(loader->config, &text)) != NULL;)
        if (!read_limit(loader, value, part, "changed", &limits.changed))
        {
            error_remedy(value_complain(loader, value, "%s = %s is not a sample", value->key, value->text),
                         "write how many rows, and a limit if there is one: 1000, changed 5%%");
            return;
        }
    *(SampleLimits *) ret_target = limits;
}

void rule_read_source_total(Loader *loader, const IniValue *value, void *ret_target)
{
    *(SourceQuery *) ret_target = (SourceQuery){mem_strdup(loader->config, value->text), value->line};
}

void rule_read_bucket(Loader *loader, const IniValue *value, void *ret_target)
{
    static const int64_t shortest_ms = 1000;
    int64_t milliseconds = shortest_ms;
    value_read_long_duration(loader, value, &milliseconds);
    if (milliseconds < shortest_ms)
        error_remedy(value_complain(loader, value, "%s = %s is too short to count rows by", value->key, value->text),
                     "write at least 1s");
    else
        *(int64_t *) ret_target = milliseconds;
}

void rule_read_late_data(Loader *loader, const IniValue *value, void *ret_target)
{
    static const char *const words[] = {
#define X(name, word) word,
        LATE_DATA_POLICIES(X)
#undef X
        NULL
    };
    size_t policy;
    if (value_read_policy(loader, value, words, "write reissue, report or reject", &policy))
        *(LateData *) ret_target = (LateData) policy;
}
