#!/bin/bash
# isolate-causes.sh: on_failure = isolate: which failures are a view's own, and which end the run.
source "$(dirname "$0")/lib.sh"
source "$here/isolated-set.sh"

# bad cast, serialization, deadlock, out of memory, temporary file, cancelled, object in use, foreign server, internal
for state in 22P02 40001 40P01 53200 53400 57014 55006 HV000 XX000; do
    next_source
    fault c "$state"
    matswap run
    exits "SQLSTATE $state isolates" 4
    says "SQLSTATE $state: the view and the reason" "isolated +public\\.c: keeps its old generation: .*it fails"
done
whole "after these"

# standby, disk, system, configuration file, damaged data and index
for state in 25006 53100 58030 F0000 XX001 XX002; do
    next_source
    fault c "$state"
    live=$(oids a b c)
    matswap run
    exits "SQLSTATE $state ends the run" 1
    same "SQLSTATE $state: nothing is swapped, nothing left over" "$live" "$(oids a b c)$(leftovers)"
done

# a worker's connection: the others could go on, but the snapshot's holder is on the same server
next_source
fault c wait
session_begin gate
session gate "SELECT pg_advisory_lock(7);" > /dev/null
live=$(oids a b c)
matswap_begin run
working="application_name LIKE 'matswap/%/public.c' AND wait_event = 'advisory' AND datname = current_database()"
wait_until 20 sql_says t "SELECT count(*) > 0 FROM pg_stat_activity WHERE $working" || not_ok "c does not wait: $(cat "$work/err")"
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE $working" > /dev/null
matswap_end
exits "a worker is terminated: the run ends" 1
same "a worker is terminated: nothing is swapped, nothing left over" "$live" "$(oids a b c)$(leftovers)"

# what is under way for the group of one that fails is for nothing: nobody waits for it
query_file d_one.sql <<< "SELECT id, generation FROM source WHERE (SELECT fault('d_one'))"
query_file d_two.sql <<< "SELECT id, generation FROM source WHERE (SELECT fault('d_two'))"
query_file d_top.sql <<< "SELECT id, d_one.generation FROM d_one JOIN d_two USING (id)"
sql "DELETE FROM faults" "INSERT INTO faults VALUES ('d_one', 'fail late'), ('d_two', 'wait')"
session_begin late
session gate "SELECT pg_advisory_lock(7);" > /dev/null
session late "SELECT pg_advisory_lock(8);" > /dev/null
matswap_begin run
working="application_name LIKE 'matswap/%/public.d%' AND wait_event = 'advisory' AND datname = current_database()"
wait_until 20 sql_says 2 "SELECT count(*) FROM pg_stat_activity WHERE $working" || not_ok "d does not wait: $(cat "$work/err")"
session_end late
wait_until 20 sql_says 0 "SELECT count(*) FROM pg_stat_activity WHERE $working" && ok "what is under way for the group is cancelled" ||
    not_ok "what is under way for the group is cancelled"
session_end gate
matswap_end
exits "a view fails while another of its group is built" 4
same "the journal tells who has failed" "d_one failed, d_top isolated, d_two isolated" "$(journal "SELECT group_concat(name || ' ' || status, ', ') FROM (SELECT * FROM view WHERE $last AND name LIKE 'd%' ORDER BY name)")"
rm "$work"/queries/d_*.sql
fault c wait

# statement_timeout
kept=$generation
next_source
config "${settings[@]}" "[session]" "statement_timeout = 1s"
session_begin gate
session gate "SELECT pg_advisory_lock(7);" > /dev/null
matswap run
exits "statement_timeout isolates" 4
session_end gate
same "statement_timeout: the others are swapped" "$(stand $generation $generation $kept)" "$(sql "$generations")"
config "${settings[@]}"
whole "at last"
finish
