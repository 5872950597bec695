/*
 * rehearse.c: the whole generation, empty, in one transaction that is rolled back.
 *
 * In passes over all views, with one catalog query for all of them in between (a thousand views are rehearsed in
 * seconds): create → carried attributes, then the files' → the files' indexes → carried indexes.  In each pass a
 * view is one round trip under a savepoint, so that one view's error leaves the others to be tried.
 */
#include <string.h>

#include "array.h"
#include "isolate.h"
#include "matswap/memory.h"
#include "matswap/name.h"
#include "pg_sql.h"
#include "rehearse_internal.h"
#include "stage_internal.h"

/* ---- errors ----------------------------------------------------------------------------------------------- */

bool rehearse_is_hopeless(const Error *error)
{
    if (error->kind == ERROR_CONNECTION || error->kind == ERROR_CANCELLED || error->kind == ERROR_INTERNAL)
        return true;
    return error->sqlstate != NULL &&
           (strncmp(error->sqlstate, "53", 2) == 0 || strncmp(error->sqlstate, "57", 2) == 0);
}

/* Is it a name in FROM that nothing has?  The same SQLSTATE stands for an alias that FROM does not define. */
static bool is_unknown_relation(const Error *error)
{
    return strcmp(error->sqlstate, "42P01") == 0 && strncmp(error->server_message, "missing FROM", 12) != 0 &&
           strncmp(error->server_message, "invalid reference", 17) != 0;
}

void rehearse_explain_error(const Rehearsal *rehearsal, const PlanView *view, Error *error)
{
    if (error->sqlstate == NULL)
        return;
    const char *role = rehearsal->run->recipes[view->index].role;
    if (strcmp(error->sqlstate, "42501") == 0 && role != NULL)
        error_remedy(error, "grant it to %s, which owns the view; %s has to be a member of that role",
                     name_quote(error, role), name_quote(error, rehearsal->run->preflight->role));
    else if (strcmp(error->sqlstate, "53200") == 0)
        error_remedy(error, "raise the server's max_locks_per_transaction");
    else if (error->file == NULL)
        error_remedy(error, "it is carried over from the live view: change it there, or state it in a file");
    else if (is_unknown_relation(error))
        error_remedy(error, "neither the set nor the database has it");
    /* class 42: syntax error or access rule violation; the server has rejected the file, not the run */
    if (error->file != NULL && error->kind == ERROR_SERVER && strncmp(error->sqlstate, "42", 2) == 0)
        error->kind = ERROR_SOURCE;
    /* what the live view has does not fit the new one */
    else if (error->file == NULL && error->kind == ERROR_SERVER && !rehearse_is_hopeless(error))
        error->kind = ERROR_REFUSED;
}

/* ---- one view, one pass ----------------------------------------------------------------------------------- */

typedef struct Batch
{
    const char **statements;
    size_t count;
    PgOrigin *origins;
    size_t origin_count;
} Batch;

static void batch_add(void *context, Batch *batch, const char *sql, PgOrigin origin)
{
    MEM_PUSH(context, batch->statements, batch->count, sql);
    MEM_PUSH(context, batch->origins, batch->origin_count, origin);
}

static void undo_view(Rehearsal *rehearsal)
{
    size_t before = rehearsal->errors->count;
    PgConnection *control = rehearsal->run->control;
    if (pg_run(control, rehearsal->errors, SQL_REHEARSE_UNDO) != STATUS_OK)
        rehearsal->hopeless = true;
    errors_truncate(rehearsal->errors, before); /* the first failure is the news */
}

/* Settings last until the transaction ends: after what is stored in a place of its own, the default comes back. */
static void batch_place(void *context, Batch *batch, const RecipeStatement *statement, bool back, PgOrigin origin)
{
    if (statement->tablespace != NULL)
        batch_add(context, batch, recipe_tablespace_sql(context, back ? NULL : statement->tablespace), origin);
    if (statement->access_method != NULL)
        batch_add(context, batch, recipe_access_method_sql(context, back ? NULL : statement->access_method), origin);
}

