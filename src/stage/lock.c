/*
 * Advisory locks: who works on a set, and which workers of a dead run are still at it.
 * https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
#include <inttypes.h>
#include <string.h>

#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "stage_internal.h"

/* A terminated backend ends its statement at the next interrupt check; foreign reads may take their time. */
static const int fence_patience_ms = 30000;
static const int pause_ms = 50;

static uint64_t fnv1a(uint64_t hash, const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        hash = (hash ^ (unsigned char) *c) * UINT64_C(1099511628211);
    return (hash ^ 0xFF) * UINT64_C(1099511628211); /* a separator that no UTF-8 text contains */
}

char *lock_key(const void *context, const char *word, const char *name)
{
    uint64_t hash = fnv1a(fnv1a(fnv1a(UINT64_C(14695981039346656037), "matswap"), word), name);
    int64_t key;
    memcpy(&key, &hash, sizeof key);
    return mem_printf(context, "%" PRId64, key);
}

char *lock_fence_sql(const void *context, const char *set)
{
    char *key = lock_key(context, "fence", set);
    return PG_SQL(context, SQL_LOCK_FENCE_SHARED, {"key", key});
}

static Status try_lock(Run *run, const char *key, bool *ret_locked, Errors *errors)
{
    PgRows *rows;
    if (pg_query(run, run->control, &rows, errors, SQL_LOCK_TRY_EXCLUSIVE, 1, &key) != STATUS_OK)
        return STATUS_FAILED;
    *ret_locked = pg_boolean(rows, 0, "locked");
    talloc_free(rows);
    return STATUS_OK;
}

static Status holders(Run *run, const char *key, PgRows **ret_rows, Errors *errors)
{
    return pg_query(run, run->control, ret_rows, errors, SQL_LOCK_HOLDERS, 1, &key);
}

/* Adds ERROR_BUSY for `what`, naming the sessions that hold `key`. */
static Status report_busy(Run *run, const char *key, const char *what, Errors *errors)
{
    PgRows *rows;
    if (holders(run, key, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    Text *who = text_new(rows);
    for (size_t i = 0; i < pg_row_count(rows); i++)
        text_addf(who, "%sbackend %s (%s, role %s, from %s, since %s)", i > 0 ? ", " : "", pg_text(rows, i, "pid"),
                  pg_text(rows, i, "application"), pg_text(rows, i, "usename"), pg_text(rows, i, "client"),
                  pg_text(rows, i, "since"));
    Error *error = errors_add(errors, ERROR_BUSY, "%s is held by another run: %s", what,
                              who->length > 0 ? who->data : "it went away just now");
    error_remedy(error, "wait for it to end, or look at `matswap status`");
    talloc_free(rows);
    return STATUS_FAILED;
}

static Status lock_or_busy(Run *run, const char *key, const char *what, int patience_ms, Errors *errors)
{
    for (int waited = 0;; waited += pause_ms)
    {
        bool locked;
        if (try_lock(run, key, &locked, errors) != STATUS_OK)
            return STATUS_FAILED;
        if (locked)
            return STATUS_OK;
        if (waited >= patience_ms || pg_interrupted())
            return report_busy(run, key, what, errors);
        pg_sleep(pause_ms);
    }
}

/* Ends exactly the backends that hold the set's fence: we hold the set's lock, so no living run owns them. */
static Status end_fenced_backends(Run *run, const char *key, Errors *errors)
{
    PgRows *rows;
    if (holders(run, key, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    Status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < pg_row_count(rows); i++)
    {
        const char *pid = pg_text(rows, i, "pid");
        PgRows *ignored;
        report_line(run->report, "fence", "ending backend %s (%s) of a run that died", pid,
                    pg_text(rows, i, "application"));
        status = pg_query(rows, run->control, &ignored, errors, SQL_LOCK_TERMINATE_HOLDER, 1, &pid);
    }
    talloc_free(rows);
    return status;
}

Status lock_raise_fence(Run *run, Errors *errors)
{
    char *key = lock_key(run, "fence", run->config->set);
    Status status = end_fenced_backends(run, key, errors);
    if (status == STATUS_OK)
        status = lock_or_busy(run, key, "the fence of the set (workers of a run that died)", fence_patience_ms, errors);
    if (status == STATUS_OK)
    {
        PgRows *rows;
        status = pg_query(run, run->control, &rows, errors, SQL_LOCK_UNLOCK, 1, (const char *const *) &key);
        if (status == STATUS_OK)
            talloc_free(rows);
    }
    talloc_free(key);
    return status;
}

Status lock_set(Run *run, int patience_ms, Errors *errors)
{
    char *key = lock_key(run, "set", run->config->set);
    char *what = mem_printf(key, "the set %s", run->config->set);
    Status status = lock_or_busy(run, key, what, patience_ms, errors);
    talloc_free(key);
    return status == STATUS_OK && !run->options.look_only ? lock_raise_fence(run, errors) : status;
}

static Status lock_schema(Run *run, const char *schema, Errors *errors)
{
    char *key = lock_key(run, "schema", schema);
    char *what = mem_printf(key, "the schema %s", schema);
    Status status = lock_or_busy(run, key, what, 0, errors);
    talloc_free(key);
    return status;
}

Status lock_schemas(Run *run, Errors *errors)
{
    for (size_t i = 0; i < run->plan->schema_count; i++)
        if (lock_schema(run, run->plan->schemas[i].incoming, errors) != STATUS_OK ||
            lock_schema(run, run->plan->schemas[i].outgoing, errors) != STATUS_OK)
            return STATUS_FAILED;
    return STATUS_OK;
}
