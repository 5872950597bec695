/* What runs left in the database, for the one who decides about it. */
#include <inttypes.h>

#include "matswap/memory.h"
#include "matswap/report.h"
#include "report_internal.h"
#include "table.h"

enum
{
    COLUMNS = 7
};

static const TableColumn columns[COLUMNS] = {
    {"schema", false}, {"run", false}, {"side", false}, {"relation", false},
    {"kind", false},   {"rows", true}, {"size", true},
};

typedef struct Cells
{
    const char **items;
    size_t count;
} Cells;

static void add_row(Cells *cells, const Leftover *leftover, const char *relation, const char *kind, const char *rows,
                    const char *size)
{
    const char *row[COLUMNS] = {name_quote(cells, leftover->schema),
                                leftover->run,
                                leftover_side(leftover),
                                relation,
                                kind,
                                rows,
                                size};
    for (size_t i = 0; i < COLUMNS; i++)
        MEM_PUSH(cells, cells->items, cells->count, row[i]);
}

const char *leftover_side(const Leftover *leftover)
{
    return !leftover->outgoing ? "incoming" : leftover->view_count > 0 ? "outgoing, kept" : "outgoing";
}

static void add_leftover(Cells *cells, const Leftover *leftover)
{
    for (size_t i = 0; i < leftover->view_count; i++)
    {
        const LeftoverView *view = &leftover->views[i];
        add_row(cells, leftover, name_quote(cells, view->name.name), view_kind_word(view->kind),
                view->rows < 0 ? NULL : mem_printf(cells, "~%s", report_count(cells, view->rows)),
                view->bytes < 0 ? NULL : report_bytes(cells, view->bytes));
    }
    for (size_t i = 0; i < leftover->other_count; i++)
        add_row(cells, leftover, leftover->others[i], "not ours", NULL, NULL);
    if (leftover->view_count == 0 && leftover->other_count == 0)
        add_row(cells, leftover, NULL, NULL, NULL, NULL);
}

static void print_acts(FILE *out, const void *scratch, const Leftover *leftover)
{
    const char *schema = name_quote(scratch, leftover->schema);
    for (size_t i = 0; i < leftover->view_count; i++)
        fprintf(out, "  drop  %s %s (OID %" PRIu32 ")\n", view_kind_word(leftover->views[i].kind),
                name_qualified(scratch, leftover->views[i].name), leftover->views[i].oid);
    if (leftover->other_count > 0)
        fprintf(out, "  keep  schema %s, for what is in it and not ours\n", schema);
    else if (leftover->made)
        fprintf(out, "  drop  schema %s\n", schema);
    else
        fprintf(out, "  keep  schema %s, made beforehand, without its marker; its comment and privileges of before are "
                "not known\n", schema);
}

void report_leftovers(FILE *out, const Leftovers *leftovers)
{
    Cells *cells = mem_new(NULL, Cells);
    for (size_t i = 0; i < leftovers->count; i++)
        add_leftover(cells, &leftovers->items[i]);
    table_print(out, columns, COLUMNS, cells->items, cells->count / COLUMNS);
    fputs("\nto be done, readers first, nothing with CASCADE:\n", out);
    for (size_t i = 0; i < leftovers->count; i++)
        print_acts(out, cells, &leftovers->items[i]);
    talloc_free(cells);
}
