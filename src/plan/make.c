#include "plan_internal.h"

#include <stdlib.h>

#include "matswap/memory.h"

static void check_not_empty(const Plan *plan, Errors *errors)
{
    if (plan->lookup->count > 0)
        return;
    Error *error = errors_add(errors, ERROR_SOURCE, "no file in %s creates a view", plan->config->queries);
    error_remedy(error_at(error, plan->config->path, 0, 0),
                 "put one SELECT per file there, or point `queries` to the right folder");
}

static void check_sections(const Plan *plan, Errors *errors)
{
    size_t count = plan->lookup->count;
    Name *names = mem_array(plan, Name, count);
    for (size_t i = 0; i < count; i++)
        names[i] = plan->lookup->by_name[i]->name;
    size_t before = errors->count;
    Status status = config_check_views(plan->config, names, count, errors);
    if (status != STATUS_OK && errors->count == before)
        errors_add(errors, ERROR_INTERNAL, "the [view] sections of %s were refused without a reason",
                   plan->config->path);
    talloc_free(names);
}

/* An ordinary view holds no rows: rules for it would never be judged. */
static void check_kinds(const Plan *plan, Errors *errors)
{
    const Config *config = plan->config;
    for (size_t i = 0; i < config->rules_count; i++)
    {
        const ViewRules *rules = &config->rules[i];
        const PlanView *view = rules->name.name == NULL ? NULL : plan_find_in_set(plan, rules->name);
        if (view == NULL || view_kind_is_stored(view->kind) || !config_has_limits(rules))
            continue;
        Error *error = errors_add(errors, ERROR_CONFIG, "[view %s] has rules for an ordinary view, which holds no rows",
                                  rules->view);
        error_remedy(error_at(error, config->path, rules->line, 0),
                     "write them for the materialized views that it reads");
    }
}

static void refuse_without_section(const Plan *plan, const PlanView *view, Errors *errors)
{
    char *name = name_qualified(errors, view->name);
    const char *nearest = config_nearest_import(errors, plan->config, view->name);
    Error *error = errors_add(errors, ERROR_SOURCE, "no [import] section of %s names the table %s", plan->config->path,
                              name);
    error_at(error_object(error, name), view->create->file->path, view->create->line, view->create->column);
    if (nearest != NULL)
        error_remedy(error, "there is [import %s]: did you mean that?", nearest);
    else
        error_remedy(error, "add [import %s], which says where its rows come from, or take the statement out", name);
}

/* The rows come from outside, before anything of the set is there. */
static void refuse_reading_import(const PlanView *view, Errors *errors)
{
    const PlanRead *read = &view->reads[0];
    char *name = name_qualified(errors, view->name);
    Error *error = errors_add(errors, ERROR_SOURCE, "the import %s refers to %s, a view of the set", name,
                              name_qualified(errors, read->view->name));
    error_at(error_object(error, name), read->statement->file->path, read->reference->line, read->reference->column);
    error_remedy(error, "its columns, defaults and constraints can use types, functions and tables outside the set only");
}

/* Tables and [import] sections, in pairs. */
static void check_imports(const Plan *plan, Errors *errors)
{
    Name *tables = NULL;
    size_t count = 0;
    for (size_t i = 0; i < plan->lookup->count; i++)
    {
        const PlanView *view = plan->lookup->by_name[i];
        if (view->kind != VIEW_IMPORT)
            continue;
        MEM_PUSH(plan, tables, count, view->name);
        if (config_find_import(plan->config, view->name) == NULL)
            refuse_without_section(plan, view, errors);
        if (view->read_count > 0)
            refuse_reading_import(view, errors);
    }
    size_t before = errors->count;
    Status status = config_check_imports(plan->config, tables, count, errors);
    if (status != STATUS_OK && errors->count == before)
        errors_add(errors, ERROR_INTERNAL, "the [import] sections of %s were refused without a reason",
                   plan->config->path);
    talloc_free(tables);
}

/* Whoever is still there was not renamed. */
static void check_renames(const Plan *plan, Errors *errors)
{
    const Config *config = plan->config;
    for (size_t i = 0; i < config->rules_count; i++)
    {
        const ViewRules *rules = &config->rules[i];
        const PlanView *former = rules->renamed_from.name == NULL ? NULL : plan_find_in_set(plan, rules->renamed_from);
        if (former == NULL)
            continue;
        Error *error = errors_add(errors, ERROR_CONFIG, "[view %s] is renamed from %s, which is a view of the set "
                                  "itself", rules->view, name_qualified(errors, former->name));
        error_at(error, config->path, rules->line, 0);
        error_remedy(error, "take its file %s away, or leave renamed_from out", former->create->file->path);
    }
}

Status plan_make(const void *context, const Config *config, const SqlSet *sources, const char *const *only,
                 size_t only_count, Plan **ret_plan, Errors *errors)
{
    size_t before = errors->count;
    Plan *plan = mem_new(context, Plan);
    plan->config = config;
    plan->sources = sources;

    plan_views_collect(plan);
    check_not_empty(plan, errors);
    if (plan->lookup->count > 0)
    {
        check_sections(plan, errors);
        check_kinds(plan, errors);
        check_renames(plan, errors);
    }
    plan_graph_connect(plan);
    check_imports(plan, errors);
    plan_select(plan, only, only_count, errors);
    plan_order(plan, errors);
    size_t named = errors->count;
    plan_schemas_make(plan, errors);
    if (errors_since(errors, named) == STATUS_OK) /* else the statements would get names that the server cuts */
    {
        plan_statements_rewrite(plan, errors);
        plan_checks_rewrite(plan, errors);
    }

    if (errors_since(errors, before) != STATUS_OK)
    {
        talloc_free(plan);
        return STATUS_FAILED;
    }
    plan_fingerprint(plan);
    *ret_plan = plan;
    return STATUS_OK;
}

static int compare_key(const void *key, const void *element)
{
    const PlanView *const *view = element;
    return name_compare(key, &(*view)->name);
}

PlanView *plan_find_in_set(const Plan *plan, Name live)
{
    const struct PlanLookup *lookup = plan->lookup;
    PlanView **found = bsearch(&live, lookup->by_name, lookup->count, sizeof *lookup->by_name, compare_key);
    return found == NULL ? NULL : *found;
}

PlanView *plan_find(const Plan *plan, Name live)
{
    PlanView *view = plan_find_in_set(plan, live);
    return view != NULL && view->rebuilt ? view : NULL;
}

static int compare_object_key(const void *key, const void *element)
{
    const PlanObject *object = element;
    return name_compare(key, &object->name);
}

/*
 * A view is looked for first: statistics objects have a name space of their own in a schema, so one of them may
 * carry the name of a view (https://www.postgresql.org/docs/current/catalog-pg-statistic-ext.html).
 */
static const char *new_schema(const void *closure, Name name)
{
    const Plan *plan = closure;
    const PlanView *view = plan_find_in_set(plan, name);
    if (view != NULL)
        return view->rebuilt ? view->schema->incoming : NULL;
    const struct PlanLookup *lookup = plan->lookup;
    const PlanObject *object = NULL;
    if (lookup->object_count > 0)
        object = bsearch(&name, lookup->objects, lookup->object_count, sizeof *lookup->objects, compare_object_key);
    return object == NULL ? NULL : object->schema->incoming;
}

SqlGeneration plan_generation(const Plan *plan)
{
    return (SqlGeneration){.new_schema = new_schema, .closure = plan};
}
