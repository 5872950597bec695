#include "matswap/memory.h"
#include "stage_internal.h"

/* The relations behind the live names of the plan, before anything is known about them. */
static Status live_oids(Run *run, uint32_t **ret_oids, size_t *ret_count, Errors *errors)
{
    size_t count = run->plan->view_count;
    Name *names = mem_array(run, Name, count);
    for (size_t i = 0; i < count; i++)
        names[i] = run->plan->views[i]->name;
    PgRows *rows;
    if (relations_live(run, run->control, names, count, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_count = pg_row_count(rows);
    *ret_oids = mem_array(run, uint32_t, *ret_count);
    for (size_t i = 0; i < *ret_count; i++)
        (*ret_oids)[i] = pg_oid(rows, i, "oid");
    talloc_free(rows);
    return STATUS_OK;
}

Status stage_prepare(Run *run, Errors *errors)
{
    uint32_t *oids;
    size_t count;
    if (live_oids(run, &oids, &count, errors) != STATUS_OK ||
        swap_surroundings(run, oids, count, &run->surroundings, errors) != STATUS_OK ||
        stage_preflight(run, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (run->record == NULL)
        return stage_rehearse(run, errors);
    run->surroundings = run->record->surroundings;
    return STATUS_OK;
}
