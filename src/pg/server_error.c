/*
 * server_error.c: what the server (or the socket) said, as an Error with the user's file, line and column.
 *
 * Fields: https://www.postgresql.org/docs/current/libpq-exec.html#LIBPQ-PQRESULTERRORFIELD
 * SQLSTATEs: https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "connection_internal.h"
#include "matswap/memory.h"
#include "matswap/text.h"

typedef struct SqlstateRule
{
    const char *prefix;
    ErrorKind kind;
    const char *remedy;
} SqlstateRule;

/*
 * The first row whose prefix fits decides; what is not listed is ERROR_SERVER.  Over a connection that is alive, the end of
 * one is that of another: the server's own, to a foreign server or through dblink.
 */
static const SqlstateRule rules[] = {
    {"08", ERROR_SERVER, "see whether the server runs that this one reads from (foreign server, dblink)"},
    {"57P0", ERROR_SERVER, "see whether the server runs that this one reads from (foreign server, dblink)"},
    {"53300", ERROR_CONNECTION, "lower jobs, or raise the server's max_connections"},
    {"55P03", ERROR_LOCKED, NULL},
    {"40P01", ERROR_LOCKED, NULL},
    {"57014", ERROR_SERVER, "see who cancelled it, or raise statement_timeout in [session]"},
    {"42501", ERROR_SERVER, "grant the privilege to matswap's role, or connect as the owner"},
    {"53100", ERROR_SERVER, "make room on the server's disk"},
    {"", ERROR_SERVER, NULL},
};

static const SqlstateRule rules_when_broken[] = {
    {"57P0", ERROR_CONNECTION, "repeat the command when the server is up"},
    {"", ERROR_CONNECTION, "see the server's log, then repeat the command"},
};

/* Without a SQLSTATE it is libpq that complains. */
static const SqlstateRule *find_rule(const char *sqlstate, bool broken)
{
    const SqlstateRule *rule = broken || sqlstate == NULL ? rules_when_broken : rules;
    while (strncmp(sqlstate == NULL ? "" : sqlstate, rule->prefix, strlen(rule->prefix)) != 0)
        rule++;
    return rule;
}

/* ---- which statement, and where --------------------------------------------------------------------------- */

static const char *skip_blank(const char *text)
{
    while (*text != '\0' && (lexeme_is_blank(text) || *text == ';'))
        text = lexeme_end(text);
    return text;
}

/* The end of the statement at `text`: its semicolon.  (One within a BEGIN ATOMIC body only shortens a message.) */
static const char *statement_end(const char *text)
{
    while (*text != '\0' && *text != ';')
        text = lexeme_end(text);
    return text;
}

/* The statement number `index` of several, or the one that holds `offset` if that is not NULL. */
static const char *find_statement(const char *sql, size_t index, const char *offset)
{
    const char *statement = skip_blank(sql);
    for (;;)
    {
        const char *end = statement_end(statement);
        const char *next = skip_blank(end);
        bool found = offset != NULL ? offset < next : index-- == 0;
        if (found || *next == '\0')
            return statement;
        statement = next;
    }
}

static bool starts_character(char byte)
{
    return ((unsigned char) byte & 0xC0) != 0x80;
}

/* The byte of the 1-based character `position` (the server counts characters, and we pinned UTF-8). */
static const char *find_position(const char *sql, const char *position)
{
    if (position == NULL)
        return NULL;
    long left = strtol(position, NULL, 10);
    for (const char *at = sql; *at != '\0'; at++)
        if (starts_character(*at) && --left == 0)
            return at;
    return sql + strlen(sql);
}

/*
 * On the first line of the text no column is given: a bare query has our own CREATE before it there, and a
 * statement may begin anywhere in its line.
 */
static void set_place(Error *error, const PgOrigin *origin, const char *sql, const char *place, bool exact)
{
    int line = origin->line;
    int column = 1;
    for (const char *at = sql; at < place; at++)
    {
        if (*at == '\n')
        {
            line++;
            column = 1;
        }
        else if (starts_character(at[1]))
            column++;
    }
    error_at(error, origin->file, line, exact && line > origin->line ? column : 0);
}

/* ---- message ---------------------------------------------------------------------------------------------- */

#define EXCERPT_BYTES 60

/* The statement's first words on one line, without comments. */
static char *excerpt(const void *context, const char *statement)
{
    Text *text = text_new(context);
    const char *end = statement_end(statement);
    const char *at = statement;
    bool blank = false;
    while (at < end)
    {
        const char *next = lexeme_end(at);
        if (lexeme_is_blank(at))
            blank = true;
        else
        {
            if (text->length > 0 && text->length + (size_t) (next - at) > EXCERPT_BYTES)
                break;
            text_add(text, blank && text->length > 0 ? " " : "");
            text_add_bytes(text, at, (size_t) (next - at));
            blank = false;
        }
        at = next;
    }
    if (*skip_blank(at) != '\0' && at < end)
        text_add(text, " …");
    return text->data;
}

