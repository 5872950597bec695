#!/bin/bash
# in-doubt.sh: a COMMIT that nobody has an answer to. A trigger on matswap.generation stops the swap in the middle of its
# COMMIT; there the program is killed, its backend ended, the server stopped. Exit 6 as long as nobody can tell; then
# each of run, resume and rollback settles it as what it was, by the transaction's id, by the OIDs behind the names where
# the server has forgotten it, by the generation's row where another swap has come since.
# own-cluster
source "$(dirname "$0")/lib.sh"

start_cluster
fresh_database
sql "CREATE TABLE source AS SELECT g AS id, 1 AS generation FROM generate_series(1, 20) AS g"
query_file first.sql <<< "SELECT id, generation FROM source"
query_file second.sql <<< "SELECT count(*) AS n, min(generation) AS generation FROM first"
config "reconnect_timeout = 20s"
journal=$work/state/journal.db
matswap run
exits "the first run" 0
source "$here/swap-gate.sh"
dump=$(schema_dump)

live()
{
    sql "SELECT 'first'::regclass::oid, 'second'::regclass::oid" "SELECT n, generation FROM second" | tr "|\n" "  " | xargs
}

at_standby="SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"

# begin: a run whose COMMIT is at the gate
begin()
{
    before=$(live)
    run_to_gate
}

# The backend commits, and waits for a standby that never comes: nobody hears of it.
# https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION
commit_unheard()
{
    sql "ALTER SYSTEM SET synchronous_standby_names = 'nobody'" "SELECT pg_reload_conf()" > /dev/null
    wait_until 20 sql_says nobody "SHOW synchronous_standby_names"
    open_gate
    wait_until 20 sql_says t "$at_standby" || not_ok "the COMMIT does not wait for a standby"
    sql "ALTER SYSTEM RESET synchronous_standby_names" # reloaded, or read at the next start, when it is too late to wait
}

# Only once that backend is gone may the others stop waiting for the standby: it would answer.
cut_unheard()
{
    local backend
    backend=$(sql "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    sql "SELECT pg_terminate_backend($backend)" > /dev/null
    wait_until 20 sql_says 0 "SELECT count(*) FROM pg_stat_activity WHERE pid = $backend"
    sql "SELECT pg_reload_conf()" > /dev/null
}

die()
{
    kill -9 $pid
    matswap_end
}

stop_server()
{
    "$PG_CLUSTER" stop "$own_cluster" --immediate > /dev/null
}

start_server()
{
    local database=$PGDATABASE
    "$PG_CLUSTER" start "$own_cluster" > /dev/null || not_ok "the server starts again"
    export PGDATABASE=$database
}

# journal_do SQL: in the journal itself
journal_do()
{
    python3 - "$journal" "$1" << 'PYTHON'
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
with connection:
    for row in connection.execute(sys.argv[2]):
        print("|".join(map(str, row)))
connection.close()
PYTHON
}
last_state="SELECT state FROM run ORDER BY id DESC LIMIT 1"

# The schema is as at the start; nothing is left; the journal's runs are all at an end.
clean()
{
    same "$1: nothing is left over" "" "$(leftovers)"
    same "$1: the schema is as before" "$dump" "$(schema_dump)"
    same "$1: no run is unfinished" "0" "$(journal_do "SELECT count(*) FROM run WHERE state NOT IN ('done', 'reverted')")"
}

# committed WHAT, not_committed WHAT: what the interrupted swap has come to, after the command that settled it
committed()
{
    says "$1: it says that it was committed" 'settled +the swap of run .* was committed$'
    same "$1: the new generation serves" "20 $generation" "$(live | cut -d' ' -f3-)"
    clean "$1"
}

not_committed()
{
    says "$1: it says that it was not committed" 'settled +the swap of run .* was not committed$'
    case $2 in
    rollback) same "$1: the old generation serves" "$before" "$(live)" ;;
    *) same "$1: and then publishes" "20 $generation" "$(live | cut -d' ' -f3-)" ;;
    esac
    clean "$1"
}

unknown_yet()
{
    exits "$1" 6
    says "$1: it says what is not known, and what to do" \
        '^matswap: it is not known whether the swap of run [^ ]+ \(transaction [0-9]+\) was committed; once what follows is mended, run `matswap resume`'
    same "$1: the journal has it in doubt" swapping "$(journal_do "$last_state")"
}

for command in run resume rollback; do
    # ---- the program is killed in COMMIT ----
    begin
    die
    sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^COMMIT'" > /dev/null
    open_gate
    matswap $command
    exits "killed, not committed: $command" 0
    not_committed "killed, not committed: $command" $command

    begin
    kill -STOP $pid
    open_gate
    wait_until 20 sql_says "20|$generation" "SELECT n, generation FROM second" # the answer is in the socket, unread
    die
    matswap $command
    exits "killed, committed: $command" "$([ $command = rollback ] && echo 2 || echo 0)" # which has nothing kept to put back
    committed "killed, committed: $command"

    # ---- the server is stopped in COMMIT, for longer than the run's patience ----
    config "reconnect_timeout = 500ms"
    begin
    stop_server
    matswap_end
    session_end gate
    unknown_yet "server gone, not committed"
    matswap $command
    exits "$command while it is gone" 1
    says "$command while it is gone: it says so" '^matswap: cannot connect to the server'
    start_server
    matswap $command
    exits "server gone, not committed: $command" 0
    not_committed "server gone, not committed: $command" $command

    begin
    commit_unheard
    stop_server
    matswap_end
    unknown_yet "server gone, committed"
    start_server
    matswap $command
    exits "server gone, committed: $command" "$([ $command = rollback ] && echo 2 || echo 0)"
    committed "server gone, committed: $command"
    config "reconnect_timeout = 20s"
