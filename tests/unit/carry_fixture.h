/*
 * carry_fixture.h: a database with roles and a source table, a rehearsal of given files, and the build by its recipes.
 *
 * Live schema `Live "S`, incoming `Live "S_new`; both appear as @ in what the helpers print, so that the two
 * generations can be compared as text.
 */
#ifndef MATSWAP_TESTS_CARRY_FIXTURE_H
#define MATSWAP_TESTS_CARRY_FIXTURE_H

#include "matswap/stage.h"

#define LIVE "\"Live \"\"S\""
#define INCOMING "\"Live \"\"S_new\""
/* 63 bytes, the longest that a name can be */
#define LONG_NAME "\"Long name with spaces, \xc3\xa4 and 63 bytes: abcdefghijklmnopqrstuvw\""
#define LONG_INDEX "\"Long Name with spaces, \xc3\xa4 and 63 bytes: abcdefghijklmnopqrstuvw\""

typedef struct Fixture
{
    Config *config;
    PgConnection *admin; /* a superuser */
    Errors *errors;
    Run *run;
} Fixture;

int fixture_setup(void **state);
int fixture_teardown(void **state);

#define X LIVE ".\"Weird \"\"Name\""

/* The SQL files of the live generation that fixture_make_live makes. */
extern const char fixture_reader[];
#define FILES "sql/Weird.sql", "CREATE MATERIALIZED VIEW \"Weird \"\"Name\" AS SELECT id, \"Na me\", part, "           \
              "repeat(\"Na me\", 3) AS wide FROM src.t", "sql/r.sql", fixture_reader,                                 \
              "sql/long.sql", "CREATE MATERIALIZED VIEW " LONG_NAME " AS TABLE \"Weird \"\"Name\""

/* Makes it, gives it every attribute that there is, and grants of several roles. */
void fixture_make_live(Fixture *fixture);
void fixture_decorate_live(Fixture *fixture);
void fixture_grant_on_live(Fixture *fixture);

/* PostgreSQL 13 knows neither a column's compression nor statistics on expressions. */
bool fixture_has_compression(Fixture *fixture);

/* Executes statements; a failure fails the test. */
void fixture_run(Fixture *fixture, const char *sql);

/* The only column of the query's rows, one per line. */
char *fixture_text(Fixture *fixture, const char *sql);

/* stage_rehearse on the texts of files (path, text, path, text, …, NULL) as the connecting role `role`. */
Status fixture_rehearse_as(Fixture *fixture, const char *role, const char *const *files);
#define REHEARSE(fixture, ...) fixture_rehearse_as((fixture), "postgres", (const char *const[]){__VA_ARGS__, NULL})

/* Executes the recipes for real: the new generation stands beside the live one afterwards. */
void fixture_build(Fixture *fixture);

/* All that the catalog says about the relations of a schema on one topic, with the schema's name as @. */
char *fixture_facts(Fixture *fixture, const char *topic, const char *schema);
extern const char *const fixture_topics[]; /* NULL-terminated */

/* Is pg_dump, the one in PATH, at least as new as the server? An older one refuses. */
bool fixture_can_dump(Fixture *fixture);

/* pg_dump --schema-only of what is in one schema, without comments, its name as @. */
char *fixture_dump(Fixture *fixture, const char *schema);

/* No errors. */
void fixture_assert_ok(Fixture *fixture, Status status);

/* On every topic, and for pg_dump, the incoming generation is what the live one is. */
void fixture_assert_same(Fixture *fixture);

void fixture_assert_contains(const char *text, const char *part);
void fixture_assert_nothing_left(Fixture *fixture);
const Error *fixture_error(Fixture *fixture, size_t index);

#endif
