/*
 * What runs of this set left in the database and the journal does not account for: it was lost, or never was on this
 * machine.  The markers on the schemas say whose they are; matswap.generation, written by the swap's own transaction,
 * says what a run moved in and out.
 *
 *  - In an incoming schema everything is its run's that looks like a view of the set: by its name, in the live schema
 *    or in the SQL files.  What a swap has published is not, wherever somebody put it since.
 *  - In an outgoing schema only what the swap of its run moved there.
 *
 * The rest is named, and stays, and its schema with it.  The caller holds the set's lock and the fence, so no run of
 * the set lives, and none of its workers; what is dropped is dropped by OID under its lock (relations_drop), so that a
 * crash in the middle leaves less of the same, for the next time.
 */
#include <string.h>

#include "array.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"
#include "stage_internal.h"

typedef struct Search
{
    Run *run;
    void *memory; /* the result's */
    const Name *known;
    size_t known_count;
    const char *unfinished; /* the journal's run that is not at an end; NULL: none, or no journal */
    const char *keeper;     /* the run whose outgoing schemas hold the generation that the journal says is kept */
} Search;

typedef struct Swapped
{
    bool committed;
    uint32_t *out; /* what the run's swap moved out */
    size_t out_count;
    uint32_t *in; /* what any swap has moved in, of the relations at hand */
    size_t in_count;
} Swapped;

static Status ask_journal(Search *search, Errors *errors)
{
    Run *run = search->run;
    JournalRun *unfinished;
    JournalRun *last;
    if (run->journal == NULL)
        return STATUS_OK;
    if (journal_unfinished(search->memory, run->journal, run->config->set, &unfinished, errors) != STATUS_OK ||
        journal_last_swapped(search->memory, run->journal, run->config->set, &last, errors) != STATUS_OK)
        return STATUS_FAILED;
    search->unfinished = unfinished == NULL ? NULL : unfinished->run;
    search->keeper = last == NULL || !last->keep_old ? NULL : last->run;
    return STATUS_OK;
}

static bool is_accounted_for(const Search *search, const Leftover *leftover)
{
    return (search->unfinished != NULL && strcmp(search->unfinished, leftover->run) == 0) ||
           (leftover->outgoing && search->keeper != NULL && strcmp(search->keeper, leftover->run) == 0);
}

static uint32_t *oids_of_rows(const void *context, const PgRows *rows, const char *column)
{
    uint32_t *oids = mem_array(context, uint32_t, pg_row_count(rows));
    for (size_t i = 0; i < pg_row_count(rows); i++)
        oids[i] = pg_oid(rows, i, column);
    return oids;
}

static Status find_swapped(const Search *search, const void *scratch, const char *name, const Relation *relations,
                           size_t count, Swapped *ret_swapped, Errors *errors)
{
    PgRows *out;
    PgRows *in;
    uint32_t *oids = mem_array(scratch, uint32_t, count);
    for (size_t i = 0; i < count; i++)
        oids[i] = relations[i].oid;
    const char *array = array_of_oids(scratch, oids, count);
    if (pg_query(scratch, search->run->control, &out, errors, SQL_ORPHANS_SWAP, 1, &name) != STATUS_OK ||
        pg_query(scratch, search->run->control, &in, errors, SQL_ORPHANS_PUBLISHED, 1, &array) != STATUS_OK)
        return STATUS_FAILED;
    ret_swapped->committed = pg_row_count(out) > 0;
    ret_swapped->out = oids_of_rows(scratch, out, "old_oid");
    ret_swapped->out_count = pg_row_count(out);
    ret_swapped->in = oids_of_rows(scratch, in, "oid");
    ret_swapped->in_count = pg_row_count(in);
    return STATUS_OK;
}

