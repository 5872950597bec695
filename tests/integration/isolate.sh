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

# ---- a rule rejects a view

rules=("[view b_base]" "min_rows = 1000")
config "${settings[@]}" "${rules[@]}"
before=$(oids b)
next_source
matswap run
kept "a rejected rule" $generation $((generation - 1)) $generation
same "a rejected rule: its group are the same relations" "$before" "$(oids b)"
says "a rejected rule: its group is named" "isolated +public\.b_base: keeps its old generation, with other\.b_top .*rows: min_rows"
says "a rejected rule: and the error" "^matswap: public\.b_base: rows: min_rows: was 100, is 100, limit 1000"
same "a rejected rule: the journal has it" "b_base failed, b_top isolated" "$(journal "SELECT group_concat(name || ' ' || status, ', ') FROM (SELECT * FROM view WHERE $last AND name LIKE 'b%' ORDER BY name)")"
next_source
fault a_base fail
matswap run
kept "a rule and a failure" $((generation - 1)) $((generation - 2)) $generation
sql "DELETE FROM faults" "INSERT INTO faults VALUES ('a_base', 'fail'), ('c', 'fail')"
live=$(oids a b c) serving=$(sql "$generations")
matswap run
exits "a rule rejects what has not failed" 5
same "a rule rejects what has not failed: nothing is swapped" "$live $serving" "$(oids a b c) $(sql "$generations")"
same "a rule rejects what has not failed: nothing is left over" "" "$(leftovers)"
config "${settings[@]}"
whole "a rule had rejected"

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

# ---- before the swap: --dry-run, --until and resume

next_source
fault a_top fail
live=$(oids a b c) serving=$(sql "$generations")
matswap run --dry-run
exits "--dry-run says what the run would" 4
same "--dry-run: nothing is swapped" "$live $serving" "$(oids a b c) $(sql "$generations")"
same "--dry-run: nothing is left over" "" "$(leftovers)"
says "--dry-run shows the swap of the rest" "ALTER MATERIALIZED VIEW public_new\.c SET SCHEMA public" "$work/out"
same "--dry-run: and of the group only what the view outside reads that reads both" "a_top" \
    "$(grep -oE "a_base|a_top|a_plain|on_a" "$work/out" | sort -u)"
matswap run --until=built
exits "--until=built" 4
same "--until=built: nothing of the group is there" "b_base
c" "$(sql "SELECT relname FROM pg_class WHERE relnamespace = 'public_new'::regnamespace AND relkind IN ('m', 'v') ORDER BY 1")"
matswap status
says "--until=built: status tells who stays out" '^public\.a_top +failed' "$work/out"
says "--until=built: and with whom" '^public\.a_base +isolated' "$work/out"
fault
matswap resume
kept "resume keeps what was decided" $((generation - 1)) $generation $generation
says "resume says why" "^matswap: public\.a_top keeps its old generation, with .*division_by_zero"
next_source
fault a_top fail
matswap run --until=validated
exits "--until=validated" 4
fault
cp "$work/queries/c.sql" "$work/c.sql"
sed -i 's/SELECT id, generation/SELECT id, generation + 0 AS generation/' "$work/queries/c.sql"
matswap resume
exits "resume with a changed file builds what had failed, too" 0
same "resume with a changed file: all is of one generation" "$(stand $generation $generation $generation)" "$(sql "$generations")"
cp "$work/c.sql" "$work/queries/c.sql"

# ---- keep_old, and back

whole "before keep_old"
next_source
fault b_top fail
before=$(sql "$generations")
matswap run --keep-old
exits "--keep-old" 4
same "--keep-old keeps what was replaced, and no more" "public_old a_base
public_old a_plain
public_old a_top
public_old c" "$(sql "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname ~ '_old\$' AND c.relkind IN ('m', 'v') ORDER BY 1, 2" | tr '|' ' ')"
fault
matswap rollback
exits "rollback after it" 0
same "rollback brings that back" "$before" "$(sql "$generations")"
whole "after a rollback"
finish
