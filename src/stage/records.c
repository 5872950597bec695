/*
 * records.c: schema matswap, where the database itself says what was published, when, and what was not.
 */
#include "records.h"

#include <stdlib.h>
#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"

/* Of matswap.freshness; it stands in the view's comment, so that another version knows whether to replace it. */
#define FRESHNESS_DEFINITION 1
static const char freshness_words[] = "how fresh the views are that matswap publishes; definition ";

static FreshnessState freshness_of(const PgRows *rows)
{
    const char *comment = pg_text(rows, 0, "freshness_comment");
    if (pg_oid(rows, 0, "freshness") == 0)
        return FRESHNESS_ABSENT;
    bool known = strncmp(comment, freshness_words, strlen(freshness_words)) == 0;
    if (known && strtol(comment + strlen(freshness_words), NULL, 10) >= FRESHNESS_DEFINITION)
        return FRESHNESS_CURRENT;
    return known && pg_boolean(rows, 0, "freshness_ours") ? FRESHNESS_OLD : FRESHNESS_FOREIGN;
}

Status records_look(Run *run, Records *ret_records, Errors *errors)
{
    PgRows *rows;
    if (pg_query(run, run->control, &rows, errors, SQL_RECORDS_STATE, 0, NULL) != STATUS_OK)
        return STATUS_FAILED;
    *ret_records = (Records){.schema = pg_oid(rows, 0, "schema") != 0,
                             .schema_usage = pg_boolean(rows, 0, "schema_usage"),
                             .schema_create = pg_boolean(rows, 0, "schema_create"),
                             .generation = pg_oid(rows, 0, "generation") != 0,
                             .generation_insert = pg_boolean(rows, 0, "generation_insert"),
                             .generation_select = pg_boolean(rows, 0, "generation_select"),
                             .failure = pg_oid(rows, 0, "failure") != 0,
                             .failure_written = pg_boolean(rows, 0, "failure_written"),
                             .freshness = freshness_of(rows)};
    talloc_free(rows);
    return STATUS_OK;
}

/*
 * CREATE … IF NOT EXISTS.  When another set's first run creates the same at the same moment, the server looks before
 * that one commits, waits, and fails on the catalog's unique index instead: by then it exists.
 */
static Status create_if_absent(Run *run, const char *sql, Errors *errors)
{
    size_t before = errors->count;
    if (pg_run(run->control, errors, sql) == STATUS_OK)
        return STATUS_OK;
    if (!text_equal(errors->items[before]->sqlstate, "23505"))
        return STATUS_FAILED;
    errors_truncate(errors, before);
    return pg_run(run->control, errors, sql);
}

static Status make_freshness(Run *run, Errors *errors)
{
    void *scratch = mem_context(run);
    char *definition = mem_printf(scratch, "%s%d", freshness_words, FRESHNESS_DEFINITION);
    char *sql = mem_printf(scratch, "%s;\n%s", SQL_FRESHNESS_VIEW,
                           PG_SQL(scratch, SQL_FRESHNESS_COMMENT, {"definition", definition}));
    size_t before = errors->count;
    Status status = pg_run(run->control, errors, sql); /* one text: one transaction */
    /* two that replace it at once: the later one finds the catalog's row changed under it */
    if (status != STATUS_OK && (text_equal(errors->items[before]->sqlstate, "23505") ||
                                text_equal(errors->items[before]->sqlstate, "XX000")))
    {
        errors_truncate(errors, before);
        status = pg_run(run->control, errors, sql);
    }
    talloc_free(scratch);
    return status;
}

/* Nobody's run ends for the sake of those who look on. */
static void make_for_onlookers(Run *run, const char *what, Status (*make)(Run *, Errors *))
{
    Errors *errors = errors_new(run);
    if (make(run, errors) != STATUS_OK)
        report_warning(run->report, "%s could not be made: %s", what, error_line(errors, errors->items[0]));
    talloc_free(errors);
}

static Status make_failure(Run *run, Errors *errors)
{
    return create_if_absent(run, SQL_FAILURE_TABLE, errors);
}

Status records_make(Run *run, Errors *errors)
{
    Records records;
    if (records_look(run, &records, errors) != STATUS_OK)
        return STATUS_FAILED;
    /* IF NOT EXISTS asks for CREATE on the database even when the schema exists (src/backend/commands/schemacmds.c) */
    if (!records.schema && create_if_absent(run, SQL_GENERATION_SCHEMA, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (!records.generation && create_if_absent(run, SQL_GENERATION_TABLE, errors) != STATUS_OK)
        return STATUS_FAILED;
    bool may_create = !records.schema || records.schema_create; /* else the preflight has said so */
    if (may_create && !records.failure)
        make_for_onlookers(run, "matswap.failure", make_failure);
    if (may_create && (records.freshness == FRESHNESS_ABSENT || records.freshness == FRESHNESS_OLD))
        make_for_onlookers(run, "matswap.freshness", make_freshness);
    return audit_make(run, errors);
}
