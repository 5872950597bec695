#!/bin/bash
# validate-time.sh: event time: the watermark must not go back, nor lag, nor be ahead of the snapshot; times without a zone,
# odd names, another name, a resumed run.
source "$(dirname "$0")/lib.sh"
source "$(dirname "$0")/event-set.sh"

# ---- the watermark

sql "INSERT INTO source VALUES (1, now() - interval '2 days 1 hour', 'n')"
rules "[view events]" "event_time = at" "max_lag = 2d" "allowed_lateness = 1d"
matswap run
exits "the first run is judged by its lag" 5
same "which is shown" "public.events lag: max_lag - 2 days 01:00:00 - 2d REJECTED" "$(row public.events lag: | sed 's/01:00:0./01:00:00/')"
same "there is nothing to go back to, and no late data" "public.events watermark: event_time - $(sql "SELECT to_jsonb(at) #>> '{}' FROM source") - - not judged: there is no live view
public.events late rows: late_data - - - 1d not judged: there is no live view" "$(row public.events watermark:; row public.events 'late rows')"
rules "[view events]" "event_time = at" "max_lag = 50h"
matswap run
exits "within the limit" 0
same "the watermark is not ahead" "public.events lead: max_future - 0 - 5min ok" "$(row public.events lead)"
same "nothing is asked of late data" "" "$(row public.events 'late rows')"

refill "DELETE FROM source WHERE id > 239"
rules "[view events]" "event_time = at"
matswap run
exits "a watermark that goes back" 5
same "is rejected" "public.events watermark: event_time $mark $(day 2)T23:00:00+00:00 - - REJECTED" "$(row public.events watermark:)"
says "by name" "^matswap: public\.events: watermark: event_time: was .*T00:00:00\+00:00, is .*T23:00:00\+00:00; "
refill "UPDATE source SET note = 'x' WHERE id = 240"
matswap run
exits "one that stays" 0
same "is fine" "public.events watermark: event_time $mark $mark - - ok" "$(row public.events watermark:)"
refill "INSERT INTO source VALUES (241, now(), 'n')"
matswap run
exits "one that advances" 0
refill "DELETE FROM source"
rules "[view events]" "event_time = at" "max_lag = 100d" "late_data = reissue"
matswap run
exits "a view that became empty" 5
same "has none" "public.events watermark: event_time $mark - - - REJECTED
public.events lag: max_lag - - - 100d REJECTED
public.events lead: max_future - - - 5min not judged: no row has an event time" "$(row public.events watermark:; row public.events lag; row public.events lead)"
says "which the error says" "^matswap: public\.events: lag: max_lag: no row has an event time; "
refill "UPDATE source SET at = NULL"
matswap run
exits "a view without event times" 5
refill "CREATE TABLE kept AS TABLE source" "UPDATE source SET at = NULL" "REFRESH MATERIALIZED VIEW events" "TRUNCATE source" "INSERT INTO source TABLE kept" "DROP TABLE kept"
matswap run
exits "a live view without" 0
same "has nothing to compare with" "public.events watermark: event_time - $mark - - not judged: the live view has none
public.events late rows: late_data - - - 0s not judged: the live view has no watermark" "$(row public.events watermark:; row public.events 'late rows')"

# ---- the future

refill "INSERT INTO source SELECT 1000 + g, now() + interval '3 days', 'n' FROM generate_series(1, 2) AS g"
rules "[view events]" "event_time = at"
matswap run
exits "an event from the future" 5
same "is rejected without a word in the configuration" "public.events lead: max_future - 2 days 23:59 - 5min REJECTED" "$(row public.events lead | sed -E 's/(23:59):[0-9]+/\1/')"
same "and counted" "2 rows are after that" "$(shown public.events 'lead: max_future')"
rules "[view events]" "event_time = at" "max_future = 3d"
matswap run
exits "unless it may be" 0
refill "INSERT INTO source VALUES (1000, 'infinity', 'n')"
matswap run
exits "an infinite time" 5
same "is rejected" "public.events lead: max_future - infinity - 3d REJECTED" "$(row public.events lead)"

# ---- types and zones

