#!/bin/bash
# swap-locks.sh: who keeps the swap from its locks: it waits by looking, without holding up anybody else; gives a reader
# that is in a deadlock with it what that wants; does what on_blocked says; names who holds what, prepared transactions
# too; says what the tries cost.
# own-cluster
source "$(dirname "$0")/lib.sh"

start_cluster --set max_prepared_transactions=2
fresh_database
sql "CREATE TABLE source AS SELECT g AS id, 1 AS generation FROM generate_series(1, 20) AS g" \
    "CREATE ROLE reader LOGIN" "CREATE ROLE etl LOGIN" "GRANT CREATE ON DATABASE $PGDATABASE TO etl" \
    "GRANT CREATE ON SCHEMA public TO etl" "GRANT SELECT ON source TO etl, reader"
for ((n = 1; n <= 4; n++)); do
    query_file "v$n.sql" <<< "CREATE MATERIALIZED VIEW v$n AS SELECT id, generation FROM source; GRANT SELECT ON v$n TO PUBLIC;"
done
generation=1

# begin [LINE]...: a run of the next generation with these lines in its configuration
begin()
{
    config "$@"
    generation=$((generation + 1))
    sql "UPDATE source SET generation = $generation"
    matswap_begin run
}

# hold STATEMENT...: a session that has a transaction open; $holder
hold()
{
    session_begin holder
    session holder "BEGIN;" > /dev/null
    holder=$(session holder "SELECT pg_backend_pid();")
    local statement
    for statement in "$@"; do session holder "$statement" > /dev/null; done
}

let_go()
{
    session holder "COMMIT;" > /dev/null
    session_end holder
}

# published WHAT [CODE]
published()
{
    matswap_end
    exits "$1" 0
    same "$1: the new generation serves" "$generation" "$(sql "SELECT generation FROM v3 WHERE id = 1")"
    same "$1: nothing is left over" "" "$(leftovers)"
}

refused()
{
    matswap_end
    exits "$1" 1
    generation=$((generation - 1))
    same "$1: the old generation serves" "$generation" "$(sql "SELECT generation FROM v3 WHERE id = 1")"
    same "$1: nothing is left over" "" "$(leftovers)"
}

waits()
{
    wait_until 20 grep -q " waiting .*$2" "$work/err" && ok "$1" || not_ok "$1: $(cat "$work/err")"
}

config
matswap run
exits "the first run" 0

# ---- wait ----
hold "SELECT count(*) FROM v2;"
begin
waits "it waits, and names who holds what" \
    "backend $holder (session-holder, role $PGUSER, idle in transaction) holds public.v2 in a transaction open since .*pg_terminate_backend($holder)"
same "readers are held up by nobody meanwhile" "" "$(
    for ((i = 0; i < 40; i++)); do
        sql "SET statement_timeout = '200ms'" "SELECT 'not served' FROM v1, v2, v3, v4 HAVING count(*) = 0" 2>&1
    done)"
let_go
published "when the reader ends, the swap happens"
says "with what it cost" "swapped .* locks held [0-9.]+ ms, [0-9]+ tr"
same "the journal has it, too" 1 "$(
    python3 -c 'import sqlite3, sys
row = sqlite3.connect(sys.argv[1]).execute("SELECT lock_tries, lock_ms, lock_wait_total_ms, lock_wait_longest_ms FROM run ORDER BY id DESC").fetchone()
print(int(row[0] >= 1 and 0 < row[1] <= row[3] <= row[2]))' "$work/state/journal.db")"

# ---- swap_timeout ----
hold "SELECT count(*) FROM v2;"
begin "swap_timeout = 700ms"
refused "a reader that outlasts swap_timeout"
says "it names who" "^matswap: the locks of the swap could not be had within swap_timeout, in [0-9]+ tr.*; backend $holder .* holds public.v2 .*; or raise swap_timeout"
let_go

# ---- on_blocked = fail ----
hold "SELECT count(*) FROM v2;"
begin "on_blocked = fail" "blocked_patience = 300ms"
refused "on_blocked = fail"
says "it says why, and who" "^matswap: the swap's locks have been kept from it for longer than blocked_patience .*; backend $holder .* holds public.v2"
let_go

# ---- on_blocked = cancel ----
hold "SELECT count(*) FROM v2;"
begin "on_blocked = cancel" "blocked_patience = 300ms"
wait_until 20 grep -q "blocked .*backend $holder is idle in its transaction" "$work/err" &&
    ok "cancel: an idle transaction cannot be cancelled, and it says so" || not_ok "cancel: it does not say so: $(cat "$work/err")"
same "cancel: that one is left alone" 20 "$(session holder "SELECT count(*) FROM v2;")"
let_go
published "cancel: it waits for it"

