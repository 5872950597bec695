#!/bin/bash
# interrupt.sh: SIGINT and SIGTERM end a run at once and leave nothing; two runs of a set, or of two sets that share a
# schema, do not meet.
source "$(dirname "$0")/lib.sh"
source "$here/paused-set.sh"

interrupted()
{
    local started=$SECONDS
    kill -"$1" "$pid"
    matswap_end
    local took=$((SECONDS - started))
    exits "SIG$1 during $2" 1
    [ $took -le 5 ] && ok "SIG$1 during $2: at once" || not_ok "SIG$1 during $2: it took $took s"
    same "SIG$1 during $2: nothing is left over, no session either" "" "$(leftovers)"
    untouched "SIG$1 during $2"
    same "SIG$1 during $2: the schema is as before" "$dump" "$(schema_dump)"
    matswap status
    says "SIG$1 during $2: nothing is unfinished" "nothing is running or left over" "$work/out"
}

for signal in INT TERM; do
    for place in first index last; do
        begin $place 60
        interrupted $signal $place
    done
done
pause_at
session_begin reader
session reader "BEGIN; SELECT count(*) FROM second;" > /dev/null
live=$(oids) serving=$(sql "$contents")
matswap_begin run
wait_until 20 sql_says t "$waiting_for_locks"
interrupted TERM "the wait for locks"
session_end reader

# ---- two runs at once ----
session_begin gate
session gate "SELECT pg_advisory_lock(7);" > /dev/null
begin second 0
mv "$work/err" "$work/first.err" # it goes on writing there
matswap status
says "status while it runs" "building" "$work/out"
holder=$(sql "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'matswap/interrupt/control %' AND datname = current_database()")
matswap run
exits "a second run at the same time" 3
says "it names the holder" "held by another run: matswap process $pid on host .* \(server process $holder,"
sed 's/^journal.*/journal = state\/another.db/' "$work/matswap.ini" > "$work/another.ini"
code=0
"$MATSWAP" -c "$work/another.ini" run > "$work/out" 2> "$work/err" || code=$?
exits "one with another journal" 3
sed -i 's/^set .*/set = another/' "$work/another.ini"
code=0
"$MATSWAP" -c "$work/another.ini" run > "$work/out" 2> "$work/err" || code=$?
exits "one of another set with the same schemas" 3
says "it names the schema and its holder" "(public|other)_new is held by another run: matswap process $pid of the set interrupt on host .* \(server process $holder,"
for command in rollback resume; do
    matswap $command
    exits "$command beside a run" 3
done
kill -0 $pid && ok "the first is still at work" || not_ok "the first has ended meanwhile, which proves nothing"
session gate "SELECT pg_advisory_unlock(7);" > /dev/null
matswap_end
exits "the first of two runs is not disturbed" 0
pause_at
published "two runs at once"
finish
