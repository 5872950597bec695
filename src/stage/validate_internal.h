/*
 * validate_internal.h: what the files of the validation share.
 *
 *     validate.c          the step: proof, questions, judgement, verdict
 *     validate_queries.c  what rules ask the server, on workers
 *     validate_live.c     the totals of the live generation, measured
 *     validate_record.c   the same, as its swap recorded them
 *     validate_values.c   the values inside totals and measures
 *     validate_compare.c  old and new values against limits in percent
 *     validate_limits.c   rows, sums and nulls against their limits
 *     validate_source.c   the same against what source_total says
 *     validate_unique.c   keys that occur twice
 *     validate_accept.c   failures that are accepted
 *     validate_checks.c   check files
 *     validate_pairs.c    a live view beside its successor
 *     validate_keys.c     keys that vanished and appeared
 *     validate_sample.c   rows that have changed
 *     validate_late.c     rows that came or went behind the watermark
 *     validate_time.c     the watermark
 *     validate_detail.c   how values are shown
 */
#ifndef MATSWAP_STAGE_VALIDATE_H
#define MATSWAP_STAGE_VALIDATE_H

#include "matswap/text.h"
#include "stage_internal.h"

/* What the live generation has of a view; values as totals_sql gives them, the run's. */
typedef struct LiveTotals
{
    MeasuredColumns columns; /* that rules ask about, and the live view has */
    const char *rows;        /* NULL: there is no live view to compare with */
    const char *totals, *measures, *watermark;
} LiveTotals;

/* A column that a live view and its successor both have. */
typedef struct PairColumn
{
    const char *name;
    const char *equals; /* the operator, with its schema */
    bool by_value;      /* how values are compared: by that, or as text */
} PairColumn;

/* A view whose rules compare its rows with those of the live one. */
typedef struct ViewPair
{
    size_t position; /* of the view, in the plan */
    ViewRules rules;
    Name live, new;
    bool comparable; /* there is a live view */
    PairColumn *columns;
    size_t column_count;
    size_t keys_result; /* the first of compare_keys */
} ViewPair;

/* What a rule has found out for the record. */
typedef struct Finding
{
    size_t position;
    const char *key, *json;
} Finding;

typedef struct Values Values;
typedef struct Comparison Comparison;

typedef struct Validation
{
    Run *run;
    void *scratch;    /* for the time of the step */
    MeasuredColumns *columns; /* [plan->view_count] the sums of the new views */
    LiveTotals *live; /* [plan->view_count] */
    ViewPair *pairs;
    size_t pair_count;
    Finding *findings;
    size_t finding_count;
    struct RuleQuery **queries;
    size_t query_count;
    Values *values; /* when all are answered: of the live views, then of the new ones */
    Comparison *comparisons;
    size_t comparison_count;
} Validation;

/* ---- the verdict (validate.c) ------------------------------------------------------------------------------- */

/* Has the view something to be judged?  One that stays out of the swap has not (isolate.c). */
bool validation_judges(const Run *run, size_t position);

/*
 * Appends to run->results, and gives its index there: strings must be the run's.  The severity is looked up in the view's
 * rules.  What is said of a view that is not judged is dropped.
 */
size_t validation_add(Validation *validation, const ViewRules *rules, RuleResult result);

/* Puts a finding beside what was measured of the view (JournalView.measures); `json` must live as long as the step. */
void validation_note(Validation *validation, size_t position, const char *key, const char *json);

/* Is there a live view to compare the plan's view with? */
bool validation_comparable(const Run *run, size_t position);

/* ---- accepted failures (validate_accept.c) ------------------------------------------------------------------ */

/* Marks what run->options.accept accepts among run->results, and says so. */
void validation_accept(Run *run);

/* "--accept max_shrink@public.x --reason '…'": what would accept this failure. */
char *acceptance_option(const void *context, const RuleResult *result);

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
    size_t result;           /* the first that it is about, where its asker has added what will hold the answer */

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

/* ---- values (validate_values.c) ------------------------------------------------------------------------------ */

/* Totals and measures of one view, as totals_sql gives them; either may be NULL. */
typedef struct Document
{
    const char *totals, *measures;
} Document;

Status values_read(const void *context, Run *run, const Document *documents, size_t count, Values **ret_values,
                   Errors *errors) MUST_CHECK;

/*
 * Section "sums" is of the totals, "nulls", "minimum", … are of the measures.  False: there is none of that name; the value
 * may be NULL.  It lives as long as `values`.
 */
bool values_find(const Values *values, size_t document, const char *section, const char *name, const char **ret_value);

/* NULL also if there is none. */
const char *values_get(const Values *values, size_t document, const char *section, const char *name);

/* Fills in validation->values. */
Status validation_read_values(Validation *validation, Errors *errors) MUST_CHECK;

/* Of the live and of the new generation; copies, the run's. */
const char *validation_live_value(const Validation *validation, size_t position, const char *section, const char *name);
const char *validation_new_value(const Validation *validation, size_t position, const char *section, const char *name);

