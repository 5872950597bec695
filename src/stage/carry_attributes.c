#include "matswap/stage.h"

#include <string.h>

#include "carry_internal.h"
#include "matswap/memory.h"
#include "pg_sql.h"

static void add_before_data(Run *run, const CarryPair *pair, const char *sql)
{
    recipe_add_carried(run, &pair->recipe->before_data, &pair->recipe->before_data_count, pair->view, sql);
}

/* A statement that another role than the view's owner has to make; NULL: the connecting role. */
static void add_as_role(Run *run, const CarryPair *pair, const char *role, const char *sql)
{
    void *scratch = mem_context(run);
    add_before_data(run, pair, recipe_role_sql(scratch, role));
    add_before_data(run, pair, sql);
    add_before_data(run, pair, recipe_role_sql(scratch, pair->recipe->role));
    talloc_free(scratch);
}

static void note_grantor(Run *run, Recipe *recipe, const char *role)
{
    for (size_t i = 0; i < recipe->grantor_count; i++)
        if (strcmp(recipe->grantors[i], role) == 0)
            return;
    MEM_PUSH(run->recipes, recipe->grantors, recipe->grantor_count, mem_strdup(run->recipes, role));
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
        const char *grantor = pg_value(rows, i, "grantor");
        const char *sql = pg_text(rows, i, "sql");
        if (grantor == NULL)
        {
            add_before_data(run, pair, sql);
            continue;
        }
        note_grantor(run, pair->recipe, grantor);
        add_as_role(run, pair, grantor, sql);
    }
    talloc_free(rows);
    return STATUS_OK;
}

static Status carry_options(Run *run, const CarryPair *pairs, const CarryArrays *arrays, Errors *errors)
{
    PgRows *rows;
    if (pg_query(run, run->control, &rows, errors, SQL_CARRY_ATTRIBUTES, 2, arrays->values) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
        add_before_data(run, &pairs[pg_integer(rows, i, "n") - 1], pg_text(rows, i, "sql"));
    talloc_free(rows);
    return STATUS_OK;
}

static void refuse_elsewhere(const CarryPair *pair, const char *label, Errors *errors)
{
    char *view = view_label(errors, pair->view);
    Error *error = errors_add(errors, ERROR_REFUSED,
                              "statistics object %s on %s is in another schema than its view", label, view);
    error_object(error, label);
    error_remedy(error, "ALTER STATISTICS %s SET SCHEMA %s", label,
                 name_quote(error, pair->view->schema->live));
    talloc_free(view);
}

/* Is this object of the live view impossible on the new one?  Then the report says so. */
static bool is_impossible(Run *run, const CarryPair *pair, const PgRows *rows, size_t row, const char *label)
{
    const char *missing = pg_value(rows, row, "missing");
    bool possible = pg_boolean(rows, row, "possible");
    if (possible && missing == NULL)
        return false;
    char *view = view_label(run, pair->view);
    if (run->report != NULL && possible)
        report_warning(run->report, "%s of %s is not carried over: the new query has no column %s", label, view,
                       missing);
    else if (run->report != NULL)
        report_warning(run->report, "%s of %s is not carried over: it becomes an ordinary view", label, view);
    talloc_free(view);
    return true;
}

static Status carry_one_statistics(Run *run, const CarryPair *pair, const PgRows *rows, size_t row, Errors *errors)
{
    void *scratch = mem_context(run);
    Name name = {pg_text(rows, row, "schema"), pg_text(rows, row, "name")};
    char *label = name_qualified(scratch, name);
    const char *what = mem_printf(scratch, "statistics object %s", label);
    const char *definition = pg_value(rows, row, "definition");
    char *sql = NULL;
    Status status = STATUS_OK;
    if (definition != NULL && is_impossible(run, pair, rows, row, what))
        goto out;
    if (definition != NULL && pg_boolean(rows, row, "elsewhere"))
    {
        refuse_elsewhere(pair, label, errors);
        status = STATUS_FAILED;
        goto out;
    }
    if (definition != NULL)
    {
        status = sql_rewrite_definition(scratch, definition, what, plan_generation(run->plan), &sql, errors);
        if (status != STATUS_OK)
            goto out;
        add_before_data(run, pair, sql);
    }
    if (pg_value(rows, row, "target") != NULL)
        add_before_data(run, pair, pg_value(rows, row, "target"));
    if (pg_value(rows, row, "comment") != NULL)
        add_before_data(run, pair, pg_value(rows, row, "comment"));
    if (pg_value(rows, row, "owner") != NULL)
        add_as_role(run, pair, NULL, pg_value(rows, row, "owner"));
out:
    talloc_free(scratch);
    return status;
}

static Status carry_statistics(Run *run, const CarryPair *pairs, const CarryArrays *arrays, Errors *errors)
{
    PgRows *rows;
    if (pg_query(run, run->control, &rows, errors, SQL_CARRY_STATISTICS, 2, arrays->values) != STATUS_OK)
        return STATUS_FAILED;
    size_t before = errors->count;
    for (size_t i = 0; i < pg_row_count(rows); i++)
        if (carry_one_statistics(run, &pairs[pg_integer(rows, i, "n") - 1], rows, i, errors) != STATUS_OK)
            continue; /* all of them in one go */
    talloc_free(rows);
    return errors_since(errors, before);
}

Status carry_attributes(Run *run, const CarryPair *pairs, size_t count, Errors *errors)
{
    void *scratch = mem_context(run);
    CarryArrays arrays = carry_arrays(scratch, pairs, count);
    Status status = carry_privileges(run, pairs, &arrays, errors);
    if (status == STATUS_OK)
        status = carry_options(run, pairs, &arrays, errors);
    if (status == STATUS_OK)
        status = carry_statistics(run, pairs, &arrays, errors);
    talloc_free(scratch);
    return status;
}
