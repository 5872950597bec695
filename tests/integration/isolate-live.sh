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

# ---- what is in the incoming schema under the name of one that failed

fault c fail
matswap run --until=built
exits "--until=built" 4
sql "CREATE VIEW public_new.c AS SELECT 1 AS x"
matswap rollback
exits "somebody takes the name of what has failed: rollback" 0
says "that is not taken for the run's" "schema public_new is kept: it holds .*c"
same "and it is there" 1 "$(sql "SELECT x FROM public_new.c")"
sql "DROP SCHEMA public_new CASCADE"

# ---- --only

next_source
fault b_top fail
before=$(oids b)
matswap run --only b_base c
exits "--only" 4
same "--only: the group stays" "$before" "$(oids b)"
same "--only: the other is swapped" $generation "$(sql "SELECT max(generation) FROM c")"

# ---- a file that the server rejects before anything is built

fault
matswap run
exits "a good run" 0
cp -r "$work/queries" "$work/good"
# broken WHAT PATTERN: c alone stays, for that reason
broken()
{
    next_source
    local live
    live=$(oids c)
    matswap run
    exits "$1" 4
    same "$1: the view stays" "$live" "$(oids c)"
    same "$1: the others do not" "$generation $generation" "$(sql "SELECT (SELECT max(generation) FROM a_top), (SELECT generation FROM other.b_top)" | tr '|' ' ')"
    same "$1: nothing is left over" "" "$(leftovers)"
    says "$1: the reason, with its place" "^matswap: .*queries/c\.sql:$2"
    same "$1: the journal has it" "failed" "$(journal "SELECT status FROM view WHERE name = 'c' AND $last")"
}
rm "$work/queries/renamed.sql" "$work/good/renamed.sql"
config "${settings[@]}"
matswap run --drop-removed
exits "a good run without the renamed view" 0
query_file c.sql <<< "SELECT id, generation, nothing FROM source"
broken "an unknown column" "1: .*(nothing|c)"
matswap check
exits "an unknown column: check refuses" 2
query_file c.sql <<< "SELECT id, generation FROM nowhere"
broken "an unknown table" "1: .*c; neither the set nor the database has it"
matswap check
exits "an unknown table: check refuses" 2
query_file c.sql << 'EOF'
CREATE MATERIALIZED VIEW c AS SELECT id, generation FROM source;
CREATE INDEX ON c (nothing);
EOF
broken "an index on an unknown column" "2: .*c"
query_file d.sql <<< "SELECT nothing FROM b_base"
matswap run
exits "a new view that cannot be created" 4
same "a new view that cannot be created: is not there" "" "$(sql "SELECT to_regclass('d')")"
says "a new view that cannot be created: what it reads stays" "isolated +public\.d: is new, and not published, and the old generation stays of public\.b_base and other\.b_top"
query_file a_base.sql <<< "SELECT nothing FROM source"
live=$(oids a b c)
matswap run
exits "one of each group: the run is refused" 2
same "one of each group: nothing is swapped" "$live" "$(oids a b c)"
[ "$(grep -c '^matswap: ' "$work/err")" = 3 ] && ok "one of each group: all are told" || not_ok "one of each group: all are told: $(cat "$work/err")"
rm -r "$work/queries"
cp -r "$work/good" "$work/queries"
query_file c.sql <<< "SELECT nothing FROM source"
matswap run --until=built
exits "an unknown column, --until=built" 4
cp "$work/good/c.sql" "$work/queries/"
next_source
matswap resume
exits "resume with the mended file" 0
same "builds it" $generation "$(sql "SELECT max(generation) FROM c")"
query_file c.sql <<< "SELECT nothing FROM source"
sed -i 's/SELECT id,/SELECT id + 0 AS id,/' "$work/queries/b_base.sql"
matswap run --until=built
cp "$work/good/b_base.sql" "$work/queries/"
matswap resume
exits "resume with another file changed, and the column still unknown" 4
same "leaves nothing over" "" "$(leftovers)"
finish
