#!/bin/bash
# Ten times the random queries of ../random-queries.sh.
export SETS=${SETS:-200}
. "$(dirname "$0")/../random-queries.sh"
