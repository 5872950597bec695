/*
 * validate_keys.c: compare_keys: the keys that vanished and those that appeared since the live generation.
 */
#include "array.h"
#include "matswap/memory.h"
#include "pg_sql.h"
#include "validate_internal.h"

/* The two results of a view, in this order. */
enum
{
    VANISHED,
    APPEARED,
    SIDES
};

static const char *const subjects[SIDES] = {"vanished keys", "appeared keys"};

static RuleResult *result_of(const RuleQuery *query, int side)
{
    return &query->validation->run->results[query->result + (size_t) side];
}

static void take_side(RuleQuery *query, const PgRows *rows, int side)
{
    const Run *run = query->validation->run;
    const ViewPair *pair = query->closure;
    size_t chosen[10];
    size_t count = 0;
    size_t last = 0;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        if (pg_boolean(rows, row, "vanished") != (side == VANISHED))
            continue;
        last = row;
        if (pg_value(rows, row, "n") != NULL)
            chosen[count++] = row;
    }
    RuleResult *result = result_of(query, side);
    result->after = mem_strdup(run, pg_text(rows, last, "count"));
    result->outcome = RULE_RECORDED;
    Text *detail = text_new(run);
    pair_add_keys(run, detail, pair->rules.unique.keys[0], rows, chosen, count);
    int64_t more = pg_integer(rows, last, "count") - (int64_t) count;
    if (more > 0)
        text_addf(detail, "and %s more", report_count(detail, more));
    result->detail = count > 0 ? detail->data : NULL;
}

static void on_keys(RuleQuery *query, const PgRows *rows)
{
    take_side(query, rows, VANISHED);
    take_side(query, rows, APPEARED);
    char *found = mem_printf(query->validation->scratch, "{\"vanished\": %s, \"appeared\": %s}",
                             result_of(query, VANISHED)->after, result_of(query, APPEARED)->after);
    validation_note(query->validation, query->position, "keys", found);
}

static bool on_refusal(RuleQuery *query, const Errors *errors)
{
    const char *why = pair_refusal(query->validation->run, errors);
    for (int side = 0; side < SIDES && why != NULL; side++)
        result_of(query, side)->detail = why;
    return why != NULL;
}

static char *keys_sql(const void *context, const ViewPair *pair)
{
    ColumnNames key = pair->rules.unique.keys[0];
    return PG_SQL(context, SQL_VALIDATE_KEYS, {"columns", pair_names(context, key, "k")},
                  {"equal", pair_equal(context, pair, key, "l", "n")},
                  {"either", pair_list(context, key.count, "CASE WHEN l.there THEN l.k# ELSE n.k# END AS k#", ", ")},
                  {"keys", pair_list(context, key.count, "u.k#", ", ")},
                  {"shown", pair_list(context, key.count, "pg_catalog.left(u.k#::pg_catalog.text, 64) AS k#", ", ")},
                  {"live_schema", pair->live.schema}, {"live_name", pair->live.name}, {"new_schema", pair->new.schema},
                  {"new_name", pair->new.name});
}

/* Without an answer a result stays not judged. */
static size_t expect(Validation *validation, const ViewPair *pair, const char *why)
{
    const Percent limits[SIDES] = {pair->rules.compare_keys.vanished, pair->rules.compare_keys.appeared};
    size_t first = validation->run->result_count;
    for (int side = 0; side < SIDES; side++)
        validation_add(validation, &pair->rules,
                       (RuleResult){.rule = KEY_COMPARE_KEYS,
                                    .subject = subjects[side],
                                    .limit = percent_text(validation->run, limits[side]),
                                    .outcome = RULE_NOT_JUDGED,
                                    .detail = why});
    return first;
}

void validation_ask_keys(Validation *validation)
{
    const Run *run = validation->run;
    for (size_t i = 0; i < validation->pair_count; i++)
    {
        ViewPair *pair = &validation->pairs[i];
        if (!view_rules_have(&pair->rules, KEY_COMPARE_KEYS))
            continue;
        const char *why = pair_obstacle(run, pair, pair->rules.unique.keys[0]);
        pair->keys_result = expect(validation, pair, why);
        if (why != NULL)
            continue;
        RuleQuery *query = validation_ask(validation, pair->position);
        query->role = pair_role(run, pair);
        query->sql = keys_sql(query, pair);
        query->closure = pair;
        query->result = pair->keys_result;
        query->answer = on_keys;
        query->refused = on_refusal;
    }
}

static void judge_side(Run *run, RuleResult *result, const PgRows *rows, size_t row)
{
    result->difference = mem_strdup(run, pg_value(rows, row, "share"));
    if (result->limit == NULL)
        return;
    result->outcome = pg_boolean(rows, row, "within") ? RULE_PASSED : RULE_FAILED;
    if (pg_boolean(rows, row, "of_nothing"))
    {
        result->outcome = RULE_NOT_JUDGED;
        result->detail = "the live view is empty";
    }
}

/* As parts of the live view's keys, of which there is one to a row. */
Status validation_judge_keys(Validation *validation, Errors *errors)
{
    Run *run = validation->run;
    const size_t most = SIDES * validation->pair_count;
    const char **parts = mem_array(validation->scratch, const char *, most);
    const char **wholes = mem_array(validation->scratch, const char *, most);
    const char **percents = mem_array(validation->scratch, const char *, most);
    size_t *results = mem_array(validation->scratch, size_t, most);
    size_t count = 0;
    for (size_t i = 0; i < most; i++)
    {
        const ViewPair *pair = &validation->pairs[i / SIDES];
        size_t side = i % SIDES;
        if (!view_rules_have(&pair->rules, KEY_COMPARE_KEYS) || run->results[pair->keys_result + side].after == NULL)
            continue;
        Percent limit = side == VANISHED ? pair->rules.compare_keys.vanished : pair->rules.compare_keys.appeared;
        results[count] = pair->keys_result + side;
        parts[count] = run->results[results[count]].after;
        wholes[count] = validation->live[pair->position].rows;
        percents[count++] = limit.set ? limit.number : NULL;
    }
    const char *parameters[] = {array_of_texts(validation->scratch, parts, count),
                                array_of_texts(validation->scratch, wholes, count),
                                array_of_texts(validation->scratch, percents, count)};
    PgRows *rows;
    if (count == 0)
        return STATUS_OK;
    if (pg_query(validation->scratch, run->control, &rows, errors, SQL_VALIDATE_SHARE, 3, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        size_t n = (size_t) pg_integer(rows, row, "n") - 1;
        RuleResult *result = &run->results[results[n]];
        result->after = mem_printf(run, "%s of %s", parts[n], wholes[n]);
        judge_side(run, result, rows, row);
    }
    return STATUS_OK;
}
