#include "dependents_internal.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/pg.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "preflight_internal.h"

/* ---- what cannot follow ----------------------------------------------------------------------------------- */

/* What to say of an object that cannot follow a view to its next generation, by the catalog that holds it. */
typedef struct Verdict
{
    const char *class;
    const char *reason; /* after "OBJECT ", before " MEMBERS" */
    const char *remedy;
} Verdict;

static const Verdict verdicts[] = {
    {"pg_proc", "is an aggregate on the row type of",
     "drop it before the run and create it again afterwards, or give it arguments of another type"},
    {"pg_class", "has the row type of", "give it a composite type of its own, or single columns"},
    {"pg_type", "is made from the row type of", "make it from a composite type of its own"},
    {"pg_trigger", "is bound to", "drop the trigger before the run and create it again afterwards"},
    {"pg_constraint", "refers to", "drop the constraint, or have it call a function with a text body"},
    {"pg_attrdef", "is generated from", "make it an ordinary column, or have it call a function with a text body"},
    {"pg_cast", "converts the row type of", "drop the cast before the run and create it again afterwards"},
    {"pg_operator", "works on the row type of", "drop the operator before the run and create it again afterwards"},
    {NULL, "depends on", "drop it before the run and create it again afterwards"},
};

static const Verdict member_needs = {
    "", "is part of the set, and its old generation keeps needing",
    "have it do without rows of the set's types as arguments and results"};

static const Verdict *verdict_of(const PgRows *rows, size_t row)
{
    const char *class = pg_text(rows, row, "class");
    if (pg_boolean(rows, row, "on_member"))
        return &member_needs;
    const Verdict *verdict = verdicts;
    while (verdict->class != NULL && strcmp(verdict->class, class) != 0)
        verdict++;
    if (strcmp(class, "pg_class") == 0 && !pg_boolean(rows, row, "by_column"))
        while (verdict->class != NULL)
            verdict++; /* an index on another table, say */
    return verdict;
}

static void refuse_dependent(const PgRows *rows, size_t row, Errors *errors)
{
    const Verdict *verdict = verdict_of(rows, row);
    const char *description = pg_text(rows, row, "description");
    error_remedy(preflight_refuse(errors, description, "%s %s %s, and can't follow it to a new generation", description,
                                  verdict->reason, pg_text(rows, row, "members")),
                 "%s", verdict->remedy);
}

static void refuse_materialized(const Run *run, const PgRows *rows, size_t row, Errors *errors)
{
    const char *label = pg_text(rows, row, "description");
    const FormerView *former = former_find_oid(run, pg_oid(rows, row, "object"));
    if (former != NULL)
    {
        error_remedy(preflight_refuse(errors, label, "%s reads %s and is in the SQL files no more", label,
                                      pg_text(rows, row, "members")),
                     "`matswap run --drop-removed` removes it with the old generation, `renamed_from = %s` in the section "
                     "of another view gives it that one's name; or put its file back, or drop it",
                     name_qualified(errors, former->name));
        return;
    }
    void *scratch = mem_context(NULL);
    const char *name = pg_text(rows, row, "name");
    const char *database = run->config->conninfo == NULL || run->config->conninfo[0] == '\0' ? run->preflight->database
                                                                                             : run->config->conninfo;
    char *query = mem_printf(scratch, "SELECT %s, pg_get_viewdef(%u)",
                             name_literal(scratch, mem_printf(scratch, "CREATE MATERIALIZED VIEW %s AS", name)),
                             pg_oid(rows, row, "object"));
    /* what it holds says what it makes, so that the file's name may be any */
    char *file = mem_printf(scratch, "%s/%s.sql", run->config->queries == NULL ? "." : run->config->queries,
                            strchr(name, '/') == NULL ? name : "adopted");
    error_remedy(preflight_refuse(errors, label, "%s reads %s and is not part of the set", label,
                                  pg_text(rows, row, "members")),
                 "it belongs in the set (under --only, name it too), or drop it; this adopts it: psql -XAt -F ' ' -d %s "
                 "-c %s > %s", text_shell_word(scratch, database), text_shell_word(scratch, query),
                 text_shell_word(scratch, file));
    talloc_free(scratch);
}

static void refuse(const Run *run, const PgRows *rows, size_t row, Errors *errors)
{
    if (pg_text(rows, row, "relkind")[0] == 'm' && !pg_boolean(rows, row, "on_member"))
        refuse_materialized(run, rows, row, errors);
    else
        refuse_dependent(rows, row, errors);
}

/* ---- who depends on the live views, and on what has to be made anew for them --------------------------------- */

/* One round looks for what depends on the objects from `done` on; what it finds to be made anew is for the next. */
typedef struct Search
{
    Dependents *dependents;
    const char *members, *kept;
    uint32_t *changed_classes, *changed_oids;
    size_t changed_count, done;
    const char **refused; /* by their descriptions */
    size_t refused_count;
} Search;

