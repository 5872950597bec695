#!/bin/bash
# validate-source-foreign.sh: source_total over postgres_fdw sees what the view saw, though the foreign server is written to
# in between: both share the remote transaction.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/foreign-server.sh"

# gate() waits for the advisory lock 7; the executor asks it before it reads the foreign table
sql "CREATE FUNCTION gate() RETURNS boolean LANGUAGE plpgsql AS
     \$\$BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN true; END\$\$"
query_file early.sql <<< "SELECT id, generation FROM event"
config
cat >> "$work/matswap.ini" <<EOT
[view early]
sums = id
source_total = SELECT sum(generation) AS generation, count(*) AS rows FROM event WHERE (SELECT gate())
EOT

session_begin gate
session gate "SELECT pg_advisory_lock(7);" > /dev/null
matswap_begin run --dry-run
wait_until 20 sql_says t "SELECT count(*) > 0 FROM pg_stat_activity
                           WHERE application_name LIKE 'matswap/%' AND wait_event = 'advisory' AND datname = current_database()" ||
    not_ok "the run does not come to the gate: $(cat "$work/err")"
before=$(remote "SELECT sum(generation) || ' ' || count(*) FROM event")
remote "UPDATE event SET generation = generation + 1" "DELETE FROM event WHERE id = (SELECT min(id) FROM event)"
same "the foreign server has moved on" 1 "$(remote "SELECT ((SELECT sum(generation) || ' ' || count(*) FROM event) <> '$before')::int")"
session_end gate # and the lock with it
matswap_end
exits "the total is that of the rows which the view has" 0
read -r total rows <<< "$before"
same "of before" "public.early sum(generation) of the source: source_total $total $total 0.00% 0% ok
public.early rows of the source: source_total $rows $rows 0.00% 0% ok" "$(awk '/source_total/ { $1 = $1; print }' "$work/out")"
same "nothing is left over" "" "$(leftovers)"
finish