/* The live schema of an incoming one; NULL when it was made under another suffix_new. */
static const char *live_schema(const Search *search, const void *scratch, const char *incoming)
{
    const char *suffix = search->run->config->suffix_new;
    size_t length = strlen(incoming);
    size_t cut = strlen(suffix);
    if (length <= cut || strcmp(incoming + length - cut, suffix) != 0)
        return NULL;
    return mem_strndup(scratch, incoming, length - cut);
}

static bool is_named(const Search *search, const char *live, const Relation *served, size_t served_count,
                     const char *name)
{
    for (size_t i = 0; i < served_count; i++)
        if (strcmp(served[i].name.name, name) == 0)
            return true;
    for (size_t i = 0; i < search->known_count; i++)
        if (strcmp(search->known[i].name, name) == 0 &&
            (live == NULL || strcmp(search->known[i].schema, live) == 0))
            return true;
    return false;
}

/* Moves those of `relations` that may be dropped to the front; how many they are in *ret_count. */
static Status choose(const Search *search, const void *scratch, const Leftover *leftover, const Swapped *swapped,
                     Relation *relations, size_t count, size_t *ret_count, Errors *errors)
{
    Relation *served = NULL;
    size_t served_count = 0;
    const char *live = leftover->outgoing ? NULL : live_schema(search, scratch, leftover->schema);
    if (live != NULL && relations_in_schemas(scratch, search->run->control, &live, 1, &served, &served_count,
                                             errors) != STATUS_OK)
        return STATUS_FAILED;
    *ret_count = 0;
    for (size_t i = 0; i < count; i++)
    {
        bool ours = leftover->outgoing
                        ? array_has_oid(swapped->out, swapped->out_count, relations[i].oid)
                        : !array_has_oid(swapped->in, swapped->in_count, relations[i].oid) &&
                              is_named(search, live, served, served_count, relations[i].name.name);
        if (ours)
            relations[(*ret_count)++] = relations[i];
    }
    return STATUS_OK;
}

/* Everything in the schema that is not one of the views to be dropped, described. */
static Status find_others(const Search *search, const void *scratch, uint32_t schema, Leftover *leftover,
                          Errors *errors)
{
    PgRows *rows;
    uint32_t *oids = mem_array(scratch, uint32_t, leftover->view_count);
    for (size_t i = 0; i < leftover->view_count; i++)
        oids[i] = leftover->views[i].oid;
    const char *parameters[] = {array_of_oids(scratch, &schema, 1),
                                array_of_oids(scratch, oids, leftover->view_count)};
    if (pg_query(scratch, search->run->control, &rows, errors, SQL_PREFLIGHT_KEPT, 2, parameters) != STATUS_OK)
        return STATUS_FAILED;
    leftover->other_count = pg_row_count(rows);
    leftover->others = mem_array(search->memory, const char *, leftover->other_count);
    for (size_t i = 0; i < leftover->other_count; i++)
        leftover->others[i] = mem_strdup(search->memory, pg_text(rows, i, "description"));
    return STATUS_OK;
}

static Status look_into(const Search *search, uint32_t schema, bool has_table, Leftover *leftover, Errors *errors)
{
    void *scratch = mem_context(search->memory);
    Swapped swapped = {0};
    Relation *relations;
    size_t count;
    Status status = relations_in_schemas(search->memory, search->run->control, &leftover->schema, 1, &relations, &count,
                                         errors);
    if (status == STATUS_OK && has_table)
        status = find_swapped(search, scratch, leftover->run, relations, count, &swapped, errors);
    if (status == STATUS_OK)
        status = choose(search, scratch, leftover, &swapped, relations, count, &leftover->view_count, errors);
    if (status == STATUS_OK)
    {
        leftover->swapped = swapped.committed;
        leftover->views = mem_array(search->memory, LeftoverView, leftover->view_count);
        for (size_t i = 0; i < leftover->view_count; i++)
            leftover->views[i] = (LeftoverView){relations[i].name, relations[i].kind, relations[i].oid,
                                                relations[i].owner, -1, -1};
        status = find_others(search, scratch, schema, leftover, errors);
    }
    talloc_free(scratch);
    return status;
}

