#!/bin/bash
# The table and a shell's job control: no table while somebody else has the terminal, none over what a shell has written.
. "$(dirname "$0")/../lib.sh"

terminal=$(dirname "$MATSWAP")/tests/integration/terminal
if [ ! -x "$terminal" ]; then
    echo "ok $name # SKIP built without libvterm"
    exit 0
fi
fresh_database
export TERM=xterm-256color LANG=C.UTF-8
unset NO_COLOR CI LC_ALL LC_CTYPE TMUX JOURNAL_STREAM
config "jobs = 1"
echo "SELECT g AS id, pg_advisory_xact_lock_shared(1)::text AS waited FROM generate_series(1, 5) g" | query_file gate.sql
session_begin gate
session gate "SELECT pg_advisory_lock(1);" > /dev/null

"$terminal" 100x24 "type=PS1='prompt> '^M" "type=$MATSWAP -c $work/matswap.ini run^M" wait='gate +filling' pause=300 \
    type=^Z wait='Stopped' pause=500 "shot=$work/stopped" 'type=fg^M' pause=700 "shot=$work/continued" \
    type=^Z wait='^prompt>$' 'type=bg^M' pause=700 "shot=$work/background" 'type=fg^M' pause=700 "shot=$work/again" \
    "run=psql -XqAt -c \"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'session-gate'\" > /dev/null" \
    wait=swapped pause=300 "all=$work/all" 'type=exit^M' end -- bash --norc -i 2> "$work/err" || cat "$work/err"

# tables FILE: how many are on the screen
tables()
{
    grep -c '^matswap' "$1"
}

same "a stopped run leaves its table, and the shell writes below it" "1" "$(tables "$work/stopped")"
says "with its prompt" '^prompt>$' "$work/stopped"
same "continued, it draws another one" "2" "$(tables "$work/continued")"
same "and overwrites nothing of the shell's" "1" "$(grep -c 'Stopped' "$work/continued")"
same "in the background it draws none" "2" "$(tables "$work/background")"
same "back in the foreground it does" "3" "$(tables "$work/again")"
says "and ends as ever" ' swapped ' "$work/all"

finish
