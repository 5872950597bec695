#!/bin/bash
# dependents-replaced.sh: functions that had to be made anew, as statements see them that were under way when the swap came:
# one that has looked a function up, and waits for the swap's locks, goes on with the one that it found. The old ones stay
# as long as such a statement may be, not for ever, and not after a run that died.
source "$(dirname "$0")/lib.sh"

fresh_database
sql "CREATE SCHEMA apps" "CREATE TABLE source AS SELECT g AS id, 1 AS generation FROM generate_series(1, 20) AS g"
query_file base.sql <<< "SELECT id, generation FROM source"
config "blocked_patience = 20s"
matswap run
exits "the first run" 0
# not inlined: it is looked up again when it is executed
sql "CREATE FUNCTION apps.rows() RETURNS SETOF base LANGUAGE sql VOLATILE AS 'SELECT * FROM base'" \
    "CREATE VIEW apps.above AS SELECT r.generation, r AS whole FROM apps.rows() AS r" \
    "CREATE FUNCTION apps.of_above(a apps.above) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT a.generation'"
source "$here/swap-gate.sh"
dump=$(schema_dump)
replaced="SELECT count(*) FROM pg_description WHERE description LIKE 'matswap set=dependents-replaced run=% replaced %'"

as_before()
{
    same "$1: the schema is as before" "$dump" "$(schema_dump)"
    same "$1: nothing is left over" "0|" "$(sql "$replaced")|$(leftovers)"
    same "$1: the function shows the new generation" "20|$generation|$generation" \
        "$(sql "SELECT count(*), min(apps.of_above(a)), (SELECT max(generation) FROM apps.rows()) FROM apps.above AS a")"
}

# ---- statements that wait for the swap

run_to_gate
readers=()
statements=("SELECT max(r.generation) FROM apps.rows() AS r, base AS b" "SELECT max(apps.of_above(a)) FROM apps.above AS a"
    "SELECT max(r.generation) FROM apps.rows() AS r" "SELECT (SELECT max(generation) FROM apps.above), (SELECT max(generation) FROM apps.rows())")
for i in "${!statements[@]}"; do
    sql "${statements[$i]}" > "$work/reader.$i" 2>&1 &
    readers+=($!)
done
wait_until 20 sql_says ${#statements[@]} "SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid) WHERE NOT l.granted AND a.query ~ '^SELECT .*apps'" ||
    not_ok "the statements do not wait: $(sql "SELECT query, wait_event FROM pg_stat_activity")"
open_gate
wait "${readers[@]}"
matswap_end
exits "a run that statements have waited for" 0
for i in "${!statements[@]}"; do
    same "it was in nobody's way: ${statements[$i]}" "$(sql "${statements[$i]}")" "$(cat "$work/reader.$i")"
done
as_before "a run that statements have waited for"

# ---- a transaction that goes on

run_to_gate
session_begin reader
session reader "BEGIN; SELECT 1;" > /dev/null
open_gate
wait_until 20 sql_says "3" "$replaced" || not_ok "the old functions are gone at once"
kill -0 "$pid" 2> /dev/null || not_ok "the run has ended: $(cat "$work/err")"
session reader "COMMIT;" > /dev/null
matswap_end
exits "a run with an open transaction beside it" 0
as_before "a run with an open transaction beside it"

config "blocked_patience = 100ms"
run_to_gate
session reader "BEGIN; SELECT 1;" > /dev/null
open_gate
matswap_end
exits "one that is out of patience" 0
as_before "one that is out of patience"
session reader "COMMIT;" > /dev/null

# ---- a run that dies in between

# dies: after its COMMIT, while it waits for a transaction
dies()
{
    run_to_gate
    session reader "BEGIN; SELECT 1;" > /dev/null
    open_gate
    wait_until 20 sql_says "3" "$replaced" || not_ok "the old functions are gone at once"
    kill -9 "$pid"
    matswap_end
    session reader "COMMIT;" > /dev/null
}

config "blocked_patience = 20s"
dies
matswap resume
exits "resume of a run that was killed then" 0
as_before "resume of a run that was killed then"

dies
session_end reader
rm -r "$work/state"
sql "CREATE VIEW apps.matswap_1 AS SELECT 1 AS x" "COMMENT ON VIEW apps.matswap_1 IS 'matswap set=dependents-replaced run=x replaced 1'"
matswap rollback --orphans --yes
exits "orphans of a run that was killed then, and whose journal is lost" 0
same "what somebody else has called so stays" "1" "$(sql "SELECT x FROM apps.matswap_1")"
sql "DROP VIEW apps.matswap_1"
as_before "orphans of a run that was killed then"
finish
