/*
 * preflight_records.c: may this role write down in the database what it is going to do?
 */
#include "records.h"

#include <string.h>

#include "matswap/memory.h"
#include "matswap/name.h"
#include "preflight_internal.h"

/* ---- what the swap needs ------------------------------------------------------------------------------------ */

static void refuse_schema(const char *role, Errors *errors)
{
    Error *error = preflight_refuse(errors, "matswap", "schema matswap, which holds the record of generations, does not "
                                    "exist, and role %s may not create it", role);
    error_remedy(error, "have an administrator run CREATE SCHEMA matswap AUTHORIZATION %s", role);
    error_statement(error, "CREATE SCHEMA matswap AUTHORIZATION %s", role);
}

/* The table is read, too: it says what a kept old generation consists of. */
static void check_generation(const Records *records, const char *role, Errors *errors)
{
    if (!records->schema_usage)
        error_grant(preflight_refuse(errors, "matswap", "role %s may not use schema matswap", role),
                    "GRANT USAGE ON SCHEMA matswap TO %s", role);
    if (!records->generation && !records->schema_create)
        error_grant(preflight_refuse(errors, "matswap", "role %s may not create the table matswap.generation", role),
                    "GRANT USAGE, CREATE ON SCHEMA matswap TO %s", role);
    else if (records->generation && !(records->generation_insert && records->generation_select))
        error_grant(preflight_refuse(errors, "matswap.generation", "role %s may not %s matswap.generation", role,
                                     records->generation_insert ? "read" : "insert into"),
                    "GRANT SELECT, INSERT ON matswap.generation TO %s", role);
}

/* ---- what those need who look on ---------------------------------------------------------------------------- */

/* Yesterday's matswap ran without: advice, printed by `check` as what is refused is, and no refusal. */
static void check_for_onlookers(const Run *run, const Records *records, const char *role)
{
    Errors *advice = run->preflight->advice;
    if (!records->schema_create && !records->failure)
        error_grant(preflight_refuse(advice, "matswap.failure", "failures are not recorded in the database: there is no "
                                     "matswap.failure, and role %s may not create it", role),
                    "GRANT CREATE ON SCHEMA matswap TO %s", role);
    else if (records->failure && !records->failure_written)
        error_grant(preflight_refuse(advice, "matswap.failure", "failures are not recorded in the database: role %s may "
                                     "not read and insert into matswap.failure", role),
                    "GRANT SELECT, INSERT ON matswap.failure TO %s", role);
    if (!records->schema_create && (records->freshness == FRESHNESS_ABSENT || records->freshness == FRESHNESS_OLD))
        error_grant(preflight_refuse(advice, "matswap.freshness", "matswap.freshness is not there, or an older matswap's, "
                                     "and role %s may not create it", role),
                    "GRANT CREATE ON SCHEMA matswap TO %s", role);
    else if (records->freshness == FRESHNESS_FOREIGN)
        error_remedy(preflight_refuse(advice, "matswap.freshness", "matswap.freshness is an older matswap's or somebody "
                                      "else's, and not role %s's to replace", role),
                     "rename it, or, if it is matswap's, make %s its owner", role);
}

Status preflight_records(Run *run, PreflightScratch *scratch, Errors *errors)
{
    Records records;
    if (records_look(run, &records, errors) != STATUS_OK)
        return STATUS_FAILED;
    run->preflight->generation_schema = records.schema;
    run->preflight->generation_table = records.generation;
    scratch->may_read_generations = records.generation && records.schema_usage && records.generation_select;
    char *role = name_quote(errors, run->preflight->role);
    if (records.schema)
    {
        check_generation(&records, role, errors);
        check_for_onlookers(run, &records, role);
    }
    else if (!scratch->may_create_schema)
        refuse_schema(role, errors);
    talloc_free(role);
    return STATUS_OK;
}

/* ---- the audit table ---------------------------------------------------------------------------------------- */

static void check_audit_schema(const Run *run, const AuditTable *table, const char *role, Errors *errors)
{
    char *schema = name_quote(errors, run->config->audit_table.schema);
    bool comes = !table->schema && strcmp(run->config->audit_table.schema, "matswap") == 0; /* with the first run */
    if (!table->schema && !comes)
        error_remedy(preflight_refuse(errors, schema, "audit_table = %s: there is no schema %s", table->name, schema),
                     "create it, or name another");
    else if (table->schema && !table->schema_usage)
        error_grant(preflight_refuse(errors, schema, "audit_table = %s: role %s may not use schema %s", table->name, role,
                                     schema),
                    "GRANT USAGE ON SCHEMA %s TO %s", schema, role);
    if (table->schema && !table->exists && !table->schema_create)
        error_grant(preflight_refuse(errors, table->name, "audit_table = %s does not exist, and role %s may not create "
                                     "it", table->name, role),
                    "GRANT USAGE, CREATE ON SCHEMA %s TO %s", schema, role);
    talloc_free(schema);
}

static void check_audit_columns(const AuditTable *table, Errors *errors)
{
    const char *remedy = "add them, or name another table: one that does not exist is created";
    if (!table->is_table)
        error_remedy(preflight_refuse(errors, table->name, "audit_table = %s is not a table", table->name),
                     "name another");
    else if (table->missing != NULL)
        error_remedy(preflight_refuse(errors, table->name, "audit_table = %s has no %s", table->name, table->missing),
                     "%s", remedy);
    else if (table->required != NULL)
        error_remedy(preflight_refuse(errors, table->name, "audit_table = %s wants a value for %s, which matswap does not "
                                      "know", table->name, table->required),
                     "give it a default, or name another table: one that does not exist is created");
}

static void check_audit_privileges(const AuditTable *table, const char *role, Errors *errors)
{
    if (!table->may_insert)
        error_grant(preflight_refuse(errors, table->name, "role %s may not insert into %s, the audit_table", role,
                                     table->name),
                    "GRANT INSERT ON %s TO %s", table->name, role);
    if (table->sequences != NULL)
        error_grant(preflight_refuse(errors, table->sequences, "role %s may not take numbers from %s, as the audit_table "
                                     "%s does", role, table->sequences, table->name),
                    "GRANT USAGE ON SEQUENCE %s TO %s", table->sequences, role);
}

Status preflight_audit(Run *run, Errors *errors)
{
    void *scratch = mem_context(run);
    AuditTable table;
    size_t before = errors->count;
    Status status = audit_look(run, scratch, &table, errors);
    if (status == STATUS_OK && table.name != NULL)
    {
        char *role = name_quote(scratch, run->preflight->role);
        check_audit_schema(run, &table, role, errors);
        if (table.exists)
            check_audit_columns(&table, errors);
        if (table.exists && table.is_table)
            check_audit_privileges(&table, role, errors);
        if (table.exists && errors_since(errors, before) == STATUS_OK)
            status = audit_try(run, errors);
    }
    talloc_free(scratch);
    return status;
}
