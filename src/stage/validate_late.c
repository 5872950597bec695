/*
 * validate_late.c: late data: rows whose event time the live view's watermark had passed already, and which it had not,
 * or which it had and the new view has not.
 *
 * By key and event time where the view has a key, so that a row whose time has changed counts as one that vanished and
 * one that appeared; else by how many rows a bucket has, of which those that came and those that went cancel each other
 * out.
 */
#include <inttypes.h>

#include "matswap/memory.h"
#include "matswap/name.h"
#include "pg_sql.h"
#include "validate_internal.h"

static bool is_asked(const ViewRules *rules)
{
    return view_rules_have(rules, KEY_LATE_DATA) || view_rules_have(rules, KEY_ALLOWED_LATENESS);
}

static bool has_key(const ViewPair *pair)
{
    return view_rules_have(&pair->rules, KEY_UNIQUE);
}

/* The key's columns and the event time, or only that.  Child of `context`. */
static ColumnNames compared(const void *context, const ViewPair *pair)
{
    ColumnNames columns = {0};
    for (size_t i = 0; has_key(pair) && i < pair->rules.unique.keys[0].count; i++)
        MEM_PUSH(context, columns.names, columns.count, pair->rules.unique.keys[0].names[i]);
    MEM_PUSH(context, columns.names, columns.count, pair->rules.event_time);
    return columns;
}

static char *seconds(const void *context, int64_t milliseconds)
{
    return mem_printf(context, "%" PRId64 ".%03" PRId64, milliseconds / 1000, milliseconds % 1000);
}

/* ---- the question ------------------------------------------------------------------------------------------- */

static char *changes_sql(const void *context, const ViewPair *pair)
{
    ColumnNames columns = compared(context, pair);
    const char *event_time = name_quote(context, pair->rules.event_time);
    const char *bucket = seconds(context, pair->rules.bucket_ms);
    if (!has_key(pair))
        return PG_SQL(context, SQL_VALIDATE_LATE_BY_COUNTS, {"mark", "mark"}, {"event_time", event_time},
                      {"seconds", bucket}, {"live_schema", pair->live.schema}, {"live_name", pair->live.name},
                      {"new_schema", pair->new.schema}, {"new_name", pair->new.name});
    return PG_SQL(context, SQL_VALIDATE_LATE_BY_KEYS, {"mark", "mark"}, {"columns", pair_names(context, columns, "k")},
                  {"event_time", event_time}, {"seconds", bucket},
                  {"event", mem_printf(context, "u.k%zu", columns.count)},
                  {"equal", pair_equal(context, pair, columns, "l", "n")},
                  {"either", pair_list(context, columns.count, "CASE WHEN l.there THEN l.k# ELSE n.k# END AS k#", ", ")},
                  {"keys", pair_list(context, columns.count, "u.k#", ", ")}, {"live_schema", pair->live.schema},
                  {"live_name", pair->live.name}, {"new_schema", pair->new.schema}, {"new_name", pair->new.name});
}

static char *late_sql(const void *context, const ViewPair *pair)
{
    const char *lateness = seconds(context, pair->rules.allowed_lateness_ms);
    return PG_SQL(context, SQL_VALIDATE_LATE, {"event_time", name_quote(context, pair->rules.event_time)},
                  {"lateness", mem_printf(context, "pg_catalog.make_interval(secs => %s)", lateness)},
                  {"seconds", seconds(context, pair->rules.bucket_ms)}, {"by", has_key(pair) ? "keys" : "counts"},
                  {"changes", changes_sql(context, pair)}, {"live_schema", pair->live.schema},
                  {"live_name", pair->live.name});
}

/* ---- the answer --------------------------------------------------------------------------------------------- */

/* "12 appeared, 3 vanished" */
static char *counts(const void *context, const PgRows *rows, size_t row, const char *appeared, const char *vanished)
{
    return mem_printf(context, "%s appeared, %s vanished", report_count(context, pg_integer(rows, row, appeared)),
                      report_count(context, pg_integer(rows, row, vanished)));
}

