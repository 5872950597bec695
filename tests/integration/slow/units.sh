#!/bin/bash
# units.sh: the examples as they are installed: systemd has nothing to say against the units, nor cron against its line.
source "$(dirname "$0")/../lib.sh"
command -v systemd-analyze > /dev/null || { echo "ok $name: # SKIP no systemd-analyze"; exit 0; }
meson install -C "$(dirname "$MATSWAP")" --no-rebuild --destdir "$work/root" > "$work/out" 2>&1 || not_ok "installs: $(tail -n 3 "$work/out")"
examples=$(dirname "$(find "$work/root" -type d -path '*/examples/systemd')")
program=$(find "$work/root" -type f -path '*/bin/matswap')

# Instances, with the program where it has been installed for now.
mkdir "$work/units"
for unit in matswap@.service matswap-run@.service matswap-run@.timer; do
    sed "s|${program#"$work/root"}|$program|" "$examples/systemd/$unit" > "$work/units/${unit/@/@shop}"
done
for unit in matswap@shop.service matswap-run@shop.service matswap-run@shop.timer; do
    # its manual page is not where man looks
    systemd-analyze verify --man=no "$work/units/$unit" > "$work/err" 2>&1
    same "$unit: verified" "0 " "$? $(cat "$work/err")"
done
sed -i 's/^#\(LoadCredential\|Environment\|ReadWritePaths\)/\1/' "$work"/units/*.service
for unit in matswap@shop.service matswap-run@shop.service; do
    systemd-analyze verify --man=no "$work/units/$unit" > "$work/err" 2>&1
    same "$unit: verified with what is to be uncommented" "0 " "$? $(cat "$work/err")"
    systemd-analyze security --offline=true --threshold=15 --no-pager "$work/units/$unit" > "$work/out" 2>&1
    same "$unit: exposed by 1.5 at most" 0 "$?"
    tail -n 1 "$work/out" | sed 's/^/#   /'
done
for word in NoNewPrivileges=yes ProtectSystem=strict StateDirectory=matswap; do
    same "$word stands in both services" 2 "$(cat "$work"/units/*.service | grep -cx "$word")"
done
same "what stops a run takes longer than stop_timeout" "" \
    "$(sed -n 's/^TimeoutStopSec=\([0-9]*\)s$/\1/p' "$work"/units/*.service | awk '$1 <= 60')"

# cron: five fields, a user, a command that is ours
line=$(grep -v '^#\|^$\|=.*@' "$examples/cron/matswap")
same "the line for cron" "0 2 * * * matswap matswap -c /etc/matswap/shop.ini --quiet run" "$line"
finish
