/*
 * validate_record.c: the totals of live views that nothing has touched since their swap are those that it recorded.
 */
#include "array.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "validate_internal.h"

/* Of each live view, what the swap recorded; run NULL: it is no more what was swapped in, or never was. */
typedef struct Recorded
{
    const char *run, *rows, *totals, *measures;
} Recorded;

static Status find_untouched(Validation *validation, Recorded *recorded, Errors *errors)
{
    const Run *run = validation->run;
    size_t before = errors->count;
    uint32_t *oids = mem_array(validation->scratch, uint32_t, run->plan->view_count);
    for (size_t i = 0; i < run->plan->view_count; i++)
        oids[i] = validation_comparable(run, i) ? former_predecessor(run, run->plan->views[i]).live->oid : 0;
    const char *array = array_of_oids(validation->scratch, oids, run->plan->view_count);
    PgRows *rows;
    if (pg_query(validation->scratch, run->control, &rows, errors, SQL_VALIDATE_UNTOUCHED, 1, &array) != STATUS_OK)
    {
        /* a role that may write the table, and not read it, can measure */
        if (!text_equal(errors->items[before]->sqlstate, "42501"))
            return STATUS_FAILED;
        errors_truncate(errors, before);
        return STATUS_OK;
    }
    for (size_t row = 0; row < pg_row_count(rows); row++)
        recorded[pg_integer(rows, row, "n") - 1] =
            (Recorded){pg_text(rows, row, "run"), pg_value(rows, row, "row_count"), pg_value(rows, row, "totals"),
                       pg_value(rows, row, "measures")};
    return STATUS_OK;
}

/* A column that the rules ask about and the record says nothing of, or NULL. */
static const char *missing_column(const MeasuredColumns *columns, const Values *values, size_t document)
{
    const char *ignored;
    for (size_t i = 0; i < columns->sum_count; i++)
        if (!values_find(values, document, "sums", columns->sums[i].name, &ignored))
            return columns->sums[i].name;
    for (size_t i = 0; i < columns->not_null.count; i++)
        if (!values_find(values, document, "nulls", columns->not_null.names[i], &ignored))
            return columns->not_null.names[i];
    if (columns->event_time != NULL && !values_find(values, document, "maximum", columns->event_time, &ignored))
        return columns->event_time;
    return NULL;
}

/* Into live[position], where that can be; the report says what became of it. */
static void take(Validation *validation, size_t position, const Recorded *recorded, const Values *values)
{
    const Run *run = validation->run;
    LiveTotals *live = &validation->live[position];
    const char *label = name_qualified(validation->scratch, former_predecessor(run, run->plan->views[position]).name);
    const char *missing = missing_column(&live->columns, values, position);
    if (recorded->run == NULL || recorded->rows == NULL)
        report_detail(run->report, "live", "%s: is measured, since it is not untouched since a swap", label);
    else if (missing != NULL)
        report_detail(run->report, "live", "%s: is measured, since run %s recorded nothing of %s", label, recorded->run,
                      missing);
    else
    {
        report_detail(run->report, "live", "%s: is as run %s recorded it", label, recorded->run);
        live->rows = mem_strdup(run, recorded->rows);
        live->totals = mem_strdup(run, recorded->totals);
        live->measures = mem_strdup(run, recorded->measures);
        live->watermark = live->columns.event_time == NULL
                              ? NULL
                              : mem_strdup(run, values_get(values, position, "maximum", live->columns.event_time));
    }
}

Status validation_take_recorded(Validation *validation, Errors *errors)
{
    Run *run = validation->run;
    size_t count = run->plan->view_count;
    Recorded *recorded = mem_array(validation->scratch, Recorded, count);
    Document *documents = mem_array(validation->scratch, Document, count);
    Values *values;
    if (find_untouched(validation, recorded, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < count; i++)
        documents[i] = (Document){recorded[i].totals, recorded[i].measures};
    if (values_read(validation->scratch, run, documents, count, &values, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < count; i++)
        if (validation_comparable(run, i))
            take(validation, i, &recorded[i], values);
    return STATUS_OK;
}
