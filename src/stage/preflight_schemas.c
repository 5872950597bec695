#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/pg.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "preflight_internal.h"
#include "stage_internal.h"

typedef enum Role
{
    ROLE_LIVE,
    ROLE_INCOMING,
    ROLE_OUTGOING,
    ROLE_COUNT
} Role;

typedef struct SchemaCheck
{
    Run *run;
    const void *memory;
    const PgRows *rows;
    const char *role; /* quoted */
    const char *set;
    Errors *errors;
} SchemaCheck;

static const char *schema_name(const PlanSchema *schema, Role role)
{
    return role == ROLE_LIVE ? schema->live : role == ROLE_INCOMING ? schema->incoming : schema->outgoing;
}

static void check_privileges(const SchemaCheck *check, const char *schema, size_t row)
{
    bool create = pg_boolean(check->rows, row, "may_create");
    bool use = pg_boolean(check->rows, row, "may_use");
    if (create && use)
        return;
    const char *missing = create ? "USAGE" : use ? "CREATE" : "USAGE, CREATE";
    error_grant(preflight_refuse(check->errors, schema, "role %s lacks %s on schema %s", check->role,
                                 create ? "USAGE" : use ? "CREATE" : "USAGE and CREATE", schema),
                "GRANT %s ON SCHEMA %s TO %s", missing, schema, check->role);
}

static void refuse_contents(const SchemaCheck *check, const char *schema, size_t row, const char *why)
{
    int64_t count = pg_integer(check->rows, row, "object_count");
    error_remedy(preflight_refuse(check->errors, schema, "schema %s, which the run needs for itself, %s: %s%s", schema,
                                  why, pg_text(check->rows, row, "first_objects"), count > 3 ? ", …" : ""),
                 "move or drop what is in it, or set suffix_new and suffix_old to others");
}

/* The journal was lost since, or is another one. */
static void refuse_orphans(const SchemaCheck *check, const char *schema, size_t row)
{
    int64_t count = pg_integer(check->rows, row, "object_count");
    const char *run = schema_marker_run(check->memory, pg_value(check->rows, row, "comment"));
    error_remedy(preflight_refuse(check->errors, schema, "schema %s holds what run %s of this set left, which the journal "
                                  "%s does not know: %s%s", schema, run, check->run->config->journal,
                                  pg_text(check->rows, row, "first_objects"), count > 3 ? ", …" : ""),
                 "`matswap rollback --orphans` shows it all and removes it; or put that run's journal back");
}

/* `resume` goes on with a generation that is there, under the mark of its run. */
static bool holds_resumed_run(const SchemaCheck *check, size_t row)
{
    const JournalRun *record = check->run->record;
    return record != NULL && schema_marker_matches(pg_value(check->rows, row, "comment"), record->set, record->run);
}

static void refuse_owner(const SchemaCheck *check, const char *schema, size_t row)
{
    char *owner = name_quote(check->memory, pg_text(check->rows, row, "owner"));
    Error *error = preflight_refuse(check->errors, schema, "schema %s is owned by %s, and role %s may not act for it",
                                    schema, owner, check->role);
    error_remedy(error, "ALTER SCHEMA %s OWNER TO %s, or drop it", schema, check->role);
    error_statement(error, "ALTER SCHEMA %s OWNER TO %s", schema, check->role);
}

/* A schema that another set marked is that set's, empty or not. */
static void check_shadow(const SchemaCheck *check, const char *schema, Role role, size_t row)
{
    const char *marked_for = schema_marker_set(check->memory, pg_value(check->rows, row, "comment"));
    bool marked = marked_for != NULL && strcmp(marked_for, check->set) == 0;
    bool empty = pg_integer(check->rows, row, "object_count") == 0;
    if (marked_for != NULL && !marked)
        error_remedy(preflight_refuse(check->errors, schema, "schema %s belongs to set %s", schema, marked_for),
                     "let that set's run finish (matswap resume or rollback with its configuration), or set suffix_new "
                     "and suffix_old to others");
    else if (!empty && role == ROLE_INCOMING && marked && !holds_resumed_run(check, row))
        refuse_orphans(check, schema, row);
    else if (!empty && role == ROLE_INCOMING && !marked)
        refuse_contents(check, schema, row, "is not empty");
    else if (!empty && !marked)
        refuse_contents(check, schema, row, "is not empty and not marked as this set's");
    else if (!pg_boolean(check->rows, row, "ours"))
        refuse_owner(check, schema, row);
    else
        check_privileges(check, schema, row);
}

static void check_present(const SchemaCheck *check, const PlanSchema *schema, size_t index, Role role, size_t row)
{
    char *quoted = name_quote(check->memory, schema_name(schema, role));
    if (role == ROLE_LIVE)
    {
        check_privileges(check, quoted, row);
        return;
    }
    Preflight *preflight = check->run->preflight;
    ShadowSchema *shadow = role == ROLE_INCOMING ? &preflight->incoming[index] : &preflight->outgoing[index];
    shadow->oid = pg_oid(check->rows, row, "oid");
    shadow->comment = mem_strdup(preflight, pg_value(check->rows, row, "comment"));
    check_shadow(check, quoted, role, row);
}

static void refuse_absent_live(const SchemaCheck *check, const char *schema, bool may_create)
{
    char *quoted = name_quote(check->memory, schema);
    Error *error = preflight_refuse(check->errors, quoted, "schema %s, in which the set has views, does not exist",
                                    quoted);
    if (may_create)
        error_remedy(error, "CREATE SCHEMA %s", quoted);
    else
        error_remedy(error, "have an administrator run CREATE SCHEMA %s AUTHORIZATION %s", quoted, check->role);
    error_statement(error, "CREATE SCHEMA %s AUTHORIZATION %s", quoted, check->role);
}

