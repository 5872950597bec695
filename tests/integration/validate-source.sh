#!/bin/bash
# validate-source.sh: source_total compares a view with a query on its sources, in the very snapshot that filled it.
source "$(dirname "$0")/lib.sh"

fresh_database
sql "CREATE TABLE source (id int, amount numeric, weight real, note text)" \
    "INSERT INTO source SELECT g, g, g / 4.0, 'n' FROM generate_series(1, 100) AS g"
query_file facts.sql <<< "SELECT id, amount, weight, note FROM source"
query_file by_ten.sql <<< "SELECT id % 10 AS ten, sum(amount) AS amount FROM facts GROUP BY 1"

# judged WHAT CODE ROW...: a dry run, and the rows of its table about the source
judged()
{
    matswap run --dry-run --verbose
    exits "$1" "$2"
    same "$1: the table" "$(printf '%s\n' "${@:3}")" "$(awk '/source_total/ && $1 ~ /^public\.[a-z_]+$/ { $1 = $1; print }' "$work/out")"
}

# ---- what is compared

rules "[view facts]" "source_total = SELECT sum(amount) AS amount, count(*) AS rows FROM source"
judged "a view that has all of its source" 0 \
    "public.facts sum(amount) of the source: source_total 5050 5050 0.00% 0% ok" \
    "public.facts rows of the source: source_total 100 100 0.00% 0% ok"
query_file facts.sql <<< "SELECT id, amount, weight, note FROM source WHERE id <> 17"
judged "one that lacks a row" 5 \
    "public.facts sum(amount) of the source: source_total 5050 5033 -0.34% 0% REJECTED" \
    "public.facts rows of the source: source_total 100 99 -1.00% 0% REJECTED"
says "the error says whose the values are" \
    '^matswap: public\.facts: sum\(amount\) of the source: source_total: the source has 5050, the view has 5033, limit 0%; '
says "and what accepts it" "--accept 'source_total\(amount\)@public\.facts' --reason"
says "the extremes help to see why" '^public\.facts, sum\(amount\) of the source: source_total: minimum is 1; maximum is 100$' "$work/out"
matswap run --dry-run --accept 'source_total(amount)@facts' --accept 'source_total(rows)@facts' --reason "17 is a test"
exits "accepted" 0
rules "[view facts]" "source_total = SELECT sum(amount) AS amount, count(*) FROM source" "source_tolerance = 1%"
judged "one within its tolerance" 0 \
    "public.facts sum(amount) of the source: source_total 5050 5033 -0.34% 1% ok" \
    "public.facts rows of the source: source_total 100 99 -1.00% 1% ok"
rules "[view facts]" "source_total = SELECT count(*) AS rows FROM source" "severity.source_total = warn"
judged "a warning" 0 "public.facts rows of the source: source_total 100 99 -1.00% 0% warning"
rules "[view facts]" "sums = amount" "source_total = SELECT sum(amount) FROM source WHERE id <> 17"
judged "a total of another name is that of the only sum" 0 \
    "public.facts sum(amount) of the source: source_total 5033 5033 0.00% 0% ok"
rules "[view facts]" "source_total = SELECT sum(weight::float8) AS weight FROM (SELECT * FROM source ORDER BY id DESC) AS s WHERE id <> 17"
judged "floats, added in another order" 0 "public.facts sum(weight) of the source: source_total 1258.25 1258.25 0.00% 0% ok"
query_file facts.sql <<< "SELECT id, amount, weight, note FROM source WHERE id < 0"
rules "[view facts]" "source_total = SELECT sum(amount) AS amount FROM source WHERE id < 0"
judged "nothing is nothing" 0 "public.facts sum(amount) of the source: source_total - - - 0% ok"
rules "[view facts]" "source_total = SELECT sum(amount) AS amount FROM source WHERE id = 1"
judged "nothing is not something" 5 "public.facts sum(amount) of the source: source_total 1 - - 0% REJECTED"
query_file facts.sql <<< "SELECT id, amount, weight, note FROM source"
rules "[view facts]" "source_total = SELECT sum(amount) AS amount FROM source GROUP BY id % 2"
judged "more than one row" 5 "public.facts source: source_total - - - - REJECTED"
says "is said" 'source: source_total: the query gave 2 rows, not one' "$work/out"

# ---- the same snapshot, the same generation

sql "CREATE FUNCTION slow_total() RETURNS numeric LANGUAGE plpgsql STABLE AS
     \$\$BEGIN PERFORM pg_advisory_xact_lock_shared(77); RETURN (SELECT sum(amount) FROM source); END\$\$"
