/*
 * rehearse_checks.c: check files against the new generation while it is empty: what the server does not understand in
 * them is found before anything is built.
 */
#include "matswap/memory.h"
#include "pg_sql.h"
#include "rehearse_internal.h"
#include "stage_internal.h"
#include "validate_internal.h"

/* A place in the text is exact by its line alone: {view} has become a name of another length. */
static void blame_file(const Rehearsal *rehearsal, const PlanView *view, const PlanCheck *check, size_t from)
{
    for (size_t i = from; i < rehearsal->errors->count; i++)
    {
        Error *error = rehearsal->errors->items[i];
        if (error->sqlstate == NULL || rehearse_is_hopeless(error))
            continue;
        rehearse_explain_error(rehearsal, view, error);
        error->kind = ERROR_SOURCE;
        error->message = mem_printf(error, "check %s cannot be asked of %s", check->file->name,
                                    view_label(error, view));
        error_at(error, check->file->path, error->line > 0 ? error->line : check->query.line, 0);
    }
}

static Status try_check(Rehearsal *rehearsal, const CarryPair *pair, const PlanCheck *check)
{
    Run *run = rehearsal->run;
    size_t before = rehearsal->errors->count;
    void *scratch = mem_context(rehearsal->scratch);
    PgOrigin own = {NULL, 0, view_label(scratch, pair->view)};
    PgOrigin origin;
    char *sql = check_sql(scratch, check, &origin);
    origin.object = own.object;
    const char *statements[] = {SQL_REHEARSE_SAVEPOINT, recipe_role_sql(scratch, pair->recipe->role),
                                PG_SQL(scratch, SQL_REHEARSE_SEARCH_PATH, {"path", run->plan->build_search_path}),
                                PG_SQL(scratch, SQL_REHEARSE_EXPLAIN, {"query", sql})};
    const PgOrigin origins[] = {own, own, own, origin};
    Status status = pg_pipeline(run->control, rehearsal->errors, statements, sizeof statements / sizeof *statements,
                                origins);
    blame_file(rehearsal, pair->view, check, before);
    rehearsal->hopeless = !pg_alive(run->control) || errors_have(rehearsal->errors, ERROR_CANCELLED);
    if (!rehearsal->hopeless)
        rehearsal->hopeless = pg_run(run->control, rehearsal->errors, SQL_REHEARSE_UNDO) != STATUS_OK;
    talloc_free(scratch);
    return status;
}

Status rehearse_try_checks(Rehearsal *rehearsal)
{
    size_t before = rehearsal->errors->count;
    for (size_t i = 0; i < rehearsal->pair_count; i++)
    {
        const CarryPair *pair = &rehearsal->pairs[i];
        for (size_t k = 0; k < pair->view->check_count && !rehearsal->hopeless; k++)
            if (try_check(rehearsal, pair, &pair->view->checks[k]) != STATUS_OK)
                continue; /* the next one may be wrong as well */
    }
    return errors_since(rehearsal->errors, before);
}
