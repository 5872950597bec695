/*
 * validate_sample.c: sample: rows of the live view that the new one has again, and what has changed in them.
 */
#include <inttypes.h>
#include <string.h>

#include "matswap/memory.h"
#include "matswap/name.h"
#include "pg_sql.h"
#include "validate_internal.h"

static ColumnNames key_of(const ViewPair *pair)
{
    return pair->rules.unique.keys[0];
}

static bool is_among(ColumnNames names, const char *name)
{
    for (size_t i = 0; i < names.count; i++)
        if (strcmp(names.names[i], name) == 0)
            return true;
    return false;
}

/* What is compared: columns that both have and that are no part of the key.  Child of `context`. */
static ColumnNames values_of(const void *context, const ViewPair *pair)
{
    ColumnNames values = {0};
    for (size_t i = 0; i < pair->column_count; i++)
        if (!is_among(key_of(pair), pair->columns[i].name))
            MEM_PUSH(context, values.names, values.count, pair->columns[i].name);
    return values;
}

/* ---- the question ------------------------------------------------------------------------------------------- */

/*
 * As many pages as rows are wanted, twice and some, so that few rows stand on the same page: those beside each other were
 * often made together.  A view's own rows stand on no page.
 */
static const char *sampling(const void *context, const Run *run, const ViewPair *pair)
{
    const LiveView *live = former_predecessor(run, run->plan->views[pair->position]).live;
    if (live->kind == VIEW_ORDINARY)
        return "";
    return mem_printf(context,
                      "TABLESAMPLE pg_catalog.system (least(100, 100.0 * %" PRId64 " / greatest(1, "
                      "pg_catalog.pg_relation_size(%" PRIu32 ") "
                      "/ pg_catalog.current_setting('block_size')::pg_catalog.int4)))",
                      2 * pair->rules.sample.rows + 20, live->oid);
}

static const char *differences(const void *context, const ViewPair *pair, ColumnNames values)
{
    Text *text = text_new(context);
    for (size_t i = 0; i < values.count; i++)
    {
        const PairColumn *column = pair_column(pair, values.names[i]);
        size_t n = i + 1;
        if (column->by_value)
            text_addf(text, ", NOT coalesce(d.c%zu %s w.c%zu, d.c%zu IS NULL AND w.c%zu IS NULL) AS d%zu", n,
                      column->equals, n, n, n, n);
        else
            text_addf(text, ", d.c%zu::pg_catalog.text COLLATE pg_catalog.\"C\" IS DISTINCT FROM "
                      "w.c%zu::pg_catalog.text COLLATE pg_catalog.\"C\" AS d%zu", n, n, n);
    }
    return text->data;
}

static const char *preceded(const void *context, const char *list)
{
    return list[0] == '\0' ? list : mem_printf(context, ", %s", list);
}

static char *sample_sql(const void *context, const Run *run, const ViewPair *pair)
{
    ColumnNames key = key_of(pair);
    ColumnNames first = {key.names, 1};
    ColumnNames values = values_of(context, pair);
    Percent limit = pair->rules.sample.changed;
    const char *null_safe = "ARRAY[CASE WHEN true THEN d.k# ELSE w.k# END] OPERATOR(pg_catalog.=) "
                            "ARRAY[CASE WHEN true THEN w.k# ELSE d.k# END]";
    return PG_SQL(context, SQL_VALIDATE_SAMPLE, {"keys", pair_names(context, key, "k")},
                  {"values", preceded(context, pair_names(context, values, "c"))},
                  {"sampling", sampling(context, run, pair)},
                  {"rows", mem_printf(context, "%" PRId64, pair->rules.sample.rows)},
                  {"first_equal", pair_equal(context, pair, first, "w", "u")},
                  {"equal", pair_equal(context, pair, key, "w", "d")},
                  {"null_key", pair_list(context, key.count, "d.k# IS NULL", " OR ")},
                  {"null_safe", pair_list(context, key.count, null_safe, " AND ")},
                  {"differences", differences(context, pair, values)},
                  {"in_all", pair_list(context, values.count, ", pg_catalog.bool_and(m.d#) AS d#", "")},
                  {"counts", pair_list(context, values.count, ", pg_catalog.count(*) FILTER (WHERE g.d#) AS d#", "")},
                  {"changed", values.count == 0 ? "false" : pair_list(context, values.count, "g.d#", " OR ")},
                  {"shown", pair_list(context, key.count, "pg_catalog.left(d.k#::pg_catalog.text, 64) AS k#", ", ")},
                  {"limit", limit.set ? limit.number : "NULL"},
                  {"live_schema", pair->live.schema}, {"live_name", pair->live.name}, {"new_schema", pair->new.schema},
                  {"new_name", pair->new.name});
}

