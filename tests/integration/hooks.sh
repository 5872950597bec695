#!/bin/bash
# hooks.sh: before_run, after_swap and after_failure: when each is called, what it is told, and that no way in which one fails
# changes what becomes of the run, shows its command, or leaves a process behind. (Signals and kills: hook-signals.sh.)
source "$(dirname "$0")/lib.sh"
fresh_database

echo "SELECT n AS id FROM source" | query_file numbers.sql
echo "SELECT count(*) AS count, 1 / min(id) AS least FROM numbers" | query_file totals.sql
sql "CREATE TABLE source AS SELECT generate_series(1, 3) AS n"

# One line in $work/calls for each call, of what it is told; the document in $work/HOOK.json.
cat > "$work/tell" << 'END'
#!/bin/sh
echo "$MATSWAP_HOOK $MATSWAP_OUTCOME exit=$MATSWAP_EXIT_CODE state=$MATSWAP_STATE views=$MATSWAP_VIEWS/$MATSWAP_VIEWS_REFRESHED/\
$MATSWAP_VIEWS_FAILED/$MATSWAP_VIEWS_KEPT attempt=$MATSWAP_ATTEMPT" >> calls
env > "$MATSWAP_HOOK.env"
cat > "$MATSWAP_HOOK.json"
echo "told of $MATSWAP_SET"
END
chmod +x "$work/tell"
hooks=("before_run = ./tell --token secret-1" "after_swap = ./tell --token secret-2" "after_failure = ./tell --token secret-3")

# called: what was, since the last time
called()
{
    cat "$work/calls" 2> /dev/null
    rm -f "$work/calls"
}

# json HOOK FILTER: of the document that it got
json()
{
    jq -r "$2" "$work/$1.json"
}

# nobody: no process of this test's hooks (by the fraction of a second that it sleeps for) is left, but for the moment that its new parent takes to reap it
nobody()
{
    wait_until 5 sh -c "! pgrep -f 'sleep 7[0-9]{3}\.$$'" || pgrep -af "sleep 7[0-9]{3}\.$$"
}

serves="SELECT count, least FROM totals"

# ---- a run ----
config "${hooks[@]}"
export PGPASSWORD=never-seen
matswap run
unset PGPASSWORD
exits "a run with hooks" 0
same "before_run and after_swap are called" "before_run started exit= state= views=2/0/0/2 attempt=1
after_swap swapped exit=0 state=swapped views=2/2/0/0 attempt=1" "$(called)"
run=$(sqlite3 "$work/state/journal.db" "SELECT name FROM run")
same "after_swap: what the environment says" \
    "$run hooks matswap -c $work/matswap.ini report $run|$work/matswap.ini $work/state/journal.db|no $PGDATABASE|yes|" \
    "$(sed -n 's/^MATSWAP_//p' "$work/after_swap.env" | sed 's/=/ /' | awk '{ k = $1; $1 = ""; v[k] = substr($0, 2) }
        END { print v["RUN"], v["SET"], v["REPORT"] "|" v["CONFIG"], v["JOURNAL"] "|" v["IS_ROLLBACK"], v["DATABASE"] "|" \
              (v["LOCK_MS"] > 0 && v["DURATION_MS"] > 0 && v["SNAPSHOT"] != "" ? "yes" : "no") "|" v["ERROR"] v["ERROR_KIND"] }')"
same "after_swap: what the document says" "after_swap 1 hooks swapped 0 2 2 swapped $run public.numbers,public.totals 0 $work/matswap.ini" \
    "$(json after_swap '"\(.hook) \(.attempt) \(.set) \(.outcome) \(.exit_code) \(.counts.views) \(.counts.refreshed) \(.run.state) \(.run.run) \([.run.views[] | .schema + "." + .name] | join(",")) \(.errors | length) \(.config)"')"
same "before_run: there is no run yet" "null null" "$(json before_run '"\(.run) \(.exit_code)"')"
same "the password of the connection stays here" "" "$(grep -l never-seen "$work"/*.env "$work"/*.json)"
says "its output is in the log" "hook +after_swap: told of hooks"
same "the journal has both with their time" "before_run 1|after_swap 1" \
    "$(sqlite3 "$work/state/journal.db" "SELECT subject || ' ' || (duration_ms > 0) FROM task WHERE phase = 'hook' ORDER BY id" | paste -sd '|')"
