/*
 * Covers src/pg/connect.c, connection.c, execute.c, rows.c, server_error.c and signals.c on a real server: what a
 * statement gives, how its failure reads, and what a signal or a dead backend leaves behind.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cluster.h"
#include "matswap/memory.h"
#include "matswap/pg.h"

typedef struct Fixture
{
    Config *config;
    PgConnection *connection;
    Errors *errors;
} Fixture;

static PgConnection *open_connection(Fixture *fixture, const char *label)
{
    PgConnection *connection = NULL;
    PgOptions options = {.config = fixture->config};
    assert_int_equal(pg_connect(fixture, options, label, &connection, fixture->errors), STATUS_OK);
    return connection;
}

static int setup(void **state)
{
    Fixture *fixture = mem_new(NULL, Fixture);
    fixture->config = cluster_config(fixture);
    fixture->errors = errors_new(fixture);
    fixture->connection = open_connection(fixture, "control");
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    talloc_free(*state);
    return 0;
}

static char *query_text(Fixture *fixture, PgConnection *connection, const char *sql)
{
    PgRows *rows = NULL;
    if (pg_query(fixture, connection, &rows, fixture->errors, sql, 0, NULL) != STATUS_OK)
        fail_msg("%s", error_format(fixture, fixture->errors->items[0]));
    return mem_strdup(fixture, pg_row_count(rows) == 0 ? NULL : pg_text(rows, 0, "v"));
}

static Error *only_error(Fixture *fixture)
{
    assert_int_equal(fixture->errors->count, 1);
    return fixture->errors->items[0];
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec * 1e3 + (double) now.tv_nsec / 1e6;
}

/* SIGALRM's handler sends the real signal, so that it arrives in the middle of a wait. */
static int alarm_signal;

static void on_alarm(int number)
{
    raise(alarm_signal);
}

