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

#endif