/* ---- the answer --------------------------------------------------------------------------------------------- */

static void add_columns(Text *detail, const ViewPair *pair, const PgRows *rows)
{
    void *scratch = mem_context(detail);
    ColumnNames values = values_of(scratch, pair);
    for (size_t i = 0; i < values.count; i++)
    {
        int64_t differing = pg_integer(rows, 0, mem_printf(scratch, "d%zu", i + 1));
        if (differing > 0)
            text_addf(detail, "\n%s differs in %s of %s", detail_value(scratch, name_quote(scratch, values.names[i])),
                      report_count(scratch, differing), report_count(scratch, pg_integer(rows, 0, "found")));
    }
    talloc_free(scratch);
}

static void add_examples(const Run *run, Text *detail, const ViewPair *pair, const PgRows *rows)
{
    size_t *chosen = mem_array(detail, size_t, pg_row_count(rows));
    for (size_t row = 0; row < pg_row_count(rows); row++)
        chosen[row] = row;
    text_add(detail, "\n");
    pair_add_keys(run, detail, key_of(pair), rows, chosen, pg_row_count(rows));
}

static void judge(RuleResult *result, const ViewPair *pair, const PgRows *rows)
{
    if (pg_integer(rows, 0, "found") == 0)
        result->outcome = RULE_NOT_JUDGED;
    else if (!pair->rules.sample.changed.set)
        result->outcome = RULE_RECORDED;
    else
        result->outcome = pg_boolean(rows, 0, "within") ? RULE_PASSED : RULE_FAILED;
}

static void on_sample(RuleQuery *query, const PgRows *rows)
{
    const Run *run = query->validation->run;
    const ViewPair *pair = query->closure;
    RuleResult *result = &run->results[query->result];
    Text *detail = text_new(run);
    int64_t changed = pg_integer(rows, 0, "changed");
    judge(result, pair, rows);
    text_addf(detail, "%s rows sampled, %s found again, %s changed", report_count(detail, pg_integer(rows, 0, "sampled")),
              report_count(detail, pg_integer(rows, 0, "found")), report_count(detail, changed));
    add_columns(detail, pair, rows);
    if (changed > 0)
        add_examples(run, detail, pair, rows);
    result->after = mem_printf(run, "%" PRId64 " of %s", changed, pg_text(rows, 0, "found"));
    result->difference = mem_strdup(run, pg_value(rows, 0, "share"));
    result->detail = detail->data;
}

void validation_ask_samples(Validation *validation)
{
    const Run *run = validation->run;
    for (size_t i = 0; i < validation->pair_count; i++)
    {
        const ViewPair *pair = &validation->pairs[i];
        if (!view_rules_have(&pair->rules, KEY_SAMPLE))
            continue;
        const char *why = pair_obstacle(run, pair, key_of(pair));
        size_t result = validation_add(validation, &pair->rules,
                                       (RuleResult){.rule = KEY_SAMPLE,
                                                    .subject = "changed rows",
                                                    .limit = percent_text(run, pair->rules.sample.changed),
                                                    .outcome = RULE_NOT_JUDGED,
                                                    .detail = why});
        if (why != NULL)
            continue;
        RuleQuery *query = validation_ask(validation, pair->position);
        query->role = pair_role(run, pair);
        query->sql = sample_sql(query, run, pair);
        query->closure = pair;
        query->result = result;
        query->answer = on_sample;
        query->refused = pair_on_refusal;
    }
}
