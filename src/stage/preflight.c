#include "preflight_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/pg.h"
#include "pg_sql.h"
#include "stage_internal.h"

/* From 16 on each membership says whether it inherits and allows SET ROLE, before that the member does:
 * https://www.postgresql.org/docs/current/role-membership.html */
static bool membership_says(int server_version)
{
    return server_version >= 160000;
}

const char *stage_set_role_privilege(int server_version)
{
    return membership_says(server_version) ? "SET" : "MEMBER";
}

const char *preflight_set_role_privilege(const Run *run)
{
    return stage_set_role_privilege(pg_server_version(run->control));
}

Error *stage_advise_membership(Error *error, int server_version, const char *member, bool inherits, const char *granted)
{
    void *scratch = mem_context(NULL);
    char *role = name_quote(scratch, member);
    char *group = name_quote(scratch, granted);
    bool by_grant = membership_says(server_version);
    error_grant(error, "GRANT %s TO %s%s", group, role, by_grant ? " WITH INHERIT TRUE, SET TRUE" : "");
    if (!by_grant && !inherits)
    {
        error_statement(error, "ALTER ROLE %s INHERIT", role);
        error_remedy(error, "GRANT %s TO %s; ALTER ROLE %s INHERIT", group, role, role);
    }
    talloc_free(scratch);
    return error;
}

Error *preflight_advise_membership(Error *error, const Run *run, const char *granted)
{
    return stage_advise_membership(error, pg_server_version(run->control), run->preflight->role, run->preflight->inherits,
                                   granted);
}

Error *preflight_refuse(Errors *errors, const char *object, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = memory_checked(talloc_vasprintf(NULL, format, arguments));
    va_end(arguments);
    Error *error = error_object(errors_add(errors, ERROR_REFUSED, "%s", message), object);
    talloc_free(message);
    return error;
}

uint32_t *preflight_live_oids(const void *context, const Run *run, size_t *ret_count)
{
    uint32_t *oids = mem_array(context, uint32_t, run->plan->view_count);
    size_t count = 0;
    for (size_t i = 0; i < run->plan->view_count; i++)
        if (run->preflight->live[i].oid != 0)
            oids[count++] = run->preflight->live[i].oid;
    *ret_count = count;
    return oids;
}

uint32_t *preflight_outgoing_oids(const void *context, const Run *run, size_t *ret_count)
{
    size_t live_count;
    uint32_t *oids = former_leaving_oids(context, run, ret_count);
    const uint32_t *live = preflight_live_oids(oids, run, &live_count);
    for (size_t i = 0; i < live_count; i++)
        MEM_PUSH(context, oids, *ret_count, live[i]);
    return oids;
}

/* ---- the session ------------------------------------------------------------------------------------------ */

static void check_writable(const Run *run, const PreflightScratch *scratch, const PgRows *rows, Errors *errors)
{
    char *database = name_quote(scratch, run->preflight->database);
    if (pg_boolean(rows, 0, "in_recovery"))
        error_remedy(preflight_refuse(errors, database, "the server of database %s is a hot standby", database),
                     "connect to the primary, or add target_session_attrs=read-write to conninfo");
    else if (pg_boolean(rows, 0, "read_only"))
        error_remedy(preflight_refuse(errors, database, "default_transaction_read_only is on in database %s for role "
                                      "%s", database, name_quote(scratch, run->preflight->role)),
                     "ALTER ROLE %s SET default_transaction_read_only = off",
                     name_quote(scratch, run->preflight->role));
}

static Status check_session(Run *run, PreflightScratch *scratch, Errors *errors)
{
    Preflight *preflight = run->preflight;
    PgRows *rows = NULL;
    if (pg_query(scratch, run->control, &rows, errors, SQL_PREFLIGHT_SESSION, 0, NULL) != STATUS_OK)
        return STATUS_FAILED;
    preflight->role = mem_strdup(preflight, pg_text(rows, 0, "role"));
    preflight->database = mem_strdup(preflight, pg_text(rows, 0, "database"));
    preflight->superuser = pg_boolean(rows, 0, "superuser");
    preflight->inherits = pg_boolean(rows, 0, "inherits");
    scratch->may_create_schema = pg_boolean(rows, 0, "may_create_schema");
    scratch->lock_slots = pg_integer(rows, 0, "lock_slots");
    scratch->locks_per_transaction = pg_integer(rows, 0, "locks_per_transaction");
    check_writable(run, scratch, rows, errors);
    return run_system_identifier(preflight, run->control, pg_boolean(rows, 0, "may_read_control"),
                                 &preflight->system_identifier, errors);
}

/* ---- the live relations ----------------------------------------------------------------------------------- */

