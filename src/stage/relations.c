/*
 * Relations of a generation: found by schema, dropped by OID, never with CASCADE.
 */
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/name.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "stage_internal.h"

/* A batch is one transaction: a short one, whose locks have to fit beside everybody else's. */
static const size_t batch_size = 40;
/* One try to lock a batch.  Nobody queues behind it: a retired relation has no name that a reader would use. */
static const char *const drop_lock_timeout = "500ms";

const char *relation_kind_word(const char *relkind)
{
    static const struct
    {
        char relkind;
        const char *word;
    } words[] = {{'v', NULL},       {'m', NULL},                {'r', "table"},
                 {'f', "foreign table"}, {'p', "partitioned table"}, {'c', "composite type"},
                 {'S', "sequence"}, {'i', "index"},             {'I', "partitioned index"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].relkind == relkind[0])
            return words[i].word;
    return "relation of another kind";
}

Status relations_live(const void *context, PgConnection *control, const Name *names, size_t count, PgRows **ret_rows,
                      Errors *errors)
{
    void *scratch = mem_context(NULL);
    const char **schemas = mem_array(scratch, const char *, count);
    const char **bare = mem_array(scratch, const char *, count);
    for (size_t i = 0; i < count; i++)
    {
        schemas[i] = names[i].schema;
        bare[i] = names[i].name;
    }
    const char *parameters[] = {array_of_texts(scratch, schemas, count), array_of_texts(scratch, bare, count)};
    Status status = pg_query(context, control, ret_rows, errors, SQL_LIVE_RELATIONS, 2, parameters);
    talloc_free(scratch);
    return status;
}

Status relations_live_of(const void *context, PgConnection *control, const JournalRun *record, PgRows **ret_rows,
                         Errors *errors)
{
    Name *names = mem_array(NULL, Name, record->view_count);
    for (size_t i = 0; i < record->view_count; i++)
        names[i] = record->views[i].name;
    Status status = relations_live(context, control, names, record->view_count, ret_rows, errors);
    talloc_free(names);
    return status;
}

Status relations_in_schemas(const void *context, PgConnection *control, const char *const *schemas,
                            size_t schema_count, Relation **ret_relations, size_t *ret_count, Errors *errors)
{
    PgRows *rows;
    char *names = array_of_texts(context, schemas, schema_count);
    if (pg_query(context, control, &rows, errors, SQL_RELATIONS_IN_SCHEMAS, 1, (const char *const *) &names) !=
        STATUS_OK)
        return STATUS_FAILED;
    size_t count = pg_row_count(rows);
    Relation *relations = mem_array(context, Relation, count);
    for (size_t i = 0; i < count; i++)
        relations[i] = (Relation){
            .oid = pg_oid(rows, i, "oid"),
            .name = {mem_strdup(relations, pg_text(rows, i, "schema")), mem_strdup(relations, pg_text(rows, i, "name"))},
            .kind = relation_kind(pg_text(rows, i, "relkind")),
            .owner = mem_strdup(relations, pg_text(rows, i, "owner")),
        };
    talloc_free(rows);
    *ret_relations = relations;
    *ret_count = count;
    return STATUS_OK;
}

char *relation_lock_sql(const void *context, const Relation *relation)
{
    const char *kind = relation->is_table ? "TABLE" : relation_kind_sql(relation->kind);
    return PG_SQL(context, SQL_RELATION_LOCK, {"kind", kind},
                  {"schema", relation->name.schema}, {"name", relation->name.name}, {"owner", relation->owner});
}

static char *oids_of(const void *context, const Relation *const *batch, size_t count)
{
    uint32_t *oids = mem_array(context, uint32_t, count);
    for (size_t i = 0; i < count; i++)
        oids[i] = batch[i]->oid;
    return array_of_oids(context, oids, count);
}

/* Locks the batch in the open transaction. */
static Status lock_batch(Run *run, const Relation *const *batch, size_t count, Errors *errors)
{
    Text *sql = text_new(run);
    text_addf(sql, "%s;\n",
              PG_SQL(sql, SQL_TRANSACTION_LOCK_TIMEOUT, {"milliseconds", drop_lock_timeout}));
    for (size_t i = 0; i < count; i++)
        text_addf(sql, "%s;\n", relation_lock_sql(sql, batch[i]));
    Status status = pg_run(run->control, errors, sql->data);
    talloc_free(sql);
    return status;
}

/* Under the lock: do the names still belong to the OIDs that the journal knows? */
static Status verify_batch(Run *run, const Relation *const *batch, size_t count, Errors *errors)
{
    PgRows *rows;
    void *scratch = mem_context(run);
    char *oids = oids_of(scratch, batch, count);
    Status status = pg_query(scratch, run->control, &rows, errors, SQL_RELATION_NAMES, 1, (const char *const *) &oids);
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
    {
        bool same = false;
        for (size_t row = 0; row < pg_row_count(rows) && !same; row++)
            same = pg_oid(rows, row, "oid") == batch[i]->oid &&
                   strcmp(pg_text(rows, row, "schema"), batch[i]->name.schema) == 0 &&
                   strcmp(pg_text(rows, row, "name"), batch[i]->name.name) == 0;
        if (!same)
        {
            Error *error = errors_add(errors, ERROR_CHANGED, "%s is not the relation that this run made (OID %u)",
                                      name_qualified(scratch, batch[i]->name), batch[i]->oid);
            error_remedy(error, "somebody renamed or replaced it: look at it, move it away, and run the command again");
            status = STATUS_FAILED;
        }
    }
    talloc_free(scratch);
    return status;
}

