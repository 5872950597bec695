#include <string.h>

#include "array.h"
#include "carry_internal.h"
#include "dependents_internal.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "preflight_internal.h"

/* Some of the items, as parallel arrays for a query, and where its rows' positions lead. */
typedef struct Selection
{
    Dependents *dependents;
    Dependent **items;
    size_t count;
    const char *classes, *oids, *flags;
} Selection;

typedef bool (*Wanted)(const Dependent *dependent);

static bool is_view(const Dependent *dependent)
{
    return dependent->kind == DEPENDENT_VIEW;
}

static bool is_function(const Dependent *dependent)
{
    return dependent->kind == DEPENDENT_FUNCTION;
}

static bool is_part(const Dependent *dependent)
{
    return !is_view(dependent) && !is_function(dependent);
}

static bool is_anew(const Dependent *dependent)
{
    return dependent->anew;
}

/* The flag: is the view or function, or what the part is on, made anew? */
static Selection dependents_select(Dependents *dependents, Wanted wanted)
{
    void *scratch = dependents->scratch;
    Selection selection = {.dependents = dependents, .items = mem_array(scratch, Dependent *, dependents->count)};
    uint32_t *classes = mem_array(scratch, uint32_t, dependents->count);
    uint32_t *oids = mem_array(scratch, uint32_t, dependents->count);
    const char **flags = mem_array(scratch, const char *, dependents->count);
    for (size_t i = 0; i < dependents->count; i++)
    {
        Dependent *item = &dependents->items[i];
        if (!wanted(item))
            continue;
        bool flag = is_part(item) ? dependents_is_anew(dependents, item->relation) : item->anew;
        classes[selection.count] = item->class;
        oids[selection.count] = item->oid;
        flags[selection.count] = flag ? "t" : "f";
        selection.items[selection.count++] = item;
    }
    selection.classes = array_of_oids(scratch, classes, selection.count);
    selection.oids = array_of_oids(scratch, oids, selection.count);
    selection.flags = array_of_texts(scratch, flags, selection.count);
    return selection;
}

static void add_statement(const Dependents *dependents, Dependent *item, const char *sql)
{
    MEM_PUSH(dependents->preflight, item->rebind.statements, item->rebind.statement_count,
             mem_strdup(dependents->preflight, sql));
}

static void add_row(const Dependents *dependents, Dependent *item, const char *part, const char *sql)
{
    if (strcmp(part, "before") == 0)
        item->rebind.before = mem_strdup(dependents->preflight, sql);
    else if (strcmp(part, "aside") == 0)
        item->rebind.aside = mem_strdup(dependents->preflight, sql);
    else if (strcmp(part, "after") == 0)
        item->rebind.after = mem_strdup(dependents->preflight, sql);
    else
        add_statement(dependents, item, sql_reprintable(dependents->scratch, sql));
}

static Status query(const Selection *selection, const char *sql, size_t count, const char *const *parameters,
                    PgRows **ret_rows)
{
    Dependents *dependents = selection->dependents;
    return pg_query(dependents->scratch, dependents->run->control, ret_rows, dependents->errors, sql, count,
                    parameters);
}

