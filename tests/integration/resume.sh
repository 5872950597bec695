#!/bin/bash
# resume.sh: a run that died or was stopped goes on as what it was begun as: a dry run publishes nothing, --only stays
# with its views, --keep-old keeps; also under a role that may not read the control file; and a second ^C leaves the
# clean-up alone.
source "$(dirname "$0")/lib.sh"

fresh_database
sql "CREATE TABLE source AS SELECT g AS id FROM generate_series(1, 1000) AS g"
query_file a.sql <<< "SELECT id FROM source"
query_file b.sql <<< "SELECT count(*) AS n FROM a"
query_file slow.sql <<< "SELECT n, s FROM b, (SELECT pg_sleep(1)::text AS s) AS s"
config

in_slow()
{
    wait_until 30 sql_says 1 "SELECT count(*) FROM pg_stat_activity
      WHERE application_name LIKE 'matswap/%/public.slow' AND datname = current_database() AND state = 'active'" ||
        not_ok "the slow view is never built"
}

# kill_in_slow ARGUMENT...: this run, killed while it builds the slow view
kill_in_slow()
{
    matswap_begin "$@"
    in_slow
    kill -KILL "$pid"
    matswap_end
}

live="SELECT string_agg(oid::text, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'm'"
matswap run
exits "first run" 0

before=$(sql "$live")
kill_in_slow run --dry-run
matswap resume
exits "resume of a killed dry run" 0
same "it publishes nothing" "$before" "$(sql "$live")"
matswap run --dry-run --until=built
matswap resume
exits "resume of a dry run that was built" 0
same "it publishes nothing either" "$before" "$(sql "$live")"
same "and leaves nothing" "" "$(leftovers)"

before=$(sql "SELECT 'a'::regclass::oid")
kill_in_slow run --only b --keep-old
matswap resume
exits "resume of a killed --only --keep-old" 0
same "the other view stays" "$before" "$(sql "SELECT 'a'::regclass::oid")"
same "the old generation is kept" "schema public_old" "$(leftovers)"

matswap_begin run
in_slow
kill -INT "$pid"
sleep 0.005
kill -INT "$pid"
sleep 0.01
kill -INT "$pid" 2> /dev/null
matswap_end
exits "three SIGINTs" 1
same "the new generation is removed all the same" "schema public_old" "$(leftovers)"

sql "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC" "CREATE ROLE it_resume LOGIN" \
    "GRANT CREATE ON DATABASE \"$PGDATABASE\" TO it_resume" "GRANT SELECT ON source TO it_resume" \
    "GRANT USAGE, CREATE ON SCHEMA public TO it_resume" "CREATE SCHEMA mine AUTHORIZATION it_resume"
query_file a.sql <<< "SELECT id FROM public.source"
set=mine config "schema = mine"
sql "DROP SCHEMA IF EXISTS matswap CASCADE"
export PGUSER=it_resume
matswap run --until=built
exits "a role that may not read the control file builds" 0
matswap rollback
exits "and rolls back" 0
export PGUSER=postgres
same "and leaves nothing of its own" "schema public_old" "$(leftovers)"
sql "DROP OWNED BY it_resume" "DROP ROLE it_resume"

finish
