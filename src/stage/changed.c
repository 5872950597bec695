/*
 * Are the live views still those that the run began with, and the new ones those that it built?  What somebody has
 * dropped, renamed, moved or replaced meanwhile is named, instead of the statement that ran into it.
 */
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "stage_internal.h"

/* The names to look at, and what is to carry them. */
typedef struct Expected
{
    const char **schemas;
    size_t schema_count;
    const char **names;
    size_t name_count;
    uint32_t *oids; /* 0: nothing */
    size_t oid_count;
} Expected;

static void expect(const void *context, Expected *expected, const char *schema, const char *name, uint32_t oid)
{
    MEM_PUSH(context, expected->schemas, expected->schema_count, schema);
    MEM_PUSH(context, expected->names, expected->name_count, name);
    MEM_PUSH(context, expected->oids, expected->oid_count, oid);
}

static const char *incoming_schema(const JournalRun *record, const char *live)
{
    size_t i = 0;
    while (strcmp(record->schemas[i].live, live) != 0)
        i++; /* the journal has a schema for each view: both are written from one plan */
    return record->is_rollback ? record->schemas[i].outgoing : record->schemas[i].incoming;
}

static void refuse(Errors *errors, Name name, uint32_t expected, uint32_t found, const char *relkind, bool incoming)
{
    char *label = name_qualified(errors, name);
    const char *began = incoming ? "the one that the run built" : "when the run began";
    const char *word = found == 0 ? NULL : relation_kind_word(relkind);
    Error *error;
    if (found == 0)
        error = errors_add(errors, ERROR_CHANGED, "%s is not there any more: it was dropped, renamed or moved while the "
                           "run was under way", label);
    else if (word != NULL)
        error = errors_add(errors, ERROR_CHANGED, "%s is a%s %s now, another relation than %s", label,
                           word[0] == 'i' ? "n" : "", word, began);
    else
        error = errors_add(errors, ERROR_CHANGED, "%s is another relation than %s%s", label, began,
                           expected == 0 ? ": there was none" : "");
    error_remedy(error_object(error, label), "nothing was swapped; see who did that, then run `matswap run` again");
    talloc_free(label);
}

Status changed_check(Run *run, Errors *errors)
{
    const JournalRun *record = run->record;
    void *scratch = mem_context(run);
    size_t before = errors->count;
    Expected expected = {0};
    for (size_t i = 0; i < record->view_count; i++)
        expect(scratch, &expected, record->views[i].name.schema, record->views[i].name.name, record->views[i].old_oid);
    for (size_t i = 0; i < record->view_count; i++)
        if (record->views[i].new_oid != 0 && !journal_view_is_kept(&record->views[i]))
            expect(scratch, &expected, incoming_schema(record, record->views[i].name.schema),
                   record->views[i].name.name, record->views[i].new_oid);
    const char *parameters[] = {array_of_texts(scratch, expected.schemas, expected.schema_count),
                                array_of_texts(scratch, expected.names, expected.name_count)};
    PgRows *rows;
    if (pg_query(scratch, run->control, &rows, errors, SQL_NAMED_RELATIONS, 2, parameters) == STATUS_OK)
    {
        size_t row = 0;
        for (size_t i = 0; i < expected.oid_count; i++)
        {
            bool there = row < pg_row_count(rows) && (size_t) pg_integer(rows, row, "position") == i + 1;
            uint32_t found = there ? pg_oid(rows, row, "oid") : 0;
            if (found != expected.oids[i])
                refuse(errors, (Name){expected.schemas[i], expected.names[i]}, expected.oids[i], found,
                       there ? pg_text(rows, row, "relkind") : NULL, i >= record->view_count);
            row += there ? 1 : 0;
        }
    }
    talloc_free(scratch);
    return errors_since(errors, before);
}

void locked_explain(Run *run, const uint32_t *oids, size_t count, Errors *errors, size_t before)
{
    if (errors->count <= before || errors->items[before]->kind != ERROR_LOCKED || errors->items[before]->remedy != NULL)
        return;
    void *scratch = mem_context(run);
    pg_rollback(run->control);
    const char *who = relations_blockers(scratch, run->control, array_of_oids(scratch, oids, count));
    if (who != NULL)
        error_remedy(errors->items[before], "%s, then run the command again", who);
    talloc_free(scratch);
}

static bool is_taken(const Error *error)
{
    return text_equal(error->sqlstate, "42P07") || text_equal(error->sqlstate, "42710");
}

void changed_explain(Run *run, Errors *errors)
{
    if (errors_empty(errors) || run->record == NULL || run->control == NULL || !pg_alive(run->control))
        return;
    uint32_t *live = mem_array(run, uint32_t, run->record->view_count);
    for (size_t i = 0; i < run->record->view_count; i++)
        live[i] = run->record->views[i].old_oid;
    locked_explain(run, live, run->record->view_count, errors, 0);
    talloc_free(live);
    if (errors->items[0]->kind != ERROR_SERVER)
        return;
    Errors *changes = errors_new(run);
    pg_rollback(run->control);
    if (changed_check(run, changes) == STATUS_FAILED && errors_have(changes, ERROR_CHANGED))
    {
        errors_truncate(errors, 0);
        errors_move(errors, changes);
    }
    else if (is_taken(errors->items[0]) && errors->items[0]->remedy == NULL)
        error_remedy(errors->items[0], "somebody took that name while the run was under way: rename or drop what has it, "
                                       "then run `matswap run` again");
    talloc_free(changes);
}
