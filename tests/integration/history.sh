#!/bin/bash
# history.sh: `history` of a set and of a view from real runs: good ones, one that failed, one that was isolated, a rollback,
# hostile names; without a server, without a journal, from a journal of an older format; and keep_history, which forgets.
source "$(dirname "$0")/lib.sh"
fresh_database

# json EXPRESSION: of the last `history --format=json`, as `h`
json()
{
    python3 -c 'import json, sys; h = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1" < "$work/out"
}

config
matswap history
exits "without a journal" 0
says "that is said" "^no run yet: there is no journal .*state/journal.db$" "$work/out"
matswap history --format=json
same "in JSON, too" "[]" "$(json 'h["runs"]')"
[ ! -e "$work/state" ] && ok "none was made" || not_ok "history made a journal"

sql "CREATE SCHEMA \"Sales 2\"" "CREATE TABLE source AS SELECT g AS id, timestamptz '2026-01-01 00:00+00' + g * interval '1 hour' AS at FROM generate_series(1, 500) AS g"
query_file events.sql <<< "SELECT id, at FROM source WHERE (SELECT pg_sleep(0) IS NOT NULL)"
query_file 'Sales 2.Größe "x".sql' <<< "SELECT count(*) AS n FROM events"
rules "[view events]" "event_time = at"
matswap history events
exits "of a view that no run has built" 0
says "that is said" "^public.events: no run of the set history has it yet$" "$work/out"

for _ in 1 2; do matswap run --keep-old; done
exits "two runs" 0
sql "DELETE FROM source WHERE id > 400" # a failed build
query_file broken.sql <<< "SELECT 1 / (id - 400) AS x FROM events"
matswap run
exits "one that fails" 1
rm "$work/queries/broken.sql"
matswap rollback
exits "one that goes back" 0
config "on_failure = isolate"
printf '%s\n' "[view events]" "event_time = at" "min_rows = 450" >> "$work/matswap.ini"
query_file alone.sql <<< "SELECT 1 AS one"
matswap run --only alone
exits "one of a part of the set" 0

# ---- the set ----
PGHOST=$work/nowhere matswap history
exits "no server is asked" 0
same "the newest run first" "swapped swapped back failed swapped swapped" \
    "$(awk 'NR > 1 && /^20/ { print $0 }' "$work/out" | grep -oE 'swapped( back)?|failed' | paste -sd' ')"
# events and, if the other worker was quick, what else reads it
says "a failure says where" "^20.* failed +3 +[12] +1 +40[01] .*  broken.sql:1: cannot " "$work/out"
matswap history --limit 2
same "so many as are asked for" 2 "$(grep -c '^20' "$work/out")"
says "that there are more is said" "^the newest 2 of 5 runs; --limit=all shows all$" "$work/out"
matswap history --format=json
exits "JSON" 0
same "the contract's keys" "" "$(json '[k for k in ("run", "set", "state", "started_at", "finished_at", "snapshot", "lock_ms", "views") if k not in h["runs"][0]] or ""')"
same "the contract's keys of a view" "" "$(json '[k for k in ("schema", "name", "status", "duration_ms", "rows", "bytes") if k not in h["runs"][-1]["views"][0]] or ""')"
same "newest first" "True" "$(json '[r["started_at"] for r in h["runs"]] == sorted((r["started_at"] for r in h["runs"]), reverse=True)')"
same "with all their views" "1 2 3 2 2" "$(json '" ".join(str(len(r["views"])) for r in h["runs"])')"

# ---- a view ----
matswap history events
exits "a view" 0
says "in short" "^public.events, in the last 4 runs that have it$" "$work/out"
says "its rows" "^rows +[0-9]+ +[0-9]+ +400 +500 " "$work/out"
says "a build in a run that failed counts" "^20.* failed +built .* 400 " "$work/out"
says "what a rollback brings back is no build" "^20.* swapped back +brought back +- +- +- +-" "$work/out"
matswap history public.events --format=json
same "its lag: from the last event to the snapshot" "True" \
    "$(json 'all(r["lag_ms"] is None or r["lag_ms"] > 0 for r in h["runs"]) and h["trend"]["lag_ms"]["builds"] == 3')"
same "each run has this view alone" "{1}" "$(json '{len(r["views"]) for r in h["runs"]}')"
for word in 'Sales 2.Größe "x"' '"Sales 2"."Größe ""x"""'; do
    matswap history "$word"
    says "by its name: $word" '^"Sales 2"."Größe ""x""", in the last 4 runs that have it$' "$work/out"