static Error *at_view(Error *error, const PlanView *view)
{
    return view == NULL ? error : error_at(error, view->create->file->path, view->create->line, view->create->column);
}

/* Only views, and tables that are imports, are ever replaced. */
static bool check_kind(const PlanView *view, const char *name, const char *relkind, Errors *errors)
{
    const char *word = relation_kind_word(relkind);
    if (word == NULL || relation_kind(relkind) == VIEW_IMPORT) /* a table: preflight_may_replace */
        return true;
    error_remedy(at_view(preflight_refuse(errors, name, "%s is a%s %s in the database, not a view, and is never "
                                          "replaced", name, word[0] == 'i' ? "n" : "", word), view),
                 "give the view another name, or rename or drop the %s yourself", word);
    return false;
}

static void check_owner(const Run *run, const PlanView *view, const char *name, const PgRows *rows, size_t row,
                        Errors *errors)
{
    if (pg_boolean(rows, row, "may_become_owner") && pg_boolean(rows, row, "acts_as_owner"))
        return;
    void *scratch = mem_context(NULL);
    char *role = name_quote(scratch, run->preflight->role);
    char *owner = name_quote(scratch, pg_text(rows, row, "owner"));
    at_view(preflight_advise_membership(
                preflight_refuse(errors, name, "%s is owned by %s, and role %s may not act for it", name, owner, role),
                run, pg_text(rows, row, "owner")),
            view);
    talloc_free(scratch);
}

/* Owners can revoke their own rights; the live generation is measured as them (reading_role in validate.c). */
static void check_readable(const Run *run, const PlanView *view, const LiveView *live, const char *name,
                           const PgRows *rows, size_t row, Errors *errors)
{
    bool measured = view_kind_is_stored(view->kind) && (live->kind == VIEW_ORDINARY || live->populated);
    if (!measured || pg_boolean(rows, row, "owner_reads") ||
        (run->preflight->superuser && view_kind_is_stored(live->kind)))
        return;
    char *owner = name_quote(errors, live->owner);
    error_grant(at_view(preflight_refuse(errors, name, "%s can't be compared with the new generation: its owner %s "
                                         "may not read it", name, owner), view),
                "GRANT SELECT ON %s TO %s", name, owner);
    talloc_free(owner);
}

static void check_extension(const PlanView *view, ViewKind kind, const char *name, const char *extension,
                            Errors *errors)
{
    char *quoted = name_quote(errors, extension);
    error_remedy(at_view(preflight_refuse(errors, name, "%s belongs to extension %s", name, quoted), view),
                 "take it out of the set, or ALTER EXTENSION %s DROP %s %s", quoted, relation_kind_sql(kind), name);
    talloc_free(quoted);
}

void preflight_check_live(const Run *run, const PlanView *view, const char *name, const PgRows *rows, size_t row,
                          LiveView *live, Errors *errors)
{
    *live = (LiveView){.oid = pg_oid(rows, row, "oid"),
                       .kind = relation_kind(pg_text(rows, row, "relkind")),
                       .owner = mem_strdup(run->preflight, pg_text(rows, row, "owner")),
                       .bytes = pg_integer(rows, row, "bytes")};
    live->populated = view_kind_is_stored(live->kind) && pg_boolean(rows, row, "populated");
    check_owner(run, view, name, rows, row, errors);
    if (view != NULL)
        check_readable(run, view, live, name, rows, row, errors);
    if (pg_value(rows, row, "extension") != NULL)
        check_extension(view, live->kind, name, pg_text(rows, row, "extension"), errors);
}

static void check_live(Run *run, PreflightScratch *scratch, size_t index, const PgRows *rows, size_t row,
                       Errors *errors)
{
    const PlanView *view = run->plan->views[index];
    char *name = name_qualified(scratch, view->name);
    const char *relkind = pg_text(rows, row, "relkind");
    if (!check_kind(view, name, relkind, errors) ||
        (relation_kind(relkind) == VIEW_IMPORT &&
         !preflight_may_replace(run, scratch, view, name, pg_oid(rows, row, "oid"), errors)))
        return;
    preflight_check_live(run, view, name, rows, row, &run->preflight->live[index], errors);
    scratch->index_counts[index] = pg_integer(rows, row, "index_count");
}

