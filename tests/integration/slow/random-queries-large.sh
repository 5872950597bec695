#!/bin/bash
# More of ../random-queries.sh: 15,000 queries in sets that take more than one batch of drops and moves.
export SETS=${SETS:-15} VIEWS=${VIEWS:-1000}
. "$(dirname "$0")/../random-queries.sh"
