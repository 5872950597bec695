#!/bin/bash
# schema-change.sh: what happens when the SQL files change between two runs: columns, views, kinds, the direction in which
# two views read each other, indexes, comments, privileges. What the files state wins; what they don't state stays.
source "$(dirname "$0")/lib.sh"

reader=it_schema_change_reader other=it_schema_change_other
drop_roles()
{
    PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_schema_change WITH (FORCE)' -c "DROP ROLE IF EXISTS $reader, $other"
}
drop_roles
fresh_database it_schema_change
sql "CREATE ROLE $reader" "CREATE ROLE $other" "GRANT USAGE, CREATE ON SCHEMA public TO $other" \
    "CREATE TABLE source AS SELECT g AS id, g % 4 AS k, g * 1.5 AS amount FROM generate_series(1, 40) AS g" \
    "GRANT SELECT ON source TO $other"
config

# columns RELATION: names and types, in order
columns()
{
    sql "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = '$1'::regclass AND attnum > 0"
}

indexes()
{
    sql "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname COLLATE \"C\""
}

# runs WHAT: a run that swaps and leaves nothing over; then one without a change, which changes nothing
runs()
{
    local dump
    matswap run
    exits "$1" 0
    same "$1: nothing is left over" "" "$(leftovers)"
    dump=$(schema_dump)
    matswap run
    exits "$1: and again" 0
    same "$1: the second run changes nothing" "$dump" "$(schema_dump)"
}

query_file base.sql <<< "SELECT id, k FROM source"
query_file sums.sql <<< "SELECT k, count(*) AS n FROM base GROUP BY k"
query_file top.sql <<< "CREATE VIEW top AS SELECT max(n) AS n FROM sums"
runs "the first generation"
sql "CREATE UNIQUE INDEX base_id ON base (id)" "CREATE INDEX base_k ON base (k)" "GRANT SELECT ON base, top TO $reader" \
    "COMMENT ON COLUMN base.k IS 'the kind'" "ALTER MATERIALIZED VIEW base ALTER COLUMN k SET STATISTICS 77" \
    "COMMENT ON MATERIALIZED VIEW base IS 'live'"

# ---- columns

query_file base.sql <<< "SELECT amount, id, k, 'new' AS added FROM source"
runs "columns added, in front and at the end"
same "the view has them" "amount numeric, id integer, k integer, added text" "$(columns base)"
same "what was on the others is still there" "the kind|77" "$(sql "SELECT col_description(attrelid, attnum), attstattarget FROM pg_attribute WHERE attrelid = 'base'::regclass AND attname = 'k'")"
same "so are the indexes" "CREATE UNIQUE INDEX base_id ON public.base USING btree (id)
CREATE INDEX base_k ON public.base USING btree (k)" "$(indexes)"
query_file base.sql <<< "SELECT id::bigint AS id, k::numeric(5, 1) AS k FROM source"
runs "types changed, columns gone"
same "the view has the types" "id bigint, k numeric(5,1)" "$(columns base)"
same "its reader, too" "k numeric(5,1), n bigint" "$(columns sums)"
same "with the rows" "40|10" "$(sql "SELECT (SELECT count(*) FROM base), n FROM top")"
query_file base.sql <<< "SELECT id FROM source"
query_file sums.sql <<< "SELECT id % 4 AS k, count(*) AS n FROM base GROUP BY 1"
matswap check
says "an index on a column that is gone is named" '^matswap: warning: index public\.base_k of public\.base is not carried over: .*no column k'
runs "a column gone that an index is on"
same "the index on what is left stays" "CREATE UNIQUE INDEX base_id ON public.base USING btree (id)" "$(indexes)"
query_file top.sql <<< "CREATE VIEW top AS SELECT n, k FROM sums"
runs "an ordinary view of the set with other columns"
same "it has them" "n bigint, k integer" "$(columns top)"
same "and who could read it still can" "t" "$(sql "SELECT has_table_privilege('$reader', 'top', 'SELECT')")"

# ---- views