static void signal_after(int number, int milliseconds)
{
    alarm_signal = number;
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval timer = {.it_value = {.tv_usec = milliseconds * 1000}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

/* ---- values ------------------------------------------------------------------------------------------------ */

static void parameters_and_nulls_arrive_as_they_are(void **state)
{
    Fixture *fixture = *state;
    PgRows *rows = NULL;
    const char *const parameters[] = {"it's é", NULL, "-9223372036854775808"};
    assert_int_equal(pg_query(fixture, fixture->connection, &rows, fixture->errors,
                              "SELECT $1::text AS a, $2::text AS b, $3::bigint AS c, $2 IS NULL AS d,"
                              " 4294967295::oid AS \"E\"",
                              3, parameters),
                     STATUS_OK);
    assert_int_equal(pg_row_count(rows), 1);
    assert_string_equal(pg_value(rows, 0, "a"), "it's é");
    assert_null(pg_value(rows, 0, "b"));
    assert_string_equal(pg_text(rows, 0, "b"), "");
    assert_int_equal(pg_integer(rows, 0, "b"), 0);
    assert_false(pg_boolean(rows, 0, "b"));
    assert_true(pg_integer(rows, 0, "c") == INT64_MIN);
    assert_true(pg_boolean(rows, 0, "d"));
    assert_int_equal(pg_oid(rows, 0, "E"), 4294967295U);
}

static void several_statements_give_the_rows_of_the_last_that_has_any(void **state)
{
    Fixture *fixture = *state;
    PgRows *rows = NULL;
    assert_int_equal(pg_run_rows(fixture, fixture->connection, &rows, fixture->errors,
                                 "SELECT 1 AS v; SELECT 2 AS v; CREATE TEMPORARY TABLE t ()", (PgOrigin){0}),
                     STATUS_OK);
    assert_string_equal(pg_value(rows, 0, "v"), "2");
    rows = NULL;
    assert_int_equal(pg_run_rows(fixture, fixture->connection, &rows, fixture->errors, "DROP TABLE t", (PgOrigin){0}),
                     STATUS_OK);
    assert_null(rows);
    assert_int_equal(pg_query(fixture, fixture->connection, &rows, fixture->errors, "SET enable_sort = off", 0, NULL),
                     STATUS_OK);
    assert_int_equal(pg_row_count(rows), 0);
}

static void a_large_statement_is_sent_whole(void **state)
{
    Fixture *fixture = *state;
    size_t length = 8u << 20;
    char *value = mem_array(fixture, char, length + 1);
    memset(value, 'x', length);
    const char *const parameters[] = {value};
    PgRows *rows = NULL;
    assert_int_equal(pg_query(fixture, fixture->connection, &rows, fixture->errors,
                              "SELECT pg_catalog.length($1) AS n, $1 AS v", 1, parameters),
                     STATUS_OK);
    assert_int_equal(pg_integer(rows, 0, "n"), length);
    assert_string_equal(pg_value(rows, 0, "v"), value);
}

static void copy_does_not_hang(void **state)
{
    Fixture *fixture = *state;
    assert_int_equal(pg_run(fixture->connection, fixture->errors, "COPY (SELECT 1) TO STDOUT; SELECT 2"), STATUS_OK);
    assert_int_equal(pg_run(fixture->connection, fixture->errors, "CREATE TEMPORARY TABLE t (); COPY t FROM STDIN"),
                     STATUS_FAILED);
    assert_string_equal(only_error(fixture)->sqlstate, "57014");
    assert_string_equal(query_text(fixture, fixture->connection, "SELECT 1 AS v"), "1");
}

/* ---- settings ---------------------------------------------------------------------------------------------- */

static void settings_are_pinned_whatever_the_database_says(void **state)
{
    Fixture *fixture = *state;
    PgConnection *first = fixture->connection;
    assert_int_equal(pg_run(first, fixture->errors,
                            "ALTER DATABASE postgres SET search_path = public;"
                            "ALTER DATABASE postgres SET datestyle = 'SQL, DMY';"
                            "ALTER DATABASE postgres SET statement_timeout = '1min'"),
                     STATUS_OK);
    PgConnection *connection = open_connection(fixture, "a view with \"quotes\"");
    assert_string_equal(query_text(fixture, connection, "SELECT current_setting('search_path') AS v"), "pg_catalog");
    assert_string_equal(query_text(fixture, connection, "SELECT date '2024-02-03'::text AS v"), "2024-02-03");
    assert_string_equal(query_text(fixture, connection, "SELECT current_setting('statement_timeout') AS v"), "0");
    assert_string_equal(query_text(fixture, connection, "SELECT current_setting('client_encoding') AS v"), "UTF8");
    assert_string_equal(query_text(fixture, connection, "SELECT current_setting('application_name') AS v"),
                        "matswap/test/a view with \"quotes\"");
    if (pg_server_version(connection) >= 140000)
        assert_string_equal(
            query_text(fixture, connection, "SELECT current_setting('client_connection_check_interval') AS v"), "1s");
    assert_int_equal(pg_run(first, fixture->errors, "ALTER DATABASE postgres RESET ALL"), STATUS_OK);
}

static void refused_session_settings_name_file_and_line(void **state)
{
    Fixture *fixture = *state;
    Setting settings[] = {{"work_mem", "7MB", 21}, {"work_men", "8MB", 22}, {"jit", "perhaps", 23}};
    fixture->config->session = settings;
    fixture->config->session_count = 3;
    PgConnection *connection = NULL;
    PgOptions options = {.config = fixture->config, .session_settings = true};
    assert_int_equal(pg_connect(fixture, options, "worker", &connection, fixture->errors), STATUS_FAILED);
    assert_null(connection);
    assert_int_equal(fixture->errors->count, 2);
    const Error *error = fixture->errors->items[0];
    assert_int_equal(error->kind, ERROR_CONFIG);
    assert_string_equal(error->file, "conf/test.ini");
    assert_int_equal(error->line, 22);
    assert_non_null(strstr(error->message, "work_men"));
    assert_string_equal(error->sqlstate, "42704");
    assert_int_equal(fixture->errors->items[1]->line, 23);

    errors_truncate(fixture->errors, 0);
    fixture->config->session_count = 1;
    assert_int_equal(pg_connect(fixture, options, "worker", &connection, fixture->errors), STATUS_OK);
    assert_string_equal(query_text(fixture, connection, "SELECT current_setting('work_mem') AS v"), "7MB");
    assert_string_equal(query_text(fixture, fixture->connection, "SELECT current_setting('work_mem') AS v"), "4MB");
}

static void no_password_appears_in_errors(void **state)
{
    Fixture *fixture = *state;
    static const char *const conninfos[] = {
        "host=/nowhere password=Tr0ub4dor dbname=x",
        "host=/nowhere password=Tr0 ub4dor",
        "postgresql://me:Tr0ub4dor@/x?host=/nowhere",
        "postgresql://me:Tr0ub4dor@[::1/x",
        "postgresql:///x?Tr0ub4dor",
        "host=127.0.0.1 port=1 password=Tr0ub4dor",
    };
    for (size_t i = 0; i < sizeof conninfos / sizeof *conninfos; i++)
    {
        errors_truncate(fixture->errors, 0);
        fixture->config->conninfo = conninfos[i];
        PgConnection *connection = NULL;
        assert_int_equal(pg_connect(fixture, (PgOptions){.config = fixture->config}, "x", &connection, fixture->errors),
                         STATUS_FAILED);
        char *text = error_format(fixture, only_error(fixture));
        assert_null(strstr(text, "ub4dor"));
        assert_non_null(strstr(text, "conf/test.ini"));
    }
}

/* ---- errors ------------------------------------------------------------------------------------------------ */

static void an_error_position_becomes_file_line_and_column(void **state)
{
    Fixture *fixture = *state;
    PgOrigin origin = {.file = "queries/x.sql", .line = 10, .object = "public.x"};
    assert_int_equal(pg_run_from(fixture->connection, fixture->errors,
                                 "SELECT 'żółć', /* ; */ 1;\n"
                                 "SELECT\n"
                                 "  '日本', nosuch, 2",
                                 origin),
                     STATUS_FAILED);
    const Error *error = only_error(fixture);
    assert_int_equal(error->kind, ERROR_SERVER);
    assert_string_equal(error->message, "cannot execute `SELECT '日本', nosuch, 2` for public.x");
    assert_string_equal(error->object, "public.x");
    assert_string_equal(error->file, "queries/x.sql");
    assert_int_equal(error->line, 12);
    assert_int_equal(error->column, 9);
    assert_string_equal(error->sqlstate, "42703");
    assert_string_equal(error->server_message, "column \"nosuch\" does not exist");
}

static void an_error_without_position_names_the_statement_and_its_line(void **state)
{
    Fixture *fixture = *state;
    assert_int_equal(
        pg_run_from(fixture->connection, fixture->errors,
                    "SELECT 1;\n\n-- a comment; with a semicolon\nSELECT ';', 1 / (1 - v)\nFROM (VALUES (1)) t (v);"
                    "SELECT 3",
                    (PgOrigin){.file = "x.sql", .line = 1}),
        STATUS_FAILED);
    const Error *error = only_error(fixture);
    assert_string_equal(error->sqlstate, "22012");
    assert_string_equal(error->message, "cannot execute `SELECT ';', 1 / (1 - v) FROM (VALUES (1)) t (v)`");
    assert_int_equal(error->line, 4);
    assert_int_equal(error->column, 0);
    assert_true(pg_alive(fixture->connection));
}

static void detail_hint_and_context_are_kept(void **state)
{
    Fixture *fixture = *state;
    assert_int_equal(pg_run(fixture->connection, fixture->errors,
                            "DO $$BEGIN RAISE 'm' USING DETAIL = 'd', HINT = 'h', ERRCODE = 'ZZ123'; END$$"),
                     STATUS_FAILED);
    const Error *error = only_error(fixture);
    assert_string_equal(error->sqlstate, "ZZ123");
    assert_string_equal(error->server_message, "m");
    assert_string_equal(error->detail, "d");
    assert_string_equal(error->server_hint, "h");
    assert_non_null(strstr(error->context, "inline_code_block"));
    assert_null(error->file);
}

static void a_lock_timeout_is_locked(void **state)
{
    Fixture *fixture = *state;
    PgConnection *other = open_connection(fixture, "other");
    assert_int_equal(pg_run(other, fixture->errors, "CREATE TABLE public.held ()"), STATUS_OK);
    assert_int_equal(pg_run(other, fixture->errors, "BEGIN; LOCK TABLE public.held"), STATUS_OK);
    assert_int_equal(pg_run(fixture->connection, fixture->errors, "SET lock_timeout = '5ms'; TABLE public.held"),
                     STATUS_FAILED);
    assert_int_equal(only_error(fixture)->kind, ERROR_LOCKED);
    pg_rollback(other);
    assert_int_equal(pg_run(other, fixture->errors, "DROP TABLE public.held"), STATUS_OK);
}

static void a_statement_timeout_is_not_our_cancel(void **state)
{
    Fixture *fixture = *state;
    assert_int_equal(
        pg_run(fixture->connection, fixture->errors, "SET statement_timeout = '20ms'; SELECT pg_catalog.pg_sleep(10)"),
        STATUS_FAILED);
    assert_string_equal(only_error(fixture)->sqlstate, "57014");
    assert_int_equal(only_error(fixture)->kind, ERROR_SERVER);
}

static void rollback_ends_a_failed_transaction_and_leaves_none(void **state)
{
    Fixture *fixture = *state;
    assert_int_equal(pg_run(fixture->connection, fixture->errors, "BEGIN"), STATUS_OK);
    assert_int_equal(pg_run(fixture->connection, fixture->errors, "SELECT 1/0"), STATUS_FAILED);
    pg_rollback(fixture->connection);
    pg_rollback(fixture->connection);
    assert_string_equal(query_text(fixture, fixture->connection, "SELECT 1 AS v"), "1");
}

/* ---- pipeline ---------------------------------------------------------------------------------------------- */

static void a_pipeline_runs_every_statement_in_the_open_transaction(void **state)
{
    Fixture *fixture = *state;
    enum
    {
        COUNT = 2000
    };
    const char **statements = mem_array(fixture, const char *, COUNT);
    statements[0] = "CREATE TEMPORARY TABLE numbers (n int)";
    for (int i = 1; i < COUNT; i++)
        statements[i] = mem_printf(fixture, "INSERT INTO pg_temp.numbers VALUES (%d) RETURNING repeat('x', 2000)", i);
    assert_int_equal(pg_run(fixture->connection, fixture->errors, "BEGIN"), STATUS_OK);
    assert_int_equal(pg_pipeline(fixture->connection, fixture->errors, statements, COUNT, NULL), STATUS_OK);
    assert_string_equal(query_text(fixture, fixture->connection, "SELECT sum(n) AS v FROM pg_temp.numbers"), "1999000");
    pg_rollback(fixture->connection);
    assert_string_equal(
        query_text(fixture, fixture->connection, "SELECT pg_catalog.to_regclass('pg_temp.numbers') IS NULL AS v"), "t");
}

static void a_pipeline_stops_at_the_first_failure_and_names_its_origin(void **state)
{
    Fixture *fixture = *state;
    const char *const statements[] = {"SELECT 1", "SELECT\n 2, nosuch", "SELECT 3", "SELECT 1/0"};
    const PgOrigin origins[] = {
        {.object = "a"}, {.file = "b.sql", .line = 5, .object = "b"}, {.object = "c"}, {.object = "d"}};
    assert_int_equal(pg_run(fixture->connection, fixture->errors, "BEGIN"), STATUS_OK);
    assert_int_equal(pg_pipeline(fixture->connection, fixture->errors, statements, 4, origins), STATUS_FAILED);
    const Error *error = only_error(fixture);
    assert_string_equal(error->object, "b");
    assert_string_equal(error->file, "b.sql");
    assert_int_equal(error->line, 6);
    assert_int_equal(error->column, 5);
    errors_truncate(fixture->errors, 0);
    assert_int_equal(pg_run(fixture->connection, fixture->errors, "SELECT 1"), STATUS_FAILED);
    assert_string_equal(only_error(fixture)->sqlstate, "25P02");
    pg_rollback(fixture->connection);
    errors_truncate(fixture->errors, 0);
    /* simple protocol with two statements: refused while the connection is still in pipeline mode */
    assert_int_equal(pg_run(fixture->connection, fixture->errors, "SELECT 1; SELECT 2"), STATUS_OK);
}

/* ---- signals ----------------------------------------------------------------------------------------------- */

static void a_signal_cancels_the_statement_and_leaves_the_connection_usable(void **state)
{
    Fixture *fixture = *state;
    const int signals[] = {SIGINT, SIGTERM};
    for (int i = 0; i < 2; i++)
    {
        errors_truncate(fixture->errors, 0);
        assert_int_equal(pg_run(fixture->connection, fixture->errors, "BEGIN"), STATUS_OK);
        double start = now_ms();
        signal_after(signals[i], 100);
        assert_int_equal(pg_run_from(fixture->connection, fixture->errors, "SELECT pg_catalog.pg_sleep(20)",
                                     (PgOrigin){.object = "public.x"}),
                         STATUS_FAILED);
        assert_true(now_ms() - start < 3000);
        assert_int_equal(only_error(fixture)->kind, ERROR_CANCELLED);
        assert_string_equal(only_error(fixture)->message, "cancelled `SELECT pg_catalog.pg_sleep(20)` for public.x");
        assert_false(pg_interrupted());
        assert_true(pg_alive(fixture->connection));
        pg_rollback(fixture->connection);
        assert_string_equal(query_text(fixture, fixture->connection, "SELECT 1 AS v"), "1");
    }
}

static void a_signal_cancels_a_pipeline(void **state)
{
    Fixture *fixture = *state;
    const char *const statements[] = {"SELECT 1", "SELECT pg_catalog.pg_sleep(20)", "SELECT 3"};
    signal_after(SIGINT, 100);
    assert_int_equal(pg_pipeline(fixture->connection, fixture->errors, statements, 3, NULL), STATUS_FAILED);
    assert_int_equal(only_error(fixture)->kind, ERROR_CANCELLED);
    assert_string_equal(query_text(fixture, fixture->connection, "SELECT 1 AS v"), "1");
}

static void a_signal_before_a_statement_stops_it_from_being_sent(void **state)
{
    Fixture *fixture = *state;
    raise(SIGTERM);
    assert_true(pg_interrupted());
    assert_int_equal(pg_run(fixture->connection, fixture->errors, "CREATE TABLE public.never ()"), STATUS_FAILED);
    assert_int_equal(only_error(fixture)->kind, ERROR_CANCELLED);
    assert_string_equal(
        query_text(fixture, fixture->connection, "SELECT pg_catalog.to_regclass('public.never') IS NULL AS v"), "t");
}

static void a_held_signal_waits_for_the_release(void **state)
{
    Fixture *fixture = *state;
    pg_signals_hold();
    pg_signals_hold();
    signal_after(SIGINT, 50);
    assert_int_equal(pg_run(fixture->connection, fixture->errors, "SELECT pg_catalog.pg_sleep(0.3)"), STATUS_OK);
    assert_false(pg_interrupted());
    pg_signals_release();
    assert_string_equal(query_text(fixture, fixture->connection, "SELECT 1 AS v"), "1");
    assert_false(pg_interrupted());
    pg_signals_release();
    assert_true(pg_interrupted());
    assert_int_equal(pg_run(fixture->connection, fixture->errors, "SELECT 2"), STATUS_FAILED);
    assert_int_equal(only_error(fixture)->kind, ERROR_CANCELLED);
    assert_false(pg_interrupted());
}

static void a_sleep_ends_with_a_signal_that_stays_pending(void **state)
{
    Fixture *fixture = *state;
    double start = now_ms();
    pg_sleep(60);
    assert_true(now_ms() - start >= 59);
    start = now_ms();
    signal_after(SIGINT, 50);
    pg_sleep(5000);
    assert_true(now_ms() - start < 2000);
    assert_true(pg_interrupted());
    assert_int_equal(pg_run(fixture->connection, fixture->errors, "SELECT 2"), STATUS_FAILED);
}

static void a_signal_ends_connecting(void **state)
{
    Fixture *fixture = *state;
    raise(SIGINT);
    PgConnection *connection = NULL;
    assert_int_equal(pg_connect(fixture, (PgOptions){.config = fixture->config}, "x", &connection, fixture->errors),
                     STATUS_FAILED);
    assert_int_equal(only_error(fixture)->kind, ERROR_CANCELLED);
}

/* ---- broken connections ------------------------------------------------------------------------------------ */

static void a_terminated_backend_is_a_broken_connection(void **state)
{
    Fixture *fixture = *state;
    PgConnection *victim = open_connection(fixture, "victim");
    char *terminate = mem_printf(fixture, "SELECT pg_catalog.pg_terminate_backend(%d)", pg_backend_pid(victim));
    assert_int_equal(pg_run(fixture->connection, fixture->errors, terminate), STATUS_OK);
    assert_false(pg_broken(victim));
    assert_int_equal(
        pg_run_from(victim, fixture->errors, "SELECT pg_catalog.pg_sleep(5)", (PgOrigin){.object = "public.x"}),
        STATUS_FAILED);
    assert_int_equal(only_error(fixture)->kind, ERROR_CONNECTION);
    assert_string_equal(only_error(fixture)->sqlstate, "57P01");
    assert_true(pg_broken(victim));
    assert_false(pg_alive(victim));
    errors_truncate(fixture->errors, 0);
    assert_int_equal(pg_run(victim, fixture->errors, "SELECT 1"), STATUS_FAILED);
    assert_int_equal(only_error(fixture)->kind, ERROR_CONNECTION);
    pg_rollback(victim);
    pg_cancel(victim);
}

static void a_backend_that_terminates_itself_breaks_a_pipeline(void **state)
{
    Fixture *fixture = *state;
    PgConnection *victim = open_connection(fixture, "victim");
    const char *const statements[] = {"SELECT 1", "SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())",
                                      "SELECT 3"};
    assert_int_equal(pg_pipeline(victim, fixture->errors, statements, 3, NULL), STATUS_FAILED);
    assert_int_equal(only_error(fixture)->kind, ERROR_CONNECTION);
    assert_true(pg_broken(victim));
}

static void a_killed_backend_is_a_broken_connection(void **state)
{
    Fixture *fixture = *state;
    PgConnection *victim = open_connection(fixture, "victim");
    char *command = mem_printf(fixture, "(sleep 0.2; kill -9 %d) &", pg_backend_pid(victim));
    assert_int_equal(system(command), 0);
    double start = now_ms();
    assert_int_equal(pg_run(victim, fixture->errors, "SELECT pg_catalog.pg_sleep(20)"), STATUS_FAILED);
    assert_true(now_ms() - start < 5000);
    assert_int_equal(only_error(fixture)->kind, ERROR_CONNECTION);
    assert_null(only_error(fixture)->sqlstate);
    assert_non_null(strstr(only_error(fixture)->server_message, "server closed the connection unexpectedly"));
    assert_true(pg_broken(victim));
    /* the server restarts; the tests after this one connect anew */
    assert_int_equal(system("sleep 1"), 0);
}

static void a_server_that_is_not_there_is_a_connection_error(void **state)
{
    Fixture *fixture = *state;
    fixture->config->conninfo = "host=/nonexistent dbname=x";
    PgConnection *connection = NULL;
    assert_int_equal(pg_connect(fixture, (PgOptions){.config = fixture->config}, "x", &connection, fixture->errors),
                     STATUS_FAILED);
    assert_int_equal(only_error(fixture)->kind, ERROR_CONNECTION);
    assert_non_null(strstr(only_error(fixture)->server_message, "/nonexistent"));
}

/* A TCP port that takes connections and never says a word. */
static int mute_server(int *ret_port)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    assert_int_equal(bind(listener, (struct sockaddr *) &address, length), 0);
    assert_int_equal(listen(listener, 4), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *) &address, &length), 0);
    *ret_port = ntohs(address.sin_port);
    return listener;
}

