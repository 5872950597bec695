#!/bin/bash
# isolate-swap-killed.sh: on_failure = isolate, killed in the swap, or with readers in its way: what stays out of it is not waited
# for, and the next command comes to an end at which no group is a mixture, and nothing is left over.
source "$(dirname "$0")/lib.sh"
source "$here/isolated-set.sh"
source "$here/isolated-killed.sh"
config "${settings[@]}" "blocked_patience = 300ms" "swap_timeout = 20s"

sql "CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS \$\$
     BEGIN PERFORM pg_advisory_xact_lock_shared(8); RETURN NULL; END \$\$" \
    "CREATE CONSTRAINT TRIGGER gate AFTER INSERT ON matswap.generation DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW EXECUTE FUNCTION gate()"
dump=$(schema_dump)
# ---- before the swap, and in it

good
fault a_top fail
matswap run --until=validated
session_begin reader
session reader "BEGIN; SELECT count(*) FROM c;" > /dev/null
matswap_begin resume
waits_for "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'matswap/%/observer' AND query LIKE 'EXECUTE matswap_look%' AND datname = current_database()" "the swap does not wait"
die
session_end reader
matswap resume
ended "killed while waiting for locks: resume" 4 $serving $generation $generation

# a reader of the group that stays, and of what is bound to it, holds nothing up
good
fault a_top fail
session_begin reader
session reader "BEGIN; SELECT count(*) FROM a_top; SELECT count(*) FROM on_a;" > /dev/null
matswap run
ended "somebody reads the group: the run" 4 $serving $generation $generation
says "does not wait for that reader" "3 views in one transaction, .*, 1 try" "$work/told"
same "who goes on to read it" "$serving" "$(session reader "SELECT max(generation) FROM a_plain;")"
session_end reader

# commit_killed ARGUMENT...: a run that is killed while its COMMIT is under way, which then succeeds
commit_killed()
{
    session_begin gate
    session gate "SELECT pg_advisory_lock(8);" > /dev/null
    matswap_begin run "$@"
    waits_for "SELECT count(*) > 0 FROM pg_stat_activity WHERE query ~ '^COMMIT' AND wait_event = 'advisory' AND datname = current_database()" "the run does not come to its COMMIT"
    kill -STOP "$pid" # were it gone, its backend would end itself
    before=$(oids c)
    session_end gate
    wait_until 20 is_other || not_ok "the swap is not committed"
    die
}
is_other()
{
    [ "$(oids c)" != "$before" ]
}
for command in run resume; do
    good
    fault b_top fail
    commit_killed
    matswap $command
    ended "killed in its COMMIT: $command" 4 $generation $serving $generation
    [ $command = run ] || says "and resume says who stayed out" "^matswap: other\.b_top keeps its old generation: .*division_by_zero" "$work/told"
done
good
fault b_top fail
commit_killed
journal "UPDATE run SET swap_xid = '4000000000' WHERE state = 'swapping'" # as on a server that was restored: it knows nothing
matswap resume
ended "killed in its COMMIT, and only the OIDs tell: resume" 4 $generation $serving $generation
good
fault b_top fail
commit_killed --keep-old
matswap rollback
exits "killed in its COMMIT with --keep-old: rollback" 0
same "brings back what was replaced" "$(stand $serving $serving $serving)" "$(sql "$generations")"

# ---- after it

good
config "${settings[@]}" "blocked_patience = 300ms" "swap_timeout = 500ms"
fault b_top fail
session_begin reader
session reader "BEGIN; SELECT count(*) FROM b_base;" > /dev/null
matswap run
ended "somebody reads a kept view after the swap: the run" 4 $generation $serving $generation
session_end reader
good
same "the schema is as before" "$dump" "$(schema_dump)"
finish