query_file middle.sql <<< "SELECT k, n FROM sums WHERE n > 1"
query_file top.sql <<< "CREATE VIEW top AS SELECT n, k FROM middle"
runs "a view added between two others"
same "is there" "4" "$(sql "SELECT count(*) FROM middle")"
query_file top.sql <<< "CREATE VIEW top AS SELECT n, k FROM sums"
rm "$work/queries/middle.sql"
oid=$(sql "SELECT 'middle'::regclass::oid")
matswap run
exits "a view whose file is gone, and which reads the set" 2
says "is in the way, by name" "^matswap: materialized view public\.middle reads public\.sums and is in the SQL files no more; .matswap run --drop-removed. removes it"
sql "DROP VIEW top" "DROP MATERIALIZED VIEW middle" "CREATE MATERIALIZED VIEW middle AS SELECT 1 AS x"
oid=$(sql "SELECT 'middle'::regclass::oid")
runs "one that reads nothing of it"
same "stays as it is" "$oid" "$(sql "SELECT 'middle'::regclass::oid")"
sql "DROP MATERIALIZED VIEW middle"

query_file sums.sql <<< "CREATE VIEW sums AS SELECT id % 4 AS k, count(*) AS n FROM base GROUP BY 1"
sql "GRANT SELECT ON sums TO $reader" "COMMENT ON MATERIALIZED VIEW sums IS 'counted'" "COMMENT ON COLUMN sums.n IS 'how many'"
runs "a materialized view becomes an ordinary one"
same "with its privileges and comments" "v|t|counted|how many" "$(sql "SELECT relkind, has_table_privilege('$reader', oid, 'SELECT'), obj_description(oid, 'pg_class'), col_description(oid, 2) FROM pg_class WHERE oid = 'sums'::regclass")"
query_file top.sql <<< "SELECT n, k FROM sums"
query_file sums.sql <<< "CREATE MATERIALIZED VIEW sums AS SELECT id % 4 AS k, count(*) AS n FROM base GROUP BY 1; CREATE UNIQUE INDEX ON sums (k);"
runs "both kinds change the other way"
same "both are materialized" "m|m" "$(sql "SELECT (SELECT relkind FROM pg_class WHERE oid = 'sums'::regclass), (SELECT relkind FROM pg_class WHERE oid = 'top'::regclass)")"
same "with what was on them" "t|counted|how many" "$(sql "SELECT has_table_privilege('$reader', oid, 'SELECT'), obj_description(oid, 'pg_class'), col_description(oid, 2) FROM pg_class WHERE oid = 'sums'::regclass")"
sql "CREATE VIEW outside AS SELECT k, n FROM sums"
query_file sums.sql <<< "CREATE VIEW sums AS SELECT id % 4 AS k, count(*) AS n FROM base GROUP BY 1"
runs "a kind changes under a view outside the set"
same "which follows" "10" "$(sql "SELECT max(n) FROM outside")"
sql "DROP VIEW outside"

# Who reads whom, turned round.
rm "$work/queries/"*
query_file one.sql <<< "SELECT id, 'one' AS first FROM source"
query_file two.sql <<< "CREATE MATERIALIZED VIEW two AS SELECT id, first FROM one; CREATE UNIQUE INDEX two_id ON two (id);"
sql "DROP MATERIALIZED VIEW top" "DROP VIEW sums" "DROP MATERIALIZED VIEW base"
runs "one before two"
query_file two.sql <<< "CREATE MATERIALIZED VIEW two AS SELECT id, 'two' AS first FROM source; CREATE UNIQUE INDEX two_id ON two (id);"
query_file one.sql <<< "SELECT id, first FROM two"
runs "two before one"
same "both say so" "two|two" "$(sql "SELECT one.first, two.first FROM one JOIN two USING (id) LIMIT 1")"
matswap run --keep-old
exits "kept" 0
query_file one.sql <<< "SELECT id, 'one' AS first FROM source"
query_file two.sql <<< "CREATE MATERIALIZED VIEW two AS SELECT id, first FROM one; CREATE UNIQUE INDEX two_id ON two (id);"
matswap run --keep-old
exits "and turned round while the old generation is kept" 0
same "both say so again" "one|one" "$(sql "SELECT one.first, two.first FROM one JOIN two USING (id) LIMIT 1")"
matswap rollback
exits "back to the other direction" 0
same "both say the other" "two|two" "$(sql "SELECT one.first, two.first FROM one JOIN two USING (id) LIMIT 1")"
runs "and forth"
same "both say the first" "one|one" "$(sql "SELECT one.first, two.first FROM one JOIN two USING (id) LIMIT 1")"

