/* cluster.h: a throw-away PostgreSQL server for the tests of one program. */
#ifndef MATSWAP_TESTS_CLUSTER_H
#define MATSWAP_TESTS_CLUSTER_H

#include "matswap/config.h"

/*
 * For cmocka_run_group_tests: starts scripts/pg-cluster in a fresh folder; stops and removes it. The environment
 * variable MATSWAP_TEST_BINDIR names the folder of another server's programs (scripts/pg-versions).
 */
int cluster_setup(void **state);
int cluster_teardown(void **state);

/* libpq conninfo of the running server. */
const char *cluster_conninfo(void);

/* A configuration with that conninfo and set "test"; the caller may change it. */
Config *cluster_config(const void *context);

#endif
