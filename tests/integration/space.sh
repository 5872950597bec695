#!/bin/bash
# space.sh: how much disk a new generation takes, said by `plan` and `check` before it takes it; max_extra_space and the free
# space of file systems refuse; a file system that fills up during the build ends the run, and leaves nothing.
# own-cluster
source "$(dirname "$0")/lib.sh"

# A mount of its own, where that is allowed; it goes with the process, after its folder.
if [ -z "${SPACE_INSIDE:-}" ] && unshare -m true 2> /dev/null; then
    trap - EXIT
    rm -rf "$work"
    SPACE_INSIDE=yes exec unshare -m "$0"
fi

start_cluster --set autovacuum=off
fresh_database
server_user=$(stat -c %U "$PG_CLUSTER_HOME/data")

# folder NAME: one that the server may have a tablespace in
folder()
{
    mkdir "$work/$1"
    [ "$(id -u)" -ne 0 ] || chown "$server_user" "$work/$1"
}

# total RELATION...: bytes of each, with TOAST and indexes, summed
total()
{
    local relation list=
    for relation in "$@"; do list+="${list:+ + }pg_total_relation_size('$relation')"; done
    sql "SELECT $list"
}

# space FILTER: of the object that `plan --format=json` has
space()
{
    matswap plan --format=json "${@:2}"
    python3 -c 'import json, sys
space = json.load(sys.stdin)["space"]
places = {place["name"]: place for place in space["tablespaces"]}
views = {view["name"]: view["bytes"] for view in space["views"]}
value = eval(sys.argv[1])
print("null" if value is None else value)' "$1" < "$work/out"
}

# refused WHAT PATTERN: plan, check and run end with this, and have touched nothing
refused()
{
    local command before
    before=$(sql "$serving")
    for command in plan check run; do
        matswap $command
        exits "$1: $command refuses" 2
        says "$1: $command says why" "$2"
    done
    same "$1: nothing was touched" "$before" "$(sql "$serving")"
}

serving="SELECT string_agg(relnamespace::regnamespace::text || oid, ' ' ORDER BY oid) FROM pg_class WHERE relkind = 'm'"

# ---- the estimate

folder "fast"
sql "CREATE TABLESPACE \"Fast 1\" LOCATION '$work/fast'" \
    "CREATE TABLE source AS SELECT g AS id, md5(g::text) AS word FROM generate_series(1, 20000) AS g"
query_file big.sql << 'END'
CREATE MATERIALIZED VIEW big AS SELECT id, word, (SELECT string_agg(md5(id::text || n), '') FROM generate_series(1, 100) AS n
                                                   WHERE id < 50) AS toasted FROM source;
CREATE INDEX big_word ON big (word) TABLESPACE "Fast 1";
END
query_file small.sql <<< "SELECT count(*) AS n FROM big"
query_file shown.sql <<< "CREATE VIEW shown AS SELECT n FROM small"
config
matswap check
exits "check of what is not there yet" 0
says "says that nothing is known" "^space: not known before there is a generation to go by"
says "but how much is free" "^pg_default +- +- "
same "no size is a null" null "$(space 'views["big"]')"
matswap run
exits "the first run" 0
same "the new generation is as large as the live one" "$(total big small)" "$(space 'space["new_bytes"]')"
same "an index counts where it is" "$(total big_word)" "$(space 'places["Fast 1"]["new_bytes"]')"
same "and the rest in the database's own" "$(sql "SELECT pg_table_size('big') + pg_total_relation_size('small')")" \
    "$(space 'places["pg_default"]["new_bytes"]')"
same "views that hold rows, the largest first" "big,$(total big) small,$(total small)" \
    "$(space '" ".join(view["name"] + "," + str(view["bytes"]) for view in space["views"])')"
same "a part of the set takes its part" "$(total small)" "$(space 'space["new_bytes"]' --only small)"
same "without a server nothing is said" "" "$(matswap plan --offline --format=json; grep '^"space"' "$work/out")"
matswap check
same "check's standard output is for psql" "" "$(cat "$work/out")"
says "check has a table" '^"Fast 1" +[0-9.]+ MB +- '
says "with the folder" " $work/fast$"
says "and the WAL" '^about as much again is written to the WAL \(wal_level = replica\)'
matswap --quiet check
same "unless it is to be quiet" "" "$(cat "$work/err")"

