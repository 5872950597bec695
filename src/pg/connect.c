/*
 * connect.c: opens connections, several at once in one poll() loop, and pins their settings.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PQCONNECTSTARTPARAMS
 */
#include <inttypes.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "connection_internal.h"
#include "matswap/heartbeat.h"
#include "matswap/memory.h"
#include "matswap/text.h"
#include "pg_sql.h"

#define CONNECT_TIMEOUT_SECONDS 10 /* when neither conninfo nor the environment gives one */
#define FIRST_VERSION_WITH_CHECK_INTERVAL 140000

typedef struct Opening
{
    PgConnection *connection;
    PostgresPollingStatusType state;
} Opening;

static int connection_close(PgConnection *connection)
{
    PQclear(connection->rows);
    PQclear(connection->failure);
    PQfinish(connection->handle);
    return 0;
}

/* What the server wants to tell is in its log; stderr is the report's. */
static void drop_notice(void *unused, const PGresult *notice)
{
}

/* ---- errors that keep secrets ------------------------------------------------------------------------------ */

/* `message` without line ends and with every occurrence of the password covered. */
static char *cover_password(const void *context, const char *message, const char *password)
{
    Text *text = text_new(context);
    size_t length = password == NULL ? 0 : strlen(password);
    for (const char *at = message; *at != '\0';)
    {
        if (length > 0 && strncmp(at, password, length) == 0)
        {
            text_add(text, "***");
            at += length;
            continue;
        }
        if (!isspace((unsigned char) *at))
            text_add_bytes(text, at, 1);
        else if (at[1] != '\0' && !isspace((unsigned char) at[1]))
            text_add(text, " ");
        at++;
    }
    return text->data;
}

/* libpq quotes the piece that it could not read, and that may be half of a password. */
static char *cover_quoted(const void *context, const char *message)
{
    Text *text = text_new(context);
    bool quoted = false;
    for (; *message != '\0' && *message != '\n'; message++)
    {
        if (*message == '"' && !quoted)
            text_add(text, "\"***");
        quoted = quoted != (*message == '"');
        if (!quoted)
            text_add_bytes(text, message, 1);
    }
    return text->data;
}

static Status check_conninfo(const Config *config, Errors *errors)
{
    const char *conninfo = config->conninfo;
    /* as libpq's own recognized_connection_string(): else it is just the name of a database */
    bool is_string = strchr(conninfo, '=') != NULL || strncmp(conninfo, "postgres://", 11) == 0 ||
                     strncmp(conninfo, "postgresql://", 13) == 0;
    if (!is_string)
        return STATUS_OK;
    char *message = NULL;
    PQconninfoOption *parsed = PQconninfoParse(conninfo, &message);
    PQconninfoFree(parsed);
    if (parsed != NULL)
        return STATUS_OK;
    Error *error = errors_add(errors, ERROR_CONFIG, "conninfo cannot be read as a libpq connection string");
    error->server_message = cover_quoted(error, message == NULL ? "" : message);
    error_at(error, config->path, 0, 0);
    error_remedy(error, "write it as key=value pairs or as a postgresql:// URI");
    PQfreemem(message);
    return STATUS_FAILED;
}

static void add_connect_error(const PgOptions *options, const PgConnection *connection, const char *message,
                              Errors *errors)
{
    Error *error = errors_add(errors, ERROR_CONNECTION, "cannot connect to the server");
    error->server_message = cover_password(error, message, PQpass(connection->handle));
    error_remedy(error, "check that it runs, conninfo in %s, and the PG* environment variables",
                 options->config->path == NULL ? "the configuration" : options->config->path);
}

/* ---- opening ----------------------------------------------------------------------------------------------- */

