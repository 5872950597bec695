/*
 * The scenario: server, database, files and journal, and what the driver knows of them.
 */
#include "driver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "faults_sql.h"
#include "views.h"

uint64_t scenario_random(Scenario *scenario, uint64_t below)
{
    /* splitmix64: the same trials for the same seed, on every machine */
    uint64_t z = scenario->random += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (z ^ (z >> 31)) % below;
}

char *scenario_file(const void *context, const Scenario *scenario, const char *name)
{
    return mem_printf(context, "%s/%s", scenario->options->work, name);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        bail_out("cannot write %s: %s", path, strerror(errno));
}

static int run_shell(const char *command)
{
    int status = system(command);
    if (status == -1)
        bail_out("cannot run %s", command);
    return status;
}

/* ---- the server ----------------------------------------------------------------------------------------------- */

/* Without what makes the program fail: pg_ctl and the server are not meant. */
char *scenario_stop_command(const void *context, const Scenario *scenario, bool start_again)
{
    const Options *options = scenario->options;
    char *stop = mem_printf(context, "unset LD_PRELOAD; '%s' stop '%s' --immediate > '%s/cluster.log' 2>&1 < /dev/null",
                            options->pg_cluster, options->cluster, options->work);
    if (!start_again)
        return stop;
    return mem_printf(context, "%s; '%s' start '%s' >> '%s/cluster.log' 2>&1 < /dev/null", stop, options->pg_cluster,
                      options->cluster, options->work);
}

void scenario_start_server(Scenario *scenario)
{
    const Options *options = scenario->options;
    char *command = mem_printf(NULL, "'%s' start '%s' > '%s/cluster.log' 2>&1 < /dev/null", options->pg_cluster,
                               options->cluster, options->work);
    if (run_shell(command) != 0)
        bail_out("the server does not start; see %s/cluster.log", options->work);
    talloc_free(command);
}

static void ignore_notice(void *unused, const PGresult *result)
{
}

static PGconn *connect_to(const char *database)
{
    /* compiling a query that runs once, on 200 rows, takes longer than a whole run of the program */
    char *conninfo = mem_printf(NULL, "dbname=%s application_name=driver options='-c jit=off'", database);
    PGconn *connection = PQconnectdb(conninfo);
    talloc_free(conninfo);
    if (PQstatus(connection) != CONNECTION_OK)
        bail_out("cannot connect: %s", PQerrorMessage(connection));
    PQsetNoticeReceiver(connection, ignore_notice, NULL);
    return connection;
}

static PGresult *query(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        bail_out("%s: %s", sql, PQerrorMessage(connection));
    return result;
}

PGresult *scenario_query(Scenario *scenario, const char *sql)
{
    return query(scenario->connection, sql);
}

static void execute(Scenario *scenario, const char *sql)
{
    PQclear(scenario_query(scenario, sql));
}

void scenario_reconnect(Scenario *scenario)
{
    PQfinish(scenario->connection);
    scenario->connection = connect_to(scenario->options->database);
}

char *result_lines(const void *context, const PGresult *result, int column)
{
    Text *text = text_new(context);
    for (int row = 0; row < PQntuples(result); row++)
        text_addf(text, "%s\n", PQgetvalue(result, row, column));
    return text->data;
}

/* ---- the set, as files, as live views, as what it should hold -------------------------------------------------- */

static char *replace_all(const void *context, const char *text, const char *from, const char *to)
{
    Text *result = text_new(context);
    for (const char *found; (found = strstr(text, from)) != NULL; text = found + strlen(from))
    {
        text_add_bytes(result, text, (size_t) (found - text));
        text_add(result, to);
    }
    text_add(result, text);
    return result->data;
}

static void write_view(const Scenario *scenario, const SetView *view)
{
    void *scratch = mem_context(scenario);
    char *path = mem_printf(scratch, "%s/queries/%s.%s.sql", scenario->options->work, view->schema, view->name);
    const char *text = mem_printf(scratch, "%s\n", view->query);
    if (!view->materialized || view->statements != NULL)
        text = mem_printf(scratch, "CREATE %sVIEW %s.%s AS\n%s;\n%s", view->materialized ? "MATERIALIZED " : "",
                          view->schema, view->name, view->query, view->statements == NULL ? "" : view->statements);
    write_file(path, text);
    talloc_free(scratch);
}

