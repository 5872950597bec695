#!/bin/bash
# neighbours-swap.sh: somebody sits on a live view when the swap wants it: an idle transaction, cursors, a pg_dump that
# nobody reads on, VACUUM, a REFRESH, a CREATE INDEX or a migration that is not committed. The run waits; it ends well when
# they go in time, and else names them and changes nothing. What they commit while it waits is noticed under the locks.
source "$(dirname "$0")/lib.sh"
source "$here/paused-set.sh"
source "$here/beside-set.sh"
session_begin other

# Long enough for a waiting run to be noticed; short where it is to give up.
patient() { config "jobs = 2" "swap_timeout = 30s"; }
impatient() { config "jobs = 2" "swap_timeout = 400ms"; }
# For a lock, or, in the swap, by looking alone.
waiting="SELECT count(*) > 0 FROM pg_stat_activity AS a
          WHERE a.application_name LIKE 'matswap/neighbours-swap/control%' AND a.state = 'active' AND a.wait_event_type = 'Lock'
             OR a.application_name = 'matswap/neighbours-swap/observer' AND a.query LIKE 'EXECUTE matswap_look%'"

# sits WHAT STATEMENT...: the session other executes the statements; the run gives up and names it
sits()
{
    local what=$1 pid
    shift
    impatient
    next_source
    live=$(oids)
    pid=$(session other "SELECT pg_backend_pid();")
    for statement in "$@"; do session other "$statement" > /dev/null; done
    matswap run
    exits "$what: the run gives up" 1
    says "$what: names it" "^matswap: .*$pid.*session-other"
    same "$what: the live views are the same" "$live" "$(oids)"
    same "$what: nothing is left over" "" "$(leftovers)"
}

# goes WHAT STATEMENT: a run waits for it; then it executes the statement, and the run ends well
goes()
{
    patient
    next_source
    live=$(oids)
    matswap_begin run
    wait_until 20 sql_says t "$waiting" || not_ok "$1: the run does not wait: $(cat "$work/err")"
    session other "$2" > /dev/null
    matswap_end
    ends_well "$1: a run that has waited for its end"
}

sits "an idle transaction" "BEGIN; SELECT count(*) FROM first;"
goes "an idle transaction" "COMMIT;"
sits "a cursor" "BEGIN; DECLARE c CURSOR FOR SELECT id, generation FROM second ORDER BY id; FETCH 2 FROM c;"
same "a cursor: reads on" "3|$((generation - 1))" "$(session other "FETCH FROM c;" | sed "s/|.*/|$((generation - 1))/")"
goes "a cursor" "COMMIT;"
session other "BEGIN; DECLARE h CURSOR WITH HOLD FOR SELECT id, generation FROM second ORDER BY id; FETCH 2 FROM h; COMMIT;" > /dev/null
held=$generation
next_source
matswap run
exits "a cursor WITH HOLD is in nobody's way" 0
published "a cursor WITH HOLD"
same "a cursor WITH HOLD: reads its own generation to the end" "498|$held|$held" \
    "$(session other "FETCH ALL FROM h;" | awk -F'|' '{n++; if (n == 1) low = $2; high = $2} END {print n "|" low "|" high}')"
session other "CLOSE h;" > /dev/null
sits "a REFRESH" "BEGIN; REFRESH MATERIALIZED VIEW CONCURRENTLY second;"
goes "a REFRESH" "COMMIT;"
sits "a CREATE INDEX" "BEGIN; CREATE INDEX uncommitted ON first (generation);"
goes "a CREATE INDEX that is given up" "ROLLBACK;"
sits "a migration" "BEGIN; ALTER MATERIALIZED VIEW other.last RENAME TO moved; COMMENT ON MATERIALIZED VIEW first IS 'moving';"
goes "a migration that is given up" "ROLLBACK;"
says "a migration: says at once whom it waits for" "waiting +for what is not committed yet: .*session-other.* holds .*other\\.(last|moved)"
sits "a reader of the view above" "BEGIN; SELECT count(*) FROM plain;"
goes "a reader of the view above" "COMMIT;"

# ---- what is committed while the run waits --------------------------------------------------------------------------

# commits WHAT STATEMENT PATTERN: the run has waited, notices what was committed meanwhile, and swaps nothing
commits()
{
    patient
    next_source
    live=$(oids)
    session other "BEGIN; SELECT count(*) FROM first;" > /dev/null
    matswap_begin run
    wait_until 20 sql_says t "$waiting" || not_ok "$1: the run does not wait: $(cat "$work/err")"
    session other "$2" > /dev/null
    session other "COMMIT;" > /dev/null
    matswap_end
    exits "$1: stops" 1
    says "$1: says what" "^matswap: $3"
    same "$1: nothing is left over" "" "$(leftovers)"
}
commits "an index committed meanwhile" "CREATE INDEX meanwhile ON first (generation);" "somebody changed the live views"
dump=$(schema_dump)
again "an index committed meanwhile"
commits "a name changed meanwhile" "ALTER MATERIALIZED VIEW other.last RENAME TO moved;" "other\\.\"last\" is not there any more"
sql "ALTER MATERIALIZED VIEW other.moved RENAME TO last"
again "a name changed meanwhile"
commits "another view in its place" "ALTER MATERIALIZED VIEW other.last RENAME TO moved; CREATE TABLE other.last AS SELECT 1 AS x;" \
    "other\\.\"last\" is a table now"
sql "DROP TABLE other.last" "ALTER MATERIALIZED VIEW other.moved RENAME TO last"
again "another view in its place"

# ---- pg_dump --------------------------------------------------------------------------------------------------------

# Nobody reads what it writes, and it stays in its transaction with a lock on all that it has described.
sql "CREATE TABLE bulk AS SELECT repeat(md5(g::text), 40) AS x FROM generate_series(1, 3000) AS g"
dump=$(schema_dump)
mkfifo "$work/dump"
exec {dumped}<> "$work/dump"
pg_dump > "$work/dump" &
dumper=$!
wait_until 20 sql_says t "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'pg_dump' AND query ~ '^COPY' AND wait_event = 'ClientWrite'" ||
    not_ok "pg_dump is not held up"
impatient
next_source
live=$(oids) serving=$(sql "$contents")
matswap run
stops "a pg_dump that takes long" ".*\\(pg_dump, role .*holds "
cat "$work/dump" > "$work/dumped" &
reader=$!
wait "$dumper" && ok "the dump ends well" || not_ok "the dump fails"
kill "$reader"
exec {dumped}>&-
patient
again "a pg_dump that takes long"
session_end other
session_end gate
finish
