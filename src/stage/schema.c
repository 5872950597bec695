/*
 * The shadow schemas of a generation: made, marked, dropped.
 *
 * The comment of a shadow schema names the set and the run it belongs to: with the journal gone, it still says
 * what may be removed.  A schema that an administrator made beforehand is used, and kept when the run is over.
 */
#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "stage_internal.h"

typedef enum Side
{
    INCOMING,
    OUTGOING
} Side;

static const char *side_word(Side side)
{
    return side == INCOMING ? "incoming" : "outgoing";
}

Status schema_state(const void *context, PgConnection *control, const char *name, SchemaState *ret_state,
                    Errors *errors)
{
    PgRows *rows;
    if (pg_query(context, control, &rows, errors, SQL_SCHEMA_STATE, 1, &name) != STATUS_OK)
        return STATUS_FAILED;
    *ret_state = (SchemaState){0};
    if (pg_row_count(rows) > 0)
    {
        ret_state->oid = pg_oid(rows, 0, "oid");
        ret_state->comment = mem_strdup(context, pg_value(rows, 0, "comment"));
        ret_state->acl = mem_strdup(context, pg_text(rows, 0, "acl"));
        ret_state->objects = pg_integer(rows, 0, "objects");
        ret_state->examples = mem_strdup(context, pg_text(rows, 0, "examples"));
        ret_state->default_privileges = mem_strdup(context, pg_value(rows, 0, "default_privileges"));
    }
    talloc_free(rows);
    return STATUS_OK;
}

static const char *const made_beforehand = " (made beforehand)";

char *schema_marker(const void *context, const char *set, const char *run, const char *side, bool made)
{
    return mem_printf(context, "matswap set=%s run=%s %s%s", set, run, side, made ? "" : made_beforehand);
}

bool schema_marker_made(const char *marker)
{
    return strstr(marker, made_beforehand) == NULL;
}

/* What stands behind `key` in a marker, up to the next space. */
static char *marker_part(const void *context, const char *comment, const char *key)
{
    static const char start[] = "matswap set=";
    if (comment == NULL || strncmp(comment, start, sizeof start - 1) != 0)
        return NULL;
    const char *found = strstr(comment, key);
    if (found == NULL)
        return NULL;
    found += strlen(key);
    return mem_strndup(context, found, strcspn(found, " "));
}

bool schema_marker_is_outgoing(const char *marker)
{
    return strstr(marker, " outgoing") != NULL;
}

char *schema_marker_set(const void *context, const char *comment)
{
    return marker_part(context, comment, " set=");
}

char *schema_marker_run(const void *context, const char *comment)
{
    return marker_part(context, comment, " run=");
}

bool schema_marker_matches(const char *comment, const char *set, const char *run)
{
    void *scratch = mem_context(NULL);
    const char *marked_run = schema_marker_run(scratch, comment);
    bool matches = marked_run != NULL && strcmp(schema_marker_set(scratch, comment), set) == 0 &&
                   (run == NULL || strcmp(marked_run, run) == 0);
    talloc_free(scratch);
    return matches;
}

static Status set_comment(Run *run, const char *schema, const char *comment, Errors *errors)
{
    void *scratch = mem_context(run);
    const char *literal = comment == NULL ? "NULL" : name_literal(scratch, comment);
    char *sql = PG_SQL(scratch, SQL_SCHEMA_COMMENT, {"schema", schema}, {"comment", literal});
    Status status = pg_run(run->control, errors, sql);
    talloc_free(scratch);
    return status;
}

/* Roles that build their views themselves need to create them in the incoming schemas. */
static Status grant_to_builders(Run *run, Errors *errors)
{
    Status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < run->schema_grant_count; i++)
        status = pg_run(run->control, errors, run->schema_grants[i]);
    return status;
}

