#!/bin/bash
# all.sh: what sample.sh tries, at every point, on the system's server; SERVERS="15 17" for these versions instead.
# own-cluster
#
# FAULT_SERIES="run keep" for some of the situations only. It takes hours.
source "$(dirname "$0")/../drive.sh"

seed=${FAULT_SEED:-1}
status=0

try_server()
{
    local series
    for series in ${FAULT_SERIES:-run keep resume rollback moved first}; do
        drive_both --series "$series" --points all --seed "$seed" || status=1
    done
}

[ -n "${SERVERS:-}" ] || try_server
for major in ${SERVERS:-}; do
    echo "# PostgreSQL $major"
    if BINDIR=$("$faults_root/scripts/pg-versions" "$major"); then
        try_server
    else
        echo "ok faults on PostgreSQL $major # SKIP it cannot be had"
    fi
done
exit $status
