/*
 * Everything of a swap that can be done before its first lock: statements are made, catalog caches filled, the
 * comparison under the locks is parsed, the observer's connection is opened.
 */
#include <time.h>
#include <unistd.h>

#include "array.h"
#include "matswap/json.h"
#include "matswap/memory.h"
#include "matswap/name.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "records.h"
#include "swap_internal.h"

/* The server takes fewer than 8000 bytes, in its own encoding: https://www.postgresql.org/docs/current/sql-notify.html */
static const size_t longest_payload = 3500;

static const char *const verify_name = "matswap_surroundings";
static const char *const look_name = "matswap_look";

/* The live relations, the views to rebind, and, for a rollback, those that readers may have found in the outgoing schema. */
static Status warm_caches(Swap *swap, Errors *errors)
{
    const SwapPlan *plan = swap->plan;
    PgRows *rows;
    void *scratch = mem_context(swap);
    uint32_t *touched = mem_array(scratch, uint32_t, plan->lock_count + plan->new_count);
    for (size_t i = 0; i < plan->lock_count; i++)
        touched[i] = plan->locks[i].oid;
    for (size_t i = 0; i < plan->new_count; i++)
        touched[plan->lock_count + i] = plan->new_oids[i];
    char *oids = array_of_oids(scratch, touched, plan->lock_count + plan->new_count);
    Status status = pg_query(scratch, swap->run->control, &rows, errors, SQL_SWAP_WARM, 1, (const char *const *) &oids);
    talloc_free(scratch);
    return status;
}

/* ---- statements ------------------------------------------------------------------------------------------- */

static void append(Swap *swap, const char *sql, const char *object)
{
    PgOrigin origin = {.object = object};
    size_t same = swap->statement_count;
    MEM_PUSH(swap, swap->statements, same, sql);
    MEM_PUSH(swap, swap->origins, swap->statement_count, origin);
}

static const char *literal_or_null(const void *context, const char *value)
{
    return value == NULL ? "NULL" : name_literal(context, value);
}

/* Names of what the swap publishes; NULL when a payload could not hold them. */
static char *published_views(const void *context, const JournalRun *record)
{
    Text *json = text_new(context);
    text_add(json, "[");
    for (size_t i = 0; i < record->view_count && json->length <= longest_payload; i++)
    {
        if (!journal_view_moves_in(&record->views[i]))
            continue;
        json_element(json, name_qualified(json, record->views[i].name));
    }
    json_end_array(json);
    return json->length <= longest_payload ? json->data : NULL;
}

/* docs/hooks.md describes it: keys may be added, and none goes. */
static char *notification(const void *context, const JournalRun *record)
{
    Text *payload = text_new(context);
    text_add(payload, "{");
    json_string(payload, "set", record->set);
    json_string(payload, "run", record->run);
    json_string(payload, "snapshot_at", record->snapshot_at);
    json_bool(payload, "is_rollback", record->is_rollback);
    json_value(payload, "views", published_views(payload, record));
    json_end_object(payload);
    return payload->data;
}

static void append_notification(Swap *swap)
{
    char *payload = notification(swap, swap->run->record);
    append(swap, PG_SQL(swap, SQL_SWAP_NOTIFY, {"channel", swap->run->config->notify}, {"payload", payload}), NULL);
}

static void make_statements(Swap *swap)
{
    const SwapPlan *plan = swap->plan;
    const JournalRun *record = swap->run->record;
    swap->lock_sql = mem_array(swap, const char *, plan->lock_count);
    for (size_t i = 0; i < plan->lock_count; i++)
        swap->lock_sql[i] = relation_lock_sql(swap, &plan->locks[i]);
    for (size_t i = 0; i < plan->statement_count; i++)
        append(swap, plan->statements[i], plan->origins[i].object);
    append(swap,
           PG_SQL(swap, SQL_GENERATION_INSERT, {"run", record->run}, {"set", record->set},
                  {"snapshot", literal_or_null(swap, record->snapshot)},
                  {"wal_lsn", literal_or_null(swap, record->wal_lsn)},
                  {"snapshot_at", literal_or_null(swap, record->snapshot_at)},
                  {"views", generation_views_json(swap, swap->run)}),
           "matswap.generation");
    if (swap->run->config->notify != NULL)
        append_notification(swap);
}

