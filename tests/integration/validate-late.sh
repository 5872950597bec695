#!/bin/bash
# validate-late.sh: rows that come and go behind the live view's watermark are counted by bucket, and dealt with as late_data
# says.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/event-set.sh"

# 3 appear and 2 vanish: one of each within two days of the watermark; one changes its time
late=("INSERT INTO source SELECT 1000 + g, date_trunc('day', now()) - interval '8 days' + interval '1 minute' * g, 'late' FROM generate_series(1, 2) AS g"
    "INSERT INTO source VALUES (2000, date_trunc('day', now()) - interval '3 days' + interval '1 second', 'late')" "DELETE FROM source WHERE id IN (30, 220)"
    "INSERT INTO source VALUES (3000, now(), 'new')" "UPDATE source SET at = at - interval '1 day' WHERE id = 150")
refill "${late[@]}"
rules "[view events]" "event_time = at" "unique = id" "allowed_lateness = 2d" "late_data = reject"
matswap run
exits "late_data = reject" 5
same "counts what is older" "public.events late rows: late_data - 3 appeared, 2 vanished - 2d REJECTED" "$(row public.events 'late rows')"
moved=$(sql "SELECT at::date FROM source WHERE id = 150")
same "by bucket, the fullest first" "$(day 8): 2 appeared, 0 vanished
$(sort <<< "$(sql "SELECT at::date FROM events WHERE id = 30"): 0 appeared, 1 vanished
$moved: 1 appeared, 0 vanished
$(sql "SELECT at::date FROM events WHERE id = 150"): 0 appeared, 1 vanished")
within 2d of the watermark $mark: 1 appeared, 1 vanished" "$(shown public.events 'late rows: late_data')"
rules "[view events]" "event_time = at" "unique = id" "allowed_lateness = 2d" "late_data = report" "severity = error"
matswap run
exits "late_data = report" 0
same "warns" "public.events late rows: late_data - 3 appeared, 2 vanished - 2d warning" "$(row public.events 'late rows')"
says "on standard error too" "^matswap: warning: public\.events: late rows: late_data: is 3 appeared, 2 vanished, limit 2d"
same "and is recorded" "4|3|3|2|keys|6" "$(sqlite3 "$work/state/journal.db" "SELECT json_extract(m, '$.appeared'), json_extract(m, '$.vanished'), json_extract(m, '$.older.appeared'), json_extract(m, '$.older.vanished'), json_extract(m, '$.by'), json_array_length(m, '$.buckets') FROM (SELECT json_extract(measures, '$.late') AS m FROM view WHERE name = 'events' ORDER BY run_id DESC LIMIT 1)")"
same "where it is from" "$(day 8)T00:00:00Z|2|0" "$(sqlite3 "$work/state/journal.db" "SELECT json_extract(b.value, '$.bucket'), json_extract(b.value, '$.appeared'), json_extract(b.value, '$.vanished') FROM view AS v, json_each(v.measures, '$.late.buckets') AS b WHERE name = 'events' AND json_extract(b.value, '$.appeared') = 2 ORDER BY run_id DESC LIMIT 1")"
refill "${late[@]}"
rules "[view events]" "event_time = at" "unique = id" "allowed_lateness = 2d"
matswap run
exits "late_data = reissue, by default" 0
same "is published, and counted" "public.events late rows: late_data - 3 appeared, 2 vanished - 2d recorded" "$(row public.events 'late rows')"
refill "DELETE FROM source WHERE id = 220"
rules "[view events]" "event_time = at" "unique = id" "allowed_lateness = 2d" "late_data = reject"
matswap run
exits "what is not too late" 0
same "passes" "public.events late rows: late_data - 0 appeared, 0 vanished - 2d ok" "$(row public.events 'late rows')"
refill "INSERT INTO source VALUES (3000, now(), 'new'), (3001, NULL, 'never')"
rules "[view events]" "event_time = at" "unique = id" "late_data = reject"
matswap run
exits "what is new, and what has no time" 0
same "is not late" "public.events late rows: late_data - 0 appeared, 0 vanished - 0s ok" "$(row public.events 'late rows')"

refill "INSERT INTO source SELECT 1000 + g, date_trunc('day', now()) - interval '20 hours' - interval '1 day' + interval '1 hour' * g, 'x' FROM generate_series(0, 11) AS g"
rules "[view events]" "event_time = at" "unique = note, id" "late_data = reject" "bucket = 1h"
matswap run
exits "buckets of an hour" 5
same "ten are shown" "$(day 2)T04:00:00Z: 1 appeared, 0 vanished
and 2 more buckets
11" "$(shown public.events 'late rows: late_data' | sed -n '1p;$p'; shown public.events 'late rows: late_data' | wc -l)"

# without a key
refill "${late[@]}"
rules "[view events]" "event_time = at" "allowed_lateness = 2d" "late_data = reject"
matswap run
exits "without a key" 5
same "rows are counted" "public.events late rows: late_data - 3 appeared, 2 vanished - 2d REJECTED
within 2d of the watermark $mark: 1 appeared, 1 vanished
by counts of rows: the view has no \`unique\`" "$(row public.events 'late rows'; shown public.events 'late rows: late_data' | tail -2)"
refill "DELETE FROM source WHERE id = 30" "INSERT INTO source SELECT 1000, at + interval '1 second', 'n' FROM events WHERE id = 30"
matswap run
exits "where one that came and one that went cancel each other out" 0
rules "[view events]" "event_time = at" "unique = id" "allowed_lateness = 2d" "late_data = reject"
refill "DELETE FROM source WHERE id = 30" "INSERT INTO source SELECT 1000, at + interval '1 second', 'n' FROM events WHERE id = 30"
matswap run
exits "but not by key" 5

same "nothing is left over" "" "$(leftovers)"
finish
