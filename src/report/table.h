/* table.h: an aligned table, private to src/report/. */
#ifndef MATSWAP_REPORT_TABLE_H
#define MATSWAP_REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct TableColumn
{
    const char *title;
    bool right; /* numbers */
} TableColumn;

/* `cells` holds row_count × column_count strings, row by row; NULL is shown as "-". */
void table_print(FILE *out, const TableColumn *columns, size_t column_count, const char *const *cells,
                 size_t row_count);

#endif
