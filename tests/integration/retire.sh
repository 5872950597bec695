#!/bin/bash
# retire.sh: an old generation that cannot go, because a session or a prepared transaction sits on it. The run that
# replaced it ends well, with a warning; `status` names who holds what and since when; each further command says the same
# and touches nothing while the holder is there, and finishes the run when it is gone.
# own-cluster
source "$(dirname "$0")/lib.sh"

start_cluster --set max_prepared_transactions=2
fresh_database
sql "CREATE TABLE source AS SELECT g AS id, 1 AS generation FROM generate_series(1, 20) AS g"
query_file first.sql << 'END'
CREATE MATERIALIZED VIEW first AS SELECT id, generation FROM source;
CREATE INDEX ON first (id);
END
query_file second.sql <<< "SELECT count(*) AS n, min(generation) AS generation FROM first"
config "swap_timeout = 600ms"
generation=1
stamp='[0-9]{4}-[0-9]{2}-[0-9]{2}'

matswap run
exits "the first run" 0
sql "CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS \$\$
     BEGIN PERFORM pg_advisory_xact_lock_shared(8); RETURN NULL; END \$\$" \
    "CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON matswap.generation DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW EXECUTE FUNCTION gate()"
dump=$(schema_dump)

live()
{
    sql "SELECT n, generation FROM second"
}

# retire_events: how often the journal notes that an old generation could not go, and whom it names
retire_events()
{
    python3 -c 'import sqlite3, sys
for (message,) in sqlite3.connect(sys.argv[1]).execute("SELECT message FROM event WHERE kind = \"retire\" ORDER BY id"):
    print(message)' "$work/state/journal.db" | grep -cE -- "$1"
}

# swap_before STATEMENT...: a run, and a session `holder` that executes the statements on the old generation between the
# run's COMMIT and its first try to drop
swap_before()
{
    generation=$((generation + 1))
    sql "UPDATE source SET generation = $generation"
    session_begin gate
    session_begin holder
    session gate "SELECT pg_advisory_lock(8);" > /dev/null
    matswap_begin run
    wait_until 20 sql_says t "SELECT count(*) > 0 FROM pg_stat_activity WHERE query ~ '^COMMIT' AND wait_event = 'advisory'" ||
        not_ok "the run does not come to its COMMIT"
    kill -STOP $pid
    session_end gate
    wait_until 20 sql_says t "SELECT to_regclass('public_old.first') IS NOT NULL" || not_ok "the swap is not committed"
    for statement in "$@"; do session holder "$statement" > /dev/null; done
    kill -CONT $pid
    matswap_end
}

# held WHO ROW MESSAGE END: WHO holds the old generation: its row in the status, what the messages say, how to end it
held()
{
    exits "$1: the run that has swapped ends well" 0
    says "$1: with a warning that names it, since when, and how to end it" \
        "^matswap: warning: the new generation serves; the old generation could not be dropped yet, the next command will: .*; $3 .*since $stamp .*: end it with $4"
    same "$1: the journal notes it" 1 "$(retire_events "$3")"
    matswap status
    exits "$1: status" 0
    says "$1: status says that the run has swapped" '^state +swapped' "$work/out"
    says "$1: that nobody works on it" '^at work +no: nobody holds the set' "$work/out"
    says "$1: what the commands will do" \
        '^next +`matswap run` finishes, then builds anew; `matswap resume` finishes; `matswap rollback` finishes$' "$work/out"
    says "$1: who holds which view since when" "^$2 +${stamp}T[0-9:+-]+ +public_old\.first\$" "$work/out"
    for command in run resume rollback; do
        matswap $command
        exits "$1: $command cannot begin" 1
        says "$1: $command says who holds what since when, and how to end it" \
            "^matswap: run [^ ]+ has swapped, and the old generation could not be dropped yet: .*; $3 .*since $stamp .*: end it with $4.*, then run the command again\$"
        same "$1: $command warns of nothing else" "" "$(grep warning "$work/err")"
        same "$1: $command leaves the new generation" "20|$generation" "$(live)"
    done
    same "$1: the journal notes each try" 4 "$(retire_events "$3")"
}

# gone WHO COMMAND: it is not there any more, and the command finishes the run
gone()
{
    matswap status
    same "$1: status shows nobody any more" "" "$(grep 'in use' "$work/out")"
    matswap "$2"
    exits "$1: when it is gone, $2" 0
    says "$1: $2 finishes what was left" 'recover .* ended while swapped: finishing it'
    same "$1: the new generation stays" "20|$generation" "$(live)"
    same "$1: nothing is left over" "" "$(leftovers)"
    same "$1: the schema is as before" "$dump" "$(schema_dump)"
    matswap status
    says "$1: and nothing is unfinished" '^nothing is running or left over$' "$work/out"
}

swap_before "BEGIN;" "SELECT count(*) FROM public_old.first;"
holder=$(session holder "SELECT pg_backend_pid();")
held "a reader" "server process $holder +postgres +session-holder +idle in transaction" \
    "backend $holder \(session-holder, role postgres, idle in transaction\) holds public_old\.first in a transaction open" \
    "pg_terminate_backend\($holder\)"
matswap status --format=json
same "a reader: the same for scripts" "$holder|session-holder|idle in transaction|public_old.first" \
    "$(sql "SELECT b->>'pid', b->>'application', b->>'state', b->>'relations'
              FROM (SELECT \$json\$$(cat "$work/out")\$json\$::jsonb) AS j (s), jsonb_array_elements(s->'blockers') AS b")"
session holder "COMMIT;" > /dev/null
session_end holder
gone "a reader" resume

gid="nightly 'import'"
swap_before "BEGIN;" "SELECT count(*) FROM public_old.first;" "PREPARE TRANSACTION 'nightly ''import''';"
session_end holder
held "a prepared transaction" "prepared transaction $gid +postgres +- +-" \
    "the prepared transaction 'nightly ''import''' \(role postgres\) holds public_old\.first" \
    "COMMIT PREPARED 'nightly ''import''' or ROLLBACK PREPARED 'nightly ''import'''"
matswap status --format=json
same "a prepared transaction: the same for scripts" "|$gid|postgres" \
    "$(sql "SELECT b->>'pid', b->>'gid', b->>'role'
              FROM (SELECT \$json\$$(cat "$work/out")\$json\$::jsonb) AS j (s), jsonb_array_elements(s->'blockers') AS b")"
sql "ROLLBACK PREPARED 'nightly ''import'''"
generation=$((generation + 1))
sql "UPDATE source SET generation = $generation"
gone "a prepared transaction" run

# ---- what somebody else has put into the old generation's schema, one under the name of a view that was there ----
swap_before "BEGIN;" "SELECT count(*) FROM public_old.first;"
sql "CREATE MATERIALIZED VIEW public_old.second AS SELECT 'mine' AS whose" \
    "CREATE MATERIALIZED VIEW public_old.stranger AS SELECT 'mine' AS whose"
session holder "COMMIT;" > /dev/null
session_end holder
matswap resume
exits "strangers in the old generation: resume" 0
says "they are named" "warning: schema public_old is kept: it holds .*public_old.second.*public_old.stranger"
same "they stay" "mine mine" "$(sql "SELECT o.whose, s.whose FROM public_old.second AS o, public_old.stranger AS s" | tr '|' ' ')"
same "the old generation is gone" "" "$(sql "SELECT to_regclass('public_old.first')")"
finish