static void add_changed(Search *search, uint32_t class, uint32_t oid)
{
    size_t count = search->changed_count;
    MEM_PUSH(search->dependents->scratch, search->changed_classes, count, class);
    MEM_PUSH(search->dependents->scratch, search->changed_oids, search->changed_count, oid);
}

/* An object may stand in the way of several others: once is enough. */
static bool is_refused(Search *search, const char *description)
{
    for (size_t i = 0; i < search->refused_count; i++)
        if (strcmp(search->refused[i], description) == 0)
            return true;
    MEM_PUSH(search->dependents->scratch, search->refused, search->refused_count, description);
    return false;
}

static DependentKind kind_of(const char *word)
{
    static const char *const words[] = {"view", "function", "rule", "policy", "default", "trigger"};
    size_t kind = 0;
    while (strcmp(words[kind], word) != 0)
        kind++;
    return (DependentKind) kind;
}

static Dependent *find_or_add(Dependents *dependents, const PgRows *rows, size_t row)
{
    uint32_t class = pg_oid(rows, row, "class_oid");
    uint32_t oid = pg_oid(rows, row, "object");
    for (size_t i = 0; i < dependents->count; i++)
        if (dependents->items[i].oid == oid && dependents->items[i].class == class)
            return &dependents->items[i];
    Dependent new = {.kind = kind_of(pg_text(rows, row, "kind")),
                     .class = class,
                     .oid = oid,
                     .relation = pg_oid(rows, row, "relation"),
                     .label = mem_strdup(dependents->preflight, pg_text(rows, row, "description"))};
    MEM_PUSH(dependents->scratch, dependents->items, dependents->count, new);
    return &dependents->items[dependents->count - 1];
}

static void take_in(Search *search, const PgRows *rows, size_t row)
{
    Dependents *dependents = search->dependents;
    if (pg_value(rows, row, "kind") == NULL)
    {
        if (!is_refused(search, pg_text(rows, row, "description")))
            refuse(dependents->run, rows, row, dependents->errors);
        return;
    }
    Dependent *dependent = find_or_add(dependents, rows, row);
    bool replaceable = dependent->kind != DEPENDENT_VIEW && dependent->kind != DEPENDENT_FUNCTION;
    if (dependent->anew || replaceable || !pg_boolean(rows, row, "anew"))
        return;
    dependent->anew = true;
    add_changed(search, dependent->class, dependent->oid);
}

static const uint32_t pg_class = 1259; /* RelationRelationId: src/include/catalog/pg_class.h */

Status relations_dependents(const void *context, PgConnection *control, OidList relations, OidList members,
                            OidList schemas, PgRows **ret_rows, Errors *errors)
{
    void *scratch = mem_context(NULL);
    uint32_t *classes = mem_array(scratch, uint32_t, relations.count);
    for (size_t i = 0; i < relations.count; i++)
        classes[i] = pg_class;
    const char *parameters[] = {array_of_oids(scratch, classes, relations.count),
                                array_of_oids(scratch, relations.oids, relations.count),
                                array_of_oids(scratch, members.oids, members.count),
                                array_of_oids(scratch, schemas.oids, schemas.count)};
    Status status = pg_query(context, control, ret_rows, errors, SQL_DEPENDENTS_OBJECTS, 4, parameters);
    talloc_free(scratch);
    return status;
}

static Status search_round(Search *search)
{
    Dependents *dependents = search->dependents;
    size_t count = search->changed_count - search->done;
    const char *parameters[] = {
        array_of_oids(dependents->scratch, search->changed_classes + search->done, count),
        array_of_oids(dependents->scratch, search->changed_oids + search->done, count), search->members, search->kept};
    PgRows *rows;
    if (pg_query(dependents->scratch, dependents->run->control, &rows, dependents->errors, SQL_DEPENDENTS_OBJECTS, 4,
                 parameters) != STATUS_OK)
        return STATUS_FAILED;
    search->done = search->changed_count;
    for (size_t row = 0; row < pg_row_count(rows); row++)
        take_in(search, rows, row);
    return STATUS_OK;
}

/* Schemas with a kept old generation of this set: what is in there goes before the next swap. */
static const char *kept_schemas(const Dependents *dependents)
{
    const Run *run = dependents->run;
    uint32_t *oids = mem_array(dependents->scratch, uint32_t, run->plan->schema_count);
    size_t count = 0;
    for (size_t i = 0; i < run->plan->schema_count; i++)
        if (text_equal(schema_marker_set(dependents->scratch, dependents->preflight->outgoing[i].comment),
                       run->config->set))
            oids[count++] = dependents->preflight->outgoing[i].oid;
    return array_of_oids(dependents->scratch, oids, count);
}

static Status search(Dependents *dependents)
{
    size_t count;
    size_t outgoing_count;
    uint32_t *live = preflight_live_oids(dependents->scratch, dependents->run, &count);
    uint32_t *outgoing = preflight_outgoing_oids(dependents->scratch, dependents->run, &outgoing_count);
    Search search = {.dependents = dependents,
                     .members = array_of_oids(dependents->scratch, outgoing, outgoing_count),
                     .kept = kept_schemas(dependents)};
    for (size_t i = 0; i < count; i++)
        add_changed(&search, pg_class, live[i]);
    Status status = STATUS_OK;
    while (status == STATUS_OK && search.done < search.changed_count)
        status = search_round(&search);
    return status;
}

