#!/bin/bash
# metrics.sh: the textfile for Prometheus after each kind of end, read by a strict parser; whatever a view is called; that it
# cannot be written changes nothing.
source "$(dirname "$0")/lib.sh"
fresh_database
CHECK_METRICS=${CHECK_METRICS:-$(dirname "$MATSWAP")/tests/integration/check_metrics}
set=shop
file=$work/prom/shop.prom
mkdir "$work/prom"

sql "CREATE TABLE source AS SELECT n, timestamptz '2026-11-20 12:00:00+02' + n * interval '1 hour' AS at
       FROM generate_series(1, 5) AS n"
echo "SELECT n AS id, at FROM source" | query_file orders.sql
query_file 'odd.sql' << 'END'
CREATE MATERIALIZED VIEW "na""me\ {x} ключ" AS SELECT count(*), 1 / min(id) AS least FROM orders;
END
odd='na"me\ {x} ключ'

# metrics NAME...: the values of these series, whose first label is the set; the file is right
metrics()
{
    local series name
    for name in "$@"; do
        case $name in
        *\{*) series+=("matswap_${name/\{/\{set=\"shop\",}") ;;
        *) series+=("matswap_$name{set=\"shop\"}") ;;
        esac
    done
    "$CHECK_METRICS" "$file" "${series[@]}" 2>&1 | paste -sd ' '
}
outcome=(run_success run_exit_code views views_refreshed views_failed views_kept)

# swapped_at: when the last success was
swapped_at()
{
    metrics last_success_timestamp_seconds
}

config "metrics = prom/shop.prom" "after_swap = sh: test ! -e prom/shop.prom"
begun=$(date +%s)
umask 077
matswap run
umask 022
exits "the first run" 0
same "the first run: what became of it" "1 0 2 2 0 0" "$(metrics "${outcome[@]}")"
same "everybody may read the file, and nothing else is there" "644 shop.prom" "$(stat -c %a "$file") $(ls "$work/prom")"
same "times are of now" "yes" "$(metrics last_run_timestamp_seconds last_success_timestamp_seconds \
    generation_snapshot_timestamp_seconds run_duration_seconds swap_lock_seconds swap_tries journal_bytes |
    awk -v b="$begun" -v e="$(date +%s)" '{ now = 1; for (i = 1; i <= 3; i++) now = now && $i >= b - 1 && $i <= e + 1
        print (now && $4 > 0 && $4 <= e - b + 1 && $5 > 0 && $5 < $4 && $6 >= 1 && $7 > 4096) ? "yes" : "no: " $0 }')"
same "of each view: rows, size, duration" "5 1 yes" "$(metrics 'view_rows{schema="public",view="orders"}' \
    "view_rows{schema=\"public\",view=\"$odd\"}" 'view_bytes{schema="public",view="orders"}' \
    "view_duration_seconds{schema=\"public\",view=\"$odd\"}" | awk '{ print $1, $2, ($3 > 0 && $4 > 0) ? "yes" : "no" }')"
same "without event_time there is no watermark" "-" "$(metrics 'watermark_lag_seconds{schema="public",view="orders"}')"

# ---- watermarks, against the server's own arithmetic ----
config "metrics = prom/shop.prom" "on_failure = isolate"
printf '%s\n' "[view orders]" "event_time = at" "severity = warn" "max_lag = 1s" "min_rows = 4" >> "$work/matswap.ini"
matswap run
exits "a run with a watermark" 0
same "the watermark" "$(sql "SELECT extract(epoch FROM max(at))::bigint FROM source")" \
    "$(metrics 'watermark_timestamp_seconds{schema="public",view="orders"}')"
same "its lag is that of the snapshot" "yes" "$(sql "SELECT CASE WHEN abs(extract(epoch FROM g.snapshot_at - (SELECT max(at) FROM source))
    - $(metrics 'watermark_lag_seconds{schema="public",view="orders"}')) < 0.01 THEN 'yes' ELSE 'no' END
    FROM matswap.generation AS g ORDER BY swapped_at DESC LIMIT 1")"
