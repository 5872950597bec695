#!/bin/bash
# validate.sh: the rules of [view …] against the live generation: what passes, what is rejected (exit 5, a table on
# stdout, the live views as they were), and what there is to compare when nothing is live yet.
source "$(dirname "$0")/lib.sh"

fresh_database
sql "CREATE TABLE source (id int, amount numeric, weight float8, note text)" \
    "INSERT INTO source SELECT g, g, g / 4.0, 'n' FROM generate_series(1, 100) AS g"
query_file facts.sql <<< "SELECT id, amount, weight FROM source"
query_file facts_by_ten.sql <<< "SELECT id % 10 AS k, sum(amount) AS amount FROM facts GROUP BY 1"
query_file plain.sql <<< "CREATE VIEW plain AS SELECT k FROM facts_by_ten"
query_file vacant.sql <<< "SELECT id, amount FROM source WHERE id < 0"

oids()
{
    sql "SELECT relname, oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('m', 'v') ORDER BY 1"
}

# refill TEXT...: the source anew, its live generation too
refill()
{
    rules
    sql "TRUNCATE source" "$@"
    matswap run
    [ "$code" = 0 ] || exits "a generation to start from" 0
}

hundred="INSERT INTO source SELECT g, g, g / 4.0, 'n' FROM generate_series(1, 100) AS g"

# rejected WHAT VIEW RULE EXPECTED: the run that follows the arguments ends with exit 5 and changes nothing
rejected()
{
    local before
    before=$(oids)
    matswap run
    exits "$1: rejected" 5
    same "$1: the table's row" "$4" "$(row "$2" "$3")"
    says "$1: the error names view and rule" "^matswap: .*${2//./\\.}: ${3//[()]/.}"
    same "$1: the live views are the same relations" "$before" "$(oids)"
    same "$1: nothing is left over" "" "$(leftovers)"
}

# passes WHAT VIEW RULE EXPECTED
passes()
{
    local before
    before=$(oids)
    matswap run
    exits "$1: passes" 0
    same "$1: the table's row" "$4" "$(row "$2" "$3")"
    [ "$before" != "$(oids)" ] && ok "$1: swapped" || not_ok "$1: not swapped"
}

# ---- the first run: nothing to compare with

rules "[view *]" "tolerance = 0%" "max_shrink = 0%" "max_growth = 0%" "[view facts]" "sums = amount"
matswap run
exits "the first run publishes" 0
says "it says that nothing was live" 'no live generation before'
same "its table has no old value" "public.facts rows: tolerance - 100 - 0% not judged: there is no live view" "$(row public.facts "rows: tolerance")"
same "nor an old sum" "public.facts sum(amount): tolerance - 5050 - 0% not judged: there is no live view" "$(row public.facts "sum(amount)")"
same "an ordinary view has no row in it" "" "$(grep '^public.plain ' "$work/out")"
same "it is published" 100 "$(sql "SELECT count(*) FROM facts")"

fresh_database
sql "CREATE TABLE source (id int, amount numeric, weight float8, note text)" "$hundred"
rules "[view vacant]" "min_rows = 1"
matswap run
exits "min_rows judges the first run too" 5
same "by its own count" "public.vacant rows: min_rows - 0 - 1 REJECTED" "$(row public.vacant "rows: min_rows")"
same "nothing was published" "" "$(oids)"
same "nothing is left over" "" "$(leftovers)"

# ---- each rule, on both sides of its limit

refill "$hundred"
same "without a rule rows are recorded" "public.facts rows - 100 - - recorded" "$(row public.facts rows)"
matswap run
same "with their difference" "public.facts rows 100 100 0.00% - recorded" "$(row public.facts rows)"

rules "[view facts]" "max_shrink = 10%"
sql "DELETE FROM source WHERE id > 90"
passes "max_shrink at its limit" public.facts max_shrink "public.facts rows: max_shrink 100 90 -10.00% 10% ok"
sql "DELETE FROM source WHERE id > 80"
rejected "max_shrink beyond" public.facts "rows: max_shrink" "public.facts rows: max_shrink 90 80 -11.11% 10% REJECTED"

refill "$hundred"
rules "[view facts]" "max_growth = 300%" "max_shrink = 5%"
sql "INSERT INTO source SELECT 1000 + g, 0 FROM generate_series(1, 300) AS g"
passes "max_growth at its limit" public.facts max_growth "public.facts rows: max_growth 100 400 +300.00% 300% ok"
sql "INSERT INTO source SELECT 2000 + g, 0 FROM generate_series(1, 1201) AS g"
rejected "max_growth beyond" public.facts "rows: max_growth" "public.facts rows: max_growth 400 1601 +300.25% 300% REJECTED"

