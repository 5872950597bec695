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

/*
 * Appends a statement that no file states (origin: the view alone); copies `sql`, a child of the run's recipes.  What
 * is returned lives until the next one is appended.
 */
RecipeStatement *recipe_add_carried(Run *run, RecipeStatement **list, size_t *count, const PlanView *view,
                                    const char *sql);
RecipeStatement *recipe_add_stated(Run *run, RecipeStatement **list, size_t *count, const PlanStatement *statement);

/* The statement that makes `role` the current one; NULL: the connecting role. */
char *recipe_role_sql(const void *context, const char *role);

/* NULL: the new view has none of that name. */
const RecipeColumn *recipe_column(const Recipe *recipe, const char *name);

/* schema.name, quoted, of the live view */
char *view_label(const void *context, const PlanView *view);

/*
 * Does the row's column `lost` say why the new relation cannot have `what` of the live one?  Then the report says so:
 * the files have changed the view on purpose, so that is no error.
 */
bool carry_is_lost(Run *run, const CarryPair *pair, const PgRows *rows, size_t row, const char *what);

/* The statement about a live relation (definition: names qualified) for the new generation; NULL after an error. */
char *carry_definition(Run *run, const char *definition, const char *what, Errors *errors);

/* Appends to before_data, as the view's owner. */
void carry_add(Run *run, const CarryPair *pair, const char *sql);

/* A statement of that list that another role than the view's owner has to make; NULL: the connecting role. */
void carry_add_as_role(Run *run, const CarryPair *pair, RecipeStatement **list, size_t *count, const char *role,
                       const char *sql);

/* Adds a role to a list of a recipe; false: it is there already. */
bool carry_note_role(Run *run, const char ***roles, size_t *count, const char *role);

/* Parts of carry_attributes; each appends to its pairs' recipes and reports all that cannot be carried in one go. */
Status carry_statistics(Run *run, const CarryPair *pairs, const CarryArrays *arrays, Errors *errors) MUST_CHECK;
Status carry_behaviour(Run *run, const CarryPair *pairs, const CarryArrays *arrays, Errors *errors) MUST_CHECK;

/* ---- where the live relations are stored (carry_places.c) --------------------------------------------------- */

typedef struct CarryPlaces CarryPlaces;
Status carry_places(const void *context, const Run *run, CarryPlaces **ret_places, Errors *errors) MUST_CHECK;

/* Gives the statement the place of the live index of that name; NULL: of the live view itself. */
void carry_place(const Run *run, const CarryPlaces *places, const PlanView *view, const char *index,
                 RecipeStatement *statement);

/* The settings with which such a statement is executed; NULL: the session's default. */
char *recipe_tablespace_sql(const void *context, const char *tablespace);
char *recipe_access_method_sql(const void *context, const char *access_method);

#endif
