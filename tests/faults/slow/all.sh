#!/bin/bash
# all.sh: what sample.sh tries, at every point, on the system's server; SERVERS="15 17" for these versions instead.
# own-cluster
#
# A plain run meets every action at every point; the other situations meet one at each, in turn (FAULT_SEED chooses
# which). FAULT_SERIES="run keep" for some of the situations only, FAULT_POINTS=each or =all for all of them alike. With
# all it takes two hours on two cores, with each half an hour.
source "$(dirname "$0")/../drive.sh"

seed=${FAULT_SEED:-1}
status=0

try_server()
{
    local series points
    for series in ${FAULT_SERIES:-run keep resume rollback moved first isolate lost}; do
        points=each
        [ "$series" != run ] || points=all
        drive_both --series "$series" --points "${FAULT_POINTS:-$points}" --seed "$seed" || status=1
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
