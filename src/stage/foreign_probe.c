/*
 * foreign_probe.c: can the foreign tables be opened?  Before anything is built, since a build that finds out by itself
 * does so after hours.
 *
 * On a connection of its own: postgres_fdw keeps what it has opened until the session ends, and the control connection
 * lives as long as the run.
 */
#include <string.h>

#include "foreign.h"
#include "isolate.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"

/*
 * For one table.  Up to 15, a server that is about to connect to another one hears of no timeout (libpqsrv_connect in
 * src/include/libpq/libpq-be-fe-helpers.h is of 16): then we leave it alone with it, a little later.
 */
#define PATIENCE_MS 30000
#define LONGER_PATIENCE_MS (PATIENCE_MS + 2000)

typedef struct Probe
{
    Run *run;
    const ForeignReads *reads;
    PgConnection *connection; /* NULL: none, or given up */
    const ForeignRead *open;  /* in whose server's and role's transaction we are; NULL: in none */
    const char *down_server, *down_role; /* found to be so; the list comes by server and role */
    void *scratch;
    Errors *errors;
} Probe;

static bool same_server_and_role(const ForeignRead *a, const ForeignRead *b)
{
    return strcmp(a->server, b->server) == 0 && strcmp(a->role, b->role) == 0;
}

static bool same_target(const ForeignRead *a, const ForeignRead *b)
{
    return same_server_and_role(a, b) && name_equal(a->table, b->table);
}

/* ---- what could not be opened ------------------------------------------------------------------------------ */

/* What is wrong with. */
typedef enum Culprit
{
    CULPRIT_TABLE,
    CULPRIT_SERVER, /* it cannot be reached */
    CULPRIT_MAPPING,
    CULPRIT_NO_MAPPING
} Culprit;

/* 2F003: a mapping that the role may not use (check_conn_params in contrib/postgres_fdw/connection.c) */
static Culprit find_culprit(const ForeignRead *failed, const Error *reason)
{
    const char *sqlstate = reason->sqlstate == NULL ? "08000" : reason->sqlstate;
    if (strncmp(sqlstate, "08", 2) == 0 || strcmp(sqlstate, "57014") == 0)
        return CULPRIT_SERVER;
    if (strcmp(sqlstate, "2F003") == 0)
        return CULPRIT_MAPPING;
    return failed->mapping == 0 && strcmp(sqlstate, "42704") == 0 ? CULPRIT_NO_MAPPING : CULPRIT_TABLE;
}

typedef struct Failure
{
    const ForeignRead *read;
    const Error *reason;
    bool given_up; /* by us: there was no answer */
    Culprit culprit;
} Failure;

/* Does the view read it? */
static bool concerns(const Probe *probe, const Failure *failure, size_t position)
{
    for (size_t i = 0; i < probe->reads->count; i++)
    {
        const ForeignRead *read = &probe->reads->items[i];
        if (read->position == position &&
            (failure->culprit == CULPRIT_TABLE ? same_target : same_server_and_role)(read, failure->read))
            return true;
    }
    return false;
}

/* "public.a, public.b read it" */
static char *readers_text(const Probe *probe, const Failure *failure)
{
    Text *text = text_new(probe->scratch);
    size_t count = 0;
    for (size_t position = 0; position < probe->run->plan->view_count; position++)
        if (concerns(probe, failure, position))
            text_addf(text, "%s%s", count++ > 0 ? ", " : "",
                      name_qualified(text, probe->run->plan->views[position]->name));
    text_add(text, count > 1 ? " read it" : " reads it");
    return text->data;
}

static void add_remedy(Error *error, const ForeignRead *failed, Culprit culprit)
{
    char *server = name_quote(error, failed->server);
    char *role = name_quote(error, failed->role);
    switch (culprit)
    {
    case CULPRIT_SERVER:
        error_remedy(error, "start it, or correct its options (ALTER SERVER %s OPTIONS …) or the user mapping of %s; "
                     "connect_timeout among its options ends the wait for one that does not answer", server, role);
        break;
    case CULPRIT_MAPPING:
        error_remedy(error, "correct the user mapping of %s", role);
        break;
    case CULPRIT_NO_MAPPING:
        error_remedy(error, "CREATE USER MAPPING FOR %s SERVER %s OPTIONS (…)", role, server);
        break;
    case CULPRIT_TABLE:
        error_remedy(error, "correct the options of the table, of the server or of the user mapping of %s", role);
        break;
    }
}

static void copy_reason(Error *error, const Failure *failure)
{
    if (failure->given_up)
    {
        error->server_message = mem_printf(error, "no answer within %d s", PATIENCE_MS / 1000);
        return;
    }
    error->server_message = mem_strdup(error, failure->reason->server_message);
    error->sqlstate = mem_strdup(error, failure->reason->sqlstate);
    error->detail = mem_strdup(error, failure->reason->detail);
    error->server_hint = mem_strdup(error, failure->reason->server_hint);
}

static void describe(const Probe *probe, const Failure *failure, const char *readers, ErrorKind kind, Errors *errors)
{
    const ForeignRead *read = failure->read;
    char *server = name_quote(probe->scratch, read->server);
    char *table = name_qualified(probe->scratch, read->table);
    bool is_table = failure->culprit == CULPRIT_TABLE;
    Error *error = errors_add(errors, kind, "foreign %s%s%s %s (%s) cannot be opened as role %s; %s",
                              is_table ? "table " : "", is_table ? table : "", is_table ? " of server" : "server",
                              server, read->wrapper, name_quote(probe->scratch, read->role), readers);
    error_object(error, is_table ? table : server);
    add_remedy(error, read, failure->culprit);
    copy_reason(error, failure);
}