static Error *add_message(Errors *errors, ErrorKind kind, const char *statement, const PgOrigin *origin)
{
    void *scratch = mem_context(NULL);
    const char *what = "cannot execute";
    if (kind == ERROR_CANCELLED)
        what = "cancelled";
    else if (kind == ERROR_CONNECTION)
        what = "the connection broke during";
    Error *error = errors_add(errors, kind, "%s `%s`", what, excerpt(scratch, statement));
    if (origin != NULL && origin->object != NULL)
    {
        error->message = mem_printf(error, "%s for %s", error->message, origin->object);
        error_object(error, origin->object);
    }
    talloc_free(scratch);
    return error;
}

/*
 * Asked for the results of a connection that it has given up, libpq appends to the reason that there is no socket any
 * more (pqSocketCheck() in src/interfaces/libpq/fe-misc.c).
 */
static size_t length_of_reason(const char *message)
{
    static const char echo[] = "\ninvalid socket\n";
    size_t length = strlen(message);
    size_t echo_length = sizeof echo - 1;
    bool echoes = length > echo_length && strcmp(message + length - echo_length, echo) == 0;
    return echoes ? length - echo_length : length;
}

/* libpq's own messages end with a newline and wrap lines with tabs. */
static char *tidy_message(const void *context, const char *message)
{
    Text *text = text_new(context);
    const char *end = message + length_of_reason(message);
    for (const char *at = message; at < end; at++)
    {
        if (*at == '\n' || *at == '\t')
            text_add(text, text->length > 0 && text->data[text->length - 1] != ' ' ? " " : "");
        else
            text_add_bytes(text, at, 1);
    }
    while (text->length > 0 && isspace((unsigned char) text->data[text->length - 1]))
        text->data[--text->length] = '\0';
    return text->data;
}

static const char *field(const Error *error, const PGresult *failure, int code)
{
    return mem_strdup(error, PQresultErrorField(failure, code));
}

static void set_server_fields(Error *error, const PgConnection *connection)
{
    const PGresult *failure = connection->failure;
    error->sqlstate = field(error, failure, PG_DIAG_SQLSTATE);
    error->server_message = field(error, failure, PG_DIAG_MESSAGE_PRIMARY);
    error->detail = field(error, failure, PG_DIAG_MESSAGE_DETAIL);
    error->server_hint = field(error, failure, PG_DIAG_MESSAGE_HINT);
    error->context = field(error, failure, PG_DIAG_CONTEXT);
    const char *internal = PQresultErrorField(failure, PG_DIAG_INTERNAL_QUERY);
    if (internal != NULL && error->context != NULL)
        error->context = mem_printf(error, "%s\nquery: %s", error->context, internal);
    if (error->sqlstate != NULL)
        return;
    error->server_message =
        tidy_message(error, failure != NULL ? PQresultErrorMessage(failure) : PQerrorMessage(connection->handle));
}

void server_error_add(const PgConnection *connection, Errors *errors)
{
    const PgRequest *request = &connection->request;
    size_t index = request->pipeline && connection->failure_index < request->count ? connection->failure_index : 0;
    const char *sql = request->statements[index];
    const PgOrigin *origin = request->origins == NULL ? NULL : &request->origins[index];
    const char *sqlstate = PQresultErrorField(connection->failure, PG_DIAG_SQLSTATE);
    const SqlstateRule *rule = find_rule(sqlstate, connection->broken);
    const char *place = find_position(sql, PQresultErrorField(connection->failure, PG_DIAG_STATEMENT_POSITION));
    const char *statement = find_statement(sql, request->pipeline ? 0 : connection->failure_index, place);

    bool cancelled = connection->cancelled && text_equal(sqlstate, "57014");
    ErrorKind kind = cancelled ? ERROR_CANCELLED : rule->kind;
    Error *error = add_message(errors, kind, statement, origin);
    set_server_fields(error, connection);
    if (origin != NULL && origin->file != NULL)
        set_place(error, origin, sql, place != NULL ? place : statement, place != NULL);
    if (rule->remedy != NULL && !cancelled)
        error_remedy(error, "%s", rule->remedy);
}

void server_error_add_cancelled(Errors *errors, const char *sql, const PgOrigin *origin)
{
    add_message(errors, ERROR_CANCELLED, skip_blank(sql), origin);
}
