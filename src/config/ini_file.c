/*
 * libinih reads the syntax; what it keeps to itself is found by the reader that feeds it line by line: the line
 * number (its handler has none as packaged), lines and section names longer than its buffers (which it would cut
 * or split without a word), sections without a key, and lines that are neither.
 * https://github.com/benhoyt/inih : INI_MAX_LINE 200, MAX_SECTION 50, multi-line values.
 */
#include "ini_file.h"

#include <ini.h>
#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"

typedef struct Reader
{
    IniFile *file;
    Errors *errors;
    const char *rest; /* of the text */
    int line;         /* of what libinih was given last */
    bool indented;    /* that line starts with white space: libinih takes it for a continuation */
    bool waiting;     /* that line should make libinih call the handler */
    bool skipping;    /* in a section that was refused: its values are no news */
} Reader;

static Error *complain(Reader *reader, int line, const char *message)
{
    return error_at(errors_add(reader->errors, ERROR_CONFIG, "%s", message), reader->file->path, line, 0);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static char *trim(char *text)
{
    while (is_space(*text))
        text++;
    size_t length = strlen(text);
    while (length > 0 && is_space(text[length - 1]))
        text[--length] = '\0';
    return text;
}

/* libinih's inline comment: a semicolon after white space. */
static void cut_comment(char *line)
{
    for (char *c = line; *c != '\0'; c++)
        if (*c == ';' && c > line && is_space(c[-1]))
            *c = '\0';
}

static void squeeze_spaces(char *text)
{
    char *out = text;
    for (char *c = text; *c != '\0'; c++)
        if (!is_space(*c) || (c > text && !is_space(c[-1])))
            *out++ = is_space(*c) ? ' ' : *c;
    *out = '\0';
}

static IniSection *current_section(const IniFile *file)
{
    return file->section_count == 0 ? NULL : &file->sections[file->section_count - 1];
}

static void begin_section(Reader *reader, char *line)
{
    IniFile *file = reader->file;
    reader->skipping = true;
    char *end = strrchr(line, ']');
    if (end == NULL || end[1] != '\0')
    {
        error_remedy(complain(reader, reader->line, "a section name is not closed by ] at the end of its line"),
                     "write [matswap], [session] or [view NAME], and nothing after it");
        return;
    }
    *end = '\0';
    char *name = trim(mem_strdup(file, line + 1));
    squeeze_spaces(name);
    for (size_t i = 0; i < file->section_count; i++)
        if (strcmp(file->sections[i].name, name) == 0)
        {
            Error *error = errors_add(reader->errors, ERROR_CONFIG, "section [%s] stands twice, first on line %d", name,
                                      file->sections[i].line);
            error_remedy(error_at(error, file->path, reader->line, 0), "write all its keys in one place");
            return;
        }
    IniSection section = {.name = name, .line = reader->line};
    MEM_PUSH(file, file->sections, file->section_count, section);
    reader->skipping = false;
}

static void add_value(Reader *reader, const char *key, const char *text)
{
    IniSection *section = current_section(reader->file);
    if (section == NULL)
    {
        Error *error = errors_add(reader->errors, ERROR_CONFIG, "%s stands before any section", key);
        error_remedy(error_at(error, reader->file->path, reader->line, 0), "put it below [matswap]");
        return;
    }
    for (size_t i = 0; i < section->value_count; i++)
        if (strcmp(section->values[i].key, key) == 0)
        {
            Error *error = errors_add(reader->errors, ERROR_CONFIG, "%s stands twice in [%s], first on line %d", key,
                                      section->name, section->values[i].line);
            error_remedy(error_at(error, reader->file->path, reader->line, 0), "keep one of them");
            return;
        }
    IniValue value = {mem_strdup(reader->file, key), mem_strdup(reader->file, text), reader->line};
    MEM_PUSH(reader->file, section->values, section->value_count, value);
}

static bool looks_like_section(const char *text)
{
    return text[0] == '[' && text[strlen(text) - 1] == ']';
}

static bool looks_like_key(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz_.");
    return length > 0 && text[length + strspn(text + length, " \t")] == '=';
}

/* What an indented line continues is the last value of the section.  An indented `key = value` is more likely
 * meant as a key: in a connection string, where a=b is the syntax, no blanks stand around the sign. */
static void continue_value(Reader *reader, const char *key, const char *text)
{
    IniSection *section = current_section(reader->file);
    if (section == NULL || section->value_count == 0)
        return;
    IniValue *value = &section->values[section->value_count - 1];
    if (strcmp(value->key, key) != 0)
        return; /* the continued value was refused itself */
    if (looks_like_section(text) || (strcmp(key, "conninfo") != 0 && looks_like_key(text)))
    {
        Error *error = errors_add(reader->errors, ERROR_CONFIG,
                                  "an indented line continues the value above it, here that of %s", key);
        error_remedy(error_at(error, reader->file->path, reader->line, 0),
                     "start a section or a key at the beginning of its line");
        return;
    }
    value->text = mem_printf(reader->file, "%s%s%s", value->text, value->text[0] == '\0' ? "" : " ", text);
}

static int handle(void *user, const char *section, const char *key, const char *text)
{
    Reader *reader = user;
    reader->waiting = false;
    if (reader->skipping)
        return 1;
    if (reader->indented && current_section(reader->file) != NULL && current_section(reader->file)->value_count > 0)
        continue_value(reader, key, text);
    else
        add_value(reader, key, text);
    return 1;
}

/* A line that libinih did not take for a value was given to it as one. */
static void check_taken(Reader *reader)
{
    if (reader->waiting)
        error_remedy(complain(reader, reader->line, "this line is neither a section nor `key = value`"),
                     "start a comment with # or ;");
    reader->waiting = false;
}

/* The next line of the text without its end, its comment and white space behind it; NULL at the end. */
static char *next_line(Reader *reader, const void *context)
{
    if (*reader->rest == '\0')
        return NULL;
    size_t length = strcspn(reader->rest, "\n");
    char *line = mem_strndup(context, reader->rest, length);
    reader->rest += length + (reader->rest[length] == '\n');
    reader->line++;
    char *start = trim(mem_strdup(context, line));
    if (*start == ';' || *start == '#')
        *line = '\0';
    cut_comment(line);
    for (length = strlen(line); length > 0 && is_space(line[length - 1]);)
        line[--length] = '\0';
    return line;
}

/* libinih's fgets. */
static char *feed(char *buffer, int size, void *stream)
{
    Reader *reader = stream;
    check_taken(reader);
    void *scratch = mem_context(NULL);
    char *line = next_line(reader, scratch);
    if (line == NULL)
    {
        talloc_free(scratch);
        return NULL;
    }
    reader->indented = is_space(line[0]);
    if (line[0] == '[')
    {
        begin_section(reader, line);
        line = mem_strdup(scratch, "[section]"); /* the name is kept here; libinih shall only forget the last key */
    }
    else if (strlen(line) + 2 > (size_t) size) /* with the line's end and NUL */
    {
        Error *error = errors_add(reader->errors, ERROR_CONFIG,
                                  "this line has %zu bytes, more than the %d that can be read", strlen(line), size - 2);
        error_remedy(error_at(error, reader->file->path, reader->line, 0),
                     "continue the value on the next line, indented");
        line[0] = '\0';
    }
    reader->waiting = line[0] != '\0' && line[0] != '[';
    memcpy(buffer, line, strlen(line));
    memcpy(buffer + strlen(line), "\n", 2);
    talloc_free(scratch);
    return buffer;
}

static Status read_text(const void *context, const char *path, char **ret_text, Errors *errors)
{
    size_t before = errors->count;
    size_t length;
    if (text_read_file(context, path, ret_text, &length, errors) != STATUS_OK)
    {
        for (size_t i = before; i < errors->count; i++)
            errors->items[i]->kind = ERROR_CONFIG; /* nothing was touched */
        return STATUS_FAILED;
    }
    if (strlen(*ret_text) == length)
        return STATUS_OK;
    error_remedy(error_at(errors_add(errors, ERROR_CONFIG, "the file holds a NUL byte"), path, 0, 0),
                 "save it as UTF-8 text");
    return STATUS_FAILED;
}

Status ini_file_read(const void *context, const char *path, IniFile **ret_file, Errors *errors)
{
    size_t before = errors->count;
    *ret_file = NULL;
    char *text;
    if (read_text(context, path, &text, errors) != STATUS_OK)
        return STATUS_FAILED;
    IniFile *file = mem_new(context, IniFile);
    file->path = mem_strdup(file, path);
    Reader reader = {.file = file, .errors = errors, .rest = text};
    if (strncmp(text, "\xEF\xBB\xBF", 3) == 0)
        reader.rest += 3;
    /* what it returns, the line of its first error, check_taken has said already */
    (void) ini_parse_stream(feed, &reader, handle, &reader);
    check_taken(&reader);
    talloc_free(text);
    *ret_file = file;
    return errors_since(errors, before);
}