/* With on_failure = isolate the others may be published without the views that read it: then it is a failure of these. */
static bool blame_views(Probe *probe, const Failure *failure)
{
    Run *run = probe->run;
    for (size_t position = 0; isolate_rehearses(run) && position < run->plan->view_count; position++)
    {
        if (!concerns(probe, failure, position))
            continue;
        Errors *own = errors_new(run);
        char *reader = mem_printf(probe->scratch, "%s reads it", name_qualified(probe->scratch,
                                                                                run->plan->views[position]->name));
        describe(probe, failure, reader, ERROR_SERVER, own);
        if (!isolate_is_own(own))
            return false; /* nor is it for any other view */
        if (run->unbuildable[position] == NULL)
            run->unbuildable[position] = own;
        else
            errors_move(run->unbuildable[position], own);
    }
    return isolate_rehearses(run);
}

static void refuse(Probe *probe, Failure failure)
{
    failure.culprit = failure.given_up ? CULPRIT_SERVER : find_culprit(failure.read, failure.reason);
    if (!blame_views(probe, &failure))
        describe(probe, &failure, readers_text(probe, &failure), ERROR_REFUSED, probe->errors);
    if (failure.culprit == CULPRIT_TABLE)
        return;
    probe->down_server = failure.read->server;
    probe->down_role = failure.read->role;
}

/* ---- opening ----------------------------------------------------------------------------------------------- */

static void leave_transaction(Probe *probe)
{
    if (probe->open != NULL && probe->connection != NULL)
        pg_rollback(probe->connection);
    probe->open = NULL;
}

/* The statements that open one table, after those that begin a transaction as its role where none is open. */
static char *opening_text(Probe *probe, const ForeignRead *read)
{
    const char *role = read->direct ? read->role : read->entry_role;
    Name name = read->direct ? read->table : read->entry;
    Text *text = text_new(probe->scratch);
    if (probe->open == NULL)
        text_addf(text, "%s;\n%s;\n%s;\n", SQL_TRANSACTION_BEGIN,
                  PG_SQL(text, SQL_FOREIGN_PATIENCE, {"milliseconds", mem_printf(text, "%d", PATIENCE_MS)}),
                  PG_SQL(text, SQL_BUILD_ROLE, {"role", role}));
    text_add(text, PG_SQL(text, SQL_FOREIGN_PROBE, {"schema", name.schema}, {"name", name.name}));
    return text->data;
}

static void do_nothing(void *closure)
{
}

/* A reason to go on is in the list; STATUS_FAILED: the whole run has to end. */
static Status open_table(Probe *probe, const ForeignRead *read)
{
    if (probe->open != NULL && (!read->direct || !same_server_and_role(probe->open, read)))
        leave_transaction(probe);
    /* a connection that postgres_fdw has opened for one role is not checked again for another with the same mapping */
    if (probe->open == NULL)
        TALLOC_FREE(probe->connection);
    PgOptions options = {.config = probe->run->config, .session_settings = true};
    if (probe->connection == NULL &&
        pg_connect(probe->scratch, options, "foreign", &probe->connection, probe->errors) != STATUS_OK)
        return STATUS_FAILED;
    Errors *failure = errors_new(probe->scratch);
    PgRows *rows;
    const PgWatch watch = {.interval_ms = 1000, .look = do_nothing, .patience_ms = LONGER_PATIENCE_MS};
    const char *sql = opening_text(probe, read);
    double begun = stage_clock_ms();
    probe->open = read;
    if (pg_run_watched(probe->scratch, probe->connection, &rows, failure, sql, (PgOrigin){0}, &watch) == STATUS_OK)
    {
        if (!read->direct)
            leave_transaction(probe);
        return STATUS_OK;
    }
    bool given_up = pg_broken(probe->connection) && stage_clock_ms() - begun >= LONGER_PATIENCE_MS;
    if (errors_have(failure, ERROR_CANCELLED) || (pg_broken(probe->connection) && !given_up))
    {
        errors_move(probe->errors, failure);
        return STATUS_FAILED;
    }
    leave_transaction(probe);
    if (given_up)
        TALLOC_FREE(probe->connection);
    refuse(probe, (Failure){.read = read, .reason = failure->items[0], .given_up = given_up});
    return STATUS_OK;
}

static bool is_known_to_be_down(const Probe *probe, const ForeignRead *read)
{
    return probe->down_server != NULL && strcmp(probe->down_server, read->server) == 0 &&
           strcmp(probe->down_role, read->role) == 0;
}

Status foreign_probe(Run *run, const ForeignReads *reads, Errors *errors)
{
    size_t before = errors->count;
    Probe probe = {.run = run, .reads = reads, .scratch = mem_context(run), .errors = errors};
    Status status = STATUS_OK;
    for (size_t i = 0; i < reads->count && status == STATUS_OK; i++)
    {
        const ForeignRead *read = &reads->items[i];
        bool again = i > 0 && same_target(&reads->items[i - 1], read);
        if (!again && !read->is_program && !is_known_to_be_down(&probe, read))
            status = open_table(&probe, read);
    }
    leave_transaction(&probe);
    talloc_free(probe.scratch); /* and the connection */
    return status == STATUS_OK ? errors_since(errors, before) : status;
}
