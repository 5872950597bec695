#include "prometheus_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"

typedef struct Family
{
    const char *name;
    const char *type; /* NULL: not yet */
    bool has_help, has_samples;
} Family;

typedef struct Reader
{
    void *scratch;
    const char *at;
    int line;
    Family *families;
    size_t family_count;
    const char **series;
    size_t series_count;
    const char *wrong;
    double value; /* of the last sample */
} Reader;

static bool fail(Reader *reader, const char *what)
{
    if (reader->wrong == NULL)
        reader->wrong = mem_printf(reader->scratch, "line %d: %s", reader->line, what);
    return false;
}

static bool skip(Reader *reader, const char *literal)
{
    size_t length = strlen(literal);
    if (strncmp(reader->at, literal, length) != 0)
        return false;
    reader->at += length;
    return true;
}

/* [a-zA-Z_][a-zA-Z0-9_]*, with colons in the names of metrics, which are for recording rules: not here */
static char *read_name(Reader *reader)
{
    const char *begin = reader->at;
    while (isalpha((unsigned char) *reader->at) || *reader->at == '_' ||
           (reader->at > begin && isdigit((unsigned char) *reader->at)))
        reader->at++;
    return reader->at == begin ? NULL : mem_strndup(reader->scratch, begin, (size_t) (reader->at - begin));
}

static Family *family_of(Reader *reader, const char *name)
{
    for (size_t i = 0; i < reader->family_count; i++)
        if (strcmp(reader->families[i].name, name) == 0)
            return &reader->families[i];
    Family family = {.name = name};
    MEM_PUSH(reader->scratch, reader->families, reader->family_count, family);
    return &reader->families[reader->family_count - 1];
}

static bool is_last(const Reader *reader, const Family *family)
{
    return family == &reader->families[reader->family_count - 1];
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name);
    return length > strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

static bool read_comment(Reader *reader)
{
    bool help = skip(reader, "# HELP ");
    if (!help && !skip(reader, "# TYPE "))
        return fail(reader, "a comment that is neither HELP nor TYPE");
    const char *name = read_name(reader);
    if (name == NULL || !skip(reader, " "))
        return fail(reader, "no name, or nothing behind it");
    Family *family = family_of(reader, name);
    size_t length = strcspn(reader->at, "\n");
    char *rest = mem_strndup(reader->scratch, reader->at, length);
    reader->at += length;
    if (!is_last(reader, family) || family->has_samples)
        return fail(reader, "a family that has begun before");
    if (strncmp(name, "matswap_", 8) != 0)
        return fail(reader, "a name without our prefix");
    if (help)
    {
        if (family->has_help || family->type != NULL || rest[0] == '\0' || strchr(rest, '\\') != NULL)
            return fail(reader, "a help that is empty, late, not the first, or has a backslash");
        family->has_help = true;
        return true;
    }
    if (family->type != NULL || (strcmp(rest, "gauge") != 0 && strcmp(rest, "counter") != 0))
        return fail(reader, "a second type, or one that is none");
    if ((strcmp(rest, "counter") == 0) != ends_with(name, "_total"))
        return fail(reader, "_total is for counters, and for all of them");
    family->type = rest;
    return true;
}

/* The value, unescaped; NULL: it is none. */
static char *read_label_value(Reader *reader)
{
    Text *value = text_new(reader->scratch);
    while (*reader->at != '"')
    {
        size_t length = text_utf8_length(reader->at);
        if (*reader->at == '\0' || *reader->at == '\n' || length == 0)
            return NULL; /* its end is missing; no UTF-8 */
        if (*reader->at == '\\')
        {
            char escaped = reader->at[1];
            if (escaped != '\\' && escaped != '"' && escaped != 'n')
                return NULL;
            text_add_bytes(value, escaped == 'n' ? "\n" : &reader->at[1], 1);
            reader->at += 2;
            continue;
        }
        text_add_bytes(value, reader->at, length);
        reader->at += length;
    }
    reader->at++;
    return value->data;
}

static bool read_labels(Reader *reader, Text *series)
{
    const char *names[20];
    size_t count = 0;
    while (!skip(reader, "}"))
    {
        if (count > 0 && !skip(reader, ","))
            return fail(reader, "no comma between labels");
        const char *name = read_name(reader);
        if (name == NULL || !skip(reader, "=\"") || count == sizeof names / sizeof names[0])
            return fail(reader, "no label");
        for (size_t i = 0; i < count; i++)
            if (strcmp(names[i], name) == 0)
                return fail(reader, "a label twice");
        names[count++] = name;
        const char *value = read_label_value(reader);
        if (value == NULL)
            return fail(reader, "a label's value is not closed, not UTF-8, or has an escape that is none");
        text_addf(series, "%s%s=\"%s\"", count > 1 ? "," : "", name, value);
    }
    return true;
}

static bool read_value(Reader *reader)
{
    size_t length = strcspn(reader->at, "\n");
    char *text = mem_strndup(reader->scratch, reader->at, length);
    char *end;
    reader->value = strtod(text, &end);
    reader->at += length;
    if (text[0] == '\0' || *end != '\0' || strpbrk(text, " xXpPiI") != NULL)
        return fail(reader, "no number, or more than one");
    return true;
}

static bool read_sample(Reader *reader)
{
    const char *name = read_name(reader);
    if (name == NULL)
        return fail(reader, "neither a comment nor a series");
    Family *family = family_of(reader, name);
    if (family->type == NULL || !family->has_help || !is_last(reader, family))
        return fail(reader, "a series without its help and type right before");
    family->has_samples = true;
    Text *series = text_new(reader->scratch);
    text_addf(series, "%s{", name);
    if (skip(reader, "{") && !read_labels(reader, series))
        return false;
    text_add(series, "}");
    for (size_t i = 0; i < reader->series_count; i++)
        if (strcmp(reader->series[i], series->data) == 0)
            return fail(reader, "a series twice");
    MEM_PUSH(reader->scratch, reader->series, reader->series_count, series->data);
    return skip(reader, " ") ? read_value(reader) : fail(reader, "no value");
}

/* One line with its end. */
static bool read_line(Reader *reader)
{
    reader->line++;
    if (!(*reader->at == '#' ? read_comment(reader) : read_sample(reader)))
        return false;
    return skip(reader, "\n") || fail(reader, "no line end");
}

char *prometheus_check(const void *context, const char *text, size_t length)
{
    Reader reader = {.scratch = mem_context(NULL), .at = text};
    while (*reader.at != '\0' && read_line(&reader))
        ;
    if (reader.wrong == NULL && strlen(text) != length)
        fail(&reader, "a NUL");
    if (reader.wrong == NULL && reader.series_count == 0)
        fail(&reader, "nothing");
    for (size_t i = 0; i < reader.family_count; i++)
        if (!reader.families[i].has_samples)
            fail(&reader, "a family without series");
    char *wrong = mem_strdup(context, reader.wrong);
    talloc_free(reader.scratch);
    return wrong;
}

bool prometheus_value(const void *context, const char *text, const char *series, double *ret_value)
{
    Reader reader = {.scratch = mem_context(context), .at = text};
    bool found = false;
    while (!found && *reader.at != '\0' && read_line(&reader))
        found = reader.at[-1] == '\n' && reader.series_count > 0 &&
                strcmp(reader.series[reader.series_count - 1], series) == 0;
    if (found)
        *ret_value = reader.value;
    talloc_free(reader.scratch);
    return found;
}
