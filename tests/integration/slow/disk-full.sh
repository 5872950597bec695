#!/bin/bash
# disk-full.sh: the server's only disk fills up, WAL and all, at several places of a run. Sometimes the server refuses a
# statement, sometimes it panics: the old generation serves as soon as the server does, and the next run is a clean one.
# own-cluster
source "$(dirname "$0")/../lib.sh"

# A mount of its own, where that is allowed; it goes with the process, after its folder.
if [ -z "${DISK_FULL_INSIDE:-}" ] && unshare -m true 2> /dev/null; then
    trap - EXIT
    rm -rf "$work"
    DISK_FULL_INSIDE=yes exec unshare -m "$0"
fi
mkdir "$work/disk"
chmod 711 "$work"
if [ "${DISK_FULL_INSIDE:-}" != yes ] || ! mount -t tmpfs -o size=420m,mode=755 tmpfs "$work/disk" 2> /dev/null; then
    ok "a full data directory # SKIP cannot mount"
    finish
fi
own_cluster=$work/disk/cluster
shm_remedy='shared memory \(/dev/shm\) is full: make it larger \(docker run --shm-size=1g\), or have max_parallel_workers_per_gather = 0'
config "reconnect_timeout = 2s" "jobs = 2"
serving="SELECT string_agg(oid::text || relname, ' ' ORDER BY oid) FROM pg_class WHERE relkind = 'm' AND relnamespace = 'public'::regnamespace"

serve()
{
    "$PG_CLUSTER" start "$own_cluster" --set max_wal_size=64MB --set min_wal_size=32MB --set autovacuum=off > /dev/null ||
        { not_ok "the server does not start: $(tail -n 3 "$PG_CLUSTER_LOG")"; exit 1; }
    . "$own_cluster/env"
    export PGDATABASE=postgres PGOPTIONS='-c client_min_messages=warning'
}

# leave KILOBYTES: of the disk
leave()
{
    sql CHECKPOINT
    fallocate -l $(($(stat -f -c '%a * %S' "$work/disk") / 1024 - $1))k "$work/disk/ballast"
}

panics=0
# with_room_for KILOBYTES: a run of a set that has grown to more than that
with_room_for()
{
    local what="$1 kB are left"
    rm -rf "$work/state" "$work/queries"
    serve
    sql "CREATE TABLE source AS SELECT g AS id, md5(g::text) AS word FROM generate_series(1, 20000) AS g"
    query_file first.sql <<< "CREATE MATERIALIZED VIEW first AS SELECT id, word FROM source WHERE id % 10 = 0"
    query_file second.sql <<< "CREATE MATERIALIZED VIEW second AS SELECT id, word, repeat(word, 4) AS words FROM source;
CREATE INDEX second_words ON second (words, word);"
    query_file third.sql <<< "CREATE MATERIALIZED VIEW third AS SELECT count(*) AS n FROM second"
    matswap run
    exits "$what: a first run" 0
    expected=$(sql "$serving")
    sql "INSERT INTO source SELECT g, md5(g::text) FROM generate_series(20001, 600000) AS g"
    leave "$1"
    matswap run
    exits "$what: the run ends" 1
    says "$what: it says why" "No space left|wrote only|server closed the connection unexpectedly"
    rm "$work/disk/ballast"
    ! grep -q PANIC "$PG_CLUSTER_LOG" || { panics=$((panics + 1)); sed -n 's/.*PANIC/# the server: PANIC/p' "$PG_CLUSTER_LOG"; }
    serve
    same "$what: the old generation serves" "$expected" "$(sql "$serving")"
    # what a panic leaves of uncommitted relations stays on the disk for ever: PostgreSQL doesn't look for it
    sql "DELETE FROM source WHERE id > 40000"
    matswap run
    exits "$what: with room, the next run" 0
    same "$what: publishes" "40000|4000" "$(sql "SELECT n, (SELECT count(*) FROM first) FROM third")"
    same "$what: nothing is left over" "" "$(leftovers)"
    "$PG_CLUSTER" stop "$own_cluster" --immediate --remove
}

for room in 9000 14000 18000 30000 50000 70000 90000; do
    with_room_for "$room"
done
echo "# the server has panicked $panics times"

# ---- shared memory, of which containers have 64 MB

mount -t tmpfs -o size=2m,mode=1777 tmpfs /dev/shm
rm -rf "$work/state" "$work/queries"
serve
sql "CREATE TABLE source AS SELECT g AS id, md5(g::text) AS word FROM generate_series(1, 200000) AS g" "ANALYZE source"
query_file joined.sql <<< "SELECT a.id, count(*) AS n FROM source AS a JOIN source AS b USING (word) GROUP BY a.id"
config
printf '%s\n' "[session]" "min_parallel_table_scan_size = 0" "parallel_setup_cost = 0" "parallel_tuple_cost = 0" \
    "work_mem = 64MB" "enable_mergejoin = off" "max_parallel_workers_per_gather = 2" >> "$work/matswap.ini"
matswap run
exits "no room in /dev/shm: the run ends" 1
says "it says what to do" "for public.joined; $shm_remedy"
sed -i 's/^max_parallel_workers_per_gather = 2/max_parallel_workers_per_gather = 0/' "$work/matswap.ini"
matswap run
exits "which helps" 0
"$PG_CLUSTER" stop "$own_cluster" --immediate --remove
umount "$work/disk" /dev/shm
finish
