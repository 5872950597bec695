#include "table.h"

#include <string.h>

#include "line.h"
#include "matswap/memory.h"
#include "matswap/report.h"

/* A cell has one line, whatever name stands in it. */
static const char *shown(const void *context, const char *cell)
{
    if (cell == NULL)
        return "-";
    char *line = mem_strdup(context, cell);
    for (char *c = line; (c = strpbrk(c, "\n\t")) != NULL;)
        *c = '?';
    return line;
}

static void add_cell(Text *line, const TableColumn *column, const char *cell, size_t width, bool first)
{
    if (!first)
        text_add(line, "  ");
    if (column->right)
        line_add_right(line, cell, width);
    else
        line_add(line, cell, width);
}

/* Child of `context`. */
static Text *lay_out(const void *context, const TableColumn *columns, size_t column_count, const char *const *cells,
                     size_t row_count)
{
    Text *text = text_new(context);
    size_t *widths = mem_array(text, size_t, column_count);
    for (size_t i = 0; i < column_count; i++)
        widths[i] = line_width(columns[i].title);
    for (size_t i = 0; i < row_count * column_count; i++)
        if (line_width(shown(text, cells[i])) > widths[i % column_count])
            widths[i % column_count] = line_width(shown(text, cells[i]));

    for (size_t i = 0; i < column_count; i++)
        add_cell(text, &columns[i], columns[i].title, widths[i], i == 0);
    line_end(text);
    for (size_t i = 0; i < row_count * column_count; i++)
    {
        size_t column = i % column_count;
        add_cell(text, &columns[column], shown(text, cells[i]), widths[column], column == 0);
        if (column + 1 == column_count)
            line_end(text);
    }
    talloc_free(widths);
    line_disarm(text);
    return text;
}

void table_print(FILE *out, const TableColumn *columns, size_t column_count, const char *const *cells, size_t row_count)
{
    Text *text = lay_out(NULL, columns, column_count, cells, row_count);
    fputs(text->data, out);
    talloc_free(text);
}

char *report_rows(const void *context, const char *const *titles, size_t column_count, const char *const *cells,
                  size_t row_count)
{
    TableColumn *columns = mem_array(context, TableColumn, column_count);
    for (size_t i = 0; i < column_count; i++)
        columns[i].title = titles[i];
    char *rows = lay_out(columns, columns, column_count, cells, row_count)->data;
    talloc_steal(context, rows);
    talloc_free(columns);
    return rows;
}
