/*
 * plan_internal.h: what the files of src/plan/ share: the look-up tables behind plan_find and plan_generation,
 * and the steps of plan_make in their order.
 *
 * Every step appends what it finds wrong to `errors` and leaves a plan that the next step can work on, so that a
 * user hears of a cycle, a misspelt --only and a schema name that is too long in one go.  plan_make throws the
 * plan away at the end if any of them complained.
 */
#ifndef MATSWAP_PLAN_INTERNAL_H
#define MATSWAP_PLAN_INTERNAL_H

#include "matswap/plan.h"
#include "matswap/text.h"

/* An index or extended statistics object of a rebuilt view: it lives in the schema of its view. */
typedef struct PlanObject
{
    Name name;
    const PlanSchema *schema;
} PlanObject;

struct PlanLookup
{
    PlanView **by_name; /* every view of the set, rebuilt or kept, by live name */
    size_t count;
    PlanObject *objects; /* by name */
    size_t object_count;
};

/* ---- the steps of plan_make --------------------------------------------------------------------------------- */

/* view.c: one PlanView per created view, with its statements (not yet rewritten). */
void plan_views_collect(Plan *plan);

/* graph.c: fills `reads` of every view of the set. */
void plan_graph_connect(Plan *plan);

/* select.c: sets `rebuilt`. */
void plan_select(Plan *plan, const char *const *only, size_t only_count, Errors *errors);

/* order.c: fills views, kept, level, index, readers; reports every cycle. */
void plan_order(Plan *plan, Errors *errors);

/* cycle.c: one error for a strongly connected component of `count` views that reads itself. */
void plan_cycle_report(const Plan *plan, PlanView *const *members, size_t count, Errors *errors);

/* schema.c: fills schemas, the views' schema, and both search paths. */
void plan_schemas_make(Plan *plan, Errors *errors);

/* statement.c: fills the rebuilt views' statements' sql; kept views lose their statements. */
void plan_statements_rewrite(Plan *plan, Errors *errors);

/* check.c: fills the rebuilt views' checks; a file that is wrong is reported once, however many views it checks. */
void plan_checks_rewrite(Plan *plan, Errors *errors);

/* fingerprint.c: of the rebuilt views and of the plan; needs all of the above. */
void plan_fingerprint(Plan *plan);

/* ---- shared questions --------------------------------------------------------------------------------------- */

/* The view of the set that a reference names, by the rules in graph.c; NULL: something outside the set. */
PlanView *plan_resolve(const Plan *plan, Name name);
PlanView *plan_resolve_reference(const Plan *plan, const Reference *reference);

/* How many statements of the view make an index. */
size_t plan_index_count(const PlanView *view);

/* The same as plan_opaque for one view of the generation. */
void plan_view_opaque(const void *context, const Plan *plan, const PlanView *view, PlanOpaque **ret_opaque,
                      size_t *ret_count);

/* ---- printing ----------------------------------------------------------------------------------------------- */

/* print.c: a view's quoted name, as text_add_visible shows it. */
void plan_add_name(Text *text, Name name);

void plan_print_json(const Plan *plan, const char *space, Text *text);
void plan_print_dot(const Plan *plan, Text *text);
void plan_print_mermaid(const Plan *plan, Text *text);
void plan_print_sql(const Plan *plan, Text *text);

#endif
