#!/bin/bash
# few-locks.sh: a set that would fill the server's lock table is refused before anything is built, with the setting
# that it takes; with that setting it runs.
# own-cluster
source "$(dirname "$0")/lib.sh"

start_cluster --set max_locks_per_transaction=10 --set max_connections=10 --set max_wal_senders=0 --set max_worker_processes=0
fresh_database
sql "CREATE TABLE source AS SELECT g AS id FROM generate_series(1, 10) AS g"
for ((n = 1; n <= 60; n++)); do
    query_file "v$n.sql" << SQL
CREATE MATERIALIZED VIEW v$n AS SELECT id FROM source;
CREATE UNIQUE INDEX v${n}_id ON v$n (id);
SQL
done
config "jobs = 1"
before=$(schema_dump)
for command in check run; do
    matswap $command
    exits "$command refuses" 2
    says "$command names the setting" '^matswap: the set of 60 views needs about [0-9]+ locks in one transaction, more than half of the server.s lock table of [0-9]+; ALTER SYSTEM SET max_locks_per_transaction = [0-9]+ and restart'
    same "$command touches nothing" "$before" "$(schema_dump)"
done
wanted=$(sed -nE 's/.*ALTER SYSTEM SET max_locks_per_transaction = ([0-9]+) .*/\1/p' "$work/err")

sql "ALTER SYSTEM SET max_locks_per_transaction = $wanted"
"$PG_CLUSTER" stop "$own_cluster" > /dev/null
database=$PGDATABASE
start_cluster --set max_connections=10 --set max_wal_senders=0 --set max_worker_processes=0
export PGDATABASE=$database
same "the server has it" "$wanted" "$(sql "SHOW max_locks_per_transaction")"
for generation in first second; do
    matswap run
    exits "the $generation generation is built" 0
    same "the $generation generation is there" "60" "$(sql "SELECT count(*) FROM pg_matviews WHERE schemaname = 'public'")"
done
same "nothing is left over" "" "$(leftovers)"

# One transaction of another session may not make the run fail half-way with what it takes: sets of this size leave half.
config "jobs = 2"
session_begin hog
session hog "BEGIN;" > /dev/null
session hog "SELECT count(pg_advisory_xact_lock(g)) FROM generate_series(1, (current_setting('max_locks_per_transaction')::int * 4)) AS g;" > /dev/null
matswap run
exits "beside a session with many locks" 0
session hog "COMMIT;" > /dev/null
same "nothing is left over after it" "" "$(leftovers)"

# A resumed run would rehearse beside what is built: it takes no more than a run does.
matswap run --until=built
exits "a generation waits" 0
query_file v60.sql <<< "SELECT id, id + 1 AS next FROM source"
matswap resume
exits "resume where a second generation has no room in the lock table" 0
says "it starts over" 'starts over: the server.s lock table has no room .*max_locks_per_transaction'
same "with the changed file" 10 "$(sql "SELECT count(next) FROM v60")"
same "nothing is left over of the other" "" "$(leftovers)"

# Retired in batches of what the lock table has room for, not of a number of views: eight indexes each.
rm "$work"/queries/*
for ((n = 1; n <= 18; n++)); do
    { echo "CREATE MATERIALIZED VIEW v$n AS SELECT id FROM source;"
      for ((i = 1; i <= 8; i++)); do echo "CREATE INDEX v${n}_$i ON v$n (id);"; done; } > "$work/queries/v$n.sql"
done
matswap run
exits "views with many indexes" 0
sql "CREATE TABLE drops (xact xid8, dropped text)" \
    "CREATE FUNCTION note_drops() RETURNS event_trigger LANGUAGE plpgsql AS \$\$
     BEGIN
         INSERT INTO public.drops SELECT pg_current_xact_id(), object_identity FROM pg_event_trigger_dropped_objects()
          WHERE original AND object_type = 'materialized view';
     END \$\$" "CREATE EVENT TRIGGER note_drops ON sql_drop EXECUTE FUNCTION note_drops()"
matswap run
exits "views with many indexes: the next run" 0
room=$(sql "SELECT current_setting('max_locks_per_transaction')::int * (current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int) / 4")
same "views with many indexes: no batch takes more than a quarter of the lock table" t \
    "$(sql "SELECT max(n) * 12 <= $room FROM (SELECT count(*) AS n FROM drops GROUP BY xact) AS d")"
same "views with many indexes: and all are gone" 18 "$(sql "SELECT count(*) FROM drops")"
sql "DROP EVENT TRIGGER note_drops"
finish
