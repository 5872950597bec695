#!/bin/bash
# every-notify.sh: what `run --every` tells a supervisor that listens by the protocol of sd_notify, and its watchdog.
source "$(dirname "$0")/lib.sh"
source "$here/every-set.sh"
listener=$(dirname "$MATSWAP")/tests/integration/notify_listener

# listen ADDRESS: what comes is in $work/heard
listen()
{
    "$listener" "$1" > "$work/heard" &
    ear=$!
    wait_until 20 grep -q listening "$work/heard" || not_ok "nobody listens at $1"
    export NOTIFY_SOCKET=$1
}

hears()
{
    wait_until 20 grep -qE -- "$2" "$work/heard" && ok "$1" || { not_ok "$1"; sed 's/^/#   /' "$work/heard"; }
}

listen "$work/notify.socket"
every --every 1d
hears "it is ready" "^READY=1$"
hears "a run is at work" "^STATUS=run 1 is at work \(process [0-9]+\); runs: 1, starts skipped: 0, failures in a row: 0$"
hears "it waits for the next one" "^STATUS=the next run starts at [0-9]{4}-[0-9-]* [0-9:]{8}; runs: 1,"
kill -HUP "$pid"
hears "it reads the configuration again" "^RELOADING=1\|MONOTONIC_USEC=[0-9]+$"
wait_until 20 sh -c "sed '1,/^RELOADING/d' '$work/heard' | grep -qx READY=1" && ok "and is ready again" || not_ok "not ready again"
stop_every
exits "stopped" 0
hears "it stops" "^STOPPING=1\|EXTEND_TIMEOUT_USEC=[0-9]+$"
same "no watchdog was asked for, none is fed" "" "$(grep WATCHDOG "$work/heard")"
kill "$ear"

# ---- the watchdog ----
beats()
{
    grep -cx WATCHDOG=1 "$work/heard"
}
more_beats()
{
    [ "$(beats)" -gt "$1" ]
}

listen "@matswap-every-notify-$$"
close_gate
WATCHDOG_USEC=400000 every --every 1d
wait_until 20 sql_says t "$at_gate"
now=$(beats)
wait_until 20 more_beats $((now + 3)) && ok "while a run is at work, the watchdog is fed" || not_ok "a run at work: $now $(beats)"
kill -STOP "$(child)"
wait_until 20 grep -q "hangs" "$work/err"
says "a run that hangs is told" "warning: the run \(process [0-9]+\) hangs: nothing was heard of it for .*; the watchdog is not fed any more"
now=$(beats)
sleep 1
same "a run that hangs: the watchdog is not fed" "$now" "$(beats)"
kill -CONT "$(child)"
wait_until 20 more_beats "$now" && ok "it gets on: the watchdog is fed again" || not_ok "it gets on, and the watchdog is not fed"
open_gate
wait_until 20 grep -q "run 1 took" "$work/err"
now=$(beats)
wait_until 20 more_beats $((now + 1)) && ok "between two runs, the watchdog is fed" || not_ok "between two runs"
stop_every
exits "stopped" 0

WATCHDOG_PID=1 WATCHDOG_USEC=100000 every --every 1d
now=$(beats)
wait_until 20 grep -q "run 1 took" "$work/err"
stop_every
same "a watchdog of another process is none of ours" "$now" "$(beats)"
kill "$ear"

# ---- nobody there ----
NOTIFY_SOCKET=$work/nothing every --every 1d
wait_until 20 grep -q "run 1 took" "$work/err"
stop_every
exits "nobody listens: it works all the same" 0
says "nobody listens: it is told" "warning: cannot tell NOTIFY_SOCKET that the service is ready"
NOTIFY_SOCKET=nowhere matswap run --every 1d
exits "no socket at all" 1
says "no socket at all: it is told" "NOTIFY_SOCKET=nowhere names no socket"
finish
