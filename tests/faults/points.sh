#!/bin/bash
# points.sh: the library that counts fault points changes nothing by counting, finds the same ones again, and each of
# its actions does what fault_points.h says.
source "$(dirname "$0")/../integration/lib.sh"

library=$(dirname "$MATSWAP")/tests/faults/libfault_points.so
points=$work/points

# run_with_faults [NAME=VALUE]...: a run with the library. Its journal is new, since the number of writes depends on
# how full its pages are.
run_with_faults()
{
    rm -rf "$points" "$work/fired" "$work/state"
    env LD_PRELOAD="$library" FAULT_POINTS="$points" FAULT_FIRED="$work/fired" "$@" \
        "$MATSWAP" -c "$work/matswap.ini" run > "$work/out" 2> "$work/err" < /dev/null &
    pid=$!
    matswap_end
}

# point PATTERN [AFTER]: the number of the first point that matches, after the first that matches AFTER
point()
{
    awk -v pattern="$1" -v after="${2:-}" 'after != "" && $0 ~ after { after = "" }
        after == "" && $0 ~ pattern { print $1; exit }' "$work/counted"
}

# fault WHAT ACTION NUMBER EXIT-CODE [NAME=VALUE]...: a run over changed data that ends like this
fault()
{
    generation=$((generation + 1))
    sql "UPDATE source SET generation = $generation"
    before=$(oids)
    run_with_faults FAULT_AT="$3" FAULT_ACTION="$2" "${@:5}"
    exits "$1: exit code $4" "$4"
    same "$1: it happened there" "$(kind "$3" "$work/counted")" "$(kind "$3" "$work/fired")"
}

# kind NUMBER FILE: without what differs from one run to the next
kind()
{
    awk -v number="$1" '$1 == number { print $1, $2 }' "$2"
}

oids()
{
    sql "SELECT 'a'::regclass::oid, 'b'::regclass::oid"
}

contents()
{
    sql "SELECT (SELECT count(*) || '*' || min(generation) FROM a), (SELECT count(*) || '*' || min(generation) FROM b)"
}

old_generation_serves()
{
    same "$1: the old generation serves" "$before" "$(oids)"
}

new_generation_serves()
{
    same "$1: the new generation serves" "200*$generation|200*$generation" "$(contents)"
}

# clean WHAT: the next run finds its way
clean()
{
    matswap run
    exits "$1: the next run" 0
    same "$1: the next run leaves nothing over" "" "$(leftovers)"
    new_generation_serves "$1, the next run"
}

# ---- counting ----
fresh_database
sql "CREATE TABLE source AS SELECT g AS id, 1 AS generation FROM generate_series(1, 200) AS g"
generation=1
query_file a.sql <<< "SELECT id, generation FROM source"
query_file b.sql <<< "CREATE MATERIALIZED VIEW b AS SELECT id, generation FROM a; CREATE INDEX ON b (id);"
config "jobs = 1"

matswap run
exits "the first run" 0
dump=$(schema_dump)
matswap run
cp "$work/out" "$work/plain.out"
run_with_faults
exits "a counted run" 0
mv "$points" "$work/counted"
same "a counted run says the same" "$(cat "$work/plain.out")" "$(cat "$work/out")"
same "a counted run leaves the same schema" "$dump" "$(schema_dump)"
new_generation_serves "a counted run"
same "nothing fires by itself" "" "$(cat "$work/fired" 2> /dev/null)"

count=$(wc -l < "$work/counted")
same "the numbers are consecutive" "$(seq "$count")" "$(cut -d ' ' -f 1 "$work/counted")"
same "the kinds" "create delete mkdir receive send sync truncate write" \
    "$(cut -d ' ' -f 2 "$work/counted" | sort -u | xargs)"
same "connections have numbers" "1 2 3" "$(grep ' send [123] startup$' "$work/counted" | cut -d ' ' -f 3 | xargs)"
for what in "mkdir state" "sync $(basename "$work")" "create journal.db" "create journal.db-wal" \
    "delete journal.db-wal"; do
    same "the journal's files are counted: $what" 1 "$(grep -c " $what\$" "$work/counted")"
done
says "SQL is shown" '^[0-9]+ send 1 Q COMMIT$' "$work/counted"
same "rows of a result are one point" "" \
    "$(awk '$2 == "receive" && $4 == "D" && last == $3 " D" { print } { last = $3 " " $4 }' "$work/counted")"
