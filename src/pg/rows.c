/* rows.c: a libpq result as a talloc object, values by column name. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "connection_internal.h"
#include "matswap/memory.h"

struct PgRows
{
    PGresult *result;
};

static int rows_clear(PgRows *rows)
{
    PQclear(rows->result);
    return 0;
}

PgRows *rows_new(const void *context, PGresult *result)
{
    PgRows *rows = mem_new(context, PgRows);
    rows->result = result;
    talloc_set_destructor(rows, rows_clear);
    return rows;
}

size_t pg_row_count(const PgRows *rows)
{
    return (size_t) PQntuples(rows->result);
}

/* Not PQfnumber: that folds and unquotes the name it is given, as if it were SQL. */
static int find_column(const PgRows *rows, const char *column)
{
    for (int i = 0; i < PQnfields(rows->result); i++)
        if (strcmp(PQfname(rows->result, i), column) == 0)
            return i;
    pg_defect("the result has no column \"%s\"", column);
}

const char *pg_value(const PgRows *rows, size_t row, const char *column)
{
    if (row >= pg_row_count(rows))
        pg_defect("the result has %zu rows: there is no row %zu (column \"%s\")", pg_row_count(rows), row, column);
    int field = find_column(rows, column);
    return PQgetisnull(rows->result, (int) row, field) ? NULL : PQgetvalue(rows->result, (int) row, field);
}

const char *pg_text(const PgRows *rows, size_t row, const char *column)
{
    const char *value = pg_value(rows, row, column);
    return value == NULL ? "" : value;
}

int64_t pg_integer(const PgRows *rows, size_t row, const char *column)
{
    const char *value = pg_value(rows, row, column);
    if (value == NULL)
        return 0;
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0')
        pg_defect("column \"%s\" is not an integer: \"%s\"", column, value);
    return number;
}

bool pg_boolean(const PgRows *rows, size_t row, const char *column)
{
    const char *value = pg_value(rows, row, column);
    if (value == NULL)
        return false;
    if (strcmp(value, "t") != 0 && strcmp(value, "f") != 0)
        pg_defect("column \"%s\" is not a boolean: \"%s\"", column, value);
    return value[0] == 't';
}

uint32_t pg_oid(const PgRows *rows, size_t row, const char *column)
{
    int64_t number = pg_integer(rows, row, column);
    if (number < 0 || number > UINT32_MAX)
        pg_defect("column \"%s\" is not an OID: %lld", column, (long long) number);
    return (uint32_t) number;
}
