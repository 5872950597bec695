#!/bin/bash
# sets.sh: two sets that share a schema take turns, with suffixes of their own they run side by side; suffixes, keep_old
# and views that move from one set to the other.
source "$(dirname "$0")/lib.sh"

fresh_database
sql "CREATE TABLE source AS SELECT g AS id FROM generate_series(1, 50) AS g" "CREATE SCHEMA other"
mkdir -p "$work/a/queries/" "$work/b/queries/"
gate="SELECT id FROM source, (SELECT pg_advisory_xact_lock_shared(4712)) AS gate"
echo "$gate" > "$work/a/queries/a.sql"
echo "SELECT count(*) AS n FROM other.deep, source" > "$work/a/queries/a2.sql"
echo "SELECT id FROM source" > "$work/a/queries/other.deep.sql"
echo "SELECT id FROM source" > "$work/b/queries/b.sql"
echo "CREATE MATERIALIZED VIEW b2 AS SELECT count(*) AS n FROM public.b; CREATE UNIQUE INDEX ON b2 (n);" > "$work/b/queries/b2.sql"

# set_config SET [LINE]...
set_config()
{
    printf '%s\n' "[matswap]" "set = set_$1" "queries = queries" "journal = journal.db" "${@:2}" > "$work/$1/matswap.ini"
}

# in_set SET ARGUMENT...: as `matswap`
in_set()
{
    code=0
    "$MATSWAP" -c "$work/$1/matswap.ini" "${@:2}" > "$work/out" 2> "$work/err" < /dev/null || code=$?
}

# begin SET ARGUMENT...: in the background, until it waits at the gate
begin()
{
    "$MATSWAP" -c "$work/$1/matswap.ini" "${@:2}" > "$work/begun.out" 2> "$work/begun.err" < /dev/null &
    pid=$!
    wait_until 20 sql_says t "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'matswap/set_$1/%' AND wait_event = 'advisory'" ||
        not_ok "set $1 does not build"
}

all()
{
    sql "SELECT c.oid::regclass::text COLLATE \"C\" FROM pg_class AS c WHERE c.relkind = 'm' ORDER BY 1" | xargs
}

set_config a
set_config b
in_set a run
exits "the first run of one set" 0
in_set b run
exits "and of the other" 0
same "both are there" "a a2 b b2 other.deep" "$(all)"

# ---- taking turns

session_begin gate
session gate "SELECT pg_advisory_lock(4712);" > /dev/null
begin a run
for command in run check "run --dry-run"; do
    in_set b $command
    exits "beside the other set: $command exits with 3" 3
    says "$command names schema and holder" '^matswap: the schema public_new is held by another run: matswap process [0-9]+ of the set set_a on host [^ ]+ since [0-9-]+ [0-9:]+ [^ ]+ \(server process [0-9]+, role [^ ]+\)'
done
in_set b status
exits "its status can be asked for" 0
before=$(sql "SELECT 'b'::regclass::oid")
session gate "SELECT pg_advisory_unlock(4712);" > /dev/null
matswap_end
exits "the first ends well" 0
in_set b run
exits "then it is the other's turn" 0
[ "$before" != "$(sql "SELECT 'b'::regclass::oid")" ] && ok "which swaps" || not_ok "b was not swapped"
same "nothing is left over" "" "$(leftovers)"

# What one leaves unfinished is not the other's to remove.
in_set a run --until=built
exits "a run stops half-way" 0
in_set b run
exits "the other set is refused" 2
says "with the set that the schema belongs to" '^matswap: schema public_new belongs to set set_a; let that set.s run finish'
in_set b resume
exits "and has nothing to resume" 0
in_set b rollback
exits "nor to roll back" 2
in_set a resume
exits "the first goes on" 0
in_set a run --keep-old
exits "keeps its old generation" 0
in_set b run
exits "which is in the way of the other" 2
says "by name" '^matswap: schema public_old belongs to set set_a'
in_set a rollback
exits "until the first comes back" 0
in_set a run
exits "and runs without" 0
in_set b run
exits "so that the other can" 0
same "nothing is left over of either" "" "$(leftovers)"