static Status start(const void *context, const PgOptions *options, const char *label, Opening *ret_opening,
                    Errors *errors)
{
    PgConnection *connection = mem_new(context, PgConnection);
    char *application = mem_printf(connection, "matswap/%s/%s", options->config->set, label);
    /* what comes after dbname wins over what dbname, a connection string, expands to */
    const char *const keywords[] = {"dbname", "application_name", "client_encoding", NULL};
    const char *const values[] = {options->config->conninfo, application, "UTF8", NULL};
    connection->handle = memory_checked(PQconnectStartParams(keywords, values, 1));
    talloc_set_destructor(connection, connection_close);
    connection->application = mem_printf(connection, "matswap/%s", options->config->set);
    PQsetNoticeReceiver(connection->handle, drop_notice, NULL);
    if (PQstatus(connection->handle) == CONNECTION_BAD)
    {
        add_connect_error(options, connection, PQerrorMessage(connection->handle), errors);
        return STATUS_FAILED;
    }
    /* "If PQconnectStart succeeds, behave as if PQconnectPoll had returned PGRES_POLLING_WRITING" */
    *ret_opening = (Opening){.connection = connection, .state = PGRES_POLLING_WRITING};
    return STATUS_OK;
}

/* connect_timeout is a rule for PQconnectdb alone: with PQconnectPoll it is ours to keep.  -1: for ever. */
static int64_t timeout_milliseconds(const PgConnection *connection, int64_t at_most)
{
    int64_t seconds = CONNECT_TIMEOUT_SECONDS;
    PQconninfoOption *options = memory_checked(PQconninfo(connection->handle));
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++)
        if (strcmp(option->keyword, "connect_timeout") == 0 && option->val != NULL)
            seconds = strtol(option->val, NULL, 10);
    PQconninfoFree(options);
    if (at_most > 0 && (seconds <= 0 || at_most < seconds * 1000))
        return at_most;
    return seconds <= 0 ? -1 : seconds * 1000;
}

/* Lets each one that poll() found ready go a step on; false when one failed. */
static bool poll_ready(const PgOptions *options, Opening *openings, size_t count, const struct pollfd *descriptors,
                       Errors *errors)
{
    for (size_t i = 0; i < count; i++)
    {
        if (descriptors[i].revents == 0 || openings[i].state == PGRES_POLLING_OK)
            continue;
        const PgConnection *connection = openings[i].connection;
        openings[i].state = PQconnectPoll(connection->handle);
        if (openings[i].state != PGRES_POLLING_FAILED)
            continue;
        add_connect_error(options, connection, PQerrorMessage(connection->handle), errors);
        return false;
    }
    return true;
}

/* How many are not open yet; `descriptors` has one element more, for signals. */
static size_t describe(const Opening *openings, size_t count, struct pollfd *descriptors)
{
    size_t unfinished = 0;
    for (size_t i = 0; i < count; i++)
    {
        bool finished = openings[i].state == PGRES_POLLING_OK;
        /* the socket changes when libpq goes on to the next host */
        descriptors[i].fd = finished ? -1 : PQsocket(openings[i].connection->handle);
        descriptors[i].events = openings[i].state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        descriptors[i].revents = 0;
        unfinished += !finished;
    }
    descriptors[count] = (struct pollfd){.fd = signals_descriptor(), .events = POLLIN};
    return unfinished;
}

static Status poll_all(const void *scratch, const PgOptions *options, Opening *openings, size_t count, Errors *errors)
{
    struct pollfd *descriptors = mem_array(scratch, struct pollfd, count + 1);
    int64_t timeout = timeout_milliseconds(openings[0].connection, options->timeout_ms);
    int64_t end = clock_milliseconds() + timeout;
    while (describe(openings, count, descriptors) > 0)
    {
        int64_t left = end - clock_milliseconds();
        if (timeout >= 0 && left <= 0)
        {
            add_connect_error(options, openings[0].connection, "timeout expired (connect_timeout)", errors);
            return STATUS_FAILED;
        }
        heartbeat_poll(descriptors, count + 1, timeout < 0 ? -1 : (int) (left > 60000 ? 60000 : left));
        if (signals_consume())
        {
            errors_add(errors, ERROR_CANCELLED, "interrupted while connecting to the server");
            return STATUS_FAILED;
        }
        if (!poll_ready(options, openings, count, descriptors, errors))
            return STATUS_FAILED;
    }
    return STATUS_OK;
}

