#include "import_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "matswap/memory.h"
#include "pg_sql.h"

Error *import_error(const ImportOptions *options, int64_t line, Errors *errors, const char *format, ...)
{
    const Import *import = options->import;
    void *scratch = mem_context(NULL);
    char *name = name_qualified(scratch, import->name);
    va_list arguments;
    va_start(arguments, format);
    char *what = memory_checked(talloc_vasprintf(scratch, format, arguments));
    va_end(arguments);
    Error *error;
    if (import->file != NULL)
        error = error_at(errors_add(errors, ERROR_IMPORT, "the import %s: %s", name, what), import->file, (int) line, 0);
    else if (line > 0)
        error = errors_add(errors, ERROR_IMPORT, "the import %s: line %" PRId64 " of the command's output: %s", name, line,
                           what);
    else
        error = errors_add(errors, ERROR_IMPORT, "the import %s: %s", name, what);
    if (import->file == NULL)
        error_at(error, options->config->path, import->line, 0);
    error_object(error, name);
    talloc_free(scratch);
    return error;
}

char *data_name(const void *context, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    if (name[0] != '\0' && name[strspn(name, plain)] == '\0')
        return mem_strdup(context, name);
    Text *text = text_new(context);
    text_add_json(text, name);
    return text->data;
}

static const char *nearest_column(const void *context, const ImportOptions *options, const char *name)
{
    const char **names = NULL;
    size_t count = 0;
    for (size_t i = 0; i < options->column_count; i++)
        if (!options->columns[i].generated)
            MEM_PUSH(context, names, count, options->columns[i].name);
    MEM_PUSH(context, names, count, NULL);
    return text_nearest(name, names);
}

const ImportColumn *columns_find(const ImportOptions *options, const char *name, int64_t line, Errors *errors)
{
    const ImportColumn *found = NULL;
    void *scratch = mem_context(NULL);
    for (size_t i = 0; i < options->column_count && found == NULL; i++)
        if (strcmp(options->columns[i].name, name) == 0)
            found = &options->columns[i];
    if (found == NULL)
    {
        const char *nearest = nearest_column(scratch, options, name);
        Error *error = import_error(options, line, errors, "it has a column %s, which the table has not",
                                    data_name(scratch, name));
        if (nearest != NULL)
            error_remedy(error, "did you mean %s?", data_name(scratch, nearest));
        else
            error_remedy(error, "leave it out of the data, or add it to the CREATE TABLE");
    }
    else if (found->generated)
    {
        error_remedy(import_error(options, line, errors, "it has a column %s, which the table generates by itself",
                                  data_name(scratch, name)),
                     "leave it out of the data");
        found = NULL;
    }
    talloc_free(scratch);
    return found;
}

Status columns_complete(const ImportOptions *options, const bool *named, int64_t line, Errors *errors)
{
    size_t before = errors->count;
    for (size_t i = 0; i < options->column_count; i++)
    {
        const ImportColumn *column = &options->columns[i];
        if (named[i] || column->generated || column->has_default)
            continue;
        char *name = data_name(errors, column->name);
        error_remedy(import_error(options, line, errors, "it has no column %s, and the table has no default for that",
                                  name),
                     "add it to the data, or write DEFAULT … (DEFAULT NULL, say) behind it in the CREATE TABLE");
        talloc_free(name);
    }
    return errors_since(errors, before);
}

char *columns_copy(const void *context, const ImportOptions *options, const ImportColumn *const *chosen, size_t count)
{
    void *scratch = mem_context(NULL);
    const Import *import = options->import;
    Text *columns = text_new(scratch);
    Text *how = text_new(scratch);
    for (size_t i = 0; i < count; i++)
        text_addf(columns, "%s%s", i > 0 ? ", " : "", name_quote(scratch, chosen[i]->name));
    text_addf(how, "%s, ENCODING %s", import->format == IMPORT_CSV ? "FORMAT csv, HEADER" : "FORMAT text",
              name_literal(scratch, import->encoding));
    char *sql = PG_SQL(context, SQL_BUILD_COPY, {"schema", options->schema}, {"name", import->name.name},
                       {"columns", columns->data}, {"options", how->data});
    talloc_free(scratch);
    return sql;
}
