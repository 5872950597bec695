/* [import NAME] sections: where the rows of a table of the set come from. */
#include <string.h>

#include "config_internal.h"
#include "matswap/memory.h"
#include "matswap/text.h"

static const char *const formats[] = {
#define X(name, word) word,
    IMPORT_FORMATS(X)
#undef X
    NULL};

const char *import_format_word(ImportFormat format)
{
    return formats[format];
}

static void read_format(Loader *loader, const IniValue *value, void *ret_target)
{
    for (size_t i = 0; formats[i] != NULL; i++)
        if (strcmp(value->text, formats[i]) == 0)
        {
            *(ImportFormat *) ret_target = (ImportFormat) i;
            return;
        }
    error_remedy(value_complain(loader, value, "format = %s is not a format", value->text),
                 "write csv (with a header) or jsonl (an object on each line)");
}

/* The server knows which there are; the preflight asks it. */
static void read_encoding(Loader *loader, const IniValue *value, void *ret_target)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (value->text[strspn(value->text, allowed)] != '\0')
        error_remedy(value_complain(loader, value, "encoding = %s is not the name of an encoding", value->text),
                     "write UTF8, LATIN1, WIN1252, or another of the server's encodings");
    else
        *(const char **) ret_target = mem_strdup(loader->config, value->text);
}

const Key import_keys[] = {
    {"file", value_read_path, offsetof(Import, file), NULL},
    {"command", value_read_command, offsetof(Import, command), NULL},
    {"format", read_format, offsetof(Import, format), "csv"},
    {"encoding", read_encoding, offsetof(Import, encoding), "UTF8"},
    {"timeout", value_read_duration, offsetof(Import, timeout_ms), "10min"},
    {"adopt", value_read_bool, offsetof(Import, adopt), "no"},
};
const size_t import_key_count = sizeof import_keys / sizeof import_keys[0];

static void complain(Loader *loader, const Import *import, const char *what, const char *remedy)
{
    Error *error = errors_add(loader->errors, ERROR_CONFIG, "[import %s] %s", import->written, what);
    error_remedy(error_at(error, loader->path, import->line, 0), "%s", remedy);
}

/* A key that stands there with a wrong value has had its error. */
static void check_source(Loader *loader, const IniSection *section, const Import *import)
{
    bool file = section_has(section, "file");
    bool command = section_has(section, "command");
    if (!file && !command)
        complain(loader, import, "says neither file nor command", "write `file = PATH` or `command = PROGRAM …`: one of "
                 "them gives the rows");
    else if (file && command)
        complain(loader, import, "says both file and command", "keep the one that gives the rows");
    else if (file && section_has(section, "timeout"))
        complain(loader, import, "has a timeout, which a file does not need", "take it out: it is for a command");
    if (import->format == IMPORT_JSONL && section_has(section, "encoding"))
        complain(loader, import, "has an encoding for JSON, which is always UTF-8 (RFC 8259)", "take it out");
}

void import_read(Loader *loader, const IniSection *section, const char *written)
{
    Import import = {.written = written, .line = section->line};
    section_fill_usual(import_keys, import_key_count, loader, &import);
    section_read(loader, section, import_keys, import_key_count, &import);
    check_source(loader, section, &import);
    MEM_PUSH(loader->config, loader->config->imports, loader->config->import_count, import);
}

void imports_resolve(Loader *loader)
{
    const Config *config = loader->config;
    for (size_t i = 0; i < config->import_count; i++)
    {
        Import *import = &config->imports[i];
        section_resolve_name(loader, "import", import->written, import->line, &import->name);
        for (size_t j = 0; j < i && import->name.name != NULL; j++)
            if (name_equal(config->imports[j].name, import->name))
                complain(loader, import, "names a table that another [import] section names", "keep one of them");
    }
}

const Import *config_find_import(const Config *config, Name table)
{
    for (size_t i = 0; i < config->import_count; i++)
        if (name_equal(config->imports[i].name, table))
            return &config->imports[i];
    return NULL;
}

Status config_check_imports(const Config *config, const Name *tables, size_t table_count, Errors *errors)
{
    size_t before = errors->count;
    void *scratch = mem_context(NULL);
    const char **words = names_spellings(scratch, config, tables, table_count);
    for (size_t i = 0; i < config->import_count; i++)
    {
        const Import *import = &config->imports[i];
        if (names_have(import->name, tables, table_count))
            continue;
        const char *nearest = text_nearest(import->written, words);
        Error *error = errors_add(errors, ERROR_CONFIG, "no file creates the table of [import %s]", import->written);
        error_at(error, config->path, import->line, 0);
        if (nearest != NULL)
            error_remedy(error, "did you mean [import %s]?", nearest);
        else
            error_remedy(error, "write its columns as CREATE TABLE into a file in %s", config->queries);
    }
    talloc_free(scratch);
    return errors_since(errors, before);
}

const char *config_nearest_import(const void *context, const Config *config, Name table)
{
    const char **words = NULL;
    size_t count = 0;
    for (size_t i = 0; i < config->import_count; i++)
        MEM_PUSH(context, words, count, config->imports[i].written);
    MEM_PUSH(context, words, count, NULL);
    const char *nearest = text_nearest(name_qualified(context, table), words);
    if (nearest == NULL && text_equal(table.schema, config->schema))
        nearest = text_nearest(name_quote(context, table.name), words);
    return nearest;
}