same "the journal has the call" "after_swap begun|after_swap ended: it succeeded" \
    "$(sqlite3 "$work/state/journal.db" "SELECT message FROM event WHERE kind = 'hook' ORDER BY id" | paste -sd '|')"

# what before_run prepares is in the snapshot
config "before_run = psql -Xqc 'INSERT INTO source VALUES (4)'"
matswap run
same "before_run comes before the snapshot" "0 4|1" "$code $(sql "$serves")"

# ---- runs that end without a swap ----
config "${hooks[@]}"
sql "INSERT INTO source VALUES (0)"
matswap run
exits "a build that fails" 1
same "after_failure is called" "before_run started exit= state= views=2/0/0/2 attempt=1
after_failure failed exit=1 state=reverted views=2/0/1/2 attempt=1" "$(called)"
same "after_failure: why" "server 22012 division by zero reverted" "$(json after_failure '"\(.errors[0].kind) \(.errors[0].sqlstate) \(.errors[0].server_message) \(.run.state)"')"
says "after_failure: why, in the environment" "MATSWAP_ERROR=.*division by zero" "$work/after_failure.env"
sql "DELETE FROM source WHERE n = 0"
printf '%s\n' "[view numbers]" "min_rows = 100" >> "$work/matswap.ini"
matswap run
exits "a generation that is rejected" 5
same "after_failure: rejected" "after_failure rejected exit=5 state=reverted views=2/0/1/2 attempt=1" "$(called | tail -n 1)"
same "after_failure: the verdict" "numbers min_rows failed 4" \
    "$(json after_failure '.validation[] | select(.rule == "min_rows") | "\(.name) \(.rule) \(.outcome) \(.new)"')"
config "${hooks[@]}"
echo "SELECT * FROM nothing_of_that_name" | query_file broken.sql
matswap run
exits "a run that is refused" 2
same "after_failure: refused" "after_failure failed exit=2 state= views=3/0/0/3 attempt=1" "$(called | tail -n 1)"
echo "SELECT FROM WHERE" | query_file broken.sql
matswap run
same "after_failure: a file that is no SQL" "2 after_failure failed exit=2 state= views=0/0/0/0 attempt=1" "$code $(called)"
rm "$work/queries/broken.sql"
PGPORT=1 matswap run
same "after_failure: a server that is not there" "1 after_failure failed exit=1 state= views=2/0/0/2 attempt=1" "$code $(called)"

# ---- what calls no hook ----
matswap run --dry-run
exits "a dry run" 0
printf '%s\n' "[view numbers]" "min_rows = 100" >> "$work/matswap.ini"
matswap run --dry-run
exits "a dry run that is rejected" 5
config "${hooks[@]}"
matswap check
exits "check" 0
matswap plan
matswap run --only nothing_of_that_name
exits "a mistake on the command line" 2
same "none of these calls a hook" "" "$(called)"
matswap run --until=validated
same "--until: only before_run" "before_run started exit= state= views=2/0/0/2 attempt=1" "$(called)"
matswap resume
same "resume: only after_swap" "0 after_swap swapped exit=0 state=swapped views=2/2/0/0 attempt=1" "$code $(called)"

# ---- hooks that fail ----
# bad KEY COMMAND: the run swaps all the same
rows=4
swaps()
{
    rows=$((rows + 1))
    sql "INSERT INTO source VALUES ($rows)"
    matswap run
    exits "$1: the run is done" 0
    same "$1: and has swapped" "$rows|1" "$(sql "$serves"; leftovers)"
    same "$1: nothing is left of it" "" "$(nobody)"
    says "$1: it is told" "warning: .*matswap.ini:5: the hook after_swap $2.*; that changes nothing about the run"
    same "$1: its command is not" "" "$(grep -E 'secret-|is-not-there|sleep|trap|yes' "$work/err")"
}
config "after_swap = ./is-not-there --token secret-4"
swaps "not there" "cannot be executed: No such file or directory"
matswap check
exits "check: not there" 1
says "check: not there" "matswap.ini:5: the program of the hook after_swap is not there, or cannot be executed; it was looked for in $work"
config "after_swap = sh: echo bad luck >&2; exit 3"
swaps "exit status 3" "failed with exit status 3; the last that it said: bad luck"
same "exit status 3: the journal has it" "after_swap ended: it failed with exit status 3" \
    "$(sqlite3 "$work/state/journal.db" "SELECT message FROM event ORDER BY id DESC LIMIT 1")"
