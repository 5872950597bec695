/*
 * carry_places.c: tablespaces and access methods of what is live.
 *
 * They have to be known before anything is created: moved afterwards, an index would be written twice, and the access
 * method can't be changed before PostgreSQL 15.  They are set as the session's defaults around the statement that
 * creates, so that what a file states itself wins.
 */
#include <string.h>

#include "array.h"
#include "carry_internal.h"
#include "matswap/memory.h"
#include "matswap/name.h"
#include "matswap/text.h"
#include "pg_sql.h"

struct CarryPlaces
{
    PgRows *rows;
    size_t *first; /* [plan->view_count + 1] each view's rows, until the next one's */
};

Status carry_places(const void *context, const Run *run, CarryPlaces **ret_places, Errors *errors)
{
    size_t count = run->plan->view_count;
    CarryPlaces *places = mem_new(context, CarryPlaces);
    uint32_t *oids = mem_array(places, uint32_t, count);
    for (size_t i = 0; i < count; i++)
        oids[i] = run->preflight->live[i].oid;
    const char *parameter = array_of_oids(places, oids, count);
    if (pg_query(places, run->control, &places->rows, errors, SQL_CARRY_PLACES, 1, &parameter) != STATUS_OK)
    {
        talloc_free(places);
        return STATUS_FAILED;
    }
    places->first = mem_array(places, size_t, count + 1);
    for (size_t row = 0; row < pg_row_count(places->rows); row++)
        places->first[pg_integer(places->rows, row, "n")] = row + 1;
    for (size_t i = 1; i <= count; i++)
        if (places->first[i] == 0)
            places->first[i] = places->first[i - 1];
    *ret_places = places;
    return STATUS_OK;
}

void carry_place(const Run *run, const CarryPlaces *places, const PlanView *view, const char *index,
                 RecipeStatement *statement)
{
    for (size_t row = places->first[view->index]; row < places->first[view->index + 1]; row++)
        if (text_equal(pg_value(places->rows, row, "index"), index))
        {
            statement->tablespace = mem_strdup(run->recipes, pg_text(places->rows, row, "tablespace"));
            statement->access_method = mem_strdup(run->recipes, pg_value(places->rows, row, "access_method"));
        }
}

/* '' is the database's own tablespace, whatever the session's default is. */
static char *value_sql(const void *context, const char *value)
{
    return value == NULL ? mem_strdup(context, "DEFAULT") : name_literal(context, value);
}

char *recipe_tablespace_sql(const void *context, const char *tablespace)
{
    return PG_SQL(context, SQL_PLACE_TABLESPACE, {"tablespace", value_sql(context, tablespace)});
}

char *recipe_access_method_sql(const void *context, const char *access_method)
{
    return PG_SQL(context, SQL_PLACE_ACCESS_METHOD, {"access_method", value_sql(context, access_method)});
}