static void add_buckets(Text *detail, const PgRows *rows)
{
    void *scratch = mem_context(detail);
    int64_t all = pg_integer(rows, 0, "older_buckets");
    for (size_t row = 0; all > 0 && row < pg_row_count(rows); row++)
        detail_add_line(detail, mem_printf(scratch, "%s: %s", pg_text(rows, row, "bucket"),
                                           counts(scratch, rows, row, "bucket_appeared", "bucket_vanished")));
    if (all > (int64_t) pg_row_count(rows))
        detail_add_line(detail, mem_printf(scratch, "and %s more buckets",
                                           report_count(scratch, all - (int64_t) pg_row_count(rows))));
    talloc_free(scratch);
}

/* What is as late as is allowed is published again without a word but this. */
static void add_tolerated(Text *detail, const ViewPair *pair, const PgRows *rows)
{
    int64_t appeared = pg_integer(rows, 0, "appeared") - pg_integer(rows, 0, "older_appeared");
    int64_t vanished = pg_integer(rows, 0, "vanished") - pg_integer(rows, 0, "older_vanished");
    if (appeared + vanished == 0)
        return;
    char *line = mem_printf(detail, "within %s of the watermark %s: %s appeared, %s vanished",
                            pair->rules.given[KEY_ALLOWED_LATENESS], pg_text(rows, 0, "watermark"),
                            report_count(detail, appeared), report_count(detail, vanished));
    detail_add_line(detail, line);
}

static RuleOutcome judge(const ViewPair *pair, const PgRows *rows)
{
    if (pair->rules.late_data == LATE_DATA_REISSUE)
        return RULE_RECORDED;
    return pg_integer(rows, 0, "older_buckets") == 0 ? RULE_PASSED : RULE_FAILED;
}

static void on_late(RuleQuery *query, const PgRows *rows)
{
    const Run *run = query->validation->run;
    const ViewPair *pair = query->closure;
    RuleResult *result = &run->results[query->result];
    if (pg_value(rows, 0, "watermark") == NULL)
    {
        result->detail = "the live view has no watermark";
        return;
    }
    Text *detail = text_new(run);
    add_buckets(detail, rows);
    add_tolerated(detail, pair, rows);
    if (!has_key(pair) && detail->length > 0)
        detail_add_line(detail, "by counts of rows: the view has no `unique`");
    result->after = counts(run, rows, 0, "older_appeared", "older_vanished");
    result->outcome = judge(pair, rows);
    result->detail = detail->length > 0 ? detail->data : NULL;
    validation_note(query->validation, query->position, "late",
                    mem_strdup(query->validation->scratch, pg_text(rows, 0, "found")));
}

/* `report` is a policy, not a rule that somebody could weaken or harden: it warns. */
static size_t expect(Validation *validation, const ViewPair *pair, const char *why)
{
    const char *lateness = pair->rules.given[KEY_ALLOWED_LATENESS];
    size_t result = validation_add(validation, &pair->rules,
                                   (RuleResult){.rule = KEY_LATE_DATA,
                                                .subject = "late rows",
                                                .limit = lateness != NULL ? lateness : "0s",
                                                .outcome = RULE_NOT_JUDGED,
                                                .detail = why});
    if (pair->rules.late_data == LATE_DATA_REPORT)
        validation->run->results[result].severity = SEVERITY_WARN;
    return result;
}

void validation_ask_late(Validation *validation)
{
    const Run *run = validation->run;
    for (size_t i = 0; i < validation->pair_count; i++)
    {
        const ViewPair *pair = &validation->pairs[i];
        if (!is_asked(&pair->rules))
            continue;
        const char *why = pair_obstacle(run, pair, compared(validation->scratch, pair));
        size_t result = expect(validation, pair, why);
        if (why != NULL)
            continue;
        RuleQuery *query = validation_ask(validation, pair->position);
        query->role = pair_role(run, pair);
        query->sql = late_sql(query, pair);
        query->closure = pair;
        query->result = result;
        query->answer = on_late;
        query->refused = pair_on_refusal;
    }
}
