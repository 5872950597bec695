#!/bin/bash
# Foreign servers that are down, tables that are not there, files that are missing, roles without a mapping: `check` and
# `run` name all of them, with the views, before anything is built. And what is opened to find out is closed again.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/foreign-server.sh"

role=foreign_reader
sql "CREATE EXTENSION file_fdw" "CREATE SERVER files FOREIGN DATA WRAPPER file_fdw" \
    "CREATE SERVER nowhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '/nowhere', dbname 'x')" \
    "CREATE USER MAPPING FOR PUBLIC SERVER nowhere" \
    "CREATE FOREIGN TABLE far (id int) SERVER nowhere" \
    "CREATE FOREIGN TABLE gone (id int) SERVER events" \
    "CREATE FOREIGN TABLE file (line text) SERVER files OPTIONS (filename '$work/missing.csv')" \
    "CREATE FOREIGN TABLE program (line text) SERVER files OPTIONS (program 'touch $work/started')" \
    "CREATE TABLE parts (id int, generation int) PARTITION BY LIST (id)" \
    "CREATE FOREIGN TABLE far_part PARTITION OF parts FOR VALUES IN (1) SERVER nowhere" \
    "DROP ROLE IF EXISTS $role" "CREATE ROLE $role" "GRANT SELECT ON event TO $role" \
    "CREATE VIEW through AS SELECT id FROM event" "CREATE VIEW theirs AS SELECT id FROM event" \
    "ALTER VIEW theirs OWNER TO $role"
chmod 777 "$work"

query_file events.sql <<< "SELECT id FROM event"
query_file through_a_view.sql <<< "SELECT id FROM through"
query_file stored.sql <<< "SELECT count(*) AS n FROM events"
config "jobs = 1"

remote_sessions()
{
    remote "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'postgres_fdw'"
}

matswap check
exits "check with all servers up" 0
wait_until 5 test "$(remote_sessions)" = 0
same "leaves nothing open over there" 0 "$(remote_sessions)"
matswap run
exits "run with all servers up" 0

# refused WHAT PATTERN...: check and run name it, and build nothing
refused()
{
    local command pattern
    for command in check run; do
        matswap "$command"
        exits "$1: $command" 2
        for pattern in "${@:2}"; do says "$1: $command" "$pattern"; done
    done
    same "$1: nothing was built" "" "$(grep -E 'snapshot|built' "$work/err")"
    same "$1: nothing is left over" "" "$(leftovers)"
}

"$PG_CLUSTER" stop "$own_cluster" --immediate > /dev/null
query_file far.sql <<< "CREATE MATERIALIZED VIEW far_away AS SELECT id FROM far"
query_file parts.sql <<< "CREATE MATERIALIZED VIEW all_parts AS SELECT id FROM parts"
query_file file.sql <<< "CREATE MATERIALIZED VIEW lines AS SELECT line FROM file"