rules "[view facts]" "source_total = SELECT slow_total() AS amount"
session_begin holder
session holder "BEGIN; SELECT pg_advisory_xact_lock(77);" > /dev/null
matswap_begin run --dry-run
wait_until 20 sql_says 1 "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND NOT granted" ||
    not_ok "the total is asked"
sql "INSERT INTO source VALUES (1000, 1000)"
session holder "COMMIT;" > /dev/null
session_end holder
matswap_end
exits "what is written meanwhile is in neither" 0
sql "DELETE FROM source WHERE id = 1000"

matswap run
exits "a generation is live" 0
sql "INSERT INTO source VALUES (101, 1000)"
rules "[view by_ten]" "source_total = SELECT sum(amount) AS amount FROM public.facts"
judged "a qualified name of the set is the new generation's" 0 \
    "public.by_ten sum(amount) of the source: source_total 6050 6050 0.00% 0% ok"
rules "[view by_ten]" "source_total =" "    SELECT sum(amount) AS amount" "      FROM facts"
judged "so is one without its schema, over several lines" 0 \
    "public.by_ten sum(amount) of the source: source_total 6050 6050 0.00% 0% ok"

rules "[view facts]" "source_total = SELECT sum(amount) AS amount, count(*) AS rows FROM source"
matswap run --until=built
rules "[view facts]" "source_total = SELECT sum(amount) AS amount, count(*) AS rows FROM source" "source_tolerance = 1%"
sql "INSERT INTO source VALUES (102, 1)"
matswap resume
exits "a resumed run judges what was asked then" 0
same "by the rule of now" "public.facts sum(amount) of the source: source_total 6050 6050 0.00% 1% ok" \
    "$(awk '/sum.*source_total/ { $1 = $1; print }' "$work/out")"

# ---- who asks

sql "DROP ROLE IF EXISTS it_source_owner" "CREATE ROLE it_source_owner" \
    "GRANT CREATE, USAGE ON SCHEMA public TO it_source_owner" "GRANT SELECT ON source TO it_source_owner" \
    "CREATE TABLE secret (amount numeric)"
query_file facts.sql <<EOT
CREATE MATERIALIZED VIEW facts AS SELECT id, amount, weight, note FROM source;
ALTER MATERIALIZED VIEW facts OWNER TO it_source_owner;
GRANT SELECT ON facts TO PUBLIC;
EOT
rules "[view facts]" "source_total = SELECT sum(amount) AS amount FROM secret"
matswap check
exits "what the owner may not read is refused" 2
says "as the server says it" 'matswap\.ini:[0-9]+: source_total of public\.facts cannot be asked; grant it to'
rules "[view facts]" "source_total = SELECT sum(amount) AS amount FROM source"
judged "what he may read is asked by him" 0 "public.facts sum(amount) of the source: source_total 6051 6051 0.00% 0% ok"

# ---- refused, before anything is built

query_file facts.sql <<< "SELECT id, amount, weight, note FROM source"
sql "CREATE VIEW outside AS SELECT amount FROM facts"

# refused WHAT TEXT PATTERN: the line of the ini is 7
refused()
{
    rules "[view facts]" "source_total = $2"
    matswap check
    exits "$1" 2
    says "$1: why, and where" "matswap\\.ini:7: $3"
}

refused "no SQL" "SELEC 1" "source_total of public\\.facts: syntax error"
refused "two statements" "SELECT 1 AS amount; SELECT 2 AS amount" ""
refused "no query" "DELETE FROM source" ""
refused "a table that is not there" "SELECT sum(amount) AS amount FROM sauce" 'source_total of public\.facts cannot be asked'
refused "a column that the view has not" "SELECT sum(amount) AS amuont, 1 AS id FROM source" \
    'source_total of public\.facts gives amuont, which is no column of the view that has a sum; did you mean amount\?'
refused "a column that has no sum" "SELECT 1 AS note, 1 AS id FROM source" 'source_total of public\.facts gives note, which'
refused "no number" "SELECT min(note) AS amount FROM source" 'source_total of public\.facts gives amount, which is no number; cast it'
refused "a view that is not built by then" "SELECT sum(amount) AS amount FROM by_ten" \
    'source_total of public\.facts reads public\.by_ten, which the view does not; compare with what public\.by_ten is made from'
refused "the live generation, behind another view" "SELECT sum(amount) AS amount FROM outside" \
    'source_total of public\.facts reads the live generation through something outside the set'
same "nothing is left over" "" "$(leftovers)"
sql "REVOKE ALL ON source FROM it_source_owner" "REVOKE ALL ON SCHEMA public FROM it_source_owner" "DROP ROLE it_source_owner"

finish
