/*
 * plan.h: what will be done, as data: the graph, the order, the schemas, the statements.
 *
 * Pure: made from configuration and SQL files alone, printed, compared and tested without a server.  What only
 * the catalog knows (live OIDs, attributes to carry over, dependents) is found by stage/ and never stored here.
 */
#ifndef MATSWAP_PLAN_H
#define MATSWAP_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "matswap/config.h"
#include "matswap/error.h"
#include "matswap/name.h"
#include "matswap/sql.h"

/* One schema that holds views of the set, and its two shadows. */
typedef struct PlanSchema
{
    const char *live;
    const char *incoming; /* live + suffix_new */
    const char *outgoing; /* live + suffix_old */
} PlanSchema;

typedef struct PlanStatement
{
    SqlPhase phase;
    const SqlStatement *source;
    const char *sql; /* for the new generation */
} PlanStatement;

/* A check file of a view, for the new generation. */
typedef struct PlanCheck
{
    const CheckFile *file;
    SqlQuery query;
} PlanCheck;

typedef struct PlanView PlanView;

/* An edge, with the place that makes it: a cycle is reported by these. */
typedef struct PlanRead
{
    PlanView *view;
    const SqlStatement *statement; /* where the reference stands: file and view */
    const Reference *reference;
} PlanRead;

struct PlanView
{
    Name name;        /* live */
    const PlanSchema *schema;
    ViewKind kind;
    const SqlStatement *create;
    size_t index; /* position in Plan.views, or in Plan.kept */
    int level;    /* 0: reads nothing of the generation; else 1 + the highest level it reads */
    PlanRead *reads; /* views of the *set*, each once, by name; those outside the generation (--only) too */
    size_t read_count;
    PlanView **readers; /* views of the generation that read it directly */
    size_t reader_count;
    bool rebuilt; /* part of this generation: always, but for --only */
    PlanStatement *statements; /* in order of execution: by phase, then file and position; rebuilt views only */
    size_t statement_count;
    PlanCheck *checks; /* in the order of the configuration; rebuilt views that hold rows only */
    size_t check_count;
    SqlQuery source_total; /* text NULL: none; rebuilt materialized views only */
    char fingerprint[17]; /* of all that the built relation depends on: src/plan/fingerprint.c */
};

typedef struct Plan
{
    const Config *config;
    const SqlSet *sources;
    PlanView **views; /* the generation, in build order (level, then schema and name) */
    size_t view_count;
    PlanView **kept; /* views of the set that --only leaves alone, by name */
    size_t kept_count;
    PlanSchema *schemas; /* those of `views`, by name */
    size_t schema_count;
    const char *build_search_path; /* quoted, ready for SET search_path: a_new, a, b_new, b */
    const char *live_search_path;  /* quoted: a, b */
    char fingerprint[17];          /* of all views of the generation, in order, and of their rules */
    struct PlanLookup *lookup;     /* private to src/plan/ */
} Plan;

/*
 * Makes the plan.  only/only_count: the command line's --only names ("x" or "schema.x"); they and all that
 * reads them are rebuilt; none: everything is.  Reports in one go: cycles (each with the places of its
 * references), [view NAME] sections and --only names that name no view, an empty set, suffixes that make a
 * schema name longer than 63 bytes or collide with another schema of the set, check files that hold no query, rewrites
 * that fail proof (a).
 */
Status plan_make(const void *context, const Config *config, const SqlSet *sources, const char *const *only,
                 size_t only_count, Plan **ret_plan, Errors *errors) MUST_CHECK;

/* The view of that live name in the generation (or, second form, anywhere in the set); NULL if none. */
PlanView *plan_find(const Plan *plan, Name live);
PlanView *plan_find_in_set(const Plan *plan, Name live);

/*
 * The view of the set that a word of the command line names: "x" along the search path, or "schema.x" with the dot
 * anywhere (either part may hold dots itself), as the catalog spells them; or quoted as SQL does, which is how messages
 * and the plan print them.  NULL if none; the second adds "did you mean" to the error that says so.
 */
