#include "plan_internal.h"

#include <string.h>

#include "matswap/memory.h"

static bool has_complaint(const Errors *errors, size_t from, const char *path)
{
    for (size_t i = from; i < errors->count; i++)
        if (errors->items[i]->file != NULL && strcmp(errors->items[i]->file, path) == 0)
            return true;
    return false;
}

/* The files themselves are the configuration's. */
static void rewrite_checks(Plan *plan, PlanView *view, const CheckFiles *checks, size_t before, Errors *errors)
{
    for (size_t i = 0; i < checks->count; i++)
    {
        const CheckFile *file = &checks->files[i];
        PlanCheck check = {.file = file};
        if (!has_complaint(errors, before, file->path) &&
            sql_rewrite_query(plan, file->path, file->text, view->name, plan_generation(plan), &check.query, errors) ==
                STATUS_OK)
            MEM_PUSH(plan, view->checks, view->check_count, check);
    }
}

/* It stands in the configuration: a place is exact by its line alone. */
static void rewrite_source_total(Plan *plan, PlanView *view, const SourceQuery *source, size_t before, Errors *errors)
{
    const char *path = plan->config->path;
    size_t mine = errors->count;
    if (source->text == NULL || has_complaint(errors, before, path))
        return;
    if (sql_rewrite_query(plan, path, source->text, view->name, plan_generation(plan), &view->source_total, errors) ==
        STATUS_OK)
        view->source_total.line += source->line - 1;
    for (size_t i = mine; i < errors->count; i++)
    {
        Error *error = errors->items[i];
        error->message = mem_printf(error, "source_total of %s: %s", name_qualified(error, view->name), error->message);
        error_at(error, path, error->line + source->line - 1, 0);
    }
}

void plan_checks_rewrite(Plan *plan, Errors *errors)
{
    size_t before = errors->count;
    void *scratch = mem_context(NULL);
    for (size_t i = 0; i < plan->view_count; i++)
    {
        ViewRules rules = config_rules_for(scratch, plan->config, plan->views[i]->name);
        if (!view_kind_is_stored(plan->views[i]->kind))
            continue;
        rewrite_checks(plan, plan->views[i], &rules.check, before, errors);
        rewrite_source_total(plan, plan->views[i], &rules.source_total, before, errors);
    }
    talloc_free(scratch);
}
