/*
 * Step 3: is the new generation fit to serve?  Totals and rules against the live generation, and the catalog
 * proof that nothing in it reads the live one.  Nothing has been locked or moved yet.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "stage_internal.h"

/* ---- totals of the live generation ------------------------------------------------------------------------ */

typedef struct LiveTotals
{
    const char *rows; /* as text; NULL: there is no live view to compare with */
    const char *totals;
} LiveTotals;

typedef struct Measurement
{
    Run *run;
    LiveTotals *live;
    size_t next;
    Errors *errors;
} Measurement;

static bool comparable(const Run *run, size_t position)
{
    const LiveView *live = former_predecessor(run, run->plan->views[position]).live;
    return live->oid != 0 && view_kind_is_stored(run->plan->views[position]->kind) &&
           (live->kind == VIEW_ORDINARY || live->populated);
}

static void on_totals(PgTask *task, const PgStep *step, const PgRows *rows, double milliseconds)
{
    LiveTotals *live = task->owner;
    if (rows == NULL || pg_row_count(rows) == 0 || step->tag != 1)
        return;
    live->rows = mem_strdup(talloc_parent(task), pg_text(rows, 0, "row_count"));
    live->totals = mem_strdup(talloc_parent(task), pg_text(rows, 0, "totals"));
}

static void on_measured(PgTask *task, Errors *errors, double milliseconds)
{
    Measurement *measurement = talloc_get_type_abort(talloc_parent(task), Measurement);
    if (errors != NULL)
        errors_move(measurement->errors, errors);
    talloc_free(task);
}

