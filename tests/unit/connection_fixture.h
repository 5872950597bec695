/* connection_fixture.h: one connection to the throw-away server of cluster.h, for the tests of src/pg/. */
#ifndef MATSWAP_CONNECTION_FIXTURE_H
#define MATSWAP_CONNECTION_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static inline PgConnection *open_connection(Fixture *fixture, const char *label)
{
    PgConnection *connection = NULL;
    PgOptions options = {.config = fixture->config};
    assert_int_equal(pg_connect(fixture, options, label, &connection, fixture->errors), STATUS_OK);
    return connection;
}

static inline int setup(void **state)
{
    Fixture *fixture = mem_new(NULL, Fixture);
    fixture->config = cluster_config(fixture);
    fixture->errors = errors_new(fixture);
    fixture->connection = open_connection(fixture, "control");
    *state = fixture;
    return 0;
}

static inline int teardown(void **state)
{
    talloc_free(*state);
    return 0;
}

static inline char *query_text(Fixture *fixture, PgConnection *connection, const char *sql)
{
    PgRows *rows = NULL;
    if (pg_query(fixture, connection, &rows, fixture->errors, sql, 0, NULL) != STATUS_OK)
        fail_msg("%s", error_format(fixture, fixture->errors->items[0]));
    return mem_strdup(fixture, pg_row_count(rows) == 0 ? NULL : pg_text(rows, 0, "v"));
}

static inline Error *only_error(Fixture *fixture)
{
    assert_int_equal(fixture->errors->count, 1);
    return fixture->errors->items[0];
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