/* Rebuilt views read these where they are. */
static void check_kept(PreflightScratch *scratch, const uint32_t *oids, const PgRows *rows, const size_t *row_of,
                       Errors *errors)
{
    for (size_t i = 0; i < scratch->kept_count; i++)
    {
        const PlanView *view = scratch->kept[i];
        char *name = name_qualified(scratch, view->name);
        scratch->kept_oids[i] = oids[i];
        if (oids[i] == 0)
            error_remedy(at_view(preflight_refuse(errors, name, "%s is read by views to be rebuilt, is not rebuilt "
                                                  "itself, and does not exist in the database", name), view),
                         "add it to --only");
        else if (pg_text(rows, row_of[i], "relkind")[0] == 'm' && !pg_boolean(rows, row_of[i], "populated"))
            error_remedy(at_view(preflight_refuse(errors, name, "%s is read by views to be rebuilt, is not rebuilt "
                                                  "itself, and has never been populated", name), view),
                         "add it to --only");
    }
}

static void find_kept(const Run *run, PreflightScratch *scratch)
{
    for (size_t k = 0; k < run->plan->kept_count; k++)
    {
        const PlanView *kept = run->plan->kept[k];
        bool read = false;
        for (size_t i = 0; i < run->plan->view_count && !read; i++)
            for (size_t r = 0; r < run->plan->views[i]->read_count && !read; r++)
                read = run->plan->views[i]->reads[r].view == kept;
        if (read)
            MEM_PUSH(scratch, scratch->kept, scratch->kept_count, kept);
    }
    scratch->kept_oids = mem_array(scratch, uint32_t, scratch->kept_count);
}