config "after_swap = sh: kill -SEGV \$\$"
swaps "killed" "was ended by signal 11"
config "after_swap = sh: sleep 7101.$$ & sleep 7102.$$" "hook_timeout = 300ms"
swaps "hangs" "took longer than its hook_timeout of 0.3 s"
config "after_swap = sh: sleep 7201.$$ & exit 1"
swaps "leaves something behind" "failed with exit status 1"
config "after_swap = sh: head -c 100000000 /dev/zero | tr '\\0' 'x'; yes | head -n 5000; exit 1"
swaps "floods" "failed with exit status 1; the last that it said: y"
says "floods: the rest is counted" "hook +after_swap: [0-9]+ more lines are not shown"
same "floods: the log stays small" "yes" "$([ "$(wc -l < "$work/err")" -lt 240 ] && echo yes)"
config "after_swap = sh: exec <&- >&- 2>&-; exit 1"
swaps "closes everything" "failed with exit status 1"

# a document of more than a pipe holds, which nobody reads; and one that reads all of it
padding=$(head -c 1000000 /dev/zero | tr '\0' x)
echo "SELECT 1 AS one, '$padding'::text || (1 / 0)" | query_file large.sql
config "after_failure = sh: exec sleep 7301.$$" "hook_timeout = 300ms"
matswap run
exits "a large document that nobody reads" 1
says "a large document that nobody reads" "division by zero"
same "a large document that nobody reads: nothing is left" "" "$(nobody)"
echo "SELECT repeat('9', 300000)::int AS large" | query_file large.sql
config "${hooks[@]}"
matswap run
exits "an error of more than a variable holds" 1
called > /dev/null
same "an error of more than a variable holds: cut there, whole in the document" "yes yes" \
    "$(awk -F= '$1 == "MATSWAP_ERROR" { print length($2) < 3000 ? "yes" : "no" }' "$work/after_failure.env") \
$(json after_failure 'if (.errors[0].server_message | length) > 300000 then "yes" else "no" end')"
rm "$work/queries/large.sql"

# ---- before_run that fails ----
config "before_run = sh: echo the source is not ready; exit 1" "${hooks[@]:1}"
matswap run
exits "before_run fails: so does the run" 1
says "before_run fails: it is told" "matswap.ini:5: the hook before_run failed with exit status 1; the last that it said: the source \
is not ready; nothing was built"
same "before_run fails: nothing was touched" "$rows|1" "$(sql "$serves"; leftovers)"
same "before_run fails: after_failure knows" "after_failure failed exit=1 state= views=2/0/0/2 attempt=1 hook" \
    "$(called) $(json after_failure '.errors[0].kind')"

# ---- exit codes 3 and 4, rollback ----
config "${hooks[@]}" "on_failure = isolate" "keep_old = yes"
echo "SELECT 1 / (SELECT count(*) FROM generate_series(1, 0)) AS broken" | query_file broken.sql
matswap run
exits "some views are isolated" 4
same "after_swap: exit code 4" "after_swap swapped exit=4 state=swapped views=3/2/1/1 attempt=1" "$(called | tail -n 1)"
rm "$work/queries/broken.sql"
matswap rollback
exits "rollback" 0
same "rollback: after_swap" "after_swap swapped exit=0 state=swapped views=2/2/0/0 attempt=1 yes" \
    "$(called) $(sed -n 's/MATSWAP_IS_ROLLBACK=//p' "$work/after_swap.env")"
config "before_run = sh: touch holding; while [ ! -e go ]; do sleep 0.05; done" "after_failure = ./tell"
matswap_begin run
wait_until 20 test -e "$work/holding"
"$MATSWAP" -c "$work/matswap.ini" run > "$work/second" 2>&1 < /dev/null
same "another run holds the set: exit 3, and no hook" "3 " "$? $(called)"
touch "$work/go"
matswap_end
exits "and that one goes on" 0

# ---- secrets ----
same "no command is in the journal" "" "$(for file in "$work"/state/*; do strings -n 6 "$file"; done | grep -E 'secret-|\./tell')"
finish
