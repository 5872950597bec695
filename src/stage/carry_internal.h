/*
 * carry_internal.h: what carry_*.c and rehearse*.c share: the statements of a recipe, and pairs as parameters.
 */
#ifndef MATSWAP_CARRY_INTERNAL_H
#define MATSWAP_CARRY_INTERNAL_H

#include "matswap/stage.h"

/* The pairs as parallel arrays, for queries that take them as $1, $2, $3. */
typedef struct CarryArrays
{
    const char *values[3]; /* new OIDs, live OIDs, live schemas */
} CarryArrays;
CarryArrays carry_arrays(const void *context, const CarryPair *pairs, size_t count);

/* Appends a statement that no file states (origin: the view alone); copies `sql`, a child of the run's recipes. */
void recipe_add_carried(Run *run, RecipeStatement **list, size_t *count, const PlanView *view, const char *sql);
void recipe_add_stated(Run *run, RecipeStatement **list, size_t *count, const PlanStatement *statement);

/* The statement that makes `role` the current one; NULL: the connecting role. */
char *recipe_role_sql(const void *context, const char *role);

/* schema.name, quoted, of the live view */
char *view_label(const void *context, const PlanView *view);

/*
 * Can the new relation not have the object of the live one that this row is about (its columns `missing` and
 * `possible`)?  Then the report says so: the columns are gone on purpose, so that is no error.
 */
bool carry_is_impossible(Run *run, const CarryPair *pair, const PgRows *rows, size_t row, const char *what);

#endif