/* ---- all of it -------------------------------------------------------------------------------------------- */

bool dependents_is_anew(const Dependents *dependents, uint32_t relation)
{
    for (size_t i = 0; i < dependents->count; i++)
        if (dependents->items[i].kind == DEPENDENT_VIEW && dependents->items[i].oid == relation)
            return dependents->items[i].anew;
    return false;
}

DependentArrays dependents_arrays(const Dependents *dependents)
{
    void *scratch = dependents->scratch;
    uint32_t *classes = mem_array(scratch, uint32_t, dependents->count);
    uint32_t *oids = mem_array(scratch, uint32_t, dependents->count);
    uint32_t *relations = mem_array(scratch, uint32_t, dependents->count);
    const char **anew = mem_array(scratch, const char *, dependents->count);
    for (size_t i = 0; i < dependents->count; i++)
    {
        classes[i] = dependents->items[i].class;
        oids[i] = dependents->items[i].oid;
        relations[i] = dependents->items[i].relation;
        anew[i] = dependents->items[i].anew ? "t" : "f";
    }
    return (DependentArrays){array_of_oids(scratch, classes, dependents->count),
                             array_of_oids(scratch, oids, dependents->count),
                             array_of_oids(scratch, relations, dependents->count),
                             array_of_texts(scratch, anew, dependents->count)};
}

const char **dependents_fingerprint_parameters(const void *context, const Run *run)
{
    void *scratch = mem_context(context);
    Dependents known = {.scratch = scratch};
    for (size_t i = 0; i < run->preflight->rebind_count; i++)
    {
        const Rebind *rebind = &run->preflight->rebinds[i];
        Dependent dependent = {.class = rebind->class, .oid = rebind->oid, .relation = rebind->relation,
                               .anew = rebind->anew};
        MEM_PUSH(scratch, known.items, known.count, dependent);
    }
    size_t count;
    uint32_t *outgoing = preflight_outgoing_oids(scratch, run, &count);
    DependentArrays arrays = dependents_arrays(&known);
    const char **parameters = mem_array(context, const char *, DEPENDENTS_FINGERPRINT_PARAMETERS);
    parameters[0] = array_of_oids(scratch, outgoing, count);
    parameters[1] = arrays.classes;
    parameters[2] = arrays.oids;
    parameters[3] = arrays.relations;
    parameters[4] = arrays.anew;
    return parameters;
}

static Status read_fingerprint(const Dependents *dependents)
{
    PgRows *rows;
    const char **parameters = dependents_fingerprint_parameters(dependents->scratch, dependents->run);
    if (pg_query(dependents->scratch, dependents->run->control, &rows, dependents->errors, SQL_DEPENDENTS_FINGERPRINT,
                 DEPENDENTS_FINGERPRINT_PARAMETERS, parameters) != STATUS_OK)
        return STATUS_FAILED;
    dependents->preflight->dependents = mem_strdup(dependents->preflight, pg_text(rows, 0, "fingerprint"));
    return STATUS_OK;
}

/*
 * A call reads the body from the catalog before it waits for the views in it, which are bound by OID: one that comes while
 * the swap has its locks goes on with the old body.  There is no lock that would keep it.
 */
static void warn_of_bodies(const Dependents *dependents)
{
    if (!dependents->run->options.look_only)
        return;
    for (size_t i = 0; i < dependents->count; i++)
        if (dependents->items[i].kind == DEPENDENT_FUNCTION && !dependents->items[i].anew)
            report_warning(dependents->run->report, "%s is bound to the set (BEGIN ATOMIC): called in the moment of the swap "
                           "it still answers from the old generation; a body that is a string (AS $$ … $$) does not",
                           dependents->items[i].label);
}

static Status find(Dependents *dependents)
{
    Preflight *preflight = dependents->preflight;
    size_t before = dependents->errors->count;
    if (search(dependents) != STATUS_OK || dependents_check_rights(dependents) != STATUS_OK)
        return STATUS_FAILED;
    if (dependents->errors->count > before)
        return STATUS_OK; /* the run ends here, so nobody asks for statements */
    if (dependents_sort(dependents) != STATUS_OK || dependents_read_statements(dependents) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < dependents->count; i++)
        MEM_PUSH(preflight, preflight->rebinds, preflight->rebind_count, dependents->items[i].rebind);
    warn_of_bodies(dependents);
    return read_fingerprint(dependents);
}

Status dependents_find(Run *run, Preflight *preflight, Errors *errors)
{
    Dependents dependents = {
        .run = run, .preflight = preflight, .scratch = mem_context(NULL), .errors = errors};
    Status status = find(&dependents);
    talloc_free(dependents.scratch);
    return status;
}