PlanView *plan_find_named(const Plan *plan, const char *word);
void plan_suggest(const Plan *plan, const char *word, Error *error);

/*
 * The same plan with shadows for these live schemas, too: a view that leaves the set may be the last one in its schema.
 * *ret_plan is `plan` itself when it has them all.  Refuses the names of shadows that plan_make would.
 */
Status plan_with_schemas(const void *context, const Plan *plan, const char *const *live, size_t count,
                         const Plan **ret_plan, Errors *errors) MUST_CHECK;

/* The generation's mapping for sql_rewrite and sql_rewrite_definition. */
SqlGeneration plan_generation(const Plan *plan);

/*
 * References of the set's files that name nothing of the set: what the database has to have.  Unqualified names
 * are listed as they stand.  Each name once, with its first place.
 */
typedef struct PlanExternal
{
    Name name;
    const SqlStatement *statement;
    const Reference *reference;
} PlanExternal;
void plan_externals(const void *context, const Plan *plan, PlanExternal **ret_externals, size_t *ret_count);

/* The same for one view of the generation. */
void plan_view_externals(const void *context, const Plan *plan, const PlanView *view, PlanExternal **ret_externals,
                         size_t *ret_count);

/*
 * What the statements of the generation's views say in text that the parser can't see into, as far as it may name a
 * view of the generation: in build order, then by statement and place; one for a place.  A constant that names
 * nothing of the generation is left out, so is the text of a constant that shows no schema under the search path.
 */
typedef struct PlanOpaque
{
    const PlanView *view;
    const SqlStatement *statement;
    const SqlOpaque *opaque;
} PlanOpaque;
void plan_opaque(const void *context, const Plan *plan, PlanOpaque **ret_opaque, size_t *ret_count);

/* Foreign servers whose tables a view reads, directly or through views outside the generation. */
typedef struct PlanServers
{
    const char **names;
    size_t count;
} PlanServers;

/* Views that one transaction has to build, so that they share what it sees of these servers. */
typedef struct PlanTransaction
{
    PlanView **views; /* two or more, in build order */
    size_t view_count;
    const char **servers; /* of all of them */
    size_t server_count;
} PlanTransaction;

/*
 * The groups of foreign_snapshot = together, by their first view: views that share a server, transitively, and whatever
 * lies between two of a group.  servers[i] is plan->views[i]'s.  The names are not copied.
 */
void plan_transactions(const void *context, const Plan *plan, const PlanServers *servers,
                       PlanTransaction **ret_transactions, size_t *ret_count);

/*
 * Longest remaining path of plan->views[i]: from its start, its own weight (a group's is the sum of its views') and the
 * largest among its readers; and from its end.  weight[i] in any unit (milliseconds of earlier runs, or the planner's
 * cost).
 */
typedef struct PlanPriority
{
    double from_start, from_end;
} PlanPriority;
void plan_priorities(const Plan *plan, const PlanTransaction *transactions, size_t transaction_count,
                     const double *weight, PlanPriority *ret_priority);

/*
 * Which views keep their old generation together when one of them has to: group.c says why.  There are `count` of them:
 * those of the generation, in order, then others that the caller counts on from there; `links` join what more than the
 * plan's reads holds together.  ret_group[i] is the first view of the group of i.
 */
typedef struct PlanLink
{
    size_t a, b;
} PlanLink;
void plan_groups(const Plan *plan, const PlanLink *links, size_t link_count, size_t count, size_t *ret_group);

typedef enum PlanFormat
{
    PLAN_TEXT,
    PLAN_JSON,
    PLAN_DOT,
    PLAN_MERMAID,
    PLAN_NAMES, /* the views' names as --only takes them, one on each line */
    PLAN_SQL /* the exact statements, in order, as a script that psql could run */
} PlanFormat;

/*
 * Prints the plan.  The JSON's keys are a contract (DESIGN, command line).  `space` is what a server has told about the
 * generation's size, a JSON object for the key of that name; NULL: nothing, and there is no such key.
 */
void plan_print(const Plan *plan, PlanFormat format, const char *space, FILE *out);

#endif