# on_failure = isolate: views that read no foreign server are published without the others.
query_file beside.sql <<< "SELECT 1 AS n"
before=$(sql "SELECT 'events'::regclass::oid")
config "jobs = 1" "on_failure = isolate"
mkdir "$work/aside"
mv "$work"/queries/{far,parts,file}.sql "$work/aside"
matswap run
exits "isolate: a server is down" 4
says "isolate: its view keeps its old generation" 'isolated +public.events: keeps its old generation, with public."stored".*: foreign server events \(postgres_fdw\) cannot be opened'
same "isolate: so it is" "$before" "$(sql "SELECT 'events'::regclass::oid")"
same "isolate: the others are new" 1 "$(sql "SELECT count(*) FROM beside")"
matswap check
exits "isolate: check refuses" 2
mv "$work"/aside/* "$work/queries"
rm "$work/queries/beside.sql"
sql "DROP MATERIALIZED VIEW beside"
config "jobs = 1"
refused "two servers and a file" \
    "foreign server events \(postgres_fdw\) cannot be opened as role $PGUSER; public.events, public.through_a_view read it; start it.*ALTER SERVER events OPTIONS.*connect_timeout" \
    'server: could not connect to server "events" \(SQLSTATE 08001\)' \
    'Is the server running' \
    "foreign server nowhere .*; public.all_parts, public.far_away read it" \
    "foreign table public.file of server files \(file_fdw\) cannot be opened as role $PGUSER; public.lines reads it" \
    "could not open file \"$work/missing.csv\" for reading.*SQLSTATE 58P01"
same "each server is named once" 2 "$(grep -c "foreign server" "$work/err")"
remote_start

rm "$work"/queries/{far,parts,file}.sql
query_file gone.sql <<< "CREATE MATERIALIZED VIEW reads_gone AS SELECT id FROM gone"
query_file program.sql <<< "CREATE MATERIALIZED VIEW starts AS SELECT line FROM program"
refused "a table that is not over there" 'foreign table public.gone of server events .*public.reads_gone reads it' \
    'relation "public.gone" does not exist \(SQLSTATE 42P01\)'
same "a program is not started to find out" "" "$(ls "$work" | grep started)"
rm "$work"/queries/{gone,program}.sql

# It goes down while its view is built.
sql "CREATE FUNCTION gate() RETURNS boolean LANGUAGE plpgsql AS \$\$
     BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN true; END \$\$"
query_file events.sql <<< "SELECT id FROM event WHERE (SELECT gate())"
query_file beside.sql <<< "SELECT 1 AS n"
rm "$work/queries/through_a_view.sql"

# goes_down CONFIG...
goes_down()
{
    config "jobs = 1" "$@"
    session_begin gate
    session gate "SELECT pg_advisory_lock(7);" > /dev/null
    matswap_begin run
    wait_until 20 sql_says t "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'matswap/%'
                                 AND wait_event = 'advisory' AND datname = current_database()" || not_ok "no gate"
    "$PG_CLUSTER" stop "$own_cluster" --immediate > /dev/null
    session_end gate
    matswap_end
    remote_start
}

goes_down
exits "a server goes down under a build" 1
says "it is that server" 'public.events.*see whether the server runs that this one reads from'
same "it leaves nothing over" "" "$(leftovers)"
goes_down "on_failure = isolate"
exits "isolate: a server goes down under a build" 4
says "isolate: its view is kept" 'isolated +public.events: keeps its old generation'
same "isolate: the others are new" 1 "$(sql "SELECT n FROM beside")"
config "jobs = 1"
rm "$work"/queries/{events,beside}.sql
query_file events.sql <<< "SELECT id FROM event"
query_file through_a_view.sql <<< "SELECT id FROM through"
sql "DROP MATERIALIZED VIEW beside"

# As which role it is read decides: the owner of the view between, whoever owns the view of the set.
query_file theirs.sql <<< "CREATE MATERIALIZED VIEW of_theirs AS SELECT id FROM theirs"
refused "a role without a password" \
    "foreign server events .*cannot be opened as role $role; public.of_theirs reads it; correct the user mapping of $role" \
    'password .*required'
sql "DROP USER MAPPING FOR PUBLIC SERVER events" \
    "CREATE USER MAPPING FOR $PGUSER SERVER events OPTIONS (user 'postgres')"
refused "a role without a mapping" "public.of_theirs reads it; CREATE USER MAPPING FOR $role SERVER events OPTIONS"
sql "CREATE USER MAPPING FOR $role SERVER events OPTIONS (user 'postgres', password_required 'false')"
matswap run
exits "with a mapping" 0

# matswap's role is not a member of the owner of the view between: it asks through that view.
sql "DROP ROLE IF EXISTS foreign_builder" "CREATE ROLE foreign_builder LOGIN" "GRANT SELECT ON theirs TO foreign_builder" \
    "GRANT CREATE ON DATABASE $PGDATABASE TO foreign_builder" "GRANT CREATE, USAGE ON SCHEMA public TO foreign_builder" \
    "DROP SCHEMA matswap CASCADE" "DROP MATERIALIZED VIEW events, through_a_view, stored, of_theirs CASCADE"
rm "$work"/queries/*
query_file theirs.sql <<< "CREATE MATERIALIZED VIEW of_theirs AS SELECT id FROM theirs"
config "conninfo = user=foreign_builder" "jobs = 1"
matswap run
exits "through a view of a role that is not ours" 0
sql "ALTER USER MAPPING FOR $role SERVER events OPTIONS (SET password_required 'true')"
refused "through a view of a role that is not ours" "of server events .*cannot be opened as role $role; public.of_theirs reads it|foreign server events.*as role $role"
sql "DROP OWNED BY foreign_builder CASCADE"
PGDATABASE=postgres sql "DROP DATABASE $PGDATABASE WITH (FORCE)" "DROP ROLE foreign_builder" "DROP ROLE $role"
finish
