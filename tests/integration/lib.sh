# shellcheck shell=bash disable=SC2034,SC2154 # sourced: variables go in and out
# lib.sh: what the integration tests share; to be sourced.
#
# A test script is bash, sources this file, makes a database of its own on the server that PGHOST names (or, with
# `# own-cluster` in its head, starts one), runs the program in $MATSWAP, and prints `ok NAME` or `not ok NAME`
# through these functions.  It works in $work, a folder of its own that is removed at the end.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
name=$(basename "${BASH_SOURCE[1]}" .sh)
MATSWAP=${MATSWAP:-$root/build/matswap}
PG_CLUSTER=${PG_CLUSTER:-$root/scripts/pg-cluster}
work=$(mktemp -d "${TMPDIR:-/tmp}/matswap-$name.XXXXXX")
failures=0
own_cluster=

export PGOPTIONS='-c client_min_messages=warning'

clean_up()
{
    local job
    for job in $(jobs -p); do kill "$job" 2> /dev/null; done
    [ -z "$own_cluster" ] || "$PG_CLUSTER" stop "$own_cluster" --immediate --remove > /dev/null 2>&1
    rm -rf "$work"
}
trap clean_up EXIT

# start_cluster [OPTION]...: for scripts that say `# own-cluster`
start_cluster()
{
    own_cluster=$work/cluster
    chmod 711 "$work"
    mkdir -p "$own_cluster"
    "$PG_CLUSTER" start "$own_cluster" "$@" > /dev/null || { not_ok "server starts"; exit 1; }
    . "$own_cluster/env"
    export PGOPTIONS='-c client_min_messages=warning'
}

