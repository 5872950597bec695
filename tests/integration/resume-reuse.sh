#!/bin/bash
# resume-reuse.sh: what a resumed run keeps of what it had built, what it builds again and why, under which snapshot;
# and that dying while resuming is no different from dying while building.
source "$(dirname "$0")/lib.sh"
source "$here/paused-set.sh"

# Reads what is built before it and the source: the generation found there tells the snapshots apart.
query_file late.sql << 'EOF2'
CREATE MATERIALIZED VIEW late AS
SELECT n, (SELECT min(generation) FROM source) AS generation FROM other.last WHERE (SELECT pause('late'));
EOF2
matswap run
exits "a run with a late view" 0

incoming="'public_new', 'other_new'" live_schemas="'public', 'other'"
# oids_in SCHEMAS [NAME]...: of all views there, or of these
oids_in()
{
    local names
    printf -v names "'%s'," "${@:2}"
    sql "SELECT string_agg(relname || '=' || oid, ' ' ORDER BY relname) FROM pg_class
          WHERE relnamespace::regnamespace::text IN ($1) AND relkind IN ('m', 'v')
            AND (${#} = 1 OR relname IN (${names%,}))"
}

# coordinates: each view of the newest generation with the rank of its snapshot's time, the oldest being 1
coordinates()
{
    sql "SELECT string_agg(name || '=' || rank, ' ' ORDER BY name)
           FROM (SELECT v ->> 'name' AS name,
                        dense_rank() OVER (ORDER BY coalesce((v ->> 'snapshot_at')::timestamptz, g.snapshot_at)) AS rank
                   FROM (SELECT * FROM matswap.generation ORDER BY swapped_at DESC LIMIT 1) AS g,
                        jsonb_array_elements(g.views) AS v) AS r"
}
# own_coordinates: how many views say one, and how many of these a newer one than their row
own_coordinates()
{
    sql "SELECT count(*) FILTER (WHERE v ? 'snapshot' AND v ? 'wal_lsn' AND v ? 'snapshot_at'),
                count(*) FILTER (WHERE v ? 'snapshot' AND (v ->> 'wal_lsn')::pg_lsn > g.wal_lsn)
           FROM (SELECT * FROM matswap.generation ORDER BY swapped_at DESC LIMIT 1) AS g,
                jsonb_array_elements(g.views) AS v"
}
# journal TEXT: what SQLite says
journal()
{
    python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print("|".join(map(str, row)))' \
        "$work/state/journal.db" "$1"
}

die()
{
    kill -9 "$pid"
    matswap_end
}
# killed_in PLACE [ARGUMENT]...: a run that dies there; the source has changed when it is resumed
killed_in()
{
    begin "$1" 60 "${@:2}"
    die
    pause_at
    next_source
}
# resuming_in VIEW: `resume`, until it is asleep there; a worker of the run that died may be asleep elsewhere
resuming_in()
{
    pause_at "$1" 60
    matswap_begin resume
    wait_until 20 sql_says t "$sleeping AND application_name LIKE '%.$1'" || not_ok "resume does not reach $1: $(cat "$work/err")"
}
resumed()
{
    exits "$1" 0
    same "$1: nothing is left over" "" "$(leftovers)"
}

# ---- what stays ----
killed_in late
kept=$(oids_in "$incoming" first second plain last)
matswap status
says "status of a killed run shows what it has" "last\" +complete" "$work/out"
matswap resume
resumed "killed in the last view"
says "it says what stays" \
    "resume +run .* goes on: 4 of 5 views are reused \(snapshot [0-9:,]+ of 20.*Z\), 1 to be built under a new"
says "and each view of it" "reused +public.\"second\" +500 rows"
says "and both coordinates" "snapshots +4 of 5 views: snapshot"
says "and both coordinates, the second too" "snapshots +1 of 5 views: snapshot"
same "the views that were built are those that serve" "$kept" "$(oids_in "$live_schemas" first second plain last)"
same "their contents are of the first snapshot" "$(whole $((generation - 1)))" "$(sql "$contents")"
same "those of the last view of the second" "500|$generation" "$(sql "SELECT n, generation FROM late")"
same "matswap.generation has two coordinates" "first=1 last=1 late=2 plain=1 second=1" "$(coordinates)"
same "only the older ones stand with their views" "4|0" "$(own_coordinates)"
same "so has the journal" "4|1" "$(journal "SELECT count(snapshot_at), sum(snapshot_at IS NULL) FROM view
    WHERE run_id = (SELECT max(id) FROM run)")"

killed_in late --jobs 1
kept=$(oids_in "$incoming" first second plain last)
same "with one connection nothing is vacuumed yet" "first=indexed last=indexed plain=complete second=indexed" \
    "$(journal "SELECT group_concat(name || '=' || status, ' ') FROM (SELECT name, status FROM view
        WHERE run_id = (SELECT max(id) FROM run) AND name <> 'late' ORDER BY name)")"
matswap resume
resumed "killed before the first VACUUM"
same "such views stay, too" "$kept" "$(oids_in "$live_schemas" first second plain last)"
same "and get their VACUUM" "t|t" \
    "$(sql "SELECT (SELECT relallvisible > 0 FROM pg_class WHERE oid = 'first'::regclass),
                   (SELECT relallvisible > 0 FROM pg_class WHERE oid = 'second'::regclass)")"

killed_in index
kept=$(oids_in "$incoming" first)
half=$(oids_in "$incoming" second)
matswap resume
resumed "killed in an index"
same "what had all its indexes stays" "$kept" "$(oids_in "$live_schemas" first)"
[ "$half" != "$(oids_in "$live_schemas" second)" ] || not_ok "a view without its indexes stays"
same "and the indexes are there" 2 "$(sql "SELECT count(*) FROM pg_index WHERE indrelid = 'second'::regclass")"

killed_in first
matswap resume
resumed "killed in the first view"
says "nothing was complete" "starts over: none of its views is complete"
same "one coordinate" "first=1 last=1 late=1 plain=1 second=1" "$(coordinates)"

# ---- --strict ----
killed_in late
kept=$(oids_in "$incoming" first second plain last)
matswap resume --strict
resumed "--strict"
says "--strict starts over" "starts over: 1 of its 5 views would be built under a second snapshot"
same "--strict: one coordinate" "first=1 last=1 late=1 plain=1 second=1" "$(coordinates)"
same "--strict: contents of one snapshot" "$(whole $generation)" "$(sql "$contents")"
! grep -qwE "${kept// /|}" <<< "$(oids_in "$live_schemas")" || not_ok "--strict keeps a view"

next_source
matswap run --until=validated
kept=$(oids_in "$incoming")
next_source
matswap resume --strict
resumed "--strict of a complete generation"
same "which is of one snapshot already" "$kept" "$(oids_in "$live_schemas")"

# ---- what has changed since ----
second=$(cat "$work/queries/second.sql") late=$(cat "$work/queries/late.sql")
killed_in late
kept=$(oids_in "$incoming" first)
sed -i 's/SELECT id, generation FROM first/SELECT id, generation, id AS again FROM first/' "$work/queries/second.sql"
matswap resume
resumed "a changed file"
says "a changed file is named" "rebuild +public.\"second\": its SQL, or a setting"
says "so is what reads it" "rebuild +public.plain: it reads public.\"second\""
same "the others stay" "$kept" "$(oids_in "$live_schemas" first)"
same "the change is there" 500 "$(sql "SELECT count(again) FROM second")"
same "two coordinates" "first=1 last=2 late=2 plain=2 second=2" "$(coordinates)"
next_source
matswap run --until=validated
kept=$(oids_in "$incoming" first)
cat > "$work/queries/second.sql" <<< "$second"
matswap resume
resumed "a file that changed after the validation"
same "what it does not touch stays" "$kept" "$(oids_in "$live_schemas" first)"
same "its change is there, too" 0 \
    "$(sql "SELECT count(*) FROM pg_attribute WHERE attrelid = 'second'::regclass AND attname = 'again'")"

killed_in late
kept=$(oids_in "$incoming")
query_file late.sql <<< "SELECT no_such_column FROM other.last"
matswap resume
exits "a mistake in a changed file" 2
says "the run is left as it is" "run .* is left as it is; .matswap resume. goes on"
same "and so is what it has built" "$kept" "$(oids_in "$incoming")"
printf '%s\n' "$late" > "$work/queries/late.sql"
matswap resume
resumed "the mistake mended"
same "nothing was lost by it" "$kept" "$(oids_in "$live_schemas" first second plain last)"

query_file removed.sql <<< "SELECT count(*) AS n FROM source"
killed_in late
kept=$(oids_in "$incoming" first second plain last)
rm "$work/queries/removed.sql"
query_file added.sql <<< "SELECT count(*) AS n FROM first"
matswap resume
resumed "a removed and an added file"
same "what they do not touch stays" "$kept" "$(oids_in "$live_schemas" first second plain last)"
same "the one is gone, the other there" "|added" "$(sql "SELECT to_regclass('removed'), to_regclass('added')")"
sql "DROP MATERIALIZED VIEW added"
rm "$work/queries/added.sql"

killed_in late
config "jobs = 2" "[session]" "work_mem = 8MB"
matswap resume
resumed "another [session]"
says "another [session] keeps nothing" "starts over: none of its views"
config "jobs = 2"

killed_in late
kept=$(oids_in "$incoming" first)
config "jobs = 2" "[view second]" "sums = id"
matswap resume
resumed "other sums"
same "other sums: the others stay" "$kept" "$(oids_in "$live_schemas" first)"
same "the sum is measured" 125250 "$(sql "SELECT v -> 'totals' ->> 'id'
    FROM matswap.generation AS g, jsonb_array_elements(views) AS v
    WHERE v ->> 'name' = 'second' ORDER BY g.swapped_at DESC LIMIT 1")"
config "jobs = 2"

matswap run --until=validated
live=$(oids)
config "jobs = 2" "[view second]" "min_rows = 501"
matswap resume
exits "a rule that changed after the validation is judged" 5
same "and nothing is published" "$live" "$(oids)"
config "jobs = 2"
matswap run --until=validated
kept=$(oids_in "$incoming")
config "jobs = 2" "[view second]" "min_rows = 500"
matswap resume
resumed "a rule that changed and holds"
says "it is judged" "second\" +rows: min_rows" "$work/out"
same "nothing is built again for it" "$kept" "$(oids_in "$live_schemas")"
config "jobs = 2"

killed_in late
config "jobs = 2" "suffix_new = _next"
matswap resume
resumed "another suffix"
says "another suffix starts over" "starts over: the schemas of the set"
same "and leaves nothing of the old one" "" "$(sql "SELECT nspname FROM pg_namespace WHERE nspname ~ '_next$'")"
config "jobs = 2"

sql "DROP ROLE IF EXISTS it_reuse" "CREATE ROLE it_reuse"
killed_in late
sql "GRANT SELECT ON second TO it_reuse"
matswap resume
resumed "a grant in between"
says "a grant on the live view starts over" "starts over: the live views, their privileges"
same "and is taken along" t "$(sql "SELECT has_table_privilege('it_reuse', 'second', 'SELECT')")"
sql "REVOKE ALL ON second FROM it_reuse" "DROP ROLE it_reuse"

# ---- what somebody did to what was built ----
killed_in late
kept=$(oids_in "$incoming" first second)
sql "DROP MATERIALIZED VIEW other_new.last"
matswap resume
resumed "a built view was dropped"
says "it is missed" "rebuild +other.\"last\": what was built is not there"
same "what it does not touch stays" "$kept" "$(oids_in "$live_schemas" first second)"

killed_in late
sql "DROP MATERIALIZED VIEW other_new.last" "CREATE TABLE other_new.last AS SELECT 7 AS n, 7 AS generation"
matswap resume
exits "an impostor" 2
says "an impostor is refused by name" "other_new .* holds table other_new.last, which that run did not build"
sql "ALTER TABLE other_new.last SET SCHEMA public" "ALTER TABLE last RENAME TO impostor"
matswap resume
resumed "an impostor that was moved away"
sql "DROP TABLE impostor"

killed_in late
kept=$(oids_in "$incoming" first second)
sql "CREATE OR REPLACE VIEW public_new.plain AS SELECT id, -1 AS generation FROM public_new.second"
matswap resume
resumed "a built view was replaced"
says "it is noticed" "rebuild +public.plain: its SQL means something else"
same "what it does not touch stays" "$kept" "$(oids_in "$live_schemas" first second)"
same "and the contents are right" "$(whole $((generation - 1)))" "$(sql "$contents")"

killed_in late
sql "REFRESH MATERIALIZED VIEW public_new.second WITH NO DATA"
matswap resume
resumed "a built view was emptied"
says "it is missed, too" "rebuild +public.\"second\": what was built is not there"

# ---- dying while resuming ----
killed_in second
first_kept=$(oids_in "$incoming" first)
resuming_in late
die
kept=$(oids_in "$incoming" second plain last)
pause_at
next_source
matswap resume
resumed "killed while resuming"
says "of several snapshots" "4 of 5 views are reused \(of several snapshots\)"
same "all of them stay" "$first_kept $kept" "$(oids_in "$live_schemas" first) $(oids_in "$live_schemas" second plain last)"
same "three coordinates" "first=1 last=2 late=3 plain=2 second=2" "$(coordinates)"
same "status of the newest is the row's" "4|0" "$(own_coordinates)"

live=$(oids)
for command in run rollback "resume --strict"; do
    killed_in second
    resuming_in late
    die
    pause_at
    matswap $command
    exits "killed while resuming, then $command" 0
    same "killed while resuming, then $command: nothing is left over" "" "$(leftovers)"
done

# A file that changes makes resuming drop, plan anew and build; it dies after each thing that it says.
matswap run
for pattern in "resume " "reused .*first" "rebuild .*second" "snapshot " "built .*second" "built .*plain" "snapshots" \
    "swapped"; do
    for command in resume run; do
        killed_in late
        sed -i "s/generation FROM first/& AS \"$pattern $command\"/" "$work/queries/second.sql"
        matswap_begin resume --verbose
        wait_until 20 grep -q "$pattern" "$work/err"
        kill -9 "$pid" 2> /dev/null
        matswap_end
        cat > "$work/queries/second.sql" <<< "$second"
        matswap $command
        [ "$code" = 0 ] && [ -z "$(leftovers)" ] && [ "$(sql "SELECT count(*) FROM second")" = 500 ] ||
            not_ok "resume killed after '$pattern', then $command: exit $code, leftovers: $(leftovers)
$(cat "$work/err")"
    done
done
ok "resume killed after each thing that it says"

# ---- back to a generation of two snapshots ----
config "jobs = 2" "keep_old = yes"
matswap run
killed_in late
matswap resume
two="SELECT v ->> 'name', coalesce((v ->> 'snapshot_at')::timestamptz, g.snapshot_at),
            coalesce(v ->> 'snapshot', g.snapshot::text)
       FROM (SELECT * FROM matswap.generation ORDER BY swapped_at DESC LIMIT 1) AS g,
            jsonb_array_elements(g.views) AS v ORDER BY 1"
before=$(sql "$two")
same "a kept generation of two snapshots" "first=1 last=1 late=2 plain=1 second=1" "$(coordinates)"
matswap run
matswap rollback
exits "rollback to it" 0
same "it has its coordinates again" "$before" "$(sql "$two")"
same "only the older ones stand with their views" "4|0" "$(own_coordinates)"

# ---- a rollback that died ----
live=$(oids)
kept=$(oids_in "'public_old', 'other_old'")
session_begin reader
session reader "BEGIN; SELECT count(*) FROM second;" > /dev/null
matswap_begin rollback
wait_until 20 sql_says t "$waiting_for_locks" || not_ok "the rollback does not wait: $(cat "$work/err")"
die
session_end reader
same "a rollback that was killed has not swapped" "$live" "$(oids)"
matswap resume
exits "resume of a killed rollback" 0
same "it swaps back what was kept" "$kept" "$(oids_in "$live_schemas")"
matswap rollback
exits "and back again" 0
same "and back again: the views" "$live" "$(oids)"
finish
