/*
 * The steps of the build's tasks, as data for the pool.
 *
 * A view is filled in the frozen way: CREATE … WITH NO DATA and REFRESH in one REPEATABLE READ transaction under
 * the imported snapshot.  The rows are then visible to every snapshot: to workers that build dependents under
 * the same one, and to readers whose snapshot is older than the swap (docs/operating.md, "frozen rows").
 *
 * A table is filled by COPY … (FREEZE), to the same end.  Its data comes from outside and is of a moment of its own, so its
 * transaction has no part in the snapshot; it begins when the data does, however long a command takes to get ready.
 *
 * Privileges follow the data, in the same transaction.  Owners can have revoked their own: reading then fails, and from
 * PostgreSQL 17 on REFRESH and ANALYZE too, which ask for MAINTAIN instead of ownership (RangeVarCallbackMaintainsTable
 * in src/backend/commands/tablecmds.c).
 */
#include "build.h"
#include "carry_internal.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"

static Name incoming_name(const BuildView *view)
{
    return (Name){view->view->schema->incoming, view->view->name.name};
}

static PgTask *new_task(BuildView *view)
{
    PgTask *task = mem_new(view->build, PgTask);
    task->owner = view;
    task->label = view->label;
    return task;
}

static void add_step(PgTask *task, BuildView *view, const char *sql, int tag, PgOrigin origin)
{
    if (origin.object == NULL)
        origin.object = view->label;
    PgStep step = {.sql = sql, .origin = origin, .tag = tag, .owner = view};
    MEM_PUSH(task, task->steps, task->step_count, step);
}

static void add_plain_step(PgTask *task, BuildView *view, const char *sql)
{
    add_step(task, view, sql, STEP_OTHER, (PgOrigin){0});
}

/* search_path as the files expect it, and the owner's role: both end with the transaction. */
static void add_local_settings(Text *sql, const BuildView *view)
{
    const char *search_path = view->build->run->plan->build_search_path;
    text_addf(sql, ";\n%s", PG_SQL(sql, SQL_BUILD_SEARCH_PATH, {"search_path", search_path}));
    if (view->recipe->role != NULL)
        text_addf(sql, ";\n%s", PG_SQL(sql, SQL_BUILD_ROLE, {"role", view->recipe->role}));
}

/* The place of one statement is not that of the next view in the same transaction. */
static void add_statements(PgTask *task, BuildView *view, const RecipeStatement *statements, size_t count)
{
    for (size_t i = 0; i < count; i++)
    {
        const RecipeStatement *statement = &statements[i];
        if (statement->tablespace != NULL)
            add_plain_step(task, view, recipe_tablespace_sql(task, statement->tablespace));
        if (statement->access_method != NULL)
            add_plain_step(task, view, recipe_access_method_sql(task, statement->access_method));
        add_step(task, view, statement->sql, STEP_OTHER, statement->origin);
        if (statement->tablespace != NULL)
            add_plain_step(task, view, recipe_tablespace_sql(task, NULL));
        if (statement->access_method != NULL)
            add_plain_step(task, view, recipe_access_method_sql(task, NULL));
    }
}

/* ---- an import's data -------------------------------------------------------------------------------------- */

static void log_line(void *closure, const char *line)
{
    const BuildView *view = closure;
    report_line(view->build->run->report, "import", "%s: %s", view->label, line);
}

static ImportFeed *new_feed(PgTask *task, BuildView *view)
{
    const Run *run = view->build->run;
    const Recipe *recipe = view->recipe;
    ImportColumn *columns = mem_array(task, ImportColumn, recipe->column_count);
    for (size_t i = 0; i < recipe->column_count; i++)
        columns[i] = (ImportColumn){recipe->columns[i].name, recipe->columns[i].generated,
                                    recipe->columns[i].has_default, recipe->columns[i].is_json};
    ImportOptions options = {.config = run->config,
                             .import = config_find_import(run->config, view->view->name),
                             .run = run->record->run,
                             .schema = view->view->schema->incoming,
                             .columns = columns,
                             .column_count = recipe->column_count,
                             .log = log_line,
                             .closure = view};
    return import_feed_new(task, &options);
}

static void add_feed_step(PgTask *task, BuildView *view, bool opens)
{
    PgStep step = {.origin = {.object = view->label}, .owner = view, .feed = import_feed(view->feed), .opens = opens};
    MEM_PUSH(task, task->steps, task->step_count, step);
}

/* ---- filling ----------------------------------------------------------------------------------------------- */

static void add_refresh(PgTask *task, BuildView *view, Name name)
{
    const SqlStatement *create = view->view->create;
    PgOrigin origin = {.file = create->file->path, .line = create->line};
    add_step(task, view, PG_SQL(task, SQL_BUILD_REFRESH, {"schema", name.schema}, {"name", name.name}), STEP_OTHER,
             origin);
    if (view->recipe->sources != NULL)
        add_step(task, view, PG_SQL(task, SQL_BUILD_REWRITTEN, {"sources", name_literal(task, view->recipe->sources)}),
                 STEP_REWRITTEN, (PgOrigin){0});
}

