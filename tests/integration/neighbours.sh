#!/bin/bash
# neighbours.sh: others change the live views while a generation is built: what surrounds them, their contents, their names,
# their owners. Each time the run ends well, or says what it ran into and what to do; nothing is half done, nothing left
# over, and the next run succeeds and takes the change along.
source "$(dirname "$0")/lib.sh"
source "$here/paused-set.sh"
source "$here/beside-set.sh"

# ---- the live views: what surrounds them ---------------------------------------------------------------------------

changed="somebody changed the live views.*; nothing was swapped; run .matswap run. again, and it takes the change along"
beside "CREATE INDEX by_generation ON first (generation)"
stops "an index" "$changed"
again "an index"
same "an index: it is there" "by_generation" "$(sql "SELECT relname FROM pg_class WHERE oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'first'::regclass)")"
beside "GRANT SELECT ON second TO PUBLIC"
stops "a privilege" "$changed"
again "a privilege"
beside "COMMENT ON COLUMN first.id IS 'key'" "ALTER MATERIALIZED VIEW second SET (fillfactor = 70)"
stops "a comment and an option" "$changed"
again "a comment and an option"
beside "CREATE VIEW outside AS SELECT count(*) AS n FROM plain"
stops "a view that reads the set" "$changed"
again "a view that reads the set"
same "a view that reads the set: is bound to the new generation" 500 "$(sql "SELECT n FROM outside")"

# CREATE INDEX CONCURRENTLY waits for whoever has a snapshot, the run among them.
session gate "SELECT pg_advisory_lock(7);" > /dev/null
begin last 0
session_begin indexer
session_send indexer "CREATE INDEX CONCURRENTLY later ON first (generation, id);"
wait_until 20 sql_says t "SELECT count(*) > 0 FROM pg_index WHERE indexrelid = to_regclass('later')" || not_ok "the index does not begin"
session gate "SELECT pg_advisory_unlock(7);" > /dev/null
matswap_end
pause_at
same "an index made concurrently: it is made" "t" "$(session indexer "SELECT indisvalid FROM pg_index WHERE indexrelid = 'later'::regclass;")"
dump=$(schema_dump)
stops "an index made concurrently" "$changed"
again "an index made concurrently"

# ---- the live views: their contents ---------------------------------------------------------------------------------

beside "REFRESH MATERIALIZED VIEW first" "REFRESH MATERIALIZED VIEW CONCURRENTLY second"
ends_well "a REFRESH, and one with CONCURRENTLY"
beside "VACUUM (ANALYZE) first" "VACUUM FULL second" "ANALYZE other.last"
ends_well "a VACUUM, and VACUUM FULL"
beside "CLUSTER second USING second_id_idx"
stops "CLUSTER" "$changed"
again "CLUSTER"

# ---- the live views: their names ------------------------------------------------------------------------------------

beside "ALTER MATERIALIZED VIEW other.last RENAME TO moved"
exits "a view renamed" 1
says "a view renamed: says so" "^matswap: other\.\"last\" is not there any more: it was dropped, renamed or moved while the run was under way; .*run .matswap run. again"
same "a view renamed: it stays so" "500" "$(sql "SELECT n FROM other.moved")"
same "a view renamed: nothing is left over" "" "$(leftovers)"
sql "ALTER MATERIALIZED VIEW other.moved RENAME TO last"
dump=$(schema_dump)
again "a view renamed"
beside "DROP MATERIALIZED VIEW other.last"
exits "a view dropped" 1
says "a view dropped: says so" "^matswap: other\.\"last\" is not there any more"
same "a view dropped: nothing is left over" "" "$(leftovers)"
next_source
matswap run
exits "a view dropped: the next run makes it again" 0
dump=$(schema_dump)
published "a view dropped"
beside "ALTER MATERIALIZED VIEW other.last RENAME TO moved" "CREATE TABLE other.last (x int)"
exits "a table under its name" 1
says "a table under its name: says so" "^matswap: other\.\"last\" is a table now, another relation than when the run began; .*run .matswap run. again"
same "a table under its name: nothing is left over" "" "$(leftovers)"
sql "DROP TABLE other.last" "ALTER MATERIALIZED VIEW other.moved RENAME TO last"
dump=$(schema_dump)
again "a table under its name"
beside "ALTER MATERIALIZED VIEW other.last RENAME TO moved" "CREATE MATERIALIZED VIEW other.last AS SELECT 1 AS n, 1 AS generation"
exits "a view in its place" 1
says "a view in its place: says so" "^matswap: other\.\"last\" is another relation than when the run began"
same "a view in its place: nothing is left over" "" "$(leftovers)"
sql "DROP MATERIALIZED VIEW other.last" "ALTER MATERIALIZED VIEW other.moved RENAME TO last"
dump=$(schema_dump)
again "a view in its place"
beside "ALTER SCHEMA other RENAME TO elsewhere"
exits "the schema renamed" 1
says "the schema renamed: says so" "^matswap: other\.\"last\" is not there any more"
same "the schema renamed: nothing is left over" "" "$(leftovers)"
sql "ALTER SCHEMA elsewhere RENAME TO other"
dump=$(schema_dump)
again "the schema renamed"

# A name that only the new generation has.
query_file fresh.sql <<< "CREATE MATERIALIZED VIEW fresh AS SELECT id FROM source; CREATE INDEX fresh_id ON fresh (id);"
for taken in "CREATE TABLE fresh (x int)|DROP TABLE fresh|public\.fresh is a table now" \
    "CREATE VIEW fresh AS SELECT 1 AS x|DROP VIEW fresh|public\.fresh is another relation than when the run began: there was none" \
    "CREATE TYPE fresh AS (x int)|DROP TYPE fresh|public\.fresh is a composite type now" \
    "CREATE SEQUENCE fresh_id|DROP SEQUENCE fresh_id|cannot execute .ALTER MATERIALIZED VIEW public_new\.fresh SET SCHEMA public"; do
    IFS='|' read -r make drop pattern <<< "$taken"
    beside "$make"
    stops "$make" "$pattern"
    sql "$drop"
done
rm "$work/queries/fresh.sql"
dump=$(schema_dump)
again "a name that is taken"

session_end gate
finish
