#!/bin/bash
# schema-renamed.sh: a view that gets another name (renamed_from): what was on the old one is on the new one, the old one
# goes with the old generation, and comes back with it.
source "$(dirname "$0")/lib.sh"

reader=it_schema_renamed_reader owner=it_schema_renamed_owner
drop_roles()
{
    PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_schema_renamed WITH (FORCE)' -c "DROP ROLE IF EXISTS $reader, $owner"
}
drop_roles
fresh_database it_schema_renamed
sql "CREATE ROLE $reader" "CREATE ROLE $owner" "CREATE SCHEMA sales" "GRANT USAGE ON SCHEMA public, sales TO $reader" \
    "GRANT USAGE, CREATE ON SCHEMA public, sales TO $owner" \
    "CREATE TABLE source AS SELECT g AS id, g % 4 AS k, g * 1.5 AS amount FROM generate_series(1, 40) AS g" \
    "GRANT SELECT ON source TO $owner"
config
query_file base.sql <<< "SELECT id, k, amount FROM source"
query_file counts.sql <<< "SELECT k, count(*) AS n, sum(amount) AS amount FROM base GROUP BY k"
query_file plain.sql <<< "CREATE VIEW plain AS SELECT k, n FROM counts"
matswap run
exits "the first generation" 0
sql "CREATE UNIQUE INDEX counts_k ON counts (k) WITH (fillfactor = 70)" "CREATE INDEX counts_odd ON counts ((n % 2)) WHERE k > 0" \
    "ALTER MATERIALIZED VIEW counts CLUSTER ON counts_k" "ALTER INDEX counts_odd ALTER COLUMN 1 SET STATISTICS 50" \
    "COMMENT ON INDEX counts_k IS 'one of each'" "COMMENT ON MATERIALIZED VIEW counts IS 'how many of a kind'" \
    "COMMENT ON COLUMN counts.n IS 'how many'" "ALTER MATERIALIZED VIEW counts SET (autovacuum_enabled = false)" \
    "ALTER MATERIALIZED VIEW counts ALTER COLUMN n SET STATISTICS 77" "CREATE STATISTICS counts_both ON k, n FROM counts" \
    "COMMENT ON STATISTICS counts_both IS 'both'" "GRANT SELECT ON counts TO $reader WITH GRANT OPTION" \
    "GRANT SELECT (k) ON counts TO PUBLIC" "ALTER MATERIALIZED VIEW counts OWNER TO $owner" \
    "GRANT SELECT ON plain TO $reader" "GRANT SELECT ON base TO $owner" "GRANT SELECT ON counts TO postgres"
matswap run
exits "and another one" 0
dump=$(schema_dump)

# schema_named: the schema as pg_dump has it, in another order: that of names
schema_named()
{
    schema_dump "$@" | grep -vE '^(--|$)' | sort
}
# as_renamed NAME: the schema of the first generation with `counts` under that name
as_renamed()
{
    grep -vE '^(--|$)' <<< "$dump" | sed -E "s/\\bpublic\\.counts\\b/$1/g; s/\\bcounts\\.([kn])\\b/tally.\\1/g" | sort
}
tallied()
{
    mv "$work/queries/counts.sql" "$work/queries/tally.sql"
    query_file plain.sql <<< "CREATE VIEW plain AS SELECT k, n FROM tally"
}

# ---- without a word about it

tallied
matswap check
exits "check of a view under another name" 2
sql "CREATE TABLE other AS SELECT 1 AS k" 
says "the old one reads the set" "^matswap: materialized view public\.counts reads public\.base and is in the SQL files no more"
matswap check --drop-removed
exits "check with its removal" 0
says "both are named" "^public\.tally +new"
says "and that they may be one" "^matswap: warning: public\.tally is new, and has the columns of public\.counts, which is in the SQL files no more: if it is the same view, write .renamed_from = public\.counts. into \[view public\.tally\] of $work/matswap\.ini"
query_file tally.sql <<< "SELECT k, count(*) AS n, sum(amount) AS total FROM base GROUP BY k"
matswap check --drop-removed
says "not so with other columns" "^" <(grep -c renamed_from "$work/err" | grep -x 0)
query_file tally.sql <<< "SELECT k, count(*) AS n, sum(amount) AS amount FROM base GROUP BY k"
query_file twin.sql <<< "SELECT k, count(*) AS n, sum(amount) AS amount FROM base GROUP BY k"
matswap check --drop-removed
says "nor when two have them" "^" <(grep -c renamed_from "$work/err" | grep -x 0)
rm "$work/queries/twin.sql"
sql "DROP TABLE other"

