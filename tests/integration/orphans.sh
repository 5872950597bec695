#!/bin/bash
# orphans.sh: with the journal gone, `rollback --orphans` finds by the markers what runs of the set left, shows it, and
# removes it, and nothing else: not what serves, not what somebody put there, not what the journal still knows.
source "$(dirname "$0")/lib.sh"
source "$here/paused-set.sh"

# die_without_journal PLACE: a run that is killed at PLACE, and its journal with it
die_without_journal()
{
    begin "$1" 60
    kill -9 "$pid"
    matswap_end
    pause_at
    rm -rf "$work/state"
}

marked="SELECT nspname, replace(obj_description(oid, 'pg_namespace'), 'matswap set=orphans run=', '')
          FROM pg_namespace WHERE obj_description(oid, 'pg_namespace') LIKE 'matswap %' ORDER BY 1"

# in_schemas: everything in the shadow schemas
in_schemas()
{
    sql "SELECT DISTINCT pg_describe_object(classid, objid, 0) FROM pg_depend
          WHERE refclassid = 'pg_namespace'::regclass AND deptype = 'n'
            AND refobjid IN (SELECT oid FROM pg_namespace WHERE nspname ~ '_(new|old)\$') ORDER BY 1"
}

# ---- a half-built generation ----
die_without_journal last
matswap run
exits "the next run" 2
run=$(sql "$marked" | sed -n 's/^public_new|\([^ ]*\) .*/\1/p')
says "it says whose it is and what, and how to go on" \
    "schema public_new holds what run $run of this set left, which the journal .*journal.db does not know: .*first.*; .matswap rollback --orphans. shows"
untouched "the refused run"
rm -rf "$work/state"

before=$(in_schemas)
matswap rollback --orphans
exits "without a terminal it only shows" 2
same "a table of all there is" "other_new $run incoming - -
public_new $run incoming \"first\" materialized view
public_new $run incoming plain view
public_new $run incoming \"second\" materialized view" \
    "$(grep incoming "$work/out" | sed -E 's/ +[^ ]+ +([0-9.]+ [a-zA-Z]+|-)$//; s/ +/ /g')"
says "with its size" "incoming +.first. +materialized view +~500 +[0-9]+ kB$" "$work/out"
says "and what would be done to each" "^  drop  materialized view public_new.\"first\" \(OID [0-9]+\)$" "$work/out"
says "to the schemas too" "^  drop  schema other_new$" "$work/out"
says "it says how to remove it" "nothing was removed; .matswap rollback --orphans --yes. removes"
same "nothing was removed" "$before" "$(in_schemas)"
[ ! -e "$work/state" ] && ok "no journal was made" || not_ok "a journal was made: $(ls -R "$work/state")"

matswap rollback --orphans < /dev/null
same "what is piped in is no answer" "$before" "$(in_schemas)"
script -qec "$MATSWAP -c $work/matswap.ini rollback --orphans" /dev/null <<< "n" > "$work/out" 2>&1
says "on a terminal it asks" "remove these\? \[y/N\]" "$work/out"
same "no is no" "$before" "$(in_schemas)"

matswap rollback --orphans --yes
exits "--yes" 0
same "nothing is left over" "" "$(leftovers)"
untouched "--yes"
same "the schema is as before" "$dump" "$(schema_dump)"
matswap rollback --orphans --yes
exits "once more" 0
says "says that there is nothing" "no run of set orphans has left anything"
matswap run
exits "the next run" 0
published "the run after it"

die_without_journal second
script -qec "$MATSWAP -c $work/matswap.ini rollback --orphans" /dev/null <<< "y" > "$work/out" 2>&1
same "yes on a terminal removes it" "" "$(leftovers)"
untouched "yes on a terminal"

# ---- what the journal knows is not an orphan ----
begin second 60
kill -9 "$pid"
matswap_end
pause_at
before=$(in_schemas)
matswap rollback --orphans --yes
exits "with the journal there" 0
says "the unfinished run is for rollback" "run .* is unfinished in the journal, and not shown: .matswap rollback. removes it"
same "it is not removed" "$before" "$(in_schemas)"
matswap rollback
exits "by which it goes" 0
same "completely" "" "$(leftovers)"
matswap run --keep-old
exits "a run that keeps the old generation" 0
matswap rollback --orphans --yes
exits "the kept generation is known" 0
same "and stays" "other_old public_old" "$(sql "SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace WHERE nspname ~ '_old\$'")"

# ---- an old generation that nobody knows any more ----
rm -rf "$work/state"
live=$(oids) serving=$(sql "$contents")
matswap rollback
exits "a rollback without the journal" 2
matswap rollback --orphans
says "a kept generation is shown as one" "^public_old .* outgoing, kept +.first." "$work/out"
matswap rollback --orphans --yes
exits "and removed" 0
same "with its schemas" "" "$(leftovers)"
untouched "the generation that serves is another"

# ---- what somebody else put there stays ----
die_without_journal last
sql "CREATE TABLE public_new.mine (x int)" "CREATE VIEW public_new.stranger AS SELECT 1 AS x" \
    "CREATE FUNCTION other_new.f() RETURNS int LANGUAGE sql AS 'SELECT 1'" \
    "CREATE STATISTICS public_new.of_first ON id, generation FROM public_new.first"
