#!/bin/bash
# isolate.sh: on_failure = isolate: a view that fails keeps its old generation, and what is connected with it by reads; the
# rest is swapped, and the exit code is 4.
source "$(dirname "$0")/lib.sh"
source "$here/isolated-set.sh"

# kept WHAT A B C: after a run that isolated, the generations of the groups; nothing is left over
kept()
{
    exits "$1: exit code" 4
    same "$1: generations" "$(stand "$2" "$3" "$4")" "$(sql "$generations")"
    same "$1: nothing is left over" "" "$(leftovers)"
    same "$1: the schema is as before" "$dump" "$(schema_dump)"
}

# ---- a base view fails

before=$(oids a)
others=$(oids b c)
next_source
fault a_base fail
matswap run
kept "a base view fails" 1 2 2
same "a base view fails: its group are the same relations" "$before" "$(oids a)"
[ "$(oids b c)" != "$others" ] && ok "the others are new ones" || not_ok "the others are new ones"
says "it is said at once" "isolated +public\.a_base: keeps its old generation, with public\.a_top and public\.a_plain \(they are connected by what they read\): .*division_by_zero"
says "and at the end" "^matswap: public\.a_base keeps its old generation, with public\.a_top and public\.a_plain .*connected"
says "the server's message" "^ +ERROR: +division_by_zero|division_by_zero"
same "the journal has it" "a_base failed, a_plain isolated, a_top isolated, b_base complete, b_top complete, c complete" "$(journal "$statuses")"
same "why, too" "kept its old generation together with public.a_base, which failed" "$(journal "SELECT error FROM view WHERE name = 'a_top' AND $last")"
same "the generation's row" "a_base|true||
a_plain|true||
a_top|true||
b_base||t|t
b_top||t|t
c||t|t" "$(sql "SELECT v ->> 'name', v ->> 'isolated', (v ->> 'oid')::oid > 0, (v ->> 'old_oid')::oid > 0
                  FROM (SELECT views FROM matswap.generation ORDER BY swapped_at DESC LIMIT 1) AS g,
                       jsonb_array_elements(views) AS v ORDER BY 1")"
whole "a base view had failed"

# ---- a view that reads others fails, after these were built

before=$(oids a)
next_source
fault a_top fail
matswap run
kept "a dependent fails" $((generation - 1)) $generation $generation
same "a dependent fails: what it reads stays, too" "$before" "$(oids a)"
says "a dependent fails: its group is named" "public\.a_top: keeps its old generation, with public\.a_base and public\.a_plain"
whole "a dependent had failed"

# ---- an index cannot be built

before=$(oids c)
next_source
fault c twice
matswap run
kept "a unique index" $generation $generation $((generation - 1))
same "a unique index: alone" "$before" "$(oids c)"
says "a unique index: the view and the reason" "isolated +public\.c: keeps its old generation: .*could not create unique index"
whole "a unique index had failed"

# ---- two groups fail; then all; abort

next_source
sql "INSERT INTO faults VALUES ('a_top', 'fail'), ('b_top', 'fail')"
matswap run
kept "two groups" $((generation - 1)) $((generation - 1)) $generation
same "two groups: a line for each" 2 "$(grep -c ' isolated ' "$work/err")"
next_source
sql "INSERT INTO faults VALUES ('c', 'fail')"
live=$(oids a b c) serving=$(sql "$generations")
matswap run
exits "all groups: the run fails" 1
same "all groups: nothing is swapped" "$live $serving" "$(oids a b c) $(sql "$generations")"
same "all groups: nothing is left over" "" "$(leftovers)"
config "jobs = 2" "on_failure = abort"
fault a_top fail
matswap run
exits "abort: the run fails" 1
same "abort: nothing is swapped" "$live $serving" "$(oids a b c) $(sql "$generations")"
grep -q isolated "$work/err" && not_ok "abort: nobody is isolated" || ok "abort: nobody is isolated"
config "${settings[@]}"
whole "all groups had failed"
finish
