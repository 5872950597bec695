#!/bin/bash
# old-reader.sh: a REPEATABLE READ reader whose snapshot is older than the swap finds every view whole; a reader that
# holds a view makes the swap wait, no other reader, and ends it with exit 1 when it outlasts swap_timeout.
source "$(dirname "$0")/lib.sh"

fresh_database
sql "CREATE TABLE source AS SELECT g AS id, 1 AS generation FROM generate_series(1, 2000) AS g" \
    "CREATE TABLE unrelated AS SELECT 1 AS x"
query_file base.sql <<< "SELECT id, generation FROM source"
query_file middle.sql <<< "SELECT id % 10 AS k, count(*) AS n, min(generation) AS generation FROM base GROUP BY 1"
query_file plain.sql <<< "CREATE VIEW plain AS SELECT k, n, generation FROM middle WHERE n > 0"
query_file top.sql <<< "CREATE MATERIALIZED VIEW top AS SELECT k, n, generation FROM plain; CREATE UNIQUE INDEX ON top (k);"
config "swap_timeout = 30s"

# One row a view: name, rows, generations
everything="SELECT 'base', count(*), string_agg(DISTINCT generation::text, ',') FROM base
  UNION ALL SELECT 'middle', count(*), string_agg(DISTINCT generation::text, ',') FROM middle
  UNION ALL SELECT 'plain', count(*), string_agg(DISTINCT generation::text, ',') FROM plain
  UNION ALL SELECT 'top', count(*), string_agg(DISTINCT generation::text, ',') FROM top;"

# whole N: what $everything says of generation N
whole()
{
    printf '%s\n' "base|2000|$1" "middle|10|$1" "plain|10|$1" "top|10|$1"
}

matswap run
exits "first run" 0
same "the first generation" "$(whole 1)" "$(sql "$everything")"

# A snapshot from before the build, and no lock on any view.
for level in "REPEATABLE READ" "SERIALIZABLE"; do
    session_begin reader
    session reader "BEGIN ISOLATION LEVEL $level;" > /dev/null
    same "a $level reader takes its snapshot" 1 "$(session reader "SELECT x FROM unrelated;")"
    generation=$(($(sql "SELECT max(generation) FROM source") + 1))
    sql "UPDATE source SET generation = $generation"
    matswap run
    exits "the swap beside the $level reader" 0
    same "the $level reader finds every view whole, of one generation" "$(whole $generation)" "$(session reader "$everything")"
    same "the $level reader finds them so again" "$(whole $generation)" "$(session reader "$everything")"
    same "by its index, too" "3|200|$generation" \
        "$(session reader "SET LOCAL enable_seqscan = off; SELECT * FROM top WHERE k = 3;")"
    same "its snapshot was older than the swap" "$((generation - 1))" "$(session reader "SELECT max(generation) FROM source;")"
    same "the $level reader commits" "" "$(session reader "COMMIT;")"
    session_end reader
done
same "nothing is left over" "" "$(leftovers)"

# A reader that has read a view: the swap waits for it, others read on.
generation=$((generation + 1))
sql "UPDATE source SET generation = $generation"
session_begin holder
session holder "BEGIN ISOLATION LEVEL REPEATABLE READ;" > /dev/null
same "a reader reads and stays open" "$(whole $((generation - 1)))" "$(session holder "$everything")"
matswap_begin run
wait_until 20 grep -q " waiting .*session-holder" "$work/err" && ok "the swap waits, and says for whom" ||
    not_ok "the swap does not wait"
same "new readers are served the old generation meanwhile" "" "$(
    for ((i = 0; i < 25; i++)); do
        psql -XqAt -c "SET statement_timeout = '1s'" -c "$everything" 2>&1 | diff - <(whole $((generation - 1)))
        sleep 0.02
    done)"
kill -0 $pid 2> /dev/null && ok "the swap is still waiting" || not_ok "the swap did not wait for the reader"
same "the holder still reads what it read" "$(whole $((generation - 1)))" "$(session holder "$everything")"
session holder "COMMIT;" > /dev/null
matswap_end
exits "when the reader ends, the swap happens" 0
says "with a number of tries" 'swapped .* [0-9]+ (try|tries)'
same "the new generation" "$(whole $generation)" "$(sql "$everything")"
same "nothing is left over after the wait" "" "$(leftovers)"

# It outlasts swap_timeout.
config "swap_timeout = 1500ms"
generation=$((generation + 1))
sql "UPDATE source SET generation = $generation"
before=$(schema_dump)
session holder "BEGIN;" > /dev/null
session holder "SELECT count(*) FROM middle;" > /dev/null
holder=$(session holder "SELECT pg_backend_pid();")
started=$(date +%s%N)
matswap run
took=$((($(date +%s%N) - started) / 1000000))
exits "a reader that outlasts swap_timeout" 1
says "names the backend" "backend $holder .*session-holder"
says "and the relation" "holds (public\.)?middle "
[ $took -ge 1500 ] && [ $took -lt 8000 ] && ok "after swap_timeout" || not_ok "after swap_timeout: it took $took ms"
same "nothing was swapped" "$(whole $((generation - 1)))" "$(sql "$everything")"
same "the schema is as before" "$before" "$(schema_dump)"
same "nothing is left over after giving up" "" "$(leftovers)"
session holder "COMMIT;" > /dev/null
session_end holder
matswap status
exits "status afterwards" 0
says "nothing unfinished" "nothing is running or left over" "$work/out"
matswap run
exits "the next run" 0
same "publishes" "$(whole $generation)" "$(sql "$everything")"
same "nothing is left over at the end" "" "$(leftovers)"
finish
