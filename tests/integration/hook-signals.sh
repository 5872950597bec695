#!/bin/bash
# hook-signals.sh: SIGTERM while a hook runs, and matswap killed while, or before, one does: what the next command calls again.
source "$(dirname "$0")/lib.sh"
fresh_database

echo "SELECT n AS id FROM source" | query_file numbers.sql
sql "CREATE TABLE source AS SELECT generate_series(1, 3) AS n"
cat > "$work/tell" << 'END'
#!/bin/sh
echo "$MATSWAP_HOOK $MATSWAP_OUTCOME exit=$MATSWAP_EXIT_CODE state=$MATSWAP_STATE attempt=$MATSWAP_ATTEMPT" >> calls
END
chmod +x "$work/tell"
hooks=("before_run = ./tell" "after_swap = ./tell" "after_failure = ./tell")

# called: what was, since the last time
called()
{
    cat "$work/calls" 2> /dev/null
    rm -f "$work/calls"
}

# nobody: no process of this test's hooks (by the fraction of a second that it sleeps for) is left, but for the moment that its new parent takes to reap it
nobody()
{
    wait_until 5 sh -c "! pgrep -f 'sleep 7[0-9]{3}\.$$'" || pgrep -af "sleep 7[0-9]{3}\.$$"
}

# begun: the hook under way has said so
begun()
{
    wait_until 20 test -e "$work/begun"
    rm "$work/begun"
}

# ---- signals ----
config "before_run = sh: touch begun; exec sleep 7401.$$" "${hooks[@]:1}"
matswap_begin run
begun
kill -TERM "$pid"
matswap_end
exits "SIGTERM while before_run runs" 1
says "SIGTERM: it is told" "the hook before_run is ended, since matswap was told to end"
same "SIGTERM: nothing is left of it, after_failure is called" "after_failure cancelled exit=1 state= attempt=1" "$(nobody; called)"

config "after_swap = sh: touch begun; sleep 0.5; ./tell"
matswap_begin run
begun
kill -TERM "$pid"
matswap_end
exits "SIGTERM while after_swap runs: the swap stands" 0
same "it comes to its end" "after_swap swapped exit=0 state=swapped attempt=1" "$(called)"
same "the new generation serves" "3" "$(sql "SELECT count(*) FROM numbers")"
config "after_swap = sh: touch begun; exec sleep 7402.$$" "stop_timeout = 2s"
matswap_begin run
begun
kill -TERM "$pid"
matswap_end
exits "one that takes longer than stop_timeout" 0
says "is ended before that is over" "the hook after_swap is ended, since matswap was told to end; that changes nothing"
same "nothing is left of it" "" "$(nobody)"

# ---- what a killed run leaves to the next ----
for command in resume run; do
    config "after_swap = sh: ./tell; touch begun; exec sleep 7501.$$"
    matswap_begin run
    begun
    kill -9 "$pid"
    matswap_end
    same "killed in after_swap: it ends" "after_swap swapped exit=0 state=swapped attempt=1" "$(nobody; called)"
    config "${hooks[@]}"
    matswap $command
    exits "killed in after_swap: $command" 0
    same "$command calls it again, before anything else" "after_swap swapped exit=0 state=swapped attempt=2" "$(called | head -n 1)"
done
matswap resume
same "and nobody ever after" "" "$(called)"

echo "SELECT pg_sleep(100) IS NULL AS slow" | query_file slow.sql
config "${hooks[@]}"
matswap_begin run
wait_until 20 sql_says 1 "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '%slow%' AND state = 'active'"
kill -9 "$pid"
matswap_end
rm "$work/queries/slow.sql"
same "killed in the build: nobody can tell of it" "before_run started exit= state= attempt=1" "$(called)"
matswap run
same "the next run does" "0 after_failure crashed exit= state=reverted attempt=1" "$code $(called | head -n 1)"
matswap run
same "once" "before_run after_swap" "$(called | cut -d' ' -f1 | paste -sd ' ')"
finish
