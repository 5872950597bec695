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

static bool is_same(const ViewChange *change)
{
    return change->fate == VIEW_STAYS && change->old_kind == change->kind && change->column_count == 0;
}

static bool is_in_set(const ViewChange *change)
{
    return change->fate == VIEW_STAYS || change->fate == VIEW_NEW || change->fate == VIEW_RENAMED;
}

static bool is_new(const ViewChange *change)
{
    return change->fate == VIEW_NEW;
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
    const char *old = view_kind_former_word(change->old_kind);
    const char *new = view_kind_word(change->kind);
    switch (change->fate)
    {
    case VIEW_NEW:
        add_row(cells, change, "new", NULL, NULL,
                mem_printf(cells, "%s, %zu column%s", new, change->column_count, change->column_count == 1 ? "" : "s"));
        return;
    case VIEW_LEFT_ALONE:
        add_row(cells, change, "not in the files", NULL, old, "left alone; --drop-removed removes it");
        return;
    case VIEW_LEAVES:
        add_row(cells, change, "removed", NULL, old, NULL);
        return;
    case VIEW_RENAMED:
        add_row(cells, change, "renamed", NULL, name_qualified(cells, change->old_name),
                name_qualified(cells, change->view));
        break;
    case VIEW_STAYS:
    default:
        break;
    }
    if (change->old_kind != change->kind)
        add_row(cells, change, "other kind", NULL, old, new);
    for (size_t i = 0; i < change->column_count; i++)
        add_column(cells, change, &change->columns[i]);
}

void report_changes(FILE *out, const ViewChange *changes, size_t count)
{
    Cells *cells = mem_new(NULL, Cells);
    size_t same = count_of(changes, count, is_same);
    for (size_t i = 0; i < count; i++)
        add_view(cells, &changes[i]);
    if (same < count)
        table_print(out, columns, COLUMNS, cells->items, cells->count / COLUMNS);
    if (same > 0)
        fprintf(out, "columns: no change in %s%zu view%s\n", same < count ? "the other " : "", same,
                same == 1 ? "" : "s");
    talloc_free(cells);
}

/* ---- as lines of progress ----------------------------------------------------------------------------------- */

static void separate(Text *text)
{
    text_add(text, text->length > 0 ? ", " : "");
}

/* "+ amount numeric", "- k integer", "id integer → bigint", "note moves from 1 to 3" */
static void describe_column(Text *text, const ColumnChange *column)
{
    char *name = name_quote(text, column->name);
    separate(text);
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

static void say_columns(Report *report, const ViewChange *change, const char *name)
{
    Text *text = text_new(NULL);
    if (change->fate == VIEW_NEW)
        text_addf(text, "new %s", view_kind_word(change->kind));
    else
    {
        if (change->fate == VIEW_RENAMED)
            text_addf(text, "renamed from %s", name_qualified(text, change->old_name));
        if (change->old_kind != change->kind)
            separate(text);
        if (change->old_kind != change->kind)
            text_addf(text, "%s → %s", view_kind_former_word(change->old_kind), view_kind_word(change->kind));
        for (size_t i = 0; i < change->column_count; i++)
            describe_column(text, &change->columns[i]);
    }
    report_line(report, "columns", "%s: %s", name, text->data);
    talloc_free(text);
}

static void say(Report *report, const ViewChange *change)
{
    char *name = name_qualified(NULL, change->view);
    if (change->fate == VIEW_LEFT_ALONE)
        report_line(report, "removed", "%s is in the SQL files no more: it is left alone; --drop-removed removes it",
                    name);
    else if (change->fate == VIEW_LEAVES)
        report_line(report, "removed", "%s is in the SQL files no more: it goes with the old generation", name);
    else
        say_columns(report, change, name);
    talloc_free(name);
}

void report_change_lines(Report *report, const ViewChange *changes, size_t count)
{
    size_t in_set = count_of(changes, count, is_in_set);
    bool first = count_of(changes, count, is_new) == in_set;
    if (first)
        report_line(report, "columns", "the first generation of %zu view%s", in_set, in_set == 1 ? "" : "s");
    for (size_t i = 0; i < count; i++)
        if (!is_same(&changes[i]) && !(first && is_new(&changes[i])))
            say(report, &changes[i]);
}
