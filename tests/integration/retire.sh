#!/bin/bash
# own-cluster
# retire.sh: readers that sit on the old generation: the run ends well with a warning that names who it is, `status`
# shows all of them, prepared transactions too, the next run says why it cannot begin, and once they are gone the next
# command finishes.
source "$(dirname "$0")/lib.sh"
start_cluster --set max_prepared_transactions=5
source "$here/paused-set.sh"
config "swap_timeout = 1500ms"
# stops a run in the middle of retiring, when the old generation is there and the new one serves
sql "CREATE FUNCTION pause_drop() RETURNS event_trigger LANGUAGE plpgsql AS \$\$ BEGIN PERFORM public.pause('drop'); END \$\$" \
    "CREATE EVENT TRIGGER pause_drop ON ddl_command_start WHEN TAG IN ('DROP MATERIALIZED VIEW') EXECUTE FUNCTION pause_drop()"
dump=$(schema_dump)

# json EXPRESSION: of the last `status --format=json`, as `s`
json()
{
    python3 -c 'import json, sys; s = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1" < "$work/out"
}

last_state()
{
    python3 -c 'import sqlite3, sys
print(*sqlite3.connect(sys.argv[1]).execute("SELECT state FROM run ORDER BY id DESC LIMIT 1").fetchone())' "$work/state/journal.db"
}

session_begin gate
session_begin prepared

# occupy: a run whose old generation is in use, by a session of $reader and a prepared transaction, when it comes to drop it
occupy()
{
    session gate "SELECT pg_advisory_lock(7);" > /dev/null
    begin drop 0 "$@"
    session_begin reader
    reader=$(session reader "SELECT pg_backend_pid();")
    session reader "BEGIN; SELECT count(*) FROM public_old.first;" > /dev/null
    session prepared "BEGIN; SELECT count(*) FROM public_old.first; PREPARE TRANSACTION 'two phases';" > /dev/null
    session gate "SELECT pg_advisory_unlock(7);" > /dev/null
    matswap_end
    pause_at
}

occupy
exits "a run whose old generation is in use" 0
same "the new one serves" "$(whole $generation)" "$(sql "$contents")"
says "a warning says what comes of it" "^matswap: warning: the new generation serves; the old one could not be dropped yet, the next command will: "
says "and who it is" "backend $reader \(session-reader, role [a-z]+, idle in transaction\) holds public_old.first in a transaction open since 20[0-9T:+-]+, and 1 more"
same "the journal knows" swapped "$(last_state)"

matswap status
exits "status" 0
says "names the session" "^server process $reader +[a-z]+ +session-reader +idle in transaction +20[0-9T:+-]+ +public_old.first" "$work/out"
says "and the prepared transaction" "^prepared transaction two phases +[a-z]+ +- +- +20[0-9T:+-]+ +public_old.first" "$work/out"
says "and what the commands would do" "^next +.matswap run. finishes; .matswap resume. finishes; .matswap rollback. finishes" "$work/out"
matswap status --format=json
same "in JSON, too" "$reader None two phases" \
    "$(json '" ".join(str(b) for b in ([b["pid"] for b in s["blockers"] if b["pid"]][0], *[(b["pid"], b["gid"]) for b in s["blockers"] if b["gid"]][0]))')"

# ---- the next nightly run, while they are still there ----
live=$(oids) serving=$(sql "$contents")
for command in run resume; do
    matswap $command
    exits "$command while it is in use" 1
    says "$command says which run, and who" \
        "^matswap: run 20.*, which has swapped, cannot be finished yet: .*backend $reader \(session-reader, .*open since 20[0-9T:+-]+, and 1 more"
    says "$command says what to do" "end what is in the way, then run the command again"
    untouched "$command while it is in use"
done

# ---- only the prepared transaction ----
session reader "COMMIT;" > /dev/null
session_end reader
matswap run
exits "a prepared transaction alone" 1
says "is named" "prepared transaction 'two phases' \(role [a-z]+; COMMIT PREPARED or ROLLBACK PREPARED ends it\) holds public_old.first in a transaction open since 20"
untouched "a prepared transaction alone"
sql "COMMIT PREPARED 'two phases'"
next_source
matswap run
exits "once it is gone, the next run" 0
says "first finishes the other" "recover +run .* ended while swapped: finishing it"
published "once it is gone"
same "the journal is at an end" done "$(last_state)"
matswap status
same "there is nothing left to say" "nothing is running or left over" "$(cat "$work/out")"

# ---- finished by the other commands ----
for command in resume rollback; do
    occupy
    exits "occupied again, for $command" 0
    session_end reader
    sql "COMMIT PREPARED 'two phases'"
    matswap $command
    if [ $command = resume ]; then exits "$command finishes" 0; else exits "$command finishes, and finds nothing to swap back" 2; fi
    published "after $command"
    same "after $command: the journal is at an end" done "$(last_state)"
done

# ---- without the journal, the markers name it ----
occupy
rm -rf "$work/state"
matswap status
says "the old generation is shown as such" "^  public_old \(outgoing, kept of run 20" "$work/out"
matswap_begin rollback --orphans --yes
matswap_end
exits "--orphans while it is in use" 1
says "names who it is" "backend $reader \(session-reader"
session_end reader
sql "COMMIT PREPARED 'two phases'"
matswap rollback --orphans --yes
exits "--orphans afterwards" 0
published "--orphans"

# ---- a kept generation in use: the run that wants its place says so and changes nothing ----
next_source
matswap run --keep-old
exits "a run that keeps" 0
session_begin reader
reader=$(session reader "SELECT pg_backend_pid();")
session reader "BEGIN; SELECT count(*) FROM public_old.first;" > /dev/null
live=$(oids) serving=$(sql "$contents")
matswap run
exits "the kept generation is in use" 1
says "who it is" "backend $reader \(session-reader, .* holds public_old.first in a transaction open since"
says "and why it cannot be helped" "the kept old generation, whose place this run needs, is in use; backend"
untouched "the kept generation is in use"
same "all of it is still there" 4 "$(sql "SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE nspname IN ('public_old', 'other_old') AND relkind IN ('m', 'v')")"
session_end reader
matswap rollback
exits "so that rollback brings it back" 0
same "it does" "$(whole $((generation - 1)))" "$(sql "$contents")"
next_source
matswap run
exits "once the reader has gone" 0
published "once the reader has gone"
session_end gate
session_end prepared
finish
