#!/bin/bash
# orphans-killed.sh: a journal lost after the swap, or older than the database; `rollback --orphans` killed at points of
# its own work, interrupted at its question, and beside what has nothing to do with it.
source "$(dirname "$0")/lib.sh"
source "$here/paused-set.sh"
library=$(dirname "$MATSWAP")/tests/faults/libfault_points.so

# Schemas of others: another set's, of a set whose name only begins alike, one whose comment only looks alike
sql "CREATE SCHEMA others" "COMMENT ON SCHEMA others IS 'matswap set=$name-2 run=20261121T083000Z-4f2a91 incoming'" \
    "CREATE SCHEMA orphan" "COMMENT ON SCHEMA orphan IS 'matswap set=orphans run=20261121T083000Z-4f2a91 incoming'" \
    "CREATE SCHEMA alike" "COMMENT ON SCHEMA alike IS 'about matswap set=$name run=20261121T083000Z-4f2a91 incoming'" \
    "CREATE MATERIALIZED VIEW others.first AS SELECT 1 AS x" "CREATE MATERIALIZED VIEW orphan.first AS SELECT 1 AS x" \
    "CREATE MATERIALIZED VIEW alike.first AS SELECT 1 AS x"
dump=$(schema_dump)

lose_journal()
{
    rm -f "$work"/state/journal.db*
}

# crash PLACE [ARGUMENT]...: a run that is killed there, and its journal lost
crash()
{
    session gate "SELECT pg_advisory_lock(7);" > /dev/null
    begin "$1" 0 "${@:2}"
    kill -9 "$pid"
    matswap_end
    pause_at
    session gate "SELECT pg_advisory_unlock(7);" > /dev/null
    lose_journal
    live=$(oids) serving=$(sql "$contents")
}

marked_run()
{
    sql "SELECT (regexp_match(obj_description(oid, 'pg_namespace'), 'run=([^ ]+)'))[1] FROM pg_namespace WHERE nspname = '$1'"
}

# The shadow schemas with their comments and privileges, and what is in them
shadows()
{
    sql "SELECT nspname, obj_description(oid, 'pg_namespace'), nspacl FROM pg_namespace WHERE nspname ~ '_(new|old)\$' ORDER BY 1" \
        "SELECT relnamespace::regnamespace, relname, oid FROM pg_class
          WHERE relnamespace::regnamespace::text ~ '_(new|old)\$' ORDER BY 1, 2"
}

# removed WHAT: nothing is left, the live generation serves, and a run works
removed()
{
    exits "$1: removed" 0
    same "$1: nothing is left over" "" "$(leftovers)"
    untouched "$1"
    same "$1: the schema is as before" "$dump" "$(schema_dump)"
    matswap run
    exits "$1: the next run" 0
    published "$1: the next run"
}

# ---- killed between swap and retire ----

session_begin gate
sql "CREATE FUNCTION pause_retire() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM public.pause(''retire''); END'" \
    "CREATE EVENT TRIGGER pause_retire ON ddl_command_start WHEN tag IN ('DROP VIEW', 'DROP MATERIALIZED VIEW')
     EXECUTE FUNCTION pause_retire()"
crash retire
sql "DROP EVENT TRIGGER pause_retire" "DROP FUNCTION pause_retire"
same "the swap has happened" "$(whole $generation)" "$serving"
run=$(marked_run public_old)
matswap rollback --orphans
exits "what it replaced is shown" 2
says "by view" "^public_old +$run +outgoing.* +.first. +materialized view +~500 " "$work/out"
config "swap_timeout = 300ms"
session_begin reader
session reader "BEGIN; SELECT count(*) FROM public_old.first;" > /dev/null
matswap rollback --orphans --yes
exits "a reader sits on it" 1
says "who" "session-reader.*public_old.\"?first"
session reader "COMMIT;" > /dev/null
session_end reader
config "jobs = 2"
matswap rollback --orphans --yes
removed "killed between swap and retire"

# ---- a journal older than the database ----

# It calls the run of the marker done. A live view that somebody moved there is not that run's, nor any orphan.
run=$(sql "SELECT run FROM matswap.generation ORDER BY swapped_at LIMIT 1")
live=$(oids) serving=$(sql "$contents")
sql "CREATE SCHEMA public_new" "COMMENT ON SCHEMA public_new IS 'matswap set=$name run=$run incoming'" \
    "CREATE MATERIALIZED VIEW public_new.first AS SELECT 1 AS x" \
    "CREATE MATERIALIZED VIEW public_new.second AS SELECT * FROM public_new.first" \
    "ALTER VIEW plain SET SCHEMA public_new"
matswap rollback --orphans --yes
exits "a run that the journal calls done" 0
says "a live view of another run is not ours" "view public_new.plain +not ours" "$work/out"
sql "ALTER VIEW public_new.plain SET SCHEMA public"
matswap rollback --orphans --yes
removed "a run that the journal calls done"

# ---- at the question ----

question="exec '$MATSWAP' -c '$work/matswap.ini' rollback --orphans"
crash second
there=$(shadows)
for answer in n yess; do
    code=0
    script -qec "$question" "$work/typescript" > "$work/out" <<< "$answer" || code=$?
    exits "the answer '$answer'" 2
    says "the answer '$answer': it had asked" "^remove these\? \[y/N\]" "$work/out"
    same "the answer '$answer' changes nothing" "$there" "$(shadows)"
