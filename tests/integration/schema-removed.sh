#!/bin/bash
# schema-removed.sh: a view whose file is gone: left alone and said so, or removed with the swap (--drop-removed).
source "$(dirname "$0")/lib.sh"

reader=it_schema_removed_reader runner=it_schema_removed_runner other=it_schema_removed_other
drop_roles()
{
    PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_schema_removed WITH (FORCE)' -c "DROP ROLE IF EXISTS $reader, $runner, $other"
}
drop_roles
fresh_database it_schema_removed
sql "CREATE ROLE $reader" "CREATE ROLE $runner LOGIN" "CREATE ROLE $other" "CREATE SCHEMA sales" "GRANT USAGE ON SCHEMA public, sales TO $reader" \
    "CREATE TABLE source AS SELECT g AS id, g % 4 AS k FROM generate_series(1, 40) AS g"
config

# the_set: the files of the whole set; two views of it are alone in their schema, one reads the other
the_set()
{
    query_file base.sql <<< "SELECT id, k FROM source"
    query_file counts.sql << 'SQL'
CREATE MATERIALIZED VIEW counts AS SELECT k, count(*) AS n FROM base GROUP BY k;
CREATE UNIQUE INDEX counts_k ON counts (k);
CREATE STATISTICS counts_both ON k, n FROM counts;
GRANT SELECT ON counts TO it_schema_removed_reader;
COMMENT ON MATERIALIZED VIEW counts IS 'how many of a kind';
SQL
    query_file plain.sql <<< "CREATE VIEW plain AS SELECT k FROM counts"
    query_file sales.totals.sql <<< "SELECT sum(n) AS n FROM counts"
}
removed()
{
    rm "$work/queries/counts.sql" "$work/queries/plain.sql" "$work/queries/sales.totals.sql"
}
# live: which of the views there are, with their OIDs
live()
{
    sql "SELECT string_agg(c.oid::regclass || '=' || c.oid, ' ' ORDER BY c.oid::regclass::text) FROM pg_class c
          WHERE relkind IN ('m', 'v') AND relnamespace IN ('public'::regnamespace, 'sales'::regnamespace)"
}
views()
{
    live | sed 's/=[0-9]*//g'
}

the_set
matswap run
exits "the first generation" 0
dump=$(schema_dump)
whole="base counts plain sales.totals"
same "is there" "$whole" "$(views)"

# ---- left alone

query_file base.sql <<< "SELECT id, k FROM source"
rm "$work/queries/sales.totals.sql"
serving=$(live)
matswap check
exits "check, with a materialized view that reads the set and whose file is gone" 2
says "refuses it by name, and offers its removal" "^matswap: materialized view sales\.totals reads public\.counts and is in the SQL files no more; .matswap run --drop-removed. removes it"
sql "CREATE MATERIALIZED VIEW hand_made AS SELECT k FROM base"
matswap check
says "one that was made by hand is not taken for one of the set's" "^matswap: materialized view public\.hand_made reads public\.base and is not part of the set; it belongs in the set"
sql "DROP MATERIALIZED VIEW hand_made"

the_set
rm "$work/queries/plain.sql"
matswap check
exits "check, with an ordinary view whose file is gone" 0
same "says what becomes of it" "public.plain not in the files - view left alone; --drop-removed removes it" "$(grep '^public\.plain' "$work/err" | sed 's/  */ /g')"
matswap run --quiet
exits "a run" 0
same "of which --quiet says nothing" "" "$(cat "$work/err")"
matswap run
says "tells that it is left alone" "removed +public\.plain is in the SQL files no more: it is left alone; --drop-removed removes it"
same "it is there, and reads the new generation" "4" "$(sql "SELECT count(*) FROM plain")"
same "the schema is as before" "$dump" "$(schema_dump)"

# Without the record of generations the journal's last run knows; without either nobody does.
the_set
matswap run
rm "$work/queries/plain.sql"
sql "CREATE TABLE generation AS TABLE matswap.generation" "TRUNCATE matswap.generation"
matswap check
says "the journal knows it, too" "^public\.plain +not in the files"
sql "INSERT INTO matswap.generation TABLE generation" "DROP TABLE generation"
mv "$work/state" "$work/lost"
matswap check
says "the database knows it without the journal" "^public\.plain +not in the files"
mv "$work/lost" "$work/state"
sql "ALTER VIEW plain RENAME TO moved" "CREATE VIEW plain AS SELECT 1 AS x"
matswap check --drop-removed
exits "check, with another view under its name" 0
same "takes it for what it is" "columns: no change in 3 views" "$(grep '^columns:' "$work/err")"
sql "DROP VIEW plain" "ALTER VIEW moved RENAME TO plain"

# ---- removed

the_set
removed
serving=$(live)
matswap run --dry-run --drop-removed
exits "a dry run that would remove three views" 0
same "names them" "public.counts public.plain sales.totals" "$(awk '$2 == "removed" { print $1 }' "$work/out" | paste -sd' ')"
says "and moves them out" "^ALTER MATERIALIZED VIEW sales\.totals SET SCHEMA sales_old;" "$work/out"
same "it removes nothing" "$serving" "$(live)"
same "and leaves nothing" "" "$(leftovers)"
matswap check --drop-removed
exits "check" 0
same "removes nothing either" "$serving" "$(live)"
matswap run --drop-removed --only base
exits "a part of the set and removal" 2
says "exclude each other" "^matswap: --drop-removed and --only exclude each other"
matswap run --drop-removed
exits "a run that removes them" 0
says "says so" "removed +public\.counts is in the SQL files no more: it goes with the old generation"
same "what the files state is left" "base" "$(views)"
same "nothing is left over" "" "$(leftovers)"
same "not even their statistics objects" "0" "$(sql "SELECT count(*) FROM pg_statistic_ext")"
same "the row of the swap has them as gone" "counts plain totals" "$(sql "SELECT string_agg(v ->> 'name', ' ' ORDER BY v ->> 'name')
    FROM matswap.generation g, jsonb_array_elements(views) v WHERE v ->> 'oid' IS NULL AND swapped_at = (SELECT max(swapped_at) FROM matswap.generation)")"
