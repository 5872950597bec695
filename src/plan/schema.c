#include "plan_internal.h"

#include <stdlib.h>
#include <string.h>

#include "matswap/memory.h"

/* NAMEDATALEN - 1, https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS */
#define NAME_LIMIT 63

static PlanSchema schema_of(const void *context, const Config *config, const char *live)
{
    return (PlanSchema){
        .live = live,
        .incoming = mem_printf(context, "%s%s", live, config->suffix_new),
        .outgoing = mem_printf(context, "%s%s", live, config->suffix_old),
    };
}

/* Every live schema of the set, kept views' too, each once, by name. */
static PlanSchema *collect_schemas(Plan *plan, size_t *ret_count)
{
    PlanSchema *schemas = NULL;
    size_t count = 0;
    const struct PlanLookup *lookup = plan->lookup;
    for (size_t i = 0; i < lookup->count; i++) /* by schema first, so equal ones are neighbours */
    {
        const char *live = lookup->by_name[i]->name.schema;
        if (count > 0 && strcmp(schemas[count - 1].live, live) == 0)
            continue;
        MEM_PUSH(plan, schemas, count, schema_of(plan, plan->config, live));
    }
    *ret_count = count;
    return schemas;
}

static int compare_key(const void *key, const void *element)
{
    const PlanSchema *schema = element;
    return strcmp(key, schema->live);
}

static PlanSchema *find_schema(PlanSchema *schemas, size_t count, const char *live)
{
    return count == 0 ? NULL : bsearch(live, schemas, count, sizeof *schemas, compare_key);
}

static Error *refuse(const Plan *plan, Errors *errors, const char *message)
{
    return error_at(errors_add(errors, ERROR_CONFIG, "%s", message), plan->config->path, 0, 0);
}

/* One shadow name that can't be; `setting` is the key that made it. */
static void check_shadow(const Plan *plan, PlanSchema *schemas, size_t count, const char *live, const char *shadow,
                         const char *setting, Errors *errors)
{
    void *scratch = mem_context(NULL);
    const char *quoted = name_quote(scratch, shadow);
    const char *made_by = mem_printf(scratch, "%s of schema %s", setting, name_quote(scratch, live));
    if (strlen(shadow) > NAME_LIMIT)
        error_remedy(refuse(plan, errors,
                            mem_printf(scratch, "%s makes %s, a name of %zu bytes; the server keeps %d", made_by,
                                       quoted, strlen(shadow), NAME_LIMIT)),
                     "choose a shorter `%s`", setting);
    /* https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-CATALOG: "pg" + "_new" would be one */
    if (strncmp(shadow, "pg_", 3) == 0)
        error_remedy(refuse(plan, errors,
                            mem_printf(scratch, "%s makes %s; names that begin with pg_ are the server's own", made_by,
                                       quoted)),
                     "move the views to another schema, or choose another `%s`", setting);
    if (find_schema(schemas, count, shadow) != NULL)
        error_remedy(refuse(plan, errors,
                            mem_printf(scratch, "%s makes %s, which is itself a schema with views of the set", made_by,
                                       quoted)),
                     "choose another `%s`", setting);
    talloc_free(scratch);
}

static int compare_incoming(const void *a, const void *b)
{
    const PlanSchema *const *left = a;
    const PlanSchema *const *right = b;
    return strcmp((*left)->incoming, (*right)->incoming);
}

static int compare_incoming_key(const void *key, const void *element)
{
    const PlanSchema *const *schema = element;
    return strcmp(key, (*schema)->incoming);
}

/* "s" and "s_b" with the suffixes "_b_old" and "_old": the new generation of one is the old one of the other. */
static void check_across(const Plan *plan, PlanSchema *schemas, size_t count, Errors *errors)
{
    void *scratch = mem_context(NULL);
    const PlanSchema **sorted = mem_array(scratch, const PlanSchema *, count);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &schemas[i];
    if (count > 0)
        qsort(sorted, count, sizeof *sorted, compare_incoming);
    for (size_t i = 0; i < count; i++)
    {
        const char *outgoing = schemas[i].outgoing;
        const PlanSchema **other = bsearch(outgoing, sorted, count, sizeof *sorted, compare_incoming_key);
        if (other == NULL)
            continue;
        const char *message =
            mem_printf(scratch, "schema %s would hold the new generation of %s and the old one of %s",
                       name_quote(scratch, outgoing), name_quote(scratch, (*other)->live),
                       name_quote(scratch, schemas[i].live));
        error_remedy(refuse(plan, errors, message), "choose another `suffix_new` or `suffix_old`");
    }
    talloc_free(scratch);
}

