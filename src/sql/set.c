#include "sql_internal.h"

#include <stdlib.h>
#include <string.h>

#include "matswap/memory.h"

/* Something that some statement makes. */
typedef struct Made
{
    Name name;
    const Draft *draft;
} Made;

typedef struct MadeList
{
    Made *items; /* sorted by name, then in the order of the statements */
    size_t count;
} MadeList;

typedef struct Resolver
{
    Reading *reading;
    MadeList relations; /* views and indexes: they share a name space, pg_class */
    MadeList statistics;
} Resolver;

static int compare_made(const void *a, const void *b)
{
    const Made *left = a;
    const Made *right = b;
    int order = name_compare(&left->name, &right->name);
    return order != 0 ? order : (left->draft > right->draft) - (left->draft < right->draft);
}

static void add_made(MadeList *list, const Resolver *resolver, Name name, const Draft *draft)
{
    Made made = {name, draft};
    MEM_PUSH(resolver, list->items, list->count, made);
}

static void list_made(Resolver *resolver)
{
    for (size_t i = 0; i < resolver->reading->draft_count; i++)
    {
        const Draft *draft = &resolver->reading->drafts[i];
        const SqlStatement *statement = draft->statement;
        Name own = {statement->view.schema, statement->object};
        if (statement->phase == SQL_CREATE)
            add_made(&resolver->relations, resolver, statement->view, draft);
        else if (statement->phase == SQL_INDEX && statement->object != NULL)
            add_made(&resolver->relations, resolver, own, draft);
        else if (draft->makes_statistics)
            add_made(&resolver->statistics, resolver, own, draft);
    }
    if (resolver->relations.count > 1)
        qsort(resolver->relations.items, resolver->relations.count, sizeof(Made), compare_made);
    if (resolver->statistics.count > 1)
        qsort(resolver->statistics.items, resolver->statistics.count, sizeof(Made), compare_made);
}

static Error *draft_error(const Resolver *resolver, const Draft *draft, const char *format, const char *name)
{
    char *message = mem_printf(resolver, "%s %s", format, name);
    Error *error = source_error(draft->source, draft->statement->offset, resolver->reading->errors, "%s", message);
    return error_object(error, name);
}

static void report_duplicates(const Resolver *resolver, const MadeList *list)
{
    for (size_t i = 1; i < list->count; i++)
    {
        const Made *made = &list->items[i];
        if (!name_equal(made->name, list->items[i - 1].name))
            continue;
        const SqlStatement *first = list->items[i - 1].draft->statement;
        Error *error =
            draft_error(resolver, made->draft, "a second statement creates", name_qualified(resolver, made->name));
        error_remedy(error, "keep this one or the one at %s:%d", first->file->path, first->line);
    }
}

