/*
 * The protocol as a script for psql: every statement that the plan knows, in an order that one connection can run.
 * What only the catalog knows (owners, carried attributes, dependents to rebind, object ids for the drops) stands
 * there as a comment.  It runs on a database with or without a live generation; statistics objects of the live one
 * are moved only if they are there, which SQL has no IF EXISTS for (\gexec runs the text that a query returns).
 */
#include "plan_internal.h"

#include "matswap/memory.h"

static void add_heading(Text *text, const char *heading)
{
    text_addf(text, "\n-- ---- %s\n\n", heading);
}

/* The name in `schema` instead of its own. */
static char *name_in(const void *context, const char *schema, const char *name)
{
    return name_qualified(context, (Name){schema, name});
}

/* A file's last line may be a comment, so the semicolon has a line of its own. */
static void add_statements(Text *text, const PlanView *view, SqlPhase phase)
{
    for (size_t i = 0; i < view->statement_count; i++)
    {
        if (view->statements[i].phase != phase)
            continue;
        text_add(text, view->statements[i].sql);
        text_add(text, "\n;\n");
    }
}

static void add_settings(Text *text, const Plan *plan)
{
    void *scratch = mem_context(NULL);
    add_heading(text, "session: unqualified names mean the new generation where there is one");
    for (size_t i = 0; i < plan->config->session_count; i++)
    {
        const Setting *setting = &plan->config->session[i];
        text_addf(text, "SELECT pg_catalog.set_config(%s, %s, false);\n", name_literal(scratch, setting->name),
                  name_literal(scratch, setting->value));
    }
    text_addf(text, "SET search_path = %s;\n", plan->build_search_path);
    talloc_free(scratch);
}

static void add_schemas(Text *text, const Plan *plan)
{
    void *scratch = mem_context(NULL);
    add_heading(text, "snapshot: the schemas of both generations; one snapshot for all workers");
    for (size_t i = 0; i < plan->schema_count; i++)
        text_addf(text, "CREATE SCHEMA %s;\nCREATE SCHEMA %s;\n", name_quote(scratch, plan->schemas[i].incoming),
                  name_quote(scratch, plan->schemas[i].outgoing));
    text_add(text, "-- on a connection that stays open until everything is built:\n"
                   "--   BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_export_snapshot();\n");
    talloc_free(scratch);
}

/* Which columns there are is known when the data comes. */
static void add_copy(Text *text, const Import *import, const char *name)
{
    text_addf(text, "-- COPY %s (the columns of the data) FROM STDIN WITH (FREEZE, ...), %s, from the %s\n--   ", name,
              import->format == IMPORT_CSV ? "CSV with a header" : "converted from JSON lines",
              import->file != NULL ? "file" : "output of the command");
    text_add_visible(text, import->file != NULL ? import->file : import->command.written);
    text_add(text, "\n");
}

static void add_build(Text *text, const Plan *plan, const PlanView *view)
{
    void *scratch = mem_context(NULL);
    const char *name = name_in(scratch, view->schema->incoming, view->name.name);
    text_addf(text, "-- level %d: ", view->level);
    plan_add_name(text, view->name);
    text_add(text, ", from ");
    text_add_visible(text, view->create->file->path);
    text_addf(text, ":%d\n", view->create->line);
    text_add(text, "BEGIN ISOLATION LEVEL REPEATABLE READ;\n"
                   "-- SET TRANSACTION SNAPSHOT '<what pg_export_snapshot() returned>';\n");
    add_statements(text, view, SQL_CREATE);
    text_add(text, "-- here: owner, privileges, options and comments of the live view that no file states\n");
    add_statements(text, view, SQL_ATTRIBUTE);
    if (view->kind == VIEW_MATERIALIZED)
        text_addf(text, "REFRESH MATERIALIZED VIEW %s;\n", name);
    if (view->kind == VIEW_IMPORT)
        add_copy(text, config_find_import(plan->config, view->name), name);
    if (view_kind_is_stored(view->kind))
        text_addf(text, "ANALYZE %s;\n", name);
    text_add(text, "COMMIT;\n");
    add_statements(text, view, SQL_INDEX);
    add_statements(text, view, SQL_INDEX_ATTRIBUTE);
    if (view_kind_is_stored(view->kind))
        text_addf(text, "VACUUM %s;\n", name);
    text_add(text, "\n");
    talloc_free(scratch);
}

