/*
 * dependents_fixture.h: the set of the tests of src/stage/dependents*.c.
 */
#ifndef MATSWAP_DEPENDENTS_FIXTURE_H
#define MATSWAP_DEPENDENTS_FIXTURE_H

#include "stage_fixture.h"

#define TEST(function) cmocka_unit_test_setup_teardown(function, stage_setup, stage_teardown)

/* Members a (materialized, everything of its own) and b (ordinary), and a hostile one that holds a's row type. */
static inline void make_members(Stage *stage)
{
    stage_sql(stage, "CREATE SCHEMA \"S x\"; CREATE TABLE t (id int, s text, d numeric(10,2))");
    stage_sql(stage, "CREATE MATERIALIZED VIEW a AS SELECT * FROM t; CREATE UNIQUE INDEX ON a (id); "
                     "CREATE INDEX ON a ((a IS NULL)); CREATE STATISTICS ast ON id, s FROM a");
    stage_sql(stage, "CREATE VIEW b WITH (security_barrier) AS SELECT id, s FROM a; "
                     "ALTER VIEW b ALTER s SET DEFAULT ('a'::regclass)::text");
    stage_sql(stage, "CREATE MATERIALIZED VIEW \"S x\".\"M \"\"q\" AS SELECT a.id, a FROM a");
    stage_add(stage, "public", "a", VIEW_MATERIALIZED, true);
    stage_add(stage, "public", "b", VIEW_ORDINARY, true);
    stage_add(stage, "S x", "M \"q", VIEW_MATERIALIZED, true);
    stage_finish_plan(stage);
}

#endif