/* In the open transaction. */
static Status drop_locked(Run *run, const Relation *const *batch, size_t count, Errors *errors)
{
    if (lock_batch(run, batch, count, errors) != STATUS_OK || verify_batch(run, batch, count, errors) != STATUS_OK)
        return STATUS_FAILED;
    Text *sql = text_new(run);
    for (size_t i = 0; i < count; i++)
        text_addf(sql, "%s;\n",
                  PG_SQL(sql, SQL_RELATION_DROP, {"kind", relation_kind_sql(batch[i]->kind)},
                         {"schema", batch[i]->name.schema}, {"name", batch[i]->name.name}));
    Status status = pg_run(run->control, errors, sql->data);
    talloc_free(sql);
    return status;
}

static Status drop_batch(Run *run, const Relation *const *batch, size_t count, Errors *errors)
{
    if (pg_run(run->control, errors, SQL_TRANSACTION_BEGIN) == STATUS_OK &&
        drop_locked(run, batch, count, errors) == STATUS_OK &&
        pg_run(run->control, errors, SQL_TRANSACTION_COMMIT) == STATUS_OK)
        return STATUS_OK;
    pg_rollback(run->control);
    return STATUS_FAILED;
}

static void add_prepared(Text *text, const PgRows *rows, size_t row, const char *others)
{
    const char *gid = name_literal(text, pg_text(rows, row, "gid"));
    text_addf(text, "the prepared transaction %s (role %s) holds %s since %s%s: end it with COMMIT PREPARED %s or ROLLBACK "
              "PREPARED %s", gid, pg_text(rows, row, "role"), pg_text(rows, row, "relations"),
              pg_text(rows, row, "since"), others, gid, gid);
}

static void add_session(Text *text, const PgRows *rows, size_t row, const char *others)
{
    const char *pid = pg_text(rows, row, "pid");
    const char *since = pg_value(rows, row, "since"); /* NULL: not for this role to see */
    const char *application = pg_text(rows, row, "application");
    const char *state = pg_text(rows, row, "state");
    text_addf(text, "backend %s (%s, role %s", pid, application[0] != '\0' ? application : "without a name",
              pg_text(rows, row, "role"));
    text_addf(text, "%s%s) holds %s", state[0] != '\0' ? ", " : "", state, pg_text(rows, row, "relations"));
    if (since != NULL)
        text_addf(text, " in a transaction open since %s", since);
    text_addf(text, "%s: end it with pg_terminate_backend(%s)", others, pid);
}

static void add_server_process(Text *text, const PgRows *rows, size_t row, const char *others)
{
    const char *pid = pg_text(rows, row, "pid");
    text_addf(text, "backend %s (no session: autovacuum, or another process of the server itself) holds %s%s: it ends by "
              "itself, or a superuser ends it with pg_cancel_backend(%s)", pid, pg_text(rows, row, "relations"), others, pid);
}

static void add_holder(Text *text, const PgRows *rows, size_t row, const char *others)
{
    if (pg_value(rows, row, "gid") != NULL)
        add_prepared(text, rows, row, others);
    else if (pg_boolean(rows, row, "server_process"))
        add_server_process(text, rows, row, others);
    else
        add_session(text, rows, row, others);
}

char *relations_holder_text(const void *context, const PgRows *rows, size_t row)
{
    Text *text = text_new(context);
    add_holder(text, rows, row, "");
    char *holder = talloc_steal(context, text->data);
    talloc_free(text);
    return holder;
}

Status relations_holders(const void *context, PgConnection *control, const char *oids, PgRows **ret_rows,
                         Errors *errors)
{
    return pg_query(context, control, ret_rows, errors, SQL_SWAP_BLOCKERS, 1, &oids);
}

char *relations_blockers(const void *context, PgConnection *control, const char *oids)
{
    PgRows *rows;
    Text *text = text_new(context);
    Errors *ignored = errors_new(text); /* that the lock could not be had is the news */
    size_t count = relations_holders(text, control, oids, &rows, ignored) == STATUS_OK ? pg_row_count(rows) : 0;
    const char *others = count > 1 ? mem_printf(text, " (and %zu more)", count - 1) : "";
    if (count > 0)
        add_holder(text, rows, 0, others);
    char *blockers = count > 0 ? talloc_steal(context, text->data) : NULL;
    talloc_free(text);
    return blockers;
}

