#!/bin/bash
# isolate-live.sh: on_failure = isolate: what stays is the old view, with its old SQL: what that reads stays, too, views that
# leave the set or change their name among it; views that --only leaves alone join nobody.
source "$(dirname "$0")/lib.sh"
source "$here/isolated-set.sh"

# ---- the live view reads what the new one does not

query_file c.sql <<< "SELECT id, generation FROM a_top WHERE (SELECT fault('c'))"
matswap run
exits "c reads a_top" 0
query_file c.sql <<< "SELECT id, generation FROM source WHERE (SELECT fault('c'))"
next_source
fault c fail
live=$(oids a c)
matswap run
exits "c fails, whose live self reads a_top" 4
same "so that stays, too" "$live" "$(oids a c)"
same "the other group does not" $generation "$(sql "SELECT max(generation) FROM b_base")"
same "c fails, whose live self reads a_top: nothing is left over" "" "$(leftovers)"
fault
matswap run
exits "and is free of it once it could be built" 0

# ---- a view that leaves

query_file removed.sql <<< "SELECT * FROM c"
query_file reader.sql <<< "SELECT * FROM removed WHERE (SELECT fault('reader'))"
matswap run
exits "reader reads removed" 0
rm "$work/queries/removed.sql"
query_file reader.sql <<< "SELECT * FROM c WHERE (SELECT fault('reader'))"
next_source
fault reader fail
live=$(sql "SELECT 'removed'::regclass::oid, 'reader'::regclass::oid, 'c'::regclass::oid")
matswap run --drop-removed
exits "a view that leaves is read by the live self of one that fails" 4
same "it stays with it" "$live" "$(sql "SELECT 'removed'::regclass::oid, 'reader'::regclass::oid, 'c'::regclass::oid")"
same "a view that leaves: nothing is left over" "" "$(leftovers)"
fault
matswap run --drop-removed
exits "and leaves with the next good run" 0
same "it is gone" "" "$(sql "SELECT to_regclass('removed')")"

# ---- a view under a new name

query_file renamed.sql <<< "SELECT * FROM source WHERE (SELECT fault('renamed'))"
rm "$work/queries/reader.sql"
config "${settings[@]}" "[view renamed]" "renamed_from = reader"
fault renamed fail
matswap run
exits "a view under a new name fails" 4
same "its old name keeps serving" "t|" "$(sql "SELECT to_regclass('reader') IS NOT NULL, to_regclass('renamed')")"
says "and it is said so" "isolated +public\.renamed: is new, and not published, and the old generation stays of .*public\.reader"
fault
matswap run
exits "a view under a new name: the next good run" 0
same "takes over" "|t" "$(sql "SELECT to_regclass('reader'), to_regclass('renamed') IS NOT NULL")"

# ---- --only

next_source
fault b_top fail
before=$(oids b)
matswap run --only b_base c
exits "--only" 4
same "--only: the group stays" "$before" "$(oids b)"
same "--only: the other is swapped" $generation "$(sql "SELECT max(generation) FROM c")"
finish