/* Statistics objects stay behind when their view moves. */
static void add_statistics_moves(Text *text, const PlanView *view, bool live)
{
    void *scratch = mem_context(NULL);
    for (size_t i = 0; i < view->statement_count; i++)
    {
        const SqlStatement *source = view->statements[i].source;
        if (!text_equal(source->tag, "CREATE STATISTICS") || source->object == NULL)
            continue;
        const char *from = live ? view->schema->live : view->schema->incoming;
        const char *to = live ? view->schema->outgoing : view->schema->live;
        const char *move = mem_printf(scratch, "ALTER STATISTICS %s SET SCHEMA %s",
                                      name_in(scratch, from, source->object), name_quote(scratch, to));
        if (live)
            text_addf(text,
                      "SELECT %s FROM pg_catalog.pg_statistic_ext\n"
                      "  WHERE stxname = %s AND stxnamespace = pg_catalog.to_regnamespace(%s) \\gexec\n",
                      name_literal(scratch, move), name_literal(scratch, source->object),
                      name_literal(scratch, name_quote(scratch, from)));
        else
            text_addf(text, "%s;\n", move);
    }
    talloc_free(scratch);
}

static void add_moves(Text *text, const Plan *plan, bool live)
{
    void *scratch = mem_context(NULL);
    for (size_t i = 0; i < plan->view_count; i++)
    {
        const PlanView *view = plan->views[i];
        const char *from = live ? view->schema->live : view->schema->incoming;
        const char *to = live ? view->schema->outgoing : view->schema->live;
        text_addf(text, "ALTER %s %s%s SET SCHEMA %s;\n", relation_kind_sql(view->kind), live ? "IF EXISTS " : "",
                  name_in(scratch, from, view->name.name), name_quote(scratch, to));
        add_statistics_moves(text, view, live);
    }
    talloc_free(scratch);
}

static void add_swap(Text *text, const Plan *plan)
{
    add_heading(text, "validate: totals and rules of both generations; what the new one depends on");
    text_add(text, "-- (the queries depend on the catalog: columns, object ids)\n");
    add_heading(text, "swap: one transaction");
    text_add(text, "BEGIN;\n-- first the AccessExclusiveLock on every live view, in short tries that back off:\n");
    text_addf(text, "-- SET LOCAL lock_timeout = %d;\n", plan->config->lock_timeout_from_ms);
    for (size_t i = 0; i < plan->view_count; i++)
    {
        text_addf(text, "-- ALTER %s ", relation_kind_sql(plan->views[i]->kind));
        plan_add_name(text, plan->views[i]->name);
        text_add(text, " OWNER TO <its owner>;\n");
    }
    add_moves(text, plan, true);
    add_moves(text, plan, false);
    text_add(text, "-- here: ordinary views outside the set that read it are bound to the new generation\n");
    void *scratch = mem_context(NULL);
    if (plan->config->notify != NULL)
        text_addf(text, "NOTIFY %s;\n", name_quote(scratch, plan->config->notify));
    talloc_free(scratch);
    text_add(text, "COMMIT;\n");
}

static void add_retire(Text *text, const Plan *plan)
{
    void *scratch = mem_context(NULL);
    bool keep = plan->config->keep_old;
    add_heading(text, keep ? "retire: keep_old is set, the old generation stays until the next run"
                           : "retire: readers first; by object id, each checked against the run's marker");
    for (size_t i = plan->view_count; i-- > 0 && !keep;)
        text_addf(text, "DROP %s IF EXISTS %s;\n", relation_kind_sql(plan->views[i]->kind),
                  name_in(scratch, plan->views[i]->schema->outgoing, plan->views[i]->name.name));
    for (size_t i = 0; i < plan->schema_count; i++)
    {
        if (!keep)
            text_addf(text, "DROP SCHEMA %s;\n", name_quote(scratch, plan->schemas[i].outgoing));
        text_addf(text, "DROP SCHEMA %s;\n", name_quote(scratch, plan->schemas[i].incoming));
    }
    talloc_free(scratch);
}

void plan_print_sql(const Plan *plan, Text *text)
{
    text_add(text, "-- set ");
    text_add_visible(text, plan->config->set);
    text_addf(text, ", fingerprint %s: what a run does, as a script for psql.\n", plan->fingerprint);
    text_add(text, "-- One connection takes the place of the workers, so each view here has a snapshot of its own.\n");
    text_add(text, "\\set ON_ERROR_STOP on\n");
    add_settings(text, plan);
    add_schemas(text, plan);
    add_heading(text, "build: any order in which a view follows what it reads");
    for (size_t i = 0; i < plan->view_count; i++)
        add_build(text, plan, plan->views[i]);
    add_swap(text, plan);
    add_retire(text, plan);
}
