/*
 * foreign.c: which views read which foreign server, and which of them are built together.
 *
 * postgres_fdw has one remote transaction, and so one remote snapshot, per local transaction and user mapping:
 * https://www.postgresql.org/docs/current/postgres-fdw.html#POSTGRES-FDW-TRANSACTION-MANAGEMENT
 */
#include "foreign.h"

#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "preflight_internal.h"

static ForeignRead read_row(const void *context, const PgRows *rows, size_t row)
{
    return (ForeignRead){
        .position = (size_t) pg_integer(rows, row, "position") - 1,
        .server = mem_strdup(context, pg_text(rows, row, "server")),
        .wrapper = mem_strdup(context, pg_text(rows, row, "wrapper")),
        .table = {mem_strdup(context, pg_text(rows, row, "schema")), mem_strdup(context, pg_text(rows, row, "name"))},
        .role = mem_strdup(context, pg_text(rows, row, "role")),
        .mapping = pg_oid(rows, row, "mapping"),
        .direct = pg_boolean(rows, row, "direct"),
        .entry = {mem_strdup(context, pg_text(rows, row, "entry_schema")),
                  mem_strdup(context, pg_text(rows, row, "entry"))},
        .entry_role = mem_strdup(context, pg_text(rows, row, "entry_role")),
        .is_program = pg_boolean(rows, row, "is_program"),
    };
}

