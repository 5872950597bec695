#!/bin/bash
# kill.sh: a run that is killed at any point of the build, or while it waits for the swap's locks, leaves the live
# generation as it was, and nothing that the next command does not clean up.
source "$(dirname "$0")/lib.sh"
source "$here/paused-set.sh"

die()
{
    kill -9 "$pid"
    matswap_end
    pause_at
    next_source
}

# ---- kill -9 during the build ----
for place in first second index last; do
    begin $place 60
    die
    untouched "killed during $place"
    matswap run
    exits "killed during $place: the next run" 0
    says "killed during $place: it says what it found" "recover .* ended while building"
    published "killed during $place"
done

for pattern in "snapshot " "built .*first" "built .*second" "built .*last" "swapped"; do
    next_source
    matswap_begin run --jobs 1
    wait_until 20 grep -q "$pattern" "$work/err"
    kill -9 $pid 2> /dev/null
    matswap_end
    matswap run
    exits "killed after '$pattern': the next run" 0
    published "killed after '$pattern'"
done

for ((i = 0; i < 12; i++)); do
    next_source
    matswap_begin run
    sleep "0.$((i * 3 + 10))"
    kill -9 $pid 2> /dev/null
    matswap_end
    matswap run
    [ "$code" = 0 ] && [ -z "$(leftovers)" ] && [ "$(sql "$contents")" = "$(whole $generation)" ] ||
        not_ok "killed after 0.$((i * 3 + 10)) s: exit $code, leftovers: $(leftovers); contents: $(sql "$contents")
$(cat "$work/err")"
done
same "killed after a while, a dozen times: the schema is as before" "$dump" "$(schema_dump)"

# ---- kill -9, then the other commands ----
begin second 60
die
matswap status
exits "killed, then status" 0
says "status names the state" "building" "$work/out"
matswap status --format=json
same "status names it for scripts, too" "building" \
    "$(python3 -c 'import json, sys; print(json.load(sys.stdin)["runs"][0]["state"])' < "$work/out")"
matswap rollback
exits "killed, then rollback" 0
untouched "killed, then rollback"
same "killed, then rollback: nothing is left over" "" "$(leftovers)"
same "killed, then rollback: the schema is as before" "$dump" "$(schema_dump)"
matswap status
says "killed, then rollback: nothing is unfinished" "nothing is running or left over" "$work/out"

begin second 60
die
matswap resume
exits "killed, then resume" 0
same "killed, then resume: nothing is left over" "" "$(leftovers)"
same "killed, then resume: all is of the first view's snapshot" "$(whole $((generation - 1)))" "$(sql "$contents")"
same "killed, then resume: the schema is as before" "$dump" "$(schema_dump)"

begin second 60
die
matswap resume --strict
exits "killed, then resume --strict" 0
published "killed, then resume --strict"
matswap resume
exits "resume with nothing to do" 0
published "resume with nothing to do"

# ---- kill -9 while the swap waits for a reader ----
next_source
live=$(oids) serving=$(sql "$contents")
session_begin reader
session reader "BEGIN; SELECT count(*) FROM second;" > /dev/null
matswap_begin run
wait_until 20 sql_says t "$waiting_for_locks" ||
    not_ok "the swap does not wait: $(cat "$work/err")"
kill -9 $pid
matswap_end
untouched "killed while waiting for locks"
session_end reader
matswap run
exits "killed while waiting for locks: the next run" 0
published "killed while waiting for locks"
finish
