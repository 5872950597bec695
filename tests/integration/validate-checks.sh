#!/bin/bash
# validate-checks.sh: check files: a query that returns rows, or that the server refuses, rejects the generation; what is
# wrong with the file itself is said before anything is built.
source "$(dirname "$0")/lib.sh"

owner=it_validate_checks_owner
drop_roles()
{
    PGDATABASE=postgres psql -Xq -c 'DROP DATABASE IF EXISTS it_validate_checks WITH (FORCE)' -c "DROP ROLE IF EXISTS $owner"
}
drop_roles
fresh_database
sql "CREATE TABLE source (id int, amount numeric, note text)" \
    "INSERT INTO source SELECT g, g, 'n' FROM generate_series(1, 20) AS g"
query_file facts.sql <<< "SELECT id, amount, note FROM source"
query_file total.sql <<< "SELECT sum(amount) AS amount FROM facts"
query_file plain.sql <<< "CREATE VIEW plain AS SELECT id FROM facts"

# check_file NAME: standard input becomes a check
check_file()
{
    mkdir -p "$work/checks"
    cat > "$work/checks/$1.sql"
}

check_file no_negative <<< "SELECT id, amount FROM {view} WHERE amount < 0 ORDER BY id"
rules "[view facts]" "check = checks/no_negative.sql"
matswap run
exits "a check without a row" 0
same "has passed" "public.facts no_negative: check - 0 - 0 ok" "$(row public.facts no_negative)"
live=$(sql "SELECT 'facts'::regclass::oid")

# ---- rows

sql "UPDATE source SET amount = -id WHERE id IN (3, 4)"
matswap run
exits "a check with rows rejects" 5
same "as the table says" "public.facts no_negative: check - 2 - 0 REJECTED" "$(row public.facts no_negative)"
same "the rows are shown" "id amount
3 -3
4 -4" "$(shown public.facts 'no_negative: check')"
says "the error names the check" '^matswap: public\.facts: no_negative: check: is 2, limit 0; '
same "the live one stays" "$live" "$(sql "SELECT 'facts'::regclass::oid")"
same "nothing is left over" "" "$(leftovers)"
sql "UPDATE source SET amount = -id"
matswap run
same "of many rows ten are shown" "12 10 -10 and 10 more" \
    "$(shown public.facts 'no_negative: check' | wc -l | tr '\n' ' '; shown public.facts 'no_negative: check' | tail -2 | xargs)"
rules "[view facts]" "check = checks/no_negative.sql" "severity.check = warn"
matswap run
exits "as a warning" 0
same "it is published" "public.facts no_negative: check - 20 - 0 warning" "$(row public.facts no_negative)"
sql "UPDATE source SET amount = id"

# ---- values, whatever they are

check_file odd <<< "SELECT repeat('x', 64) AS \"a b\", E'1\t2\n3' AS \"tab\", NULL AS nothing, 1 AS q, 2 AS q, '{view}', 'ä' FROM {view} LIMIT 1"
rules "[view facts]" "check = checks/odd.sql"
matswap run
same "odd values and names" "a b tab nothing q q ?column? ?column?
$(printf 'x%.0s' {1..63})… 1\\x092\\x0a3 NULL 1 2 {view} ä" "$(shown public.facts 'odd: check')"
check_file empty <<< "SELECT FROM {view} LIMIT 3"
rules "[view facts]" "check = checks/empty.sql"
matswap run
exits "rows without columns are rows" 5
same "and are counted" "public.facts empty: check - 3 - 0 REJECTED" "$(row public.facts empty)"

# ---- what the server refuses

check_file divides <<< "SELECT 1 / (amount - 7) FROM {view}"
rules "[view facts]" "check = checks/divides.sql, checks/no_negative.sql"
matswap run
exits "a check that fails in the server" 5
same "is a verdict" "public.facts divides: check - - - 0 REJECTED
public.facts no_negative: check - 0 - 0 ok" "$(row public.facts check)"
same "with the server's words" "division by zero" "$(shown public.facts 'divides: check')"
says "in the error too" '^matswap: public\.facts: divides: check: division by zero; '
check_file writes <<< "SELECT nextval('counter') FROM {view}"
sql "CREATE SEQUENCE counter"
rules "[view facts]" "check = checks/writes.sql"
matswap run
exits "a check that writes" 5
same "may not" "cannot execute nextval() in a read-only transaction" "$(shown public.facts 'writes: check')"

# ---- what names mean

check_file names <<< "WITH old AS (SELECT count(*) AS n FROM source)
SELECT t.amount, facts.id, public.plain.id FROM {view} AS t JOIN facts ON true JOIN public.facts AS f USING (id)
  JOIN public.plain USING (id) CROSS JOIN old WHERE f.note = 'new' AND 'public.facts'::regclass = f.tableoid AND facts.id = 5 AND facts.note = 'new'"
sql "UPDATE source SET note = 'new'"
rules "[view total]" "check = checks/names.sql"
matswap run
exits "every name of the set means the new generation" 5
same "one row" "amount id id
210 5 5" "$(shown public.total 'names: check')"
check_file tiny <<< "SELECT * FROM {view} WHERE false"
rules "[view *]" "check = checks/tiny.sql"
matswap run
exits "a check of every view" 0
same "an ordinary one has none" "public.facts public.total" "$(awk '/tiny: check/ { print $1 }' "$work/out" | xargs)"

