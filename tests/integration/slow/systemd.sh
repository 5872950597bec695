#!/bin/bash
# systemd.sh: the units at work under a systemd of their own, in namespaces of their own: hardened, with a password from a
# credential, reloaded, hanging, stopped in the middle of a build. Skipped where no such namespaces can be made.
# own-cluster
source "$(dirname "$0")/../lib.sh"

skip()
{
    echo "ok $name: # SKIP $*"
    exit 0
}
[ "$(id -u)" -eq 0 ] || skip "not root"
systemd=/lib/systemd/systemd
[ -x "$systemd" ] || skip "no systemd"

start_cluster
chmod 711 "$own_cluster/socket"
sed -i '1i local all matswap scram-sha-256' "$own_cluster/data/pg_hba.conf"
sql "SELECT pg_reload_conf()" "CREATE ROLE matswap LOGIN PASSWORD 'only for this test'" > /dev/null
sql "CREATE DATABASE shop OWNER matswap"
export PGDATABASE=shop

# ---- units: ours, and as little as they need around them ----
units=$work/units
mkdir "$units" "$work/cgroup" "$work/socket" "$work/etc"
for target in sysinit basic shutdown multi-user network-online timers sockets slices paths default; do
    printf '[Unit]\nDescription=%s\nDefaultDependencies=no\n' $target > "$units/$target.target"
