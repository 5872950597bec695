/* What a run changes about its views: the column contract, for those who read them. */
#include <string.h>

#include "matswap/memory.h"
#include "matswap/report.h"
#include "matswap/text.h"
#include "report_internal.h"
#include "table.h"

enum
{
    COLUMNS = 5
};

static const TableColumn columns[COLUMNS] = {
    {"view", false}, {"change", false}, {"column", false}, {"old", false}, {"new", false},
};

typedef struct Cells
{
    const char **items;
    size_t count;
} Cells;

static bool is_changed(const ViewChange *change)
{
    return change->is_new || change->old_kind != change->kind || change->column_count > 0;
}

static size_t count_of(const ViewChange *changes, size_t count, bool (*is)(const ViewChange *))
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += is(&changes[i]) ? 1 : 0;
    return found;
}

static bool is_retyped(const ColumnChange *column)
{
    return column->old_type != NULL && column->new_type != NULL && strcmp(column->old_type, column->new_type) != 0;
}

/* ---- as a table --------------------------------------------------------------------------------------------- */

static void add_row(Cells *cells, const ViewChange *change, const char *what, const char *column, const char *old,
                    const char *new)
{
    const char *row[COLUMNS] = {name_qualified(cells, change->view), what,
                                column == NULL ? NULL : name_quote(cells, column), old, new};
    for (size_t i = 0; i < COLUMNS; i++)
        MEM_PUSH(cells, cells->items, cells->count, row[i]);
}

static void add_column(Cells *cells, const ViewChange *change, const ColumnChange *column)
{
    if (column->old_type == NULL)
        add_row(cells, change, "added", column->name, NULL, mem_printf(cells, "%s, position %d", column->new_type,
                                                                       column->new_position));
    else if (column->new_type == NULL)
        add_row(cells, change, "removed", column->name, column->old_type, NULL);
    if (is_retyped(column))
        add_row(cells, change, "retyped", column->name, column->old_type, column->new_type);
    if (column->moved)
        add_row(cells, change, "moved", column->name, mem_printf(cells, "position %d", column->old_position),
                mem_printf(cells, "position %d", column->new_position));
}

static void add_view(Cells *cells, const ViewChange *change)
{
    if (change->is_new)
    {
        add_row(cells, change, "new view", NULL, NULL,
                mem_printf(cells, "%s, %zu column%s", view_kind_word(change->kind), change->column_count,
                           change->column_count == 1 ? "" : "s"));
        return;
    }
    if (change->old_kind != change->kind)
        add_row(cells, change, "other kind", NULL, view_kind_word(change->old_kind), view_kind_word(change->kind));
    for (size_t i = 0; i < change->column_count; i++)
        add_column(cells, change, &change->columns[i]);
}

void report_changes(FILE *out, const ViewChange *changes, size_t count)
{
    Cells *cells = mem_new(NULL, Cells);
    size_t changed = count_of(changes, count, is_changed);
    for (size_t i = 0; i < count; i++)
        add_view(cells, &changes[i]);
    if (changed > 0)
        table_print(out, columns, COLUMNS, cells->items, cells->count / COLUMNS);
    if (changed == 0)
        fprintf(out, "columns: no change in %zu view%s\n", count, count == 1 ? "" : "s");
    else if (changed < count)
        fprintf(out, "columns: no change in the other %zu view%s\n", count - changed, count - changed == 1 ? "" : "s");
    talloc_free(cells);
}

/* ---- as lines of progress ----------------------------------------------------------------------------------- */

/* "+ amount numeric", "- k integer", "id integer → bigint", "note moves from 1 to 3" */
static void describe_column(Text *text, const ColumnChange *column)
{
    char *name = name_quote(text, column->name);
    text_add(text, text->length > 0 ? ", " : "");
    if (column->old_type == NULL)
        text_addf(text, "+ %s %s", name, column->new_type);
    else if (column->new_type == NULL)
        text_addf(text, "- %s %s", name, column->old_type);
    else if (is_retyped(column))
        text_addf(text, "%s %s → %s", name, column->old_type, column->new_type);
    if (column->moved)
        text_addf(text, "%s moves from %d to %d", is_retyped(column) ? " and" : name, column->old_position,
                  column->new_position);
}

static void say(Report *report, const ViewChange *change)
{
    Text *text = text_new(NULL);
    if (change->is_new)
        text_addf(text, "new %s", view_kind_word(change->kind));
    else
    {
        if (change->old_kind != change->kind)
            text_addf(text, "%s → %s", view_kind_word(change->old_kind), view_kind_word(change->kind));
        for (size_t i = 0; i < change->column_count; i++)
            describe_column(text, &change->columns[i]);
    }
    report_line(report, "columns", "%s: %s", name_qualified(text, change->view), text->data);
    talloc_free(text);
}

static bool is_new(const ViewChange *change)
{
    return change->is_new;
}

void report_change_lines(Report *report, const ViewChange *changes, size_t count)
{
    if (count_of(changes, count, is_new) == count)
        report_line(report, "columns", "the first generation of %zu view%s", count, count == 1 ? "" : "s");
    else
        for (size_t i = 0; i < count; i++)
            if (is_changed(&changes[i]))
                say(report, &changes[i]);
}
