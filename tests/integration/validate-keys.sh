#!/bin/bash
# validate-keys.sh: compare_keys and sample: keys that vanished and appeared, rows whose values changed, also with NULLs in
# keys, odd names, columns of other types, another name, another kind, and in a resumed run.
source "$(dirname "$0")/lib.sh"

owner=it_validate_keys_owner
drop_roles()
{
    PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_validate_keys WITH (FORCE)' -c "DROP ROLE IF EXISTS $owner"
}
drop_roles
fresh_database
sql "CREATE TABLE source (id int, kind text, amount numeric, weight float8, note text, extra json)" \
    "CREATE TABLE hundred AS SELECT g AS id, CASE WHEN g <= 5 THEN NULL WHEN g % 2 = 0 THEN 'even' ELSE 'odd' END AS kind,
        g::numeric AS amount, g / 3.0::float8 AS weight, 'n' || g AS note, '{\"a\": 1}'::json AS extra
        FROM generate_series(1, 100) AS g"
query_file facts.sql <<< "SELECT id, kind, amount, weight, note, extra FROM source"

# refill TEXT...: the source anew, with a live view of it, and then these changes
refill()
{
    query_file facts.sql <<< "SELECT id, kind, amount, weight, note, extra FROM source"
    sql "TRUNCATE source" "INSERT INTO source SELECT * FROM hundred" \
        "DO \$\$ BEGIN EXECUTE (SELECT 'DROP ' || CASE relkind WHEN 'v' THEN '' ELSE 'MATERIALIZED ' END || 'VIEW facts' FROM pg_class WHERE oid = to_regclass('facts')); END \$\$" \
        "CREATE MATERIALIZED VIEW facts AS $(cat "$work/queries/facts.sql")" "$@"
}

recorded()
{
    sqlite3 "$work/state/journal.db" "SELECT json_extract(measures, '$.keys') FROM view WHERE name = '${1:-facts}' ORDER BY run_id DESC LIMIT 1"
}

# ---- keys

rules "[view facts]" "unique = id" "compare_keys = vanished 0%, appeared 0%" "sample = 10, changed 0%"
sql "INSERT INTO source SELECT * FROM hundred"
matswap run
exits "a first run" 0
same "has nothing to compare" "public.facts vanished keys: compare_keys - - - 0% not judged: there is no live view
public.facts appeared keys: compare_keys - - - 0% not judged: there is no live view
public.facts changed rows: sample - - - 0% not judged: there is no live view" "$(row public.facts 'keys: '; row public.facts "changed rows")"
matswap run
exits "the same keys again" 0
same "none is missed, none is new" "public.facts vanished keys: compare_keys - 0 of 100 0.00% 0% ok
public.facts appeared keys: compare_keys - 0 of 100 0.00% 0% ok" "$(row public.facts 'keys: ')"
same "all rows are as they were" "public.facts changed rows: sample - 0 of 10 0.00% 0% ok" "$(row public.facts "changed rows")"

refill "DELETE FROM source WHERE id > 88" "INSERT INTO source SELECT id + 1000 FROM hundred WHERE id <= 3"
rules "[view facts]" "unique = id" "compare_keys = vanished 12%, appeared 2.99%"
matswap run
exits "keys that appeared beyond the limit" 5
same "vanished at theirs" "public.facts vanished keys: compare_keys - 12 of 100 12.00% 12% ok
public.facts appeared keys: compare_keys - 3 of 100 3.00% 2.99% REJECTED" "$(row public.facts 'keys: ')"
same "the vanished ones are shown, ten" "id 89 90 91 92 93 94 95 96 97 98 and 2 more" "$(shown public.facts 'vanished keys: compare_keys' | xargs)"
same "and those that appeared" "id 1001 1002 1003" "$(shown public.facts 'appeared keys: compare_keys' | xargs)"
says "the error says which" '^matswap: public\.facts: appeared keys: compare_keys: is 3 of 100, limit 2\.99%; '
rules "[view facts]" "unique = id" "compare_keys = vanished 11.9%"
matswap run
exits "keys that vanished beyond the limit" 5
same "the others are recorded" "public.facts vanished keys: compare_keys - 12 of 100 12.00% 11.9% REJECTED
public.facts appeared keys: compare_keys - 3 of 100 3.00% - recorded" "$(row public.facts 'keys: ')"
rules "[view facts]" "unique = id" "compare_keys = yes"
matswap run
exits "without limits" 0
same "both are recorded" "2" "$(grep -c 'keys: compare_keys .* recorded$' "$work/out")"
same "in the journal too" '{"appeared":3,"vanished":12}' "$(recorded)"