refill "$hundred"
rules "[view facts]" "min_rows = 99" "tolerance = 50%"
sql "DELETE FROM source WHERE id = 100"
passes "min_rows at its limit" public.facts min_rows "public.facts rows: min_rows 100 99 - 99 ok"
sql "DELETE FROM source WHERE id = 99"
rejected "min_rows below" public.facts "rows: min_rows" "public.facts rows: min_rows 99 98 - 99 REJECTED"

refill "$hundred"
rules "[view facts]" "sums = amount, id" "tolerance = 2%"
sql "UPDATE source SET amount = amount + 1.01"
passes "a sum within its tolerance" public.facts "sum(amount)" \
    "public.facts sum(amount): tolerance 5050 5151.00 +2.00% 2% ok"
sql "UPDATE source SET amount = amount + 1.0302001"
rejected "a sum beyond its tolerance" public.facts "sum(amount): tolerance" \
    "public.facts sum(amount): tolerance 5151.00 5254.0200100 +2.00% 2% REJECTED"
same "the other sum is judged too" "public.facts sum(id): tolerance 5050 5050 0.00% 2% ok" "$(row public.facts "sum(id)")"
sql "UPDATE source SET amount = amount - 2.2"
rejected "a sum that sank beyond its tolerance" public.facts "sum(amount): tolerance" \
    "public.facts sum(amount): tolerance 5151.00 5034.0200100 -2.27% 2% REJECTED"
sql "UPDATE source SET amount = NULL"
rejected "a sum that became NULL" public.facts "sum(amount): tolerance" \
    "public.facts sum(amount): tolerance 5151.00 - - 2% REJECTED"
same "all that is wrong is in the table" "public.facts" "$(awk '/REJECTED/ { print $1 }' "$work/out")"

# ---- several views, and defaults

refill "$hundred"
rules "[view *]" "max_shrink = 0%" "min_rows = 1" "[view vacant]" "min_rows = 0" "[view facts_by_ten]" "max_shrink = 50%"
sql "DELETE FROM source WHERE id > 50"
rejected "a default" public.facts "rows: max_shrink" "public.facts rows: max_shrink 100 50 -50.00% 0% REJECTED"
same "a view's own limit wins, an empty view passes" \
    "public.facts_by_ten rows: max_shrink 10 10 0.00% 50% ok
public.vacant rows: max_shrink 0 0 - 0% ok" "$(row public.facts_by_ten max_shrink; row public.vacant max_shrink)"
sql "DELETE FROM source WHERE id > 3"
rejected "two views at once" public.facts_by_ten "rows: max_shrink" \
    "public.facts_by_ten rows: max_shrink 10 3 -70.00% 50% REJECTED"
same "both are in the table" "2" "$(grep -c REJECTED "$work/out")"
same "and both are named" "2" "$(grep -c '^matswap: .*rows: max_shrink' "$work/err")"
sql "TRUNCATE source"
rejected "a view that became empty" public.facts "rows: min_rows" "public.facts rows: min_rows 100 0 - 1 REJECTED"

# From empty there is no percentage: growth is welcome, a tolerance is not met.
refill "$hundred"
query_file vacant.sql <<< "SELECT id, amount FROM source WHERE id > 98"
rules "[view vacant]" "sums = amount" "max_growth = 1%"
passes "an empty view that fills" public.vacant max_growth "public.vacant rows: max_growth 0 2 - 1% ok"
same "its sum was NULL" "public.vacant sum(amount) - 199 - - recorded" "$(row public.vacant "sum(amount)")"
query_file vacant.sql <<< "SELECT id, amount FROM source WHERE id < 0"
refill "$hundred"
query_file vacant.sql <<< "SELECT id, amount FROM source WHERE id > 98"
rules "[view vacant]" "tolerance = 1%"
rejected "an empty view with a tolerance" public.vacant "rows: tolerance" "public.vacant rows: tolerance 0 2 - 1% REJECTED"
query_file vacant.sql <<< "SELECT id, amount FROM source WHERE id < 0"

# ---- sums are the server's arithmetic

refill "INSERT INTO source VALUES (1, 0.1), (2, 0.2)"
rules "[view facts]" "sums = amount" "tolerance = 0%"
sql "TRUNCATE source" "INSERT INTO source VALUES (1, 0.15), (2, 0.15)"
passes "0.1 + 0.2 is 0.15 + 0.15" public.facts "sum(amount)" "public.facts sum(amount): tolerance 0.3 0.30 0.00% 0% ok"
sql "UPDATE source SET amount = 0.15000000000000000001 WHERE id = 1"
rejected "one in the 20th decimal" public.facts "sum(amount): tolerance" \
    "public.facts sum(amount): tolerance 0.30 0.30000000000000000001 +0.0000000000000000033% 0% REJECTED"

