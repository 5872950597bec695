# shellcheck shell=bash disable=SC2034,SC2154 # sourced: variables go in and out
# foreign-server.sh: a second server, that the views of a set read; to be sourced after lib.sh. It is a cluster of its own
# beside the one that PGHOST names, with a table `event` whose rows all say of which `generation` they are.
own_cluster=$work/remote
chmod 711 "$work"
mkdir -p "$own_cluster"

# remote TEXT...: as sql, over there
remote()
{
    (. "$own_cluster/env" && sql "$@")
}

remote_start()
{
    "$PG_CLUSTER" start "$own_cluster" > /dev/null || { not_ok "the second server starts"; exit 1; }
}

remote_start
remote "CREATE TABLE event AS SELECT g AS id, 1 AS generation FROM generate_series(1, 100) AS g"
fresh_database
remote_options="OPTIONS (host '$(. "$own_cluster/env" && echo "$PGHOST")', port '$(. "$own_cluster/env" && echo "$PGPORT")', dbname 'postgres')"
sql "CREATE EXTENSION postgres_fdw" \
    "CREATE SERVER events FOREIGN DATA WRAPPER postgres_fdw $remote_options" \
    "CREATE USER MAPPING FOR PUBLIC SERVER events OPTIONS (user 'postgres')" \
    "CREATE FOREIGN TABLE event (id int, generation int) SERVER events"