# ---- renamed

config "" "[view tally]" "renamed_from = counts" "sums = amount" "tolerance = 0%"
sql "CREATE VIEW outside AS SELECT n FROM counts" "CREATE FUNCTION outer_rows() RETURNS SETOF counts LANGUAGE sql AS 'SELECT * FROM counts'"
matswap check
exits "check, with others that read the old name" 2
says "names a view" "^matswap: view public\.outside depends on public\.counts, which gets another name; drop it before the run, and create it again on the new name"
says "and a function" "^matswap: function public\.outer_rows\(\) depends on public\.counts, which gets another name"
sql "DROP VIEW outside" "DROP FUNCTION outer_rows()"
query_file plain.sql <<< "CREATE VIEW plain AS SELECT k, n FROM counts"
matswap check
exits "check, with a view of the set that reads the old name" 2
says "names the place" "^matswap: $work/queries/plain\.sql:1:39: counts is to be renamed, and a view of the set reads it; write its new name: public\.tally"
query_file plain.sql <<< "CREATE VIEW plain AS SELECT k, n FROM tally"
matswap run --dry-run
exits "a dry run" 0
says "shows it" "^public\.tally +renamed +- +public\.counts +public\.tally$" "$work/out"
says "and the old one moving out" "^ALTER MATERIALIZED VIEW public\.counts SET SCHEMA public_old;" "$work/out"
says "compared with it" "^public\.tally +sum\(amount\): tolerance +1230.0 +1230.0 +0.00% +0% +ok" "$work/out"
same "it changes nothing" "$dump" "$(schema_dump)"
matswap run --keep-old
exits "a run" 0
says "says so" "columns +public\.tally: renamed from public\.counts$"
same "everything is on the new one, under the same names of indexes" "$(as_renamed public.tally)" "$(schema_named --exclude-schema=public_old)"
same "it is clustered by the same index" "counts_k" "$(sql "SELECT indexrelid::regclass FROM pg_index WHERE indisclustered AND indrelid = 'tally'::regclass")"
same "who could read it still can" "4" "$(sql "SET ROLE $reader" "SELECT count(*) FROM tally")"
same "also the old one" "4" "$(sql "SET ROLE $reader" "SELECT count(*) FROM public_old.counts")"
sql "CREATE VIEW outside AS SELECT n FROM tally"
matswap rollback
exits "rollback, with a view that reads the new name" 2
says "names it" "^matswap: view public\.outside depends on public\.tally, which the old generation has not; drop it"
sql "DROP VIEW outside"
matswap rollback
exits "rollback" 0
same "brings the old one back, with all that was on it" "$dump" "$(schema_dump --exclude-schema=public_old)"
same "who could read it still can" "4" "$(sql "SET ROLE $reader" "SELECT count(*) FROM counts")"
matswap run
exits "a run renames it again" 0
same "as before" "$(as_renamed public.tally)" "$(schema_named)"
matswap run
exits "the next run" 0
says "says that the key has done its work" "renamed +public\.tally is live: renamed_from = public\.counts \($work/matswap\.ini:[0-9]+\) has no effect any more"
same "changes nothing" "$(as_renamed public.tally)" "$(schema_named)"
same "and leaves nothing" "" "$(leftovers)"
sql "CREATE MATERIALIZED VIEW counts AS SELECT 1 AS x"
matswap run
exits "a run with something new under the old name" 0
same "leaves that alone" "1" "$(sql "SELECT x FROM counts")"
sql "DROP MATERIALIZED VIEW counts"