# ---- side by side

set_config b "suffix_new = _b_next" "suffix_old = _b_last" "keep_old = yes"
session gate "SELECT pg_advisory_lock(4712);" > /dev/null
begin a run
before=$(sql "SELECT 'a'::regclass::oid")
in_set b run
exits "with suffixes of its own it runs beside the other" 0
same "while that is at work" "$before" "$(sql "SELECT 'a'::regclass::oid")"
kill -0 $pid 2> /dev/null && ok "which still builds" || not_ok "set a has ended"
same "its old generation is under its suffix" "50" "$(sql "SELECT count(*) FROM public_b_last.b")"
same "by search_path, too" "2500" "$(sql "INSERT INTO source SELECT 51" "SET search_path = public_b_last, public" "SELECT n * 50 FROM b2")"
session gate "SELECT pg_advisory_unlock(4712);" > /dev/null
matswap_end
exits "the other ends well" 0
in_set b run
exits "the next run, too" 0
same "replaces the kept generation" "50|51" "$(sql "SELECT (SELECT count(*) FROM public_b_last.b), (SELECT n FROM b2)")"
in_set b rollback
exits "the kept generation comes back" 0
same "all of it" "50" "$(sql "SELECT n FROM b2")"
set_config b "suffix_new = _b_next" "suffix_old = _b_last"
in_set b run
exits "without keep_old" 0
same "nothing is left of it" "public" "$(sql "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'public%'")"

# Both at once, often.
for ((n = 0; n < 4; n++)); do
    "$MATSWAP" -c "$work/b/matswap.ini" run > "$work/b.out" 2> "$work/b.err" < /dev/null & b=$!
    in_set a run
    exits "one of two at once ($n)" 0
    code=0; wait $b || code=$?
    cp "$work/b.err" "$work/err"
    exits "the other of two at once ($n)" 0
done
# The first runs of both, where there is no schema matswap either.
sql "DROP SCHEMA matswap CASCADE" "DROP MATERIALIZED VIEW a, a2, b, b2, other.deep"
"$MATSWAP" -c "$work/b/matswap.ini" run > "$work/b.out" 2> "$work/b.err" < /dev/null & b=$!
in_set a run
exits "one of two first runs at once" 0
code=0; wait $b || code=$?
cp "$work/b.err" "$work/err"
exits "the other of two first runs at once" 0
same "both are there again" "a a2 b b2 other.deep" "$(all)"
# The narrowest moment of that: the other's CREATE is done and not yet committed.
sql "DROP SCHEMA matswap CASCADE"
session gate "BEGIN; CREATE SCHEMA matswap;" > /dev/null
"$MATSWAP" -c "$work/b/matswap.ini" run > "$work/out" 2> "$work/err" < /dev/null & b=$!
wait_until 10 sql_says t "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'matswap/set_b/%' AND wait_event_type = 'Lock'" ||
    not_ok "the run does not wait"
session gate "COMMIT;" > /dev/null
code=0; wait $b || code=$?
exits "a first run that met another's at CREATE SCHEMA" 0

set_config b "suffix_new = _x" "suffix_old = _x"
in_set b run
exits "one suffix for both is refused" 2
says "by name" 'matswap\.ini:1: suffix_new and suffix_old are both _x'

# A view that one set reads and the other makes follows as what it is: not rebound, refused by name.
set_config b
echo "SELECT count(*) AS n FROM a" > "$work/b/queries/b2.sql"
in_set b run
exits "a set may read another's view" 0
in_set a run
exits "which then can't be swapped by itself" 2
says "by name" '^matswap: materialized view public\.b2 reads public\.a and is not part of the set'
mv "$work/b/queries/"*.sql "$work/a/queries/"
in_set a run
exits "until both are in one set" 0
same "nothing is left over at the end" "" "$(leftovers)"
session_end gate
finish
