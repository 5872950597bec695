#!/bin/bash
# validate-measures.sh: what one pass over a view finds out, and the rules on columns that need nothing else.
source "$(dirname "$0")/lib.sh"

fresh_database
sql "CREATE DOMAIN money_paid AS real" \
    "CREATE TABLE source (id int, amount numeric, weight float8, tiny real, paid money_paid, day date, at timestamptz, note text)" \
    "INSERT INTO source SELECT g, g, g / 4.0, 16777216, 16777216, date '2026-01-01' + g, timestamptz '2026-01-01 00:00+00' + g * interval '1 hour', nullif(g % 10, 0)
       FROM generate_series(1, 100) AS g" \
    "INSERT INTO source SELECT g, 0, 0, 1, 1, NULL, NULL, 'n' FROM generate_series(101, 110) AS g"
query_file facts.sql <<< "SELECT id, amount, weight, tiny, paid, day, at, note AS \"Not, or 'so\" FROM source"

# recorded COLUMN: of public.facts, in the newest run of the journal
recorded()
{
    python3 -c 'import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
print(c.execute("SELECT {} FROM view WHERE name = '"'facts'"' ORDER BY run_id DESC".format(sys.argv[2])).fetchone()[0])' \
        "$work/state/journal.db" "$1"
}

# ---- one pass

rules "[view facts]" 'sums = id, amount, weight, tiny, paid' "not_null = id, \"Not, or 'so\"" "event_time = at" \
    "severity.not_null = warn"
matswap run
exits "a generation is measured" 0
same "its sums" '{"id": "6105", "paid": "1677721610", "tiny": "1677721610", "amount": "5050", "weight": "1262.5"}' \
    "$(recorded totals)"
same "its nulls, least and greatest values" \
    '{"nulls": {"id": "0", "Not, or '"'so"'": "10"}, "maximum": {"at": "2026-01-05T04:00:00+00:00", "id": "110", "paid": "1.6777216e+07", "tiny": "1.6777216e+07", "amount": "100", "weight": "25"}, "minimum": {"at": "2026-01-01T01:00:00+00:00", "id": "1", "paid": "1", "tiny": "1", "amount": "0", "weight": "0"}}' \
    "$(recorded measures)"
same "its watermark" "2026-01-05T04:00:00+00:00" "$(recorded watermark)"
rules "[session]" "datestyle = SQL, DMY" "timezone = Asia/Tokyo" "[view facts]" "event_time = day"
matswap run
exits "with settings of its own" 0
same "a watermark is ISO whatever the session says" "2026-04-11" "$(recorded watermark)"
rules
matswap run
same "without a rule nothing but rows is measured" "110 {} None None" \
    "$(recorded rows) $(recorded totals) $(recorded measures) $(recorded watermark)"

columns=$(printf 'g AS c%s, ' {1..120})
query_file wide.sql <<< "SELECT ${columns}g FROM generate_series(1, 3) AS g"
list=$(printf '    c%s,\n' {1..119}; echo "    c120")
rules "[view wide]" "sums =" "$list" "not_null =" "$list"
matswap run
exits "more columns than a function has arguments" 0
rm "$work/queries/wide.sql"

# ---- what is judged by it

# row RULE: that row of the table on stdout, blanks squeezed
row()
{
    awk -v rule="$1" 'index($0, "public.facts ") == 1 && index($0, rule) { $1 = $1; print }' "$work/out"
}

rules "[view facts]" "not_null = id, note"
query_file facts.sql <<< "SELECT id, amount, weight, tiny, note FROM source WHERE id <= 9"
matswap run
exits "not_null passes" 0
same "with each column's count" "public.facts id: not_null 0 0 - 0 ok
public.facts note: not_null - 0 - 0 ok" "$(row ": not_null")"
query_file facts.sql <<< "SELECT id, amount, weight, tiny, note FROM source WHERE id <= 50"
matswap run
exits "not_null fails" 5
same "with each column's count, and the live view's" "public.facts id: not_null 0 0 - 0 ok
public.facts note: not_null 0 5 - 0 REJECTED" "$(row ": not_null")"
says "and an error" '^matswap: public\.facts: note: not_null: was 0, is 5, limit 0; '

rules "[view facts]" "max_rows = 50"
matswap run
exits "max_rows at its limit" 0
same "as the table says" "public.facts rows: max_rows 9 50 - 50 ok" "$(row "rows: max_rows")"
rules "[view facts]" "max_rows = 49"
matswap run
exits "max_rows beyond" 5
same "as the table says, too" "public.facts rows: max_rows 50 50 - 49 REJECTED" "$(row "rows: max_rows")"

rules "[view facts]" "max_rows = 49" "severity.max_rows = warn" "not_null = note" "severity.not_null = warn"
matswap run --quiet
exits "a rule that only warns publishes" 0
says "and says so, under --quiet too" '^matswap: warning: public\.facts: rows: max_rows: was 50, is 50, limit 49$'
says "each by its own severity" '^matswap: warning: public\.facts: note: not_null: was 5, is 5, limit 0$'
rules "[view facts]" "max_rows = 49" "severity = warn" "severity.not_null = error" "not_null = note"
matswap run
exits "a severity of one rule beats that of all" 5
same "and nothing else" "public.facts rows: max_rows 50 50 - 49 warning" "$(row "rows: max_rows")"

# ---- one value times a million, and nothing else

rules "[view facts]" "sums = amount" "tolerance = 1%"
matswap run
sql "UPDATE source SET amount = amount * 1000000 WHERE id = 17"
matswap run
exits "a value times a million" 5
says "is seen in the maximum" '^public\.facts, sum\(amount\): tolerance: minimum is 1, as it was; maximum was 50, is 17000000$' "$work/out"
sql "UPDATE source SET amount = 17 WHERE id = 17"

# ---- sums of floats

query_file facts.sql <<< "SELECT v FROM (VALUES (1e16::float8), (1), (1), (1), (1)) AS t (v)"
rules "[view facts]" "sums = v"
matswap run
rules "[view facts]" "sums = v" "tolerance = 0%"
query_file facts.sql <<< "SELECT v FROM (VALUES (1::float8), (1), (1), (1), (1e16)) AS t (v)"
matswap run
exits "the order of addition is no difference" 0
[ "$(row "sum(v)" | awk '{ print $4 == $5 }')" = 0 ] && ok "though it makes one" || not_ok "it made none: $(row "sum(v)")"
query_file facts.sql <<< "SELECT v FROM (VALUES (1::float8), (1), (1e8), (1), (1e16)) AS t (v)"
matswap run
exits "more than one part in 10^9 is one" 5
query_file facts.sql <<< "SELECT v FROM (VALUES (1::float8), (1), ('inf'), (1), (1e16)) AS t (v)"
matswap run
exits "infinity is no number within a tolerance" 5
rules "[view facts]" "sums = v"
matswap run
exits "it can be recorded" 0
rules "[view facts]" "sums = v" "tolerance = 0%"
matswap run
exits "and equals itself" 0

# ---- columns that rules name

query_file facts.sql <<< "SELECT id, amount, note FROM source"
rules "[view facts]" "not_null = nte" "unique = ide" "sums = amuont"
matswap check
exits "columns that are not there are refused" 2
says "of not_null" 'matswap\.ini:[0-9]+: not_null names column nte, which public\.facts has not; did you mean note\?'
says "of unique" 'matswap\.ini:[0-9]+: unique names column ide, .*id\?'
says "of sums" 'matswap\.ini:[0-9]+: sums names column amuont, .*amount\?'

finish
