#include "matswap/stage.h"

#include <string.h>

#include "carry_internal.h"
#include "matswap/memory.h"
#include "pg_sql.h"

static void add_before_data(Run *run, const CarryPair *pair, const char *sql)
{
    recipe_add_carried(run, &pair->recipe->before_data, &pair->recipe->before_data_count, pair->view, sql);
}

static void add_privilege(Run *run, const CarryPair *pair, const char *sql)
{
    recipe_add_carried(run, &pair->recipe->privileges, &pair->recipe->privilege_count, pair->view, sql);
}

typedef void (*AddStatement)(Run *run, const CarryPair *pair, const char *sql);

/* A statement that another role than the view's owner has to make; NULL: the connecting role. */
static void add_as_role(Run *run, const CarryPair *pair, AddStatement add, const char *role, const char *sql)
{
    void *scratch = mem_context(run);
    add(run, pair, recipe_role_sql(scratch, role));
    add(run, pair, sql);
    add(run, pair, recipe_role_sql(scratch, pair->recipe->role));
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
            add_privilege(run, pair, sql);
            continue;
        }
        note_grantor(run, pair->recipe, grantor);
        add_as_role(run, pair, add_privilege, grantor, sql);
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

/* Defines it, unless the files did under the same name. */
static Status define_statistics(Run *run, const CarryPair *pair, const char *definition, const char *what,
                                Errors *errors)
{
    char *sql;
    Status status =
        sql_rewrite_definition(run->recipes, definition, what, plan_generation(run->plan), &sql, errors);
    if (status == STATUS_OK)
        add_before_data(run, pair, sql);
    return status;
}

static void carry_one_statistics(Run *run, const CarryPair *pair, const PgRows *rows, size_t row, Errors *errors)
{
    void *scratch = mem_context(run);
    Name name = {pg_text(rows, row, "schema"), pg_text(rows, row, "name")};
    char *label = name_qualified(scratch, name);
    const char *what = mem_printf(scratch, "statistics object %s", label);
    const char *definition = pg_value(rows, row, "definition");
    bool there = definition == NULL;
    if (!there && !carry_is_impossible(run, pair, rows, row, what))
    {
        if (pg_boolean(rows, row, "elsewhere"))
            refuse_elsewhere(pair, label, errors);
        else
            there = define_statistics(run, pair, definition, what, errors) == STATUS_OK;
    }
    const char *target = there ? pg_value(rows, row, "target") : NULL;
    const char *comment = there ? pg_value(rows, row, "comment") : NULL;
    const char *owner = there ? pg_value(rows, row, "owner") : NULL;
    if (target != NULL)
        add_before_data(run, pair, target);
    if (comment != NULL)
        add_before_data(run, pair, comment);
    if (owner != NULL)
        add_as_role(run, pair, add_before_data, NULL, owner);
    talloc_free(scratch);
}

/* All that cannot be carried is reported in one go. */
static Status carry_statistics(Run *run, const CarryPair *pairs, const CarryArrays *arrays, Errors *errors)
{
    PgRows *rows;
    if (pg_query(run, run->control, &rows, errors, SQL_CARRY_STATISTICS, 3, arrays->values) != STATUS_OK)
        return STATUS_FAILED;
    size_t before = errors->count;
    for (size_t i = 0; i < pg_row_count(rows); i++)
        carry_one_statistics(run, &pairs[pg_integer(rows, i, "n") - 1], rows, i, errors);
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
