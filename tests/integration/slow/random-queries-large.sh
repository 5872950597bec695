#!/bin/bash
# More of ../random-queries.sh: sets so large that the drops take several batches.
# own-cluster: the swap of 1,000 views needs a larger lock table
export SETS=${SETS:-5} VIEWS=${VIEWS:-1000} LOCKS=${LOCKS:-400}
. "$(dirname "$0")/../random-queries.sh"
