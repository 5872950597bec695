#!/bin/bash
# every.sh: `run --every`: runs come by the schedule, never two at once; starts that are skipped are counted; failures put
# the next try off; SIGHUP reads the configuration again.
source "$(dirname "$0")/lib.sh"
source "$here/every-set.sh"

# ---- by the schedule ----
every --every 300ms
wait_until 20 sql_says t "SELECT count(*) >= 3 FROM matswap.generation" && ok "one run after the other" ||
    not_ok "one run after the other: $(cat "$work/err")"
stop_every
exits "stopped" 0
says "each run says when the next one starts" "waiting +run 1 took .*; the next one starts at [0-9:]{8}"
same "each run is the next generation" "t" \
    "$(sql "SELECT count(*) = count(DISTINCT run) FROM matswap.generation")"

started=$(generations)
every --every 1d --at 02:00
wait_until 20 grep -q "the first run starts at" "$work/err"
stop_every
exits "--at: stopped" 0
says "--at: says when it begins" "waiting +the first run starts at .*02:00:00"
says "--at: stopped between two runs" "stopped +by a signal, between two runs"
same "--at: nothing is run before" "$started" "$(generations)"

every --every 1h --jitter 59min
wait_until 20 grep -q "the first run starts at" "$work/err"
stop_every
says "--jitter: also of the first run" "waiting +the first run starts at"

# ---- a run that is slow ----
close_gate
every --every 200ms
wait_until 20 grep -q "a start is skipped" "$work/err"
wait_until 20 sql_says t "$at_gate"
sleep 0.5 # two more starts
same "a slow run: there is one run" 1 \
    "$(sql "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'matswap/%/control %'
             AND datname = current_database()")"
open_gate
wait_until 20 grep -q "run 2 took" "$work/err" || not_ok "there is no second run: $(cat "$work/err")"
stop_every
says "a slow run: the first start that is skipped is told" "warning: a start is skipped: run 1 is still at work, for [0-9.]+ m?s by now"
same "a slow run: it is told once" 1 "$(grep -c "a start is skipped: run 1 " "$work/err")"
says "a slow run: how many were skipped" "warning: [0-9]+ starts were skipped while run 1 was at work"
told=$(sed -n 's/.*warning: \([0-9]*\) starts were skipped while run 1 .*/\1/p' "$work/err")
sqlite3 "$work/state/journal.db" "SELECT message FROM event WHERE kind = 'skipped'" > "$work/events"
says "a slow run: the journal of the next one has them" "^$told starts were skipped since the run before" "$work/events"

# ---- another run ----
close_gate
"$MATSWAP" -c "$work/matswap.ini" run > "$work/other" 2>&1 &
other=$!
wait_until 20 sql_says t "$at_gate"
every --every 300ms
wait_until 20 grep -q "skipped .*another run holds the set" "$work/err"
open_gate
wait "$other" && ok "another run is not disturbed" || not_ok "another run is disturbed: $(cat "$work/other")"
wait_until 20 grep -q "run [0-9]* took" "$work/err"
stop_every
says "another run holds the set: it is skipped" "skipped +another run holds the set; the next one starts at"
grep -q "failed" "$work/err" && not_ok "another run holds the set: taken for a failure" || ok "another run holds the set: no failure"

# ---- failures ----
sql "UPDATE settings SET divisor = 0"
every --every 200ms
wait_until 20 grep -q "2 failures in a row" "$work/err"
sql "UPDATE settings SET divisor = 1"
wait_until 20 grep -q "run [0-9]* took" "$work/err"
sql "UPDATE settings SET divisor = 0"
wait_until 20 sh -c "[ \$(grep -c 'has failed (exit code 1);' '$work/err') -ge 2 ]" ||
    not_ok "a success does not end the row of failures: $(cat "$work/err")"
stop_every
exits "failures: stopped" 0
says "a failure is told, with its exit code" "warning: run 1 has failed \(exit code 1\); the next one starts at [0-9:]{8}"
says "a second one in a row, too" "warning: run 2 has failed \(exit code 1\), 2 failures in a row; the next one starts at"
says "the run's own words come first" "server: division by zero"
sql "UPDATE settings SET divisor = 1"

now=$(date +%s)
PGHOST=$work every --every 1d
wait_until 20 grep -q "is tried again" "$work/err"
kill -HUP "$pid"
wait_until 20 grep -q "run 2 has failed (exit code 1); it is tried again" "$work/err" && ok "after a SIGHUP it is tried at once" ||
    not_ok "after a SIGHUP it is not tried at once: $(cat "$work/err")"
stop_every
says "what may pass is tried again soon" "warning: run 1 has failed \(exit code 1\); it is tried again at"
again=$(date -d "$(sed -n 's/.*run 1 .*tried again at \(.*\)/\1/p' "$work/err")" +%s)
[ $((again - now)) -ge 25 ] && [ $((again - now)) -le 90 ] && ok "that is in half a minute" || not_ok "in $((again - now)) s"

# ---- the configuration, and the SQL ----
echo "SELEC 1 AS id" > "$work/queries/slip.sql"
matswap run --every 1h
exits "a slip in the SQL at the start" 2
rm "$work/queries/slip.sql"
every --every 400ms
wait_until 20 grep -q "run 1 took" "$work/err"
config "jbos = 3"
kill -HUP "$pid"
wait_until 20 grep -q "stays in force" "$work/err"
says "SIGHUP: a mistake is told" "matswap.ini:[0-9]+: .*jbos"
says "SIGHUP: what was read before stays in force" "warning: the configuration that was read before stays in force"
echo "SELEC 1 AS id" > "$work/queries/slip.sql"
wait_until 20 grep -q "has failed (exit code 2)" "$work/err" && ok "a slip in the SQL later on is a failure like others" ||
    not_ok "a slip in the SQL later on: $(cat "$work/err")"
rm "$work/queries/slip.sql"
rules "[view v]" "min_rows = 1000"
kill -HUP "$pid"
wait_until 20 grep -q "reload" "$work/err"
wait_until 20 grep -q "has failed (exit code 5)" "$work/err" && ok "SIGHUP: the next run has the new configuration" ||
    not_ok "SIGHUP: the next run has the old configuration: $(cat "$work/err")"
says "SIGHUP: it is told" "reload +.*/matswap.ini was read again; the next run starts at"
kill -0 "$pid" && ok "it is still there after all that" || not_ok "it has ended"
stop_every
exits "after failures: stopped" 0
same "after failures: nothing is left over" "" "$(leftovers)"
finish