# NULL is a value of a key; a key is the whole of its columns; a second copy is no new key
refill "DELETE FROM source WHERE id = 1" "UPDATE source SET kind = NULL WHERE id = 6" "INSERT INTO source SELECT * FROM hundred WHERE id IN (2, 50)"
rules "[view facts]" "unique = (kind, id), (note)" "compare_keys = yes" "severity.unique = warn"
matswap run
exits "keys with a NULL" 0
same "count" "public.facts vanished keys: compare_keys - 2 of 100 2.00% - recorded
public.facts appeared keys: compare_keys - 1 of 100 1.00% - recorded" "$(row public.facts 'keys: ')"
same "the vanished ones" "kind id even 6 NULL 1" "$(shown public.facts 'vanished keys: compare_keys' | xargs)"
same "the one that appeared" "kind id NULL 6" "$(shown public.facts 'appeared keys: compare_keys' | xargs)"

refill "TRUNCATE source"
rules "[view facts]" "unique = id" "compare_keys = vanished 50%" "sample = 100, changed 0%"
matswap run
exits "all keys gone" 5
same "vanished" "public.facts vanished keys: compare_keys - 100 of 100 100.00% 50% REJECTED" "$(row public.facts vanished)"
same "no row is found again" "public.facts changed rows: sample - 0 of 0 - 0% not judged: 100 rows sampled, 0 found again, 0 changed" \
    "$(row public.facts "changed rows")"
sql "REFRESH MATERIALIZED VIEW facts" "INSERT INTO source SELECT * FROM hundred"
rules "[view facts]" "unique = id" "compare_keys = vanished 0%, appeared 1%" "sample = 10, changed 0%"
matswap run
exits "an empty view that fills" 0
same "has no percentage" "public.facts vanished keys: compare_keys - 0 of 0 - 0% ok
public.facts appeared keys: compare_keys - 100 of 0 - 1% not judged: the live view is empty
public.facts changed rows: sample - 0 of 0 - 0% not judged: 0 rows sampled, 0 found again, 0 changed" "$(row public.facts 'keys: '; row public.facts "changed rows")"

# ---- rows

refill "UPDATE source SET amount = amount + 0.001, weight = weight WHERE id IN (7, 8)" "UPDATE source SET note = upper(note), extra = '{\"a\":1}' WHERE id = 8" \
    "UPDATE source SET note = NULL WHERE id = 9" "UPDATE source SET weight = weight * (1 + 1e-15::float8) WHERE id = 10" \
    "UPDATE source SET amount = amount * 1.0" "DELETE FROM source WHERE id = 90"
