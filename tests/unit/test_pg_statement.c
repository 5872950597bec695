/*
 * Covers src/pg/execute.c, rows.c and server_error.c on a real server: what a statement or a pipeline of them gives,
 * how its failure reads, and what is traced.
 */
#include "connection_fixture.h"

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

/* ---- without waiting --------------------------------------------------------------------------------------- */

static void an_answer_can_be_looked_for_and_waits_for_nobody(void **state)
{
    Fixture *fixture = *state;
    PgRows *rows = NULL;
    const char *const parameters[] = {"7"};
    PgConnection *other = open_connection(fixture, "other");
    query_text(fixture, other, "SELECT pg_catalog.pg_advisory_lock(77)::text AS v");
    assert_int_equal(pg_ask(fixture->connection, fixture->errors,
                            "SELECT $1::int + 1 AS v, pg_catalog.pg_advisory_xact_lock(77)", 1, parameters), STATUS_OK);
    for (int i = 0; i < 10; i++)
        assert_false(pg_is_answered(fixture->connection));
    query_text(fixture, other, "SELECT pg_catalog.pg_advisory_unlock(77) AS v");
    while (!pg_is_answered(fixture->connection))
        pg_sleep(1);
    assert_int_equal(pg_answer(fixture, fixture->connection, &rows, fixture->errors), STATUS_OK);
    assert_int_equal(pg_integer(rows, 0, "v"), 8);
    assert_int_equal(pg_ask(fixture->connection, fixture->errors, "SELECT 1/0", 0, NULL), STATUS_OK);
    while (!pg_is_answered(fixture->connection))
        pg_sleep(1);
    assert_int_equal(pg_answer(fixture, fixture->connection, &rows, fixture->errors), STATUS_FAILED);
    assert_string_equal(only_error(fixture)->sqlstate, "22012");
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
        TEST(an_error_position_becomes_file_line_and_column),
        TEST(an_error_without_position_names_the_statement_and_its_line),
        TEST(detail_hint_and_context_are_kept),
        TEST(a_lock_timeout_is_locked),
        TEST(a_statement_timeout_is_not_our_cancel),
        TEST(rollback_ends_a_failed_transaction_and_leaves_none),
        TEST(an_answer_can_be_looked_for_and_waits_for_nobody),
        TEST(a_pipeline_runs_every_statement_in_the_open_transaction),
        TEST(a_pipeline_stops_at_the_first_failure_and_names_its_origin),
        TEST(statements_are_traced_without_parameters),
    };
    int failed = cmocka_run_group_tests_name("pg_statement", tests, cluster_setup, cluster_teardown);
    talloc_free(errors);
    return failed;
}