static void a_server_that_does_not_answer_is_left_after_connect_timeout(void **state)
{
    Fixture *fixture = *state;
    int port;
    int listener = mute_server(&port);
    fixture->config->conninfo = mem_printf(fixture, "host=127.0.0.1 port=%d connect_timeout=1", port);
    PgConnection *connection = NULL;
    double start = now_ms();
    assert_int_equal(pg_connect(fixture, (PgOptions){.config = fixture->config}, "x", &connection, fixture->errors),
                     STATUS_FAILED);
    assert_true(now_ms() - start >= 999 && now_ms() - start < 3000);
    assert_int_equal(only_error(fixture)->kind, ERROR_CONNECTION);
    assert_non_null(strstr(only_error(fixture)->server_message, "timeout"));

    errors_truncate(fixture->errors, 0);
    fixture->config->conninfo = mem_printf(fixture, "host=127.0.0.1 port=%d", port);
    start = now_ms();
    signal_after(SIGINT, 100);
    assert_int_equal(pg_connect(fixture, (PgOptions){.config = fixture->config}, "x", &connection, fixture->errors),
                     STATUS_FAILED);
    assert_true(now_ms() - start < 3000);
    assert_int_equal(only_error(fixture)->kind, ERROR_CANCELLED);
    close(listener);
}