Status foreign_find(const Run *run, const void *context, OidList roots, OidList own, ForeignReads *ret_reads,
                    Errors *errors)
{
    ForeignReads reads = {0};
    const char *parameters[] = {array_of_oids(context, roots.oids, roots.count),
                                array_of_oids(context, own.oids, own.count), preflight_set_role_privilege(run)};
    PgRows *rows;
    if (pg_query(context, run->control, &rows, errors, SQL_FOREIGN_READS, 3, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        ForeignRead read = read_row(context, rows, row);
        MEM_PUSH(context, reads.items, reads.count, read);
    }
    talloc_free(rows);
    *ret_reads = reads;
    return STATUS_OK;
}

Status foreign_names(const Run *run, const void *context, const char ***ret_names, size_t *ret_count, Errors *errors)
{
    uint32_t *oids = mem_array(context, uint32_t, run->record->view_count);
    size_t oid_count = 0;
    const char **names = NULL;
    size_t count = 0;
    ForeignReads reads;
    for (size_t i = 0; i < run->record->view_count; i++)
        if (run->record->views[i].new_oid != 0)
            oids[oid_count++] = run->record->views[i].new_oid;
    OidList built = {oids, oid_count};
    if (foreign_find(run, context, built, built, &reads, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < reads.count; i++)
    {
        char *name = name_qualified(context, reads.items[i].table);
        bool known = false;
        for (size_t k = 0; k < count && !known; k++)
            known = strcmp(names[k], name) == 0;
        if (!known)
            MEM_PUSH(context, names, count, name);
    }
    *ret_names = names;
    *ret_count = count;
    return STATUS_OK;
}

PlanServers *foreign_servers(const void *context, const Plan *plan, const ForeignReads *reads)
{
    PlanServers *servers = mem_array(context, PlanServers, plan->view_count);
    for (size_t i = 0; i < reads->count; i++)
    {
        const char *server = reads->items[i].server;
        PlanServers *own = &servers[reads->items[i].position];
        if (own->count == 0 || strcmp(own->names[own->count - 1], server) != 0) /* they come by server */
            MEM_PUSH(context, own->names, own->count, mem_strdup(context, server));
    }
    return servers;
}

/* ---- a server that one transaction reads in several -------------------------------------------------------- */

static bool same_over_there(const ForeignRead *a, const ForeignRead *b)
{
    return a->mapping == b->mapping && (a->mapping != 0 || strcmp(a->role, b->role) == 0);
}

static bool is_built_by(const PlanTransaction *transaction, size_t position)
{
    for (size_t i = 0; i < transaction->view_count; i++)
        if (transaction->views[i]->index == position)
            return true;
    return false;
}

/* "as etl (public.a, public.b)" for what shares the transaction of `first`; false when an earlier one had it. */
static bool add_over_there(Text *text, const Run *run, const PlanTransaction *transaction, const ForeignReads *reads,
                           size_t first)
{
    const ForeignRead *own = &reads->items[first];
    size_t told = SIZE_MAX;
    for (size_t i = 0; i < first; i++)
        if (strcmp(reads->items[i].server, own->server) == 0 && is_built_by(transaction, reads->items[i].position) &&
            same_over_there(&reads->items[i], own))
            return false;
    text_addf(text, "%sas %s (", text->length > 0 ? ", " : "", name_quote(text, own->role));
    for (size_t position = 0; position < run->plan->view_count; position++)
        for (size_t i = first; i < reads->count; i++)
            if (reads->items[i].position == position && told != position && is_built_by(transaction, position) &&
                strcmp(reads->items[i].server, own->server) == 0 && same_over_there(&reads->items[i], own))
            {
                text_addf(text, "%s%s", told == SIZE_MAX ? "" : ", ",
                          name_qualified(text, run->plan->views[position]->name));
                told = position;
            }
    text_add(text, ")");
    return true;
}

static void warn_of_several(Run *run, const PlanTransaction *transaction, const char *server,
                            const ForeignReads *reads)
{
    Text *text = text_new(NULL);
    size_t count = 0;
    for (size_t i = 0; i < reads->count; i++)
        if (strcmp(reads->items[i].server, server) == 0 && is_built_by(transaction, reads->items[i].position))
            count += add_over_there(text, run, transaction, reads, i) ? 1 : 0;
    if (count > 1)
        report_warning(run->report, "foreign server %s has a transaction, and so a snapshot, of its own for each user "
                       "mapping, though one transaction builds what reads it: %s; have one role own these views, or map "
                       "the roles as PUBLIC", name_quote(text, server), text->data);
    talloc_free(text);
}

/* ---- transactions ------------------------------------------------------------------------------------------ */

char *foreign_transaction_text(const void *context, const PlanTransaction *transaction)
{
    Text *text = text_new(context);
    for (size_t i = 0; i < transaction->view_count; i++)
        text_addf(text, "%s%s", i > 0 ? ", " : "", name_qualified(text, transaction->views[i]->name));
    text_addf(text, ": built in one transaction, since they read foreign server%s ",
              transaction->server_count > 1 ? "s" : "");
    for (size_t i = 0; i < transaction->server_count; i++)
        text_addf(text, "%s%s", i > 0 ? ", " : "", name_quote(text, transaction->servers[i]));
    return text->data;
}

void foreign_join_views(Run *run, const ForeignReads *reads)
{
    if (run->config->foreign_snapshot != FOREIGN_SNAPSHOT_TOGETHER)
        return;
    plan_transactions(run->recipes, run->plan, foreign_servers(run->recipes, run->plan, reads), &run->transactions,
                      &run->transaction_count);
    for (size_t i = 0; i < run->transaction_count; i++)
    {
        const PlanTransaction *transaction = &run->transactions[i];
        char *text = foreign_transaction_text(run, transaction);
        report_line(run->report, "together", "%s", text);
        talloc_free(text);
        for (size_t k = 0; k < transaction->server_count; k++)
            warn_of_several(run, transaction, transaction->servers[k], reads);
    }
}

/* ---- for `plan`: from the names in the files ----------------------------------------------------------------- */

/* Names outside the generation that are read when the view plan->views[positions[i]] is computed. */
typedef struct OutsideReads
{
    PlanExternal *names;
    size_t name_count;
    size_t *positions;
    size_t position_count; /* the same: the arrays are parallel */
} OutsideReads;

/* Those of one view, and of the ordinary ones that it reads (`seen` of them are done): these store nothing. */
static void collect_outside(const void *context, const Plan *plan, const PlanView *view, size_t position, bool *seen,
                            OutsideReads *outside)
{
    static const Reference plain = {.kind = REFERENCE_RELATION};
    PlanExternal *names;
    size_t count;
    seen[view->index] = true;
    plan_view_externals(context, plan, view, &names, &count);
    for (size_t i = 0; i < view->read_count; i++)
    {
        const PlanView *read = view->reads[i].view;
        if (!read->rebuilt)
        {
            const PlanExternal kept = {.name = read->name, .statement = read->create, .reference = &plain};
            MEM_PUSH(context, names, count, kept);
        }
        else if (read->kind == VIEW_ORDINARY && !seen[read->index])
            collect_outside(context, plan, read, position, seen, outside);
    }
    for (size_t i = 0; i < count; i++)
    {
        MEM_PUSH(context, outside->names, outside->name_count, names[i]);
        MEM_PUSH(context, outside->positions, outside->position_count, position);
    }
}

static Status find_by_names(Run *run, const void *context, ForeignReads *ret_reads, Errors *errors)
{
    OutsideReads outside = {0};
    PgRows *rows;
    for (size_t i = 0; i < run->plan->view_count; i++)
        if (run->plan->views[i]->kind == VIEW_MATERIALIZED)
            collect_outside(context, run->plan, run->plan->views[i], i, mem_array(context, bool, run->plan->view_count),
                            &outside);
    if (pg_query(context, run->control, &rows, errors, SQL_PREFLIGHT_BEGIN, 0, NULL) != STATUS_OK ||
        preflight_look_up(run, context, outside.names, outside.name_count, &rows, errors) != STATUS_OK)
        return STATUS_FAILED;
    uint32_t *roots = mem_array(context, uint32_t, outside.name_count);
    for (size_t i = 0; i < outside.name_count; i++)
        roots[i] = pg_oid(rows, i, "relation");
    if (foreign_find(run, context, (OidList){roots, outside.name_count}, (OidList){0}, ret_reads, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < ret_reads->count && outside.positions != NULL; i++)
        ret_reads->items[i].position = outside.positions[ret_reads->items[i].position];
    return STATUS_OK;
}

Status stage_transactions_text(Run *run, char **ret_text, Errors *errors)
{
    ForeignReads reads = {0};
    PlanTransaction *transactions;
    size_t count;
    void *scratch = mem_context(run);
    Status status = find_by_names(run, scratch, &reads, errors);
    pg_rollback(run->control);
    if (status == STATUS_OK)
    {
        Text *text = text_new(scratch);
        plan_transactions(scratch, run->plan, foreign_servers(scratch, run->plan, &reads), &transactions, &count);
        for (size_t i = 0; i < count; i++)
            text_addf(text, "%stogether  %s\n", i == 0 ? "\n" : "",
                      foreign_transaction_text(scratch, &transactions[i]));
        *ret_text = mem_strdup(run, text->data);
    }
    talloc_free(scratch);
    return status;
}
