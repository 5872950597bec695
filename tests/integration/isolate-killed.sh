#!/bin/bash
# isolate-killed.sh: on_failure = isolate, killed before the swap: the next run, resume or rollback comes to an end at which
# no group is a mixture, and nothing is left over.
source "$(dirname "$0")/lib.sh"
source "$here/isolated-set.sh"
source "$here/isolated-killed.sh"

# ---- while another group is being built

# building: a_top has failed, b_base is under way
building()
{
    session_begin gate
    session gate "SELECT pg_advisory_lock(7);" > /dev/null
    sql "INSERT INTO faults VALUES ('a_top', 'fail'), ('b_base', 'wait')"
    matswap_begin run
    wait_until 20 grep -q " isolated " "$work/err" || not_ok "nobody is isolated: $(cat "$work/err")"
    waits_for "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE '%/public.b_base' AND wait_event = 'advisory' AND datname = current_database()" "b_base does not wait"
}
good
building
die
session_end gate
fault a_top fail
matswap resume
ended "killed while building: resume, and it fails again" 4 $serving $generation $generation
good
building
die
session_end gate
fault
matswap resume
ended "killed while building: resume, and it is mended" 0 $generation $generation $generation

# ---- recorded as kept, and what was built of the group not dropped yet

# dropping: a reader keeps the drop of the new RELATION waiting
dropping()
{
    session_begin reader
    session_begin gate
    session gate "SELECT pg_advisory_lock(7);" > /dev/null
    matswap_begin run
    waits_for "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'matswap/%' AND wait_event = 'advisory' AND datname = current_database()" "nobody waits"
    waits_for "SELECT to_regclass('public_new.$1') IS NOT NULL" "$1 is not built"
    session reader "BEGIN; SELECT count(*) FROM public_new.$1;" > /dev/null
    session_end gate
    wait_until 20 is_recorded || not_ok "the group is not recorded as kept: $(cat "$work/err")"
    waits_for "SELECT count(*) > 0 FROM pg_locks WHERE relation = 'public_new.$1'::regclass AND NOT granted" "nobody waits for the reader"
}
is_recorded()
{
    [ "$(journal "SELECT count(*) > 0 FROM view WHERE status = 'isolated' AND new_oid <> 0 AND $last")" = 1 ]
}
for command in run resume rollback; do
    good
    sql "INSERT INTO faults VALUES ('a_top', 'fail'), ('c', 'wait')"
    dropping a_base
    die
    session_end reader
    fault a_top fail
    matswap $command
    case $command in
    run | resume) ended "killed before the drop, in the build: $command" 4 $serving $generation $generation ;;
    rollback) ended "killed before the drop, in the build: $command" 0 $serving $serving $serving ;;
    esac
done
for command in resume rollback; do
    good
    config "${settings[@]}" "[view b_base]" "min_rows = 1000"
    sql "INSERT INTO faults VALUES ('c', 'wait')"
    dropping b_base
    die
    session_end reader
    fault
    matswap $command
    case $command in
    resume) ended "killed before the drop, in the validation: $command" 4 $generation $serving $generation ;;
    rollback) ended "killed before the drop, in the validation: $command" 0 $serving $serving $serving ;;
    esac
    config "${settings[@]}"
done
same "the schema is as before" "$dump" "$(schema_dump)"
finish