query_file new.sql <<< "SELECT id FROM source"
same "a new view has no size" "null 1" "$(space 'str(views["new"]).replace("None", "null") + " " + str(space["unknown_views"])')"
sql "CREATE MATERIALIZED VIEW new AS SELECT 1 AS id WITH NO DATA"
same "nor has one that was never populated" null "$(space 'views["new"]')"
sql "DROP MATERIALIZED VIEW new"
sed -i '1i CREATE VIEW small AS' "$work/queries/small.sql"
same "a view that is to hold no rows any more takes nothing" "$(total big)" "$(space 'space["new_bytes"]')"
sed -i 1d "$work/queries/small.sql"
rm "$work/queries/new.sql"
cp "$work/queries/big.sql" "$work/big.sql"
sed -i 's/VIEW big AS/VIEW big TABLESPACE "Fast 1" AS/' "$work/queries/big.sql"
same "where the file wants it counts, not where the live one is" "$(total big)" "$(space 'places["Fast 1"]["new_bytes"]')"
cp "$work/big.sql" "$work/queries/big.sql"
mv "$work/queries/small.sql" "$work/queries/tiny.sql"
sed -i 's/small/tiny/' "$work/queries/shown.sql"
rules "[view tiny]" "renamed_from = small"
matswap check
exits "check of a renamed view" 0
same "it is measured by its old name" "" "$(grep "not counted" "$work/err")"
mv "$work/queries/tiny.sql" "$work/queries/small.sql"
sed -i 's/tiny/small/' "$work/queries/shown.sql"

# ---- max_extra_space

limit=$(($(total big small) / 1024))
config "max_extra_space = ${limit}kB"
matswap check
exits "as much as the limit" 0
config "max_extra_space = $((limit - 1))kB"
refused "more than the limit" "$work/matswap.ini: the new generation takes about [0-9.]+ MB beside the live one: more than max_extra_space = [0-9.]+ MB; by tablespace: pg_default [0-9.]+ MB, \"Fast 1\" [0-9.]+ MB; largest: public.big [0-9.]+ MB, public.small [0-9.]+ kB; raise max_extra_space"
matswap run --only small
exits "a part of the set may fit" 0
config "keep_old = yes"
matswap run
exits "an old generation is kept" 0
same "what is kept is told" "$(total public_old.big public_old.small)" "$(space 'space["kept_bytes"]')"
config "keep_old = yes" "max_extra_space = $((limit * 3 / 2))kB"
refused "a kept generation counts as well" "beside the live one, and the old generation that is kept [0-9.]+ MB: more than"
config "max_extra_space = $((limit * 2 + 1))kB"
matswap run
exits "until the next run, which does not keep one" 0
config "max_extra_space = ${limit}kB"
matswap run --until=built
exits "a run that stops" 0
sql "INSERT INTO source SELECT g, md5(g::text) FROM generate_series(20001, 30000) AS g"
config "max_extra_space = 1kB"
matswap resume
exits "goes on: what it has built is there already" 0

# ---- free space, where the server is here and may be asked

sql "CREATE ROLE watcher LOGIN" "GRANT ALL ON DATABASE \"$PGDATABASE\" TO watcher" "GRANT SELECT ON ALL TABLES IN SCHEMA matswap TO watcher" \
    "GRANT USAGE ON SCHEMA matswap TO watcher"
config "conninfo = user=watcher"
same "a role that may not see the data directory" "null True" \
    "$(space 'str(places["pg_default"]["free_bytes"]).replace("None", "null") + " " + str(places["Fast 1"]["free_bytes"] > 0)')"
matswap plan
says "is told how it may" "^free space is not known: role watcher may not see where the data directory is: GRANT pg_read_all_settings TO watcher" "$work/out"
sql "GRANT pg_read_all_settings TO watcher"
same "then it knows" True "$(space 'places["pg_default"]["free_bytes"] > 0')"
config

[ -d "$work/small" ] || folder small
if [ "${SPACE_INSIDE:-}" != yes ] || ! mount -t tmpfs -o size=24m,mode=755 tmpfs "$work/small" 2> /dev/null; then
    ok "full file systems # SKIP cannot mount"
    finish
fi
mkdir -m 700 "$work/small/server" "$work/small/state"
chown "$server_user" "$work/small/server"
sql "CREATE TABLESPACE small LOCATION '$work/small/server'" "TRUNCATE source" \
    "INSERT INTO source SELECT g, md5(g::text) FROM generate_series(1, 20000) AS g"