# ---- before anything is built

check_file broken <<< "SELECT id
FROM {view} WHERE
  amount < ) 0"
rules "[view *]" "check = checks/broken.sql"
matswap plan --offline
exits "a check that does not parse needs no server" 2
same "it is said once, with its place" "matswap: $work/checks/broken.sql:3:12: syntax error at or near \")\"; correct it; the grammar known here is that of PostgreSQL 15" \
    "$(cat "$work/err")"
check_file two <<< "SELECT 1; DELETE FROM {view}"
rules "[view facts]" "check = checks/two.sql"
matswap run
exits "two statements" 2
says "are too many" "^matswap: $work/checks/two\.sql:1:1: it holds something else than one query"

check_file typo <<< "-- a comment
SELECT id
  FROM {view}
 WHERE ammount < 0"
check_file unknown <<< "SELECT 1 FROM {view} JOIN nowhere USING (id)"
rules "[view facts]" "check = checks/typo.sql, checks/no_negative.sql, checks/unknown.sql" "[view total]" "check = checks/no_negative.sql"
matswap check
exits "columns that are not there" 2
says "are named with the line" "^matswap: $work/checks/typo\.sql:4: check typo cannot be asked of public\.facts"
says "by the server" 'column "ammount" does not exist'
says "a relation too" "^matswap: $work/checks/unknown\.sql:1: check unknown cannot be asked of public\.facts; neither the set nor the database has it"
says "and all in one go" "^matswap: $work/checks/no_negative\.sql:1: check no_negative cannot be asked of public\.total"
same "no more than these" 3 "$(grep -c '^matswap: ' "$work/err")"

check_file constant <<< "SELECT id FROM {view}
 WHERE amount < 'nothing'"
rules "[view facts]" "check = checks/constant.sql"
matswap run
exits "a constant that cannot be" 2
says "is the file's fault, too" "^matswap: $work/checks/constant\.sql:2: check constant cannot be asked of public\.facts"

# ---- who asks

sql "CREATE ROLE $owner" "GRANT USAGE, CREATE ON SCHEMA public TO $owner" "GRANT SELECT ON source TO $owner" \
    "CREATE TABLE secret AS SELECT 1 AS id" "ALTER MATERIALIZED VIEW facts OWNER TO $owner"
check_file whoami <<< "SELECT current_user FROM {view} LIMIT 1"
rules "[view facts]" "check = checks/whoami.sql"
matswap run
same "the owner" "current_user
$owner" "$(shown public.facts 'whoami: check')"
check_file secret <<< "SELECT * FROM secret JOIN {view} USING (id) WHERE false"
rules "[view facts]" "check = checks/secret.sql"
matswap check
exits "what the owner may not read" 2
says "is said beforehand" "^matswap: $work/checks/secret\.sql:1: check secret cannot be asked of public\.facts; grant it to $owner"

# ---- names, and a resumed run

long=$(printf 'l%.0s' {1..63})
query_file odd.sql <<< "CREATE MATERIALIZED VIEW \"Odd \"\"na'me\"\"\" AS SELECT 1 AS \"a\"\"b\""
query_file "$long.sql" <<< "SELECT 2 AS \"a\"\"b\""
check_file hostile <<< 'SELECT {view}."a""b", {view}.* FROM {view}'
rules "[view \"Odd \"\"na'me\"\"\"]" "check = checks/hostile.sql" "[view $long]" "check = checks/hostile.sql"
matswap run
exits "quotes, blanks, capitals, 63 bytes" 5
same "both were asked" 2 "$(grep -c 'hostile: check .*REJECTED' "$work/out")"
rm "$work/queries/odd.sql" "$work/queries/$long.sql"

rules "[view facts]" "check = checks/no_negative.sql"
matswap run --until=built
exits "up to the build" 0
sql "UPDATE source SET amount = -1"
matswap resume
exits "resumed, it is checked as it was built" 0
same "with its check" "public.facts no_negative: check - 0 - 0 ok" "$(row public.facts no_negative)"
matswap run --until=built
check_file no_negative <<< "SELECT id FROM {view} WHERE amount < -1"
matswap resume
exits "resumed with another check" 0
same "it is checked by that" "public.facts no_negative: check - 0 - 0 ok" "$(row public.facts no_negative)"

# ---- a view that keeps its old generation

sql "UPDATE source SET amount = id, note = 'live'" "CREATE TABLE other_source AS SELECT 1 AS id, 1 AS divisor" "ALTER MATERIALIZED VIEW facts OWNER TO CURRENT_USER"
query_file other.sql <<< "SELECT id, 1 / divisor AS part FROM other_source"

rules
matswap run
exits "another view" 0
check_file reads_other <<< "SELECT f.id FROM {view} AS f JOIN public.other AS o ON o.part = 1 JOIN other AS p USING (part)"
config "on_failure = isolate"
printf '%s\n' "[view facts]" "check = checks/reads_other.sql" "severity.check = warn" >> "$work/matswap.ini"
sql "UPDATE other_source SET divisor = 0"
matswap run
exits "that fails to build" 4
same "is read as it stays" "public.facts reads_other: check - 20 - 0 warning" "$(row public.facts reads_other)"
same "nothing is left over" "" "$(leftovers)"
drop_roles
finish