/* Parses a query on a connection; *ret_sql executes it. */
static Status prepare(Swap *swap, PgConnection *connection, const char *name, const char *query, const char *arguments,
                      const char **ret_sql, Errors *errors)
{
    char *sql = PG_SQL(swap, SQL_SWAP_PREPARE, {"name", name}, {"statement", query});
    *ret_sql = PG_SQL(swap, SQL_SWAP_EXECUTE, {"name", name}, {"arguments", arguments});
    return pg_run(connection, errors, sql);
}

Status swap_check_fingerprint(const Swap *swap, const char *now, Errors *errors)
{
    const Run *run = swap->run;
    char *before = mem_printf(swap, "%s %s", run->surroundings, run->preflight->dependents);
    if (text_equal(now, before))
        return STATUS_OK;
    Error *error = errors_add(errors, ERROR_CHANGED,
                              "somebody changed the live views, their privileges, comments or indexes, or an object "
                              "that depends on them, while the new generation was built");
    error_remedy(error, "nothing was swapped; run `matswap run` again, and it takes the change along");
    return STATUS_FAILED;
}

static Status set_plan_cache_mode(Run *run, const char *mode, Errors *errors)
{
    PgRows *rows;
    const char *parameters[] = {"plan_cache_mode", mode};
    return pg_query(run, run->control, &rows, errors, SQL_SET_SETTING, 2, parameters);
}

/*
 * Executed once before the locks: then it is planned, what it reads is cached, and what has changed by now costs nobody a
 * lock.  https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-PLAN-CACHE-MODE
 */
static Status prepare_comparison(Swap *swap, Errors *errors)
{
    Run *run = swap->run;
    const char **parameters = dependents_fingerprint_parameters(swap, run);
    Text *arguments = text_new(swap);
    PgRows *rows;
    for (size_t i = 0; i < DEPENDENTS_FINGERPRINT_PARAMETERS; i++)
        text_addf(arguments, "%s%s", i > 0 ? ", " : "", name_literal(swap, parameters[i]));
    const char *sql = PG_SQL(swap, SQL_SWAP_COMPARE, {"surroundings", SQL_SWAP_SURROUNDINGS},
                             {"dependents", SQL_DEPENDENTS_FINGERPRINT});
    if (set_plan_cache_mode(run, "force_generic_plan", errors) != STATUS_OK)
        return STATUS_FAILED;
    Status status = prepare(swap, run->control, verify_name, sql, arguments->data, &swap->verify_sql, errors);
    swap->prepared = status == STATUS_OK;
    if (status == STATUS_OK)
        status = pg_run_rows(swap, run->control, &rows, errors, swap->verify_sql, (PgOrigin){0});
    return status == STATUS_OK ? swap_check_fingerprint(swap, pg_text(rows, 0, "fingerprint"), errors) : status;
}

/* ---- the observer ----------------------------------------------------------------------------------------- */

static Status open_observer(Swap *swap, Errors *errors)
{
    PgOptions options = {.config = swap->run->config};
    if (pg_connect(swap, options, "observer", &swap->observer, errors) != STATUS_OK)
        return STATUS_FAILED;
    char *arguments = mem_printf(swap, "%s, %d", name_literal(swap, swap->contention.oids),
                                 pg_backend_pid(swap->run->control));
    return prepare(swap, swap->observer, look_name, SQL_SWAP_LOOK, arguments, &swap->look_sql, errors);
}

/* Where there is no connection left for it, a try gives all its locks back at the first that it cannot have. */
static Status try_observer(Swap *swap, Errors *errors)
{
    Errors *failure = errors_new(swap);
    if (swap->order.count == 0 || open_observer(swap, failure) == STATUS_OK)
        return STATUS_OK;
    if (errors_have(failure, ERROR_CANCELLED))
    {
        errors_move(errors, failure);
        return STATUS_FAILED;
    }
    report_detail(swap->run->report, "locks", "without an observer: %s", error_format(failure, failure->items[0]));
    swap_lose_observer(swap);
    talloc_free(failure);
    return STATUS_OK;
}

void swap_lose_observer(Swap *swap)
{
    talloc_free(swap->observer);
    swap->observer = NULL;
}