/* The shadow schemas that would have to be made, quoted. */
static const char **absent_shadows(const SchemaCheck *check, const bool *present, size_t *ret_count)
{
    const Plan *plan = check->run->plan;
    const char **absent = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < plan->schema_count; i++)
        for (Role role = ROLE_INCOMING; role < ROLE_COUNT; role++)
            if (!present[i * ROLE_COUNT + role])
                MEM_PUSH(check->memory, absent, *ret_count, name_quote(check->memory, schema_name(&plan->schemas[i], role)));
    return absent;
}

/*
 * One refusal for all of them.  Of the two remedies the statements take the smaller: a schema of each name instead of
 * the right to make any.
 */
static void refuse_absent_shadows(const SchemaCheck *check, const bool *present)
{
    size_t count;
    const char **absent = absent_shadows(check, present, &count);
    Text *names = text_new(check->memory);
    Text *remedy = text_new(check->memory);
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++)
    {
        text_addf(names, "%s%s", i > 0 ? ", " : "", absent[i]);
        text_addf(remedy, "%sCREATE SCHEMA %s AUTHORIZATION %s", i > 0 ? "; " : "", absent[i], check->role);
    }
    char *database = name_quote(check->memory, check->run->preflight->database);
    Error *error = preflight_refuse(check->errors, database, "role %s may not create schemas in database %s, and the run "
                                    "needs %s", check->role, database, names->data);
    error_remedy(error, "GRANT CREATE ON DATABASE %s TO %s, or make them beforehand: %s", database, check->role,
                 remedy->data);
    for (size_t i = 0; i < count; i++)
        error_statement(error, "CREATE SCHEMA %s AUTHORIZATION %s", absent[i], check->role);
}

static void check_schemas(const SchemaCheck *check, bool may_create)
{
    const Plan *plan = check->run->plan;
    size_t count = plan->schema_count * ROLE_COUNT;
    bool *present = mem_array(check->memory, bool, count);
    for (size_t row = 0; row < pg_row_count(check->rows); row++)
    {
        size_t position = (size_t) pg_integer(check->rows, row, "position") - 1;
        present[position] = true;
        check_present(check, &plan->schemas[position / ROLE_COUNT], position / ROLE_COUNT,
                      (Role) (position % ROLE_COUNT), row);
    }
    for (size_t i = 0; i < plan->schema_count; i++)
        if (!present[i * ROLE_COUNT + ROLE_LIVE])
            refuse_absent_live(check, plan->schemas[i].live, may_create);
    if (!may_create)
        refuse_absent_shadows(check, present);
}

/* Beside the views of the run that is resumed there must be nothing: what it has to build needs the names. */
static Status refuse_strangers(Run *run, const PreflightScratch *scratch, Errors *errors)
{
    Relation *relations;
    size_t count;
    if (run->record == NULL || run->record->is_rollback)
        return STATUS_OK;
    if (relations_made(run, &relations, &count, errors) != STATUS_OK)
        return STATUS_FAILED;
    uint32_t *schemas = mem_array(scratch, uint32_t, run->plan->schema_count);
    for (size_t i = 0; i < run->plan->schema_count; i++)
        schemas[i] = run->preflight->incoming[i].oid;
    uint32_t *oids = mem_array(scratch, uint32_t, count);
    for (size_t i = 0; i < count; i++)
        oids[i] = relations[i].oid;
    const char *parameters[] = {array_of_oids(scratch, schemas, run->plan->schema_count),
                                array_of_oids(scratch, oids, count)};
    PgRows *rows = NULL;
    if (pg_query(scratch, run->control, &rows, errors, SQL_PREFLIGHT_KEPT, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        const char *schema = name_quote(scratch, pg_text(rows, row, "schema"));
        error_remedy(preflight_refuse(errors, schema, "schema %s of the interrupted run %s holds %s, which that run did "
                                      "not build", schema, run->record->run, pg_text(rows, row, "description")),
                     "move it to another schema, or drop it");
    }
    return STATUS_OK;
}

Status preflight_schemas(Run *run, const PreflightScratch *scratch, Errors *errors)
{
    const Plan *plan = run->plan;
    size_t count = plan->schema_count * ROLE_COUNT;
    const char **names = mem_array(scratch, const char *, count);
    for (size_t i = 0; i < plan->schema_count; i++)
    {
        run->preflight->incoming[i].name = plan->schemas[i].incoming;
        run->preflight->outgoing[i].name = plan->schemas[i].outgoing;
        for (Role role = ROLE_LIVE; role < ROLE_COUNT; role++)
            names[i * ROLE_COUNT + role] = schema_name(&plan->schemas[i], role);
    }
    const char *parameters[] = {array_of_texts(scratch, names, count), preflight_set_role_privilege(run)};
    PgRows *rows = NULL;
    if (pg_query(scratch, run->control, &rows, errors, SQL_PREFLIGHT_SCHEMAS, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    SchemaCheck check = {.run = run, .memory = scratch, .rows = rows, .set = run->config->set, .errors = errors,
                         .role = name_quote(scratch, run->preflight->role)};
    check_schemas(&check, scratch->may_create_schema);
    return refuse_strangers(run, scratch, errors);
}
