#!/bin/bash
# schema-removed-killed.sh: a run with --drop-removed that is killed, or left, in each of its states: the next command
# removes the views with the swap, or leaves all as it was.
source "$(dirname "$0")/lib.sh"
source "$here/paused-set.sh"

sql "CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS \$\$
     BEGIN PERFORM pg_advisory_xact_lock_shared(8); RETURN NULL; END \$\$" \
    "CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON matswap.generation DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW EXECUTE FUNCTION gate()"
dump=$(schema_dump)
cp -r "$work/queries" "$work/whole"

# whole_set: all files and all views are there again, $serving being their OIDs
whole_set()
{
    cp "$work/whole/"* "$work/queries/"
    next_source
    matswap run
    [ "$code" = 0 ] || not_ok "the whole set again: $(cat "$work/err")"
    rm "$work/queries/plain.sql" "$work/queries/other.last.sql"
    serving=$(oids)
    next_source
}

# gone WHAT [KEPT]: the two views are, the others are fresh; the old generation is kept, or gone
gone()
{
    same "$1: they are gone" "||500|$generation|500" "$(sql "SELECT to_regclass('plain'), to_regclass('other.last'), count(*), max(generation), (SELECT count(*) FROM second) FROM first")"
    same "$1: and the old generation ${2:-is} with them" "${3-}" "$(leftovers)"
    matswap status
    says "$1: nothing is unfinished" "nothing is running or left over" "$work/out"
}

# there WHAT: all is as it was
there()
{
    same "$1: nothing has changed" "$serving" "$(oids)"
    same "$1: nothing is left over" "" "$(leftovers)"
    same "$1: the schema is as before" "$dump" "$(schema_dump)"
}

die()
{
    kill -9 "$pid"
    matswap_end
    pause_at
}

# ---- before the swap

whole_set
pause_at second 60
matswap_begin run --drop-removed
wait_until 20 sql_says t "$sleeping" || not_ok "the run does not reach second: $(cat "$work/err")"
die
matswap status
says "killed while building: status says what is to leave" '^other\."last" +leaves the set' "$work/out"
matswap resume
exits "killed while building: resume" 0
generation=$(sql "SELECT max(generation) FROM source")
gone "killed while building: resume"

whole_set
pause_at second 60
matswap_begin run --drop-removed
wait_until 20 sql_says t "$sleeping" || not_ok "the run does not reach second: $(cat "$work/err")"
die
sql "CREATE VIEW public_new.plain AS SELECT 1 AS x"
matswap rollback
exits "killed while building: rollback" 0
says "what somebody has made under the name of one that leaves is not taken for the run's" "schema public_new is kept: it holds .*plain"
same "and it is there" "1" "$(sql "SELECT x FROM public_new.plain")"
sql "DROP SCHEMA public_new CASCADE"
there "killed while building: rollback"

for until in built validated; do
    matswap run --drop-removed --until=$until
    exits "left $until" 0
    same "left $until: nothing is removed yet" "$serving" "$(oids)"
    matswap rollback
    exits "left $until: rollback" 0
    there "left $until: rollback"
    matswap run --drop-removed --until=$until
    matswap resume
    exits "left $until: resume" 0
    gone "left $until: resume"
    whole_set
done

matswap run --drop-removed --until=validated
cp "$work/whole/plain.sql" "$work/queries/"
matswap resume
exits "the file of one of them comes back: resume" 0
same "it is built, the other is gone" "500|" "$(sql "SELECT count(*), to_regclass('other.last') FROM plain")"
same "and nothing is left over" "" "$(leftovers)"
whole_set
matswap run --drop-removed --until=validated
sql "CREATE VIEW late AS SELECT * FROM plain"
matswap resume
exits "somebody begins to read one of them: resume" 2
says "is refused by name" "^matswap: view public\.late depends on public\.plain, which is to be removed"
same "and nothing is removed" "$serving" "$(oids)"
sql "DROP VIEW late"

# ---- while it swaps

session_begin reader
session reader "BEGIN; SELECT count(*) FROM plain;" > /dev/null
matswap_begin resume
wait_until 20 sql_says t "$waiting_for_locks" || not_ok "the swap does not wait: $(cat "$work/err")"
die
same "killed while waiting for locks: nothing is removed" "$serving" "$(oids)"
session_end reader
matswap resume
exits "killed while waiting for locks: resume" 0
gone "killed while waiting for locks: resume"

# commit_stopped ARGUMENT...: a run that is stopped while its COMMIT is under way, which then succeeds. (A backend whose
# client is gone would end itself while it waits.)
commit_stopped()
{
    session_begin gate
    session gate "SELECT pg_advisory_lock(8);" > /dev/null
    matswap_begin run --drop-removed "$@"
    wait_until 20 sql_says t "SELECT count(*) > 0 FROM pg_stat_activity WHERE query ~ '^COMMIT' AND wait_event = 'advisory' AND datname = current_database()" ||
        not_ok "the run does not come to its COMMIT: $(cat "$work/err")"
    kill -STOP "$pid"
    session_end gate
    wait_until 20 sql_says "" "SELECT to_regclass('plain')" || not_ok "the swap is not committed"
}
commit_killed()
{
    commit_stopped "$@"
    die
}
whole_set
commit_killed
matswap resume
exits "killed in its COMMIT: resume" 0
gone "killed in its COMMIT: resume"
whole_set
commit_killed --keep-old
matswap rollback
exits "killed in its COMMIT with --keep-old: rollback" 0
same "brings them back" "$serving" "$(oids)"
whole_set
same "the whole set is as it was" "$dump" "$(schema_dump)"

# ---- after it

config "jobs = 2" "swap_timeout = 500ms"
session_begin holder
commit_stopped
session holder "BEGIN; SELECT count(*) FROM other_old.last;" > /dev/null
kill -CONT "$pid"
matswap_end
exits "somebody reads one of them after the swap: the run" 0
says "is done but for the drop" "the old generation could not be dropped yet"
session_end holder
matswap resume
exits "resume" 0
gone "dropped later"
finish