Status orphans_find(Run *run, const Name *known, size_t known_count, Leftovers **ret_leftovers, Errors *errors)
{
    Leftovers *found = mem_new(run, Leftovers);
    Search search = {.run = run, .memory = found, .known = known, .known_count = known_count};
    PgRows *rows = NULL;
    const char *start = mem_printf(found, "matswap set=%s run=", run->config->set);
    Status status = ask_journal(&search, errors);
    if (status == STATUS_OK)
        status = pg_query(found, run->control, &rows, errors, SQL_ORPHANS_SCHEMAS, 1, &start);
    for (size_t i = 0; status == STATUS_OK && i < pg_row_count(rows); i++)
    {
        const char *comment = pg_text(rows, i, "comment");
        Leftover leftover = {.schema = pg_text(rows, i, "schema"),
                             .run = schema_marker_run(found, comment),
                             .outgoing = schema_marker_is_outgoing(comment),
                             .made = schema_marker_made(comment)};
        if (is_accounted_for(&search, &leftover))
            continue;
        status = look_into(&search, pg_oid(rows, i, "oid"), pg_boolean(rows, i, "generation_table"), &leftover, errors);
        if (status == STATUS_OK)
            MEM_PUSH(found, found->items, found->count, leftover);
    }
    if (status == STATUS_OK)
        *ret_leftovers = found;
    else
        talloc_free(found);
    return status;
}

static LeftoverView *view_of(const Leftovers *leftovers, uint32_t oid)
{
    for (size_t i = 0; i < leftovers->count; i++)
        for (size_t j = 0; j < leftovers->items[i].view_count; j++)
            if (leftovers->items[i].views[j].oid == oid)
                return &leftovers->items[i].views[j];
    return NULL;
}

/* All views to be dropped; talloc child of `context`. */
static Relation *relations_of(const void *context, const Leftovers *leftovers, size_t *ret_count)
{
    Relation *relations = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < leftovers->count; i++)
        for (size_t j = 0; j < leftovers->items[i].view_count; j++)
        {
            const LeftoverView *view = &leftovers->items[i].views[j];
            Relation relation = {.oid = view->oid, .name = view->name, .kind = view->kind, .owner = view->owner};
            MEM_PUSH(context, relations, *ret_count, relation);
        }
    return relations;
}

Status orphans_measure(Run *run, Leftovers *leftovers, Errors *errors)
{
    PgRows *rows;
    size_t count;
    void *scratch = mem_context(run);
    const Relation *relations = relations_of(scratch, leftovers, &count);
    uint32_t *oids = mem_array(scratch, uint32_t, count);
    for (size_t i = 0; i < count; i++)
        oids[i] = relations[i].oid;
    const char *array = array_of_oids(scratch, oids, count);
    Status status = pg_query(scratch, run->control, &rows, errors, SQL_ORPHANS_MEASURE, 1, &array);
    for (size_t i = 0; status == STATUS_OK && i < pg_row_count(rows); i++)
    {
        LeftoverView *view = view_of(leftovers, pg_oid(rows, i, "oid"));
        if (view_kind_is_stored(view->kind))
            view->rows = pg_integer(rows, i, "row_estimate"); /* -1: never analyzed */
        view->bytes = pg_value(rows, i, "bytes") == NULL ? -1 : pg_integer(rows, i, "bytes");
    }
    talloc_free(scratch);
    return status;
}

