/*
 * validate_unique.c: does any key occur twice in the new generation?
 *
 * A unique index has proven that none does when it was built; only keys without one are looked for.
 */
#include "array.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "validate_internal.h"

/* One key of one view. */
typedef struct Key
{
    size_t position; /* of the view, in the plan */
    ViewRules rules;
    ColumnNames columns;
} Key;

typedef struct Keys
{
    Validation *validation;
    Key **items;
    size_t count;
} Keys;

char *unique_sql(const void *context, Name relation, ColumnNames key)
{
    void *scratch = mem_context(NULL);
    Text *keys = text_new(scratch);
    Text *present = text_new(scratch);
    for (size_t i = 0; i < key.count; i++)
    {
        char *column = name_quote(scratch, key.names[i]);
        text_addf(keys, "%sv.%s", i > 0 ? ", " : "", column);
        text_addf(present, "%sv.%s IS NOT NULL", i > 0 ? " AND " : "", column);
    }
    const char *text = key.count == 1 ? keys->data : mem_printf(scratch, "ROW(%s)", keys->data);
    char *sql = PG_SQL(context, SQL_VALIDATE_UNIQUE, {"text", text}, {"keys", keys->data}, {"present", present->data},
                       {"schema", relation.schema}, {"name", relation.name});
    talloc_free(scratch);
    return sql;
}

static Keys collect(Validation *validation)
{
    Run *run = validation->run;
    Keys keys = {.validation = validation};
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        if (!validation_judges(run, i) || !view_kind_is_stored(run->plan->views[i]->kind))
            continue;
        ViewRules rules = config_rules_for(run, run->config, run->plan->views[i]->name);
        for (size_t k = 0; k < rules.unique.count; k++)
        {
            Key *key = mem_new(validation->scratch, Key);
            key->position = i;
            key->rules = rules;
            key->columns = rules.unique.keys[k];
            MEM_PUSH(validation->scratch, keys.items, keys.count, key);
        }
    }
    return keys;
}

static Status find_indexes(const Keys *keys, PgRows **ret_rows, Errors *errors)
{
    Run *run = keys->validation->run;
    void *scratch = keys->validation->scratch;
    const char **numbers = NULL;
    const char **names = NULL;
    uint32_t *relations = NULL;
    size_t number_count = 0;
    size_t name_count = 0;
    size_t relation_count = 0;
    for (size_t i = 0; i < keys->count; i++)
        for (size_t k = 0; k < keys->items[i]->columns.count; k++)
        {
            MEM_PUSH(scratch, numbers, number_count, mem_printf(scratch, "%zu", i));
            MEM_PUSH(scratch, relations, relation_count, run->record->views[keys->items[i]->position].new_oid);
            MEM_PUSH(scratch, names, name_count, keys->items[i]->columns.names[k]);
        }
    const char *parameters[] = {array_of_texts(scratch, numbers, number_count),
                                array_of_oids(scratch, relations, relation_count),
                                array_of_texts(scratch, names, name_count)};
    return pg_query(scratch, run->control, ret_rows, errors, SQL_VALIDATE_UNIQUE_INDEXES, 3, parameters);
}

static void on_duplicates(RuleQuery *query, const PgRows *rows)
{
    Run *run = query->validation->run;
    RuleResult *result = &run->results[query->result];
    size_t count = pg_row_count(rows);
    result->outcome = count == 0 ? RULE_PASSED : RULE_FAILED;
    result->after = count == 0 ? "0" : mem_strdup(run, pg_text(rows, 0, "keys"));
    if (count == 0)
        return;
    Text *detail = text_new(run);
    text_addf(detail, "keys that occur more than once: %s, with %s rows too many", result->after,
              pg_text(rows, 0, "surplus"));
    for (size_t i = 0; i < count; i++)
        detail_add_line(detail, mem_printf(detail, "%s: %s rows", detail_value(detail, pg_text(rows, i, "key")),
                                           pg_text(rows, i, "copies")));
    int64_t more = pg_integer(rows, 0, "keys") - (int64_t) count;
    if (more > 0)
        detail_add_line(detail, mem_printf(detail, "and %s more", report_count(detail, more)));
    result->detail = detail->data;
}

static void ask(const Keys *keys, const Key *key, const char *role, size_t result)
{
    const Run *run = keys->validation->run;
    const PlanView *view = run->plan->views[key->position];
    RuleQuery *query = validation_ask(keys->validation, key->position);
    query->role = mem_strdup(query, role);
    query->sql = unique_sql(query, (Name){view->schema->incoming, view->name.name}, key->columns);
    query->result = result;
    query->answer = on_duplicates;
}

static const char *subject(Run *run, ColumnNames columns)
{
    Text *text = text_new(run);
    for (size_t i = 0; i < columns.count; i++)
        text_addf(text, "%s%s", i > 0 ? ", " : "", name_quote(text, columns.names[i]));
    return text->data;
}

Status validation_ask_unique(Validation *validation, Errors *errors)
{
    Run *run = validation->run;
    Keys keys = collect(validation);
    PgRows *rows;
    if (keys.count == 0)
        return STATUS_OK;
    if (find_indexes(&keys, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        const Key *key = keys.items[pg_integer(rows, row, "n")];
        const char *index = pg_value(rows, row, "index");
        RuleResult result = {.rule = KEY_UNIQUE, .subject = subject(run, key->columns), .limit = "0"};
        result.outcome = index == NULL ? RULE_NOT_JUDGED : RULE_PASSED;
        result.after = index == NULL ? NULL : mem_printf(run, "by index %s", name_quote(run, index));
        size_t place = validation_add(validation, &key->rules, result);
        if (index == NULL)
            ask(&keys, key, pg_value(rows, row, "role"), place);
    }
    return STATUS_OK;
}
