#!/bin/bash
# fence.sh: one run of a set at a time. Of two that start in the same instant one works and the other says who does; a
# run that takes over ends what a dead one's workers still execute before it touches anything, and a run that has lost
# its lock unawares does not swap.
source "$(dirname "$0")/lib.sh"
source "$here/paused-set.sh"

host=$(uname -n)
holding="matswap process [0-9]+ on host $host since [0-9-]+ [0-9:]+ [^ ]+ \(server process [0-9]+, role [^ ]+\)"

# ---- two in the same instant ----

# pair NAME CONFIG CONFIG: starts both, waits until one has given up, lets the other finish
pair()
{
    local first second code_1='' code_2=''
    next_source
    pause_at first 0
    session gate "SELECT pg_advisory_lock(7);" > /dev/null
    "$MATSWAP" -c "$work/$2.ini" run > "$work/out" 2> "$work/one.err" < /dev/null &
    first=$!
    "$MATSWAP" -c "$work/$3.ini" run > "$work/out" 2> "$work/two.err" < /dev/null &
    second=$!
    wait_until 20 eval "! kill -0 $first || ! kill -0 $second" || not_ok "$1: neither gives up"
    session gate "SELECT pg_advisory_unlock(7);" > /dev/null
    wait $first; code_1=$?
    wait $second; code_2=$?
    if [ $code_1 = 3 ]; then cp "$work/one.err" "$work/err"; else cp "$work/two.err" "$work/err"; fi
    same "$1: one works, one is told" "0 3" "$(printf '%s\n' $code_1 $code_2 | sort | xargs)"
}

session_begin gate
config "jobs = 2"
cp "$work/matswap.ini" "$work/same.ini"
sed 's/^journal.*/journal = state\/another.db/' "$work/same.ini" > "$work/journal.ini"
sed 's/^set .*/set = another/' "$work/journal.ini" > "$work/set.ini"
for ((i = 1; i <= 10; i++)); do
    pair "pair $i" same same
    says "pair $i: who" "^matswap: the set fence is held by another run: $holding; wait for it to end"
done
published "pairs"
for ((i = 1; i <= 3; i++)); do
    pair "different journals $i" same journal
    says "different journals $i: who" "^matswap: the set fence is held by another run: $holding; wait"
    pair "schemas in common $i" same set
    says "schemas in common $i: who" "^matswap: the schema (public|other)_new is held by another run: matswap process [0-9]+ of the set (fence|another) on host $host since "
done
published "different journals, schemas in common"

# The name fits into the server's 63 bytes: the host is cut, the pid never.
set=aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd config "jobs = 1"
session gate "SELECT pg_advisory_lock(7);" > /dev/null
begin first 0
label=$(sql "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'matswap/aaaaaaaaaabbbbbbbbbb%/control %'")
same "a long name of a set leaves the pid whole" "matswap/aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd/control $pid" "${label%@*}"
session gate "SELECT pg_advisory_unlock(7);" > /dev/null
matswap_end
exits "which goes on to its end" 0
cp "$work/same.ini" "$work/matswap.ini"

# Another role sees process and host too.
sql "DROP ROLE IF EXISTS fence_stranger" "CREATE ROLE fence_stranger LOGIN" "GRANT pg_read_all_data TO fence_stranger"
pause_at
session gate "SELECT pg_advisory_lock(7);" > /dev/null
begin first 0
holder=$pid
PGUSER=fence_stranger "$MATSWAP" -c "$work/journal.ini" check > "$work/stranger" 2>&1
same "a stranger is told, too" 3 $?
says "by process and host" "^matswap: the set fence is held by another run: matswap process $holder on host $host \(server process [0-9]+, role [^ ]+\); wait" "$work/stranger"
session gate "SELECT pg_advisory_unlock(7);" > /dev/null
matswap_end
exits "the holder goes on" 0

# ---- workers of a dead run ----