done
mkfifo "$work/answers"
script -qec "$question" "$work/typescript" > "$work/out" < "$work/answers" &
asking=$!
exec {answers}> "$work/answers"
wait_until 20 grep -q 'remove these' "$work/out" || not_ok "it does not ask"
kill -INT "$(sql "SELECT substring(application_name FROM 'control ([0-9]+)@') FROM pg_stat_activity
                  WHERE application_name LIKE 'matswap/$name/control %' AND datname = current_database()")"
wait_until 20 grep -q 'interrupted: nothing was removed' "$work/out" && ok "^C ends the question" || not_ok "^C does not end the question"
exec {answers}>&-
code=0
wait $asking || code=$?
exits "^C at the question" 1
same "it changes nothing" "$there" "$(shadows)"
code=0
script -qec "$question" "$work/typescript" > "$work/out" <<< yes || code=$?
removed "the answer yes"

# ---- somebody else is at the schemas ----

# lock_key WORD NAME: as in src/stage/lock.c; bash, too, calculates modulo 2^64
lock_key()
{
    local hash=-3750763034362895579 text code i
    for text in matswap "$@"; do
        for ((i = 0; i < ${#text}; i++)); do
            printf -v code %d "'${text:i:1}"
            hash=$(((hash ^ code) * 1099511628211))
        done
        hash=$(((hash ^ 0xFF) * 1099511628211))
    done
    echo $hash
}
crash second
there=$(shadows)
session_begin holder
session holder "SELECT pg_advisory_lock($(lock_key schema public_new));" > /dev/null
matswap rollback --orphans --yes
exits "another set has one of the schemas" 3
says "which" "^matswap: the schema public_new is held by another run: "
same "nothing is removed" "$there" "$(shadows)"
session_end holder
# something comes into the schema when its views have gone
sql "CREATE FUNCTION fill() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN CREATE TABLE IF NOT EXISTS public_new.late (); END'" \
    "CREATE EVENT TRIGGER fill ON ddl_command_end WHEN tag IN ('DROP MATERIALIZED VIEW') EXECUTE FUNCTION fill()"
matswap rollback --orphans --yes
exits "a schema that is filled meanwhile" 1
says "stays" "^matswap: schema public_new stays: it holds table public_new.late, which was not there before; run the command again"
sql "DROP EVENT TRIGGER fill" "DROP FUNCTION fill" "DROP TABLE public_new.late"
matswap rollback --orphans --yes
removed "somebody else is at the schemas"

# A run whose outgoing schema is filled under its own set's marker after it has looked.
session gate "SELECT pg_advisory_lock(7);" > /dev/null
begin first 0
sql "CREATE SCHEMA public_old" "CREATE TABLE public_old.late ()" \
    "COMMENT ON SCHEMA public_old IS 'matswap set=$name run=20261121T083000Z-4f2a91 outgoing'"
session gate "SELECT pg_advisory_unlock(7);" > /dev/null
matswap_end
pause_at
exits "a run whose outgoing schema is filled meanwhile" 2
says "it names the command" "^matswap: schema public_old of run 20261121T083000Z-4f2a91 holds table public_old.late, which matswap cannot prove to have built; .matswap rollback --orphans."
untouched "its outgoing schema is filled"
sql "DROP TABLE public_old.late"
matswap rollback --orphans --yes
removed "its outgoing schema is filled"

# ---- killed itself ----

# Each trial in a copy of the crashed database: the same OIDs, the same markers.
crash last
session_end gate
crashed=$PGDATABASE
copy=${crashed}_copy
in_copy()
{
    PGDATABASE=postgres psql -Xq -c "DROP DATABASE IF EXISTS $copy WITH (FORCE)" -c "CREATE DATABASE $copy TEMPLATE $crashed"
    PGDATABASE=$copy
    lose_journal
}
wait_until 10 sql_says 1 "SELECT count(*) FROM pg_stat_activity WHERE datname = '$crashed'" || not_ok "somebody is still connected"
in_copy
LD_PRELOAD=$library FAULT_POINTS=$work/points matswap rollback --orphans
shown=$(wc -l < "$work/points")
there=$(shadows)
kills=0 halfway=0 bad=0
for ((at = shown - 3;; at += 29)); do
    in_copy
    LD_PRELOAD=$library FAULT_AT=$at FAULT_ACTION=kill matswap rollback --orphans --yes 2> /dev/null
    [ "$code" = 137 ] || break
    kills=$((kills + 1))
    now=$(shadows)
    [ "$now" = "$there" ] || [ -z "$now" ] || halfway=$((halfway + 1))
    matswap rollback --orphans --yes
    [ "$code" = 0 ] && [ -z "$(shadows)" ] && [ "$(oids) $(sql "$contents")" = "$live $serving" ] || bad=$((bad + 1))
done
same "killed at any point of it, the next one finishes" 0 "$bad"
[ "$kills" -ge 5 ] && [ "$halfway" -ge 2 ] && ok "killed at $kills points, halfway at $halfway" ||
    not_ok "killed at $kills points, halfway at $halfway"
PGDATABASE=postgres psql -Xq -c "DROP DATABASE IF EXISTS $copy WITH (FORCE)"
PGDATABASE=$crashed
lose_journal
matswap rollback --orphans --yes
removed "killed itself"

same "others' schemas are untouched" "alike.first orphan.first others.first" \
    "$(sql "SELECT schemaname || '.' || matviewname FROM pg_matviews WHERE schemaname IN ('alike', 'orphan', 'others') ORDER BY 1" | xargs)"
finish
