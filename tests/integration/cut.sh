#!/bin/bash
# cut.sh: a connection that the server ends during the build or the wait for the swap's locks: exit 1 at once, nothing
# left, the live generation untouched.
source "$(dirname "$0")/lib.sh"
source "$here/paused-set.sh"

# backend WHICH: of worker, control, snapshot
backend()
{
    case $1 in
    worker) sql "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'matswap/%' AND state = 'active'
                  AND datname = current_database() AND wait_event IN ('PgSleep', 'advisory')" ;;
    *) sql "SELECT pid FROM pg_stat_activity WHERE application_name ~ '^matswap/$name/$1( |\$)' AND datname = current_database()" ;;
    esac
}

ended()
{
    same "$1: the connection is there to be cut" "t" "$(sql "SELECT pg_terminate_backend($2)")"
    wait_until 8 eval "! kill -0 $pid" || not_ok "$1: it goes on for more than 8 s"
    kill -9 $pid 2> /dev/null
    matswap_end
    exits "$1" 1
    same "$1: nothing is left over" "" "$(leftovers)"
    untouched "$1"
    same "$1: the schema is as before" "$dump" "$(schema_dump)"
}

begin second 60
ended "worker cut while a view is built" "$(backend worker)"
begin index 60
ended "worker cut while an index is built" "$(backend worker)"
says "it names the connection" 'the connection broke during .CREATE INDEX'
# No statement is under way on these two: the build watches them.
begin second 60
ended "control cut while a view is built" "$(backend control)"
says "it names the connection" '^matswap: the coordinating connection \(server process [0-9]+\) broke; see the server.s log'
begin first 60
ended "snapshot holder cut while the first view is built" "$(backend snapshot)"
says "it names the connection" '^matswap: the connection that holds the snapshot \(server process [0-9]+\) broke'
begin index 2
same "control is cut when the snapshot is not needed any more" t "$(sql "SELECT pg_terminate_backend($(backend control))")"
matswap_end
exits "which is as bad" 1
untouched "control cut during the last index"

# With the control connection the lock of the set is gone: another run may take over before this one comes to know.
begin second 60
kill -STOP $pid
same "the lock of the set is cut off" "t" "$(sql "SELECT pg_terminate_backend($(backend control))")"
cut=$pid
mv "$work/err" "$work/cut.err"
pause_at
matswap run
exits "another run takes over" 0
published "another run takes over"
kill -CONT $cut
code=0
wait_until 8 eval "! kill -0 $cut" || not_ok "the run that lost its lock goes on"
wait $cut 2> /dev/null || code=$?
mv "$work/cut.err" "$work/err"
exits "the run that lost its lock fails" 1
says "it says what became of it" 'another command has dealt with run .*: it is reverted, crashed now; nothing of it is left'
published "the run that lost its lock"

pause_at
session_begin reader
session reader "BEGIN; SELECT count(*) FROM second;" > /dev/null
next_source
live=$(oids) serving=$(sql "$contents")
matswap_begin run
wait_until 20 sql_says t "$waiting_for_locks"
ended "control cut while it waits for locks" "$(backend control)"
session_end reader

pause_at
matswap run
exits "the next run" 0
published "the next run"
finish
