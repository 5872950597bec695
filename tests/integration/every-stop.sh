#!/bin/bash
# every-stop.sh: how `run --every`, and a single run, end: in the middle of a build, when the clean-up cannot be done in
# time, when they are told twice, when one of the two processes is killed.
source "$(dirname "$0")/lib.sh"
source "$here/every-set.sh"

live="SELECT string_agg(oid::regclass || ' ' || oid, ',' ORDER BY oid) FROM pg_class WHERE relkind = 'm' AND relnamespace = 'public'::regnamespace"
serving=$(sql "$live")
at_work()
{
    wait_until 20 sql_says t "$at_gate" || not_ok "no run comes to the gate: $(cat "$work/err")"
}

# Until the clean-up waits for its lock
holdup="SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'matswap/%' AND wait_event_type = 'Lock'
          AND wait_event <> 'advisory' AND datname = current_database()"
hold_up()
{
    session reader "BEGIN; SELECT count(*) FROM public_new.u;" > /dev/null
}
let_go()
{
    session reader "COMMIT;" > /dev/null
}

# recovers WHAT: the next run does
recovers()
{
    open_gate
    matswap run
    exits "$1: the next run" 0
    same "$1: nothing is left over" "" "$(leftovers)"
    serving=$(sql "$live")
    close_gate
}

# ---- in the middle of a build ----
close_gate
for signal in TERM INT; do
    every --every 1h
    at_work
    kill -$signal "$pid"
    matswap_end
    exits "SIG$signal in the middle" 0
    says "SIG$signal in the middle: what it waits for" "stopping +run 1 undoes what it began, or finishes its swap, in .* at most"
    same "SIG$signal in the middle: nothing is left over, no session either" "" "$(leftovers)"
    same "SIG$signal in the middle: the live generation is untouched" "$serving" "$(sql "$live")"
done

# ---- no time to clean up ----
session_begin reader
config "reconnect_timeout = 1s" "stop_timeout = 1s"
for arguments in "" "--every 1h"; do
    what="a clean-up that cannot be done${arguments:+, $arguments}"
    every $arguments
    at_work
    hold_up
    stop_every
    exits "$what" 6
    says "$what: it is told" "matswap: stop_timeout \(1\.0 s\) is over, and the clean-up is not: the run is left as it is;"
    matswap status
    says "$what: status shows the run" "building|reverting" "$work/out"
    let_go
    recovers "$what"
done
config "reconnect_timeout = 1s"

# ---- told twice ----
every --every 1h
at_work
hold_up
kill -TERM "$pid"
wait_until 20 sql_says t "$holdup" || not_ok "told twice: the clean-up does not wait"
kill -TERM "$pid"
sleep 0.2
kill -0 "$pid" && ok "told twice at once: that is once" || not_ok "told twice at once: it has ended"
sleep 1
kill -TERM "$pid"
matswap_end
exits "told twice" 6
says "told twice: what is left is told" "matswap: run 1 is left as it was \(ended by signal 9, .*\); .matswap status. says"
let_go
recovers "told twice"

# ---- the run is killed ----
every --every 300ms
at_work
kill -9 "$(child)"
wait_until 20 grep -q "has failed" "$work/err"
says "a run that is killed is a failure like others" "warning: run 1 has failed \(ended by signal 9, .*\); the next one starts at"
open_gate
wait_until 20 grep -q "run [0-9]* took" "$work/err" || not_ok "no run after one that was killed: $(cat "$work/err")"
stop_every
exits "after a run that was killed" 0
says "the run after it undoes what it left" "recover .* ended while building"
same "after a run that was killed: nothing is left over" "" "$(leftovers)"
serving=$(sql "$live")

# ---- the run does not know what it left ----
config "reconnect_timeout = 1s" "stop_timeout = 1s"
close_gate
every --every 1d
at_work
hold_up
kill -TERM "$(child)"
wait_until 20 grep -q "goes on with it" "$work/err"
says "a run that was left as it was is gone on with" "warning: run 1 has failed \(exit code 6\); .resume. goes on with it at"
let_go
open_gate
kill -HUP "$pid" # it need not wait for that
wait_until 20 grep -q "run 3 took" "$work/err"
stop_every
sed -n '/goes on with it/,/run 2 took/p' "$work/err" > "$work/resumed"
says "it is a resume that goes on with it" "recover .*ended while reverting" "$work/resumed"
same "it is a resume, no new run" "" "$(grep snapshot "$work/resumed")"
says "all that it could do was to clear up: a run follows at once" "run 3 took"
serving=$(sql "$live")
config "reconnect_timeout = 1s"

# ---- the parent is killed ----
close_gate
every --every 1h
at_work
child=$(child)
kill -9 "$pid"
matswap_end
gone()
{
    ! kill -0 "$child"
}
wait_until 20 gone && ok "the parent is killed: the run ends" || not_ok "the parent is killed: the run goes on"
says "the parent is killed: the run undoes what it began" "reverted +"
same "the parent is killed: nothing is left over" "" "$(leftovers)"
same "the parent is killed: the live generation is untouched" "$serving" "$(sql "$live")"

# ---- the terminal is closed ----
open_gate
socat -u EXEC:"$MATSWAP -c $work/matswap.ini run --every 1d",pty,setsid,ctty,stderr - > "$work/screen" 2>&1 &
terminal=$!
wait_until 20 grep -q "run 1 took" "$work/screen" || not_ok "on a terminal: $(cat "$work/screen")"
child=$(pgrep -P "$terminal" -f "run --every")
kill -HUP "$child"
wait_until 20 grep -q "was read again" "$work/screen" && ok "on a terminal: a SIGHUP is a SIGHUP" || not_ok "on a terminal: no reload"
kill -9 "$terminal"
wait_until 20 gone && ok "the terminal is closed: it ends" || { not_ok "the terminal is closed: it goes on"; kill -9 "$child"; }
finish