refill "INSERT INTO source VALUES (1, 123456789012345678901234567890123456789012345678901234567890), (2, 1)"
rules "[view facts]" "sums = amount" "tolerance = 0%"
passes "a sum of 60 digits" public.facts "sum(amount)" \
    "public.facts sum(amount): tolerance 123456789012345678901234567890123456789012345678901234567891 123456789012345678901234567890123456789012345678901234567891 0.00% 0% ok"
sql "UPDATE source SET amount = 2 WHERE id = 2"
matswap run
exits "one more in the last of 60 digits" 5
refill "INSERT INTO source VALUES (1, 1), (2, 0)"
rules "[view facts]" "sums = amount" "tolerance = 1%"
sql "UPDATE source SET amount = 5000000000000000000 WHERE id = 1"
rejected "a huge difference" public.facts "sum(amount): tolerance" \
    "public.facts sum(amount): tolerance 1 5000000000000000000 +499999999999999999900.00% 1% REJECTED"

refill "INSERT INTO source VALUES (1, -100)"
rules "[view facts]" "sums = amount" "tolerance = 1%"
sql "UPDATE source SET amount = -101"
passes "a negative sum at its limit" public.facts "sum(amount)" "public.facts sum(amount): tolerance -100 -101 -1.00% 1% ok"
sql "UPDATE source SET amount = 101"
rejected "a sum that changed its sign" public.facts "sum(amount): tolerance" \
    "public.facts sum(amount): tolerance -101 101 +200.00% 1% REJECTED"

refill "INSERT INTO source VALUES (1, 1, 0.1), (2, 1, 1e300), (3, 1, 2.5e-300)"
rules "[view facts]" "sums = weight" "tolerance = 0.5%"
passes "a sum of floats" public.facts "sum(weight)" "public.facts sum(weight): tolerance 1e+300 1e+300 0.00% 0.5% ok"
sql "UPDATE source SET weight = 1.01e300 WHERE id = 2"
rejected "a sum of floats beyond its tolerance" public.facts "sum(weight): tolerance" \
    "public.facts sum(weight): tolerance 1e+300 1.01e+300 +1.00% 0.5% REJECTED"
sql "UPDATE source SET weight = 'NaN' WHERE id = 2"
rejected "a sum that became NaN" public.facts "sum(weight): tolerance" \
    "public.facts sum(weight): tolerance 1e+300 NaN NaN% 0.5% REJECTED"

# ---- columns

refill "$hundred"
query_file facts.sql <<< "SELECT id, amount, weight, amount * 2 AS \"Twice, or so\" FROM source"
rules "[view facts]" "sums = amount, \"Twice, or so\"" "tolerance = 1%"
passes "a column that the live view lacks" public.facts "Twice" \
    'public.facts sum("Twice, or so"): tolerance - 10100 - 1% not judged: the live view has none'
passes "the next time it is compared" public.facts "Twice" \
    'public.facts sum("Twice, or so"): tolerance 10100 10100 0.00% 1% ok'

before=$(oids)
rules "[view facts]" "sums = amount, amuont"
matswap run
exits "a sum over a column that is not there is refused" 2
says "with the column, the place and what is near" 'matswap\.ini:[0-9]+: .*amuont.*amount'
rules "[view facts]" "sums = weight" "[view plain]" "sums = k"
matswap check
exits "rules for an ordinary view are refused" 2
says "by name" 'matswap\.ini:[0-9]+: .*plain'
query_file facts.sql <<< "SELECT id, amount, weight, note, id * interval '1 day' AS period FROM source"
rules "[view facts]" "sums = note, period"
matswap check
exits "sums of what is no number are refused" 2
says "text" 'matswap\.ini:[0-9]+: .*note.*text'
says "interval" 'matswap\.ini:[0-9]+: .*period.*interval'
same "and nothing was touched" "$before" "$(oids)"
query_file facts.sql <<< "SELECT id, amount FROM source"
rules "[view facts]" "sums = amount"
rm -f "$work"/queries/plain.sql
code=0
"$MATSWAP" -c "$work/matswap.ini" run > /dev/full 2> "$work/err" < /dev/null || code=$?
exits "a table that cannot be written is no failure" 0
says "but told" '^matswap: warning: the validation table cannot be written'
says "and the generation serves" ' swapped '
same "nothing is left over at the end" "" "$(leftovers)"
finish
