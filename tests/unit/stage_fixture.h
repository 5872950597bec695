/*
 * stage_fixture.h: a run on a fresh database of a real server, with a plan put together by hand (no file is parsed:
 * what a plan says is all that these stages look at), for the tests of src/stage/.
 *
 * Every test gets database matswap_test of its own; roles app and boss are gone when it starts.
 */
#ifndef MATSWAP_STAGE_FIXTURE_H
#define MATSWAP_STAGE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/plan/plan_internal.h"
#include "cluster.h"
#include "matswap/memory.h"
#include "matswap/stage.h"
#include "matswap/text.h"

typedef struct Stage
{
    Run *run;
    Config *config;
    PgConnection *admin;
    Plan *plan;
    SqlSet *sources;
    PlanView **all; /* of the set */
    size_t all_count;
    Errors *errors;
} Stage;

static inline PgConnection *stage_connect(Stage *stage, const char *settings)
{
    Config *config = cluster_config(stage);
    config->conninfo = mem_printf(config, "%s %s", cluster_conninfo(), settings);
    PgConnection *connection = NULL;
    if (pg_connect(stage, (PgOptions) {.config = config}, "test", &connection, stage->errors) != STATUS_OK)
        fail_msg("%s", error_format(stage, stage->errors->items[0]));
    return connection;
}

static inline void stage_sql_on(Stage *stage, PgConnection *connection, const char *sql)
{
    if (pg_run(connection, stage->errors, sql) != STATUS_OK)
        fail_msg("%s", error_format(stage, stage->errors->items[0]));
}

/* As superuser, with an ordinary search path. */
static inline void stage_sql(Stage *stage, const char *sql)
{
    stage_sql_on(stage, stage->admin, sql);
}

/* Column v of the first row. */
static inline const char *stage_value(Stage *stage, PgConnection *connection, const char *sql)
{
    PgRows *rows = NULL;
    if (pg_query(stage, connection, &rows, stage->errors, sql, 0, NULL) != STATUS_OK)
        fail_msg("%s", error_format(stage, stage->errors->items[0]));
    return pg_row_count(rows) == 0 ? NULL : pg_value(rows, 0, "v");
}

static inline uint32_t stage_oid(Stage *stage, const char *relation)
{
    const char *sql = mem_printf(stage, "SELECT %s::regclass::oid AS v", name_literal(stage, relation));
    return (uint32_t) strtoul(stage_value(stage, stage->admin, sql), NULL, 10);
}

static inline int stage_setup(void **state)
{
    Stage *stage = mem_new(NULL, Stage);
    stage->errors = errors_new(stage);
    PgConnection *first = stage_connect(stage, "dbname=postgres");
    stage_sql_on(stage, first, "DROP DATABASE IF EXISTS matswap_test WITH (FORCE)");
    stage_sql_on(stage, first, "DROP ROLE IF EXISTS app");
    stage_sql_on(stage, first, "DROP ROLE IF EXISTS boss");
    stage_sql_on(stage, first, "CREATE DATABASE matswap_test TEMPLATE template0");
    talloc_free(first);
    stage->admin = stage_connect(stage, "dbname=matswap_test");
    stage_sql(stage, "SET search_path = public");
    stage->config = cluster_config(stage);
    stage->config->suffix_new = "_new";
    stage->config->suffix_old = "_old";
    stage->config->search_path = mem_array(stage, const char *, 1);
    stage->config->search_path[0] = "public";
    stage->config->search_path_count = 1;
    stage->sources = mem_new(stage, SqlSet);
    stage->plan = mem_new(stage, Plan);
    stage->plan->config = stage->config;
    stage->plan->sources = stage->sources;
    stage->run = mem_new(stage, Run);
    stage->run->config = stage->config;
    stage->run->plan = stage->plan;
    stage->run->control = stage_connect(stage, "dbname=matswap_test");
    *state = stage;
    return 0;
}

static inline int stage_teardown(void **state)
{
    talloc_free(*state);
    return 0;
}

/* Until the end of the test, matswap connects as role `app`, which may do what `grants` says. */
static inline void stage_as_app(Stage *stage, const char *grants)
{
    stage_sql(stage, "CREATE ROLE app LOGIN");
    stage_sql(stage, grants);
    talloc_free(stage->run->control);
    stage->run->control = stage_connect(stage, "dbname=matswap_test user=app");
}

static inline SqlStatement *stage_add_statement(Stage *stage, Name view, SqlPhase phase, const char *tag)
{
    SqlFile *file = mem_new(stage, SqlFile);
    file->path = mem_printf(file, "q/%s.sql", view.name);
    SqlStatement *statement = mem_new(stage, SqlStatement);
    statement->file = file;
    statement->phase = phase;
    statement->tag = tag;
    statement->view = view;
    statement->line = 2;
    statement->column = 1;
    MEM_PUSH(stage->sources, stage->sources->statements, stage->sources->statement_count, statement);
    return statement;
}