/* ---- settings ---------------------------------------------------------------------------------------------- */

static Status set_setting(PgConnection *connection, const char *name, const char *value, Errors *errors)
{
    const char *sql = SQL_SET_SETTING;
    const char *const parameters[] = {name, value};
    PgRequest request = {
        .statements = &sql, .count = 1, .extended = true, .parameter_count = 2, .parameters = parameters};
    return connection_execute(NULL, connection, &request, NULL, errors);
}

/* Was the last error a refusal, as opposed to a signal or a broken connection? */
static bool refused(const Errors *errors)
{
    ErrorKind kind = errors->items[errors->count - 1]->kind;
    return kind != ERROR_CANCELLED && kind != ERROR_CONNECTION;
}

static Status apply_session(PgConnection *connection, const Config *config, Errors *errors)
{
    size_t before = errors->count;
    for (size_t i = 0; i < config->session_count; i++)
    {
        const Setting *setting = &config->session[i];
        if (set_setting(connection, setting->name, setting->value, errors) == STATUS_OK)
            continue;
        if (!refused(errors))
            return STATUS_FAILED;
        Error *error = errors->items[errors->count - 1];
        error->kind = ERROR_CONFIG;
        error->message = mem_printf(error, "the server refuses the setting %s = %s", setting->name, setting->value);
        error_at(error, config->path, setting->line, 0);
        error_remedy(error, "correct it or remove it from [session]");
    }
    return errors_since(errors, before);
}

static Status apply_settings(PgConnection *connection, const PgOptions *options, Errors *errors)
{
    if (pg_run(connection, errors, SQL_PIN_SETTINGS) != STATUS_OK)
        return STATUS_FAILED;
    size_t before = errors->count;
    /* refused where the server's platform lacks POLLRDHUP: then a dead client's statement just ends later */
    if (pg_server_version(connection) >= FIRST_VERSION_WITH_CHECK_INTERVAL &&
        set_setting(connection, "client_connection_check_interval", "1s", errors) != STATUS_OK)
    {
        if (!refused(errors))
            return STATUS_FAILED;
        errors_truncate(errors, before);
    }
    if (options->lock_timeout_ms > 0 &&
        set_setting(connection, "lock_timeout", mem_printf(errors, "%" PRId64 "ms", options->lock_timeout_ms), errors) !=
            STATUS_OK)
        return STATUS_FAILED;
    if (!options->session_settings)
        return STATUS_OK;
    if (pg_run(connection, errors, SQL_SESSION_DEFAULTS) != STATUS_OK)
        return STATUS_FAILED;
    return apply_session(connection, options->config, errors);
}

static Status open_all(const void *scratch, const PgOptions *options, const char *const *labels, size_t count,
                       Opening *openings, Errors *errors)
{
    if (check_conninfo(options->config, errors) != STATUS_OK)
        return STATUS_FAILED;
    for (size_t i = 0; i < count; i++)
        if (start(scratch, options, labels[i], &openings[i], errors) != STATUS_OK)
            return STATUS_FAILED;
    if (poll_all(scratch, options, openings, count, errors) != STATUS_OK)
        return STATUS_FAILED;
    /* one after another: the first refusal of a setting is every connection's */
    for (size_t i = 0; i < count; i++)
        if (apply_settings(openings[i].connection, options, errors) != STATUS_OK)
            return STATUS_FAILED;
    return STATUS_OK;
}

Status connection_open_all(const void *context, PgOptions options, const char *const *labels, size_t count,
                           PgConnection **connections, Errors *errors)
{
    void *scratch = mem_context(context);
    Opening *openings = mem_array(scratch, Opening, count);
    Status status = open_all(scratch, &options, labels, count, openings, errors);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        connections[i] = talloc_steal(context, openings[i].connection);
    talloc_free(scratch);
    return status;
}

Status pg_connect(const void *context, PgOptions options, const char *label, PgConnection **ret_connection,
                  Errors *errors)
{
    return connection_open_all(context, options, &label, 1, ret_connection, errors);
}
