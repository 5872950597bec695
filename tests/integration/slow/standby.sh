#!/bin/bash
# standby.sh: a hot standby with readers at work while generations are swapped on the primary: no blend, no empty view; the
# only errors are those that the standby itself makes of a conflict. Tries are seldom, and check says what to set.
# own-cluster
source "$(dirname "$0")/../lib.sh"

start_cluster --set wal_level=replica --set max_wal_senders=4 --set hot_standby=on
primary=$PGHOST
fresh_database
sql "CREATE TABLE source AS SELECT g AS id, 1 AS generation FROM generate_series(1, 100) AS g"
for ((n = 1; n <= 6; n++)); do
    query_file "v$n.sql" <<< "SELECT id, generation FROM source"
done
config
matswap run
exits "the first run" 0

bindir=$PG_CLUSTER_BINDIR
standby=$PG_CLUSTER_HOME/standby
as_server()
{
    if [ "$(id -u)" -eq 0 ]; then runuser -u "$(stat -c %U "$PG_CLUSTER_HOME/data" 2> /dev/null || echo postgres)" -- "$@"; else "$@"; fi
}
as_server "$bindir/pg_basebackup" -h "$primary" -U postgres -D "$standby" -R -X stream > "$work/basebackup" 2>&1 &&
    ok "a base backup" || not_ok "a base backup: $(cat "$work/basebackup")"
as_server mkdir -p "$PG_CLUSTER_HOME/s"
as_server "$bindir/pg_ctl" -D "$standby" -l "$PG_CLUSTER_HOME/standby.log" -w -t 60 \
    -o "-k $PG_CLUSTER_HOME/s -c max_standby_streaming_delay=200ms" start > "$work/standby" 2>&1 &&
    ok "the standby starts" || not_ok "the standby starts: $(cat "$work/standby")"
stop_standby()
{
    as_server "$bindir/pg_ctl" -D "$standby" -m immediate stop > /dev/null 2>&1
}
trap 'stop_standby; clean_up' EXIT
wait_until 30 sql_says 1 "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'" &&
    ok "it replays" || not_ok "it does not replay"

matswap check
exits "check" 0
says "check says what to set there" "standbys +1 replay the swap's locks: max_standby_streaming_delay = 200ms"

# Each reads pairs in one transaction, as long as the file is there; one line a transaction: the generations, or the error.
touch "$work/go"
for ((reader = 1; reader <= 4; reader++)); do
    while [ -e "$work/go" ]; do
        for ((i = 0; i < 50; i++)); do
            echo "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*), min(generation), max(generation) FROM v$((RANDOM % 6 + 1)); SELECT count(*), min(generation), max(generation) FROM v$((RANDOM % 6 + 1)); COMMIT;"
            echo "\\echo end"
        done | PGHOST=$PG_CLUSTER_HOME/s psql -XqAt -v VERBOSITY=sqlstate 2>&1
    done > "$work/read.$reader" &
done
for ((generation = 2; generation <= 9; generation++)); do
    sql "UPDATE source SET generation = $generation"
    matswap run
    [ "$code" = 0 ] || not_ok "run $generation: $(cat "$work/err")"
done
sql "UPDATE source SET generation = 10"
session_begin holder
session holder "BEGIN; SELECT count(*) FROM v1;" > /dev/null
config "swap_timeout = 3s"
matswap run
exits "a reader on the primary is waited for without a try" 1
says "no lock was asked for" "could not be had within swap_timeout, in [01] tr"
session holder "COMMIT;" > /dev/null
session_end holder
rm "$work/go"
sleep 1
cat "$work"/read.* > "$work/read"
[ "$(grep -c '^100|' "$work/read")" -gt 500 ] && ok "the standby's readers have read" ||
    not_ok "the standby's readers have read: $(tail -n 3 "$work/read")"
same "no view was empty or of two generations" "" "$(grep '|' "$work/read" | awk -F '|' '$1 != 100 || $2 != $3' | head)"
same "no transaction saw two generations" "" \
    "$(awk -F '|' '/^end/ { seen = "" } NF == 3 { if (seen != "" && seen != $2) print "blend " seen " " $2; seen = $2 }' "$work/read" | head)"
same "no error but the standby's own" "" "$(grep ERROR "$work/read" | grep -vE '40001|40P01|25P02' | sort | uniq -c | head)"
finish
