#!/bin/bash
# gitcoin-broken.sh: the Gitcoin set with its own configuration: an honest day passes; a source that is broken in one of four
# ways is rejected before anybody sees it, by the rule that is for it. (A twenty-fifth of the data of the demo.)
# own-cluster
source "$(dirname "$0")/lib.sh"
start_cluster
cp "$root"/scripts/gitcoin/*.sql "$work"
sed -i 's/generate_series(1, 300000)/generate_series(1, 12000)/' "$work/generate.sql"
sed -i 's/generate_series(1, 60000)/generate_series(1, 2000)/' "$work/warehouse.sql"
sed -e "s|^queries .*|queries = $root/queries/gitcoin|" -e 's|^jobs .*|&\njournal = state/gitcoin.db|' -e 's/^min_rows *= 100000/min_rows = 5000/' \
    "$root/conf/gitcoin.ini" > "$work/matswap.ini"
createdb indexer
createdb gitcoin
psql -Xq -d indexer -f "$work/indexer.sql"
psql -Xq -d gitcoin -v socket="$PGHOST" -f "$work/warehouse.sql"
export PGDATABASE=gitcoin

live()
{
    sql "SELECT relname, oid, pg_relation_filenode(oid) FROM pg_class WHERE relkind = 'm' AND relnamespace = 'public'::regnamespace ORDER BY 1"
}

# broken WHAT INDEXER: from here on the views read a copy of the indexer to which this has been done
broken()
{
    PGDATABASE=postgres sql "DROP DATABASE IF EXISTS broken WITH (FORCE)" "CREATE DATABASE broken TEMPLATE indexer"
    PGDATABASE=broken sql "$1"
    sql "ALTER SERVER indexer OPTIONS (SET dbname 'broken')"
}

# rejected WHAT RULE...: a dry run names these and changes nothing
rejected()
{
    local rule
    matswap run --dry-run
    exits "$1: rejected" 5
    for rule in "${@:2}"; do
        says "$1: by $rule" "^matswap: public\.$rule: "
        says "$1: in the table, too" "^public\.${rule%%:*} .*REJECTED" "$work/out"
    done
    same "$1: the live views are as they were" "$before" "$(live)"
    same "$1: nothing is left over" "" "$(leftovers)"
}

matswap run
exits "the first run" 0
psql -Xq -d indexer -f "$work/change.sql"
matswap run
exits "an honest day" 0
same "breaks no rule" "" "$(grep -E 'REJECTED|warning' "$work/out" "$work/err")"
before=$(live)
PGDATABASE=postgres sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'indexer'" > /dev/null

broken "DELETE FROM donations WHERE timestamp >= '2024-03-01 00:00+00' AND timestamp < '2024-04-01 00:00+00'"
rejected "a month of donations is gone" "donations: rows: max_shrink" "donations: late rows: late_data"
says "which month" "^ *2024-03-[0-3][0-9].*: 0 appeared, [0-9]+ vanished" "$work/out"

broken "UPDATE donations SET amount_in_usd = amount_in_usd * 1000000 WHERE id = (SELECT min(id) FROM donations WHERE round_id = 'round-060')"
rejected "an amount times a million" "donations: sum\(amount_in_usd\): tolerance"

broken "UPDATE donations SET timestamp = now() + interval '10 days' WHERE id = (SELECT min(id) FROM donations WHERE round_id = 'round-080')"
rejected "an event from the future" "donations: .*: max_future"

sql "ALTER SERVER indexer OPTIONS (SET dbname 'indexer')" "ALTER TABLE dune_allov2_distribution_events DROP CONSTRAINT dune_allov2_distribution_events_pkey" \
    "INSERT INTO dune_allov2_distribution_events SELECT * FROM dune_allov2_distribution_events WHERE event_index = 1 AND amount_usd IS NOT NULL LIMIT 50"
rejected "duplicate ids" "allov2_distribution_events_for_leaderboard: .*: unique" "allo_gmv_leaderboard_events: .*: unique"

sql "DELETE FROM dune_allov2_distribution_events AS a USING dune_allov2_distribution_events AS b
      WHERE a.ctid > b.ctid AND (a.tx_hash, a.event_index) = (b.tx_hash, b.event_index)"
matswap run
exits "with all of it mended" 0
finish
