/*
 * validate_time.c: the watermark, the latest event_time in a view: it does not go back, and it is neither long before
 * nor after the snapshot that the view was built under.
 *
 * Times are compared by the server, those of all views in one query.
 */
#include <inttypes.h>
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "pg_sql.h"
#include "preflight_internal.h"
#include "validate_internal.h"

/* A view with an event time, and what the server says of its watermarks. */
typedef struct TimedView
{
    size_t position;
    ViewRules rules;
    const char *before, *after, *snapshot_at;
    PgRows *rows;
    size_t row;
} TimedView;

typedef struct TimedViews
{
    TimedView *items;
    size_t count;
} TimedViews;

/* Under which snapshot the view was built: a resumed run may have another by now. */
static const char *snapshot_time(const Run *run, size_t position)
{
    const JournalView *view = &run->record->views[position];
    return view->snapshot_at != NULL ? view->snapshot_at : run->record->snapshot_at;
}

static TimedViews collect(const Validation *validation)
{
    const Run *run = validation->run;
    TimedViews views = {0};
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        TimedView view = {.position = i};
        view.rules = config_rules_for(validation->scratch, run->config, run->plan->views[i]->name);
        if (!view_rules_have(&view.rules, KEY_EVENT_TIME) || !validation_judges(run, i) ||
            !view_kind_is_stored(run->plan->views[i]->kind))
            continue;
        view.before = validation->live[i].watermark;
        view.after = run->record->views[i].watermark;
        view.snapshot_at = snapshot_time(run, i);
        MEM_PUSH(validation->scratch, views.items, views.count, view);
    }
    return views;
}

/* In which a timestamp without time zone, and a date, was measured: the workers'. */
static const char *session_zone(const Config *config)
{
    for (size_t i = 0; i < config->session_count; i++)
        if (strcmp(config->session[i].name, "timezone") == 0)
            return config->session[i].value;
    return NULL;
}

static Status compare_times(Validation *validation, TimedViews views, Errors *errors)
{
    const Run *run = validation->run;
    const char **values[5];
    const char *parameters[6];
    for (size_t k = 0; k < 5; k++)
        values[k] = mem_array(validation->scratch, const char *, views.count);
    for (size_t i = 0; i < views.count; i++)
    {
        const TimedView *view = &views.items[i];
        values[0][i] = view->before;
        values[1][i] = view->after;
        values[2][i] = view->snapshot_at;
        values[3][i] = mem_printf(validation->scratch, "%" PRId64, view->rules.max_lag_ms);
        values[4][i] = mem_printf(validation->scratch, "%" PRId64, view->rules.max_future_ms);
    }
    for (size_t k = 0; k < 5; k++)
        parameters[k] = array_of_texts(validation->scratch, values[k], views.count);
    parameters[5] = session_zone(run->config);
    PgRows *rows;
    if (pg_query(validation->scratch, run->control, &rows, errors, SQL_VALIDATE_TIMES, 6, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        views.items[pg_integer(rows, row, "n") - 1].rows = rows;
        views.items[pg_integer(rows, row, "n") - 1].row = row;
    }
    return STATUS_OK;
}

/* ---- verdicts ----------------------------------------------------------------------------------------------- */

static RuleOutcome outcome_of(const TimedView *view, const char *column)
{
    return pg_boolean(view->rows, view->row, column) ? RULE_PASSED : RULE_FAILED;
}

static void judge_watermark(Validation *validation, const TimedView *view)
{
    RuleResult result = {.rule = KEY_EVENT_TIME, .subject = "watermark", .before = view->before, .after = view->after};
    if (view->before == NULL)
    {
        result.outcome = RULE_NOT_JUDGED;
        result.detail =
            validation->live[view->position].rows == NULL ? "there is no live view" : "the live view has none";
    }
    else if (view->after == NULL)
        result.outcome = RULE_FAILED;
    else
        result.outcome = outcome_of(view, "advanced");
    validation_add(validation, &view->rules, result);
}

static void judge_lag(Validation *validation, const TimedView *view)
{
    if (!view_rules_have(&view->rules, KEY_MAX_LAG))
        return;
    RuleResult result = {.rule = KEY_MAX_LAG, .subject = "lag", .limit = view->rules.given[KEY_MAX_LAG]};
    if (view->after == NULL)
    {
        result.outcome = RULE_FAILED;
        result.detail = "no row has an event time";
    }
    else
    {
        result.after = mem_strdup(validation->run, pg_value(view->rows, view->row, "lag"));
        result.outcome = outcome_of(view, "lag_within");
    }
    validation_add(validation, &view->rules, result);
}

static void on_count(RuleQuery *query, const PgRows *rows)
{
    const Run *run = query->validation->run;
    run->results[query->result].detail =
        mem_printf(run, "%s rows are after that", report_count(query, pg_integer(rows, 0, "row_count")));
}

/* Asked only when it matters: it is a pass over the view. */
static void ask_how_many(Validation *validation, const TimedView *view, size_t result)
{
    const Run *run = validation->run;
    const PlanView *planned = run->plan->views[view->position];
    RuleQuery *query = validation_ask(validation, view->position);
    const char *role = preflight_builder(run, planned);
    query->role = strcmp(role, run->preflight->role) == 0 ? NULL : role;
    query->sql = PG_SQL(query, SQL_VALIDATE_FUTURE, {"schema", planned->schema->incoming}, {"name", planned->name.name},
                        {"event_time", view->rules.event_time}, {"snapshot_at", view->snapshot_at},
                        {"milliseconds", mem_printf(query, "%" PRId64, view->rules.max_future_ms)});
    query->result = result;
    query->answer = on_count;
}

/* One event from the future moves the watermark, and from then on hides every lag. */
static void judge_lead(Validation *validation, const TimedView *view)
{
    const char *given = view->rules.given[KEY_MAX_FUTURE];
    RuleResult result = {.rule = KEY_MAX_FUTURE, .subject = "lead", .limit = given != NULL ? given : "5min"};
    if (view->after == NULL)
    {
        result.outcome = RULE_NOT_JUDGED;
        result.detail = "no row has an event time";
    }
    else
    {
        const char *lead = pg_value(view->rows, view->row, "lead");
        result.after = lead != NULL ? mem_strdup(validation->run, lead) : "infinity";
        result.outcome = outcome_of(view, "lead_within");
    }
    size_t index = validation_add(validation, &view->rules, result);
    if (result.outcome == RULE_FAILED)
        ask_how_many(validation, view, index);
}

Status validation_judge_times(Validation *validation, Errors *errors)
{
    TimedViews views = collect(validation);
    if (views.count == 0)
        return STATUS_OK;
    if (compare_times(validation, views, errors) != STATUS_OK)
        return STATUS_FAILED;
    validation->query_count = 0; /* those are answered */
    for (size_t i = 0; i < views.count; i++)
    {
        judge_watermark(validation, &views.items[i]);
        judge_lag(validation, &views.items[i]);
        judge_lead(validation, &views.items[i]);
    }
    return validation_ask_all(validation, errors);
}