same "the shared memory of the journal is no point" "" "$(grep -e -shm "$work/counted")"

run_with_faults
again=$(wc -l < "$points")
difference=$((again > count ? again - count : count - again))
# a notice of the server or another try for a lock may come between
[ "$difference" -le 20 ] && ok "the count is nearly the same again" || not_ok "$count points, then $again"

# ---- messages ----
commit=$(point "Q COMMIT" "P ALTER MATERIALIZED VIEW public_new")
committed=$(point "receive 1 C COMMIT" "P ALTER MATERIALIZED VIEW public_new")
same "the answer to the swap's COMMIT comes next" $((commit + 1)) "$committed"

fault "killed before COMMIT" kill "$commit" 137
same "killed before COMMIT: nothing after it" "$commit" "$(tail -n 1 "$points" | cut -d ' ' -f 1)"
old_generation_serves "killed before COMMIT"
clean "killed before COMMIT"
fault "killed before it sees that COMMIT worked" kill "$committed" 137
new_generation_serves "killed before it sees that COMMIT worked"
clean "killed before it sees that COMMIT worked"

fault "cut before COMMIT" cut "$commit" 1
old_generation_serves "cut before COMMIT"
clean "cut before COMMIT"
fault "cut after COMMIT" cut-after "$commit" 0
says "cut after COMMIT: the outcome is established" "settled .* was committed"
new_generation_serves "cut after COMMIT"
same "cut after COMMIT: the answer is not heard" "" "$(grep "^$((commit + 1)) receive 1 " "$points")"
clean "cut after COMMIT"
fault "cut before the answer to COMMIT" cut "$committed" 0
says "cut before the answer to COMMIT: the outcome is established" "settled .* was committed"
clean "cut before the answer to COMMIT"
fault "cut after the answer to COMMIT" cut-after "$committed" 0
clean "cut after the answer to COMMIT"

connection=$(point "send 3 startup")
fault "cut while it connects" cut "$connection" 1
clean "cut while it connects"

# ---- files ----
write=$(point " write journal.db-wal" "send 3 startup")
sync=$(point " sync journal.db-wal" "send 3 startup")
for at in "write $write" "sync $sync"; do
    for action in full full-once; do
        fault "$action at a $at" "$action" "${at#* }" 1
        says "$action at a $at: it says so" "journal .* cannot be (read or )?written"
        old_generation_serves "$action at a $at"
        clean "$action at a $at"
    done
done
fault "killed before a write" kill "$write" 137
clean "killed before a write"
fault "full from a message on" full "$commit" 6
says "full from a message on: the journal cannot be written" "journal .* cannot be written"
clean "full from a message on"

# ---- commands, and what does not fit ----
fault "a command" command "$commit" 0 \
    FAULT_COMMAND="env > '$work/environment'; psql -XqAtc 'SELECT count(*) FROM source' > '$work/rows'"
same "a command: it runs" 200 "$(cat "$work/rows" 2> /dev/null)"
same "a command: without the library" "" "$(grep -E '^(LD_PRELOAD|FAULT_)' "$work/environment")"
clean "a command"
fault "a command that fails" command "$commit" 70 FAULT_COMMAND="exit 3"
clean "a command that fails"

# next_after NUMBER KIND...: has it fired at a point of one of these kinds, after this number?
next_after()
{
    awk -v from="$1" -v kinds=" ${*:2} " '$1 > from && index(kinds, " " $2 " ") { print "yes" }' "$work/fired"
}
run_with_faults FAULT_AT="$write" FAULT_ACTION=cut
same "a write is not cut, the next message is" yes "$(next_after "$write" send receive)"
clean "a write is not cut"
run_with_faults FAULT_AT="$commit" FAULT_ACTION=full-once
same "a message needs no space, the next write does" yes "$(next_after "$commit" write sync create)"
clean "a message needs no space"
run_with_faults FAULT_AT=1 FAULT_ACTION=burn
exits "an unknown action" 70
run_with_faults FAULT_AT=0 FAULT_ACTION=kill
exits "no point has the number 0" 70
run_with_faults FAULT_AT=1 FAULT_ACTION=command
exits "a command that is not given" 70

rm -f "$points"
LD_PRELOAD=$library FAULT_POINTS=$points FAULT_AT=1 FAULT_ACTION=kill cp "$work/out" "$work/copy" || not_ok "cp fails"
same "another program is left alone" "" "$(cat "$points" 2> /dev/null)"
finish
