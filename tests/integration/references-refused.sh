#!/bin/bash
# References that look like text to the grammar and become object ids in the server (references/refused.txt): each is
# refused by name before anything is built, and the live generation stays as it is.
. "$(dirname "$0")/lib.sh"

# files KIND...: writes the files of these kinds, and executes them through psql
files()
{
    rm -rf "$work/queries" "$work/state"
    set=refused config 'schema = app'
    query_file orders.sql <<< 'SELECT id FROM data.orders'
    awk -v kinds=" $* " -v folder="$work/queries/" '
        /^-- [a-z]+: / { file = index(kinds, " " substr($2, 1, length($2) - 1) " ") ? folder $3 ".sql" : ""; next }
        file != "" { print > file; close(file) }' "$here/references/refused.txt"
}

# live_from_psql: a generation that psql made
live_from_psql()
{
    local file
    for file in "$work"/queries/orders.sql "$work"/queries/[!o]*.sql; do
        sql "SET search_path = app; CREATE MATERIALIZED VIEW IF NOT EXISTS $(basename "$file" .sql) AS $(cat "$file")" ||
            not_ok "psql executes $(basename "$file")"
    done
}

# refuses WHAT PATTERN: a run ends before the build, and says why for every file
refuses()
{
    local file before
    before=$(sql "SELECT oid, oid::regclass FROM pg_class WHERE relkind = 'm' ORDER BY 1")
    matswap run
    exits "$1 are refused" 2
    for file in "$work"/queries/[!o]*.sql; do
        says "$(basename "$file" .sql) is refused by name" "$(basename "$file" .sql).*$2"
    done
    same "the live generation stays when $1 are refused" "$before" \
        "$(sql "SELECT oid, oid::regclass FROM pg_class WHERE relkind = 'm' ORDER BY 1")"
    same "nothing is left over when $1 are refused" "" "$(leftovers)"
}

fresh_database
sql "CREATE SCHEMA app; CREATE SCHEMA data; CREATE TABLE data.orders AS SELECT 1 AS id; CREATE DOMAIN data.class AS regclass"
files query
live_from_psql
refuses "constants that the server makes" 'app\.orders'
files read
live_from_psql
refuses "array literals" 'write them one by one'
finish
