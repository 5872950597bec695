#!/bin/bash
# schema-columns.sh: what `check`, `run --dry-run` and `run` say of columns that the SQL files change.
source "$(dirname "$0")/lib.sh"

fresh_database
sql "CREATE TABLE source AS SELECT g AS id, g % 4 AS k, g * 1.5 AS amount, 'x' || g AS note FROM generate_series(1, 40) AS g"
config
query_file base.sql <<< "SELECT id, k, amount, note FROM source"
query_file whole_rows.sql <<< "SELECT base AS whole, ARRAY[base] AS wholes, id FROM base"
query_file sums.sql <<< "SELECT k, count(*) AS n FROM base GROUP BY k"
query_file top.sql <<< "CREATE VIEW top AS SELECT max(n) AS n FROM sums"

# shown: the table of changes that was printed, one blank between its columns
shown()
{
    sed -n '/^view  *change /,/^columns:/{/^view /d;/^[0-9][0-9]:/d;s/  */ /g;p}' "$work/out" "$work/err" |
        sed '/^space:/,/directory$/d' # what that takes is another test's
}

matswap check
exits "check of a set that has never run" 0
same "every view is new" "public.base new - - materialized view, 4 columns
public.sums new - - materialized view, 2 columns
public.whole_rows new - - materialized view, 3 columns
public.top new - - view, 1 column" "$(shown)"
matswap run
exits "the first run" 0
says "says so in a line" "columns +the first generation of 4 views"
matswap check
exits "check without a change" 0
same "says that there is none" "columns: no change in 4 views" "$(grep '^columns:' "$work/err")"
matswap run
says "nor does a run name any" "^" <(grep -c 'columns  ' "$work/err" | grep -x 0)
matswap check --quiet
same "--quiet says nothing" "" "$(cat "$work/out" "$work/err")"

query_file base.sql <<< "SELECT amount AS total, note, id::bigint, k, note COLLATE \"C\" AS \"Sorted\" FROM source"
query_file whole_rows.sql <<< "SELECT base AS whole, ARRAY[base] AS wholes, id FROM base"
query_file sums.sql <<< "CREATE VIEW sums AS SELECT k, count(*) AS n FROM base GROUP BY k"
query_file late.sql <<< "SELECT max(n) AS n FROM sums"
dump=$(schema_dump)
changes='public.base added total - numeric, position 1
public.base moved note position 4 position 2
public.base retyped id integer bigint
public.base added "Sorted" - text COLLATE pg_catalog."C", position 5
public.base removed amount numeric -
public.sums other kind - materialized view view
public.whole_rows retyped id integer bigint
public.late new - - materialized view, 1 column
columns: no change in the other 1 view'
matswap check
exits "check of changes" 0
same "shows them" "$changes" "$(shown)"
matswap run --dry-run
exits "a dry run" 0
same "shows them, too" "$changes" "$(shown)"
says "and the swap" "^COMMIT;" "$work/out"
same "a dry run leaves nothing over" "" "$(leftovers)"
same "and changes nothing" "$dump" "$(schema_dump)"

sql "CREATE VIEW outside AS SELECT amount FROM base"
matswap check
exits "check with a view outside that uses a column which goes" 2
same "shows the changes nevertheless" "$changes" "$(shown)"
says "and names the view" "column amount .* of public\.base, which view public\.outside uses, is gone"
sql "DROP VIEW outside"

matswap run
exits "a run with changes" 0
says "names those of a view in a line" 'columns +public\.base: \+ total numeric, note moves from 4 to 2, id integer → bigint, \+ "Sorted" text COLLATE pg_catalog\."C", - amount numeric$'
says "a change of kind" "columns +public\.sums: materialized view → view$"
says "and a new view" "columns +public\.late: new materialized view$"
says "before it builds" "built" <(sed '1,/columns  /d' "$work/err")
matswap check
same "then there is no change any more" "columns: no change in 5 views" "$(grep '^columns:' "$work/err")"
finish
