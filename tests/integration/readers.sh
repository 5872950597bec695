#!/bin/bash
# readers.sh: eight connections read pairs and triples of twenty views, in all isolation levels, by plain, prepared and
# cursor access, while ten generations are swapped: none sees two generations, an empty view, or an error.
#
# The same readers notice two swaps made by hand, which shows that they can.
source "$(dirname "$0")/lib.sh"

fresh_database
sql "CREATE TABLE stamp AS SELECT 1 AS generation"
views=()
for ((n = 1; n <= 20; n++)); do
    views+=("public.v$n")
    query_file "v$n.sql" <<< "CREATE MATERIALIZED VIEW v$n AS
SELECT id, generation, id * $n AS value FROM stamp CROSS JOIN generate_series(1, 50) AS id;
CREATE UNIQUE INDEX v${n}_id ON v$n (id);"
done
config "jobs = 1" "swap_timeout = 2min"
matswap run
exits "the first generation" 0

hammer=$(dirname "$MATSWAP")/tests/bench/reader_hammer

# hammer_begin OPTION...: phases are named on $to_hammer; one JSON line each comes to $work/phases
hammer_begin()
{
    mkfifo "$work/to_hammer"
    "$hammer" --connections=8 --phases "$@" "${views[@]}" < "$work/to_hammer" > "$work/phases" 2> "$work/table" &
    hammer_pid=$!
    exec {to_hammer}> "$work/to_hammer"
    rm "$work/to_hammer"
}

# hammer_phase NAME
hammer_phase()
{
    echo "$1" >&"$to_hammer"
}

# hammer_end: exit status in $hammer_code
hammer_end()
{
    exec {to_hammer}>&-
    hammer_code=0
    wait "$hammer_pid" || hammer_code=$?
    sed 's/^/# /' "$work/table"
}

# counted PHASE KEY: a number of the hammer's
counted()
{
    sed -nE "/^\{\"phase\":\"$1\"/s/.*\"$2\":([0-9]+).*/\1/p" "$work/phases"
}

# next_generation: what the next run builds
next_generation()
{
    sql "UPDATE stamp SET generation = generation + 1"
}

# A pause of a few milliseconds, one transaction in twenty keeps its views for 20: enough of a hurry for ten swaps on
# any machine; tests/bench/cutover has the closed loop.
hammer_begin --think-ms=3 --holds=5 --hold-ms=20
hammer_phase swapping
for ((n = 1; n <= 10; n++)); do
    next_generation
    matswap run
    [ "$code" = 0 ] || exits "generation $((n + 1))" 0
done
hammer_end
same "the readers have noticed nothing" 0 "$hammer_code"
for key in blends empty backward errors; do
    same "$key" 0 "$(counted swapping $key)"
done
same "they have read all eleven generations" "1 11" "$(counted swapping oldest) $(counted swapping newest)"
[ "$(counted swapping transactions)" -ge 500 ] && ok "they have read enough" ||
    not_ok "they have read enough: $(counted swapping transactions) transactions"
same "nothing is left over" "" "$(leftovers)"

# The same by hand, view after view, for the next generation: $1 for each $view, with its query $new.
by_hand()
{
    # shellcheck disable=SC2034 # $1 speaks of them
    local n view new script
    next_generation
    for ((n = 1; n <= 20; n++)); do
        # shellcheck disable=SC2034
        view=v$n new="SELECT id, generation FROM stamp CROSS JOIN generate_series(1, 50) AS id"
        eval "script=\"$1\""
        echo "$script"
    done > "$work/by_hand.sql"
    psql -Xq -v ON_ERROR_STOP=1 -f "$work/by_hand.sql" || not_ok "the swap by hand"
}

# noticed WHAT PHASE KEY
noticed()
{
    [ "$(counted "$2" "$3")" -gt 0 ] && ok "$1" || not_ok "$1: $(grep "\"$2\"" "$work/phases")"
}

# Rows that CREATE TABLE … AS writes are not there for a snapshot that is older (so are a materialized view's up to 16).
hammer_begin --think-ms=3
hammer_phase gap
by_hand 'CREATE MATERIALIZED VIEW new_$view AS $new; DROP MATERIALIZED VIEW $view; SELECT pg_sleep(0.01) \g /dev/null
ALTER MATERIALIZED VIEW new_$view RENAME TO $view;'
hammer_phase transactions
by_hand 'BEGIN; DROP MATERIALIZED VIEW $view; CREATE TABLE $view AS $new; SELECT pg_sleep(0.01) \g /dev/null
COMMIT;'
hammer_end
same "swaps by hand are noticed" 1 "$hammer_code"
noticed "a gap between DROP and RENAME: some transactions get an error" gap errors
noticed "which is counted by its SQLSTATE" gap 42P01
noticed "a transaction for each view: some see two generations" transactions blends
noticed "a transaction for each view: in REPEATABLE READ, some find a view empty" transactions empty
finish