# ---- what the files state

query_file two.sql << 'EOF'
CREATE MATERIALIZED VIEW two AS SELECT id, first FROM one;
CREATE INDEX two_first ON two (first);
CREATE UNIQUE INDEX two_id ON two (id);
EOF
runs "an index more in the file"
same "is there" "CREATE INDEX two_first ON public.two USING btree (first)
CREATE UNIQUE INDEX two_id ON public.two USING btree (id)" "$(indexes)"
query_file two.sql << 'EOF'
CREATE MATERIALIZED VIEW two AS SELECT id, first FROM one;
CREATE UNIQUE INDEX two_id ON two (id) INCLUDE (first);
EOF
runs "one less in the file, another with the same name"
same "the file's index wins, what no file states stays" "CREATE INDEX two_first ON public.two USING btree (first)
CREATE UNIQUE INDEX two_id ON public.two USING btree (id) INCLUDE (first)" "$(indexes)"
sql "DROP INDEX two_first"
runs "an index dropped by hand"
same "does not come back" "CREATE UNIQUE INDEX two_id ON public.two USING btree (id) INCLUDE (first)" "$(indexes)"

sql "COMMENT ON MATERIALIZED VIEW two IS 'by hand'" "COMMENT ON COLUMN two.id IS 'by hand'" "GRANT SELECT ON two TO $reader" \
    "ALTER MATERIALIZED VIEW two SET (fillfactor = 50)" "COMMENT ON INDEX two_id IS 'by hand'"
query_file two.sql << EOF
CREATE MATERIALIZED VIEW two WITH (autovacuum_enabled = false) AS SELECT id, first FROM one;
CREATE UNIQUE INDEX two_id ON two (id) INCLUDE (first);
COMMENT ON MATERIALIZED VIEW two IS 'by the file';
GRANT SELECT ON two TO $other;
ALTER MATERIALIZED VIEW two SET (fillfactor = 90);
EOF
runs "comment, privilege and option in the file"
same "what the file states wins" "by the file|90" "$(sql "SELECT obj_description('two'::regclass, 'pg_class'), (SELECT option_value FROM pg_class, pg_options_to_table(reloptions) WHERE oid = 'two'::regclass AND option_name = 'fillfactor')")"
same "what it does not state stays" "by hand|by hand" "$(sql "SELECT col_description('two'::regclass, 1), obj_description('two_id'::regclass, 'pg_class')")"
same "its privilege is given" "t" "$(sql "SELECT has_table_privilege('$other', 'two', 'SELECT')")"
same "its other option, too" "false" "$(sql "SELECT option_value FROM pg_class, pg_options_to_table(reloptions) WHERE oid = 'two'::regclass AND option_name = 'autovacuum_enabled'")"
cat >> "$work/queries/two.sql" <<< "ALTER MATERIALIZED VIEW two OWNER TO $other;"
sql "GRANT SELECT ON one TO $other"
runs "another owner in the file"
same "owns it" "$other" "$(sql "SELECT relowner::regrole FROM pg_class WHERE oid = 'two'::regclass")"
cat >> "$work/queries/two.sql" <<< "COMMENT ON MATERIALIZED VIEW two IS NULL;"
runs "a comment taken away by the file"
same "is gone" "" "$(sql "SELECT obj_description('two'::regclass, 'pg_class')")"

# The same text in another layout changes nothing at all.
dump=$(schema_dump)
query_file sub/one.sql <<< "/* moved */  select  id, 'one'  AS first  from public.source ;"
rm "$work/queries/one.sql"
matswap run
exits "the same query in another file and layout" 0
same "is the same to pg_dump" "$dump" "$(schema_dump)"
drop_roles
finish