static void name_blockers(Run *run, const Relation *const *batch, size_t count, Error *error)
{
    void *scratch = mem_context(run);
    char *blockers = relations_blockers(scratch, run->control, oids_of(scratch, batch, count));
    if (blockers != NULL)
        error_remedy(error, "%s", blockers);
    talloc_free(scratch);
}

/* Tries until the batch is dropped, the patience is over (ERROR_LOCKED), or something else goes wrong. */
static Status drop_batch_patiently(Run *run, const Relation *const *batch, size_t count, double until_ms,
                                   Errors *errors)
{
    for (;;)
    {
        size_t before = errors->count;
        if (drop_batch(run, batch, count, errors) == STATUS_OK)
            return STATUS_OK;
        Error *error = errors->items[before];
        if (error->kind != ERROR_LOCKED)
            return STATUS_FAILED;
        if (stage_clock_ms() >= until_ms || pg_interrupted())
        {
            name_blockers(run, batch, count, error);
            return STATUS_FAILED;
        }
        errors_truncate(errors, before);
        pg_sleep(50);
    }
}

/* Moves those relations that no other remaining one reads to the front; how many they are in *ret_count. */
static Status readers_first(Run *run, const Relation **remaining, size_t count, size_t *ret_count, Errors *errors)
{
    PgRows *rows;
    void *scratch = mem_context(run);
    char *oids = oids_of(scratch, remaining, count);
    Status status =
        pg_query(scratch, run->control, &rows, errors, SQL_RELATIONS_WITHOUT_READERS, 1, (const char *const *) &oids);
    size_t front = 0;
    for (size_t row = 0; status == STATUS_OK && row < pg_row_count(rows); row++)
    {
        size_t at = front;
        while (remaining[at]->oid != pg_oid(rows, row, "oid"))
            at++;
        const Relation *found = remaining[at];
        remaining[at] = remaining[front];
        remaining[front++] = found;
    }
    talloc_free(scratch);
    if (status == STATUS_OK && front == 0)
    {
        errors_add(errors, ERROR_INTERNAL, "the views of a generation read each other in a circle");
        status = STATUS_FAILED;
    }
    *ret_count = front;
    return status;
}

/* How many of the relations from `first` on make a batch: at least one. */
static size_t size_batch(const PgRows *locks, size_t first, size_t count)
{
    int64_t budget = pg_integer(locks, first, "budget") - pg_integer(locks, first, "locks");
    size_t size = 1;
    while (size < batch_size && first + size < count && budget >= pg_integer(locks, first + size, "locks"))
        budget -= pg_integer(locks, first + size++, "locks");
    return size;
}

/* As a DropReady. */
static Status drop_patiently(Run *run, const Relation *const *ready, size_t count, double until_ms, Errors *errors)
{
    PgRows *locks;
    void *scratch = mem_context(run);
    char *oids = oids_of(scratch, ready, count);
    Status status = pg_query(scratch, run->control, &locks, errors, SQL_RELATIONS_LOCKS, 1, (const char *const *) &oids);
    for (size_t done = 0, size = 0; status == STATUS_OK && done < count; done += size)
    {
        size = size_batch(locks, done, count);
        status = drop_batch_patiently(run, ready + done, size, until_ms, errors);
    }
    talloc_free(scratch);
    return status;
}

/* As a DropReady. */
static Status drop_within(Run *run, const Relation *const *ready, size_t count, double until_ms, Errors *errors)
{
    size_t before = errors->count;
    if (drop_locked(run, ready, count, errors) == STATUS_OK)
        return STATUS_OK;
    if (errors->items[before]->kind == ERROR_LOCKED)
        error_remedy(errors->items[before], "somebody reads the generation that is being built: end that transaction, "
                                            "then run the command again");
    return STATUS_FAILED;
}

/* Drops relations that no remaining one reads. */
typedef Status (*DropReady)(Run *run, const Relation *const *ready, size_t count, double until_ms, Errors *errors);

static Status drop_readers_first(Run *run, const Relation *relations, size_t count, DropReady drop, double until_ms,
                                 Errors *errors)
{
    const Relation **all = mem_array(run, const Relation *, count);
    for (size_t i = 0; i < count; i++)
        all[i] = &relations[i];
    const Relation **remaining = all;
    Status status = STATUS_OK;
    while (status == STATUS_OK && count > 0)
    {
        size_t ready;
        status = readers_first(run, remaining, count, &ready, errors);
        if (status == STATUS_OK)
            status = drop(run, remaining, ready, until_ms, errors);
        remaining += status == STATUS_OK ? ready : 0;
        count -= status == STATUS_OK ? ready : 0;
    }
    talloc_free(all);
    return status;
}

Status relations_drop(Run *run, const Relation *relations, size_t count, int64_t patience_ms, Errors *errors)
{
    double until_ms = stage_clock_ms() + (double) patience_ms;
    return drop_readers_first(run, relations, count, drop_patiently, until_ms, errors);
}

Status relations_drop_within(Run *run, const Relation *relations, size_t count, Errors *errors)
{
    return drop_readers_first(run, relations, count, drop_within, 0, errors);
}