static void add_data(PgTask *task, BuildView *view)
{
    Name name = incoming_name(view);
    ViewRules rules = config_rules_for(task, view->build->run->config, view->view->name);
    MeasuredColumns measured = totals_columns(task, &rules, view->recipe);
    if (view->feed != NULL)
        add_feed_step(task, view, false);
    else
        add_refresh(task, view, name);
    add_plain_step(task, view, PG_SQL(task, SQL_BUILD_ANALYZE, {"schema", name.schema}, {"name", name.name}));
    add_step(task, view, totals_sql(task, name, &measured), STEP_TOTALS, (PgOrigin){0});
    if (view->recipe->source_total.sql != NULL)
        add_step(task, view, view->recipe->source_total.sql, STEP_SOURCE, view->recipe->source_total.origin);
}

static void add_fill(PgTask *task, BuildView *view)
{
    Name name = incoming_name(view);
    add_statements(task, view, view->recipe->before_data, view->recipe->before_data_count);
    if (view_kind_is_stored(view->view->kind))
        add_data(task, view);
    add_statements(task, view, view->recipe->privileges, view->recipe->privilege_count);
    if (view->indexed_in_fill)
    {
        add_statements(task, view, view->recipe->indexes, view->recipe->index_count);
        add_statements(task, view, view->recipe->index_attributes, view->recipe->index_attribute_count);
    }
    add_step(task, view, PG_SQL(task, SQL_BUILD_IDENTITY, {"schema", name.schema}, {"name", name.name}), STEP_IDENTITY,
             (PgOrigin){0});
}

/* From one view of a transaction to the next: its role, or none, and the name that `status` shows it by. */
static void add_change_of_view(PgTask *task, BuildView *view)
{
    Text *sql = text_new(task);
    char *name = mem_printf(sql, "matswap/%s/%s", view->build->run->config->set, view->label);
    text_addf(sql, "%s;\n%s", SQL_SESSION_ROLE_RESET, PG_SQL(sql, SQL_BUILD_APPLICATION, {"name", name}));
    add_local_settings(sql, view);
    add_plain_step(task, view, sql->data);
}

PgTask *build_fill_task(const BuildFill *fill)
{
    BuildView *first = fill->views[0];
    PgTask *task = new_task(first);
    Text *begin = text_new(task);
    if (first->view->kind == VIEW_IMPORT) /* which has a transaction of its own */
    {
        first->feed = new_feed(task, first);
        add_feed_step(task, first, true);
        text_add(begin, SQL_TRANSACTION_BEGIN);
    }
    else
        text_addf(begin, "%s;\n%s", SQL_BUILD_BEGIN,
                  PG_SQL(begin, SQL_BUILD_IMPORT_SNAPSHOT, {"snapshot", first->build->run->snapshot_name}));
    add_local_settings(begin, first);
    add_plain_step(task, first, begin->data);
    for (size_t i = 0; i < fill->count; i++)
    {
        if (i > 0)
            add_change_of_view(task, fill->views[i]);
        add_fill(task, fill->views[i]);
    }
    add_plain_step(task, fill->views[fill->count - 1], SQL_TRANSACTION_COMMIT);
    return task;
}

static PgTask *new_settings_task(BuildView *view)
{
    PgTask *task = new_task(view);
    Text *begin = text_new(task);
    text_add(begin, SQL_TRANSACTION_BEGIN);
    add_local_settings(begin, view);
    add_plain_step(task, view, begin->data);
    return task;
}

PgTask *build_index_task(BuildView *view, size_t index)
{
    PgTask *task = new_settings_task(view);
    add_statements(task, view, &view->recipe->indexes[index], 1);
    add_plain_step(task, view, SQL_TRANSACTION_COMMIT);
    return task;
}

PgTask *build_index_attributes_task(BuildView *view)
{
    PgTask *task = new_settings_task(view);
    add_statements(task, view, view->recipe->index_attributes, view->recipe->index_attribute_count);
    add_plain_step(task, view, SQL_TRANSACTION_COMMIT);
    return task;
}

PgTask *build_vacuum_task(BuildView *view)
{
    PgTask *task = new_task(view);
    Name name = incoming_name(view);
    /* A superuser needs no role for it; an owner without MAINTAIN would be passed over with a warning. */
    bool as_owner = view->recipe->role != NULL && !view->build->run->preflight->superuser;
    if (as_owner)
        add_plain_step(task, view, PG_SQL(task, SQL_SESSION_ROLE, {"role", view->recipe->role}));
    add_plain_step(task, view, PG_SQL(task, SQL_BUILD_VACUUM, {"options", view->recipe->analyze_again ? "(ANALYZE)" : ""},
                                {"schema", name.schema}, {"name", name.name}));
    add_step(task, view, PG_SQL(task, SQL_BUILD_IDENTITY, {"schema", name.schema}, {"name", name.name}), STEP_IDENTITY,
             (PgOrigin){0});
    if (as_owner)
        add_plain_step(task, view, SQL_SESSION_ROLE_RESET);
    return task;
}
