#include "plan_internal.h"

#include <string.h>

#include "matswap/memory.h"

PlanView *plan_find_named(const Plan *plan, const char *word)
{
    PlanView *view = plan_resolve(plan, (Name){NULL, word});
    void *scratch = mem_context(NULL);
    for (const char *dot = strchr(word, '.'); view == NULL && dot != NULL; dot = strchr(dot + 1, '.'))
        view = plan_find_in_set(plan, (Name){mem_strndup(scratch, word, (size_t) (dot - word)), dot + 1});
    for (size_t i = 0; view == NULL && strchr(word, '"') != NULL && i < plan->lookup->count; i++)
    {
        PlanView *candidate = plan->lookup->by_name[i];
        if (strcmp(word, name_qualified(scratch, candidate->name)) == 0 ||
            (plan_resolve(plan, (Name){NULL, candidate->name.name}) == candidate &&
             strcmp(word, name_quote(scratch, candidate->name.name)) == 0))
            view = candidate;
    }
    talloc_free(scratch);
    return view;
}

/* Views are candidates by their bare name and by schema.name. */
void plan_suggest(const Plan *plan, const char *word, Error *error)
{
    void *scratch = mem_context(NULL);
    size_t count = plan->lookup->count;
    const char **candidates = mem_array(scratch, const char *, 2 * count + 1);
    for (size_t i = 0; i < count; i++)
    {
        Name name = plan->lookup->by_name[i]->name;
        candidates[2 * i] = name.name;
        candidates[2 * i + 1] = mem_printf(scratch, "%s.%s", name.schema, name.name);
    }
    const char *nearest = text_nearest(word, candidates);
    size_t found = 0;
    while (nearest != NULL && candidates[found] != nearest)
        found++;
    if (nearest != NULL)
        error_remedy(error, "did you mean %s?", name_qualified(scratch, plan->lookup->by_name[found / 2]->name));
    else
        error_remedy(error, "`matswap plan` lists the views of set %s", plan->config->set);
    talloc_free(scratch);
}

/*
 * All views that read a selected one are selected too, until no new one is found.  Readers of the whole set, kept
 * views included, are not stored in the plan, so they are collected here.
 */
typedef struct ReaderList
{
    PlanView **readers;
    size_t count;
} ReaderList;

static void spread(const Plan *plan, PlanView **selected, size_t selected_count)
{
    const struct PlanLookup *lookup = plan->lookup;
    ReaderList *lists = mem_array(NULL, ReaderList, lookup->count);
    for (size_t i = 0; i < lookup->count; i++)
        lookup->by_name[i]->index = i;
    for (size_t i = 0; i < lookup->count; i++)
        for (size_t j = 0; j < lookup->by_name[i]->read_count; j++)
        {
            ReaderList *list = &lists[lookup->by_name[i]->reads[j].view->index];
            MEM_PUSH(lists, list->readers, list->count, lookup->by_name[i]);
        }
    while (selected_count > 0)
    {
        const ReaderList *list = &lists[selected[--selected_count]->index];
        for (size_t i = 0; i < list->count; i++)
        {
            if (list->readers[i]->rebuilt)
                continue;
            list->readers[i]->rebuilt = true;
            selected[selected_count++] = list->readers[i];
        }
    }
    talloc_free(lists);
}

void plan_select(Plan *plan, const char *const *only, size_t only_count, Errors *errors)
{
    const struct PlanLookup *lookup = plan->lookup;
    for (size_t i = 0; i < lookup->count; i++)
        lookup->by_name[i]->rebuilt = only_count == 0;
    PlanView **selected = mem_array(NULL, PlanView *, lookup->count);
    size_t selected_count = 0;
    for (size_t i = 0; i < only_count; i++)
    {
        PlanView *view = plan_find_named(plan, only[i]);
        if (view == NULL)
            plan_suggest(plan, only[i], errors_add(errors, ERROR_USAGE, "--only: the set has no view %s", only[i]));
        else if (view->rebuilt)
            error_remedy(errors_add(errors, ERROR_USAGE, "--only: view %s is named twice", only[i]), "name it once");
        else
        {
            view->rebuilt = true;
            selected[selected_count++] = view;
        }
    }
    spread(plan, selected, selected_count);
    talloc_free(selected);
}