static const Made *find_made(const MadeList *list, Name name)
{
    size_t low = 0;
    size_t high = list->count;
    while (low < high)
    {
        size_t middle = low + (high - low) / 2;
        if (name_compare(&list->items[middle].name, &name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->count && name_equal(list->items[low].name, name) ? &list->items[low] : NULL;
}

/* An unqualified name is in the default schema; an index of a view elsewhere may be named by itself too. */
static const Made *find_target(const Resolver *resolver, const MadeList *list, Name name, bool anywhere)
{
    const Made *made = find_made(list, name_in_schema(name, resolver->reading->default_schema));
    for (size_t i = 0; made == NULL && anywhere && name.schema == NULL && i < list->count; i++)
        if (strcmp(list->items[i].name.name, name.name) == 0 && list->items[i].draft->statement->phase != SQL_CREATE)
            made = &list->items[i];
    return made;
}

static void report_missing(const Resolver *resolver, const Draft *draft)
{
    if (resolver->reading->incomplete)
        return;
    Name name = name_in_schema(draft->target, resolver->reading->default_schema);
    char *quoted = name_qualified(resolver, name);
    if (draft->kind == TARGET_STATISTICS || draft->kind == TARGET_INDEX)
    {
        bool statistics = draft->kind == TARGET_STATISTICS;
        error_remedy(draft_error(resolver, draft,
                                 statistics ? "no file creates the statistics" : "no file creates the index", quoted),
                     "write its CREATE %s into one of the files, or take this statement out",
                     statistics ? "STATISTICS" : "INDEX");
        return;
    }
    error_remedy(draft_error(resolver, draft, "no file creates the view", quoted),
                 "correct the name, add the view's file, or take this statement out");
}

static void become_index_statement(SqlStatement *statement, const Made *index)
{
    statement->view = index->draft->statement->view;
    statement->object = index->name.name;
    statement->phase = SQL_INDEX_ATTRIBUTE;
    statement->owner = NULL;
}

static void resolve_relation(const Resolver *resolver, const Draft *draft)
{
    bool index_allowed = draft->kind != TARGET_VIEW;
    const Made *made = find_target(resolver, &resolver->relations, draft->target, index_allowed);
    bool is_view = made != NULL && made->draft->statement->phase == SQL_CREATE;
    if (made == NULL || (is_view ? draft->kind == TARGET_INDEX : !index_allowed))
        report_missing(resolver, draft);
    else if (!is_view)
        become_index_statement(draft->statement, made);
}

static void resolve_statistics(const Resolver *resolver, const Draft *draft)
{
    const Made *made = find_target(resolver, &resolver->statistics, draft->target, true);
    if (made == NULL)
        report_missing(resolver, draft);
    else
        draft->statement->view = made->draft->statement->view;
}

/* The statistics move with their view from schema to schema, so they live where it lives. */
static void check_statistics_schema(const Resolver *resolver, const Draft *draft)
{
    const SqlStatement *statement = draft->statement;
    if (draft->makes == NULL || strcmp(draft->makes, statement->view.schema) == 0)
        return;
    Name name = {draft->makes, statement->object};
    error_remedy(draft_error(resolver, draft,
                             "the statistics are in another schema than their view:", name_qualified(resolver, name)),
                 "create them in schema %s", name_quote(resolver, statement->view.schema));
}

void set_resolve(Reading *reading)
{
    Resolver *resolver = mem_new(reading, Resolver);
    resolver->reading = reading;
    list_made(resolver);
    report_duplicates(resolver, &resolver->relations);
    report_duplicates(resolver, &resolver->statistics);
    for (size_t i = 0; i < reading->draft_count; i++)
    {
        const Draft *draft = &reading->drafts[i];
        if (draft->has_target && draft->kind == TARGET_STATISTICS)
            resolve_statistics(resolver, draft);
        else if (draft->has_target && draft->statement->phase != SQL_CREATE)
            resolve_relation(resolver, draft);
        if (draft->makes_statistics)
            check_statistics_schema(resolver, draft);
    }
}

Reading *reading_new(const void *context, const char *default_schema, Errors *errors)
{
    Reading *reading = mem_new(context, Reading);
    reading->set = mem_new(reading, SqlSet);
    reading->default_schema = mem_strdup(reading->set, default_schema);
    reading->arena = arena_new(reading);
    reading->errors = errors;
    return reading;
}

void set_add_file(Reading *reading, const char *path, const char *text)
{
    static const char mark[] = "\xEF\xBB\xBF";
    SqlSet *set = reading->set;
    SqlFile *file = mem_new(set, SqlFile);
    char *copy = mem_strdup(file, text);
    bool byte_order_mark = strncmp(copy, mark, 3) == 0;
    if (byte_order_mark)
        memset(copy, ' ', 3);
    file->path = mem_strdup(file, path);
    file->text = copy;
    file->length = strlen(copy);
    MEM_PUSH(set, set->files, set->file_count, file);
    read_file(reading, file, byte_order_mark);
}

typedef struct Input
{
    const char *path;
    const char *text;
} Input;

static int compare_inputs(const void *a, const void *b)
{
    return strcmp(((const Input *) a)->path, ((const Input *) b)->path);
}

Status set_read(const void *context, const char *const *paths, const char *const *texts, size_t count,
                const char *default_schema, bool incomplete, SqlSet **ret_set, Errors *errors)
{
    size_t before = errors->count;
    Reading *reading = reading_new(context, default_schema, errors);
    reading->incomplete = incomplete;
    Input *inputs = mem_array(reading, Input, count);
    for (size_t i = 0; i < count; i++)
        inputs[i] = (Input){paths[i], texts[i]};
    if (count > 1)
        qsort(inputs, count, sizeof *inputs, compare_inputs);
    for (size_t i = 0; i < count; i++)
        set_add_file(reading, inputs[i].path, inputs[i].text);
    set_resolve(reading);
    SqlSet *set = reading->set;
    for (size_t i = 0; i < reading->draft_count; i++)
        MEM_PUSH(set, set->statements, set->statement_count, reading->drafts[i].statement);
    Status status = errors_since(errors, before);
    if (status == STATUS_OK)
        *ret_set = talloc_steal(context, set);
    talloc_free(reading);
    return status;
}

Status sql_read_texts(const void *context, const char *const *paths, const char *const *texts, size_t count,
                      const char *default_schema, SqlSet **ret_set, Errors *errors)
{
    return set_read(context, paths, texts, count, default_schema, false, ret_set, errors);
}