/* ---- trace ------------------------------------------------------------------------------------------------- */

static int traced_pid;
static const char *traced_sql;

static void remember_trace(int backend_pid, const char *sql)
{
    traced_pid = backend_pid;
    traced_sql = sql;
}

static void statements_are_traced_without_parameters(void **state)
{
    Fixture *fixture = *state;
    PgRows *rows = NULL;
    const char *const parameters[] = {"secret"};
    pg_trace = remember_trace;
    assert_int_equal(pg_query(fixture, fixture->connection, &rows, fixture->errors, "SELECT $1::text", 1, parameters),
                     STATUS_OK);
    pg_trace = NULL;
    assert_int_equal(traced_pid, pg_backend_pid(fixture->connection));
    assert_string_equal(traced_sql, "SELECT $1::text");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    Errors *errors = errors_new(NULL);
    if (pg_signals_install(errors) != STATUS_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(parameters_and_nulls_arrive_as_they_are),
        TEST(several_statements_give_the_rows_of_the_last_that_has_any),
        TEST(a_large_statement_is_sent_whole),
        TEST(copy_does_not_hang),
        TEST(settings_are_pinned_whatever_the_database_says),
        TEST(refused_session_settings_name_file_and_line),
        TEST(no_password_appears_in_errors),
        TEST(an_error_position_becomes_file_line_and_column),
        TEST(an_error_without_position_names_the_statement_and_its_line),
        TEST(detail_hint_and_context_are_kept),
        TEST(a_lock_timeout_is_locked),
        TEST(a_statement_timeout_is_not_our_cancel),
        TEST(rollback_ends_a_failed_transaction_and_leaves_none),
        TEST(a_pipeline_runs_every_statement_in_the_open_transaction),
        TEST(a_pipeline_stops_at_the_first_failure_and_names_its_origin),
        TEST(a_signal_cancels_the_statement_and_leaves_the_connection_usable),
        TEST(a_signal_cancels_a_pipeline),
        TEST(a_signal_before_a_statement_stops_it_from_being_sent),
        TEST(a_held_signal_waits_for_the_release),
        TEST(a_sleep_ends_with_a_signal_that_stays_pending),
        TEST(a_signal_ends_connecting),
        TEST(a_terminated_backend_is_a_broken_connection),
        TEST(a_backend_that_terminates_itself_breaks_a_pipeline),
        TEST(a_killed_backend_is_a_broken_connection),
        TEST(a_server_that_is_not_there_is_a_connection_error),
        TEST(a_server_that_does_not_answer_is_left_after_connect_timeout),
        TEST(statements_are_traced_without_parameters),
    };
    int failed = cmocka_run_group_tests_name("pg_connection", tests, cluster_setup, cluster_teardown);
    talloc_free(errors);
    return failed;
}
