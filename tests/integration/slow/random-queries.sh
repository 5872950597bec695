#!/bin/bash
# More of ../random-queries.sh: 15,000 queries in sets of the same size.
export SETS=${SETS:-100}
. "$(dirname "$0")/../random-queries.sh"
