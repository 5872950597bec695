# shellcheck shell=bash disable=SC2034,SC2154 # sourced: variables go in and out
# drive.sh: one driver (build/tests/faults/faults) with a server of its own; to be sourced, or executed to repeat a
# trial:
#
#   bash tests/faults/drive.sh --series run --point 123 --action kill --command run --seed 1
#
# BINDIR in the environment names another server (scripts/pg-versions), MATSWAP another program. The server, the
# journal and the work folder are in memory where there is some: trials are judged by what a dead process leaves, never
# by what a dead disk does, so nothing here has to wait for one.
set -uo pipefail
faults_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
faults_root=$(cd "$faults_here/../.." && pwd)
MATSWAP=${MATSWAP:-$faults_root/build/matswap}
PG_CLUSTER=${PG_CLUSTER:-$faults_root/scripts/pg-cluster}
faults_programs=$(dirname "$MATSWAP")/tests/faults

# drive ARGUMENT...: a server, a driver with these arguments, and both gone again
drive()
(
    unset PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS LD_PRELOAD
    memory=${TMPDIR:-/tmp}
    [ ! -d /dev/shm ] || [ ! -w /dev/shm ] || memory=/dev/shm
    work=$(mktemp -d "$memory/matswap-faults.XXXXXX")
    chmod 711 "$work"
    driver=
    trap '[ -z "$driver" ] || kill "$driver" 2> /dev/null; wait
          "$PG_CLUSTER" stop "$work/cluster" --immediate --remove > /dev/null 2>&1; rm -rf "$work"' EXIT
    trap 'exit 143' TERM INT
    "$PG_CLUSTER" start "$work/cluster" ${BINDIR:+--bindir "$BINDIR"} --set max_connections=30 \
        --set shared_buffers=32MB --set full_page_writes=off --set max_wal_size=256MB --set autovacuum_naptime=10s \
        > /dev/null ||
        { echo "not ok faults: the server starts"; exit 1; }
    . "$work/cluster/env"
    "$faults_programs/faults" --matswap "$MATSWAP" --library "$faults_programs/libfault_points.so" \
        --pg-cluster "$PG_CLUSTER" --cluster "$work/cluster" --work "$work" "$@" &
    driver=$!
    wait "$driver"
)

# drive_both ARGUMENT...: two drivers that share the work
drive_both()
{
    local one two status=0
    drive --shard 1/2 "$@" &
    one=$!
    drive --shard 2/2 "$@" &
    two=$!
    wait "$one" || status=1
    wait "$two" || status=1
    return $status
}

[ "${BASH_SOURCE[0]}" != "$0" ] || drive "$@"
