#!/bin/bash
# validate-live.sh: the live generation's totals are those that its swap recorded, as long as nothing has touched a view
# since; else it is measured.
source "$(dirname "$0")/lib.sh"

fresh_database
sql "CREATE TABLE source (id int, amount numeric, note text, day date, later date)" \
    "INSERT INTO source SELECT g, g, 'n', current_date, current_date FROM generate_series(1, 100) AS g"
query_file facts.sql <<EOT
CREATE MATERIALIZED VIEW facts AS SELECT id, amount, note, day, later FROM source;
CREATE UNIQUE INDEX facts_id ON facts (id);
EOT
query_file other.sql <<< "SELECT id, amount FROM source"

# recorded WHAT: a dry run does not read the live view
recorded()
{
    matswap run --dry-run --verbose
    says "$1: as recorded" ' live +public\.facts: is as run [0-9TZa-f-]+ recorded it$'
    same "$1: no query reads it" "" "$(grep 'FROM public\.facts' "$work/err")"
    judged "$1"
}

# measured WHAT [PATTERN]: a dry run does, and says why
measured()
{
    matswap run --dry-run --verbose
    says "$1: measured" " live +public\\.facts: is measured, since ${2:-it is not untouched since a swap}\$"
    says "$1: by a query" 'FROM public\.facts'
    judged "$1"
}

judged()
{
    same "$1: the same in the table" "public.facts sum(amount): tolerance 5050 5050 0.00% 0% ok" \
        "$(awk '$1 == "public.facts" && index($0, "sum(amount)") { $1 = $1; print }' "$work/out")"
}

# published WHAT: a new generation
published()
{
    matswap run
    [ "$code" = 0 ] || exits "$1" 0
}

rules "[view facts]" "sums = amount" "tolerance = 0%"
published "a first generation"
recorded "after the swap"

# ---- what changes neither contents nor columns

scans="SELECT seq_scan + coalesce(idx_scan, 0) FROM pg_stat_all_tables WHERE relid = 'facts'::regclass"
before=$(sql "$scans")
recorded "the server's counters"
wait_until 5 sql_says 0 "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'matswap/%' AND datname = current_database()"
same "the server counts no scan either" "$before" "$(sql "$scans")"
sql "VACUUM (ANALYZE) facts" "CREATE INDEX facts_amount ON facts (amount)" "COMMENT ON MATERIALIZED VIEW facts IS 'n'" \
    "CREATE STATISTICS facts_both ON id, amount FROM facts" "SELECT count(*) FROM facts"
recorded "VACUUM, ANALYZE, CREATE INDEX, COMMENT"
sql "BEGIN; GRANT SELECT ON facts TO PUBLIC; ROLLBACK"
recorded "a change that was rolled back"
sql "VACUUM (FREEZE) pg_class" "VACUUM (FREEZE) pg_attribute" "VACUUM (FREEZE) matswap.generation"
recorded "frozen catalogs"
sql "VACUUM (FULL) pg_class"
recorded "a catalog that was written anew"

# ---- what touches it

sql "REFRESH MATERIALIZED VIEW facts"
measured "REFRESH"
published "a generation"
recorded "the next swap"
sql "REFRESH MATERIALIZED VIEW CONCURRENTLY facts"
measured "REFRESH CONCURRENTLY"
published "a generation"
sql "GRANT SELECT ON facts TO PUBLIC"
measured "GRANT"
published "a generation"
sql "ALTER MATERIALIZED VIEW facts SET (fillfactor = 90)"
measured "ALTER"
published "a generation"
sql "ALTER MATERIALIZED VIEW facts RENAME COLUMN note TO remark"
measured "a renamed column"
sql "ALTER MATERIALIZED VIEW facts RENAME COLUMN remark TO note"
published "a generation"
sql "BEGIN; SAVEPOINT a; REFRESH MATERIALIZED VIEW facts; RELEASE a; COMMIT"
measured "REFRESH in a subtransaction"
published "a generation"
sql "VACUUM (FULL) facts"
measured "VACUUM FULL"

published "a generation"
sql "BEGIN; REFRESH MATERIALIZED VIEW facts; UPDATE matswap.generation SET run = run; COMMIT"
measured "one transaction that wrote both, as a restore does, but no swap"

# ---- what the record holds

published "a generation"
rules "[view facts]" "sums = amount, id" "tolerance = 0%"
measured "a column that was not summed" "run [0-9TZa-f-]+ recorded nothing of id"
published "a generation"
recorded "once it was"
rules "[view facts]" "sums = amount, id" "tolerance = 0%" "not_null = id" "event_time = day"
measured "a column whose nulls were not counted" "run [0-9TZa-f-]+ recorded nothing of id"
published "a generation"
recorded "once they were"
rules "[view facts]" "sums = amount, id" "tolerance = 0%" "not_null = note" "event_time = day"
measured "another column's" "run [0-9TZa-f-]+ recorded nothing of note"
rules "[view facts]" "sums = amount, id" "tolerance = 0%" "event_time = later"
measured "another time" "run [0-9TZa-f-]+ recorded nothing of later"
rules "[view facts]" "sums = amount, id" "tolerance = 0%"
sql "UPDATE matswap.generation SET views = jsonb_set(views, '{0,totals,amount}', '\"1\"')"
measured "a record that somebody has edited"

# ---- swaps of every kind

sql "CREATE FUNCTION all_facts() RETURNS SETOF facts LANGUAGE sql AS 'SELECT * FROM facts'" \
    "CREATE VIEW reader AS SELECT id FROM facts"
published "a generation with dependents"
recorded "a swap that rebinds dependents"
matswap run --only other
exits "a part of the set is swapped" 0
recorded "a part of the set"
matswap run --keep-old
matswap run --keep-old
matswap rollback
exits "a generation comes back" 0
recorded "a rollback"

# ---- a copy of the database: OIDs are others, or transactions

query_file facts.sql <<< "SELECT id, amount, note, day, later FROM source"
sql "DROP VIEW reader" "DROP FUNCTION all_facts"
published "a generation"
if pg_dump > "$work/dump.sql" 2> /dev/null; then # one older than the server refuses it
    fresh_database it_validate_live_copy
    psql -Xq --single-transaction -f "$work/dump.sql" > /dev/null
    measured "a restored database"
    sql "UPDATE matswap.generation SET views = (SELECT jsonb_agg(v || jsonb_build_object('oid', (v ->> 'name')::regclass::oid::int))
                                                  FROM jsonb_array_elements(views) AS v)"
    measured "even one with the same OIDs"
    PGDATABASE=postgres sql "DROP DATABASE it_validate_live_copy WITH (FORCE)"
fi

finish
