#!/bin/bash
# settings.sh: whatever the database's defaults are, a run works and carries over what surrounds the views; and the views'
# contents are what a REFRESH by hand under the same defaults gives.
source "$(dirname "$0")/lib.sh"

fresh_database
sql "CREATE TABLE source AS SELECT g AS id, 'a\\b''' || g AS word, '2026-03-04'::date + g AS day, g * interval '1 day -02:30' AS span,
       g / 3.0::float8 AS share, '\\x0102'::bytea AS bytes FROM generate_series(1, 20) AS g" \
    "CREATE SCHEMA evil CREATE TABLE source (id int)" "CREATE FUNCTION evil.count(bigint) RETURNS int LANGUAGE sql AS 'SELECT 1/0'" \
    "CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT 1/0::text'" 2> /dev/null
query="SELECT id, word, day::text AS day, span::text AS span, share::text AS share, bytes::text AS bytes, now() < '01/02/2100'::date AS early,
  '01/02/2026'::date AS literal, 'a\\b' AS slash FROM source"
query_file base.sql <<< "$query"
query_file shown.sql <<< "CREATE VIEW shown AS SELECT id, word, interval '-1 2:03' AS i FROM base WHERE word <> 'a\\b'"
config "jobs = 2"

# Each of these is a database's default that clients meet.
defaults=("datestyle = 'German, DMY'" "intervalstyle = 'sql_standard'" "extra_float_digits = -5" "bytea_output = 'escape'"
    "timezone = 'Asia/Kathmandu'" "standard_conforming_strings = off" "escape_string_warning = off" "quote_all_identifiers = on"
    "default_transaction_isolation = 'serializable'" "default_transaction_deferrable = on" "statement_timeout = '300ms'"
    "lock_timeout = '1ms'" "idle_in_transaction_session_timeout = '30ms'" "synchronous_commit = off" "client_min_messages = error"
    "check_function_bodies = off" "row_security = off" "transform_null_equals = on" "array_nulls = off"
    "search_path = 'evil'" "xmloption = 'document'" "plan_cache_mode = 'force_generic_plan'" "enable_seqscan = off")
set_defaults()
{
    local default
    for default in "${defaults[@]}"; do sql "ALTER DATABASE \"$PGDATABASE\" $1 ${default%%${2:-@}*}"; done
}

matswap run
exits "a run under the usual defaults" 0
sql "CREATE UNIQUE INDEX base_word ON base (word COLLATE \"C\", (day || '\\')) WHERE word <> 'it''s \\'" \
    "COMMENT ON MATERIALIZED VIEW base IS 'back\\slash and ''quote'''" "COMMENT ON COLUMN base.word IS E'two\\nlines \\\\'" \
    "CREATE STATISTICS together ON id, day FROM base" "CREATE VIEW outside WITH (security_barrier) AS SELECT word, 'x\\y' AS x,
       interval '1 day -02:30' AS i, date '2026-03-04' AS d FROM base WHERE word <> '\\'" || not_ok "set up"
# The files' own ambiguous literals mean something else under other defaults, and should.
surroundings()
{
    schema_dump | grep -vE ' AS (early|literal|i),?;?$'
}
dump=$(surroundings)
set_defaults SET
same "the defaults are there" "German, DMY|\"evil\"" "$(sql "SELECT current_setting('datestyle'), current_setting('search_path')")"
# What a REFRESH under them gives; pg_dump and psql here must not depend on them.
sql "SET statement_timeout = 0" "SET standard_conforming_strings = on" "SET search_path = public" "CREATE TABLE expected AS $query" || not_ok "expected"
for generation in 1 2; do
    matswap run
    exits "generation $generation under strange defaults" 0
    same "generation $generation: contents as by hand" "" \
        "$(sql "SET statement_timeout = 0" "SET search_path = public" "TABLE base EXCEPT TABLE expected" "TABLE expected EXCEPT TABLE base")"
done
matswap run --keep-old
exits "kept" 0
matswap rollback
exits "and rolled back" 0
matswap run
exits "and on" 0
matswap run --dry-run
exits "a dry run" 0
matswap check
exits "a check" 0
set_defaults RESET ' ='
sql "DROP TABLE public.expected"
same "what surrounds the views is the same" "$dump" "$(surroundings)"
same "nothing is left over" "" "$(leftovers)"

# [session] wins over the database's default.
sql "ALTER DATABASE \"$PGDATABASE\" SET datestyle = 'German, DMY'"
printf '%s\n' "[session]" "datestyle = SQL, MDY" >> "$work/matswap.ini"
matswap run
exits "a setting of one's own" 0
same "decides" "03/05/2026" "$(sql "SELECT day FROM base WHERE id = 1")"
finish
