#!/bin/bash
# validate-unique.sh: keys that occur more than once, proven by an index or looked for.
source "$(dirname "$0")/lib.sh"

fresh_database
sql "CREATE TABLE source (id int, part int, title text COLLATE \"C\", doc json, soft text)" \
    "INSERT INTO source SELECT g, g % 10, 'n' || g, '{}', nullif(g, 7) FROM generate_series(1, 100) AS g"

# view [INDEX]...: the view's file, with these indexes
view()
{
    query_file facts.sql << EOT
CREATE MATERIALIZED VIEW facts AS SELECT * FROM source;
$(printf '%s;\n' "$@")
EOT
}

# judged WHAT CODE ROW...: a dry run, and the rows of its table about unique
judged()
{
    matswap run --dry-run --verbose
    exits "$1" "$2"
    same "$1: the table" "$(printf '%s\n' "${@:3}")" "$(awk '/: unique  / { $1 = $1; print }' "$work/out")"
}

# looked WHAT yes|no: did the server look for duplicates?
looked()
{
    same "$1" "$2" "$(grep -q '\] SELECT d\.key' "$work/err" && echo yes || echo no)"
}

# ---- looked for

view "CREATE INDEX facts_id ON facts (id)"
rules "[view facts]" "unique = (id), (part, title)"
judged "no key occurs twice" 0 "public.facts id: unique - 0 - 0 ok" "public.facts part, title: unique - 0 - 0 ok"
sql "INSERT INTO source SELECT 100 + g % 3, g % 3, 'it''s' || chr(10) || 'long ' || repeat('x', 300) FROM generate_series(1, 7) AS g"
judged "some do" 5 "public.facts id: unique - 3 - 0 REJECTED" "public.facts part, title: unique - 3 - 0 REJECTED"
same "they are shown with their counts, the most frequent first" "public.facts, id: unique:
    keys that occur more than once: 3, with 5 rows too many
    100: 3 rows
    101: 3 rows
    102: 2 rows" "$(grep -A 4 '^public.facts, id: unique:' "$work/out")"
says "several columns as a row, cut, on one line" "^    \\(1,\"it.s.{1,4}long x{40,60}…: 3 rows\$" "$work/out"
says "the error says how many keys" '^matswap: public\.facts: id: unique: is 3, limit 0; '
looked "by a query" yes
sql "INSERT INTO source SELECT g FROM generate_series(1, 30) AS g"
matswap run --dry-run
same "no more than ten" "10 1" "$(grep -cE '^    [0-9]+: [0-9]+ rows$' "$work/out") $(grep -c '^    and 23 more$' "$work/out")"
rules "[view facts]" "unique = id" "severity.unique = warn"
judged "a warning" 0 "public.facts id: unique - 33 - 0 warning"
sql "DELETE FROM source WHERE title IS NULL OR title LIKE 'it%'"
rules "[view facts]" "unique = (soft), (soft, part)"
judged "a null equals no other" 0 "public.facts soft: unique - 0 - 0 ok" "public.facts soft, part: unique - 0 - 0 ok"

# ---- proven

view "CREATE UNIQUE INDEX facts_key ON facts (id)"
rules "[view facts]" "unique = (id), (title, id)"
judged "an index proves it, for more columns too" 0 "public.facts id: unique - by index facts_key - 0 ok" \
    "public.facts title, id: unique - by index facts_key - 0 ok"
looked "without a query" no
view "CREATE UNIQUE INDEX facts_key ON facts (id, part)" "CREATE UNIQUE INDEX facts_some ON facts (id) WHERE part = 1" \
    "CREATE UNIQUE INDEX facts_sum ON facts ((id + 0))" "CREATE INDEX facts_id ON facts (id) INCLUDE (part)"
rules "[view facts]" "unique = id"
judged "one on more columns, a partial one, one on an expression prove nothing" 0 "public.facts id: unique - 0 - 0 ok"
looked "so it is looked for" yes
view "CREATE UNIQUE INDEX facts_key ON facts (id) INCLUDE (part)"
judged "columns that an index merely holds are no part of its key" 0 "public.facts id: unique - by index facts_key - 0 ok"
view "CREATE UNIQUE INDEX facts_title ON facts (title COLLATE \"POSIX\")"
rules "[view facts]" "unique = title"
judged "another collation proves nothing" 0 "public.facts title: unique - 0 - 0 ok"

# ---- who looks

sql "DROP ROLE IF EXISTS it_unique_owner" "CREATE ROLE it_unique_owner" "GRANT SELECT ON source TO it_unique_owner" \
    "GRANT CREATE, USAGE ON SCHEMA public TO it_unique_owner"
view "ALTER MATERIALIZED VIEW facts OWNER TO it_unique_owner"
rules "[view facts]" "unique = id"
judged "the owner's view" 0 "public.facts id: unique - 0 - 0 ok"
says "is read by its owner" 'SET LOCAL ROLE it_unique_owner'
view "ALTER MATERIALIZED VIEW facts OWNER TO it_unique_owner" "REVOKE ALL ON facts FROM it_unique_owner"
judged "one that may not read it himself" 0 "public.facts id: unique - 0 - 0 ok"

# ---- refused

view
rules "[view facts]" "unique = (id), (id, doc)"
matswap check
exits "what cannot be compared is refused" 2
says "with the reason" 'matswap\.ini:[0-9]+: unique = id, doc of public\.facts cannot be checked'
says "as the server says it" 'could not identify an equality operator for type json'
rules "[view facts]" "unique = (id), (idd)"
matswap check
exits "a column that is not there is refused" 2
says "with what is near" 'matswap\.ini:[0-9]+: unique names column idd, which public\.facts has not; did you mean id\?'
same "nothing is left over" "" "$(leftovers)"
sql "REVOKE ALL ON source FROM it_unique_owner" "REVOKE ALL ON SCHEMA public FROM it_unique_owner" "DROP ROLE it_unique_owner"

finish
