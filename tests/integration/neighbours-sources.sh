#!/bin/bash
# neighbours-sources.sh: a source is truncated, rewritten, refreshed or detached after the snapshot of a run and before the
# view that reads it is built: the run stops, since it would publish an empty view, and the next one succeeds. What does not
# touch the rows that the snapshot sees is no obstacle.
source "$(dirname "$0")/lib.sh"
source "$here/paused-set.sh"
source "$here/beside-set.sh"

# TRUNCATE and what rewrites a table leave it empty for the snapshot of a run that began before (mvcc-caveats.html).
query_file later.sql <<< "SELECT (SELECT count(*) FROM side_view) AS side, (SELECT count(*) FROM parts) AS parts, n AS last, (SELECT count(*) FROM kept) AS kept FROM other.last"
sql "CREATE TABLE side AS SELECT g AS id FROM generate_series(1, 100) AS g" "CREATE VIEW side_view AS SELECT id FROM side" \
    "CREATE TABLE parts (id int) PARTITION BY RANGE (id)" "CREATE TABLE low PARTITION OF parts FOR VALUES FROM (0) TO (50)" \
    "CREATE TABLE high PARTITION OF parts FOR VALUES FROM (50) TO (101)" "INSERT INTO parts SELECT id FROM side" \
    "CREATE MATERIALIZED VIEW kept AS SELECT id FROM side"
next_source
matswap run
exits "sources that others load" 0
same "sources that others load: their rows" "100|100|500|100" "$(sql "SELECT * FROM later")"
dump=$(schema_dump)
for reload in "public\.side|TRUNCATE side; INSERT INTO side SELECT generate_series(1, 100)" \
    "public\.side|ALTER TABLE side ALTER COLUMN id SET DEFAULT 0, ADD COLUMN at timestamptz DEFAULT clock_timestamp()" \
    "public\.low|TRUNCATE low" "public\.high|ALTER TABLE parts DETACH PARTITION high" "public\.kept|REFRESH MATERIALIZED VIEW kept"; do
    beside "${reload#*|}"
    stops "${reload#*|}" "${reload%%|*}, which public\.later reads, was truncated, rewritten, refreshed or detached since the snapshot .*run .matswap run. again"
    again "${reload#*|}"
done
seen=$(sql "SELECT (SELECT count(*) FROM side), (SELECT count(*) FROM parts)")
beside "INSERT INTO side SELECT 1" "DELETE FROM parts" "ALTER TABLE side ADD COLUMN more int DEFAULT 7" "CREATE INDEX ON side (id)" \
    "VACUUM side" "REFRESH MATERIALIZED VIEW CONCURRENTLY second" "CREATE TABLE top PARTITION OF parts FOR VALUES FROM (101) TO (200)"
ends_well "what a snapshot is safe from"
same "what a snapshot is safe from: the rows that it saw" "$seen" "$(sql "SELECT side, parts FROM later")"
session_end gate
finish