static void create_view(Scenario *scenario, const SetView *view)
{
    void *scratch = mem_context(scenario);
    execute(scenario, mem_printf(scratch, "CREATE %sVIEW %s.%s AS %s; %s", view->materialized ? "MATERIALIZED " : "",
                                 view->schema, view->name, view->query,
                                 view->statements == NULL ? "" : view->statements));
    talloc_free(scratch);
}

static void write_configuration(Scenario *scenario, const char *more)
{
    char *path = scenario_file(NULL, scenario, "matswap.ini");
    bool keep = scenario->series == SERIES_KEEP || scenario->series == SERIES_ROLLBACK;
    char *text = mem_printf(path, "[matswap]\nset = faults\nqueries = queries\nschema = sales\n"
                                  "journal = state/journal.db\naudit_table = matswap.refreshes\njobs = 2\nkeep_old = %s\n"
                                  "on_failure = %s\n%s", keep ? "yes" : "no",
                             scenario->series == SERIES_ISOLATE ? "isolate" : "abort", more);
    write_file(path, text);
    talloc_free(path);
}

/* What the queries give now, when nothing is materialized: one statement, in which each is a WITH query. */
static char *reference_contents(const void *context, Scenario *scenario)
{
    void *scratch = mem_context(scenario);
    Text *sql = text_new(scratch);
    for (size_t i = 0; i < set_view_count; i++)
    {
        char *query = replace_all(scratch, set_views[i].query, "sales.", "");
        query = replace_all(scratch, query, "stock.", "");
        text_addf(sql, "%s %s AS MATERIALIZED (%s)", i > 0 ? ",\n" : "WITH", set_views[i].name, query);
    }
    for (size_t i = 0; i < set_view_count; i++)
        text_addf(sql, "%s SELECT '%s.%s' COLLATE \"C\" AS view, "
                       "pg_catalog.md5(pg_catalog.string_agg(v::text, '|' ORDER BY v::text)) AS contents FROM %s AS v",
                  i > 0 ? " UNION ALL" : "", set_views[i].schema, set_views[i].name, set_views[i].name);
    text_add(sql, " ORDER BY view");
    PGresult *result = scenario_query(scenario, sql->data);
    char *lines = result_lines(context, result, 1);
    PQclear(result);
    talloc_free(scratch);
    return lines;
}

static void remember_contents(Scenario *scenario)
{
    while (scenario->contents_count <= (size_t) scenario->tick)
        MEM_PUSH(scenario, scenario->contents, scenario->contents_count, NULL);
    scenario->contents[scenario->tick] = reference_contents(scenario, scenario);
}

void scenario_tick(Scenario *scenario)
{
    execute(scenario, FAULTS_TICK);
    scenario->tick++;
    remember_contents(scenario);
}

int64_t scenario_tick_of(const Scenario *scenario, const char *oids)
{
    for (size_t i = scenario->generation_count; i-- > 0;)
        if (strcmp(scenario->generations[i].oids, oids) == 0)
            return scenario->generations[i].tick;
    return 0;
}

void scenario_learn(Scenario *scenario, const char *oids, int64_t tick)
{
    Generation generation = {mem_strdup(scenario, oids), tick};
    if (scenario_tick_of(scenario, oids) == 0)
        MEM_PUSH(scenario, scenario->generations, scenario->generation_count, generation);
}

/* NULL where pg_dump is older than the server. */
char *scenario_dump(const void *context, const Scenario *scenario)
{
    char *file = scenario_file(context, scenario, "dump.sql");
    char *command = mem_printf(file, "pg_dump --schema-only --exclude-schema=matswap -N '*_old' -d %s "
                                     "2> /dev/null > '%s'",
                               scenario->options->database, file);
    char *text = NULL;
    Errors *errors = errors_new(file);
    if (run_shell(command) == 0 && text_read_file(context, file, &text, NULL, errors) != STATUS_OK)
        bail_out("cannot read %s", file);
    if (text == NULL)
        return NULL;
    Text *kept = text_new(context);
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        if (strncmp(line, "\\restrict ", 10) != 0 && strncmp(line, "\\unrestrict ", 12) != 0)
            text_addf(kept, "%s\n", line);
    return kept->data;
}

/* ---- from scratch --------------------------------------------------------------------------------------------- */

