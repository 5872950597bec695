/*
 * validate_internal.h: what the files of the validation share.
 *
 *     validate.c          the step: proof, questions, judgement, verdict
 *     validate_queries.c  what rules ask the server, on workers
 *     validate_live.c     the totals of the live generation
 *     validate_limits.c   rows and sums against their limits
 */
#ifndef MATSWAP_STAGE_VALIDATE_H
#define MATSWAP_STAGE_VALIDATE_H

#include "stage_internal.h"

/* What the live generation has of a view; values as totals_sql gives them, the run's. */
typedef struct LiveTotals
{
    MeasuredColumns columns; /* that rules ask about, and the live view has */
    const char *rows;        /* NULL: there is no live view to compare with */
    const char *totals, *measures, *watermark;
} LiveTotals;

typedef struct Validation
{
    Run *run;
    void *scratch;    /* for the time of the step */
    LiveTotals *live; /* [plan->view_count] */
    struct RuleQuery **queries;
    size_t query_count;
} Validation;

/* ---- the verdict (validate.c) ------------------------------------------------------------------------------- */

/* Has the view something to be judged?  One that stays out of the swap has not (isolate.c). */
bool validation_judges(const Run *run, size_t position);

/*
 * Appends to run->results: strings must be the run's.  The severity is looked up in the view's rules.  What is said of a view
 * that is not judged is dropped.
 */
void validation_add(Validation *validation, const ViewRules *rules, RuleResult result);

/* Is there a live view to compare the plan's view with? */
bool validation_comparable(const Run *run, size_t position);

/* ---- questions (validate_queries.c) ------------------------------------------------------------------------- */

/*
 * One query, in a transaction of its own that can only read.  Made by validation_ask; whoever asks fills in the rest.
 */
typedef struct RuleQuery
{
    Validation *validation;
    size_t position;         /* of the view, in the plan */
    const char *label;       /* of the view: the worker's name, and the object of errors */
    const char *role;        /* who asks; NULL: the connecting role */
    const char *search_path; /* quoted; NULL: pg_catalog */
    const char *sql;
    PgOrigin origin;         /* of a text that somebody wrote */
    const void *closure;     /* the asker's */

    /* What it says.  Called while others are under way: it must not query. */
    void (*answer)(struct RuleQuery *query, const PgRows *rows);

    /* The server refused it: true when that is a verdict.  NULL, or false: the run fails by it. */
    bool (*refused)(struct RuleQuery *query, const Errors *errors);
} RuleQuery;

/* Asked of the plan's view at `position`; a child of validation->scratch. */
RuleQuery *validation_ask(Validation *validation, size_t position);

/* Asks all of them, but those of views that are not judged, on as many workers as the run has. */
Status validation_ask_all(Validation *validation, Errors *errors) MUST_CHECK;

/* Who reads the live view, for RuleQuery.role. */
const char *validation_live_role(const Run *run, size_t position);

/* ---- the rest ----------------------------------------------------------------------------------------------- */

/* Asks for the totals of each live view that there is something to compare with (validate_live.c). */
Status validation_ask_live(Validation *validation, Errors *errors) MUST_CHECK;

/* Rows and sums, when live[] is known (validate_limits.c). */
Status validation_judge_limits(Validation *validation, Errors *errors) MUST_CHECK;

#endif
