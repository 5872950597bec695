#!/bin/bash
# own-cluster: the table on a terminal: what it shows, that nothing of it is left, and where there is none. The terminal is
# terminal.c's, which has libvterm keep the screen; without that there is nothing to try.
. "$(dirname "$0")/lib.sh"

terminal=$(dirname "$MATSWAP")/tests/integration/terminal
if [ ! -x "$terminal" ]; then
    echo "ok $name # SKIP built without libvterm"
    exit 0
fi
start_cluster
fresh_database
export TERM=xterm-256color LANG=C.UTF-8 XTERM_VERSION=test # libvterm cuts lines as xterm does
unset NO_COLOR CI LC_ALL LC_CTYPE TMUX JOURNAL_STREAM

# on SIZE STEP... -- COMMAND...: the terminal; what it says to $work/err, its exit status to $code
on()
{
    code=0
    TERMINAL_RAW=$work/raw "$terminal" "$@" 2> "$work/err" || { code=$?; cat "$work/err"; }
}

# gate NUMBER: the view's rows come when this lock can be had
gate()
{
    echo "SELECT g AS id, pg_advisory_xact_lock_shared($1)::text AS waited FROM generate_series(1, 5) g"
}

run=("$MATSWAP" -c "$work/matswap.ini" run)
config "jobs = 2" "reconnect_timeout = 1s"
gate 1 | query_file early.sql
gate 2 | query_file late.sql
echo "CREATE INDEX ON late (public.pass(id))" >> "$work/queries/late.sql"
sed -i '1s/.*/CREATE MATERIALIZED VIEW late AS &;/' "$work/queries/late.sql"
sql "CREATE FUNCTION public.pass(n integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS
     'BEGIN PERFORM pg_catalog.pg_advisory_xact_lock_shared(3); RETURN n; END'"
echo "SELECT f.id FROM public.early f JOIN public.late s USING (id)" | query_file 'Weiß "日本".sql'
esc=$'\033'
echo "CREATE MATERIALIZED VIEW \"${esc}[2Jcleared${esc}]0;title\" AS SELECT f.id FROM public.early f" | query_file hostile.sql

# ---- a first run: no history --------------------------------------------------------------------------------------

session_begin gates
session gates "SELECT pg_advisory_lock(1), pg_advisory_lock(2);" > /dev/null
session_begin index_gate
session index_gate "SELECT pg_advisory_lock(3);" > /dev/null
open_gate() { echo "psql -XqAt -c 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = \$\$session-$1\$\$' > /dev/null"; }

on 140x24 wait='public.late +filling' pause=1500 "shot=$work/shot" "run=$(open_gate gates)" \
    wait='public.late +indexing.* 1 of 1: building index' "run=$(open_gate index_gate)" end "all=$work/all" -- "${run[@]}"
same "a run ends as it does elsewhere" 0 "$code"
same "one line for the run, one for each worker, one for what waits" \
    'matswap terminal N % 0 of 4 views
1 public.early filling
2 public.late filling
2 wait: public."?[2Jcleared?]0;title", public."Weiß ""日本"""' \
    "$(grep -vE '^$|^[0-9]+:|^cursor' "$work/shot" | sed -E 's/[█▏▎▍▌▋▊▉░]+//g; s/ +[0-9]:[0-9]+//; s/[0-9]+ %/N %/' | awk '{ $1 = $1; print }')"
says "the cursor waits below, and is visible" '^cursor 6 0 visible$' "$work/shot"
same "nothing of the table is left" "" "$(grep -E '░|█|wait:|idle' "$work/all")"
ok "the server says how far an index is" # or the terminal would have waited in vain
same "every view has its line, once" "built built built built" \
    "$(grep -oE '^[0-9:]+  built' "$work/all" | awk '{ print $2 }' | xargs)"
same "a name steers no terminal" 0 "$(grep -c $'\033\[2J' "$work/raw")"
same "the cursor is never hidden" 0 "$(grep -c $'\033\[?25' "$work/raw")"

# ---- a second run, resized, and interrupted -----------------------------------------------------------------------

session_begin again
session again "SELECT pg_advisory_lock(1), pg_advisory_lock(2);" > /dev/null
on 120x24 wait='public.late +filling' pause=300 \
    resize=52x24 pause=700 "shot=$work/narrow" resize=30x6 pause=700 "shot=$work/small" resize=140x24 pause=700 "shot=$work/wide" \
    type=^C end "all=$work/all" -- "${run[@]}"
same "an interrupted run ends as it does elsewhere" 1 "$code"
for size in narrow small wide; do
    same "one table after a resize: $size" "1 1 1" "$(for text in '^matswap' 'public.early' 'public.late|more worker'; do
        grep -vE '^[0-9]+:' "$work/$size" | grep -cE "$text"; done | xargs)"
done
says "what stands above the table stays" '^[0-9:]{8}  snapshot' "$work/wide"
says "from an earlier run it is known how long it takes" 'public.early +filling.* 0:0[0-9] of ~0:0[1-9]' "$work/wide"
says "and what an end is" 'matswap: interrupted by a signal' "$work/all"
same "nothing of the table is left by an interrupt" "" "$(grep -E '░|█|wait:|idle' "$work/all")"
says "and the cursor is visible" 'cursor .* visible' "$work/all"

# ---- no table -----------------------------------------------------------------------------------------------------

psql -Xqc "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'session-again'" > /dev/null
for setting in TERM=dumb TERM= CI=true; do
    on 80x24 end -- env "$setting" "${run[@]}"
    same "plain lines with $setting" "0 0" "$code $(grep -c $'\033' "$work/raw")"
done
on 80x24 end "all=$work/all" -- "${run[@]}" --quiet
same "nothing at all with --quiet" "0 0" "$code $(wc -c < "$work/raw")"
on 80x24 end -- bash -c '"$@" 2>&1 | cat' bash "${run[@]}"
same "plain lines where stderr is no terminal" "0 0" "$code $(grep -c $'\033' "$work/raw")"
on 80x24 end -- env NO_COLOR=1 "${run[@]}"
same "a table without colours with NO_COLOR" "0 yes" \
    "$(grep -cE $'\033\[[0-9;]*m' "$work/raw") $(grep -q $'\033\[?2026h' "$work/raw" && echo yes)"
on 80x24 end -- env LANG=C "${run[@]}"
same "a bar of ASCII where no UTF-8 is spoken" "0" "$(grep -cE '█|░' "$work/raw")"

# ---- the server goes away -----------------------------------------------------------------------------------------

session_begin last
session last "SELECT pg_advisory_lock(1), pg_advisory_lock(2);" > /dev/null
on 100x24 wait='public.late +filling' pause=300 "run=$PG_CLUSTER stop $own_cluster --immediate > /dev/null" end "all=$work/all" \
    -- env PGCONNECT_TIMEOUT=2 "${run[@]}"
same "a run without a server fails" 1 "$code"
same "nothing of the table is left when the server goes" "" "$(grep -E '░|█|wait:|idle' "$work/all")"
says "and the cursor is visible then" 'cursor .* 0 visible' "$work/all"

finish
