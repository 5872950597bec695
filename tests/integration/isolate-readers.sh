#!/bin/bash
# isolate-readers.sh: four connections read two groups of a set, each group by readers of its own, while one group after the other
# fails and keeps its old generation: nobody sees two generations within a group, an empty view, or an error.
source "$(dirname "$0")/lib.sh"

fresh_database
sql "CREATE TABLE stamp AS SELECT 1 AS generation" "CREATE TABLE failing (place text)" \
    "CREATE FUNCTION fault(at text) RETURNS boolean LANGUAGE plpgsql AS \$\$
     BEGIN
         IF EXISTS (SELECT FROM public.failing WHERE place = at) THEN RAISE division_by_zero; END IF;
         RETURN true;
     END \$\$"
for group in a b; do
    query_file "${group}1.sql" <<< "SELECT id, generation FROM stamp CROSS JOIN generate_series(1, 50) AS id"
    for n in 2 3 4; do
        query_file "$group$n.sql" <<< "SELECT id, generation FROM ${group}1 WHERE (SELECT fault('$group$n'))"
    done
done
config "jobs = 2" "on_failure = isolate" "swap_timeout = 2min"
matswap run
exits "the first generation" 0

hammer=$(dirname "$MATSWAP")/tests/bench/reader_hammer
# hammer_begin GROUP
hammer_begin()
{
    local descriptor
    mkfifo "$work/$1.fifo"
    "$hammer" --connections=2 --phases --think-ms=3 --holds=5 --hold-ms=10 "public.${1}1" "public.${1}2" "public.${1}3" "public.${1}4" \
        < "$work/$1.fifo" > "$work/$1.phases" 2> "$work/$1.table" &
    hammers[$1]=$!
    exec {descriptor}> "$work/$1.fifo"
    inputs[$1]=$descriptor
    echo isolating >&"$descriptor"
}
declare -A hammers inputs
hammer_begin a
hammer_begin b
for place in a4 b2 a2 none b4 a3; do
    sql "UPDATE stamp SET generation = generation + 1" "DELETE FROM failing" "INSERT INTO failing VALUES ('$place')"
    matswap run
    expected=4
    [ $place != none ] || expected=0
    [ "$code" = $expected ] || exits "with $place failing" $expected
done
for group in a b; do
    descriptor=${inputs[$group]}
    exec {descriptor}>&-
done
for group in a b; do
    wait "${hammers[$group]}" || not_ok "the readers of group $group: $(cat "$work/$group.table")"
    for key in blends empty backward errors; do
        same "group $group: $key" 0 "$(sed -nE "s/.*\"$key\":([0-9]+).*/\1/p" "$work/$group.phases" | head -n 1)"
    done
done
newest()
{
    sed -nE 's/.*"newest":([0-9]+).*/\1/p' "$work/$1.phases" | head -n 1
}
same "what was swapped last is read of each" "6 7" "$(newest a) $(newest b)"
same "nothing is left over" "" "$(leftovers)"
finish