# Said only when half of the run is done.
mv "$work/queries/plain.sql" "$work/queries/flat.sql"
query_file flat.sql <<< "CREATE VIEW flat AS SELECT k, n FROM tally"
config
matswap run --until=built
exits "another name for an ordinary view, without a word about it" 0
says "asks whether they are one" "^matswap: warning: public\.flat is new, and has the columns of public\.plain"
config "" "[view flat]" "renamed_from = plain"
matswap resume
exits "resumed with one" 0
says "builds that view again" "rebuild +public\.flat: its SQL, or a setting that it is built with, has changed"
same "it has the privileges, and the old one is gone" "t|" "$(sql "SELECT has_table_privilege('$reader', 'flat', 'SELECT'), to_regclass('plain')")"
mv "$work/queries/flat.sql" "$work/queries/plain.sql"
query_file plain.sql <<< "CREATE VIEW plain AS SELECT k, n FROM tally"
config "" "[view plain]" "renamed_from = flat"
matswap run
exits "and back" 0

# To another schema, with other columns and another kind; resumed.
mv "$work/queries/tally.sql" "$work/queries/sales.tally.sql"
query_file plain.sql <<< "CREATE VIEW plain AS SELECT k, n FROM sales.tally"
config "" "[view sales.tally]" "renamed_from = tally"
matswap run --until=built
exits "moved to another schema, up to the build" 0
matswap resume
exits "resumed" 0
same "everything is on it" "$(as_renamed sales.tally | sed 's/public\.counts_both/sales.counts_both/; s/counts_odd ON public/counts_odd ON sales/; s/INDEX public\.counts_/INDEX sales.counts_/')" "$(schema_named)"
same "nothing is left over" "" "$(leftovers)"
mv "$work/queries/sales.tally.sql" "$work/queries/tally.sql"
query_file tally.sql <<< "CREATE VIEW tally AS SELECT n, k, 'x' AS note FROM (SELECT k, count(*) AS n FROM base GROUP BY k) AS c"
query_file plain.sql <<< "CREATE VIEW plain AS SELECT k, n FROM tally"
config "" "[view tally]" "renamed_from = sales.tally"
matswap run
exits "back, as an ordinary view with other columns" 0
says "says all of it" "columns +public\.tally: renamed from sales\.tally, materialized view → view, k moves from 1 to 2, \+ note text, - amount numeric$"
same "with what such a view can have" "$owner|how many of a kind|how many|t" "$(sql "SELECT relowner::regrole, obj_description(oid, 'pg_class'), col_description(oid, 1), has_table_privilege('$reader', oid, 'SELECT WITH GRANT OPTION') FROM pg_class WHERE oid = 'tally'::regclass")"
same "the other one is gone" "" "$(sql "SELECT to_regclass('sales.tally')")"

# A part of the set.
mv "$work/queries/tally.sql" "$work/queries/count.sql"
query_file count.sql <<< "CREATE VIEW count AS SELECT n, k FROM (SELECT k, count(*) AS n FROM base GROUP BY k) AS c"
query_file plain.sql <<< "CREATE VIEW plain AS SELECT k, n FROM count"
query_file apart.sql <<< "SELECT 1 AS x"
config "" "[view count]" "renamed_from = tally"
matswap run --only apart
exits "--only another view" 0
says "says nothing of it" "^" <(grep -cE 'tally|removed' "$work/err" | grep -x 0)
same "and leaves it alone" "tally" "$(sql "SELECT to_regclass('tally')")"
matswap run --only count
exits "--only the renamed one" 0
same "renames it" "count|" "$(sql "SELECT to_regclass('count'), to_regclass('tally')")"

# ---- what cannot be

config "" "[view count]" "renamed_from = base"
matswap check
exits "renamed from a view of the set" 2
says "is refused" "^matswap: $work/matswap\.ini:[0-9]+: \[view count\] is renamed from public\.base, which is a view of the set itself; take its file $work/queries/base\.sql away"
config "" "[view count]" "renamed_from = nothing"
matswap check
exits "renamed from nothing" 0
says "which is live, says so" "renamed +public\.count is live"
drop_roles
finish