/* The errors of one view are the run's, or, when others may be published without it, its own. */
static void take_failure(Rehearsal *rehearsal, const PlanView *view, Errors *failure)
{
    Run *run = rehearsal->run;
    rehearsal->failed[view->index] = true;
    for (size_t i = 0; i < failure->count; i++)
    {
        rehearse_explain_error(rehearsal, view, failure->items[i]);
        rehearsal->hopeless = rehearsal->hopeless || rehearse_is_hopeless(failure->items[i]);
    }
    if (!rehearsal->hopeless)
        undo_view(rehearsal);
    if (rehearsal->hopeless || !isolate_rehearses(run) || !isolate_is_own(failure))
    {
        errors_move(rehearsal->errors, failure);
        return;
    }
    run->unbuildable[view->index] = errors_new(run);
    errors_move(run->unbuildable[view->index], failure);
}

/* Executes the statements from `first` on as the view's role; a failure is reported and marks the view. */
static void execute_view(Rehearsal *rehearsal, const PlanView *view, const RecipeStatement *statements, size_t first,
                         size_t end)
{
    if (first == end)
        return;
    Run *run = rehearsal->run;
    void *scratch = mem_context(rehearsal->scratch);
    Errors *failure = errors_new(scratch);
    Batch batch = {0};
    PgOrigin own = {NULL, 0, view_label(scratch, view)};
    batch_add(scratch, &batch, SQL_REHEARSE_SAVEPOINT, own);
    batch_add(scratch, &batch, recipe_role_sql(scratch, run->recipes[view->index].role), own);
    for (size_t i = first; i < end; i++)
    {
        batch_place(scratch, &batch, &statements[i], false, own);
        batch_add(scratch, &batch, statements[i].sql, statements[i].origin);
        batch_place(scratch, &batch, &statements[i], true, own);
    }
    batch_add(scratch, &batch, SQL_REHEARSE_RESET_ROLE, own);
    batch_add(scratch, &batch, SQL_REHEARSE_RELEASE, own);
    if (pg_pipeline(run->control, failure, batch.statements, batch.count, batch.origins) != STATUS_OK)
        take_failure(rehearsal, view, failure);
    talloc_free(scratch);
}

/* ---- passes ----------------------------------------------------------------------------------------------- */

static bool reads_failed(const Rehearsal *rehearsal, const PlanView *view)
{
    for (size_t i = 0; i < view->read_count; i++)
        if (view->reads[i].view->rebuilt && rehearsal->failed[view->reads[i].view->index])
            return true;
    return false;
}

/* CREATE STATISTICS comes right after CREATE, so that targets and comments of live ones can follow. */
static bool is_creation(const PlanStatement *statement)
{
    return statement->phase == SQL_CREATE ||
           (statement->phase == SQL_ATTRIBUTE && strcmp(statement->source->tag, "CREATE STATISTICS") == 0);
}

static void add_creation(const Rehearsal *rehearsal, const PlanView *view, Recipe *recipe)
{
    for (size_t i = 0; i < view->statement_count; i++)
        if (is_creation(&view->statements[i]))
        {
            RecipeStatement *added = recipe_add_stated(rehearsal->run, &recipe->before_data, &recipe->before_data_count,
                                                       &view->statements[i]);
            if (view->statements[i].phase == SQL_CREATE && view_kind_is_stored(view->kind))
                carry_place(rehearsal->run, rehearsal->places, view, NULL, added);
        }
}

/* An index that has no name in its file gets its place when it has one, as an attribute (carry_indexes.sql). */
static void add_indexes(const Rehearsal *rehearsal, const PlanView *view, Recipe *recipe)
{
    for (size_t i = 0; i < view->statement_count; i++)
        if (view->statements[i].phase == SQL_INDEX)
        {
            const PlanStatement *statement = &view->statements[i];
            RecipeStatement *added =
                recipe_add_stated(rehearsal->run, &recipe->indexes, &recipe->index_count, statement);
            if (statement->source->object != NULL)
                carry_place(rehearsal->run, rehearsal->places, view, statement->source->object, added);
        }
}

static bool is_privilege(const PlanStatement *statement)
{
    return strcmp(statement->source->tag, "GRANT") == 0 || strcmp(statement->source->tag, "REVOKE") == 0;
}