/* A query's rows are its statements, each with its part. */
static Status read_definitions(const Selection *selection, const char *sql, size_t count, const char *const *parameters)
{
    PgRows *rows;
    if (selection->count == 0)
        return STATUS_OK;
    if (query(selection, sql, count, parameters, &rows) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
        add_row(selection->dependents, selection->items[pg_integer(rows, row, "n") - 1], pg_text(rows, row, "part"),
                pg_text(rows, row, "sql"));
    return STATUS_OK;
}

/* ---- privileges ------------------------------------------------------------------------------------------- */

/* A grant is recorded as made by the current role, so those of other roles are repeated as them. */
static void add_grant(const Selection *selection, const PgRows *rows, size_t row)
{
    const Dependents *dependents = selection->dependents;
    Dependent *item = selection->items[pg_integer(rows, row, "n") - 1];
    const char *grantor = pg_value(rows, row, "grantor");
    if (grantor != NULL)
        add_statement(dependents, item, recipe_role_sql(dependents->scratch, grantor));
    add_statement(dependents, item, pg_text(rows, row, "sql"));
    if (grantor != NULL)
        add_statement(dependents, item, recipe_role_sql(dependents->scratch, NULL));
}

static void check_reach(const Selection *selection, const PgRows *rows, size_t row)
{
    const Dependent *item = selection->items[pg_integer(rows, row, "n") - 1];
    void *scratch = selection->dependents->scratch;
    if (pg_boolean(rows, row, "reaches") || pg_value(rows, row, "grantor") == NULL)
        return;
    char *grantor = name_quote(scratch, pg_text(rows, row, "grantor"));
    char *schema = name_quote(scratch, pg_text(rows, row, "schema"));
    error_grant(preflight_refuse(selection->dependents->errors, item->label, "role %s has granted privileges on %s, "
                                 "which has to be made anew, and may not use schema %s", grantor, item->label, schema),
                "GRANT USAGE ON SCHEMA %s TO %s", schema, grantor);
}

/* Only the grantor, or a member of it, can grant again as it did. */
static Status check_grantors(const Selection *selection, const PgRows *grants)
{
    Dependents *dependents = selection->dependents;
    const char **roles = mem_array(dependents->scratch, const char *, pg_row_count(grants));
    for (size_t row = 0; row < pg_row_count(grants); row++)
        roles[row] = pg_value(grants, row, "grantor");
    const char *parameters[] = {array_of_texts(dependents->scratch, roles, pg_row_count(grants)),
                                preflight_set_role_privilege(dependents->run)};
    PgRows *rows;
    if (query(selection, SQL_REHEARSE_GRANTORS, 2, parameters, &rows) != STATUS_OK)
        return STATUS_FAILED;
    char *own = name_quote(dependents->scratch, dependents->preflight->role);
    for (size_t row = 0; row < pg_row_count(rows); row++)
        for (size_t i = 0; i < pg_row_count(grants); i++)
        {
            const char *label = selection->items[pg_integer(grants, i, "n") - 1]->label;
            if (!text_equal(roles[i], pg_value(rows, row, "role")))
                continue;
            Error *error = preflight_refuse(dependents->errors, label, "role %s has granted privileges on %s, which has "
                                            "to be made anew, and role %s may not act for it",
                                            name_quote(dependents->scratch, roles[i]), label, own);
            preflight_advise_membership(error, dependents->run, roles[i]);
            error_remedy(error, "%s, or have its owner grant them", error->remedy);
        }
    return STATUS_OK;
}

static Status read_privileges(Dependents *dependents)
{
    Selection selection = dependents_select(dependents, is_anew);
    const char *parameters[] = {selection.classes, selection.oids};
    PgRows *rows;
    if (selection.count == 0)
        return STATUS_OK;
    if (query(&selection, SQL_DEPENDENTS_PRIVILEGES, 2, parameters, &rows) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        check_reach(&selection, rows, row);
        add_grant(&selection, rows, row);
    }
    return check_grantors(&selection, rows);
}

/* ---- all of it -------------------------------------------------------------------------------------------- */

Status dependents_read_statements(Dependents *dependents)
{
    for (size_t i = 0; i < dependents->count; i++)
    {
        Dependent *item = &dependents->items[i];
        item->rebind = (Rebind){.label = item->label, .class = item->class, .oid = item->oid,
                                .relation = item->relation, .anew = item->anew};
        if (is_function(item))
            add_statement(dependents, item, SQL_DEPENDENTS_BODIES);
    }
    Selection views = dependents_select(dependents, is_view);
    Selection functions = dependents_select(dependents, is_function);
    Selection parts = dependents_select(dependents, is_part);
    const char *of_views[] = {views.oids, views.flags};
    const char *of_functions[] = {functions.oids, functions.flags};
    const char *of_parts[] = {parts.classes, parts.oids, parts.flags};
    if (read_definitions(&views, SQL_DEPENDENTS_VIEWS, 2, of_views) != STATUS_OK ||
        read_definitions(&functions, SQL_DEPENDENTS_FUNCTIONS, 2, of_functions) != STATUS_OK ||
        read_definitions(&parts, SQL_DEPENDENTS_PARTS, 3, of_parts) != STATUS_OK)
        return STATUS_FAILED;
    return read_privileges(dependents);
}
