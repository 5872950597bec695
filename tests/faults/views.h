/*
 * views.h: the set of views that the fault tests rebuild.
 */
#ifndef MATSWAP_FAULTS_VIEWS_H
#define MATSWAP_FAULTS_VIEWS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct SetView
{
    const char *schema, *name;
    bool materialized;
    const char *query;
    const char *statements; /* that follow in its file, or NULL */
} SetView;

extern const SetView set_views[]; /* in an order in which they can be created */
extern const size_t set_view_count;

/* A group of its own, that fails from generation 2 on. */
extern const SetView failing_views[];
extern const size_t failing_view_count;

#endif