static void add_phase(Run *run, const PlanView *view, SqlPhase phase, RecipeStatement **list, size_t *count)
{
    for (size_t i = 0; i < view->statement_count; i++)
        if (view->statements[i].phase == phase && !is_creation(&view->statements[i]) &&
            !is_privilege(&view->statements[i]))
            recipe_add_stated(run, list, count, &view->statements[i]);
}

static void add_privileges(Run *run, const PlanView *view, Recipe *recipe)
{
    for (size_t i = 0; i < view->statement_count; i++)
        if (is_privilege(&view->statements[i]))
            recipe_add_stated(run, &recipe->privileges, &recipe->privilege_count, &view->statements[i]);
}

/* Fills `pairs` with what now exists. */
static Status find_created(Rehearsal *rehearsal)
{
    Run *run = rehearsal->run;
    const Plan *plan = run->plan;
    const char **schemas = mem_array(rehearsal->scratch, const char *, plan->view_count);
    const char **names = mem_array(rehearsal->scratch, const char *, plan->view_count);
    for (size_t i = 0; i < plan->view_count; i++)
    {
        schemas[i] = plan->views[i]->schema->incoming;
        names[i] = plan->views[i]->name.name;
    }
    const char *parameters[] = {array_of_texts(rehearsal->scratch, schemas, plan->view_count),
                                array_of_texts(rehearsal->scratch, names, plan->view_count)};
    PgRows *rows;
    if (pg_query(rehearsal->scratch, run->control, &rows, rehearsal->errors, SQL_REHEARSE_RELATIONS, 2, parameters) !=
        STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
    {
        size_t index = (size_t) pg_integer(rows, i, "n") - 1;
        CarryPair pair = {plan->views[index], former_predecessor(run, plan->views[index]).live->oid,
                          pg_oid(rows, i, "oid"), &run->recipes[index]};
        if (!rehearsal->failed[index])
            MEM_PUSH(rehearsal->scratch, rehearsal->pairs, rehearsal->pair_count, pair);
    }
    return STATUS_OK;
}

static Status create_views(Rehearsal *rehearsal)
{
    Run *run = rehearsal->run;
    if (rehearse_set_path(rehearsal, run->plan->build_search_path) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < run->plan->view_count && !rehearsal->hopeless; i++)
    {
        const PlanView *view = run->plan->views[i];
        Recipe *recipe = &run->recipes[i];
        rehearsal->failed[i] = reads_failed(rehearsal, view);
        add_creation(rehearsal, view, recipe);
        if (!rehearsal->failed[i])
            execute_view(rehearsal, view, recipe->before_data, 0, recipe->before_data_count);
        rehearsal->created[i] = recipe->before_data_count;
    }
    if (rehearsal->hopeless || rehearse_set_path(rehearsal, "pg_catalog") != STATUS_OK)
        return STATUS_FAILED;
    return find_created(rehearsal);
}

/* What a pass does with one view; the next pass leaves out those that fail. */
typedef void (*Pass)(Rehearsal *rehearsal, const CarryPair *pair, size_t index);

static Status run_pass(Rehearsal *rehearsal, Pass pass)
{
    if (rehearse_set_path(rehearsal, rehearsal->run->plan->build_search_path) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < rehearsal->pair_count && !rehearsal->hopeless; i++)
    {
        const CarryPair *pair = &rehearsal->pairs[i];
        if (!rehearsal->failed[pair->view->index])
            pass(rehearsal, pair, pair->view->index);
    }
    if (rehearsal->hopeless)
        return STATUS_FAILED;
    return rehearse_set_path(rehearsal, "pg_catalog");
}

static void equip(Rehearsal *rehearsal, const CarryPair *pair, size_t index)
{
    Recipe *recipe = pair->recipe;
    add_phase(rehearsal->run, pair->view, SQL_ATTRIBUTE, &recipe->before_data, &recipe->before_data_count);
    add_privileges(rehearsal->run, pair->view, recipe);
    execute_view(rehearsal, pair->view, recipe->before_data, rehearsal->created[index], recipe->before_data_count);
    if (!rehearsal->failed[index])
        execute_view(rehearsal, pair->view, recipe->privileges, 0, recipe->privilege_count);
}

static void make_stated_indexes(Rehearsal *rehearsal, const CarryPair *pair, size_t index)
{
    Recipe *recipe = pair->recipe;
    add_indexes(rehearsal, pair->view, recipe);
    execute_view(rehearsal, pair->view, recipe->indexes, 0, recipe->index_count);
    rehearsal->indexed[index] = recipe->index_count;
}

static void make_carried_indexes(Rehearsal *rehearsal, const CarryPair *pair, size_t index)
{
    Recipe *recipe = pair->recipe;
    add_phase(rehearsal->run, pair->view, SQL_INDEX_ATTRIBUTE, &recipe->index_attributes,
              &recipe->index_attribute_count);
    execute_view(rehearsal, pair->view, recipe->indexes, rehearsal->indexed[index], recipe->index_count);
    if (!rehearsal->failed[index])
        execute_view(rehearsal, pair->view, recipe->index_attributes, 0, recipe->index_attribute_count);
}

/* ---- the rehearsal ---------------------------------------------------------------------------------------- */

Status rehearse_set_path(Rehearsal *rehearsal, const char *path)
{
    char *sql = PG_SQL(rehearsal->scratch, SQL_REHEARSE_SEARCH_PATH, {"path", path});
    return pg_run(rehearsal->run->control, rehearsal->errors, sql);
}

static Status make_generation(Rehearsal *rehearsal)
{
    Run *run = rehearsal->run;
    Errors *errors = rehearsal->errors;
    if (pg_run(run->control, errors, SQL_REHEARSE_BEGIN) != STATUS_OK ||
        carry_places(rehearsal->scratch, run, &rehearsal->places, errors) != STATUS_OK ||
        rehearse_drop_built(rehearsal) != STATUS_OK ||
        rehearse_make_schemas(rehearsal) != STATUS_OK ||
        rehearse_grant_to_owners(rehearsal) != STATUS_OK || create_views(rehearsal) != STATUS_OK)
        return STATUS_FAILED;
    size_t before = errors->count;
    Status carried = carry_attributes(run, rehearsal->pairs, rehearsal->pair_count, errors);
    for (size_t i = before; i < errors->count; i++)
        if (rehearse_is_hopeless(errors->items[i]))
            return STATUS_FAILED;
    if (rehearse_grant_to_others(rehearsal) != STATUS_OK || run_pass(rehearsal, equip) != STATUS_OK ||
        run_pass(rehearsal, make_stated_indexes) != STATUS_OK ||
        carry_indexes(run, rehearsal->pairs, rehearsal->pair_count, errors) != STATUS_OK ||
        run_pass(rehearsal, make_carried_indexes) != STATUS_OK)
        return STATUS_FAILED;
    return carried;
}

/* Proof (b), over the generation as it stands now. */
static const char *live_name(const Rehearsal *r, uint32_t new_oid)
{
    size_t i = 0;
    while (r->pairs[i].new_oid != new_oid)
        i++;
    return name_qualified(r->scratch, r->pairs[i].view->name);
}

/*
 * Bodies of functions are text that neither the parser nor the catalog's dependencies reach: one that names a view of the
 * set with its schema reads the live generation while the new one is built.
 */
static Status warn_of_functions(const Rehearsal *r, const uint32_t *new_oids)
{
    const char **names = mem_array(r->scratch, const char *, r->pair_count);
    for (size_t i = 0; i < r->pair_count; i++)
        names[i] = r->pairs[i].view->name.name;
    const char *parameters[] = {array_of_oids(r->scratch, new_oids, r->pair_count),
                                array_of_texts(r->scratch, names, r->pair_count)};
    PgRows *rows;
    if (pg_query(r->scratch, r->run->control, &rows, r->errors, SQL_REHEARSE_FUNCTIONS, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < pg_row_count(rows); i++)
        report_warning(r->run->report,
                       "function %s, which %s calls, has the name %s in its body: called while the generation is built, it "
                       "may read the live view instead of the new one; better write what it reads into the view's SQL",
                       pg_text(rows, i, "function"), live_name(r, pg_oid(rows, i, "reader")),
                       pg_text(rows, i, "named"));
    return STATUS_OK;
}

uint32_t *rehearse_live_oids(const Rehearsal *rehearsal, size_t *ret_count)
{
    uint32_t *oids = former_leaving_oids(rehearsal->scratch, rehearsal->run, ret_count);
    for (size_t i = 0; i < rehearsal->pair_count; i++)
        if (rehearsal->pairs[i].live_oid != 0)
            MEM_PUSH(rehearsal->scratch, oids, *ret_count, rehearsal->pairs[i].live_oid);
    return oids;
}

static Status prove(Rehearsal *rehearsal)
{
    const Rehearsal *r = rehearsal;
    uint32_t *new_oids = mem_array(r->scratch, uint32_t, r->pair_count);
    size_t live_count;
    uint32_t *live_oids = rehearse_live_oids(r, &live_count);
    for (size_t i = 0; i < r->pair_count; i++)
        new_oids[i] = r->pairs[i].new_oid;
    if (warn_of_functions(r, new_oids) != STATUS_OK)
        return STATUS_FAILED;
    return catalog_proof(r->run, new_oids, r->pair_count, live_oids, live_count, r->errors);
}

static Status rehearse(Rehearsal *rehearsal)
{
    Errors *errors = rehearsal->errors;
    size_t before = errors->count;
    if (make_generation(rehearsal) != STATUS_OK || errors_since(errors, before) != STATUS_OK ||
        rehearse_read_columns(rehearsal) != STATUS_OK || rehearse_find_expressions(rehearsal) != STATUS_OK)
        return STATUS_FAILED;
    /* whatever these six find is reported in one go */
    Status rules = rehearse_check_rules(rehearsal);
    if (rehearsal->hopeless || (rehearse_try_checks(rehearsal) != STATUS_OK && rehearsal->hopeless) ||
        (rehearse_source_totals(rehearsal) != STATUS_OK && rehearsal->hopeless))
        return STATUS_FAILED;
    if (prove(rehearsal) != STATUS_OK && rehearse_is_hopeless(errors->items[errors->count - 1]))
        return STATUS_FAILED;
    if (dependents_check_columns(rehearsal->run, errors) != STATUS_OK &&
        rehearse_is_hopeless(errors->items[errors->count - 1]))
        return STATUS_FAILED;
    if (rehearse_compare_built(rehearsal) != STATUS_OK || rehearse_find_clashes(rehearsal) != STATUS_OK ||
        rules != STATUS_OK || errors_since(errors, before) != STATUS_OK)
        return STATUS_FAILED;
    /* foreign servers before costs: the planner may have to ask them (use_remote_estimate) */
    if (rehearse_read_sources(rehearsal) != STATUS_OK || rehearse_open_foreign(rehearsal) != STATUS_OK)
        return STATUS_FAILED;
    return rehearse_read_costs(rehearsal);
}

Status stage_rehearse(Run *run, Errors *errors)
{
    size_t count = run->plan->view_count;
    Rehearsal rehearsal = {.run = run, .errors = errors, .scratch = mem_context(run)};
    rehearsal.failed = mem_array(rehearsal.scratch, bool, count);
    rehearsal.created = mem_array(rehearsal.scratch, size_t, count);
    rehearsal.indexed = mem_array(rehearsal.scratch, size_t, count);
    run->recipes = mem_array(run, Recipe, count);
    run->unbuildable = mem_array(run, Errors *, count);
    run->schema_grants = NULL;
    run->schema_grant_count = 0;
    run->transactions = NULL;
    run->transaction_count = 0;
    for (size_t i = 0; i < count; i++)
        run->recipes[i].role = rehearse_find_role(run, run->plan->views[i]);

    Status status = rehearse(&rehearsal);
    pg_rollback(run->control);
    if (status == STATUS_OK && isolate_rehearses(run))
        status = isolate_judge_rehearsal(run, errors);
    if (status != STATUS_OK)
    {
        isolate_take_back(run, errors);
        talloc_free(run->recipes);
        run->recipes = NULL;
        run->schema_grants = NULL;
        run->schema_grant_count = 0;
        run->transactions = NULL;
        run->transaction_count = 0;
    }
    talloc_free(rehearsal.scratch);
    return status;
}