done
cp "$(dirname "$MATSWAP")"/examples/matswap*.service "$root"/examples/systemd/*.timer "$units"
sed -i -e 's|^ExecStart=[^ ]*|ExecStart=/opt/matswap|' -e 's|every=15min --jitter=30s|every=1d|' \
    -e 's|^#LoadCredential|LoadCredential|' -e 's|^#Environment=PGPASSFILE|Environment=PGPASSFILE|' \
    -e 's|^WatchdogSec=.*|WatchdogSec=2s|' -e 's|^RestartSec=.*|RestartSec=1s|' \
    -e 's|^\[Service\]|&\nStandardOutput=append:/run/out\nStandardError=append:/run/err|' "$units"/*.service

# ---- a place for them ----
# A cgroup first, so that its namespace can begin there.
cat > "$work/outer" << EOF
set -e
mount -t cgroup2 none "$work/cgroup"
mkdir "$work/cgroup/matswap-$$"
echo \$\$ > "$work/cgroup/matswap-$$/cgroup.procs"
umount "$work/cgroup"
exec unshare --cgroup sh "$work/inner"
EOF
cat > "$work/inner" << EOF
set -e
umount -R /sys/fs/cgroup || true
mount -t cgroup2 none /sys/fs/cgroup
mount --bind "$own_cluster/socket" "$work/socket"
mount -t tmpfs none /run
mkdir -p /run/lock /run/postgresql
mount --move "$work/socket" /run/postgresql
mount -t tmpfs none /var/lib
mount -t tmpfs none /opt
cp "$MATSWAP" /opt/matswap
mount -t tmpfs none "$work/etc"
mkdir "$work/etc/upper" "$work/etc/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$work/etc/upper,workdir=$work/etc/work" /etc
echo 'matswap:x:987:987::/var/lib/matswap:/usr/sbin/nologin' >> /etc/passwd
echo 'matswap:x:987:' >> /etc/group
mkdir -p /etc/matswap/queries
printf '[matswap]\nset = shop\nconninfo = host=/run/postgresql port=$PGPORT dbname=shop user=matswap\nqueries = queries\n' \
    > /etc/matswap/shop.ini
echo 'SELECT 1 AS id WHERE (SELECT pg_advisory_xact_lock_shared(7)) IS NOT NULL' > /etc/matswap/queries/v.sql
echo '*:*:*:matswap:only for this test' > /etc/matswap/shop.pgpass
chmod 600 /etc/matswap/shop.pgpass
mount --make-rshared /
touch /run/made
export container=test SYSTEMD_UNIT_PATH="$units"
exec $systemd --system --unit=default.target --log-target=console --show-status=no
EOF
unshare --kill-child --mount --pid --fork --mount-proc --ipc --uts sh "$work/outer" > "$work/init" 2>&1 < /dev/null &
outside=$!
inside()
{
    nsenter -t "$(pgrep -P $outside)" --mount --pid --cgroup --ipc "$@"
}
remove_cgroup()
{
    find "$work/cgroup/matswap-$$" -depth -type d -exec rmdir {} + && [ ! -e "$work/cgroup/matswap-$$" ]
}
leave()
{
    kill -9 $outside 2> /dev/null
    wait $outside 2> /dev/null
    mount -t cgroup2 none "$work/cgroup" 2> /dev/null && { wait_until 10 remove_cgroup; umount "$work/cgroup"; }
    clean_up
}
trap leave EXIT
wait_until 30 inside test -e /run/made && wait_until 30 inside systemctl list-units ||
    skip "no systemd in a namespace: $(tail -n 1 "$work/init")"

# ---- the service ----
service=matswap@shop
is()
{
    inside systemctl show "$service" -p "$1" --value
}
becomes()
{
    [ "$(is "$1")" = "$2" ]
}
logged()
{
    inside grep -qE -- "$1" /run/err
}
what_it_said()
{
    inside cat /run/err | sed 's/^/#   /' | tail -n 20
}
generations()
{
    sql "SELECT count(*) FROM matswap.generation"
}
at_gate="SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'advisory' AND application_name LIKE 'matswap/%'"

inside systemctl start $service
same "it starts, by its own word" "active running" "$(is ActiveState) $(is SubState)"
wait_until 30 logged "run 1 took" && ok "it publishes, hardened, with a password from a credential" ||
    { not_ok "it does not publish"; what_it_said; }
same "that is a generation" 1 "$(generations)"
same "its status says what comes next" 1 "$(is StatusText | grep -cE '^the next run starts at .*; runs: 1, starts skipped: 0')"
same "its journal is in its state" "600 matswap" "$(inside stat -c '%a %U' /var/lib/matswap/shop.db)"
inside systemctl reload $service
wait_until 30 logged "reload .*was read again" && ok "it is reloaded" || { not_ok "it is not reloaded"; what_it_said; }
sleep 3
same "between two runs it is alive" "active 0" "$(is ActiveState) $(is NRestarts)"

session_begin gate
session gate "SELECT pg_advisory_lock(7);" > /dev/null
inside systemctl restart $service
wait_until 30 sql_says t "$at_gate" || { not_ok "no run comes to the gate"; what_it_said; }
sleep 3
same "a run that waits for the server is alive" "active 0" "$(is ActiveState) $(is NRestarts)"
inside pkill -STOP -P "$(is MainPID)"
wait_until 30 becomes NRestarts 1 && ok "a run that hangs ends by the watchdog, and the service is restarted" ||
    { not_ok "a run that hangs stays"; what_it_said; }
logged "hangs: nothing was heard of it" && ok "and the log says why" || { not_ok "and nothing says why"; what_it_said; }

wait_until 30 becomes SubState running
wait_until 30 sql_says t "$at_gate" || { not_ok "no run comes to the gate again"; what_it_said; }
inside systemctl stop $service
same "stopped in the middle: no failure" "inactive success 0" "$(is ActiveState) $(is Result) $(is ExecMainStatus)"
same "stopped in the middle: nothing is left over" "" "$(leftovers)"
session gate "SELECT pg_advisory_unlock(7);" > /dev/null

# ---- a run, and its timer ----
before=$(generations)
inside systemctl start matswap-run@shop && ok "one run" || { not_ok "one run"; what_it_said; }
same "one run: a generation more" $((before + 1)) "$(generations)"
inside systemctl start matswap-run@shop.timer
same "its timer waits for the night" 1 "$(inside systemctl list-timers --no-pager | grep -c 'matswap-run@shop.timer')"

# ---- a mistake ----
inside sh -c 'echo "jbos = 1" >> /etc/matswap/shop.ini'
inside systemctl start $service 2> /dev/null
sleep 2
same "a mistake in the configuration: it is not tried again" "failed 2 0" "$(is ActiveState) $(is ExecMainStatus) $(is NRestarts)"
finish