refill
query_file events.sql <<< "SELECT id, (at AT TIME ZONE 'UTC')::date AS at, note FROM source"
rules "[view events]" "event_time = at" "unique = id" "late_data = reissue"
matswap run
exits "a date for a timestamptz" 0
same "is compared" "public.events watermark: event_time $mark $(day 1) - - ok" "$(row public.events watermark:)"
sql "INSERT INTO source SELECT 1000 + g, date_trunc('day', now()) - interval '5 days', 'n' FROM generate_series(1, 3) AS g"
rules "[session]" "timezone = Pacific/Kiritimati" "[view events]" "event_time = at" "unique = id" "late_data = reject" "max_lag = 100d"
matswap run
exits "dates" 5
same "buckets are theirs, wherever the session is" "$(day 5): 3 appeared, 0 vanished" "$(shown public.events 'late rows: late_data')"
same "and read in its time zone" "$(sql "SELECT date_trunc('hour', now() - (date '$(day 1)')::timestamp AT TIME ZONE 'Pacific/Kiritimati')::text")" \
    "$(row public.events lag | sed -E 's/.* - (.*) - 100d ok/\1/; s/:[0-9]+:[0-9]+$/:00:00/')"
sql "INSERT INTO source VALUES (2000, now(), 'n')"
query_file events.sql <<< "SELECT id, at AT TIME ZONE 'Pacific/Kiritimati' AS at, note FROM source"
rules "[session]" "timezone = Pacific/Kiritimati" "[view events]" "event_time = at" "late_data = reissue"
matswap run
exits "timestamps without time zone" 0
same "are read in it too" "public.events lead: max_future - 0 - 5min ok" "$(row public.events lead)"
rules "[view events]" "event_time = at" "late_data = reissue"
matswap run
exits "which, in another one, are of the future" 5
query_file events.sql <<< "SELECT id, note, to_char(at, 'YYYY') AS at FROM source"
rules "# a comment" "[view events]" "event_time = at"
matswap check
exits "a column that is no time" 2
says "is named" "^matswap: $work/matswap\.ini:7: event_time names column at of public\.events, whose type text is no point in time; name a column of type timestamptz, timestamp or date"
rules "[view events]" "event_time = att"
matswap check
exits "one that is not there" 2
says "is guessed" "^matswap: $work/matswap\.ini:6: event_time names column att, which public\.events has not; did you mean at\?"

# ---- names, kinds, a resumed run

long=$(printf 'l%.0s' {1..63})
sql "DROP MATERIALIZED VIEW events CASCADE" "TRUNCATE source" "INSERT INTO source SELECT g, now() - interval '1 day' * g, 'n' FROM generate_series(1, 9) AS g" \
    "CREATE VIEW events AS SELECT id AS \"I \"\"d\", at AS \"$long\" FROM source" "CREATE TABLE moved AS TABLE source" 
query_file events.sql <<< "SELECT id AS \"I \"\"d\", at AS \"$long\" FROM moved"
rm "$work/queries/plain.sql"
sql "DELETE FROM moved WHERE id = 5"
rules "[view events]" "event_time = $long" "unique = \"I \"\"d\"" "late_data = report" "max_lag = 2d"
matswap run
exits "odd names, and an ordinary live view" 0
same "late rows" "public.events late rows: late_data - 0 appeared, 1 vanished - 0s warning" "$(row public.events 'late rows')"
query_file happenings.sql <<< "SELECT id AS \"I \"\"d\", at AS \"$long\" FROM moved"
rm "$work/queries/events.sql"
rules "[view happenings]" "renamed_from = events" "event_time = $long" "unique = \"I \"\"d\"" "late_data = reject"
sql "DELETE FROM moved WHERE id = 1"
matswap run
exits "another name" 5
says "the same watermark" "^public\.happenings +watermark: event_time .* REJECTED" "$work/out"
same "the same rows" "public.happenings late rows: late_data - 0 appeared, 1 vanished - 0s REJECTED" "$(row public.happenings 'late rows')"
sql "INSERT INTO moved VALUES (1, now(), 'n')"
rules "[view happenings]" "renamed_from = events" "event_time = $long" "max_lag = 1h"
matswap run --until=built
exits "up to the build" 0
sqlite3 "$work/state/journal.db" "UPDATE run SET snapshot_at = '2099-01-01T00:00:00.000Z' WHERE id = (SELECT max(id) FROM run)"
matswap resume
exits "the lag is against the snapshot" 5
same "that the journal has" "public.happenings lag: max_lag" "$(row public.happenings lag | awk '{ print $1, $2, $3 }')"
matswap run --until=built
sqlite3 "$work/state/journal.db" "UPDATE view SET snapshot = '1:1:', wal_lsn = '0/1', snapshot_at = '2099-01-01T00:00:00.000Z' WHERE run_id = (SELECT max(id) FROM run)"
matswap resume
exits "the view's own if it has one" 5
same "nothing is left over" "" "$(leftovers)"
finish
