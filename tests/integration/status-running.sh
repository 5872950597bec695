#!/bin/bash
# status-running.sh: `status`, from another terminal, of a run that is at work: how far it is, what each of its sessions does
# and how long that usually takes, who keeps it from a lock, also when the swap waits, and what a role may not see.
source "$(dirname "$0")/lib.sh"
source "$here/paused-set.sh"

# json EXPRESSION: of the last `status --format=json`, as `s`
json()
{
    python3 -c 'import json, sys; s = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1" < "$work/out"
}

# look [ARGUMENT]...: as `matswap status`, but leaves the run's own output where it is
look()
{
    code=0
    "$MATSWAP" -c "$work/matswap.ini" status "$@" > "$work/out" 2> "$work/look.err" < /dev/null || code=$?
}


# ---- a build that is kept from a lock ----
session_begin gate
session gate "BEGIN; SELECT pg_advisory_xact_lock(7);" > /dev/null
begin second 0
mv "$work/err" "$work/run.err"
look
exits "a run at work" 0
says "how far it is" "^progress +1 of 4 views built, [0-9]+ kB of about [0-9]+ kB; about [0-9.]+ m?s left$" "$work/out"
says "what a worker does, for how long, and what it usually takes" \
    "^ *[0-9]+  public.\"second\" +fill +[0-9.]+ m?s +[0-9.]+ m?s +- +Lock advisory +REFRESH" "$work/out"
says "what the coordinating connection does" "^ *[0-9]+  matswap/.*/control .* +waits for the workers " "$work/out"
says "who holds the snapshot" "^ *[0-9]+  matswap/.*/snapshot +holds the snapshot " "$work/out"
gate=$(sql "SELECT pid FROM pg_stat_activity WHERE application_name = 'session-gate' AND datname = current_database()")
says "who is in the way" "^ *[0-9]+  advisory +server process $gate +postgres +session-gate +idle in transaction +20[0-9T:+-]+ +SELECT pg_adv" "$work/out"
look --format=json
same "in JSON, too: how far" "4 1 True True True" \
    "$(json '" ".join(map(str, (s["progress"]["views"], s["progress"]["built"], 0 < s["progress"]["bytes"] < s["progress"]["expected_bytes"], 0 <= s["progress"]["fraction"] < 1, s["progress"]["left_ms"] >= 0)))')"
same "in JSON, too: what a worker does" "fill True True" \
    "$(json '[" ".join(map(str, (w["does"], w["elapsed_ms"] > 0, w["expected_ms"] > 0))) for w in s["sessions"] if w["view"] == {"schema": "public", "name": "second"}][0]')"
same "in JSON, too: who is in the way" "[($gate, 'session-gate', 'idle in transaction', 'advisory', False)]" \
    "$(json '[(b["pid"], b["application"], b["state"], b["relations"], b["hidden"]) for w in s["sessions"] for b in w["blocked_by"]]')"
same "no lock of the swap is wanted yet" "None []" "$(json '" ".join(map(str, (s["blocked"], s["blockers"])))')"

# ---- what the server counts ----
pause_at index 0
session gate "COMMIT; BEGIN; SELECT pg_advisory_xact_lock(7);" > /dev/null
indexing="SELECT count(*) > 0 FROM pg_stat_progress_create_index AS p JOIN pg_stat_activity AS a USING (pid)
           WHERE a.datname = current_database() AND a.wait_event = 'advisory'"
wait_until 20 sql_says t "$indexing" || not_ok "the run does not come to its index"
look
says "an index: the server's own progress" "^ *[0-9]+  public.\"second\" +index +.* building index.* Lock advisory +CREATE INDEX" "$work/out"
look --format=json
same "in JSON, too" True "$(json '[w["step"].startswith("building index") for w in s["sessions"] if w["does"] == "index"][0]')"

# ---- as a role that may see little ----
sql "DROP ROLE IF EXISTS running_nobody" "CREATE ROLE running_nobody LOGIN" \
    "GRANT USAGE ON SCHEMA matswap TO running_nobody" "GRANT SELECT ON ALL TABLES IN SCHEMA matswap TO running_nobody"
PGUSER=running_nobody look
exits "as a role without privileges" 0
says "what a worker does is known from the journal" "^ *[0-9]+  public.\"second\" +index " "$work/out"
says "that more is hidden is said" "^what other roles' sessions do is shown to members of these roles and of pg_read_all_stats only$" "$work/out"
PGUSER=running_nobody look --format=json
same "in JSON, too" "True" "$(json 'all(w["hidden"] and w["state"] is None for w in s["sessions"])')"
sql "DROP OWNED BY running_nobody" "DROP ROLE running_nobody"

# ---- the swap waits for a reader ----
session_begin reader
session reader "BEGIN; SELECT count(*) FROM other.last;" > /dev/null
pause_at
session gate "COMMIT;" > /dev/null
state="SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'matswap/%/observer' AND datname = current_database()"
wait_until 20 sql_says t "$state" || not_ok "the run does not come to its swap"
reader=$(sql "SELECT pid FROM pg_stat_activity WHERE application_name = 'session-reader' AND datname = current_database()")
look
exits "while the swap waits" 0
says "all is built" "^progress +4 of 4 views built, " "$work/out"
says "what the swap waits for" "^the swap needs locks on these, which are in use:" "$work/out"
says "who holds it" "^server process $reader +postgres +session-reader +idle in transaction +20[0-9T:+-]+ +other.\"?last\"?$" "$work/out"
look --format=json
same "in JSON, too" "swap $reader" "$(json '" ".join(map(str, (s["blocked"], s["blockers"][0]["pid"])))')"

# ---- the end ----
session reader "COMMIT;" > /dev/null
session_end reader
session_end gate
mv "$work/run.err" "$work/err"
matswap_end
exits "the run ends" 0
published "the end"
first=$(sed -n 's/^live .* run \([^,]*\), .*/\1/p' <("$MATSWAP" -c "$work/matswap.ini" status))
sql "ALTER TABLE source RENAME TO away"
matswap run
exits "a run that is refused" 2
matswap status
says "what serves is said" "^live +the generation of run $first, swapped " "$work/out"
sql "ALTER TABLE away RENAME TO source" "INSERT INTO source VALUES (0, 1 / 1)"
rules "[view first]" "max_growth = 0%"
matswap run
exits "a run that is rejected" 5
matswap status
says "and that the last run has failed, and why" "^last run +20[^ ]+: rejected 20[0-9-]+T[0-9:]+Z, [0-9.]+ m?s ago: .*first" "$work/out"
matswap status --format=json
same "in JSON, too" "swapped rejected" "$(json 's["live"]["outcome"] + " " + s["last"]["outcome"]')"
finish