session_begin holder
session_send holder "SELECT pg_sleep(60) FROM v1 LIMIT 1;"
wait_until 20 sql_says t "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
begin "on_blocked = cancel" "blocked_patience = 300ms"
published "cancel: a long statement"
says "cancel: it is named" "blocked .*cancelled backend [0-9]+, in the way of the swap for longer than blocked_patience .*holds public.v1"
wait_until 20 grep -q "canceling statement due to user request" "$work/holder.said" && ok "cancel: its session goes on" ||
    not_ok "cancel: $(cat "$work/holder.said")"
session_end holder

# ---- on_blocked = terminate, and what the journal has of it ----
hold "SELECT count(*) FROM v2;"
begin "on_blocked = terminate" "blocked_patience = 300ms"
published "terminate: an idle transaction"
says "terminate: it is named" "blocked .*terminated backend $holder, .*session-holder.* holds public.v2"
same "terminate: the journal says so, too" 1 "$(python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM event WHERE kind = ? AND message LIKE ?", ("blocked", "terminated backend %d,%%" % int(sys.argv[2]))).fetchone()[0])' "$work/state/journal.db" "$holder")"
session_end holder 2> /dev/null

# ---- a prepared transaction ----
hold "SELECT count(*) FROM v2;" "PREPARE TRANSACTION 'nightly';"
session_end holder
begin "on_blocked = terminate" "blocked_patience = 100ms"
waits "a prepared transaction is named, and what ends it" \
    "the prepared transaction 'nightly' (role $PGUSER) holds public.v2 since .*COMMIT PREPARED 'nightly' or ROLLBACK PREPARED 'nightly'"
same "it is there still" nightly "$(sql "SELECT gid FROM pg_prepared_xacts")"
sql "ROLLBACK PREPARED 'nightly'"
published "when it is gone, the swap happens"

# ---- a role that may not end others' sessions ----
for ((n = 1; n <= 4; n++)); do sql "ALTER MATERIALIZED VIEW v$n OWNER TO etl"; done
sql "GRANT USAGE, CREATE ON SCHEMA matswap TO etl" "GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA matswap TO etl"
config "on_blocked = terminate" "blocked_patience = 300ms" "swap_timeout = 1s"
PGUSER=etl matswap check
exits "check as a role without pg_signal_backend" 0
says "it says what is missing" "warning: on_blocked = terminate reaches only sessions of the role etl itself; GRANT pg_signal_backend TO etl"
hold "SELECT count(*) FROM v2;"
PGUSER=etl matswap run
exits "a run that may not terminate" 1
says "it says so" "warning: backend $holder is in the way of the swap, and this role may not end it: .+"
same "the reader is there still" 20 "$(session holder "SELECT count(*) FROM v2;")"
let_go

# ---- a lock_timeout beyond deadlock_timeout ----
config "lock_timeout = 2ms..5s"
matswap check
says "a longer lock_timeout than deadlock_timeout allows is cut" "warning: lock_timeout ends at 5\.0 s, but a try of the swap ends after 500 ms, half of the server's deadlock_timeout"
sql "ALTER ROLE reader SET deadlock_timeout = '100ms'"
config
matswap check
says "as some role's does" "a try of the swap ends after 50 ms"
sql "ALTER ROLE reader RESET deadlock_timeout"

# ---- a deadlock: the swap has v1 and waits for v2, whose reader waits for v1 ----
# Without pg_locks neither would notice before deadlock_timeout; the superuser's swap could look for deadlocks sooner.
sql "ALTER SYSTEM SET deadlock_timeout = '30s'" "SELECT pg_reload_conf()" > /dev/null
wait_until 10 sql_says 30s "SHOW deadlock_timeout"
sql "GRANT ALL ON source TO etl"
waits_for="SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
            WHERE NOT l.granted AND a.application_name LIKE 'matswap/%' AND l.relation ="
for user in etl "$PGUSER"; do
    session_begin first
    session first "BEGIN; SELECT count(*) FROM v1;" > /dev/null
    hold "SET statement_timeout = '10s';" "SELECT count(*) FROM v2;"
    PGUSER=$user begin "lock_timeout = 14s..15s"
    wait_until 10 sql_says 1 "$waits_for 'v1'::regclass" || not_ok "$user: the swap does not wait for v1: $(cat "$work/err")"
    session first "COMMIT;" > /dev/null
    session_end first
    wait_until 10 sql_says 1 "$waits_for 'v2'::regclass" || not_ok "$user: the swap does not wait for v2: $(cat "$work/err")"
    same "$user: the reader gets what the swap has, and goes on" "20 20" \
        "$(session holder "SELECT count(*) FROM v1; SELECT count(*) FROM v4;" | xargs)"
    let_go
    published "$user: a reader that has what the swap wants, and wants what it has"
    says "$user: that took one try" "swapped .*, 1 try"
done
same "nobody was the victim of a deadlock" "" "$(grep -i 'deadlock detected' "$PG_CLUSTER_LOG" | grep -v "matswap")"
finish
