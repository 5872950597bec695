/*
 * Rules for a view, guessed from its columns and from what ANALYZE has seen of them; comments all, for somebody who
 * knows what the columns mean.
 */
#include <string.h>

#include "init_internal.h"
#include "matswap/memory.h"

enum
{
    MOST_SUMS = 4 /* a sum for each column that happens to be a number helps nobody */
};

static const int64_t hour_ms = 3600 * INT64_C(1000);

static bool is_in_key(const InitRelation *relation, const char *column)
{
    for (size_t i = 0; i < relation->key_count; i++)
        for (size_t j = 0; j < relation->keys[i].columns.count; j++)
            if (strcmp(relation->keys[i].columns.names[j], column) == 0)
                return true;
    return false;
}

/* ---- sums --------------------------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* Numbers that name or order something: their sum says nothing. */
static bool is_identifier(const InitRelation *relation, const InitColumn *column)
{
    static const char *const words[] = {"id", "year", "month", "week", "day", "hour", "rank", "position", "version"};
    if (is_in_key(relation, column->name) || column->constant)
        return true;
    if (!column->whole)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(column->name, words[i]) == 0)
            return true;
    return ends_with(column->name, "_id") || ends_with(column->name, "Id") || ends_with(column->name, "ID") ||
           column->distinct_share == 1;
}

static void find_sums(const void *context, const InitRelation *relation, ColumnNames *ret_sums)
{
    for (size_t i = 0; i < relation->column_count && ret_sums->count < MOST_SUMS; i++)
    {
        const InitColumn *column = &relation->columns[i];
        if (column->summable && !is_identifier(relation, column) && ini_can_say(column->name))
            MEM_PUSH(context, ret_sums->names, ret_sums->count, column->name);
    }
}

/* ---- event time --------------------------------------------------------------------------------------------- */

static bool may_be_event_time(const InitColumn *column)
{
    static const int64_t clocks_ms = 24 * 3600 * INT64_C(1000); /* a date of today, in another time zone */
    return column->temporal && !column->mostly_null && ini_can_say(column->name) &&
           !(column->has_age && column->age_ms < -clocks_ms);
}

/* Is `a` the likelier one?  Known rather than not, never NULL, with the more different values, with the latest ones. */
static bool is_likelier(const InitColumn *a, const InitColumn *b)
{
    if (b == NULL)
        return true;
    if (a->unseen != b->unseen)
        return b->unseen;
    if (a->never_null != b->never_null)
        return a->never_null;
    if (a->distinct_share < b->distinct_share || a->distinct_share > b->distinct_share)
        return a->distinct_share > b->distinct_share;
    return a->has_age && b->has_age && a->age_ms < b->age_ms;
}

static const InitColumn *find_event_time(const InitRelation *relation)
{
    const InitColumn *found = NULL;
    for (size_t i = 0; i < relation->column_count; i++)
        if (may_be_event_time(&relation->columns[i]) && is_likelier(&relation->columns[i], found))
            found = &relation->columns[i];
    return found;
}

/* The first of a ladder above twice the age that it has now; NULL: too old to have one. */
static const char *propose_lag(const InitColumn *column)
{
    static const struct
    {
        int hours;
        const char *text;
    } ladder[] = {{1, "1h"}, {6, "6h"}, {24, "1d"}, {48, "2d"}, {7 * 24, "7d"}, {30 * 24, "30d"}, {90 * 24, "90d"}};
    if (!column->has_age)
        return "2d";
    for (size_t i = 0; i < sizeof ladder / sizeof ladder[0]; i++)
        if (2 * column->age_ms <= ladder[i].hours * hour_ms && (ladder[i].hours >= 48 || !column->is_date))
            return ladder[i].text;
    return NULL;
}

/* "3 days", roughly */
static char *age_text(const void *context, int64_t age_ms)
{
    int64_t hours = age_ms < 0 ? 0 : age_ms / hour_ms;
    if (hours == 0)
        return mem_strdup(context, "less than an hour");
    return hours < 48 ? mem_printf(context, "%d h", (int) hours) : mem_printf(context, "%d days", (int) (hours / 24));
}

/* ---- the section -------------------------------------------------------------------------------------------- */

static char *list(const void *context, const ColumnNames *columns)
{
    Text *text = text_new(context);
    for (size_t i = 0; i < columns->count; i++)
        text_addf(text, "%s%s", i > 0 ? ", " : "", name_quote(text, columns->names[i]));
    return text->data;
}

static const InitKey *find_key(const InitRelation *relation)
{
    for (size_t i = 0; i < relation->key_count; i++)
    {
        bool sayable = true;
        for (size_t j = 0; j < relation->keys[i].columns.count; j++)
            sayable = sayable && ini_can_say(relation->keys[i].columns.names[j]);
        if (sayable)
            return &relation->keys[i];
    }
    return NULL;
}

static void add_event_time(Text *text, const InitRelation *relation, const InitColumn *column)
{
    Text *others = text_new(text);
    const char *lag = propose_lag(column);
    for (size_t i = 0; i < relation->column_count; i++)
        if (&relation->columns[i] != column && may_be_event_time(&relation->columns[i]))
        {
            text_add(others, others->length > 0 ? ", " : "; could be ");
            text_add_visible(others, relation->columns[i].name);
        }
    text_add(text, "# when something happened");
    if (column->has_age)
        text_addf(text, ": the latest that ANALYZE has seen is %s old", age_text(others, column->age_ms));
    text_addf(text, "%s\n", others->data);
    ini_add_value(text, "#", "event_time", name_quote(others, column->name));
    if (lag != NULL)
        ini_add_value(text, "#", "max_lag", lag);
    talloc_free(others);
}

static void add_key(Text *text, const InitRelation *relation, const InitKey *key)
{
    void *scratch = mem_context(NULL);
    ColumnNames never_null = {0};
    text_add(text, "# proven by the unique index ");
    text_add_visible(text, key->index);
    text_add(text, "\n");
    ini_add_value(text, "#", "unique", list(scratch, &key->columns));
    for (size_t i = 0; i < relation->column_count; i++)
        for (size_t j = 0; j < key->columns.count; j++)
            if (relation->columns[i].never_null && strcmp(relation->columns[i].name, key->columns.names[j]) == 0)
                MEM_PUSH(scratch, never_null.names, never_null.count, relation->columns[i].name);
    if (never_null.count > 0)
        ini_add_value(text, "#", "not_null", list(scratch, &never_null));
    talloc_free(scratch);
}

void propose_rules(Text *text, const InitRelation *relation)
{
    void *scratch = mem_context(NULL);
    ColumnNames sums = {0};
    find_sums(scratch, relation, &sums);
    const InitColumn *event_time = find_event_time(relation);
    const InitKey *key = find_key(relation);
    if (sums.count > 0)
    {
        ini_add_value(text, "#", "sums", list(scratch, &sums));
        ini_add_value(text, "#", "tolerance", "5%");
    }
    if (key != NULL)
        add_key(text, relation, key);
    if (event_time != NULL)
        add_event_time(text, relation, event_time);
    talloc_free(scratch);
}