same "a rule that only warns" "0 1 0" "$(metrics 'rules_failed{severity="error"}' 'rules_failed{severity="warn"}' rules_accepted)"

# ---- runs that don't swap: what is live stays, and when it came ----
success=$(swapped_at)
rules "[view orders]" "min_rows = 100"
sed -i 's/^\[view/metrics = prom\/shop.prom\n[view/' "$work/matswap.ini"
matswap run
exits "a rejected run" 5
same "a rejected run" "0 5 2 0 1 2 1 0" "$(metrics "${outcome[@]}" 'rules_failed{severity="error"}' 'rules_failed{severity="warn"}')"
same "a rejected run: the last success, and what is live, stay" "$success 5" "$(swapped_at) $(metrics 'view_rows{schema="public",view="orders"}')"
matswap run --accept min_rows@orders --reason 'it is new'
same "a failure that is accepted" "0 1 0 0 1" "$code $(metrics run_success run_exit_code 'rules_failed{severity="error"}' rules_accepted)"
config "metrics = prom/shop.prom"
success=$(swapped_at)
sql "UPDATE source SET n = 0 WHERE n = 1"
matswap run
same "a build that fails" "1 0 1 2 0 1 2" "$code $(metrics "${outcome[@]}")"
echo "SELECT * FROM nothing_of_that_name" | query_file broken.sql
matswap run
same "a run that is refused" "2 0 2 3 0 0 3" "$code $(metrics "${outcome[@]}")"
PGPORT=1 matswap run
same "no server" "1 0 1 $success" "$code $(metrics run_success run_exit_code) $(swapped_at)"
rm "$work/queries/broken.sql"
same "what the journal counts" "3 1 1 0 0" "$(metrics 'journal_runs{outcome="swapped"}' 'journal_runs{outcome="failed"}' \
    'journal_runs{outcome="rejected"}' 'journal_runs{outcome="crashed"}' 'journal_runs{outcome="dry-run"}')"

# ---- what is no run ----
before=$(stat -c %i "$file")
config "metrics = prom/shop.prom" "on_failure = isolate" "keep_old = yes"
matswap run --dry-run
matswap check
matswap resume
matswap run --bad-option
same "a dry run, check, a resume of nothing, a mistake: the file is as it was" "$before" "$(stat -c %i "$file")"

# ---- isolated; a view alone; rollback ----
success=$(swapped_at)
sql "INSERT INTO source VALUES (7, now())"
matswap run
exits "all views fail together" 1
echo "SELECT 1 AS one" | query_file lonely.sql
matswap run
exits "a view is swapped without the others" 4
same "it is counted, the one that failed, and what it keeps" "1 4 3 1 1 2" "$(metrics "${outcome[@]}")"
same "what is live of each is of its own run" "5 1 1" "$(metrics 'view_rows{schema="public",view="orders"}' \
    "view_rows{schema=\"public\",view=\"$odd\"}" 'view_rows{schema="public",view="lonely"}')"
sql "DELETE FROM source WHERE n = 0"
matswap run
same "all are well again" "0 1 0 3 3 0 0 5 5" "$code $(metrics "${outcome[@]}" 'view_rows{schema="public",view="orders"}') $(sql "SELECT count FROM \"na\"\"me\\ {x} ключ\"")"
success=$(swapped_at)
sql "INSERT INTO source VALUES (8, now())"
matswap run --only lonely
same "a run of some views is no success of the set" "0 1 1 $success 5" \
    "$code $(metrics run_success views) $(swapped_at) $(metrics 'view_rows{schema="public",view="orders"}')"
matswap run
success=$(swapped_at)
same "before the rollback" "6" "$(metrics 'view_rows{schema="public",view="orders"}')"
matswap rollback
same "after a rollback: the old rows, and no new success" "0 1 5 $success" \
    "$code $(metrics run_success 'view_rows{schema="public",view="orders"}') $(swapped_at)"

# ---- a file that cannot be written ----
config "metrics = none/shop.prom"
matswap run
exits "a folder that is missing changes nothing" 0
says "it is told" "warning: .*none/shop.prom: the metrics cannot be written: No such file or directory"
finish
