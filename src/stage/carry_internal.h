/*
 * carry_internal.h: what carry_*.c and rehearse*.c share: lists of a recipe, and parallel arrays as parameters.
 */
#ifndef MATSWAP_CARRY_INTERNAL_H
#define MATSWAP_CARRY_INTERNAL_H

#include "matswap/stage.h"
#include "matswap/text.h"

/* A PostgreSQL array literal that grows: {"a","b"} */
typedef struct ArrayText
{
    Text *text;
    size_t count;
} ArrayText;

ArrayText array_text_new(const void *context);
void array_text_add(ArrayText *array, const char *element);
void array_text_add_oid(ArrayText *array, uint32_t oid);
/* The literal; nothing can be added afterwards. */
const char *array_text_end(ArrayText *array);

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

#endif
