#!/bin/bash
# Views with random queries (random_queries.c) over few names that mean many things: what the server accepts from psql,
# matswap must accept, and build and swap to the same contents, columns and definitions.  SETS sets of VIEWS views each;
# SEED=n repeats a run (a set's own seed, as its line names it, with SETS=1).
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
sources=$root/tests/integration
here=$sources
. "$sources/compare.sh"

SETS=${SETS:-20}
VIEWS=${VIEWS:-150}
SEED=${SEED:-$((RANDOM * 32768 + RANDOM))}
generator=${RANDOM_QUERIES:-$(dirname "$MATSWAP")/tests/integration/random_queries}
path='a, b, c'
changes="UPDATE c.t SET id = id % 5 + 1, s = s || '!'; DELETE FROM c.x WHERE id = 3; INSERT INTO c.u VALUES (4, 2, 'new')"

# The base views, one file a line, as random_queries prints them.
base_views()
{
    local view query
    while IFS='|' read -r view query; do
        printf '%s\tCREATE MATERIALIZED VIEW %s AS %s;\t%s\n' "$view" "$view" "$query" "$query"
    done << 'VIEWS'
a.a|SELECT id, t, 'a.a' AS s FROM c.t
a.b|SELECT id, t, 'a.b' AS s FROM c.x
a.t|SELECT id, t + 1 AS t, s FROM c.t WHERE id > 1
a.u|SELECT id, t, s FROM c.u UNION ALL SELECT id, t, 'a.u' FROM a.t
b.b|SELECT id, t, 'b.b' AS s FROM a.b
b.t|SELECT id, t * 2 AS t, 'b.t' AS s FROM c.t
b.x|SELECT id, t, 'b.x' AS s FROM c.x
b.u|SELECT id, t, 'b.u' AS s FROM c.y
VIEWS
}

# accepted_by_psql: executes $work/set.tsv; the lines whose view there is then go to $work/accepted.tsv
accepted_by_psql()
{
    cut -f 2 "$work/set.tsv" |
        PGOPTIONS="$PGOPTIONS -c statement_timeout=3s -c search_path=$(option_value "$path")" psql -Xq > "$work/psql.out" 2>&1
    sql "SELECT nspname || '.v' || substring(relname FROM '[0-9]+') FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
         WHERE nspname IN ('a', 'b') AND relname ~* '^v ?[0-9]' UNION ALL
         SELECT nspname || '.' || relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
         WHERE nspname IN ('a', 'b') AND relkind = 'm' AND relname !~* '^v ?[0-9]'" > "$work/names"
    awk -F'\t' 'NR == FNR { there[$1] = 1; next } $1 in there' "$work/names" "$work/set.tsv" > "$work/accepted.tsv"
}

# compare_set SEED
compare_set()
{
    local seed=$1 accepted
    { base_views; "$generator" "$seed" "$VIEWS"; } > "$work/set.tsv"
    fresh_database it_random_plain
    sql "$(cat "$sources/random-queries.sql")"
    accepted_by_psql
    accepted=$(($(wc -l < "$work/accepted.tsv") - 8))

    # psql's views from the sources as they were are what matswap finds live, and what a stale reference would read.
    PGDATABASE=postgres sql "DROP DATABASE IF EXISTS it_random" "CREATE DATABASE it_random TEMPLATE it_random_plain" ||
        not_ok "seed $seed: database it_random"
    sql "$changes" "SELECT format('REFRESH MATERIALIZED VIEW %s;', oid::regclass) FROM pg_class WHERE relkind = 'm' ORDER BY oid" |
        psql -Xq -v ON_ERROR_STOP=1 || not_ok "seed $seed: psql refreshes its views"
    describe '^[ab]$' "$path" > "$work/plain.txt"

    export PGDATABASE=it_random
    sql "$changes"
    rm -rf "$work/queries" "$work/state"
    set=random config 'schema = a'
    printf '[session]\nsearch_path = %s\n' "$path" >> "$work/matswap.ini"
    awk -F'\t' -v folder="$work/queries/" '{ print $3 > (folder $1 ".sql"); close(folder $1 ".sql") }' "$work/accepted.tsv"
    matswap run
    if [ "$code" != 0 ]; then
        exits "seed $seed: the generation is published" 0
        return
    fi
    describe '^[ab]$' "$path" > "$work/swapped.txt"
    same "seed $seed: $accepted of $VIEWS views are valid and agree" "$(cat "$work/plain.txt")" "$(cat "$work/swapped.txt")"
    same "seed $seed: nothing depends on another generation" "" "$(stray_dependencies; leftovers)"
    all_accepted=$((all_accepted + accepted))
}

[ -z "${LOCKS:-}" ] || start_cluster --set "max_locks_per_transaction=$LOCKS"
echo "# SEED=$SEED"
all_accepted=0
for ((i = 0; i < SETS; i++)); do
    compare_set $((SEED + i))
done
if [ $((all_accepted * 100)) -ge $((SETS * VIEWS * 80)) ]; then
    ok "$all_accepted of $((SETS * VIEWS)) random queries are valid"
else
    not_ok "only $all_accepted of $((SETS * VIEWS)) random queries are valid"
fi
finish