static void make_database(Scenario *scenario)
{
    const char *name = scenario->options->database;
    PQfinish(scenario->connection);
    scenario->connection = NULL;
    PGconn *connection = connect_to("postgres");
    char *sql = mem_printf(NULL, "DROP DATABASE IF EXISTS %s WITH (FORCE)", name);
    PQclear(query(connection, sql));
    talloc_free(sql);
    sql = mem_printf(NULL, "CREATE DATABASE %s", name);
    PQclear(query(connection, sql));
    talloc_free(sql);
    PQfinish(connection);
    scenario_reconnect(scenario);
}

static void make_files(Scenario *scenario)
{
    const char *work = scenario->options->work;
    char *command = mem_printf(NULL, "rm -rf '%s/state' && mkdir -p '%s/queries' '%s/state'", work, work, work);
    if (run_shell(command) != 0)
        bail_out("cannot make folders in %s", work);
    talloc_free(command);
    for (size_t i = 0; i < set_view_count; i++)
        write_view(scenario, &set_views[i]);
    for (size_t i = 0; scenario->series == SERIES_ISOLATE && i < failing_view_count; i++)
        write_view(scenario, &failing_views[i]);
    write_configuration(scenario, "reconnect_timeout = 1s\n");
}

static char *oids_of(const void *context, Scenario *scenario, const SetView *views, size_t count)
{
    Text *sql = text_new(scenario);
    text_add(sql, "SELECT pg_catalog.string_agg(v.oid::text, ',' ORDER BY v.view COLLATE \"C\") FROM (VALUES ");
    for (size_t i = 0; i < count; i++)
        text_addf(sql, "%s('%s.%s', '%s.%s'::pg_catalog.regclass::pg_catalog.oid)", i > 0 ? ", " : "", views[i].schema,
                  views[i].name, views[i].schema, views[i].name);
    text_add(sql, ") AS v (view, oid)");
    PGresult *result = scenario_query(scenario, sql->data);
    char *oids = mem_strdup(context, PQgetvalue(result, 0, 0));
    PQclear(result);
    talloc_free(sql);
    return oids;
}

char *scenario_failing_oids(const void *context, Scenario *scenario)
{
    return oids_of(context, scenario, failing_views, failing_view_count);
}

void scenario_create(Scenario *scenario, Series series)
{
    if (scenario->reader != NULL)
    {
        scenario->transactions += reader_transactions(scenario->reader);
        reader_stop(scenario->reader);
    }
    scenario->reader = NULL;
    scenario->series = series;
    make_database(scenario);
    make_files(scenario);
    execute(scenario, FAULTS_SOURCE);
    for (size_t i = 0; i < set_view_count; i++)
        create_view(scenario, &set_views[i]);
    for (size_t i = 0; series == SERIES_ISOLATE && i < failing_view_count; i++)
        create_view(scenario, &failing_views[i]);
    execute(scenario, FAULTS_SURROUNDINGS);
    scenario->tick = 1;
    scenario->generation_count = 0;
    remember_contents(scenario);
    scenario->start_oids = oids_of(scenario, scenario, set_views, set_view_count);
    scenario->failing_oids = series == SERIES_ISOLATE ? scenario_failing_oids(scenario, scenario) : NULL;
    scenario_learn(scenario, scenario->start_oids, 1);
    scenario->last_xid = "0";
    scenario->last_run = NULL;
    scenario->swaps = 0;
    scenario->forgotten = 0;
    scenario->trials = 0;
    PGresult *result = scenario_query(scenario, FAULTS_FINGERPRINT);
    scenario->fingerprint = result_lines(scenario, result, 0);
    PQclear(result);
    scenario->dump = scenario_dump(scenario, scenario);
    scenario->reader = reader_start(scenario, scenario->options->database, scenario_random(scenario, 1 << 30));
    scenario->created = true;
}

void scenario_lose_journal(Scenario *scenario)
{
    char *command = mem_printf(NULL, "rm -f '%s/state/journal.db'*", scenario->options->work);
    if (run_shell(command) != 0)
        bail_out("cannot delete the journal");
    talloc_free(command);
    PGresult *exists = scenario_query(scenario, FAULTS_GENERATION_EXISTS);
    if (PQgetvalue(exists, 0, 0)[0] == 't')
    {
        PGresult *result = scenario_query(scenario, FAULTS_GENERATION_COUNT);
        scenario->forgotten = atoll(PQgetvalue(result, 0, 0));
        PQclear(result);
    }
    PQclear(exists);
}

Scenario *scenario_new(const void *context, const Options *options)
{
    Scenario *scenario = mem_new(context, Scenario);
    scenario->options = options;
    scenario->random = options->seed;
    return scenario;
}
