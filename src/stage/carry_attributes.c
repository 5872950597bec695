#include "matswap/stage.h"

#include "carry_internal.h"
#include "matswap/memory.h"
#include "matswap/name.h"
#include "pg_sql.h"

/* Who has become a member of the owner, or a superuser, since he granted. */
static void warn_of_absorbed(const Run *run, const CarryPair *pair, const char *grantor)
{
    if (run->report == NULL)
        return;
    void *scratch = mem_context(NULL);
    char *role = name_quote(scratch, grantor);
    report_warning(run->report, "what role %s has granted on %s is carried over as granted by its owner, for whom %s may "
                   "act now", role, view_label(scratch, pair->view), role);
    talloc_free(scratch);
}

/*
 * A grant is recorded as made by the current role, so those of other roles are repeated as them
 * (https://www.postgresql.org/docs/current/sql-grant.html).
 */
static Status carry_privileges(Run *run, const CarryPair *pairs, const CarryArrays *arrays, Errors *errors)
{
    PgRows *rows;
    if (pg_query(run, run->control, &rows, errors, SQL_CARRY_PRIVILEGES, 3, arrays->values) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
    {
        const CarryPair *pair = &pairs[pg_integer(rows, i, "n") - 1];
        Recipe *recipe = pair->recipe;
        const char *grantor = pg_value(rows, i, "grantor");
        const char *sql = pg_text(rows, i, "sql");
        if (grantor == NULL)
        {
            recipe_add_carried(run, &recipe->privileges, &recipe->privilege_count, pair->view, sql);
            continue;
        }
        if (carry_note_role(run, &recipe->grantors, &recipe->grantor_count, grantor) && pg_boolean(rows, i, "absorbed"))
            warn_of_absorbed(run, pair, grantor);
        carry_add_as_role(run, pair, &recipe->privileges, &recipe->privilege_count, grantor, sql);
    }
    talloc_free(rows);
    return STATUS_OK;
}

/* The statements of a query of $1, $2. */
static Status carry_all(Run *run, const CarryPair *pairs, const CarryArrays *arrays, const char *query, Errors *errors)
{
    PgRows *rows;
    if (pg_query(run, run->control, &rows, errors, query, 2, arrays->values) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
        carry_add(run, &pairs[pg_integer(rows, i, "n") - 1], pg_text(rows, i, "sql"));
    talloc_free(rows);
    return STATUS_OK;
}

static Status report_losses(Run *run, const CarryPair *pairs, const CarryArrays *arrays, Errors *errors)
{
    PgRows *rows;
    if (pg_query(run, run->control, &rows, errors, SQL_CARRY_LOSSES, 2, arrays->values) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
        carry_is_lost(run, &pairs[pg_integer(rows, i, "n") - 1], rows, i, pg_text(rows, i, "what"));
    talloc_free(rows);
    return STATUS_OK;
}

Status carry_attributes(Run *run, const CarryPair *pairs, size_t count, Errors *errors)
{
    void *scratch = mem_context(run);
    CarryArrays arrays = carry_arrays(scratch, pairs, count);
    Status status = STATUS_FAILED;
    if (carry_privileges(run, pairs, &arrays, errors) == STATUS_OK &&
        carry_all(run, pairs, &arrays, SQL_CARRY_ATTRIBUTES, errors) == STATUS_OK &&
        carry_all(run, pairs, &arrays, SQL_CARRY_REMARKS, errors) == STATUS_OK &&
        report_losses(run, pairs, &arrays, errors) == STATUS_OK)
    {
        /* what these two refuse is reported in one go */
        Status behaviour = carry_behaviour(run, pairs, &arrays, errors);
        status = carry_statistics(run, pairs, &arrays, errors) == STATUS_OK ? behaviour : STATUS_FAILED;
    }
    talloc_free(scratch);
    return status;
}
