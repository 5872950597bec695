/*
 * Imports: may the live tables be replaced, and is there something to load?
 *
 * A view's rows can be computed again, a table's may be all there is of them.  So a table is replaced, by an import or by
 * a view, only when a swap has brought it in (matswap.generation says so; the journal stands in for it where somebody has
 * emptied that), or when its section says `adopt = yes`.
 */
#include <string.h>

#include "array.h"
#include "matswap/import.h"
#include "matswap/memory.h"
#include "pg_sql.h"
#include "preflight_internal.h"

/* ---- whose table is it ------------------------------------------------------------------------------------ */

static Status ask_journal(Run *run, PreflightScratch *scratch, Errors *errors)
{
    JournalRun *last;
    if (run->journal == NULL)
        return STATUS_OK;
    if (journal_last_swapped(scratch, run->journal, run->config->set, &last, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; last != NULL && i < last->view_count; i++)
        if (last->views[i].new_oid != 0)
            MEM_PUSH(scratch, scratch->published, scratch->published_count, last->views[i].new_oid);
    return STATUS_OK;
}

Status preflight_find_published(Run *run, PreflightScratch *scratch, const PgRows *rows, Errors *errors)
{
    uint32_t *tables = NULL;
    size_t count = 0;
    for (size_t row = 0; row < pg_row_count(rows); row++)
        if (relation_kind(pg_text(rows, row, "relkind")) == VIEW_IMPORT)
            MEM_PUSH(scratch, tables, count, pg_oid(rows, row, "oid"));
    if (count == 0)
        return STATUS_OK;
    if (scratch->may_read_generations)
    {
        PgRows *published;
        const char *oids = array_of_oids(scratch, tables, count);
        if (pg_query(scratch, run->control, &published, errors, SQL_ORPHANS_PUBLISHED, 1, &oids) != STATUS_OK)
            return STATUS_FAILED;
        for (size_t row = 0; row < pg_row_count(published); row++)
            MEM_PUSH(scratch, scratch->published, scratch->published_count, pg_oid(published, row, "oid"));
    }
    return ask_journal(run, scratch, errors);
}

static bool is_adopted(const Run *run, const PlanView *view, const Import *import)
{
    if (import != NULL)
        return import->adopt;
    void *scratch = mem_context(NULL);
    bool adopt = view != NULL && config_rules_for(scratch, run->config, view->name).adopt;
    talloc_free(scratch);
    return adopt;
}

static void advise_adoption(const Run *run, const PlanView *view, const Import *import, Error *error)
{
    char *name = name_qualified(error, view->name);
    error_remedy(error, "if the %s is to take its place, write `adopt = yes` into [%s %s] of %s; else rename it",
                 import != NULL ? "import" : "view", import != NULL ? "import" : "view",
                 import != NULL ? import->written : name, run->config->path);
    error_at(error, view->create->file->path, view->create->line, view->create->column);
}

bool preflight_may_replace(const Run *run, const PreflightScratch *scratch, const PlanView *view, const char *name,
                           uint32_t oid, Errors *errors)
{
    const Import *import = view == NULL ? NULL : config_find_import(run->config, view->name);
    if (array_has_oid(scratch->published, scratch->published_count, oid) || is_adopted(run, view, import))
        return true;
    Error *error = preflight_refuse(errors, name, "%s is a table that no run of the set has published: its rows may be "
                                    "somebody's own", name);
    if (view != NULL)
        advise_adoption(run, view, import, error);
    else
        error_remedy(error, "rename or drop the table yourself");
    return false;
}

/* ---- what is on it ---------------------------------------------------------------------------------------- */

/* By the kinds of preflight_import_parts.sql; what is done about it, before and after the name of what comes instead. */
static const struct
{
    const char *kind, *relation, *before, *after;
} parts[] = {
    {"trigger", "is on", "drop it: ", " is filled by a run, and never written to"},
    {"rule", "is on", "drop it, or write a view on ", ""},
    {"policy", "is on", "drop it, and give readers a view on ", " that shows what they may see"},
    {"row security", "is enabled on", "disable it, and give readers a view on ", " that shows what they may see"},
    {"parent", "is the parent of", "ALTER TABLE … NO INHERIT, or DETACH PARTITION: ", " stands for itself"},
    {"sequence", "is owned by", "drop it, or ALTER SEQUENCE … OWNED BY NONE: it would be dropped with the old table, which ",
     " replaces"},
};

/* Of a table that leaves with nothing in its place, too. */
static bool becomes_import(const Run *run, uint32_t oid)
{
    for (size_t i = 0; i < run->plan->view_count; i++)
        if (run->preflight->live[i].oid == oid)
            return run->plan->views[i]->kind == VIEW_IMPORT;
    return true;
}

static void refuse_part(const Run *run, const PgRows *rows, size_t row, Errors *errors)
{
    size_t i = 0;
    while (strcmp(parts[i].kind, pg_text(rows, row, "kind")) != 0)
        i++;
    const char *object = pg_text(rows, row, "object");
    const char *what = becomes_import(run, pg_oid(rows, row, "relation")) ? "an import" : "the view";
    Error *error = preflight_refuse(errors, object, "%s %s %s, which %s replaces, and would be lost", object,
                                    parts[i].relation, pg_text(rows, row, "table"), what);
    error_remedy(error, "%s%s%s", parts[i].before, what, parts[i].after);
}

static void add_table(const void *memory, const LiveView *live, uint32_t **oids, size_t *count)
{
    if (live->oid != 0 && live->kind == VIEW_IMPORT)
        MEM_PUSH(memory, *oids, *count, live->oid);
}

static Status check_parts(Run *run, const PreflightScratch *scratch, Errors *errors)
{
    uint32_t *tables = NULL;
    size_t count = 0;
    PgRows *rows;
    for (size_t i = 0; i < run->plan->view_count; i++)
        add_table(scratch, &run->preflight->live[i], &tables, &count);
    for (size_t i = 0; i < run->former_count; i++)
        if (run->former[i].leaves)
            add_table(scratch, &run->former[i].live, &tables, &count);
    const char *oids = array_of_oids(scratch, tables, count);
    if (count == 0)
        return STATUS_OK;
    if (pg_query(scratch, run->control, &rows, errors, SQL_PREFLIGHT_IMPORT_PARTS, 1, &oids) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
        refuse_part(run, rows, row, errors);
    return STATUS_OK;
}

/* ---- where the rows come from ------------------------------------------------------------------------------ */

static const char *named_encoding(const Run *run, const PlanView *view)
{
    const Import *import = config_find_import(run->config, view->name);
    return import == NULL ? "UTF8" : import->encoding;
}

static Status check_encodings(Run *run, const PreflightScratch *scratch, Errors *errors)
{
    PgRows *rows;
    const char **names = mem_array(scratch, const char *, run->plan->view_count);
    for (size_t i = 0; i < run->plan->view_count; i++)
        names[i] = named_encoding(run, run->plan->views[i]);
    const char *array = array_of_texts(scratch, names, run->plan->view_count);
    if (pg_query(scratch, run->control, &rows, errors, SQL_PREFLIGHT_ENCODINGS, 1, &array) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t row = 0; row < pg_row_count(rows); row++)
    {
        const PlanView *view = run->plan->views[pg_integer(rows, row, "position") - 1];
        const Import *import = config_find_import(run->config, view->name);
        Error *error = errors_add(errors, ERROR_CONFIG, "[import %s]: the server knows no encoding %s", import->written,
                                  import->encoding);
        error_remedy(error_at(error, run->config->path, import->line, 0),
                     "see https://www.postgresql.org/docs/current/multibyte.html for their names");
    }
    return STATUS_OK;
}

/*
 * Not by a resumed run, which may have loaded it already; nor where the others are to be published without it: then its
 * load says what is missing.
 */
static bool is_looked_for(const Run *run)
{
    return run->record == NULL && (run->options.look_only || run->config->on_failure != ON_FAILURE_ISOLATE);
}

Status preflight_imports(Run *run, const PreflightScratch *scratch, Errors *errors)
{
    if (check_parts(run, scratch, errors) != STATUS_OK || check_encodings(run, scratch, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < run->plan->view_count; i++)
    {
        const Import *import = config_find_import(run->config, run->plan->views[i]->name);
        if (run->plan->views[i]->kind == VIEW_IMPORT && import != NULL && is_looked_for(run))
            import_check(run->config, import, errors);
    }
    return STATUS_OK;
}
