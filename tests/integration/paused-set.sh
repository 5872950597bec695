# shellcheck shell=bash disable=SC2034,SC2154 # sourced: variables go in and out
# paused-set.sh: a set whose build stops where a test wants it; to be sourced after lib.sh.
#
# The views call pause(), which sleeps as long as the table says for that place, or, for 0 seconds, until the advisory
# lock 7 can be had. Ends with a first generation, $dump being its schema.
fresh_database
sql "CREATE SCHEMA other" \
    "CREATE TABLE source AS SELECT g AS id, 1 AS generation FROM generate_series(1, 500) AS g" \
    "CREATE TABLE pauses (place text PRIMARY KEY, seconds float8)" \
    "CREATE FUNCTION pause(at text) RETURNS boolean LANGUAGE plpgsql AS \$\$
     BEGIN
         PERFORM pg_sleep(seconds) FROM public.pauses WHERE place = at AND seconds > 0;
         PERFORM pg_advisory_xact_lock_shared(7) FROM public.pauses WHERE place = at AND seconds = 0;
         RETURN true;
     END \$\$" \
    "CREATE FUNCTION key(id int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS \$\$
     BEGIN
         IF id = 1 THEN PERFORM public.pause('index'); END IF;
         RETURN id;
     END \$\$"
query_file first.sql <<< "SELECT id, generation FROM source WHERE (SELECT pause('first'))"
query_file second.sql << 'EOF'
CREATE MATERIALIZED VIEW second AS SELECT id, generation FROM first WHERE (SELECT pause('second'));
CREATE INDEX ON second (key(id));
CREATE UNIQUE INDEX ON second (id);
EOF
query_file plain.sql <<< "CREATE VIEW plain AS SELECT * FROM second"
query_file other.last.sql <<< "SELECT count(*) AS n, min(generation) AS generation FROM plain WHERE (SELECT pause('last'))"
config "jobs = 2"

contents="SELECT (SELECT count(*) FROM first), (SELECT min(generation) FROM first), (SELECT max(generation) FROM first),
                 (SELECT count(*) FROM second), (SELECT min(generation) FROM plain), n, generation FROM other.last"
# whole N: what $contents says of generation N
whole()
{
    echo "500|$1|$1|500|$1|500|$1"
}

oids()
{
    sql "SELECT 'first'::regclass::oid, 'second'::regclass::oid, 'plain'::regclass::oid, 'other.last'::regclass::oid"
}

# pause_at PLACE SECONDS: whoever comes there from now on; without a place: nobody
pause_at()
{
    sql "DELETE FROM pauses" # TRUNCATE would wait for who is there
    [ $# -eq 0 ] || sql "INSERT INTO pauses VALUES ('$1', $2)"
}

sleeping="SELECT count(*) > 0 FROM pg_stat_activity
           WHERE application_name LIKE 'matswap/%' AND wait_event IN ('PgSleep', 'advisory') AND state = 'active'
             AND datname = current_database()"
waiting_for_locks="SELECT count(*) > 0 FROM pg_stat_activity
                    WHERE application_name LIKE 'matswap/%/observer' AND query LIKE 'EXECUTE matswap_look%'
                      AND datname = current_database()"

generation=1
next_source()
{
    generation=$((generation + 1))
    sql "UPDATE source SET generation = $generation"
}

matswap run
exits "the first run" 0
same "its contents" "$(whole 1)" "$(sql "$contents")"
dump=$(schema_dump)

untouched()
{
    same "$1: the live generation is untouched" "$live $serving" "$(oids) $(sql "$contents")"
}

published()
{
    same "$1: nothing is left over" "" "$(leftovers)"
    same "$1: the contents are fresh" "$(whole $generation)" "$(sql "$contents")"
    same "$1: the schema is as before" "$dump" "$(schema_dump)"
}

# begin PLACE SECONDS [ARGUMENT]...: a run that is asleep at PLACE
begin()
{
    next_source
    live=$(oids) serving=$(sql "$contents")
    pause_at "$1" "$2"
    matswap_begin run "${@:3}"
    wait_until 20 sql_says t "$sleeping" || not_ok "the run does not reach $1: $(cat "$work/err")"
}