matswap run --drop-removed
exits "the next run" 0
says "has none to remove" "^" <(grep -c ' removed ' "$work/err" | grep -x 0)

# What reads them is named, and nothing is removed.
the_set
matswap run
exits "the set as it was" 0
removed
sql "CREATE VIEW outside AS SELECT n FROM counts" "CREATE MATERIALIZED VIEW beside AS SELECT n FROM counts" \
    "CREATE FUNCTION outer_rows() RETURNS SETOF counts LANGUAGE sql AS 'SELECT * FROM counts'"
serving=$(live)
matswap run --drop-removed
exits "a run that would take a view from under others" 2
says "names a view" "^matswap: view public\.outside depends on public\.counts, which is to be removed .*; drop it, "
says "a materialized view" "^matswap: materialized view public\.beside depends on public\.counts, which"
says "a function" "^matswap: function public\.outer_rows\(\) depends on public\.counts, which"
same "and removes nothing" "$serving" "$(live)"
sql "DROP VIEW outside" "DROP MATERIALIZED VIEW beside" "DROP FUNCTION outer_rows()"
query_file base.sql << 'SQL'
SELECT id, k
FROM source
WHERE k IN (SELECT k FROM counts)
SQL
sql "DROP MATERIALIZED VIEW sales.totals" "DROP VIEW plain" "DROP MATERIALIZED VIEW counts" "CREATE MATERIALIZED VIEW counts AS SELECT 1 AS k"
query_file counts.sql <<< "SELECT DISTINCT k FROM source"
matswap run
exits "a view that another one reads" 0
rm "$work/queries/counts.sql"
matswap run --drop-removed
exits "is not removed while it does" 2
says "the place is named" "^matswap: $work/queries/base\.sql:3:.*: counts is to be removed, and a view of the set reads it; put its file back"
matswap run
exits "left alone it goes on to be read" 0

# What it has is out of the way of the others, and a name of it is free for them.
the_set
matswap run
exits "the whole set" 0
removed
query_file base.sql <<< "CREATE MATERIALIZED VIEW base AS SELECT id, k FROM source; CREATE INDEX counts_k ON base (k);"
matswap check
exits "an index of the name that one of a view left alone has" 2
says "is refused" "^matswap: .*counts_k is taken by index public\.counts_k"
matswap run --drop-removed
exits "an index of the name that one of a removed view has" 0
same "takes it over" "base" "$(sql "SELECT indrelid::regclass FROM pg_index WHERE indexrelid = 'counts_k'::regclass")"

# ---- by a role that is no superuser

sql "DROP MATERIALIZED VIEW base"
the_set
sql "DROP SCHEMA matswap CASCADE" "GRANT CREATE ON DATABASE $PGDATABASE TO $runner" "GRANT SELECT ON source TO $runner" \
    "GRANT USAGE, CREATE ON SCHEMA public, sales TO $runner, $other"
config "conninfo = user=$runner"
matswap run
exits "a role that is no superuser" 0
removed
sql "GRANT SELECT ON counts TO $other" "ALTER MATERIALIZED VIEW sales.totals OWNER TO $other"
matswap check --drop-removed
exits "does not remove what it may not act for" 2
says "says whose it is, and what would help" "^matswap: sales\.totals is owned by $other, and role $runner may not act for it; GRANT $other TO $runner"
sql "GRANT $other TO $runner"
matswap run --drop-removed
exits "removes what it may" 0
same "they are gone" "base" "$(views)"
same "nothing is left over" "" "$(leftovers)"
sql "DROP MATERIALIZED VIEW base" "DROP SCHEMA matswap CASCADE"
config

# ---- and brought back

the_set
matswap run --keep-old
exits "the whole set again" 0
dump=$(schema_dump --exclude-schema='*_old')
removed
matswap run --drop-removed --keep-old
exits "removed while the old generation is kept" 0
same "they are gone" "base" "$(views)"
same "and kept" "public_old.base public_old.counts public_old.plain sales_old.totals" "$(sql "SELECT string_agg(oid::regclass::text, ' ' ORDER BY oid::regclass::text) FROM pg_class WHERE relkind IN ('m', 'v') AND relnamespace::regnamespace::text ~ '_old\$'")"
same "readable for who could read them" "4" "$(sql "SET ROLE $reader" "SELECT count(*) FROM public_old.counts")"
matswap rollback
exits "rollback" 0
same "brings them back" "$whole" "$(views)"
same "as they were" "$dump" "$(schema_dump --exclude-schema='*_old')"
matswap rollback
exits "and forth" 0
same "they are gone again" "base" "$(views)"
matswap rollback
exits "and back" 0
matswap run
exits "a run without their files after that" 2
says "still knows them" "public\.counts reads public\.base and is in the SQL files no more"
the_set
matswap run
exits "with their files it goes on" 0
same "as if nothing had been" "$dump" "$(schema_dump)"
drop_roles
finish