/* ---- limits ----------------------------------------------------------------------------------------------- */

Status swap_limits(const void *context, Run *run, SwapLimits *ret_limits, Errors *errors)
{
    PgRows *rows;
    const Config *config = run->config;
    if (pg_query(context, run->control, &rows, errors, SQL_SWAP_SESSION, 0, NULL) != STATUS_OK)
        return STATUS_FAILED;
    SwapLimits limits = {.deadlock_timeout_ms = (double) pg_integer(rows, 0, "deadlock_timeout"),
                         .superuser = pg_boolean(rows, 0, "superuser"),
                         .may_signal = pg_boolean(rows, 0, "may_signal"),
                         .standbys = pg_integer(rows, 0, "standbys")};
    limits.longest_ms = limits.deadlock_timeout_ms / 2;
    limits.clamped = limits.longest_ms < config->lock_timeout_to_ms;
    if (!limits.clamped)
        limits.longest_ms = config->lock_timeout_to_ms;
    *ret_limits = limits;
    talloc_free(rows);
    return STATUS_OK;
}

Status swap_check_limits(Run *run, Errors *errors)
{
    SwapLimits limits;
    const Config *config = run->config;
    if (swap_limits(run, run, &limits, errors) != STATUS_OK)
        return STATUS_FAILED;
    void *scratch = mem_context(run);
    if (limits.clamped)
        report_warning(run->report, "lock_timeout ends at %s, but a try of the swap ends after %s, half of the server's "
                       "deadlock_timeout: were it longer, a reader could be the victim of a deadlock with it",
                       report_duration(scratch, config->lock_timeout_to_ms),
                       report_duration(scratch, limits.longest_ms));
    if ((config->on_blocked == ON_BLOCKED_CANCEL || config->on_blocked == ON_BLOCKED_TERMINATE) && !limits.may_signal)
        report_warning(run->report, "on_blocked = %s reaches only sessions of the role %s itself; GRANT pg_signal_backend "
                       "TO %s", config->on_blocked == ON_BLOCKED_CANCEL ? "cancel" : "terminate",
                       name_quote(scratch, run->preflight->role), name_quote(scratch, run->preflight->role));
    if (limits.standbys > 0 && run->options.look_only)
        report_line(run->report, "standbys", "%lld replay the swap's locks: max_standby_streaming_delay = 200ms there "
                    "bounds what their readers notice (its default lets one wait for 30 s)",
                    (long long) limits.standbys);
    talloc_free(scratch);
    return STATUS_OK;
}

/* ---- all of it -------------------------------------------------------------------------------------------- */

Status swap_prepare(Swap *swap, Errors *errors)
{
    /* jitter that two runs do not share */
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    swap->random = (uint64_t) now.tv_nsec << 20 ^ (uint64_t) now.tv_sec ^ (uint64_t) getpid() << 40;
    lock_order_init(swap, swap->plan->lock_count, &swap->order);
    contention_init(swap);
    make_statements(swap);
    if (audit_swap_sql(swap->run, swap, &swap->audit_sql, errors) != STATUS_OK ||
        swap_limits(swap, swap->run, &swap->limits, errors) != STATUS_OK || warm_caches(swap, errors) != STATUS_OK ||
        prepare_comparison(swap, errors) != STATUS_OK)
        return STATUS_FAILED;
    double from_ms = swap->run->config->lock_timeout_from_ms;
    swap->patience_ms = from_ms < swap->limits.longest_ms ? from_ms : swap->limits.longest_ms;
    return try_observer(swap, errors);
}

void swap_unprepare(Swap *swap)
{
    PgConnection *control = swap->run->control;
    swap_lose_observer(swap);
    if (!swap->prepared || control == NULL || !pg_alive(control))
        return;
    Errors *ignored = errors_new(swap); /* it ends with the session, too */
    pg_signals_hold();
    if (pg_run(control, ignored, PG_SQL(ignored, SQL_SWAP_DEALLOCATE, {"name", verify_name})) != STATUS_OK ||
        set_plan_cache_mode(swap->run, "auto", ignored) != STATUS_OK)
        errors_truncate(ignored, 0);
    pg_signals_release();
    talloc_free(ignored);
}
