#!/bin/bash
# kept-in-use.sh: a session reads a part of the kept old generation, whose place the next run needs: that run gives up
# and names it, and nothing of what was kept is dropped, so that `rollback` still brings all of it back.
source "$(dirname "$0")/lib.sh"
source "$here/paused-set.sh"
config "swap_timeout = 1500ms"

next_source
matswap run --keep-old
exits "a run that keeps the old generation" 0
session_begin reader
reader=$(session reader "SELECT pg_backend_pid();")
session reader "BEGIN; SELECT count(*) FROM public_old.first;" > /dev/null
live=$(oids) serving=$(sql "$contents")
matswap run
exits "the kept generation is in use" 1
says "it says what is in the way" \
    "the kept old generation, whose place this run needs, is in use; .*$reader \(session-reader, .* holds public_old.first in a transaction open since"
untouched "the kept generation is in use"
same "all of it is still there" 4 "$(sql "SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE nspname IN ('public_old', 'other_old') AND relkind IN ('m', 'v')")"
session_end reader
matswap rollback
exits "rollback" 0
same "brings it back" "$(whole $((generation - 1)))" "$(sql "$contents")"
next_source
matswap run
exits "once the reader has gone, a run" 0
published "once the reader has gone"
finish
