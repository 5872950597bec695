#include "carry_internal.h"

#include "matswap/memory.h"
#include "matswap/name.h"
#include "pg_sql.h"
#include "preflight_internal.h"

/* Says what keeps the object from moving with its view; false: nothing does. */
static bool refuse(const Run *run, const PgRows *rows, size_t row, const char *view, const char *label, Errors *errors)
{
    void *scratch = mem_context(NULL);
    const char *clash = pg_value(rows, row, "clash");
    const char *role = name_quote(scratch, run->preflight->role);
    bool may_act = pg_boolean(rows, row, "may_act");
    bool may_create = pg_boolean(rows, row, "may_create");
    if (clash != NULL)
        error_remedy(preflight_refuse(errors, label, "statistics object %s on %s meets one of the same name, on %s, on its "
                                      "way to the new generation", label, view, clash),
                     "ALTER STATISTICS %s RENAME TO something else", label);
    else if (!may_act)
        preflight_advise_membership(preflight_refuse(errors, label, "statistics object %s on %s is owned by %s, and role %s "
                                                     "may not act for it", label, view,
                                                     name_quote(scratch, pg_text(rows, row, "owner")), role),
                                    run, pg_text(rows, row, "owner"));
    else if (!may_create)
        error_grant(preflight_refuse(errors, label, "statistics object %s on %s is in another schema than its view, and "
                                     "role %s may not create there", label, view, role),
                    "GRANT USAGE, CREATE ON SCHEMA %s TO %s", name_quote(scratch, pg_text(rows, row, "schema")), role);
    talloc_free(scratch);
    return clash != NULL || !may_act || !may_create;
}

static void carry_one(Run *run, const CarryPair *pair, const PgRows *rows, size_t row, Errors *errors)
{
    void *scratch = mem_context(run);
    Name name = {pg_text(rows, row, "schema"), pg_text(rows, row, "name")};
    char *label = name_qualified(scratch, name);
    const char *what = mem_printf(scratch, "statistics object %s", label);
    const char *definition = pg_value(rows, row, "definition");
    const char *owner = pg_value(rows, row, "owner");
    Recipe *recipe = pair->recipe;
    bool refused = refuse(run, rows, row, view_label(scratch, pair->view), label, errors);
    if (!carry_is_lost(run, pair, rows, row, what) && !refused)
    {
        const char *sql = definition == NULL ? NULL : carry_definition(run, definition, what, errors);
        const char *const statements[] = {sql, pg_value(rows, row, "target"), pg_value(rows, row, "comment")};
        for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
            if (statements[i] != NULL)
                carry_add(run, pair, statements[i]);
        if (owner != NULL)
        {
            carry_note_role(run, &recipe->keepers, &recipe->keeper_count, owner);
            carry_add_as_role(run, pair, &recipe->before_data, &recipe->before_data_count, NULL,
                              pg_text(rows, row, "owner_sql"));
        }
    }
    talloc_free(scratch);
}

Status carry_statistics(Run *run, const CarryPair *pairs, const CarryArrays *arrays, Errors *errors)
{
    const char *parameters[] = {arrays->values[0], arrays->values[1], arrays->values[2],
                                preflight_set_role_privilege(run)};
    PgRows *rows;
    if (pg_query(run, run->control, &rows, errors, SQL_CARRY_STATISTICS, 4, parameters) != STATUS_OK)
        return STATUS_FAILED;
    size_t before = errors->count;
    for (size_t i = 0; i < pg_row_count(rows); i++)
        carry_one(run, &pairs[pg_integer(rows, i, "n") - 1], rows, i, errors);
    talloc_free(rows);
    return errors_since(errors, before);
}