/* What the journal would have known of a schema made beforehand is lost: say what stays. */
static Status say_what_stays(Run *run, const Leftover *leftover, Errors *errors)
{
    PgRows *rows;
    if (leftover->made)
        return STATUS_OK;
    if (pg_query(run, run->control, &rows, errors, SQL_ORPHANS_GRANTS, 1, &leftover->schema) != STATUS_OK)
        return STATUS_FAILED;
    const char *grants = pg_value(rows, 0, "grants");
    report_warning(run->report, "schema %s was made beforehand and stays, without the marker; what its comment was is "
                   "in the lost journal, and which of its privileges matswap granted: %s", leftover->schema,
                   grants == NULL ? "nobody but the owner has any" : grants);
    talloc_free(rows);
    return STATUS_OK;
}

/* What depends on them and is not removed itself would stop the drop halfway: named, all of it, before the first. */
static Status refuse_dependents(Run *run, const Relation *relations, size_t count, Errors *errors)
{
    PgRows *rows;
    size_t before = errors->count;
    void *scratch = mem_context(run);
    uint32_t *oids = mem_array(scratch, uint32_t, count);
    for (size_t i = 0; i < count; i++)
        oids[i] = relations[i].oid;
    OidList found = {oids, count};
    Status status = relations_dependents(scratch, run->control, found, found, (OidList){0}, &rows, errors);
    for (size_t i = 0; status == STATUS_OK && i < pg_row_count(rows); i++)
    {
        if (pg_boolean(rows, i, "on_member"))
            continue;
        const char *object = pg_text(rows, i, "description");
        Error *error = errors_add(errors, ERROR_REFUSED, "%s depends on %s: nothing was removed", object,
                                  pg_text(rows, i, "members"));
        error_remedy(error_object(error, object), "it is not matswap's: drop it, or have it read the live views, then "
                                                  "run the command again");
    }
    talloc_free(scratch);
    return errors_since(errors, before);
}

/* A set of the same schemas takes its turn after us. */
static Status lock_found(Run *run, const Leftovers *leftovers, Errors *errors)
{
    Status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < leftovers->count; i++)
        status = lock_schema(run, leftovers->items[i].schema, lock_usual_patience, errors);
    return status;
}

/* Something was put into it since it was shown: what was promised has not been done. */
static Status refuse_filled(Run *run, const Leftover *leftover, Errors *errors)
{
    void *scratch = mem_context(run);
    SchemaState state;
    Status status = schema_state(scratch, run->control, leftover->schema, &state, errors);
    if (status == STATUS_OK && schema_marker_matches(state.comment, run->config->set, leftover->run))
    {
        Error *error = errors_add(errors, ERROR_CHANGED, "schema %s stays: it holds %s, which was not there before",
                                  leftover->schema, state.examples);
        error_remedy(error, "run the command again, and look at what it shows");
        status = STATUS_FAILED;
    }
    talloc_free(scratch);
    return status;
}

static Status remove_schema(Run *run, const Leftover *leftover, Errors *errors)
{
    if (schema_drop_kept(run, leftover->schema, leftover->run, (SchemaBefore){0}, errors) != STATUS_OK)
        return STATUS_FAILED;
    if (leftover->other_count > 0)
        return STATUS_OK;
    return refuse_filled(run, leftover, errors) == STATUS_OK ? say_what_stays(run, leftover, errors) : STATUS_FAILED;
}

Status orphans_remove(Run *run, const Leftovers *leftovers, Errors *errors)
{
    size_t count;
    void *scratch = mem_context(run);
    const Relation *relations = relations_of(scratch, leftovers, &count);
    Status status = lock_found(run, leftovers, errors);
    for (size_t i = 0; status == STATUS_OK && i < leftovers->count; i++)
        status = replaced_drop(run, leftovers->items[i].run, errors);
    if (status == STATUS_OK)
        status = refuse_dependents(run, relations, count, errors);
    if (status == STATUS_OK)
        status = relations_drop(run, relations, count, run->config->swap_timeout_ms, errors);
    for (size_t i = 0; status == STATUS_OK && i < leftovers->count; i++)
        status = remove_schema(run, &leftovers->items[i], errors);
    talloc_free(scratch);
    return status;
}