# fresh_database [NAME]: makes it (dropping an older one) and points PGDATABASE at it
fresh_database()
{
    local database=${1:-it_${name//-/_}}
    PGDATABASE=postgres psql -Xq -c "DROP DATABASE IF EXISTS \"$database\" WITH (FORCE)" -c "CREATE DATABASE \"$database\"" ||
        { not_ok "database $database"; exit 1; }
    export PGDATABASE=$database
}

# sql TEXT...: each text on its own; unaligned, tuples only; stops at the first error
sql()
{
    local text arguments=()
    for text in "$@"; do arguments+=(-c "$text"); done
    psql -XqAt -v ON_ERROR_STOP=1 "${arguments[@]}"
}

# query_file PATH: standard input becomes $work/queries/PATH
query_file()
{
    mkdir -p "$(dirname "$work/queries/$1")"
    cat > "$work/queries/$1"
}

# config [LINE]...: writes $work/matswap.ini for the set $set (default: the test's name); the lines follow [matswap]
config()
{
    {
        echo "[matswap]"
        echo "set = ${set:-$name}"
        echo "queries = queries"
        echo "journal = state/journal.db"
        printf '%s\n' "$@"
    } > "$work/matswap.ini"
    mkdir -p "$work/queries"
}

# rules LINE...: the configuration with these lines behind [matswap]
rules()
{
    config
    printf '%s\n' "$@" >> "$work/matswap.ini"
}

# row VIEW RULE: that row of the validation's table in $work/out, blanks squeezed
row()
{
    awk -v view="$1" -v rule="$2" '$1 == view && index($0, rule) { $1 = $1; print }' "$work/out"
}

# shown VIEW RULE: what stands below that table about it, blanks squeezed
shown()
{
    awk -v head="$1, $2:" 'index($0, head) == 1 { on = 1; print substr($0, length(head) + 2); next }
                           /^    / && on { print; next } { on = 0 }' "$work/out" | awk 'NF { $1 = $1; print }'
}

# matswap ARGUMENT...: output in $work/out, errors and progress in $work/err, exit code in $code
matswap()
{
    code=0
    "$MATSWAP" -c "$work/matswap.ini" "$@" > "$work/out" 2> "$work/err" < /dev/null || code=$?
}

ok()
{
    echo "ok $name: $*"
}

not_ok()
{
    failures=$((failures + 1))
    echo "not ok $name: $*"
}

# same WHAT EXPECTED ACTUAL
same()
{
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        not_ok "$1"
        diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") | sed 's/^/#   /' | head -n 40
    fi
}

# exits WHAT CODE: the last `matswap` ended with this exit code
exits()
{
    if [ "$code" = "$2" ]; then
        ok "$1"
    else
        not_ok "$1 (exit code $code, not $2)"
        sed 's/^/#   /' "$work/err" | tail -n 30
    fi
}

# says WHAT PATTERN [FILE]: the last `matswap` wrote a line that matches (extended regular expression) to err, or FILE
says()
{
    if grep -qE -- "$2" "${3:-$work/err}"; then
        ok "$1"
    else
        not_ok "$1: no line matches $2"
        sed 's/^/#   /' "${3:-$work/err}" | tail -n 30
    fi
}

# schema_dump: pg_dump --schema-only without what is random or ours
schema_dump()
{
    pg_dump --schema-only --exclude-schema=matswap "$@" | grep -vE '^\\(un)?restrict '
}

# leftovers: schemas whose name ends in a shadow suffix, and sessions of matswap. A backend whose client has just gone
# needs a moment to notice: it has a second.
leftovers()
{
    local sessions="SELECT 'session ' || application_name FROM pg_stat_activity
                     WHERE application_name LIKE 'matswap/%' AND datname = current_database()"
    sql "SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname ~ '_(new|old)\$' ORDER BY 1"
    wait_until 1 sql_says "" "$sessions" || sql "$sessions"
}

# wait_until SECONDS COMMAND...: until the command succeeds; fails when it has not by then
wait_until()
{
    local until=$((SECONDS + $1))
    until "${@:2}" > /dev/null 2>&1; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.02
    done
}

# sql_says EXPECTED TEXT: the query's result is this
sql_says()
{
    [ "$(sql "$2" 2> /dev/null)" = "$1" ]
}

# matswap_begin ARGUMENT...: the program in the background, $pid; its output goes where that of `matswap` goes
matswap_begin()
{
    "$MATSWAP" -c "$work/matswap.ini" "$@" > "$work/out" 2> "$work/err" < /dev/null &
    pid=$!
}

# matswap_end: waits for it; exit code in $code
matswap_end()
{
    code=0
    wait "$pid" 2> /dev/null || code=$?
}

# A session is a psql that stays open between statements, for transactions that overlap with a run.
declare -A session_input

# session_begin NAME
session_begin()
{
    local descriptor
    mkfifo "$work/$1.session"
    PGAPPNAME=session-$1 psql -XqAt -v VERBOSITY=terse < "$work/$1.session" > "$work/$1.said" 2>&1 &
    exec {descriptor}> "$work/$1.session"
    session_input[$1]=$descriptor
    rm "$work/$1.session"
}

# session_send NAME TEXT: without waiting for an answer
session_send()
{
    printf '%s\n' "$2" >&"${session_input[$1]}"
}

# session NAME TEXT: executes it there and prints what it says, errors too
session()
{
    local from mark=done-$RANDOM-$RANDOM
    from=$(wc -l < "$work/$1.said")
    session_send "$1" "$2"
    session_send "$1" "\\echo $mark"
    wait_until 60 grep -qx "$mark" "$work/$1.said" || echo "no answer in 60 s"
    tail -n +$((from + 1)) "$work/$1.said" | grep -vx "$mark"
}

# session_end NAME: by \q, since a program in the background has inherited the other end of the pipe
session_end()
{
    local descriptor=${session_input[$1]}
    session_send "$1" '\q'
    exec {descriptor}>&-
    unset "session_input[$1]"
}

# finish: the script's exit status
finish()
{
    [ "$failures" -eq 0 ]
    exit
}
