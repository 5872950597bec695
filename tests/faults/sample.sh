#!/bin/bash
# sample.sh: whatever dies, at whatever instant, the next command reaches a clean state: at a few points of each phase.
# slow/all.sh does the same at all of them.
# own-cluster
#
# FAULT_SEED chooses the points (default: another one each time, printed); FAULT_SAMPLE is how many trials of a plain
# run there are, the other situations get a part of that each.
source "$(dirname "$0")/drive.sh"

seed=${FAULT_SEED:-$(date +%s)}
sample=${FAULT_SAMPLE:-100}
status=0
echo "# FAULT_SEED=$seed"

drive --series run --sample "$sample" --seed "$seed" &
plain=$!
for series in keep resume rollback moved first isolate; do
    drive --series $series --sample $((sample / 6 + 1)) --seed "$seed" || status=1
done
wait $plain || status=1
exit $status