/* The names in a section of the new view; how many. */
size_t validation_new_names(const Validation *validation, size_t position, const char *section,
                            const char *const **ret_names);

/* ---- comparisons (validate_compare.c) ------------------------------------------------------------------------- */

typedef struct Limit
{
    Percent percent; /* absent: none, or, of a rule, no difference at all */
    bool is_float;   /* what differs only by the order of addition is the same */
    const char *explanation; /* the detail of a result that fails; NULL: nothing */
} Limit;

/*
 * Adds a result that has both values, and is judged by validation_compare_all: by KEY_MAX_SHRINK and KEY_MAX_GROWTH in their
 * direction, by any other rule in both.
 */
void validation_compare(Validation *validation, const ViewRules *rules, RuleResult result, Limit limit);
Status validation_compare_all(Validation *validation, Errors *errors) MUST_CHECK;

/* ---- details (validate_detail.c) ---------------------------------------------------------------------------- */

/* A value of a view on one line, cut where it is long; NULL as such.  Queries give left(…, 64). */
char *detail_value(const void *context, const char *value);

/* "5%"; NULL: it is absent. */
char *percent_text(const void *context, Percent percent);

void detail_add_line(Text *detail, const char *line);

/* The server's refusal of a query, as opposed to a failure of the server: is there something the data says? */
bool detail_is_verdict(const Errors *errors);

/* "division by zero": what it said, and its detail below it. */
char *detail_refusal(const void *context, const Errors *errors);

/* ---- checks (validate_checks.c) ------------------------------------------------------------------------------ */

/* The statement that is executed, and where its text comes from. */
char *check_sql(const void *context, const PlanCheck *check, PgOrigin *ret_origin);

Status validation_ask_checks(Validation *validation, Errors *errors) MUST_CHECK;

/* ---- rows beside rows (validate_pairs.c, validate_keys.c, validate_sample.c, validate_late.c) -------------------- */

/* Fills in pairs. */
Status validation_find_pairs(Validation *validation, Errors *errors) MUST_CHECK;

/* NULL: the live view has none of that name. */
const PairColumn *pair_column(const ViewPair *pair, const char *name);

/* Who reads both, for RuleQuery.role. */
const char *pair_role(const Run *run, const ViewPair *pair);

/* Why rows cannot be compared by these columns; NULL: they can.  May be a talloc child of `context` */
const char *pair_obstacle(const void *context, const ViewPair *pair, ColumnNames columns);

/* Why not, when the server has refused to; NULL: it had other reasons. */
const char *pair_refusal(const Run *run, const Errors *errors);

/* RuleQuery.refused of a question with one result: that, with the reason. */
bool pair_on_refusal(RuleQuery *query, const Errors *errors);

/*
 * Lists for templates: `pattern` with 1, 2, … in the place of #; columns AS k1, k2, …; keys that are equal, none of them
 * NULL.  talloc children of `context`
 */
char *pair_list(const void *context, size_t count, const char *pattern, const char *separator);
char *pair_names(const void *context, ColumnNames columns, const char *letter);
char *pair_equal(const void *context, const ViewPair *pair, ColumnNames key, const char *left, const char *right);

/* Adds the columns k1, k2, … of the `chosen` rows as a table, under the names of the key's. */
void pair_add_keys(const Run *run, Text *detail, ColumnNames key, const PgRows *rows, const size_t *chosen,
                   size_t count);

void validation_ask_keys(Validation *validation);
void validation_ask_samples(Validation *validation);
void validation_ask_late(Validation *validation);
Status validation_judge_keys(Validation *validation, Errors *errors) MUST_CHECK;

/* ---- time (validate_time.c) ---------------------------------------------------------------------------------- */

/* When live[] is known.  May have another question. */
Status validation_judge_times(Validation *validation, Errors *errors) MUST_CHECK;

/* ---- the rest ----------------------------------------------------------------------------------------------- */

/* Fills in live[] from what the swaps have recorded, where nothing has touched a view since (validate_record.c). */
Status validation_take_recorded(Validation *validation, Errors *errors) MUST_CHECK;

/* Asks for the totals of each live view that there is something to compare with (validate_live.c). */
Status validation_ask_live(Validation *validation, Errors *errors) MUST_CHECK;

/* Keys that no index proves to be unique (validate_unique.c). */
Status validation_ask_unique(Validation *validation, Errors *errors) MUST_CHECK;

/* Rows, sums and nulls, when all values are known (validate_limits.c). */
void validation_judge_limits(Validation *validation);

/* "minimum is 1, as it was; maximum was 9500, is 9500000000": of a column that is summed, to explain its sum. */
const char *validation_extremes(const Validation *validation, size_t position, const char *column);

/* What source_total says, when all values are known (validate_source.c). */
void validation_judge_sources(Validation *validation);

#endif