rules "[view facts]" "unique = id" "sample = 1000, changed 4.04%"
matswap run
exits "changed rows beyond the limit" 5
same "are counted" "public.facts changed rows: sample - 4 of 99 4.04% 4.04% REJECTED" "$(row public.facts "changed rows")"
same "by column, and with their keys" "100 rows sampled, 99 found again, 4 changed
amount differs in 2 of 99
weight differs in 1 of 99
note differs in 2 of 99
extra differs in 1 of 99
id
7 8 9 10" "$(shown public.facts 'changed rows: sample' | sed '6q'; shown public.facts 'changed rows: sample' | sed '1,6d' | sort -n | xargs)"
rules "[view facts]" "unique = id" "sample = 1000, changed 4.05%"
matswap run
exits "changed rows within the limit" 0
refill "UPDATE source SET amount = -1" "UPDATE source SET kind = 'x' WHERE id = 1"
rules "[view facts]" "unique = kind, id" "sample = 20"
matswap run
exits "without a limit" 0
same "they are recorded" "public.facts changed rows: sample - 100.00% - recorded" "$(row public.facts "changed rows" | sed -E 's/(20 of 20|19 of 19) //')"
says "of as many as were asked for" "^    20 rows sampled, (20|19) found again, (20|19) changed" "$work/out"
refill "INSERT INTO source SELECT id + 1000 * g FROM hundred, generate_series(1, 49) AS g" "REFRESH MATERIALIZED VIEW facts"
rules "[view facts]" "unique = id" "sample = 500, changed 0%"
matswap run
says "a larger one" "^    500 rows sampled, 500 found again, 0 changed" <(sed 's/^public\.facts, changed rows: sample: /    /' "$work/out")
refill "UPDATE source SET amount = -1 WHERE id <= 4"
rules "[view facts]" "unique = kind, id" "sample = 1000"
matswap run
same "rows with a NULL in their key are found" "public.facts changed rows: sample - 4 of 100 4.00% - recorded" "$(row public.facts "changed rows")"

# ---- the view's SQL has changed

refill "DROP MATERIALIZED VIEW facts" "CREATE MATERIALIZED VIEW facts AS SELECT id, kind COLLATE \"POSIX\" AS kind, amount, weight, note FROM source" \
    "UPDATE source SET amount = amount + 1 WHERE id = 3"
query_file facts.sql <<< "SELECT id::bigint AS id, kind COLLATE \"C\" AS kind, amount::float8 AS amount, weight::numeric AS weight, 1 AS note FROM source"
rules "[view facts]" "unique = id" "compare_keys = vanished 0%" "sample = 1000, changed 100%"
matswap run
exits "columns of other types" 0
same "keys have a type in common" "public.facts vanished keys: compare_keys - 0 of 100 0.00% 0% ok" "$(row public.facts vanished)"
same "values are compared" "100 rows sampled, 100 found again, 100 changed
amount differs in 1 of 100
note differs in 100 of 100" "$(shown public.facts 'changed rows: sample' | grep -v weight | head -3)"
refill
query_file facts.sql <<< "SELECT md5(id::text)::uuid AS id, amount FROM source"
rules "[view facts]" "unique = id" "compare_keys = vanished 0%" "sample = 1000, changed 0%"
matswap run
exits "keys without a type in common" 0
same "are not compared" "public.facts vanished keys: compare_keys - - - 0% not judged: the live view cannot be compared with the new one: operator does not exist: integer pg_catalog.= uuid
public.facts appeared keys: compare_keys - - - - not judged: the live view cannot be compared with the new one: operator does not exist: integer pg_catalog.= uuid
public.facts changed rows: sample - - - 0% not judged: the live view cannot be compared with the new one: operator does not exist: uuid pg_catalog.= integer" \
    "$(row public.facts 'keys: '; row public.facts "changed rows")"
refill
query_file facts.sql <<< "SELECT id, amount, 'k' || id AS code FROM source"
rules "[view facts]" "unique = code" "compare_keys = vanished 0%"
matswap run
exits "a key that the live view has not" 0
same "is not compared" "public.facts vanished keys: compare_keys - - - 0% not judged: the live view has no column code" "$(row public.facts vanished)"
refill
query_file facts.sql <<< "SELECT id, extra FROM source"
rules "[view facts]" "unique = extra" "compare_keys = vanished 0%"
matswap run
exits "a key of a type without equality is refused" 2
says "with the server's word" "could not identify an equality operator for type json"

# ---- names, kinds, a resumed run

