/*
 * random_queries.h: what the parts of random_queries share: its choices and its output, the names in scope, and the
 * parts of a query that contain each other.  Every write_ and put_ function appends to the query being written.
 */
#ifndef MATSWAP_RANDOM_QUERIES_H
#define MATSWAP_RANDOM_QUERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum
{
    ITEMS_MAX = 4, /* of a FROM clause */
    LEVELS_MAX = 16,
    CTES_MAX = 32,
    VIEWS_MAX = 10000
};

/* A member of a FROM clause. */
typedef struct Item
{
    const char *name;   /* alias or relation, as it is in the catalog */
    const char *schema; /* of a relation without an alias; NULL: schema.name.column is wrong */
    bool only_three;    /* surely has just id, t, s: a subquery, or VALUES */
} Item;

typedef struct Level
{
    Item items[ITEMS_MAX];
    size_t count;
} Level;

typedef struct View
{
    const char *schema;
    char name[16];
} View;

/* What the query being written may refer to. */
typedef struct Scope
{
    Level levels[LEVELS_MAX]; /* of queries around the one being written, innermost last */
    size_t level_count;
    const char *ctes[CTES_MAX]; /* in scope, innermost last */
    size_t cte_count;
    bool in_aggregate;          /* whose arguments must not all be an outer query's: it would be that query's then */
    const char *recursive_name; /* which its own query may name only in one place */
    View view;                  /* the view being written */
    View views[VIEWS_MAX];      /* those that others may read */
    size_t view_count;
} Scope;

extern Scope scope;

/* The search path. */
extern const char *const schemas[3];

/* What random-queries.sql creates, by schema: four names and NULL. */
extern const char *const relations[3][5];

/* ---- random_names.c: choices, output, names ---- */

void seed(uint64_t number);

/* A number below count. */
unsigned pick(unsigned count);
bool chance(unsigned percent);

/* Where to append from now on; gives what it was before. */
FILE *put_to(FILE *stream);
__attribute__((format(printf, 1, 2))) void put(const char *format, ...);

/* In one of its spellings. */
void put_name(const char *name);
void put_dot(void);
void put_qualified(const char *schema, const char *name);

const char *pool_name(void);

/* The schema that the search path finds the name in. */
const char *found_in(const char *name);

/* A type of three columns: one of the relations that are always there. */
void write_type(void);
void write_constant(const char *type);

/* ---- random_expressions.c ---- */

void put_reference(const Item *item);
void write_column(const char *column);
void write_int(int depth);
void write_text(int depth);

/* schema, name: NULL for a name that a CTE or the search path decides about */
void write_relation(const char **ret_schema, const char **ret_name);

/* ---- random_select.c ---- */

void write_query(int depth);

/* extras: with columns that only a view nobody reads may have. */
void write_select(int depth, bool extras);
void write_with(int depth);

#endif
