#!/bin/bash
# import-errors.sh: data that cannot be had, or is not what the table needs: each says what and where, the old table serves,
# nothing is left over.  (What is wrong with headers and lines: tests/unit/test_import.c.)
source "$(dirname "$0")/lib.sh"
fresh_database

query_file prices.sql << 'END'
CREATE TABLE prices (day date PRIMARY KEY, price numeric NOT NULL CHECK (price > 0));
END
echo "SELECT count(*) AS days FROM prices" | query_file reader.sql

# import LINE...: the section [import prices], on line 6 of the configuration
import()
{
    config "${more[@]}"
    printf '%s\n' "[import prices]" "$@" >> "$work/matswap.ini"
}
more=()

csv()
{
    printf '%s\n' "$@" > "$work/prices.csv"
}

serves="SELECT (SELECT count(*) FROM prices), days FROM reader"

# fails WHAT PATTERN...: the run fails with 1, says each of these, and leaves things as they are
fails()
{
    local pattern
    matswap run
    exits "$1" 1
    for pattern in "${@:2}"; do says "$1: it is told" "$pattern"; done
    same "$1: the old table serves, nothing is left over" "2|2" "$(sql "$serves"; leftovers)"
}

csv day,price 2026-01-01,1 2026-01-02,2
import "file = prices.csv"
matswap run
exits "the first generation" 0
dump=$(schema_dump)

# ---- before anything is built ----
rm "$work/prices.csv"
fails "a file that is missing" "matswap.ini:6: the import public.prices: .*prices.csv: No such file or directory"
matswap check
exits "check: a file that is missing" 1
says "check: it is told" "prices.csv: No such file or directory"
import "command = scripts/none --all"
fails "a program that is missing" "scripts/none: there is no such program that can be executed"
csv day,price
import "file = prices.csv" "encoding = KLINGON"
matswap run
exits "an encoding that the server has not" 2
says "it is told" "matswap.ini:6: \[import prices\]: the server knows no encoding KLINGON"

# ---- files ----
import "file = prices.csv"
csv day,price 2026-01-01,1 2026-01-32,2
fails "a bad value" "prices.csv:3: the import public.prices: it does not fit the table" \
    "server: date/time field value out of range: \"2026-01-32\"" 'context: COPY prices, line 3, column day: "2026-01-32"'
csv day,price 2026-01-01,1 2026-01-01,2
fails "a key twice" "prices.csv:3: " "duplicate key value violates unique constraint \"prices_pkey\""
csv day,price 2026-01-01,1 2026-01-02,-2
fails "a CHECK that fails" "prices.csv:3: " "violates check constraint \"prices_price_check\""
csv day,price 2026-01-01,1 2026-01-02,
fails "a NULL that must not be" "prices.csv:3: " "null value in column \"price\""
csv day,price 2026-01-01,1 2026-01-02
fails "a field too few" "prices.csv:3: " "missing data for column \"price\""
csv day,price 2026-01-01,1 '2026-01-02,"2'
fails "an end within quotes" "prices.csv:[34]: " "unterminated CSV quoted field"
csv day,prise 2026-01-01,1
fails "a wrong column" "prices.csv:1: the import public.prices: it has a column prise, which the table has not; did you mean price"
: > "$work/prices.csv"
fails "an empty file" "prices.csv: the import public.prices: it is empty: there is not even a header"
printf 'day,price\n2026-01-01,\xe9\n' > "$work/prices.csv"
fails "bytes that are not UTF-8" "prices.csv:2: " "invalid byte sequence for encoding \"UTF8\": 0xe9"
import "file = prices.csv" "format = jsonl"
printf '%s\n' '{"day": "2026-01-01", "price": 1}' '{"day": "2026-01-02", "price": "two"}' > "$work/prices.csv"
fails "JSON lines: a bad value" "prices.csv:2: " 'context: COPY prices, line 2, column price: "two"'
printf '%s\n' '{"day": "2026-01-01", "price": 1}' '{"day": "2026-01-02", "pri' > "$work/prices.csv"
fails "JSON lines: an end within a line" "prices.csv:2: the import public.prices: .*each line has to be one JSON object"

# ---- commands ----
import "command = sh: echo day,price; echo 2026-01-01,1; echo no luck >&2; exit 3"
fails "a command that fails" "matswap.ini:6: the import public.prices: the command failed with exit status 3; the last that \
it said: no luck; nothing of its output was taken" "import .*public.prices: no luck"
import "command = sh: echo day,price; echo 2026-01-01,1; kill -TERM \$\$"
fails "a command that is killed" "the command was ended by signal 15"
import "command = true"
fails "a command that says nothing" "it is empty: there is not even a header"
import "command = sh: echo day,price; echo 2026-01-01,x; sleep 0.1; echo 2026-01-02,2"
fails "a bad value in its output" "matswap.ini:6: the import public.prices: line 2 of the command's output: it does not fit" \
    'COPY prices, line 2, column price: "x"'
import "command = sh: echo \$\$ > pid; echo day,price; exec sleep 1000" "timeout = 500ms"
fails "a command that takes too long" "the command took longer than its timeout of 0.5 s, and is ended"
same "it is not there any more" "" "$(ps -o pid= -p "$(cat "$work/pid")")"

# ---- a signal to matswap, while the command says nothing yet, and within its output ----
for output in "" "echo day,price; echo 2026-01-01,1;"; do
    rm -f "$work/pid"
    import "command = sh: $output echo \$\$ > pid; exec sleep 1000"
    matswap_begin run
    wait_until 20 test -s "$work/pid"
    [ -z "$output" ] || wait_until 20 sql_says 1 "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%'"
    kill -TERM "$pid"
    matswap_end
    exits "SIGTERM (${output:-nothing said})" 1
    says "SIGTERM: it is told" "interrupted by a signal"
    same "SIGTERM: the command has ended, the old table serves, nothing is left over" "2|2" \
        "$(ps -o pid= -p "$(cat "$work/pid")"; sql "$serves"; leftovers)"
done

# ---- a view that fails takes a command along; an isolated import does not take others along ----
echo "SELECT 1 / (SELECT count(*) FROM generate_series(1, 0)) AS broken" | query_file broken.sql
import "command = sh: echo day,price; exec sleep 1000"
fails "another view that fails" "division by zero"
rm "$work/queries/broken.sql"
echo "SELECT 1 AS one" | query_file other.sql
more=("on_failure = isolate")
import "command = false"
matswap run
exits "on_failure = isolate: the import keeps its old generation" 4
same "and what reads it; the rest is published" "2|2|1" "$(sql "SELECT (SELECT count(*) FROM prices), days, one FROM reader, other"; leftovers)"
import "command = scripts/none"
matswap run
exits "on_failure = isolate: a program that is missing" 4
says "it is told" "scripts/none cannot be executed: No such file or directory"
matswap check
exits "check tells it, too" 1
rm "$work/queries/other.sql"
sql "DROP MATERIALIZED VIEW other"
same "pg_dump of the schema is as it was" "$dump" "$(schema_dump)"
finish