static void check_schemas(const Plan *plan, PlanSchema *schemas, size_t count, Errors *errors)
{
    const Config *config = plan->config;
    if (strcmp(config->suffix_new, config->suffix_old) == 0)
    {
        Error *error = refuse(plan, errors, "suffix_new and suffix_old are the same");
        error_remedy(error, "the new and the old generation need a schema each");
        return;
    }
    for (size_t i = 0; i < count; i++)
    {
        check_shadow(plan, schemas, count, schemas[i].live, schemas[i].incoming, "suffix_new", errors);
        check_shadow(plan, schemas, count, schemas[i].live, schemas[i].outgoing, "suffix_old", errors);
    }
    check_across(plan, schemas, count, errors);
}

/* Only the generation's schemas get shadows; the rest of the set stays where it is. */
static void take_rebuilt(Plan *plan, PlanSchema *all, size_t all_count)
{
    bool *used = mem_array(NULL, bool, all_count);
    for (size_t i = 0; i < plan->view_count; i++)
        used[find_schema(all, all_count, plan->views[i]->name.schema) - all] = true;
    for (size_t i = 0; i < all_count; i++)
        if (used[i])
            all[plan->schema_count++] = all[i];
    talloc_free(used);
    plan->schemas = all;
    for (size_t i = 0; i < plan->view_count; i++)
    {
        PlanView *view = plan->views[i];
        view->schema = find_schema(plan->schemas, plan->schema_count, view->name.schema);
    }
}

/* A schema that is not on the configuration's path is not put there: no unqualified name of the files means it. */
static void make_paths(Plan *plan)
{
    Text *build = text_new(plan);
    Text *live = text_new(plan);
    for (size_t i = 0; i < plan->config->search_path_count; i++)
    {
        const char *name = plan->config->search_path[i];
        const PlanSchema *schema = find_schema(plan->schemas, plan->schema_count, name);
        const char *quoted = name_quote(live, name);
        if (schema != NULL)
            text_addf(build, "%s%s", build->length > 0 ? ", " : "", name_quote(build, schema->incoming));
        text_addf(build, "%s%s", build->length > 0 ? ", " : "", quoted);
        text_addf(live, "%s%s", live->length > 0 ? ", " : "", quoted);
    }
    plan->build_search_path = build->data;
    plan->live_search_path = live->data;
}

static int compare_schemas(const void *a, const void *b)
{
    const PlanSchema *left = a;
    const PlanSchema *right = b;
    return strcmp(left->live, right->live);
}

Status plan_with_schemas(const void *context, const Plan *plan, const char *const *live, size_t count,
                         const Plan **ret_plan, Errors *errors)
{
    size_t before = errors->count;
    PlanSchema *schemas = mem_array(context, PlanSchema, plan->schema_count + count);
    size_t schema_count = plan->schema_count;
    memcpy(schemas, plan->schemas, plan->schema_count * sizeof *schemas);
    for (size_t i = 0; i < count; i++)
    {
        if (find_schema(schemas, schema_count, live[i]) != NULL)
            continue;
        schemas[schema_count++] = schema_of(context, plan->config, mem_strdup(context, live[i]));
        qsort(schemas, schema_count, sizeof *schemas, compare_schemas);
    }
    *ret_plan = plan;
    if (schema_count == plan->schema_count)
        return STATUS_OK;
    Plan *wider = mem_new(context, Plan);
    *wider = *plan; /* the views keep to the schemas of the first one, which are the same */
    wider->schemas = schemas;
    wider->schema_count = schema_count;
    check_schemas(wider, schemas, schema_count, errors);
    *ret_plan = wider;
    return errors_since(errors, before);
}

void plan_schemas_make(Plan *plan, Errors *errors)
{
    size_t count;
    PlanSchema *schemas = collect_schemas(plan, &count);
    check_schemas(plan, schemas, count, errors);
    take_rebuilt(plan, schemas, count);
    make_paths(plan);
}
