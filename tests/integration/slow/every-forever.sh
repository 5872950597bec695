#!/bin/bash
# every-forever.sh: hundreds of runs, and of configurations read again, leave `run --every` as small as it was.
source "$(dirname "$0")/../lib.sh"
fresh_database
for ((i = 1; i <= 8; i++)); do
    query_file "v$i.sql" <<< "SELECT g AS id, g % 7 AS kind FROM generate_series(1, 100) AS g"
done
config "keep_history = 1h"
runs=${RUNS:-300}

# memory in kB, open descriptors, children that nobody has reaped
resident()
{
    awk '/^RssAnon/ { print $2 }' "/proc/$pid/status"
}
descriptors()
{
    find "/proc/$pid/fd" -mindepth 1 | wc -l
}

enough()
{
    [ "$(sql "SELECT count(*) FROM matswap.generation" 2> /dev/null || echo 0)" -ge "$1" ]
}

# grows WHAT BEFORE AFTER MOST
grows()
{
    [ $(($3 - $2)) -le "$4" ] && ok "$1: $2, then $3" || not_ok "$1: $2, then $3"
}

matswap_begin run --every 100ms --quiet
wait_until 60 enough 20
memory=$(resident) open=$(descriptors)
wait_until 600 enough "$runs" || not_ok "$runs runs do not come to an end: $(tail -n 5 "$work/err")"
grows "memory (kB) of its own after $runs runs" "$memory" "$(resident)" 64
grows "descriptors after $runs runs" "$open" "$(descriptors)" 0
kill -TERM "$pid"
matswap_end
exits "stopped after $runs runs" 0
same "nobody was skipped for a failure" "" "$(grep failed "$work/err")"
matswap run
same "nothing is left over" "" "$(leftovers)"

matswap_begin run --every 1d
wait_until 60 grep -q "run 1 took" "$work/err"
reloads()
{
    local from=$1
    for ((i = from; i < $2; i++)); do
        kill -HUP "$pid"
        wait_until 60 sh -c "[ \$(grep -c reload '$work/err') -gt $i ]" || { not_ok "reload $i"; return; }
    done
}
reloads 0 20
memory=$(resident) open=$(descriptors)
reloads 20 300
grows "memory (kB) of its own after 300 configurations" "$memory" "$(resident)" 256
grows "descriptors after 300 configurations" "$open" "$(descriptors)" 0
kill -TERM "$pid"
matswap_end
exits "stopped after 300 configurations" 0
finish