done

# ---- the connection breaks in COMMIT, the program lives ----
begin
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^COMMIT'" > /dev/null
open_gate
matswap_end
exits "cut, not committed" 1
says "cut, not committed: it says so" '^matswap: the connection broke during the COMMIT of the swap, which did not happen'
same "cut, not committed: the old generation serves" "$before" "$(live)"
clean "cut, not committed"

begin
commit_unheard
cut_unheard
matswap_end
exits "cut, committed" 0
committed "cut, committed"

# Another command asks before it does.
begin
commit_unheard
kill -STOP $pid
mv "$work/err" "$work/slow.err"
slow=$pid
cut_unheard
matswap resume
exits "another command settles it first" 0
committed "another command settles it first"
kill -CONT $slow
pid=$slow
matswap_end
mv "$work/slow.err" "$work/err"
exits "then the run itself ends well too" 0
says "and says who found out" 'settled .* was committed; another command found out'
clean "another command settles it first, then the run"

# The server is back before the patience is at its end.
begin
stop_server
start_server
matswap_end
session_end gate
exits "server restarted, not committed" 1
same "server restarted, not committed: the old generation serves" "$before" "$(live)"
clean "server restarted, not committed"

# ---- the transaction is still in progress, in a session that is not ours ----
begin
die
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^COMMIT'" > /dev/null
open_gate
session_begin parted
session parted "BEGIN;" > /dev/null
xid=$(session parted "SELECT pg_current_xact_id();")
parted=$(session parted "SELECT pg_backend_pid();")
journal_do "UPDATE run SET swap_xid = '$xid' WHERE state = 'swapping'"
config "reconnect_timeout = 500ms"
for command in run resume rollback; do
    matswap $command
    exits "in progress: $command" 6
    says "in progress: $command names who holds it" \
        "^matswap: transaction $xid, the swap of run [^ ]+, is still in progress; wait for server process $parted to end"
    same "in progress: $command leaves it" "$before swapping" "$(live) $(journal_do "$last_state")"
done
config "reconnect_timeout = 20s"
matswap_begin resume
wait_until 20 sql_says t "SELECT count(*) > 0 FROM pg_stat_activity WHERE query LIKE '%pg_xact_status%' AND state = 'idle'"
session parted "ROLLBACK;" > /dev/null
session_end parted
matswap_end
exits "it ends while resume waits for it" 0
not_committed "it ends while resume waits for it" resume

# ---- the server does not know the transaction any more: the OIDs tell ----
# Older than what it keeps (NULL), in the future of a restored server (an error), somebody else's in its new history.
for xid in 3 99999999999 "$(sql "SELECT pg_current_xact_id()")"; do
    begin
    die
    sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^COMMIT'" > /dev/null
    open_gate
    journal_do "UPDATE run SET swap_xid = '$xid' WHERE state = 'swapping'"
    matswap rollback
    exits "transaction $xid, not committed" 0
    not_committed "transaction $xid, not committed" rollback

    begin
    kill -STOP $pid
    open_gate
    wait_until 20 sql_says "20|$generation" "SELECT n, generation FROM second"
    die
    journal_do "UPDATE run SET swap_xid = '$xid' WHERE state = 'swapping'"
    cp "$journal" "$work/in-doubt.db"
    matswap resume
    exits "transaction $xid, committed" 0
    committed "transaction $xid, committed"
done

# ---- a journal from before the last swap ----
matswap run
exits "another swap" 0
before=$(live)
rm -f "$journal"-*
cp "$work/in-doubt.db" "$journal"
matswap resume
exits "superseded" 0
says "it was committed, and is not what serves" 'settled +the swap of run .* was committed; another generation has come since'
same "the newest generation stays" "$before" "$(live)"
clean "superseded"

# ---- the server goes before the swap: nothing is in doubt ----
sql "CREATE FUNCTION build_gate() RETURNS boolean LANGUAGE plpgsql AS \$\$
     BEGIN PERFORM pg_advisory_xact_lock_shared(9); RETURN true; END \$\$"
query_file second.sql <<< "SELECT count(*) AS n, min(generation) AS generation FROM first WHERE (SELECT build_gate())"
matswap run
exits "a set that can be stopped while it is built" 0
dump=$(schema_dump)
config "reconnect_timeout = 300ms"
for command in run resume rollback; do
    sql "UPDATE source SET generation = generation + 1"
    before=$(live)
    session_begin build
    session build "SELECT pg_advisory_lock(9);" > /dev/null
    matswap_begin run
    wait_until 20 sql_says t "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'matswap/%' AND wait_event = 'advisory'"
    stop_server
    matswap_end
    session_end build
    exits "server gone while a view is built" 1
    says "it says what is left over" \
        '^matswap: the old generation serves, but what run [^ ]+ left in public_new is not removed yet; once what stands above is mended, `matswap rollback` removes it'
    same "libpq's reason stands alone" "" "$(grep "invalid socket" "$work/err")"
    start_server
    same "the old generation serves" "$before" "$(live)"
    matswap $command
    exits "server gone while a view is built: $command" 0
    clean "server gone while a view is built: $command"
done

finish
