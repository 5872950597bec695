/*
 * validate_values.c: the values inside totals and measures, taken apart by the server.
 */
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "pg_sql.h"
#include "validate_internal.h"

struct Values
{
    const PgRows *rows; /* of validate_values.sql */
    size_t *first;      /* [count + 1] where each document's rows begin */
    size_t count;
};

Status values_read(const void *context, Run *run, const Document *documents, size_t count, Values **ret_values,
                   Errors *errors)
{
    Values *values = mem_new(context, Values);
    const char **totals = mem_array(values, const char *, count);
    const char **measures = mem_array(values, const char *, count);
    for (size_t i = 0; i < count; i++)
    {
        totals[i] = documents[i].totals;
        measures[i] = documents[i].measures;
    }
    const char *parameters[] = {array_of_texts(values, totals, count), array_of_texts(values, measures, count)};
    PgRows *rows;
    if (pg_query(values, run->control, &rows, errors, SQL_VALIDATE_VALUES, 2, parameters) != STATUS_OK)
    {
        talloc_free(values);
        return STATUS_FAILED;
    }
    values->rows = rows;
    values->count = count;
    values->first = mem_array(values, size_t, count + 1);
    for (size_t i = 0, row = 0; i <= count; i++)
    {
        while (row < pg_row_count(rows) && (size_t) pg_integer(rows, row, "n") <= i)
            row++;
        values->first[i] = row;
    }
    *ret_values = values;
    return STATUS_OK;
}

bool values_find(const Values *values, size_t document, const char *section, const char *name, const char **ret_value)
{
    for (size_t row = values->first[document]; row < values->first[document + 1]; row++)
        if (strcmp(pg_text(values->rows, row, "section"), section) == 0 &&
            strcmp(pg_text(values->rows, row, "name"), name) == 0)
        {
            *ret_value = pg_value(values->rows, row, "value");
            return true;
        }
    return false;
}

const char *values_get(const Values *values, size_t document, const char *section, const char *name)
{
    const char *value = NULL;
    return values_find(values, document, section, name, &value) ? value : NULL;
}

Status validation_read_values(Validation *validation, Errors *errors)
{
    Run *run = validation->run;
    size_t count = run->plan->view_count;
    size_t document_count = count + count;
    Document *documents = mem_array(validation->scratch, Document, document_count);
    for (size_t i = 0; i < count; i++)
    {
        documents[i] = (Document){validation->live[i].totals, validation->live[i].measures};
        documents[count + i] = (Document){run->record->views[i].totals, run->record->views[i].measures};
    }
    return values_read(validation->scratch, run, documents, document_count, &validation->values, errors);
}

const char *validation_live_value(const Validation *validation, size_t position, const char *section, const char *name)
{
    return mem_strdup(validation->run, values_get(validation->values, position, section, name));
}

const char *validation_new_value(const Validation *validation, size_t position, const char *section, const char *name)
{
    size_t document = validation->run->plan->view_count + position;
    return mem_strdup(validation->run, values_get(validation->values, document, section, name));
}

size_t validation_new_names(const Validation *validation, size_t position, const char *section,
                            const char *const **ret_names)
{
    const Values *values = validation->values;
    size_t document = validation->run->plan->view_count + position;
    const char **names = NULL;
    size_t count = 0;
    for (size_t row = values->first[document]; row < values->first[document + 1]; row++)
        if (strcmp(pg_text(values->rows, row, "section"), section) == 0)
            MEM_PUSH(validation->scratch, names, count, mem_strdup(validation->scratch, pg_text(values->rows, row, "name")));
    *ret_names = names;
    return count;
}