# A killed run's worker in the middle of a statement is ended, and gone, before the next run builds.
session gate "SELECT pg_advisory_lock(7);" > /dev/null
begin second 0
worker=$(sql "SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory' AND application_name LIKE 'matswap/fence/%'")
kill -9 $pid
matswap_end
pause_at
matswap run
exits "a killed run's worker does not stop the next one" 0
same "the worker is gone" 0 "$(sql "SELECT count(*) FROM pg_stat_activity WHERE pid = $worker")"
session gate "SELECT pg_advisory_unlock(7);" > /dev/null
published "after a killed run"

# Whoever stands at the fence is ended, and nobody else: one that has it, one that waits for it.
session gate "SELECT pg_advisory_lock(7);" > /dev/null
begin first 0
fence=$(sql "SELECT DISTINCT (l.classid::int8 << 32) | l.objid::int8 FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
              WHERE l.locktype = 'advisory' AND l.mode = 'ShareLock' AND l.objsubid = 1 AND l.granted AND l.objid <> 7
                AND a.application_name LIKE 'matswap/fence/%'")
session gate "SELECT pg_advisory_unlock(7);" > /dev/null
matswap_end
exits "the fence's key is found" 0
pause_at
session_begin has
session_begin waits
session_begin elsewhere
session has "SELECT pg_advisory_lock($fence);" > /dev/null
session_send waits "SELECT pg_advisory_lock_shared($fence);"
wait_until 20 sql_says 1 "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
# the same key as two halves is another lock
session elsewhere "SELECT pg_advisory_lock(($fence >> 32)::int4, (($fence << 32) >> 32)::int4);" > /dev/null
next_source
matswap run
exits "run ends who stands at the fence" 0
same "it says whom" 2 "$(grep -cE 'fence +ended server process [0-9]+ \(session-(has|waits), role' "$work/err")"
same "nobody else" 1 "$(sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'session-elsewhere'")"
session_end elsewhere
published "who stands at the fence"

# A role that may not end them is told whom, and touches nothing.
sql "DROP ROLE IF EXISTS fence_etl" "CREATE ROLE fence_etl LOGIN"
session_begin has
session has "SELECT pg_advisory_lock($fence);" > /dev/null
before=$(oids)
PGUSER=fence_etl matswap run
exits "a role that may not end them" 1
says "it names them and the way out" "^matswap: workers of a run that died still hold the fence of the set fence, and this role may not end them: server process [0-9]+ \(session-has, role [^ ,)]+\); run as the role that began it"
same "nothing is touched" "$before" "$(oids)"
session_end has

# ---- a lock that is lost ----

# As behind a pooler in transaction mode, or by somebody's pg_advisory_unlock_all in the session.
sql "CREATE FUNCTION forget() RETURNS event_trigger LANGUAGE plpgsql AS \$\$
     BEGIN
         IF current_setting('application_name') LIKE 'matswap/fence/control %' THEN PERFORM pg_advisory_unlock_all(); END IF;
     END \$\$" \
    "CREATE EVENT TRIGGER forget ON ddl_command_end WHEN tag IN ('CREATE SCHEMA') EXECUTE FUNCTION forget()"
next_source
live=$(oids) serving=$(sql "$contents")
matswap run
exits "a run that has lost its lock unawares" 1
says "it says so" "^matswap: the lock of the set fence is lost: server process [0-9]+ does not hold it; connect to the server itself"
same "it builds nothing any more" 0 "$(grep -c ' built ' "$work/err")"
untouched "the lock is lost"
same "the lock is lost: nothing is left over" "" "$(leftovers)"
sql "DROP EVENT TRIGGER forget"
matswap run
exits "the next run" 0
matswap run --until=validated
exits "a run stops before its swap" 0
sql "CREATE EVENT TRIGGER forget ON ddl_command_end WHEN tag IN ('COMMENT') EXECUTE FUNCTION forget()"
live=$(oids) serving=$(sql "$contents")
matswap resume
exits "one that loses it just before the swap" 1
says "it says so, too" "^matswap: the lock of the set fence is lost"
untouched "the lock is lost just before the swap"
sql "DROP EVENT TRIGGER forget" "DROP FUNCTION forget"
matswap run
exits "after that: the next run" 0
published "after that"
session_end gate
sql "DROP ROLE fence_stranger, fence_etl"
finish