static Status check_relations(Run *run, PreflightScratch *scratch, Errors *errors)
{
    const Plan *plan = run->plan;
    find_kept(run, scratch);
    size_t count = plan->view_count + scratch->kept_count;
    const char **schemas = mem_array(scratch, const char *, count);
    const char **names = mem_array(scratch, const char *, count);
    for (size_t i = 0; i < count; i++)
    {
        const PlanView *view = i < plan->view_count ? plan->views[i] : scratch->kept[i - plan->view_count];
        schemas[i] = view->name.schema;
        names[i] = view->name.name;
    }
    const char *parameters[] = {array_of_texts(scratch, schemas, count), array_of_texts(scratch, names, count),
                                preflight_set_role_privilege(run)};
    PgRows *rows = NULL;
    if (pg_query(scratch, run->control, &rows, errors, SQL_PREFLIGHT_LIVE, 3, parameters) != STATUS_OK)
        return STATUS_FAILED;
    if (preflight_find_published(run, scratch, rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    uint32_t *kept_oids = mem_array(scratch, uint32_t, scratch->kept_count);
    size_t *kept_rows = mem_array(scratch, size_t, scratch->kept_count);
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        size_t index = (size_t) pg_integer(rows, row, "position") - 1;
        if (index < plan->view_count)
            check_live(run, scratch, index, rows, row, errors);
        else
        {
            kept_oids[index - plan->view_count] = pg_oid(rows, row, "oid");
            kept_rows[index - plan->view_count] = row;
        }
    }
    check_kept(scratch, kept_oids, rows, kept_rows, errors);
    return STATUS_OK;
}

/* ---- locks ------------------------------------------------------------------------------------------------ */

static int64_t indexes_of(const Run *run, const PreflightScratch *scratch, size_t position)
{
    const PlanView *view = run->plan->views[position];
    int64_t indexes = 0;
    for (size_t s = 0; s < view->statement_count; s++)
        indexes += view->statements[s].phase == SQL_INDEX;
    return indexes > scratch->index_counts[position] ? indexes : scratch->index_counts[position];
}

/*
 * The rehearsal holds the most: a materialized view that it creates, its TOAST table and that one's index, the
 * live relation it is compared with and one more for what it reads; each index; an ordinary view and its live one.
 * The swap needs two locks for each view (SET SCHEMA locks no index), and two for each relation that is rebound
 * or has a rule, policy, default or trigger that is; a function needs three.
 */
static int64_t locks_needed(const Run *run, const PreflightScratch *scratch)
{
    int64_t needed = 16 + 2 * (int64_t) (run->preflight->rebind_lock_count + run->former_count) +
                     3 * (int64_t) run->preflight->rebind_count;
    for (size_t i = 0; i < run->plan->view_count; i++)
        needed += (view_kind_is_stored(run->plan->views[i]->kind) ? 5 : 2) + indexes_of(run, scratch, i);
    return needed;
}

/* That of a resumed run also drops what is there: relation, TOAST table and that one's index, indexes. */
static int64_t locks_to_drop(const Run *run, const PreflightScratch *scratch)
{
    int64_t needed = 0;
    for (size_t i = 0; run->record != NULL && i < run->record->view_count; i++)
    {
        const JournalView *view = &run->record->views[i];
        const PlanView *planned = plan_find(run->plan, view->name);
        if (view->status != VIEW_PLANNED && !journal_view_leaves(view))
            needed += (view_kind_is_stored(view->kind) ? 3 : 1) +
                      (planned == NULL ? 0 : indexes_of(run, scratch, planned->index));
    }
    return needed;
}

/* At most half of the lock table: the rest is everybody else's. */
static void check_locks(const Run *run, const PreflightScratch *scratch, Errors *errors)
{
    int64_t needed = locks_needed(run, scratch);
    int64_t capacity = scratch->lock_slots * scratch->locks_per_transaction;
    run->preflight->room_to_resume = 2 * (needed + locks_to_drop(run, scratch)) <= capacity;
    if (2 * needed <= capacity)
        return;
    error_remedy(preflight_refuse(errors, "max_locks_per_transaction", "the set of %zu views needs about %" PRId64
                                  " locks in one transaction, more than half of the server's lock table of %" PRId64,
                                  run->plan->view_count, needed, capacity),
                 "ALTER SYSTEM SET max_locks_per_transaction = %" PRId64 " and restart the server",
                 (2 * needed + scratch->lock_slots - 1) / scratch->lock_slots);
}

/* ---- all of it -------------------------------------------------------------------------------------------- */

static Preflight *preflight_new(Run *run)
{
    Preflight *preflight = mem_new(run, Preflight);
    preflight->advice = errors_new(preflight);
    preflight->live = mem_array(preflight, LiveView, run->plan->view_count);
    preflight->incoming = mem_array(preflight, ShadowSchema, run->plan->schema_count);
    preflight->outgoing = mem_array(preflight, ShadowSchema, run->plan->schema_count);
    return preflight;
}

static Status check_everything(Run *run, PreflightScratch *scratch, Errors *errors)
{
    size_t before = errors->count;
    PgRows *rows = NULL;
    if (pg_query(scratch, run->control, &rows, errors, SQL_PREFLIGHT_BEGIN, 0, NULL) != STATUS_OK
        || check_session(run, scratch, errors) != STATUS_OK
        || preflight_records(run, scratch, errors) != STATUS_OK
        || preflight_audit(run, errors) != STATUS_OK
        || preflight_schemas(run, scratch, errors) != STATUS_OK
        || check_relations(run, scratch, errors) != STATUS_OK
        || preflight_former(run, scratch, errors) != STATUS_OK
        || preflight_imports(run, scratch, errors) != STATUS_OK
        || preflight_clashes(run, errors) != STATUS_OK
        || preflight_externals(run, scratch, errors) != STATUS_OK
        || dependents_find(run, run->preflight, errors) != STATUS_OK
        || preflight_find_retired(run, scratch, errors) != STATUS_OK
        || preflight_kept(run, scratch, errors) != STATUS_OK
        || preflight_space(run, scratch, errors) != STATUS_OK)
        return STATUS_FAILED;
    check_locks(run, scratch, errors);
    return preflight_privileges(run, errors_since(errors, before) == STATUS_OK, errors);
}

/* What the files refer to and nobody has, and the room for it; the rest of the preflight's news is not asked for. */
static Status check_references(Run *run, PreflightScratch *scratch, Errors *errors)
{
    PgRows *rows = NULL;
    Errors *unasked = errors_new(scratch);
    if (pg_query(scratch, run->control, &rows, errors, SQL_PREFLIGHT_BEGIN, 0, NULL) != STATUS_OK)
        return STATUS_FAILED;
    if (check_session(run, scratch, unasked) == STATUS_OK && preflight_records(run, scratch, unasked) == STATUS_OK &&
        check_relations(run, scratch, unasked) == STATUS_OK)
    {
        errors_truncate(run->preflight->advice, 0);
        if (preflight_externals(run, scratch, errors) != STATUS_OK ||
            preflight_find_retired(run, scratch, errors) != STATUS_OK)
            return STATUS_FAILED;
        return preflight_space(run, scratch, errors);
    }
    errors_move(errors, unasked);
    return STATUS_FAILED;
}

static Status look(Run *run, Status (*check)(Run *, PreflightScratch *, Errors *), Errors *errors)
{
    size_t before = errors->count;
    PreflightScratch *scratch = mem_new(NULL, PreflightScratch);
    scratch->index_counts = mem_array(scratch, int64_t, run->plan->view_count);
    run->preflight = preflight_new(run);
    Status status = check(run, scratch, errors);
    pg_rollback(run->control);
    talloc_free(scratch);
    return status == STATUS_OK ? errors_since(errors, before) : status;
}

Status stage_preflight(Run *run, Errors *errors)
{
    return look(run, check_everything, errors);
}

Status stage_check_references(Run *run, Errors *errors)
{
    return look(run, check_references, errors);
}
