#!/bin/bash
# status.sh: `status` says what the journal and the server know: who is at work and at what, what died, what is left
# over, and what the next command would do; it takes no lock, changes nothing, and either of the two may be missing.
source "$(dirname "$0")/lib.sh"
source "$here/paused-set.sh"
host=$(uname -n)

# json EXPRESSION: of the last `status --format=json`, as `s`
json()
{
    python3 -c 'import json, sys; s = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1" < "$work/out"
}

matswap status
exits "nothing is going on" 0
says "that is what it says first" "^nothing is running or left over$" "$work/out"
says "then how old what it serves is" "^live +the generation of run 20[^ ]+, swapped 20[0-9-]+T[0-9:]+Z, [0-9.]+ m?s ago$" "$work/out"
says "and its snapshot" "^snapshot +20[0-9-]+T[0-9:]+Z, [0-9.]+ m?s ago$" "$work/out"
same "and that is all" 3 "$(wc -l < "$work/out")"
matswap status --format=json
same "in JSON, too" "[] True False [] [] [] None" \
    "$(json '" ".join(map(str, (s["runs"], s["server"]["reachable"], s["lock"]["held"], s["sessions"], s["blockers"], s["leftovers"], s["next"])))')"

# ---- a run at work ----
session_begin gate
session gate "SELECT pg_advisory_lock(7);" > /dev/null
begin second 0
mv "$work/err" "$work/run.err"
matswap status
exits "while a run is at work" 0
says "who" "^at work +yes: matswap process $pid on host $host since .* \(server process [0-9]+, role " "$work/out"
says "at what" "^ *[0-9]+  public.\"second\" +fill +[0-9.]+ m?s .* Lock advisory +(CREATE|REFRESH)" "$work/out"
says "what the other commands would do" "^next +a run is at work: any other command waits for it a moment, then exits with 3" "$work/out"
same "itself it does not count" "" "$(grep matswap/status/status "$work/out")"
matswap status --format=json
same "in JSON, too: who" "True False matswap/status/control $pid@$host" \
    "$(json '" ".join(map(str, (s["lock"]["held"], s["lock"]["process_gone"], s["lock"]["sessions"][0]["application"])))')"
same "in JSON, too: at what" "Lock advisory" \
    "$(json '[w["wait"] for w in s["sessions"] if "second" in w["application"]][0]')"
same "times have a zone" True "$(json 'all(w["since"][10] == "T" and w["since"][-6] in "+-" for w in s["sessions"] + s["lock"]["sessions"] if w["since"])')"
same "what is being built is not left over" "[]" "$(json 's["leftovers"]')"
# without the journal of that run
sed 's/^journal.*/journal = state\/another.db/' "$work/matswap.ini" > "$work/another.ini"
"$MATSWAP" -c "$work/another.ini" status > "$work/out"
says "with another journal: a run is at work all the same" "^at work +yes: matswap process $pid " "$work/out"
says "the journal has none" "^there is no journal .*another.db$" "$work/out"
[ ! -e "$work/state/another.db" ] && ok "none was made" || not_ok "status made a journal"
mv "$work/run.err" "$work/err"

# ---- the run dies; its server processes notice by and by, since they wait for a lock ----
kill -STOP "$(sql "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'matswap/status/control%' AND datname = current_database()")" 2> /dev/null &&
    stopped=$(sql "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'matswap/status/control%' AND datname = current_database()")
kill -9 "$pid"
matswap_end
if [ -n "${stopped:-}" ]; then
    matswap status
    says "its process is gone, its server process not yet" "^at work +no: matswap process $pid on host $host, which has ended," "$work/out"
    says "so the next command does what the state says" "^next +.matswap run. reverts, then builds anew; .matswap resume. " "$work/out"
    matswap status --format=json
    same "in JSON, too" "True True" "$(json '" ".join(map(str, (s["lock"]["held"], s["lock"]["process_gone"])))')"
    kill -CONT "$stopped"
fi
session gate "SELECT pg_advisory_unlock(7);" > /dev/null
session_end gate
pause_at
nobody="SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'matswap/%' AND datname = current_database()"
wait_until 30 sql_says 0 "$nobody" || not_ok "the sessions of the dead run stay"
matswap status
says "then nobody holds the set" "^at work +no: nobody holds the set" "$work/out"
says "the state is from the journal" "^state +building" "$work/out"
says "what the commands would do" "^next +.matswap run. reverts, then builds anew; .matswap resume. .*; .matswap rollback. reverts$" "$work/out"

# ---- without the journal, without the server ----
mv "$work/state" "$work/away"
matswap status
exits "the journal is gone" 0
says "that is said" "^there is no journal .*journal.db$" "$work/out"
says "what is left over" "public_new \(incoming of run 20[^ ]*\): [0-9]+ views?$" "$work/out"
says "and how to remove it" "^next +.matswap rollback --orphans. shows what is left over, and removes it" "$work/out"
matswap status --format=json
same "in JSON, too" "incoming True" \
    "$(json '" ".join(map(str, (s["leftovers"][0]["side"], "first" in sum((l["views"] for l in s["leftovers"]), []))))')"
mv "$work/away" "$work/state"

printf 'no journal' > "$work/broken.db"
sed 's/^journal.*/journal = broken.db/' "$work/matswap.ini" > "$work/broken.ini"
code=0
"$MATSWAP" -c "$work/broken.ini" status > "$work/out" 2> "$work/err" || code=$?
exits "a journal that cannot be read is an error" 1
says "what the server says is shown all the same" "public_new \(incoming of run" "$work/out"

PGHOST=$work/nowhere matswap status
exits "no server is no error" 0
says "it is said" "^server +not reachable: .*$work/nowhere" "$work/out"
says "the journal is shown" "^state +building" "$work/out"
says "what the commands would do is known" "^next +.matswap run. reverts" "$work/out"
PGHOST=$work/nowhere matswap status --format=json
same "in JSON, too" "building False" "$(json '" ".join(map(str, (s["runs"][0]["state"], s["server"]["reachable"])))')"

# ---- it takes no lock and waits for none ----
session_begin locker
session locker "BEGIN; ALTER MATERIALIZED VIEW public_new.first OWNER TO CURRENT_USER; ALTER MATERIALIZED VIEW first OWNER TO CURRENT_USER;" > /dev/null
before=$(sql "SELECT count(*) FROM pg_class" "SELECT count(*) FROM pg_namespace")
mv "$work/state" "$work/away"
timeout 20 "$MATSWAP" -c "$work/matswap.ini" status > "$work/out" && ok "status waits for no lock on what it shows" ||
    not_ok "status waits for a lock"
says "and shows it" "public_new \(incoming of run" "$work/out"
mv "$work/away" "$work/state"
same "nothing was made" "$before" "$(sql "SELECT count(*) FROM pg_class" "SELECT count(*) FROM pg_namespace")"
session_end locker

# As a role that may see little.
sql "DROP ROLE IF EXISTS status_nobody" "CREATE ROLE status_nobody LOGIN"
PGUSER=status_nobody matswap status
exits "as a role without privileges" 0
says "what it may not see is said" "^server +cannot tell all: .*permission denied" "$work/out"
sql "DROP ROLE status_nobody"
matswap rollback
exits "the end" 0
same "nothing is left over" "" "$(leftovers)"
finish