rm "$work"/queries/*
query_file here.sql <<< "CREATE MATERIALIZED VIEW here AS SELECT id FROM source WHERE id < 100"
query_file there.sql << 'END'
CREATE MATERIALIZED VIEW there TABLESPACE small AS SELECT id, word, repeat(word, 10) AS words FROM source;
CREATE INDEX there_words ON there (words) TABLESPACE small;
END
config
matswap run --drop-removed
exits "a view on a small disk" 0
free=$(stat -f -c '%a * %S' "$work/small")
same "its free space" "$((free))" "$(space 'places["small"]["free_bytes"]')"
refused "one more of that size does not fit" \
    "the file system of $work/small/server has [0-9.]+ [kM]B free, and the new generation takes about [0-9.]+ MB there: small [0-9.]+ MB; largest: public.there [0-9.]+ MB, public.here [0-9.]+ kB; free space there, move views to another tablespace"

# Seen from a container, what is behind the same socket is another host: folders of those names are others.
if unshare -pf --mount-proc true 2> /dev/null; then
    code=0
    unshare -pf --mount-proc "$MATSWAP" -c "$work/matswap.ini" check 2> "$work/err" || code=$?
    exits "in a container it is not refused" 0
    says "and says why nobody knows" "^free space is not known: the server is not on this host"
else
    ok "in a container # SKIP cannot make a process namespace"
fi

# ---- no room in the middle

sql "DROP MATERIALIZED VIEW there CASCADE" "DELETE FROM source WHERE id > 100" CHECKPOINT
matswap run
exits "a small view" 0
expected=$(sql "$serving")

# fills WHAT PATTERN: a run that fills the disk ends with this remedy, and leaves nothing
fills()
{
    matswap run
    exits "$1: the run ends" 1
    says "$1: with what the server says" "^ +[A-Z]*.*No space left on device"
    says "$1: and what to do" "$2"
    says "$1: the old generation serves" "ended +nothing was changed; the old generation serves"
    same "$1: it does, and nothing is left" "$expected|" "$(sql "$serving")|$(leftovers)"
    sql CHECKPOINT # dropped files go with it
}
remedy="the disk of tablespace small \\($work/small/server\\) is full: make room there, or move views to another one"

sql "INSERT INTO source SELECT g, md5(g::text) FROM generate_series(101, 100000) AS g"
fills "a view" "^matswap: $work/queries/there.sql:1: cannot execute .REFRESH MATERIALIZED VIEW .* for public.there; $remedy.*; the new generation takes about [0-9.]+ kB there"
sql "DELETE FROM source WHERE id > 45000"
fills "an index" "^matswap: $work/queries/there.sql:2: cannot execute .CREATE INDEX .* for public.there; $remedy"
rm "$work/queries/there.sql"
query_file sorted.sql <<< "SELECT id, word FROM source ORDER BY word, id DESC, repeat(word, 60)"
printf '%s\n' "[session]" "temp_tablespaces = small" "work_mem = 64kB" >> "$work/matswap.ini"
fills "a sort" "^matswap: .* for public.sorted; temporary files have filled the disk of tablespace small \\($work/small/server\\): make room there, set temp_tablespaces"
rm "$work/queries/sorted.sql"

# ---- the journal's disk, too

config
sed -i "s:^journal = .*:journal = small/state/journal.db:" "$work/matswap.ini"
sql "CREATE FUNCTION gate() RETURNS boolean LANGUAGE plpgsql AS
     'BEGIN PERFORM pg_advisory_lock_shared(7); PERFORM pg_advisory_unlock_shared(7); RETURN true; END'"
rm "$work/queries/here.sql" # the journal hears of nothing else while the view waits
query_file there.sql <<< "CREATE MATERIALIZED VIEW there TABLESPACE small AS SELECT id, word FROM source WHERE gate()"
session_begin gate
session gate "SELECT pg_advisory_lock(7);" > /dev/null
matswap_begin run
wait_until 20 sql_says 1 "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted" || not_ok "the run does not come to its gate"
dd if=/dev/zero of="$work/small/ballast" bs=4096 status=none 2> /dev/null
session gate "SELECT pg_advisory_unlock(7);" > /dev/null
matswap_end
exits "the journal's disk is full, too" 1
says "the view's error" "for public.there; $remedy"
says "and the journal's" "the journal $work/small/state/journal.db cannot be written: .*; free space on its file system"
same "the old generation serves" "$expected" "$(sql "$serving")"
rm "$work/small/ballast"
matswap run
exits "with room, the next run" 0
same "publishes, and nothing is left" "45000|" "$(sql "SELECT count(*) FROM there")|$(leftovers)"
"$PG_CLUSTER" stop "$own_cluster" --immediate
umount "$work/small"
finish