/* The sums that the live view can answer: a column that the SQL has just gained has no old total. */
static Status live_sums(Run *run, PgTask *task, size_t position, const char ***ret_sums, size_t *ret_count,
                        Errors *errors)
{
    ViewRules rules = config_rules_for(task, run->config, run->plan->views[position]->name);
    char *oid = mem_printf(task, "%u", former_predecessor(run, run->plan->views[position]).live->oid);
    const char *parameters[] = {oid, array_of_texts(task, rules.sums, rules.sum_count)};
    PgRows *rows;
    *ret_sums = NULL;
    *ret_count = 0;
    if (rules.sum_count == 0)
        return STATUS_OK;
    if (pg_query(task, run->control, &rows, errors, SQL_VALIDATE_COLUMNS, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
        MEM_PUSH(task, *ret_sums, *ret_count, mem_strdup(task, pg_text(rows, i, "name")));
    return STATUS_OK;
}

/*
 * The role that reads the live view, NULL for the connecting one. A view's functions run as who reads it, so an ordinary
 * view is read as its owner. A materialized one runs nothing: a superuser reads it as such, as its owner may have
 * revoked his own right to.
 */
static const char *reading_role(const Run *run, size_t position)
{
    const LiveView *live = former_predecessor(run, run->plan->views[position]).live;
    if (live->owner == NULL || strcmp(live->owner, run->preflight->role) == 0 ||
        (run->preflight->superuser && view_kind_is_stored(live->kind)))
        return NULL;
    return live->owner;
}

static PgTask *measuring_task(Measurement *measurement, size_t position, Errors *errors)
{
    Run *run = measurement->run;
    PgTask *task = mem_new(measurement, PgTask);
    Name name = former_predecessor(run, run->plan->views[position]).name;
    const char **sums;
    size_t sum_count;
    task->label = name_qualified(task, name);
    task->owner = &measurement->live[position];
    task->on_step = on_totals;
    task->on_done = on_measured;
    if (live_sums(run, task, position, &sums, &sum_count, errors) != STATUS_OK)
        return NULL;
    Text *begin = text_new(task);
    text_add(begin, SQL_TRANSACTION_BEGIN);
    const char *owner = reading_role(run, position);
    if (owner != NULL)
        text_addf(begin, ";\n%s", PG_SQL(begin, SQL_BUILD_ROLE, {"role", owner}));
    PgOrigin origin = {.object = task->label};
    PgStep steps[] = {{.sql = begin->data, .origin = origin},
                      {.sql = totals_sql(task, name, sums, sum_count), .origin = origin, .tag = 1},
                      {.sql = SQL_TRANSACTION_COMMIT, .origin = origin}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        MEM_PUSH(task, task->steps, task->step_count, steps[i]);
    return task;
}

static PgTask *next_measurement(void *closure)
{
    Measurement *measurement = closure;
    while (errors_empty(measurement->errors) && measurement->next < measurement->run->plan->view_count)
    {
        size_t position = measurement->next++;
        if (comparable(measurement->run, position))
            return measuring_task(measurement, position, measurement->errors);
    }
    return NULL;
}

static Status measure_live(Run *run, LiveTotals **ret_live, Errors *errors)
{
    Measurement *measurement = mem_new(run, Measurement);
    PgOptions options = {.config = run->config, .session_settings = true};
    int jobs = run->options.jobs > 0 ? run->options.jobs : run->config->jobs;
    PgPool *pool;
    measurement->run = run;
    measurement->errors = errors_new(measurement);
    measurement->live = mem_array(run, LiveTotals, run->plan->view_count);
    char *fence = lock_fence_sql(measurement, run->config->set);
    Status status = pg_pool_open(measurement, options, jobs, fence, &pool, errors);
    if (status == STATUS_OK)
        status = pg_pool_run(pool, next_measurement, NULL, measurement, errors);
    if (!errors_empty(measurement->errors))
        status = STATUS_FAILED;
    errors_move(errors, measurement->errors);
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        talloc_steal(measurement->live, measurement->live[i].rows);
        talloc_steal(measurement->live, measurement->live[i].totals);
    }
    *ret_live = measurement->live;
    talloc_free(measurement);
    return status;
}

/* ---- rules ------------------------------------------------------------------------------------------------ */

typedef struct Validation
{
    Run *run;
    RuleResult *results; /* child of run */
    size_t count;
} Validation;

static void add_result(Validation *validation, RuleResult result)
{
    MEM_PUSH(validation->run, validation->results, validation->count, result);
}

typedef struct Judgement
{
    bool within, shrunk_within, grown_within;
    const char *difference;
} Judgement;

/* Decimal arithmetic is the server's: numeric is exact. */
static Status judge(Run *run, const char *before, const char *after, const char *percent, Judgement *ret_judgement,
                    Errors *errors)
{
    const char *parameters[] = {before, after, percent};
    PgRows *rows;
    if (pg_query(run, run->control, &rows, errors, SQL_VALIDATE_JUDGE, 3, parameters) != STATUS_OK)
        return STATUS_FAILED;
    *ret_judgement = (Judgement){pg_boolean(rows, 0, "within"), pg_boolean(rows, 0, "shrunk_within"),
                                 pg_boolean(rows, 0, "grown_within"), mem_strdup(run, pg_value(rows, 0, "difference"))};
    talloc_free(rows);
    return STATUS_OK;
}

typedef enum Measure
{
    MEASURE_RECORDED, /* no limit: shown, not judged */
    MEASURE_TOLERANCE,
    MEASURE_SHRINK,
    MEASURE_GROWTH
} Measure;

static Status compare(Validation *validation, Name view, const char *what, Measure measure, Percent limit,
                      const char *before, const char *after, Errors *errors)
{
    static const char *const words[] = {"", ": tolerance", ": max_shrink", ": max_growth"};
    Run *run = validation->run;
    RuleResult result = {.view = view,
                         .rule = mem_printf(run, "%s%s", what, words[measure]),
                         .before = before,
                         .after = after,
                         .limit = measure == MEASURE_RECORDED ? NULL : mem_printf(run, "%s%%", limit.number),
                         .passed = true};
    if (before != NULL && after != NULL)
    {
        Judgement judgement;
        if (judge(run, before, after, limit.number, &judgement, errors) != STATUS_OK)
            return STATUS_FAILED;
        result.difference = judgement.difference;
        if (measure == MEASURE_TOLERANCE)
            result.passed = judgement.within;
        else if (measure == MEASURE_SHRINK)
            result.passed = judgement.shrunk_within;
        else if (measure == MEASURE_GROWTH)
            result.passed = judgement.grown_within;
    }
    else if (measure == MEASURE_TOLERANCE && before != NULL)
        result.passed = false; /* a sum that was there has become NULL */
    add_result(validation, result);
    return STATUS_OK;
}

static Status judge_rows(Validation *validation, Name view, const ViewRules *rules, const char *before,
                         const JournalView *record, Errors *errors)
{
    char *after = mem_printf(validation->run, "%" PRId64, record->rows);
    Percent none = {false, NULL};
    bool limited = rules->tolerance.set || rules->max_shrink.set || rules->max_growth.set;
    if (rules->has_min_rows)
        add_result(validation, (RuleResult){.view = view,
                                            .rule = "rows: min_rows",
                                            .before = before,
                                            .after = after,
                                            .limit = mem_printf(validation->run, "%" PRId64, rules->min_rows),
                                            .passed = record->rows >= rules->min_rows});
    if (rules->tolerance.set &&
        compare(validation, view, "rows", MEASURE_TOLERANCE, rules->tolerance, before, after, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (rules->max_shrink.set &&
        compare(validation, view, "rows", MEASURE_SHRINK, rules->max_shrink, before, after, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (rules->max_growth.set &&
        compare(validation, view, "rows", MEASURE_GROWTH, rules->max_growth, before, after, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (limited)
        return STATUS_OK;
    return compare(validation, view, "rows", MEASURE_RECORDED, none, before, after, errors);
}

/* The value of `column` in a totals object; NULL if it is null or missing. */
static Status total_of(Run *run, const char *totals, const char *column, const char **ret_total, Errors *errors)
{
    PgRows *rows;
    *ret_total = NULL;
    if (totals == NULL)
        return STATUS_OK;
    if (pg_query(run, run->control, &rows, errors, SQL_VALIDATE_TOTALS, 1, &totals) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
        if (strcmp(pg_text(rows, i, "name"), column) == 0)
            *ret_total = mem_strdup(run, pg_value(rows, i, "total"));
    talloc_free(rows);
    return STATUS_OK;
}

static Status judge_sums(Validation *validation, Name view, const ViewRules *rules, const char *live_totals,
                         const JournalView *record, Errors *errors)
{
    for (size_t i = 0; i < rules->sum_count; i++)
    {
        const char *before;
        const char *after;
        char *what = mem_printf(validation->run, "sum(%s)", name_quote(validation->run, rules->sums[i]));
        if (total_of(validation->run, live_totals, rules->sums[i], &before, errors) != STATUS_OK ||
            total_of(validation->run, record->totals, rules->sums[i], &after, errors) != STATUS_OK ||
            compare(validation, view, what, rules->tolerance.set ? MEASURE_TOLERANCE : MEASURE_RECORDED,
                    rules->tolerance, before, after, errors) != STATUS_OK)
            return STATUS_FAILED;
    }
    return STATUS_OK;
}

static Status judge_views(Validation *validation, const LiveTotals *live, Errors *errors)
{
    Run *run = validation->run;
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        Name name = run->plan->views[i]->name;
        const JournalView *record = &run->record->views[i];
        if (record->rows < 0)
            continue; /* an ordinary view holds no rows of its own */
        ViewRules rules = config_rules_for(run, run->config, name);
        if (judge_rows(validation, name, &rules, live[i].rows, record, errors) != STATUS_OK ||
            judge_sums(validation, name, &rules, live[i].totals, record, errors) != STATUS_OK)
            return STATUS_FAILED;
    }
    return STATUS_OK;
}

/* What the generation holds beside its snapshot. */
static Status name_foreign_tables(Run *run, const uint32_t *new_oids, size_t count, Errors *errors)
{
    PgRows *rows;
    char *oids = array_of_oids(run, new_oids, count);
    if (pg_query(run, run->control, &rows, errors, SQL_VALIDATE_FOREIGN, 1, (const char *const *) &oids) != STATUS_OK)
        return STATUS_FAILED;
    Text *names = text_new(rows);
    for (size_t i = 0; i < pg_row_count(rows); i++)
        text_addf(names, "%s%s", i > 0 ? ", " : "", pg_text(rows, i, "name"));
    if (names->length > 0)
        report_line(run->report, "foreign", "not of the snapshot, but as each view found it: %s", names->data);
    talloc_free(rows);
    return STATUS_OK;
}

static Status prove(Run *run, Errors *errors)
{
    size_t count = 0;
    size_t live_count = 0;
    uint32_t *new_oids = mem_array(run, uint32_t, run->record->view_count);
    uint32_t *live_oids = mem_array(run, uint32_t, run->record->view_count);
    for (size_t i = 0; i < run->record->view_count; i++)
    {
        if (run->record->views[i].new_oid != 0)
            new_oids[count++] = run->record->views[i].new_oid;
        if (run->record->views[i].old_oid != 0)
            live_oids[live_count++] = run->record->views[i].old_oid;
    }
    if (catalog_proof(run, new_oids, count, live_oids, live_count, errors) != STATUS_OK)
        return STATUS_FAILED;
    return name_foreign_tables(run, new_oids, count, errors);
}

Status stage_validate(Run *run, RuleResult **ret_results, size_t *ret_count, Errors *errors)
{
    LiveTotals *live;
    Validation validation = {.run = run};
    *ret_results = NULL;
    *ret_count = 0;
    if (prove(run, errors) != STATUS_OK || measure_live(run, &live, errors) != STATUS_OK ||
        judge_views(&validation, live, errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_results = validation.results;
    *ret_count = validation.count;
    size_t before = errors->count;
    for (size_t i = 0; i < validation.count; i++)
    {
        const RuleResult *result = &validation.results[i];
        char *view = name_qualified(run, result->view);
        if (!result->passed)
            error_remedy(error_object(errors_add(errors, ERROR_REJECTED, "%s: %s: was %s, is %s, limit %s", view,
                                                 result->rule, result->before ? result->before : "nothing",
                                                 result->after ? result->after : "nothing", result->limit),
                                      view),
                         "look at the sources, or change the rule in %s", run->config->path);
    }
    if (errors_since(errors, before) != STATUS_OK)
        return STATUS_FAILED;
    return journal_run_advance(run->journal, run->record, RUN_VALIDATED, errors);
}
