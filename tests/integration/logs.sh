#!/bin/bash
# The log: JSON lines with their documented keys, text, a file that logrotate moves, priorities for systemd's journal.
. "$(dirname "$0")/lib.sh"

fresh_database
unset JOURNAL_STREAM
log=$work/log/matswap.log
mkdir "$work/log"

# count FILE FILTER: objects that jq selects; jq is strict about each line
count()
{
    jq -c "select($2)" "$1" | wc -l
}

sql "CREATE TABLE source AS SELECT g AS id FROM generate_series(1, 100) g"
config "log_file = log/matswap.log" "log_format = json"
echo "CREATE MATERIALIZED VIEW donations AS SELECT id FROM source; CREATE INDEX ON donations (id);" | query_file donations.sql
esc=$'\033'
printf 'SELECT count(*) AS n FROM donations' | query_file "${esc}[31m\"red\".sql"

# ---- JSON lines -----------------------------------------------------------------------------------------------------

matswap run
exits "a run with a log" 0
says "people read text all the same" '^[0-9:]{8}  swapped ' "$work/err"
same "the log is its owner's alone" 600 "$(stat -c %a "$log")"
same "each line is an object" "$(wc -l < "$log")" "$(jq -c 'select(type == "object")' "$log" | wc -l)"
same "each has its time, level, event, set and message" 0 \
    "$(count "$log" '([.time, .level, .event, .set, .message] | map(type == "string") | all | not) or
                     (.time | test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$") | not)')"
run_name=$(sqlite3 "$work/state/journal.db" "SELECT name FROM run")
same "the run is named from its beginning to its end" "started ended swapped" \
    "$(jq -r "select(.phase == \"run\" and .run == \"$run_name\") | .event, .outcome // empty" "$log" | xargs)"
same "what a worker has filled" '{"phase":"fill","view":"public.donations","worker":true,"rows":100,"sized":true,"timed":true}' \
    "$(jq -c 'select(.event == "finished" and .phase == "fill" and .view == "public.donations")
              | {phase, view, worker: (.worker >= 1), rows, sized: (.bytes > 0), timed: (.duration_ms > 0)}' "$log")"
for phase in prepare snapshot swap validate retire; do
    same "$phase begins and ends" "started finished" \
        "$(jq -r "select(.phase == \"$phase\" and (.event == \"started\" or .event == \"finished\")) | .event" "$log" | xargs)"
done
same "an index has its number" "1 of 1" "$(jq -r 'select(.phase == "index" and .event == "finished") | .subject' "$log")"
same "a name is quoted, and steers nothing" 'public."\u001b[31m""red"""' \
    "$(grep -o 'public[^,]*red[^,]*' "$log" | head -n 1 | sed 's/\\"/"/g; s/"$//')"
same "nothing in it steers a terminal" 0 "$(grep -cP '[\x00-\x08\x0b-\x1f\x7f]' "$log")"

# ---- errors and warnings ----------------------------------------------------------------------------------------------

echo "SELECT id, 1 / (id - 50) AS inverse FROM source" | query_file broken.sql
: > "$log"
matswap run --quiet
exits "a view that fails" 1
same "the error, its place and its SQLSTATE" '{"kind":"server","sqlstate":"22012","file":"queries/broken.sql","line":1}' \
    "$(jq -c 'select(.event == "error") | {kind, sqlstate, file: (.file | sub(".*queries/"; "queries/")), line}' "$log" | head -n 1)"
same "the task that failed says the same" "fill public.broken 22012" \
    "$(jq -r 'select(.event == "failed" and .kind != "cancelled") | .phase, .view, .sqlstate' "$log" | xargs)"
same "and how the run ended" "failed" "$(jq -r 'select(.phase == "run" and .event == "ended") | .outcome' "$log")"
says "--quiet is about standard error: errors alone" '^matswap: .*division by zero|22012' "$work/err"
same "no more than that" 0 "$(grep -cE '^[0-9:]{8} ' "$work/err")"
echo "SELEC" > "$work/queries/broken.sql"
: > "$log"
matswap run
exits "a mistake in a file" 2
same "is in the log too" 1 "$(count "$log" '.event == "error"')"
rm "$work/queries/broken.sql"

# ---- a file that is moved away, one that cannot be opened -----------------------------------------------------------------

: > "$log"
echo "SELECT g AS id, pg_advisory_xact_lock_shared(5)::text AS waited FROM generate_series(1, 2) g" | query_file gate.sql
session_begin gate
session gate "SELECT pg_advisory_lock(5);" > /dev/null
matswap_begin run
wait_until 20 grep -q '"view":"public.gate"' "$log"
mv "$log" "$log.1"
session gate "SELECT pg_advisory_unlock(5);" > /dev/null
matswap_end
session_end gate
exits "a run whose log is moved" 0
same "goes on in a new file" "1 0" "$(count "$log" '.event == "swapped"') $(count "$log.1" '.event == "swapped"')"
same "which is its owner's alone, too" 600 "$(stat -c %a "$log")"
matswap run --log-file="$work/none/x.log"
exits "a log that cannot be opened" 2
says "is named, and nothing has begun" "the log file $work/none/x.log cannot be opened: No such file"
matswap run --log-file=/dev/full
exits "a log that is full ends no run" 0
same "and is said once" 1 "$(grep -c 'warning: the log file /dev/full cannot be written any more: No space left' "$work/err")"

# ---- text, standard error -------------------------------------------------------------------------------------------------

matswap run --log-format=text --log-file="$work/text.log"
says "text has the time with its zone, and the level" '^[0-9-]{10}T[0-9:.]{12}Z  notice   swapped ' "$work/text.log"
config "log_format = json"
matswap run
exits "JSON on standard error" 0
same "and nothing else" "$(wc -l < "$work/err")" "$(jq -c 'select(.level)' "$work/err" | wc -l)"
matswap check
says "to check is for people" '^[0-9:]{8}  check ' "$work/err"
matswap run --log-format=text
says "an option overrides the configuration" '^[0-9:]{8}  swapped ' "$work/err"

# ---- systemd --------------------------------------------------------------------------------------------------------------

: > "$work/err"
export JOURNAL_STREAM
JOURNAL_STREAM=$(stat -c %d:%i "$work/err")
matswap run --log-format=text
says "under systemd a line has its priority, and no time" '^<5>swapped ' "$work/err"
same "every line" 0 "$(grep -cvE '^<[3-7]>' "$work/err")"
echo "SELECT id, 1 / (id - 50) AS inverse FROM source" | query_file broken.sql
matswap run --log-format=text
same "each line of an error, too" "0 many" \
    "$(grep -cvE '^<[3-7]>' "$work/err") $([ "$(grep -c '^<3>' "$work/err")" -ge 2 ] && echo many)"
rm "$work/queries/broken.sql"
matswap run
same "JSON has one before it" 0 "$(grep -cvE '^<[3-7]>[{]' "$work/err")"
JOURNAL_STREAM=1:1 matswap run --log-format=text
says "not when standard error goes elsewhere" '^[0-9:]{8}  swapped ' "$work/err"

finish
