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

void plan_checks_rewrite(Plan *plan, Errors *errors)
{
    size_t before = errors->count;
    void *scratch = mem_context(NULL);
    for (size_t i = 0; i < plan->view_count; i++)
    {
        ViewRules rules = config_rules_for(scratch, plan->config, plan->views[i]->name);
        if (view_kind_is_stored(plan->views[i]->kind))
            rewrite_checks(plan, plan->views[i], &rules.check, before, errors);
    }
    talloc_free(scratch);
}
