#!/bin/bash
# neighbours-autovacuum.sh: autovacuum is at work on a live view when the swap wants it, slowly. It gives way to whoever
# waits for longer than deadlock_timeout; the swap's tries are shorter, so a superuser's swap asks it to, and it comes back
# later; any other role's run waits, and names it.
# own-cluster
source "$(dirname "$0")/lib.sh"

start_cluster --set autovacuum_naptime=1s --set deadlock_timeout=300ms
fresh_database
sql "CREATE TABLE source AS SELECT g AS id, 1 AS generation FROM generate_series(1, 20000) AS g" \
    "CREATE ROLE etl LOGIN" "GRANT CREATE ON DATABASE $PGDATABASE TO etl" "GRANT CREATE ON SCHEMA public TO etl" \
    "GRANT SELECT ON source TO etl"
query_file base.sql << 'EOQ'
CREATE MATERIALIZED VIEW base AS SELECT id, generation FROM source;
CREATE UNIQUE INDEX base_id ON base (id);
ALTER MATERIALIZED VIEW base SET (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1,
    autovacuum_vacuum_threshold = 100, autovacuum_vacuum_scale_factor = 0, autovacuum_enabled = false);
EOQ
query_file sums.sql <<< "SELECT count(*) AS n, min(generation) AS generation FROM base"
config
matswap run
exits "the first run" 0
generation=1
worker="SELECT pid FROM pg_stat_progress_vacuum WHERE relid = 'base'::regclass"

# at_work: all rows of the live view are replaced, and a worker goes through the dead ones
at_work()
{
    generation=$((generation + 1))
    sql "UPDATE source SET generation = $generation" "ALTER MATERIALIZED VIEW base SET (autovacuum_enabled = true)" \
        "REFRESH MATERIALIZED VIEW CONCURRENTLY base"
    wait_until 60 sql_says t "SELECT EXISTS ($worker)" || not_ok "autovacuum does not come"
    pid_of_worker=$(sql "$worker")
}

at_work
matswap run
exits "a superuser's run" 0
says "has asked it to give way" "blocked +cancelled backend $pid_of_worker, an autovacuum worker, which will come back"
same "the new generation serves" "20000|$generation" "$(sql "SELECT n, generation FROM sums")"
same "nothing is left over" "" "$(leftovers)"

sql "ALTER MATERIALIZED VIEW base OWNER TO etl" "ALTER MATERIALIZED VIEW sums OWNER TO etl" "ALTER SCHEMA matswap OWNER TO etl" \
    "ALTER TABLE matswap.generation OWNER TO etl"
at_work
config "swap_timeout = 1s" "conninfo = user=etl"
matswap run
exits "another role's run" 1
says "names it" "^matswap: .*backend $pid_of_worker \\(no session: autovacuum, .*pg_cancel_backend\\($pid_of_worker\\)"
same "the old generation serves" "20000|$((generation - 1))" "$(sql "SELECT n, generation FROM sums")"
same "nothing is left over of that either" "" "$(leftovers)"
same "it goes on with its work" "$pid_of_worker" "$(sql "$worker")"
sql "ALTER MATERIALIZED VIEW base SET (autovacuum_enabled = false)" "SELECT pg_cancel_backend(pid) FROM pg_stat_progress_vacuum" > /dev/null
wait_until 20 sql_says f "SELECT EXISTS ($worker)" || not_ok "autovacuum does not end"
matswap run
exits "the run after it" 0
same "what was refreshed by hand meanwhile is the new generation's" "20000|$generation" "$(sql "SELECT n, generation FROM sums")"
finish