/* Runs the statements that a catalog query with two parameters gives, in its order. */
static Status run_given(Run *run, const char *query, const char *first, const char *second, Errors *errors)
{
    PgRows *rows;
    const char *parameters[] = {first, second};
    if (pg_query(run, run->control, &rows, errors, query, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    Status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < pg_row_count(rows); i++)
        status = pg_run(run->control, errors, pg_text(rows, i, "statement"));
    talloc_free(rows);
    return status;
}

/* Under this set's marker, and still there after all that the journal and the swaps know of was dropped. */
static Status refuse_orphans(const char *name, const SchemaState *state, Errors *errors)
{
    Error *error = errors_add(errors, ERROR_REFUSED, "schema %s of run %s holds %s, which matswap cannot prove to have "
                              "built", name, schema_marker_run(errors, state->comment), state->examples);
    error_remedy(error, "`matswap rollback --orphans` shows what there is; move or drop what is not matswap's");
    error_object(error, name);
    return STATUS_FAILED;
}

static Status refuse_foreign(const char *name, const SchemaState *state, Errors *errors)
{
    Error *error = errors_add(errors, ERROR_REFUSED, "schema %s exists and is not a leftover of this set%s%s", name,
                              state->objects > 0 ? ": it holds " : "", state->objects > 0 ? state->examples : "");
    error_remedy(error, "drop or rename it, or choose another suffix (suffix_new, suffix_old)");
    error_object(error, name);
    return STATUS_FAILED;
}

/* Makes or takes over one shadow schema within the open transaction, and notes in the record which it was. */
static Status make_schema(Run *run, size_t index, Side side, Errors *errors)
{
    JournalSchema *record = &run->record->schemas[index];
    const char *name = side == INCOMING ? record->incoming : record->outgoing;
    SchemaState state;
    if (schema_state(run->record, run->control, name, &state, errors) != STATUS_OK)
        return STATUS_FAILED;
    bool ours = schema_marker_matches(state.comment, run->config->set, NULL);
    if (state.oid != 0 && state.objects > 0)
        return ours ? refuse_orphans(name, &state, errors) : refuse_foreign(name, &state, errors);
    bool made = state.oid == 0 || (ours && schema_marker_made(state.comment));
    *(side == INCOMING ? &record->made_incoming : &record->made_outgoing) = made;
    if (state.oid != 0 && !ours)
        *(side == INCOMING ? &record->incoming_before : &record->outgoing_before) =
            (SchemaBefore){state.comment, state.acl};
    /* the intent is durable before the schema is */
    if (journal_schema_put(run->journal, run->record, index, errors) != STATUS_OK)
        return STATUS_FAILED;
    void *scratch = mem_context(run);
    Status status = STATUS_OK;
    if (state.oid == 0)
        status = pg_run(run->control, errors, PG_SQL(scratch, SQL_SCHEMA_CREATE, {"schema", name}));
    if (status == STATUS_OK)
        status = set_comment(run, name,
                             schema_marker(scratch, run->config->set, run->record->run, side_word(side), made), errors);
    talloc_free(scratch);
    return status;
}

static Status in_transaction(Run *run, Status (*act)(Run *, Errors *), Errors *errors)
{
    if (pg_run(run->control, errors, SQL_TRANSACTION_BEGIN) != STATUS_OK)
        return STATUS_FAILED;
    if (act(run, errors) == STATUS_OK && pg_run(run->control, errors, SQL_TRANSACTION_COMMIT) == STATUS_OK)
        return STATUS_OK;
    pg_rollback(run->control);
    return STATUS_FAILED;
}

static Status make_all_incoming(Run *run, Errors *errors)
{
    Status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < run->record->schema_count; i++)
        status = make_schema(run, i, INCOMING, errors);
    return status == STATUS_OK ? grant_to_builders(run, errors) : STATUS_FAILED;
}

static Status make_all_outgoing(Run *run, Errors *errors)
{
    Status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < run->record->schema_count; i++)
    {
        const JournalSchema *schema = &run->record->schemas[i];
        status = make_schema(run, i, OUTGOING, errors);
        if (status == STATUS_OK)
            /* who may look into the live schema may look into the outgoing one */
            status = run_given(run, SQL_SCHEMA_USAGE_GRANTS, schema->live, schema->outgoing, errors);
    }
    return status;
}

Status schema_make_incoming(Run *run, Errors *errors)
{
    return in_transaction(run, make_all_incoming, errors);
}

Status schema_make_outgoing(Run *run, Errors *errors)
{
    return in_transaction(run, make_all_outgoing, errors);
}

Status schema_grant_to_builders(Run *run, Errors *errors)
{
    return in_transaction(run, grant_to_builders, errors);
}

/* Takes back what the run gave its builders and readers on a schema that is not its own. */
static Status put_back(Run *run, const char *name, SchemaBefore before, Errors *errors)
{
    if (set_comment(run, name, before.comment, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (before.acl == NULL)
        return STATUS_OK;
    return run_given(run, SQL_SCHEMA_REVOKES, name, before.acl, errors);
}

static Status drop_schema(Run *run, const char *name, const char *owning_run, SchemaBefore before, Errors *errors)
{
    void *scratch = mem_context(run);
    SchemaState state;
    Status status = schema_state(scratch, run->control, name, &state, errors);
    bool marked = status == STATUS_OK && schema_marker_matches(state.comment, run->config->set, owning_run);
    if (status == STATUS_OK && state.oid != 0 && marked)
    {
        if (state.objects > 0)
            report_warning(run->report, "schema %s is kept: it holds %s, which matswap did not build", name,
                           state.examples);
        else if (schema_marker_made(state.comment) && state.default_privileges != NULL)
            report_warning(run->report, "schema %s is kept: somebody has set %s", name, state.default_privileges);
        else if (schema_marker_made(state.comment))
            status = pg_run(run->control, errors, PG_SQL(scratch, SQL_SCHEMA_DROP, {"schema", name}));
        else
            status = put_back(run, name, before, errors);
    }
    talloc_free(scratch);
    return status;
}

static Status drop_side(Run *run, Side side, Errors *errors)
{
    Status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < run->record->schema_count; i++)
    {
        const JournalSchema *schema = &run->record->schemas[i];
        status = side == INCOMING
                     ? drop_schema(run, schema->incoming, run->record->run, schema->incoming_before, errors)
                     : drop_schema(run, schema->outgoing, run->record->run, schema->outgoing_before, errors);
    }
    return status;
}

Status schema_drop_incoming(Run *run, Errors *errors)
{
    return drop_side(run, INCOMING, errors);
}

Status schema_drop_outgoing(Run *run, Errors *errors)
{
    return drop_side(run, OUTGOING, errors);
}

Status schema_drop_kept(Run *run, const char *name, const char *owning_run, SchemaBefore before, Errors *errors)
{
    return drop_schema(run, name, owning_run, before, errors);
}
