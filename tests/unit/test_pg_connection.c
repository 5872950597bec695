/*
 * Covers src/pg/connect.c, connection.c and signals.c on a real server: the settings of a session, and what a signal or
 * a dead backend leaves behind.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection_fixture.h"
#include "timed_signal.h"

/* ---- settings ---------------------------------------------------------------------------------------------- */

static void settings_are_pinned_whatever_the_database_says(void **state)
{
    Fixture *fixture = *state;
    PgConnection *first = fixture->connection;
    assert_int_equal(pg_run(first, fixture->errors,
                            "ALTER DATABASE postgres SET search_path = public;"
                            "ALTER DATABASE postgres SET datestyle = 'SQL, DMY';"
                            "ALTER DATABASE postgres SET jit = on;"
                            "ALTER DATABASE postgres SET statement_timeout = '1min'"),
                     STATUS_OK);
    PgConnection *connection = open_connection(fixture, "a view with \"quotes\"");
    assert_string_equal(query_text(fixture, connection, "SELECT current_setting('search_path') AS v"), "pg_catalog");
    assert_string_equal(query_text(fixture, connection, "SELECT date '2024-02-03'::text AS v"), "2024-02-03");
    assert_string_equal(query_text(fixture, connection, "SELECT current_setting('statement_timeout') AS v"), "0");
    assert_string_equal(query_text(fixture, connection, "SELECT current_setting('jit') AS v"), "off");
    assert_string_equal(query_text(fixture, connection, "SELECT current_setting('client_encoding') AS v"), "UTF8");
    assert_string_equal(query_text(fixture, connection, "SELECT current_setting('application_name') AS v"),
                        "matswap/test/a view with \"quotes\"");
    if (pg_server_version(connection) >= 140000)
        assert_string_equal(
            query_text(fixture, connection, "SELECT current_setting('client_connection_check_interval') AS v"), "1s");
    assert_int_equal(pg_run(first, fixture->errors, "ALTER DATABASE postgres RESET ALL"), STATUS_OK);
}

/* What decides about a view's contents and speed is what a REFRESH by hand would find. */
static void workers_take_the_database_s_settings_where_a_view_depends_on_them(void **state)
{
    Fixture *fixture = *state;
    assert_int_equal(pg_run(fixture->connection, fixture->errors,
                            "ALTER DATABASE postgres SET jit = on;"
                            "ALTER DATABASE postgres SET datestyle = 'SQL, DMY'"),
                     STATUS_OK);
    PgConnection *worker = NULL;
    PgOptions options = {.config = fixture->config, .session_settings = true};
    assert_int_equal(pg_connect(fixture, options, "worker", &worker, fixture->errors), STATUS_OK);
    assert_string_equal(query_text(fixture, worker, "SELECT current_setting('jit') AS v"), "on");
    assert_string_equal(query_text(fixture, worker, "SELECT date '2024-02-03'::text AS v"), "03/02/2024");
    assert_int_equal(pg_run(fixture->connection, fixture->errors, "ALTER DATABASE postgres RESET ALL"), STATUS_OK);
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

int main(void)
{
    Errors *errors = errors_new(NULL);
    if (pg_signals_install(errors) != STATUS_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(settings_are_pinned_whatever_the_database_says),
        TEST(workers_take_the_database_s_settings_where_a_view_depends_on_them),
        TEST(refused_session_settings_name_file_and_line),
        TEST(no_password_appears_in_errors),
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
    };
    int failed = cmocka_run_group_tests_name("pg_connection", tests, cluster_setup, cluster_teardown);
    talloc_free(errors);
    return failed;
}
