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

# rules LINE...: the configuration with these lines behind [matswap]
rules()
{
    config
    printf '%s\n' "$@" >> "$work/matswap.ini"
}

# recorded COLUMN: of public.facts, in the newest run of the journal
recorded()
{
    python3 -c 'import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
print(c.execute("SELECT {} FROM view WHERE name = '"'facts'"' ORDER BY run_id DESC".format(sys.argv[2])).fetchone()[0])' \
        "$work/state/journal.db" "$1"
}

# ---- one pass

rules "[view facts]" 'sums = id, amount, weight, tiny, paid' "not_null = id, \"Not, or 'so\"" "event_time = at"
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

finish