/* A view of the set; `rebuilt` as --only would have it. */
static inline PlanView *stage_add(Stage *stage, const char *schema, const char *name, ViewKind kind, bool rebuilt)
{
    PlanView *view = mem_new(stage, PlanView);
    view->name = (Name) {schema, name};
    view->kind = kind;
    view->rebuilt = rebuilt;
    view->create = stage_add_statement(stage, view->name, SQL_CREATE, "SELECT");
    MEM_PUSH(stage, stage->all, stage->all_count, view);
    return view;
}

static inline void stage_add_object(Stage *stage, PlanView *view, SqlPhase phase, const char *tag, const char *object)
{
    SqlStatement *statement = stage_add_statement(stage, view->name, phase, tag);
    statement->object = object;
    PlanStatement planned = {.phase = phase, .source = statement, .sql = ""};
    MEM_PUSH(stage, view->statements, view->statement_count, planned);
}

static inline void stage_add_read(Stage *stage, PlanView *reader, PlanView *read)
{
    PlanRead edge = {.view = read};
    MEM_PUSH(stage, reader->reads, reader->read_count, edge);
}

/* The view's file names something, at line 7, column 9. */
static inline void stage_add_reference(Stage *stage, PlanView *view, ReferenceKind kind, const char *schema,
                                       const char *name)
{
    Reference reference = {.kind = kind, .name = {schema, name}, .line = 7, .column = 9};
    for (size_t i = 0; i < stage->sources->statement_count; i++)
        if (stage->sources->statements[i] == view->create)
            MEM_PUSH(stage, stage->sources->statements[i]->references,
                     stage->sources->statements[i]->reference_count, reference);
}

static inline int stage_compare(const void *a, const void *b)
{
    PlanView *const *left = a;
    PlanView *const *right = b;
    return name_compare(&(*left)->name, &(*right)->name);
}

/* Views by name, and a schema for each. */
static inline void stage_finish_plan(Stage *stage)
{
    Plan *plan = stage->plan;
    qsort(stage->all, stage->all_count, sizeof *stage->all, stage_compare);
    plan->lookup = mem_new(plan, struct PlanLookup);
    plan->lookup->by_name = stage->all;
    plan->lookup->count = stage->all_count;
    plan->schemas = mem_array(plan, PlanSchema, stage->all_count);
    for (size_t i = 0; i < stage->all_count; i++)
    {
        PlanView *view = stage->all[i];
        if (!view->rebuilt)
        {
            MEM_PUSH(plan, plan->kept, plan->kept_count, view);
            continue;
        }
        if (plan->schema_count == 0 || strcmp(plan->schemas[plan->schema_count - 1].live, view->name.schema) != 0)
            plan->schemas[plan->schema_count++] =
                (PlanSchema) {.live = view->name.schema,
                              .incoming = mem_printf(plan, "%s_new", view->name.schema),
                              .outgoing = mem_printf(plan, "%s_old", view->name.schema)};
        view->schema = &plan->schemas[plan->schema_count - 1];
        view->index = plan->view_count;
        MEM_PUSH(plan, plan->views, plan->view_count, view);
    }
    plan->live_search_path = "public";
}

/* Runs the preflight; everything that it said, as a user would read it. */
static inline const char *stage_check(Stage *stage)
{
    size_t before = stage->errors->count;
    Status status = stage_preflight(stage->run, stage->errors);
    assert_int_equal(status, errors_since(stage->errors, before));
    Text *text = text_new(stage);
    for (size_t i = before; i < stage->errors->count; i++)
    {
        assert_int_equal(stage->errors->items[i]->kind, ERROR_REFUSED);
        assert_non_null(stage->errors->items[i]->remedy);
        assert_non_null(stage->errors->items[i]->object);
        text_addf(text, "%s\n", error_format(text, stage->errors->items[i]));
    }
    errors_truncate(stage->errors, before);
    return text->data;
}

static inline const char *stage_error_lines(Stage *stage)
{
    Text *text = text_new(stage);
    for (size_t i = 0; i < stage->errors->count; i++)
        text_addf(text, "%s\n", error_format(text, stage->errors->items[i]));
    return text->data;
}

static inline void assert_says(const char *text, const char *part)
{
    const char *said = text == NULL ? "(nothing)" : text;
    if (strstr(said, part) == NULL)
        fail_msg("\"%s\" is not in:\n%s", part, said);
}

#endif