done
LC_ALL=C matswap history events
LC_ALL=C grep -qP '[^\x00-\x7F]' "$work/out" && not_ok "UTF-8 in the locale C" || ok "ASCII alone where the locale is not UTF-8"
matswap history evnts
exits "an unknown view" 2
says "the nearest name" "^matswap: no run of the set history has a view evnts, nor do its files; did you mean public.events\?$"
rm "$work/queries/alone.sql"
matswap history alone
exits "a view that the files state no more" 0

# ---- what stands out ----
sqlite3 "$work/state/journal.db" "
    INSERT INTO run SELECT id + 100 + n, 'copy-' || n, set_name, state, outcome, started_at, built_at, finished_at, host, pid,
        version, config, system_identifier, database, fingerprint, surroundings, keep_old, is_rollback, partial, snapshot, wal_lsn,
        snapshot_at, swap_xid, lock_ms, lock_tries, lock_wait_total_ms, lock_wait_longest_ms, seam, settings, error
      FROM run, (WITH RECURSIVE k (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 30) SELECT n FROM k) WHERE id = 2;
    INSERT INTO view SELECT run.id, view.position, schema, view.name, kind, level, status, old_oid, old_kind, new_oid,
        view.started_at, completed_at, 1000, CASE WHEN run.name = 'copy-30' THEN 5 ELSE rows END, bytes, totals, measures,
        watermark, view.fingerprint, view.snapshot, view.wal_lsn, view.snapshot_at, view.error, old_bytes, reads, changes
      FROM view, run WHERE view.run_id = 2 AND run.id > 100;"
matswap history events
says "an outlier" "^copy-30 .* rows: 0.01× the median$" "$work/out"
same "and nothing else" 1 "$(grep -c 'the median$' "$work/out")"
matswap history events --limit=1 --format=json
same "in JSON, too" "rows 5 500" "$(json '"{measure} {value} {median}".format(**h["runs"][0]["outliers"][0])')"

# ---- an older journal ----
mkdir "$work/older"
sqlite3 "$work/state/journal.db" "VACUUM INTO '$work/older/journal.db'"
sqlite3 "$work/older/journal.db" "ALTER TABLE run DROP COLUMN settings; ALTER TABLE view DROP COLUMN old_bytes;
    ALTER TABLE view DROP COLUMN reads; ALTER TABLE view DROP COLUMN changes; DROP TABLE task; PRAGMA user_version = 4"
matswap history --limit=all
cp "$work/out" "$work/new-out"
matswap history events
cp "$work/out" "$work/new-view"
sed 's/^journal.*/journal = older\/journal.db/' "$work/matswap.ini" > "$work/older.ini"
"$MATSWAP" -c "$work/older.ini" history --limit=all > "$work/out" 2> "$work/err"
same "a journal of format 4 says the same of the set" "$(cat "$work/new-out")" "$(cat "$work/out")"
"$MATSWAP" -c "$work/older.ini" history events > "$work/out" 2> "$work/err"
same "and of a view" "$(cat "$work/new-view")" "$(cat "$work/out")"
same "it is not brought up to date by looking" 4 "$(sqlite3 "$work/older/journal.db" 'PRAGMA user_version')"

# ---- forgetting ----
count="SELECT count(*) FROM run WHERE name LIKE 'copy-%' OR id <= 5"
sqlite3 "$work/state/journal.db" "UPDATE run SET finished_at = '2020-01-01T00:00:00.000Z' WHERE name LIKE 'copy-%'"
config "keep_history = 1d"
query_file alone.sql <<< "SELECT 1 AS one"
matswap run --only alone --verbose
exits "a run forgets what is older than keep_history" 0
says "how many, under --verbose" "journal +11 runs older than keep_history removed$"
same "but not the newest twenty" 24 "$(sqlite3 "$work/state/journal.db" "$count")"
same "with all that belonged to them" "" \
    "$(sqlite3 "$work/state/journal.db" "SELECT DISTINCT run_id FROM view WHERE run_id NOT IN (SELECT id FROM run) UNION SELECT run_id FROM task WHERE run_id NOT IN (SELECT id FROM run)")"
config "keep_history = 0s"
matswap run --only alone
matswap history --limit=all
same "keep_history = 0s keeps twenty" 20 "$(grep -cE '^(20|copy)' "$work/out")"

# ---- what cannot be forgotten is no reason to fail ----
sqlite3 "$work/state/journal.db" "CREATE TRIGGER kept BEFORE DELETE ON run BEGIN SELECT raise(ABORT, 'not today'); END"
matswap run --only alone
exits "a run ends well all the same" 0
says "with a warning" "^matswap: warning: runs older than keep_history could not be removed from the journal: .*not today"
finish