long=$(printf 'l%.0s' {1..63})
query_file odd.sql <<< "CREATE MATERIALIZED VIEW \"Odd \"\"na'me\"\"\" AS SELECT id AS \"I \"\"d\", kind AS \"$long\", amount AS \"a:b\" FROM source"
refill
sql "$(cat "$work/queries/odd.sql")" "DELETE FROM source WHERE id = 7" "UPDATE source SET amount = 0 WHERE id = 8"
rules "[view \"Odd \"\"na'me\"\"\"]" "unique = \"I \"\"d\", $long" "compare_keys = yes" "sample = 1000"
matswap run
exits "quotes, blanks, capitals, 63 bytes" 0
same "keys" "I \"\"d $long 7 odd" "$(awk '/vanished keys: compare_keys:$/ { getline; print $0; getline; print $0 }' "$work/out" | awk '{ $1 = $1; print }' | tr '\n' ' ' | sed 's/ $//; s/I "d/I ""d/')"
says "rows" '^    "a:b" differs in 1 of 99$' "$work/out"
rm "$work/queries/odd.sql"
sql "DROP MATERIALIZED VIEW \"Odd \"\"na'me\"\"\""

refill "DELETE FROM source WHERE id = 7"
mv "$work/queries/facts.sql" "$work/queries/figures.sql"
rules "[view figures]" "renamed_from = facts" "unique = id" "compare_keys = vanished 0.5%" "sample = 10, changed 0%"
matswap run
exits "a view under another name" 5
same "is compared with the old one" "public.figures vanished keys: compare_keys - 1 of 100 1.00% 0.5% REJECTED
public.figures changed rows: sample - 0 of 10 0.00% 0% ok" "$(row public.figures 'vanished keys'; row public.figures "changed rows" | sed 's/ of 9 / of 10 /')"
mv "$work/queries/figures.sql" "$work/queries/facts.sql"
sql "DROP MATERIALIZED VIEW facts" "CREATE VIEW facts AS SELECT id, kind, amount FROM source"
query_file facts.sql <<< "SELECT id, kind, amount * 2 AS amount FROM source WHERE id <> 9"
rules "[view facts]" "unique = id" "compare_keys = vanished 0%" "sample = 1000, changed 50%"
matswap run
exits "an ordinary view that becomes materialized" 5
same "is compared with its rows" "public.facts vanished keys: compare_keys - 1 of 99 1.01% 0% REJECTED
public.facts changed rows: sample - 98 of 98 100.00% 50% REJECTED" "$(row public.facts 'vanished keys'; row public.facts "changed rows")"

refill "DELETE FROM source WHERE id <= 2"
rules "[view facts]" "unique = id" "compare_keys = vanished 1%"
matswap run --until=built
exits "up to the build" 0
sql "INSERT INTO source SELECT * FROM hundred WHERE id <= 2"
matswap resume
exits "resumed, it is compared as it was built" 5
same "with its keys" "public.facts vanished keys: compare_keys - 2 of 100 2.00% 1% REJECTED" "$(row public.facts vanished)"
same "nothing is left over" "" "$(leftovers)"

# a cast, which is code of the type's owner, is not executed by us

sql "CREATE ROLE $owner" "GRANT USAGE, CREATE ON SCHEMA public TO $owner" "CREATE TYPE mood AS ENUM ('glad', 'sad')" "ALTER TYPE mood OWNER TO $owner" \
    "CREATE FUNCTION mood_text(mood) RETURNS text LANGUAGE sql AS 'SELECT current_user::text'" "CREATE CAST (mood AS text) WITH FUNCTION mood_text(mood)" \
    "CREATE TABLE moods AS SELECT 'glad'::mood AS mood UNION ALL SELECT 'sad'" "GRANT SELECT ON moods TO $owner"
query_file feelings.sql <<< "SELECT mood FROM moods"
sql "CREATE MATERIALIZED VIEW feelings AS SELECT mood FROM moods" \
    "ALTER MATERIALIZED VIEW feelings OWNER TO $owner" "DELETE FROM moods WHERE mood = 'sad'"
rules "[view feelings]" "unique = mood" "compare_keys = yes"
matswap run
exits "a type with a cast of its owner's" 0
same "is cast by him" "mood $owner" "$(shown public.feelings 'vanished keys: compare_keys' | xargs)"
drop_roles
finish