matswap rollback --orphans
says "a table is not ours" "table public_new.mine +not ours" "$work/out"
says "nor a view that the set has not" "view public_new.stranger +not ours" "$work/out"
says "nor a function" "function other_new.f\(\) +not ours" "$work/out"
says "its schema stays" "^  keep  schema public_new, for what is in it" "$work/out"
same "statistics go with their view" 0 "$(grep -c of_first "$work/out")"
matswap rollback --orphans --yes
exits "with strangers" 0
says "they are named" "warning: schema public_new is kept: it holds .*public_new.(mine|stranger)"
same "they are all that stays" "function other_new.f()
table public_new.mine
view public_new.stranger" "$(in_schemas)"
sql "DROP TABLE public_new.mine" "DROP VIEW public_new.stranger" "DROP FUNCTION other_new.f()"
matswap rollback --orphans --yes
same "once they are gone, the schemas go too" "" "$(leftovers)"

# A view that the files have and the database has not yet is the run's.
query_file newcomer.sql <<< "SELECT id FROM first"
die_without_journal last
wait_until 20 sql_says t "SELECT to_regclass('public_new.newcomer') IS NOT NULL"
matswap rollback --orphans --yes
same "a view that is new with that run is removed" "" "$(leftovers)"
rm "$work/queries/newcomer.sql"

# Somebody's view reads what is to go: no CASCADE.
die_without_journal last
sql "CREATE VIEW reader AS SELECT * FROM public_new.first"
before=$(in_schemas)
matswap rollback --orphans --yes
exits "somebody's view reads it" 2
says "it is named" "^matswap: view (public\.)?reader depends on public_new.\"?first\"?: nothing was removed"
says "and what to do with it" "drop it, or have it read the live views, then run the command again"
same "nothing is removed" "$before" "$(in_schemas)"
same "it is still there" 1 "$(sql "SELECT count(*) FROM pg_class WHERE relname = 'reader'")"
sql "DROP VIEW reader"
matswap rollback --orphans --yes
exits "without it" 0
same "all goes" "" "$(leftovers)"

# An outgoing schema under a marker of a run that did not swap, and one whose contents were put there since.
sql "CREATE SCHEMA public_old" "COMMENT ON SCHEMA public_old IS 'matswap set=orphans run=20260101T000000Z-000000 outgoing'" \
    "CREATE VIEW public_old.first AS SELECT 1 AS x"
matswap rollback --orphans --yes
says "what no swap moved out is not ours" "view public_old.first +not ours" "$work/out"
same "and stays" "view public_old.first" "$(in_schemas)"
sql "DROP SCHEMA public_old CASCADE"
# What a run has published is not an orphan of it, wherever somebody put it.
matswap run
last=$(sql "SELECT run FROM matswap.generation ORDER BY swapped_at DESC LIMIT 1")
sql "CREATE SCHEMA public_new" "COMMENT ON SCHEMA public_new IS 'matswap set=orphans run=$last incoming'" \
    "ALTER VIEW plain SET SCHEMA public_new"
matswap rollback --orphans --yes
says "what was published is not ours to drop" "view public_new.plain +not ours" "$work/out"
sql "ALTER VIEW public_new.plain SET SCHEMA public" "DROP SCHEMA public_new"

# ---- schemas made beforehand ----
sql "CREATE SCHEMA public_new" "COMMENT ON SCHEMA public_new IS 'for matswap'" "GRANT USAGE ON SCHEMA public_new TO PUBLIC"
die_without_journal last
matswap rollback --orphans
says "one made beforehand is to stay" "keep  schema public_new, made beforehand, without its marker" "$work/out"
matswap rollback --orphans --yes
exits "--yes with a schema made beforehand" 0
says "what cannot be put back is said, privileges by name" \
    "warning: schema public_new was made beforehand and stays, without the marker; what its comment was .*: USAGE to PUBLIC"
same "it is empty, unmarked, and there" "public_new|" "$(sql "SELECT nspname, obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname ~ '_(new|old)\$'")"
sql "DROP SCHEMA public_new"

# ---- at work, and killed ----
session_begin gate
session gate "SELECT pg_advisory_lock(7);" > /dev/null
begin second 0
mv "$work/state" "$work/away"
matswap rollback --orphans --yes
exits "beside a living run" 3
mv "$work/away" "$work/state"
kill -9 "$pid"
matswap_end
pause_at
rm -rf "$work/state"
# its worker still waits for the gate: the fence ends it
matswap rollback --orphans --yes
exits "with a worker of the dead run still at it" 0
same "the worker is gone, and what it made" "" "$(leftovers)"
session_end gate

die_without_journal last
session_begin holder
session holder "BEGIN; SELECT count(*) FROM public_new.first;" > /dev/null
matswap_begin rollback --orphans --yes
wait_until 20 sql_says 0 "SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE nspname = 'public_new' AND relname = 'second'" || not_ok "the views that are not held are not dropped"
kill -9 "$pid"
matswap_end
same "killed in the middle, part of it is left" "materialized view public_new.first" "$(in_schemas | grep first)"
session_end holder
matswap rollback --orphans --yes
exits "again" 0
same "finishes it" "" "$(leftovers)"
untouched "killed in the middle"

# ---- a damaged journal: only when it was moved away ----
begin last 60
kill -9 "$pid"
matswap_end
pause_at
rm "$work"/state/*-wal # else page 1 is read from there
head -c 8192 /dev/zero | tr '\0' x > "$work/state/journal.db"
matswap rollback --orphans --yes
exits "with a damaged journal" 1
says "it is to be moved away first" "journal .*journal.db is (not a journal|damaged).* move .*away.*rollback --orphans"
mkdir "$work/away"
mv "$work"/state/* "$work/away/"
matswap rollback --orphans --yes
exits "once it is away" 0
same "it is all removed" "" "$(leftovers)"
matswap rollback --yes
exits "--yes alone" 2
says "is a mistake" "yes answers for --orphans"
same "the schema is as at the start" "$dump" "$(schema_dump)"
finish
